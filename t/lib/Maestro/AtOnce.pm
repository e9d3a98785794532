package Maestro::AtOnce;

# The same request from many processes at the same moment.
#
#   my @texts = at_once(50, sub ($i) { $m->as('ann')->get(...)->status });
use v5.36;
use Exporter qw(import);
use POSIX ();

our @EXPORT = qw(at_once);

sub at_once ($n, $request) {
	pipe my $gate, my $open or die "pipe: $!";
	my @kids = map { _start($_, $request, $gate, $open) } 1 .. $n;
	close $open; # all of them see the end of file now
	return map {
		my $text = readline $_->[1];
		waitpid $_->[0], 0;
		$text;
	} @kids;
}

sub _start ($i, $request, $gate, $open) {
	pipe my $out, my $in or die "pipe: $!";
	my $pid = fork // die "fork: $!";
	if (!$pid) {
		close $open;
		sysread $gate, my $none, 1;
		my $text = eval { $request->($i) } // "died: $@";
		syswrite $in, $text;
		POSIX::_exit(0);
	}
	close $in;
	return [$pid, $out];
}

1;
