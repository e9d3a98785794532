use v5.36;
use Test::More;
use lib 't/lib';
use JSON::PP ();
use Maestro::Test;

# Rotation, reuse, revocation: auth-v1.md 7.4.
my $m = Maestro::Test->new(users => [qw(ann bob)], conf => {
	rate_token => 100000, refresh_token_reuse_interval_s => 10});
my $anon = $m->anon;

sub sign_in ($name) {
	my $u = $m->user($name);
	return $anon->post('/auth/v1/token?grant_type=password',
		{email => $u->{email}, password => $u->{password}})->json;
}

sub refresh ($token, %o) {
	return $anon->post('/auth/v1/token?grant_type=refresh_token',
		{refresh_token => $token}, %o);
}

sub code ($r) { $r->json->{error_code} }

# The interval is over for every token of this session.
sub age ($token) {
	$m->psql("update auth.refresh_tokens
		set updated_at = now() - interval '1 minute'
		where session_id = (select session_id from auth.refresh_tokens
				    where token = '$token')");
}

my $s = sign_in('ann');
my $r = refresh($s->{refresh_token});
is $r->status, 200, 'a refresh token works';
my $next = $r->json;
isnt $next->{refresh_token}, $s->{refresh_token}, 'and is rotated';
ok $next->{access_token} && $next->{user}{id} eq $s->{user}{id},
	'the answer is a whole session';
is $m->psql("select parent from auth.refresh_tokens
	where token = '$next->{refresh_token}'"), $s->{refresh_token},
	'the new one knows its parent';

is refresh($s->{refresh_token})->json->{refresh_token}, $next->{refresh_token},
	'a client that lost the answer gets it again';
age($s->{refresh_token});
is refresh($s->{refresh_token})->json->{refresh_token}, $next->{refresh_token},
	'even after the interval, while the child is unused';

my $third = refresh($next->{refresh_token})->json;
my $late = refresh($s->{refresh_token});
is $late->status, 400, 'then the grandparent is used again, late';
is code($late), 'refresh_token_already_used', 'which looks like theft';
is code(refresh($third->{refresh_token})), 'refresh_token_already_used',
	'so the family is revoked';
is $m->psql("select count(*) from auth.refresh_tokens where not revoked
	and session_id = (select session_id from auth.refresh_tokens
			  where token = '$s->{refresh_token}')"), 0,
	'in the tables too';
is sign_in('ann')->{token_type}, 'bearer', 'the user may sign in again';

# Within the interval two tabs may use one token one after the other.
$s = sign_in('ann');
my $tab = refresh($s->{refresh_token})->json;
refresh($tab->{refresh_token});
is refresh($s->{refresh_token})->status, 200,
	'within the interval an old token still works';

for my $bad ('', 'x', 'ABC def ghij k', "aaaa'aaaaaaa", 'a' x 500) {
	$r = refresh($bad);
	is $r->status, 400, 'malformed: 400';
	is code($r), 'validation_failed', 'validation_failed';
	like $r->json->{msg}, qr/Refresh token is not valid/, 'as expected';
}
$r = refresh('aaaaaaaaaaaa');
is code($r), 'refresh_token_not_found', 'unknown token';
like $r->json->{msg}, qr/Invalid Refresh Token/, 'in these words';

$s = sign_in('ann');
$m->psql("update auth.sessions set not_after = now() - interval '1 s'
	where id = (select session_id from auth.refresh_tokens
		    where token = '$s->{refresh_token}')");
is code(refresh($s->{refresh_token})), 'session_expired', 'expired session';

$s = sign_in('bob');
$m->psql("update auth.users set banned_until = now() + interval '1 hour'
	where id = '$s->{user}{id}'");
is code(refresh($s->{refresh_token})), 'user_banned', 'banned user';
is code($anon->post('/auth/v1/token?grant_type=password', {email =>
	$m->user('bob')->{email}, password => 'wrong'})), 'user_banned',
	'cannot sign in either';
$m->psql('update auth.users set banned_until = null');
is refresh($s->{refresh_token})->status, 200, 'until the ban is lifted';

# Fifty tabs wake up at the same moment.
$s = sign_in('bob');
my $body = JSON::PP->new->encode({refresh_token => $s->{refresh_token}});
my $key = $m->anon_key;
my @socks = map {
	my $sock = $m->http->connect;
	print $sock "POST /auth/v1/token?grant_type=refresh_token HTTP/1.1\r\n"
		. "Host: localhost\r\nConnection: close\r\napikey: $key\r\n"
		. "X-Test-Ip: 192.0.2.$_\r\nContent-Type: application/json\r\n"
		. 'Content-Length: ' . length($body) . "\r\n\r\n$body";
	$sock->flush;
	$sock;
} 1 .. 50;
my (%status, %child);
for my $sock (@socks) {
	local $/;
	my $answer = <$sock> // '';
	$status{$answer =~ m{^HTTP/1.1 (\d+)} ? $1 : 'none'}++;
	$child{$1}++ if $answer =~ /"refresh_token":"(\w+)"/;
}
is_deeply \%status, {200 => 50}, 'fifty refreshes at once all succeed';
is scalar keys %child, 1, 'and get the same successor';
is $m->psql("select count(*) from auth.refresh_tokens where not revoked
	and session_id = (select session_id from auth.refresh_tokens
			  where token = '$s->{refresh_token}')"), 1,
	'one token lives';
is refresh((keys %child)[0])->status, 200, 'and works';

# Without reuse interval nothing but the parent rule is left.
$m->set_conf(refresh_token_reuse_interval_s => 0);
$m->stop('web');
$m->start('web');
$s = sign_in('ann');
$tab = refresh($s->{refresh_token})->json;
refresh($tab->{refresh_token});
is code(refresh($s->{refresh_token})), 'refresh_token_already_used',
	'interval 0: an old token is refused at once';

# A database away for a moment is no reason to sign out.
$s = sign_in('ann');
$m->stop('postgres');
$r = refresh($s->{refresh_token});
is $r->status, 503, 'no database: 503, which clients retry';
unlike $r->body, qr/socket|postgres|connect/i, 'and no detail leaks';
$m->start('postgres');
is refresh($s->{refresh_token})->status, 200, 'the token still works';
done_testing;
