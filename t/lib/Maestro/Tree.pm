package Maestro::Tree;

# A data directory as the original agent-maestro writes it, made up, with the
# variants its versions left behind; and what such a directory says.
#
#   my $t = Maestro::Tree->new($dir, projects => 2, tasks => 10, sessions => 5);
#   Maestro::Tree::put($dir, 'tasks/p/t.json', {...} or text)
#   my $all = Maestro::Tree::read_all($dir)     {'task t1' => {...}, ...}
#   Maestro::Tree::normal($all)                 without the quirks: what an
#                                               import and an export leave
# tasks and sessions are per project, entries about as many as a session's
# timeline has.
use v5.36;
use Carp qw(croak);
use File::Basename qw(basename dirname);
use File::Path qw(make_path);
use JSON::PP ();
use Time::Local qw(timegm);

my $json = JSON::PP->new->utf8->canonical;
my $t0 = 1_700_000_000_000;

sub put ($dir, $path, $what) {
	make_path(dirname "$dir/$path");
	open my $f, '>:raw', "$dir/$path" or croak "$path: $!";
	print $f ref $what ? $json->encode($what) : $what;
	close $f;
}

sub iso ($ms) {
	my ($s, $m, $h, $d, $mon, $y) = gmtime $ms / 1000;
	return sprintf '%04d-%02d-%02dT%02d:%02d:%02d.%03dZ', $y + 1900,
		$mon + 1, $d, $h, $m, $s, $ms % 1000;
}

sub new ($class, $dir, %o) {
	my $self = bless {dir => $dir, projects => 2, tasks => 10,
		sessions => 5, entries => 5, %o}, $class;
	$self->{clock} = $t0;
	make_path($dir);
	$self->_project($_) for 1 .. $self->{projects};
	$self->_shared;
	return $self;
}

sub _put ($self, $path, $what) { put($self->{dir}, $path, $what) }
sub _now ($self) { $self->{clock} += 1377 }
sub _bool ($n) { $n ? JSON::PP::true : JSON::PP::false }

sub _project ($self, $p) {
	my $id = "proj_${t0}_p$p";
	my $now = $self->_now;
	$self->_put("projects/$id.json", {id => $id, name => "Project $p \x{e9}",
		workingDir => "/home/ann/src/$p", createdAt => $now,
		updatedAt => $now + 5,
		$p % 2 ? (description => "Number $p", isMaster => _bool($p == 1))
			: ()});
	my @tasks = map { "task_${t0}_p${p}t$_" } 1 .. $self->{tasks};
	my @sessions = map { "sess_${t0}_p${p}s$_" } 1 .. $self->{sessions};
	$self->_task($id, \@tasks, \@sessions, $_) for 0 .. $#tasks;
	$self->_session($id, \@tasks, \@sessions, $_) for 0 .. $#sessions;
	$self->_around($id, $p, \@tasks, \@sessions);
}

# The smallest PNG there is, and one with more behind its end.
my $png = pack 'H*', '89504e470d0a1a0a0000000d49484452000000010000000108060000'
	. '001f15c4890000000a49444154789c63000100000500010d0a2db40000000049454e'
	. '44ae426082';

sub _images ($self, $t) {
	$t->{images} = [map { {id => "img_$t->{id}_$_", filename => $_ == 1
		? 'shot.one.PNG' : 'noext', mimeType => 'image/png', size =>
		length($png) + $_, addedAt => $t->{createdAt} + $_} } 1, 2];
	$self->_put("images/$t->{projectId}/$t->{id}/img_$t->{id}_$_."
		. (qw(PNG png))[$_ - 1], $png . 'x' x $_) for 1, 2;
}

# Session n works on the tasks n, n + sessions, ...
sub _sessions_of ($tasks, $sessions, $n) {
	return @$sessions ? $sessions->[$n % @$sessions] : ();
}

sub _task ($self, $project, $tasks, $sessions, $n) {
	my $now = $self->_now;
	my @in = _sessions_of($tasks, $sessions, $n);
	my %t = (id => $tasks->[$n], projectId => $project,
		title => "Task $n \x{1F600} \"quoted\"\ttab\n\\n",
		description => "Line one\r\nline two \\N \x{2028}",
		status => (qw(todo in_progress in_review completed cancelled
			blocked archived))[$n % 7],
		priority => (qw(low medium high))[$n % 3],
		initialPrompt => $n % 5 ? "Do $n" : '',
		parentId => $n % 4 ? $tasks->[int $n / 4] : undef,
		createdAt => $now, updatedAt => $now + $n,
		startedAt => $n % 2 ? $now + 1 : undef,
		completedAt => $n % 7 == 3 ? $now + 2 : undef,
		sessionIds => [@in, $n % 9 == 8 ? 'sess_gone' : ()],
		skillIds => ['a_skill'], agentIds => [], dependencies => [],
		referenceTaskIds => $n % 6 ? [] : ['task_gone', $tasks->[0]],
		teamId => undef, dueDate => $n % 8 ? undef : '2026-03-04');
	$t{parentId} = undef if ($t{parentId} // '') eq $t{id};
	$t{taskSessionStatuses} = {map { ($_ => 'working') } @in} if $n % 2;
	$t{taskSessionStatuses}{sess_gone} = 'failed' if $n % 10 == 3;
	@t{qw(teamMemberId teamMemberIds)} = ('tm_x', ['tm_x', 'tm_y'])
		if $n % 3 == 1;
	$t{memberOverrides} = {tm_x => {model => 'opus', skillIds => []}}
		if $n % 5 == 2;
	@t{qw(dangerousMode useWorktree pinned)} = (_bool(1), _bool(0),
		_bool(1)) if $n % 11 == 5;
	$t{acceptanceCriteria} = ["one $n", 'two'] if $n % 13 == 1;
	@t{qw(model metadata)} = ('opus', {a => [1, 2.5, undef, {}]})
		if $n % 13 == 2;
	$t{clientRequestId} = "req-$n" if $n % 7 == 6;
	$t{inventedByAnAgent} = {deep => [_bool(0)]} if $n % 17 == 4;
	$self->_images(\%t) if $n % 25 == 6;
	# Old variants.
	if ($n % 19 == 7) {
		delete @t{qw(skillIds agentIds dependencies referenceTaskIds
			priority taskSessionStatuses teamId dueDate)};
		$t{sessionStatus} = 'queued';
	}
	my $path = $n % 23 == 9 ? "tasks/$t{id}.json"
		: "tasks/$project/$t{id}.json";
	$self->_put($path, $n % 29 == 3
		? JSON::PP->new->utf8->pretty->encode(\%t) : \%t);
}

sub _session ($self, $project, $tasks, $sessions, $n) {
	my $now = $self->_now;
	my $id = $sessions->[$n];
	my @mine = grep { $_ % @$sessions == $n } 0 .. $#$tasks;
	my @timeline = map { {id => "evt_${id}_$_", timestamp => $now + $_,
		type => (qw(session_started progress task_started milestone
			needs_input error doc_added))[$_ % 7],
		$_ % 2 ? (message => "Did $_ \x{2713}") : (),
		$_ % 3 ? () : (taskId => $tasks->[0] // 'task_gone'),
		$_ % 4 ? () : (metadata => {n => $_})} } 0 .. $self->{entries} + $n % 4;
	my %s = (id => $id, projectId => $project, name => "Session $n",
		status => (qw(working idle completed failed stopped
			spawning))[$n % 6],
		taskIds => [(map { $tasks->[$_] } @mine),
			$n % 4 == 3 ? 'task_gone' : ()],
		env => {MAESTRO_SESSION_ID => $id, PATH => '/usr/bin',
			ANTHROPIC_API_KEY => 'sk-secret', $n % 3 ? () :
			(MAESTRO_CLAUDE_SESSION_ID => "claude-$n")},
		startedAt => $now, lastActivity => $now + 100 + $n,
		completedAt => $n % 3 == 2 ? $now + 90 : undef,
		hostname => 'box', platform => 'linux',
		timeline => \@timeline, events => [{id => "ev_$id",
			timestamp => $now, type => 'file_modified',
			data => {file => '/a/b', n => [1]}}, {id => "ev2_$id",
			timestamp => $now, type => 'note'}],
		docs => [], parentSessionId => $n ? $sessions->[0] : undef,
		rootSessionId => $sessions->[0], teamSessionId => undef,
		teamId => undef, isMasterSession => _bool(0));
	$s{needsInput} = {active => _bool(1), message => 'Which?',
		since => $now + 1} if $n % 5 == 1;
	$s{metadata} = {mode => 'worker', skills => [], model => 'opus'}
		if $n % 2;
	@s{qw(teamMemberId teamMemberIds teamMemberSnapshot
		teamMemberSnapshots)} = ('tm_x', ['tm_x'], {name => 'X',
		avatar => 'x', role => 'r'}, [{name => 'X', avatar => 'x',
		role => 'r'}]) if $n % 3 == 1;
	@s{qw(humanCompletedAt archivedAt)} = ($now + 200, $now + 300)
		if $n % 7 == 2;
	$s{agentId} = 'agent_1' if $n % 8 == 1;
	$self->_docs(\%s, $n);
	if ($n % 11 == 4) { # old variants
		$s{taskId} = $s{taskIds}[0] if @{$s{taskIds}} == 1;
		delete @s{qw(events name rootSessionId)};
		delete $s{taskIds} if exists $s{taskId};
		@s{qw(strategy orchestratorStrategy)} = ('simple', 'default');
	}
	push @timeline, @timeline if $n % 13 == 5; # resumed
	$timeline[0]{timestamp} = iso($timeline[0]{timestamp}) if $n % 13 == 6;
	$self->_put("sessions/$id.json", \%s);
	$self->_put("queues/$id.json", {sessionId => $id, items => [{
		taskId => 'task_gone', status => 'queued'}]}) if $n % 10 == 9;
}

sub _docs ($self, $s, $n) {
	return if $n % 3;
	my $dir = "/somewhere/else/session-docs/$s->{id}";
	my @docs = map { my $ext = $_ == 1 ? 'excalidraw' : 'md';
		{id => "doc_$s->{id}_$_", title => "Doc $_", filePath =>
			"notes/$_.$ext", addedAt => $s->{startedAt} + $_,
			addedBy => $s->{id}, $_ == 1 ? (kind => 'diagram') : (),
			contentFilePath => "$dir/doc_$s->{id}_$_.$ext"} } 0 .. 2;
	for my $i (0, 1) {
		$self->_put("session-docs/$s->{id}/" .
			basename($docs[$i]{contentFilePath}),
			"# Text $i of $s->{id}\n\\.\n\ttab\r\n\xc3\xa9\n");
	}
	delete $docs[2]{contentFilePath}; # before there were files
	$docs[2]{content} = "inline \x{e9}";
	$docs[2]{taskId} = $s->{taskIds}[0] if $s->{taskIds}[0];
	$s->{docs} = \@docs;
}

sub _around ($self, $project, $p, $tasks, $sessions) {
	my $now = $self->_now;
	my %stamps = (createdAt => $now, updatedAt => $now + 7);
	my %iso = (createdAt => iso($now), updatedAt => iso($now + 7));
	$self->_put("ordering/task/$project.json", {projectId => $project,
		entityType => 'task', orderedIds => [reverse(@$tasks),
			'task_gone'], updatedAt => $now});
	$self->_put("ordering/task-list/$project.json", {projectId => $project,
		entityType => 'task-list', orderedIds => [],
		updatedAt => $now}) if $p % 2;
	$self->_put("task-lists/$project/task_list_$p.json", {
		id => "task_list_$p", projectId => $project, name => 'Later',
		orderedTaskIds => [grep { defined } @$tasks[0, 1]], %stamps,
		$p % 2 ? (description => 'Some day') : ()});
	$self->_put("team-members/$project/tm_p$p.json", {id => "tm_p$p",
		projectId => $project, name => 'Ada', role => 'writes',
		avatar => "\x{1F469}", identity => 'You write.',
		skillIds => ['s1'], status => 'active', isDefault => _bool(0),
		mode => $p % 2 ? 'execute' : 'coordinator',
		model => $p % 2 ? 'anthropic/claude-fable-5[1m]' : 'sonnet',
		agentTool => 'claude-code', memory => ['remembers'],
		capabilities => {can_edit_tasks => _bool(1)},
		soundInstrument => 'piano', strategy => 'simple', %iso});
	$self->_put("team-members/$project/tm_${project}_recruiter"
		. '.override.json', {projectId => $project, name => 'Head',
		memory => ['a'], updatedAt => iso($now)});
	$self->_put("teams/$project/team_p$p.json", {id => "team_p$p",
		projectId => $project, name => 'Team', leaderId => "tm_p$p",
		memberIds => ["tm_p$p", 'tm_gone'], subTeamIds => ['team_gone'],
		parentTeamId => undef, status => 'active', %iso,
		$p % 2 ? (metadata => {x => 1}, description => 'd') : ()});
	$self->_put("task-graphs/$project/task_graph_p$p.json", {
		id => "task_graph_p$p", projectId => $project, name => 'Graph',
		status => 'ready', %stamps, $p % 2 ? (nodes => [{taskId =>
			'task_gone', position => {x => 1.5, y => -2}}],
			edges => [], lastRunAt => $now) : ()});
	return if @$sessions < 2;
	$self->_mail($project, $p, $sessions, $now);
	$self->_put("session-prompts/sp_p${p}_$_.json", {id => "sp_p${p}_$_",
		fromSessionId => $sessions->[0], toSessionId => $_ == 2
			? 'sess_gone' : $sessions->[1],
		fromProjectId => $project, toProjectId => $project,
		content => "Please \x{e9} $_", mode => 'send',
		fromTeamMember => undef, toTeamMember => {name => 'X'},
		fromSessionName => 'Session 0', toSessionName => 'Session 1',
		timestamp => $now + $_}) for 1, 2;
}

sub _mail ($self, $project, $p, $sessions, $now) {
	$self->_put("mail/mail_p${p}_$_.json", JSON::PP->new->utf8->pretty
		->encode({id => "mail_p${p}_$_", projectId => $project,
		fromSessionId => $sessions->[0], toSessionId =>
		(undef, $sessions->[1], 'sess_gone')[$_], replyToMailId =>
		$_ ? "mail_p${p}_0" : undef, threadId => "mail_p${p}_0",
		type => (qw(assignment query directive))[$_], subject =>
		"Subject $_", body => $_ ? {question => "Q\x{e9}",
		task_id => 't'} : {}, createdAt => $now + $_,
		$_ == 1 ? (priority => 'high') : ()})) for 0 .. 2;
	$self->_put("mail/$sessions->[0]/mail_b$p.json", {id => "mail_b$p",
		parentSessionId => $sessions->[0], fromSessionId =>
		$sessions->[0], fromName => 'Ada', toSessionId =>
		$sessions->[1], message => "Hello\nthere", createdAt => $now,
		$p % 2 ? (detail => 'more', readAt => $now + 5) : ()});
	my $line = sub ($n, %more) { $json->encode({ts => iso($now + $n),
		sessionId => $sessions->[0], projectId => $project, command =>
		'task:list', argv => ['task', 'list', '--json'], exitCode => 0,
		durationMs => 12 + $n, success => _bool(1), cliVersion =>
		'1.0', %more}) . "\n" };
	$self->_put("command-logs/$sessions->[0].jsonl", $line->(0) . $line->(1));
	$self->{alone} .= $line->($p, sessionId => undef);
}

sub _shared ($self) {
	my $now = $self->_now;
	$self->_put('command-logs/_no-session.jsonl', $self->{alone})
		if $self->{alone};
	$self->_put("custom-prompts/cp_$_.json", {id => "cp_$_", name =>
		"Prompt $_", content => "Do \x{e9}", createdAt => $now,
		updatedAt => $now, $_ ? (description => 'd', icon => "\x{2728}",
		tags => ['a', 'b'], entityType => 'task') : ()}) for 0, 1;
	my %iso = (createdAt => iso($now), updatedAt => iso($now));
	$self->_put('team-members/__global__/tm_all.json', {id => 'tm_all',
		projectId => "proj_${t0}_p1", scope => 'global', name => 'Gil',
		role => 'helps', avatar => 'g', identity => 'You help.',
		skillIds => [], status => 'active', isDefault => _bool(0),
		%iso});
	$self->_put('model-profiles/mp_mine.json', {id => 'mp_mine',
		name => 'Mine', launchConfig => {provider => 'claude',
			model => 'x'}, isDefault => _bool(0), %iso});
	$self->_put('model-profiles/mp_fast.json', {id => 'mp_fast',
		name => 'Fast', launchConfig => {provider => 'claude',
			model => 'edited'}, isDefault => _bool(1), %iso});
	# What is no data.
	$self->_put('modals/m1.html', '<p>');
	$self->_put('server-url', 'http://localhost:4567');
	$self->_put('tasks/half.json.deadbeef.tmp', '{"id":');
	$self->_put('templates/t.json', '{}');
}

# --- what a directory says --------------------------------------------------

my %kind = ('projects' => 'project', 'tasks' => 'task',
	'sessions' => 'session', 'ordering' => 'ordering',
	'task-lists' => 'task_list', 'task-graphs' => 'task_graph',
	'team-members' => 'member', 'teams' => 'team',
	'model-profiles' => 'profile', 'session-prompts' => 'prompt',
	'custom-prompts' => 'custom_prompt', 'mail' => 'mail',
	'queues' => 'queue');

# every: only each n-th task and session, to save time.
sub read_all ($dir, $every = 1) {
	my %all;
	my ($n) = (0);
	for my $path (sort(glob("$dir/*/*.json"), glob "$dir/*/*/*.json")) {
		my ($folder) = $path =~ m{^\Q$dir\E/([^/]+)/};
		my $kind = $kind{$folder} or next;
		next if $kind =~ /^(?:task|session)$/
			&& basename($path) =~ /(\d+)\.json$/ && $1 % $every;
		open my $f, '<:raw', $path or croak "$path: $!";
		my $o = $json->decode(do { local $/; <$f> });
		my $key = $kind =~ /ordering|queue/ || $path =~ /override/
			? $path =~ s{^\Q$dir\E/}{}r : $o->{id};
		$all{"$kind $key"} = $o;
		_read_texts($dir, $o) if $kind eq 'session';
	}
	for my $path (glob "$dir/command-logs/*.jsonl") {
		open my $f, '<:raw', $path or croak "$path: $!";
		my $n = 0;
		$all{"command " . basename($path) . ' ' . $n++} =
			$json->decode($_) for <$f>;
	}
	for my $path (glob "$dir/images/*/*/*") {
		open my $f, '<:raw', $path or croak "$path: $!";
		local $/;
		$all{'image ' . $path =~ s{^\Q$dir\E/}{}r} = {bytes =>
			unpack 'H*', <$f>};
	}
	return \%all;
}

sub _read_texts ($dir, $s) {
	for my $d (@{$s->{docs} // []}) {
		my $path = delete $d->{contentFilePath} or next;
		my $at = "$dir/session-docs/$s->{id}/" . basename $path;
		open my $f, '<:raw', $at or next;
		$d->{content} = do { local $/; <$f> };
		utf8::decode($d->{content});
	}
}

my %secret = map { ($_ => 1) } qw(ANTHROPIC_API_KEY);
my %normal = (
	project => sub ($p) {
		$p->{description} //= '';
	},
	task => sub ($t) {
		my $old = delete $t->{sessionStatus};
		$t->{taskSessionStatuses}{$t->{sessionIds}[0]} //= 'working'
			if $old && @{$t->{sessionIds}};
		$t->{priority} //= 'medium';
		$t->{$_} //= [] for qw(skillIds agentIds dependencies
			referenceTaskIds tags);
		$t->{$_} //= undef for qw(teamId dueDate);
	},
	session => sub ($s) {
		my $one = delete $s->{taskId};
		$s->{taskIds} //= [$one // ()];
		$s->{$_} //= [] for qw(events timeline docs);
		$s->{name} //= "Session $s->{id}";
		$s->{rootSessionId} //= $s->{id};
		delete @$s{qw(strategy orchestratorStrategy)};
		delete $s->{env}{$_} for keys %secret;
		$s->{claudeSessionId} //= $s->{env}{MAESTRO_CLAUDE_SESSION_ID}
			if $s->{env}{MAESTRO_CLAUDE_SESSION_ID};
		my %seen;
		$s->{timeline} = [grep { !$seen{$_->{id}}++ } @{$s->{timeline}}];
		$_->{timestamp} = _ms($_->{timestamp}) for @{$s->{timeline}};
	},
	member => sub ($m) {
		return if !$m->{id}; # an override
		$m->{scope} //= 'project';
		$m->{mode} = {execute => 'worker', coordinate => 'coordinator'}
			->{$m->{mode}} // $m->{mode} if $m->{mode};
		$m->{model} =~ s{^(?:anthropic[:/])?claude-fable-5(\[1m\])?$}
			{claude-opus-4-8@{[$1 // '']}} if $m->{model};
	},
	task_graph => sub ($g) { $g->{$_} //= [] for qw(nodes edges) },
);

sub _ms ($t) {
	return $t if $t !~ /^(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)\.(\d+)Z$/;
	return timegm($6, $5, $4, $3, $2 - 1, $1) * 1000 + $7;
}

sub normal ($all) {
	for my $key (keys %$all) {
		my ($kind) = split ' ', $key;
		$normal{$kind}->($all->{$key}) if $normal{$kind};
	}
	return $all;
}

# The first differences of two normal trees, as lines.
sub differences ($was, $is) {
	my @out;
	for my $key (sort keys %{{%$was, %$is}}) {
		my ($a, $b) = map { $_ ? $json->encode($_) : 'none' }
			$was->{$key}, $is->{$key};
		next if $a eq $b;
		for my $f (ref $was->{$key} && ref $is->{$key}
			? sort keys %{{%{$was->{$key}}, %{$is->{$key}}}} : ()) {
			my ($x, $y) = map { exists $_->{$f} ? JSON::PP->new
				->canonical->allow_nonref->encode($_->{$f})
				: 'absent' } $was->{$key}, $is->{$key};
			push @out, "$key.$f: $x -> $y" if $x ne $y;
		}
		push @out, "$key: $a -> $b" if $a eq 'none' || $b eq 'none';
	}
	return @out;
}

1;
