-- storage_local: what our disk store needs beside Supabase's schema.  The
-- functions run with the caller's rights unless a comment gives the reason.
set local role supabase_storage_admin;

-- Triggers, so that every way a row can lose its version is covered and in the
-- same transaction.  Security definer: users may not touch the table.
create or replace function storage_local.doom_deleted()
returns trigger language plpgsql security definer set search_path = '' as $$
begin
	insert into storage_local.doomed_versions (version)
	select version from gone where version is not null
	on conflict (version) do nothing;
	return null;
end $$;

create or replace function storage_local.doom_replaced()
returns trigger language plpgsql security definer set search_path = '' as $$
begin
	insert into storage_local.doomed_versions (version) values (old.version)
	on conflict (version) do nothing;
	return null;
end $$;

-- --- texts -------------------------------------------------------------------

-- ISO 8601, UTC, three digits, the rest cut off.
create or replace function storage_local.iso(_at timestamptz)
returns text language sql stable as $$
	select to_char(_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

create or replace function storage_local.uuid_or_null(_text text)
returns uuid language sql immutable as $$
	select case when _text ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
		then _text::uuid end
$$;

-- --- locks -------------------------------------------------------------------

-- djb2 with xor over "bucket/key", 32 bits: the number Supabase Storage takes,
-- for the day both servers share one database.  Keys are ASCII.
create or replace function storage_local.lock_number(_text text)
returns bigint language plpgsql immutable strict as $$
declare
	_h bigint := 5381;
	_byte bytea := convert_to(_text, 'UTF8');
begin
	for i in 0 .. length(_byte) - 1 loop
		_h := ((_h * 33) & 4294967295) # get_byte(_byte, i);
	end loop;
	return _h;
end $$;

create or replace function storage_local.lock_object(
	_bucket text, _key text, _wait text)
returns void language plpgsql as $$
begin
	perform set_config('lock_timeout', _wait, true);
	perform pg_advisory_xact_lock(
		storage_local.lock_number(_bucket || '/' || _key));
exception when lock_not_available then
	raise exception using errcode = 'PT503',
		message = 'acquiring lock timeout', detail = 'lock_timeout';
end $$;

-- --- looking -----------------------------------------------------------------

-- A bucket's rules are read whoever asks: what they forbid is decided later.
create or replace function storage_local.bucket(_id text)
returns table (id text, public boolean, file_size_limit bigint,
	allowed_mime_types text[])
language plpgsql stable security definer set search_path = '' as $$
begin
	return query select b.id, coalesce(b.public, false), b.file_size_limit,
			b.allowed_mime_types
		from storage.buckets b where b.id = _id;
end $$;

-- Objects of a public bucket are anybody's to read; definer for that alone.
create or replace function storage_local.public_object(_bucket text, _key text)
returns setof storage.objects
language plpgsql stable security definer set search_path = '' as $$
begin
	return query select o.* from storage.objects o
		join storage.buckets b on b.id = o.bucket_id and b.public
		where o.bucket_id = _bucket and o.name = _key;
end $$;

-- --- probes: would the caller's policies let it happen? ------------------------

-- Tries the write and undoes it.  Returns the SQLSTATE that refused, or null.
create or replace function storage_local.try_write(
	_bucket text, _key text, _owner text, _metadata jsonb,
	_user_metadata jsonb, _upsert boolean)
returns text language plpgsql as $$
declare
	_id uuid;
begin
	if _upsert then
		insert into storage.objects as o (bucket_id, name, owner, owner_id,
			version, metadata, user_metadata)
		values (_bucket, _key, storage_local.uuid_or_null(_owner), _owner,
			'1', _metadata, _user_metadata)
		on conflict (bucket_id, name) do update set
			metadata = excluded.metadata,
			user_metadata = excluded.user_metadata,
			version = excluded.version,
			owner = excluded.owner, owner_id = excluded.owner_id
		returning o.id into _id;
	else
		-- Without returning, or it would ask for a select policy too.
		insert into storage.objects (bucket_id, name, owner, owner_id,
			version, metadata, user_metadata)
		values (_bucket, _key, storage_local.uuid_or_null(_owner), _owner,
			'1', _metadata, _user_metadata);
	end if;
	raise sqlstate 'PT200';
exception
	when sqlstate 'PT200' then return null;
	when insufficient_privilege or unique_violation
		or foreign_key_violation then return sqlstate;
end $$;

create or replace function storage_local.probe_move(
	_bucket text, _key text, _to_bucket text, _to_key text, _owner text)
returns void language plpgsql as $$
declare
	_id uuid;
begin
	perform from storage.objects where bucket_id = _bucket and name = _key;
	if not found then
		raise exception using errcode = 'PT404',
			message = 'Object not found', detail = 'no_such_key';
	end if;
	if _bucket = _to_bucket and _key = _to_key then
		return;
	end if;
	update storage.objects set name = _to_key, bucket_id = _to_bucket,
		owner = storage_local.uuid_or_null(_owner), owner_id = _owner
	where bucket_id = _bucket and name = _key
	returning id into _id;
	if _id is null then
		raise exception using errcode = 'PT403',
			message = 'new row violates row-level security policy',
			detail = 'access_denied';
	end if;
	raise sqlstate 'PT200';
exception when sqlstate 'PT200' then
	return;
end $$;

-- --- commits: what the service does once the bytes are safe ---------------------

create or replace function storage_local.commit_upload(
	_bucket text, _key text, _version text, _owner text, _metadata jsonb,
	_user_metadata jsonb, _upsert boolean, _wait text)
returns storage.objects language plpgsql as $$
declare
	_row storage.objects;
begin
	perform storage_local.lock_object(_bucket, _key, _wait);
	if not _upsert then
		perform from storage.objects
		where bucket_id = _bucket and name = _key for update;
		if found then
			raise exception using errcode = 'PT409',
				message = 'The resource already exists',
				detail = 'key_already_exists';
		end if;
	end if;
	insert into storage.objects as o (bucket_id, name, owner, owner_id,
		version, metadata, user_metadata)
	values (_bucket, _key, storage_local.uuid_or_null(_owner), _owner,
		_version, _metadata, _user_metadata)
	on conflict (bucket_id, name) do update set
		metadata = excluded.metadata,
		user_metadata = excluded.user_metadata,
		version = excluded.version,
		owner = excluded.owner, owner_id = excluded.owner_id
	returning o.* into _row;
	return _row;
end $$;

-- The bytes stay where they are: the version goes with the row.
create or replace function storage_local.commit_move(
	_bucket text, _key text, _to_bucket text, _to_key text, _owner text)
returns void language plpgsql as $$
begin
	if _bucket = _to_bucket and _key = _to_key then
		return;
	end if;
	perform storage_local.lock_object(_to_bucket, _to_key, '5s');
	update storage.objects set name = _to_key, bucket_id = _to_bucket,
		owner = storage_local.uuid_or_null(_owner), owner_id = _owner,
		metadata = metadata || jsonb_build_object(
			'lastModified', storage_local.iso(now()))
	where bucket_id = _bucket and name = _key;
	if not found then -- someone was quicker
		raise exception using errcode = 'PT404',
			message = 'Object not found', detail = 'no_such_key';
	end if;
end $$;

-- --- deleting ------------------------------------------------------------------

-- An object the caller cannot see looks absent; one it sees but may not delete
-- is refused.
create or replace function storage_local.delete_object(
	_bucket text, _key text)
returns void language plpgsql as $$
declare
	_id uuid;
begin
	perform set_config('storage.allow_delete_query', 'true', true);
	delete from storage.objects where bucket_id = _bucket and name = _key
	returning id into _id;
	if _id is not null then
		return;
	end if;
	perform from storage.objects where bucket_id = _bucket and name = _key;
	if found then
		raise exception using errcode = 'PT403',
			message = 'Access denied', detail = 'access_denied';
	end if;
	raise exception using errcode = 'PT404',
		message = 'Object not found', detail = 'no_such_key';
end $$;

-- Keys that are missing or forbidden are just not in the answer.
create or replace function storage_local.delete_objects(
	_bucket text, _keys text[])
returns setof storage.objects language plpgsql as $$
begin
	perform set_config('storage.allow_delete_query', 'true', true);
	return query
		with gone as (
			delete from storage.objects
			where bucket_id = _bucket and name = any (_keys)
			returning *
		)
		select * from gone order by array_position(_keys, gone.name);
end $$;

-- --- buckets -------------------------------------------------------------------

-- Definer: whether a bucket is empty must not depend on what the caller sees.
create or replace function storage_local.bucket_has_objects(_id text)
returns boolean
language sql stable security definer set search_path = '' as $$
	select exists (select from storage.objects where bucket_id = _id)
$$;

create or replace function storage_local.update_bucket(
	_id text, _patch jsonb)
returns void language plpgsql as $$
begin
	update storage.buckets b set
		public = case when _patch ? 'public'
			then (_patch ->> 'public')::boolean else b.public end,
		file_size_limit = case when _patch ? 'file_size_limit'
			then (_patch ->> 'file_size_limit')::bigint
			else b.file_size_limit end,
		allowed_mime_types = case
			when not _patch ? 'allowed_mime_types' then b.allowed_mime_types
			when jsonb_typeof(_patch -> 'allowed_mime_types') = 'array'
			then array(select jsonb_array_elements_text(
				_patch -> 'allowed_mime_types')) end
	where b.id = _id;
	if not found then
		raise exception using errcode = 'PT404',
			message = 'Bucket not found', detail = 'no_such_bucket';
	end if;
end $$;

create or replace function storage_local.delete_bucket(_id text)
returns void language plpgsql as $$
declare
	_gone text;
begin
	perform set_config('storage.allow_delete_query', 'true', true);
	perform from storage.buckets where id = _id;
	if not found then
		raise exception using errcode = 'PT404',
			message = 'Bucket not found', detail = 'no_such_bucket';
	end if;
	if storage_local.bucket_has_objects(_id) then
		raise exception using errcode = 'PT409',
			message = 'The bucket you tried to delete is not empty',
			detail = 'resource_not_empty';
	end if;
	begin
		delete from storage.buckets where id = _id returning id into _gone;
	exception when foreign_key_violation then
		-- An object came between the question and the deed.
		raise exception using errcode = 'PT409',
			message = 'The bucket you tried to delete is not empty',
			detail = 'resource_not_empty';
	end;
	if _gone is null then
		raise exception using errcode = 'PT404',
			message = 'Bucket not found', detail = 'no_such_bucket';
	end if;
end $$;

-- As the service.  Objects that come later stay.
create or replace function storage_local.empty_bucket(
	_id text, _most integer)
returns void language plpgsql as $$
begin
	perform set_config('storage.allow_delete_query', 'true', true);
	perform from storage.buckets where id = _id;
	if not found then
		raise exception using errcode = 'PT404',
			message = 'Bucket not found', detail = 'no_such_bucket';
	end if;
	if (select count(*) from (select from storage.objects
			where bucket_id = _id limit _most + 1) o) > _most then
		raise exception using errcode = 'PT409', message =
			'Unable to empty the bucket because it contains too many objects',
			detail = 'too_many_objects';
	end if;
	delete from storage.objects where bucket_id = _id and created_at <= now();
end $$;

-- --- list v2 --------------------------------------------------------------------

-- Flat: every object under the prefix, without folders.
create or replace function storage_local.list_flat(
	_bucket text, _prefix text, _limit integer, _after text, _column text,
	_descending boolean, _at timestamptz)
returns table (key text, name text, id uuid, updated_at timestamptz,
	created_at timestamptz, last_accessed_at timestamptz, metadata jsonb)
language plpgsql stable as $$
begin
	if _column = 'name' and not _descending then
		return query select null::text, o.name, o.id, o.updated_at,
				o.created_at, o.last_accessed_at, o.metadata
			from storage.objects o
			where o.bucket_id = _bucket
			  and o.name collate "C" >= greatest(_prefix collate "C",
				case when _after <> '' then _after || chr(1) end collate "C")
			  and o.name collate "C"
				< storage_local.prefix_end(_prefix) collate "C"
			order by o.name collate "C" limit _limit;
	elsif _column = 'name' then
		return query select null::text, o.name, o.id, o.updated_at,
				o.created_at, o.last_accessed_at, o.metadata
			from storage.objects o
			where o.bucket_id = _bucket
			  and o.name collate "C" >= _prefix collate "C"
			  and o.name collate "C" < least(
				storage_local.prefix_end(_prefix) collate "C",
				nullif(_after, '') collate "C")
			order by o.name collate "C" desc limit _limit;
	else
		return query
			select * from storage_local.list_flat_by_time(_bucket, _prefix,
				_limit, _after, _column, _descending, _at);
	end if;
end $$;

reset role;

-- --- what hangs on tables
set local role supabase_storage_admin;

create trigger maestro_doom_deleted
	after delete on storage.objects referencing old table as gone
	for each statement execute function storage_local.doom_deleted();
create trigger maestro_doom_replaced
	after update of version on storage.objects
	for each row when (old.version is not null
		and old.version is distinct from new.version)
	execute function storage_local.doom_replaced();

reset role;
