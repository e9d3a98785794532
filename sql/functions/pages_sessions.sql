-- Who waits for a person.

create or replace function api.waiting_count(project text) returns bigint
language sql stable
as $$
	select count(*) from public.sessions s
	where s.project_id = project
		and s.needs_input ->> 'active' = 'true'
		and s.archived_at is null
		and s.status in ('spawning', 'idle', 'working')
$$;

-- --- the queue -------------------------------------------------------------
-- A session waits for a person while it has asked, has not ended and is not
-- put away.  Each page of a project tells how many do, its front page which.

-- When it asked, or the time to take for it if it does not say.
create or replace function private.since(needs_input jsonb,
	otherwise timestamptz) returns timestamptz
language sql immutable parallel safe
return case when needs_input ->> 'since' ~ '^\d{1,14}$'
	then timestamptz 'epoch' + interval '1 ms' *
		(needs_input ->> 'since')::bigint
	else otherwise end;

grant execute on function private.since(jsonb, timestamptz)
	to authenticated, service_role;
