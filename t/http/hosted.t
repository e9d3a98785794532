# maestro on a hosted project: a second instance plays the project, and every
# account and object lives there.  The shared bodies in t/lib run against both
# modes; here is what only a project that is somewhere else can do wrong.
use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Test;

my $home = Maestro::Test->new(users => [qw(ann bob)]);
my $m = Maestro::Test->new(hosted => $home);

my $r = $m->anon->get('/auth/v1/settings');
is $r->status, 200, 'settings come from the project';
$r = $m->anon->post('/auth/v1/token?grant_type=password',
	{email => 'ann@example.test', password => 'correct horse ann'});
is $r->status, 200, 'sign-in at the project';
my $token = $r->json->{access_token};
ok $token, 'with a token';
$r = $m->as('ann')->get('/auth/v1/user');
is $r->status, 200, 'user';
is $r->json->{email}, 'ann@example.test', 'user';
$r = $m->as('ann')->get('/api/projects');
is $r->status, 200, 'the API takes the token of the project';
done_testing;
