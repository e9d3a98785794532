set local lock_timeout = '2s';
-- Sessions whose agents vanished (maestro-api.md 5.4, realtime.md 8.3).  That
-- an agent lives stands in Redis; what Redis could not take, here.

-- Nothing but "it was alive": may be lost in a crash, is written anew every
-- few seconds.
create unlogged table if not exists private.session_beats (
	session_id text primary key references public.sessions (id)
		on delete cascade,
	seen_at timestamptz not null default clock_timestamp()
) with (fillfactor = 50);
revoke all on private.session_beats from public, anon, authenticated;

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
-- lost.  Says how many there were.
create or replace function private.fail_silent(ids text[], silence_ms bigint)
returns bigint
language plpgsql volatile
as $$
declare
	s public.sessions;
	n bigint := 0;
begin
	for s in
		select * from public.sessions x
		where x.id = any(ids) and x.status in ('working', 'idle')
			and x.id not in (
				select private.beating(ids, silence_ms))
		order by x.id for no key update
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
		n := n + 1;
	end loop;
	return n;
end
$$;

revoke execute on function private.keep_beat(text),
	private.beating(text[], bigint), private.fail_silent(text[], bigint)
	from public;
grant execute on function private.keep_beat(text)
	to authenticated, service_role;
grant execute on function private.beating(text[], bigint),
	private.fail_silent(text[], bigint) to service_role;

revoke execute on all functions in schema api from public;
grant execute on all functions in schema api to authenticated, service_role;
