# /api/projects, members, invitations, profile: each route, each role.
use v5.36;
use lib 't/lib';
use MIME::Base64 qw(decode_base64);
use Test::More;
use Maestro::Api;
use Maestro::AtOnce;
use Maestro::Test;

my @names = qw(ann adam mia vic bob);
my $m = Maestro::Test->new(users => \@names);
my %as = map { $_ => $m->as($_) } @names;
my %id = map { $_ => $m->user($_)->{id} } @names;

# --- projects ---

my $r = $as{ann}->post('/api/projects', {name => '  Alpha ',
	workingDir => '/srv/a', isMaster => JSON::PP::true, colour => 'red'});
is $r->status, 201, 'a project is made' or diag $r->body;
my $p = $r->json;
like $p->{id}, qr/^proj_\d{13}_[0-9a-z]{9}$/, 'its id';
is_deeply [sort keys %$p],
	[qw(createdAt description id name updatedAt workingDir)],
	'keys of the wire, isMaster left out';
is $p->{name}, 'Alpha', 'the name is trimmed';
is $r->header('cache-control'), 'private, no-cache', 'nobody caches it';
is $r->header('content-type'), 'application/json', 'it is JSON';
ok $r->header('x-request-id'), 'with a request id';

is_deeply $as{ann}->get("/api/projects/$p->{id}")->json, $p, 'it is there';
is_deeply $as{ann}->get('/api/projects')->json, [$p],
	'the list is a bare array';
is_deeply $as{bob}->get('/api/projects')->json, [], 'others have none';
refused $as{bob}->get("/api/projects/$p->{id}"), 404, 'NOT_FOUND',
	'a foreign project looks absent';
is $as{bob}->get("/api/projects/$p->{id}")->json->{message},
	"Project with id '$p->{id}' not found", 'in the words of the wire';
refused $as{ann}->get('/api/projects/nope'), 404, 'NOT_FOUND',
	'so does one that never was';

refused $as{ann}->post('/api/projects', {workingDir => '/'}), 400,
	'VALIDATION_ERROR', 'a name is needed', 'name';
refused $as{ann}->post('/api/projects', {name => " \t", workingDir => '/'}),
	400, 'VALIDATION_ERROR', 'not a blank one', 'name';
refused $as{ann}->post('/api/projects', {name => 'x'}), 400,
	'VALIDATION_ERROR', 'a folder too', 'workingDir';
refused $as{ann}->post('/api/projects', {name => 'x',
	workingDir => 'd' x 1001}), 400, 'VALIDATION_ERROR', 'of 1000 at most',
	'workingDir';
refused $as{ann}->post('/api/projects', {name => 'x', workingDir => '/',
	description => 'd' x 501}), 400, 'VALIDATION_ERROR',
	'a description of 500', 'description';
refused $as{ann}->post('/api/projects', {name => 7, workingDir => '/'}), 400,
	'VALIDATION_ERROR', 'a number is no name', 'name';

$r = $as{ann}->put("/api/projects/$p->{id}", {description => 'two',
	name => 'Beta'});
is $r->status, 200, 'it changes';
is_deeply [@{$r->json}{qw(name description workingDir)}],
	['Beta', 'two', '/srv/a'], 'what was named';
is $as{ann}->put("/api/projects/$p->{id}/master",
	{isMaster => JSON::PP::true})->json->{isMaster}, JSON::PP::true,
	'the master flag';
refused $as{ann}->put("/api/projects/$p->{id}/master", {}), 400,
	'VALIDATION_ERROR', 'must be said', 'isMaster';
refused $as{bob}->put("/api/projects/$p->{id}", {name => 'x'}), 404,
	'NOT_FOUND', 'not by strangers';

# --- pages ---

$as{bob}->post('/api/projects', {name => "b$_", workingDir => '/'}) for 1 .. 3;
my $page = $as{bob}->get('/api/projects?limit=2&offset=1')->json;
is_deeply $page->{pagination}, {offset => 1, limit => 2, total => 3,
	hasMore => JSON::PP::false}, 'a page';
is_deeply [map { $_->{name} } @{$page->{data}}], ['b2', 'b3'], 'in order';
is $as{bob}->get('/api/projects?offset=0')->json->{pagination}{limit}, 100,
	'limit is 100 by default';
is_deeply $as{bob}->get("/api/$_?offset=1000000000")->json->{data}, [],
	"$_: far behind the end" for 'projects', 'tasks', 'sessions';
is ref $as{bob}->get('/api/projects?limit=')->json, 'ARRAY',
	'an empty limit is none';
refused $as{bob}->get("/api/projects?$_"), 400, 'VALIDATION_ERROR',
	"$_ is refused", (split /=/)[0]
	for qw(limit=0 limit=501 limit=x limit=-1 offset=-1 offset=1e3
	limit=99999999999999999999);

# --- members ---

my $url = "/api/projects/$p->{id}/members";
$r = $as{ann}->post($url, {email => 'Adam@Example.test', role => 'admin'});
is $r->status, 201, 'somebody joins by address' or diag $r->body;
is_deeply [@{$r->json}{qw(status userId email role)}],
	['member', $id{adam}, 'adam@example.test', 'admin'], 'and is shown';
is $as{adam}->post($url, {userId => $id{mia}})->json->{role}, 'member',
	'somebody joins by id, as a member';
is $as{ann}->post($url, {email => 'vic@example.test', role => 'viewer'})
	->status, 201, 'a viewer';
is_deeply [map { "$_->{email} $_->{role}" } @{$as{vic}->get($url)->json}],
	['ann@example.test owner', 'adam@example.test admin',
	'mia@example.test member', 'vic@example.test viewer'],
	'every member sees the members';
refused $as{bob}->get($url), 404, 'NOT_FOUND', 'a stranger does not';

my %call = (
	'add a member' => sub ($w) { $w->post($url,
		{email => 'bob@example.test'}) },
	'change a member' => sub ($w) { $w->patch("$url/$id{vic}",
		{role => 'member'}) },
	'remove a member' => sub ($w) { $w->del("$url/$id{adam}") },
	'list invitations' => sub ($w) {
		$w->get("/api/projects/$p->{id}/invitations") },
	'change the project' => sub ($w) { $w->put("/api/projects/$p->{id}",
		{name => 'x'}) },
	'delete the project' => sub ($w) {
		$w->del("/api/projects/$p->{id}") },
);
for my $what (sort keys %call) {
	refused $call{$what}->($as{$_}), 403, 'FORBIDDEN', "$_ may not $what"
		for qw(mia vic);
	refused $call{$what}->($as{bob}), 404, 'NOT_FOUND',
		"a stranger finds nothing to $what";
}
refused $as{adam}->del("/api/projects/$p->{id}"), 403, 'FORBIDDEN',
	'an admin does not delete the project';
refused $as{adam}->patch("$url/$id{ann}", {role => 'viewer'}), 403,
	'FORBIDDEN', 'nor change the owner';
refused $as{adam}->del("$url/$id{ann}"), 403, 'FORBIDDEN',
	'nor remove the owner';
refused $as{adam}->patch("$url/$id{vic}", {role => 'owner'}), 403,
	'FORBIDDEN', 'nor make one';
refused $as{ann}->del("$url/$id{ann}"), 422, 'BUSINESS_RULE_ERROR',
	'the last owner stays';
refused $as{ann}->patch("$url/$id{ann}", {role => 'admin'}), 422,
	'BUSINESS_RULE_ERROR', 'as owner';
refused $as{ann}->patch("$url/$id{bob}", {role => 'admin'}), 404,
	'NOT_FOUND', 'who is no member does not change';
refused $as{ann}->patch("$url/$id{vic}", {role => 'king'}), 400,
	'VALIDATION_ERROR', 'roles are four', 'role';
refused $as{ann}->patch("$url/$id{vic}", {}), 400, 'VALIDATION_ERROR',
	'one must be named', 'role';
refused $as{ann}->patch("$url/not-a-uuid", {role => 'viewer'}), 400,
	'VALIDATION_ERROR', 'a user id is a UUID';
refused $as{ann}->post($url, {email => 'vic@example.test'}), 409,
	'ALREADY_EXISTS', 'nobody joins twice', 'email';
refused $as{ann}->post($url, {email => 'a b'}), 400, 'VALIDATION_ERROR',
	'an address looks like one', 'email';
refused $as{ann}->post($url, {}), 400, 'VALIDATION_ERROR',
	'somebody is named', 'email';
refused $as{ann}->post($url, {userId =>
	'00000000-0000-4000-8000-000000000000'}), 404, 'NOT_FOUND',
	'an unknown id is not found';
is $as{adam}->patch("$url/$id{vic}", {role => 'member'})->json->{role},
	'member', 'an admin changes others';
is $as{vic}->del("$url/$id{vic}")->status, 200, 'one may leave';
refused $as{vic}->get("/api/projects/$p->{id}"), 404, 'NOT_FOUND',
	'and is a stranger then';

# --- invitations ---

$r = $as{adam}->post($url, {email => 'new@else.test', role => 'viewer'});
is $r->status, 201, 'an unknown address is invited';
my $i = $r->json;
is $i->{status}, 'invited', 'and says so';
my $list = $as{ann}->get("/api/projects/$p->{id}/invitations");
is_deeply [map { $_->{email} } @{$list->json}], ['new@else.test'], 'listed';
unlike $list->body, qr/$i->{token}/, 'without the token';
my ($mail) = map { local (@ARGV, $/) = $_; <> }
	(sort glob $m->dir . '/mail/*.eml')[-1];
my $words = join '', map { decode_base64($_) }
	$mail =~ m{\r\n\r\n([A-Za-z0-9+/=\r\n]+)}g;
like $words, qr{/app/invitation\?token=$i->{token}}, 'the mail has a link';
like $mail, qr/^To: .*new\@else\.test/m, 'and goes to that address';
is $m->as('vic')->get("/app/invitation?token=$i->{token}")->status, 200,
	'that leads somewhere';
$m->browser->get("/app/invitation?token=$i->{token}", follow => 1);
$as{bob}->get("/app/invitation?token=$i->{token}");
unlike $m->log($_), qr/$i->{token}/, "the token is not in the log of $_"
	for qw(web nginx-access nginx);
refused $as{bob}->post('/api/invitations/accept', {token => 'x' x 64}), 404,
	'NOT_FOUND', 'a guess is not found';
refused $as{bob}->post('/api/invitations/accept', {}), 400,
	'VALIDATION_ERROR', 'a token is needed', 'token';
$r = $as{bob}->post('/api/invitations/accept', {token => $i->{token}});
is_deeply [$r->status, $r->json->{role}, $r->json->{project}{id}],
	[200, 'viewer', $p->{id}], 'its holder joins';
refused $as{vic}->post('/api/invitations/accept', {token => $i->{token}}),
	404, 'NOT_FOUND', 'once';
is $as{bob}->get("/api/projects/$p->{id}")->status, 200, 'and sees it';
$i = $as{adam}->post($url, {email => 'gone@else.test'})->json;
is $as{ann}->del("/api/projects/$p->{id}/invitations/$i->{id}")->status, 200,
	'one is taken back';
refused $as{ann}->del("/api/projects/$p->{id}/invitations/$i->{id}"), 404,
	'NOT_FOUND', 'once';
refused $as{vic}->post('/api/invitations/accept', {token => $i->{token}}),
	404, 'NOT_FOUND', 'then it is dead';

$as{ann}->post($url, {email => $m->user('vic')->{email}, role => 'admin'});
my @own = map { $as{vic}->post($url, {email => "own$_\@else.test",
	role => 'admin'})->json->{token} } 1, 2;
$i = $as{ann}->post($url, {email => 'other@else.test'})->json;
is $as{ann}->patch("$url/$id{vic}", {role => 'viewer'})->status, 200,
	'an admin is one no more';
$as{vic}->del("$url/$id{vic}");
refused $as{vic}->post('/api/invitations/accept', {token => $_}),
	404, 'NOT_FOUND', 'and has no invitation to come back by' for @own;
is $as{ann}->del("/api/projects/$p->{id}/invitations/$i->{id}")->status, 200,
	"other people's invitations stay";

# --- the board ---

$as{mia}->post('/api/tasks', {projectId => $p->{id}, title => 'one',
	tags => ['red'], priority => 'high'});
$as{mia}->post('/api/tasks', {projectId => $p->{id}, title => 'two'});
my $board = $as{bob}->get("/api/projects/$p->{id}/board")->json;
is_deeply [$board->{role}, $board->{total}, $board->{project}{id},
	scalar @{$board->{members}}, $board->{tags}],
	['viewer', 2, $p->{id}, 4, ['red']], 'a board in one request';
is_deeply [map { "$_->{status} $_->{count}" } @{$board->{columns}}],
	['todo 2', 'in_progress 0', 'in_review 0', 'blocked 0', 'completed 0',
	'cancelled 0'], 'its columns';
is $as{bob}->get("/api/projects/$p->{id}/board?$_")->json->{total}, 1,
	"narrowed by $_" for qw(tag=red priority=high q=TWO);
refused $as{vic}->get("/api/projects/$p->{id}/board"), 404, 'NOT_FOUND',
	'not for strangers';

# --- the end ---

refused $as{ann}->del("/api/projects/$p->{id}"), 422, 'BUSINESS_RULE_ERROR',
	'a project with tasks stays';
$as{mia}->del("/api/tasks/$_->{id}")
	for @{$as{mia}->get("/api/tasks?projectId=$p->{id}")->json};
is_deeply $as{ann}->del("/api/projects/$p->{id}")->json,
	{success => JSON::PP::true, id => $p->{id}}, 'an empty one goes';
refused $as{ann}->get("/api/projects/$p->{id}"), 404, 'NOT_FOUND', 'for good';

my $two = new_project($as{ann}, 'two');
$as{ann}->post("/api/projects/$two/members", {userId => $id{adam},
	role => 'owner'});
is_deeply [sort(at_once(2, sub ($i) { my $who = (qw(ann adam))[$i - 1];
	$as{$who}->del("/api/projects/$two/members/$id{$who}")->status }))],
	[200, 422], 'of two owners who leave at once one stays';
is $m->psql("select count(*) from public.projects p join
	public.project_members m on m.project_id = p.id
	and m.user_id = p.owner_id and m.role = 'owner'
	where p.id = '$two'"), 1, 'and owns it';

# --- profile ---

is_deeply [@{$as{ann}->get('/api/profile')->json}{qw(id email displayName)}],
	[$id{ann}, 'ann@example.test', 'ann'], 'the profile';
is $as{ann}->patch('/api/profile', {displayName => ' Ann B. ',
	email => 'evil@example.test'})->json->{displayName}, 'Ann B.',
	'the name changes';
is $as{ann}->get('/api/profile')->json->{email}, 'ann@example.test',
	'the address does not';
is $as{ann}->patch('/api/profile', {displayName => undef})
	->json->{displayName}, undef, 'null takes it away';
refused $as{ann}->patch('/api/profile', {displayName => 'x' x 201}), 400,
	'VALIDATION_ERROR', '200 characters at most', 'displayName';

done_testing;
