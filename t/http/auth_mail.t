use v5.36;
use Test::More;
use lib 't/lib';
use MIME::Base64 qw(decode_base64 encode_base64url);
use Digest::SHA qw(sha256 sha224_hex);
use Maestro::Test;

# Everything that travels by mail: auth-v1.md 4.8 to 4.14, 7.3, 7.9, 10.
my $m = Maestro::Test->new(users => [qw(ann bob)], conf => {
	rate_signup => 1000, rate_token => 1000, rate_recover => 1000,
	rate_verify => 1000, mail_max_frequency_s => 0,
	mailer_autoconfirm => 'false', otp_exp_s => 3600,
	uri_allow_list => 'https://app.example/**,myapp://cb',
});
my $anon = $m->anon;
my $v1 = '/auth/v1';
my %seen;

# The mails that came since the last call: {to, subject, text, html, code,
# hash, link}, oldest first.
sub mails () {
	my @new;
	for my $file (sort glob $m->mail_dir . "/*") {
		next if $seen{$file}++;
		open my $f, '<', $file or die;
		local $/;
		my ($head, $body) = split /\r\n\r\n/, <$f>, 2;
		my %mail = (head => $head);
		($mail{to}) = $head =~ /^To: <(.*)>\r$/m;
		($mail{subject}) = $head =~ /^Subject: (.*)\r$/m;
		@mail{qw(text html)} = map { decode_base64($_) }
			$body =~ /base64\r\n\r\n(.*?)--/gs;
		($mail{code}) = $mail{text} =~ /this code: (\d+)$/m;
		($mail{link}) = $mail{text} =~ /^(\S+token\S+)$/m;
		($mail{hash}) = $mail{link} =~ /token(?:_hash)?=([^&]+)/;
		push @new, \%mail;
	}
	return @new;
}

sub mail () {
	my @all = mails();
	is scalar @all, 1, 'one mail is sent';
	return $all[0];
}

sub code ($r) { $r->json->{error_code} }
sub verify (%in) { $anon->post("$v1/verify", \%in) }

sub follow ($mail) {
	return $m->http->get($mail->{link} =~ s{^https://[^/]+}{}r);
}

# --- sign-up that has to be confirmed ---------------------------------------

my %dora = (email => 'dora@x.test', password => 'secret-enough');
my $r = $anon->post("$v1/signup", {%dora, data => {full_name => 'D'}});
is $r->status, 200, 'sign-up without autoconfirm';
ok !$r->json->{access_token} && $r->json->{id}, 'gives a bare user';
ok $r->json->{confirmation_sent_at}, 'that is to be confirmed';
my $mail = mail();
is $mail->{to}, 'dora@x.test', 'to the new address';
is $mail->{hash}, sha224_hex("dora\@x.test$mail->{code}"),
	'the link holds the hash of address and code';
like $mail->{html}, qr/<a href="https:[^"]*verify\?token=$mail->{hash}&amp;/,
	'in both parts';
is code($anon->post("$v1/token?grant_type=password", \%dora)),
	'email_not_confirmed', 'no sign-in before';
is code($anon->post("$v1/token?grant_type=password", {%dora,
	password => 'wrong'})), 'invalid_credentials',
	'and no hint without the password';
my $first = $r->json->{id};
$r = $anon->post("$v1/signup", {%dora, password => 'intruder-secret'});
is $r->json->{id}, $first, 'signing up again sends the mail again';
$mail = mail();
$r = verify(type => 'signup', email => 'dora@x.test', token => '000000');
is $r->status, 403, 'a wrong code is refused';
is $r->json->{msg}, 'Token has expired or is invalid', 'in these words';
is code(verify(type => 'recovery', email => 'dora@x.test',
	token => $mail->{code})), 'otp_expired', 'nor one of another purpose';
is code(verify(type => 'signup', email => 'bob@example.test',
	token => $mail->{code})), 'otp_expired', "nor for another's address";
$r = verify(type => 'signup', email => 'DORA@x.test', token => $mail->{code});
is $r->status, 200, 'the right code';
ok $r->json->{access_token}, 'signs in';
ok $r->json->{user}{email_confirmed_at}
	&& $r->json->{user}{user_metadata}{email_verified}, 'and confirms';
is code(verify(type => 'signup', email => 'dora@x.test',
	token => $mail->{code})), 'otp_expired', 'once';
is $anon->post("$v1/token?grant_type=password", \%dora)->status, 200,
	'the first password counts, not the one of the second sign-up';
$r = $anon->post("$v1/signup", {%dora, password => 'intruder-secret'});
is $r->status, 200, 'signing up with a known address';
isnt $r->json->{id}, $first, 'shows a stranger nothing';
is_deeply $r->json->{identities}, [], 'but an empty account';
is scalar mails(), 0, 'and sends no mail';

# --- the link ---------------------------------------------------------------

$anon->post("$v1/signup?redirect_to=https%3A%2F%2Fapp.example%2Fin%3Fa%3D1",
	{email => 'link@x.test', password => 'secret-enough'});
$mail = mail();
$r = follow($mail);
is $r->status, 303, 'the link redirects';
like $r->header('location'), qr{^https://app\.example/in\?a=1\#
	access_token=[^&]+&expires_at=\d+&expires_in=3600&refresh_token=[^&]+
	&sb=&token_type=bearer&type=signup$}x, 'with the session in the fragment';
$r = follow($mail);
like $r->header('location'), qr{^https://app\.example/in\?a=1\#
	error=access_denied&error_code=otp_expired&error_description=[^&]+
	&sb=$}x, 'once; then with the trouble';
is $m->http->get("$v1/verify?type=signup")->status, 400,
	'a link without token is 400';
$r = $m->http->get("$v1/verify?type=signup&token=x"
	. '&redirect_to=https%3A%2F%2Fevil.example%2F');
like $r->header('location'), qr/^\Q@{[$m->url]}\E\#error/,
	'never to a place that is not allowed';
$r = $m->http->get("$v1/verify?type=signup&token=x%0d%0aX-Evil:1&redirect_to="
	. 'myapp%3A%2F%2Fcb%0d%0aX-Evil%3A1');
ok !$r->header('x-evil'), 'no header through a link';

$anon->post("$v1/signup?redirect_to=" . $m->url . '/app/confirm',
	{email => 'page@x.test', password => 'secret-enough'});
$mail = mail();
SKIP: {
	skip 'these are no pages of the project', 1 if $m->{hosted};
	is $mail->{link}, $m->url
		. "/app/confirm?token_hash=$mail->{hash}&type=signup",
		'our own pages get the token themselves';
}
is code(verify(type => 'signup', token_hash => $mail->{hash},
	email => 'page@x.test')), 'validation_failed',
	'hash and address together are refused';
is verify(type => 'email', token_hash => $mail->{hash})->status, 200,
	'the hash verifies too, also as type email';

# --- recovery ---------------------------------------------------------------

$r = $anon->post("$v1/recover", {email => 'nobody@x.test'});
is_deeply [$r->status, $r->json], [200, {}], 'an unknown address is no error';
is scalar mails(), 0, 'but gets no mail';
my $ann = $m->user('ann');
$r = $anon->post("$v1/recover", {email => $ann->{email}});
is_deeply [$r->status, $r->json], [200, {}], 'neither is a known one';
$mail = mail();
like $mail->{subject}, qr/password/, 'and gets a mail';
$r = verify(type => 'recovery', token_hash => $mail->{hash});
is $r->status, 200, 'whose token signs in';
my $h = {apikey => $m->anon_key,
	Authorization => 'Bearer ' . $r->json->{access_token}};
is $m->http->put("$v1/user", {password => 'brand-new-secret'},
	headers => $h)->status, 200, 'and sets a new password';
is $anon->post("$v1/token?grant_type=password", {email => $ann->{email},
	password => 'brand-new-secret'})->status, 200, 'that works';

$anon->post("$v1/recover", {email => $ann->{email}});
$mail = mail();
$m->psql("update auth.users set recovery_sent_at = now() - interval '2 h'");
is code(verify(type => 'recovery', token_hash => $mail->{hash})),
	'otp_expired', 'a token ends after otp_exp_s';

# --- sign-in by mail --------------------------------------------------------

is code($anon->post("$v1/otp", {email => 'fresh@x.test',
	create_user => \0})), 'otp_disabled', 'no account, none wanted';
is $anon->post("$v1/otp", {email => 'fresh@x.test', data => {k => 1}})
	->status, 200, 'a code for a new address';
$mail = mail();
$r = verify(type => 'email', email => 'fresh@x.test', token => $mail->{code});
is $r->json->{user}{user_metadata}{k}, 1, 'makes the account';
is $anon->post("$v1/magiclink", {email => $ann->{email}})->status, 200,
	'a link for a known one';
$mail = mail();
like $mail->{link}, qr/type=magiclink/, 'is of its own type';
like follow($mail)->header('location'), qr/access_token=/, 'and signs in';

# --- PKCE -------------------------------------------------------------------

my $verifier = 'v' x 64;
my %pkce = (code_challenge => encode_base64url(sha256($verifier)),
	code_challenge_method => 's256');
$anon->post("$v1/recover?redirect_to=https://app.example/r",
	{email => $ann->{email}, %pkce});
$mail = mail();
like $mail->{hash}, qr/^pkce_/, 'a PKCE flow marks its token';
$r = follow($mail);
my ($code) = $r->header('location') =~
	m{^https://app\.example/r\?code=([0-9a-f-]{36})$};
ok $code, 'the link ends at the client with a code';
my $exchange = sub ($code, $verifier) {
	$anon->post("$v1/token?grant_type=pkce", {auth_code => $code,
		code_verifier => $verifier});
};
is code($exchange->($code, 'w' x 64)), 'bad_code_verifier',
	'which is worth nothing without the verifier';
is code($exchange->('11111111-2222-4333-8444-555555555555', $verifier)),
	'flow_state_not_found', 'unknown code';
$r = $exchange->($code, $verifier);
is $r->status, 200, 'with it comes the session';
is code($exchange->($code, $verifier)), 'flow_state_not_found', 'once';
like $m->psql("select authentication_method from auth.mfa_amr_claims
	order by created_at desc limit 1"), qr/recovery/, 'amr says how';

# --- change of address ------------------------------------------------------

my $bob = $m->as('bob');
$r = $bob->put("$v1/user", {email => 'robert@x.test'});
is $r->json->{new_email}, 'robert@x.test', 'a new address waits';
is $r->json->{email}, 'bob@example.test', 'while the old one stays';
my @two = mails();
is_deeply [map { $_->{to} } @two], ['bob@example.test', 'robert@x.test'],
	'both addresses are asked';
$r = verify(type => 'email_change', token_hash => $two[1]{hash});
is_deeply [$r->status, $r->json->{code}], [200, '200'], 'one half';
ok !$r->json->{access_token}, 'is no sign-in';
is code(verify(type => 'email_change', token_hash => $two[1]{hash})),
	'otp_expired', 'the same half twice is not two halves';
is $bob->get("$v1/user")->json->{email}, 'bob@example.test', 'nothing yet';
$r = verify(type => 'email_change', email => 'bob@example.test',
	token => $two[0]{code});
is $r->json->{user}{email}, 'robert@x.test', 'the other half changes it';
is $r->json->{user}{identities}[0]{email}, 'robert@x.test', 'identity too';
is $anon->post("$v1/token?grant_type=password", {email => 'robert@x.test',
	password => $m->user('bob')->{password}})->status, 200,
	'sign-in with the new address';
$bob->put("$v1/user", {email => 'fresh2@x.test'});
@two = mails();
$anon->post("$v1/otp", {email => 'fresh2@x.test'});
verify(type => 'email', email => 'fresh2@x.test', token => mail()->{code});
verify(type => 'email_change', token_hash => $two[0]{hash});
is code(verify(type => 'email_change', token_hash => $two[1]{hash})),
	'email_exists', 'an address taken meanwhile is not taken over';

# --- once more --------------------------------------------------------------

is_deeply $anon->post("$v1/resend", {type => 'signup',
	email => 'nobody@x.test'})->json, {}, 'resend to nobody';
is_deeply $anon->post("$v1/resend", {type => 'signup',
	email => $ann->{email}})->json, {}, 'nor to a confirmed account';
is scalar mails(), 0, 'sends nothing';
is code($anon->post("$v1/resend", {type => 'magic', email => 'a@b'})),
	'validation_failed', 'unknown type';
$anon->post("$v1/signup", {email => 'again@x.test',
	password => 'secret-enough'});
my $old = mail();
$anon->post("$v1/resend", {type => 'signup', email => 'again@x.test'});
$mail = mail();
is code(verify(type => 'signup', token_hash => $old->{hash})), 'otp_expired',
	'a new code replaces the old';
is verify(type => 'signup', token_hash => $mail->{hash})->status, 200,
	'and works';

# --- invitation and links of administrators ---------------------------------

is code($anon->post("$v1/invite", {email => 'i@x.test'})), 'not_admin',
	'not everybody invites';
$r = $m->service->post("$v1/invite", {email => 'guest@x.test',
	data => {role => 'x'}});
ok $r->json->{invited_at}, 'an invitation';
$mail = mail();
like $mail->{subject}, qr/invited/, 'is mailed';
$r = verify(type => 'invite', token_hash => $mail->{hash});
is $r->json->{user}{email}, 'guest@x.test', 'and accepted';
is code($m->service->post("$v1/invite", {email => $ann->{email}})),
	'email_exists', 'nobody is invited twice';

$r = $m->service->post("$v1/admin/generate_link", {type => 'magiclink',
	email => $ann->{email}, redirect_to => 'https://app.example/x'});
is $r->json->{verification_type}, 'magiclink', 'a link without a mail';
is scalar mails(), 0, 'really none';
is $r->json->{hashed_token},
	sha224_hex($ann->{email} . $r->json->{email_otp}), 'hash and code';
like $r->json->{action_link}, qr{/auth/v1/verify\?token=\w+&type=magiclink
	&redirect_to=https%3A%2F%2Fapp\.example%2Fx$}x, 'and the link';
is verify(type => 'magiclink', token_hash => $r->json->{hashed_token})
	->status, 200, 'which works';
is code($m->service->post("$v1/admin/generate_link", {type => 'recovery',
	email => 'nobody@x.test'})), 'user_not_found', 'for no user';
$r = $m->service->post("$v1/admin/generate_link", {type => 'signup',
	email => 'made@x.test', password => 'secret-enough'});
is $r->json->{email}, 'made@x.test', 'signup makes the account';
is verify(type => 'signup', email => 'made@x.test',
	token => $r->json->{email_otp})->status, 200, 'to be confirmed';
is code($anon->post("$v1/admin/generate_link", {type => 'recovery',
	email => $ann->{email}})), 'not_admin', 'not for everybody';

# --- how often --------------------------------------------------------------

$m->set_conf(mail_max_frequency_s => 60);
$m->stop('web');
$m->start('web');
$anon->post("$v1/recover", {email => 'dora@x.test'});
mail();
$r = $anon->post("$v1/recover", {email => 'dora@x.test'});
is $r->status, 429, 'the next mail has to wait';
is code($r), 'over_email_send_rate_limit', 'says the code';
like $r->json->{msg}, qr/after \d+ seconds/, 'and the message';
like $r->header('retry-after'), qr/^[1-9]\d?$/, 'and Retry-After';
is scalar mails(), 0, 'no mail';

# --- a mail folder that cannot be written -----------------------------------

$m->set_conf(mail_dir => "$m->{dir}/nowhere");
$m->stop('web');
$m->start('web');
$r = $anon->post("$v1/recover", {email => 'link@x.test'});
is $r->status, 500, 'a mail that cannot be written is an error';
unlike $r->body, qr/nowhere/, 'without a path';
is $anon->post("$v1/recover", {email => 'link@x.test'})->status, 500,
	'and the next try need not wait';
done_testing;
