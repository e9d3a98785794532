# Every route of /api against callers and bytes it must refuse: never a 5xx,
# never a dead worker.
use v5.36;
use lib 't/lib';
use Test::More;
use Maestro::Api;
use Maestro::Routes;
use Maestro::Test;

my $m = Maestro::Test->new(users => [qw(ann bob)], conf => {
	allowed_origins => 'https://one.test, https://two.test'});
my ($ann, $bob) = map { $m->as($_) } qw(ann bob);
my $p = new_project($ann, 'A');
my $t = $ann->post('/api/tasks', {projectId => $p, title => 'T'})->json->{id};
my $s = $ann->post('/api/sessions', {projectId => $p, taskIds => []})
	->json->{id};
my $l = $ann->post('/api/task-lists', {projectId => $p, name => 'L'})
	->json->{id};
my $tm = $ann->post('/api/team-members', {projectId => $p, name => 'N',
	role => 'R', avatar => 'A'})->json->{id};
my $mail = $ann->post('/api/mail', {projectId => $p, type => 'query',
	subject => 'S'})->json->{id};
my $cp = $ann->post('/api/spells/custom-prompts', {name => 'N',
	content => 'C'})->json->{id};
my $team = $ann->post('/api/teams', {projectId => $p, name => 'T',
	leaderId => $tm})->json->{id};
my $g = $ann->post('/api/task-graphs', {projectId => $p, name => 'G'})
	->json->{id};
my $mp = $ann->post('/api/model-profiles', {name => 'M', launchConfig =>
	{provider => 'claude', model => 'm'}})->json->{id};
my $u = $m->user('ann')->{id};

my @routes = map { [split] } grep { /\S/ } split /\n/, <<"END";
GET /api/profile
PATCH /api/profile
GET /api/projects
POST /api/projects
GET /api/projects/$p
PUT /api/projects/$p
DELETE /api/projects/$p
PUT /api/projects/$p/master
GET /api/projects/$p/board
GET /api/projects/$p/docs
GET /api/projects/$p/members
POST /api/projects/$p/members
PATCH /api/projects/$p/members/$u
DELETE /api/projects/$p/members/$u
GET /api/projects/$p/invitations
DELETE /api/projects/$p/invitations/inv_1
POST /api/invitations/accept
GET /api/tasks
POST /api/tasks
GET /api/tasks/$t
PATCH /api/tasks/$t
DELETE /api/tasks/$t
GET /api/tasks/$t/children
POST /api/tasks/$t/timeline
GET /api/tasks/$t/docs
POST /api/tasks/$t/docs
POST /api/tasks/$t/claim
POST /api/tasks/claim
GET /api/sessions
POST /api/sessions
POST /api/sessions/spawn
GET /api/sessions/$s
PATCH /api/sessions/$s
POST /api/sessions/$s/events
POST /api/sessions/$s/timeline
GET /api/sessions/$s/docs
POST /api/sessions/$s/docs
PUT /api/sessions/$s/docs/doc_1/content
POST /api/sessions/$s/tasks/$t
DELETE /api/sessions/$s/tasks/$t
GET /api/sessions/$s/mode
POST /api/sessions/$s/mode
POST /api/sessions/$s/prompt
POST /api/sessions/$s/answer
GET /api/sessions/$s/prompts
POST /api/sessions/$s/resume
POST /api/sessions/$s/modal
POST /api/sessions/$s/modal/modal_1/actions
POST /api/sessions/$s/modal/modal_1/close
GET /api/huddles
GET /api/session-prompts
GET /api/sessions/$s/log-digest
GET /api/sessions/log-digests
GET /api/sessions/$s/stats
GET /api/sessions/$s/command-usage
POST /api/tasks/$t/images
GET /api/tasks/$t/images/img_1
DELETE /api/tasks/$t/images/img_1
GET /api/spells/definitions
GET /api/spells/entities/:type
POST /api/spells/invoke
GET /api/spells/custom-prompts
POST /api/spells/custom-prompts
PUT /api/spells/custom-prompts/$cp
DELETE /api/spells/custom-prompts/$cp
GET /api/master/projects
GET /api/master/tasks
GET /api/master/sessions
GET /api/master/context
POST /api/sessions/$s/command-usage
POST /api/sessions/$s/inject-diagram
POST /api/sessions/$s/pty/stop
POST /api/pty/spawn
POST /api/dev/pty-test
GET /api/skills
GET /api/skills/mode/:mode
GET /api/skills/none_such
POST /api/skills/none_such/reload
GET /api/git/capabilities
GET /api/sessions/$s/git
GET /api/sessions/$s/git/diff
POST /api/sessions/$s/git/branch
POST /api/sessions/$s/git/merge
POST /api/sessions/$s/git/pr
GET /api/sessions/$s/git/pr
DELETE /api/sessions/$s/git/worktree
GET /api/agent-logs/list
GET /api/agent-logs/read
GET /api/agent-logs/tail
GET /api/fs/list-directories
POST /api/fs/validate-directory
GET /api/fs/list-entries
GET /api/fs/read-file
POST /api/fs/write-file
POST /api/fs/rename
POST /api/fs/delete
POST /api/announce
POST /api/alexa/utterance
GET /api/heartbeat/$s
POST /api/heartbeat/$s
DELETE /api/heartbeat/$s
DELETE /api/sessions/$s
GET /api/ordering/task/$p
PUT /api/ordering/task/$p
GET /api/task-lists
POST /api/task-lists
GET /api/task-lists/$l
PATCH /api/task-lists/$l
DELETE /api/task-lists/$l
POST /api/task-lists/$l/tasks/$t
DELETE /api/task-lists/$l/tasks/$t
PUT /api/task-lists/$l/reorder
GET /api/team-members
POST /api/team-members
GET /api/team-members/$tm
PATCH /api/team-members/$tm
DELETE /api/team-members/$tm?projectId=$p
POST /api/team-members/$tm/archive
POST /api/team-members/$tm/unarchive
POST /api/team-members/$tm/reset
POST /api/team-members/$tm/memory
PATCH /api/team-members/$tm/scope
GET /api/mail
POST /api/mail
GET /api/mail/inbox/$s
GET /api/mail/wait/$s
GET /api/mail/thread/none
GET /api/mail/$mail
DELETE /api/mail/$mail
GET /api/sessions/$s/mail
POST /api/sessions/$s/mail
GET /api/teams?projectId=$p
POST /api/teams
GET /api/teams/$team?projectId=$p
GET /api/teams/$team/tree?projectId=$p
PATCH /api/teams/$team
DELETE /api/teams/$team?projectId=$p
POST /api/teams/$team/archive
POST /api/teams/$team/unarchive
POST /api/teams/$team/members
DELETE /api/teams/$team/members
POST /api/teams/$team/sub-teams
DELETE /api/teams/$team/sub-teams
GET /api/model-profiles
POST /api/model-profiles
GET /api/model-profiles/$mp
PUT /api/model-profiles/$mp
PATCH /api/model-profiles/$mp
DELETE /api/model-profiles/$mp
GET /api/task-graphs
POST /api/task-graphs
GET /api/task-graphs/$g
PATCH /api/task-graphs/$g
DELETE /api/task-graphs/$g
POST /api/task-graphs/$g/validate
GET /api/workflow-templates
GET /api/workflow-templates/none_such
END

# The list above is the list of routes (those of tokens and files have tests
# of their own).
my %known = map { my ($method, $path) = @$_;
	$path =~ s{mail/(inbox|wait)/.*}{mail/$1/:sessionId};
	$path =~ s{thread/none$}{thread/:threadId};
	$path =~ s/\Q$mail\E/:id/;
	$path =~ s{ordering/task/\Q$p\E}{ordering/:entityType/:projectId};
	$path =~ s{(task-lists/.*)\Q$t\E}{$1:taskId};
	$path =~ s/\?.*//;
	$path =~ s/none_such/:id/;
	$path =~ s/\Q$l\E/:id/;
	$path =~ s/\Q$tm\E/:id/;
	$path =~ s/\Q$cp\E/:id/;
	$path =~ s/\Q$team\E|\Q$g\E|\Q$mp\E/:id/;
	$path =~ s/\Q$p\E/:id/;
	$path =~ s{(/sessions/.*/)\Q$t\E}{$1:taskId};
	$path =~ s/\Q$t\E/:id/;
	$path =~ s/\Q$s\E/:id/;
	$path =~ s/doc_1/:docId/;
	$path =~ s/img_1/:imageId/;
	$path =~ s/modal_1/:modalId/;
	$path =~ s/\Q$u\E/:userId/;
	$path =~ s/inv_1/:invitationId/;
	("$method $path" => 1) } @routes;
# What a project and a name make needs no line above.
my %id = (projects => $p, tasks => $t, sessions => $s);
sub thing ($folder) { $id{$folder} //= thing_of($ann, $p, $folder) }
sub filled ($path) {
	my ($before, @parts) = '';
	for my $part (split m{/}, $path, -1) {
		my $v = $part eq ':id' ? thing($before)
			: $part =~ /^:(\w+)Id$/ ? thing("${1}s")
			: $part =~ /^[:*]/ ? undef : $part;
		push @parts, $v // return undef;
		$before = $part;
	}
	return join '/', @parts;
}
for (grep { $_->{path} =~ m{^/api/} } routes()) {
	my $name = "$_->{method} $_->{path}";
	next if $known{$name} || $name =~ m{/api/(?:auth|tokens)\b|/files};
	push @routes, [$_->{method}, filled($_->{path}) // next];
	$known{$name} = 1;
}
my (@missing, @untold);
my $doc = do { local (@ARGV, $/) = "$Maestro::Test::build/doc/rest-api.txt"; <> };
@ARGV = glob "$Maestro::Test::top/handlers/api/*.c";
while (<>) {
	my ($methods, $path) = m{^\s*\{(M_[^"]*?),\s*"(/api/[^"]+)"} or next;
	my $all = join '\\|', $methods =~ /M_(\w+)/g;
	push @untold, "$all $path"
		if $doc !~ m{^$all \Q$path\E -> (?:20[01]|4\d\d)\n    [A-Z\x7b].*?^    Role: .*?^    Example: curl}ms;
	next if $path =~ m{^/api/(?:auth|tokens)\b|/files};
	my ($first) = $methods =~ /M_(\w+)/;
	push @missing, "$first $path" if !$known{"$first $path"};
}
is_deeply \@missing, [], 'every route is in this test';
is_deeply \@untold, [], 'and in the reference, with its role and an example';

# --- who asks ---

my $expired = $m->mint(sub => $u, exp => time - 3600);
my $forged = $m->mint(sub => $u) =~ s/.$/$& eq 'A' ? 'B' : 'A'/er;
for my $route (@routes) {
	my ($method, $path) = @$route;
	my $body = $method eq 'GET' ? undef : {};
	my $r = $m->http->request($method, $path, $body);
	is_deeply [$r->status, $r->json->{code}], [401, 'AUTH_REQUIRED'],
		"$method $path: nobody";
	$r = $m->anon->request($method, $path, $body);
	ok $r->status == 401 || $r->status == 403, "$method $path: anon"
		or diag $r->status;
	for my $token ($expired, $forged, 'x', 'mst_' . 'x' x 43) {
		$r = $m->http->with(headers => {Authorization =>
			"Bearer $token"})->request($method, $path, $body);
		is $r->status, 401, "$method $path: "
			. substr($token, 0, 4) . '...';
	}
	next if $path !~ /_/;
	$r = $bob->request($method, $path, $method eq 'GET' ? undef :
		{name => 'x', isMaster => JSON::PP::true, role => 'viewer',
		message => 'x', sessionId => $s, title => 'x',
		filePath => 'x', email => 'x@y.test', type => 'milestone',
		content => 'x', senderSessionId => $s,
		fromSessionId => $s, sceneJson => 'x',
		filename => 'x', mimeType => 'image/gif',
		data => 'R0lGODlhAQABAAAAACwAAAAAAQABAAACAUQAOw==',
		orderedIds => [], orderedTaskIds => [],
		projectId => $p, scope => 'project', entries => ['x'],
		modalId => 'm', html => 'x', action => 'x',
		memberIds => [$tm], subTeamId => $team});
	is $r->status, 404, "$method $path: somebody else" or diag $r->body;
	is $ann->request('TRACE', $path)->status, 405, "$path: TRACE";
}
is $ann->get("/api/projects/$p")->json->{name}, 'A', 'nothing happened';
is $m->http->get('/api/auth/status')->body,
	'{"authEnabled":true,"authenticated":false}', 'status: nobody';
is $ann->get('/api/auth/status')->json->{authenticated}, JSON::PP::true,
	'status: somebody';
is $m->http->with(headers => {Authorization => "Bearer $expired"})
	->get('/api/auth/status')->json->{authenticated}, JSON::PP::false,
	'status: no longer';
is_deeply [@{$ann->get('/api/nothing')->json}{qw(statusCode code)}],
	[404, 'NOT_FOUND'], 'an unknown address';
my $r = $ann->put('/api/tasks', {});
is_deeply [$r->status, $r->header('allow')], [405, 'GET, HEAD, POST'],
	'a wrong method names the right ones';

# --- what is sent ---

my %bad = (
	'no JSON' => 'name=x', 'half a value' => '{"name":', 'an array' => '[]',
	'a word' => 'true', 'a number' => '17', 'a text' => '"x"',
	'two values' => '{} {}', 'NaN' => '{"name":NaN}',
	'bytes' => join('', map { chr } 0 .. 255), 'NUL' => "{\"name\":\"a\0b\"}",
	'an escaped NUL' => '{"name":"a\u0000b","workingDir":"/",'
		. '"title":"a\u0000b","displayName":"a\u0000b"}',
	'a lone surrogate' => '{"name":"\ud800"}',
	'bad UTF-8' => "{\"name\":\"\xff\xfe\"}",
	'overlong UTF-8' => "{\"name\":\"\xc0\xaf\"}",
	'repeated keys' => '{"name":"a","name":"b"}',
	'a deep value' => '{"name":' . '[' x 5000 . ']' x 5000 . '}',
	'a huge number' => '{"name":1e999999,"limit":99999999999999999999}',
);
for my $route (grep { $_->[0] =~ /POST|PUT|PATCH/ } @routes) {
	my ($method, $path) = @$route;
	for my $what (sort keys %bad) {
		$r = $ann->request($method, $path, undef,
			body => $bad{$what}, type => 'application/json');
		# An unknown key may hold anything (1.4).
		my $fine = $what =~ /NUL$|number/ && $r->status =~ /^2/
			|| $r->status =~ /^40[034]$|^422$/ && ref $r->json eq 'HASH';
		ok $fine, "$method $path: $what"
			or diag $r->status . ' ' . $r->body;
	}
	$r = $ann->request($method, $path, undef, body => '{}',
		type => 'text/xml');
	is_deeply [$r->status, $r->json->{code}],
		[415, 'UNSUPPORTED_MEDIA_TYPE'], "$method $path: XML";
	$r = $ann->request($method, $path, undef, body => '',
		type => 'application/json');
	ok $r->status < 500, "$method $path: empty";
}
$r = $ann->post('/api/tasks', {projectId => $p, title => 'x',
	description => 'd' x 2_200_000});
is_deeply [$r->status, $r->json->{code}], [413, 'PAYLOAD_TOO_LARGE'], 'a huge body';
is $ann->get('/api/tasks', headers => {'Content-Type' => 'application/json'})
	->status, 200, 'a type without a body, as the CLI sends it';
is $ann->del("/api/tasks/$t", undef, headers => {'Content-Type' =>
	'application/json'})->status, 200, 'also with DELETE';
$t = $ann->post('/api/tasks', {projectId => $p, title => 'T'})->json->{id};

# --- addresses ---

my @odd = ('%00', '%ff', '%2e%2e%2f', "'%20or%201=1--", 'x' x 2000, '%E2%80%AE',
	'%F0%9F%98%80', '1%3Bdrop', '*', '%25s%25n');
for my $odd (@odd) {
	for my $path ("/api/tasks/$odd", "/api/projects/$odd/board",
		"/api/sessions/$odd", "/api/projects/$p/members/$odd",
		"/api/tasks?projectId=$odd", "/api/tasks?parentId=$odd",
		"/api/projects/$p/board?q=$odd", "/api/sessions?status=$odd",
		"/api/projects/$odd/members/$odd") {
		$r = $ann->get($path);
		ok $r->status < 500 && $r->status > 0,
			substr "GET $path", 0, 70 or diag $r->status;
	}
}
is $ann->get('/api/tasks/' . 'x' x 9000)->status, 414, 'a long address';

# --- other sites ---

for my $origin ('tauri://localhost', 'http://localhost:5173',
	'http://127.0.0.1', 'https://localhost', 'https://two.test', $m->url) {
	$r = $ann->get('/api/projects', headers => {Origin => $origin});
	is_deeply [$r->status, $r->header('access-control-allow-origin'),
		$r->header('access-control-allow-credentials')],
		[200, $origin, 'true'], "$origin may ask";
}
for my $origin ('https://evil.test', 'null', 'http://localhost.evil.test',
	'http://127.0.0.1:80@evil.test', 'https://two.test.evil.test',
	'http://localhost:', 'tauri://localhost.evil') {
	$r = $ann->get('/api/projects', headers => {Origin => $origin});
	is_deeply [$r->status, $r->header('access-control-allow-origin')],
		[403, undef], "$origin may not";
}
$r = $m->http->options("/api/tasks/$t", headers => {Origin =>
	'http://localhost:1', 'Access-Control-Request-Method' => 'PATCH'});
is $r->status, 204, 'a preflight needs no credentials';
like $r->header('access-control-allow-methods'), qr/PATCH/, 'and allows';
like $r->header('access-control-allow-headers'), qr/X-Session-Id/,
	'the headers of the wire';

is scalar(() = $m->log('web') =~ /ev=worker_(?:died|killed)/g), 0,
	'no worker died';
unlike $m->log('web'), qr/lvl=error/, 'nothing was our fault';

done_testing;
