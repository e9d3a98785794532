set local lock_timeout = '2s';
-- Files of projects are objects `<project id>/<path>` of one private bucket.
-- The policies are all there is to it: the storage surface, /api and the pages
-- ask the same rows.  Runs on a hosted project too, where the storage tables
-- belong to somebody else and only policies may be added.
insert into storage.buckets (id, name, public)
values ('project-files', 'project-files', false)
on conflict (id) do nothing;

-- Images of tasks (maestro-api.md 2.3, 3.2).  The bytes are objects
-- `<project>/<task>/<image>` of one private bucket; a row says what they are,
-- and tasks.images mirrors the rows so that a list of tasks stays a plain scan.
--
-- Rows and bytes are in two stores, so no transaction spans them.  A key is
-- therefore written down as doomed before its bytes are stored; the row takes
-- it off that list in its own transaction, and puts it there again when it
-- goes, with its task or project or alone.  Whatever breaks in between, bytes
-- without a row are on the list and are removed (domain/task_images.h).
insert into storage.buckets (id, name, public, file_size_limit,
	allowed_mime_types)
values ('task-images', 'task-images', false, 36 * 1024 * 1024,
	array['image/png', 'image/jpeg', 'image/gif', 'image/webp',
		'image/svg+xml'])
on conflict (id) do nothing;

create table if not exists public.task_images (
	id text primary key check (id ~ '^[A-Za-z0-9_-]{1,128}$'),
	project_id text not null,
	task_id text not null,
	filename text not null check (length(filename) between 1 and 255),
	mime_type text not null check (mime_type in ('image/png',
		'image/jpeg', 'image/gif', 'image/webp', 'image/svg+xml')),
	size bigint not null check (size >= 0),
	added_by uuid default auth.uid() references public.users (id)
		on update cascade on delete set null,
	added_at timestamptz not null default now(),
	foreign key (project_id, task_id)
		references public.tasks (project_id, id) on delete cascade
);
create index if not exists task_images_task_idx
	on public.task_images (project_id, task_id, added_at, id);
create index if not exists task_images_added_by_idx
	on public.task_images (added_by);
comment on table public.task_images is
	'What an image of a task is; its bytes are an object '
	'<project>/<task>/<image> of the bucket task-images.';

create table if not exists private.doomed_objects (
	bucket_id text not null,
	name text not null,
	due_at timestamptz not null,
	awaited_by uuid,
	primary key (bucket_id, name)
);
create index if not exists doomed_objects_due_at_idx
	on private.doomed_objects (due_at);
create index if not exists doomed_objects_awaited_by_idx
	on private.doomed_objects (awaited_by) where awaited_by is not null;
comment on table private.doomed_objects is
	'Objects without a row, or about to get one: removed when due.';
comment on column private.doomed_objects.awaited_by is
	'Who is about to store it.';

-- --- who may do what (policies: sql/functions)

alter table public.task_images enable row level security;
revoke all on private.doomed_objects from public, anon, authenticated;
-- The import announces an image under the id it has (domain/import_images.h).
grant select, insert, update, delete on private.doomed_objects
	to service_role;
revoke all on public.task_images from anon, authenticated;
grant select, delete on public.task_images to authenticated;
grant insert (id, project_id, task_id, filename, mime_type, size)
	on public.task_images to authenticated;
grant select, insert, update, delete on public.task_images to service_role;
