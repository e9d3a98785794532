# The pages of task lists: who may, what they refuse, how things are sorted.
use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Pages;

my $m = page_server();
my ($ann, $bob, $vic) = map { sign_up($m, $_) } qw(ann bob vic);
my ($project, $id) = start_project($m, $ann, 'Opus 2', vic => 'viewer');
post_form($ann, "$project/tasks", {title => $_}) for 'a' .. 'e';
my %task = map { split /\|/ } split /\n/, $m->psql(
	"select title || '|' || id from public.tasks where project_id = '$id'");
my %title = reverse %task;

# --- lists ------------------------------------------------------------------
like $ann->get("$project/lists")->body, qr/No lists yet/, 'none to begin with';
like $ann->get("$project/lists")->body, qr{/lists" aria-current="page"},
	'the tab is marked';
my $r = post_form($ann, "$project/lists", {name => '  ', description => '<i>'});
is $r->status, 422, 'a list has a name';
like $r->body, qr/id="name-wrong".*&lt;i&gt;/s, 'the form says so and is kept';
my @lists = map {
	post_form($ann, "$project/lists", {name => "List $_"})
		->header('location') } 1 .. 3;
like $lists[0], qr{^/app/lists/task_list_\w+$}, 'a new list is shown';

sub names ($b) {
	return join ' ', $b->get("$project/lists")->body
		=~ m{class="name" href="[^"]+">List (\d)<}g;
}

sub list_id ($n) { return $lists[$n - 1] =~ s{.*/}{}r }

is names($ann), '1 2 3', 'all of them, the oldest first';
$r = post_form($ann, "$project/lists/order", {item => list_id(3), to => 'up'});
is $r->status, 303, 'a button sorts';
is $r->header('location'), "$project/lists#item-" . list_id(3),
	'and leads back to where it stood';
is names($ann), '1 3 2', 'one up';
post_form($ann, "$project/lists/order", {item => list_id(1), to => 'up'});
is names($ann), '1 3 2', 'the first stays the first';
post_form($ann, "$project/lists/order", {item => list_id(1), to => 'down'});
is names($ann), '3 1 2', 'one down';
$r = $ann->form("$project/lists/order", {_csrf => csrf($ann),
	item => list_id(2), after => ''}, headers => {
	'X-Requested-With' => 'fetch'});
is $r->status, 204, 'a drag is answered shortly';
is names($ann), '2 3 1', 'nothing in front is the first place';
my $ordering = $m->psql("select array_to_string(ordered_ids, ' ')
	from public.orderings where project_id = '$id' and type = 'task-list'");
is $ordering, join(' ', map { list_id($_) } 2, 3, 1),
	'the ordering of the API is the same';
$m->psql("update public.orderings set ordered_ids = '{gone," . list_id(1)
	. "}' where project_id = '$id'");
is names($ann), '1 2 3', 'those that were never sorted come last';
post_form($ann, "$project/lists/order", {item => list_id(1), to => 'down'});
like $m->psql("select array_to_string(ordered_ids, ' ') from
	public.orderings where project_id = '$id'"), qr/ gone$/,
	'what is gone stays in the ordering';
is post_form($ann, "$project/lists/order", {item => 'nowhere', to => 'up'})
	->status, 404, 'an unknown list has no place';
is post_form($ann, "$project/lists/order", {item => list_id(1),
	to => 'sideways'})->status, 400, 'nor is there another way';
is post_form($ann, "$project/lists/order")->status, 400, 'nor nothing';

# --- one list ---------------------------------------------------------------
my $list = $lists[0];

sub tasks ($b) {
	my $body = $b->get($list)->body;
	return join '', map { $title{$_} } $body
		=~ m{data-order-item="([^"]+)"}g;
}

like $ann->get($list)->body, qr/Nothing on this list/, 'an empty list';
for my $t ('a' .. 'd') {
	$r = post_form($ann, "$list/tasks", {taskId => $task{$t}});
	is $r->header('location'), "$list#item-$task{$t}", "$t goes onto it";
}
post_form($ann, "$list/tasks", {taskId => $task{a}});
is tasks($ann), 'abcd', 'each once';
my ($rest) = $ann->get($list)->body =~ m{id="add"(.*)}s;
like $rest, qr{name="taskId" value="$task{e}"}, 'what is not on it is offered';
unlike $rest, qr{name="taskId" value="$task{a}"}, 'and nothing else';
unlike $ann->get("$list?q=zzz")->body, qr/name="taskId"/, 'a search narrows';
is $ann->get("$list?q=$_")->status, 200, "q=$_" for '%25', '%00', '%ff', "'";
post_form($ann, "$list/order", {item => $task{d}, to => 'up'});
is tasks($ann), 'abdc', 'one up';
post_form($ann, "$list/order", {item => $task{a}, after => $task{d}});
is tasks($ann), 'bdac', 'behind another';
post_form($ann, "$list/order", {item => $task{b}, after => $task{e}});
is tasks($ann), 'dacb', 'behind one that is not there: last';
is post_form($ann, "$list/order", {item => $task{e}, to => 'up'})->status, 404,
	'what is not on it has no place';
is post_form($ann, "$list/tasks/$task{a}/remove")->status, 303, 'one goes';
is tasks($ann), 'dcb', 'and is off';
is post_form($ann, "$list/tasks/$task{a}/remove")->status, 303, 'twice is once';
is post_form($ann, "$list/tasks", {taskId => 'none'})->status, 404,
	'a task that is none';
post_form($ann, "/app/tasks/$task{c}/delete");
is tasks($ann), 'db', 'a deleted task leaves';
$r = post_form($ann, $list, {name => 'List 9', description => "two\nlines"});
is $r->status, 303, 'it is renamed';
like $ann->get($list)->body, qr/<h1>List 9/, 'and called so';
is post_form($ann, $list, {name => ''})->status, 422, 'not to nothing';
post_form($ann, $list, {name => 'List 1', description => ''});
is $m->psql("select description is null from public.task_lists
	where id = '@{[list_id(1)]}'"), 't', 'an emptied description is none';

# --- who may ----------------------------------------------------------------
my @posts = ("$project/lists", "$project/lists/order", $list, "$list/delete",
	"$list/order", "$list/tasks", "$list/tasks/$task{d}/remove");
my %f = (name => 'x', item => $task{d}, to => 'up', taskId => $task{d});
for my $path (@posts) {
	my %g = (%f, $path =~ /lists.order/ ? (item => list_id(2)) : ());
	is post_form($vic, $path, \%g)->status, 403, "$path: not by a viewer";
	is post_form($bob, $path, \%g)->status, 404, 'not by a stranger';
	is $ann->form($path, \%g)->status, 403, 'not without the field';
	is post_form($m->browser, $path, \%g)->status, 303, 'not by nobody';
}
for my $path ("$project/lists", $list) {
	is $bob->get($path)->status, 404, "$path looks absent to a stranger";
	is $m->browser->get($path)->status, 303, 'nobody signs in first';
	my $body = $vic->get($path)->body;
	my ($main) = $body =~ m{<main(.*)</main>}s;
	unlike $main, qr/<form|<button/, 'a viewer sees no form, no button';
	like $main, qr/List 1/, 'but the list';
}
is tasks($vic), 'db', 'and its tasks';

# --- many, long, hostile ----------------------------------------------------
my $evil = q{"><img src=x onerror=alert(1)>{{csrf}}};
post_form($ann, $list, {name => $evil, description => $evil});
for my $path ("$project/lists", $list, "$list?q=%22%3E%3Cimg%20src%3Dx%3E") {
	unlike $ann->get($path)->body, qr/<img src=x/, "$path: text stays text";
}
$m->psql("insert into public.tasks (project_id, title)
	select '$id', 'many ' || n from generate_series(1, 600) n;
	update public.task_lists set ordered_task_ids = array(select id
		from public.tasks where project_id = '$id' order by id)
	where id = '@{[list_id(2)]}'");
$r = $ann->get($lists[1]);
is scalar(() = $r->body =~ /data-order-item/g), 500, 'a page has an end';
like $r->body, qr/and 104 more/, 'and says so';
is post_form($ann, "$list/delete")->header('location'), "$project/lists",
	'a deleted list leads to the others';
is $ann->get($list)->status, 404, 'and is gone';
is $m->psql("select count(*) from public.tasks where project_id = '$id'"), 604,
	'its tasks are not';
done_testing;
