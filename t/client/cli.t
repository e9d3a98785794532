use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Node;
use Maestro::Test;

# The command line of agent-maestro, by the traffic it makes: see cli.mjs.
Maestro::Node::need();
my $m = Maestro::Test->new(conf => {mailer_autoconfirm => 'true'});
Maestro::Node::run($m, 'cli.mjs');
unlike $m->log('nginx-access'), qr/mst_/, 'no token is in the log of nginx';
done_testing;
