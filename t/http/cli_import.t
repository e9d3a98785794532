# maestro migrate to-supabase and from-supabase: data of the original moves in,
# and out again.  Quirks are those of maestro-api.md 4.
use v5.36;
use Test::More;
use lib 't/lib';
use JSON::PP ();
use POSIX ();
use Maestro::Sql;
use Maestro::Tree;

my $s = Maestro::Sql->new;
my $m = $s->{m};
my $top = $m->dir;
my $ann = 'ann@example.test';
my $n = 0;

# (exit status, standard output, standard error)
sub migrate (@words) {
	my $line = join ' ', map { "'$_'" } "$Maestro::Test::build/maestro",
		'-c', "$top/maestro.conf", 'migrate', @words;
	my $out = `$line 2>$top/err`;
	my $rc = $? >> 8;
	open my $f, '<', "$top/err" or die;
	return ($rc, $out, do { local $/; <$f> } // '');
}

# Imports as ann; the report.
sub take ($dir, @more) {
	my ($rc, $out, $err) = migrate('to-supabase', '--data', $dir,
		'--owner', $ann, '--json', @more);
	my $r = eval { JSON::PP->new->utf8->decode($out) } // {};
	diag "exit $rc: $out$err" if !%$r;
	return {%$r, rc => $rc};
}

# The problems as "what file field: reason".
sub problems ($r, $what = undef) {
	return map { "$_->{what} $_->{file} " . ($_->{field} // '-')
		. ": $_->{reason}" } grep { !$what || $_->{what} eq $what }
		@{$r->{problems}};
}

sub new_dir { "$top/data" . ++$n }

# A directory with one project and these files.
sub tree (%files) {
	my $dir = new_dir();
	my $p = "proj_$n";
	Maestro::Tree::put($dir, "projects/$p.json", {id => $p, name => "P$n",
		workingDir => '/w', createdAt => 1000, updatedAt => 2000});
	Maestro::Tree::put($dir, s/\bP\b/$p/r, ref $files{$_}
		? {projectId => $p, %{$files{$_}}} : $files{$_})
		for sort keys %files;
	return ($dir, $p);
}

sub one ($sql) { $s->psql($sql) }

# --- all of it, and all of it again -----------------------------------------

my $hashes = join ' union all ', map { "select '$_', md5(string_agg(t::text,
	',' order by t::text)) from public.$_ t" } qw(projects project_members
	tasks sessions session_env task_sessions session_timeline
	session_events session_docs session_prompts orderings task_lists
	team_members team_member_overrides teams task_graphs model_profiles
	mail custom_prompts command_usage task_images rls_audit_log);

subtest 'a whole installation' => sub {
	my $dir = new_dir();
	Maestro::Tree->new($dir, projects => 3, tasks => 60, sessions => 26);
	my $empty = one($hashes);
	my $r = take($dir, '--dry-run');
	is $r->{rc}, 0, 'a dry run succeeds' or diag explain [problems($r)];
	is $r->{counts}{task}{new}, 180, 'and says what it would take';
	ok $r->{dryRun}, 'and that it is one';
	is one($hashes), $empty, 'and leaves nothing behind';

	$r = take($dir);
	is $r->{rc}, 0, 'the import takes all' or diag explain [problems($r)];
	is $r->{counts}{session}{new}, 78, 'sessions';
	is $r->{owner}, $ann, 'for ann';
	my %new = (doc => 81, ordering => 5, task_list => 3, task_graph => 3,
		team_member => 4, override => 3, team => 3, model_profile => 1,
		prompt => 3, custom_prompt => 2, mail => 9, old_mail => 3,
		queue => 6, command => 9, image => 18);
	is_deeply {map { ($_ => $r->{counts}{$_}{new}) } keys %new}, \%new,
		'and everything around them';
	is one("select count(*) from public.projects p
		join public.project_members m on m.project_id = p.id
			and m.role = 'owner' and m.user_id = p.owner_id
		where p.id like 'proj\\_17000%'
			and p.owner_id = '@{[$s->id('ann')]}'"), 3,
		'who is owner and member of the projects';
	is one("select count(*) from public.rls_audit_log
		where table_name in ('tasks', 'sessions', 'session_docs')"), 0,
		'history is no audit';
	is one("select count(*) from public.rls_audit_log
		where table_name = 'projects' and record_id like 'proj\\_17000%'"),
		3, 'that a project came is';

	my $before = one($hashes);
	$r = take($dir);
	is $r->{rc}, 0, 'again';
	is one($hashes), $before, 'changes no row, no stamp, no audit';
	my @blobs = grep { -f } glob "$top/store/blob/*/*/*";
	is scalar @blobs, 18, 'stores no bytes a second time';
	is((stat $blobs[0])[4], (stat "$top/store")[4],
		'they belong to whom the store belongs');
	is one('select count(*) from private.doomed_objects'), 0,
		'and none is doomed';
	is $r->{counts}{$_}{new} + $r->{counts}{$_}{newer}, 0, "no $_ is new"
		for sort keys %{$r->{counts}};

	my $out = new_dir();
	my ($rc, $text, $err) = migrate('from-supabase', '--data', $out,
		'--owner', $ann);
	is $rc, 0, 'the export' or diag $err;
	my @left = grep { !/of ann/ } Maestro::Tree::differences(
		Maestro::Tree::normal(Maestro::Tree::read_all($dir)),
		Maestro::Tree::normal(_without_first(
			Maestro::Tree::read_all($out))));
	is_deeply \@left, [], 'gives back every field of every object';
	is sprintf('%o', (stat $out)[2] & 0777), '700', 'a private folder';
	my ($file) = glob "$out/tasks/*/*.json";
	is sprintf('%o', (stat $file)[2] & 0777), '600', 'of private files';
	is `find $out -name '*.tmp' | wc -l` + 0, 0, 'nothing half written';
	like _read($file), qr/^\{"id":"[^"]+","projectId":/, 'compact';
	my ($doc) = `grep -ho '"contentFilePath":"[^"]*"' -r $out/sessions`
		=~ /:"([^"]+)"/;
	like $doc, qr{^\Q$out\E/session-docs/}, 'documents where they lie now';
	ok -s $doc, 'are there';
	is((migrate('from-supabase', '--data', $out, '--owner', $ann))[0], 1,
		'a directory that is not empty is refused');
};

# The project Maestro::Sql made is no part of it.
sub _without_first ($all) {
	delete $all->{"project $s->{p}"};
	return $all;
}

sub _read ($path) {
	open my $f, '<:raw', $path or die "$path: $!";
	local $/;
	return scalar <$f>;
}

subtest 'events' => sub {
	one("select pg_create_logical_replication_slot('t', 'test_decoding')
		\\g /dev/null");
	my ($dir) = tree('tasks/P/t_ev.json' => {id => 't_ev', title => 'x',
		status => 'completed', updatedAt => 5}, 'sessions/s_ev.json' =>
		{id => 's_ev', status => 'working', lastActivity => 5,
		taskIds => ['t_ev'], timeline => [{type => 'progress'}]});
	is take($dir)->{rc}, 0, 'imported';
	is one("select count(*) from pg_logical_slot_get_changes('t', null,
		null) c where c.data like 'message:%'"), 0,
		'nobody hears of last year';
	$s->ask('ann', "select api.task_update('t_ev', '{\"title\": \"y\"}')");
	cmp_ok one("select count(*) from pg_logical_slot_get_changes('t',
		null, null) c where c.data like 'message:%task:updated%'"), '>', 0,
		'of what is done with it they do';
	one("select pg_drop_replication_slot('t') \\g /dev/null");
	is $m->psql("set maestro.import = 'on'; set role authenticated;
		select private.importing()", 'authenticator'), 'f',
		'the silence is not for users';
};

# --- the quirks -------------------------------------------------------------

subtest 'quirk 1: sessions' => sub {
	my @entries = map { {id => "e$_", type => 'progress', timestamp => $_,
		message => "m$_"} } 1 .. 3;
	my ($dir, $p) = tree(
		'sessions/old.json' => {id => 's_old', taskId => 't_gone',
			strategy => 'tree', orchestratorStrategy => 'x',
			startedAt => 5000, env => {
			MAESTRO_CLAUDE_SESSION_ID => 'claude-1',
			OPENAI_API_KEY => 'sk-1', GH => 'ghp_12345', N => 7,
			HOME => '/home/ann'}},
		'sessions/twice.json' => {id => 's_twice', name => 'Two',
			startedAt => 1, lastActivity => 9,
			timeline => [@entries, @entries], docs => [
			{id => 'd_in', title => 'T', filePath => 'a.md',
			content => "in\nside", addedAt => 3}]});
	my $r = take($dir);
	is $r->{rc}, 0, 'taken' or diag explain [problems($r)];
	my $j = JSON::PP->new->decode(one("select row_to_json(x) from
		(select s.*, e.env from public.sessions s left join
		public.session_env e on e.session_id = s.id
		where s.id = 's_old') x"));
	is_deeply $j->{task_ids}, ['t_gone'], 'taskId becomes taskIds';
	is $j->{name}, 'Session s_old', 'a name is made';
	is $j->{root_session_id}, 's_old', 'it is its own root';
	is $j->{claude_session_id}, 'claude-1', 'claudeSessionId from env';
	is_deeply $j->{env}, {MAESTRO_CLAUDE_SESSION_ID => 'claude-1',
		HOME => '/home/ann', N => 7}, 'env without secrets';
	is $j->{extra}, undef, 'strategies are dropped';
	ok((grep { /s_old|old.json env: .*OPENAI_API_KEY/ } problems($r)),
		'the secret is named');
	unlike JSON::PP->new->encode($r), qr/sk-1|ghp_12345/, 'not its value';
	is one("select string_agg(message, ',' order by seq)
		from public.session_timeline where session_id = 's_twice'"),
		'm1,m2,m3', 'a history that stands there twice is taken once';
	is one("select content from public.session_docs where id = 'd_in'"),
		"in\nside", 'an inline document';
	is one("select last_activity = private.at(5000) from public.sessions
		where id = 's_old'"), 't', 'missing stamps follow the others';
};

subtest 'quirk 2: tasks' => sub {
	my ($dir, $p) = tree(
		'tasks/flat.json' => {id => 't_flat', sessionIds => ['s_a'],
			sessionStatus => 'queued', status => 'pending'},
		'tasks/P/map.json' => {id => 't_map', taskSessionStatuses =>
			{a => 'needs_input', b => 'queued', c => 'failed'},
			status => 'archived', acceptanceCriteria => ['a', 'b'],
			model => 'opus', metadata => {x => 1}},
		'tasks/P/tm.json' => {id => 't_tm', taskType => 'team-member'},
		'tasks/P/a.json' => {id => 't_a', parentId => 't_z'},
		'tasks/P/z.json' => {id => 't_z', parentId => 't_nowhere'},
		'tasks/P/ring1.json' => {id => 't_r1', parentId => 't_r2'},
		'tasks/P/ring2.json' => {id => 't_r2', parentId => 't_r1'},
		'tasks/P/ring3.json' => {id => 't_r3', parentId => 't_r2'});
	my $r = take($dir);
	is $r->{rc}, 0, 'taken' or diag explain [problems($r)];
	is one("select status || task_session_statuses::text from public.tasks
		where id = 't_flat'"), 'todo{"s_a": "working"}',
		'a legacy flat file, sessionStatus, pending';
	is one("select task_session_statuses from public.tasks
		where id = 't_map'"),
		'{"a": "working", "b": "working", "c": "failed"}',
		'words that are gone';
	is one("select status, acceptance_criteria, model, metadata
		from public.tasks where id = 't_map'"),
		"archived|a\nb|opus|{\"x\": 1}", 'what old files have';
	is $r->{counts}{task}{skipped}, 1, 'members are no tasks any more';
	is one("select string_agg(id || ' ' || coalesce(parent_id, '-'), ','
		order by id) from public.tasks where project_id = '$p'
		and id ~ '_[arz]'"),
		't_a t_z,t_r1 -,t_r2 -,t_r3 t_r2,t_z -',
		'parents that are missing, come later or are their own children';
};

subtest 'quirk 3: members' => sub {
	my %m = (name => 'N', role => 'R', avatar => 'A');
	my ($dir, $p) = tree(
		'team-members/P/a.json' => {%m, id => 'tm_a',
			mode => 'execute', model => 'claude-fable-5'},
		'team-members/P/b.json' => {%m, id => 'tm_b',
			mode => 'coordinate',
			model => 'anthropic:claude-fable-5[1m]'},
		'team-members/P/c.json' => {%m, id => 'tm_c',
			mode => 'coordinated-worker', model => 'opus'});
	is take($dir)->{rc}, 0, 'taken';
	is one("select string_agg(mode || ' ' || model, ',' order by id)
		from public.team_members where project_id = '$p'"),
		'worker claude-opus-4-8,coordinator claude-opus-4-8[1m],'
		. 'coordinated-worker opus', 'modes and retired models';
};

subtest 'quirk 4: ids of what is gone stay' => sub {
	my ($dir, $p) = tree(
		'tasks/P/t.json' => {id => 't_4', sessionIds => ['s_gone'],
			referenceTaskIds => ['t_gone'],
			taskSessionStatuses => {s_gone => 'failed'}},
		'sessions/s.json' => {id => 's_4', taskIds =>
			['t_gone', 't_4'], startedAt => 1},
		'ordering/task/P.json' => {orderedIds => ['t_gone', 7],
			updatedAt => 3},
		'ordering/task/proj_gone.json' => {projectId => 'proj_gone',
			orderedIds => [], updatedAt => 3},
		'task-graphs/P/g.json' => {id => 'g_4', name => 'G',
			nodes => [{taskId => 't_gone'}]},
		'session-prompts/p.json' => {id => 'sp_4', fromSessionId =>
			's_gone', toSessionId => 's_4', content => 'c'},
		'session-prompts/q.json' => {id => 'sp_4q', fromSessionId =>
			's_4', toSessionId => 's_gone', content => 'c'});
	my $r = take($dir);
	is $r->{rc}, 0, 'taken' or diag explain [problems($r)];
	is one("select t.session_ids, t.reference_task_ids, s.task_ids,
		o.ordered_ids from public.tasks t, public.sessions s,
		public.orderings o where t.id = 't_4' and s.id = 's_4'
		and o.project_id = '$p'"),
		'{s_gone,s_4}|{t_gone}|{t_gone,t_4}|{t_gone,7}',
		'in every array; a link one side forgot is on both';
	is one("select count(*) from public.task_sessions
		where task_id = 't_4'"), 1, 'and in the table';
	is $r->{counts}{ordering}{skipped}, 1, 'an ordering of no project';
	is $r->{counts}{prompt}{kept}, 1, 'a prompt to no session is kept';
	my $out = new_dir();
	migrate('from-supabase', '--data', $out, '--owner', $ann);
	ok -f "$out/session-prompts/q.json", 'and comes out again';
};

subtest 'quirk 5: what every start makes by itself' => sub {
	my %alexa = (name => 'Alexa', role => 'R', avatar => 'A',
		systemKind => 'alexa');
	my %voice = (title => 'Voice Directives',
		clientRequestId => 'system-voice-directives-task');
	my $dir = new_dir();
	for my $p ('pm_a', 'pm_b') {
		Maestro::Tree::put($dir, "projects/$p.json", {id => $p,
			name => 'Master', isMaster => JSON::PP::true,
			updatedAt => 1, workingDir => '/home/ann'});
		Maestro::Tree::put($dir, "tasks/$p/v.json", {id => "v_$p",
			projectId => $p, %voice});
	}
	Maestro::Tree::put($dir, 'team-members/pm_a/x.json',
		{id => 'tm_system_alexa_coordinator', projectId => 'pm_a',
		%alexa});
	Maestro::Tree::put($dir, 'tasks/pm_b/own.json', {id => 't_own',
		projectId => 'pm_b'});
	my $r = take($dir, '--skip-system');
	is $r->{rc}, 0, 'nothing is lost by it';
	is one("select string_agg(id, ',') from public.projects
		where id like 'pm\\_%'"), 'pm_b',
		'is left out; a project somebody works in is not';
	is one("select string_agg(id, ',') from public.tasks
		where project_id = 'pm_b'"), 't_own', 'nor the work';
	is take($dir)->{rc}, 0, 'without the flag';
	is one("select count(*) from public.tasks where id like 'v\\_pm%'"), 2,
		'all of it comes';
};

subtest 'quirk 6: times' => sub {
	my ($dir, $p) = tree(
		'tasks/P/t.json' => {id => 't_6',
			createdAt => '2026-01-02T03:04:05.678Z',
			updatedAt => 1767323045679.5},
		'sessions/s.json' => {id => 's_6', startedAt => 1,
			timeline => [{id => 'a', type => 'error', timestamp =>
				'2026-01-02T04:04:05.678+01:00'},
				{id => 'b', type => 'error', timestamp => 7}]});
	is take($dir)->{rc}, 0, 'taken';
	is one("select private.ms(created_at), private.ms(updated_at)
		from public.tasks where id = 't_6'"),
		'1767323045678|1767323045679', 'ISO, ms, fractions';
	is one("select string_agg(private.ms(\"timestamp\")::text, ','
		order by seq) from public.session_timeline
		where session_id = 's_6'"), '1767323045678,7', 'in entries too';
	is one("select private.ms(private.at(253402300799999))"),
		'253402300799999', 'exact to the end of time';
};

subtest 'quirk 7: two people, the same ids' => sub {
	my $dir = new_dir();
	Maestro::Tree::put($dir, 'projects/pb.json', {id => 'proj_bobs',
		name => 'B', updatedAt => 1});
	Maestro::Tree::put($dir, 'team-members/proj_bobs/a.json',
		{id => 'tm_system_alexa_coordinator', name => 'A', role => 'R',
		avatar => 'A', projectId => 'proj_bobs'});
	for my $id ('mp_fast', 'mp_mine') {
		Maestro::Tree::put($dir, "model-profiles/$id.json", {id => $id,
			name => 'M', launchConfig => {}});
	}
	my ($rc, $out, $err) = migrate('to-supabase', '--data', $dir,
		'--owner', 'bob@example.test');
	is $rc, 0, 'the second is not refused' or diag $out, $err;
	like $out, qr/^team_member +0 +0 +0 +1/m, 'its member is kept aside';
	is one("select count(distinct user_id) from public.model_profiles
		where id = 'mp_mine'"), 2, 'profiles are everybody\'s own';
	my $to = new_dir();
	migrate('from-supabase', '--data', $to, '--owner',
		'bob@example.test');
	ok -f "$to/team-members/proj_bobs/a.json", 'and goes out with him';
};

subtest 'quirk 8: the newer stays' => sub {
	my ($dir, $p) = tree('tasks/P/t.json' => {id => 't_8', title => 'one',
		updatedAt => 5000}, 'sessions/s.json' => {id => 's_8',
		name => 'one', startedAt => 1, lastActivity => 5000,
		timeline => [{id => 'a', type => 'error', timestamp => 1}]});
	take($dir);
	my $write = sub ($title, $at) {
		Maestro::Tree::put($dir, 'tasks/proj_X/t.json', {id => 't_8',
			projectId => $p, title => $title, updatedAt => $at});
		unlink "$dir/tasks/$p/t.json";
	};
	$write->('older', 4000);
	is take($dir)->{counts}{task}{same}, 1, 'an older file';
	is one("select title from public.tasks where id = 't_8'"), 'one',
		'changes nothing';
	$write->('newer', 6000);
	Maestro::Tree::put($dir, 'sessions/s.json', {id => 's_8',
		projectId => $p, name => 'two', startedAt => 1,
		lastActivity => 6000, timeline => [map { {id => $_,
		type => 'error', timestamp => 1} } qw(a b)]});
	my $r = take($dir);
	is $r->{counts}{task}{newer}, 1, 'a newer one';
	is one("select title, private.ms(updated_at) from public.tasks
		where id = 't_8'"), 'newer|6000', 'does, with its stamp';
	is one("select s.name, string_agg(e.id, ',' order by e.seq)
		from public.sessions s join public.session_timeline e
		on e.session_id = s.id where s.id = 's_8' group by s.name"),
		'two|a,b', 'a session gains what is new';
	$s->ask('ann', "select api.task_update('t_8', '{\"title\": \"here\"}')");
	is take($dir)->{counts}{task}{same}, 1, 'what was done here';
	is one("select title from public.tasks where id = 't_8'"), 'here',
		'is newer still';
};

# --- what cannot be taken ---------------------------------------------------

subtest 'broken files' => sub {
	my $latin = "{\"id\":\"t_l\",\"title\":\"caf\xe9\"}";
	my $u16 = "\xff\xfe" . join '', map { "$_\0" } split //,
		'{"id":"t_u16","title":"wide","projectId":"P"}';
	my ($dir, $p) = tree(
		'tasks/P/good.json' => {id => 't_good'},
		'tasks/P/cut.json' => '{"id":"t_cut","title":"x',
		'tasks/P/latin.json' => $latin,
		'tasks/P/list.json' => '[1]',
		'tasks/P/nul.json' => '{"id":"t_n","metadata":{"a":["\u0000"]}}',
		'tasks/P/types.json' => {id => 't_y', title => 7,
			sessionIds => 'x', dangerousMode => 'yes',
			status => 'odd', createdAt => 'yesterday'},
		'tasks/P/huge.json' => '{"id":"t_h","updatedAt":1e300}',
		'tasks/P/int.json' =>
			'{"id":"t_i","updatedAt":99999999999999999999999}',
		'tasks/P/inf.json' => '{"id":"t_f","metadata":{"x":1e999}}',
		'tasks/P/name.json' => {id => '../../etc/passwd'},
		'tasks/P/none.json' => {title => 'no id'},
		'tasks/P/half.json' =>
			'{"id":"t_half","title":"a\ud83d"}',
		'tasks/P/bom.json' => "\xef\xbb\xbf{\"id\":\"t_bom\"}",
		'sessions/s.json' => {id => 's_b', startedAt => 1, timeline =>
			[{id => 'a', type => 'error', timestamp => {}}]},
		'sessions/lost.json' => {id => 's_lost',
			projectId => 'proj_gone', startedAt => 1},
		'sessions/odd.json' => {id => 's_odd', startedAt => 1,
			timeline => [{type => 'invented', message => 'm'}]});
	Maestro::Tree::put($dir, 'tasks/' . $p . '/u16.json',
		$u16 =~ s/P\0"/join('', map { "$_\0" } split m{}, $p) . '"'/er);
	mkdir "$dir/tasks/$p/dir.json";
	symlink '/etc/passwd', "$dir/tasks/$p/link.json";
	symlink 'good.json', "$dir/tasks/$p/inside.json";
	symlink '/nowhere', "$dir/tasks/$p/dangling.json";
	symlink '/etc', "$dir/teams";
	system 'mkfifo', "$dir/tasks/$p/pipe.json";
	my $r = take($dir);
	is $r->{rc}, 1, 'exit 1 when anything was refused';
	my %why = map { s/^refused (?:tasks\/\Q$p\E\/)?//r =~ /^(\S+ \S+): (.*)/ }
		problems($r, 'refused');
	my %expect = (
		'cut.json -' => qr/syntax error at byte/,
		'latin.json -' => qr/not UTF-8/,
		'list.json -' => qr/must be an object/,
		'nul.json metadata.a[0]' => qr/NUL/,
		'types.json title' => qr/must be a text/,
		'types.json sessionIds' => qr/list of texts/,
		'types.json dangerousMode' => qr/true or false/,
		'types.json status' => qr/"odd"/,
		'types.json createdAt' => qr/must be a time/,
		'huge.json updatedAt' => qr/must be a time/,
		'int.json -' => qr/byte/,
		'inf.json -' => qr/byte/,
		'name.json id' => qr/must be an id/,
		'none.json id' => qr/must be an id/,
		'dir.json -' => qr/is a directory/,
		'link.json -' => qr/leads out/,
		'dangling.json -' => qr/No such file/,
		'pipe.json -' => qr/not a regular file/,
		'teams -' => qr/leads out/,
		'sessions/s.json timeline[0].timestamp' => qr/must be a time/,
		'sessions/lost.json projectId' => qr/no project proj_gone/,
		'inside.json id' => qr/good.json has the same/,
	);
	like $why{$_} // 'not told', $expect{$_}, $_ for sort keys %expect;
	delete @why{keys %expect};
	is_deeply \%why, {}, 'and nothing else';
	is one("select string_agg(id, ',' order by id) from public.tasks
		where project_id = '$p'"), 't_bom,t_good,t_half,t_u16',
		'what is good is there';
	is one("select title from public.tasks where id = 't_half'"),
		"a\x{fffd}", 'half a character is replaced';
	is one("select title from public.tasks where id = 't_u16'"), 'wide',
		'UTF-16 is read';
	is one("select type, metadata from public.session_timeline
		where session_id = 's_odd'"),
		'progress|{"originalType": "invented"}', 'types nobody knows';
};

subtest 'two files, one id' => sub {
	my ($dir, $p) = tree('tasks/P/a.json' => {id => 't_dup', title => 'old',
		updatedAt => 1}, 'tasks/P/b.json' => {id => 't_dup',
		title => 'new', updatedAt => 2});
	my $r = take($dir);
	is one("select title from public.tasks where id = 't_dup'"), 'new',
		'the newer is taken';
	is_deeply [problems($r)], ["refused tasks/$p/a.json id: "
		. "tasks/$p/b.json has the same and is newer"],
		'the other is named';
};

subtest 'documents' => sub {
	my $big = 'x' x 10_000_000;
	my ($dir, $p) = tree('sessions/s.json' => {id => 's_doc',
		startedAt => 1, docs => [map { {id => "d_$_", filePath => 'f',
		title => $_, contentFilePath => "/gone/d_$_.md", addedAt => 1} }
		qw(big bigger latin link none)]},
		'session-docs/s_doc/d_big.md' => $big,
		'session-docs/s_doc/d_bigger.md' => $big . 'x',
		'session-docs/s_doc/d_latin.md' => "caf\xe9");
	symlink '/etc/passwd', "$dir/session-docs/s_doc/d_link.md";
	my $r = take($dir);
	is $r->{rc}, 1, 'some are refused';
	is_deeply [sort +problems($r, 'refused')], [
		'refused session-docs/s_doc/d_bigger.md content: it is longer '
			. 'than 10,000,000 characters',
		'refused session-docs/s_doc/d_latin.md content: it is not '
			. 'UTF-8',
		'refused session-docs/s_doc/d_link.md -: a link that leads '
			. 'out of the directory'], 'with their reasons';
	is one("select string_agg(id || ' ' || coalesce(length(content), -1),
		',' order by id) from public.session_docs
		where session_id = 's_doc'"), 'd_big 10000000,d_none -1',
		'ten megabytes are not too much; the session stays';
};

subtest 'objects that are too much' => sub {
	my ($dir, $p) = tree('tasks/P/good.json' => {id => 't_fits', metadata =>
		{t => ',' x 5_000_000, u => '"\\' x 10}});
	my $line = '{"ts":"2026-01-02T03:04:05.678Z","command":"c",'
		. "\"projectId\":\"$p\",";
	my $many = '"a":[' . '0,' x 4_000_000 . '0]}';
	Maestro::Tree::put($dir, "tasks/$p/many.json",
		"{\"id\":\"t_many\",\"metadata\":{$many}");
	Maestro::Tree::put($dir, "tasks/$p/long.json",
		'{"id":"t_long","title":"' . 'x' x (64 << 20) . '"}');
	Maestro::Tree::put($dir, 'command-logs/x.jsonl', "$line$many\n");
	my $r = take($dir);
	is_deeply [sort +problems($r, 'refused')], [
		'refused command-logs/x.jsonl:1 -: one object has at most '
			. '4,000,000 values',
		"refused tasks/$p/long.json -: one object is at most 64 MiB",
		"refused tasks/$p/many.json -: one object has at most "
			. '4,000,000 values'], 'are refused before they are read';
	is one("select string_agg(id, ',') from public.tasks
		where project_id = '$p'"), 't_fits', 'alone';
};

subtest 'a log of too many projects' => sub {
	my ($dir, $p) = tree('command-logs/x.jsonl' => join '', map {
		"{\"ts\":\"2026-01-02T03:04:05.678Z\",\"command\":\"c\","
		. "\"projectId\":\"q$_\"}\n" } 1 .. 1001);
	is_deeply [problems(take($dir), 'refused')], ['refused '
		. 'command-logs/x.jsonl:1001 projectId: a log speaks of at '
		. 'most 1,000 projects'], 'is not read for each of them';
};

# The directory may be somebody's who would like to read what root can.
subtest 'links that come while one looks' => sub {
	my $renameat2 = {x86_64 => 316, aarch64 => 276}->{(POSIX::uname())[4]}
		or plan skip_all => 'no number of renameat2 here';
	my ($dir, $p) = tree('sessions/s.json' => {id => 's_race',
		startedAt => 1, docs => [map { {id => "d_$_", filePath => 'f',
		title => 't', contentFilePath => "/x/d_$_.md", addedAt => 1} }
		1 .. 2000]});
	my $out = new_dir();
	for my $d ("$dir/session-docs/s_race", "$out/secret") {
		Maestro::Tree::put($d, "d_$_.md", $d =~ /secret/ ? 'secret'
			: 'mine') for 1 .. 2000;
	}
	symlink "$out/secret", "$dir/other";
	my $child = fork // die "fork: $!";
	if (!$child) {
		my ($one, $two) = ("$dir/session-docs/s_race", "$dir/other");
		for (my $until = time + 60; time < $until; ) {
			# RENAME_EXCHANGE: there is always one of them.
			syscall $renameat2, -100, $one, -100, $two, 2;
		}
		POSIX::_exit(0);
	}
	take($dir);
	kill KILL => $child;
	waitpid $child, 0;
	is one("select count(*) from public.session_docs where session_id =
		's_race' and content = 'secret'"), 0, 'nothing outside is read';
};

subtest 'limits of the tables' => sub {
	my $long = 'x' x 129;
	my $doc = {id => 'd_two', title => 'D', filePath => 'f',
		content => 'c'};
	my ($dir, $p) = tree(
		'tasks/P/date.json' => {id => 't_date', dueDate => '0000-01-01'},
		'tasks/P/parent.json' => {id => 't_long', parentId => $long},
		'tasks/P/ok.json' => {id => 't_ok', title => 'x' x 10_000},
		'sessions/a.json' => {id => 's_lim', startedAt => 1,
			docs => [$doc, $doc]},
		'sessions/b.json' => {id => 's_lim2', startedAt => 1,
			docs => [$doc]},
		'sessions/c.json' => {id => 's_lim3', startedAt => 1,
			timeline => [{id => 'e' x 3000, type => 'error'}]},
		'team-members/P/big.json' => {id => 'tm_big', name => 'N',
			role => 'R', avatar => 'A', memory =>
			[map { 'm' x 1000 } 1 .. 2000]},
		"team-members/P/tm_P_$long.override.json" => {name => 'N'},
		'mail/big.json' => {id => 'm_big', fromSessionId => 's',
			type => 'query', subject => 'S', body =>
			{a => [(1) x 700_000]}});
	rename "$dir/team-members/$p/tm_P_$long.override.json",
		"$dir/team-members/$p/tm_${p}_$long.override.json";
	my $r = take($dir);
	is_deeply [sort map { s/$p|x{9,}//gr } problems($r, 'refused')], [
		'refused mail/big.json body: is too big',
		'refused sessions/b.json docs[0].id: sessions/a.json has the '
			. 'same',
		'refused sessions/c.json timeline[0].id: has 3000 characters, '
			. 'at most 128 are taken',
		'refused tasks//date.json dueDate: must be a day: YYYY-MM-DD',
		'refused tasks//parent.json parentId: has 129 characters, at '
			. 'most 128 are taken',
		'refused team-members//big.json -: is too big',
		'refused team-members//tm__.override.json -: its name does '
			. 'not say which member it is of'],
		'are met before the database does';
	is one("select count(*) from public.session_docs
		where session_id = 's_lim'"), 1,
		'a document that stands there twice is one';
};

subtest 'images' => sub {
	my $jpeg = "\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0" . "\0" x 99;
	my ($dir, $p) = tree('tasks/P/t.json' => {id => 't_img', updatedAt => 5,
		images => [map { {id => "i_$_", filename => "$_.png", mimeType
		=> 'image/png', addedAt => 1} } qw(jpeg text gone)]},
		'images/P/t_img/i_jpeg.png' => $jpeg,
		'images/P/t_img/i_text.png' => 'just text');
	my $r = take($dir, '--dry-run');
	my $why = ["refused images/$p/t_img/i_gone.png -: No such file or "
		. 'directory', "refused images/$p/t_img/i_text.png -: it is no "
		. 'PNG, JPEG, GIF, WebP or SVG image'];
	is_deeply [sort +problems($r, 'refused')], $why,
		'what is none is refused before anything is written';
	$r = take($dir);
	is_deeply [sort +problems($r, 'refused')], $why, 'once';
	is $r->{counts}{image}{refused}, 2, 'and counted once';
	is one("select i.mime_type, t.images -> 0 ->> 'size'
		from public.task_images i join public.tasks t
		on t.id = i.task_id where t.id = 't_img'"),
		'image/jpeg|' . length $jpeg, 'the bytes say what it is';
	$s->ask('ann', "select api.task_image_delete('t_img', 'i_jpeg')");
	take($dir);
	is one("select count(*) from public.task_images
		where task_id = 't_img'"), 0,
		'what was deleted here does not come back';
	($dir) = tree('tasks/P/t.json' => {id => 't_img2', images => [{id =>
		'i_2', filename => 'a.png'}]},
		'images/P/t_img2/i_2.png' => $jpeg);
	$r = take($dir, '--database', $m->database_url('maestro_owner'));
	like ((problems($r, 'refused'))[0], qr/leave --database out/,
		'without settings there is no store');
	is take($dir)->{counts}{image}{new}, 1, 'later they come';
};

subtest 'mail and logs' => sub {
	my ($dir, $p) = tree('sessions/s.json' => {id => 's_m', startedAt => 1},
		'mail/a.json' => {id => 'm_a', fromSessionId => 's_gone',
			type => 'query', subject => 'S', body => 'text',
			createdAt => 3},
		'mail/odd.json' => {id => 'm_odd', fromSessionId => 's_m',
			type => 'gossip', subject => ''},
		'mail/s_x/b.json' => {id => 'm_b', fromSessionId => 's_gone',
			toSessionId => 's_m', message => "one\ntwo",
			readAt => 9, createdAt => 4},
		'mail/s_x/lost.json' => {id => 'm_lost', fromSessionId => 's_x',
			toSessionId => 's_y', message => 'x'},
		'command-logs/s_m.jsonl' => join("\n",
			'{"ts":"2026-01-02T03:04:05.678Z","sessionId":"s_m",'
			. '"projectId":"P","command":"a","argv":["--token",'
			. '"sk-12345678"],"success":true}', '{"ts":', '',
			'{"ts":5,"sessionId":"s_m","command":7}') =~ s/"P"/"proj_@{[
			$n + 1]}"/r,
		'command-logs/s_gone.jsonl' => '{"ts":5,"sessionId":"s_gone",'
			. '"command":"b","success":true}');
	my $r = take($dir);
	is_deeply [sort +problems($r, 'refused')], [
		'refused command-logs/s_m.jsonl:2 -: syntax error at byte 6 of '
			. 'the JSON text',
		'refused command-logs/s_m.jsonl:4 command: must be a text',
		'refused mail/odd.json subject: must not be empty',
		'refused mail/odd.json type: "gossip" is none of its values'],
		'lines and fields are named';
	is one("select thread_id, content, project_id = '$p' from public.mail
		where id = 'm_a'"), 'm_a|{"message": "text"}|t', 'generation A';
	is one("select subject, body, private.ms(read_at), project_id = '$p',
		parent_session_id from public.mail where id = 'm_b'"),
		"one|one\ntwo|9|t|s_x", 'generation B, where its session is';
	is $r->{counts}{old_mail}{kept}, 1, 'of sessions that are gone: kept';
	is $r->{counts}{command}{skipped}, 1, 'their logs are not';
	unlike one("select argv from public.command_usage
		where session_id = 's_m'"), qr/sk-1/, 'no secret in a log';
};

subtest 'what belongs to somebody else' => sub {
	my $dir = new_dir();
	Maestro::Tree::put($dir, 'projects/x.json', {id => $s->{other},
		name => 'stolen', updatedAt => 9_999_999_999_999});
	Maestro::Tree::put($dir, "tasks/$s->{other}/t.json", {id => 't_other',
		projectId => $s->{other}});
	Maestro::Tree::put($dir, 'projects/y.json', {id => 'proj_mine',
		name => 'mine', updatedAt => 1});
	Maestro::Tree::put($dir, 'tasks/proj_mine/a.json', {id => 't_good',
		projectId => 'proj_mine', title => 'stolen',
		updatedAt => 9_999_999_999_999});
	Maestro::Tree::put($dir, 'tasks/proj_mine/b.json', {id => 't_fine',
		projectId => 'proj_mine', parentId => 't_good'});
	my $r = take($dir);
	is $r->{rc}, 1, 'is refused';
	is_deeply [problems($r, 'refused')], ['refused projects/x.json id: the '
		. 'project is there already and belongs to somebody else; '
		. 'nothing of it is taken', 'refused tasks/proj_mine/a.json '
		. 'id: there is one already that belongs to another project'],
		'by name';
	is one("select name from public.projects where id = '$s->{other}'"),
		'of bob', 'nothing of it changed';
	is one("select title, project_id = 'proj_mine' from public.tasks
		where id = 't_good'"), '|f', 'nor of a task';
	is one("select parent_id from public.tasks where id = 't_fine'"), '',
		'the rest is taken';
};

subtest 'progress' => sub {
	plan skip_all => 'no script(1)' if !-x '/usr/bin/script';
	my $dir = new_dir();
	Maestro::Tree->new($dir, projects => 1, tasks => 40, sessions => 0);
	my $seen = sub ($columns) {
		my $cmd = "stty cols $columns; $Maestro::Test::build/maestro "
			. "-c $top/maestro.conf migrate to-supabase --data "
			. "$dir --owner $ann --dry-run >/dev/null";
		return `script -qec '$cmd' /dev/null </dev/null`;
	};
	my $wide = $seen->(100);
	like $wide, qr/\r\e\[Kchecking \d+/, 'a terminal sees how far it is';
	like $wide, qr/trying (\d+)\/\1 \[=+\]/, 'to the end, as a bar';
	like $wide, qr/\r\e\[K$/, 'which goes away';
	my @long = grep { length > 29 } split /\r?\e?\[K|[\r\n]+/, $seen->(30);
	is_deeply \@long, [], 'and is never wider than the line';
	my ($rc, $out, $err) = migrate('to-supabase', '--data', $dir,
		'--owner', $ann, '--dry-run');
	unlike "$out$err", qr/[\r\e]/, 'a file sees plain lines';
	like $err, qr/^trying (\d+)\/\1$/m, 'at the end at least';
};

subtest 'usage' => sub {
	my ($dir) = tree();
	is((migrate('to-supabase'))[0], 2, 'no directory');
	is((migrate('to-supabase', '--data', $dir, 'x'))[0], 2, 'too much');
	is((migrate('from-supabase', '--data', "$top/no", '--owner', $ann,
		'--project', 'x'))[0], 2, 'both');
	my ($rc, $out, $err) = migrate('to-supabase', '--data', "$top/none");
	is $rc, 1, 'no such directory';
	like $err, qr/No such file/, 'says so';
	is((migrate('to-supabase', '--data', $dir, '--linked'))[0], 1,
		'no linked project');
	($rc, $out, $err) = migrate('to-supabase', '--data', $dir);
	like $err, qr/several accounts.*--owner/, 'whose?';
	($rc, $out, $err) = migrate('to-supabase', '--data', $dir, '--owner',
		'nobody@example.test');
	like $err, qr/no account nobody/, 'nobody';
	($rc, $out, $err) = migrate('from-supabase', '--data', "$top/no",
		'--project', 'proj_none');
	like $err, qr/no project proj_none/, 'no such project';
	($rc, $out, $err) = migrate('from-supabase', '--data', "$top/single",
		'--project', 'proj_mine');
	is $rc, 0, 'one project' or diag $err;
	is_deeply [map { s/.*\///r } glob "$top/single/projects/*"],
		['proj_mine.json'], 'alone';
};

done_testing;
