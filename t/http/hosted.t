# maestro on a hosted project: a second instance plays the project, and every
# account and object lives there.  t/http/hosted_same.t runs the tests of both
# surfaces; here is what only a project that is somewhere else can do wrong.
use v5.36;
use Test::More;
use Digest::SHA qw(sha256_hex);
use IO::Socket::INET;
use MIME::Base64 qw(decode_base64url encode_base64url);
use POSIX ();
use Time::HiRes qw(time);
use lib 't/lib';
use Maestro::Api;
use Maestro::Test;

my $home = Maestro::Test->new(users => [qw(ann bob)]);
my $m = Maestro::Test->new(hosted => $home, web_workers => 1, io_workers => 1);
my ($ann, $store) = ($m->as('ann'), '/storage/v1/object');

sub sign_in ($who = $m) {
	return $who->anon->post('/auth/v1/token?grant_type=password',
		{email => 'bob@example.test', password => 'correct horse bob'});
}

sub unavailable ($r, $what) {
	is $r->status, 503, "$what: 503";
	like $r->header('retry-after'), qr/^[1-9]\d*$/, 'with Retry-After';
	unlike $r->body, qr/127\.0\.0\.1|curl|connect/i, 'and no detail';
}

# --- the user's own token decides ---------------------------------------------

my $id = new_project($ann, 'Hosted', workingDir => '/srv/hosted');
ok $id, 'a project';
is $ann->request('POST', "$store/project-files/$id/a.txt", undef,
	body => 'hello', type => 'text/plain')->status, 200,
	'a member stores a file';
is $ann->get("$store/project-files/$id/a.txt")->body, 'hello',
	'and reads it';
is $m->as('bob')->get("$store/project-files/$id/a.txt")->json->{code},
	'NoSuchKey', 'a stranger sees none';
is $home->as('ann')->get("$store/project-files/$id/a.txt")->body, 'hello',
	'the bytes are at the project';
is scalar(() = glob $m->dir . '/store/blob/*/*/*'), 0, 'and not here';

my $token = $ann->post('/api/tokens', {name => 'script'})->json->{token};
my $script = $m->http->with(headers => {Authorization => "Bearer $token"});
is $script->get("/api/projects/$id/files")->status, 200,
	'an API token lists files, though the project does not know it';
is $script->get("$store/project-files/$id/a.txt")->body, 'hello',
	'and reads them as its owner';

# --- constant memory ------------------------------------------------------------

my $big = join '', map { chr($_ * 7 % 251) x 65536 } 1 .. 1024;
my $before = $m->peak_kb;
is $ann->request('POST', "$store/project-files/$id/big.bin", undef,
	body => $big, type => 'application/octet-stream')->status, 200,
	'64 MiB go up';
my $r = $ann->get("$store/project-files/$id/big.bin");
is sha256_hex($r->body), sha256_hex($big), 'and come down the same';
cmp_ok $m->peak_kb - $before, '<', 16 * 1024, 'through less than 16 MiB';
is $ann->get("$store/project-files/$id/big.bin",
	headers => {Range => 'bytes=65536-65539'})->body,
	substr($big, 65536, 4), 'a range of it';
$big = '';

my $cut = $m->http->connect;
print $cut "POST $store/project-files/$id/cut HTTP/1.1\r\nHost: localhost\r\n"
	. 'Authorization: Bearer ' . $m->user('ann')->{token} . "\r\n"
	. "Content-Type: text/plain\r\nContent-Length: 300000\r\n\r\n"
	. 'x' x 200_000;
$cut->flush;
close $cut;
Maestro::Test::wait_for('the end of the upload', sub {
	$m->log('web') =~ m{path=\S+/cut .*code=client_gone};
});
is $ann->get("$store/project-files/$id/cut")->json->{code}, 'NoSuchKey',
	'an upload that breaks off leaves nothing';

# --- signing keys ---------------------------------------------------------------

sub kid_of ($jwt) {
	JSON::PP::decode_json(decode_base64url((split /\./, $jwt)[0]))->{kid};
}

my $old = sign_in()->json->{access_token};
my $keys = $home->dir . '/secrets/jwt-keys.json';
system "$Maestro::Test::build/maestro keys rotate $keys >/dev/null" and die;
$home->stop('web');
$home->start('web');
my $new = sign_in()->json->{access_token};
isnt kid_of($new), kid_of($old), 'the project signs with a new key';
my $with = sub ($jwt) {
	$m->http->with(headers => {Authorization => "Bearer $jwt"})
		->get('/api/projects')->status;
};
is $with->($new), 200, 'its tokens are taken at once' for 1 .. 4;
is $with->($old), 200, 'and those of the old key still';

my $asked = sub { scalar(() = $home->log('nginx-access') =~ /jwks\.json/g) };
my $count = $asked->();
for my $n (1 .. 40) {
	my $head = encode_base64url(qq({"alg":"ES256","kid":"nobody-$n"}));
	is $with->($head =~ s/$/'.' . (split m{\.}, $new, 2)[1]/er), 401,
		'unknown key' if $n % 10 == 0;
	$with->("$head." . (split /\./, $new, 2)[1]) if $n % 10;
}
cmp_ok $asked->() - $count, '<=', 3,
	'unknown keys make every worker ask once, not every time';

# --- without the project's legacy secret ----------------------------------------

$m->set_conf(supabase_jwt_secret_file => '');
$m->stop('web');
$m->start('web');
is $ann->get("$store/project-files/$id/a.txt")->body, 'hello',
	'tokens of users need no secret';
is $m->service->get('/storage/v1/bucket')->status, 200,
	'the service key is known by its text';
is $m->anon->post('/auth/v1/recover', {email => 'nobody@x.test'})->status, 200,
	'and the anon key';
$r = $script->get("$store/project-files/$id/a.txt");
is $r->json->{statusCode}, '403', 'API tokens cannot reach objects';
is $script->get('/api/projects')->status, 200, 'but tables';
my $link = $ann->post("$store/sign/project-files/$id/a.txt",
	{expiresIn => 60})->json->{signedURL};
$r = $m->http->get("/storage/v1$link");
is $r->status, 307, 'a signed link can only be read by the project';
is $r->header('location'), $home->http_url . "/storage/v1$link",
	'so it leads there';
is $home->http->get("/storage/v1$link")->body, 'hello', 'where it works';
$m->set_conf(supabase_jwt_secret_file => $m->dir . '/secrets/jwt-secret');
$m->stop('web');
$m->start('web');

# --- the project is away ---------------------------------------------------------

is $ann->get('/api/projects')->status, 200, 'keys are fetched again';
$home->stop('nginx');
unavailable sign_in(), 'sign-in';
unavailable $ann->get('/auth/v1/user'), 'the account';
unavailable $ann->get("$store/project-files/$id/a.txt"), 'a file';
unavailable $ann->request('POST', "$store/project-files/$id/b.txt", undef,
	body => 'x', type => 'text/plain'), 'an upload';
is $ann->get('/api/projects')->status, 200,
	'tokens are checked and tables answer all the same';
$m->stop('web');
$m->start('web');
unavailable $m->as('ann')->get('/api/projects'),
	'a token whose key was never seen';
is $m->http->get('/health')->status, 200, 'health is ours alone';
$home->start('nginx');
Maestro::Test::wait_for('the project', sub { sign_in()->status == 200 }, 10);
Maestro::Test::wait_for('its keys', sub {
	$ann->get('/api/projects')->status == 200;
}, 10);
pass 'all is well once it is back';

# --- answers nobody can read -------------------------------------------------------

my @children;

# A server that says $bytes to everybody; undef: nothing, for long.
sub fake ($bytes) {
	my $l = IO::Socket::INET->new(Listen => 20, LocalAddr => '127.0.0.1',
		LocalPort => 0, ReuseAddr => 1) or die "listen: $!";
	my $url = 'http://127.0.0.1:' . $l->sockport;
	my $pid = fork // die "fork: $!";
	if ($pid) {
		push @children, $pid;
		return $url;
	}
	alarm 120;
	open STDOUT, '>', '/dev/null';
	open STDERR, '>', '/dev/null';
	my @kept;
	while (my $c = $l->accept) {
		my ($got, $more) = ('');
		$got .= $more while $got !~ /\r\n\r\n/ && sysread $c, $more, 4096;
		if (defined $bytes) {
			syswrite $c, $bytes;
			shutdown $c, 1;
			1 while sysread $c, $more, 65536;
			close $c;
		} else {
			push @kept, $c;
		}
	}
	POSIX::_exit(0);
}

END {
	local $?;
	kill 'KILL', @children;
	waitpid $_, 0 for @children;
}

sub http ($status, $body, $type = 'application/json', $length = length $body) {
	return "HTTP/1.1 $status\r\nContent-Type: $type\r\nConnection: close\r\n"
		. "Content-Length: $length\r\n\r\n$body";
}

sub against ($bytes) {
	$m->set_conf(supabase_url => fake($bytes), supabase_timeout_ms => 400);
	$m->stop('web');
	$m->start('web');
}

my $html = '<html><h1>It works!</h1></html>';
for (['a page', http('200 OK', $html, 'text/html'), 502],
	['JSON of another kind', http('200 OK', '{"access_token":5}'), 502],
	['a session that lacks its user', http('200 OK', '{"access_token":"a",'
		. '"refresh_token":"b","expires_in":60}'), 502],
	['an empty answer', http('200 OK', ''), 502],
	['a redirect', "HTTP/1.1 302 Found\r\nLocation: https://x.test/\r\n"
		. "Content-Length: 0\r\nConnection: close\r\n\r\n", 502],
	['a gateway that knows no key of ours', http('401 Unauthorized',
		'{"message":"Invalid API key"}'), 502],
	['an overloaded gateway', http('503 Slow', $html, 'text/html'), 503],
	['an answer that breaks off', http('200 OK', '{"a":', 'application/json',
		500), 503],
	['no HTTP at all', "220 smtp ready\r\n\r\n", 503],
	['an answer without end', http('200 OK', ' ' x 5_000_000), 503]) {
	my ($what, $bytes, $status) = @$_;
	against($bytes);
	is sign_in()->status, $status, "sign-in, $what: $status";
	# Signed with the secret both know: no JWKS is needed to check it.
	my $r = $m->service->get("/storage/v1/bucket");
	ok $r->json->{code}, "storage, $what: an error of its surface";
	unlike $r->body, qr/It works/, 'not the text of the stranger';
}

against(undef);
my $start = time;
unavailable sign_in(), 'an answer that never comes';
cmp_ok time - $start, '<', 5, 'within the time limit';

# --- configuration ------------------------------------------------------------------

$m->stop('web');
for (['supabase_url', 'ftp://x.test', qr/must begin with https/],
	['supabase_anon_key_file', '/nonexistent', qr{/nonexistent}],
	['supabase_anon_key_file', '', qr/supabase_anon_key_file is not set/]) {
	my ($name, $value, $want) = @$_;
	my $conf = $m->dir . '/bad.conf';
	open my $in, '<', $m->dir . '/maestro.conf' or die;
	open my $out, '>', $conf or die;
	print $out map { /^\Q$name\E =/ ? "$name = $value\n" : $_ } <$in>;
	close $out;
	my $said = `$Maestro::Test::build/maestro-web -t -c $conf 2>&1`;
	ok $?, "$name = '$value' is refused" or diag $said;
	like $said, $want, 'with the reason';
}
done_testing;
