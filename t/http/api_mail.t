# /api/mail and /api/sessions/:id/mail: each route, each role, each rule of
# maestro-api.md 2.7 and 7.10.
use v5.36;
use lib 't/lib';
use Test::More;
use Time::HiRes qw(time);
use Maestro::Api;
use Maestro::AtOnce;
use Maestro::Test;

my @names = qw(ann mia vic bob);
my $m = Maestro::Test->new(users => \@names);
my %as = map { $_ => $m->as($_) } @names;

my ($p, $q) = map { new_project($as{ann}, $_) } qw(A Q);
my $other = new_project($as{bob}, 'B');
add_members($as{ann}, $p, mia => 'member', vic => 'viewer');
sub session ($id, %more) {
	my $r = $as{ann}->post('/api/sessions', {id => $id, projectId => $p,
		taskIds => [], name => "N-$id", status => 'working', %more});
	$r->status == 201 or die $r->body;
	return $id;
}
session('boss');
session($_, parentSessionId => 'boss') for qw(w1 w2 w3);
session('alone');
session('far', projectId => $q);
$as{bob}->post('/api/sessions', {id => 'foreign', projectId => $other,
	taskIds => []});

sub send_as ($who, %mail) {
	return $as{$who}->post('/api/mail', {projectId => $p,
		fromSessionId => 'boss', type => 'query', subject => 's',
		%mail});
}
sub targets ($r) {
	my $j = $r->json;
	return [map { $_->{toSessionId} } ref $j eq 'ARRAY' ? @$j : $j];
}
sub inbox ($who, $session, $query = '') {
	return $as{$who}->get("/api/mail/inbox/$session$query")->json;
}
sub subjects ($list) { join ' ', map { $_->{subject} } @$list }

# --- send: what a mail is ---

my $r = send_as('mia', toSessionId => 'w1', subject => "caf\x{e9}",
	body => {question => 'Why?', task_id => 't'}, priority => 'high',
	odd => 1);
is $r->status, 201, 'a mail is sent' or diag $r->body;
my $mail = $r->json;
like $mail->{id}, qr/^mail_\d+_[0-9a-z]{9}$/, 'its id';
is_deeply $mail, {id => $mail->{id}, projectId => $p, fromSessionId => 'boss',
	toSessionId => 'w1', replyToMailId => undef, threadId => $mail->{id},
	type => 'query', subject => "caf\x{e9}", priority => 'high',
	body => {question => 'Why?', task_id => 't'},
	createdAt => $mail->{createdAt}},
	'as asked; without a reply its thread is its own id';
like $mail->{createdAt}, qr/^\d{13}$/, 'the time in ms';
my $bare = send_as('mia', toSessionId => 'w1')->json;
ok !exists $bare->{priority}, 'no priority, no key';
is_deeply $bare->{body}, {}, 'no body is an empty one';
is $m->psql("select body from public.mail where id = '$mail->{id}'"), 'Why?',
	'the words of the body are kept as text';
is send_as('mia', toSessionId => 'w1', type => $_)->status, 201, "type $_"
	for qw(assignment status_update query response directive notification
	status question broadcast error);
is send_as('mia', toSessionId => 'w1', subject => 'x' x 5000)->status, 201,
	'a long subject';

for (['projectId', projectId => undef], ['type', type => undef],
	['type', type => 'letter'], ['subject', subject => undef],
	['subject', subject => ''], ['body', body => 'text'],
	['priority', priority => 'urgent'], ['scope', scope => 'world'],
	['toSessionId', toSessionId => "a' or '1"],
	['fromSessionId', fromSessionId => 7])
{
	my ($field, %bad) = @$_;
	refused send_as('mia', %bad), 400, 'VALIDATION_ERROR',
		"$field is wrong", $field;
}

# --- send: the same request again, for its answer was lost ---

sub stored () { $m->psql('select count(*) from public.mail') }
my $before = stored();
$r = send_as('mia', toSessionId => 'w1', clientRequestId => 'm1');
is $r->status, 201, 'a request with a name' or diag $r->body;
my $again = send_as('mia', toSessionId => 'w1', clientRequestId => 'm1');
is_deeply [$again->status, $again->json], [201, $r->json],
	'its repeat has the same answer';
is stored(), $before + 1, 'and stores no second mail';
$r = send_as('mia', scope => 'my-workers', clientRequestId => 'm2');
is_deeply targets($r), [qw(w1 w2 w3)], 'one to many';
is_deeply send_as('mia', scope => 'my-workers', clientRequestId => 'm2')->json,
	$r->json, 'is repeated as a whole';
$r = send_as('mia', clientRequestId => 'm3');
is_deeply send_as('mia', clientRequestId => 'm3')->json, $r->json,
	'so is one to all';
is stored(), $before + 5, 'each is stored once';
send_as('mia', toSessionId => 'w1', clientRequestId => '') for 1, 2;
is stored(), $before + 7, 'an empty name is none';
my %once = map { $_ => 1 } at_once(6, sub ($i) {
	send_as('mia', toSessionId => 'w2', clientRequestId => 'm4')->json->{id}
});
is keys %once, 1, 'six at the same moment are one' or diag join ' ', %once;
isnt $as{ann}->post('/api/mail', {projectId => $q, type => 'query',
	subject => 's', clientRequestId => 'm1'})->json->{id}, undef,
	'names are those of a project';
refused send_as('bob', clientRequestId => 'm1'), 404, 'NOT_FOUND',
	'a stranger learns nothing by them';
refused send_as('vic', clientRequestId => 'm1'), 403, 'FORBIDDEN',
	'nor does a viewer';
refused send_as('mia', clientRequestId => 'x' x 201), 400, 'VALIDATION_ERROR',
	'a name that is too long', 'clientRequestId';
$m->psql("delete from public.mail where client_request_id is not null
	or subject = 's' and content = '{}'");

# --- send: who may (contract 8) ---

refused send_as('vic', toSessionId => 'w1'), 403, 'FORBIDDEN',
	'a viewer sends nothing';
refused send_as('bob', toSessionId => 'w1'), 404, 'NOT_FOUND',
	'a stranger finds no project';
refused send_as('mia', fromSessionId => 'none', toSessionId => 'w1'), 404,
	'NOT_FOUND', 'the sender must be there';
refused send_as('mia', fromSessionId => 'foreign', toSessionId => 'w1'), 404,
	'NOT_FOUND', 'and be visible';
refused send_as('mia', toSessionId => $_), 404, 'NOT_FOUND',
	'so must the addressee' for qw(none foreign far);
is send_as('ann', fromSessionId => 'far', toSessionId => 'w1')->status, 201,
	'a session of another project of mine may write';
refused $as{bob}->with(headers => {'X-Session-Id' => 'boss'})->post('/api/mail',
	{projectId => $p, fromSessionId => 'boss', type => 'query',
	subject => 's', toSessionId => 'w1'}), 404, 'NOT_FOUND',
	'X-Session-Id is no credential';
refused $as{bob}->with(headers => {'X-Session-Id' => 'w1'})
	->get('/api/mail/inbox/w1'), 404, 'NOT_FOUND', 'nor for reading';

# --- people ---

my $mia = 'user_' . $m->user('mia')->{id};
$r = send_as('mia', fromSessionId => undef, toSessionId => 'w1');
is $r->json->{fromSessionId}, $mia, 'without a sender it is the caller';
is send_as('mia', fromSessionId => $mia, toSessionId => 'w1')->status, 201,
	'who may be named';
refused send_as('ann', fromSessionId => $mia, toSessionId => 'w1'), 403,
	'FORBIDDEN', 'but by nobody else', 'fromSessionId';
is_deeply targets(send_as('ann', fromSessionId => 'w1', toSessionId => $mia,
	subject => 'to-mia')), [$mia], 'a session writes to a person';
is subjects([grep { $_->{toSessionId} } @{inbox('mia', $mia,
	"?projectId=$p")}]), 'to-mia', 'who reads it';
refused $as{mia}->get("/api/mail/inbox/$mia"), 400, 'VALIDATION_ERROR',
	'in a project that is named', 'projectId';
refused send_as('ann', toSessionId => 'user_' . $m->user('bob')->{id}), 404,
	'NOT_FOUND', 'not to a stranger';

# --- rule 10: routing ---

$m->psql("delete from public.mail");
is_deeply targets(send_as('mia')), [undef],
	'rule 10: no address and no scope is one broadcast';
is_deeply targets(send_as('mia', toSessionId => undef, scope => 'all')),
	[undef], 'rule 10: so is scope all with null';
is $m->psql("select count(*) from public.mail"), 2, 'one row each';
$m->psql("delete from public.mail");

sub member ($id, @sessions) {
	$m->psql("update public.sessions set team_member_id = '$id'
		where id = '$_'") for @sessions;
}
member('tm_a', 'w1', 'w2', 'alone');
$m->psql("update public.sessions set status = 'completed' where id = 'w2'");
$r = send_as('mia', toTeamMemberId => 'tm_a', subject => 'fan');
is_deeply targets($r), ['w1', 'alone'],
	'rule 10: a team member is every session of it that has not ended';
is ref $r->json, 'ARRAY', 'an array when there are two';
is $m->psql("select count(*) from public.mail"), 2, 'a row each';
for my $status (qw(working idle spawning)) {
	$m->psql("update public.sessions set status = '$status'
		where id = 'w1'");
	is_deeply targets(send_as('mia', toTeamMemberId => 'tm_a')),
		['w1', 'alone'], "rule 10: $status is active";
}
for my $status (qw(completed failed stopped)) {
	$m->psql("update public.sessions set status = '$status'
		where id = 'w1'");
	$r = send_as('mia', toTeamMemberId => 'tm_a');
	is_deeply targets($r), ['alone'], "rule 10: $status is not";
	is ref $r->json, 'HASH', 'an object when there is one';
}
$m->psql("update public.sessions set status = 'working' where id like 'w_'");
refused send_as('mia', toTeamMemberId => 'tm_none'), 404, 'NOT_FOUND',
	'rule 10: a team member without sessions is not found';
is send_as('mia', toTeamMemberId => 'tm_none')->json->{message},
	"Active session for team member with id 'tm_none' not found",
	'in the words of the wire';
member('tm_far', 'far');
refused send_as('ann', toTeamMemberId => 'tm_far'), 404, 'NOT_FOUND',
	'rule 10: sessions of other projects do not count';
is_deeply targets(send_as('mia', toTeamMemberId => 'tm_a',
	toSessionId => 'w3')), ['w3'],
	'rule 10: a session that is named goes before the team member';
my $snap = $as{ann}->post('/api/sessions', {id => 'meta', projectId => $p,
	taskIds => [], metadata => {teamMemberIds => ['tm_m', 'tm_n']}});
is_deeply targets(send_as('mia', toTeamMemberId => 'tm_n')), ['meta'],
	'a member among several counts';

is_deeply targets(send_as('mia', scope => 'my-workers')), [qw(w1 w2 w3)],
	'rule 10: my-workers are the children of the sender';
is_deeply targets(send_as('mia', scope => 'my-workers',
	toSessionId => undef)), [qw(w1 w2 w3)],
	'2.7: a scope is honoured for toSessionId null too';
is_deeply targets(send_as('mia', scope => 'my-workers',
	toSessionId => 'alone')), ['alone'], 'but not for a session';
is_deeply targets(send_as('mia', scope => 'team', fromSessionId => 'w2')),
	[qw(w1 w3)], 'rule 10: team are the siblings, without the sender';
$m->psql("update public.sessions set status = 'stopped' where id = 'w1'");
is_deeply targets(send_as('mia', scope => 'my-workers')), [qw(w2 w3)],
	'rule 10: only active workers';
is_deeply targets(send_as('mia', scope => 'team', fromSessionId => 'w2')),
	['w3'], 'rule 10: only active siblings';
is_deeply targets(send_as('mia', scope => $_, fromSessionId => 'alone')),
	[undef], "rule 10: nobody found by $_ is a broadcast"
	for qw(my-workers team);
$m->psql("update public.sessions set status = 'working' where id = 'w1'");

# --- inbox ---

$m->psql("delete from public.mail");
my %sent;
for (['low', 'w1', priority => 'low'], ['plain', 'w1'],
	['normal', 'w1', priority => 'normal'],
	['high', 'w1', priority => 'high'], ['all', undef],
	['critical', 'w1', priority => 'critical', type => 'directive'],
	['other', 'w2'])
{
	my ($subject, $to, %more) = @$_;
	$sent{$subject} = send_as('mia', subject => $subject,
		toSessionId => $to, %more)->json;
	my $ms = $sent{$subject}{createdAt};
	Maestro::Test::wait_for('the next millisecond',
		sub { time * 1000 > $ms + 2 });
}
is subjects(inbox('vic', 'w1')), 'critical high plain normal all low',
	'2.7: the most urgent first, then the oldest; unset is normal';
is subjects(inbox('mia', 'w1')), subjects(inbox('mia', 'w1')),
	'rule 10: reading changes nothing, there is no read state';
is subjects(inbox('mia', 'w1', "?projectId=$p")),
	'critical high plain normal all low', 'the project may be named';
is subjects(inbox('mia', 'w1', '?projectId=')),
	'critical high plain normal all low',
	'2.7: no project is the session\'s own';
is subjects(inbox('ann', 'w1', "?projectId=$q")), '',
	'in another there is nothing for it';
is subjects(inbox('mia', 'w1', '?type=directive')), 'critical', 'by type';
is subjects(inbox('mia', 'w1', "?since=$sent{normal}{createdAt}")),
	'critical high all', 'since: only what came later';
is subjects(inbox('mia', 'boss')), 'all',
	'rule 10: the sender sees its broadcast';
session('late');
is subjects(inbox('mia', 'late')), 'all', 'rule 10: so do later sessions';
is subjects(inbox('ann', 'far')), '', 'but none of another project';
my $page = $as{mia}->get('/api/mail/inbox/w1?limit=2&offset=1')->json;
is subjects($page->{data}), 'high plain', 'in pages';
is_deeply $page->{pagination}, {offset => 1, limit => 2, total => 6,
	hasMore => JSON::PP::true}, 'that know how much there is';
refused $as{mia}->get('/api/mail/inbox/none'), 404, 'NOT_FOUND',
	'an unknown session';
refused $as{bob}->get('/api/mail/inbox/w1'), 404, 'NOT_FOUND',
	'not for a stranger';
refused $as{mia}->get("/api/mail/inbox/w1?$_->[0]"), 400, 'VALIDATION_ERROR',
	"bad $_->[0]", $_->[1] for ['type=x', 'type'], ['since=yesterday',
	'since'], ['since=-1', 'since'], ['limit=501', 'limit'];

# --- threads ---

my $first = send_as('mia', subject => 'first', toSessionId => 'w1')->json;
my $reply = send_as('mia', subject => 'reply', fromSessionId => 'w1',
	toSessionId => 'boss', type => 'response',
	replyToMailId => $first->{id})->json;
is_deeply [@$reply{qw(replyToMailId threadId)}], [$first->{id}, $first->{id}],
	'rule 10: a reply takes the thread of what it answers';
$again = send_as('mia', subject => 'again', toSessionId => 'w1',
	replyToMailId => $reply->{id})->json;
is $again->{threadId}, $first->{id}, 'rule 10: however deep';
my $orphan = send_as('mia', toSessionId => 'w1', replyToMailId => 'mail_x')
	->json;
is $orphan->{threadId}, $orphan->{id}, 'rule 10: else its own id';
my $stray = $as{ann}->post('/api/mail', {projectId => $q, type => 'query',
	subject => 's', replyToMailId => $first->{id}})->json;
is $stray->{threadId}, $stray->{id}, 'a thread does not leave its project';
is subjects($as{vic}->get("/api/mail/thread/$first->{id}")->json),
	'first reply again', 'a thread, the oldest first';
is_deeply $as{bob}->get("/api/mail/thread/$first->{id}")->json, [],
	'nothing for a stranger';
is_deeply $as{mia}->get('/api/mail/thread/none')->json, [],
	'nothing of one that is not there';

# --- the list ---

is subjects($as{vic}->get("/api/mail?projectId=$p&limit=3")->json->{data}),
	's again reply', 'the newest mail of a project';
is_deeply $as{vic}->get("/api/mail?projectId=$p&threadId=$first->{id}&limit=2")
	->json->{pagination}, {offset => 0, limit => 2, total => 3,
	hasMore => JSON::PP::true}, 'of a thread, in pages';
is subjects($as{vic}->get("/api/mail?projectId=$p&threadId=$first->{id}")
	->json), 'again reply first', 'or bare';
my $threads = $as{vic}->get("/api/mail?projectId=$p&view=threads&limit=2")
	->json;
is_deeply [map { [@$_{qw(threadId subject count)}, $_->{lastMail}{id}] }
	@{$threads->{data}}], [[$orphan->{id}, 's', 1, $orphan->{id}],
	[$first->{id}, 'first', 3, $again->{id}]],
	'the threads of a project, the newest first';
is $threads->{pagination}{total}, 9, 'all of them are counted';
is $as{vic}->get("/api/mail?projectId=$p&view=threads&offset=500")
	->json->{pagination}{total}, 9, 'past their end too';
refused $as{mia}->get('/api/mail'), 400, 'VALIDATION_ERROR',
	'a project is needed', 'projectId';
refused $as{mia}->get("/api/mail?projectId=$p&view=x"), 400,
	'VALIDATION_ERROR', 'a view that is not there', 'view';
refused $as{bob}->get("/api/mail?projectId=$p"), 404, 'NOT_FOUND',
	'a stranger finds no project';

# --- one mail ---

is_deeply $as{vic}->get("/api/mail/$first->{id}")->json, $first, 'one mail';
refused $as{bob}->get("/api/mail/$first->{id}"), 404, 'NOT_FOUND',
	'not for a stranger';
is $as{bob}->get("/api/mail/$first->{id}")->json->{message},
	"Mail with id '$first->{id}' not found", 'in the words of the wire';
refused $as{vic}->del("/api/mail/$first->{id}"), 403, 'FORBIDDEN',
	'a viewer deletes nothing';
refused $as{bob}->del("/api/mail/$first->{id}"), 404, 'NOT_FOUND',
	'a stranger neither';
is_deeply $as{mia}->del("/api/mail/$first->{id}")->json,
	{deleted => JSON::PP::true, id => $first->{id}}, 'a mail goes';
refused $as{mia}->get("/api/mail/$first->{id}"), 404, 'NOT_FOUND',
	'and is gone';
is subjects($as{mia}->get("/api/mail/thread/$first->{id}")->json),
	'reply again', 'its thread stays';
is $as{ann}->del('/api/sessions/w3')->status, 200, 'a session goes';
is $as{mia}->get("/api/mail/$sent{other}{id}")->status, 200,
	'the mail it was written in stays';

# --- generation B ---

$m->psql("delete from public.mail");
sub write_b ($who, $from, $to, %more) {
	return $as{$who}->post("/api/sessions/$to/mail",
		{fromSessionId => $from, message => 'hello', %more});
}
$r = write_b('mia', 'boss', 'w1', detail => 'more', message => " one\ntwo");
is $r->status, 200, 'B: a parent writes to its child' or diag $r->body;
is_deeply [sort keys %{$r->json}], [qw(mailId success)], 'B: the answer';
my $id = $r->json->{mailId};
is write_b('mia', 'w1', 'boss')->status, 200, 'B: a child to its parent';
is write_b('mia', 'w2', 'w1')->status, 200, 'B: a sibling to a sibling';
refused write_b('mia', @$_), 403, 'mail_scope_violation',
	"B: not $_->[0] to $_->[1]" for ['alone', 'w1'], ['w1', 'alone'],
	['w1', 'w1'];
refused write_b('mia', 'boss', 'none'), 404, 'NOT_FOUND', 'B: nowhere';
refused write_b('mia', 'foreign', 'w1'), 404, 'NOT_FOUND', 'B: no sender';
refused write_b('vic', 'boss', 'w1'), 403, 'FORBIDDEN', 'B: no viewer';
refused write_b('bob', 'boss', 'w1'), 404, 'NOT_FOUND', 'B: no stranger';
refused write_b('mia', undef, 'w1'), 400, 'VALIDATION_ERROR',
	'B: a sender is needed', 'fromSessionId';
refused write_b('mia', 'boss', 'w1', message => ''), 400, 'VALIDATION_ERROR',
	'B: words are needed', 'message';
is_deeply [@{$as{mia}->get("/api/mail/$id")->json}{qw(subject body type)}],
	['one', {message => " one\ntwo", detail => 'more'}, 'notification'],
	'B: the mail as A shows it';

my $token = $as{mia}->post('/api/tokens', {name => 'r',
	scopes => ['read']})->json->{token};
for my $looks ($as{vic}, map { $m->http->with(headers => $_) }
	{Authorization => "Bearer $token"},
	{Cookie => "__Host-maestro_session=" . $m->user('mia')->{token}})
{
	is scalar @{$looks->get('/api/sessions/w1/mail')->json}, 2,
		'B: who may only read finds the mail';
}
my $got = $as{mia}->get('/api/sessions/w1/mail')->json;
is_deeply $got->[0], {id => $id, parentSessionId => 'boss',
	fromSessionId => 'boss', fromName => 'N-boss', toSessionId => 'w1',
	message => " one\ntwo", detail => 'more',
	createdAt => $got->[0]{createdAt}}, 'B: unread mail';
is_deeply [@{$got->[1]}{qw(fromSessionId parentSessionId)}], ['w2', 'boss'],
	'B: siblings have the same parent';
ok !exists $got->[1]{detail}, 'B: no detail, no key';
is_deeply $as{mia}->get('/api/sessions/w1/mail')->json, [],
	'B: reading marks it as read';
is scalar @{inbox('mia', 'w1')}, 2, 'A: which nobody else minds';
is scalar @{$as{mia}->get('/api/sessions/boss/mail')->json}, 1,
	'B: others are still unread';
refused $as{bob}->get('/api/sessions/w1/mail'), 404, 'NOT_FOUND',
	'B: a stranger reads nothing';

# --- a long mail to many ---

$m->psql("insert into public.sessions (id, project_id, name, status,
	team_member_id) select 'many_' || i, '$p', 'x', 'working', 'tm_many'
	from generate_series(1, 30) i");
my %long = (projectId => $p, type => 'query', subject => 'x',
	body => {message => 'x' x 900_000});
$r = $as{mia}->post('/api/mail', {%long, toTeamMemberId => 'tm_many'});
refused $r, 413, 'PAYLOAD_TOO_LARGE', 'too long for thirty readers';
is $r->json->{details}[0]{path}, 'body', 'which is about the body';
is $as{mia}->post('/api/mail', {%long, toSessionId => 'many_1'})->status, 201,
	'one may have it';
is scalar @{$as{mia}->post('/api/mail', {%long, body => {message => 'x'},
	toTeamMemberId => 'tm_many'})->json}, 30, 'or all a short one';
$m->psql("delete from public.mail where subject = 'x'");
$m->psql("delete from public.sessions where team_member_id = 'tm_many'");

# A prompt is not a mail.
$as{mia}->post('/api/sessions/w1/prompt', {content => 'c',
	senderSessionId => 'boss'});
is $m->psql("select count(*) from public.mail"), 3, 'a prompt is no mail';

done_testing;
