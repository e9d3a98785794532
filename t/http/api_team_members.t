# /api/team-members: each route, each role (maestro-api.md 2.8, 3.5, 7.13).
use v5.36;
use lib 't/lib';
use Test::More;
use Maestro::Api;
use Maestro::Test;

my @names = qw(ann mia vic bob);
my $m = Maestro::Test->new(users => \@names);
my %as = map { $_ => $m->as($_) } @names;
my $u = '/api/team-members';

my ($p, $q) = map { new_project($as{ann}, $_) } qw(A Q);
my $other = new_project($as{bob}, 'B');
add_members($as{ann}, $p, mia => 'member', vic => 'viewer');

# --- rule 13: seven defaults that are nowhere stored ---

my @kinds = qw(simple_worker coordinator batch_coordinator dag_coordinator
	recruiter standup remote_controller);
my $all = $as{vic}->get("$u?projectId=$p")->json;
is_deeply [map { $_->{id} } @$all], [map { "tm_${p}_$_" } @kinds],
	'rule 13: seven defaults';
is_deeply [map { "$_->{mode} $_->{model} $_->{workflowTemplateId}" } @$all],
	['worker sonnet execute-simple', 'coordinator sonnet coordinate-default',
	'coordinator sonnet coordinate-batching',
	'coordinator sonnet coordinate-dag', 'worker sonnet execute-recruit',
	'worker opus execute-standup', 'coordinator opus coordinate-remote'],
	'with mode, model and workflow';
is scalar(grep { $_->{isDefault} && $_->{status} eq 'active'
	&& $_->{agentTool} eq 'claude-code' && $_->{projectId} eq $p
	&& $_->{createdAt} =~ /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
	&& $_->{capabilities}{can_edit_tasks} && length $_->{identity} } @$all),
	7, 'all of one shape';
is_deeply [map { $_->{capabilities}{can_spawn_sessions} ? 1 : 0 } @$all],
	[0, 1, 1, 1, 0, 0, 1], 'coordinators spawn';
is $all->[0]{avatar}, "\x{26A1}", 'an avatar';
is_deeply $all->[4]{skillIds}, ['find-skills'], 'the recruiter has a skill';
is $m->psql('select count(*) from public.team_members'), 0, 'none is stored';
is_deeply $as{vic}->get("$u/$_->{id}")->json, $_,
	"$_->{name} by its id alone" for @$all;
my $std = "tm_${p}_standup";
is_deeply $as{bob}->get("$u?projectId=$p")->json, [],
	'a foreign project shows no defaults';
refused $as{bob}->get("$u/$std"), 404, 'NOT_FOUND', 'nor one of them';
refused $as{ann}->get("$u/$std?projectId=$q"), 404, 'NOT_FOUND',
	'a default is of its project';

my $r = $as{mia}->patch("$u/$std", {projectId => $p, name => 'Daily',
	capabilities => {can_edit_tasks => JSON::PP::false}, id => 'x'});
is_deeply [$r->status, @{$r->json}{qw(id name role)}], [200, $std, 'Daily',
	$all->[5]{role}], 'rule 13: PATCH stores what changed, no more'
	or diag $r->body;
ok $r->json->{isDefault}, 'it is a default still';
is $as{vic}->get("$u?projectId=$p")->json->[5]{name}, 'Daily',
	'all of the project see it';
isnt $as{ann}->get("$u/tm_${q}_standup")->json->{name}, 'Daily',
	'no other project does';
is_deeply $as{mia}->post("$u/$std/memory", {projectId => $p,
	entries => [' one ', '', 'two']})->json->{memory}, [qw(one two)],
	'memory, trimmed, without empties';
is_deeply $as{mia}->post("$u/$std/memory", {projectId => $p,
	entries => ['three']})->json->{memory}, [qw(one two three)], 'appended';
refused $as{mia}->patch("$u/$std", {projectId => $p, status => 'archived'}),
	403, 'FORBIDDEN', 'rule 13: a default is not archived by PATCH';
refused $as{mia}->post("$u/$std/$_", {projectId => $p}), 403, 'FORBIDDEN',
	"rule 13: nor by $_" for qw(archive unarchive);
refused $as{mia}->del("$u/$std?projectId=$p"), 403, 'FORBIDDEN',
	'rule 13: nor deleted';
refused $as{mia}->patch("$u/$std/scope", {projectId => $p,
	scope => 'global'}), 403, 'FORBIDDEN', 'nor moved';
refused $as{vic}->post("$u/$std/reset", {projectId => $p}), 403, 'FORBIDDEN',
	'a viewer resets nothing';
is_deeply $as{mia}->post("$u/$std/reset", {projectId => $p})->json,
	$all->[5], 'reset gives the default back';

# --- members of a project ---

$r = $as{mia}->post($u, {projectId => $p, name => ' Cora ', role => ' tests ',
	avatar => "\x{1F600}", mode => 'worker', model => 'opus',
	modelProfileId => 'mp_fast', skillIds => ['s-1'], strategy => 'x',
	soundInstrument => 'piano', permissionMode => 'readOnly',
	capabilities => {can_edit_tasks => JSON::PP::true},
	commandPermissions => {commands => {'task:get' => JSON::PP::true}},
	customWorkflow => 'w', workflowTemplateId => 'execute-simple'});
is $r->status, 201, 'a member is made' or diag $r->body;
my $c = $r->json;
like $c->{id}, qr/^tm_\d+_[0-9a-z]{9}$/, 'its id';
is_deeply [@$c{qw(name role identity status scope soundInstrument model
	modelProfileId)}], ['Cora', 'tests', 'You are Cora. tests.', 'active',
	'project', 'piano', 'opus', 'mp_fast'], 'as asked; identity made up';
ok !exists $c->{strategy}, 'a strategy is dropped';
ok !$c->{isDefault}, 'no default';
is $as{mia}->post($u, {projectId => $p, name => 'x', role => 'y',
	avatar => 'z', identity => 'I am'})->json->{identity}, 'I am',
	'an identity of its own';
my $one = "$u/$c->{id}";
is_deeply $as{vic}->get($one)->json, $c, 'a viewer reads';
is_deeply $as{vic}->get("$one?projectId=$p")->json, $c, 'with its project';
refused $as{ann}->get("$one?projectId=$q"), 404, 'NOT_FOUND',
	'not with another';
refused $as{bob}->get($one), 404, 'NOT_FOUND', 'a stranger does not';
is $as{bob}->get($one)->json->{message},
	"Team member with id '$c->{id}' not found", 'in the words of the wire';
is_deeply $as{vic}->get("$u?projectId=$p&limit=2&offset=7")->json->{pagination},
	{offset => 7, limit => 2, total => 9, hasMore => JSON::PP::false},
	'in pages, after the defaults';
refused $as{vic}->get("$u?scope=project"), 400, 'VALIDATION_ERROR',
	'only global filters', 'scope';

$r = $as{mia}->patch($one, {projectId => $p, role => 'breaks',
	modelProfileId => '', memory => ['a']});
is_deeply [@{$r->json}{qw(name role memory)}], ['Cora', 'breaks', ['a']],
	'changed' or diag $r->body;
ok !exists $r->json->{modelProfileId}, '"" takes the model profile away';
is_deeply $as{mia}->post("$one/memory", {projectId => $p,
	entries => ['b']})->json->{memory}, [qw(a b)], 'memory grows';
is_deeply $as{mia}->patch($one, {projectId => $p, memory => []})
	->json->{memory}, [], 'and is cleared';
refused $as{mia}->post("$one/memory", {projectId => $p, entries => [' ']}),
	400, 'VALIDATION_ERROR', 'blanks are no memory', 'entries';
refused $as{mia}->post("$one/reset", {projectId => $p}), 404, 'NOT_FOUND',
	'only defaults are reset';

my %wrong = (projectId => "a'b", name => "\t", role => '', avatar => ' ',
	mode => 'boss', permissionMode => 'all', identity => 'x' x 10001,
	skillIds => 'a', capabilities => [], modelProfileId => 'a b',
	model => 'x' x 101, customWorkflow => 7, scope => 'all');
my %good = (projectId => $p, name => 'n', role => 'r', avatar => 'a');
refused $as{mia}->post($u, {%good, $_ => $wrong{$_}}), 400,
	'VALIDATION_ERROR', "a wrong $_", $_ for sort keys %wrong;
for my $key (sort keys %good) {
	my %less = %good;
	delete $less{$key};
	refused $as{mia}->post($u, \%less), 400, 'VALIDATION_ERROR',
		"$key is needed", $key;
}
refused $as{mia}->post($u, {%good, capabilities => {can_edit_tasks => 1}}),
	400, 'VALIDATION_ERROR', 'a capability is yes or no',
	'capabilities.can_edit_tasks';
refused $as{mia}->post($u, {%good, commandPermissions => {commands => [1]}}),
	400, 'VALIDATION_ERROR', 'so are commands',
	'commandPermissions.commands';
refused $as{mia}->patch($one, {name => 'x'}), 400, 'VALIDATION_ERROR',
	'PATCH needs a project', 'projectId';
refused $as{mia}->patch($one, {projectId => $p, memory => ['x' x 10001]}), 400,
	'VALIDATION_ERROR', 'a memory of 10,000 at most', 'memory.0';
refused $as{mia}->del($one), 400, 'VALIDATION_ERROR',
	'DELETE needs a project', 'projectId';

# --- archive, delete ---

refused $as{mia}->del("$one?projectId=$p"), 422, 'BUSINESS_RULE_ERROR',
	'rule 13: delete requires archived';
for (['patch', $one, {projectId => $p, name => 'x'}],
	['post', "$one/archive", {projectId => $p}],
	['post', "$one/memory", {projectId => $p, entries => ['x']}],
	['patch', "$one/scope", {projectId => $p, scope => 'global'}],
	['del', "$one?projectId=$p"], ['post', $u, \%good])
{
	my ($verb, @rest) = @$_;
	refused $as{vic}->$verb(@rest), 403, 'FORBIDDEN',
		"a viewer changes nothing: $verb $rest[0]";
	refused $as{bob}->$verb(@rest), 404, 'NOT_FOUND',
		"a stranger finds nothing: $verb $rest[0]";
}
refused $as{bob}->patch($one, {projectId => $other, name => 'x'}), 404,
	'NOT_FOUND', 'nor through a project of his own';
is $as{mia}->post("$one/archive", {projectId => $p})->json->{status},
	'archived', 'archived';
is scalar(grep { $_->{id} eq $c->{id} } @{$as{mia}->get("$u?projectId=$p")
	->json}), 0, 'rule 13: the archived disappear from lists';
is $as{mia}->get($one)->json->{status}, 'archived', 'but are there';
is $as{mia}->post("$one/unarchive", {projectId => $p})->json->{status},
	'active', 'and come back';
$as{mia}->patch($one, {projectId => $p, status => 'archived'});
is_deeply $as{mia}->del("$one?projectId=$p")->json, {
	success => JSON::PP::true, id => $c->{id}}, 'deleted';
refused $as{mia}->get($one), 404, 'NOT_FOUND', 'gone';
$m->psql("insert into public.team_members (id, project_id, name, role, avatar,
	system_kind, status) values ('tm_system_x', '$p', 'n', 'r', 'a', 'x',
	'archived')");
refused $as{ann}->del("$u/tm_system_x?projectId=$p"), 403, 'FORBIDDEN',
	'rule 13: system members are not deleted';
is $as{ann}->get("$u/tm_system_x")->json->{systemKind}, 'x', 'they say so';

# --- scope global: one's own ---

my $g = $as{ann}->post($u, {%good, name => 'Mine', scope => 'global'})->json;
is_deeply [@$g{qw(scope projectId)}], ['global', $p], 'a global member';
is $as{ann}->get("$u?projectId=$q")->json->[7]{name}, 'Mine',
	'shows in all my projects';
is_deeply [map { $_->{name} } @{$as{ann}->get($u)->json}], ['Mine'],
	'alone without a project';
is_deeply [map { $_->{name} } @{$as{ann}->get("$u?scope=global&projectId=$p")
	->json}], ['Mine'], 'or when asked';
is_deeply $as{mia}->get($u)->json, [], 'nobody else lists it';
refused $as{mia}->get("$u/$g->{id}"), 404, 'NOT_FOUND', 'nor reads it';
refused $as{mia}->patch("$u/$g->{id}", {projectId => $p, name => 'x'}), 404,
	'NOT_FOUND', 'nor changes it';
is $as{ann}->patch("$u/$g->{id}", {projectId => $q, name => 'Y'})
	->json->{name}, 'Y', 'its owner does, from any project';
is $as{ann}->patch("$u/$g->{id}/scope", {projectId => $p,
	scope => 'project'})->json->{scope}, 'project', 'moved into a project';
is $as{mia}->get("$u/$g->{id}")->json->{name}, 'Y', 'the others have it';
is $as{mia}->patch("$u/$g->{id}/scope", {projectId => $p,
	scope => 'global'})->json->{scope}, 'global', 'and out again';
refused $as{ann}->get("$u/$g->{id}"), 404, 'NOT_FOUND',
	'to the one who took it';

done_testing;
