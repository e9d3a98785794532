use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Node;
use Maestro::Test;

# The same with forms and links only: see plain.mjs.
Maestro::Node::need('browser');
my $m = Maestro::Test->new(admins => ['root'], conf => {
	templates_strict => 'true', rate_signup => 1000, rate_token => 1000});
local $ENV{ROOT_EMAIL} = $m->user('root')->{email};
local $ENV{ROOT_PASSWORD} = $m->user('root')->{password};
Maestro::Node::run($m, 'plain.mjs', 'browser');
done_testing;
