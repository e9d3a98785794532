# /api/sessions: each route, each role, each rule of maestro-api.md 7.5-7.11
# that is about one session.
use v5.36;
use lib 't/lib';
use Test::More;
use Maestro::Api;
use Maestro::Test;

my @names = qw(ann mia vic bob);
my $m = Maestro::Test->new(users => \@names);
my %as = map { $_ => $m->as($_) } @names;
my ($true, $false) = (JSON::PP::true, JSON::PP::false);

my $p = new_project($as{ann}, 'A');
my $q = new_project($as{bob}, 'B');
add_members($as{ann}, $p, mia => 'member', vic => 'viewer');

sub task ($title = 'x') {
	return $as{mia}->post('/api/tasks', {projectId => $p,
		title => $title})->json->{id};
}

my $n = 0;
sub session (%more) {
	return $as{mia}->post('/api/sessions', {projectId => $p,
		taskIds => [], id => 'sess_' . ++$n, %more})->json->{id};
}

sub change ($id, %what) { $as{mia}->patch("/api/sessions/$id", {%what}) }

sub part ($task, $session) {
	$as{mia}->get("/api/tasks/$task")->json->{taskSessionStatuses}{$session};
}

sub report ($task, $session, $word) {
	$as{mia}->patch("/api/tasks/$task", {updateSource => 'session',
		sessionId => $session, sessionStatus => $word});
}

# --- 7.5 and 6.5: register ---

my ($t1, $t2) = map { task($_) } qw(one two);
my $s = session(taskIds => [$t1, $t2], status => 'working',
	metadata => {mode => 'worker'});
is $s, 'sess_1', 'register: the CLI chooses the id';
my $j = $as{mia}->get("/api/sessions/$s")->json;
is_deeply [map { [$_->{type}, $_->{taskId}] } @{$j->{timeline}}],
	[['session_started', undef], ['task_started', $t1],
	['task_started', $t2]], '7.5: the timeline begins';
is_deeply $as{mia}->get("/api/tasks/$t1")->json->{sessionIds}, [$s],
	'7.5: linked both ways';
refused $as{bob}->post('/api/sessions', {projectId => $q, taskIds => [],
	id => $s}), 409, 'ALREADY_EXISTS', 'an id of another project is taken';

# --- 7.12: where it comes from ---

$as{bob}->post('/api/sessions', {projectId => $q, taskIds => [],
	id => 'sess_bob'});
for my $field (qw(parentSessionId rootSessionId)) {
	session(id => "sess_of_$field", $field => $s);
	is $as{mia}->get("/api/sessions/sess_of_$field")->json->{$field}, $s,
		"$field is kept";
	for my $no ('sess_no', 'sess_bob') {
		refused $as{mia}->post('/api/sessions', {projectId => $p,
			taskIds => [], $field => $no}), 404,
			'parent_session_not_found',
			"$field is a session of the project", $field;
	}
}
is $as{mia}->get('/api/sessions/sess_of_parentSessionId')->json
	->{rootSessionId}, $s, '7.12: without a root the child has its parent\'s';
session(id => 'sess_own', rootSessionId => 'sess_own');
is $as{mia}->get('/api/sessions/sess_own')->json->{rootSessionId}, 'sess_own',
	'7.12: a session may be its own root';
$as{mia}->del("/api/sessions/$_")
	for qw(sess_of_parentSessionId sess_of_rootSessionId sess_own);
$as{bob}->del('/api/sessions/sess_bob');

# --- 7.7: who plays ---

my $tm = $as{mia}->post('/api/team-members', {projectId => $p, name => 'Eve',
	role => 'Tester', avatar => 'E', model => 'm1', agentTool => 'tool',
	permissionMode => 'readOnly'})->json->{id};
my %eve = (name => 'Eve', role => 'Tester', avatar => 'E', model => 'm1',
	agentTool => 'tool', permissionMode => 'readOnly');
session(id => 'sess_eve', metadata => {teamMemberId => $tm});
my $eve = $as{mia}->get('/api/sessions/sess_eve')->json;
is_deeply [@$eve{qw(teamMemberId teamMemberSnapshot teamMemberSnapshots)}],
	[$tm, \%eve, [\%eve]], '7.7: one member: a snapshot of both forms';
session(id => 'sess_both', metadata => {teamMemberIds => [$tm, 'tm_no',
	"tm_${p}_coordinator"]});
my $both = $as{mia}->get('/api/sessions/sess_both')->json;
is_deeply [map { $_->{name} } @{$both->{teamMemberSnapshots}}],
	['Eve', 'Coordinator'], '7.7: several, a default among them';
ok !exists $both->{teamMemberSnapshot}, '7.7: then there is no singular';
$as{mia}->del("/api/sessions/$_") for qw(sess_eve sess_both);
$n = 1;

# --- 7.6: PATCH ---

my $r = change($s, status => 'idle', agentId => 'agent-1');
is $r->status, 200, 'a change' or diag $r->body;
is_deeply [@{$r->json}{qw(status agentId completedAt)}],
	['idle', 'agent-1', undef], 'of what was named';
cmp_ok $r->json->{lastActivity}, '>=', $j->{lastActivity},
	'7.6: any write is activity';
is change($s, status => $_)->json->{status}, $_, "7.6: to $_ from anything"
	for qw(failed spawning stopped idle working);
$r = change($s, completedAt => 5, claudeSessionId => 'x', name => 'no',
	unknown => 1);
is_deeply [$r->status, @{$r->json}{qw(claudeSessionId)}, $r->json->{name}],
	[200, undef, $j->{name}], 'what cannot be changed is ignored';

report($t1, $s, 'working');
report($t2, $s, 'skipped');
my $done = change($s, status => 'completed', completedAt => 5)->json;
cmp_ok $done->{completedAt}, '>', 1_600_000_000_000,
	'7.6: a terminal status stamps completedAt, with our clock';
is part($t1, $s), 'completed', '7.6: open parts of its tasks are completed';
is part($t2, $s), 'skipped', '7.6: closed ones stay';
is $as{mia}->get("/api/tasks/$t1")->json->{status}, 'todo',
	'7.6: the status of the task is untouched';
$r = change($s, status => 'stopped')->json;
is $r->{status}, 'completed', '7.6: stopped does not overwrite completed';
is $r->{lastActivity}, $done->{lastActivity},
	'7.6: and nothing else happened';
$r = change($s, status => 'stopped', agentId => 'agent-2')->json;
is_deeply [@$r{qw(status agentId)}], ['completed', 'agent-2'],
	'7.6: the rest of such a change is done';
cmp_ok change($s, status => 'failed')->json->{completedAt}, '>',
	$done->{completedAt}, '7.6: completedAt is stamped each time';
for my $end (qw(failed stopped)) {
	my $id = session(taskIds => [$t1]);
	report($t1, $id, 'blocked');
	change($id, status => $end);
	is part($t1, $id), 'failed', "7.6: open parts fail with $end";
}
my $other = session(taskIds => [$t1]);
change($other, status => 'completed');
is part($t1, $other), undef, '7.6: no part is invented';

# needsInput
$s = session();
$r = change($s, needsInput => {active => $true, message => 'Which?',
	since => 1700000000000}, timeline => [{id => 'evt-1', timestamp => 1,
	type => 'needs_input', message => 'Which?'}]);
is_deeply $r->json->{needsInput}, {active => $true, message => 'Which?',
	since => 1700000000000}, 'needs-input as the CLI sends it';
is_deeply change($s, status => 'working')->json->{needsInput}{active}, $true,
	'7.6: needsInput is independent of status';
$as{mia}->post("/api/sessions/$s/timeline", {message => 'still here'});
ok $as{vic}->get("/api/sessions/$s")->json->{needsInput}{active},
	'7.6: no entry clears it';
is_deeply change($s, status => 'working', needsInput => {active => $false})
	->json->{needsInput}, {active => $false}, '7.6: active:false does';
refused change($s, needsInput => {}), 400, 'VALIDATION_ERROR',
	'needsInput says active', 'needsInput.active';
refused change($s, needsInput => {active => $true, message => 'x' x 1001}),
	400, 'VALIDATION_ERROR', 'and little more', 'needsInput.message';

# appending
$r = change($s, events => [{id => 'e-1', type => 'x', timestamp => 1,
	data => {a => [1]}}, {type => 'y'}],
	timeline => [{id => 'evt-2', type => 'milestone', message => 'm',
	taskId => $t1, metadata => {k => 'v'}}]);
is_deeply [map { $_->{type} } @{$r->json->{events}}], ['x', 'y'],
	'events are appended';
is_deeply $r->json->{events}[0]{data}, {a => [1]}, 'with what they hold';
is_deeply [@{$r->json->{timeline}[-1]}{qw(id type taskId metadata)}],
	['evt-2', 'milestone', $t1, {k => 'v'}], 'so are entries';
cmp_ok $r->json->{events}[0]{timestamp}, '>', 1_600_000_000_000,
	'the time is ours';
my $size = @{$r->json->{timeline}};
$r = change($s, events => [{id => 'e-1', type => 'x'}],
	timeline => [{id => 'evt-2', type => 'milestone'}]);
is_deeply [scalar @{$r->json->{events}}, scalar @{$r->json->{timeline}}],
	[2, $size], 'a repeated request appends nothing';
refused change($s, timeline => [{type => 'progress'}, {type => 'gossip'}]),
	400, 'VALIDATION_ERROR', 'types are known', 'timeline.1';
refused change($s, @$_[0, 1]), 400, 'VALIDATION_ERROR', $_->[3], $_->[2]
	for [events => 'x', 'events', 'a list'],
	[events => [1], 'events.0', 'of objects'],
	[events => [{}], 'events.0', 'with a type'],
	[events => [{type => 'x' x 101}], 'events.0', 'of some length'],
	[events => [{type => 'x', id => '../x'}], 'events.0', 'and sane ids'],
	[timeline => [{message => ''}], 'timeline.0', 'messages say something'],
	[timeline => [{metadata => 'x'}], 'timeline.0', 'metadata is an object'],
	[events => [map { {type => 'x'} } 1 .. 1001], 'events', 'not too many'],
	[status => 'asleep', 'status', 'of the six states'],
	[archivedAt => 'x', 'archivedAt', 'stamps are numbers'],
	[archivedAt => 1e300, 'archivedAt', 'of some time'],
	[taskIds => 'x', 'taskIds', 'taskIds are a list'];

# stamps: 7.8
is change($s, archivedAt => 1700000000000, humanCompletedAt => 5)
	->json->{archivedAt}, 1700000000000, '7.8: archivedAt is a stamp';
$r = change($s, archivedAt => undef)->json;
is_deeply [@$r{qw(archivedAt humanCompletedAt)}], [undef, 5],
	'7.8: null takes it back, alone';

# links
$r = change($s, taskIds => [$t2, $t1]);
is_deeply [sort @{$r->json->{taskIds}}], [sort $t1, $t2], 'taskIds links';
is_deeply change($s, taskIds => [$t2])->json->{taskIds}, [$t2],
	'and unlinks';
ok !grep({ $_ eq $s } @{$as{mia}->get("/api/tasks/$t1")->json->{sessionIds}}),
	'both ways';
refused change($s, taskIds => ['task_no']), 404, 'NOT_FOUND',
	'tasks must be there';

# env
my $e = session(env => {HOME => '/h', ANTHROPIC_API_KEY => 'k',
	GITHUB_TOKEN => 'k', my_secret => 'k', PGPASSWORD => 'k',
	AWS_ACCESS_KEY_ID => 'k', OPENAI_KEY => 'k', SESSION_COOKIE => 'k',
	DATABASE_URL => 'postgres://u:pw@h/d',
	MAESTRO_SERVER_URL => 'https://h/k/mst_abcdef0123/',
	X => 'sk-ant-1234', Y => 'ghp_abc', LANG => 'C'});
is_deeply $as{mia}->get("/api/sessions/$e")->json->{env},
	{HOME => '/h', LANG => 'C'}, 'secrets in env are dropped';
is_deeply change($e, env => {LANG => 'de', MY_TOKEN => 'x', B => '1'})
	->json->{env}, {HOME => '/h', LANG => 'de', B => '1'},
	'env is merged, secrets dropped';
is $m->psql("select count(*) from public.session_env
	where env::text ~ 'ghp_|sk-ant|postgres:|mst_'"), 0, 'none is stored';
is_deeply $as{ann}->get("/api/sessions/$e")->json->{env}, {},
	'env is not told to other members';
refused $as{ann}->patch("/api/sessions/$e", {env => {A => 'b'}}), 403,
	'FORBIDDEN', 'nor changed by them', 'env';
refused change($e, env => {A => 5}), 400, 'VALIDATION_ERROR',
	'variables are texts', 'env.A';
refused change($e, env => {A => 'x' x 5001}), 400, 'VALIDATION_ERROR',
	'of 5000 at most', 'env.A';
refused $as{mia}->post('/api/sessions', {projectId => $p, taskIds => [],
	env => {A => []}}), 400, 'VALIDATION_ERROR', 'at creation too', 'env.A';

# --- 7.8: events, timeline, docs, links ---

$r = $as{mia}->post("/api/sessions/$e/events", {type => 'file_modified',
	data => {file => 'a.c', timestamp => 1}});
is $r->status, 200, 'an event' or diag $r->body;
is_deeply $r->json->{events}[-1]{data}, {file => 'a.c', timestamp => 1},
	'the session comes back with it';
refused $as{mia}->post("/api/sessions/$e/events", {type => ''}), 400,
	'VALIDATION_ERROR', 'an event has a type', 'type';

$r = $as{mia}->post("/api/sessions/$e/timeline", {message => 'hello'});
is_deeply [$r->status, @{$r->json->{timeline}[-1]}{qw(type message)}],
	[200, 'progress', 'hello'], 'an entry is progress by default';
like $r->json->{timeline}[-1]{id}, qr/^evt_/, '7.8: its id is ours';
$r = $as{mia}->post("/api/sessions/$e/timeline", {message => 'status',
	type => 'task_status_changed', taskId => $t1});
is $r->status, 200, '6.5: task_status_changed is stored';
$r = $as{mia}->post("/api/sessions/$e/timeline", {message => 'Help',
	type => 'needs_input'})->json;
is_deeply [@{$r->{needsInput}}{qw(active message)}], [$true, 'Help'],
	'7.8: an entry needs_input sets needsInput';
is $r->{needsInput}{since}, $r->{timeline}[-1]{timestamp}, '7.8: since then';
refused $as{mia}->post("/api/sessions/$e/timeline", {type => 'progress'}),
	400, 'VALIDATION_ERROR', 'an entry says something', 'message';

$r = $as{mia}->post("/api/sessions/$e/docs", {title => 'Plan',
	filePath => 'a/plan.md', content => "# \x{1F600}\n", taskId => $t1,
	kind => 'poem'});
is $r->status, 200, 'a document' or diag $r->body;
my $doc = $r->json->{docs}[0];
ok !exists $doc->{content}, 'its text is not in the session';
is_deeply [@{$r->json->{timeline}[-1]}{qw(type metadata)}], ['doc_added',
	{docId => $doc->{id}, filePath => 'a/plan.md', title => 'Plan'}],
	'7.8: an entry tells of it';
my $docs = $as{vic}->get("/api/sessions/$e/docs")->json;
is_deeply [map { @$_{qw(content kind addedBy taskId)} } @$docs],
	["# \x{1F600}\n", 'markdown', $e, $t1], 'its text is in docs';
is_deeply $as{mia}->put("/api/sessions/$e/docs/$doc->{id}/content",
	{content => ''})->json, {success => $true}, 'its text changes';
is $as{vic}->get("/api/sessions/$e/docs")->json->[0]{content}, '', 'to none';
refused $as{mia}->put("/api/sessions/$s/docs/$doc->{id}/content",
	{content => 'x'}), 404, 'NOT_FOUND', 'not through another session';
refused $as{mia}->put("/api/sessions/$e/docs/$doc->{id}/content", {}), 400,
	'VALIDATION_ERROR', 'content is needed', 'content';
refused $as{mia}->put("/api/sessions/$e/docs/$doc->{id}/content",
	{content => 'x' x 10_000_001}), 400, 'VALIDATION_ERROR',
	'ten million at most', 'content';

my $before = @{$as{mia}->get("/api/sessions/$e")->json->{timeline}};
$r = $as{mia}->post("/api/sessions/$e/tasks/$t2");
is_deeply [$r->status, $r->json->{taskIds}, @{$r->json->{timeline}[-1]}
	{qw(type taskId)}], [200, [$t2], 'task_started', $t2],
	'7.8: linking appends task_started';
$as{mia}->post("/api/sessions/$e/tasks/$t2");
$r = $as{mia}->del("/api/sessions/$e/tasks/$t2");
is_deeply [$r->status, $r->json->{taskIds}, @{$r->json->{timeline}[-1]}
	{qw(type taskId)}], [200, [], 'task_completed', $t2],
	'7.8: unlinking appends task_completed';
is scalar @{$as{mia}->del("/api/sessions/$e/tasks/$t2")->json->{timeline}},
	$before + 2, '7.8: both once';
refused $as{mia}->post("/api/sessions/$e/tasks/task_no"), 404, 'NOT_FOUND',
	'only tasks that are there';

# --- 7.11: mode ---

is_deeply $as{vic}->get("/api/sessions/$e/mode")->json, {id => $e,
	mode => 'worker', relation => 'standalone', role => 'worker'},
	'7.11: worker by default';
my $self = $m->as('mia')->with(headers => {'X-Session-Id' => $e});
is_deeply $self->post("/api/sessions/$e/mode", {role => 'coordinator'})->json,
	{id => $e, mode => 'coordinator', previousMode => 'worker',
	changed => $true}, '7.11: a session flips its role';
is_deeply $self->post("/api/sessions/$e/mode", {role => 'coordinator'})
	->json->{changed}, $false, '7.11: once';
refused $as{mia}->post("/api/sessions/$e/mode", {role => 'worker'}), 403,
	'mode_self_only', '7.11: nobody else does';
refused $self->post("/api/sessions/$s/mode", {role => 'worker'}), 403,
	'mode_self_only', '7.11: nor of another';
refused $self->post("/api/sessions/$e/mode", {role => 'king'}), 400,
	'invalid_mode', '7.11: of two roles', 'role';
for (['coordinated-worker', 'coordinator', 'coordinated-coordinator'],
	['execute', 'coordinator', 'coordinator'],
	['coordinate', 'worker', 'worker'])
{
	my $id = session(metadata => {mode => $_->[0], kept => 1});
	is $m->as('mia')->with(headers => {'X-Session-Id' => $id})
		->post("/api/sessions/$id/mode", {role => $_->[1]})
		->json->{mode}, $_->[2], "7.11: $_->[0] keeps its relation";
	is $as{mia}->get("/api/sessions/$id")->json->{metadata}{kept}, 1,
		'and its metadata';
}

# --- the list ---

my $kid = session(parentSessionId => $e, rootSessionId => $e,
	teamSessionId => $e, taskIds => [$t2], status => 'spawning');
for ("parentSessionId=$e", "teamSessionId=$e", "taskId=$t2&active=true",
	'status=spawning, spawning', "rootSessionId=$e&parentSessionId=$e")
{
	my %seen = map { $_->{id} => 1 }
		@{$as{vic}->get('/api/sessions?' . s/ /%20/r)->json};
	ok $seen{$kid}, "found by $_";
	ok !$seen{$e}, 'alone' if !/taskId/;
}
is_deeply [map { $_->{id} } @{$as{vic}->get("/api/sessions?projectId=$p"
	. '&limit=2&offset=1')->json->{data}}], ['sess_2', 'sess_3'],
	'in pages, oldest first';
is_deeply $as{bob}->get("/api/sessions?$_")->json, [],
	'a stranger finds none' for "projectId=$p", "taskId=$t2",
	"parentSessionId=$e", "rootSessionId=$e", '';
refused $as{vic}->get('/api/sessions?active=maybe'), 400, 'VALIDATION_ERROR',
	'a filter is checked', 'active';

# --- who may ---

my @changes = (['patch', '', {status => 'idle'}],
	['post', '/events', {type => 'x'}],
	['post', '/timeline', {message => 'x'}],
	['post', '/docs', {title => 'x', filePath => 'x'}],
	['put', "/docs/$doc->{id}/content", {content => 'x'}],
	['post', "/tasks/$t1", {}], ['del', "/tasks/$t1"],
	['post', '/mode', {role => 'worker'}], ['del', '']);
for (@changes) {
	my ($verb, $path, @body) = @$_;
	refused $as{vic}->$verb("/api/sessions/$e$path", @body), 403,
		'FORBIDDEN', "a viewer may not $verb $path";
	refused $as{bob}->$verb("/api/sessions/$e$path", @body), 404,
		'NOT_FOUND', "a stranger finds nothing to $verb $path";
	refused $as{mia}->$verb("/api/sessions/sess_no$path", @body), 404,
		'NOT_FOUND', "nothing there to $verb $path";
	is $m->http->$verb("/api/sessions/$e$path", @body)->status, 401,
		"nobody may $verb $path";
}
refused $as{bob}->get("/api/sessions/$e$_"), 404, 'NOT_FOUND',
	"a stranger finds nothing at $_" for '', '/docs', '/mode';

# --- one round trip each ---

sub trips () {
	return $m->http->get('/metrics')->body
		=~ /^\w*db_round_trips_total (\d+)/m ? $1 : die 'no counter';
}
for my $ask (["a list of tasks", 'get', "/api/tasks?projectId=$p"],
	['the board', 'get', "/api/projects/$p/board"],
	['a list of sessions', 'get', "/api/sessions?projectId=$p"],
	['the same in full', 'get', "/api/sessions?projectId=$p&fields=full"],
	['a session', 'get', "/api/sessions/$e"],
	['its page', 'get', "/app/sessions/$e"],
	['an append', 'post', "/api/sessions/$e/timeline", {message => 'x'}],
	['an inbox', 'get', "/api/mail/inbox/$e"],
	['huddles', 'get', '/api/huddles'])
{
	my ($what, $verb, $path, @body) = @$ask;
	my $before = trips();
	is $as{mia}->$verb($path, @body)->status, 200, $what;
	is trips() - $before, 1, "$what: one round trip";
}

# --- delete: 7.8 ---

is_deeply $as{mia}->del("/api/sessions/$kid")->json, {success => $true,
	id => $kid}, 'a session goes';
ok !grep({ $_ eq $kid } @{$as{mia}->get("/api/tasks/$t2")->json->{sessionIds}}),
	'7.8: its tasks are unlinked';
refused $as{mia}->get("/api/sessions/$kid"), 404, 'NOT_FOUND', 'for good';

done_testing;
