# /api/master: one's projects as one (maestro-api.md 2.13).
use v5.36;
use lib 't/lib';
use Test::More;
use Maestro::Api;
use Maestro::Test;

my @names = qw(ann vic bob);
my $m = Maestro::Test->new(users => \@names);
my %as = map { $_ => $m->as($_) } @names;
my ($p, $q) = map { new_project($as{ann}, $_) } qw(A Q);
my $other = new_project($as{bob}, 'B');
add_members($as{ann}, $p, vic => 'viewer');
sub made ($who, $what, $project, %more) {
	return $as{$who}->post("/api/$what", {projectId => $project, %more})
		->json->{id};
}
my @t = (made('ann', 'tasks', $p, title => 'a'),
	made('ann', 'tasks', $p, title => 'b', status => 'completed'),
	made('ann', 'tasks', $q, title => 'c'));
my @s = (made('ann', 'sessions', $p, taskIds => [$t[0]],
		status => 'working'),
	made('ann', 'sessions', $q, taskIds => [], status => 'completed'));
made('bob', 'tasks', $other, title => 'x');
made('bob', 'sessions', $other, taskIds => []);

sub ids ($who, $path) { [map { $_->{id} } @{$as{$who}->get($path)->json}] }

is_deeply ids('ann', '/api/master/projects'), [$p, $q], 'all my projects';
is_deeply ids('vic', '/api/master/projects'), [$p], 'none but mine';
is_deeply ids('ann', '/api/master/tasks'), \@t, 'tasks of all of them';
is_deeply ids('vic', '/api/master/tasks'), [@t[0, 1]], 'of those I see';
is_deeply ids('ann', "/api/master/tasks?projectId=$q"), [$t[2]], 'of one';
is_deeply ids('ann', '/api/master/tasks?status=completed'), [$t[1]],
	'of one state';
is_deeply ids('vic', "/api/master/tasks?projectId=$other"), [],
	'none of a stranger';
my $full = $as{ann}->get('/api/master/sessions')->json;
is_deeply [map { $_->{id} } @$full], \@s, 'sessions of all of them';
is_deeply [map { $_->{type} } @{$full->[0]{timeline}}],
	[qw(session_started task_started)], 'whole, with their entries';
is_deeply $full->[0], $as{ann}->get("/api/sessions/$s[0]")->json,
	'as each is alone';
is_deeply ids('ann', '/api/master/sessions?active=true'), [$s[0]],
	'those at work';
is_deeply ids('ann', "/api/master/sessions?projectId=$q&status=completed"),
	[$s[1]], 'of one project and state';
for my $what (qw(projects tasks sessions)) {
	my $r = $as{ann}->get("/api/master/$what?limit=1&offset=1")->json;
	is scalar @{$r->{data}}, 1, "$what: a page";
	is_deeply [@{$r->{pagination}}{qw(offset limit)}], [1, 1],
		'with its window';
	is $as{ann}->get("/api/master/$what?limit=0")->status, 400,
		'not of nothing';
}
my $c = $as{ann}->get('/api/master/context')->json;
is_deeply [map { $_->{id} } @{$c->{projects}}], [$p, $q],
	'the context: projects';
is_deeply [@$c{qw(taskCounts sessionCounts)}],
	[{$p => 2, $q => 1}, {$p => 1, $q => 1}], 'and how much is in each';
$c = $as{vic}->get('/api/master/context')->json;
is_deeply [[map { $_->{id} } @{$c->{projects}}], $c->{taskCounts}],
	[[$p], {$p => 2}], 'of those I see';
is_deeply $m->as('bob')->get('/api/master/context')->json->{taskCounts},
	{$other => 1}, 'each has their own';

done_testing;
