package Maestro::Cli;

# The maestro command as a person uses it: with a home of its own.
#
#   my $c = Maestro::Cli->new($m);               # knows server and certificate
#   my $r = $c->run([qw(auth whoami)], in => "text\n", env => {});
#   $r->{rc}, $r->{out}, $r->{err}; $c->json(...)  # adds --json
#   $c->login('ann'); $c->token                  # what is on file
#   $c->tty([...], type => [qr/prompt/ => "text\n"])   # on a terminal
use v5.36;
use Carp qw(croak);
use Cwd qw(getcwd);
use File::Path qw(make_path);
use File::Temp ();
use IO::Handle;
use IO::Select;
use JSON::PP ();
use POSIX ();

sub new ($class, $m, %o) {
	my $home = File::Temp->newdir('/tmp/mt-home-XXXXXX');
	make_path("$home/work");
	return bless {m => $m, home => $home, cwd => "$home/work", %o}, $class;
}

sub home ($self) { "$self->{home}" }
sub file ($self, $name) { "$self->{home}/.maestro/$name" }

sub put ($self, $path, $text, $mode = 0600) {
	make_path($path =~ s{/[^/]*$}{}r);
	open my $f, '>', $path or croak "$path: $!";
	print $f $text;
	close $f;
	chmod $mode, $path;
}

sub slurp ($self, $path) {
	open my $f, '<', $path or return undef;
	local $/;
	return scalar <$f>;
}

sub token ($self) {
	my $text = $self->slurp($self->file('auth-token.json'));
	return defined $text ? JSON::PP->new->utf8->decode($text) : undef;
}

sub env ($self, %more) {
	my $m = $self->{m};
	my %env = (PATH => $ENV{PATH}, HOME => $self->home, LANG => 'C',
		MAESTRO_RETRY_DELAY => 20, MAESTRO_RETRIES => 1,
		TZ => 'UTC',
		$m ? (MAESTRO_SERVER_URL => $m->url,
			MAESTRO_CACERT => $m->ca_file) : (),
		(map { $_ => $ENV{$_} } grep { defined $ENV{$_} }
			qw(ASAN_OPTIONS UBSAN_OPTIONS)),
		%{$self->{env} // {}}, %more);
	delete @env{grep { !defined $env{$_} } keys %env};
	return %env;
}

sub program { $ENV{MAESTRO_CLI} // "$Maestro::Test::build/maestro" }

# The child of a fork: never returns.
sub exec ($self, $words, %o) {
	chdir($o{cwd} // $self->{cwd}) or POSIX::_exit(126);
	my $program = program();
	%ENV = $self->env(%{$o{env} // {}});
	$SIG{$_} = 'DEFAULT' for qw(INT TERM HUP PIPE);
	{ no warnings; CORE::exec { $program } 'maestro', @$words; }
	POSIX::_exit(127);
}

# Starts it and comes back: {pid}, with out and err going to files.
sub start ($self, $words, %o) {
	my $r = {map { $_ => File::Temp->new(TEMPLATE => 'mt-io-XXXXXX',
		TMPDIR => 1) } qw(in out err)};
	print {$r->{in}} $o{in} // '';
	$r->{in}->flush;
	$r->{pid} = fork // croak "fork: $!";
	if (!$r->{pid}) {
		open STDIN, '<', "$r->{in}" if !$o{stdin};
		open STDIN, '<&', $o{stdin} if $o{stdin};
		open STDOUT, '>', "$r->{out}";
		open STDERR, '>', "$r->{err}";
		$self->exec($words, %o);
	}
	return bless $r, 'Maestro::Cli::Run';
}

sub run ($self, $words, %o) {
	return $self->start($words, %o)->wait;
}

sub json ($self, $words, %o) {
	my $r = $self->run([@$words, '--json'], %o);
	$r->{json} = eval { JSON::PP->new->utf8->decode($r->{out}) }
		// croak "not JSON: $r->{out}$r->{err}";
	return $r;
}

sub login ($self, $name) {
	my $u = $self->{m}->user($name);
	my $r = $self->run(['auth', 'login', '--email', $u->{email}],
		in => "$u->{password}\n");
	croak "login: $r->{err}" if $r->{rc};
	return $self;
}

# On a pseudo terminal, through util-linux' script: what a person would see.
# type => [qr/prompt/ => "text\n", ...]: what is typed when that was shown.
sub tty ($self, $words, %o) {
	my $line = join ' ', map { "'$_'" } program(), @$words;
	pipe my $keys_out, my $keys or croak "pipe: $!";
	pipe my $screen, my $screen_in or croak "pipe: $!";
	my $pid = fork // croak "fork: $!";
	if (!$pid) {
		chdir $self->{cwd};
		%ENV = ($self->env(%{$o{env} // {}}), TERM => 'dumb');
		open STDIN, '<&', $keys_out;
		open STDOUT, '>&', $screen_in;
		open STDERR, '>&', \*STDOUT;
		close $_ for $keys, $screen;
		{ no warnings;
			CORE::exec 'script', '-qec', $line, '/dev/null'; }
		POSIX::_exit(127);
	}
	close $_ for $keys_out, $screen_in;
	my ($text, @type) = ('', @{$o{type} // []});
	local $SIG{PIPE} = 'IGNORE';
	my $shown = IO::Select->new($screen);
	while (1) {
		if (!$shown->can_read(30)) {
			kill 'KILL', $pid; # the terminal goes, and all on it
			waitpid $pid, 0;
			croak "nothing more on the terminal: $text";
		}
		sysread $screen, $text, 65536, length $text or last;
		if (@type && $text =~ $type[0]) {
			syswrite $keys, $type[1];
			splice @type, 0, 2;
		}
	}
	waitpid $pid, 0;
	return {rc => $? >> 8, out => $text =~ s/\r+\n/\n/gr};
}

package Maestro::Cli::Run;

sub wait ($r) {
	waitpid $r->{pid}, 0;
	$r->{rc} = $? & 127 ? 128 + ($? & 127) : $? >> 8;
	for my $name (qw(out err)) {
		open my $f, '<', "$r->{$name}" or die;
		local $/;
		my $text = <$f> // '';
		delete $r->{$name};
		$r->{$name} = $text;
	}
	return $r;
}

sub peek ($r, $name) {
	open my $f, '<', "$r->{$name}" or die;
	local $/;
	return scalar <$f> // '';
}

1;
