-- Listing by time: seeks in the indexes of folders and times.
-- What stands in a folder comes from one index in the order asked for, a folder
-- of folders from one seek each, so the cost is that of the page, not of the
-- bucket.  date_trunc(), left(), lower() are not leakproof: under row-level
-- security only a function with the owner's rights can seek by them.  Those
-- hand out names, times and places of candidates; whoever calls them looks up
-- storage.objects as the user (a ctid is found without asking an index), so
-- that policies decide what is shown.  "offset 0" there: one look-up for each,
-- never a join with the table.
set local role supabase_storage_admin;

-- The folder of a name is all of it up to its last slash, and a time is that of
-- the wire, in ms.  The indexes say the same in built-in functions; both are
-- inlined, so that what is written with them finds the index.
create or replace function storage_local.folder_of(_name text)
returns text language sql immutable as $$
	select left(_name, length(_name) - strpos(reverse(_name) || '/', '/') + 1)
$$;

create or replace function storage_local.shown_at(_at timestamptz)
returns timestamp language sql immutable as $$
	select coalesce(date_trunc('milliseconds', _at at time zone 'UTC'),
		'infinity')
$$;

-- --- candidates, with the owner's rights -------------------------------------

-- What stands in a folder by the time of a column, behind (_at, _after): at
-- first null and ''.
create or replace function storage_local.names_by_time(
	_bucket text, _folder text, _column text, _descending boolean,
	_at timestamp, _after text, _limit integer)
returns table (name text, at timestamp, ref tid)
language plpgsql stable security definer set search_path = ''
set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off
as $$
declare
	_last text := case when _at is null then chr(1114111) else _after end;
begin
	if _column = 'created_at' and not _descending then
		return query
			select o.name, storage_local.shown_at(o.created_at), o.ctid
			from storage.objects o
			where o.bucket_id = _bucket and storage_local.folder_of(o.name)
					collate "C" = _folder collate "C"
			  and (storage_local.shown_at(o.created_at), o.name collate "C")
				> (coalesce(_at, '-infinity'), _after collate "C")
			order by storage_local.shown_at(o.created_at),
				o.name collate "C"
			limit _limit;
	elsif _column = 'created_at' and _descending then
		return query
			select o.name, storage_local.shown_at(o.created_at), o.ctid
			from storage.objects o
			where o.bucket_id = _bucket and storage_local.folder_of(o.name)
					collate "C" = _folder collate "C"
			  and (storage_local.shown_at(o.created_at), o.name collate "C")
				< (coalesce(_at, 'infinity'), _last collate "C")
			order by storage_local.shown_at(o.created_at) desc,
				o.name collate "C" desc
			limit _limit;
	elsif _column = 'updated_at' and not _descending then
		return query
			select o.name, storage_local.shown_at(o.updated_at), o.ctid
			from storage.objects o
			where o.bucket_id = _bucket and storage_local.folder_of(o.name)
					collate "C" = _folder collate "C"
			  and (storage_local.shown_at(o.updated_at), o.name collate "C")
				> (coalesce(_at, '-infinity'), _after collate "C")
			order by storage_local.shown_at(o.updated_at),
				o.name collate "C"
			limit _limit;
	elsif _column = 'updated_at' and _descending then
		return query
			select o.name, storage_local.shown_at(o.updated_at), o.ctid
			from storage.objects o
			where o.bucket_id = _bucket and storage_local.folder_of(o.name)
					collate "C" = _folder collate "C"
			  and (storage_local.shown_at(o.updated_at), o.name collate "C")
				< (coalesce(_at, 'infinity'), _last collate "C")
			order by storage_local.shown_at(o.updated_at) desc,
				o.name collate "C" desc
			limit _limit;
	elsif _column = 'last_accessed_at' and not _descending then
		return query
			select o.name, storage_local.shown_at(o.last_accessed_at), o.ctid
			from storage.objects o
			where o.bucket_id = _bucket and storage_local.folder_of(o.name)
					collate "C" = _folder collate "C"
			  and (storage_local.shown_at(o.last_accessed_at),
				o.name collate "C")
				> (coalesce(_at, '-infinity'), _after collate "C")
			order by storage_local.shown_at(o.last_accessed_at),
				o.name collate "C"
			limit _limit;
	elsif _column = 'last_accessed_at' and _descending then
		return query
			select o.name, storage_local.shown_at(o.last_accessed_at), o.ctid
			from storage.objects o
			where o.bucket_id = _bucket and storage_local.folder_of(o.name)
					collate "C" = _folder collate "C"
			  and (storage_local.shown_at(o.last_accessed_at),
				o.name collate "C")
				< (coalesce(_at, 'infinity'), _last collate "C")
			order by storage_local.shown_at(o.last_accessed_at) desc,
				o.name collate "C" desc
			limit _limit;
	end if;
end $$;

-- The folders that hold something, as their names are written: those whose
-- lower-case name lies in [_from, _to), in that order, each found by one seek.
create or replace function storage_local.folders_lower(
	_bucket text, _from text, _to text, _limit integer)
returns setof text
language plpgsql stable security definer set search_path = ''
set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off
as $$
begin
	return query
		with recursive f as (
			(select lower(storage_local.folder_of(o.name)) collate "C" as low,
				storage_local.folder_of(o.name) collate "C" as folder
			from storage.objects o
			where o.bucket_id = _bucket
			  and lower(storage_local.folder_of(o.name)) collate "C"
				>= _from collate "C"
			  and lower(storage_local.folder_of(o.name)) collate "C"
				< _to collate "C"
			order by 1, 2 limit 1)
			union all
			select n.low, n.folder
			from f cross join lateral (
				select lower(storage_local.folder_of(o.name)) collate "C"
						as low,
					storage_local.folder_of(o.name) collate "C" as folder
				from storage.objects o
				where o.bucket_id = _bucket
				  and (lower(storage_local.folder_of(o.name)) collate "C",
					storage_local.folder_of(o.name) collate "C")
					> (f.low, f.folder)
				  and lower(storage_local.folder_of(o.name)) collate "C"
					< _to collate "C"
				order by 1, 2 limit 1) n
		)
		select f.folder::text from f limit _limit;
end $$;

-- The folders next to each other in [_from, _to), in lower case and in order:
-- what follows the first _stem characters up to the next slash ('0' is the byte
-- after it), each with the first object below.  Two seeks a folder.
create or replace function storage_local.child_folders(
	_bucket text, _stem integer, _from text, _to text, _descending boolean,
	_limit integer)
returns table (low text, name text, ref tid, nth bigint)
language plpgsql stable security definer set search_path = ''
set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off
as $$
#variable_conflict use_column
begin
	if _descending then
		return query
			with recursive f as (
				select left(s.low, _stem + strpos(
					substr(s.low, _stem + 1), '/')) as low
				from (
					select lower(storage_local.folder_of(o.name)) collate "C"
						as low
					from storage.objects o
					where o.bucket_id = _bucket
					  and lower(storage_local.folder_of(o.name)) collate "C"
						>= _from collate "C"
					  and lower(storage_local.folder_of(o.name)) collate "C"
						< _to collate "C"
					order by 1 desc limit 1) s
				union all
				select left(s.low, _stem + strpos(
					substr(s.low, _stem + 1), '/'))
				from f cross join lateral (
					select lower(storage_local.folder_of(o.name)) collate "C"
						as low
					from storage.objects o
					where o.bucket_id = _bucket
					  and lower(storage_local.folder_of(o.name)) collate "C"
						>= _from collate "C"
					  and lower(storage_local.folder_of(o.name)) collate "C"
						< f.low collate "C"
					order by 1 desc limit 1) s
			)
			select f.low, n.name, n.ref, row_number() over ()
			from f cross join lateral (
				select o.name, o.ctid as ref from storage.objects o
				where o.bucket_id = _bucket
				  and lower(o.name) collate "C" >= f.low collate "C"
				  and lower(o.name) collate "C"
					< left(f.low, -1) || '0' collate "C"
				order by lower(o.name) collate "C" limit 1) n
			limit _limit;
	else
		return query
			with recursive f as (
				select left(s.low, _stem + strpos(
					substr(s.low, _stem + 1), '/')) as low
				from (
					select lower(storage_local.folder_of(o.name)) collate "C"
						as low
					from storage.objects o
					where o.bucket_id = _bucket
					  and lower(storage_local.folder_of(o.name)) collate "C"
						>= _from collate "C"
					  and lower(storage_local.folder_of(o.name)) collate "C"
						< _to collate "C"
					order by 1 limit 1) s
				union all
				select left(s.low, _stem + strpos(
					substr(s.low, _stem + 1), '/'))
				from f cross join lateral (
					select lower(storage_local.folder_of(o.name)) collate "C"
						as low
					from storage.objects o
					where o.bucket_id = _bucket
					  and lower(storage_local.folder_of(o.name)) collate "C"
						>= left(f.low, -1) || '0' collate "C"
					  and lower(storage_local.folder_of(o.name)) collate "C"
						< _to collate "C"
					order by 1 limit 1) s
			)
			select f.low, n.name, n.ref, row_number() over ()
			from f cross join lateral (
				select o.name, o.ctid as ref from storage.objects o
				where o.bucket_id = _bucket
				  and lower(o.name) collate "C" >= f.low collate "C"
				  and lower(o.name) collate "C"
					< left(f.low, -1) || '0' collate "C"
				order by lower(o.name) collate "C" limit 1) n
			limit _limit;
	end if;
end $$;

-- --- list v1 -----------------------------------------------------------------

-- Does the user see anything below the folder (its name in lower case, with
-- its last slash)?  Returns the name of the first object seen.
create or replace function storage_local.first_below(
	_bucket text, _folder text)
returns text language plpgsql stable as $$
declare
	_lo text := _folder;
	_hi text := storage_local.prefix_end(_folder);
	_batch integer := 1;
	_seen text;
	_last text;
	_n integer;
begin
	loop
		select (array_agg(o.name order by n.nth)
				filter (where o.name is not null))[1],
			max(n.name) filter (where n.nth = _batch), count(*)
		into _seen, _last, _n
		from storage_local.names_lower(_bucket, _lo, _hi, false, _batch)
			with ordinality as n(name, ref, nth)
		left join lateral (
			select b.ctid, b.* from storage.objects b
			where b.ctid = n.ref offset 0) o on true;
		exit when _seen is not null or _n < _batch;
		_lo := lower(_last) || chr(1);
		_batch := least(_batch * 8, 1000);
	end loop;
	return _seen;
end $$;

-- The folders of list v1: what follows _base up to the next slash, as the first
-- object seen writes it, _limit of them at most.  One whose first object the
-- user does not see is looked into for another.
create or replace function storage_local.search_folders(
	_bucket text, _base text, _descending boolean, _limit integer)
returns text[] language plpgsql stable as $$
declare
	-- What stands directly in the folder _base is no folder of it.
	_lo text := lower(_base) || chr(1);
	_hi text := storage_local.prefix_end(lower(_base));
	_all text[] := '{}';
	_some text[];
	_last text;
	_batch integer;
	_n integer;
begin
	loop
		_batch := _limit - cardinality(_all);
		exit when _batch <= 0;
		select array_agg(left(s.name, length(f.low) - 1) order by f.nth)
				filter (where s.name is not null),
			max(f.low) filter (where f.nth = _batch), count(*)
		into _some, _last, _n
		from storage_local.child_folders(_bucket, length(_base), _lo, _hi,
			_descending, _batch) f
		left join lateral (
			select b.ctid, b.* from storage.objects b
			where b.ctid = f.ref offset 0) o on true
		cross join lateral (select case when o.ctid is not null then o.name
			else storage_local.first_below(_bucket, f.low) end as name) s;
		_all := _all || coalesce(_some, '{}');
		exit when _n < _batch;
		if _descending then
			_hi := _last;
		else
			_lo := left(_last, -1) || '0';
		end if;
	end loop;
	return _all;
end $$;

-- names_by_time of several folders in one order; of one it is that.
create or replace function storage_local.names_in_places(
	_bucket text, _folders text[], _column text, _descending boolean,
	_at timestamp, _after text, _limit integer)
returns table (name text, at timestamp, ref tid, nth bigint)
language plpgsql stable as $$
#variable_conflict use_column
begin
	if cardinality(_folders) = 1 then
		return query
			select n.* from storage_local.names_by_time(_bucket, _folders[1],
				_column, _descending, _at, _after, _limit)
				with ordinality as n;
	else
		return query
			select n.*, row_number() over (order by
				case when _descending then n.at end desc,
				case when _descending then n.name collate "C" end desc,
				n.at, n.name collate "C") as nth
			from unnest(_folders) f(folder)
			cross join lateral storage_local.names_by_time(_bucket,
				f.folder, _column, _descending, _at, _after, _limit) n
			order by nth limit _limit;
	end if;
end $$;

-- Where the files are that the user sees in some folders, by time, behind
-- (_at, _after): of names that start with _match (in lower case, if _any_case)
-- those after the first _offset, _limit of them at most.  Null when that takes
-- more than _most candidates.  What is skipped is counted, not kept: policies
-- have to see it all the same, so an offset costs what it skips.
create or replace function storage_local.files_by_time(
	_bucket text, _folders text[], _match text, _any_case boolean,
	_column text, _descending boolean, _at timestamp, _after text,
	_offset integer, _limit integer, _most integer default null)
returns tid[] language plpgsql stable as $$
declare
	_all tid[] := '{}';
	_refs tid[];
	_skip integer := _offset;
	_batch integer := least(_offset + _limit, 1000);
	_read integer := 0;
	_names integer;
	_n integer;
begin
	while cardinality(_all) < _limit loop
		if _read >= _most then
			return null;
		end if;
		select array_agg(o.ctid order by c.nth)
				filter (where o.ctid is not null),
			max(c.at) filter (where c.nth = _batch),
			max(c.name) filter (where c.nth = _batch), count(*)
		into _refs, _at, _after, _names
		from storage_local.names_in_places(_bucket, _folders, _column,
			_descending, _at, _after, _batch) c
		left join lateral (
			select b.ctid from storage.objects b
			where b.ctid = c.ref and starts_with(case when _any_case
				then lower(b.name) else b.name end, _match)
			offset 0) o on true;
		_n := coalesce(cardinality(_refs), 0);
		_all := _all || coalesce(
			_refs[_skip + 1:_skip + _limit - cardinality(_all)], '{}');
		_skip := greatest(_skip - _n, 0);
		exit when _names < _batch;
		_read := _read + _names;
		_batch := least(_batch * 4, 1000);
	end loop;
	return _all;
end $$;

-- The same for one folder, of names that few others share: found by name,
-- sorted here.  Null when more than _most names match.
create or replace function storage_local.files_by_name(
	_bucket text, _match text, _column text, _descending boolean,
	_offset integer, _limit integer, _most integer)
returns uuid[] language plpgsql stable as $$
declare
	_found uuid[];
	_n integer;
begin
	select array_agg(s.id order by
			case when _descending then s.at end desc,
			case when _descending then s.name collate "C" end desc,
			s.at, s.name collate "C") filter (where s.id is not null),
		count(*)
	into _found, _n
	from (
		select f.id, f.name, storage_local.shown_at(case _column
			when 'created_at' then f.created_at
			when 'last_accessed_at' then f.last_accessed_at
			else f.updated_at end) as at
		from storage_local.search_by_name('', _bucket, _most + 1, 0, _match,
			false) f
	) s;
	return case when _n <= _most then
		coalesce(_found[_offset + 1:_offset + _limit], '{}') end;
end $$;

-- List v1 by time: folders first, by name, then files.  With an offset of n
-- and a limit of m it reads n + m entries of an index, whatever lies beside.
-- A search that many names match fills its page soon; one that few match is
-- done by name.
create or replace function storage_local.search_by_time(
	_prefix text, _bucket text, _limit integer, _offset integer,
	_search text, _column text, _descending boolean)
returns table (name text, id uuid, updated_at timestamptz,
	created_at timestamptz, last_accessed_at timestamptz, metadata jsonb)
language plpgsql stable
-- The helpers run often and briefly: planning them anew would cost more.
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
	_most constant integer := 1000;
	_base text := _prefix || _search;
	_folder text := lower(storage_local.folder_of(_prefix || _search));
	_folders text[] := storage_local.search_folders(
		_bucket, _prefix || _search, _descending, _offset + _limit);
	-- one folder, written in one way or several
	_places text[];
	_skip integer := greatest(_offset - cardinality(_folders), 0);
	_left integer := _limit - greatest(cardinality(_folders) - _offset, 0);
	_refs tid[];
	_ids uuid[];
begin
	return query
		select substr(f.name, length(_prefix) + 1), null::uuid,
			null::timestamptz, null::timestamptz, null::timestamptz,
			null::jsonb
		from unnest(_folders) with ordinality as f(name, nth)
		where f.nth > _offset order by f.nth;
	if _left <= 0 then
		return;
	end if;
	_places := array(select storage_local.folders_lower(_bucket, _folder,
		_folder || chr(1), 1000));
	_refs := storage_local.files_by_time(_bucket, _places, lower(_base), true,
		_column, _descending, null, '', _skip, _left,
		case when lower(_base) <> _folder then _most end);
	if _refs is null then
		_ids := storage_local.files_by_name(_bucket, _base, _column,
			_descending, _skip, _left, _most);
		if _ids is null then
			_refs := storage_local.files_by_time(_bucket, _places,
				lower(_base), true, _column, _descending, null, '',
				_skip, _left);
		end if;
	end if;
	if _ids is not null then
		return query
			select substr(o.name, length(_prefix) + 1), o.id, o.updated_at,
				o.created_at, o.last_accessed_at, o.metadata
			from unnest(_ids) with ordinality as r(id, nth)
			cross join lateral (
				select b.* from storage.objects b
				where b.id = r.id offset 0) o
			order by r.nth;
	else
		return query
			select substr(o.name, length(_prefix) + 1), o.id, o.updated_at,
				o.created_at, o.last_accessed_at, o.metadata
			from unnest(_refs) with ordinality as r(ref, nth)
			cross join lateral (
				select b.* from storage.objects b
				where b.ctid = r.ref offset 0) o
			order by r.nth;
	end if;
end $$;

-- --- list v2 -----------------------------------------------------------------

-- The folders in and below a prefix, as their names are written; null when
-- there are more than _most.
create or replace function storage_local.folders_under(
	_bucket text, _prefix text, _most integer)
returns text[] language plpgsql stable as $$
declare
	_all text[] := array(select storage_local.folders_lower(_bucket,
		lower(_prefix), storage_local.prefix_end(lower(_prefix)),
		_most + 1));
begin
	if cardinality(_all) > _most then
		return null;
	end if;
	return array(select f from unnest(_all) f
		where starts_with(f, _prefix));
end $$;

-- When the first object was made that the user sees in a folder.
create or replace function storage_local.first_made(
	_bucket text, _folder text)
returns timestamptz language plpgsql stable as $$
declare
	_refs tid[] := storage_local.files_by_time(_bucket, array[_folder],
		_folder, false, 'created_at', false, null, '', 0, 1);
begin
	return (select min(created_at) from storage.objects
		where ctid = any (_refs));
end $$;

-- List v2 with folders, by time, where there are few: all below the prefix, as
-- folders_under() has them.
create or replace function storage_local.list_few_by_time(
	_bucket text, _prefix text, _limit integer, _level integer, _start text,
	_descending boolean, _column text, _after timestamptz, _folders text[])
returns table (key text, name text, id uuid, updated_at timestamptz,
	created_at timestamptz, last_accessed_at timestamptz, metadata jsonb)
language plpgsql stable
-- The helpers run often and briefly: planning them anew would cost more.
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
begin
	return query
		with entries as (
			select f.name, null::uuid as id, min(f.made) as updated_at,
				min(f.made) as created_at,
				null::timestamptz as last_accessed_at,
				null::jsonb as metadata
			from (
				select storage.get_common_prefix(p, _prefix, '/') as name,
					case when o.ctid is not null then o.created_at
					else storage_local.first_made(_bucket, p)
					end as made
				from unnest(_folders) p
				cross join lateral storage_local.names_by_time(_bucket,
					p, 'created_at', false, null, '', 1) n
				left join lateral (
					select b.ctid, b.* from storage.objects b
					where b.ctid = n.ref offset 0) o on true
				where p <> _prefix
			) f
			where f.made is not null
			group by f.name
			union all
			select o.name, o.id, o.updated_at, o.created_at,
				o.last_accessed_at, o.metadata
			from unnest(storage_local.files_by_time(_bucket,
				array[storage_local.folder_of(_prefix)], _prefix, false,
				case _column when 'created_at' then 'created_at'
					else 'updated_at' end, _descending,
				_after at time zone 'UTC',
				case when _after is null then '' else _start end,
				0, _limit)) r(ref)
			cross join lateral (
				select b.* from storage.objects b
				where b.ctid = r.ref offset 0) o
		), keyed as (
			select e.*, date_trunc('milliseconds', case _column
				when 'created_at' then e.created_at
				else e.updated_at end) as at
			from entries e
		)
		select split_part(name, '/', _level), name, id, updated_at,
			created_at, last_accessed_at, metadata
		from keyed
		where _after is null
		   or case when _descending
			then (at, name collate "C") < (_after, _start collate "C")
			else (at, name collate "C") > (_after, _start collate "C")
			end
		order by case when _descending then at end desc,
			case when _descending then name collate "C" end desc,
			at, name collate "C"
		limit _limit;
end $$;

-- The same of many folders: all objects are read.
create or replace function storage_local.list_many_by_time(
	_bucket text, _prefix text, _limit integer, _level integer, _start text,
	_descending boolean, _column text, _after timestamptz)
returns table (key text, name text, id uuid, updated_at timestamptz,
	created_at timestamptz, last_accessed_at timestamptz, metadata jsonb)
language plpgsql stable as $$
#variable_conflict use_column
begin
	return query
		with hits as (
			select storage.get_common_prefix(o.name, _prefix, '/') as folder,
				o.*
			from storage.objects o
			where o.bucket_id = _bucket
			  and o.name collate "C" >= _prefix collate "C"
			  and o.name collate "C"
				< storage_local.prefix_end(_prefix) collate "C"
		), entries as (
			select folder as name, null::uuid as id,
				min(created_at) as updated_at, min(created_at) as created_at,
				null::timestamptz as last_accessed_at,
				null::jsonb as metadata
			from hits where folder is not null group by folder
			union all
			select name, id, updated_at, created_at, last_accessed_at, metadata
			from hits where folder is null
		), keyed as (
			select e.*, date_trunc('milliseconds', case _column
				when 'created_at' then e.created_at
				else e.updated_at end) as at
			from entries e
		)
		select split_part(name, '/', _level), name, id, updated_at,
			created_at, last_accessed_at, metadata
		from keyed
		where _after is null
		   or case when _descending
			then (at, name collate "C") < (_after, _start collate "C")
			else (at, name collate "C") > (_after, _start collate "C")
			end
		order by case when _descending then at end desc,
			case when _descending then name collate "C" end desc,
			at, name collate "C"
		limit _limit;
end $$;

-- List v2 with folders, by time: a folder counts as old as its first object.
-- Of up to 300 folders below the prefix each is asked for its first object, and
-- the prefix itself for the files of one page; where there are more, all
-- objects are read, because that time is the least of all that the user sees.
create or replace function storage.search_by_timestamp(
	p_prefix text, p_bucket_id text, p_limit integer, p_level integer,
	p_start_after text, p_sort_order text, p_sort_column text,
	p_sort_column_after text)
returns table (key text, name text, id uuid, updated_at timestamptz,
	created_at timestamptz, last_accessed_at timestamptz, metadata jsonb)
language plpgsql stable as $$
#variable_conflict use_column
declare
	_descending boolean := lower(p_sort_order) = 'desc';
	_after timestamptz := nullif(p_sort_column_after, '')::timestamptz;
	_folders text[] :=
		storage_local.folders_under(p_bucket_id, p_prefix, 300);
begin
	if _folders is null then
		return query select * from storage_local.list_many_by_time(
			p_bucket_id, p_prefix, p_limit, p_level, p_start_after,
			_descending, p_sort_column, _after);
	else
		return query select * from storage_local.list_few_by_time(
			p_bucket_id, p_prefix, p_limit, p_level, p_start_after,
			_descending, p_sort_column, _after, _folders);
	end if;
end $$;

-- Flat, by time, in few folders: each is read as far as the page may need.
create or replace function storage_local.list_few_flat_by_time(
	_bucket text, _prefix text, _limit integer, _after text, _column text,
	_descending boolean, _at timestamptz, _folders text[])
returns table (key text, name text, id uuid, updated_at timestamptz,
	created_at timestamptz, last_accessed_at timestamptz, metadata jsonb)
language plpgsql stable
-- The helpers run often and briefly: planning them anew would cost more.
set plan_cache_mode = force_generic_plan
as $$
declare
	_folder text := storage_local.folder_of(_prefix);
begin
	return query
		select null::text, o.name, o.id, o.updated_at, o.created_at,
			o.last_accessed_at, o.metadata
		from unnest(storage_local.files_by_time(_bucket,
				case when _folder = _prefix then _folders
				else _folder || _folders end, _prefix,
				false, _column, _descending, _at at time zone 'UTC',
				case when _at is null then '' else _after end, 0, _limit))
			with ordinality as r(ref, nth)
		cross join lateral (
			select b.* from storage.objects b
			where b.ctid = r.ref offset 0) o
		order by r.nth;
end $$;

-- Flat, by time: a hundred folders below the prefix are merged; where there
-- are more, all objects are read.
create or replace function storage_local.list_flat_by_time(
	_bucket text, _prefix text, _limit integer, _after text, _column text,
	_descending boolean, _at timestamptz)
returns table (key text, name text, id uuid, updated_at timestamptz,
	created_at timestamptz, last_accessed_at timestamptz, metadata jsonb)
language plpgsql stable as $$
#variable_conflict use_column
declare
	_folders text[] := storage_local.folders_under(_bucket, _prefix, 100);
begin
	if _folders is not null then
		return query select * from storage_local.list_few_flat_by_time(
			_bucket, _prefix, _limit, _after, _column, _descending, _at,
			_folders);
		return;
	end if;
	return query
		with hits as (
			select o.*, date_trunc('milliseconds', case _column
				when 'created_at' then o.created_at
				else o.updated_at end) as at
			from storage.objects o
			where o.bucket_id = _bucket
			  and o.name collate "C" >= _prefix collate "C"
			  and o.name collate "C"
				< storage_local.prefix_end(_prefix) collate "C"
		)
		select null::text, h.name, h.id, h.updated_at, h.created_at,
			h.last_accessed_at, h.metadata
		from hits h
		where _at is null or case when _descending
			then (h.at, h.name collate "C") < (_at, _after collate "C")
			else (h.at, h.name collate "C") > (_at, _after collate "C")
			end
		order by
			case when _descending then h.at end desc,
			case when _descending then h.name collate "C" end desc,
			h.at, h.name collate "C"
		limit _limit;
end $$;

reset role;
