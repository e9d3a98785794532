# The pages of agents: who may, what a form saves, what it leaves alone.
use v5.36;
use JSON::PP qw(decode_json);
use Test::More;
use lib 't/lib';
use Maestro::Pages;

my $m = page_server();
my ($ann, $bob, $vic) = map { sign_up($m, $_) } qw(ann bob vic);
my ($project, $id) = start_project($m, $ann, 'Opus 3', vic => 'viewer');
my %who = (name => 'Rev', role => 'Reads', avatar => '*');

sub stored ($of, $columns = 'to_jsonb(m)') {
	return decode_json $m->psql("select $columns from public.team_members m
		where id = '$of'");
}

# --- the built-in ones ------------------------------------------------------
my $r = $ann->get("$project/agents");
like $r->body, qr{/agents" aria-current="page"}, 'the tab is marked';
is scalar(() = $r->body =~ /class="plate"/g), 7, 'seven come with a project';
my $worker = "$project/agents/tm_${id}_simple_worker";
$r = $ann->get($worker);
like $r->body, qr/Built in/, 'and say so';
unlike $r->body, qr/>Archive<|Reset to|Make it mine/, 'nothing to archive or undo';
my ($identity) = $r->body =~ m{name="identity"[^>]*>([^<]+)<};
my %worker = (name => 'Simple Worker', avatar => "\xe2\x9a\xa1",
	role => 'Does one task from beginning to end', identity => $identity,
	mode => 'worker', agentTool => 'claude-code', model => 'sonnet',
	modelProfileId => '', workflowTemplateId => 'execute-simple',
	customWorkflow => '', skillIds => '', soundInstrument => '',
	permissionMode => '');
my @able = map { [abilities => "can_$_"] }
	qw(edit_tasks report_task_level report_session_level);
is post_boxes($ann, $worker, (map { [$_, $worker{$_}] } keys %worker), @able)
	->status, 303, 'saved as it is';
is $m->psql('select count(*) from public.team_member_overrides'), 0,
	'nothing is stored';
post_boxes($ann, $worker, (map { [$_, $worker{$_}] } keys %worker), @able,
	[model => 'opus']);
is $m->psql('select count(*) from public.team_member_overrides'), 0,
	'of two fields the first counts';
$worker{model} = 'opus';
post_boxes($ann, $worker, (map { [$_, $worker{$_}] } keys %worker), @able,
	[commands => 'task:list'], [commands => ''], [commands => '']);
my $changes = decode_json $m->psql(
	'select changes from public.team_member_overrides');
is_deeply [sort keys %$changes], [qw(commandPermissions model)],
	'a change is stored, and nothing but it';
ok $changes->{commandPermissions}{commands}{'task:list'}, 'a box is a right';
post_boxes($ann, $worker, (map { [$_, $worker{$_}] } keys %worker), @able);
$changes = decode_json $m->psql(
	'select changes from public.team_member_overrides');
ok !$changes->{commandPermissions}{commands}{'task:list'},
	'taken away it is false';
is $changes->{commandPermissions}{commands}{'task:get'}, undef,
	'what nobody spoke of stays unsaid';
like $ann->get($worker)->body, qr/Reset to built-in/, 'changes can be undone';
is post_form($ann, "$worker/reset")->status, 303, 'they are';
is $m->psql('select count(*) from public.team_member_overrides'), 0,
	'and gone';
my $standup = "$project/agents/tm_${id}_standup";
my @ticked = $ann->get($standup)->body =~ /name="commands" value="([^"]+)" checked/g;
is scalar @ticked, 12, 'the boxes show what one may';
for my $what (qw(archive delete)) {
	is post_form($ann, "$worker/$what")->status, 403, "no $what of a default";
}
is post_form($ann, "$worker/scope", {scope => 'global'})->status, 403,
	'nor does it move';

# --- one of our own ---------------------------------------------------------
$r = post_form($ann, "$project/agents", {%who, name => ' ', role => '<i>',
	mode => 'coordinator', commands => 'task:tree', abilities => 'x'});
is $r->status, 422, 'an agent has a name';
like $r->body, qr/id="name-wrong"/, 'the form says so';
like $r->body, qr/value="&lt;i&gt;"/, 'and keeps the words';
like $r->body, qr/value="coordinator" selected/, 'the choices';
like $r->body, qr/value="task:tree" checked/, 'and the boxes';
like post_form($ann, "$project/agents", {%who, skillIds => 'no good'})->body,
	qr/id="skillIds-wrong"|class="note note-bad"/, 'skills are ids';
is post_form($ann, "$project/agents", {%who, mode => 'sideways'})->status, 422,
	'a mode is one of them';
$r = post_boxes($ann, "$project/agents", (map { [$_, $who{$_}] } keys %who),
	[mode => 'coordinator'], [identity => "a\r\nb"],
	[skillIds => 'one, two,'], [permissionMode => 'readOnly'],
	[abilities => 'can_spawn_sessions'], [groups => 'team'],
	[modelProfileId => 'mp_fast'], [workflowTemplateId => 'execute-tree'],
	[customWorkflow => 'my way'], [soundInstrument => 'cello']);
is $r->status, 303, 'a new agent';
my $rev = $r->header('location');
my ($rid) = $rev =~ m{([^/]+)$};
my $s = stored($rid);
is $s->{identity}, "a\nb", 'line ends are line feeds';
is_deeply $s->{skill_ids}, [qw(one two)], 'skills are a list';
ok $s->{config}{capabilities}{can_spawn_sessions}, 'what is ticked is true';
is !!$s->{config}{capabilities}{can_edit_tasks}, !!0, 'the rest is false';
is_deeply [@{$s->{config}}{qw(permissionMode modelProfileId workflowTemplateId
	customWorkflow soundInstrument)}],
	[qw(readOnly mp_fast execute-tree), 'my way', 'cello'], 'and the rest';
ok $s->{config}{commandPermissions}{groups}{team}, 'a group is a right';
like $ann->get("$project/agents")->body,
	qr{Rev</a>.*Coordinator.*Fast}s, 'its card shows mode and profile';
my %rev = (%who, mode => 'coordinator', identity => "a\nb",
	skillIds => 'one, two', modelProfileId => '',
	workflowTemplateId => '', customWorkflow => '', soundInstrument => '');
post_form($ann, $rev, \%rev);
$s = stored($rid);
is $s->{config}{modelProfileId}, undef, 'no profile any more';
is $s->{config}{permissionMode}, undef, 'nor a mode of permissions';
is !!$s->{config}{commandPermissions}{groups}{team}, !!0, 'nor the group';
is $s->{config}{workflowTemplateId} . $s->{config}{customWorkflow}, '',
	'nor a workflow';
is_deeply $s->{skill_ids}, [qw(one two)], 'the skills stay';

# --- memory -----------------------------------------------------------------
is post_form($ann, "$rev/memory", {memory => " m$_\r\nx "})->status, 303,
	"it remembers m$_" for 1, 2, 1;
is_deeply stored($rid)->{config}{memory}, ["m1\nx", "m2\nx", "m1\nx"],
	'each in turn';
$r = post_form($ann, "$rev/memory", {memory => ' '});
is $r->status, 422, 'nothing is not remembered';
like $r->body, qr/id="memory-wrong"/, 'the form says so';
like $r->body, qr/value="Rev"/, 'and the one beside it stays';
is post_form($ann, "$rev/memory", {memory => 'x' x 10001})->status, 422,
	'nor a book';
my ($key) = $ann->get($rev)->body =~ m{name="entry" value="([^"]+)"};
post_form($ann, "$rev/memory/remove", {entry => $key});
is_deeply stored($rid)->{config}{memory}, ["m2\nx", "m1\nx"], 'one is forgotten';
post_form($ann, "$rev/memory/remove", {entry => 'none'});
is scalar @{stored($rid)->{config}{memory}}, 2, 'an unknown one is none';
post_form($ann, "$worker/memory", {memory => 'built in'});
($key) = $ann->get($worker)->body =~ m{name="entry" value="([^"]+)"};
is post_form($ann, "$worker/memory/remove", {entry => $key})->status, 303,
	'a default forgets too';
unlike $ann->get($worker)->body, qr/name="entry"/, 'what it knew';
post_form($ann, "$rev/memory/clear");
is_deeply stored($rid)->{config}{memory}, [], 'all at once';

# --- who may ----------------------------------------------------------------
my @posts = ("$project/agents", $rev, map { "$rev/$_" } qw(archive unarchive
	delete scope memory memory/remove memory/clear));
for my $path (@posts, "$worker/reset", $worker) {
	my %f = (%who, scope => 'project', memory => 'x', entry => 'x');
	is post_form($vic, $path, \%f)->status, 403, "$path: not by a viewer"
		if $path !~ /scope/;
	is post_form($bob, $path, \%f)->status, 404, "$path: not by a stranger";
	is $ann->form($path, \%f)->status, 403, 'not without the field';
	is post_form($m->browser, $path, \%f)->status, 303, 'not by nobody';
}
is post_form($vic, "$rev/scope", {scope => 'global'})->status, 403,
	'no viewer takes one along';
for my $path ("$project/agents", $rev, $worker) {
	is $bob->get($path)->status, 404, "$path looks absent to a stranger";
	my ($main) = $vic->get($path)->body =~ m{<main(.*)</main>}s;
	unlike $main, qr/<form|<button|New agent/, 'a viewer sees no form';
	like $main, qr/Rev|Simple Worker/, 'but the agent';
}
is $vic->get("$project/agents/new")->status, 403, 'nor a form for a new one';
is $ann->get("$project/agents/none")->status, 404, 'an agent that is none';
my $other = post_form($bob, '/app/projects', {name => 'Other'})
	->header('location');
is $bob->get("$other/agents/$rid")->status, 404,
	'an agent is not to be had through another project';
is $bob->get("$other/agents/tm_${id}_standup")->status, 404, 'nor a default';

# --- going along, going away ------------------------------------------------
is post_form($ann, "$rev/scope", {scope => 'global'})->status, 303,
	'an agent goes along';
is $vic->get($rev)->status, 404, 'others see it no more';
like $ann->get("$project/agents")->body, qr/Yours.*Rev/s, 'its person does';
my $second = post_form($ann, '/app/projects', {name => 'Opus 4'})
	->header('location');
is $ann->get("$second/agents/$rid")->status, 200, 'everywhere';
is post_form($ann, "$second/agents/$rid/scope", {scope => 'project'})->status,
	303, 'and stays where it is told';
is $ann->get($rev)->status, 404, 'there only';
$rev = "$second/agents/$rid";
$r = post_form($ann, "$rev/delete");
is $r->status, 422, 'first archived, then deleted';
like $r->body, qr/Archive the team member.*value="Rev"/s,
	'the page says so and shows it whole';
post_form($ann, "$rev/archive");
like $ann->get("$second/agents")->body, qr/Archived.*Rev/s, 'it is put away';
is post_form($ann, "$rev/unarchive")->status, 303, 'and back';
post_form($ann, "$rev/archive");
is post_form($ann, "$rev/delete")->header('location'), "$second/agents",
	'and deleted';
is $ann->get($rev)->status, 404, 'it is gone';

# --- rows that came another way ---------------------------------------------
like $vic->get($worker)->body, qr{<dt>May</dt><dd>Edit tasks}, 'a viewer reads what it may';
$m->psql("insert into public.team_members (id, project_id, name, role, avatar,
		config) values ('tm_odd', '$id', 'Odd', 'x', 'x', '{\"memory\": 5,
		\"capabilities\": [], \"commandPermissions\": \"x\"}');
	insert into public.team_member_overrides (project_id, kind, changes)
	values ('$id', 'standup', '{\"name\": null, \"skillIds\": 7,
		\"memory\": {}, \"commandPermissions\": {\"commands\": 1}}')");
is $ann->get("$project/agents")->status, 200, 'an odd row does no harm to the others';
for my $odd ("$project/agents/tm_odd", $standup) {
	is $ann->get($odd)->status, 200, 'nor to itself';
	is post_form($ann, $odd, {%who, mode => 'worker',
		commands => 'task:list'})->status, 303, 'it can be saved';
	is post_form($ann, "$odd/memory/remove", {entry => 'x'})->status, 303,
		'and forgets';
	is post_form($ann, "$odd/memory/clear")->status, 303, 'all of it';
	is post_form($ann, "$odd/memory", {memory => 'x'})->status, 303,
		'and begins anew';
}

# --- hostile ----------------------------------------------------------------
my $evil = q{"><img src=x onerror=alert(1)>{{csrf}}</textarea>};
my $bad = post_form($ann, "$project/agents", {name => $evil, role => $evil,
	avatar => $evil, identity => $evil, commands => $evil, groups => $evil,
	model => substr($evil, 0, 90), mode => 'worker'})->header('location');
post_form($ann, "$bad/memory", {memory => $evil});
for my $path ("$project/agents", $bad) {
	unlike $ann->get($path)->body, qr/<img src=x/, "$path: text stays text";
}
is post_boxes($ann, $worker, (map { [$_, $worker{$_}] } keys %worker),
	map { [commands => "c$_"] } 1 .. 2000)->status, 303,
	'thousands of boxes are a thousand at most';
done_testing;
