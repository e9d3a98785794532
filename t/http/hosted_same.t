# The tests of accounts and objects once more, with both on a hosted project:
# each file runs as it is on a maestro that works on a second one
# (MAESTRO_MODE, see Maestro::Test).
use v5.36;
use Test::More;

my @same = ((map { "t/http/$_.t" } qw(auth_sign auth_refresh auth_race auth_mail
	auth_admin auth_limits storage_buckets storage_objects storage_files
	storage_http2 tokens api_images cli_auth)), map { "t/client/$_.t" } qw(auth storage));

$ENV{MAESTRO_MODE} = 'hosted';
for my $file (@same) {
	open my $tap, '-|', $^X, '-It/lib', $file or die "$file: $!";
	my ($passed, $skipped, @bad) = (0);
	while (my $line = <$tap>) {
		$passed++ if $line =~ /^ok /;
		push @bad, $line if $line =~ /^not ok /;
		$skipped = $1 if $line =~ /^1\.\.0 # SKIP (.*)/;
	}
	my $ended = close $tap;
	SKIP: {
		skip "$file: $skipped", 1 if $skipped;
		ok $ended && $passed && !@bad,
			"$file, hosted: $passed tests pass"
			or diag "exit $?\n", @bad;
	}
}
done_testing;
