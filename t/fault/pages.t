# The pages while something is away.
use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Pages;
use Maestro::Test;

my $m = Maestro::Test->new(admins => ['root'], redis => 0,
	conf => {templates_strict => 'true'});
whole_way($m); # without Redis

my $b = $m->browser;
my $root = $m->user('root');
post_form($b, '/app/sign-in',
	{email => $root->{email}, password => $root->{password}});
like $b->get('/app/admin')->body, qr/not configured/,
	'the health page knows that there is no Redis';
$m->stop('postgres');
my $r = $b->get('/app');
is $r->status, 503, 'without PostgreSQL';
like $r->body, qr/Back in a moment/, 'a page says so';
ok $r->header('retry-after'), 'and when to come back';
unlike $r->body, qr/postgres|socket|SQL/i, 'and nothing else';
ok $b->{cookies}{'__Host-maestro_refresh'}, 'nobody is signed out by it';
$m->start('postgres');
is $b->get('/app')->status, 200, 'and all is well again';
done_testing;
