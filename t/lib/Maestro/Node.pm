package Maestro::Node;

# Runs a script of t/client, or another folder of t, under node against a
# Maestro::Test; its "ok - name" and "not ok - name" lines are the results.
#
#   Maestro::Node::need();                 skips the file without node_modules
#   Maestro::Node::run($m, 'auth.mjs');    before done_testing
#   Maestro::Node::need('browser'); run($m, 'story.mjs', 'browser');
use v5.36;
use Maestro::Test;
use Test::More;

my $top = "$Maestro::Test::top/t";

sub need ($folder = 'client') {
	plan skip_all => 'node is not installed' if !`node --version 2>/dev/null`;
	plan skip_all => "run npm ci in t/$folder first"
		if !-d "$top/$folder/node_modules";
	plan skip_all => 'chromium is not installed' if $folder eq 'browser'
		&& !-x ($ENV{CHROMIUM} // '/usr/bin/chromium');
}

sub run ($m, $script, $folder = 'client') {
	local %ENV = (%ENV,
		SUPABASE_URL => $m->url,
		SUPABASE_ANON_KEY => $m->anon_key,
		SUPABASE_SERVICE_ROLE_KEY => $m->service_key,
		MAESTRO_MAIL_DIR => $m->mail_dir,
		# A browser leaves folders behind when it is ended.
		TMPDIR => $m->dir,
		NODE_EXTRA_CA_CERTS => $m->ca_file,
		NODE_NO_WARNINGS => 1);
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	open my $out, '-|', 'node', "$top/$folder/$script" or die "node: $!";
	while (my $line = <$out>) {
		chomp $line;
		if ($line =~ /^(not )?ok - (.*)/) {
			ok !$1, $2;
		} else {
			diag $line =~ s/^# //r;
		}
	}
	ok close $out, "$script came to its end";
}

1;
