set local lock_timeout = '2s';
-- storage_local: what our disk store needs beside Supabase's schema.
create schema if not exists storage_local authorization supabase_storage_admin;

set local role supabase_storage_admin;

grant usage on schema storage_local to anon, authenticated, service_role;

-- Versions no row names any more; their bytes go after a grace, because a
-- download that nginx has just been sent to may still have to open them.
create table if not exists storage_local.doomed_versions (
	version   text primary key,
	doomed_at timestamptz not null default now()
);
comment on table storage_local.doomed_versions is
	'bytes of the disk store waiting to be unlinked';
create index if not exists doomed_versions_doomed_at
	on storage_local.doomed_versions (doomed_at);
alter table storage_local.doomed_versions enable row level security;
grant select, insert, delete on storage_local.doomed_versions to service_role;

reset role;
