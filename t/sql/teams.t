# Teams below teams, whoever writes the rows (maestro-api.md 7.14).
use v5.36;
use lib 't/lib';
use Test::More;
use Time::HiRes qw(time);
use Maestro::Sql;

my $s = Maestro::Sql->new;
my $p = $s->{p};
my $std = "tm_${p}_standup";

sub team ($id, @subs) {
	return "insert into public.teams (id, project_id, name, leader_id,
		member_ids, sub_team_ids) values ('$id', '$p', '$id', '$std',
		'{$std}', '{" . join(',', @subs) . "}')";
}
sub put_under ($parent, @subs) {
	return "update public.teams set sub_team_ids = '{" . join(',', @subs)
		. "}' where id = '$parent'";
}
$s->ask('mia', team('team_a', 'team_b'));
$s->ask('mia', team('team_b', 'team_c'));
is $s->try('mia', team('team_c', 'team_a')), 'PT422',
	'a row that closes a circle';
is $s->try('service', team('team_c', 'team_a')), 'PT422',
	'also of the service key';
is $s->try('mia', team('team_c', 'team_c')), 'PT422', 'below itself';
$s->ask('mia', team('team_c'));
is $s->try('mia', put_under('team_c', 'team_x', 'team_a')), 'PT422',
	'a change that closes one';
is $s->try('mia', put_under('team_c', 'team_x')), 1,
	'a team that is not there closes none';
is $s->try('mia', put_under('team_a', 'team_b', 'team_c')), 1,
	'two ways to a team are no circle';
is $s->try('mia', "insert into public.teams (project_id, name, leader_id,
	member_ids) values ('$p', 'n', 'tm_x', '{tm_y}')"), '23514',
	'the leader is a member';

# --- what strangers learn: nothing ---

for my $below (qw(team_a team_none)) {
	is $s->try('bob', team('team_c', $below)), '42501',
		"a stranger's row with $below is refused for being his";
	is $s->try('vic', team('team_n', $below)), '42501', 'so is a viewer\'s';
}

# --- depth ---

$s->ask('mia', join ';', map { team("team_$_") } 1 .. 51);
sub add ($parent, $child) {
	return $s->refusal('mia', "select api.team_subteam_add('team_$parent',
		'{\"projectId\": \"$p\", \"subTeamId\": \"team_$child\"}')");
}
is join('', map { add($_, $_ + 1) } 1 .. 24, 26 .. 49), '',
	'two towers';
is add(25, 26), '', 'one on the other: fifty levels';
is add(50, 51), '422 business_rule_error', 'no more at the foot';
is add(51, 1), '422 business_rule_error', 'nor at the top';
sub depth ($tree) {
	my $n = 0;
	for (; $tree; $tree = $tree->{subTeams}[0]) { $n++ }
	return $n;
}
sub tree ($id) {
	my %team = map { $_->{id} => $_ } my @rows =
		@{$s->rows('mia', 'team_tree', $id, $p)};
	$_->{subTeams} = [] for @rows;
	push @{$team{$_->{parent}}{subTeams}}, $_ for @rows[1 .. $#rows];
	return $rows[0];
}
is depth(tree('team_1')), 50, 'the tree shows all of them';

# --- rows of other origin ---

$s->psql(put_under('team_c', 'team_a'));
my $tree = tree('team_a');
is_deeply [depth($tree), $tree->{subTeams}[0]{subTeams}[0]{subTeams}],
	[3, []], 'a circle brought along ends where it began';
is $s->refusal('mia', "select api.team_subteam_remove('team_c',
	'{\"projectId\": \"$p\", \"subTeamId\": \"team_a\"}')"), '',
	'and can be opened';
$s->psql(join ';', (map { my $n = $_;
	map { team("team_d$n$_", map { 'team_d' . ($n + 1) . $_ } qw(l r)) }
		qw(l r) } 1 .. 60), team('team_d', 'team_d1l', 'team_d1r'));
my $begin = time;
$tree = tree('team_d');
cmp_ok time - $begin, '<', 5, 'a net of a quintillion ways is no tree';
my @todo = $tree;
my %seen;
while (my $t = shift @todo) {
	$seen{$t->{id}}++;
	push @todo, @{$t->{subTeams}};
}
is_deeply [scalar keys %seen, grep { $_ > 1 } values %seen], [121],
	'each team stands in it once';
is_deeply tree('team_c')->{subTeams}, [], 'a team alone';
is $s->refusal('mia', $s->query('team_tree', 'team_none', $p)),
	'404 not_found', 'none at all';

# --- two at once, also past the API ---

is $s->ask('mia', "begin; " . put_under('team_51', 'team_x') . "; select
	count(*) from pg_locks where locktype = 'advisory' and granted;
	rollback"), 1, 'who changes the tree holds the lock of the project';

done_testing;
