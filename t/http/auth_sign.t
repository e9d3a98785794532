use v5.36;
use Test::More;
use lib 't/lib';
use JSON::PP ();
use MIME::Base64 qw(decode_base64url);
use Maestro::Test;

# Gate, sign-up, password sign-in, the user, sign-out: auth-v1.md 1 to 4.8.
my $m = Maestro::Test->new(users => [qw(ann bob)], conf => {
	rate_signup => 1000, rate_token => 1000, rate_recover => 1000,
	uri_allow_list => 'https://app.example/**',
});
my $anon = $m->anon;
my $v1 = '/auth/v1';
my %new = ('X-Supabase-Api-Version' => '2024-01-01');

sub refused ($r, $status, $code, $what) {
	is $r->status, $status, "$what: status";
	is $r->json->{error_code} // $r->json->{code}, $code, "$what: code";
}

sub claims ($token) {
	return JSON::PP->new->utf8->decode(
		decode_base64url((split /\./, $token)[1]));
}

# --- transport --------------------------------------------------------------

is $m->http->get("$v1/health")->json->{name}, 'GoTrue', 'health is open';
my $r = $m->http->get("$v1/.well-known/jwks.json");
is $r->json->{keys}[0]{alg}, 'ES256', 'the public key is shown';
ok !exists $r->json->{keys}[0]{d}, 'but not its private part';
like $r->header('cache-control'), qr/max-age=600/, 'and may be cached';

$r = $m->http->get("$v1/settings");
is $r->status, 401, 'without apikey nobody comes in';
is $r->json->{message}, 'No API key found in request', 'and hears why';
$r = $m->http->get("$v1/settings", headers => {apikey => 'nonsense'});
is $r->json->{message}, 'Invalid API key', 'nor with a wrong one';
$r = $m->http->get("$v1/settings",
	headers => {apikey => $m->user('ann')->{token}});
is $r->status, 401, "a user's token is no apikey";
is $m->http->get("$v1/settings?apikey=" . $m->anon_key)->status, 200,
	'the key may stand in the query';
$r = $anon->get("$v1/settings")->json;
ok $r->{mailer_autoconfirm} && $r->{external}{email} && !$r->{external}{google},
	'settings say what is on';

$r = $m->http->options("$v1/token", headers => {Origin => 'https://x.test',
	'Access-Control-Request-Method' => 'POST'});
is $r->status, 204, 'a preflight needs no key';
is $r->header('access-control-allow-origin'), '*', 'any origin may call';
like $r->header('access-control-allow-headers'), qr/x-supabase-api-version/,
	'with the headers of the client';
like $anon->get("$v1/settings", headers => {Origin => 'https://x.test'})
	->header('access-control-expose-headers'), qr/X-Supabase-Api-Version/i,
	'and sees the version of errors';

$r = $anon->post("$v1/token?grant_type=password", {email => 'a@b',
	password => 'x'});
is_deeply $r->json, {code => 400, error_code => 'invalid_credentials',
	msg => 'Invalid login credentials'}, 'errors in the old shape';
is $r->header('x-sb-error-code'), 'invalid_credentials', 'with the header';
$r = $anon->post("$v1/token?grant_type=password", {email => 'a@b',
	password => 'x'}, headers => {%new});
is_deeply $r->json, {code => 'invalid_credentials',
	message => 'Invalid login credentials'}, 'and in the new one';
is $r->header('x-supabase-api-version'), '2024-01-01', 'which says so';
is $anon->get("$v1/nothing")->status, 404, 'unknown routes are JSON 404';
is $anon->get("$v1/token")->status, 405, 'a wrong method is 405';

# --- sign-up ----------------------------------------------------------------

$r = $anon->post("$v1/signup", {email => 'New@X.test',
	password => 'secret-enough', data => {full_name => 'N', n => undef},
	code_challenge => undef, gotrue_meta_security => {}});
is $r->status, 200, 'sign-up';
my $s = $r->json;
ok $s->{access_token} && $s->{refresh_token} =~ /^[a-z2-7]{12}$/
	&& $s->{token_type} eq 'bearer', 'gives a session';
is $s->{expires_at} - $s->{expires_in} > time - 60, 1, 'that ends in time';
is $s->{user}{email}, 'new@x.test', 'the address in lower case';
is $s->{user}{user_metadata}{full_name}, 'N', 'with the data';
is $s->{user}{user_metadata}{sub}, $s->{user}{id}, 'and the identity in it';
is_deeply $s->{user}{app_metadata},
	{provider => 'email', providers => ['email']}, 'and the provider';
is $s->{user}{identities}[0]{identity_data}{email_verified}, JSON::PP::true,
	'confirmed at once';
is $s->{user}{phone}, '', 'phone is a text';
my $c = claims($s->{access_token});
is_deeply [@$c{qw(sub aud role aal email iss)}],
	[$s->{user}{id}, 'authenticated', 'authenticated', 'aal1',
	'new@x.test', $m->issuer], 'claims of the token';
is $c->{amr}[0]{method}, 'password', 'which say how';
ok !exists $c->{nbf} && !exists $c->{jti}, 'and nothing more';
is $m->psql("select count(*) from public.users where id::text =
	'$s->{user}{id}'"), 1, 'the profile is made with the account';

refused $anon->post("$v1/signup", {email => 'new@x.test',
	password => 'other-secret'}), 422, 'user_already_exists', 'twice';
refused $anon->post("$v1/signup", {email => 'w@x.test', password => '123'},
	headers => {%new}), 422, 'weak_password', 'short password';
is_deeply $anon->post("$v1/signup", {email => 'w@x.test', password => '123'})
	->json->{weak_password}, {reasons => ['length']}, 'with reasons';
refused $anon->post("$v1/signup", {email => 'w@x.test',
	password => 'x' x 73}), 400, 'validation_failed', '73 bytes';
is $anon->post("$v1/signup", {email => 'w72@x.test', password => 'x' x 72})
	->status, 200, '72 bytes are fine';
refused $anon->post("$v1/signup", {email => 'w@x.test'}), 400,
	'validation_failed', 'no password';
refused $anon->post("$v1/signup", {password => 'secret-enough'}), 422,
	'anonymous_provider_disabled', 'no address';
refused $anon->post("$v1/signup", {phone => '+4915', password =>
	'secret-enough'}), 400, 'phone_provider_disabled', 'phone';
for my $bad ('x', 'a b@x.y', "a\@x.y\r\nBcc: b\@x.y", 'a@', '<a@x.y>') {
	refused $anon->post("$v1/signup", {email => $bad,
		password => 'secret-enough'}), 400, 'validation_failed',
		'address ' . ($bad =~ s/\W/_/gr);
}
refused $anon->post("$v1/signup", {email => 'p@x.test',
	password => 'secret-enough', code_challenge => 'x' x 43}), 400,
	'validation_failed', 'half a PKCE pair';

# Hostile bodies.
for my $body ('', '{', '[]', '"x"', '{"email":1}', '{"email":["a@b"]}',
	'{"email":"a@x.y","email":"b@x.y","password":"secret-enough"}',
	'{"email":"\u0000@x.y","password":"secret-enough"}', '{"data":"x"}',
	"\xff\xfe", '[' x 5000) {
	$r = $anon->request('POST', "$v1/signup", undef, body => $body,
		type => 'application/json');
	like $r->status, qr/^4/, 'a bad body is 4xx: '
		. (substr($body, 0, 30) =~ s/[^ -~]/?/gr);
}
is $anon->request('POST', "$v1/signup", undef, body => 'x' x (2 << 20),
	type => 'application/json')->status, 413, '2 MiB are too many';
is $anon->post("$v1/signup", {email => 'big@x.test',
	password => 'secret-enough', data => {x => 'y' x 60000}})->status, 200,
	'large metadata is kept';
$s = $anon->post("$v1/token?grant_type=password", {email => 'big@x.test',
	password => 'secret-enough'})->json;
cmp_ok length $s->{access_token}, '<', 2000, 'but stays out of the token';
is length $s->{user}{user_metadata}{x}, 60000, 'not out of the user';

# --- sign-in ----------------------------------------------------------------

my $ann = $m->user('ann');
$r = $anon->post("$v1/token?grant_type=password", {email => 'ANN@example.test',
	password => $ann->{password}});
is $r->status, 200, 'sign-in, whatever the case of the address';
refused $anon->post("$v1/token?grant_type=password",
	{email => $ann->{email}, password => 'wrong'}), 400,
	'invalid_credentials', 'wrong password';
refused $anon->post("$v1/token?grant_type=password",
	{email => 'nobody@example.test', password => 'wrong'}), 400,
	'invalid_credentials', 'unknown account';
refused $anon->post("$v1/token?grant_type=password", {password => 'x'}), 400,
	'validation_failed', 'no address to sign in';
refused $anon->post("$v1/token?grant_type=password", {phone => '+4915',
	password => 'x'}), 422, 'phone_provider_disabled', 'phone sign-in';
refused $anon->post("$v1/token?grant_type=magic", {}), 400,
	'invalid_credentials', 'unknown grant';
refused $anon->post("$v1/token", {}), 400, 'invalid_credentials', 'no grant';

# --- guards -----------------------------------------------------------------

refused $m->http->get("$v1/user", headers => {apikey => $m->anon_key}), 401,
	'no_authorization', 'no bearer';
like $m->http->get("$v1/user", headers => {apikey => $m->anon_key})
	->json->{msg}, qr/Bearer token/, 'which the client looks for';
refused $anon->get("$v1/user"), 403, 'bad_jwt', 'the key as bearer';
my $get = sub ($token) {
	$m->http->get("$v1/user", headers => {apikey => $m->anon_key,
		Authorization => "Bearer $token"});
};
refused $get->('x.y.z'), 403, 'bad_jwt', 'no token at all';
like $get->('x.y.z')->json->{msg},
	qr/^invalid JWT.*unable to parse or verify signature/, 'in these words';
refused $get->($m->mint(sub => $ann->{id}, exp => time - 100)), 403, 'bad_jwt',
	'expired token';
refused $get->($m->mint(sub => '1')), 400, 'bad_jwt', 'sub that is no UUID';
refused $get->($m->mint(sub => '11111111-2222-4333-8444-555555555555')), 403,
	'user_not_found', 'user that is gone';
refused $get->($m->mint(sub => $ann->{id},
	session_id => '11111111-2222-4333-8444-555555555555')), 403,
	'session_not_found', 'session that is gone';
refused $get->('mst_' . 'x' x 40), 403, 'bad_jwt', 'API tokens';
my $token = $ann->{token};
substr($token, -3, 1) =~ tr/A-Za-z0-9_-/B-ZAb-za1-90AB/;
refused $get->($token), 403, 'bad_jwt', 'a changed signature';
my ($h, $p) = split /\./, $ann->{token};
refused $get->("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.$p."), 403, 'bad_jwt',
	'alg none';

for my $bad ('Bearer', 'Bearer  x', "Bearer $ann->{token} y", 'Basic eDp5',
	"Bearer$ann->{token}") {
	refused $m->http->get("$v1/user", headers => {apikey => $m->anon_key,
		Authorization => $bad}), 401, 'no_authorization',
		'header ' . substr $bad, 0, 12;
}
is $m->http->get("$v1/user", headers => {apikey => $m->anon_key,
	Authorization => "bEaReR $ann->{token}"})->status, 200,
	'the scheme in any case';

# --- the user ---------------------------------------------------------------

is $m->as('ann')->get("$v1/user")->json->{id}, $ann->{id}, 'who am I';
$r = $m->as('ann')->put("$v1/user", {data => {city => 'Bern', name => undef}});
is $r->status, 200, 'data is merged';
is_deeply $r->json->{user_metadata}, {city => 'Bern'}, 'null deletes a key';
refused $m->as('ann')->put("$v1/user", {app_metadata => {platform_role =>
	'admin'}}), 403, 'not_admin', 'nobody makes itself an admin';
refused $m->as('ann')->put("$v1/user", {password => $ann->{password}}), 422,
	'same_password', 'the same password';
refused $m->as('ann')->put("$v1/user", {password => 'x'}), 422,
	'weak_password', 'a weak one';
refused $m->as('ann')->put("$v1/user", {email => 'bob@example.test'}), 422,
	'email_exists', "another's address";
refused $m->as('ann')->put("$v1/user", {data => 'x'}), 400, 'bad_json',
	'data of another type';

my $second = $anon->post("$v1/token?grant_type=password",
	{email => $ann->{email}, password => $ann->{password}})->json;
is $m->as('ann')->put("$v1/user", {password => 'another-secret'})->status, 200,
	'a new password';
refused $get->($second->{access_token}), 403, 'session_not_found',
	'ends the other sessions';
is $m->as('ann')->get("$v1/user")->status, 200, 'but not this one';
refused $anon->post("$v1/token?grant_type=password", {email => $ann->{email},
	password => $ann->{password}}), 400, 'invalid_credentials',
	'the old password';
is $anon->post("$v1/token?grant_type=password", {email => $ann->{email},
	password => 'another-secret'})->status, 200, 'the new one works';

# --- sign-out ---------------------------------------------------------------

sub session () {
	return $anon->post("$v1/token?grant_type=password",
		{email => $ann->{email}, password => 'another-secret'})->json;
}

sub logout ($s, $scope) {
	return $m->http->post("$v1/logout$scope", undef, headers => {
		apikey => $m->anon_key,
		Authorization => "Bearer $s->{access_token}"})->status;
}
my ($one, $two, $three) = (session, session, session);
is logout($one, '?scope=local'), 204, 'local sign-out';
refused $get->($one->{access_token}), 403, 'session_not_found', 'ends it';
is $get->($two->{access_token})->status, 200, 'and no other';
is logout($two, '?scope=others'), 204, 'sign-out of the others';
is $get->($three->{access_token})->status, 403, 'ends them';
is $get->($two->{access_token})->status, 200, 'and not itself';
is logout($two, '?scope=planet'), 400, 'an unknown scope is refused';
is logout($two, ''), 204, 'global by default';
is logout($two, ''), 403, 'a dead session signs out with 403';
refused $anon->post("$v1/token?grant_type=refresh_token",
	{refresh_token => $two->{refresh_token}}), 400,
	'refresh_token_not_found', 'its refresh token is gone';
is $get->($m->user('bob')->{token})->status, 200,
	'another user never noticed';

like $m->psql("select string_agg(distinct payload ->> 'action', ' ')
	from auth.audit_log_entries"), qr/login.*logout.*user_modified/,
	'all of it is in the audit log';
unlike $m->log('web'), qr/secret-enough|correct horse/, 'no password in a log';

# --- what is not offered ----------------------------------------------------

for my $try (
	['GET', 'authorize?provider=github', 400, qr/not enabled/],
	['POST', 'token?grant_type=id_token', 400, qr/not enabled/],
	['POST', 'token?grant_type=web3', 422, qr/^Web3 provider is disabled/],
	['POST', 'sso', 404, qr/^SAML 2.0 is disabled/],
	['GET', 'user/identities/authorize', 404, qr/^Manual linking is disab/],
	['POST', 'factors', 422, qr/disabled for TOTP/]) {
	my ($method, $path, $status, $text) = @$try;
	$r = $m->as('bob')->request($method, "$v1/$path",
		$method eq 'POST' ? {} : undef);
	is $r->status, $status, "$path is not offered";
	like $r->json->{msg}, $text, 'in words the client knows';
}

# --- sign-up closed ---------------------------------------------------------

$m->set_conf(disable_signup => 'true');
$m->reload;
Maestro::Test::wait_for('the new setting', sub {
	$anon->get("$v1/settings")->json->{disable_signup};
});
refused $anon->post("$v1/signup", {email => 'z@x.test',
	password => 'secret-enough'}), 422, 'signup_disabled', 'closed';
refused $anon->post("$v1/otp", {email => 'z@x.test'}), 422,
	'signup_disabled', 'closed for codes too';
done_testing;
