# /auth/...: sign-up to sign-out as chat front ends do it, and the bugs of the
# server they were written for.
use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Test;

# Both backends must pass: accounts here, and accounts of a hosted project,
# which a second instance plays ($home; embedded: the same).
my ($m, $home, $http, $login);
my %test;

sub bearer ($token) {
	return $m->http->with(headers => {Authorization => "Bearer $token"});
}

# Every error: code, and one sentence under both names.
sub refused ($r, $status, $code, $what) {
	is $r->status, $status, $what;
	my $j = eval { $r->json } // {};
	is $j->{code}, $code, '... by its code';
	ok length($j->{message} // ''), '... with a sentence';
	is $j->{detail}, $j->{message}, '... which detail repeats';
	return $j;
}

$test{'sign-up'} = sub {
	my $r = $http->post('/auth/signup', {email => 'Bob@Example.test',
		password => 'correct horse', display_name => 'Bob the B'});
	is $r->status, 201, 'made';
	my $t = $r->json;
	is $t->{token_type}, 'bearer', 'a bearer token';
	ok $t->{refresh_token} && $t->{expires_in} > 0, 'one to refresh, a time';
	is_deeply [sort keys %$t], [qw(access_token expires_in refresh_token
		token_type)], 'nothing else';
	is $r->header('cache-control'), 'no-store', 'nobody keeps it';
	my $me = bearer($t->{access_token})->get('/auth/me');
	is $me->status, 200, 'the token works';
	is $me->json->{email}, 'bob@example.test', 'the address, lower-case';
	is $me->json->{display_name}, 'Bob the B', 'the name arrives (B3)';
	is_deeply [sort keys %{$me->json}], [qw(display_name email id)],
		'three members';

	$r = $http->post('/auth/signup',
		{email => 'cem.k@example.test', password => 'correct horse'});
	is bearer($r->json->{access_token})->get('/auth/me')->json
		->{display_name}, 'cem.k', 'without a name: from the address';

	refused $http->post('/auth/signup', {email => 'bob@example.test',
		password => 'correct horse'}), 422, 'user_already_exists',
		'an address that is taken';
	refused $http->post('/auth/signup', {email => 'dan@example.test',
		password => 'short'}), 422, 'weak_password', 'a weak password';
	for my $case (
		['no address', {password => 'correct horse'}, 'email'],
		['not an address', {email => 'x', password => 'correct horse'},
			'email'],
		['no password', {email => 'x@example.test'}, 'password'],
		['a number for a password', {email => 'x@example.test',
			password => 12345678}, 'password'],
		['a list for a name', {email => 'x@example.test',
			password => 'correct horse', display_name => []},
			'display_name'])
	{
		my $j = refused $http->post('/auth/signup', $case->[1]), 422,
			'validation_failed', $case->[0];
		is $j->{field}, $case->[2], '... naming the field';
	}
	refused $http->post('/auth/signup', '{"email":'), 422, 'bad_json',
		'half a body';
	refused $http->request('POST', '/auth/signup', undef, body => 'a=b',
		type => 'text/plain'), 415, 'unsupported_media_type',
		'another type';
};

$test{'sign-in, refresh, sign-out'} = sub {
	my $r = $http->post('/auth/login', $login);
	is $r->status, 200, 'signed in';
	my $one = $r->json;
	my $two = $http->post('/auth/login', $login)->json;
	refused $http->post('/auth/login', {%$login, password => 'wrong'}), 400,
		'invalid_credentials', 'a wrong password';
	refused $http->post('/auth/login', {%$login,
		email => 'nobody@example.test'}), 400, 'invalid_credentials',
		'an unknown address looks the same';

	$r = $http->post('/auth/refresh',
		{refresh_token => $one->{refresh_token}});
	is $r->status, 200, 'refreshed';
	$one = $r->json;
	is bearer($one->{access_token})->get('/auth/me')->status, 200,
		'the new token works';
	is $http->post('/auth/refresh', {refresh_token => 'aaaaaaaaaaaa'})
		->status, 400, 'a made-up refresh token';
	refused $http->post('/auth/refresh', {}), 422, 'validation_failed',
		'none';

	$r = bearer($one->{access_token})->post('/auth/logout');
	is $r->status, 204, 'signed out';
	is $r->body, '', 'without a word';
	is $http->post('/auth/refresh', {refresh_token => $one->{refresh_token}})
		->status, 400, 'the session is gone (B2)';
	is $http->post('/auth/refresh', {refresh_token => $two->{refresh_token}})
		->status, 200, "the other device's is not";
	is bearer($one->{access_token})->post('/auth/logout')->status, 204,
		'signing out again is no error';
	is bearer('dead')->post('/auth/logout')->status, 204,
		'nor with a token that never was';
	refused $http->post('/auth/logout'), 401, 'auth_required',
		'but without any';

	$r = $http->request('POST', '/auth/logout', undef, headers =>
		{Cookie => '__Host-maestro_session=dead'});
	is $r->status, 204, 'with a cookie';
	like $r->header('set-cookie'),
		qr/^__Host-maestro_session=;.*Max-Age=0/, 'which is cleared';
};

$test{'an API token has no session to end'} = sub {
	my $s = $http->post('/auth/login', $login)->json;
	my $t = bearer($s->{access_token})->post('/api/tokens', {name => 'x'})
		->json->{token};
	is bearer($t)->get('/auth/me')->json->{email}, $login->{email},
		'it says who it is';
	is bearer($t)->post('/auth/logout')->status, 204, 'signed out';
	is $http->post('/auth/refresh', {refresh_token => $s->{refresh_token}})
		->status, 200, 'and nobody else was';
};

$test{'me'} = sub {
	my $ann = $m->as('ann');
	my $id = $m->user('ann')->{id};
	is_deeply $ann->get('/auth/me')->json, {id => $id,
		email => 'ann@example.test', display_name => 'ann'}, 'read';
	is $ann->patch('/auth/me', {display_name => " Ann \x{c9}. "})->json
		->{display_name}, "Ann \x{c9}.", 'renamed, trimmed';
	is $ann->get('/auth/me')->json->{display_name}, "Ann \x{c9}.", 'for good';
	is $ann->patch('/auth/me', {display_name => undef})->json
		->{display_name}, undef, 'no name';
	for my $body ({}, {display_name => 7}, {display_name => 'x' x 201},
		{display_name => "a\0b"})
	{
		is $ann->patch('/auth/me', $body)->status, 422, 'refused';
	}
	my $r = $http->get('/auth/me');
	my $j = refused $r, 401, 'auth_required', 'nobody';
	is $j->{message}, 'Not authenticated', 'in the words clients know';
	is $r->header('www-authenticate'), 'Bearer', 'and is asked for a token';
	refused bearer('x.y.z')->get('/auth/me'), 401, 'bad_token',
		'a bad token';
	refused $m->anon->get('/auth/me'), 401, 'auth_required',
		'the anon key is nobody in particular';
	refused bearer($m->mint(sub => '0' x 8 . '-0000-4000-8000-' . '0' x 12))
		->get('/auth/me'), 401, 'bad_token', 'an account that is gone';
};

$test{'recover'} = sub {
	my $r = $http->post('/auth/recover', {email => 'ann@example.test'});
	is $r->status, 200, 'asked';
	is $http->post('/auth/recover', {email => 'nobody@example.test'})->body,
		$r->body, 'an unknown address gets the same answer';
	is scalar(() = glob "$home->{dir}/mail/*"), 1, 'but no mail';
};

$test{'other origins'} = sub {
	my $r = $http->request('OPTIONS', '/auth/login', undef, headers => {
		Origin => 'http://localhost:5173',
		'Access-Control-Request-Method' => 'POST'});
	is $r->status, 204, 'preflight';
	is $r->header('access-control-allow-origin'), 'http://localhost:5173',
		'a page of this machine may';
	is $r->header('access-control-allow-credentials'), 'true',
		'with credentials';
	is $http->request('POST', '/auth/login', $login, headers =>
		{Origin => 'https://evil.example'})->status, 403, 'others may not';
};

$test{'what is not there'} = sub {
	refused $http->get('/auth/nope'), 404, 'route_not_found', 'no route';
	my $r = $http->get('/auth/login');
	refused $r, 405, 'method_not_allowed', 'no such method';
	like $r->header('allow'), qr/POST/, 'the ones there are';
};

# Last: it locks ann out.
$test{'guessing'} = sub {
	my $bad = {%$login, password => 'wrong'};
	my $r;
	for (1 .. 10) {
		$r = $http->post('/auth/login', $bad);
		last if $r->status == 429;
	}
	refused $r, 429, 'over_request_rate_limit', 'ends in a lockout';
	ok $r->header('retry-after') > 0, 'which says how long';
	is $http->post('/auth/login', $login)->status, 429,
		'the right password does not help';
	is $m->as('ann')->get('/auth/me')->status, 200,
		'sessions that are open go on';
};

$test{'addresses to confirm'} = sub {
	$home->set_conf(mailer_autoconfirm => 'false');
	$home->stop('web');
	$home->start('web');
	my $r = $http->post('/auth/signup', {email => 'eve@example.test',
		password => 'correct horse'});
	is $r->status, 202, 'accepted, not made (B1)';
	like $r->json->{detail}, qr/confirm your account/,
		'in the words the front end looks for';
	is $http->post('/auth/login', {email => 'eve@example.test',
		password => 'correct horse'})->status, 400, 'not before that';
};

for my $mode (qw(embedded hosted)) {
	$home = Maestro::Test->new(users => [qw(ann)], conf => {
		rate_token => 1000, rate_signup => 1000,
		lockout_failures => 4});
	$m = $mode eq 'hosted' ? Maestro::Test->new(hosted => $home) : $home;
	$http = $m->http;
	$login = {email => 'ann@example.test', password => 'correct horse ann'};
	# In this order: the guesses lock ann out.
	subtest "$mode: $_" => $test{$_} for (
		'sign-up',
		'sign-in, refresh, sign-out',
		'an API token has no session to end',
		'me',
		'recover',
		'other origins',
		'what is not there',
		'guessing',
		'addresses to confirm');
}
done_testing;
