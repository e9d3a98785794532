set local lock_timeout = '2s';
-- What `maestro migrate to-supabase` and `from-supabase` need: a place for what
-- the layout of the original holds and no column does (columns extra are
-- another: what one object has too much).
create table if not exists private.kept_files (
	owner_id uuid not null references public.users (id)
		on update cascade on delete cascade,
	path text not null,
	project_id text references public.projects (id) on delete cascade,
	doc jsonb not null,
	primary key (owner_id, path)
);
create index if not exists kept_files_project_id_idx
	on private.kept_files (project_id);
comment on table private.kept_files is
	'Whole objects that no table can take (a prompt to a session that is '
	'gone, a default that somebody edited): kept for the way out, gone '
	'with their project.';
comment on column private.kept_files.path is
	'Where it stood below the data directory.';
comment on column private.kept_files.project_id is 'null: of the owner alone.';

-- --- who may do what (policies: sql/functions)

alter table private.kept_files enable row level security;
revoke all on private.kept_files from public, anon, authenticated,
	service_role;
