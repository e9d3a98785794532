# POST /api/sessions/spawn: who may, whose child it is, what its agent is
# started with (maestro-api.md 2.16, 7.11, 7.12).
use v5.36;
use lib 't/lib';
use JSON::PP ();
use Test::More;
use Maestro::Api;
use Maestro::Test;

my @names = qw(ann mia vic bob);
my $m = Maestro::Test->new(users => \@names);
my %as = map { $_ => $m->as($_) } @names;
my ($true, $false) = (JSON::PP::true, JSON::PP::false);

my ($p, $p2) = map { new_project($as{ann}, $_, workingDir => '/work') }
	qw(A B);
my $q = new_project($as{bob}, 'Q');
add_members($as{ann}, $p, mia => 'member', vic => 'viewer');
sub task (%more) {
	return $as{mia}->post('/api/tasks', {projectId => $p, title => 't',
		%more})->json->{id};
}
sub member (%more) {
	return $as{mia}->post('/api/team-members', {projectId => $p,
		name => 'N', role => 'R', avatar => 'A', %more})->json->{id};
}
sub register ($who, $project, $id, %metadata) {
	return $as{$who}->post('/api/sessions', {projectId => $project,
		taskIds => [], id => $id, status => 'working',
		metadata => \%metadata})->json->{id};
}
sub spawn_as ($client, %body) {
	return $client->post('/api/sessions/spawn', {%body});
}
sub spawn (%body) { spawn_as($as{mia}, projectId => $p, %body) }
sub made (%body) {
	my $r = spawn(%body);
	diag $r->body if $r->status != 201;
	return $r->json->{session};
}
my ($t1, $t2) = map { task() } 1, 2;

# --- from the UI ---

my $r = spawn(taskIds => [$t1, $t2, $t1], sessionName => 'Go',
	skills => ['find'], context => {why => undef}, useWorktree => $true,
	cols => 80, rows => 24, strategy => 'simple', odd => 1);
is $r->status, 201, 'spawned' or diag $r->body;
my $j = $r->json;
my $s = $j->{session};
is_deeply [@$j{qw(success sessionId manifestPath)}], [$true, $s->{id}, undef],
	'the answer: there is no manifest here';
ok $j->{message}, 'with a sentence';
is_deeply [@$s{qw(projectId name status taskIds parentSessionId rootSessionId
	teamSessionId teamId isMasterSession)}], [$p, 'Go', 'spawning',
	[$t1, $t2], undef, $s->{id}, undef, undef, $false],
	'a session of its own, each task once' or diag $r->body;
is_deeply [map { [@$_{qw(type taskId)}] } @{$s->{timeline}}],
	[['session_started', undef], ['task_started', $t1],
	['task_started', $t2]], '7.5: its timeline begins';
is_deeply $as{mia}->get("/api/tasks/$t1")->json->{sessionIds}, [$s->{id}],
	'7.5: linked both ways';
is_deeply $s->{metadata}, {mode => 'worker', skills => ['find'],
	spawnSource => 'ui', agentTool => 'claude-code', useWorktree => $true,
	context => {why => undef}}, 'what was asked is kept'
	or diag explain $s->{metadata};
like $s->{claudeSessionId}, qr/^[0-9a-f-]{36}$/, 'its agent can be resumed';
is_deeply $s->{env}, {MAESTRO_SESSION_ID => $s->{id},
	MAESTRO_CLAUDE_SESSION_ID => $s->{claudeSessionId},
	MAESTRO_PROJECT_ID => $p, MAESTRO_TASK_IDS => "$t1,$t2",
	MAESTRO_MODE => 'worker', MAESTRO_COORDINATOR_SESSION_ID => '',
	MAESTRO_ROOT_SESSION_ID => $s->{id}},
	'the agent learns who it is, and no secret';
is_deeply $as{vic}->get("/api/sessions/$s->{id}")->json->{env}, {},
	'which only who spawned it sees';
is made(taskIds => [$t1])->{name}, "Execute for $t1", 'a name of its own';
is made(taskIds => [$t1], mode => 'coordinator')->{name},
	"Coordinate for $t1", 'for a coordinator too';
is made(taskIds => [$t1], mode => 'execute')->{metadata}{mode}, 'worker',
	'7.11: the old word execute';
is made(taskIds => [$t1], mode => 'coordinated-coordinator')
	->{metadata}{mode}, 'coordinator',
	'7.11: coordinated is who has a parent';

# --- who may ---

refused spawn_as($as{vic}, projectId => $p, taskIds => [$t1]), 403,
	'FORBIDDEN', 'a viewer spawns nothing';
refused spawn_as($as{bob}, projectId => $p, taskIds => [$t1]), 404,
	'project_not_found', 'a stranger finds no project';
refused spawn_as($as{mia}, taskIds => [$t1]), 400, 'VALIDATION_ERROR',
	'a project is needed', 'projectId';
refused spawn(), 400, 'invalid_task_ids', 'tasks are needed', 'taskIds';
refused spawn(taskIds => []), 400, 'invalid_task_ids', 'at least one';
refused spawn(taskIds => 'x'), 400, 'VALIDATION_ERROR', 'in a list', 'taskIds';
$r = spawn(taskIds => [$t1, 'task_no']);
refused $r, 404, 'task_not_found', 'each task is there';
is_deeply $r->json->{details}, {taskId => 'task_no'}, 'details name it';
refused spawn(taskIds => [$as{bob}->post('/api/tasks', {projectId => $q})
	->json->{id}]), 404, 'task_not_found', 'in the project';
refused spawn(taskIds => [$t1], spawnSource => 'cli'), 400,
	'invalid_spawn_source', 'a source there is';
refused spawn(taskIds => [$t1], mode => 'boss'), 400, 'invalid_mode',
	'a mode there is';
refused spawn(taskIds => [$t1], $_->[0] => $_->[1]), 400, 'VALIDATION_ERROR',
	"$_->[0] is checked", $_->[2] // $_->[0]
	for ['permissionMode', 'root'], ['delegatePermissionMode', 'x'],
	['reasoningEffort', 'x'], ['cols', 0], ['rows', 1001],
	['context', []], ['useWorktree', 'yes'], ['sessionName', ''],
	['launchConfig', {provider => 'x', model => 'm'},
		'launchConfig.provider'],
	['launchConfig', {provider => 'claude'}, 'launchConfig.model'],
	['memberOverrides', {tm_1 => 'x'}, 'memberOverrides.tm_1'],
	['initialDirective', {message => 'x'}, 'initialDirective.subject'],
	['initialDirective', {subject => 5}, 'initialDirective.subject'],
	['initialDirective', {subject => 's', message => {}},
		'initialDirective.message'];
refused spawn(taskIds => [$t1], teamMemberId => 'tm_no'), 404, 'NOT_FOUND',
	'the member is there';
refused spawn(taskIds => [$t1], teamId => 'team_no'), 404, 'NOT_FOUND',
	'so is the team';

# --- by a session: the gate ---

register('mia', $p, 'sess_work', mode => 'worker');
register('mia', $p, 'sess_boss', mode => 'coordinator');
register('ann', $p2, 'sess_else', mode => 'coordinator');
register('bob', $q, 'sess_bob', mode => 'coordinator');
sub from ($header, %body) {
	my $c = defined $header ? $as{mia}->with(headers =>
		{'X-Session-Id' => $header}) : $as{mia};
	return spawn_as($c, spawnSource => 'session', taskIds => [$t1], %body);
}
my %boss = (projectId => $p, sessionId => 'sess_boss');
refused from(undef, %boss), 400, 'sender_session_required',
	'a session says who it is';
refused from($_, %boss), 400, 'sender_session_not_found',
	"$_ says nothing" for 'sess_no', 'sess_bob', 'sess_else', 'a b';
refused from('sess_work', %boss), 403, 'spawn_requires_coordinator',
	'a worker spawns nothing';
refused from('sess_boss', projectId => $p), 400, 'missing_session_id',
	'the parent is named', 'sessionId';
refused from('sess_boss', projectId => $p, sessionId => $_), 404,
	'parent_session_not_found', "$_ is no parent", 'sessionId'
	for 'sess_no', 'sess_bob', 'sess_else';

# --- lineage ---

$r = from('sess_boss', sessionId => 'sess_boss');
is $r->status, 201, 'without projectId: the project of who asks'
	or diag $r->body;
my $kid = $r->json->{session};
is_deeply [@$kid{qw(projectId parentSessionId rootSessionId teamSessionId)}],
	[$p, ('sess_boss') x 3], '7.12: parent, root and team';
is_deeply [@{$kid->{metadata}}{qw(mode spawnedBy spawnSource)}],
	['coordinated-worker', 'sess_boss', 'session'],
	'7.11: who has a parent is coordinated';
is $kid->{env}{MAESTRO_COORDINATOR_SESSION_ID}, 'sess_boss',
	'the agent knows its coordinator';
is $as{mia}->get('/api/sessions/sess_boss')->json->{teamSessionId},
	'sess_boss', '7.12: a coordinator leads the team of its first child';
my $sub = from('sess_boss', %boss, mode => 'coordinator')->json->{session};
is $sub->{metadata}{mode}, 'coordinated-coordinator',
	'a coordinator below another';
my $deep = from($sub->{id}, projectId => $p, sessionId => $sub->{id})
	->json->{session};
is_deeply [@$deep{qw(parentSessionId rootSessionId teamSessionId)}],
	[$sub->{id}, 'sess_boss', $sub->{id}],
	'7.12: the root stays, the team is the nearest coordinator\'s';
is made(taskIds => [$t1], sessionId => 'sess_boss')->{parentSessionId},
	'sess_boss', 'the UI may name a parent too';

my $team = $as{mia}->post('/api/teams', {projectId => $p, name => 'T',
	leaderId => "tm_${p}_coordinator"})->json->{id};
is made(taskIds => [$t1], teamId => $team)->{teamId}, $team,
	'7.12: the team of the request';
my $teamed = made(taskIds => [$t1], teamId => $team, mode => 'coordinator');
my $of_team = task(teamId => $team);
is made(taskIds => [$t1], sessionId => $teamed->{id})->{teamId}, $team,
	'7.12: else the parent\'s';
is made(taskIds => [$t1, $of_team])->{teamId}, $team, '7.12: else a task\'s';
is made(taskIds => [$of_team], sessionId => $teamed->{id}, teamId => undef)
	->{teamId}, undef, '7.12: null is none';

# --- permission mode ---

my $read = member(permissionMode => 'readOnly');
sub permission (%body) {
	return made(taskIds => [$t1], teamMemberId => $read, %body)
		->{metadata}{permissionMode};
}
register('mia', $p, 'sess_del', mode => 'coordinator',
	delegatePermissionMode => 'acceptEdits',
	permissionMode => 'bypassPermissions');
register('mia', $p, 'sess_by', mode => 'coordinator',
	permissionMode => 'bypassPermissions');
register('mia', $p, 'sess_int', mode => 'coordinator',
	permissionMode => 'interactive');
is permission(sessionId => 'sess_del', permissionMode => 'interactive'),
	'interactive', '7.12: the permission mode of the request';
is permission(sessionId => 'sess_del'), 'acceptEdits',
	'7.12: else what the parent delegates';
is permission(sessionId => 'sess_by'), 'bypassPermissions',
	'7.12: else the bypass of the parent';
is permission(sessionId => 'sess_int'), 'readOnly',
	'7.12: else the member\'s';
is made(taskIds => [$t1])->{metadata}{permissionMode}, undef, 'else none';
is made(taskIds => [$t1], delegatePermissionMode => 'readOnly')
	->{metadata}{delegatePermissionMode}, 'readOnly',
	'what it delegates is kept';

# --- who plays, and with what ---

my $profile = $as{mia}->post('/api/model-profiles', {name => 'P',
	launchConfig => {provider => 'openai', model => 'gpt-5.5',
	accessMode => 'plan', speed => 'fast'}})->json->{id};
my $plain = member(name => 'Plain', model => 'sonnet',
	agentTool => 'claude-code', permissionMode => 'interactive');
my $bound = member(name => 'Bound', model => 'haiku',
	modelProfileId => $profile, permissionMode => 'acceptEdits');
my $strong = member(name => 'Strong', model => 'opus',
	permissionMode => 'bypassPermissions');
my $gone = member(name => 'Gone');
$as{mia}->post("/api/team-members/$gone/archive", {projectId => $p});
sub with ($session) {
	return [@{$session->{metadata}}{qw(launchConfig model agentTool
		permissionMode)}];
}
my $one = made(taskIds => [$t1], teamMemberId => $plain);
is_deeply with($one), [{provider => 'claude', model => 'sonnet'}, 'sonnet',
	'claude-code', 'interactive'], '7.12: the member\'s own fields';
is_deeply [@$one{qw(teamMemberId teamMemberIds)}], [$plain, [$plain]],
	'who plays';
my %shot = (name => 'Plain', avatar => 'A', role => 'R', model => 'sonnet',
	agentTool => 'claude-code', permissionMode => 'interactive');
is_deeply [@$one{qw(teamMemberSnapshot teamMemberSnapshots)}],
	[\%shot, [\%shot]], 'with a snapshot';
is_deeply with(made(taskIds => [$t1], teamMemberId => $bound)),
	[{provider => 'openai', model => 'gpt-5.5', accessMode => 'plan',
	speed => 'fast'}, 'gpt-5.5', 'codex', 'readOnly'],
	'7.12: its model profile before its own fields';
my %over = ($bound => {launchConfig => {provider => 'gemini',
	model => 'gemini-3', accessMode => 'fullAccess'}});
$r = made(taskIds => [$t1], teamMemberId => $bound, memberOverrides => \%over);
is_deeply with($r), [$over{$bound}{launchConfig}, 'gemini-3', 'gemini',
	'bypassPermissions'], '7.12: an override before its profile';
is_deeply [$r->{metadata}{memberOverrides}, $r->{teamMemberSnapshot}{model}],
	[\%over, 'gemini-3'], 'kept, and seen in the snapshot';
is made(taskIds => [task(memberOverrides => \%over)],
	teamMemberId => $bound)->{metadata}{model}, 'gemini-3',
	'the task\'s overrides when the request has none';
is made(taskIds => [$t1], teamMemberId => $bound, memberOverrides =>
	{$bound => {model => 'haiku', reasoningEffort => 'low'}})
	->{metadata}{launchConfig}{reasoningEffort}, 'low',
	'an override of the older form';
my %mine = (provider => 'claude', model => 'opus', accessMode => 'safe');
is_deeply with(made(taskIds => [$t1], teamMemberId => $bound,
	launchConfig => {%mine, odd => 1}, agentTool => 'x')),
	[\%mine, 'opus', 'claude-code', 'interactive'],
	'the request\'s own configuration before all';
is_deeply with(made(taskIds => [$t1], teamMemberId => $plain,
	model => 'gpt-5.4', reasoningEffort => 'high')),
	[{provider => 'openai', model => 'gpt-5.4', reasoningEffort => 'high'},
	'gpt-5.4', 'codex', 'interactive'], 'or its model';

$r = made(taskIds => [$t1], teamMemberIds => [$plain, $bound, $strong]);
is_deeply with($r), [{provider => 'claude', model => 'opus'}, 'opus',
	'claude-code', 'bypassPermissions'],
	'7.12: of several the strongest model, with its tool and permission mode';
is_deeply [map { $_->{name} } @{$r->{teamMemberSnapshots}}],
	[qw(Plain Bound Strong)], 'each has a snapshot';
ok !exists $r->{teamMemberSnapshot}, 'none is the only one';
refused spawn(taskIds => [$t1], teamMemberIds => [$plain, $gone]), 404,
	'NOT_FOUND', 'who is archived does not play';
is_deeply made(taskIds => [task(teamMemberIds => [$gone, $strong, 'tm_no']),
	task(teamMemberId => $plain)])->{teamMemberIds}, [$strong, $plain],
	'unasked the members of the tasks, those there are';
$r = made(taskIds => [$t1], mode => 'coordinator',
	teamMemberIds => [$strong, $plain], delegateTeamMemberIds => [$bound]);
is_deeply [$r->{teamMemberIds}, $r->{metadata}{delegateTeamMemberIds}],
	[[$strong], [$bound, $plain]], 'a coordinator is one, the others help';
is made(taskIds => [$t1], mode => 'coordinator')->{teamMemberId},
	"tm_${p}_coordinator", 'unnamed it is the project\'s coordinator';
is made(taskIds => [$t1], teamMemberId => "tm_${p}_coordinator")
	->{metadata}{mode}, 'coordinator', 'without a mode: the member\'s';

# --- the first directive ---

$r = from('sess_boss', %boss, initialDirective => {subject => 'Begin',
	message => 'with the tests'})->json->{session};
my $mail = $as{mia}->get("/api/mail/inbox/$r->{id}")->json;
is_deeply [map { [@$_{qw(fromSessionId toSessionId type subject body)}] }
	@$mail], [['sess_boss', $r->{id}, 'directive', 'Begin',
	{details => 'with the tests'}]], 'it lies in the inbox';
$r = made(taskIds => [$t1], initialDirective => {subject => 'Hi'});
is $as{mia}->get("/api/mail/inbox/$r->{id}")->json->[0]{fromSessionId},
	'user_' . $m->user('mia')->{id}, 'from a person, when no session sends';
refused spawn(taskIds => [$t1], initialDirective => {subject => 'x',
	fromSessionId => 'sess_bob'}), 404, 'NOT_FOUND',
	'never in the name of a foreign session';

# --- secrets ---

my $r2 = spawn(taskIds => [$t1], env => {ANTHROPIC_API_KEY => 'sk-ThePurpleHeron',
	PLAIN => 'x'});
is_deeply [sort keys %{$r2->json->{session}{env}}], [sort qw(MAESTRO_SESSION_ID
	MAESTRO_CLAUDE_SESSION_ID MAESTRO_PROJECT_ID MAESTRO_TASK_IDS
	MAESTRO_MODE MAESTRO_COORDINATOR_SESSION_ID MAESTRO_ROOT_SESSION_ID)],
	'2.16: variables that come along are not taken';
unlike $m->psql('select json_agg(s) from public.sessions s')
	. $m->psql('select json_agg(e) from public.session_env e'),
	qr/ThePurpleHeron/, '2.16: nor stored anywhere';

# --- secrets ---

my %context = (note => 'the key to it is a token', tokens => 7,
	tokenizer => 'x', keys => ['a'], url => 'https://x.test/');
$r = made(taskIds => [$t1], context => {%context, apiKey => 'hush',
	env => {OPENAI_API_KEY => 'hush', DB_PWD => 'hush', PWD => '/w'},
	list => ['sk-hush', {password => 'hush'}],
	repo => 'https://me:hush@x.test/'});
is_deeply $r->{metadata}{context}, {%context, env => {PWD => '/w'},
	list => ['[redacted]', {}], repo => '[redacted]'},
	'2.16: keys are not kept, however deep';
$r = $as{mia}->post('/api/sessions', {projectId => $p, taskIds => [],
	metadata => {mode => 'worker', GITHUB_TOKEN => 'hush'}});
is_deeply $r->json->{metadata}, {mode => 'worker'},
	'nor of a session that registers itself';
is $m->psql("select count(*) from public.sessions s
	where s::text like '%hush%'") + $m->psql("select count(*)
	from public.rls_audit_log l where l::text like '%hush%'"), 0,
	'nor anywhere';

# The database's time for a statement is the limit of this test, too.
is spawn(taskIds => [$t1], context => {token => 'hush', map {
	("k$_" => "$_") } 1 .. 80_000})->status, 201, 'wide is not slow';

# --- nothing half done ---

my $before = $m->psql('select count(*) from public.sessions');
spawn(taskIds => [$t1], initialDirective => {subject => 5});
is $m->psql('select count(*) from public.sessions'), $before,
	'what is refused leaves nothing';
$as{ann}->put("/api/projects/$p/master", {isMaster => $true});
$r = made(taskIds => [$t1]);
is_deeply [$r->{isMasterSession}, $r->{env}{MAESTRO_IS_MASTER}],
	[$true, 'true'], '7.5: a session of the master project';
unlike $m->log('web'), qr/status=5\d\d/, 'no 5xx';
done_testing;
