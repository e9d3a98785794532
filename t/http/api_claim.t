# Taking tasks: POST /api/tasks/:id/claim and /api/tasks/claim.  Of many agents
# that want the same task exactly one gets it.
use v5.36;
use lib 't/lib';
use Test::More;
use Maestro::Api;
use Maestro::AtOnce;
use Maestro::Test;

my @names = qw(ann mia vic bob);
my $m = Maestro::Test->new(users => \@names, web_workers => 12);
my %as = map { $_ => $m->as($_) } @names;

my ($p, $q) = map { new_project($as{ann}, $_) } qw(A Q);
add_members($as{ann}, $p, mia => 'member', vic => 'viewer');
sub task ($project = $p, %more) {
	return $as{ann}->post('/api/tasks', {projectId => $project,
		title => 't', %more})->json->{id};
}
sub session ($project, $id) {
	return $as{ann}->post('/api/sessions', {projectId => $project,
		taskIds => [], id => $id, status => 'working'})->json->{id};
}
session($p, $_) for qw(sess_a sess_b);
session($q, 'sess_q');

# --- by id ---

my $t = task();
my $r = $as{mia}->post("/api/tasks/$t/claim");
is_deeply [$r->status, @{$r->json}{qw(id status sessionIds)}],
	[200, $t, 'in_progress', []], 'a task is taken, by nobody in particular'
	or diag $r->body;
like $r->json->{startedAt}, qr/^\d{13}$/, 'it is started';
refused $as{mia}->post("/api/tasks/$t/claim", {}), 409, 'task_taken',
	'a second time it is not';

$t = task();
$r = $as{mia}->post("/api/tasks/$t/claim", {sessionId => 'sess_a'});
is_deeply [@{$r->json}{qw(status sessionIds taskSessionStatuses)}],
	['in_progress', ['sess_a'], {sess_a => 'working'}],
	'taken by a session: linked, and at work' or diag $r->body;
my $s = $as{mia}->get('/api/sessions/sess_a')->json;
is_deeply [$s->{taskIds}, @{$s->{timeline}[-1]}{qw(type taskId)}],
	[[$t], 'task_started', $t], 'the session knows';
my $again = $as{mia}->post("/api/tasks/$t/claim", {sessionId => 'sess_a'});
is_deeply [$again->status, $again->json], [200, $r->json],
	'asked again, because the answer was lost: the same answer';
refused $as{mia}->post("/api/tasks/$t/claim", {sessionId => 'sess_b'}), 409,
	'task_taken', 'another session is too late';
is_deeply $as{mia}->get("/api/tasks/$t")->json->{sessionIds}, ['sess_a'],
	'and leaves no trace';
for my $status (qw(in_progress in_review completed cancelled blocked)) {
	my $other = task($p, status => $status);
	refused $as{mia}->post("/api/tasks/$other/claim"), 409, 'task_taken',
		"a task that is $status does not wait";
}
$as{mia}->patch("/api/tasks/$t", {status => 'todo'});
is $as{mia}->post("/api/tasks/$t/claim", {sessionId => 'sess_b'})->status,
	200, 'a task that was put back can be taken again';

# --- who may ---

$t = task();
refused $as{vic}->post("/api/tasks/$t/claim"), 403, 'FORBIDDEN',
	'a viewer takes none';
refused $as{bob}->post("/api/tasks/$t/claim"), 404, 'NOT_FOUND',
	'a stranger finds none';
refused $as{ann}->post('/api/tasks/task_no/claim'), 404, 'NOT_FOUND',
	'nor does anybody find what is not there';
refused $as{ann}->post("/api/tasks/$t/claim", {sessionId => 'sess_q'}), 404,
	'NOT_FOUND', 'the session is of the same project';
refused $as{ann}->post("/api/tasks/$t/claim", {sessionId => 'sess_no'}), 404,
	'NOT_FOUND', 'and exists';
refused $as{ann}->post("/api/tasks/$t/claim", {sessionId => 'a b'}), 400,
	'VALIDATION_ERROR', 'a session is named by its id', 'sessionId';
is $as{ann}->get("/api/tasks/$t")->json->{status}, 'todo',
	'none of them moved it';

# --- the next one ---

my $next = new_project($as{ann}, 'N');
my %t = map { my ($name, $priority) = @$_;
	($name => task($next, priority => $priority)) }
	['low', 'low'], ['old', 'medium'], ['high', 'high'], ['new', 'medium'],
	['high2', 'high'];
session($next, 'sess_n');
sub next_of ($who, %more) {
	return $as{$who}->post('/api/tasks/claim', {projectId => $next, %more});
}
$r = next_of('ann', sessionId => 'sess_n');
is_deeply [$r->status, @{$r->json}{qw(id status sessionIds)}],
	[200, $t{high}, 'in_progress', ['sess_n']],
	'the most urgent comes first' or diag $r->body;
is_deeply [map { next_of('ann')->json->{id} } 1 .. 4],
	[@t{qw(high2 old new low)}], 'then by age within an urgency';
refused next_of('ann'), 404, 'no_task', 'then none waits';
refused next_of('bob'), 404, 'NOT_FOUND', 'a stranger finds no project';
refused $as{vic}->post('/api/tasks/claim', {projectId => $p}), 403,
	'FORBIDDEN', 'a viewer takes none';
refused $as{ann}->post('/api/tasks/claim', {}), 400, 'VALIDATION_ERROR',
	'a project is needed', 'projectId';
refused next_of('ann', sessionId => 'sess_a'), 404, 'NOT_FOUND',
	'the session is of that project';

# --- an answer was lost: the same request comes again ---

is $as{ann}->post('/api/tasks/claim', {projectId => $next,
	clientRequestId => 'r0'})->json->{code}, 'no_task', 'none waits yet';
my @more = map { task($next) } 1 .. 4;
sub named ($id, %more) { next_of('ann', clientRequestId => $id, %more) }
$r = named('r1', sessionId => 'sess_n');
is $r->json->{id}, $more[0], 'a request with a name takes one'
	or diag $r->body;
my $events = sub { $m->psql("select count(*) from public.session_timeline
	where session_id = 'sess_n' and type = 'task_started'") };
my $before = $events->();
$again = named('r1', sessionId => 'sess_n');
is_deeply [$again->status, $again->json], [200, $r->json],
	'its repeat is answered with that one';
is $events->(), $before, 'and does nothing';
is named('r2')->json->{id}, $more[1], 'another name takes another';
is named('')->json->{id}, $more[2], 'an empty name is none';
$as{ann}->patch("/api/tasks/$more[0]", {status => 'completed'});
is_deeply [@{named('r1')->json}{qw(id status)}], [$more[0], 'completed'],
	'also when the task has moved on';
$as{ann}->patch("/api/tasks/$more[1]", {status => 'todo'});
is_deeply [@{named('r2')->json}{qw(id status)}], [$more[1], 'in_progress'],
	'one that was put back is taken again';
$as{ann}->patch("/api/tasks/$more[1]", {status => 'todo'});
is named('r3')->json->{id}, $more[1], 'unless another was faster';
is named('r2')->json->{id}, $more[3], 'then it is another';
refused named('x' x 201), 400, 'VALIDATION_ERROR', 'a name that is too long',
	'clientRequestId';
is $as{ann}->post('/api/tasks/claim', {projectId => $q,
	clientRequestId => 'r1'})->json->{code}, 'no_task',
	'names are those of a project';
refused next_of('bob', clientRequestId => 'r1'), 404, 'NOT_FOUND',
	'a stranger learns nothing by them';
refused $as{vic}->post('/api/tasks/claim', {projectId => $p,
	clientRequestId => 'r1'}), 403, 'FORBIDDEN', 'nor does a viewer';

$t = task();
my $by_id = {clientRequestId => 'by id'};
$r = $as{ann}->post("/api/tasks/$t/claim", $by_id);
is $r->json->{status}, 'in_progress', 'by id, for nobody in particular'
	or diag $r->body;
is_deeply $as{ann}->post("/api/tasks/$t/claim", $by_id)->json, $r->json,
	'its repeat is answered too';
refused $as{ann}->post("/api/tasks/@{[task()]}/claim", $by_id), 409,
	'ALREADY_EXISTS', 'the same name for another task is a mistake',
	'clientRequestId';

my @at_once = map { task($next) } 1 .. 8;
my %taken = map { $_ => 1 } at_once(8, sub ($i) { named('r9')->json->{id} });
is_deeply [keys %taken], [$at_once[0]], 'eight at the same moment take one'
	or diag join ' ', %taken;

# --- fifty at once ---

# Each walks the same list until a task is its own.
sub by_id ($i, $ids) {
	for my $id (@$ids) {
		my $r = $as{mia}->post("/api/tasks/$id/claim",
			{sessionId => "sess_$i"});
		return $id if $r->status == 200;
		return $r->status . $r->body if $r->status != 409;
	}
	return 'none';
}

sub fifty ($how, $claim) {
	my @ids = map { task() } 1 .. 50;
	my @got = at_once(50, sub ($i) { $claim->($i, \@ids) });
	is_deeply [sort @got], [sort @ids], "$how: fifty agents, fifty tasks, "
		. 'one for each' or diag join ' ', @got;
	my $of = $m->psql("select count(*) from public.tasks t
		where t.id in ('@{[join q(', '), @ids]}')
		and t.status = 'in_progress' and cardinality(t.session_ids) = 1
		and t.task_session_statuses
			= jsonb_build_object(t.session_ids[1], 'working')");
	is $of, 50, "$how: and each task has its one session";
}

# The tasks left over from above are not of this contest.
$m->psql("update public.tasks set status = 'cancelled' where status = 'todo'");
session($p, "sess_$_") for 1 .. 50;
my %ways = ('by id' => \&by_id, 'the next' => sub ($i, $ids) {
	my $r = $as{mia}->post('/api/tasks/claim', {projectId => $p,
		sessionId => "sess_$i"});
	return $r->status == 200 ? $r->json->{id} : $r->status . $r->body;
});
fifty($_, $ways{$_}) for sort keys %ways;
is $m->redis_cli('--scan', '--pattern', 'maestro:lock:*'), '',
	'no lock is left behind';
cmp_ok $m->redis_cli('get', 'maestro:fence:task'), '>=', 50,
	'the fence grew with every lock';
$m->redis_cli('set', 'maestro:lock:task:' . ($t = task()), 'somebody', 'px',
	30000);
is $as{mia}->post("/api/tasks/$t/claim")->status, 200,
	'a lock that somebody forgot is no claim: the row decides';
is $m->redis_cli('get', "maestro:lock:task:$t"), 'somebody',
	'and nobody but its owner takes it away';
$m->psql("update public.tasks set status = 'cancelled' where status = 'todo'");
$m->stop('redis', 'KILL');
fifty("without Redis $_", $ways{$_}) for sort keys %ways;
unlike $m->log('web'), qr/ev=worker_end/, 'no worker died';
done_testing;
