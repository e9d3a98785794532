# ./quickstart as a person uses it, on data and ports of its own.
use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Test;
use File::Path qw(remove_tree);
use IO::Socket::INET;
use POSIX qw(setpgid);
use Time::HiRes qw(time);

my $var = File::Temp::tempdir('/tmp/mq-XXXXXX');
chmod 0755, $var;
my $port = Maestro::Test::_free_port();
my $log = "$var.log";
local $ENV{MAESTRO_VAR} = $var;
local $ENV{MAESTRO_BUILD} = $Maestro::Test::build;
chdir $Maestro::Test::top or die;
# An impossible port: it gets no further than the packages.
plan skip_all => 'Debian packages are missing'
	if `./quickstart --no-install --port 0 2>&1` =~ /packages are missing/;

my $pid;
sub begin (@words) {
	open my $f, '>', $log or die;
	close $f;
	my $start = time;
	$pid = fork // die;
	if (!$pid) {
		# As in a terminal: a foreground group of its own.
		setpgid(0, 0);
		$SIG{INT} = 'DEFAULT';
		open STDOUT, '>>', $log;
		open STDERR, '>&', \*STDOUT;
		exec './quickstart', '--no-install', @words;
	}
	Maestro::Test::wait_for('quickstart', sub {
		my $text = log_text();
		die "quickstart: $text" if $text =~ /^quickstart:/m;
		return $text =~ /^Ctrl-C/m;
	}, 60);
	return time - $start;
}

sub log_text () {
	open my $f, '<', $log or return '';
	local $/;
	return readline($f) // '';
}

sub command (@words) {
	my $out = `./quickstart @words 2>&1`;
	return ($? >> 8, $out);
}

# Who still works for this instance.
sub left () {
	return grep { !/pgrep/ } split /\n/, `pgrep -af -- '$var/'`;
}

subtest 'the first start' => sub {
	begin('--port', $port);
	like log_text(), qr{maestro runs at https://localhost:$port$}m, 'where';
	my ($password) = log_text() =~ /password: (\w+)/;
	ok $password, 'the password of the admin is shown';
	is sprintf('%o', (stat "$var/secrets/admin-password")[2] & 0777), '600',
		'and kept for its owner';
	is scalar(grep { ((stat)[2] & 077) } glob "$var/secrets/*"), 0,
		'like all secrets';
	my ($rc, $out) = command('status');
	is $rc, 0, 'status' or diag $out;
	like $out, qr/^nginx +\d+$/m, 'names what runs';
	like $out, qr/"ready":true/, 'and is ready';
	my $seen = `set -a; eval "\$(./quickstart env)"; curl -s --cacert "\$MAESTRO_CA_FILE" -H "apikey: \$SUPABASE_ANON_KEY" -H 'Content-Type: application/json' -d "{\\"email\\":\\"\$MAESTRO_ADMIN_EMAIL\\",\\"password\\":\\"\$MAESTRO_ADMIN_PASSWORD\\"}" "\$SUPABASE_URL/auth/v1/token?grant_type=password"`;
	like $seen, qr/"access_token"/, 'env is enough to sign in';
	like $seen, qr/"platform_role": ?"admin"/, 'as an admin';
	is `. /dev/stdin <<E\n\$(./quickstart env)\nE\npsql -XAtd "\$DATABASE_URL" -c 'select current_user'`,
		"maestro_owner\n", 'and to open the database as its owner';
	my $doctor = `set -a; eval "\$(./quickstart env)"; export HOME=$var; $Maestro::Test::build/maestro doctor 2>&1`;
	is $? >> 8, 0, 'and for maestro doctor, who finds it well'
		or diag $doctor;
	like $doctor, qr/^ok +migrations /m, 'migrations and all';
	($rc, $out) = command('--port', $port);
	is $rc, 0, 'a second one';
	like $out, qr/runs already at/, 'says so and ends';
	is scalar(grep { /-e .*nginx\.log|maestro-web/ && /password/ } left()), 0,
		'no password on a command line';
};

subtest 'Ctrl-C' => sub {
	kill 'INT', -$pid;
	waitpid $pid, 0;
	is $? >> 8, 130, 'ends it';
	is join("\n", left()), '', 'and everything it started';
	is((command('status'))[0], 3, 'status says so');
	unlike do { open my $f, '<', "$var/log/postgres.log"; local $/; <$f> // '' },
		qr/was not properly shut down/, 'PostgreSQL was not hurried';
};

subtest 'the second start' => sub {
	my $took = begin();
	# The machine may be busy with other tests: the best of three counts,
	# and twice the 3 s that `./quickstart bench` holds it to.
	my $limit = Maestro::Test::is_sanitized() ? 12 : 3;
	for (1 .. 2) {
		last if $took < $limit;
		command('stop');
		waitpid $pid, 0;
		my $again = begin();
		$took = $again if $again < $took;
	}
	ok $took < $limit, sprintf "is up in under $limit s (%.2f)", $took;
	unlike log_text(), qr/password: /, 'the password is not shown again';
	like log_text(), qr/localhost:$port$/m, 'the port is remembered';
	my ($rc, $out) = command('stop');
	is $out, "stopped\n", 'stop';
	waitpid $pid, 0;
	is join("\n", left()), '', 'ends everything';
};

subtest 'when it was killed' => sub {
	begin();
	kill 'KILL', $pid;
	waitpid $pid, 0;
	my ($rc, $out) = command('stop');
	like $out, qr/stopped what a killed quickstart had left/,
		'stop cleans up';
	is join("\n", left()), '', 'everything';
};

subtest 'one clear sentence' => sub {
	my $s = IO::Socket::INET->new(Listen => 1, LocalPort => $port,
		ReuseAddr => 1) or die "port $port: $!";
	my ($rc, $out) = command('--no-install');
	is $rc, 1, 'a taken port';
	is $out, "quickstart: port $port is taken: stop the program that uses it,"
		. " or choose another with --port N\n", 'is named';
	close $s;
	($rc, $out) = command('--port', 'x');
	is $out, "quickstart: --port wants a number, not x\n", 'no port';
	($rc, $out) = command('--nonsense');
	is $rc, 2, 'an unknown option';
};

subtest '--fresh' => sub {
	# Not the inode: a new file may well be given the old one's.
	my $secret = sub {
		open my $f, '<', "$var/secrets/jwt-secret" or die $!;
		return <$f>;
	};
	my $old = $secret->();
	begin('--fresh', '--port', $port);
	like log_text(), qr/password: /, 'begins anew';
	ok $secret->() ne $old, 'with new secrets';
	command('stop');
	waitpid $pid, 0;
};

done_testing;
END {
	local $?;
	system './quickstart stop >/dev/null 2>&1' if $var && -d $var && left();
	remove_tree($var, {error => \my $ignored}) if $var;
	unlink $log if $log;
}
