set local lock_timeout = '2s';
-- Labels: what the people of a project mark its tasks with.
create table if not exists public.labels (
	id text primary key default ('label_' || floor(extract(
			epoch from clock_timestamp()) * 1000)::bigint
		|| '_' || translate(lower(substr(encode(uuid_send(
			gen_random_uuid()), 'base64'), 13, 9)), '+/', '09'))
		check (id ~ '^[A-Za-z0-9_-]{1,128}$'),
	project_id text not null references public.projects (id)
		on delete cascade,
	name text not null check (length(name) between 1 and 100
		and name = btrim(name, E' \t\r\n')),
	colour text not null default 'grey' check (colour in ('grey', 'teal',
		'green', 'amber', 'red')),
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	extra jsonb,
	unique (project_id, id)
);
create unique index if not exists labels_name_idx
	on public.labels (project_id, lower(name));
create index if not exists labels_list_idx
	on public.labels (project_id, created_at, id);
comment on table public.labels is
	'Names with a colour that a project marks its tasks with.';
comment on column public.labels.name is
	'Once in a project, whatever its case.';
comment on column public.labels.extra is
	'Members of an imported object that no column holds.';

create table if not exists public.task_labels (
	project_id text not null,
	task_id text not null,
	label_id text not null,
	task_created_at timestamptz not null default now(),
	primary key (project_id, task_id, label_id),
	foreign key (project_id, task_id)
		references public.tasks (project_id, id) on delete cascade,
	foreign key (project_id, label_id)
		references public.labels (project_id, id) on delete cascade
);
create index if not exists task_labels_list_idx
	on public.task_labels (project_id, label_id, task_created_at,
	task_id);
comment on table public.task_labels is 'Which tasks have which labels.';
comment on column public.task_labels.task_created_at is
	'That of the task: its list is in this order, and a page of it is read '
	'along the index.';

-- --- who may do what (policies: sql/functions)

alter table public.labels enable row level security;
alter table public.task_labels enable row level security;
revoke all on public.labels, public.task_labels from anon, authenticated;
grant select, delete on public.labels, public.task_labels to authenticated;
grant select, insert, update, delete on public.labels, public.task_labels
	to service_role;
grant insert (id, project_id, name, colour), update (name, colour)
	on public.labels to authenticated;
grant insert (project_id, task_id, label_id)
	on public.task_labels to authenticated;
