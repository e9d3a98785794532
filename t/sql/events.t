# What the write-ahead log tells subscribers.
use v5.36;
use lib 't/lib';
use JSON::PP ();
use Test::More;
use Maestro::Sql;

my $s = Maestro::Sql->new;
my ($p, $other) = @$s{qw(p other)};
$s->psql("select pg_create_logical_replication_slot('t', 'test_decoding')");

# The events since the last time: [type, data] each.
sub heard () {
	my @lines = split /\n/, $s->psql("select data
		from pg_logical_slot_get_changes('t', null, null)
		where data like 'message: transactional: 1 prefix: maestro%'");
	return map { s/^.*?content://r } @lines;
}
sub events () { map { JSON::PP->new->decode($_) } heard() }
sub names () { join ' ', map { $_->{type} } events() }
heard();

sub mia ($sql) { $s->ask('mia', $sql) }
sub json ($sql) { $s->json('mia', $sql) }

my $t = json("select api.task_create('{\"projectId\": \"$p\",
	\"title\": \"one\", \"clientRequestId\": \"r\"}')");
my ($e) = events();
is_deeply [@$e{qw(type event projectId)}], ['task:created', 'task:created', $p],
	'an event names itself and its project';
is_deeply $e->{data}, {table => 'tasks', id => $t->{id}, columns => undef},
	'its data says which row';
like $e->{timestamp}, qr/^\d{13}$/, 'with a time';
json("select api.task_create('{\"projectId\": \"$p\", \"title\": \"one\",
	\"clientRequestId\": \"r\"}')");
is names(), '', 'a repeated request is silent';
mia("begin; update public.tasks set title = 'x'; rollback;");
is names(), '', 'what is rolled back never happened';
mia("update public.tasks set title = 'x'");
($e) = events();
is $e->{type}, 'task:updated', 'psql is heard like the API';
is_deeply [sort @{$e->{data}{columns}}], [qw(title updated_at)],
	'and what changed';
my %notify = (completed => 'completed', cancelled => 'failed',
	in_review => 'in_review', blocked => 'blocked');
for my $status (sort keys %notify) {
	mia("select api.task_update('$t->{id}', '{\"status\": \"$status\"}')");
	is names(), "task:updated notify:task_$notify{$status}",
		"$status is notified";
}
mia("select api.task_update('$t->{id}', '{\"status\": \"in_review\"}')");
is names(), 'task:updated', 'once';

my $x = json("select api.session_create('{\"projectId\": \"$p\",
	\"taskIds\": [\"$t->{id}\"], \"env\": {\"A\": \"b\"}}')");
my @all = events();
is join(' ', map { $_->{type} } @all), 'session:created '
	. 'task:session_added session:task_added',
	'a session is told once it is whole';
is_deeply $all[0]{data}, {table => 'sessions', id => $x, columns => undef},
	'by its row: links, entries and environment are read by who may';
mia("select api.task_update('$t->{id}', '{\"updateSource\": \"session\",
	\"sessionId\": \"$x\", \"sessionStatus\": \"completed\"}')");
is names(), 'task:updated notify:task_session_completed',
	'a finished part is notified';
mia("select api.task_timeline_add('$t->{id}', '{\"message\": \"m\",
	\"sessionId\": \"$x\"}')");
is names(), 'notify:progress session:updated',
	'progress is told, and the session';
mia("select api.task_timeline_add('$t->{id}', '{\"message\": \"m\",
	\"sessionId\": \"$x\", \"type\": \"needs_input\"}')");
is names(), 'session:status_changed notify:needs_input session:updated',
	'so is a question';
mia("update public.sessions set status = 'failed'");
is names(), 'session:status_changed notify:session_failed',
	'so is the end of a session';

my $c = json("select api.task_create('{\"projectId\": \"$p\",
	\"parentId\": \"$t->{id}\"}')");
heard();
mia("select api.task_delete('$t->{id}')");
@all = events();
is_deeply [map { [$_->{type}, $_->{data}{id}, $_->{data}{projectId}] }
	grep { $_->{type} eq 'task:deleted' } @all],
	[['task:deleted', $c->{id}, $p], ['task:deleted', $t->{id}, $p]],
	'descendants are told first, with their project';
mia("select api.session_delete('$x')");
is names(), 'session:deleted', 'a deleted session';
$s->ask('bob', "select api.project_update('$other', '{\"name\": \"n\"}')");
($e) = events();
is_deeply [$e->{type}, @{$e->{data}}{qw(table id)},
	sort @{$e->{data}{columns}}],
	['project:updated', 'projects', $other, qw(name updated_at)],
	'a changed project: which row, and what of it';
$s->ask('bob', "select api.member_add('$other', '{\"userId\":
	\"@{[$s->id('vic')]}\"}')");
is names(), 'project:member_added', 'a new member';
$s->ask('bob', "select api.project_delete('$other')");
like names(), qr/project:deleted/, 'a deleted project';
# --- what passes through a session ---

mia("select api.session_create('{\"projectId\": \"$p\", \"taskIds\": [],
	\"id\": \"sess_$_\", \"name\": \"N$_\"}')") for 1, 2;
events();
mia("select api.session_prompt('sess_2', '{\"content\": \"do\",
	\"senderSessionId\": \"sess_1\"}')");
my ($said) = grep { $_->{type} eq 'session:prompt_send' } events();
is $said->{data}{content}, '[From: N1 (sess_1)] do',
	'7.9: a prompt is told with who speaks';
mia("select api.session_prompt('sess_2', '{\"content\":
	\"[From: N1 (sess_1)] do\", \"senderSessionId\": \"sess_1\"}')");
($said) = grep { $_->{type} eq 'session:prompt_send' } events();
is $said->{data}{content}, '[From: N1 (sess_1)] do', '7.9: once';
mia("select api.session_answer('sess_2', '{\"content\": \"yes\"}')");
($said) = grep { $_->{type} eq 'session:prompt_send' } events();
is_deeply [@{$said->{data}}{qw(sessionId content senderSessionId
	senderProjectId)}], ['sess_2', 'yes', 'ui', undef],
	'5.1: a person speaks as "ui", in her own words';
mia("select api.session_modal('sess_1', '{\"modalId\": \"m\",
	\"html\": \"<p>\"}')");
is names(), 'session:modal', 'a modal passes through';
mia("select api.session_resume('sess_1')");
is names(), 'session:status_changed session:resume', 'so does a resume';

# --- mail: one event for each row that is stored ---

my $mail = json("select api.mail_send('{\"projectId\": \"$p\",
	\"fromSessionId\": \"sess_1\", \"toSessionId\": \"sess_2\",
	\"type\": \"query\", \"subject\": \"s\"}')");
my @told = events();
is_deeply [map { [@$_{qw(type projectId data)}] } @told],
	[['mail:received', $p, {table => 'mail', id => $mail->{id},
	columns => undef}]], 'a mail is told by its row';
$s->psql("update public.sessions set parent_session_id = 'sess_1'
	where id = 'sess_2'");
mia("select api.session_create('{\"projectId\": \"$p\", \"taskIds\": [],
	\"id\": \"sess_3\", \"parentSessionId\": \"sess_1\"}')");
events();
mia("select api.mail_send('{\"projectId\": \"$p\",
	\"fromSessionId\": \"sess_1\", \"scope\": \"my-workers\",
	\"type\": \"query\", \"subject\": \"s\"}')");
is_deeply [map { [$_->{type}, $s->psql("select to_session_id from public.mail
	where id = '$_->{data}{id}'")] } events()],
	[['mail:received', 'sess_2'], ['mail:received', 'sess_3']],
	'one for each row of a fan-out';
mia("select api.session_mail_send('sess_2', '{\"message\": \"m\",
	\"fromSessionId\": \"sess_1\"}')");
is names(), 'mail:received', 'one of generation B too';
mia("select api.session_mail_read('sess_2', true)");
is names(), '', 'reading is no news';
mia("select api.mail_delete('$mail->{id}')");
is_deeply [map { [@$_{qw(type projectId data)}] } events()],
	[['mail:deleted', $p, {id => $mail->{id}, projectId => $p}]],
	'a deleted mail';
is $s->refusal('bob', "select private.signal_session('sess_1',
	'session:modal', '{}')"), '404 not_found', 'not of strangers';
is $s->refusal('mia', "select private.signal_session('sess_1',
	'task:created', '{}')"), '404 not_found', 'nor any other news';

# --- what belongs to one person, and images ---

my $cp = json("select api.custom_prompt_create('{\"name\": \"n\",
	\"content\": \"c\"}')");
($e) = events();
is_deeply [@$e{qw(type projectId userId)}, $e->{data}],
	['custom_prompt:created', undef, $s->id('mia'), {id => $cp->{id},
	table => 'custom_prompts', columns => undef}],
	'a custom prompt is of no project, but of a person';
mia("select api.custom_prompt_update('$cp->{id}', '{\"name\": \"o\"}')");
mia("select api.custom_prompt_delete('$cp->{id}')");
is names(), 'custom_prompt:updated custom_prompt:deleted',
	'so are its change and its end';
my $shown = json("select api.task_create('{\"projectId\": \"$p\"}')");
my $key = mia("select api.task_image_await('$shown->{id}')");
events();
my $image = json("select api.task_image_add('$shown->{id}', '$key', 'a.png',
	'image/png', 7)");
($e) = events();
is_deeply [$e->{type}, sort @{$e->{data}{columns}}],
	[qw(task:updated images updated_at)],
	'an image is news of its task';
mia("select api.task_image_delete('$shown->{id}', '$image->{id}')");
($e) = events();
is_deeply [$e->{type}, sort @{$e->{data}{columns}}],
	[qw(task:updated images updated_at)],
	'so is its end';

# --- appends: told once per transaction, and no write to the session's row ---

sub updates () { grep { $_->{type} eq 'session:updated' } events() }
sub version () {
	return $s->psql("select xmin, ctid from public.sessions
		where id = 'sess_1'");
}
my $before = version();
events();
mia("select api.session_doc_add('sess_1', '{\"title\": \"D\",
	\"filePath\": \"d.md\", \"content\": \"one\"}')");
@told = updates();
is scalar @told, 1, 'a document and its entry are one update';
is_deeply $told[0]{data}, {table => 'sessions', id => 'sess_1',
	columns => undef}, 'of the row they are parts of';
sub part ($name) { $s->rows('mia', "session_$name", 'sess_1')->[-1] }
is_deeply [part('docs')->{title}, part('timeline')->{type}],
	['D', 'doc_added'], 'that has both of them';
my $doc = part('docs')->{id};
mia("select api.session_event_add('sess_1', '{\"type\": \"e\"}')");
is scalar(updates()), 1, 'an event is one';
mia("select api.session_timeline_add('sess_1', '{\"message\": \"m\"}')");
is scalar(updates()), 1, 'so is an entry';
mia("begin; select api.session_timeline_add('sess_1',
	'{\"message\": \"$_\"}') from generate_series(1, 3) x; commit;") for 'm';
@told = updates();
is_deeply [scalar @told, part('timeline')->{message}], [1, 'm'],
	'so are three in one transaction';
mia("select api.session_doc_write('sess_1', '$doc',
	'{\"content\": \"two\"}')");
is scalar(updates()), 1, 'a document written anew is told';
is version(), $before, 'none of these wrote the row of the session';
my $seen = $s->rows('mia', 'session_get', 'sess_1')->[0]{lastActivity};
mia("select api.session_event_add('sess_1', '{\"type\": \"e\"}')");
cmp_ok $s->rows('mia', 'session_get', 'sess_1')->[0]{lastActivity}, 'gt', $seen,
	'and yet they are activity';
events();
mia("select api.session_update('sess_1', '{\"archivedAt\": 5,
	\"timeline\": [{\"message\": \"x\"}], \"events\":
	[{\"type\": \"y\"}]}')");
@told = updates();
is_deeply [map { $_->{data} } @told], [{table => 'sessions', id => 'sess_1',
	columns => undef}], 'a change with entries and events is one update';
is part('timeline')->{message}, 'x', 'and all of it is there';

# --- who plays: members, teams, profiles, graphs ---

sub told () { join ' ', map { "$_->{type}:" . ($_->{data}{id} // '') }
	events() }
my $tm = json("select api.teammember_create('{\"projectId\": \"$p\",
	\"name\": \"n\", \"role\": \"r\", \"avatar\": \"a\"}')");
($e) = events();
my $id = $tm->{id};
is_deeply [@$e{qw(type projectId data)}], ['team_member:created', $p,
	{table => 'team_members', id => $id, columns => undef}],
	'a team member is told: which row';
sub change ($json) {
	mia("select api.teammember_update('$id', '{\"projectId\": \"$p\",
		$json}')");
	return names();
}
is change('"name": "x"'), 'team_member:updated', 'a change';
is change('"status": "archived"'), 'team_member:archived', 'put away';
is change('"status": "active"'), 'team_member:updated', 'and back';
sub move ($scope) {
	mia("select api.teammember_scope('$id', '{\"projectId\": \"$p\",
		\"scope\": \"$scope\"}')");
	return names();
}
is move('global'), 'team_member:deleted',
	'one that becomes global goes, for the project';
mia("update public.team_members set name = 'y' where id = '$id'");
is names(), '', 'a global one is no news';
is move('project'), 'team_member:created', 'and comes back';
mia("select api.teammember_status('$id', '$p', 'archived')");
mia("select api.teammember_delete('$id', '$p')");
is told(), "team_member:archived:$id team_member:deleted:$id", 'deleted';
my $std = "tm_${p}_standup";
mia("select api.teammember_update('$std', '{\"projectId\": \"$p\",
	\"name\": \"Daily\"}')");
($e) = events();
is_deeply [@$e{qw(type data)}], ['team_member:updated',
	{table => 'team_members', id => $std, columns => undef}],
	'a default that is changed is told like one';
mia("select api.teammember_remember('$std', '{\"projectId\": \"$p\",
	\"entries\": [\"m\"]}')");
is told(), "team_member:updated:$std", 'so is what it remembers';
mia("select api.teammember_reset('$std', '$p')");
is told(), "team_member:updated:$std", 'and its reset';

my ($one, $two) = map { json("select api.team_create('{\"projectId\": \"$p\",
	\"name\": \"$_\", \"leaderId\": \"$std\"}')") } 1, 2;
@all = events();
is_deeply [map { @$_{qw(type projectId data)} } @all], [map { ('team:created',
	$p, {table => 'teams', id => $_->{id}, columns => undef}) } $one, $two],
	'teams are told: which rows';
mia("select api.team_subteam_add('$one->{id}', '{\"projectId\": \"$p\",
	\"subTeamId\": \"$two->{id}\"}')");
is told(), "team:updated:$one->{id} team:updated:$two->{id}",
	'both ends of a sub-team change';
mia("select api.team_subteam_add('$one->{id}', '{\"projectId\": \"$p\",
	\"subTeamId\": \"$two->{id}\"}')");
is told(), '', 'once';
mia("select api.team_status('$two->{id}', '$p', '$_')")
	for qw(archived archived active archived);
mia("select api.team_delete('$two->{id}', '$p')");
@all = events();
is join(' ', map { $_->{type} } @all), 'team:archived team:updated '
	. 'team:archived team:deleted', 'put away, back, away, deleted';
is_deeply $all[-1]{data}, {id => $two->{id}, projectId => $p},
	'with its project';

my $mp = json("select api.modelprofile_create('{\"name\": \"n\",
	\"launchConfig\": {\"provider\": \"claude\", \"model\": \"m\"}}')");
mia("select api.modelprofile_update('$mp->{id}', '{\"name\": \"x\"}')");
mia("select api.modelprofile_delete('$mp->{id}')");
@all = events();
is join(' ', map { $_->{type} } @all), 'model_profile:created '
	. 'model_profile:updated model_profile:deleted', 'a model profile';
is_deeply [map { @$_{qw(projectId userId)} } @all],
	[(undef, $s->id('mia')) x 3], 'is for the ears of its owner';
is_deeply $all[0]{data}, {table => 'model_profiles', id => $mp->{id},
	columns => undef}, 'which row';

my $graph = json("select api.taskgraph_create('{\"projectId\": \"$p\",
	\"name\": \"n\"}')");
mia("select api.taskgraph_update('$graph->{id}', '{\"name\": \"x\"}')");
mia("select api.taskgraph_validate('$graph->{id}')");
mia("select api.taskgraph_delete('$graph->{id}')");
@all = events();
is join(' ', map { $_->{type} } @all), 'task_graph:created '
	. 'task_graph:updated task_graph:deleted', 'a task graph';
is_deeply [map { $_->{data} } @all[0, 2]], [{table => 'task_graphs',
	id => $graph->{id}, columns => undef}, {id => $graph->{id},
	projectId => $p}], 'with its project to the end';
is join(' ', sort @{$all[1]{data}{columns}}), 'name updated_at',
	'and what changed';

# --- a session that is spawned ---

my $work = json("select api.task_create('{\"projectId\": \"$p\"}')")->{id};
events();
my $spawned = $s->rows('mia', 'session_get', json("select api.session_spawn('{\"projectId\": \"$p\",
	\"taskIds\": [\"$work\"], \"sessionId\": \"sess_1\",
	\"mode\": \"coordinator\", \"initialDirective\":
	{\"subject\": \"s\"}}', null)"))->[0];
@all = events();
is join(' ', sort map { $_->{type} } @all), join(' ', sort qw(mail:received
	session:spawn session:updated task:session_added session:task_added)),
	'5.1: session:spawn instead of session:created; the parent leads now';
my ($news) = map { $_->{data} } grep { $_->{type} eq 'session:spawn' } @all;
is_deeply [@$news{qw(command cwd manifest projectId taskIds spawnSource
	parentSessionId rootSessionId)}], ['maestro orchestrator init', '/w',
	undef, $p, [$work], 'ui', 'sess_1', 'sess_1'],
	'5.1: what a helper needs';
is_deeply [@$news{qw(table id columns)}, exists $news->{env}],
	['sessions', $spawned->{id}, undef, ''],
	'5.1: which session it is, without its env';
is_deeply $news->{envVars}, $spawned->{env}, '2.16: and its variables';
is scalar(grep { /key|secret|token|passw/i } %{$news->{envVars}}), 0,
	'2.16: none of which is a secret';
mia("begin; select api.session_spawn('{\"projectId\": \"$p\",
	\"taskIds\": [\"$work\"]}', null); rollback");
is names(), '', 'what is rolled back starts no agent';
mia("select api.session_create('{\"projectId\": \"$p\", \"taskIds\": [],
	\"status\": \"spawning\", \"metadata\": {\"spawnSource\": \"ui\"}}')");
is names(), 'session:created', 'who only looks spawned starts none either';

# --- an agent that vanished ---

mia("select api.session_update('$spawned->{id}', '{\"status\": \"working\"}')");
events();
$s->ask('service', "select private.fail_silent(
	array['$spawned->{id}', 'sess_no'], 1000)");
@all = events();
is join(' ', map { $_->{type} } @all), 'session:status_changed '
	. 'notify:session_failed session:updated',
	'5.4: a lost agent is notified';
is $s->rows('mia', 'session_timeline', $all[-1]{data}{id})->[-1]{type},
	'error', '5.4: with the entry';

# --- nothing of one project in the ears of another ---

# bob has a project of his own and works in mia's too: what he has in his says
# so, and is heard there alone.
sub bob ($sql) { $s->ask('bob', $sql) }
my $his = $s->json('bob', "select api.project_create('{\"name\": \"SECRET\",
	\"workingDir\": \"/SECRET\"}')")->{id};
$s->psql("insert into public.project_members (project_id, user_id, role)
	values ('$p', '" . $s->id('bob') . "', 'member')");
my $his_task = $s->json('bob', "select api.task_create('{\"projectId\":
	\"$his\", \"title\": \"SECRET\", \"initialPrompt\": \"SECRET\"}')")->{id};
bob("select api.session_create('{\"projectId\": \"$his\", \"id\": \"his_$_\",
	\"name\": \"n\", \"taskIds\": [\"$his_task\"], \"env\":
	{\"HOME\": \"SECRET\"}, \"metadata\": {\"m\": \"SECRET\"}}')") for 1, 2;
bob("select api.session_create('{\"projectId\": \"$p\", \"id\": \"hers\",
	\"taskIds\": [], \"env\": {\"HOME\": \"SECRET\"}}')");
my $his_prompt = $s->json('bob', "select api.custom_prompt_create(
	'{\"name\": \"p\", \"content\": \"SECRET\"}')")->{id};
$s->json('bob', "select api.modelprofile_create('{\"name\": \"SECRET\",
	\"launchConfig\": {\"provider\": \"claude\", \"model\": \"m\"}}')");
bob("select api.session_doc_add('his_1', '{\"title\": \"SECRET\",
	\"filePath\": \"d\", \"content\": \"SECRET\"}')");
bob("select api.mail_send('{\"projectId\": \"$his\", \"fromSessionId\":
	\"his_1\", \"toSessionId\": \"his_2\", \"type\": \"query\",
	\"subject\": \"SECRET\"}')");
bob("select api.session_prompt('his_2', '{\"content\": \"SECRET\",
	\"senderSessionId\": \"his_1\"}')");
bob("select api.spell_invoke('{\"entityType\": \"custom-prompt\",
	\"entityId\": \"$his_prompt\", \"targetSessionId\": \"his_1\"}', null)");
# What he says from his to hers is the words alone.
bob("select api.session_prompt('hers', '{\"content\": \"hello\",
	\"senderSessionId\": \"his_1\"}')");
bob("select api.mail_send('{\"projectId\": \"$p\", \"fromSessionId\":
	\"his_1\", \"toSessionId\": \"hers\", \"type\": \"query\",
	\"subject\": \"hello\"}')");
# Neither does it help to name what is his in hers.
my $hers = $s->json('bob', "select api.task_create('{\"projectId\": \"$p\",
	\"referenceTaskIds\": [\"$his_task\"], \"dependencies\":
	[\"$his_task\"]}')")->{id};
for my $sql ("select api.task_create('{\"projectId\": \"$p\", \"parentId\":
		\"$his_task\"}')",
	"select api.session_create('{\"projectId\": \"$p\", \"taskIds\":
		[\"$his_task\"]}')",
	"select api.session_create('{\"projectId\": \"$p\", \"taskIds\": [],
		\"parentSessionId\": \"his_1\"}')",
	"select api.task_update('$hers', '{\"sessionIds\": [\"his_1\"]}')",
	"select api.tasklist_create('{\"projectId\": \"$p\", \"name\": \"l\",
		\"orderedTaskIds\": [\"$his_task\"]}')",
	"select api.mail_send('{\"projectId\": \"$p\", \"toSessionId\":
		\"his_1\", \"type\": \"query\", \"subject\": \"x\"}')",
	"select api.session_mail_send('hers', '{\"message\": \"SECRET\",
		\"fromSessionId\": \"his_1\"}')",
	"select api.spell_invoke('{\"entityType\": \"task\", \"entityId\":
		\"$his_task\", \"targetSessionId\": \"hers\"}', null)")
{
	$s->refusal('bob', $sql); # or takes it: what is told counts
}
my @heard = map { [$_, JSON::PP->new->decode($_)] } heard();
my %where;
push @{$where{$_->[1]{projectId} // $_->[1]{userId} // ''}}, $_ for @heard;
is_deeply [sort keys %where], [sort $his, $p, $s->id('bob')],
	'each event is for one project, or for one person';
is_deeply [map { $_->[0] } grep { $_->[0] =~ /SECRET/ } @{$where{$p}}], [],
	'what is of one project no event of another tells';
is_deeply [grep { ref $_->[1]{data} eq 'HASH' && ($_->[1]{data}{projectId}
	// $p) ne $p } @{$where{$p}}], [], 'nor says that it is of another';
cmp_ok scalar @{$where{$his}}, '>', 8, 'its own tell of it';
is_deeply [grep { $_->[0] =~ /"env" *: *\{ *"/ } @heard], [],
	'an environment is in none';
# A mail is told by its id.
my $letter = $s->psql("select id from public.mail where subject = 'hello'");
is_deeply [sort map { $_->[1]{type} } grep { $_->[0] =~ /hello|$letter/ }
	@{$where{$p}}], [qw(mail:received session:prompt_send)],
	'words that he sent her arrive';
is_deeply [map { $_->[0] } grep { $_->[0] =~ /hello|$letter/ } @{$where{$his}}],
	[], 'and are told there alone';

$s->psql("select pg_drop_replication_slot('t')");

done_testing;
