# Labels: the API, the pages, the command, what others may, moving out and in.
use v5.36;
use lib 't/lib';
use JSON::PP ();
use Test::More;
use Maestro::Api;
use Maestro::Cli;
use Maestro::Pages;
use Maestro::Test;

my @names = qw(ann mia vic bob);
my ($m, $two) = map { Maestro::Test->new(users => \@names, conf =>
	{templates_strict => 'true'}) } 1, 2;
my %as = map { $_ => $m->as($_) } @names;
my $p = new_project($as{ann}, 'A');
my $q = new_project($as{ann}, 'Q');
my $foreign = new_project($as{bob}, 'B');
add_members($as{ann}, $p, mia => 'member', vic => 'viewer');

sub task ($who, $project, %more) {
	return $as{$who}->post('/api/tasks', {projectId => $project,
		title => 't', %more})->json->{id};
}
sub made ($who, $project, $name, %more) {
	my $r = $as{$who}->post('/api/labels', {projectId => $project,
		name => $name, %more});
	is $r->status, 201, "$name is made" or diag $r->body;
	return $r->json;
}
sub ids ($r) { join ' ', map { $_->{id} } @{$r->json} }
sub labels_of ($who, $task) {
	return join ' ', map { $_->{name} }
		@{$as{$who}->get("/api/tasks/$task/labels")->json};
}

# --- the API: labels of a project ---

my $bug = made('mia', $p, " B\x{fa}g ", colour => 'red', odd => 1);
like $bug->{id}, qr/^label_\d+_[0-9a-z]{9}$/, 'its id';
is_deeply [@$bug{qw(projectId name colour)}], [$p, "B\x{fa}g", 'red'],
	'as asked, the name trimmed';
is_deeply [sort keys %$bug], [sort qw(id projectId name colour createdAt
	updatedAt)], 'and no more';
my $plain = made('ann', $p, 'api');
is $plain->{colour}, 'grey', 'without a colour it is grey';
my $other = made('ann', $q, 'Api', colour => 'teal');

my %bad = ('a project' => [projectId => {name => 'x'}],
	'a name' => [name => {projectId => $p}],
	'a name that is not blank' => [name => {projectId => $p, name => " \t"}],
	'a short one' => [name => {projectId => $p, name => 'x' x 101}],
	'a colour that there is' => [colour => {projectId => $p, name => 'x',
		colour => 'mauve'}]);
refused $as{ann}->post('/api/labels', $bad{$_}[1]), 400, 'VALIDATION_ERROR',
	"it takes $_", $bad{$_}[0] for sort keys %bad;
is made('ann', $q, "\x{e9}" x 100)->{name}, "\x{e9}" x 100,
	'100 characters are no 200 bytes';
refused $as{ann}->post('/api/labels', {projectId => $p, name => "B\x{da}G"}),
	409, 'ALREADY_EXISTS', 'a name stands once, whatever its case', 'name';
refused $as{ann}->patch("/api/labels/$plain->{id}", {name => "b\x{fa}g"}), 409,
	'ALREADY_EXISTS', 'also when one is renamed', 'name';
is $as{ann}->patch("/api/labels/$plain->{id}", {name => 'API',
	colour => 'amber'})->json->{name}, 'API', 'its own name it may keep';
is $as{ann}->patch("/api/labels/$plain->{id}", {})->json->{colour}, 'amber',
	'what is not named stays';

is ids($as{vic}->get("/api/labels?projectId=$p")), "$bug->{id} $plain->{id}",
	'a viewer lists them, the oldest first';
is_deeply $as{vic}->get("/api/labels?projectId=$p&limit=1&offset=1")->json
	->{pagination}, {offset => 1, limit => 1, total => 2,
	hasMore => JSON::PP::false}, 'in pages';
refused $as{ann}->get('/api/labels'), 400, 'VALIDATION_ERROR',
	'of a project that is named', 'projectId';
is $as{vic}->get("/api/labels/$bug->{id}")->json->{name}, "B\x{fa}g", 'one';

# --- of tasks ---

my @t = map { task('ann', $p, tags => ['API']) } 1 .. 4;
my $child = task('ann', $p, parentId => $t[0], status => 'blocked');
my $elsewhere = task('ann', $q);
my $before = $as{ann}->get("/api/tasks/$t[0]")->json;
for my $task (@t[2, 0], $child) {
	is $as{mia}->put("/api/tasks/$task/labels/$bug->{id}")->json->{id},
		$bug->{id}, 'a task gets a label';
}
is $as{mia}->put("/api/tasks/$t[0]/labels/$bug->{id}")->status, 200,
	'twice is once';
$as{mia}->put("/api/tasks/$t[0]/labels/$plain->{id}");
is labels_of('vic', $t[0]), "API B\x{fa}g", 'both, by name';
is_deeply $as{ann}->get("/api/tasks/$t[0]")->json, $before,
	'the task itself says nothing of it: tags are something else';
refused $as{ann}->put("/api/tasks/$t[0]/labels/$other->{id}"), 400,
	'VALIDATION_ERROR', 'no label of another project', 'labelId';
refused $as{ann}->put("/api/tasks/$t[0]/labels/label_none"), 404, 'NOT_FOUND',
	'none that is not there';
refused $as{ann}->get('/api/tasks/none/labels'), 404, 'NOT_FOUND',
	'nor of a task that is not';
is $as{mia}->request('DELETE', "/api/tasks/$t[0]/labels/$plain->{id}")->json->{id},
	$plain->{id}, 'one is taken away';
is labels_of('mia', $t[0]), "B\x{fa}g", 'the other stays';

my $by = "/api/tasks?labelId=$bug->{id}";
is ids($as{vic}->get($by)), join(' ', @t[0, 2], $child),
	'tasks by label, the oldest first';
is ids($as{vic}->get("$by&status=blocked")), $child, 'of a status';
is ids($as{vic}->get("$by&parentId=$t[0]")), $child, 'below one';
is ids($as{vic}->get("$by&parentId=null&projectId=$p")), join(' ', @t[0, 2]),
	'of the top level';
is ids($as{ann}->get("$by&projectId=$q")), '', 'of another project none';
is $as{vic}->get("$by&limit=1")->json->{pagination}{total}, 3, 'counted';
is ids($as{bob}->get($by)), '', 'a stranger sees none of them';

# --- who may ---

for my $who ([vic => 403, 'FORBIDDEN'], [bob => 404, 'NOT_FOUND']) {
	my ($name, @no) = @$who;
	my $c = $as{$name};
	refused $c->post('/api/labels', {projectId => $p, name => 'x'}), @no,
		"$name makes none";
	refused $c->patch("/api/labels/$bug->{id}", {name => 'x'}), @no,
		"$name changes none";
	refused $c->request('DELETE', "/api/labels/$bug->{id}"), @no, 'deletes none';
	refused $c->put("/api/tasks/$t[1]/labels/$bug->{id}"), @no,
		'gives none to a task';
	refused $c->request('DELETE', "/api/tasks/$t[0]/labels/$bug->{id}"), @no,
		'and takes none away';
}
refused $as{bob}->get("/api/labels/$bug->{id}"), 404, 'NOT_FOUND',
	'a stranger sees none';
refused $as{bob}->get("/api/tasks/$t[0]/labels"), 404, 'NOT_FOUND',
	'nor those of a task';
is ids($as{bob}->get("/api/labels?projectId=$p")), '', 'and an empty list';
refused $as{bob}->put('/api/tasks/' . task('bob', $foreign)
	. "/labels/$bug->{id}"), 404, 'NOT_FOUND',
	'a foreign label looks like one that is not there';
is $as{bob}->post('/api/labels', {projectId => $foreign, name => "B\x{fa}g"})
	->status, 201, 'names of another project are free';

# The same below HTTP.
sub sql_as ($who, $sql) {
	my $id = $m->user($who)->{id};
	my $got = eval { $m->psql(qq{select set_config('request.jwt.claims',
		'{"sub":"$id","role":"authenticated"}', false),
		set_config('role', 'authenticated', false) \\g /dev/null\n$sql}) };
	return $got // ($@ =~ /(permission denied|row-level security|violates foreign)/
		? $1 : $@);
}
my $link = "insert into public.task_labels (project_id, task_id, label_id)
	values";
for my $table (qw(labels task_labels)) {
	isnt sql_as('vic', "select count(*) from public.$table"), 0,
		"a viewer reads $table";
	is sql_as('bob', "select count(*) from public.$table where project_id <>
		'$foreign'"), 0, 'a stranger reads none';
	is sql_as($_, "with gone as (delete from public.$table
		where project_id = '$p' returning 1) select count(*) from gone"),
		0, "$_ deletes none" for qw(vic bob);
}
is sql_as($_, "with done as (update public.labels set name = 'x'
	where project_id = '$p' returning 1) select count(*) from done"), 0,
	"$_ changes none" for qw(vic bob);
is sql_as($_, "insert into public.labels (project_id, name)
	values ('$p', 'Api')"), 'row-level security',
	"$_ does not learn that a name is taken" for qw(vic bob);
is sql_as('bob', "insert into public.labels (id, project_id, name)
	values ('$bug->{id}', '$p', 'n')"), 'row-level security',
	'nor that an id is';
is sql_as($_, "$link ('$p', '$t[1]', '$bug->{id}')"), 'row-level security',
	"$_ gives none to a task" for qw(vic bob);
is sql_as('bob', "$link ('$foreign', '$t[1]', '$bug->{id}')"),
	'violates foreign', 'what is elsewhere does not exist';
is sql_as('mia', "$link ('$p', '$t[1]', '$other->{id}')"), 'violates foreign',
	'label and task are of one project';
is sql_as('mia', "update public.labels set project_id = '$q'"),
	'permission denied', 'a label does not move';
is sql_as('mia', "update public.task_labels set label_id = 'x'"),
	'permission denied', 'nor a link';
is $m->psql("select count(*) from public.rls_audit_log
	where table_name in ('labels', 'task_labels')") > 5, !!1,
	'what was done is written down';

# --- the pages ---

my %b = map { my ($b, $u) = ($m->browser, $m->user($_));
	is post_form($b, '/app/sign-in', {email => $u->{email},
		password => $u->{password}})->status, 303, "$_ signs in";
	($_ => $b) } qw(ann vic bob);
my $board = "/app/projects/$p";
my $page = "$board/labels";
my $html = $b{ann}->get($page)->body;
like $html, qr{pill pill-bad">B\xc3\xbag<.*?label=$bug->{id}">3 tasks<}s,
	'a page shows them with their counts';
unlike $b{vic}->get($page)->body, qr/<form class="form"/,
	'to a viewer without forms';
is $b{bob}->get($page)->status, 404, 'to a stranger nothing';
my $r = post_form($b{ann}, $page, {name => 'ui', colour => 'green'});
is $r->header('location'), $page, 'one is made there';
my ($ui) = map { $_->{id} } grep { $_->{name} eq 'ui' }
	@{$as{ann}->get("/api/labels?projectId=$p")->json};
$r = post_form($b{ann}, $page, {name => '<UI>' x 50, colour => 'teal'});
is $r->status, 422, 'a mistake shows the form again';
like $r->body, qr/details class="panel fold" open.*&lt;UI&gt;.*id="name-wrong"/s,
	'with what was written and what is wrong';
like $r->body, qr/value="teal" selected/, 'and the colour';
$r = post_form($b{ann}, $page, {name => 'UI', colour => 'teal'});
like $r->body, qr/id="name-wrong">The project has a label of that name/,
	'a name that is taken too';
is post_form($b{ann}, "$page/$ui", {name => 'Look', colour => 'amber'})->status,
	303, 'one is renamed';
$r = post_form($b{ann}, "$page/$ui", {name => 'api', colour => 'amber'});
like $r->body, qr/role="alert".*The project has a label of that name/s,
	'but not like another';
is post_form($b{vic}, "$page/$ui", {name => 'x'})->status, 403,
	'not by a viewer';
is post_form($b{bob}, "$page/$ui/delete")->status, 404, 'nor by a stranger';

my $at = "/app/tasks/$t[0]";
like $b{ann}->get($at)->body,
	qr/value="$bug->{id}" checked.*value="$ui">/s,
	'boxes on the page of a task';
is post_boxes($b{ann}, "$at/labels", (map { [shown => $_] } $bug->{id}, $ui),
	[label => $ui])->header('location'), $at, 'they are ticked';
is labels_of('ann', $t[0]), 'Look', 'the task has these';
$as{mia}->put("/api/tasks/$t[0]/labels/$plain->{id}");
post_boxes($b{ann}, "$at/labels", [shown => $bug->{id}],
	[label => $bug->{id}]);
is labels_of('ann', $t[0]), "API B\x{fa}g Look",
	'what the form did not show stays';
like $b{vic}->get($at)->body, qr{<dt>Labels</dt>.*pill-bad">B\xc3\xbag<}s,
	'a viewer sees them';
unlike $b{vic}->get($at)->body, qr{/labels"}, 'and has no boxes';
is post_boxes($b{bob}, "$at/labels", [label => $bug->{id}])->status, 404,
	'a stranger has no task';

$html = $b{vic}->get($board)->body;
like $html, qr{data-card="$t[0]".*?pill pill-warn">Look<.*?pill">API<}s,
	'cards show labels, then tags';
like $html, qr{<select id="f-label" name="label">.*?Any label.*?>Look<}s,
	'the board offers them';
$html = $b{vic}->get("$board?label=$bug->{id}")->body;
is join(' ', sort $html =~ /data-card="([^"]+)"/g), join(' ', sort @t[0, 2],
	$child), 'and shows the tasks of one';
like $html, qr/value="$bug->{id}" selected/, 'which stays chosen';
unlike $b{bob}->get("/app/projects/$foreign?label=$bug->{id}")->body,
	qr/data-card="/, 'a foreign one finds nothing';
unlike $b{ann}->get('/app/projects/' . new_project($as{ann}, 'N'))->body,
	qr/f-label/, 'a project without labels offers none';

# --- the command ---

my $c = Maestro::Cli->new($m, env => {MAESTRO_PROJECT_ID => $p})->login('mia');
like $c->run(['label', 'list'])->{out}, qr/^ID +NAME +COLOUR +UPDATED\n/,
	'columns are those of the declaration';
my $cli = $c->json(['label', 'create', 'cli', '--colour', 'teal'])->{json};
is $cli->{data}{colour}, 'teal', 'one is made';
$cli = $cli->{data}{id};
$r = $c->run(['label', 'create', 'x', '--colour', 'mauve']);
is $r->{rc}, 1, 'of a colour that there is';
like $r->{err}, qr/grey teal green amber red/, 'which it names';
my ($colours) = $c->run(['label', 'create', '--help'])->{out}
	=~ /one of: (.*)/;
my $select = $b{ann}->get($page)->body;
for (split ' ', $colours) {
	is $c->run(['label', 'update', $cli, '--colour', $_])->{rc}, 0,
		"the database takes $_ too";
	like $select, qr/<option value="$_"/, 'and the page offers it';
}
is $c->run(['label', 'update', $cli, '--name', 'CLI'])->{rc}, 0, 'changed';
is $c->run(['label', 'add', $t[3], $cli, $bug->{id}])->{rc}, 0, 'given';
like $c->run(['label', 'list', '--task', $t[3]])->{out}, qr/\bCLI\b/, 'shown';
is $c->run(['label', 'remove', $t[3], $cli])->{rc}, 0, 'taken away';
is labels_of('mia', $t[3]), "B\x{fa}g", 'the other is there';
is $c->run(['label', 'delete', $cli])->{rc}, 1, 'asked before it is deleted';
is $c->run(['label', 'delete', $cli, '--yes'])->{rc}, 0, 'deleted';
is $c->run(['label', 'delete', $cli, '--yes'])->{rc}, 2, 'and gone';
like $c->run(['complete', '--', 'label', 'update', ''])->{out},
	qr/^$bug->{id}$/m, 'completion knows them';

# --- moving out and in ---

sub migrate ($m, $what, $dir, $rc = 0, @more) {
	my $line = join ' ', "$Maestro::Test::build/maestro", '-c',
		$m->dir . '/maestro.conf', 'migrate', $what, '--data', $dir,
		'--owner', 'ann@example.test', @more;
	my $out = `$line 2>&1`;
	is $? >> 8, $rc, $what or diag $out;
	return $out;
}
my $dir = $m->dir;
migrate($m, 'from-supabase', "$dir/first");
unlike migrate($two, 'to-supabase', "$dir/first"),
	qr/\d refused$|things were adjusted/m, 'nothing had to be changed';
migrate($two, 'from-supabase', "$dir/second");
is `diff -r $dir/first $dir/second`, '', 'the same comes out again';
is $two->as('ann')->get($_)->body, $as{ann}->get($_)->body,
	"the API says the same of $_" for "/api/labels?projectId=$p",
	"/api/tasks/$t[0]/labels", $by, "/api/tasks/$t[0]";

my $file = "$dir/first/labels/$p/$bug->{id}.json";
sub edit (%change) {
	my $json = JSON::PP->new->utf8;
	open my $f, '<', $file or die;
	my $o = {%{$json->decode(do { local $/; <$f> })}, %change};
	open $f, '>', $file or die;
	print $f $json->encode($o);
	close $f;
}
my $now = $bug->{updatedAt} + 1000;
edit(colour => 'mauve', updatedAt => $now);
like migrate($two, 'to-supabase', "$dir/first", 1), qr/colour: colour must be one of grey/,
	'a file is checked by the declaration';
edit(colour => 'teal', name => 'api', updatedAt => $now);
like migrate($two, 'to-supabase', "$dir/first", 1), qr/the project has a label of that name/,
	'a name that is taken refuses the label alone';
edit(name => ' New ', taskIds => [$t[1], 'task_none'], mine => [1],
	updatedAt => $now);
like migrate($two, 'to-supabase', "$dir/first", 0, '--verbose'),
	qr/taskIds: changed: what is no task/, 'a task that is gone is told';
is_deeply [@{$two->as('ann')->get("/api/labels/$bug->{id}")->json}
	{qw(name colour)}], ['New', 'teal'], 'the newer one is taken';
is ids($two->as('ann')->get($by)), $t[1], 'with its tasks';
migrate($two, 'from-supabase', "$dir/third");
$file = "$dir/third/labels/$p/$bug->{id}.json";
like `cat $file`, qr/"mine":\[1\]/, 'what no column holds comes out again';

# --- what it costs ---

$m->psql("insert into public.tasks (id, project_id, title, created_by,
		created_at)
	select 'task_x' || n, '$p', 'x', '@{[$m->user('ann')->{id}]}',
		now() + n * interval '1 s' from generate_series(1, 5000) n;
	insert into public.task_labels (project_id, task_id, label_id)
	select '$p', 'task_x' || n, '$plain->{id}'
	from generate_series(1, 5000) n;
	analyze public.tasks, public.task_labels, public.labels");
my $sql = JSON::PP->new->decode(scalar
	qx($^X sql/compile.pl json sql/queries/*.sql));
sub planned ($name, @args) {
	return sql_as('mia', "set plan_cache_mode = force_generic_plan;
		prepare x as $sql->{$name};
		explain (analyze, timing off, costs off) execute x("
		. join(', ', map { defined ? "'$_'" : 'null' } @args) . ')');
}
my $plan = planned('task_list_label', $plain->{id}, (undef) x 4, 50, undef);
like $plan, qr/Index (?:Only )?Scan using task_labels_list_idx .*rows=50 /,
	'a page of the tasks of a label reads that page alone' or diag $plan;
unlike planned('page_board_cards', $p, '{todo,blocked}'), qr/Seq Scan on
	(?:public\.)?(?:tasks|task_labels)\b/x, 'cards find their labels';

# --- going ---

is $as{mia}->request('DELETE', "/api/labels/$bug->{id}")->json->{success},
	JSON::PP::true, 'a label goes';
is labels_of('mia', $t[0]), 'API Look', 'from its tasks too';
is $as{mia}->get("/api/tasks/$t[0]")->status, 200, 'which stay';
is post_form($b{ann}, "$page/$ui/delete")->header('location'), $page,
	'and another by its page';
$as{ann}->request('DELETE', "/api/tasks/$t[0]");
is $m->psql("select count(*) from public.task_labels
	where task_id = '$t[0]'"), 0, 'a task that goes leaves none behind';

done_testing;
