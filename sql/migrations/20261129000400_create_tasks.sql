set local lock_timeout = '2s';
-- Tasks.  Ids inside arrays may dangle on purpose (imports); the link between a
-- task and a session is a table, and the arrays session_ids and task_ids mirror
-- it so that a list is a plain scan.
create table if not exists public.tasks (
	id text primary key default ('task_' || floor(extract(
			epoch from clock_timestamp()) * 1000)::bigint
		|| '_' || translate(lower(substr(encode(uuid_send(
			gen_random_uuid()), 'base64'), 13, 9)), '+/', '09'))
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
	claim_request_id text check (length(claim_request_id) <= 200),
	extra jsonb,
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
create index if not exists tasks_todo_idx on public.tasks
	(project_id, (case priority
		when 'high' then 0 when 'medium' then 1 else 2 end), created_at, id)
	where status = 'todo';
-- The columns of a board, each in its order.
create index if not exists tasks_board_idx on public.tasks
	(project_id, status, (case priority
		when 'high' then 0 when 'medium' then 1 else 2 end),
	due_date, created_at, id)
	where parent_id is null;
-- The newest that are still to be done.
create index if not exists tasks_open_idx
	on public.tasks (project_id, created_at desc, id)
	where status in ('todo', 'in_progress', 'in_review', 'blocked');
-- Words that are in use, latest first.
create index if not exists tasks_tags_idx
	on public.tasks (project_id, created_at) where tags <> '{}';
-- When somebody worked on a project last: the order of the list of projects.
create index if not exists tasks_latest_idx on public.tasks
	(project_id, updated_at)
	where parent_id is null and status not in ('cancelled', 'archived');
create unique index if not exists tasks_claim_request_idx
	on public.tasks (project_id, claim_request_id)
	where claim_request_id is not null;
comment on table public.tasks is 'Tasks of a project, a tree.';
comment on column public.tasks.session_ids is
	'Mirrors task_sessions, so that a list is a plain scan; kept by a '
	'trigger.';
comment on column public.tasks.task_session_statuses is
	'{session id: what the session says of its part of the task}';
comment on column public.tasks.images is
	'Mirrors task_images; kept by a trigger.';
comment on column public.tasks.reference_task_ids is
	'Ids may dangle on purpose (imports), here as in the other arrays.';
comment on column public.tasks.member_overrides is
	'{member id: what this task says otherwise for it}';
comment on column public.tasks.client_request_id is
	'Of the request that made the task: a repeat gives the stored one.';
comment on column public.tasks.claim_request_id is
	'Of the request that took the task, if it had a name; whoever takes '
	'the task next overwrites it.';
comment on column public.tasks.extra is
	'Members of an imported object that no column holds.';

-- --- who may do what (policies: sql/functions)

alter table public.tasks enable row level security;
revoke all on public.tasks from anon, authenticated;
grant select, delete on public.tasks to authenticated;
grant select, insert, update, delete on public.tasks to service_role;
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
grant update (claim_request_id) on public.tasks to authenticated;
