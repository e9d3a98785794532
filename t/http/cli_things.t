# maestro project, task, session, token, status: daily use from a terminal.
use v5.36;
use utf8;
use lib 't/lib';
use Test::More;
use IO::Socket::INET;
use JSON::PP ();
use POSIX ();
use Maestro::Cli;
use Maestro::Test;

binmode $_, ':utf8' for Test::More->builder->output,
	Test::More->builder->failure_output;
my $m = Maestro::Test->new(users => [qw(ann bob vic)]);
my $c = Maestro::Cli->new($m)->login('ann');
my $bob = Maestro::Cli->new($m)->login('bob');
my $ann = $m->as('ann');

my @losing;
END { my $rc = $?; kill TERM => @losing; $? = $rc }

# A server whose first answer to such a request is lost on the way.
sub losing_answers ($m, $such) {
	my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
		Listen => 8) or die "listen: $!";
	defined(my $pid = fork) or die "fork: $!";
	if ($pid) {
		push @losing, $pid;
		return 'http://127.0.0.1:' . $listen->sockport;
	}
	my $lost;
	while (my $from = $listen->accept) {
		my ($request, $head) = ('');
		until ($head = index($request, "\r\n\r\n") + 4 and $head > 3
			and length($request) >= $head
			+ ($request =~ /^Content-Length: (\d+)/mi ? $1 : 0)) {
			sysread $from, $request, 65536, length $request or last;
		}
		my $r = $m->http->raw($request =~
			s/\r\n/\r\nConnection: close\r\n/r);
		syswrite $from, $r->bytes
			if $request !~ $such || $lost++;
	}
	POSIX::_exit(0);
}

sub id ($r) { $r->{out} =~ /: (\S+)$/ ? $1 : undef }

my $r = $c->run(['project', 'list']);
is $r->{err}, "There are no projects.\n", 'nothing yet';
is $r->{out}, '', 'and no rows';
$r = $c->run(['project', 'create', 'Opus 1', '--description', 'a quartet']);
is $r->{rc}, 0, 'project create' or diag $r->{err};
my $p = id($r);
like $p, qr/^proj_\d+_\w{9}$/, 'tells the id';
is $ann->get("/api/projects/$p")->json->{workingDir}, $c->{cwd},
	'its folder is the current one';
$r = $c->run(['project', 'show', $p]);
like $r->{out}, qr/^name +Opus 1$/m, 'project show';
like $r->{out}, qr/^description\na quartet$/m, 'with its text';
is $c->run(['project', 'update', '--project', $p, '--name', 'Opus 2'])->{rc},
	0, 'project update';
is $c->json(['project', 'list'])->{json}{data}[0]{name}, 'Opus 2', 'did it';

$c->{env} = {MAESTRO_PROJECT_ID => $p};
$r = $c->run(['task', 'create', 'First movement', '--priority', 'high',
	'--description', '-', '--tags', 'a, b', '--due', '2030-01-02'],
	in => "Allegro\n\nma non troppo\n");
is $r->{rc}, 0, 'task create' or diag $r->{err};
my $t = id($r);
my $task = $ann->get("/api/tasks/$t")->json;
is $task->{description}, "Allegro\n\nma non troppo", 'text from stdin';
is_deeply $task->{tags}, [qw(a b)], 'tags';
ok $task->{clientRequestId}, 'a repetition would make no second one';
is $c->run(['task', 'update', $t, '--status', 'in_progress', '--due',
	'none'])->{rc}, 0, 'task update';
is $ann->get("/api/tasks/$t")->json->{dueDate}, undef, 'took the date away';
my $t2 = id($c->run(['task', 'create', 'Second', '--parent', $t]));
$r = $c->run(['task', 'list']);
like $r->{out}, qr/^ID +STATUS +PRIORITY +TITLE +UPDATED\n\Q$t\E +in_progress +high +First movement +20\d\d-\d\d-\d\d \d\d:\d\d\n\Q$t2\E +todo +medium +Second/,
	'task list';
unlike $r->{out}, qr/\t/, 'has no tabs';
is $c->run([qw(task list --priority high)])->{out} =~ tr/\n//, 2,
	'by priority';
is $c->run([qw(task list --status todo)])->{out} =~ tr/\n//, 2, 'by status';
like $c->run(['task', 'children', $t])->{out}, qr/^\Q$t2\E/m,
	'task children';
like $c->run(['task', 'show', $t])->{out}, qr/\ndescription\nAllegro\n\nma non troppo\n/,
	'task show keeps lines';
$r = $c->run(['task', 'done', $t, $t2]);
is $r->{out}, "Task completed: $t\nTask completed: $t2\n", 'task done';
is $ann->get("/api/tasks/$t2")->json->{status}, 'completed', 'is true';
my $t3 = id($c->run(['task', 'create', 'Third', '--priority', 'high']));
$r = $c->run(['task', 'claim']);
is $r->{out}, "Task taken: $t3\n", 'task claim takes what waits'
	or diag $r->{err};
is $c->run(['task', 'claim', $t3])->{rc}, 1, 'what is taken is taken';
is $c->run(['task', 'claim'])->{rc}, 2, 'nothing waits';
my $t4 = id($c->run(['task', 'create', 'Fourth']));
my $key = $ann->post('/api/tokens', {name => 'k'})->json->{token};
$r = Maestro::Cli->new($m)->run(['task', 'claim', '--project', $p],
	env => {MAESTRO_SERVER_URL => losing_answers($m,
		qr{^POST \S*/api/tasks/claim }) . "/k/$key"});
is $r->{out}, "Task taken: $t4\n",
	'an answer that is lost is asked for again' or diag $r->{err};
$c->run(['task', 'delete', $t4, '--yes']);
is $c->run(['task', 'delete', $t3])->{rc}, 1, 'deleting wants a yes';
is $c->run(['task', 'delete', $t3, '--yes'])->{rc}, 0, 'which is given';

subtest 'exit codes' => sub {
	is $c->run(['task', 'show', 'task_none'])->{rc}, 2, 'not there';
	is $bob->run(['task', 'show', $t])->{rc}, 2, 'not yours looks the same';
	like $bob->run(['task', 'show', $t])->{err},
		qr/^maestro: Task with id '\Q$t\E' not found$/m, 'and is said so';
	$ann->post("/api/projects/$p/members",
		{userId => $m->user('vic')->{id}, role => 'viewer'});
	my $vic = Maestro::Cli->new($m)->login('vic');
	is $vic->run(['task', 'show', $t])->{rc}, 0, 'a viewer reads';
	is $vic->run(['task', 'done', $t])->{rc}, 4, 'and may not write';
	is $c->run(['task', 'create', ''])->{rc} || 0, 0, 'an empty title is one';
	is $c->run(['task', 'create', 'x', '--due', 'soon'])->{rc}, 1,
		'bad input';
	like $c->run(['task', 'create', 'x', '--due', 'soon'])->{err},
		qr/dueDate/, 'names the field';
	is $c->run(['task', 'create', 'x', '--priority', 'huge'])->{rc}, 1,
		'a word that is none';
	is $c->run(['task', 'create'])->{rc}, 1, 'a missing word';
	is $c->run(['task', 'create', 'x', 'y'])->{rc}, 1, 'one too many';
	is $c->run(['task', 'list', '--nope'])->{rc}, 1, 'an unknown option';
	is $bob->run(['task', 'create', 'x'])->{rc}, 1, 'no project named';
	$m->stop('nginx');
	my $r = $c->run(['task', 'list']);
	is $r->{rc}, 3, 'the server is away';
	unlike $r->{out}, qr/./, 'nothing on stdout';
	my $j = $c->json(['task', 'list']);
	is_deeply [@$j{qw(rc err)}, $j->{json}{error}], [3, '', 'unreachable'],
		'as JSON on stdout alone';
	$m->start('nginx');
	is $c->run(['task', 'list'], env => {MAESTRO_SERVER_URL =>
		'https://nowhere.invalid'})->{rc}, 1, 'another server: no token';
	my $key = $m->as('ann')->post('/api/tokens', {name => 'k'})
		->json->{token};
	is $c->run(['task', 'list'], env => {MAESTRO_SERVER_URL =>
		"https://nowhere.invalid/k/$key"})->{rc}, 3, 'no such host';
	is $c->run(['--server', $m->url . "/k/$key", 'task', 'list'])->{rc}, 0,
		'a key in the address will do';
	open my $full, '>', '/dev/full' or return;
	my $pid = fork // die;
	if (!$pid) {
		open STDOUT, '>&', $full;
		$c->exec(['task', 'list']);
	}
	waitpid $pid, 0;
	is $? >> 8, 1, 'a full disk is no success';
};

subtest 'a server in trouble is asked again' => sub {
	$m->stop('web');
	my $run = $c->start(['task', 'list'], env => {MAESTRO_RETRIES => 100,
		MAESTRO_RETRY_DELAY => 50});
	$m->start('web');
	is $run->wait->{rc}, 0, 'until it answers' or diag $run->{err};
};

subtest 'sessions' => sub {
	my $s = $ann->post('/api/sessions', {projectId => $p, taskIds => [$t],
		name => 'worker one', status => 'working'})->json->{id};
	my $old = $ann->post('/api/sessions', {projectId => $p, taskIds => [],
		name => 'old', status => 'stopped'})->json->{id};
	my $r = $c->run([qw(session list)]);
	like $r->{out}, qr/^\Q$s\E +working +worker one +1 /m, 'active ones';
	unlike $r->{out}, qr/\Q$old\E/, 'only';
	like $c->run([qw(session list --all)])->{out}, qr/\Q$old\E/, 'or all';
	is $c->run([qw(session needs-input)])->{err},
		"No session waits for an answer.\n", 'nobody waits';
	is $c->run(['session', 'needs-input', $s, 'Which key?'])->{rc}, 0,
		'a session asks';
	like $c->run([qw(session needs-input)])->{out},
		qr/^\Q$s\E +worker one +\S+ \S+ +Which key\?$/m, 'it is listed';
	like $c->run(['session', 'show', $s])->{out},
		qr/waits for an answer\nWhich key\?/, 'and shown';
	$r = $c->run(['status']);
	is $r->{rc}, 0, 'status' or diag $r->{err};
	like $r->{out}, qr/^tasks    \d+: .*2 completed/m, 'counts tasks';
	like $r->{out}, qr/^sessions 2: 1 working, 1 stopped$/m, 'sessions';
	like $r->{out}, qr/^waits    \Q$s\E  worker one: Which key\?$/m,
		'and who waits';
	is $c->json(['status'])->{json}{data}{tasks}{completed}, 2, 'in JSON';
	is $c->run(['session', 'prompt', $s, 'A minor'])->{rc}, 0, 'an answer';
	is $c->run([qw(session needs-input)])->{err},
		"No session waits for an answer.\n", 'ends the waiting';
	is $c->run(['session', 'prompt', $s, '-'], in => "go on\n",
		env => {MAESTRO_SESSION_ID => $old, MAESTRO_PROJECT_ID => $p})
		->{rc}, 0, 'from a session';
	is $ann->get("/api/sessions/$s/prompts")->json->[-1]{fromSessionId},
		$old, 'in its name';
};

subtest 'tokens' => sub {
	my $r = $c->run(['token', 'create', 'script', '--days', '3', '--scopes',
		'read']);
	like $r->{out}, qr/^mst_[\w-]{43}\n\z/, 'the token alone on stdout';
	my ($id) = $c->run([qw(token list)])->{out} =~ /^(\S+) +script /m;
	ok $id, 'is listed';
	is $c->run(['token', 'revoke', $id])->{rc}, 0, 'and revoked';
	chomp(my $dead = $r->{out});
	is $c->run([qw(auth whoami)], env => {MAESTRO_SERVER_URL =>
		$m->url . "/k/$dead"})->{rc}, 1, 'for good';
	is $c->run(['token', 'create', 'x', '--days', '0'])->{rc}, 1, 'no days';
};

subtest 'what a title does to a terminal' => sub {
	my $bad = "\e]0;owned\a\e[2J\x{9b}31m\x{202e}evil\x{2028}\r\nnext\tcol";
	my $x = $ann->post('/api/tasks', {projectId => $p, title => $bad,
		description => "one\n\e[1mtwo\x{7f}"})->json->{id};
	for my $words (['task', 'list'], ['task', 'show', $x],
		['task', 'list', '--json'], ['task', 'show', $x, '--json']) {
		my $text = $c->run($words)->{out};
		utf8::decode($text);
		unlike $text, qr/[^\P{Cc}\n]|[\x{202a}-\x{202e}\x{2028}]/,
			"nothing: @$words";
	}
	like $c->run(['task', 'list'])->{out},
		qr/\\x1b\]0;owned\\x07\\x1b\[2J\\x9b31m\\u202eevil\\u2028\\x0d next col/,
		'it is shown as it is';
	like $c->run(['task', 'show', $x])->{out},
		qr/description\none\n\\x1b\[1mtwo\\x7f\n/, 'lines stay lines';
	my $r = $c->json(['task', 'show', $x]);
	is $r->{json}{data}{title}, $bad, 'JSON means the same text';
	$r = $c->run(['task', 'show', "\e[31mred"]);
	unlike $r->{err}, qr/\e/, 'nor what one typed oneself';
	$ann->del("/api/tasks/$x");
};

subtest 'on a terminal' => sub {
	plan skip_all => 'no script(1)' if !`which script`;
	my $long = '音楽' x 30 . ' end';
	my $x = $ann->post('/api/tasks', {projectId => $p, title => $long})
		->json->{id};
	my $r = $c->tty([qw(task list)], env => {COLUMNS => 90});
	is $r->{rc}, 0, 'a list' or diag $r->{out};
	utf8::decode(my $text = $r->{out});
	my ($line) = grep { /^\Q$x\E/ } split /\n/, $text;
	like $line, qr/音楽…? +20\d\d-/, 'gives way in the widest column';
	my $width = 0;
	$width += /[\x{3000}-\x{9fff}]/ ? 2 : 1 for split //, $line;
	is $width, 90, 'to the width of the terminal';
	like $c->run([qw(task list)])->{out}, qr/ end +20/,
		'elsewhere nothing is cut';
	$ann->del("/api/tasks/$x");
};

subtest 'help' => sub {
	for my $words (['help'], ['--help'], ['help', 'task'],
		['task', '--help'], ['help', 'task', 'create'],
		['task', 'create', '--help'], ['migrate', '--help'],
		['status', '--help'], ['user', '--help'], ['keys', '-h']) {
		my $r = $c->run($words, env => {MAESTRO_SERVER_URL => 'nonsense'});
		is $r->{rc}, 0, "@$words";
		like $r->{out}, qr/^usage: maestro /m, 'says how';
		is $r->{err}, '', 'on stdout';
	}
	is $c->run(['help', 'nonsense'])->{rc}, 2, 'no such command';
	is $c->run([])->{rc}, 2, 'no command';
};
done_testing;
