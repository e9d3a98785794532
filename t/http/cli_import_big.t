# A generated installation of 20 projects, 5,000 tasks and 2,000 sessions moves
# in, out, into another database and out again: nothing is lost on the way, and
# how long it takes.
use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Test;
use Maestro::Tree;
use POSIX ();
use Time::HiRes qw(time);

my ($projects, $tasks, $sessions) = (20, 250, 100);

# A database with one account: nobody has to say whose the data is.
sub instance {
	my $m = Maestro::Test->new(start => 0);
	$m->start('postgres');
	$m->psql("insert into auth.users (id, email, raw_user_meta_data)
		values ('00000000-0000-4000-8000-00000000000a',
		'ann\@example.test', '{}')");
	return $m;
}

# Output of the command, which must succeed; the time is noted.
sub migrate ($m, $what, @words) {
	my $from = time;
	my $line = join ' ', map { "'$_'" } "$Maestro::Test::build/maestro",
		'-c', $m->dir . '/maestro.conf', 'migrate', @words;
	my $out = `$line 2>&1`;
	is $?, 0, "$what succeeds" or diag $out;
	note sprintf '%s: %.1f s', $what, time - $from;
	return $out;
}

my ($one, $two) = (instance(), instance());
my $dir = $one->dir;
Maestro::Tree->new("$dir/data", projects => $projects, tasks => $tasks,
	sessions => $sessions);

# Killed in the middle of it: projects are there as a whole or not at all.
my $pid = fork // die;
if (!$pid) {
	open STDOUT, '>', '/dev/null';
	exec "$Maestro::Test::build/maestro", '-c', "$dir/maestro.conf",
		'migrate', 'to-supabase', '--data', "$dir/data" or POSIX::_exit(1);
}
Maestro::Test::wait_for('some projects', sub {
	$one->psql('select count(*) from public.projects') > 2 });
kill 'KILL', $pid;
waitpid $pid, 0;
Maestro::Test::wait_for('its connection to end', sub {
	!$one->psql("select count(*) from pg_stat_activity
		where application_name = 'maestro migrate'") });
my $whole = $one->psql('select count(*) from public.projects');
cmp_ok $whole, '<', $projects, "killed after $whole projects";
is $one->psql('select count(*) from public.tasks'), $whole * $tasks,
	'they have all their tasks';
is $one->psql('select count(distinct session_id)
	from public.session_timeline'), $whole * $sessions, 'and sessions';
$one->psql('delete from public.projects');

my $out = migrate($one, 'the import', 'to-supabase', '--data', "$dir/data");
like $out, qr/^task +5000 +0 +0 +0 +0 +0$/m, 'five thousand tasks';
like $out, qr/^session +2000 +0 +0 +0 +0 +0$/m, 'two thousand sessions';
$out = migrate($one, 'the same again', 'to-supabase', '--data', "$dir/data");
like $out, qr/^session +0 +0 +2000 +0 +0 +0$/m, 'changes nothing';

# The same place, so that the paths inside are the same.
migrate($one, 'the export', 'from-supabase', '--data', "$dir/out");
migrate($two, 'the import of it', 'to-supabase', '--data', "$dir/out");
rename "$dir/out", "$dir/first" or die;
migrate($two, 'the export of that', 'from-supabase', '--data', "$dir/out");
is `diff -rq $dir/first $dir/out | head`, '',
	'two exports are the same, byte for byte';

my $every = 10;
my $was = Maestro::Tree::normal(Maestro::Tree::read_all("$dir/data", $every));
my $is = Maestro::Tree::normal(Maestro::Tree::read_all("$dir/out", $every));
cmp_ok scalar(keys %$was), '>', 700, 'every tenth task and session';
is_deeply [Maestro::Tree::differences($was, $is)], [],
	'and all else is what it was, field by field';

# The comparison would have told.
delete $is->{"task task_1700000000000_p1t10"}{title};
is scalar(my @told = Maestro::Tree::differences($was, $is)), 1,
	'one field that is gone is seen';

done_testing;
