-- Listing: skip scans over the "C" indexes.
-- A scan seeks the first name at its position.  A name with a further slash
-- stands for a folder: the folder is emitted once and the scan jumps behind
-- all of it, so the cost is O(results x log n), not O(rows).
set local role supabase_storage_admin;

-- The names themselves in lower-case order, and where they are; those that
-- differ in case only come together.  Security definer because lower() is not
-- leakproof: under row-level security the planner may not use its index.  The
-- callers show nothing but rows that the user can select.
create or replace function storage_local.names_lower(
	_bucket text, _from text, _to text, _descending boolean, _limit integer)
returns table (name text, ref tid)
language plpgsql stable security definer set search_path = ''
-- The planner does not know that the limit is small and would sort the bucket.
set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off
as $$
begin
	if _descending then
		return query
			select o.name, o.ctid from storage.objects o
			where o.bucket_id = _bucket
			  and lower(o.name) collate "C" >= _from collate "C"
			  and lower(o.name) collate "C" < _to collate "C"
			order by lower(o.name) collate "C" desc
			fetch first (_limit) rows with ties;
	else
		return query
			select o.name, o.ctid from storage.objects o
			where o.bucket_id = _bucket
			  and lower(o.name) collate "C" >= _from collate "C"
			  and lower(o.name) collate "C" < _to collate "C"
			order by lower(o.name) collate "C"
			fetch first (_limit) rows with ties;
	end if;
end $$;

-- Greater than every name that starts with the prefix: U+10FFFF sorts last.
create or replace function storage_local.prefix_end(_prefix text)
returns text language sql immutable as $$
	select _prefix || chr(1114111)
$$;

-- List v1.  Matches are case-insensitive prefixes; names in the answer are
-- relative to the prefix.  What an offset skips is counted, not kept.
create or replace function storage_local.search_by_name(
	_prefix text, _bucket text, _limit integer, _offset integer,
	_search text, _descending boolean)
returns table (name text, id uuid, updated_at timestamptz,
	created_at timestamptz, last_accessed_at timestamptz, metadata jsonb)
language plpgsql stable
-- The statements run often and briefly: planning them anew would cost more.
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
	_match integer := length(_prefix) + length(_search);
	_lo text := lower(_prefix || _search);
	_hi text := storage_local.prefix_end(lower(_prefix || _search));
	_left integer := _limit;
	_skip integer := _offset;
	_batch integer := 8;
	_names integer;
	_files tid[];
	_n integer;
	_last text;
	_folder text;
begin
	while _left > 0 loop
		-- The files that the user sees before the first folder of the batch.
		with candidate as (
			select n.name, n.nth, o.ctid as ref, o.ctid is not null
				and strpos(substr(n.name, _match + 1), '/') > 0 as is_below
			from storage_local.names_lower(_bucket, _lo, _hi, _descending,
				_batch) with ordinality as n(name, ref, nth)
			-- offset 0: one look-up a name, never a join with the bucket
			left join lateral (
				select b.ctid, b.* from storage.objects b
				where b.ctid = n.ref offset 0) o on true
		), folder as (
			select min(c.nth) as nth from candidate c where c.is_below
		)
		select array_agg(c.ref order by c.nth) filter (
				where c.ref is not null and (c.nth < f.nth) is not false),
			max(left(c.name, _match
				+ strpos(substr(c.name, _match + 1), '/') - 1))
				filter (where c.nth = f.nth),
			max(c.name) filter (where c.nth = _batch), count(*)
		into _files, _folder, _last, _names
		from candidate c cross join folder f;

		return query
			select substr(o.name, length(_prefix) + 1), o.id, o.updated_at,
				o.created_at, o.last_accessed_at, o.metadata
			from unnest(_files[_skip + 1:_skip + _left])
				with ordinality as r(ref, nth)
			cross join lateral (
				select b.* from storage.objects b
				where b.ctid = r.ref offset 0) o
			order by r.nth;
		_n := coalesce(cardinality(_files), 0);
		_left := _left - greatest(_n - _skip, 0);
		_skip := greatest(_skip - _n, 0);
		if _folder is not null then
			if _skip > 0 then
				_skip := _skip - 1;
			elsif _left > 0 then
				return query select substr(_folder, length(_prefix) + 1),
					null::uuid, null::timestamptz, null::timestamptz,
					null::timestamptz, null::jsonb;
				_left := _left - 1;
			end if;
			if _descending then
				_hi := lower(_folder) || '/';
			else
				_lo := lower(_folder) || '0'; -- the byte after '/'
			end if;
			_batch := 2;
		else
			exit when _names < _batch;
			-- chr(1) is the least a longer name can go on with.
			if _descending then
				_hi := lower(_last);
			else
				_lo := lower(_last) || chr(1);
			end if;
			_batch := least(_batch * 4, 1000);
		end if;
	end loop;
end $$;

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
