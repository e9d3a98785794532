set local lock_timeout = '2s';
-- The schema a hosted project brings itself: tables, types and grants of
-- Supabase Storage, so that data moves between the two with pg_dump and policies
-- written for one run on the other.  What only our disk store needs stands in
-- the schema storage_local.
create schema if not exists storage authorization supabase_storage_admin;

set local role supabase_storage_admin;

grant usage on schema storage to anon, authenticated, service_role;
alter default privileges in schema storage
	grant all on tables to anon, authenticated, service_role;
alter default privileges in schema storage
	grant all on functions to anon, authenticated, service_role;
alter default privileges in schema storage
	grant all on sequences to anon, authenticated, service_role;

do $$ begin
	create type storage.buckettype as enum ('STANDARD', 'ANALYTICS', 'VECTOR');
exception when duplicate_object then null;
end $$;

-- --- tables ---------------------------------------------------------------

create table if not exists storage.migrations (
	id          integer primary key,
	name        varchar(100) unique not null,
	hash        varchar(40) not null,
	executed_at timestamp default current_timestamp
);
alter table storage.migrations enable row level security;

create table if not exists storage.buckets (
	id                 text primary key,
	name               text not null,
	owner              uuid,
	created_at         timestamptz default now(),
	updated_at         timestamptz default now(),
	public             boolean default false,
	avif_autodetection boolean default false,
	file_size_limit    bigint, -- bytes; null = the installation's limit
	allowed_mime_types text[],
	owner_id           text,
	type               storage.buckettype not null default 'STANDARD',
	versioning_status  text not null default 'DISABLED',
	constraint buckets_versioning_status_check
		check (versioning_status in ('DISABLED', 'ENABLED', 'SUSPENDED')),
	constraint buckets_versioning_type_check
		check (type = 'STANDARD' or versioning_status = 'DISABLED'),
	constraint buckets_versioning_not_yet_check
		check (versioning_status = 'DISABLED')
);
comment on column storage.buckets.owner is 'deprecated: owner_id';
create unique index if not exists bname on storage.buckets (name);
alter table storage.buckets enable row level security;

create table if not exists storage.objects (
	id               uuid primary key default gen_random_uuid(),
	bucket_id        text,
	name             text,
	owner            uuid,
	created_at       timestamptz default now(),
	updated_at       timestamptz default now(),
	last_accessed_at timestamptz default now(),
	metadata         jsonb,
	path_tokens      text[] generated always as
			(string_to_array(name, '/')) stored,
	version          text, -- names the bytes in the backend
	owner_id         text,
	user_metadata    jsonb,
	archived_at      timestamptz,
	is_delete_marker boolean not null default false,
	is_versioned     boolean not null default false,
	constraint "objects_bucketId_fkey"
		foreign key (bucket_id) references storage.buckets (id)
);
comment on column storage.objects.owner is 'deprecated: owner_id';
create unique index if not exists bucketid_objname
	on storage.objects (bucket_id, name);
create index if not exists idx_objects_bucket_id_name
	on storage.objects (bucket_id, name collate "C");
create index if not exists idx_objects_bucket_id_name_lower
	on storage.objects (bucket_id, lower(name) collate "C");
create index if not exists name_prefix_search
	on storage.objects (name text_pattern_ops);
-- Ours: the sweeper asks which versions a row still names.
create index if not exists idx_objects_version on storage.objects (version);
-- Ours: listing by folder and time.  The folder of a name is all of it up to
-- its last slash, a time that of the wire, in ms: what folder_of() and
-- shown_at() of storage_local say, but in built-in functions, because an index
-- keeps what it was told.
create index if not exists idx_objects_folder on storage.objects (bucket_id,
	(lower(left(name, length(name) - strpos(reverse(name) || '/', '/') + 1))
		collate "C"),
	(left(name, length(name) - strpos(reverse(name) || '/', '/') + 1)
		collate "C"));
create index if not exists idx_objects_folder_created
	on storage.objects (bucket_id,
	(left(name, length(name) - strpos(reverse(name) || '/', '/') + 1)
		collate "C"),
	(coalesce(date_trunc('milliseconds', created_at at time zone 'UTC'),
		'infinity')),
	name collate "C");
create index if not exists idx_objects_folder_updated
	on storage.objects (bucket_id,
	(left(name, length(name) - strpos(reverse(name) || '/', '/') + 1)
		collate "C"),
	(coalesce(date_trunc('milliseconds', updated_at at time zone 'UTC'),
		'infinity')),
	name collate "C");
create index if not exists idx_objects_folder_accessed
	on storage.objects (bucket_id,
	(left(name, length(name) - strpos(reverse(name) || '/', '/') + 1)
		collate "C"),
	(coalesce(date_trunc('milliseconds', last_accessed_at at time zone 'UTC'),
		'infinity')),
	name collate "C");
alter table storage.objects enable row level security;

create table if not exists storage.s3_multipart_uploads (
	id               text primary key,
	in_progress_size bigint not null default 0,
	upload_signature text not null,
	bucket_id        text not null references storage.buckets (id),
	key              text collate "C" not null,
	version          text not null,
	owner_id         text,
	created_at       timestamptz not null default now(),
	user_metadata    jsonb,
	metadata         jsonb
);
create index if not exists idx_multipart_uploads_list
	on storage.s3_multipart_uploads (bucket_id, key, created_at);
alter table storage.s3_multipart_uploads enable row level security;

create table if not exists storage.s3_multipart_uploads_parts (
	id          uuid primary key default gen_random_uuid(),
	upload_id   text not null
		references storage.s3_multipart_uploads (id) on delete cascade,
	size        bigint not null default 0,
	part_number integer not null,
	bucket_id   text not null references storage.buckets (id),
	key         text collate "C" not null,
	etag        text not null,
	owner_id    text,
	version     text not null,
	created_at  timestamptz not null default now()
);
alter table storage.s3_multipart_uploads_parts enable row level security;

grant all on storage.buckets, storage.objects
	to anon, authenticated, service_role;
-- Row-level security rules select, insert, update and delete; a truncate asks
-- only for the right to it.
revoke truncate, references, trigger on storage.buckets, storage.objects
	from anon, authenticated;
revoke all on storage.migrations from anon, authenticated;
revoke all on storage.s3_multipart_uploads, storage.s3_multipart_uploads_parts
	from anon, authenticated;
grant select on storage.s3_multipart_uploads,
	storage.s3_multipart_uploads_parts to anon, authenticated;
grant all on storage.s3_multipart_uploads,
	storage.s3_multipart_uploads_parts, storage.migrations to service_role;

reset role;
