set local lock_timeout = '2s';
-- Tasks, agent sessions and what a session writes down.  Ids inside arrays
-- may dangle on purpose (imports); the link between a task and a session is a
-- table, and the arrays session_ids and task_ids mirror it so that a list is
-- a plain scan.
create table if not exists public.tasks (
	id text primary key default private.new_id('task')
		check (id ~ '^[A-Za-z0-9_-]{1,128}$'),
	project_id text not null references public.projects (id)
		on delete cascade,
	parent_id text,
	title text not null default '' check (length(title) <= 10000),
	description text not null default '',
	status text not null default 'todo' check (status in ('todo',
		'in_progress', 'in_review', 'completed', 'cancelled',
		'blocked', 'archived')),
	priority text not null default 'medium'
		check (priority in ('low', 'medium', 'high')),
	initial_prompt text not null default '',
	acceptance_criteria text,
	tags text[] not null default '{}',
	due_date date,
	session_ids text[] not null default '{}',
	task_session_statuses jsonb,
	skill_ids text[] not null default '{}',
	agent_ids text[] not null default '{}',
	dependencies text[] not null default '{}',
	reference_task_ids text[] not null default '{}',
	team_member_id text,
	team_member_ids text[],
	team_id text,
	member_overrides jsonb,
	images jsonb,
	dangerous_mode bool,
	use_worktree bool,
	pinned bool,
	model text,
	agent_tool text,
	metadata jsonb,
	client_request_id text check (length(client_request_id) <= 200),
	created_by uuid default auth.uid() references public.users (id)
		on update cascade on delete set null,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	started_at timestamptz,
	completed_at timestamptz,
	unique (project_id, id),
	unique (project_id, client_request_id),
	-- A parent stands in the same project; children go with it.
	constraint tasks_parent_fkey foreign key (project_id, parent_id)
		references public.tasks (project_id, id) on delete cascade
);
create index if not exists tasks_list_idx
	on public.tasks (project_id, created_at, id);
create index if not exists tasks_parent_idx
	on public.tasks (project_id, parent_id);
create index if not exists tasks_parent_id_idx on public.tasks (parent_id)
	where parent_id is not null;
create index if not exists tasks_created_by_idx on public.tasks (created_by);

create table if not exists public.sessions (
	id text primary key default private.new_id('sess')
		check (id ~ '^[A-Za-z0-9_-]{1,128}$'),
	project_id text not null references public.projects (id)
		on delete cascade,
	user_id uuid default auth.uid() references public.users (id)
		on update cascade on delete set null,
	name text not null default '',
	status text not null default 'idle' check (status in ('spawning',
		'idle', 'working', 'completed', 'failed', 'stopped')),
	task_ids text[] not null default '{}',
	agent_id text,
	hostname text not null default '',
	platform text not null default '',
	needs_input jsonb,
	metadata jsonb,
	team_member_id text,
	team_member_ids text[],
	team_member_snapshot jsonb,
	team_member_snapshots jsonb,
	claude_session_id text,
	parent_session_id text,
	root_session_id text,
	team_session_id text,
	team_id text,
	is_master_session bool not null default false,
	started_at timestamptz not null default now(),
	last_activity timestamptz not null default now(),
	completed_at timestamptz,
	human_completed_at timestamptz,
	archived_at timestamptz,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	unique (project_id, id)
);
create index if not exists sessions_list_idx
	on public.sessions (project_id, started_at, id);
create index if not exists sessions_parent_idx
	on public.sessions (parent_session_id)
	where parent_session_id is not null;
create index if not exists sessions_root_idx
	on public.sessions (root_session_id);
create index if not exists sessions_team_idx
	on public.sessions (team_session_id) where team_session_id is not null;
create index if not exists sessions_user_id_idx on public.sessions (user_id);

-- What a person's agent was started with: nobody else's business, therefore
-- not a column that every member could select.
create table if not exists public.session_env (
	session_id text primary key,
	project_id text not null,
	user_id uuid not null default auth.uid() references public.users (id)
		on update cascade on delete cascade,
	env jsonb not null default '{}',
	foreign key (project_id, session_id)
		references public.sessions (project_id, id) on delete cascade
);
create index if not exists session_env_user_id_idx
	on public.session_env (user_id);
create index if not exists session_env_project_session_idx
	on public.session_env (project_id, session_id);

create table if not exists public.task_sessions (
	project_id text not null,
	task_id text not null,
	session_id text not null,
	linked_at timestamptz not null default clock_timestamp(),
	primary key (task_id, session_id),
	foreign key (project_id, task_id)
		references public.tasks (project_id, id) on delete cascade,
	foreign key (project_id, session_id)
		references public.sessions (project_id, id) on delete cascade
);
create index if not exists task_sessions_project_task_idx
	on public.task_sessions (project_id, task_id);
create index if not exists task_sessions_project_session_idx
	on public.task_sessions (project_id, session_id);
create index if not exists task_sessions_session_idx
	on public.task_sessions (session_id, linked_at);

create table if not exists public.session_timeline (
	seq bigint generated always as identity primary key,
	id text not null default private.new_id('evt'),
	project_id text not null,
	session_id text not null,
	type text not null default 'progress' check (type in (
		'session_started', 'session_stopped', 'task_started',
		'task_completed', 'task_failed', 'task_skipped',
		'task_blocked', 'needs_input', 'progress', 'error',
		'milestone', 'doc_added', 'prompt_received',
		'task_status_changed')),
	message text,
	task_id text,
	metadata jsonb,
	"timestamp" timestamptz not null default now(),
	unique (session_id, id),
	foreign key (project_id, session_id)
		references public.sessions (project_id, id) on delete cascade
);
create index if not exists session_timeline_list_idx
	on public.session_timeline (project_id, session_id, seq);
create index if not exists session_timeline_task_idx
	on public.session_timeline (project_id, task_id, seq)
	where task_id is not null;

create table if not exists public.session_events (
	seq bigint generated always as identity primary key,
	id text not null default private.new_id('evt'),
	project_id text not null,
	session_id text not null,
	type text not null check (length(type) between 1 and 100),
	data jsonb,
	"timestamp" timestamptz not null default now(),
	unique (session_id, id),
	foreign key (project_id, session_id)
		references public.sessions (project_id, id) on delete cascade
);
create index if not exists session_events_list_idx
	on public.session_events (project_id, session_id, seq);

create table if not exists public.session_docs (
	id text primary key default private.new_id('doc')
		check (id ~ '^[A-Za-z0-9_-]{1,128}$'),
	project_id text not null,
	session_id text not null,
	task_id text,
	title text not null check (length(title) between 1 and 1000),
	file_path text not null check (length(file_path) between 1 and 2000),
	kind text check (kind in ('markdown', 'diagram')),
	content text check (length(content) <= 10000000),
	added_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	foreign key (project_id, session_id)
		references public.sessions (project_id, id) on delete cascade
);
create index if not exists session_docs_list_idx
	on public.session_docs (project_id, added_at, id);
create index if not exists session_docs_session_idx
	on public.session_docs (project_id, session_id, added_at);

-- --- rules that hold whoever writes ----------------------------------------

-- maestro-api.md 7.2: each stamp is set once and never cleared.
create or replace function private.stamp_task() returns trigger
language plpgsql
as $$
begin
	if tg_op = 'UPDATE' then
		new.updated_at := now();
		new.started_at := coalesce(old.started_at, new.started_at);
		new.completed_at := coalesce(old.completed_at,
			new.completed_at);
	end if;
	if new.status = 'in_progress' and new.started_at is null then
		new.started_at := now();
	end if;
	if new.status = 'completed' and new.completed_at is null then
		new.completed_at := now();
	end if;
	return new;
end
$$;

create or replace function private.stamp_session() returns trigger
language plpgsql
as $$
begin
	new.root_session_id := coalesce(new.root_session_id, new.id);
	if tg_op = 'UPDATE' then
		new.updated_at := now();
		new.last_activity := now();
	end if;
	return new;
end
$$;

-- The arrays follow the link table.  When the row on the other side is just
-- being deleted the update finds nothing, which is right.
create or replace function private.mirror_link() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	if tg_op = 'INSERT' then
		update public.tasks
		set session_ids = array_append(session_ids, new.session_id)
		where id = new.task_id;
		update public.sessions
		set task_ids = array_append(task_ids, new.task_id)
		where id = new.session_id;
	else
		update public.tasks
		set session_ids = array_remove(session_ids, old.session_id)
		where id = old.task_id;
		update public.sessions
		set task_ids = array_remove(task_ids, old.task_id)
		where id = old.session_id;
	end if;
	return null;
end
$$;

-- A "needs input" entry is also a state of its session; any entry is activity.
create or replace function private.note_timeline() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	update public.sessions
	set last_activity = now(),
		needs_input = case when new.type = 'needs_input' then
			jsonb_strip_nulls(jsonb_build_object('active', true,
				'message', left(new.message, 1000),
				'since', private.ms(new."timestamp")))
			else needs_input end
	where id = new.session_id;
	return null;
end
$$;

-- --- who may do what -------------------------------------------------------

do $$
declare
	t text;
begin
	foreach t in array array['tasks', 'sessions', 'task_sessions',
		'session_timeline', 'session_events', 'session_docs']
	loop
		execute format('alter table public.%I
			enable row level security', t);
		execute format('revoke all on public.%I
			from anon, authenticated', t);
		execute format('grant select on public.%I to authenticated', t);
		execute format('grant select, insert, update, delete
			on public.%I to service_role', t);
		execute format('drop policy if exists %I on public.%I',
			t || '_select', t);
		execute format('create policy %I on public.%I
			for select to authenticated
			using (project_id = any(array(
				select private.project_ids(''viewer''))))',
			t || '_select', t);
		-- Trails are append-only: no update, no delete.
		if t not in ('session_timeline', 'session_events') then
			execute format('grant delete on public.%I
				to authenticated', t);
			execute format('drop policy if exists %I
				on public.%I', t || '_delete', t);
			execute format('create policy %I on public.%I
				for delete to authenticated
				using (project_id = any(array(select
					private.project_ids(''member''))))',
				t || '_delete', t);
		end if;
		if t in ('tasks', 'sessions', 'session_docs') then
			execute format('drop policy if exists %I
				on public.%I', t || '_update', t);
			execute format('create policy %I on public.%I
				for update to authenticated
				using (project_id = any(array(select
					private.project_ids(''member''))))
				with check (project_id = any(array(select
					private.project_ids(''member''))))',
				t || '_update', t);
		end if;
	end loop;
end
$$;

drop policy if exists tasks_insert on public.tasks;
create policy tasks_insert on public.tasks for insert to authenticated
	with check (created_by = (select auth.uid())
		and project_id = any(array(
			select private.project_ids('member'))));
drop policy if exists sessions_insert on public.sessions;
create policy sessions_insert on public.sessions for insert to authenticated
	with check (user_id = (select auth.uid())
		and project_id = any(array(
			select private.project_ids('member'))));
drop policy if exists task_sessions_insert on public.task_sessions;
create policy task_sessions_insert on public.task_sessions
	for insert to authenticated
	with check (project_id = any(array(
		select private.project_ids('member'))));
drop policy if exists session_timeline_insert on public.session_timeline;
create policy session_timeline_insert on public.session_timeline
	for insert to authenticated
	with check (project_id = any(array(
		select private.project_ids('member'))));
drop policy if exists session_events_insert on public.session_events;
create policy session_events_insert on public.session_events
	for insert to authenticated
	with check (project_id = any(array(
		select private.project_ids('member'))));
drop policy if exists session_docs_insert on public.session_docs;
create policy session_docs_insert on public.session_docs
	for insert to authenticated
	with check (project_id = any(array(
		select private.project_ids('member'))));

alter table public.session_env enable row level security;
revoke all on public.session_env from anon, authenticated;
grant select, insert (session_id, project_id, user_id, env), update (env)
	on public.session_env to authenticated;
grant select, insert, update, delete on public.session_env to service_role;
drop policy if exists session_env_select on public.session_env;
create policy session_env_select on public.session_env
	for select to authenticated using (user_id = (select auth.uid()));
drop policy if exists session_env_insert on public.session_env;
create policy session_env_insert on public.session_env
	for insert to authenticated
	with check (user_id = (select auth.uid()) and project_id = any(array(
		select private.project_ids('member'))));
drop policy if exists session_env_update on public.session_env;
create policy session_env_update on public.session_env
	for update to authenticated
	using (user_id = (select auth.uid()) and project_id = any(array(
		select private.project_ids('member'))))
	with check (user_id = (select auth.uid()) and project_id = any(array(
		select private.project_ids('member'))));

-- Columns nobody writes directly: the mirrors, the stamps, the keys.
grant insert (id, project_id, parent_id, title, description, status,
	priority, initial_prompt, acceptance_criteria, tags, due_date,
	skill_ids, agent_ids, dependencies, reference_task_ids,
	team_member_id, team_member_ids, team_id, member_overrides,
	dangerous_mode, use_worktree, pinned, model, agent_tool, metadata,
	client_request_id, created_by) on public.tasks to authenticated;
grant update (title, description, status, priority, initial_prompt,
	acceptance_criteria, tags, due_date, task_session_statuses,
	skill_ids, agent_ids, dependencies, reference_task_ids,
	team_member_id, team_member_ids, team_id, member_overrides,
	dangerous_mode, use_worktree, pinned, model, agent_tool, metadata)
	on public.tasks to authenticated;
grant insert (id, project_id, user_id, name, status, agent_id, hostname,
	platform, needs_input, metadata, team_member_id, team_member_ids,
	team_member_snapshot, team_member_snapshots, claude_session_id,
	parent_session_id, root_session_id, team_session_id, team_id,
	is_master_session) on public.sessions to authenticated;
grant update (name, status, agent_id, needs_input, metadata,
	team_member_id, team_member_ids, team_member_snapshot,
	team_member_snapshots, team_session_id, team_id, last_activity,
	completed_at, human_completed_at, archived_at)
	on public.sessions to authenticated;
grant insert (project_id, task_id, session_id)
	on public.task_sessions to authenticated;
grant insert (project_id, session_id, id, type, message, task_id, metadata)
	on public.session_timeline to authenticated;
grant insert (project_id, session_id, id, type, data)
	on public.session_events to authenticated;
grant insert (id, project_id, session_id, task_id, title, file_path, kind,
	content), update (title, kind, content)
	on public.session_docs to authenticated;

revoke execute on function private.stamp_task(), private.stamp_session(),
	private.mirror_link(), private.note_timeline() from public;

-- --- triggers --------------------------------------------------------------

drop trigger if exists tasks_stamp on public.tasks;
create trigger tasks_stamp before insert or update on public.tasks
	for each row execute function private.stamp_task();
drop trigger if exists sessions_stamp on public.sessions;
create trigger sessions_stamp before insert or update on public.sessions
	for each row execute function private.stamp_session();
drop trigger if exists session_docs_touch on public.session_docs;
create trigger session_docs_touch before update on public.session_docs
	for each row execute function private.touch();
drop trigger if exists task_sessions_mirror on public.task_sessions;
create trigger task_sessions_mirror after insert or delete
	on public.task_sessions
	for each row execute function private.mirror_link();
drop trigger if exists session_timeline_note on public.session_timeline;
create trigger session_timeline_note after insert on public.session_timeline
	for each row execute function private.note_timeline();

do $$
declare
	t text;
begin
	foreach t in array array['tasks', 'sessions', 'session_env',
		'task_sessions']
	loop
		execute format('drop trigger if exists %I on public.%I',
			t || '_audit', t);
		execute format('create trigger %I after insert or update
			or delete on public.%I for each row
			execute function private.log_rls_operation()',
			t || '_audit', t);
	end loop;
end
$$;
-- The trails audit themselves; of a document the fact is kept, not the text.
drop trigger if exists session_docs_audit on public.session_docs;
create trigger session_docs_audit after insert or update or delete
	on public.session_docs
	for each row execute function private.log_rls_operation('content');
