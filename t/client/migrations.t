# The unmodified Supabase CLI and maestro migrate on one database: what either
# does the other sees, and a release brings all that maestro migrate up brings.
use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Node;
use Maestro::Project;
use Maestro::Test;

Maestro::Node::need();
my $m = Maestro::Test->new(start => 0, tcp => 1);
$m->start('postgres');
my $dir = $m->dir;
my $sql = "$dir/sql";
my $cli = "$Maestro::Test::top/t/client/node_modules/.bin/supabase";
system('cp', '-R', "$Maestro::Test::top/sql", $sql);
system('mkdir', '-p', "$dir/work/supabase");
symlink "$sql/migrations", "$dir/work/supabase/migrations";

# (status, output); no question is answered, nothing is asked outside.
sub supabase ($url, @words) {
	local %ENV = (%ENV, HOME => "$dir/work", DO_NOT_TRACK => 1,
		SUPABASE_TELEMETRY_DISABLED => 1, HTTPS_PROXY => 'http://127.0.0.1:9');
	my $out = `cd $dir/work && $cli @words --db-url '$url' </dev/null 2>&1`;
	return ($? >> 8, $out);
}

# The versions it knows: those of files, those of the database.
sub versions ($url) {
	my ($rc, $out) = supabase($url, 'migration', 'list');
	is $rc, 0, 'migration list' or diag $out;
	my @rows = map { [/^\s*`([\d ]*)`\s*\|\s*`([\d ]*)`/] } split /\n/, $out;
	return map { my $i = $_; [grep { /\d/ } map { $_->[$i] // () } @rows] }
		0, 1;
}

sub files { [map { m{/(\d{14})_} } sort glob "$sql/migrations/*.sql"] }

subtest 'after maestro migrate up' => sub {
	my $url = $m->tcp_url('maestro_owner');
	my ($local, $remote) = versions($url);
	is_deeply $local, files(), 'it knows our files';
	is_deeply $remote, $local, 'all are applied';
	my ($rc, $out) = supabase($url, qw(db push --yes));
	is $rc, 0, 'push';
	like $out, qr/up to date/, 'has nothing to do' or diag $out;
};

my $project = Maestro::Project->new($m);
my $url = $m->tcp_url('hosted', 'project');

sub release {
	chomp(my $path = `$Maestro::Test::build/maestro migrate release --sql-dir $sql`);
	return $path;
}

sub status {
	my $out = $project->migrate('status', '--sql-dir', $sql);
	return join "\n", grep { !/^applied/ } split /\n/, $out;
}

subtest 'a project that is pushed to' => sub {
	my $path = release();
	my ($rc, $out) = supabase($url, qw(db push --yes));
	is $rc, 0, 'db push' or diag $out;
	my ($local, $remote) = versions($url);
	is_deeply $local, files(), 'a release is one of the migrations';
	is_deeply $remote, $local, 'all are applied';
	is status(), '', 'maestro migrate status: so are they, and the functions';
	is $project->migrate('up', '--sql-dir', $sql), "nothing to do\n",
		'nothing is left to do';
	$project->try_it;
};

sub objects {
	return $project->run('hosted', '-c', "select o.type, o.identity
		from supabase_migrations.objects o order by 1, 2");
}

subtest 'the next release' => sub {
	my $before = objects();
	my $text = sub ($sql) {
		open my $f, '>', "$dir/sql/functions/zz_last.sql" or die;
		print $f $sql;
		close $f;
	};
	my $good = "create or replace function public.last(n int) returns int\n"
		. "language sql immutable as \$\$ select n; \$\$;\n";
	$text->("${good}create function public.broken() returns nonsense\n"
		. "language sql as 'select 1';\n");
	like status(), qr/^failed: .*stale +functions$/s, 'status tells';
	my $path = release();
	my ($rc, $out) = supabase($url, qw(db push --yes));
	isnt $rc, 0, 'a broken one is refused';
	like $out, qr/nonsense/, 'with the reason';
	is objects(), $before, 'and leaves all as it was';
	$text->($good);
	unlink $path;
	$path = release();
	($rc, $out) = supabase($url, qw(db push --yes));
	is $rc, 0, 'a good one is taken' or diag $out;
	is status(), '', 'status is content';
	is $project->run('hosted', '-c', 'select public.last(3)'), "3\n",
		'and what is new is there';
	unlink "$dir/sql/functions/zz_last.sql";
	is $project->migrate('up', '--sql-dir', $sql), "installed functions\n",
		'maestro migrate up goes on from there';
	is objects(), $before, 'and drops what left';
	($rc, $out) = supabase($url, qw(db push --yes));
	like $out, qr/up to date/, 'push has nothing to do';
};

done_testing;
