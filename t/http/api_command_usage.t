# /api/sessions/:id/command-usage (maestro-api.md 2.16, records of 4).
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
my ($s, $t) = map { $as{ann}->post('/api/sessions', {projectId => $p,
	taskIds => []})->json->{id} } 1, 2;
my $path = "/api/sessions/$s/command-usage";

is_deeply $as{vic}->get($path)->json, {sessionId => $s, summary => {total => 0,
	succeeded => 0, failed => 0, byCommand => []}, records => []},
	'nothing yet';

my $r = $as{mia}->post($path, {ts => '2026-01-02T03:04:05.678Z',
	sessionId => 'sess_odd', projectId => 'proj_odd',
	command => 'task list', argv => ['task', 'list', '--json'],
	exitCode => 0, durationMs => 120.4, success => \1,
	cliVersion => '1.2.3'});
is_deeply [$r->status, $r->json], [201, {success => JSON::PP::true,
	sessionId => $s, stored => 1}], 'one record' or diag $r->body;
is_deeply $as{vic}->get($path)->json->{records}, [{
	ts => '2026-01-02T03:04:05.678Z', sessionId => $s, projectId => $p,
	command => 'task list', argv => ['task', 'list', '--json'],
	exitCode => 0, durationMs => 120, success => JSON::PP::true,
	cliVersion => '1.2.3'}], 'as it was, of the session of the path';

my @more = map { {ts => "2026-01-02T03:04:0$_.000+00:00",
	command => $_ > 3 ? 'task get' : 'session report', argv => [],
	exitCode => $_ == 5 ? 1 : 0} } 1 .. 5;
is $as{mia}->post($path, {records => \@more})->json->{stored}, 5, 'several';
is $as{mia}->post($path, {records => [@more, {command => 'whoami',
	ts => '2026-01-02T03:05:00Z'}]})->json->{stored}, 1,
	'1.2: what is there already is not added again';
my $all = $as{vic}->get($path)->json;
is_deeply $all->{summary}, {total => 7, succeeded => 6, failed => 1,
	byCommand => [
		{command => 'session report', total => 3, failed => 0},
		{command => 'task get', total => 2, failed => 1},
		{command => 'task list', total => 1, failed => 0},
		{command => 'whoami', total => 1, failed => 0}]},
	'the summary';
is_deeply [map { $_->{ts} =~ /T03:0(\d:\d\d)/ } @{$all->{records}}],
	[qw(4:01 4:02 4:03 4:04 4:05 4:05 5:00)], 'in the order of time';
is $as{mia}->get("/api/sessions/$t/command-usage")->json->{summary}{total}, 0,
	'another session has its own';

# --- secrets ---

$as{mia}->post("/api/sessions/$t/command-usage", {command => 'x', argv => [
	'--token', 'hush-1', '--api-key=hush-2', 'OPENAI_API_KEY=hush-3',
	'--title', 'plain', '--password', 'hush-4', 'sk-hush-5',
	'https://u:hush-6@x.test/', '--keep=this', '-v']});
my ($x) = @{$as{mia}->get("/api/sessions/$t/command-usage")->json->{records}};
is_deeply $x->{argv}, ['--token', '[redacted]', '--api-key=[redacted]',
	'OPENAI_API_KEY=[redacted]', '--title', 'plain', '--password',
	'[redacted]', '[redacted]', '[redacted]', '--keep=this', '-v'],
	'what looks like a secret is not kept';
is $m->psql("select count(*) from public.command_usage
	where argv::text like '%hush%'"), 0, 'not even in the table';
is $m->psql("insert into public.command_usage (project_id, command, success,
	argv) values ('$p', 'x', true, '{--token,hush}') returning argv"),
	'{--token,[redacted]}', 'whoever writes, also without a session';

# Not only where a secret is the whole word.
my $u = $as{ann}->post('/api/sessions', {projectId => $p, taskIds => []})
	->json->{id};
my @inside = (
	['Authorization: Bearer hush', 'Authorization: [redacted]'],
	['--header=Authorization: Basic hush', '--header=Authorization: [redacted]'],
	['x-api-key: hush', 'x-api-key: [redacted]'],
	['Cookie: a=hush; b=hush', 'Cookie: [redacted]'],
	['{"name":"n","Password" : "hush"}',
		'{"name":"n","Password" : "[redacted]"}'],
	['https://x.test/?access_token=hush&a=b',
		'https://x.test/?access_token=[redacted]&a=b'],
	['use sk-hush-1 and ghp_hush', 'use [redacted] and [redacted]'],
	['say bearer hush', 'say [redacted]'],
	['DB_PWD=hush', 'DB_PWD=[redacted]'],
	['risk-free task-123 tokens', 'risk-free task-123 tokens'],
	['PWD=/w', 'PWD=/w']);
$as{mia}->post("/api/sessions/$u/command-usage", {command => 'x',
	argv => [(map { $_->[0] } @inside), '-u', 'name:hush', '-u', 'name']});
is_deeply $as{mia}->get("/api/sessions/$u/command-usage")->json
	->{records}[0]{argv}, [(map { $_->[1] } @inside), '-u', '[redacted]',
	'-u', 'name'], 'nor where it stands in a word';

# A few seconds' work for the database is refused before it begins.
$r = $as{mia}->post("/api/sessions/$u/command-usage", {records => [map {
	{command => 'x', argv => [('--a') x 1000]} } 1 .. 21]});
is_deeply [$r->status, $r->json->{details}[0]{path}], [400, 'records'],
	'many arguments are too many together' or diag $r->body;

$r = $as{mia}->post("/api/sessions/$u/command-usage", {records => [map {
	{command => 'x', argv => ['token: ' x 800]} } 1 .. 200]});
is_deeply [$r->status, $r->json->{details}[0]{path}], [400, 'records'],
	'and long ones too long together' or diag $r->body;

# --- refusals ---

sub wrong ($body, $field) {
	refused $as{mia}->post($path, $body), 400, 'VALIDATION_ERROR',
		"refused: $field", $field;
}
wrong({}, 'command');
wrong({command => 7}, 'command');
wrong({command => 'x', argv => [1]}, 'argv.0');
wrong({command => 'x', exitCode => 'one'}, 'exitCode');
wrong({command => 'x', durationMs => -1}, 'durationMs');
wrong({command => 'x', ts => 'yesterday'}, 'ts');
wrong({command => 'x', ts => '2026-13-41T00:00:00Z'}, 'ts');
wrong({records => []}, 'records');
wrong({records => 'x'}, 'records');
wrong({records => [{command => 'x'}, {command => ''}]}, 'records.1.command');
wrong({records => [{command => 'x', argv => [{}]}]}, 'records.0.argv');
wrong({records => [{command => 'x', argv => 'a'}]}, 'records.0.argv');
wrong({records => [{command => 'x', success => 'no'}]}, 'records.0.success');
wrong({records => [{command => 'x', exitCode => 1e12}]},
	'records.0.exitCode');
wrong({records => [7]}, 'records.0');
wrong({records => [map { {command => 'x'} } 1 .. 1001]}, 'records');
is $as{vic}->post($path, {command => 'x'})->status, 403, 'a viewer adds none';
is $as{bob}->post($path, {command => 'x'})->status, 404, 'nor a stranger';
is $as{bob}->get($path)->status, 404, 'who sees none';
is $as{ann}->get('/api/sessions/sess_none/command-usage')->status, 404,
	'of a session that is not';
is $as{vic}->get($path)->json->{summary}{total}, 7, 'nothing was added';

done_testing;
