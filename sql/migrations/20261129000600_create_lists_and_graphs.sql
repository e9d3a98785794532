set local lock_timeout = '2s';
-- Orders, lists and graphs of tasks.
create table if not exists public.orderings (
	project_id text not null references public.projects (id)
		on delete cascade,
	type text not null check (type in ('task', 'session', 'task-list')),
	ordered_ids text[] not null default '{}',
	updated_at timestamptz not null default now(),
	extra jsonb,
	primary key (project_id, type)
);
comment on table public.orderings is
	'The order people gave to what a panel shows.';
comment on column public.orderings.ordered_ids is
	'Ids may dangle on purpose (maestro-api.md 7.15).';
comment on column public.orderings.extra is
	'Members of an imported object that no column holds.';

create table if not exists public.task_lists (
	id text primary key default ('task_list_' || floor(extract(
			epoch from clock_timestamp()) * 1000)::bigint
		|| '_' || translate(lower(substr(encode(uuid_send(
			gen_random_uuid()), 'base64'), 13, 9)), '+/', '09'))
		check (id ~ '^[A-Za-z0-9_-]{1,128}$'),
	project_id text not null references public.projects (id)
		on delete cascade,
	name text not null check (length(name) between 1 and 1000),
	description text,
	ordered_task_ids text[] not null default '{}',
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	extra jsonb,
	unique (project_id, id)
);
create index if not exists task_lists_list_idx
	on public.task_lists (project_id, created_at, id);
comment on table public.task_lists is
	'Lists of tasks that people put together.';
comment on column public.task_lists.ordered_task_ids is
	'Ids of tasks of the project; they go with their task (maestro-api.md '
	'7.4).';
comment on column public.task_lists.extra is
	'Members of an imported object that no column holds.';

create table if not exists public.task_graphs (
	id text primary key default ('task_graph_' || floor(extract(
			epoch from clock_timestamp()) * 1000)::bigint
		|| '_' || translate(lower(substr(encode(uuid_send(
			gen_random_uuid()), 'base64'), 13, 9)), '+/', '09'))
		check (id ~ '^[A-Za-z0-9_-]{1,128}$'),
	project_id text not null references public.projects (id)
		on delete cascade,
	name text not null check (length(name) between 1 and 1000),
	description text,
	nodes jsonb not null default '[]'
		check (jsonb_typeof(nodes) = 'array'),
	edges jsonb not null default '[]'
		check (jsonb_typeof(edges) = 'array'),
	coordinator_team_member_id text,
	coordinator_model text,
	status text not null default 'draft' check (status in ('draft',
		'ready', 'running', 'completed', 'failed', 'paused')),
	execution_session_id text,
	last_run_at timestamptz,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	extra jsonb
);
create index if not exists task_graphs_list_idx
	on public.task_graphs (project_id, created_at, id);
comment on table public.task_graphs is
	'Tasks as nodes, what needs what as edges.';
comment on column public.task_graphs.nodes is '[{id, taskId, position, ...}]';
comment on column public.task_graphs.edges is '[{id, source, target, ...}]';
comment on column public.task_graphs.extra is
	'Members of an imported object that no column holds.';

-- --- who may do what (policies: sql/functions)

alter table public.orderings enable row level security;
alter table public.task_lists enable row level security;
alter table public.task_graphs enable row level security;
revoke all on public.orderings, public.task_lists, public.task_graphs
	from anon, authenticated;
grant select, delete on public.orderings, public.task_lists, public.task_graphs
	to authenticated;
grant select, insert, update, delete on public.orderings, public.task_lists,
	public.task_graphs to service_role;
grant insert (project_id, type, ordered_ids), update (ordered_ids)
	on public.orderings to authenticated;
grant insert (id, project_id, name, description, ordered_task_ids),
	update (name, description, ordered_task_ids)
	on public.task_lists to authenticated;
grant insert (id, project_id, name, description, nodes, edges,
	coordinator_team_member_id, coordinator_model, status,
	execution_session_id, last_run_at),
	update (name, description, nodes, edges, coordinator_team_member_id,
	coordinator_model, status, execution_session_id, last_run_at)
	on public.task_graphs to authenticated;
