# The rules of projects, members, tasks and sessions, below HTTP.
use v5.36;
use lib 't/lib';
use Test::More;
use Maestro::Sql;

my $s = Maestro::Sql->new;
my ($p, $other) = @$s{qw(p other)};
my %id = map { $_ => $s->id($_) } @Maestro::Sql::people;

sub call ($function, @args) {
	return "select $function(" . join(', ', map {
		defined $_ ? ref $_ ? Maestro::Sql::quote(
			JSON::PP->new->ascii->encode($_)) . '::json'
			: Maestro::Sql::quote($_) : 'null' } @args) . ')';
}
sub does ($who, @call) { $s->json($who, call(@call)) }
sub refused ($who, @call) { $s->refusal($who, call(@call)) }
sub hidden ($who, @query) { $s->refusal($who, $s->query(@query)) }

# --- profiles follow accounts ---

is $s->rows('ann', 'profile_get')->[0]{displayName}, 'Ann',
	'the profile has the name given at sign-up';
does('ann', 'api.profile_update', {displayName => ' Anna '});
is $s->rows('ann', 'profile_get')->[0]{displayName}, 'Anna', 'it can change';
$s->psql("update auth.users set email = 'new\@example.test'
	where id = '$id{ann}'");
is $s->rows('ann', 'profile_get')->[0]{email}, 'new@example.test',
	'a new address arrives';
is $s->rows('ann', 'profile_get')->[0]{displayName}, 'Anna',
	'and leaves the chosen name alone';
$s->psql("insert into auth.users (id, email, phone, phone_confirmed_at,
	raw_user_meta_data)
	values (gen_random_uuid(), null, '4912345', now(),
		jsonb_build_object('display_name', repeat('x', 5000))),
	(gen_random_uuid(), null, '+++', now(), '[]')");
is $s->psql("select phone, length(display_name) from public.users
	where email is null order by 1 nulls last"), "+4912345|200\n|",
	'odd accounts never stop a sign-up';

# --- members ---

is refused('mia', 'api.member_add', $p, {email => 'bob@example.test'}),
	'403 forbidden', 'a member adds nobody';
is refused('bob', 'api.member_add', $p, {email => 'bob@example.test'}),
	'404 not_found', 'a stranger learns nothing of the project';
is refused('ann', 'api.member_add', $p, {}), '400 validation_failed email',
	'somebody must be named';
is refused('ann', 'api.member_add', $p, {userId =>
	'00000000-0000-4000-8000-0000000000ff'}), '404 not_found',
	'an unknown person is not found';
is refused('ann', 'api.member_add', $p, {email => 'VIC@example.test'}),
	'409 already_exists email', 'nobody is a member twice';
is refused('adam', 'api.member_add', $p, {email => 'bob@example.test',
	role => 'owner'}), '403 forbidden', 'an admin makes no owner';
is does('adam', 'api.member_add', $p, {email => 'bob@example.test',
	role => 'viewer'})->{status}, 'member', 'a known address joins at once';
is scalar @{$s->rows('bob', 'project_list')}, 2,
	'and sees the project';
is refused('adam', 'api.member_change', $p, $id{ann}, {role => 'viewer'}),
	'403 forbidden', 'an admin does not touch the owner';
is refused('adam', 'api.member_remove', $p, $id{ann}), '403 forbidden',
	'nor removes the owner';
is refused('ann', 'api.member_remove', $p, $id{ann}),
	'422 business_rule_error', 'the last owner cannot leave';
is refused('ann', 'api.member_change', $p, $id{ann}, {role => 'admin'}),
	'422 business_rule_error', 'nor step down';
is does('bob', 'api.member_remove', $p, $id{bob}), $id{bob},
	'anybody else may leave';
is hidden('bob', 'member_list', $p), '404 not_found',
	'and is a stranger again';
does('ann', 'api.member_change', $p, $id{adam}, {role => 'owner'});
does('ann', 'api.member_remove', $p, $id{ann});
is $s->psql("select owner_id from public.projects where id = '$p'"),
	$id{adam}, 'a second owner takes over';
does('adam', 'api.member_add', $p, {userId => $id{ann}, role => 'owner'});
does('adam', 'api.member_change', $p, $id{adam}, {role => 'admin'});

# --- invitations ---

my $i = does('adam', 'api.member_add', $p, {email => 'New@Else.test',
	role => 'member'});
is $i->{status}, 'invited', 'an unknown address is invited';
like $i->{token}, qr/^[0-9a-f]{64}$/, 'the answer has the token';
is $s->psql("select count(*) from public.project_invitations
	where encode(token_hash, 'hex') = '$i->{token}'"), 0,
	'the database does not';
my $again = does('adam', 'api.member_add', $p, {email => 'new@else.test',
	role => 'viewer'});
is scalar @{$s->rows('ann', 'invitation_list', $p)}, 1,
	'a second invitation replaces the first';
is hidden('mia', 'invitation_list', $p), '403 forbidden',
	'members do not see them';
is refused('bob', 'private.accept_invitation', $i->{token}),
	'404 not_found', 'the replaced token is dead';
is does('bob', 'private.peek_invitation', $again->{token})->{projectName},
	'of ann', 'the token says what it is for';
is $s->rows('bob', 'invitation_accept', $again->{token})->[0]{role},
	'viewer', 'and makes its holder a member';
is refused('bob', 'private.accept_invitation', $again->{token}),
	'404 not_found', 'once';
is refused('ann', 'api.member_add', $p, {email => 'x@y.test',
	role => 'owner'}), '422 business_rule_error role',
	'ownership is not given by mail';
my $dead = does('ann', 'api.member_add', $p, {email => 'late@y.test'});
is does('ann', 'api.invitation_revoke', $p, $dead->{id}), $dead->{id},
	'an invitation can be taken back';
is refused('vic', 'private.accept_invitation', $dead->{token}),
	'404 not_found', 'then it is dead';
$dead = does('ann', 'api.member_add', $p, {email => 'late@y.test'});
$s->psql("update public.project_invitations set expires_at = now()
	where id = '$dead->{id}'");
is refused('bob', 'private.accept_invitation', $dead->{token}),
	'404 not_found', 'an expired one too';
my $low = does('ann', 'api.member_add', $p, {email => 'low@y.test',
	role => 'viewer'});
is $s->rows('adam', 'invitation_accept', $low->{token})->[0]{role}, 'admin',
	'an invitation never lowers a role';
does('ann', 'api.member_remove', $p, $id{bob});

# --- tasks ---

is refused('vic', 'api.task_create', {projectId => $p, title => 't'}),
	'403 forbidden', 'a viewer makes no task';
is refused('bob', 'api.task_create', {projectId => $p, title => 't'}),
	'404 not_found', 'a stranger finds no project';
my $t = does('mia', 'api.task_create', {projectId => $p, title => ' one ',
	clientRequestId => 'r', tags => ['b', 'a'], dueDate => '2026-12-24'});
is $t->{title}, 'one', 'the title is trimmed';
is_deeply [@$t{qw(status priority description initialPrompt parentId
	startedAt completedAt teamId dueDate)}], ['todo', 'medium', '', '',
	undef, undef, undef, undef, '2026-12-24'], 'defaults are the wire\'s';
ok !defined $t->{$_}, "$_ is null until set" for qw(taskSessionStatuses
	teamMemberId teamMemberIds memberOverrides images dangerousMode
	useWorktree pinned);
is does('mia', 'api.task_create', {projectId => $p, title => 'two',
	clientRequestId => 'r'})->{id}, $t->{id},
	'a repeated request gives the stored task';
my $far = does('bob', 'api.task_create', {projectId => $other, title => 'x'});
is refused('mia', 'api.task_create', {projectId => $p,
	parentId => $far->{id}}), '404 not_found',
	'a parent of another project is not found';
my $child = does('mia', 'api.task_create', {projectId => $p,
	parentId => $t->{id}, title => 'child'});
my $grand = does('mia', 'api.task_create', {projectId => $p,
	parentId => $child->{id}, title => 'grandchild'});
is_deeply [map { $_->{id} } @{$s->rows('vic', 'task_children',
	$t->{id})}], [$child->{id}], 'children are the direct ones';
is refused('vic', 'api.task_update', $t->{id}, {title => 'x'}),
	'403 forbidden', 'a viewer changes nothing';
is refused('bob', 'api.task_update', $t->{id}, {title => 'x'}),
	'404 not_found', 'a stranger finds nothing';
my $u = does('mia', 'api.task_update', $t->{id}, {status => 'in_progress'});
ok $u->{startedAt} && !$u->{completedAt}, 'work started';
$u = does('mia', 'api.task_update', $t->{id}, {status => 'completed'});
my $first = $u->{completedAt};
does('mia', 'api.task_update', $t->{id}, {status => 'todo', dueDate => undef});
$u = does('mia', 'api.task_update', $t->{id}, {status => 'completed'});
is $u->{completedAt}, $first, 'stamps are set once and stay';
is $u->{dueDate}, undef, 'null clears the due date';
is_deeply $u->{tags}, ['b', 'a'], 'what is not named stays';
$u = does('mia', 'api.task_update', $t->{id}, {taskSessionStatuses =>
	{s1 => 'working'}});
$u = does('mia', 'api.task_update', $t->{id}, {taskSessionStatuses =>
	{s2 => 'failed'}});
is_deeply $u->{taskSessionStatuses}, {s1 => 'working', s2 => 'failed'},
	'taskSessionStatuses are merged';
is refused('mia', 'api.task_update', $t->{id}, {taskSessionStatuses =>
	{s2 => 'great'}}), '400 validation_failed taskSessionStatuses.s2',
	'their values are checked';

# --- sessions and what they say of tasks ---

is refused('mia', 'api.session_create', {projectId => $p}),
	'400 validation_failed taskIds', 'a session names its tasks';
is refused('mia', 'api.session_create', {projectId => $p,
	taskIds => [$far->{id}]}), '404 not_found', 'of the same project';
sub session ($who, $id) { $s->rows($who, 'session_get', $id)->[0] }
my $e = session('mia', does('mia', 'api.session_create', {projectId => $p,
	name => 'w', taskIds => [$t->{id}], env => {A => '1',
	MY_SECRET => 'x'}}));
is_deeply $e->{taskIds}, [$t->{id}], 'the session has its task';
is_deeply $s->rows('vic', 'task_get', $t->{id})->[0]{sessionIds}, [$e->{id}],
	'and the task its session';
is_deeply $e->{env}, {A => '1'}, 'secrets are dropped from env';
is_deeply session('ann', $e->{id})->{env}, {},
	'env shows to its owner only';
is_deeply [map { $_->{type} } @{$s->rows('mia', 'session_timeline',
	$e->{id})}],
	['session_started', 'task_started'], 'the timeline begins';
is $e->{rootSessionId}, $e->{id}, 'a session is its own root';
is refused('mia', 'api.session_create', {id => $e->{id}, projectId => $p,
	taskIds => []}), '23505', 'an id is taken once';
$u = does('mia', 'api.task_update', $child->{id}, {updateSource => 'session',
	sessionId => $e->{id}, sessionStatus => 'working', title => 'no',
	status => 'completed'});
is_deeply [@$u{qw(title status)}, $u->{taskSessionStatuses}, $u->{sessionIds}],
	['child', 'todo', {$e->{id} => 'working'}, [$e->{id}]],
	'a session changes its own entry only, and is linked';
is refused('mia', 'api.task_update', $child->{id}, {updateSource =>
	'session', sessionId => 'sess_no', sessionStatus => 'working'}),
	'404 not_found', 'an unknown session is not found';
is does('mia', 'api.task_timeline_add', $t->{id}, {message => 'hm',
	sessionId => $e->{id}, type => 'needs_input'})->{type}, 'needs_input',
	'a task writes to the timeline of its session';
is session('mia', $e->{id})->{needsInput}{message}, 'hm',
	'which now needs input';
is refused('vic', 'api.task_timeline_add', $t->{id}, {message => 'x',
	sessionId => $e->{id}}), '403 forbidden', 'a viewer writes nothing';
my $d = does('mia', 'api.task_doc_add', $grand->{id}, {title => 'D',
	filePath => 'x.excalidraw', content => "\x{e4}", sessionId => $e->{id}});
is_deeply session('mia', $e->{id})->{taskIds},
	[$t->{id}, $child->{id}, $grand->{id}], 'a document links its task';
my $docs = $s->rows('vic', 'task_docs', $grand->{id});
is_deeply [map { @$_{qw(title kind content sessionName)} } @$docs],
	['D', 'diagram', "\x{e4}", 'w'], 'the list has text, kind and source';
is_deeply $s->rows('vic', 'task_docs', $t->{id}), [],
	'another task does not show it';
is_deeply [map { $_->{count} // $_->{title} } map { @{$s->rows('vic', @$_)} }
	['project_docs', $p, 'diagram', 1, 0],
	['project_docs_count', $p, 'diagram'],
	['task_docs_count', $grand->{id}], ['task_docs_count', $t->{id}]],
	['D', 1, 1, 0], 'the project does';
is $s->refusal('bob', $s->query('project_docs', $p)), '404 not_found',
	'not to strangers';

# --- lists and the board ---

is_deeply [map { $_->{id} } @{$s->rows('vic', 'task_list_project', $p,
	undef, 't')}], [$t->{id}], 'the top level';
is_deeply $s->rows('bob', 'task_list_project', $p), [],
	'a foreign project is an empty list';
is_deeply [scalar @{$s->rows('vic', 'task_list_project', $p, undef, undef, 2, 1)},
	$s->rows('vic', 'task_count_project', $p)->[0]{count}], [2, 3],
	'a window, and how many there are';
my $cards = $s->rows('vic', 'board_cards', $p);
is_deeply [map { $_->{status} } @$cards], [qw(completed todo todo)],
	'cards stand by column';
is $s->rows('vic', 'project_role', $p)->[0]{role}, 'viewer',
	'the board says what the caller may';
my ($card) = grep { $_->{id} eq $t->{id} } @$cards;
is_deeply [@$card{qw(subtasks subtasksDone)}], [1, 0], 'cards count subtasks';
is scalar @{$s->rows('vic', 'board_cards', $p, 'CHILD')}, 2, 'words narrow it';
is scalar @{$s->rows('vic', 'board_cards', $p, '%')}, 0, 'and are no patterns';
is_deeply $s->rows('bob', 'board_cards', $p), [],
	'a stranger sees no cards';
is hidden('bob', 'project_role', $p), '404 not_found', 'and no board';

# --- the end ---

is refused('adam', 'api.project_delete', $p), '403 forbidden',
	'an admin does not delete a project';
is refused('ann', 'api.project_delete', $p), '422 business_rule_error',
	'nor anyone while it has tasks';
does('mia', 'api.task_delete', $t->{id});
is_deeply $s->rows('vic', 'task_list_project', $p), [],
	'descendants go with a task';
is_deeply session('mia', $e->{id})->{taskIds}, [],
	'the session stays';
does('mia', 'api.session_delete', $e->{id});
is does('ann', 'api.project_delete', $p), $p, 'an empty project goes';

# --- signs of life ---

my $live = does('ann', 'api.project_create', {name => 'l',
	workingDir => '/'})->{id};
my $agent = does('ann', 'api.session_create', {projectId => $live,
	taskIds => []});
is_deeply [map { $s->rows('ann', 'session_count', $live, (undef) x 4, @$_)
	->[0]{sessionTotal} } [], ['idle'], ['working'], [undef, 'true'],
	[undef, 'false']], [1, 1, 0, 1, 0], 'a list knows how many there are';
does('ann', 'api.session_update', $agent, {status => 'failed'});
is_deeply [map { $s->rows($_->[0], 'session_count', $live, (undef) x 4,
	$_->[1])->[0]{sessionTotal} } ['ann', 'idle'], ['ann', 'failed'],
	['bob', undef]], [0, 1, 0], 'in each state, and strangers of none';
does('ann', 'api.session_update', $agent, {status => 'working'});
sub beats () { $s->psql('select count(*) from private.session_beats') }
$s->ask('bob', "select private.keep_beat('$agent')");
is beats(), 0, 'a stranger keeps no session alive';
is refused('bob', 'api.session_beat', $agent), '404 not_found',
	'and does not learn of it';
$s->ask('ann', "select api.session_beat('$agent')") for 1, 2;
is beats(), 1, 'its own people do';
is $s->refusal($_, "select private.fail_silent('{$agent}', 0)"), '42501',
	"$_ fails nobody" for qw(ann bob anon);
is $s->refusal('ann', "select private.kept_beats()"), '42501',
	'who beats is not for everybody';
my ($until) = $s->ask('service', 'select until from private.kept_beats()');
$s->ask('ann', "select api.session_beat('$agent')");
$s->ask('service', "select private.drop_beats(json_build_array(
	json_build_object('id', '$agent', 'until', '$until')))");
is beats(), 1, 'a beat that came while others were handed over stays';
is $s->ask('service', "select private.fail_silent('{$agent}', 60000)"), 0,
	'who was heard of is not lost';
is $s->ask('service', "select private.fail_silent('{$agent}', 0)"), 1,
	'who is silent for too long is';
does('ann', 'api.session_delete', $agent);
is beats(), 0, 'nothing stays of a session that is gone';
my $stored = 'select of_table, project_id, status, sum(n)
	from private.row_counts group by 1, 2, 3 having sum(n) <> 0';
my $there = join ' union all ', map { "select '$_', project_id, status, count(*)
	from public.$_ group by 1, 2, 3" } qw(tasks sessions);
is $s->psql("($stored except ($there)) union all (($there) except $stored)"),
	'', 'what is counted is there';

# --- accounts that end ---

my $shared = does('ann', 'api.project_create', {name => 's',
	workingDir => '/'})->{id};
my $alone = does('ann', 'api.project_create', {name => 'a',
	workingDir => '/'})->{id};
does('ann', 'api.member_add', $shared, {userId => $id{vic},
	role => 'viewer'});
does('ann', 'api.member_add', $shared, {userId => $id{mia}});
does('ann', 'api.task_create', {projectId => $shared, title => 'kept'});
$s->psql("delete from auth.users where id = '$id{ann}'");
is $s->psql("select owner_id from public.projects where id = '$shared'"),
	$id{mia}, 'a shared project passes to its highest member';
is $s->rows('vic', 'task_list_project', $shared)->[0]{title}, 'kept', 'with everything in it';
is $s->psql("select count(*) from public.projects where id = '$alone'"), 0,
	'a project of nobody else goes';

done_testing;
