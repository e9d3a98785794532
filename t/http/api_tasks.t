# /api/tasks and what of /api/sessions they need: each route, each role.
use v5.36;
use lib 't/lib';
use Test::More;
use Maestro::Api;
use Maestro::AtOnce;
use Maestro::Test;

my @names = qw(ann mia vic bob);
my $m = Maestro::Test->new(users => \@names);
my %as = map { $_ => $m->as($_) } @names;

my $p = new_project($as{ann}, 'A');
my $other = new_project($as{bob}, 'B');
add_members($as{ann}, $p, mia => 'member', vic => 'viewer');

# --- create ---

my $r = $as{mia}->post('/api/tasks', {projectId => $p, title => ' First ',
	description => "caf\x{e9} \x{1F600} <b>", priority => 'high',
	dueDate => '2026-12-24', tags => ['a', 'b'], skillIds => ['s-1'],
	clientRequestId => 'req 1', unknown => {deep => [1]}});
is $r->status, 201, 'a task is made' or diag $r->body;
my $t = $r->json;
is_deeply [sort keys %$t], [sort qw(id projectId parentId title description
	status priority initialPrompt createdAt updatedAt startedAt completedAt
	sessionIds skillIds agentIds dependencies referenceTaskIds teamId
	dueDate tags clientRequestId)], 'keys of the wire';
is_deeply [@$t{qw(title status dueDate description)}],
	['First', 'todo', '2026-12-24', "caf\x{e9} \x{1F600} <b>"],
	'values too';
my $again = $as{mia}->post('/api/tasks', {projectId => $p, title => 'x',
	clientRequestId => 'req 1'});
is_deeply [$again->status, $again->json->{id}], [201, $t->{id}],
	'the same request id gives the same task';
isnt $as{bob}->post('/api/tasks', {projectId => $other,
	clientRequestId => 'req 1'})->json->{id}, $t->{id},
	'in another project it is another request';

refused $as{vic}->post('/api/tasks', {projectId => $p}), 403, 'FORBIDDEN',
	'a viewer makes none';
refused $as{bob}->post('/api/tasks', {projectId => $p}), 404, 'NOT_FOUND',
	'a stranger finds no project';
refused $as{mia}->post('/api/tasks', {title => 'x'}), 400, 'VALIDATION_ERROR',
	'a project is needed', 'projectId';
refused $as{mia}->post('/api/tasks', {projectId => $p,
	parentId => 'task_none'}), 404, 'NOT_FOUND', 'so is a parent that is';
is $as{mia}->post('/api/tasks', {projectId => $p, parentId => 'task_none'})
	->json->{message}, "Parent task with id 'task_none' not found",
	'in the words of the wire';
my %wrong = (priority => 'urgent', status => 'archived', title => ['x'],
	dueDate => '2026-02-30', tags => 'red', skillIds => ['a b'],
	dangerousMode => 'yes', memberOverrides => [], teamId => '../x',
	clientRequestId => 'x' x 201, projectId => "a'b", parentId => 7);
refused $as{mia}->post('/api/tasks', {projectId => $p, $_ => $wrong{$_}}),
	400, 'VALIDATION_ERROR', "a wrong $_", $_ eq 'skillIds' ?
	'skillIds.0' : $_ for sort keys %wrong;

# --- read ---

is_deeply $as{vic}->get("/api/tasks/$t->{id}")->json, $t, 'a viewer reads';
refused $as{bob}->get("/api/tasks/$t->{id}"), 404, 'NOT_FOUND',
	"a stranger's task looks absent";
my @more = map { $as{mia}->post('/api/tasks', {projectId => $p,
	title => "t$_", parentId => $t->{id}})->json } 1 .. 3;
is_deeply [map { $_->{title} } @{$as{vic}->get("/api/tasks/$t->{id}/children")
	->json}], [qw(t1 t2 t3)], 'children in order';
is $as{vic}->get("/api/tasks/$t->{id}/children?limit=2")
	->json->{pagination}{hasMore}, JSON::PP::true, 'in pages';
refused $as{bob}->get("/api/tasks/$t->{id}/children"), 404, 'NOT_FOUND',
	'not for strangers';
is scalar @{$as{vic}->get("/api/tasks?projectId=$p")->json}, 4, 'the list';
is scalar @{$as{vic}->get("/api/tasks?projectId=$p&parentId=null")->json}, 1,
	'its top level';
is scalar @{$as{vic}->get("/api/tasks?parentId=$t->{id}")->json}, 3,
	'below a task';
is scalar @{$as{vic}->get('/api/tasks?status=completed')->json}, 0,
	'by status';
is scalar @{$as{vic}->get('/api/tasks')->json}, 4,
	'without a project: what is visible';
is scalar @{$as{bob}->get("/api/tasks?projectId=$p")->json}, 0,
	'a foreign project is empty';
refused $as{vic}->get('/api/tasks?status=archived'), 400, 'VALIDATION_ERROR',
	'an unknown status', 'status';
is_deeply $as{vic}->get("/api/tasks?projectId=$p&limit=1&offset=3")
	->json->{pagination}, {offset => 3, limit => 1, total => 4,
	hasMore => JSON::PP::false}, 'the last page';
is_deeply $as{vic}->get("/api/tasks?projectId=$p&limit=1&offset=9")
	->json->{data}, [], 'and beyond';
is $as{vic}->head("/api/tasks/$t->{id}")->status, 200, 'HEAD too';

# --- update ---

$r = $as{mia}->patch("/api/tasks/$t->{id}", {status => 'in_progress',
	title => 'Second', pinned => JSON::PP::true, projectId => $other});
is $r->status, 200, 'a task changes' or diag $r->body;
is_deeply [@{$r->json}{qw(status title projectId)}, $r->json->{pinned}],
	['in_progress', 'Second', $p, undef], 'in what may change';
ok $r->json->{startedAt}, 'it has started';
is $as{mia}->patch("/api/tasks/$t->{id}", {dueDate => undef})
	->json->{dueDate}, undef, 'null clears the due date';
is $as{mia}->patch("/api/tasks/$t->{id}", {})->json->{title}, 'Second',
	'nothing asked, nothing lost';
refused $as{mia}->patch("/api/tasks/$t->{id}", {title => ''}), 400,
	'VALIDATION_ERROR', 'a title is not emptied', 'title';
refused $as{vic}->patch("/api/tasks/$t->{id}", {title => 'x'}), 403,
	'FORBIDDEN', 'a viewer changes nothing';
refused $as{bob}->patch("/api/tasks/$t->{id}", {title => 'x'}), 404,
	'NOT_FOUND', 'a stranger finds nothing';
refused $as{mia}->patch("/api/tasks/$t->{id}", {taskSessionStatuses =>
	{s => 'odd'}}), 400, 'VALIDATION_ERROR', 'entries are checked',
	'taskSessionStatuses.s';
refused $as{mia}->patch("/api/tasks/$t->{id}", {sessionIds => ['sess_x']}),
	404, 'NOT_FOUND', 'sessions must be there';

# --- sessions, timeline, documents ---

$r = $as{mia}->post('/api/sessions', {id => 'sess_mine', projectId => $p,
	taskIds => [$t->{id}], name => 'worker', status => 'working',
	env => {HOME => '/h', API_TOKEN => 'x'}, metadata => {mode => 'worker'}});
is $r->status, 201, 'a session registers' or diag $r->body;
is_deeply [@{$r->json}{qw(id taskIds env)}, $r->json->{metadata}{mode}],
	['sess_mine', [$t->{id}], {HOME => '/h'}, 'worker'], 'as asked';
refused $as{mia}->post('/api/sessions', {id => 'sess_mine', projectId => $p,
	taskIds => []}), 409, 'ALREADY_EXISTS', 'an id is taken once';
refused $as{mia}->post('/api/sessions', {projectId => $p}), 400,
	'VALIDATION_ERROR', 'taskIds are needed', 'taskIds';
refused $as{mia}->post('/api/sessions', {projectId => $p,
	taskIds => ['task_no']}), 404, 'NOT_FOUND', 'and must be there';
refused $as{vic}->post('/api/sessions', {projectId => $p, taskIds => []}),
	403, 'FORBIDDEN', 'a viewer starts none';
refused $as{bob}->get('/api/sessions/sess_mine'), 404, 'NOT_FOUND',
	'a stranger sees none';
is_deeply $as{vic}->get('/api/sessions/sess_mine')->json->{env}, {},
	'env is its owner\'s';
ok !exists $as{vic}->get("/api/sessions?projectId=$p")->json->[0]{timeline},
	'lists are summaries';
ok exists $as{vic}->get("/api/sessions?fields=full")->json->[0]{timeline},
	'unless asked otherwise';
is scalar @{$as{vic}->get("/api/sessions?$_")->json}, 1, "found by $_"
	for "taskId=$t->{id}", 'active=true', 'status=idle,working',
	'rootSessionId=sess_mine';
is scalar @{$as{vic}->get("/api/sessions?$_")->json}, 0, "not by $_"
	for 'active=false', 'status=failed', 'parentSessionId=x';
is scalar @{$as{bob}->get('/api/sessions')->json}, 0, 'strangers see none';

$r = $as{mia}->patch("/api/tasks/$more[0]{id}", {updateSource => 'session',
	sessionId => 'sess_mine', sessionStatus => 'completed', title => 'no'});
is_deeply [@{$r->json}{qw(title sessionIds taskSessionStatuses)}],
	['t1', ['sess_mine'], {sess_mine => 'completed'}],
	'a session reports its part';
refused $as{mia}->patch("/api/tasks/$t->{id}", {updateSource => 'session',
	sessionId => 'sess_none', sessionStatus => 'working'}), 404,
	'NOT_FOUND', 'only one that is there';
is_deeply $as{mia}->post("/api/tasks/$t->{id}/timeline", {message => 'hi',
	sessionId => 'sess_mine'})->json, {success => JSON::PP::true,
	taskId => $t->{id}, sessionId => 'sess_mine', message => 'hi',
	type => 'progress'}, 'a line of the timeline';
refused $as{mia}->post("/api/tasks/$t->{id}/timeline", {message => 'x',
	sessionId => 'sess_mine', type => 'gossip'}), 400, 'VALIDATION_ERROR',
	'of a known type', 'type';
refused $as{mia}->post("/api/tasks/$t->{id}/timeline",
	{sessionId => 'sess_mine'}), 400, 'VALIDATION_ERROR', 'with a message',
	'message';
refused $as{vic}->post("/api/tasks/$t->{id}/timeline", {message => 'x',
	sessionId => 'sess_mine'}), 403, 'FORBIDDEN', 'not by a viewer';

$r = $as{mia}->post("/api/tasks/$t->{id}/docs", {title => 'Plan',
	filePath => 'plan.md', content => "# x\n", sessionId => 'sess_mine'});
is $r->status, 201, 'a document' or diag $r->body;
my $docs = $as{vic}->get("/api/tasks/$t->{id}/docs")->json;
is_deeply [map { @$_{qw(title content kind sessionName taskId)} } @$docs],
	['Plan', "# x\n", 'markdown', 'worker', $t->{id}], 'read back';
is scalar @{$as{vic}->get("/api/projects/$p/docs?kind=markdown")->json}, 1,
	'in the project too';
is_deeply $as{vic}->get("/api/projects/$p/docs?offset=1000000000&limit=500")
	->json->{data}, [], 'in pages';
is_deeply $as{vic}->get("/api/projects/$p/docs?kind=diagram")->json, [],
	'by kind';
refused $as{vic}->get("/api/projects/$p/docs?kind=song"), 400,
	'VALIDATION_ERROR', 'of two', 'kind';
refused $as{bob}->get("/api/tasks/$t->{id}/docs"), 404, 'NOT_FOUND',
	'not for strangers';
refused $as{mia}->post("/api/tasks/$t->{id}/docs", {title => 'x',
	filePath => 'x', sessionId => 'sess_no'}), 404, 'NOT_FOUND',
	'the session must be there';
refused $as{mia}->post("/api/tasks/$t->{id}/docs", {filePath => 'x',
	sessionId => 'sess_mine'}), 400, 'VALIDATION_ERROR', 'a title too',
	'title';
is $as{mia}->post("/api/tasks/$t->{id}/docs", {title => 'Big',
	filePath => 'big.md', content => 'x' x 9_000_000,
	sessionId => 'sess_mine'})->status, 201, 'nine million characters';
refused $as{mia}->post("/api/tasks/$t->{id}/docs", {title => 'Big',
	filePath => 'big.md', content => 'x' x 10_000_001,
	sessionId => 'sess_mine'}), 400, 'VALIDATION_ERROR',
	'not more than ten', 'content';

# --- delete ---

refused $as{vic}->del("/api/tasks/$t->{id}"), 403, 'FORBIDDEN',
	'a viewer deletes nothing';
refused $as{bob}->del("/api/tasks/$t->{id}"), 404, 'NOT_FOUND',
	'a stranger finds nothing';
is_deeply $as{mia}->del("/api/tasks/$t->{id}")->json,
	{success => JSON::PP::true, id => $t->{id}}, 'a member deletes';
is_deeply $as{mia}->get("/api/tasks?projectId=$p")->json, [],
	'descendants go with it';
refused $as{mia}->del("/api/tasks/$t->{id}"), 404, 'NOT_FOUND', 'once';
is $as{mia}->del('/api/sessions/sess_mine')->status, 200, 'a session goes';

# --- at the same moment ---

my %seen;
sub answer ($r) { $r->status . ' ' . ($r->json->{id} // '') }
$seen{$_}++ for at_once(50, sub ($i) { answer($as{mia}->post('/api/tasks',
	{projectId => $p, title => "n$i"})) });
is scalar keys %seen, 50, '50 creates at once make 50 tasks';
is scalar(grep { /^201 task_/ } keys %seen), 50, 'all acknowledged';
is scalar @{$as{mia}->get("/api/tasks?projectId=$p")->json}, 50,
	'and all there';
%seen = ();
$seen{$_}++ for at_once(20, sub ($i) { answer($as{mia}->post('/api/tasks',
	{projectId => $p, title => "n$i", clientRequestId => 'one'})) });
is_deeply [values %seen], [20], 'one request sent 20 times is one task'
	or diag explain \%seen;
my $one = (split ' ', (keys %seen)[0])[1];
at_once(10, sub ($i) { answer($as{mia}->patch("/api/tasks/$one",
	{taskSessionStatuses => {"s$i" => 'working'}})) });
is scalar keys %{$as{mia}->get("/api/tasks/$one")->json
	->{taskSessionStatuses}}, 10, 'merges at once lose nothing';


my @sessions = map { $as{mia}->post('/api/sessions', {projectId => $p,
	taskIds => []})->json->{id} } 1 .. 4;
my @tasks = map { $as{mia}->post('/api/tasks', {projectId => $p})->json->{id} }
	1 .. 2;
%seen = ();
$seen{(split)[0]}++ for at_once(16, sub ($i) {
	answer($as{mia}->patch("/api/tasks/$tasks[$i % 2]", {sessionIds =>
		[$i % 4 < 2 ? @sessions : reverse @sessions]})) });
is_deeply \%seen, {200 => 16}, 'links made crosswise do not deadlock';
%seen = ();
$seen{(split)[0]}++ for at_once(16, sub ($i) {
	answer($as{mia}->post('/api/sessions', {projectId => $p, taskIds =>
		[$i % 2 ? @tasks : reverse @tasks]})) });
is_deeply \%seen, {201 => 16}, 'nor do sessions of the same tasks';

done_testing;
