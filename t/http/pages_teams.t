# The pages of teams: the trees, the form, who may.
use v5.36;
use JSON::PP qw(decode_json);
use Test::More;
use lib 't/lib';
use Maestro::Pages;

my $m = page_server();
my ($ann, $bob, $vic, $mel) = map { sign_up($m, $_) } qw(ann bob vic mel);
my ($project, $id) = start_project($m, $ann, 'Opus 6', vic => 'viewer',
	mel => 'member');
my $teams = "$project/teams";
my ($chief, $worker, $recruit) = map { "tm_${id}_$_" }
	qw(coordinator simple_worker recruiter);

sub make ($name, @more) {
	my $r = post_boxes($ann, $teams, [name => $name], [leaderId => $chief],
		@more);
	return $r->header('location') =~ s{.*/}{}r;
}

sub row ($team) {
	return decode_json $m->psql("select to_jsonb(t) from public.teams t
		where id = '$team'");
}

# --- making -----------------------------------------------------------------
my $r = $ann->get($teams);
like $r->body, qr{/teams" aria-current="page"}, 'the tab is marked';
like $r->body, qr/No teams yet/, 'none to begin with';
$r = post_boxes($ann, $teams, [name => ' '], [leaderId => $worker],
	[description => '<i>'], [memberIds => $recruit]);
is $r->status, 422, 'a team has a name';
like $r->body, qr/id="name-wrong"/, 'the form says so';
like $r->body, qr/&lt;i&gt;/, 'and keeps the words';
like $r->body, qr/value="$worker" selected/, 'the leader';
like $r->body, qr/value="$recruit" checked/, 'and the members';
is post_boxes($ann, $teams, [name => 'x'])->status, 422, 'a team has a leader';
is post_boxes($ann, $teams, [name => 'x'], [leaderId => 'none'])->status, 422,
	'who must be there';
is post_boxes($ann, $teams, [name => 'x'], [leaderId => $chief],
	[subTeamIds => 'none'])->status, 422, 'as must the teams below';
my $top = make('Top', [memberIds => $worker], [description => "a\r\nb"],
	[avatar => '*']);
is_deeply row($top)->{member_ids}, [$worker, $chief],
	'who leads is in, ticked or not';
is row($top)->{description}, "a\nb", 'line ends are line feeds';
my $low = make('Low', [memberIds => $chief], [parentTeamId => $top]);
my $lowest = make('Lowest', [parentTeamId => $low]);
my $side = make('Side', [subTeamIds => $lowest]);
is_deeply row($low)->{sub_team_ids}, [], 'a team stands in one place';
is row($lowest)->{parent_team_id}, $side, 'and knows which';

# --- the trees --------------------------------------------------------------
my ($tree) = $ann->get($teams)->body =~ m{<ul class="team-roots">(.*)</main>}s;
like $tree, qr/>Top<.*class="team-tree".*>Low<.*<\/ul>.*>Side<.*>Lowest</s,
	'trees are shown as such';
like $tree, qr/Coordinator<\/span><span class="pill[^>]*>Leads/,
	'the leader first';
is scalar(() = $tree =~ /class="plate"/g), 4, 'each team once';
$r = $ann->get("$teams/$low");
like $r->body, qr{Part of <a href="[^"]+/$top">Top}, 'a team says whose it is';
unlike $r->body, qr/name="subTeamIds" value="$top"/, 'what is above it is not offered below';
unlike $ann->get("$teams/$top")->body =~ m{id="parentTeamId"(.*?)</select}s
	? $1 : 'none', qr/$low/, 'nor what is below it above';

# --- changing ---------------------------------------------------------------
is post_boxes($ann, "$teams/$top", [name => 'Peak'], [leaderId => $recruit],
	[memberIds => $worker], [description => ''], [avatar => ''],
	[parentTeamId => ''])->status, 303, 'a team is changed';
my $peak = row($top);
is $peak->{name} . $peak->{leader_id}, "Peak$recruit", 'its name and leader';
is_deeply $peak->{member_ids}, [$worker, $recruit], 'its members';
is $peak->{description}, undef, 'what is emptied is none';
is_deeply $peak->{sub_team_ids}, [], 'what is not ticked is not below it';
is row($low)->{parent_team_id}, undef, 'and knows';
post_boxes($ann, "$teams/$low", [name => 'Low'], [leaderId => $chief],
	[parentTeamId => $side]);
$r = post_boxes($ann, "$teams/$side", [name => 'Side'], [leaderId => $chief],
	[subTeamIds => $low], [subTeamIds => $lowest], [parentTeamId => $low]);
is $r->status, 422, 'no team is below itself';
like $r->body, qr/class="note note-bad"/, 'the page says so';
like $r->body, qr/<details[^>]* open>.*Change team/s, 'with the form open';
is_deeply [sort @{row($side)->{sub_team_ids}}], [sort $low, $lowest],
	'and nothing changed';

# Somebody's own agent stays in, though others do not see who it is.
my $own = post_form($ann, "$project/agents", {name => 'Anns secret', role =>
	'Spies', avatar => 'x', mode => 'worker', scope => 'global'})
	->header('location') =~ s{.*/}{}r;
post_boxes($ann, "$teams/$top", [name => 'Peak'], [leaderId => $recruit],
	[memberIds => $own]);
$r = $mel->get("$teams/$top");
unlike $r->body, qr/Anns secret/, 'nobody sees an agent of another';
like $r->body, qr/name="memberIds" value="$own" checked/, 'but that there is one';
post_boxes($mel, "$teams/$top", [name => 'Peak'], [leaderId => $recruit],
	[memberIds => $own], [memberIds => $worker]);
is_deeply [sort @{row($top)->{member_ids}}], [sort $own, $worker, $recruit],
	'it stays in what others save';

# --- going ------------------------------------------------------------------
$r = post_form($ann, "$teams/$side/delete");
is $r->status, 422, 'first archived, then deleted';
like $r->body, qr/Archive the team.*value="Side"/s, 'the page says so';
is post_form($ann, "$teams/$side/archive")->status, 303, 'put away';
$r = $ann->get($teams);
like $r->body, qr/team-roots.*>Low<.*Archived.*Side/s,
	'what was below it stands on its own';
is post_form($ann, "$teams/$side/unarchive")->status, 303, 'and back';
post_form($ann, "$teams/$side/archive");
is post_form($ann, "$teams/$side/delete")->header('location'), $teams,
	'deleted';
is $ann->get("$teams/$side")->status, 404, 'it is gone';
is $ann->get("$teams/$low")->status, 200, 'those below it are not';

# --- who may ----------------------------------------------------------------
for my $path ($teams, "$teams/$top", map { "$teams/$top/$_" }
		qw(archive unarchive delete)) {
	my @f = ([name => 'x'], [leaderId => $chief]);
	is post_boxes($vic, $path, @f)->status, 403, "$path: not by a viewer";
	is post_boxes($bob, $path, @f)->status, 404, 'not by a stranger';
	is $ann->form($path, {name => 'x'})->status, 403, 'not without the field';
	is post_boxes($m->browser, $path, @f)->status, 303, 'not by nobody';
}
for my $path ($teams, "$teams/$top") {
	is $bob->get($path)->status, 404, "$path looks absent to a stranger";
	my ($main) = $vic->get($path)->body =~ m{<main(.*)</main>}s;
	unlike $main, qr/<form|<button|New team/, 'a viewer sees no form';
	like $main, qr/Peak/, 'but the team';
}
is $vic->get("$teams/new")->status, 403, 'nor a form for a new one';
my $other = post_form($bob, '/app/projects', {name => 'Other'})
	->header('location');
is $bob->get("$other/teams/$top")->status, 404,
	'a team is not to be had through another project';

# --- deep, hostile ----------------------------------------------------------
my $above = '';
$above = make("Deep $_", $above ? [parentTeamId => $above] : ()) for 1 .. 20;
$r = $ann->get($teams);
is $r->status, 200, 'a tall tree';
like $r->body, qr/>Deep 12<.*1 team below/s, 'ends with what is below';
unlike $r->body, qr/>Deep 13</, 'at twelve levels';
my $evil = q{"><img src=x onerror=alert(1)>{{csrf}}</textarea>};
my $bad = make($evil, [description => $evil], [avatar => $evil]);
for my $path ($teams, "$teams/$bad", "$teams/new") {
	unlike $ann->get($path)->body, qr/<img src=x/, "$path: text stays text";
}

# --- a crowd ---

$m->psql("insert into public.teams (id, project_id, name, leader_id,
	member_ids) select 'crowd', '$id', 'Crowd', '$chief', array_prepend('$chief',
	array_agg('tm_gone_' || i)) from generate_series(1, 99) i");
my $page = $ann->get($teams)->body;
is scalar(() = $page =~ /An agent you cannot see/g), 29,
	'of a crowd thirty are shown';
like $page, qr/<li class="chip">\+ 70</, 'and how many more there are';
cmp_ok scalar(() = $ann->get("$teams/crowd")->body
	=~ /An agent you cannot see/g), '>=', 99, 'its own page has all';
done_testing;
