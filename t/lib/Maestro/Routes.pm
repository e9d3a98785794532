package Maestro::Routes;

# The rows of every route table under handlers/, as their files say them.
#
#   routes()    {method, path, who, flags}: one for each method of a row;
#               flags are its words, macros resolved: "RF_STREAM RF_IO"
use v5.36;
use Exporter qw(import);
use File::Find;
use Maestro::Test;

our @EXPORT = qw(routes);

sub _rows ($text, $macro) {
	my @rows;
	while ($text =~ /^\s*\{(M_[A-Z_| ]+),\s*((?:V1\s*)?"[^"]*"(?:\s*B_KEY)?),
		\s*\w+,\s*(R_\w+),\s*[^,]+,\s*([A-Z_| 0]+)/mgx)
	{
		my ($methods, $path, $who, $flags) = ($1, $2, $3, $4);
		$path =~ s{^V1\s*}{/storage/v1};
		$path =~ s{\s*B_KEY}{/:bucket/*key};
		$path =~ tr/"//d;
		$flags =~ s/(\w+)/$macro->{$1} \/\/ $1/ge;
		push @rows, map { {method => $_, path => $path, who => $who,
			flags => join ' ', $flags =~ /RF_\w+/g} }
			$methods =~ /M_(\w+)/g;
	}
	return @rows;
}

sub routes () {
	my @routes;
	find({no_chdir => 1, wanted => sub {
		return if !/\.c\z/;
		open my $f, '<', $_ or die "$_: $!";
		my $text = do { local $/; <$f> };
		my %macro = $text =~ /^#define\s+(\w+)\s+\((RF_[A-Z_| ]+)\)/mg;
		push @routes, _rows($text, \%macro);
	}}, "$Maestro::Test::top/handlers");
	return @routes;
}

1;
