# Turns `maestro-web --show-config` into maestro.conf(5).
use v5.36;

sub escape ($s) { $s =~ s/\\/\\e/gr =~ s/-/\\-/gr =~ s/^([.'])/\\&$1/r }

print <<'END';
.TH MAESTRO.CONF 5 "" "maestro" "File formats"
.SH NAME
maestro.conf \- settings of maestro-web and maestro
.SH DESCRIPTION
One setting a line, written
.IR "name = value" .
Empty lines and lines beginning with # are passed over; a value may stand in
double quotes.
Relative paths start at the folder of the file.
Sizes take the suffixes k, M and G; switches take true or false, on or off,
yes or no, 1 or 0.
An unknown name, or a value of the wrong kind, is an error that names the line.
.PP
An environment variable MAESTRO_NAME (or the one named below) wins over the
file.
.B maestro\-web \-\-show\-config
prints what is in force and where it comes from;
.B maestro\-web \-t
tests the file.
Settings take effect on HUP, but for those marked "needs a restart".
.SH SETTINGS
END

my ($sentence, $facts) = ('', '');
while (my $line = <STDIN>) {
	if ($line =~ /^# default: (.*?); from: [^;]*(.*)$/) {
		$facts = "Default: $1$2.";
	} elsif ($line =~ /^# (.*)$/) {
		$sentence = $1;
	} elsif ($line =~ /^([a-z_0-9]+) = /) {
		say '.TP';
		say ".B $1";
		say escape($sentence);
		say escape($facts);
	}
}

print <<'END';
.SH SEE ALSO
.BR maestro\-web (8),
.BR maestro (1)
END
