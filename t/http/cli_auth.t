# maestro auth: signing in from a terminal, and what is kept of it.
use v5.36;
use lib 't/lib';
use Test::More;
use JSON::PP ();
use Maestro::AtOnce;
use IO::Socket::INET;
use POSIX ();
use Maestro::Cli;
use Maestro::Test;

my $m = Maestro::Test->new(users => [qw(ann bob)]);
my $c = Maestro::Cli->new($m);
my $ann = $m->user('ann');
my $file = $c->file('auth-token.json');

sub mode ($path) { sprintf '%o', (stat $path)[2] & 0777 }

sub change ($c, %with) {
	my $t = {%{$c->token}, %with};
	$c->put($c->file('auth-token.json'), JSON::PP->new->encode($t));
}

subtest 'where accounts are' => sub {
	my $o = $m->http->get('/api/auth/config')->json;
	is $o->{authUrl}, $m->{hosted} ? $m->home->http_url . '/auth/v1'
		: '/auth/v1', 'authUrl';
	is $m->home->http->with(headers => {apikey => $o->{anonKey}})
		->get('/auth/v1/settings')->status, 200, 'the key fits';
};

subtest 'with a password' => sub {
	my $r = $c->run([qw(auth whoami)]);
	is $r->{rc}, 1, 'nobody is signed in';
	like $r->{err}, qr/not signed in.*\nSign in: maestro auth login/,
		'and is told how to';
	$r = $c->run(['auth', 'login', '--email', $ann->{email}],
		in => "wrong\n");
	is $r->{rc}, 1, 'a wrong password';
	like $r->{err}, qr/^maestro: Invalid login credentials$/m, 'is said so';
	ok !-e $file, 'and leaves nothing';
	$r = $c->run(['auth', 'login', '--email', $ann->{email}],
		in => "$ann->{password}\n");
	is $r->{rc}, 0, 'the right one' or diag $r->{err};
	is $r->{out}, "Signed in: $ann->{email} at " . $m->url . "\n", 'is told';
	is mode($file), '600', 'the token is private';
	is mode($c->file('')), '700', 'so is the folder';
	my $text = $c->slurp($file);
	like $text, qr/\A\{\n  "accessToken": "ey[^"]+",\n  "refreshToken": "[^"]+",\n  "expiresAt": \d{13},\n  "email": "\Q$ann->{email}\E",\n  "userId": "\Q$ann->{id}\E"\n\}\n\z/,
		'and laid out as other tools expect';
	ok !grep({ !/^(?:auth-token\.(?:json|lock)|auth-server\.json)$/ }
		map { s{.*/}{}r } glob $c->file('*')), 'no other file';
	$r = $c->run([qw(auth whoami)]);
	is $r->{rc}, 0, 'whoami';
	like $r->{out}, qr/^\Q$ann->{email}\E at .*\nuser id  \Q$ann->{id}\E$/m,
		'says who';
	is $c->json([qw(auth whoami)])->{json}{data}{userId}, $ann->{id},
		'also in JSON';
	unlike $r->{out} . $r->{err}, qr/ey[A-Za-z]/, 'never the token';
	my $other = Maestro::Cli->new($m);
	$other->put($other->home . '/pw', "$ann->{password}\n");
	is $other->run(['auth', 'login', '--email', $ann->{email},
		'--password-file', $other->home . '/pw'])->{rc}, 0,
		'the password in a file';
};

subtest 'accounts elsewhere' => sub {
	my $d = Maestro::Cli->new($m, env => {
		SUPABASE_URL => $m->home->http_url . '/',
		SUPABASE_ANON_KEY => $m->anon_key});
	my $r = $d->run(['auth', 'login', '--email', $ann->{email}],
		in => "$ann->{password}\n");
	is $r->{rc}, 0, 'are asked' or diag $r->{err};
	is $r->{err}, 'Accounts are at ' . $m->home->http_url . "/auth/v1\n",
		'and named';
	is $d->run([qw(auth whoami)], env => {SUPABASE_URL => undef})->{rc}, 0,
		'and remembered';
};

subtest 'a password is in no process list' => sub {
	my $d = Maestro::Cli->new($m);
	pipe my $in, my $out or die;
	my $run = $d->start(['auth', 'login', '--email', $ann->{email}],
		stdin => $in);
	close $in;
	syswrite $out, substr $ann->{password}, 0, 7;
	my $seen = '';
	Maestro::Test::wait_for('the command', sub {
		open my $f, '<', "/proc/$run->{pid}/cmdline" or return 0;
		$seen = <$f> // '';
		return $seen =~ /login/;
	});
	syswrite $out, substr($ann->{password}, 7) . "\n";
	close $out;
	$seen .= join '', map { $d->slurp($_) // '' } glob
		"/proc/$run->{pid}/{cmdline,environ}";
	is $run->wait->{rc}, 0, 'signed in' ;
	unlike $seen, qr/\Q$ann->{password}\E/, 'unseen';
	is $d->run(['auth', 'login', '--email', $ann->{email},
		'--password', $ann->{password}])->{rc}, 1,
		'there is no option to show it with';
};

subtest 'at a terminal' => sub {
	plan skip_all => 'no script(1)' if !`which script`;
	my $d = Maestro::Cli->new($m);
	my $r = $d->tty(['auth', 'login', '--email', $ann->{email}],
		type => [qr/Password of .*?: / => "$ann->{password}\n"]);
	is $r->{rc}, 0, 'signed in' or diag $r->{out};
	my $accounts = $m->{hosted} ? $m->home->http_url : $m->url;
	like $r->{out}, qr{^Password of \Q$ann->{email}\E at \Q$accounts\E/auth/v1: $}m,
		'asked for, and said whom it goes to';
	unlike $r->{out}, qr/\Q$ann->{password}\E/, 'and not echoed';
	$r = $d->tty(['task', 'delete', 'task_none'],
		type => [qr/\(yes\/no\): / => "no\n"]);
	is $r->{rc}, 1, 'a no';
	like $r->{out}, qr/nothing was done/, 'is a no';
	$r = $d->tty(['auth', 'login', '--email', $ann->{email}],
		type => [qr/Password of .*?: / => "\003"]);
	isnt $r->{rc}, 0, 'Ctrl-C ends it';
};

subtest 'refresh' => sub {
	my $before = $c->token;
	is $c->run([qw(auth whoami)])->{rc}, 0, 'an hour left';
	is_deeply $c->token, $before, 'nothing is done';
	change($c, expiresAt => (time + 200) * 1000);
	is $c->run([qw(auth whoami)])->{rc}, 0, 'under five minutes left';
	my $after = $c->token;
	isnt $after->{refreshToken}, $before->{refreshToken}, 'a new token';
	cmp_ok $after->{expiresAt}, '>', (time + 3000) * 1000, 'for an hour';
	is $after->{userId}, $ann->{id}, 'of the same person';
	is mode($file), '600', 'still private';

	my $used = $m->psql('select count(*) from auth.refresh_tokens');
	change($c, expiresAt => (time - 10) * 1000);
	my @rc = at_once(4, sub ($i) { $c->run([qw(auth whoami)])->{rc} });
	is "@rc", '0 0 0 0', 'four processes at once';
	is $m->psql('select count(*) from auth.refresh_tokens') - $used, 1,
		'use one refresh token once';
};

subtest 'a refresh that fails' => sub {
	my $good = $c->slurp($file);
	change($c, expiresAt => (time - 10) * 1000);
	my $r = $c->run([qw(auth whoami)],
		env => {MAESTRO_SERVER_URL => $m->url =~ s/\d+$/1/r});
	is $r->{rc}, 1, 'another server is not shown the token';
	like $r->{err}, qr/you are signed in at /, 'and that is said';
	$m->stop('nginx');
	$r = $c->run([qw(auth whoami)]);
	is $r->{rc}, 3, 'the server is away';
	like $r->{err}, qr/Is the server running/, 'is said';
	ok -e $file, 'the token stays';
	change($c, expiresAt => (time + 100) * 1000);
	is $c->run([qw(auth whoami)])->{rc}, 0, 'minutes left are used';
	$m->start('nginx');
	change($c, refreshToken => 'nonsense', expiresAt => 1);
	$r = $c->run([qw(auth whoami)]);
	is $r->{rc}, 1, 'a refusal';
	like $r->{err}, qr/session .* is over\nSign in: maestro auth login/,
		'asks to sign in again';
	ok !-e $file, 'and deletes the file';
	$c->put($file, $good);
	is $c->run([qw(auth whoami)])->{rc}, 0, 'the old one still works';
	$c->put($file, '{"accessTok');
	like $c->run([qw(auth whoami)])->{err}, qr/is damaged/, 'a torn file';
	$c->put($file, $good, 0644);
	$c->run([qw(auth whoami)]);
	is mode($file), '600', 'a file for everybody is closed';
};

# Notes what it is asked, and answers nothing.
sub listener {
	my $s = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1')
		or die "listen: $!";
	my $log = File::Temp->new;
	my $pid = fork // die "fork: $!";
	if (!$pid) {
		alarm 60; # also when the test dies
		while (my $c = $s->accept) {
			sysread $c, my $head, 4096;
			syswrite $log, $head;
			close $c;
		}
		POSIX::_exit(0);
	}
	return ($pid, {url => 'http://127.0.0.1:' . $s->sockport, log => $log});
}

sub heard ($h) {
	open my $f, '<', "$h->{log}" or die "$h->{log}: $!";
	local $/;
	return <$f> // '';
}

subtest 'a folder somebody cloned' => sub {
	my $evil = Maestro::Cli->new(undef, home => $c->{home},
		cwd => $c->{cwd});
	$c->put("$c->{cwd}/.env", "MAESTRO_SERVER_URL=http://127.0.0.1:9\n"
		. "SUPABASE_URL=http://127.0.0.1:9\nSUPABASE_ANON_KEY=x\n"
		. "https_proxy=http://127.0.0.1:9\n");
	my $r = $evil->run([qw(auth whoami)]);
	is $r->{rc}, 1, 'cannot have the token';
	is $c->run([qw(auth whoami)])->{rc}, 0, 'existing variables win';
	is $c->run(['auth', 'login', '--email', $ann->{email}],
		in => "$ann->{password}\n")->{rc}, 0,
		'and is not told the password';
	# Nor where a token would be renewed, nor whom to trust.
	my $server = $c->file('auth-server.json');
	my ($kept, $good) = ($c->slurp($server), $c->slurp($c->file(
		'auth-token.json')));
	my ($pid, $heard) = listener();
	for my $case (['a token of another tool', undef],
			['a token of this server', $kept]) {
		$c->put("$c->{cwd}/.env", "MAESTRO_SUPABASE_URL=$heard->{url}\n"
			. "MAESTRO_SUPABASE_ANON_KEY=x\n");
		unlink $server;
		$c->put($server, $case->[1] =~ s/"authUrl": "[^"]+"/"authUrl": null/r)
			if $case->[1];
		change($c, expiresAt => 1);
		$c->run([qw(auth whoami)]);
		$c->run([qw(auth logout)]);
		is heard($heard), '', "$case->[0] is not renewed there";
		$c->put($c->file('auth-token.json'), $good);
	}
	kill 'TERM', $pid;
	waitpid $pid, 0;
	$c->put($server, $kept);
	is $c->login('ann') && 1, 1, 'signed in again';
	$c->put("$c->{cwd}/.env", 'MAESTRO_CACERT=' . $m->ca_file . "\n");
	my $strict = Maestro::Cli->new($m, env => {MAESTRO_CACERT => undef},
		cwd => $c->{cwd});
	like $strict->run(['auth', 'login', '--email', $ann->{email}],
		in => "$ann->{password}\n")->{err}, qr/--cacert FILE/,
		'nor which certificate to trust';
	$c->put("$c->{cwd}/.env", 'MAESTRO_CACERT=' . $m->ca_file . "\n"
		. 'MAESTRO_SERVER_URL=' . $m->url . "\n");
	is $strict->run(['auth', 'login', '--email', $ann->{email}],
		in => "$ann->{password}\n", env => {MAESTRO_SERVER_URL => undef})
		->{rc}, 0, 'but that of a server it names';
	unlink "$c->{cwd}/.env";
	is $evil->run([qw(auth whoami)])->{rc}, 0,
		'without it the server of the last sign-in is meant';
	$c->put($c->file('config'), "# mine\nexport MAESTRO_SERVER_URL=\""
		. $m->url . "/\" # here\n");
	is $evil->run([qw(auth whoami)])->{rc}, 0, 'or ~/.maestro/config';
	unlink $c->file('config');
	$c->put("$c->{cwd}/server-url", $m->url . "\n");
	is $evil->run([qw(auth whoami)], env => {DATA_DIR => $c->{cwd}})->{rc},
		0, 'or the file in DATA_DIR';
};

subtest 'what a server calls somebody' => sub {
	my $kept = $c->slurp($file);
	change($c, userId => "\e]0;x\a", email => "\e[2J");
	my $r = $c->run([qw(auth whoami)]);
	like $r->{out}, qr/user id +\\x1b/, 'is shown as it is';
	unlike $r->{out}, qr/\e|\a/, 'and steers no terminal';
	$c->put($file, $kept);
};

subtest 'tokens and keys' => sub {
	my $t = $m->as('bob')->post('/api/tokens', {name => 'mine'})
		->json->{token};
	my $d = Maestro::Cli->new($m);
	my $r = $d->run([qw(auth login --token)], in => "$t\n");
	is $r->{rc}, 0, 'an API token' or diag $r->{err};
	is $d->token->{accessToken}, $t, 'is kept';
	is $d->token->{email}, $m->user('bob')->{email}, 'with its owner';
	is $d->token->{refreshToken}, undef, 'and no more';
	is $d->run([qw(auth whoami)])->{rc}, 0, 'it is good';
	is $d->run([qw(auth logout)])->{rc}, 0, 'logout';
	is $m->http->with(headers => {Authorization => "Bearer $t"})
		->get('/api/profile')->status, 200, 'leaves it alone';
	is $d->run([qw(auth login --token)], in => "mst_" . 'x' x 43)->{rc}, 1,
		'a wrong one is refused';
	is $d->run([qw(auth login --token)],
		in => $m->user('ann')->{token})->{rc}, 0, 'an access token';
	cmp_ok $d->token->{expiresAt}, '>', time * 1000, 'knows its end';
	my $key = Maestro::Cli->new($m, env => {
		MAESTRO_SERVER_URL => $m->url . "/k/$t"});
	$r = $key->run([qw(auth whoami)]);
	is $r->{rc}, 0, 'a key in the address' or diag $r->{err};
	like $r->{out}, qr/^bob\@/, 'is somebody';
};

subtest 'logout' => sub {
	my $d = Maestro::Cli->new($m)->login('ann');
	my $t = $d->token;
	my $sessions = "select count(*) from auth.sessions";
	my $before = $m->psql($sessions);
	my $r = $d->run([qw(auth logout)]);
	is $r->{rc}, 0, 'done' or diag $r->{err};
	ok !-e $d->file('auth-token.json'), 'the file is gone';
	is $before - $m->psql($sessions), 1, 'so is the session';
	is $c->run([qw(auth whoami)])->{rc}, 0, 'another one lives on';
	is $d->run([qw(auth logout)])->{rc}, 0, 'twice is no error';
	$d->login('ann');
	$m->stop('nginx');
	$r = $d->run([qw(auth logout)]);
	is $r->{rc}, 0, 'without a server';
	like $r->{err}, qr/could not be told/, 'one is warned';
	ok !-e $d->file('auth-token.json'), 'and signed out';
	$m->start('nginx');
};

subtest 'TLS' => sub {
	my $d = Maestro::Cli->new($m, env => {MAESTRO_CACERT => undef});
	my $r = $d->run(['auth', 'login', '--email', $ann->{email}],
		in => "$ann->{password}\n");
	is $r->{rc}, 1, 'a certificate nobody knows is refused';
	like $r->{err}, qr/--cacert FILE/, 'and the way out named';
	$r = $d->run(['auth', 'login', '--email', $ann->{email}, '--cacert',
		$m->ca_file], in => "$ann->{password}\n");
	is $r->{rc}, 0, 'which works' or diag $r->{err};
	is $d->run([qw(auth whoami)])->{rc}, 0, 'and is remembered';
	is $d->run([qw(auth login --cacert /nowhere)])->{rc}, 1, 'no such file';
};

subtest 'other ways in' => sub {
	my $d = Maestro::Cli->new($m);
	for my $name (qw(google github)) {
		my $r = $d->run(['auth', 'login', "--$name"]);
		is $r->{rc}, 1, "no $name here";
		like $r->{err}, qr/does not offer signing in with $name/,
			'is said clearly';
	}
	my $r = $d->json([qw(auth whoami)]);
	is $r->{rc}, 1, 'errors in JSON';
	is $r->{json}{success}, JSON::PP::false, 'say so';
	is $r->{json}{error}, 'not_signed_in', 'have a code';
	is_deeply [sort keys %{$r->{json}}],
		[qw(details error message success suggestion)], 'and all keys';
	is $d->run([qw(auth dance)])->{rc}, 1, 'no such verb';
	is $d->run([qw(auth login --email)])->{rc}, 1, 'half an option';
	like $d->run([qw(auth login --help)])->{out}, qr/--password-file FILE/,
		'help';
};
done_testing;
