# Adds to maestro(1) the commands it has no words of its own for: what they say
# of themselves.
#
#   man.pl MAESTRO <doc/maestro.1.in >maestro.1
#
# They come in place of the line ".commands".
use v5.36;

my $maestro = shift;
my $page = do { local $/; <STDIN> };

sub help (@words) {
	open my $in, '-|', $maestro, 'help', @words or die "$maestro: $!\n";
	my @lines = <$in>;
	close $in or die "$maestro help @words failed\n";
	return @lines;
}

sub escape ($s) { $s =~ s/\\/\\e/gr =~ s/-/\\-/gr =~ s/^([.'])/\\&$1/r }

# --colour COLOUR becomes [--colour colour]
sub option ($line) {
	my ($name, $value) = $line =~ /^  (--[\w-]+)(?: (\S+))?(?:  |$)/
		or return ();
	return ' \fR[\fB' . escape($name)
		. ($value ? ' \fI' . escape(lc $value) : '') . '\fR]';
}

sub verb ($noun, $verb) {
	my ($usage, $says, @rest) = help($noun, $verb);
	my ($words) = $usage =~ /^usage: maestro (?:\S+ \S+) ?(.*?) ?\[option/;
	my @options;
	for (@rest) {
		last if /^options of all/;
		push @options, option($_);
	}
	return ".TP\n.B $noun $verb" . ($words ? ' \fI' . lc $words : '')
		. join('', @options) . "\n" . escape($says)
		. join '', map { /^ +one of: (.*)/ ? escape("One of: $1.")
			. "\n" : () } @rest;
}

my $more = '';
for (help()) {
	my ($noun) = /^  (\w+) +\S/ or next;
	next if $noun eq 'help' || $page =~ /^\.BI? "?\Q$noun\E\b/m;
	$more .= join '', map { /^  ([a-z-]+)(?: .*)?  \S/
		? verb($noun, $1) : () } help($noun);
}
print $page =~ s/^\.commands\n/$more/mr;
