# Prompts between sessions, heartbeats, and what the wire asks of the agent's
# machine (maestro-api.md 2.6, 2.14, 2.16, 7.9).
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

sub session ($who, $id, %more) {
	return $as{$who}->post('/api/sessions', {projectId => $who eq 'bob'
		? $q : $p, taskIds => [], id => $id, %more})->json->{id};
}
session('mia', 'sess_a', name => 'Ada', status => 'working');
session('mia', 'sess_b', name => 'Ben', parentSessionId => 'sess_a');
session('mia', 'sess_c', parentSessionId => 'sess_a', status => 'completed');
session('bob', 'sess_q');

# --- 7.9: prompts ---

my $r = $as{mia}->post('/api/sessions/sess_b/prompt', {content =>
	'x' x 90 . ' and more than a hundred', senderSessionId => 'sess_a'});
is_deeply [$r->status, $r->json], [200, {success => $true}], 'a prompt'
	or diag $r->body;
my $prompts = $as{vic}->get('/api/sessions/sess_b/prompts')->json;
is_deeply [sort keys %{$prompts->[0]}], [sort qw(id fromSessionId toSessionId
	fromProjectId toProjectId content mode fromTeamMember toTeamMember
	fromSessionName toSessionName timestamp)], 'keys of the wire';
is_deeply [@{$prompts->[0]}{qw(fromSessionId toSessionId mode
	fromSessionName toSessionName toProjectId)}],
	['sess_a', 'sess_b', 'send', 'Ada', 'Ben', $p], 'as sent';
is $prompts->[0]{content}, 'x' x 90 . ' and more than a hundred',
	'7.9: the content is stored raw';
is_deeply [@{$as{vic}->get('/api/sessions/sess_b')->json->{timeline}[-1]}
	{qw(type message)}], ['prompt_received', 'x' x 90 . ' and more '],
	'7.9: the target notes its first hundred characters';
is scalar @{$as{vic}->get('/api/sessions/sess_a/prompts')->json}, 1,
	'the sender has it too';
is scalar @{$as{vic}->get('/api/sessions/sess_c/prompts')->json}, 0,
	'others have not';
is_deeply [map { scalar @{$as{$_}->get('/api/session-prompts')->json} }
	qw(ann vic bob)], [1, 1, 0], 'all of them: of visible projects';

refused $as{mia}->post('/api/sessions/sess_a/prompt', {content => 'x',
	senderSessionId => 'sess_a'}), 400, 'self_prompt_not_allowed',
	'not to itself';
refused $as{mia}->post('/api/sessions/sess_no/prompt', {content => 'x',
	senderSessionId => 'sess_a'}), 404, 'NOT_FOUND', 'the target is there';
refused $as{mia}->post('/api/sessions/sess_a/prompt', {content => 'x',
	senderSessionId => 'sess_no'}), 404, 'NOT_FOUND', 'so is the sender';
refused $as{mia}->post('/api/sessions/sess_q/prompt', {content => 'x',
	senderSessionId => 'sess_a'}), 404, 'NOT_FOUND', 'of a visible project';
refused $as{bob}->post('/api/sessions/sess_q/prompt', {content => 'x',
	senderSessionId => 'sess_a'}), 404, 'NOT_FOUND',
	'nobody speaks for a foreign session';
refused $as{vic}->post('/api/sessions/sess_b/prompt', {content => 'x',
	senderSessionId => 'sess_a'}), 403, 'FORBIDDEN', 'a viewer is silent';
refused $as{mia}->post('/api/sessions/sess_b/prompt', {content => '',
	senderSessionId => 'sess_a'}), 400, 'VALIDATION_ERROR',
	'a prompt says something', 'content';
refused $as{mia}->post('/api/sessions/sess_b/prompt', {content => 'x',
	senderSessionId => 'sess_a', mode => 'shout'}), 400,
	'VALIDATION_ERROR', 'in one of two ways', 'mode';

# --- 5.1: what people say ---

$as{mia}->request('PATCH', '/api/sessions/sess_b', {needsInput => {
	active => $true, message => 'Which key?', since => 1}});
$r = $as{mia}->post('/api/sessions/sess_b/answer', {content => 'D minor'});
is $r->status, 200, 'a person answers' or diag $r->body;
is $r->json->{success}, $true, 'a session';
my ($said) = grep { $_->{id} eq $r->json->{promptId} }
	@{$as{vic}->get('/api/sessions/sess_b/prompts')->json};
is_deeply [@{$said}{qw(fromSessionId fromProjectId toSessionId content mode)}],
	[undef, undef, 'sess_b', 'D minor', 'send'],
	'3.6: the prompt comes from no session';
my $now = $as{vic}->get('/api/sessions/sess_b')->json;
is_deeply $now->{needsInput}, {active => JSON::PP::false},
	'7.5: the question is answered with it';
is_deeply [@{$now->{timeline}[-1]}{qw(type message)}],
	['prompt_received', 'D minor'], '7.9: the target has an entry';
is $as{mia}->post('/api/sessions/sess_a/answer', {content => 'Hi'})->status,
	200, 'a session that asked nothing is told too';
refused $as{vic}->post('/api/sessions/sess_b/answer', {content => 'x'}),
	403, 'FORBIDDEN', 'a viewer does not answer';
refused $as{bob}->post('/api/sessions/sess_b/answer', {content => 'x'}),
	404, 'NOT_FOUND', 'nor a stranger';
refused $as{mia}->post('/api/sessions/sess_b/answer', {content => $_}),
	400, 'VALIDATION_ERROR', 'an answer says something', 'content'
	for '', " \n";

# --- 7.9: huddles ---

session('mia', "sess_$_") for qw(d e f);
$as{mia}->post("/api/sessions/sess_$_->[1]/prompt", {content => 'x',
	senderSessionId => "sess_$_->[0]"})
	for [qw(c b)], [qw(d e)], [qw(e d)];
my $huddles = $as{vic}->get('/api/huddles')->json;
is_deeply [map { $_->{sessionIds} } @$huddles], [[qw(sess_d sess_e)],
	[qw(sess_a sess_b sess_c)]],
	'7.9: huddles are who prompts whom, the latest first';
is_deeply [map { [$_->{promptCount}, scalar @{$_->{prompts}},
	scalar @{$_->{sessions}}] } @$huddles], [[2, 2, 2], [2, 2, 3]],
	'7.9: with their prompts';
use Digest::SHA qw(sha1_hex);
is $huddles->[0]{id}, 'huddle_' . substr(sha1_hex('sess_d,sess_e'), 0, 12),
	'1.6: their ids follow from their sessions';
is_deeply $as{bob}->get('/api/huddles')->json, [], 'not of others';

# --- modals and resume ---

is_deeply $as{mia}->post('/api/sessions/sess_d/modal', {modalId => 'modal_1',
	html => '<p>'})->json, {success => $true, modalId => 'modal_1',
	sessionId => 'sess_d', message => 'Modal "Agent Modal" was sent'},
	'a modal';
is_deeply $as{mia}->post('/api/sessions/sess_d/modal/modal_1/actions',
	{action => 'ok', data => [1]})->json, {success => $true,
	modalId => 'modal_1', action => 'ok'}, 'an answer to it';
is_deeply $as{mia}->post('/api/sessions/sess_d/modal/modal_1/close')->json,
	{success => $true, modalId => 'modal_1'}, 'its end';
refused $as{mia}->post('/api/sessions/sess_d/modal', {modalId => 'm'}), 400,
	'VALIDATION_ERROR', 'a modal shows something', 'html';
refused $as{mia}->post('/api/sessions/sess_d/modal/m/actions', {}), 400,
	'VALIDATION_ERROR', 'an action is one', 'action';
$r = $as{mia}->post('/api/sessions/sess_c/resume', {cols => 80, rows => 25});
is_deeply [$r->status, @{$r->json}{qw(success sessionId claudeSessionId)}],
	[200, $true, 'sess_c', undef], 'resume' or diag $r->body;
is $as{vic}->get('/api/sessions/sess_c')->json->{status}, 'spawning',
	'2.16: the session is spawning';
$as{mia}->patch('/api/sessions/sess_c', {status => 'completed'});
refused $as{mia}->post('/api/sessions/sess_c/resume', {cols => 0}), 400,
	'VALIDATION_ERROR', 'in a terminal of some size', 'cols';
for (['modal', {modalId => 'm', html => 'x'}],
	['modal/m/actions', {action => 'x'}], ['modal/m/close', {}],
	['resume', {}])
{
	refused $as{vic}->post("/api/sessions/sess_d/$_->[0]", $_->[1]), 403,
		'FORBIDDEN', "$_->[0] is not for viewers";
	refused $as{bob}->post("/api/sessions/sess_d/$_->[0]", $_->[1]), 404,
		'NOT_FOUND', "$_->[0] is not for strangers";
}

# --- 2.16 ---

is_deeply $as{vic}->get('/api/sessions/sess_a/log-digest?last=5')->json,
	{sessionId => 'sess_a', workerName => 'Ada', taskIds => [],
	state => 'active', entries => [], stuck => undef,
	lastActivityTimestamp => $as{vic}->get('/api/sessions/sess_a')->json
		->{lastActivity}}, 'a digest of what we know';
is $as{vic}->get('/api/sessions/sess_b/log-digest')->json->{state}, 'idle',
	'idle';
$as{mia}->patch('/api/sessions/sess_b', {needsInput => {active => $true}});
is $as{vic}->get('/api/sessions/sess_b/log-digest')->json->{state},
	'needs_input', 'or waiting';
my $digests = sub ($who, $query) {
	[map { $_->{sessionId} }
		@{$as{$who}->get("/api/sessions/log-digests$query")->json}] };
is_deeply $digests->('vic', '?parentSessionId=sess_a'), ['sess_b'],
	'digests of children that have not ended';
is_deeply $digests->('vic', '?sessionIds=sess_c,sess_a,sess_q'),
	['sess_a', 'sess_c'], 'of those named, as far as visible';
is_deeply $digests->('vic', ''), [], 'of none';
is_deeply $digests->('bob', '?parentSessionId=sess_a'), [], 'not of others';
$r = $as{vic}->get('/api/sessions/sess_a/stats?lastMessages=50');
is_deeply [@{$r->json}{qw(source jsonlFound toolCallCount lastMessages)},
	$r->json->{tokens}{total}], [undef, $false, 0, [], 0], 'stats: zeros';
refused $as{vic}->get('/api/sessions/sess_a/stats?lastMessages=51'), 400,
	'VALIDATION_ERROR', 'of 50 messages', 'lastMessages';
is_deeply $as{vic}->get('/api/sessions/sess_a/command-usage')->json,
	{sessionId => 'sess_a', summary => {total => 0, succeeded => 0,
	failed => 0, byCommand => []}, records => []}, 'command usage: zeros';
refused $as{bob}->get("/api/sessions/sess_a/$_"), 404, 'NOT_FOUND',
	"a stranger finds no $_"
	for qw(prompts log-digest stats command-usage);

# --- 2.14: heartbeat ---

my $beat = {pid => 17, hostname => 'h', startedAt => 1700000000000};
is_deeply $as{vic}->get('/api/heartbeat/sess_a')->json,
	{alive => $false, data => undef}, 'no beat, no life';
is_deeply $as{mia}->post('/api/heartbeat/sess_a', $beat)->json,
	{status => 'accepted', stored => $true, ttl => 15}, 'a beat';
is_deeply $as{vic}->get('/api/heartbeat/sess_a')->json,
	{alive => $true, data => $beat}, 'is seen';
is_deeply $as{mia}->del('/api/heartbeat/sess_a')->json,
	{status => 'removed'}, 'and taken back';
is $as{vic}->get('/api/heartbeat/sess_a')->json->{alive}, $false, 'at once';
refused $as{mia}->post('/api/heartbeat/sess_a', {pid => 'x'}), 400,
	'VALIDATION_ERROR', 'a pid is a number', 'pid';
refused $as{vic}->post('/api/heartbeat/sess_a', $beat), 403, 'FORBIDDEN',
	'a viewer has no heart';
refused $as{vic}->del('/api/heartbeat/sess_a'), 403, 'FORBIDDEN',
	'nor stops one';
for my $verb (qw(get post del)) {
	refused $as{bob}->$verb('/api/heartbeat/sess_a',
		$verb eq 'post' ? {} : ()), 404, 'NOT_FOUND',
		"a stranger finds nothing to $verb";
}
$m->stop('redis');
is_deeply $as{mia}->post('/api/heartbeat/sess_a', $beat)->json,
	{status => 'accepted', stored => $false, ttl => 15},
	'without Redis nothing is stored';
is_deeply $as{vic}->get('/api/heartbeat/sess_a')->json,
	{alive => $true, data => undef}, 'and nobody is called dead';
is $as{mia}->del('/api/heartbeat/sess_a')->status, 200, 'taken back anyway';

done_testing;
