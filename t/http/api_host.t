# What only the agent's machine can do: each answer of maestro-api.md 2.16.
use v5.36;
use lib 't/lib';
use JSON::PP ();
use Test::More;
use Maestro::Api;
use Maestro::Test;

my @names = qw(ann vic bob);
my $m = Maestro::Test->new(users => \@names);
my %as = map { $_ => $m->as($_) } @names;
my $p = new_project($as{ann}, 'A', workingDir => '/w');
add_members($as{ann}, $p, vic => 'viewer');
my $s = $as{ann}->post('/api/sessions', {projectId => $p, taskIds => []})
	->json->{id};

# Method, path, status, body or code.
my @table = (
	['POST', "/api/sessions/$s/pty/stop", 403, 'pty_host_not_server'],
	['POST', '/api/pty/spawn', 400, 'host_required'],
	['POST', '/api/dev/pty-test', 403, 'pty_host_not_server'],
	['GET', '/api/skills', 200, []],
	['GET', '/api/skills/mode/worker', 200, []],
	['GET', '/api/skills/find-skills', 404, 'NOT_FOUND'],
	['POST', '/api/skills/find-skills/reload', 404, 'NOT_FOUND'],
	['GET', '/api/git/capabilities', 200, {hasGit => 0, hasGh => 0,
		ghAuthed => 0}],
	['GET', "/api/sessions/$s/git", 200, {hasWorktree => 0}],
	['GET', "/api/sessions/$s/git/diff", 404, 'no_worktree'],
	['POST', "/api/sessions/$s/git/branch", 404, 'no_worktree'],
	['POST', "/api/sessions/$s/git/merge", 404, 'no_worktree'],
	['POST', "/api/sessions/$s/git/pr", 404, 'no_worktree'],
	['GET', "/api/sessions/$s/git/pr", 200, {pr => undef}],
	['DELETE', "/api/sessions/$s/git/worktree", 200, {success => 1}],
	['GET', '/api/agent-logs/list', 200, []],
	['GET', '/api/agent-logs/read?id=x', 404, 'NOT_FOUND'],
	['GET', '/api/agent-logs/tail?id=x', 404, 'NOT_FOUND'],
	['GET', '/api/fs/list-directories?path=/etc', 200,
		{path => '/', parent => undef, entries => []}],
	['GET', '/api/fs/list-entries?root=/&path=/etc', 403, 'host_required'],
	['GET', '/api/fs/read-file?root=/&path=/etc/passwd', 403,
		'host_required'],
	['POST', '/api/fs/write-file', 403, 'host_required'],
	['POST', '/api/fs/rename', 403, 'host_required'],
	['POST', '/api/fs/delete', 403, 'host_required'],
	['POST', '/api/announce', 422, 'host_required'],
	['POST', '/api/alexa/utterance', 422, 'host_required'],
);
# true and false are 1 and 0 here.
sub plain ($v) {
	return [map { plain($_) } @$v] if ref $v eq 'ARRAY';
	return {map { $_ => plain($v->{$_}) } keys %$v} if ref $v eq 'HASH';
	return ref $v ? 0 + $v : $v;
}
for my $row (@table) {
	my ($method, $path, $status, $want) = @$row;
	my $r = $as{ann}->request($method, $path,
		$method eq 'POST' ? {text => 'x'} : undef);
	is_deeply [$r->status, ref $want ? plain($r->json)
		: $r->json->{code}], [$status, $want], "$method $path"
		or diag $r->body;
	like $r->json->{message}, qr/\w/, 'with a sentence' if !ref $want;
	is $as{ann}->request($method, $path, undef, headers =>
		{'Content-Type' => 'application/json'})->status, $status,
		'an empty body of type JSON, as the CLI sends it';
	next if $path !~ /\Q$s\E/;
	is $as{vic}->request($method, $path)->status, $status,
		'a viewer gets the same';
	is $as{bob}->request($method, $path)->json->{message},
		"Session with id '$s' not found", 'a stranger none';
	is $as{ann}->request($method, $path =~ s/\Q$s\E/sess_none/r)->status,
		404, 'nor is there one of a session that is not';
}

my $r = $as{ann}->post('/api/fs/validate-directory', {path => '/srv/"x'});
is_deeply [$r->status, $r->json], [200, {path => '/srv/"x'}],
	'a directory is as good as any';
is $as{ann}->post('/api/fs/validate-directory', {})->json->{details}[0]{path},
	'path', 'but one must be given';

# --- a diagram ---

my $scene = '{"type":"excalidraw","elements":[]}';
$m->psql("select pg_create_logical_replication_slot('t', 'test_decoding')");
$r = $as{ann}->post("/api/sessions/$s/inject-diagram", {sceneJson => $scene,
	pngBase64 => 'iVBORw0KGgo=', name => '../My Plan'});
is_deeply [$r->status, $r->json->{success}, $r->json->{pngPath}],
	[200, JSON::PP::true, undef], 'a diagram is taken' or diag $r->body;
like $r->json->{excalidrawPath},
	qr{^\.maestro/diagrams/-my-plan-\d+\.excalidraw$},
	'under a path without surprises';
my ($doc) = @{$as{vic}->get("/api/sessions/$s/docs")->json};
is_deeply [@$doc{qw(id title filePath kind content)}],
	[$r->json->{docId}, '../My Plan', $r->json->{excalidrawPath},
		'diagram', $scene], 'it is a document of the session';
my ($said) = map { JSON::PP->new->decode(s/^.*?content://r) }
	grep { /session:prompt_send/ } split /\n/,
	$m->psql("select data from pg_logical_slot_get_changes('t', null,
		null) where data like 'message:%prefix: maestro%'");
is_deeply [@{$said->{data}}{qw(sessionId senderSessionId)}], [$s, 'ui'],
	'and its agent hears of it';
like $said->{data}{content}, qr/\Q$doc->{id}\E/, 'with where it is';
$m->psql("select pg_drop_replication_slot('t')");
is $as{vic}->post("/api/sessions/$s/inject-diagram", {sceneJson => $scene})
	->status, 403, 'not by a viewer';
is $as{bob}->post("/api/sessions/$s/inject-diagram", {sceneJson => $scene})
	->status, 404, 'nor a stranger';
is $as{ann}->post("/api/sessions/$s/inject-diagram", {pngBase64 => 'x'})
	->json->{details}[0]{path}, 'sceneJson', 'a picture alone is not it';
is $as{ann}->post("/api/sessions/$s/inject-diagram",
	{sceneJson => 'x' x 5_000_000})->status, 200, 'a large one';

# --- who listens ---

$r = $m->http->get('/ws-status');
is_deeply [$r->status, $r->json], [200, {connectedClients => 0,
	clients => []}], 'nobody listens yet';
is $m->http->get('/ready')->status, 200, 'the service is ready';

done_testing;
