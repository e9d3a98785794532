package Maestro::Load;

# Clients in processes of their own that ask without pause until told to stop,
# and remember what they were answered.
#
#   my $load = Maestro::Load->new($n, sub ($i, $count) { "a line" });
#   ...                       # break something
#   my @lines = $load->stop;  # what all calls returned, in no order
use v5.36;
use POSIX ();
use Time::HiRes qw(time);

sub new ($class, $clients, $ask) {
	my $self = bless {pids => [], from => []}, $class;
	for my $i (1 .. $clients) {
		pipe my $out, my $in or die "pipe: $!";
		my $pid = fork // die "fork: $!";
		if (!$pid) {
			my $go = 1;
			local $SIG{TERM} = sub { $go = 0 };
			my $lines = '';
			my $give_up = time + 60;
			for (my $n = 0; $go && time < $give_up; $n++) {
				my $line = eval { $ask->($i, $n) };
				$lines .= ($line // "died $@") =~ tr/\n/ /r
					. "\n";
			}
			syswrite $in, substr $lines, 0, 65536, ''
				while length $lines;
			# No END blocks, no destructors: those are the parent's.
			POSIX::_exit(0);
		}
		close $in;
		push @{$self->{pids}}, $pid;
		push @{$self->{from}}, $out;
	}
	return $self;
}

sub stop ($self) {
	kill 'TERM', @{$self->{pids}};
	my @lines;
	push @lines, readline $_ for @{$self->{from}};
	waitpid $_, 0 for @{$self->{pids}};
	$self->{pids} = [];
	chomp @lines;
	return @lines;
}

sub DESTROY ($self) {
	kill 'KILL', @{$self->{pids}} if @{$self->{pids}};
}

1;
