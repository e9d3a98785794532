set local lock_timeout = '2s';

-- The schema a hosted project brings itself: tables, types, triggers,
-- functions and grants of Supabase Storage, so that data moves between the
-- two with pg_dump and policies written for one run on the other.
-- What only our disk store needs stands in the schema storage_local.

create schema if not exists storage authorization supabase_storage_admin;
create schema if not exists storage_local authorization supabase_storage_admin;

set local role supabase_storage_admin;

grant usage on schema storage to anon, authenticated, service_role;
grant usage on schema storage_local to anon, authenticated, service_role;
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
revoke all on storage.migrations from anon, authenticated;
revoke all on storage.s3_multipart_uploads, storage.s3_multipart_uploads_parts
	from anon, authenticated;
grant select on storage.s3_multipart_uploads,
	storage.s3_multipart_uploads_parts to anon, authenticated;
grant all on storage.s3_multipart_uploads,
	storage.s3_multipart_uploads_parts, storage.migrations to service_role;

-- --- triggers --------------------------------------------------------------

create or replace function storage.update_updated_at_column()
returns trigger language plpgsql as $$
begin
	new.updated_at = now();
	return new;
end $$;

create or replace function storage.enforce_bucket_name_length()
returns trigger language plpgsql as $$
begin
	if length(new.name) > 100 then
		raise exception
			'bucket name "%" is too long (% characters). Max is 100.',
			new.name, length(new.name);
	end if;
	return new;
end $$;

-- Rows deleted in plain SQL would leave their bytes behind.
create or replace function storage.protect_delete()
returns trigger language plpgsql as $$
begin
	if coalesce(current_setting('storage.allow_delete_query', true), 'false')
			<> 'true' then
		raise exception
			'Direct deletion from storage tables is not allowed. Use the Storage API instead.'
			using errcode = '42501',
			hint = 'This prevents accidental data loss from orphaned objects.';
	end if;
	return null;
end $$;

create or replace trigger enforce_bucket_name_length_trigger
	before insert or update of name on storage.buckets
	for each row execute function storage.enforce_bucket_name_length();
create or replace trigger protect_buckets_delete
	before delete on storage.buckets
	for each statement execute function storage.protect_delete();
create or replace trigger update_objects_updated_at
	before update on storage.objects
	for each row execute function storage.update_updated_at_column();
create or replace trigger protect_objects_delete
	before delete on storage.objects
	for each statement execute function storage.protect_delete();

-- --- functions that policies and user code call ------------------------------

create or replace function storage.foldername(name text)
returns text[] language sql immutable as $$
	select (string_to_array(name, '/'))
		[1:array_length(string_to_array(name, '/'), 1) - 1]
$$;

create or replace function storage.filename(name text)
returns text language sql immutable as $$
	select (string_to_array(name, '/'))
		[array_length(string_to_array(name, '/'), 1)]
$$;

create or replace function storage.extension(name text)
returns text language sql immutable as $$
	select reverse(split_part(reverse(storage.filename(name)), '.', 1))
$$;

create or replace function storage.operation()
returns text language sql stable as $$
	select current_setting('storage.operation', true)
$$;

create or replace function storage.allow_only_operation(expected_operation text)
returns boolean language sql stable as $$
	select coalesce(
		regexp_replace(storage.operation(), '^storage\.', '')
		= regexp_replace(expected_operation, '^storage\.', ''), false)
$$;

create or replace function storage.allow_any_operation(
	expected_operations text[])
returns boolean language sql stable as $$
	select exists (select from unnest(expected_operations) as o
		where storage.allow_only_operation(o))
$$;

create or replace function storage.get_size_by_bucket()
returns table (size bigint, bucket_id text) language sql stable as $$
	select sum((o.metadata ->> 'size')::bigint)::bigint, o.bucket_id
	from storage.objects o
	group by o.bucket_id
$$;

create or replace function storage.can_insert_object(
	bucketid text, name text, owner uuid, metadata jsonb)
returns void language plpgsql as $$
begin
	insert into storage.objects (bucket_id, name, owner, metadata)
	values (bucketid, name, owner, metadata);
	-- Undo: the question was only whether it would go.
	raise sqlstate 'PT200' using message = 'ROLLBACK',
		detail = 'rollback successful insert';
end $$;

create or replace function storage.get_common_prefix(
	p_key text, p_prefix text, p_delimiter text)
returns text language sql immutable as $$
	select case
		when strpos(substr(p_key, length(p_prefix) + 1), p_delimiter) > 0
		then left(p_key, length(p_prefix)
			+ strpos(substr(p_key, length(p_prefix) + 1), p_delimiter)
			+ length(p_delimiter) - 1)
	end
$$;

-- --- listing: skip scans over the "C" indexes ---------------------------------
-- A scan seeks the first name at its position.  A name with a further slash
-- stands for a folder: the folder is emitted once and the scan jumps behind
-- all of it, so the cost is O(results x log n), not O(rows).

-- The names themselves in lower-case order.  Security definer because lower()
-- is not leakproof: under row-level security the planner may not use its
-- index.  The callers show nothing but rows that the user can select.
create or replace function storage_local.names_lower(
	_bucket text, _from text, _to text, _descending boolean, _limit integer)
returns table (name text)
language plpgsql stable security definer set search_path = ''
-- The planner does not know that the limit is small and would sort the bucket.
set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off
as $$
begin
	if _descending then
		return query
			select o.name from storage.objects o
			where o.bucket_id = _bucket
			  and lower(o.name) collate "C" >= _from collate "C"
			  and lower(o.name) collate "C" < _to collate "C"
			order by lower(o.name) collate "C" desc
			limit _limit;
	else
		return query
			select o.name from storage.objects o
			where o.bucket_id = _bucket
			  and lower(o.name) collate "C" >= _from collate "C"
			  and lower(o.name) collate "C" < _to collate "C"
			order by lower(o.name) collate "C"
			limit _limit;
	end if;
end $$;

-- Greater than every name that starts with the prefix: U+10FFFF sorts last.
create or replace function storage_local.prefix_end(_prefix text)
returns text language sql immutable as $$
	select _prefix || chr(1114111)
$$;

-- List v1.  Matches are case-insensitive prefixes; names in the answer are
-- relative to the prefix.
create or replace function storage_local.search_by_name(
	_prefix text, _bucket text, _limit integer, _offset integer,
	_search text, _descending boolean)
returns table (name text, id uuid, updated_at timestamptz,
	created_at timestamptz, last_accessed_at timestamptz, metadata jsonb)
language plpgsql stable as $$
#variable_conflict use_column
declare
	_match integer := length(_prefix) + length(_search);
	_lo text := lower(_prefix || _search);
	_hi text := storage_local.prefix_end(lower(_prefix || _search));
	_left integer := _limit;
	_skip integer := _offset;
	_batch integer := 8;
	_names integer;
	_slash integer;
	_jumped boolean;
	_folder text;
	r record;
begin
	loop
		_names := 0;
		_jumped := false;
		for r in
			select n.name as key, o.id, o.name, o.updated_at, o.created_at,
				o.last_accessed_at, o.metadata
			from storage_local.names_lower(
				_bucket, _lo, _hi, _descending, _batch)
				with ordinality as n(name, nth)
			-- offset 0: one look-up a name, never a join with the bucket
			left join lateral (
				select * from storage.objects b
				where b.bucket_id = _bucket and b.name = n.name
				offset 0) o on true
			order by n.nth
		loop
			_names := _names + 1;
			_slash := strpos(substr(r.key, _match + 1), '/');
			if r.id is not null and _slash > 0 then
				_folder := left(r.key, _match + _slash - 1);
				if _descending then
					_hi := lower(_folder) || '/';
				else
					_lo := lower(_folder) || '0'; -- the byte after '/'
				end if;
				if _skip > 0 then
					_skip := _skip - 1;
				else
					return query select substr(_folder, length(_prefix) + 1),
						null::uuid, null::timestamptz, null::timestamptz,
						null::timestamptz, null::jsonb;
					_left := _left - 1;
				end if;
				_jumped := true;
				exit;
			elsif r.id is not null then
				if _skip > 0 then
					_skip := _skip - 1;
				else
					return query select substr(r.key, length(_prefix) + 1),
						r.id, r.updated_at, r.created_at, r.last_accessed_at,
						r.metadata;
					_left := _left - 1;
				end if;
			end if;
			-- chr(1) is the least a longer name can go on with; names that
			-- differ in case only stay behind together.
			if _descending then
				_hi := lower(r.key);
			else
				_lo := lower(r.key) || chr(1);
			end if;
			exit when _left <= 0;
		end loop;
		exit when _left <= 0;
		exit when not _jumped and _names < _batch;
		_batch := case when _jumped then 8 else least(_batch * 4, 1000) end;
	end loop;
end $$;

create or replace function storage_local.search_by_time(
	_prefix text, _bucket text, _limit integer, _offset integer,
	_search text, _column text, _descending boolean)
returns table (name text, id uuid, updated_at timestamptz,
	created_at timestamptz, last_accessed_at timestamptz, metadata jsonb)
language sql stable as $$
	with hits as (
		select substr(o.name, length(_prefix) + 1) as rest,
			strpos(substr(o.name, length(_prefix || _search) + 1), '/')
				as slash,
			o.id, o.updated_at, o.created_at, o.last_accessed_at, o.metadata
		from storage.objects o
		where o.bucket_id = _bucket
		  and starts_with(lower(o.name), lower(_prefix || _search))
	), entries as (
		select min(left(rest, length(_search) + slash - 1)) as name,
			null::uuid as id, null::timestamptz as updated_at,
			null::timestamptz as created_at,
			null::timestamptz as last_accessed_at, null::jsonb as metadata,
			0 as files
		from hits where slash > 0
		group by lower(left(rest, length(_search) + slash - 1))
		union all
		select rest, id, updated_at, created_at, last_accessed_at, metadata, 1
		from hits where slash = 0
	), keyed as (
		select e.*, case _column
			when 'created_at' then e.created_at
			when 'last_accessed_at' then e.last_accessed_at
			else e.updated_at end as at
		from entries e
	)
	select name, id, updated_at, created_at, last_accessed_at, metadata
	from keyed
	order by files,
		case when _descending then at end desc,
		case when not _descending then at end,
		case when _descending then name collate "C" end desc,
		name collate "C"
	limit _limit offset _offset
$$;

create or replace function storage.search(
	prefix text, bucketname text, limits integer default 100,
	levels integer default 1, offsets integer default 0,
	search text default '', sortcolumn text default 'name',
	sortorder text default 'asc')
returns table (name text, id uuid, updated_at timestamptz,
	created_at timestamptz, last_accessed_at timestamptz, metadata jsonb)
language plpgsql stable as $$
declare
	_limit integer := least(coalesce(limits, 100), 1500);
	_descending boolean := lower(coalesce(sortorder, 'asc')) = 'desc';
begin
	if coalesce(sortcolumn, 'name') in
			('updated_at', 'created_at', 'last_accessed_at') then
		return query select * from storage_local.search_by_time(
			coalesce(prefix, ''), bucketname, _limit, coalesce(offsets, 0),
			coalesce(search, ''), sortcolumn, _descending);
	else
		return query select * from storage_local.search_by_name(
			coalesce(prefix, ''), bucketname, _limit, coalesce(offsets, 0),
			coalesce(search, ''), _descending);
	end if;
end $$;

-- List v2 with folders, by name.  Comparing names is leakproof, so this one
-- needs no helper.  start_after names the last entry of the page before; one
-- that ends with the delimiter skips all of that folder.
create or replace function storage.list_objects_with_delimiter(
	_bucket_id text, prefix_param text, delimiter_param text,
	max_keys integer default 100, start_after text default '',
	next_token text default '', sort_order text default 'asc')
returns table (name text, id uuid, metadata jsonb, updated_at timestamptz,
	created_at timestamptz, last_accessed_at timestamptz)
language plpgsql stable
-- As for names_lower.
set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off
as $$
#variable_conflict use_column
declare
	_prefix text := coalesce(prefix_param, '');
	_after text := coalesce(nullif(next_token, ''), start_after, '');
	_descending boolean := lower(coalesce(sort_order, 'asc')) = 'desc';
	_lo text := coalesce(prefix_param, '');
	_hi text := storage_local.prefix_end(coalesce(prefix_param, ''));
	_left integer := max_keys;
	_batch integer := 8;
	_rows integer;
	_jumped boolean;
	_folder text;
	_next text := chr(ascii(delimiter_param) + 1);
	r record;
begin
	if _after <> '' then
		_folder := storage.get_common_prefix(_after, _prefix, delimiter_param);
		if _descending then
			_hi := least(_hi collate "C", coalesce(_folder, _after) collate "C");
		else
			_lo := greatest(_lo collate "C", (case when _folder is null
				then _after || chr(1)
				else left(_folder, -1) || _next end) collate "C");
		end if;
	end if;

	while _left > 0 loop
		_rows := 0;
		_jumped := false;
		for r in
			(select o.* from storage.objects o
			where not _descending and o.bucket_id = _bucket_id
			  and o.name collate "C" >= _lo collate "C"
			  and o.name collate "C" < _hi collate "C"
			order by o.name collate "C" limit _batch)
			union all
			(select o.* from storage.objects o
			where _descending and o.bucket_id = _bucket_id
			  and o.name collate "C" >= _lo collate "C"
			  and o.name collate "C" < _hi collate "C"
			order by o.name collate "C" desc limit _batch)
		loop
			_rows := _rows + 1;
			_folder := storage.get_common_prefix(
				r.name, _prefix, delimiter_param);
			if _folder is null then
				return query select r.name, r.id, r.metadata, r.updated_at,
					r.created_at, r.last_accessed_at;
			else
				return query select _folder, null::uuid, null::jsonb,
					null::timestamptz, null::timestamptz, null::timestamptz;
			end if;
			_jumped := _folder is not null;
			if _descending then
				_hi := coalesce(_folder, r.name);
			else
				_lo := case when _jumped then left(_folder, -1) || _next
					else r.name || chr(1) end;
			end if;
			_left := _left - 1;
			exit when _jumped or _left <= 0;
		end loop;
		exit when not _jumped and _rows < _batch;
		_batch := case when _jumped then 8 else least(_batch * 4, 1000) end;
	end loop;
end $$;

-- List v2 with folders, by time: a folder counts as old as its first object.
create or replace function storage.search_by_timestamp(
	p_prefix text, p_bucket_id text, p_limit integer, p_level integer,
	p_start_after text, p_sort_order text, p_sort_column text,
	p_sort_column_after text)
returns table (key text, name text, id uuid, updated_at timestamptz,
	created_at timestamptz, last_accessed_at timestamptz, metadata jsonb)
language sql stable as $$
	with hits as (
		select storage.get_common_prefix(o.name, p_prefix, '/') as folder, o.*
		from storage.objects o
		where o.bucket_id = p_bucket_id
		  and o.name collate "C" >= p_prefix collate "C"
		  and o.name collate "C"
			< storage_local.prefix_end(p_prefix) collate "C"
	), entries as (
		select folder as name, null::uuid as id, min(created_at) as updated_at,
			min(created_at) as created_at,
			null::timestamptz as last_accessed_at, null::jsonb as metadata
		from hits where folder is not null group by folder
		union all
		select name, id, updated_at, created_at, last_accessed_at, metadata
		from hits where folder is null
	), keyed as (
		select e.*, date_trunc('milliseconds', case p_sort_column
			when 'created_at' then e.created_at else e.updated_at end) as at
		from entries e
	)
	select split_part(name, '/', p_level), name, id, updated_at, created_at,
		last_accessed_at, metadata
	from keyed
	where coalesce(p_sort_column_after, '') = ''
	   or case when lower(p_sort_order) = 'desc'
		then (at, name collate "C")
			< (p_sort_column_after::timestamptz, p_start_after collate "C")
		else (at, name collate "C")
			> (p_sort_column_after::timestamptz, p_start_after collate "C")
		end
	order by
		case when lower(p_sort_order) = 'desc' then at end desc,
		case when lower(p_sort_order) = 'desc' then name collate "C" end desc,
		at, name collate "C"
	limit p_limit
$$;

create or replace function storage.search_v2(
	prefix text, bucket_name text, limits integer default 100,
	levels integer default 1, start_after text default '',
	sort_order text default 'asc', sort_column text default 'name',
	sort_column_after text default '')
returns table (key text, name text, id uuid, updated_at timestamptz,
	created_at timestamptz, last_accessed_at timestamptz, metadata jsonb)
language plpgsql stable as $$
begin
	if sort_column in ('updated_at', 'created_at') then
		return query select * from storage.search_by_timestamp(
			prefix, bucket_name, limits, levels, start_after, sort_order,
			sort_column, sort_column_after);
	else
		return query select split_part(l.name, '/', levels), l.name, l.id,
				l.updated_at, l.created_at, l.last_accessed_at, l.metadata
			from storage.list_objects_with_delimiter(bucket_name, prefix, '/',
				limits, start_after, '', sort_order) l;
	end if;
end $$;

reset role;
