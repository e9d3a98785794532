use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Node;
use Maestro::Test;

# Lists, agents, teams and mail in a browser, with and without scripts.
Maestro::Node::need('browser');
my $m = Maestro::Test->new(conf => {
	templates_strict => 'true', rate_signup => 1000, rate_token => 1000});
Maestro::Node::run($m, 'team.mjs', 'browser');
Maestro::Node::run($m, 'team_plain.mjs', 'browser');
done_testing;
