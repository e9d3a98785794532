set local lock_timeout = '2s';
-- All sessions are locked before the first of their tasks: an agent that ends
-- while another is found silent must not wait for it and it for the agent.
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
