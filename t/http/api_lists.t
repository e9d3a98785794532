# /api/task-lists: each route, each role (maestro-api.md 2.4, 7.4).
use v5.36;
use lib 't/lib';
use Test::More;
use Maestro::Api;
use Maestro::Test;

my @names = qw(ann mia vic bob);
my $m = Maestro::Test->new(users => \@names);
my %as = map { $_ => $m->as($_) } @names;

my ($p, $q) = map { new_project($as{ann}, $_) } qw(A Q);
my $other = new_project($as{bob}, 'B');
add_members($as{ann}, $p, mia => 'member', vic => 'viewer');
sub task ($who, $project, %more) {
	return $as{$who}->post('/api/tasks', {projectId => $project,
		title => 't', %more})->json->{id};
}
my @t = map { task('ann', $p) } 1 .. 4;
my $second = task('ann', $q);
my $foreign = task('bob', $other);

# --- create ---

my $r = $as{mia}->post('/api/task-lists', {projectId => $p, name => ' Now ',
	description => "caf\x{e9}", orderedTaskIds => [@t[1, 0]], odd => 1});
is $r->status, 201, 'a list is made' or diag $r->body;
my $l = $r->json;
like $l->{id}, qr/^task_list_\d+_[0-9a-z]{9}$/, 'its id';
is_deeply [@$l{qw(projectId name description orderedTaskIds)}],
	[$p, 'Now', "caf\x{e9}", [@t[1, 0]]], 'as asked, the name trimmed';
cmp_ok $l->{updatedAt}, '>=', $l->{createdAt}, 'rule 17: times agree';
my $bare = $as{mia}->post('/api/task-lists', {projectId => $p,
	name => 'Bare'})->json;
is_deeply [sort keys %$bare], [sort qw(id projectId name orderedTaskIds
	createdAt updatedAt)], 'no description, no key';

refused $as{vic}->post('/api/task-lists', {projectId => $p, name => 'x'}),
	403, 'FORBIDDEN', 'a viewer makes none';
refused $as{bob}->post('/api/task-lists', {projectId => $p, name => 'x'}),
	404, 'NOT_FOUND', 'a stranger finds no project';
refused $as{mia}->post('/api/task-lists', {name => 'x'}), 400,
	'VALIDATION_ERROR', 'a project is needed', 'projectId';
refused $as{mia}->post('/api/task-lists', {projectId => $p, name => " \t"}),
	400, 'VALIDATION_ERROR', 'a blank name', 'name';
refused $as{mia}->post('/api/task-lists', {projectId => $p, name => 'x',
	orderedTaskIds => [@t[0, 0]]}), 400, 'VALIDATION_ERROR',
	'a task twice', 'orderedTaskIds';
refused $as{ann}->post('/api/task-lists', {projectId => $p, name => 'x',
	orderedTaskIds => [$second]}), 400, 'VALIDATION_ERROR',
	'a task of another project', 'orderedTaskIds';
for my $gone ('task_none', $foreign) {
	refused $as{ann}->post('/api/task-lists', {projectId => $p,
		name => 'x', orderedTaskIds => [$gone]}), 404, 'NOT_FOUND',
		'a task that is not there, or not mine';
}
refused $as{mia}->post('/api/task-lists', {projectId => $p, name => 'x',
	orderedTaskIds => $_}), 400, 'VALIDATION_ERROR', 'no list of ids'
	for 'a', [7], ["a' or '1"], {a => 1};

# --- read ---

is_deeply $as{vic}->get("/api/task-lists/$l->{id}")->json, $l,
	'a viewer reads';
refused $as{bob}->get("/api/task-lists/$l->{id}"), 404, 'NOT_FOUND',
	'a stranger does not';
is $as{bob}->get("/api/task-lists/$l->{id}")->json->{message},
	"Task list with id '$l->{id}' not found", 'in the words of the wire';
$as{ann}->post('/api/task-lists', {projectId => $q, name => 'Q'});
is_deeply [map { $_->{name} } @{$as{vic}->get('/api/task-lists')->json}],
	[qw(Now Bare)], 'everything visible';
is_deeply [map { $_->{name} } @{$as{ann}->get("/api/task-lists?projectId=$q")
	->json}], ['Q'], 'of one project';
is_deeply $as{bob}->get("/api/task-lists?projectId=$p")->json, [],
	'a foreign project is empty';
is_deeply $as{vic}->get('/api/task-lists?limit=1')->json->{pagination},
	{offset => 0, limit => 1, total => 2, hasMore => JSON::PP::true},
	'in pages';
refused $as{vic}->get('/api/task-lists?limit=501'), 400, 'VALIDATION_ERROR',
	'of at most 500';

# --- change ---

my $u = "/api/task-lists/$l->{id}";
is $as{mia}->patch($u, {name => 'Later'})->json->{name}, 'Later', 'a name';
ok !exists $as{mia}->patch($u, {description => undef})->json->{description},
	'null clears the description';
is_deeply $as{mia}->patch($u, {})->json->{orderedTaskIds}, [@t[1, 0]],
	'nothing asked, nothing lost';
is_deeply $as{mia}->post("$u/tasks/$t[2]")->json->{orderedTaskIds},
	[@t[1, 0, 2]], 'a task at the end';
is_deeply $as{mia}->post("$u/tasks/$t[1]")->json->{orderedTaskIds},
	[@t[1, 0, 2]], 'one that is there stays where it is';
refused $as{ann}->post("$u/tasks/$second"), 400, 'VALIDATION_ERROR',
	'not of another project', 'taskId';
refused $as{ann}->post("$u/tasks/$foreign"), 404, 'NOT_FOUND',
	'not of a stranger';
is_deeply $as{mia}->put("$u/reorder", {orderedTaskIds => [@t[2, 1, 0]]})
	->json->{orderedTaskIds}, [@t[2, 1, 0]], 'in another order';
refused $as{mia}->put("$u/reorder", {}), 400, 'VALIDATION_ERROR',
	'an order is needed', 'orderedTaskIds';
refused $as{mia}->put("$u/reorder", {orderedTaskIds => ['task_x']}), 404,
	'NOT_FOUND', 'of tasks that are there';
is_deeply $as{mia}->del("$u/tasks/$t[1]")->json->{orderedTaskIds},
	[@t[2, 0]], 'one out';
is_deeply $as{mia}->del("$u/tasks/$t[1]")->json->{orderedTaskIds},
	[@t[2, 0]], 'twice is no matter';
for ([patch => $u, {name => 'x'}], [post => "$u/tasks/$t[1]"],
	[del => "$u/tasks/$t[0]"], [put => "$u/reorder",
	{orderedTaskIds => []}], [del => $u])
{
	my ($verb, @rest) = @$_;
	refused $as{vic}->$verb(@rest), 403, 'FORBIDDEN',
		"a viewer changes nothing: $verb";
	refused $as{bob}->$verb(@rest), 404, 'NOT_FOUND',
		"a stranger finds nothing: $verb";
}

# --- rule 4: a task that is deleted leaves its lists, with its children ---

my $child = task('ann', $p, parentId => $t[0]);
$as{mia}->post("$u/tasks/$child");
$as{mia}->del("/api/tasks/$t[0]");
is_deeply $as{mia}->get($u)->json->{orderedTaskIds}, [$t[2]],
	'rule 4: the task and its child are off the list';

is_deeply $as{mia}->del($u)->json, {success => JSON::PP::true,
	id => $l->{id}}, 'a list goes';
refused $as{mia}->get($u), 404, 'NOT_FOUND', 'and is gone';
is $as{mia}->get("/api/tasks/$t[2]")->status, 200, 'its tasks stay';
is $as{ann}->del("/api/tasks/$second")->status, 200, 'a task without lists';

done_testing;
