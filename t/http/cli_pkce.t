# maestro auth login --google: the browser's way, against a provider of
# GoTrue's kind that checks the proof key.  The provider is a third party, so
# it is played here; the tokens it gives are those of our own server.
use v5.36;
use lib 't/lib';
use Test::More;
use Digest::SHA qw(sha256);
use HTTP::Tiny;
use IO::Socket::INET;
use JSON::PP ();
use MIME::Base64 qw(encode_base64url);
use Maestro::Cli;
use Maestro::Test;
use POSIX ();

my $m = Maestro::Test->new(users => ['ann']);
my $json = JSON::PP->new->utf8;
my $http = HTTP::Tiny->new(max_redirect => 0, timeout => 10);

# One request a connection, in order: who asks keeps nothing but the challenge.
sub provider ($tokens) {
	my $s = IO::Socket::INET->new(Listen => 8, LocalAddr => '127.0.0.1',
		LocalPort => 0, ReuseAddr => 1) or die "listen: $!";
	my $pid = fork // die;
	return ($pid, $s->sockport) if $pid;
	$SIG{TERM} = sub { POSIX::_exit(0) };
	my %challenge;
	while (my $c = $s->accept) {
		my ($head, $body) = ('', '');
		while (my $line = <$c>) {
			$head .= $line;
			last if $line eq "\r\n";
		}
		my ($n) = $head =~ /^content-length: (\d+)/mi;
		read $c, $body, $n if $n;
		my ($status, $more, $out) = answer($head, $body, \%challenge,
			$tokens);
		print $c "HTTP/1.1 $status\r\n${more}Connection: close\r\n"
			. "Content-Length: " . length($out) . "\r\n\r\n$out";
		close $c;
	}
	POSIX::_exit(0);
}

sub answer ($head, $body, $challenge, $tokens) {
	my ($path, $query) = $head =~ m{^\w+ ([^ ?]+)\??(\S*)};
	my %q = map { my ($k, $v) = split /=/; ($k,
		($v // '') =~ s/%(..)/chr hex $1/ger) } split /&/, $query;
	return ('200 OK', '', '{"external":{"google":true,"github":false}}')
		if $path eq '/auth/v1/settings' && $head =~ /^apikey: key1\r$/mi;
	if ($path eq '/auth/v1/authorize' && $q{provider} eq 'google'
		&& $q{code_challenge_method} =~ /^s256$/i) {
		my $code = 'code' . keys %$challenge;
		$challenge->{$code} = $q{code_challenge};
		return ('302 Found', "Location: $q{redirect_to}?code=$code\r\n",
			'');
	}
	if ($path eq '/auth/v1/token' && $q{grant_type} eq 'pkce') {
		my $in = $json->decode($body);
		my $want = delete $challenge->{$in->{auth_code}};
		return ('200 OK', '', $tokens) if $want
			&& length $in->{code_verifier} >= 43
			&& encode_base64url(sha256($in->{code_verifier}))
				eq $want;
		return ('400 Bad Request', '', '{"error_code":"bad_code_verifier",'
			. '"msg":"code challenge does not match"}');
	}
	return ('404 Not Found', '', '{}');
}

my $r = $m->anon->post('/auth/v1/token?grant_type=password',
	{email => $m->user('ann')->{email},
		password => $m->user('ann')->{password}});
my ($pid, $port) = provider($r->body);

my $c = Maestro::Cli->new($m, env => {
	MAESTRO_SUPABASE_URL => "http://127.0.0.1:$port",
	MAESTRO_SUPABASE_ANON_KEY => 'key1'});

sub begin {
	my $run = $c->start([qw(auth login --google)]);
	my $url = Maestro::Test::wait_for('the address', sub {
		$run->peek('err') =~ /^  (http\S+)$/m ? $1 : 0 });
	return ($run, $url);
}

my ($run, $url) = begin();
like $url, qr{^http://127\.0\.0\.1:$port/auth/v1/authorize\?provider=google&},
	'the address is the provider\'s';
my ($back) = map { s/%(..)/chr hex $1/ger } $url =~ /redirect_to=([^&]+)/;
like $back, qr{^http://127\.0\.0\.1:\d+/callback/[\w-]{24}$},
	'it leads back to this machine, at a place nobody guesses';
is $http->get($back =~ s{callback/.*}{callback/guess?code=evil}r)->{status},
	404, 'a code elsewhere is not taken';
is $http->get($back)->{status}, 404, 'nor is a visit without one';
is $http->post("$back?code=x")->{status}, 404, 'nor a form';
my $to = $http->get($url)->{headers}{location};
my $page = $http->get($to);
is $page->{status}, 200, 'the browser is told';
like $page->{content}, qr/go back to the terminal/, 'to go back';
my $end = $run->wait;
is $end->{rc}, 0, 'signed in' or diag $end->{err};
is $c->token->{email}, $m->user('ann')->{email}, 'as who came back';
is $c->run([qw(auth whoami)])->{rc}, 0, 'and known';
is $http->get($to)->{status}, 599, 'the listener is gone';

($run, $url) = begin();
($back) = map { s/%(..)/chr hex $1/ger } $url =~ /redirect_to=([^&]+)/;
$http->get("$back?error=access_denied&error_description=You+said+no%1b%5b2J");
$end = $run->wait;
is $end->{rc}, 1, 'a refusal at the provider';
like $end->{err}, qr/^maestro: You said no\\x1b\[2J$/m,
	'in its words, but harmless';

($run, $url) = begin();
($back) = map { s/%(..)/chr hex $1/ger } $url =~ /redirect_to=([^&]+)/;
$to = $http->get($url =~ s/code_challenge=[^&]+/code_challenge=other/r)
	->{headers}{location};
$http->get($to);
$end = $run->wait;
is $end->{rc}, 1, 'a code of somebody else';
like $end->{err}, qr/code challenge does not match/, 'proves nothing';

is $c->run([qw(auth login --github)])->{rc}, 1,
	'a provider that is switched off';
kill 'TERM', $pid;
waitpid $pid, 0;
done_testing;
