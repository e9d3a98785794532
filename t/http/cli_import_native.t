# What was made here, through the API, moves out and into another installation
# of maestro: nothing of it is refused, and what comes out of that one is the
# same, byte for byte.
use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Test;
use JSON::PP ();
use MIME::Base64 qw(encode_base64);

my ($one, $two) = map { Maestro::Test->new(users => ['ann']) } 1, 2;
my $dir = $one->dir;
my $ann = $one->as('ann');

sub made ($r, $what) {
	like $r->status, qr/^20/, $what or diag $r->body;
	return $r->json;
}
sub post ($path, $body, $what = $path) {
	return made($ann->post("/api/$path", $body), $what);
}

my $p = post('projects', {name => "Here \x{e9}", workingDir => '/w',
	description => 'd'})->{id};
my $member = post('team-members', {projectId => $p, name => 'Ada',
	role => 'writes', avatar => 'a', memory => ['x'], model => 'opus'})->{id};
post('team-members', {projectId => $p, name => 'Gil', role => 'helps',
	avatar => 'g', scope => 'global'}, 'a global member');
made($ann->request('PATCH', "/api/team-members/tm_${p}_recruiter",
	{projectId => $p, name => 'Head'}), 'a default is changed');
my $task = post('tasks', {projectId => $p, title => 'One', dueDate =>
	'2026-05-06', priority => 'high', teamMemberIds => [$member],
	memberOverrides => {$member => {model => 'x'}}, useWorktree =>
	JSON::PP::true, clientRequestId => 'r1', skillIds => ['s']})->{id};
my $child = post('tasks', {projectId => $p, parentId => $task,
	title => "Two \x{1F600}", referenceTaskIds => [$task]})->{id};
my $s = post('sessions', {projectId => $p, taskIds => [$task, $child],
	name => 'S', status => 'working', env => {HOME => '/h'},
	metadata => {mode => 'worker', teamMemberId => $member}})->{id};
my $s2 = post('sessions', {projectId => $p, taskIds => [],
	parentSessionId => $s})->{id};
post("sessions/$s/timeline", {type => 'milestone', message => "m\n",
	taskId => $task, metadata => {a => [1]}}, 'an entry');
post("sessions/$s/timeline", {type => 'needs_input', message => '?'},
	'a question');
post("sessions/$s/events", {type => 'note', data => {x => undef}}, 'an event');
post("sessions/$s/docs", {title => 'T', filePath => 'a.md', content =>
	"# x\n", taskId => $task}, 'a document');
post("sessions/$s/docs", {title => 'D', filePath => 'b.excalidraw'},
	'one without text');
post("sessions/$s2/prompt", {content => 'do', senderSessionId => $s},
	'a prompt');
post("sessions/$s/answer", {content => 'yes'}, 'an answer');
post("sessions/$s/command-usage", {command => 'task:list', argv => ['a',
	'--token', 'x'], exitCode => -1, success => JSON::PP::false,
	ts => '2026-01-02T03:04:05.678Z'}, 'a command');
post("sessions/$s2/mail", {fromSessionId => $s, message => "one\ntwo",
	detail => 'd'}, 'mail of the second generation');
post('mail', {projectId => $p, fromSessionId => $s, type => 'query',
	subject => 'Q', body => {question => 'q'}, priority => 'high'});
made($ann->get("/api/sessions/$s2/mail"), 'which is read');
made($ann->request('PATCH', "/api/tasks/$task", {status => 'completed'}),
	'a task is done');
made($ann->request('PATCH', "/api/sessions/$s2", {status => 'failed',
	archivedAt => 1700000000000}), 'a session ends');
post('teams', {projectId => $p, name => 'Team', leaderId => $member,
	memberIds => [$member, "tm_${p}_standup"], description => 'd'});
post('task-lists', {projectId => $p, name => 'L', orderedTaskIds =>
	[$child, $task]});
post('task-graphs', {projectId => $p, name => 'G', nodes => [map { {taskId =>
	$_, position => {x => 1.5, y => 0}} } $task, $child], edges => [{id =>
	'e', sourceTaskId => $task, targetTaskId => $child}]});
made($ann->put("/api/ordering/task/$p", {orderedIds => [$child, 'gone']}),
	'an ordering');
post('model-profiles', {name => 'Mine', launchConfig => {provider => 'claude',
	model => 'm'}});
post('spells/custom-prompts', {name => 'P', content => 'c', tags => ['t']});
# Names that end in what ends no name of a file.
my @names = ("sh\x{e9}t.png", 'a.' . 'x' x 250, 'b.d/', 'c./../../../d',
	'e.f/g', "h.\x{1F600}", 'none', 'dot.', "i.j\nk");
post("tasks/$task/images", {filename => $_, mimeType =>
	'image/png', data => encode_base64(pack('H*', '89504e470d0a1a0a0000000'
	. 'd494844520000000100000001080600'
	. '00001f15c4890000000a49444154789c63000100000500010d0a2db400000000'
	. '49454e44ae426082'), '')}, 'an image') for @names;

# A session that is called like the file of commands of no session.
post('sessions', {id => '_no-session', projectId => $p, taskIds => []});
post("sessions/_no-session/command-usage", {command => 'theirs'});
$one->psql("insert into public.command_usage (project_id, command, success)
	values ('$p', 'of nobody', true)");

sub migrate ($m, $what, @words) {
	my $line = join ' ', map { "'$_'" } "$Maestro::Test::build/maestro",
		'-c', $m->dir . '/maestro.conf', 'migrate', $what, '--data',
		"$dir/out", @words;
	my $out = `$line 2>&1`;
	is $?, 0, $what or diag $out;
	return $out;
}

migrate($one, 'from-supabase');
my $out = migrate($two, 'to-supabase');
unlike $out, qr/\d refused$|things were adjusted/m, 'nothing had to be changed';
rename "$dir/out", "$dir/first" or die;
migrate($two, 'from-supabase');
is `diff -r $dir/first $dir/out`, '', 'the same comes out again';
cmp_ok `find $dir/out -type f -printf x | wc -c` + 0, '==', 31, 'and that is all of it';

for my $path ("tasks/$task", "tasks/$child", "sessions/$s", "sessions/$s2",
	"sessions/$s/docs", "mail/inbox/$s2", "team-members?projectId=$p",
	"teams?projectId=$p", "task-lists?projectId=$p",
	"task-graphs?projectId=$p", "ordering/task/$p", 'model-profiles',
	'spells/custom-prompts', 'session-prompts', 'huddles',
	"sessions/$s/command-usage", 'sessions/_no-session/command-usage')
{
	my ($a, $b) = map { $_->as('ann')->get("/api/$path")->body } $one, $two;
	is $b, $a, "the API says the same of $path" =~ s/$p/PROJECT/r;
}
is $two->psql("select string_agg(command, ',' order by command)
	from public.command_usage where session_id is null"), 'of nobody',
	'a command of nobody is still of nobody';

done_testing;
