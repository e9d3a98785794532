-- Who waits for a person: a session that has asked, has not ended and is not
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
