# The product's migrations as they run on a hosted project: by a role that is
# no superuser, owns neither auth nor storage, and may come back to run the
# same file again.
use v5.36;
use lib 't/lib';
use Test::More;
use Maestro::Project;
use Maestro::Test;
use Maestro::Tree;

my $m = Maestro::Test->new(start => 0);
$m->start('postgres');
my $project = Maestro::Project->new($m);
my $out = $project->migrate('up');
like $out, qr{\Aapplied migrations/\d+_create_audit\n}, 'the product';
unlike $out, qr/embedded|failed/, 'and nothing else';
# What a file selects is nobody's business here; errors are.
is $project->run('hosted', '-1', '-o', '/dev/null', '-f', $_), '',
	'again: ' . s{.*/}{}r
	for sort glob "$Maestro::Test::top/sql/migrations/2*.sql";
my $count = 'select count(*), count(*) filter (where type = \'function\') > 500
	from supabase_migrations.objects';
my $installed = $project->run('hosted', '-c', $count);
$project->run('hosted', '-c',
	"update supabase_migrations.functions set sha256 = ''");
like $project->migrate('up'), qr{\A\w+ +functions\n\z}, 'the functions again';
is $project->run('hosted', '-c', $count), $installed, 'as many as before';
$project->try_it;

# --- data of the original moves in and out, as that role ------------------------

Maestro::Tree->new($m->dir . '/data', projects => 2, tasks => 6, sessions => 4);
my $to = $project->url('hosted');
for my $words ("to-supabase --data @{[$m->dir]}/data",
	"from-supabase --data @{[$m->dir]}/out")
{
	my $out = `$Maestro::Test::build/maestro -c @{[$m->dir]}/maestro.conf migrate $words --database '$to' 2>&1`;
	is $?, 0, $words =~ s/ .*//r or diag $out;
}
my @trees = map { Maestro::Tree::normal(Maestro::Tree::read_all(
	$m->dir . "/$_")) } qw(data out);
delete @{$trees[1]}{grep { /^project/ && !$trees[0]{$_} } keys %{$trees[1]}};
is_deeply [Maestro::Tree::differences(@trees)], [], 'without loss';

done_testing;
