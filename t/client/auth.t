use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Node;
use Maestro::Test;

# The unmodified client signs up, in and out: see auth.mjs.
Maestro::Node::need();
my $m = Maestro::Test->new(conf => {
	rate_signup => 1000, rate_token => 1000, rate_recover => 1000,
	rate_verify => 1000, mail_max_frequency_s => 0});
Maestro::Node::run($m, 'auth.mjs');
done_testing;
