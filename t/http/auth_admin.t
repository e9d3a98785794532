use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Test;

# Accounts as an administrator's script sees them: auth-v1.md 4.15, 4.17.
my $m = Maestro::Test->new(users => [qw(ann bob)],
	conf => {rate_token => 1000});
my $admin = $m->service;
my $anon = $m->anon;
my $users = '/auth/v1/admin/users';

sub code ($r) { $r->json->{error_code} }

sub sign_in ($email, $password) {
	return $anon->post('/auth/v1/token?grant_type=password',
		{email => $email, password => $password});
}

# --- who may ----------------------------------------------------------------

my $id = $m->user('bob')->{id};
for my $try (['GET', $users], ['POST', $users, {email => 'x@x.test'}],
	['GET', "$users/$id"], ['PUT', "$users/$id", {role => 'x'}],
	['DELETE', "$users/$id"], ['GET', "$users/$id/factors"],
	['GET', '/auth/v1/admin/audit']) {
	my $r = $m->as('ann')->request(@$try);
	is $r->status, 403, "@$try[0, 1] is not for users";
	is code($r), 'not_admin', 'and says so';
	is $anon->request(@$try)->status, 403, 'nor for the anon key';
	is $m->http->request(@$try[0 .. 2], headers =>
		{apikey => $m->anon_key})->status, 401, 'nor without bearer';
}
is code($m->as('ann')->request('GET', $users, undef, headers => {
	Authorization => 'Bearer ' . $m->mint(role => 'service_role')
		=~ s/.$/x/r})), 'bad_jwt', 'nor with a forged role';

# --- create -----------------------------------------------------------------

my $r = $admin->post($users, {email => 'Carl@x.test', email_confirm => \1,
	password => 'short', user_metadata => {a => 1, b => {c => undef}},
	app_metadata => {plan => 'pro'}});
is $r->status, 200, 'create';
my $carl = $r->json;
is $carl->{email}, 'carl@x.test', 'with address';
is_deeply $carl->{user_metadata}, {a => 1, b => {c => undef},
	email_verified => JSON::PP::true}, 'and metadata as given';
is_deeply $carl->{app_metadata}, {plan => 'pro', provider => 'email',
	providers => ['email']}, 'and app_metadata merged';
is sign_in('carl@x.test', 'short')->status, 200,
	'passwords of administrators may be short';
$r = $admin->post($users, {email => 'quiet@x.test', password => 'whatever'});
ok !$r->json->{email_confirmed_at}, 'not confirmed unless asked';
is code(sign_in('quiet@x.test', 'whatever')), 'email_not_confirmed',
	'so no sign-in';
my $own = '9d3c8a7e-1111-4222-8333-444444444444';
$r = $admin->post($users, {id => $own, email => 'own@x.test',
	email_confirm => \1, password_hash =>
	'$2b$04$abcdefghijklmnopqrstuuD8ZKvY3Zw7o0vF2l8X0oJ6hQ1yKm5yS'});
is $r->json->{id}, $own, 'an id of its own';
is code($admin->post($users, {email => 'CARL@x.test'})), 'email_exists',
	'twice the same address';
is code($admin->post($users, {})), 'validation_failed', 'no address';
is code($admin->post($users, {id => 'x', email => 'z@x.test'})),
	'validation_failed', 'an id that is none';
is code($admin->post($users, {id => $own, email => 'z@x.test'})),
	'user_already_exists', 'an id that is taken';
is $admin->post($users, {email => 'z@x.test', password => 'x' x 73})->status,
	400, 'password over 72 bytes';
is code($admin->post($users, {email => 'z@x.test', email_confirm => 'yes'})),
	'bad_json', 'a boolean that is none';
is code($admin->post($users, {email => 'z@x.test',
	password_hash => '$argon2id$v=19$x'})), 'validation_failed',
	'a hash of another kind';
$r = $admin->post($users, {phone => '+49 151 1', phone_confirm => \1});
is $r->json->{phone}, '491511', 'an account with a phone only';
is $r->json->{email}, '', 'has an empty address';
is code($admin->post($users, {phone => '491511'})), 'phone_exists',
	'twice the same phone';
is code($admin->post($users, {phone => 'abc'})), 'validation_failed',
	'a phone that is none';

# --- read -------------------------------------------------------------------

is $admin->get("$users/$carl->{id}")->json->{id}, $carl->{id}, 'get';
$r = $admin->get("$users/not-a-uuid");
is_deeply [$r->status, code($r)], [404, 'validation_failed'], 'not a UUID';
$r = $admin->get("$users/11111111-2222-4333-8444-555555555555");
is_deeply [$r->status, code($r)], [404, 'user_not_found'], 'unknown';
is_deeply $admin->get("$users/$carl->{id}/factors")->json, [], 'no factors';

my $total = $m->psql('select count(*) from auth.users');
$r = $admin->get("$users?page=&per_page=");
is $r->header('x-total-count'), $total, 'how many there are';
is scalar @{$r->json->{users}}, $total, 'all on one page';
is $r->json->{aud}, 'authenticated', 'with the audience';
$r = $admin->get("$users?page=2&per_page=2");
is scalar @{$r->json->{users}}, 2, 'pages of two';
is $r->header('link'), sprintf('</admin/users?page=3&per_page=2>; '
	. 'rel="next", </admin/users?page=%d&per_page=2>; rel="last"',
	($total + 1) / 2), 'with links the client can read';
unlike $admin->get("$users?page=99&per_page=2")->header('link'), qr/next/,
	'no next page after the last';
is $admin->get("$users?page=99")->json->{users}[0], undef, 'nor users';
my @by_age = map { $_->{created_at} } @{$admin->get($users)->json->{users}};
is_deeply \@by_age, [reverse sort @by_age], 'newest first';
is $admin->get("$users?filter=carl")->json->{users}[0]{email}, 'carl@x.test',
	'a filter';
is $admin->get("$users?filter=%25%27%3b")->status, 200, 'a hostile filter';
for my $bad ('page=x', 'page=-1', 'per_page=1e3', 'per_page=99999999999') {
	is code($admin->get("$users?$bad")), 'validation_failed', $bad;
}

# --- update -----------------------------------------------------------------

my $session = sign_in('carl@x.test', 'short')->json;
my $as_carl = $m->http->with(headers => {apikey => $m->anon_key,
	Authorization => "Bearer $session->{access_token}"});
$r = $admin->put("$users/$carl->{id}", {user_metadata => {a => undef, d => 4},
	app_metadata => {platform_role => 'admin'}});
is_deeply $r->json->{user_metadata}, {b => {c => undef}, d => 4,
	email_verified => JSON::PP::true}, 'metadata is merged';
is $r->json->{app_metadata}{platform_role}, 'admin', 'a platform role';
is $as_carl->get('/auth/v1/user')->status, 200, 'the session lives on';
$r = $admin->put("$users/$carl->{id}", {email => 'karl@x.test'});
is $r->json->{email}, 'karl@x.test', 'the address changes at once';
is $r->json->{identities}[0]{email}, 'karl@x.test', 'and the identity';
is code($admin->put("$users/$carl->{id}", {email => 'bob@example.test'})),
	'email_exists', "not to another's";
is code($admin->put("$users/$carl->{id}", {password => '123'})),
	'weak_password', 'a weak password';
is $admin->put("$users/$carl->{id}", {password => 'much-better'})->status,
	200, 'a new password';
is code($as_carl->get('/auth/v1/user')), 'session_not_found',
	'ends all sessions';
is sign_in('karl@x.test', 'much-better')->status, 200, 'and works';
is code($admin->put("$users/not-a-uuid", {})), 'validation_failed',
	'update of no UUID';

for my $ban (['2h45m', 9900], ['1.5h', 5400], ['300ms', 1]) {
	$r = $admin->put("$users/$carl->{id}", {ban_duration => $ban->[0]});
	my $left = $m->psql("select extract(epoch from banned_until - now())
		from auth.users where id = '$carl->{id}'");
	cmp_ok abs($left - $ban->[1]), '<', 5, "ban for $ban->[0]";
}
$admin->put("$users/$carl->{id}", {ban_duration => '1h'});
is code(sign_in('karl@x.test', 'much-better')), 'user_banned', 'banned';
ok !$admin->put("$users/$carl->{id}", {ban_duration => 'none'})
	->json->{banned_until}, 'and no longer';
is code($admin->put("$users/$carl->{id}", {ban_duration => $_})),
	'validation_failed', "ban_duration $_"
	for '1', 'h', '1x', '1h-', '999999999h', '--1h';

# --- delete -----------------------------------------------------------------

$session = sign_in('karl@x.test', 'much-better')->json;
is $admin->del("$users/$carl->{id}", {should_soft_delete => \1})->status, 200,
	'soft delete';
$r = $admin->get("$users/$carl->{id}")->json;
ok $r->{deleted_at}, 'keeps the row';
unlike $r->{email}, qr/\@/, 'without the address';
is_deeply [$r->{user_metadata}, $r->{app_metadata}], [{}, {}], 'or data';
is code(sign_in('karl@x.test', 'much-better')), 'invalid_credentials',
	'nobody signs in';
is code($anon->post('/auth/v1/token?grant_type=refresh_token',
	{refresh_token => $session->{refresh_token}})),
	'refresh_token_not_found', 'or refreshes';
is $anon->post('/auth/v1/signup', {email => 'karl@x.test',
	password => 'secret-enough'})->status, 200, 'the address is free again';
is $admin->del("$users/$carl->{id}")->status, 200, 'hard delete';
is code($admin->get("$users/$carl->{id}")), 'user_not_found', 'removes it';
is code($admin->del("$users/$carl->{id}")), 'user_not_found', 'once';
is code($admin->request('DELETE', "$users/$own", undef, body => '{',
	type => 'application/json')), 'bad_json', 'a bad body deletes nothing';
is $admin->get("$users/$own")->status, 200, 'really';

# --- audit ------------------------------------------------------------------

$r = $admin->get('/auth/v1/admin/audit?query=action:user_deleted&per_page=1');
is $r->header('x-total-count'), 2, 'the audit log, filtered';
is $r->json->[0]{payload}{action}, 'user_deleted', 'newest first';
is $r->json->[0]{payload}{traits}{user_id}, $carl->{id}, 'says who';
is code($admin->get('/auth/v1/admin/audit?query=foo:bar')),
	'validation_failed', 'an unknown scope';

# Nobody else reads the tables, service_role included.
for my $role (qw(anon authenticated service_role)) {
	for my $table ('auth.users', 'auth.refresh_tokens', 'auth.sessions') {
		my ($out, $error) = $m->psql_try(
			"set role $role; select * from $table",
			'authenticator');
		like $error, qr/permission denied/, "$role cannot read $table";
	}
	my ($out, $error) = $m->psql_try(
		"set role $role; select auth_local.user_get()", 'authenticator');
	like $error, qr/permission denied/, "$role cannot call the functions";
}
done_testing;
