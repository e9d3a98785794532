# /api/auth: the password overlay of agent-maestro's web UI and its cookie.
use v5.36;
use lib 't/lib';
use Test::More;
use Maestro::Test;

my $m = Maestro::Test->new(users => [qw(ann bob)]);
my $u = $m->user('ann');

sub cookie ($r) {
	my ($value) = ($r->header('set-cookie') // '')
		=~ /^maestro_auth=([^;]*)/;
	return $value;
}
sub signed ($value, %h) {
	return $m->http->with(headers => {Cookie => "maestro_auth=$value", %h});
}

my $r = $m->http->post('/api/auth/login', {email => $u->{email},
	password => $u->{password}});
is $r->status, 200, 'address and password' or diag $r->body;
is $r->body, '{"ok":true}', 'the answer of the wire';
like $r->header('set-cookie'), qr/^maestro_auth=mst_[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=604800$/,
	'the cookie of the wire, holding an API token';
my $c = cookie($r);
is_deeply signed($c)->get('/api/auth/status')->json,
	{authEnabled => JSON::PP::true, authenticated => JSON::PP::true},
	'status knows it';
is signed($c)->get('/api/profile')->json->{email}, $u->{email},
	'it opens the API';
is signed($c)->post('/api/projects', {name => 'x', workingDir => '/'})
	->status, 201, 'for writing too';
is signed($c, Origin => 'http://localhost:9')->post('/api/projects',
	{name => 'x', workingDir => '/'})->status, 403,
	'but not from another site';
is signed($c, Origin => $m->url)->post('/api/projects',
	{name => 'x', workingDir => '/'})->status, 201, 'from ours';
is $m->psql("select count(*) from auth.sessions
	where user_id = '$u->{id}'"), 1, # the test's own
	'no session is left behind';

$r = $m->http->post('/api/auth/login', {password =>
	"$u->{email}:$u->{password}"});
is $r->status, 200, 'both in the one field of the overlay';
my $second = cookie($r);
is signed($second)->post('/api/auth/logout')->body, '{"ok":true}', 'sign-out';
like signed($second)->post('/api/auth/logout')->header('set-cookie'),
	qr/^maestro_auth=;.*Max-Age=0$/, 'twice is no error';
is $m->psql("select count(*) from public.api_tokens"), 1,
	'ends the token of that cookie only';

my $token = $m->as('ann')->post('/api/tokens', {name => 'mine'})
	->json->{token};
$r = $m->http->post('/api/auth/login', {password => $token});
is_deeply [$r->status, cookie($r)], [200, $token], 'a token as password';
is signed($token)->post('/api/auth/logout')->status, 200, 'signed out';
is $m->http->with(headers => {Authorization => "Bearer $token"})
	->get('/api/profile')->status, 200, 'that token lives on';

for my $bad ({password => 'x'}, {password => "$u->{email}:nope"},
	{email => $u->{email}, password => 'nope'}, {password => ':'},
	{password => 'nobody@example.test:x'}, {password => 'mst_' . 'x' x 43},
	{password => 'a:b:c'}) {
	$r = $m->http->with(ip => '192.0.2.' . int rand 255)
		->post('/api/auth/login', $bad);
	is_deeply [$r->status, $r->json->{error}, cookie($r)],
		[401, 'Invalid password', undef],
		'wrong: ' . substr $bad->{password}, 0, 20;
}
$r = $m->http->post('/api/auth/login', {});
is $r->status, 400, 'a password is needed';
like $r->json->{error}, qr/password/, 'says the overlay';
is $m->http->get('/api/auth/login')->status, 405, 'only POST';
is signed('rubbish')->get('/api/auth/status')->json->{authenticated},
	JSON::PP::false, 'a dead cookie is like none';
is signed('rubbish')->get('/api/profile')->status, 401, 'and opens nothing';
is signed($c)->get('/app')->status == 200 ? 'in' : 'out', 'out',
	'the cookie is for the API, not for pages';

my $last;
for (1 .. 40) {
	$last = $m->http->with(ip => "192.0.2.$_")->post('/api/auth/login',
		{email => 'bob@example.test', password => "guess $_"});
	last if $last->status == 429;
}
is $last->status, 429, 'guessing is slowed down';
ok $last->json->{error} && $last->header('retry-after'), 'with words and time';
unlike $m->log('web'), qr/\Q$c\E|\Q$u->{password}\E/, 'no secret is logged';

done_testing;
