package Maestro::Proc;

# One daemon of a test: started in a session of its own, told to end when the
# test dies whatever way (pdeathsig), and gone when this object is.
use v5.36;
use Carp qw(croak);
use IO::Handle;
use POSIX qw(:sys_wait_h setsid);
use Time::HiRes qw(time sleep);

# A daemon that drops its privileges loses pdeathsig, so a second guard waits
# at a pipe: when its other end closes without a word, the test was killed.
my ($guard_pid, $guard);

sub _guard {
	return if $guard && $guard_pid == $$;
	pipe my $in, $guard or die "pipe: $!";
	$guard_pid = $$;
	my $pid = fork // die "fork: $!";
	if ($pid) {
		$guard->autoflush(1);
		return;
	}
	close $guard;
	setsid();
	open STDIN, '<', '/dev/null';
	open STDOUT, '>', '/dev/null';
	my %group;
	while (my $line = <$in>) {
		my ($what, $n) = split ' ', $line;
		if ($what eq '+') {
			$group{$n} = 1;
		} else {
			delete $group{$n};
		}
	}
	for my $sig (qw(TERM KILL)) {
		my @left = grep { kill 0, -$_ } keys %group or last;
		kill $sig, map { -$_ } @left;
		sleep 2;
	}
	POSIX::_exit(0);
}

# name, argv => [...], log => file, user => name or undef, stop => signal,
# env => {}
sub new ($class, %o) {
	my $self = bless {%o, owner => $$}, $class;
	$self->{stop} //= 'TERM';
	$self->_spawn;
	return $self;
}

sub _spawn ($self) {
	my @as;
	if (defined $self->{user}) {
		@as = ('--reuid', $self->{user}, '--init-groups',
			'--regid', (getpwnam $self->{user})[3]);
	}
	my @argv = ('setpriv', @as, '--pdeathsig', $self->{stop}, '--',
		@{$self->{argv}});
	_guard();
	my $pid = fork // die "fork: $!";
	if (!$pid) {
		setsid();
		$SIG{$_} = 'DEFAULT' for qw(INT TERM HUP PIPE CHLD);
		open STDIN, '<', '/dev/null';
		open STDOUT, '>>', $self->{log} or POSIX::_exit(126);
		open STDERR, '>&', \*STDOUT;
		$ENV{$_} = $self->{env}{$_} for keys %{$self->{env} // {}};
		{ no warnings; exec @argv; }
		say STDERR "exec $argv[0]: $!";
		POSIX::_exit(127);
	}
	$self->{pid} = $pid;
	say $guard "+ $pid";
}

sub pid ($self) { $self->{pid} }

sub alive ($self) {
	return 0 if !$self->{pid};
	my $got = waitpid $self->{pid}, WNOHANG;
	if ($got == $self->{pid} || $got == -1) {
		$self->{status} = $?;
		$self->{pid} = 0;
		return 0;
	}
	return 1;
}

sub signal ($self, $sig) {
	return $self->{pid} ? kill $sig, $self->{pid} : 0;
}

# Waits for the end; true when it came within the time.
sub wait_end ($self, $seconds = 10) {
	my $deadline = time + $seconds;
	while ($self->alive) {
		return 0 if time > $deadline;
		sleep 0.005;
	}
	return 1;
}

# Ends the daemon and what it left in its process group.
sub end ($self, $sig = $self->{stop}) {
	my $pid = $self->{pid} or return;
	$self->signal($sig);
	if (!$self->wait_end(10)) {
		kill 'KILL', $pid;
		$self->wait_end(5);
	}
	kill 'KILL', -$pid;
	say $guard "- $pid" if $guard_pid == $$;
}

sub log_tail ($self, $lines = 20) {
	open my $f, '<', $self->{log} or return '';
	my @all = <$f>;
	splice @all, 0, @all - $lines if @all > $lines;
	return join '', @all;
}

sub DESTROY ($self) {
	return if $self->{owner} != $$;
	local ($?, $!, $@);
	$self->end;
}

1;
