set local lock_timeout = '2s';
-- Beats that the database kept while Redis was away go to Redis when it is
-- back: an agent that died in between is missed like any other.

-- Some of them; until: which rows private.drop_beats may then forget.
create or replace function private.kept_beats()
returns table (session_id text, age_ms bigint, until timestamptz)
language sql volatile security definer set search_path = ''
as $$
	select b.session_id, greatest(0, extract(epoch from
			clock_timestamp() - b.seen_at) * 1000)::bigint,
		b.seen_at
	from private.session_beats b
	limit 25
$$;

-- Who beat again meanwhile stays.
create or replace function private.drop_beats(ids json) returns void
language sql volatile security definer set search_path = ''
as $$
	delete from private.session_beats b
	using json_to_recordset(ids) as i(id text, until timestamptz)
	where b.session_id = i.id and b.seen_at <= i.until
$$;
revoke execute on function private.kept_beats(), private.drop_beats(json)
	from public;
grant execute on function private.kept_beats(), private.drop_beats(json)
	to service_role;
