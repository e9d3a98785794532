# Each table x command x person.  A table without an entry here (or one that is
# ruled word for word like it), without row-level security or without policies
# fails the test.
use v5.36;
use lib 't/lib';
use Test::More;
use Maestro::Sql;

my $s = Maestro::Sql->new;
my ($p, $other) = @$s{qw(p other)};
my ($ann, $mia, $vic, $bob) = map { $s->id($_) } qw(ann mia vic bob);

# One row of everything, in ann's project.
$s->psql(<<"END");
select set_config('request.jwt.claims', '{"sub": "$ann"}', false) \\g /dev/null
insert into public.tasks (id, project_id, title, created_by, client_request_id)
	values ('task_1', '$p', 'one', '$ann', 'r1');
insert into public.sessions (id, project_id, name, user_id)
	values ('sess_1', '$p', 's', '$ann');
insert into public.session_env (session_id, project_id, user_id, env)
	values ('sess_1', '$p', '$ann', '{"A": "b"}');
insert into public.task_sessions (project_id, task_id, session_id)
	values ('$p', 'task_1', 'sess_1');
insert into public.session_timeline (project_id, session_id, message)
	values ('$p', 'sess_1', 'm');
insert into public.session_events (project_id, session_id, type)
	values ('$p', 'sess_1', 'e');
insert into public.session_docs (id, project_id, session_id, title, file_path)
	values ('doc_1', '$p', 'sess_1', 'd', 'd.md');
insert into public.session_prompts (id, project_id, to_session_id,
	from_project_id, from_session_id, content, created_by)
	values ('sp_1', '$p', 'sess_1', '$p', 'sess_1', 'c', '$ann');
insert into public.mail (id, project_id, from_session_id, to_session_id, type,
	subject, created_by)
	values ('mail_1', '$p', 'sess_1', 'sess_1', 'query', 's', '$ann');
insert into public.project_invitations (id, project_id, email, token_hash,
	invited_by) values ('inv_1', '$p', 'x\@example.test', '\\x01', '$ann');
insert into public.tenants (id, name, slug, owner_id)
	values ('$ann', 'T', 'tee', '$ann');
insert into public.tenant_members (tenant_id, user_id, role)
	values ('$ann', '$mia', 'student'), ('$ann', '$vic', 'admin');
insert into public.api_tokens (user_id, name, token_hash, prefix, scopes)
	values ('$ann', 't', repeat('a', 64), 'mst_aaaa', '{read}');
insert into public.orderings (project_id, type, ordered_ids)
	values ('$p', 'task', '{task_1}');
insert into public.task_lists (id, project_id, name, ordered_task_ids)
	values ('task_list_1', '$p', 'l', '{task_1}');
insert into public.team_members (id, project_id, name, role, avatar)
	values ('tm_1', '$p', 'n', 'r', 'a');
insert into public.team_members (id, user_id, name, role, avatar)
	values ('tm_2', '$ann', 'n', 'r', 'a');
insert into public.team_member_overrides (project_id, kind, changes)
	values ('$p', 'recruiter', '{}');
insert into public.teams (id, project_id, name, leader_id, member_ids)
	values ('team_1', '$p', 'n', 'tm_1', '{tm_1}');
insert into public.model_profiles (id, user_id, name, launch_config)
	values ('mp_1', '$ann', 'n', '{}');
insert into public.task_graphs (id, project_id, name)
	values ('task_graph_1', '$p', 'n');
insert into public.custom_prompts (id, user_id, name, content)
	values ('cp_1', '$ann', 'n', 'c');
insert into public.command_usage (project_id, session_id, command, success)
	values ('$p', 'sess_1', 'task list', true);
insert into public.task_images (id, project_id, task_id, filename, mime_type,
	size) values ('img_1', '$p', 'task_1', 'a.png', 'image/png', 1);
END

# Columns of the answers: ann adam mia vic bob root anon service.  A number is
# how many rows were seen or touched, - stands for 42501 (refused).
my %expect = (
	projects => {
		select => ["select id from public.projects where id = '$p'",
			'1 1 1 1 0 0 - 1'],
		insert => ["insert into public.projects (id, name, owner_id)
			values ('proj_x', 'x', '$mia')", '- - 1 - - - - 1'],
		update => ["update public.projects set name = 'y'
			where id = '$p'", '1 1 0 0 0 0 - 1'],
		delete => ["delete from public.projects where id = '$p'",
			'1 0 0 0 0 0 - 1'],
	},
	project_members => {
		select => ["select role from public.project_members
			where project_id = '$p'", '4 4 4 4 0 0 - 4'],
		insert => ["insert into public.project_members
			(project_id, user_id, role)
			values ('$p', '$bob', 'viewer')", '1 1 - - - - - 1'],
		update => ["update public.project_members set role = 'member'
			where project_id = '$p' and user_id = '$vic'",
			'1 1 0 0 0 0 - 1'],
		delete => ["delete from public.project_members
			where project_id = '$p' and user_id = '$vic'",
			'1 1 0 1 0 0 - 1'],
	},
	project_invitations => {
		select => ["select id from public.project_invitations",
			'1 1 0 0 0 0 - 1'],
		insert => ["insert into public.project_invitations
			(project_id, email, token_hash)
			values ('$p', 'y\@example.test', '\\x02')",
			'1 1 - - - - - 1'],
		update => ["update public.project_invitations
			set role = 'admin'", '- - - - - - - 1'],
		delete => ["delete from public.project_invitations",
			'1 1 0 0 0 0 - 1'],
	},
	tasks => {
		select => ["select * from public.tasks", '1 1 1 1 0 0 - 1'],
		insert => ["insert into public.tasks (project_id, title)
			values ('$p', 't')", '1 1 1 - - - - 1'],
		update => ["update public.tasks set title = 'u'",
			'1 1 1 0 0 0 - 1'],
		delete => ["delete from public.tasks", '1 1 1 0 0 0 - 1'],
	},
	sessions => {
		select => ["select * from public.sessions", '1 1 1 1 0 0 - 1'],
		insert => ["insert into public.sessions (project_id, name)
			values ('$p', 't')", '1 1 1 - - - - 1'],
		update => ["update public.sessions set name = 'u'",
			'1 1 1 0 0 0 - 1'],
		delete => ["delete from public.sessions", '1 1 1 0 0 0 - 1'],
	},
	session_env => {
		select => ["select * from public.session_env",
			'1 0 0 0 0 0 - 1'],
		insert => ["insert into public.session_env
			(session_id, project_id, env)
			values ('sess_1', '$p', '{}')",
			'23505 23505 23505 - - - - 23502'],
		update => ["update public.session_env set env = '{}'",
			'1 0 0 0 0 0 - 1'],
		delete => ["delete from public.session_env", '- - - - - - - 1'],
	},
	task_sessions => {
		select => ["select * from public.task_sessions",
			'1 1 1 1 0 0 - 1'],
		insert => ["insert into public.task_sessions
			(project_id, task_id, session_id)
			values ('$p', 'task_1', 'sess_1')
			on conflict do nothing", '0 0 0 - - - - 0'],
		update => ["update public.task_sessions set session_id = 'x'",
			'- - - - - - - 23503'],
		delete => ["delete from public.task_sessions",
			'1 1 1 0 0 0 - 1'],
	},
	session_timeline => {
		select => ["select * from public.session_timeline",
			'1 1 1 1 0 0 - 1'],
		insert => ["insert into public.session_timeline
			(project_id, session_id) values ('$p', 'sess_1')",
			'1 1 1 - - - - 1'],
		update => ["update public.session_timeline set message = 'x'",
			'- - - - - - - 1'],
		delete => ["delete from public.session_timeline",
			'- - - - - - - 1'],
	},
	session_events => {
		select => ["select * from public.session_events",
			'1 1 1 1 0 0 - 1'],
		insert => ["insert into public.session_events
			(project_id, session_id, type)
			values ('$p', 'sess_1', 'x')", '1 1 1 - - - - 1'],
		update => ["update public.session_events set type = 'x'",
			'- - - - - - - 1'],
		delete => ["delete from public.session_events",
			'- - - - - - - 1'],
	},
	session_prompts => {
		select => ["select * from public.session_prompts",
			'1 1 1 1 0 0 - 1'],
		insert => ["insert into public.session_prompts (project_id,
			to_session_id, from_project_id, from_session_id,
			content) values ('$p', 'sess_1', '$p', 'sess_1', 'x')",
			'1 1 1 - - - - 1'],
		update => ["update public.session_prompts set content = 'x'",
			'- - - - - - - 1'],
		delete => ["delete from public.session_prompts",
			'- - - - - - - 1'],
	},
	mail => {
		select => ["select * from public.mail", '1 1 1 1 0 0 - 1'],
		insert => ["insert into public.mail (project_id,
			from_session_id, type, subject)
			values ('$p', 'sess_1', 'query', 's')",
			'1 1 1 - - - - 1'],
		update => ["update public.mail set read_at = now()",
			'1 1 1 0 0 0 - 1'],
		delete => ["delete from public.mail", '1 1 1 0 0 0 - 1'],
	},
	mail_threads => {
		select => ["select * from public.mail_threads",
			'1 1 1 1 0 0 - 1'],
		insert => ["insert into public.mail_threads values
			('$p', 'x', 1, now(), now())", '- - - - - - - 1'],
		update => ["update public.mail_threads set mails = 2",
			'- - - - - - - 1'],
		delete => ["delete from public.mail_threads",
			'- - - - - - - 1'],
	},
	mail_counts => {
		# To the session, all, threads.
		select => ["select * from public.mail_counts",
			'3 3 3 3 0 0 - 3'],
		insert => ["insert into public.mail_counts values
			('$p', 'x', '', 1, 1)", '- - - - - - - 1'],
		update => ["update public.mail_counts set n = 2",
			'- - - - - - - 3'],
		delete => ["delete from public.mail_counts",
			'- - - - - - - 3'],
	},
	session_docs => {
		select => ["select * from public.session_docs",
			'1 1 1 1 0 0 - 1'],
		insert => ["insert into public.session_docs
			(project_id, session_id, title, file_path)
			values ('$p', 'sess_1', 'x', 'x')", '1 1 1 - - - - 1'],
		update => ["update public.session_docs set content = 'x'",
			'1 1 1 0 0 0 - 1'],
		delete => ["delete from public.session_docs",
			'1 1 1 0 0 0 - 1'],
	},
	orderings => {
		select => ["select * from public.orderings", '1 1 1 1 0 0 - 1'],
		insert => ["insert into public.orderings (project_id, type)
			values ('$p', 'session')", '1 1 1 - - - - 1'],
		update => ["update public.orderings set ordered_ids = '{}'",
			'1 1 1 0 0 0 - 1'],
		delete => ["delete from public.orderings", '1 1 1 0 0 0 - 1'],
	},
	task_lists => {
		select => ["select * from public.task_lists",
			'1 1 1 1 0 0 - 1'],
		insert => ["insert into public.task_lists (project_id, name)
			values ('$p', 'x')", '1 1 1 - - - - 1'],
		update => ["update public.task_lists set name = 'x'",
			'1 1 1 0 0 0 - 1'],
		delete => ["delete from public.task_lists", '1 1 1 0 0 0 - 1'],
	},
	team_members => {
		# tm_2 is ann's own.
		select => ["select * from public.team_members",
			'2 1 1 1 0 0 - 2'],
		insert => ["insert into public.team_members
			(project_id, name, role, avatar)
			values ('$p', 'n', 'r', 'a')", '1 1 1 - - - - 1'],
		update => ["update public.team_members set name = 'x'",
			'2 1 1 0 0 0 - 2'],
		delete => ["delete from public.team_members",
			'2 1 1 0 0 0 - 2'],
	},
	team_member_overrides => {
		select => ["select * from public.team_member_overrides",
			'1 1 1 1 0 0 - 1'],
		insert => ["insert into public.team_member_overrides
			(project_id, kind) values ('$p', 'standup')",
			'1 1 1 - - - - 1'],
		update => ["update public.team_member_overrides
			set changes = '{}'", '1 1 1 0 0 0 - 1'],
		delete => ["delete from public.team_member_overrides",
			'1 1 1 0 0 0 - 1'],
	},
	teams => {
		select => ["select * from public.teams", '1 1 1 1 0 0 - 1'],
		insert => ["insert into public.teams (project_id, name,
			leader_id, member_ids)
			values ('$p', 'n', 'a', '{a}')", '1 1 1 - - - - 1'],
		update => ["update public.teams set name = 'x'",
			'1 1 1 0 0 0 - 1'],
		delete => ["delete from public.teams", '1 1 1 0 0 0 - 1'],
	},
	model_profiles => {
		# mp_1 is ann's own; another may use the same id.
		select => ["select * from public.model_profiles",
			'1 0 0 0 0 0 - 1'],
		insert => ["insert into public.model_profiles
			(id, name, launch_config) values ('mp_1', 'n', '{}')",
			'23505 1 1 1 1 1 - 23502'],
		update => ["update public.model_profiles set name = 'x'",
			'1 0 0 0 0 0 - 1'],
		delete => ["delete from public.model_profiles",
			'1 0 0 0 0 0 - 1'],
	},
	task_graphs => {
		select => ["select * from public.task_graphs",
			'1 1 1 1 0 0 - 1'],
		insert => ["insert into public.task_graphs (project_id, name)
			values ('$p', 'n')", '1 1 1 - - - - 1'],
		update => ["update public.task_graphs set name = 'x'",
			'1 1 1 0 0 0 - 1'],
		delete => ["delete from public.task_graphs",
			'1 1 1 0 0 0 - 1'],
	},
	custom_prompts => {
		select => ["select * from public.custom_prompts",
			'1 0 0 0 0 0 - 1'],
		insert => ["insert into public.custom_prompts (name, content)
			values ('n', 'c')", '1 1 1 1 1 1 - 23502'],
		update => ["update public.custom_prompts set name = 'x'",
			'1 0 0 0 0 0 - 1'],
		delete => ["delete from public.custom_prompts",
			'1 0 0 0 0 0 - 1'],
	},
	command_usage => {
		select => ["select * from public.command_usage",
			'1 1 1 1 0 0 - 1'],
		insert => ["insert into public.command_usage (project_id,
			command, success) values ('$p', 'x', true)",
			'1 1 1 - - - - 1'],
		update => ["update public.command_usage set command = 'x'",
			'- - - - - - - 1'],
		delete => ["delete from public.command_usage",
			'- - - - - - - 1'],
	},
	task_images => {
		select => ["select * from public.task_images",
			'1 1 1 1 0 0 - 1'],
		insert => ["insert into public.task_images (id, project_id,
			task_id, filename, mime_type, size) values ('img_2',
			'$p', 'task_1', 'b.png', 'image/png', 1)",
			'1 1 1 - - - - 1'],
		update => ["update public.task_images set filename = 'x'",
			'- - - - - - - 1'],
		delete => ["delete from public.task_images",
			'1 1 1 0 0 0 - 1'],
	},
	users => {
		select => ["select * from public.users", '1 1 1 1 1 6 - 6'],
		insert => ["insert into public.users (id) values
			(gen_random_uuid())", '- - - - - - - 1'],
		update => ["update public.users set display_name = 'x'",
			'1 1 1 1 1 1 - 6'],
		delete => ["delete from public.users where id = '$bob'",
			'- - - - - - - 1'],
	},
	tenants => {
		select => ["select * from public.tenants", '1 0 1 1 0 1 - 1'],
		insert => ["insert into public.tenants (name, slug, owner_id)
			values ('x', 'x', '$bob')", '- - - - - 1 - 1'],
		update => ["update public.tenants set name = 'x'",
			'1 0 0 1 0 1 - 1'],
		delete => ["delete from public.tenants", '0 0 0 0 0 1 - 1'],
	},
	tenant_members => {
		select => ["select * from public.tenant_members",
			'3 0 3 3 0 3 - 3'],
		insert => ["insert into public.tenant_members
			(tenant_id, user_id, role)
			values ('$ann', '$bob', 'viewer')", '1 - - 1 - - - 1'],
		update => ["update public.tenant_members set role = 'teacher'
			where user_id = '$mia'", '1 0 0 1 0 0 - 1'],
		delete => ["delete from public.tenant_members
			where user_id = '$mia'", '1 0 1 1 0 0 - 1'],
	},
	api_tokens => {
		select => ["select id from public.api_tokens",
			'1 0 0 0 0 0 - 1'],
		insert => ["insert into public.api_tokens
			(name, token_hash, prefix, scopes)
			values ('x', repeat('b', 64), 'mst_bbbb', '{read}')",
			'1 1 1 1 1 1 - -'],
		update => ["update public.api_tokens set name = 'x'",
			'- - - - - - - -'],
		delete => ["delete from public.api_tokens", '1 0 0 0 0 0 - 1'],
	},
	rls_audit_log => {
		# vic is an admin of the tenant the row belongs to.
		select => ["select * from public.rls_audit_log
			where table_name = 'tenant_members'",
			'3 0 0 3 0 3 - 3'],
		insert => ["insert into public.rls_audit_log
			(table_schema, table_name, operation)
			values ('a', 'b', 'INSERT')", '- - - - - - - 1'],
		update => ["update public.rls_audit_log set operation = 'x'",
			'- - - - - - - -'],
		delete => ["delete from public.rls_audit_log",
			'- - - - - - - -'],
	},
);

my (@tries, @names, @want);
for my $table (sort keys %expect) {
	for my $command (qw(select insert update delete)) {
		my ($sql, $line) = @{$expect{$table}{$command}};
		my @answers = split ' ', $line;
		for my $i (0 .. $#Maestro::Sql::all) {
			push @tries, [$Maestro::Sql::all[$i], $sql];
			push @names, "$Maestro::Sql::all[$i]: $command $table";
			push @want, $answers[$i] eq '-' ? '42501' : $answers[$i];
		}
	}
}
my @got = $s->tries(@tries);
is $got[$_], $want[$_], $names[$_] for 0 .. $#names;

# --- the list above is the list of tables ---

my @tables = split /\n/, $s->psql("select relname from pg_class
	where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
	order by 1");
# Or it is ruled word for word like one that has: the same policies, the same
# rights.
my %rules = map { split /\t/, $_, 2 } split /\n/, $s->psql("
	select c.relname || E'\t' || regexp_replace(coalesce((
		select string_agg(concat_ws(' ', p.polcmd, p.polroles,
			pg_get_expr(p.polqual, c.oid),
			pg_get_expr(p.polwithcheck, c.oid)), ' ' order by p.polcmd)
		from pg_policy p where p.polrelid = c.oid), '') || (
		select string_agg(concat_ws(' ', r, w,
			has_any_column_privilege(r, c.oid, w),
			has_table_privilege(r, c.oid, 'delete')), ' ' order by r, w)
		from unnest(array['anon', 'authenticated', 'service_role']) r,
			unnest(array['select', 'insert', 'update']) w),
		'[[:space:]]+', ' ', 'g')
	from pg_class c where c.relnamespace = 'public'::regnamespace
		and c.relkind in ('r', 'p')");
my %ruled = map { ($rules{$_} => $_) } keys %expect;
is_deeply [grep { !$expect{$_} && !$ruled{$rules{$_}} } @tables], [],
	'every table of public has an entry here, or is ruled like one that has';
is_deeply [grep { !$rules{$_} } keys %expect], [], 'and every entry a table';
is $s->psql("select relname from pg_class
	where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
	and not relrowsecurity"), '', 'every table has row-level security';
is $s->psql("select relname from pg_class c
	where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
	and not exists (select from pg_policy p where p.polrelid = c.oid)"),
	'', 'every table has policies';

# --- how policies are written ---

is $s->psql("select tablename, cmd, count(*) from pg_policies
	where schemaname = 'public' group by 1, 2
	having count(*) > 1 or cmd = 'ALL'"), '',
	'one policy for a table and command';
is $s->psql("select tablename, policyname from pg_policies
	where schemaname = 'public' and roles <> '{authenticated}'"), '',
	'every policy is for authenticated';
is $s->psql("select tablename, policyname from pg_policies
	where schemaname = 'public'
	and regexp_replace(coalesce(qual, '') || coalesce(with_check, ''),
		'SELECT \\(*(auth|private)\\.', '', 'g') ~ '(auth|private)\\.'"), '',
	'no function of a policy is called for each row';
is $s->psql("select c.relname from pg_class c
	where c.relnamespace = 'public'::regnamespace and c.relkind = 'v'
	and not coalesce(c.reloptions @> '{security_invoker=true}', false)"),
	'', 'every view asks as its caller';
is $s->psql("select p.oid::regprocedure from pg_proc p
	where p.pronamespace in ('public'::regnamespace, 'api'::regnamespace,
		'private'::regnamespace)
	and p.prosecdef and not coalesce(p.proconfig, '{}') \@> '{\"search_path=\\\"\\\"\"}'"),
	'', 'security definer functions have an empty search_path';
# The one question asked before anybody is known: whose token is this?
my $exempt = "p.oid <> 'api.token_claims(text)'::regprocedure";
is $s->psql("select p.oid::regprocedure from pg_proc p
	where p.pronamespace = 'api'::regnamespace and p.prosecdef
	and $exempt"), '', 'functions of schema api run as their caller';
is $s->psql("select p.oid::regprocedure from pg_proc p
	where p.pronamespace in ('api'::regnamespace, 'private'::regnamespace)
	and has_function_privilege('anon', p.oid, 'execute')
	and has_schema_privilege('anon', p.pronamespace, 'usage')
	and $exempt"), '',
	'anon calls nothing of api and private';
is $s->psql("select distinct table_name from information_schema.role_table_grants
	where table_schema = 'public' and grantee in ('anon', 'PUBLIC')"), '',
	'anon has no table';

# --- what cannot be inferred or bent ---

is $s->try('bob', "insert into public.tasks (id, project_id)
	values ('task_1', '$p')"), '42501',
	'an id that exists elsewhere is refused like one that does not';
is $s->try('bob', "insert into public.tasks (project_id, client_request_id)
	values ('$p', 'r1')"), '42501', 'so is a request id';
is $s->try('bob', "insert into public.tasks (project_id, parent_id)
	values ('$other', 'task_1')"), '23503',
	'a parent of another project does not exist';
is $s->try('mia', "insert into public.tasks (project_id, created_by)
	values ('$p', '$ann')"), '42501', 'nobody writes in the name of another';
is $s->try('mia', "update public.tasks set project_id = '$other'"), '42501',
	'a task does not move to another project';
is $s->try('mia', "insert into public.team_members (user_id, name, role,
	avatar) values ('$ann', 'n', 'r', 'a')"), '42501',
	'nobody gives another a global team member';
is $s->try('mia', "update public.team_members set user_id = '$ann',
	project_id = null where id = 'tm_1'"), '42501',
	'nor moves one there';
is $s->try('mia', "insert into public.model_profiles (user_id, name,
	launch_config) values ('$ann', 'n', '{}')"), '42501',
	'nor a model profile';
is $s->try('bob', "insert into public.teams (id, project_id, name, leader_id,
	member_ids) values ('team_1', '$p', 'n', 'a', '{a}')"), '42501',
	'the id of a foreign team is refused like one that is free';
is $s->try('bob', "select private.emit_to_user('x', '$ann', '{}')"), '42501',
	'nobody speaks to another person on the bus';
is $s->try('mia', "insert into public.mail (project_id, from_session_id, type,
	subject) values ('$p', 'user_$ann', 'query', 's')"), '42501',
	'nobody writes mail as another person';
is $s->try('mia', "insert into public.mail (project_id, from_session_id, type,
	subject) values ('$p', 'user_$mia', 'query', 's')"), 1,
	'everybody does as themselves';
is $s->try('bob', "insert into public.mail (project_id, from_session_id, type,
	subject) values ('$other', 'sess_1', 'query', 's')"), '42501',
	'nor as a session of a project that is not theirs';
is $s->try('mia', "insert into public.mail (project_id, from_session_id, type,
	subject, thread_id) values ('$p', 'sess_1', 'query', 's', 'x')"), '42501',
	'the thread of a mail is not for writing';
is $s->try('mia', "update public.mail set $_"), '42501',
	'what was sent stays as it was' for "subject = 'x'", "body = 'x'";
is $s->try('mia', "update public.tasks set session_ids = '{}'"), '42501',
	'the mirror of the link table is not for writing';
is $s->try('mia', "update public.tasks set images = '[]'"), '42501',
	'nor is that of the images';
is $s->try('mia', "insert into public.custom_prompts (user_id, name, content)
	values ('$ann', 'n', 'c')"), '42501',
	'nobody gives another a prompt';
is $s->refusal('vic', "select private.await_image('task_1')"),
	'404 not_found', 'a viewer announces no image';
is $s->try('mia', "insert into storage.objects (bucket_id, name)
	values ('task-images', '$p/task_1/img_9')"), '42501',
	'nobody stores an image that was not announced';
is $s->try('mia', "select * from private.doomed_objects"), '42501',
	'nobody reads what is to be removed';
is $s->try('ann', "update public.users set email = 'x'"), '42501',
	'nobody changes the address of the profile';
is $s->try('ann', "update public.users set supabase_user_id = null"), '42501',
	'nor the link to the account';
is $s->try('ann', "select token_hash from public.project_invitations"),
	'42501', 'the hash of an invitation is not readable';
is $s->try('adam', "update public.project_members set role = 'owner'
	where user_id = '$vic'"), '42501', 'an admin makes no owner';
is $s->try('adam', "update public.project_members set role = 'viewer'
	where user_id = '$ann'"), 0, 'an admin does not touch the owner';
is $s->try('adam', "delete from public.project_members
	where user_id = '$ann'"), 0, 'nor removes the owner';
is $s->try('mia', "update public.project_members set role = 'admin'
	where user_id = '$mia'"), 0, 'a member does not promote herself';
is $s->try('ann', "delete from public.project_members
	where user_id = '$ann'"), 'PT422', 'the last owner cannot leave';
is $s->try('bob', "insert into public.projects (name, tenant_id)
	values ('x', '$ann')"), '42501',
	'a project of a tenant needs membership of it';
is $s->try('bob', "select private.emit('task:created', '$p', '{}')"), '42501',
	'nobody speaks on the event bus';
is $s->try('bob', "select pg_logical_emit_message(true, 'maestro', '{}')"),
	'42501', 'not even past our function';
is $s->try('bob', "select * from private.project_people('$p')"), 0,
	'people of a foreign project stay unknown';
is $s->ask('bob', "select coalesce(private.find_person('$p',
	'ann\@example.test', null)::text, 'nobody')"), 'nobody',
	'addresses are looked up for admins of the project only';
is $s->psql(q{select string_agg(c.oid::regclass || ' ' || r || ' ' || p, ', ')
	from pg_class c, unnest(array['anon', 'authenticated']) r,
	unnest(array['truncate', 'trigger', 'references']) p
	where c.relkind in ('r', 'p') and has_schema_privilege(r,
		c.relnamespace, 'usage') and has_table_privilege(r, c.oid, p)}),
	'', 'nothing that policies do not rule';
is $s->psql(q{select string_agg(c.oid::regclass || ' ' || r, ', ')
	from pg_class c, unnest(array['anon', 'authenticated']) r
	where c.relkind = 'S' and has_sequence_privilege(r, c.oid,
		'usage, select, update')}), '', 'no sequences';
is $s->psql(q{select string_agg(p.oid::regprocedure::text, ', ')
	from pg_proc p where p.prosecdef and p.pronamespace >= 16384
	and not coalesce(array_to_string(p.proconfig, ',') like
		'%search_path=""%', false)}), '',
	'every security definer function has an empty search_path';
# What a person says to a session.
sub says ($who, $more = '', $value = '') {
	return $s->try($who, "insert into public.session_prompts (project_id,
		to_session_id, content, from_name$more) values ('$p', 'sess_1',
		'x', 'The boss'$value)");
}
is says('mia'), 1, 'a member speaks to a session as herself';
is says($_), '42501', "$_ does not" for qw(vic bob);
is says('mia', ', from_member', q(, '{"name": "The boss"}')), '42501',
	'nor she as a team member';
is says('mia', ', from_project_id', ", '$p'"), '42501',
	'nor from a project without a session';
is $s->ask('mia', "with said as (insert into public.session_prompts
	(project_id, to_session_id, content, from_name) values ('$p', 'sess_1',
	'x', 'The boss') returning from_name) select from_name from said"),
	$s->psql("select coalesce(nullif(display_name, ''), email)
		from public.users where id = '$mia'"), 'under her own name';

# What a person writes to a project.
is $s->ask('mia', "with sent as (insert into public.mail (project_id,
	from_session_id, from_name, type, subject) values ('$p', 'user_$mia',
	'The boss', 'query', 'x') returning *), gone as (select 1)
	select s.from_name from sent s"),
	$s->psql("select nullif(display_name, '') from public.users
		where id = '$mia'"), 'nobody writes mail under another name';
$s->psql("delete from public.mail where from_name = 'Mia' and subject = 'x'");

is $s->psql("select count(*) from public.users"), 6, 'nothing stayed behind';

done_testing;
