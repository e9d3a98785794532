-- What subscribers hear: names and payloads of maestro-api.md 5.1.  Row
-- triggers, so it does not matter who writes; the function that tells of a
-- table stands with its subject.  Deleted-events carry projectId beside the id
-- because delivery is scoped by it.
--
-- History that an import writes (import_tasks.sql) is silent: stamps are those
-- of the file, links and entries come with what they mirror; nobody wants to
-- hear of last year's tasks, and of the audit the log keeps which projects came
-- and who got into them.  So triggers ask `when (not private.importing())`:
-- a condition is asked before a trigger is called, or its row remembered for
-- the commit.  Who adds a trigger decides: t/sql/import.t asks.

-- --- who imports -----------------------------------------------------------

-- Set by the import for its transaction.  A setting can be made by anybody
-- who speaks SQL, so who speaks counts too.
create or replace function private.is_owner_session() returns bool
language sql stable
as $$
	select pg_has_role(session_user, (
		select n.nspowner from pg_catalog.pg_namespace n
		where n.nspname = 'private'), 'member')
$$;

-- In the conditions of triggers everybody fires: PostgreSQL inlines it.
create or replace function private.importing() returns bool
language sql stable
as $$
	select case when current_setting('maestro.import', true) = 'on'
		then private.is_owner_session() else false end
$$;

-- --- events ----------------------------------------------------------------

-- One message in the write-ahead log, part of the transaction: it exists if
-- and only if the change committed (design.md 9).  plpgsql, so that its plan is
-- kept: every write comes here, and planning took longer than emitting.
create or replace function private.emit(event text, project_id text, data json)
returns void
language plpgsql volatile
as $$
begin
	if private.importing() then
		return;
	end if;
	perform pg_logical_emit_message(true, 'maestro', json_build_object(
		'type', event, 'event', event, 'projectId', project_id,
		'data', data, 'timestamp', private.ms(clock_timestamp()))::text);
end
$$;

-- What the message says of a row: which, and of a change the columns.  Who
-- wants the rest reads it as the one who hears.
create or replace function private.emit_row(event text, project_id text,
	of_table text, id text, columns text[]) returns void
language plpgsql volatile
as $$
begin
	perform private.emit(event, project_id, json_build_object('table',
		of_table, 'id', id, 'columns', columns));
end
$$;

-- Two versions of a row: what differs.
create or replace function private.changed_columns(before jsonb, after jsonb)
returns text[]
language sql immutable parallel safe
as $$
	select array_agg(n.key) from jsonb_each(after) n
	where n.value is distinct from before -> n.key
$$;

-- For one person alone: no project, the user says who may hear it.
create or replace function private.emit_to_user(event text, user_id uuid,
	data json) returns void
language plpgsql volatile
as $$
begin
	if private.importing() then
		return;
	end if;
	perform pg_logical_emit_message(true, 'maestro', json_build_object(
		'type', event, 'event', event, 'projectId', null,
		'userId', user_id, 'data', data,
		'timestamp', private.ms(clock_timestamp()))::text);
end
$$;

grant execute on function private.is_owner_session(), private.importing()
	to authenticated, service_role;
