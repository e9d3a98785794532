# /api/task-graphs: each route, each role; overrides of members in tasks and
# nodes (maestro-api.md 2.3, 2.4).
use v5.36;
use lib 't/lib';
use Test::More;
use Time::HiRes qw(time);
use Maestro::Api;
use Maestro::Test;

my @names = qw(ann mia vic bob);
my $m = Maestro::Test->new(users => \@names);
my %as = map { $_ => $m->as($_) } @names;
my $u = '/api/task-graphs';

my ($p, $q) = map { new_project($as{ann}, $_) } qw(A Q);
my $other = new_project($as{bob}, 'B');
add_members($as{ann}, $p, mia => 'member', vic => 'viewer');
sub task ($who, $project) {
	return $as{$who}->post('/api/tasks', {projectId => $project,
		title => 't'})->json->{id};
}
my @t = map { task('ann', $p) } 1 .. 5;
my $second = task('ann', $q);
my $foreign = task('bob', $other);
sub node ($id, %more) {
	return {taskId => $id, position => {x => 1, y => -2.5}, %more};
}
my $edge_no = 0;
sub edge ($from, $to, %more) {
	return {id => 'e' . $edge_no++, sourceTaskId => $from,
		targetTaskId => $to, %more};
}
my @nodes = map { node($_) } @t;

# --- create ---

my %override = (launchConfig => {provider => 'claude', model => 'm'},
	agentTool => 'codex', model => 'o', reasoningEffort => 'low',
	permissionMode => 'readOnly', skillIds => ['s 1'],
	commandPermissions => {groups => {task => JSON::PP::true},
	commands => {'task:get' => JSON::PP::false}});
my $rich = node($t[0], teamMemberId => 'tm_1', memberOverrides => {
	tm_1 => \%override});
my $edge = edge($t[0], $t[1], label => 'then');
my $r = $as{mia}->post($u, {projectId => $p, name => ' Plan ',
	description => "caf\x{e9}", nodes => [{%$rich, odd => 1}, node($t[1])],
	edges => [{%$edge, odd => 1}], coordinatorTeamMemberId => 'tm_2',
	coordinatorModel => 'opus', odd => 1});
is $r->status, 201, 'a graph is made' or diag $r->body;
my $g = $r->json;
like $g->{id}, qr/^task_graph_\d+_[0-9a-z]{9}$/, 'its id';
is_deeply [@$g{qw(projectId name description status coordinatorTeamMemberId
	coordinatorModel nodes edges)}], [$p, 'Plan', "caf\x{e9}", 'draft',
	'tm_2', 'opus', [$rich, node($t[1])], [$edge]],
	'as asked, a draft; what nobody knows is left out';
cmp_ok $g->{updatedAt}, '>=', $g->{createdAt}, 'rule 17: times agree';
my $bare = $as{mia}->post($u, {projectId => $p, name => 'Bare'})->json;
is_deeply [sort keys %$bare], [sort qw(id projectId name nodes edges status
	createdAt updatedAt)], 'unset, no key';
is_deeply [$bare->{nodes}, $bare->{edges}], [[], []], 'empty';

my %good = (projectId => $p, name => 'x');
refused $as{vic}->post($u, \%good), 403, 'FORBIDDEN', 'a viewer makes none';
refused $as{bob}->post($u, \%good), 404, 'NOT_FOUND',
	'a stranger finds no project';
refused $as{mia}->post($u, {name => 'x'}), 400, 'VALIDATION_ERROR',
	'a project is needed', 'projectId';
refused $as{mia}->post($u, {%good, name => ' '}), 400, 'VALIDATION_ERROR',
	'a name too', 'name';
my ($e1, $e2) = (edge(@t[0, 1]), edge(@t[1, 2]));
my @bad = (
	['nodes that are no list', {nodes => {}}, 'nodes'],
	['a node that is no object', {nodes => [7]}, 'nodes.0.taskId'],
	['a node without a task', {nodes => [{}]}, 'nodes.0.taskId'],
	['a task id that is none', {nodes => [node("a'b")]},
		'nodes.0.taskId'],
	['a number for a task', {nodes => [node(7)]}, 'nodes.0.taskId'],
	['a node without a place', {nodes => [{taskId => $t[0]}]},
		'nodes.0.position.x'],
	['half a place', {nodes => [node($t[0], position => {x => 1})]},
		'nodes.0.position.y'],
	['a place far out', {nodes => [node($t[0], position =>
		{x => 1e99, y => 1})]}, 'nodes.0.position.x'],
	['a wrong member', {nodes => [node($t[0], teamMemberId => 'a b')]},
		'nodes.0.teamMemberId'],
	['a task twice', {nodes => [@nodes, $nodes[0]]}, 'nodes.5.taskId'],
	['a foreign task', {nodes => [node($second)]}, 'nodes'],
	['edges that are no list', {edges => 'x'}, 'edges'],
	['an edge without an id', {nodes => \@nodes, edges => [
		{%$e1, id => undef}]}, 'edges.0.id'],
	['a long id', {nodes => \@nodes, edges => [{%$e1, id => 'x' x 101}]},
		'edges.0.id'],
	['an edge from nowhere', {nodes => \@nodes, edges => [$e1,
		{%$e2, sourceTaskId => undef}]}, 'edges.1.sourceTaskId'],
	['a long label', {nodes => \@nodes, edges => [{%$e1,
		label => 'x' x 201}]}, 'edges.0.label'],
	['an edge id twice', {nodes => \@nodes, edges => [$e1,
		{%$e2, id => $e1->{id}}]}, 'edges.1.id'],
	['a dangling edge', {nodes => [@nodes[0, 1]], edges => [$e1, $e2]},
		'edges.1.targetTaskId'],
	['a self loop', {nodes => \@nodes, edges => [edge(@t[0, 0])]},
		'edges.0'],
	['a circle', {nodes => \@nodes, edges => [$e1, $e2, edge(@t[2, 3]),
		edge(@t[3, 1])]}, 'edges'],
);
for (@bad) {
	my ($what, $more, $path) = @$_;
	refused $as{ann}->post($u, {%good, %$more}), 400, 'VALIDATION_ERROR',
		$what, $path;
	refused $as{ann}->patch("$u/$bare->{id}", $more), 400,
		'VALIDATION_ERROR', "PATCH: $what", $path;
}
for my $gone ('task_none', $foreign) {
	refused $as{ann}->post($u, {%good, nodes => [node($gone)]}), 404,
		'NOT_FOUND', 'a task that is not there, or not mine';
}

# --- what a member does otherwise, in nodes and in tasks ---

my @wrong = ([{launchConfig => {provider => 'x', model => 'm'}},
		'launchConfig.provider'],
	[{launchConfig => {provider => 'claude'}}, 'launchConfig.model'],
	[{launchConfig => []}, 'launchConfig'],
	[{agentTool => 'x' x 101}, 'agentTool'], [{model => ''}, 'model'],
	[{reasoningEffort => 'x'}, 'reasoningEffort'],
	[{permissionMode => 'safe'}, 'permissionMode'],
	[{skillIds => 'x'}, 'skillIds'], [{skillIds => [1]}, 'skillIds'],
	[{commandPermissions => 1}, 'commandPermissions'],
	[{commandPermissions => {groups => {a => 1}}},
		'commandPermissions.groups.a'],
	[{commandPermissions => {commands => []}},
		'commandPermissions.commands'], [7, '']);
my $task = "/api/tasks/$t[0]";
for (@wrong) {
	my ($value, $path) = @$_;
	my $at = join '.', 'memberOverrides.tm_1', length $path ? $path : ();
	my $body = {memberOverrides => {tm_2 => {}, tm_1 => $value}};
	refused $as{mia}->post($u, {%good, nodes => [node($t[0], %$body)]}),
		400, 'VALIDATION_ERROR', "a node: $at", "nodes.0.$at";
	refused $as{mia}->patch($task, $body), 400, 'VALIDATION_ERROR',
		"a task: $at", $at;
	refused $as{mia}->post('/api/tasks', {projectId => $p, %$body}), 400,
		'VALIDATION_ERROR', "a new task: $at", $at;
}
refused $as{mia}->patch($task, {memberOverrides => {'a b' => {}}}), 400,
	'VALIDATION_ERROR', 'members have ids', 'memberOverrides';
is_deeply $as{mia}->patch($task, {memberOverrides => {tm_1 => {%override,
	odd => 1}}})->json->{memberOverrides}, {tm_1 => \%override},
	'a right one is kept, without what nobody knows';
is_deeply $as{mia}->post('/api/tasks', {projectId => $p,
	memberOverrides => {tm_1 => {model => 'm'}}})->json->{memberOverrides},
	{tm_1 => {model => 'm'}}, 'of a new task too';
is $as{mia}->patch($task, {title => 'x', teamId => 'team_gone',
	teamMemberId => 'tm_gone'})->status, 200,
	'team and member of a task may be gone';

# --- read ---

my $one = "$u/$g->{id}";
is_deeply $as{vic}->get($one)->json, $g, 'a viewer reads';
refused $as{bob}->get($one), 404, 'NOT_FOUND', 'a stranger does not';
is $as{bob}->get($one)->json->{message},
	"Task graph with id '$g->{id}' not found", 'in the words of the wire';
$as{ann}->post($u, {projectId => $q, name => 'Q'});
sub listed ($who, $query) {
	return [map { $_->{name} } @{$as{$who}->get("$u$query")->json}];
}
is_deeply listed('vic', ''), [qw(Plan Bare)], 'everything visible';
is_deeply listed('ann', "?projectId=$q"), ['Q'], 'of one project';
is_deeply listed('bob', "?projectId=$p"), [], 'a foreign project is empty';
$as{mia}->patch("$u/$bare->{id}", {status => 'ready'});
is_deeply listed('vic', "?projectId=$p&status=ready"), ['Bare'],
	'of one status';
is_deeply listed('vic', '?status=none'), [], 'or none';
is_deeply $as{vic}->get("$u?limit=1")->json->{pagination},
	{offset => 0, limit => 1, total => 2, hasMore => JSON::PP::true},
	'in pages';

# --- order ---

# 0 -> 1 -> 3, 0 -> 2 -> 3; 4 alone.
my @edges = (edge(@t[0, 1]), edge(@t[0, 2]), edge(@t[1, 3]), edge(@t[2, 3]),
	edge(@t[0, 1]));
$r = $as{mia}->patch($one, {nodes => \@nodes, edges => \@edges});
is $r->status, 200, 'another shape; two edges between the same tasks'
	or diag $r->body;
is_deeply $as{vic}->post("$one/validate")->json, {valid => JSON::PP::true,
	errors => [], topologicalOrder => [@t[0, 4, 1, 2, 3]],
	parallelLayers => [[@t[0, 4]], [@t[1, 2]], [$t[3]]]},
	'layers: what can run side by side';
is_deeply $as{vic}->post("$u/$bare->{id}/validate")->json,
	{valid => JSON::PP::true, errors => [], topologicalOrder => [],
	parallelLayers => []}, 'an empty graph';
refused $as{bob}->post("$one/validate"), 404, 'NOT_FOUND',
	'a stranger orders nothing';
is $as{mia}->patch($one, {name => 'Later'})->json->{name}, 'Later',
	'a name alone';
is_deeply $as{mia}->patch($one, {edges => []})->json->{nodes},
	$r->json->{nodes}, 'edges alone';
refused $as{mia}->patch($one, {nodes => [$nodes[0]], edges => \@edges}), 400,
	'VALIDATION_ERROR', 'the two must fit', 'edges.0.targetTaskId';
$as{mia}->patch($one, {edges => \@edges});
refused $as{mia}->patch($one, {nodes => [$nodes[0]]}), 400,
	'VALIDATION_ERROR', 'with what is stored, too', 'edges.0.targetTaskId';
is_deeply [grep { defined } @{$as{mia}->patch($one, {description => undef,
	coordinatorTeamMemberId => undef, coordinatorModel => undef})->json}
	{qw(description coordinatorTeamMemberId coordinatorModel)}], [],
	'null clears';
refused $as{mia}->patch($one, {status => 'running'}), 400, 'VALIDATION_ERROR',
	'nobody says that it runs', 'status';

# A thousand tasks in a row, each behind the one before and the first.
my @many = map { sprintf 'task_m%04d', $_ } 1 .. 1000;
$m->psql("insert into public.tasks (id, project_id, title)
	select 'task_m' || lpad(n::text, 4, '0'), '$p', 'm'
	from generate_series(1, 1000) n");
my $big = {projectId => $p, name => 'big', nodes => [map { node($_) }
	reverse @many], edges => [map { (edge(@many[$_ - 1, $_]),
	$_ > 1 ? edge(@many[0, $_]) : ()) } 1 .. $#many]};
my $begin = time;
$r = $as{mia}->post($u, $big);
is $r->status, 201, 'a big graph' or diag $r->body;
my $valid = $as{mia}->post("$u/" . $r->json->{id} . '/validate')->json;
is_deeply $valid->{topologicalOrder}, \@many, 'in order';
is scalar @{$valid->{parallelLayers}}, 1000, 'one after the other';
cmp_ok time - $begin, '<', 10, 'in a moment';
push @{$big->{edges}}, edge(@many[-1, 0]);
$r = $as{mia}->post($u, $big);
refused $r, 400, 'VALIDATION_ERROR', 'a big circle', 'edges';
like $r->json->{message}, qr/circle among (?:\w+, ){9}\w+ and others$/,
	'is told shortly';
refused $as{mia}->post($u, {%good, nodes => [map { node("t$_") } 0 .. 1000]}),
	400, 'VALIDATION_ERROR', 'a thousand is the most', 'nodes';

# --- tasks that go ---

$as{mia}->del("/api/tasks/$t[4]");
is_deeply $as{vic}->post("$one/validate")->json, {valid => JSON::PP::false,
	errors => ["Task with id '$t[4]' not found"]},
	'a task that was deleted is an error of the graph';
is scalar @{$as{vic}->get($one)->json->{nodes}}, 5,
	'rule 4: the graph is left alone';
# What was never checked: rows of other origin.
$m->psql("update public.task_graphs set nodes = '[1, {\"taskId\": \"$t[0]\"},
	{\"taskId\": \"$t[1]\"}]', edges = '[{\"sourceTaskId\": \"$t[0]\",
	\"targetTaskId\": \"$t[1]\"}, {\"sourceTaskId\": \"$t[1]\",
	\"targetTaskId\": \"$t[0]\"}, [], null]' where id = '$g->{id}'");
$r = $as{vic}->post("$one/validate");
is $r->status, 200, 'a broken row is no failure' or diag $r->body;
ok !$r->json->{valid}, 'but not valid';
is scalar(grep { /circle among \Q$t[0], $t[1]\E/ } @{$r->json->{errors}}), 1,
	'for each reason';

# --- running ---

$m->psql("update public.task_graphs set status = 'running'
	where id = '$g->{id}'");
for (['name', 'x'], ['nodes', []], ['edges', []], ['description', 'x'],
	['coordinatorModel', 'x'])
{
	refused $as{mia}->patch($one, {$_->[0] => $_->[1], status => 'ready'}),
		400, 'VALIDATION_ERROR', "a running graph keeps its $_->[0]",
		$_->[0];
}
refused $as{mia}->del($one), 400, 'VALIDATION_ERROR',
	'a running graph is not deleted';
is_deeply [@{$as{mia}->patch($one, {executionSessionId => 'sess_1',
	lastRunAt => 1795000000123})->json}{qw(status executionSessionId
	lastRunAt)}], ['running', 'sess_1', 1795000000123], 'the run is noted';
is $as{mia}->patch($one, {status => 'draft'})->json->{status}, 'draft',
	'and ended';
for (['patch', $one, {name => 'x'}], ['del', $one]) {
	my ($verb, @rest) = @$_;
	refused $as{vic}->$verb(@rest), 403, 'FORBIDDEN',
		"a viewer changes nothing: $verb";
	refused $as{bob}->$verb(@rest), 404, 'NOT_FOUND',
		"a stranger finds nothing: $verb";
}
is_deeply $as{mia}->del($one)->json, {success => JSON::PP::true,
	id => $g->{id}}, 'deleted';
refused $as{mia}->get($one), 404, 'NOT_FOUND', 'gone';
is $as{mia}->get($task)->status, 200, 'the tasks stay';

done_testing;
