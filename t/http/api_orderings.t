# /api/ordering: each route, each role (maestro-api.md 2.5, 7.15, 7.17).
use v5.36;
use lib 't/lib';
use Test::More;
use Maestro::Api;
use Maestro::Test;

my @names = qw(ann mia vic bob);
my $m = Maestro::Test->new(users => \@names);
my %as = map { $_ => $m->as($_) } @names;

my $p = new_project($as{ann}, 'A');
add_members($as{ann}, $p, mia => 'member', vic => 'viewer');

for my $type (qw(task session task-list)) {
	is_deeply $as{vic}->get("/api/ordering/$type/$p")->json, {
		projectId => $p, entityType => $type, orderedIds => [],
		updatedAt => 0}, "rule 17: $type was never saved";
	my $r = $as{mia}->put("/api/ordering/$type/$p",
		{orderedIds => ['b', "gone-$type", 'a']});
	is $r->status, 200, "an order of $type is kept" or diag $r->body;
	is_deeply $r->json->{orderedIds}, ['b', "gone-$type", 'a'],
		'rule 15: dangling ids too';
	cmp_ok $r->json->{updatedAt}, '>', 1e12, 'with its time';
	is_deeply $as{vic}->get("/api/ordering/$type/$p")->json, $r->json,
		'a viewer reads the same';
}
is_deeply $as{ann}->put("/api/ordering/task/$p", {orderedIds => ['z']})
	->json->{orderedIds}, ['z'], 'rule 15: the last write wins whole';
is_deeply $as{ann}->put("/api/ordering/task/$p", {orderedIds => []})
	->json->{orderedIds}, [], 'also with nothing';
is $as{ann}->put("/api/ordering/task/$p", {orderedIds => [
	map { "t$_" } 1 .. 12000]})->status, 200, 'a big board fits';
like $as{ann}->get("/api/ordering/task/$p")->header('cache-control'),
	qr/private/, 'no cache between people';

refused $as{vic}->put("/api/ordering/task/$p", {orderedIds => []}), 403,
	'FORBIDDEN', 'a viewer orders nothing';
refused $as{bob}->put("/api/ordering/task/$p", {orderedIds => []}), 404,
	'NOT_FOUND', 'a stranger finds no project';
refused $as{bob}->get("/api/ordering/task/$p"), 404, 'NOT_FOUND',
	'nor reads one';
refused $as{ann}->get('/api/ordering/task/proj_none'), 404, 'NOT_FOUND',
	'an unknown project';
refused $m->anon->get("/api/ordering/task/$p"), 401, 'AUTH_REQUIRED',
	'without a name nothing';
for my $bad ('tasks', 'TASK', "task'--", '%2e%2e', 'project') {
	refused $as{ann}->get("/api/ordering/$bad/$p"), 400,
		'VALIDATION_ERROR', "no such type: $bad";
	refused $as{ann}->put("/api/ordering/$bad/$p", {orderedIds => []}),
		400, 'VALIDATION_ERROR', "nor to write: $bad";
}
for my $bad (undef, 'a', {}, 7, [1], [undef], [['a']], ["a'b"], ['']) {
	refused $as{ann}->put("/api/ordering/task/$p", {orderedIds => $bad}),
		400, 'VALIDATION_ERROR', 'ids must be ids: '
		. JSON::PP->new->allow_nonref->canonical->encode($bad);
}
refused $as{ann}->put("/api/ordering/task/$p"), 400, 'VALIDATION_ERROR',
	'nothing is no order';
is $as{ann}->post("/api/ordering/task/$p", {})->status, 405, 'no POST';

done_testing;
