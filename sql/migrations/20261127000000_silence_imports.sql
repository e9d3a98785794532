set local lock_timeout = '2s';
-- History that an import writes is silent: who it is that imports, and the
-- events and triggers that ask.  What an import does: 20261127050000.

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
revoke execute on function private.is_owner_session(), private.importing()
	from public;
grant execute on function private.is_owner_session(), private.importing()
	to authenticated, service_role;

-- --- events ----------------------------------------------------------------

create or replace function private.emit(event text, project_id text, data json)
returns void
language sql volatile
as $$
	select case when not private.importing() then
		pg_logical_emit_message(true, 'maestro', json_build_object(
			'type', event, 'event', event,
			'projectId', project_id, 'data', data,
			'timestamp', private.ms(clock_timestamp()))::text) end
$$;

-- For one person alone: no project, the user says who may hear it.
create or replace function private.emit_to_user(event text, user_id uuid,
	data json) returns void
language sql volatile
as $$
	select case when not private.importing() then
		pg_logical_emit_message(true, 'maestro', json_build_object(
			'type', event, 'event', event, 'projectId', null,
			'userId', user_id, 'data', data,
			'timestamp', private.ms(clock_timestamp()))::text) end
$$;
revoke execute on function private.emit(text, text, json),
	private.emit_to_user(text, uuid, json) from public;

-- --- triggers --------------------------------------------------------------

-- The stamps are those of the file; links and entries come with what they
-- mirror; nobody wants to hear of last year's tasks, and of the audit the log
-- keeps which projects came and who got into them.  A condition is asked
-- before a trigger is called, or its row remembered for the commit.
--
-- The import asks for this again before it begins, for tables and triggers
-- that came after.  Who adds a trigger to one of these tables decides:
-- t/sql/import.t asks.
create or replace function private.hush_imports() returns void
language plpgsql volatile
as $$
declare
	t record;
begin
	for t in
		select c.oid::regclass as tbl, g.tgname,
			pg_get_triggerdef(g.oid) as def
		from pg_catalog.pg_trigger g
		join pg_catalog.pg_class c on c.oid = g.tgrelid
		join pg_catalog.pg_proc p on p.oid = g.tgfoid
		where not g.tgisinternal
			and c.relnamespace = 'public'::regnamespace
			and c.relname in ('projects', 'project_members',
				'tasks', 'sessions', 'session_env',
				'task_sessions', 'session_timeline',
				'session_events', 'session_docs',
				'session_prompts', 'orderings', 'task_lists',
				'team_members', 'team_member_overrides',
				'teams', 'task_graphs', 'model_profiles',
				'mail', 'custom_prompts', 'command_usage',
				'task_images')
			and p.pronamespace = 'private'::regnamespace
			and (p.proname like 'emit\_%' or p.proname in
				('touch', 'stamp_task', 'stamp_session',
				'mirror_link', 'note_timeline',
				'fill_snapshots', 'name_person',
				'name_mail')
				or p.proname = 'log_rls_operation'
				and c.relname not in
					('projects', 'project_members'))
			and pg_get_triggerdef(g.oid) !~ 'private\.importing'
	loop
		execute format('drop trigger %I on %s', t.tgname, t.tbl);
		execute case when t.def ~ ' WHEN \(.*\) EXECUTE FUNCTION '
			then regexp_replace(t.def,
				' WHEN (\(.*\)) EXECUTE FUNCTION ',
				' WHEN (NOT private.importing() AND \1) '
				'EXECUTE FUNCTION ')
			else replace(t.def, ' EXECUTE FUNCTION ',
				' WHEN (NOT private.importing()) '
				'EXECUTE FUNCTION ') end;
	end loop;
end
$$;
revoke execute on function private.hush_imports() from public;
