# The pages on a hosted project: a second instance plays it.
use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Pages;
use Maestro::Test;

my %conf = (rate_signup => 1000, rate_token => 1000);
my $home = Maestro::Test->new(conf => {%conf});
my $m = Maestro::Test->new(hosted => $home,
	conf => {%conf, templates_strict => 'true'});
whole_way($m);
done_testing;
