-- Sessions whose agents vanished (maestro-api.md 5.4, realtime.md 8.3).  That
-- an agent lives stands in Redis; what Redis could not take, here.

create or replace function private.keep_beat(session text) returns void
language sql volatile security definer set search_path = ''
as $$
	insert into private.session_beats (session_id)
	select s.id from public.sessions s
	where s.id = session and (s.project_id = any(array(
			select private.project_ids('member')))
		or private.claims() ->> 'role' = 'service_role')
	on conflict (session_id) do update set seen_at = clock_timestamp()
$$;

create or replace function api.session_beat(session text) returns text
language plpgsql volatile
as $$
begin
	perform api.need_session(session, null, 'member');
	perform private.keep_beat(session);
	return session;
end
$$;

-- Of these the ones that were alive less than so many ms ago.
create or replace function private.beating(ids text[], silence_ms bigint)
returns setof text
language sql stable security definer set search_path = ''
as $$
	select b.session_id from private.session_beats b
	where b.session_id = any(ids) and b.seen_at > clock_timestamp()
		- silence_ms * interval '1 ms'
$$;

-- Fails those that were at work, with what they left open of their tasks.  A
-- session that is just being started again (spawning) is not the one that was
-- lost.  All are locked before the first of their tasks: an agent that ends
-- while another is found silent must not wait for it and it for the agent.
-- Says how many there were.
create or replace function private.fail_silent(ids text[], silence_ms bigint)
returns bigint
language plpgsql volatile
as $$
declare
	s public.sessions;
	silent text[];
begin
	select array_agg(l.id) into silent
	from (select x.id from public.sessions x
		where x.id = any(ids) and x.status in ('working', 'idle')
			and x.id not in (
				select private.beating(ids, silence_ms))
		order by x.id for no key update) l;
	for s in
		select * from public.sessions x where x.id = any(silent)
		order by x.id
	loop
		insert into public.session_timeline
			(project_id, session_id, type, message, metadata)
		values (s.project_id, s.id, 'error', 'agent_disconnected: '
			'no sign of life from the agent', jsonb_build_object(
			'code', 'agent_disconnected'));
		update public.sessions x set status = 'failed',
			completed_at = now()
		where x.id = s.id;
		perform api.close_parts(s, 'failed');
	end loop;
	return coalesce(cardinality(silent), 0);
end
$$;

-- --- back to Redis ---------------------------------------------------------
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

grant execute on function private.keep_beat(text)
	to authenticated, service_role;
grant execute on function private.beating(text[], bigint),
	private.fail_silent(text[], bigint), private.kept_beats(),
	private.drop_beats(json)
	to service_role;
