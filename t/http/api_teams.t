# /api/teams: each route, each role (maestro-api.md 2.9, 6.5, 7.13, 7.14).
use v5.36;
use lib 't/lib';
use Test::More;
use Maestro::Api;
use Maestro::Test;

my @names = qw(ann mia vic bob);
my $m = Maestro::Test->new(users => \@names);
my %as = map { $_ => $m->as($_) } @names;
my $u = '/api/teams';

my ($p, $q) = map { new_project($as{ann}, $_) } qw(A Q);
my $other = new_project($as{bob}, 'B');
add_members($as{ann}, $p, mia => 'member', vic => 'viewer');
sub member ($who, $project, %more) {
	return $as{$who}->post('/api/team-members', {projectId => $project,
		name => 'N', role => 'R', avatar => 'A', %more})->json->{id};
}
my ($a, $b, $c) = map { member('ann', $p, name => $_) } qw(Ada Ben Cem);
my $mine = member('ann', $p, scope => 'global', name => 'Mine');
my $foreign = member('bob', $other);
my $std = "tm_${p}_standup";

# --- create ---

my $r = $as{mia}->post($u, {projectId => $p, name => ' Core ', leaderId => $a,
	memberIds => [$b, $a, $std, $b], description => "caf\x{e9}",
	avatar => 'X', odd => 1});
is $r->status, 201, 'a team is made' or diag $r->body;
my $t = $r->json;
like $t->{id}, qr/^team_\d+_[0-9a-z]{9}$/, 'its id';
is_deeply [@$t{qw(projectId name leaderId memberIds subTeamIds parentTeamId
	status description avatar)}], [$p, 'Core', $a, [$b, $a, $std], [],
	undef, 'active', "caf\x{e9}", 'X'],
	'as asked: each member once, a default among them';
like $t->{$_}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, "$_ is ISO 8601"
	for qw(createdAt updatedAt);
my $bare = $as{mia}->post($u, {projectId => $p, name => 'Bare',
	leaderId => $a})->json;
is_deeply $bare->{memberIds}, [$a],
	'6.5: without memberIds the leader is the member';
is_deeply [sort keys %$bare], [sort qw(id projectId name leaderId memberIds
	subTeamIds parentTeamId status createdAt updatedAt)],
	'unset, no key';
is_deeply $as{mia}->post($u, {projectId => $p, name => 'E', leaderId => $a,
	memberIds => []})->json->{memberIds}, [$a], '6.5: nor with none';
is $as{ann}->post($u, {projectId => $p, name => 'G', leaderId => $mine})
	->status, 201, "the caller's global member may lead";
my %good = (projectId => $p, name => 'x', leaderId => $a);
refused $as{mia}->post($u, {%good, leaderId => $mine}), 404, 'NOT_FOUND',
	"another's global member is not there";
refused $as{mia}->post($u, {%good, memberIds => [$b]}), 422,
	'BUSINESS_RULE_ERROR', 'rule 14: the leader must be in memberIds',
	'leaderId';
for my $gone ('tm_none', $foreign, "tm_${q}_standup") {
	$r = $as{mia}->post($u, {%good, memberIds => [$a, $gone]});
	refused $r, 404, 'NOT_FOUND', 'a member that is not there';
	is $r->json->{message}, "Team member with id '$gone' not found",
		'in the words of the wire';
}
$r = $as{mia}->post($u, {%good, subTeamIds => ['team_none']});
refused $r, 404, 'NOT_FOUND', 'a sub-team that is not there';
is $r->json->{message}, "Sub-team with id 'team_none' not found",
	'in the words of the wire';
refused $as{mia}->post($u, {%good, parentTeamId => 'team_none'}), 404,
	'NOT_FOUND', 'nor a parent';
my %wrong = (projectId => "a'b", name => " \t", leaderId => 'a b',
	memberIds => 'a', subTeamIds => [7], parentTeamId => '', avatar => 1,
	metadata => []);
refused $as{mia}->post($u, {%good, $_ => $wrong{$_}}), 400,
	'VALIDATION_ERROR', "a wrong $_" for sort keys %wrong;
for my $key (sort keys %good) {
	my %less = %good;
	delete $less{$key};
	refused $as{mia}->post($u, \%less), 400, 'VALIDATION_ERROR',
		"$key is needed", $key;
}
refused $as{vic}->post($u, \%good), 403, 'FORBIDDEN', 'a viewer makes none';
refused $as{bob}->post($u, \%good), 404, 'NOT_FOUND',
	'a stranger finds no project';

# --- read ---

my $one = "$u/$t->{id}";
is_deeply $as{vic}->get("$one?projectId=$p")->json, $t, 'a viewer reads';
refused $as{vic}->get($one), 400, 'VALIDATION_ERROR', 'with the project',
	'projectId';
refused $as{vic}->get("$one/tree"), 400, 'VALIDATION_ERROR', 'the tree too',
	'projectId';
refused $as{vic}->get($u), 400, 'VALIDATION_ERROR', 'the list too',
	'projectId';
refused $as{ann}->get("$one?projectId=$q"), 404, 'NOT_FOUND',
	'not through another project';
for my $path ("$one?projectId=$p", "$one/tree?projectId=$p",
	"$u?projectId=$p", "$one?projectId=$other")
{
	refused $as{bob}->get($path), 404, 'NOT_FOUND', 'a stranger does not';
}
is $as{ann}->get("$one?projectId=$q")->json->{message},
	"Team with id '$t->{id}' not found", 'in the words of the wire';
is_deeply [map { $_->{name} } @{$as{vic}->get("$u?projectId=$p")->json}],
	[qw(Core Bare E G)], 'the list';
is_deeply $as{vic}->get("$u?projectId=$p&limit=1&offset=1")->json->{pagination},
	{offset => 1, limit => 1, total => 4, hasMore => JSON::PP::true},
	'in pages';

# --- change ---

sub change (%more) { $as{mia}->patch($one, {projectId => $p, %more}) }
is change(name => 'Kern')->json->{name}, 'Kern', 'a name';
is_deeply change()->json->{memberIds}, [$b, $a, $std],
	'nothing asked, nothing lost';
ok !exists change(description => undef)->json->{description},
	'null clears the description';
is_deeply change(metadata => {k => [1]})->json->{metadata}, {k => [1]},
	'metadata';
is change(leaderId => $b)->json->{leaderId}, $b, 'another leader';
refused change(leaderId => $c), 422, 'BUSINESS_RULE_ERROR',
	'rule 14: who must be a member', 'leaderId';
refused change(memberIds => [$a]), 422, 'BUSINESS_RULE_ERROR',
	'rule 14: and stay one';
refused change(memberIds => []), 422, 'BUSINESS_RULE_ERROR',
	'rule 14: nobody left';
refused change(memberIds => [$b, 'tm_none']), 404, 'NOT_FOUND',
	'new members must be there';
is_deeply change(leaderId => $a, memberIds => [$a])->json->{memberIds}, [$a],
	'leader and members at once';
refused change(status => 'gone'), 400, 'VALIDATION_ERROR', 'a wrong status',
	'status';
refused $as{mia}->patch($one, {name => 'x'}), 400, 'VALIDATION_ERROR',
	'PATCH needs a project', 'projectId';

# --- members ---

is_deeply $as{mia}->post("$one/members", {projectId => $p,
	memberIds => [$b, $a, $c]})->json->{memberIds}, [$a, $b, $c],
	'members are added once';
refused $as{mia}->post("$one/members", {projectId => $p, memberIds =>
	[$foreign]}), 404, 'NOT_FOUND', 'not of strangers';
refused $as{mia}->post("$one/members", {projectId => $p, memberIds => []}),
	400, 'VALIDATION_ERROR', 'at least one', 'memberIds';
is_deeply $as{mia}->del("$one/members", {projectId => $p,
	memberIds => [$b]})->json->{memberIds}, [$a, $c],
	'taken out, as a body says';
is_deeply $as{mia}->post("$one/members", {projectId => $p,
	memberIds => [$b]})->json->{memberIds}, [$a, $c, $b], 'in again';
is_deeply $as{mia}->del("$one/members?projectId=$p&memberIds=$b,$c", undef,
	headers => {'Content-Type' => 'application/json'})
	->json->{memberIds}, [$a], '6.5: or as the query says, like the CLI';
is_deeply $as{mia}->del("$one/members?projectId=$p&memberIds=$b")
	->json->{memberIds}, [$a], 'twice is no matter';
refused $as{mia}->del("$one/members?projectId=$p"), 400, 'VALIDATION_ERROR',
	'somebody must be named', 'memberIds';
refused $as{mia}->del("$one/members?memberIds=$b"), 400, 'VALIDATION_ERROR',
	'and a project', 'projectId';
refused $as{mia}->del("$one/members?projectId=$p&memberIds=,,"), 400,
	'VALIDATION_ERROR', 'commas are nobody', 'memberIds';
refused $as{mia}->del("$one/members?projectId=$p&memberIds=$a"), 422,
	'BUSINESS_RULE_ERROR', 'rule 14: the last member stays';
$as{mia}->post("$one/members", {projectId => $p, memberIds => [$b]});
refused $as{mia}->del("$one/members?projectId=$p&memberIds=$a"), 422,
	'BUSINESS_RULE_ERROR', 'rule 14: the leader stays';
refused $as{mia}->del("$one/members?projectId=$p&memberIds=a%20b"), 400,
	'VALIDATION_ERROR', 'ids only', 'memberIds.0';

# A member that is deleted leaves its id behind, and the team can be changed.
$as{mia}->post("/api/team-members/$b/archive", {projectId => $p});
$as{mia}->del("/api/team-members/$b?projectId=$p");
is_deeply change(name => 'Core', memberIds => [$a, $b])->json->{memberIds},
	[$a, $b], 'a member that is gone does not block';
is_deeply [map { $_->{id} } @{$as{mia}->get("$one/tree?projectId=$p")
	->json->{members}}], [$a], 'the tree leaves it out';

# --- sub-teams ---

my %t = map { $_ => $as{mia}->post($u, {projectId => $p, name => $_,
	leaderId => $a})->json->{id} } qw(one two three);
sub sub_ids ($id) { $as{mia}->get("$u/$id?projectId=$p")->json->{subTeamIds} }
sub parent ($id) { $as{mia}->get("$u/$id?projectId=$p")->json->{parentTeamId} }
sub under ($parent, $child) {
	return $as{mia}->post("$u/$t{$parent}/sub-teams", {projectId => $p,
		subTeamId => $t{$child}});
}
is_deeply under('one', 'two')->json->{subTeamIds}, [$t{two}], 'a sub-team';
is parent($t{two}), $t{one}, 'rule 14: it knows its parent';
is_deeply under('one', 'two')->json->{subTeamIds}, [$t{two}], 'once';
is under('two', 'three')->status, 200, 'one below it';
refused under('one', 'one'), 422, 'BUSINESS_RULE_ERROR',
	'rule 14: not below itself';
refused under('three', 'one'), 422, 'BUSINESS_RULE_ERROR',
	'rule 14: no circle';
refused $as{mia}->patch("$u/$t{three}", {projectId => $p,
	subTeamIds => [$t{one}]}), 422, 'BUSINESS_RULE_ERROR',
	'rule 14: not by PATCH either';
refused $as{mia}->patch("$u/$t{one}", {projectId => $p,
	parentTeamId => $t{three}}), 422, 'BUSINESS_RULE_ERROR',
	'rule 14: nor from the other end';
refused $as{mia}->post("$u/$t{one}/sub-teams", {projectId => $p,
	subTeamId => 'team_none'}), 404, 'NOT_FOUND', 'one that is not there';

my $tree = $as{vic}->get("$u/$t{one}/tree?projectId=$p")->json;
is_deeply [sort keys %$tree], [sort qw(id name leaderId status members
	subTeams)], 'the tree: its keys';
is $tree->{subTeams}[0]{subTeams}[0]{name}, 'three', 'three levels';
is_deeply $tree->{members}, [{id => $a, name => 'Ada', role => 'R',
	identity => 'You are Ada. R.', avatar => 'A',
	isLeader => JSON::PP::true}], 'with members';
$r = $as{vic}->get("$one/tree?projectId=$p")->json;
is_deeply [@$r{qw(name avatar)}], ['Core', 'X'], 'and what a team has';
$as{mia}->post("$one/members", {projectId => $p, memberIds => [$std]});
is_deeply [map { "$_->{name} $_->{mode} " . ($_->{isLeader} ? 1 : 0) }
	grep { $_->{id} eq $std } @{$as{vic}->get("$one/tree?projectId=$p")
	->json->{members}}], ['Standup worker 0'], 'a default is in it';

is_deeply under('one', 'three')->json->{subTeamIds}, [$t{two}, $t{three}],
	'a team moves';
is_deeply sub_ids($t{two}), [], 'and leaves where it was';
is_deeply $as{mia}->del("$u/$t{one}/sub-teams?projectId=$p&"
	. "subTeamId=$t{three}", undef, headers => {'Content-Type' =>
	'application/json'})->json->{subTeamIds}, [$t{two}],
	'6.5: taken out as the query says';
is parent($t{three}), undef, 'it has no parent';
is_deeply $as{mia}->del("$u/$t{one}/sub-teams", {projectId => $p,
	subTeamId => $t{two}})->json->{subTeamIds}, [], 'or as a body says';
refused $as{mia}->del("$u/$t{one}/sub-teams?projectId=$p"), 400,
	'VALIDATION_ERROR', 'which one?', 'subTeamId';
is $as{mia}->patch("$u/$t{two}", {projectId => $p, parentTeamId => $t{one}})
	->json->{parentTeamId}, $t{one}, 'named from below';
is_deeply sub_ids($t{one}), [$t{two}], 'the parent has it';
is $as{mia}->patch("$u/$t{two}", {projectId => $p, parentTeamId => undef})
	->json->{parentTeamId}, undef, 'and none';
is_deeply sub_ids($t{one}), [], 'the parent has it no more';
my $whole = $as{mia}->post($u, {%good, name => 'whole',
	subTeamIds => [$t{two}, $t{three}], parentTeamId => $t{one}})->json;
is_deeply [parent($t{two}), parent($t{three}), sub_ids($t{one})],
	[$whole->{id}, $whole->{id}, [$whole->{id}]], 'all at once';

# Two who add at the same moment do not make a circle together.
for my $round (1 .. 3) {
	my @x = map { $as{mia}->post($u, {%good, name => "x$_"})->json->{id} }
		1, 2;
	my @pids;
	for my $i (0, 1) {
		my $pid = fork // die;
		if (!$pid) {
			$m->as('mia')->post("$u/$x[$i]/sub-teams", {
				projectId => $p, subTeamId => $x[1 - $i]});
			require POSIX;
			POSIX::_exit(0);
		}
		push @pids, $pid;
	}
	waitpid $_, 0 for @pids;
	is scalar(grep { @{sub_ids($_)} } @x), 1,
		"two at once, round $round: one of them won";
}

# --- archive, delete ---

my $two = "$u/$t{two}";
refused $as{mia}->del("$two?projectId=$p"), 422, 'BUSINESS_RULE_ERROR',
	'rule 13: delete requires archived';
for (['patch', $two, {projectId => $p, name => 'x'}],
	(map { ['post', "$two/$_", {projectId => $p}] }
		qw(archive unarchive)),
	(map { [$_, "$two/members", {projectId => $p, memberIds => [$a]}],
		[$_, "$two/sub-teams", {projectId => $p,
		subTeamId => $t{three}}] } qw(post del)),
	['del', "$two?projectId=$p"])
{
	my ($verb, @rest) = @$_;
	refused $as{vic}->$verb(@rest), 403, 'FORBIDDEN',
		"a viewer changes nothing: $verb $rest[0]";
	refused $as{bob}->$verb(@rest), 404, 'NOT_FOUND',
		"a stranger finds nothing: $verb $rest[0]";
}
refused $as{bob}->patch($two, {projectId => $other, name => 'x'}), 404,
	'NOT_FOUND', 'nor through a project of his own';
refused $as{bob}->post($u, {projectId => $other, name => 'x',
	leaderId => $foreign, subTeamIds => [$t{two}]}), 404, 'NOT_FOUND',
	'nor is a foreign team taken in';
is $as{mia}->post("$two/archive", {projectId => $p})->json->{status},
	'archived', 'archived';
is scalar(grep { $_->{id} eq $t{two} } @{$as{mia}->get("$u?projectId=$p")
	->json}), 0, 'rule 13: archived teams disappear from lists';
is $as{mia}->get("$two?projectId=$p")->json->{status}, 'archived',
	'but are there';
is $as{mia}->post("$two/unarchive", {projectId => $p})->json->{status},
	'active', 'and come back';
$as{mia}->patch($two, {projectId => $p, status => 'archived'});
is_deeply $as{mia}->del("$two?projectId=$p", undef, headers =>
	{'Content-Type' => 'application/json'})->json,
	{success => JSON::PP::true, id => $t{two}}, 'deleted';
refused $as{mia}->get("$two?projectId=$p"), 404, 'NOT_FOUND', 'gone';
is_deeply sub_ids($whole->{id}), [$t{two}, $t{three}],
	'its id stays where it was named';
is_deeply [map { $_->{name} } @{$as{mia}->get(
	"$u/$whole->{id}/tree?projectId=$p")->json->{subTeams}}], ['three'],
	'the tree goes on without it';
is $as{mia}->patch("$u/$whole->{id}", {projectId => $p,
	subTeamIds => [$t{two}, $t{three}], name => 'still'})->json->{name},
	'still', 'and it can be sent back';
is_deeply $as{mia}->del("$u/$whole->{id}/sub-teams", {projectId => $p,
	subTeamId => $t{two}})->json->{subTeamIds}, [$t{three}],
	'until it is taken out';
$as{mia}->post("$u/$t{three}/archive", {projectId => $p});
is $as{mia}->del("$u/$t{three}", {projectId => $p})->status, 200,
	'DELETE takes the project from a body too';

# --- as many as one answer can hold ---

$m->psql("insert into public.teams (id, project_id, name, leader_id,
	member_ids, sub_team_ids) select 'big_' || i, '$p', 'x', '$a',
	array_prepend('$a', (select array_agg('gone_' || j)
		from generate_series(1, 999) j)),
	case when i = 1 then (select array_agg('big_' || j)
		from generate_series(2, 21) j) else '{}' end
	from generate_series(1, 21) i");
refused $as{mia}->get("$u/big_1/tree?projectId=$p"), 422,
	'BUSINESS_RULE_ERROR', 'a tree of too many members';
is $as{mia}->get("$u/big_2/tree?projectId=$p")->status, 200,
	'a branch of it is not';

done_testing;
