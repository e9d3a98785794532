# The pages of agent sessions: lists, one session, what people do with it, and
# who may.
use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Pages;

my $m = page_server();
my %as = map { $_ => sign_up($m, $_) } qw(ann vic bob);
my $ann = $as{ann};
my ($project, $p) = start_project($m, $ann, 'Opus 1', vic => 'viewer');
my %id = map { $_ => $m->psql("select id from public.users
	where email = '$_\@pages.test'") } keys %as;

like $ann->get("$project/sessions")->body, qr/No sessions yet/,
	'an empty list is kindly';

my $evil = '<img src=x onerror=alert(1)>';
$m->psql(<<"END");
select set_config('request.jwt.claims', '{"sub": "$id{ann}"}', false)
	\\g /dev/null
insert into public.tasks (id, project_id, title, created_by) values
	('task_1', '$p', 'Tune up', '$id{ann}'),
	('task_2', '$p', 'Bow $evil', '$id{ann}');
insert into public.sessions (id, project_id, user_id, name, status,
	parent_session_id, root_session_id, needs_input, archived_at,
	team_member_snapshot, last_activity) values
	('sess_a', '$p', '$id{ann}', 'Alpha $evil', 'working', null, 'sess_a',
		null, null, '{"name": "Zoe $evil", "avatar": "Z"}', now()),
	('sess_b', '$p', '$id{ann}', 'Beta', 'idle', 'sess_a', 'sess_a',
		'{"active": true, "message": "Which key? $evil"}', null, null,
		now()),
	('sess_c', '$p', '$id{ann}', 'Gamma', 'completed', null, 'sess_c',
		null, null, null, now() + interval '1 hour'),
	('sess_d', '$p', '$id{ann}', 'Delta', 'stopped', null, 'sess_d',
		null, now(), null, now()),
	('sess_x', '$p', '$id{ann}', 'Chi', 'idle', 'sess_y', 'sess_y',
		null, null, null, now() - interval '1 hour'),
	('sess_y', '$p', '$id{ann}', 'Ypsilon', 'idle', 'sess_x', 'sess_y',
		null, null, null, now() - interval '1 hour');
END

# Names of the list, in order.
sub names ($query = '') {
	my $r = $ann->get("$project/sessions$query");
	is $r->status, 200, "sessions$query";
	unlike $r->body, qr/<img src=x/, 'what agents wrote is text';
	return [$r->body =~ m{<a class="name" href="[^"]+">(\w+)}g];
}

# --- the list ---------------------------------------------------------------
is_deeply names(), [qw(Alpha Beta Ypsilon Chi Gamma)],
	'trees at work first, parents before children, circles are no trap';
like $ann->get("$project/sessions")->body, qr/class="session depth-1 waits"/,
	'a child is indented, who waits is marked';
is_deeply names('?show=active'), [qw(Alpha Beta Ypsilon Chi)], 'active ones';
is_deeply names('?show=ended'), ['Gamma'], 'ended ones';
is_deeply names('?show=archived'), ['Delta'], 'archived ones';
is_deeply names('?show=waiting'), ['Beta'], 'waiting ones';
like $ann->get("$project/sessions?show=waiting")->body, qr/Child of <a/,
	'a child alone names its parent';
is @{names('?show=all')}, 6, 'all of them';
is_deeply names('?status=completed'), ['Gamma'], 'by status';
is_deeply names('?q=BET'), ['Beta'], 'by name';
is_deeply names('?q=%25'), [], 'a pattern is text';
like $ann->get($project)->body, qr/1 session waits/, 'the tab says who waits';
like $ann->get('/app')->body, qr/1 session waits/, 'so does the list of projects';
$m->psql("insert into public.sessions (project_id, name, status, started_at)
	select '$p', 'N' || n, 'failed', now() + n * interval '1 s'
	from generate_series(1, 120) n");
is @{names("?status=failed&page=$_->[0]")}, $_->[1], "page $_->[0]"
	for [1, 50], [3, 20], [4, 0];
is $ann->get("$project/sessions?page=$_")->status, 400, "page $_ is none"
	for 0, -1, 'x', 1e18;
is $as{bob}->get("$project/sessions")->status, 404, 'a stranger sees nothing';
is $as{vic}->get("$project/sessions")->status, 200, 'a viewer the list';
is $m->browser->get("$project/sessions")->status, 303, 'others sign in first';

# --- who waits, on the front page -------------------------------------------
$m->psql("insert into public.sessions (id, project_id, user_id, name, status,
	needs_input, archived_at) values
	('sess_q1', '$p', '$id{ann}', 'First $evil', 'idle',
		'{\"active\": true, \"message\": \"One\", \"since\": 1}', null),
	('sess_q2', '$p', '$id{ann}', 'Ended', 'failed',
		'{\"active\": true, \"since\": 1}', null),
	('sess_q3', '$p', '$id{ann}', 'Away', 'idle',
		'{\"active\": true, \"since\": 1}', now()),
	('sess_q4', '$p', '$id{ann}', 'Odd', 'idle',
		'{\"active\": true, \"since\": \"soon\", \"message\": 7}', null)");
my $front = $ann->get($project)->body;
like $front, qr/3 sessions wait for an answer/, 'the front page says who waits';
is_deeply [$front =~ m{<h3>.*?<a class="clamp" href="/app/sessions/(\w+)">}g],
	[qw(sess_q1 sess_b sess_q4)], 'those that live, the oldest first';
unlike $front, qr/<img src=x/, 'in words only';
like $front, qr{action="/app/sessions/sess_q1/answer"}, 'with a box to answer';
unlike $as{vic}->get($project)->body, qr{/answer"}, 'but not for viewers';
post_form($ann, "/app/sessions/$_/answer", {content => 'x', back => $p})
	for qw(sess_q1 sess_q4);
like $ann->get($project)->body, qr/1 session waits for an answer/,
	'an answer takes one away';
$m->psql("update public.sessions set needs_input = '{\"active\": true}'
	where name ~ '^N[0-9]'; update public.sessions set status = 'idle'
	where name ~ '^N[0-9]'");
$front = $ann->get($project)->body;
is scalar(() = $front =~ /class="ask"/g), 10, 'ten at most';
like $front, qr/111 more wait</, 'and how many more';
$m->psql("update public.sessions set status = 'failed' where name ~ '^N[0-9]';
	delete from public.sessions where id like 'sess_q_';
	delete from public.session_prompts");

# --- one session ------------------------------------------------------------
my $sess = '/app/sessions/sess_b';
my $r = $ann->get($sess);
is $r->status, 200, 'a session has a page';
like $r->body, qr/Waits for an answer/, 'which says that it waits';
like $r->body, qr/Which key\? &lt;img/, 'and for what';
unlike $r->body, qr/<img src=x/, 'as text';
like $r->body, qr{Above: </span><a href="/app/sessions/sess_a">}, 'its parent';
like $ann->get('/app/sessions/sess_a')->body,
	qr{Below: </span><a href="/app/sessions/sess_b">}, 'its child';
is $ann->get("/app/sessions/sess_$_")->status, 200, "a circle: $_" for qw(x y);
is $as{bob}->get($sess)->status, 404, 'a stranger sees nothing';
$r = $as{vic}->get($sess);
is $r->status, 200, 'a viewer reads';
unlike $r->body =~ s/<header class="top">.*?<\/header>//sr, qr/<form/,
	'and is offered nothing to change';
like $m->browser->get($sess)->header('location'), qr{^/app/sign-in},
	'others sign in';
is $ann->get("/app/sessions/$_")->status, 404, "no session $_"
	for 'sess_no', '%3Cb%3E', 'x' x 300;
is $ann->get("$sess?before=$_")->status, 400, "no entry $_"
	for 'x', 0, -5, '9' x 30;

$m->psql("insert into public.session_timeline (project_id, session_id, type,
	message, task_id) select '$p', 'sess_b', 'progress', 'Step ' || n || ' ',
	case n % 50 when 0 then 'task_1' end from generate_series(1, 120) n");
my @steps = $ann->get($sess)->body =~ /Step (\d+) /g;
is_deeply [@steps[0, -1]], [71, 120], 'the newest entries, newest last';
my ($older) = $ann->get($sess)->body =~ /\?before=(\d+)#/;
@steps = $ann->get("$sess?before=$older")->body =~ /Step (\d+) /g;
is_deeply [@steps[0, -1]], [21, 70], 'older ones before them';
($older) = $ann->get("$sess?before=$older")->body =~ /\?before=(\d+)#/;
my $first = $ann->get("$sess?before=$older")->body;
@steps = $first =~ /Step (\d+) /g;
is_deeply [@steps[0, -1]], [1, 20], 'down to the first';
unlike $first, qr/Older entries/, 'where no link leads further';
like $first, qr/Newest entries/, 'but one back';
like $ann->get($sess)->body, qr{<a href="/app/tasks/task_1">Tune up}, 'entries lead to tasks';
$m->psql("insert into public.session_events (project_id, session_id, type, data)
	values ('$p', 'sess_b', 'tool', '{\"cmd\": \"$evil\"}')");
like $ann->get($sess)->body, qr/&lt;img src=x onerror/, 'events are text';

# --- documents --------------------------------------------------------------
like $ann->get("$project/docs")->body, qr/No documents yet/,
	'no documents yet';
sub doc ($id, $content, %more) {
	$m->psql("insert into public.session_docs (id, project_id, session_id,
		task_id, title, file_path, kind, content) values ('$id', '$p',
		'sess_b', " . ($more{task} ? "'$more{task}'" : 'null') . ",
		'Title of $id $evil', '" . ($more{path} // "a/$id.md") . "',
		null, $content)");
}
doc('doc_1', "'# Head' || E'\\n\\n- [x] <script>alert(1)</script> [x](javascript:alert(1)) [y](https://y.test/)'");
doc('doc_2', q('{"a":{"b":["</pre><img src=x>"]}}'), path => 'x.excalidraw');
doc('doc_3', "repeat('> ', 300)");
doc('doc_4', "repeat('0123456789abcdef', 70000)");
doc('doc_5', 'null', task => 'task_1');
doc('doc_6', "'{broken'", path => "d/b.excalidraw");
doc('doc_7', "repeat('![[]()', 150000)");
doc('doc_8', "'x'", path => "..\\\\d/\"; x=\\\\r\nY: 1.md");
$r = $ann->get("$project/docs");
is_deeply [sort $r->body =~ m{<a class="name" href="/app/docs/(\w+)">}g],
	[map { "doc_$_" } 1 .. 8], 'a list of all of them';
unlike $r->body, qr/<img src=x/, 'titles are text';
is scalar(() = $ann->get("$project/docs?kind=diagram")->body
	=~ m{<a class="name"}g), 2, 'by kind';
is scalar(() = $ann->get("$project/docs?q=DOC_5")->body
	=~ m{<a class="name"}g), 1, 'by name';
like $ann->get("$project/docs?q=zzz")->body, qr/No document matches/, 'none';
is $ann->get("$project/docs?page=2")->status, 200, 'a page that is empty';
$r = $ann->get('/app/docs/doc_1');
like $r->body, qr{<h2>Head</h2>}, 'Markdown is laid out';
like $r->body, qr{<a href="https://y.test/" rel="noopener noreferrer nofollow">},
	'its links give nothing away';
unlike $r->body, qr/<script>alert|href="javascript|<img src=x/, 'and do nothing';
$r = $ann->get('/app/docs/doc_2');
like $r->body, qr/&quot;b&quot;: \[\n/, 'a diagram is spread out';
unlike $r->body, qr/<img src=x/, 'as text';
like $ann->get('/app/docs/doc_6')->body, qr/\{broken/,
	'one that is no JSON stands as it is';
like $ann->get("/app/docs/doc_$_")->body, qr/too complex to be laid out/,
	"too complex: $_" for 3, 7;
like $ann->get('/app/docs/doc_4')->body, qr/too long for a page/, 'too long';
like $ann->get('/app/docs/doc_5')->body, qr/It is empty/, 'empty';
like $ann->get('/app/docs/doc_5')->body, qr{/app/tasks/task_1">Tune up},
	'with its task';
$r = $ann->get('/app/docs/doc_4/raw');
is length $r->body, 16 * 70000, 'a download is whole';
like $r->header('content-disposition'), qr/attachment; filename="?doc_4\.md/,
	'with its name';
like $r->header('content-security-policy'), qr/sandbox/, 'in a sandbox';
is $r->header('x-content-type-options'), 'nosniff', 'and no other type';
is $ann->get('/app/docs/doc_2/raw')->header('content-type'),
	'application/json', 'a diagram is JSON';
$r = $ann->get('/app/docs/doc_8/raw');
is $r->status, 200, 'a hostile name';
is $r->header('y'), undef, 'is no header';
is $ann->get('/app/docs/doc_5/raw')->body, '', 'nothing is nothing';
for my $path ('/app/docs/doc_1', '/app/docs/doc_1/raw', "$project/docs") {
	is $as{bob}->get($path)->status, 404, "$path: not for strangers";
	is $as{vic}->get($path)->status, 200, 'for viewers';
	is $m->browser->get($path)->status, 303, 'after signing in';
}
is $ann->get("/app/docs/$_")->status, 404, "no document $_"
	for 'doc_no', '%22', 'x' x 200;
like $ann->get($sess)->body, qr{href="/app/docs/doc_1"}, 'a session lists its own';
$m->psql("insert into public.task_sessions (project_id, task_id, session_id)
	values ('$p', 'task_1', 'sess_b')");
$r = $ann->get('/app/tasks/task_1');
like $r->body, qr{href="/app/docs/doc_5"}, 'so does a task';
like $r->body, qr{href="/app/sessions/sess_b">Beta}, 'and its sessions';
$m->psql("delete from public.task_sessions");

# --- what people do ---------------------------------------------------------
my %posts = (answer => {content => 'x'}, archive => {on => 'yes'},
	check => {on => 'yes'}, tasks => {taskId => 'task_1'},
	'tasks/task_1/remove' => {}, delete => {});
for my $what (sort keys %posts) {
	my $f = $posts{$what};
	is $ann->form("$sess/$what", $f)->status, 403,
		"$what without its CSRF field";
	is post_form($m->browser, "$sess/$what", $f)->status, 303,
		'by nobody: to the sign-in';
	is post_form($as{vic}, "$sess/$what", $f)->status, 403, 'by a viewer';
	is post_form($as{bob}, "$sess/$what", $f)->status, 404, 'by a stranger';
	is $ann->get("$sess/$what")->status, 405, 'by GET';
}
is $m->psql("select count(*) from public.session_prompts"), 0,
	'nothing came of it';

$r = post_form($ann, "$sess/answer", {content => " \r\n "});
is $r->status, 422, 'a blank answer is none';
like $r->body, qr/id="content-wrong"/, 'and told beside its field';
is post_form($ann, "$sess/answer", {content => "a\0b"})->status, 422,
	'nor is one with NUL';
$r = post_form($ann, "$sess/answer", {content => "D minor,\r\n$evil"});
is $r->status, 303, 'an answer';
is $r->header('location'), $sess, 'leads back to the session';
is $m->psql("select content || '|' || from_name || '|' || (from_session_id is
	null) || '|' || created_by from public.session_prompts"),
	"D minor,\n$evil|ann|true|$id{ann}", 'is kept as a prompt of a person';
$r = $ann->get($sess);
unlike $r->body, qr/Waits for an answer/, 'the question is gone';
like $r->body, qr/Message<\/strong> <span class="quiet">from ann/,
	'the timeline tells of the answer';
unlike $r->body, qr/<img src=x/, 'as text';
unlike $ann->get($project)->body, qr/session waits/, 'the badge too';
like $r->body, qr/Send a message/, 'another message may follow';
is post_form($ann, "$sess/answer", {content => 'Go', back => $p})
	->header('location'), $project, 'the way back may be the project';
is post_form($ann, "$sess/answer", {content => 'Go', back => '/evil.test'})
	->header('location'), '/app/projects/%2Fevil.test', 'and nothing else';

is post_form($ann, "$sess/tasks", {taskId => ''})->status, 422, 'no task';
is post_form($ann, "$sess/tasks", {taskId => 'task_2'})->status, 303, 'a task';
like $ann->get($sess)->body, qr{aria-label="Unlink Bow &lt;img}, 'is linked';
is post_form($ann, "$sess/tasks", {taskId => 'task_no'})->status, 404,
	'one that is not there is not';
is post_form($ann, "$sess/tasks/task_2/remove")->status, 303, 'and unlinked';
unlike $ann->get($sess)->body, qr{aria-label="Unlink}, 'again';

post_form($ann, "$sess/check", {on => 'yes'});
like $ann->get($sess)->body, qr/Checked by a person/, 'a session is checked';
post_form($ann, "$sess/check", {on => 'no'});
unlike $ann->get($sess)->body, qr/Checked by a person/, 'and not any more';
post_form($ann, "$sess/archive", {on => 'yes'});
like $ann->get($sess)->body, qr/Archived/, 'archived';
post_form($ann, "$sess/archive", {on => 'no'});
unlike $ann->get($sess)->body, qr/>Archived/, 'and taken out again';
is post_form($ann, "$sess/archive", {on => $_})->status, 400, "on=$_ is no word"
	for '', 'maybe';
$r = post_form($ann, "$sess/delete", {project => $p});
is $r->header('location'), "$project/sessions", 'a deleted one leaves the list';
is $ann->get($sess)->status, 404, 'and is gone';

done_testing;
