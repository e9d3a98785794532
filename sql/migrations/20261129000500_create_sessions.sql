set local lock_timeout = '2s';
-- Agent sessions and what a session writes down.
create table if not exists public.sessions (
	id text primary key default ('sess_' || floor(extract(
			epoch from clock_timestamp()) * 1000)::bigint
		|| '_' || translate(lower(substr(encode(uuid_send(
			gen_random_uuid()), 'base64'), 13, 9)), '+/', '09'))
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
	extra jsonb,
	queue_state jsonb,
	unique (project_id, id)
);
create index if not exists sessions_list_idx
	on public.sessions (project_id, started_at, id);
create index if not exists sessions_status_idx
	on public.sessions (project_id, status, started_at, id);
create index if not exists sessions_parent_idx
	on public.sessions (parent_session_id, started_at, id)
	where parent_session_id is not null;
create index if not exists sessions_root_idx
	on public.sessions (root_session_id, started_at, id);
create index if not exists sessions_team_idx
	on public.sessions (team_session_id) where team_session_id is not null;
create index if not exists sessions_user_id_idx on public.sessions (user_id);
-- A page asks it of one project, the list of projects of all of them.
create index if not exists sessions_waiting_idx
	on public.sessions (project_id, last_activity, id)
	where needs_input ->> 'active' = 'true' and archived_at is null
		and status in ('spawning', 'idle', 'working');
-- The list of a project shows the latest of each status.
create index if not exists sessions_latest_idx
	on public.sessions (project_id, status, last_activity, id)
	where archived_at is null;
create index if not exists sessions_archived_idx
	on public.sessions (project_id, status, last_activity, id)
	where archived_at is not null;
comment on table public.sessions is
	'Agents at work: what runs, ran or is about to.';
comment on column public.sessions.user_id is 'Whose agent it is.';
comment on column public.sessions.task_ids is
	'Mirrors task_sessions, so that a list is a plain scan; kept by a '
	'trigger.';
comment on column public.sessions.needs_input is
	'{active, message, since}: what the agent waits for a person for.';
comment on column public.sessions.team_member_snapshot is
	'The member that plays it, as it was when the session began.';
comment on column public.sessions.team_member_snapshots is
	'The members that play it, as they were when the session began.';
comment on column public.sessions.claude_session_id is
	'The id the agent''s own program gave the conversation.';
comment on column public.sessions.parent_session_id is
	'The session that spawned it.';
comment on column public.sessions.root_session_id is
	'The first of its line of parents.';
comment on column public.sessions.team_session_id is
	'The session that leads the team it works in.';
comment on column public.sessions.human_completed_at is
	'When a person, not the agent, called it done.';
comment on column public.sessions.extra is
	'Members of an imported object that no column holds.';
comment on column public.sessions.queue_state is
	'What a removed feature left waiting for a session.';

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
comment on table public.session_env is
	'What a person''s agent was started with: nobody else''s business, '
	'therefore not a column of sessions that every member could select.';
comment on column public.session_env.env is
	'{name: value} without what is or looks like a secret.';

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
comment on table public.task_sessions is
	'Which session works on which task; tasks.session_ids and '
	'sessions.task_ids mirror it.';

create table if not exists public.session_timeline (
	seq bigint generated always as identity primary key,
	id text not null default ('evt_' || floor(extract(
			epoch from clock_timestamp()) * 1000)::bigint
		|| '_' || translate(lower(substr(encode(uuid_send(
			gen_random_uuid()), 'base64'), 13, 9)), '+/', '09')),
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
-- The session first: what policies ask of the project then only filters, and
-- the latest entry is the end of the index, however few there are on average.
create index if not exists session_timeline_list_idx
	on public.session_timeline (session_id, project_id, seq);
create index if not exists session_timeline_task_idx
	on public.session_timeline (project_id, task_id, seq)
	where task_id is not null;
comment on table public.session_timeline is
	'What happened in a session, for people: append-only.';
comment on column public.session_timeline.seq is
	'The order in which entries came.';

create table if not exists public.session_events (
	seq bigint generated always as identity primary key,
	id text not null default ('evt_' || floor(extract(
			epoch from clock_timestamp()) * 1000)::bigint
		|| '_' || translate(lower(substr(encode(uuid_send(
			gen_random_uuid()), 'base64'), 13, 9)), '+/', '09')),
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
	on public.session_events (session_id, project_id, seq);
comment on table public.session_events is
	'What happened in a session, for programs: append-only.';
comment on column public.session_events.seq is
	'The order in which events came.';

create table if not exists public.session_docs (
	id text primary key default ('doc_' || floor(extract(
			epoch from clock_timestamp()) * 1000)::bigint
		|| '_' || translate(lower(substr(encode(uuid_send(
			gen_random_uuid()), 'base64'), 13, 9)), '+/', '09'))
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
	extra jsonb,
	foreign key (project_id, session_id)
		references public.sessions (project_id, id) on delete cascade
);
create index if not exists session_docs_list_idx
	on public.session_docs (project_id, added_at, id);
create index if not exists session_docs_session_idx
	on public.session_docs (session_id, project_id, added_at, id);
create index if not exists session_docs_active_idx
	on public.session_docs (session_id, project_id, updated_at);
comment on table public.session_docs is 'Documents that an agent wrote.';
comment on column public.session_docs.content is
	'The text; null when only the file''s path is known.';
comment on column public.session_docs.extra is
	'Members of an imported object that no column holds.';

create table if not exists public.session_prompts (
	id text primary key default ('sp_' || floor(extract(
			epoch from clock_timestamp()) * 1000)::bigint
		|| '_' || translate(lower(substr(encode(uuid_send(
			gen_random_uuid()), 'base64'), 13, 9)), '+/', '09'))
		check (id ~ '^[A-Za-z0-9_-]{1,128}$'),
	project_id text not null,
	to_session_id text not null,
	from_project_id text,
	from_session_id text,
	content text not null check (length(content) between 1 and 1000000),
	mode text not null default 'send' check (mode in ('send', 'paste')),
	from_name text not null default '',
	to_name text not null default '',
	from_member jsonb,
	to_member jsonb,
	created_by uuid default auth.uid() references public.users (id)
		on update cascade on delete set null,
	"timestamp" timestamptz not null default now(),
	extra jsonb,
	foreign key (project_id, to_session_id)
		references public.sessions (project_id, id) on delete cascade
);
create index if not exists session_prompts_to_idx
	on public.session_prompts (project_id, to_session_id, "timestamp");
create index if not exists session_prompts_from_idx
	on public.session_prompts (from_session_id, "timestamp");
create index if not exists session_prompts_list_idx
	on public.session_prompts (project_id, "timestamp", id);
create index if not exists session_prompts_created_by_idx
	on public.session_prompts (created_by);
comment on table public.session_prompts is
	'What one session, or a person, said to a session.';
comment on column public.session_prompts.project_id is
	'Of the session it goes to.';
comment on column public.session_prompts.from_session_id is
	'null: a person said it.';
comment on column public.session_prompts.from_member is
	'{id, name, ...} of the member that played the sender then.';
comment on column public.session_prompts.to_member is
	'{id, name, ...} of the member that played the receiver then.';
comment on column public.session_prompts.extra is
	'Members of an imported object that no column holds.';

create unlogged table if not exists private.session_beats (
	session_id text primary key references public.sessions (id)
		on delete cascade,
	seen_at timestamptz not null default clock_timestamp()
) with (fillfactor = 50);
comment on table private.session_beats is
	'That an agent was alive, while Redis cannot take it: may be lost in '
	'a crash, is written anew every few seconds.';

-- --- who may do what (policies: sql/functions)

alter table public.sessions enable row level security;
alter table public.session_env enable row level security;
alter table public.task_sessions enable row level security;
alter table public.session_timeline enable row level security;
alter table public.session_events enable row level security;
alter table public.session_docs enable row level security;
alter table public.session_prompts enable row level security;
-- Trails are append-only: no update, no delete.
revoke all on public.session_timeline, public.session_events
	from anon, authenticated;
grant select on public.session_timeline, public.session_events
	to authenticated;
grant select, insert, update, delete on public.session_timeline,
	public.session_events to service_role;
revoke all on public.sessions, public.task_sessions, public.session_docs
	from anon, authenticated;
grant select, delete on public.sessions, public.task_sessions,
	public.session_docs to authenticated;
grant select, insert, update, delete on public.sessions, public.task_sessions,
	public.session_docs to service_role;
revoke all on public.session_env from anon, authenticated;
grant select, insert (session_id, project_id, user_id, env), update (env)
	on public.session_env to authenticated;
grant select, insert, update, delete on public.session_env to service_role;
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
revoke all on public.session_prompts from anon, authenticated;
grant select on public.session_prompts to authenticated;
grant insert (id, project_id, to_session_id, from_project_id, from_session_id,
	content, mode, from_name, to_name, from_member, to_member)
	on public.session_prompts to authenticated;
grant select, insert, update, delete on public.session_prompts to service_role;
revoke all on sequence public.session_timeline_seq_seq,
	public.session_events_seq_seq from anon, authenticated;
revoke all on private.session_beats from public, anon, authenticated;
