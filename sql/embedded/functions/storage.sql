-- Functions and triggers of Supabase Storage as a hosted project has them, so
-- that policies written for one run on the other.  Listing: storage_listing.sql.
set local role supabase_storage_admin;

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

reset role;

-- --- what hangs on tables
set local role supabase_storage_admin;

create trigger enforce_bucket_name_length_trigger
	before insert or update of name on storage.buckets
	for each row execute function storage.enforce_bucket_name_length();
create trigger protect_buckets_delete
	before delete on storage.buckets
	for each statement execute function storage.protect_delete();
create trigger update_objects_updated_at
	before update on storage.objects
	for each row execute function storage.update_updated_at_column();
create trigger protect_objects_delete
	before delete on storage.objects
	for each statement execute function storage.protect_delete();

reset role;
