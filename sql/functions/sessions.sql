-- Agent sessions as the API sees them (rules: maestro-api.md 7).  Security
-- invoker: policies decide.

-- --- rules that hold whoever writes ----------------------------------------

create or replace function private.stamp_session() returns trigger
language plpgsql
as $$
begin
	new.root_session_id := coalesce(new.root_session_id, new.id);
	if tg_op = 'UPDATE' then
		new.updated_at := now();
		new.last_activity := now();
	end if;
	return new;
end
$$;

-- --- as JSON ---------------------------------------------------------------

create or replace function api.session_summary_json(s public.sessions)
returns json
language sql stable parallel safe
as $$
	select private.json_with(json_build_object(
			'id', s.id,
			'name', s.name,
			'status', s.status,
			'projectId', s.project_id,
			'taskIds', s.task_ids,
			'parentSessionId', s.parent_session_id,
			'rootSessionId', s.root_session_id,
			'teamSessionId', s.team_session_id,
			'isMasterSession', s.is_master_session,
			'startedAt', private.ms(s.started_at),
			'completedAt', private.ms(s.completed_at)),
		'"teamMemberId":' || to_json(s.team_member_id)::text,
		'"teamMemberIds":' || to_json(s.team_member_ids)::text,
		'"teamMemberSnapshot":' || s.team_member_snapshot::text,
		'"teamMemberSnapshots":' || s.team_member_snapshots::text,
		'"humanCompletedAt":' || private.ms(s.human_completed_at)::text,
		'"archivedAt":' || private.ms(s.archived_at)::text)
$$;

-- plpgsql, so that its plans are kept.  env is for the owner's eyes:
-- api.session_own_json passes it, events do not.
create or replace function api.session_json(s public.sessions,
	env jsonb default '{}') returns json
language plpgsql stable
set plan_cache_mode = force_generic_plan
as $$
begin
	return private.json_with(json_build_object(
			'id', s.id,
			'projectId', s.project_id,
			'name', s.name,
			'status', s.status,
			'taskIds', s.task_ids,
			'env', env,
			'startedAt', private.ms(s.started_at),
			'lastActivity', private.ms(private.last_activity(s)),
			'completedAt', private.ms(s.completed_at),
			'hostname', s.hostname,
			'platform', s.platform,
			'events', (
				select coalesce(json_agg(
					api.session_event_json(e)
					order by e.seq), '[]')
				from public.session_events e
				where e.project_id = s.project_id
					and e.session_id = s.id),
			'timeline', (
				select coalesce(json_agg(api.timeline_json(e)
					order by e.seq), '[]')
				from public.session_timeline e
				where e.project_id = s.project_id
					and e.session_id = s.id),
			'docs', (
				select coalesce(json_agg(api.doc_json(d)
					order by d.added_at, d.id), '[]')
				from public.session_docs d
				where d.project_id = s.project_id
					and d.session_id = s.id),
			'parentSessionId', s.parent_session_id,
			'rootSessionId', s.root_session_id,
			'teamSessionId', s.team_session_id,
			'teamId', s.team_id,
			'isMasterSession', s.is_master_session),
		'"agentId":' || to_json(s.agent_id)::text,
		'"needsInput":' || s.needs_input::text,
		'"metadata":' || s.metadata::text,
		'"teamMemberId":' || to_json(s.team_member_id)::text,
		'"teamMemberIds":' || to_json(s.team_member_ids)::text,
		'"teamMemberSnapshot":' || s.team_member_snapshot::text,
		'"teamMemberSnapshots":' || s.team_member_snapshots::text,
		'"claudeSessionId":' || to_json(s.claude_session_id)::text,
		'"humanCompletedAt":' || private.ms(s.human_completed_at)::text,
		'"archivedAt":' || private.ms(s.archived_at)::text);
end
$$;

-- As the caller may see it: row-level security of session_env decides.
create or replace function api.session_own_json(s public.sessions) returns json
language plpgsql stable
set plan_cache_mode = force_generic_plan
as $$
begin
	return api.session_json(api.with_snapshots(s), coalesce((
		select v.env from public.session_env v
		where v.session_id = s.id
			and v.user_id = (select auth.uid())), '{}'));
end
$$;

-- --- look-ups that refuse --------------------------------------------------

create or replace function api.need_session(session text, in_project text,
	min_role text) returns public.sessions
language plpgsql stable
as $$
declare
	s public.sessions;
begin
	select * into s from public.sessions
	where id = session
		and (in_project is null or project_id = in_project);
	if not found then
		perform private.refuse_missing('Session', session);
	end if;
	if min_role <> 'viewer' then
		perform private.need_project(s.project_id, min_role);
	end if;
	return s;
end
$$;

-- --- sessions --------------------------------------------------------------

-- Planned for the arguments of each call: a filter that is not used is not
-- there, and one that is finds its index.  words: comma list of states.
create or replace function api.session_list(project text, task text,
	parent text, root text, team text, words text, is_active bool,
	is_full bool, row_limit int, row_offset int) returns json
language plpgsql stable
set plan_cache_mode = force_custom_plan
as $$
declare
	ids text[];
	total bigint;
	paged bool := row_limit is not null or row_offset is not null;
	size int := case when paged then coalesce(row_limit, 100) end;
	rows json;
begin
	select array_agg(x.id), max(x.n) into ids, total from (
		select s.id, count(*) over () as n
		from public.sessions s
		where (project is null or s.project_id = project)
			and (task is null or s.id = any(array(
				select l.session_id
				from public.task_sessions l
				where l.task_id = task)))
			and (parent is null or s.parent_session_id = parent)
			and (root is null or s.root_session_id = root)
			and (team is null or s.team_session_id = team)
			and (words is null or s.status = any(
				string_to_array(replace(words, ' ', ''), ',')))
			and (is_active is null or is_active = (s.status in
				('spawning', 'idle', 'working')))
		order by s.started_at, s.id
		limit size offset coalesce(row_offset, 0)) x;
	select json_agg(case when is_full then api.session_own_json(s)
			else api.session_summary_json(s) end
		order by s.started_at, s.id)
	into rows
	from public.sessions s where s.id = any(ids);
	return api.page_json(rows, coalesce(total, 0), row_limit, row_offset);
end
$$;

create or replace function api.session_get(session text) returns json
language plpgsql stable
as $$
begin
	return api.session_own_json(
		api.need_session(session, null, 'viewer'));
end
$$;

-- The variables of an agent without those that are secrets.
create or replace function api.clean_env(env jsonb) returns jsonb
language sql immutable
as $$
	select coalesce(jsonb_object_agg(e.key, e.value), '{}')
	from jsonb_each(env) e
	where not private.is_secret(e.key, e.value #>> '{}')
$$;

-- A child that names no root has its parent's.
create or replace function api.session_create(input json) returns json
language plpgsql volatile
as $$
declare
	project text := input ->> 'projectId';
	tasks text[] := coalesce(private.text_array(input -> 'taskIds'),
		array_remove(array[input ->> 'taskId'], null));
	parent public.sessions;
	root text := input ->> 'rootSessionId';
	s public.sessions;
	missing text;
begin
	if input -> 'taskIds' is null and input -> 'taskId' is null then
		perform private.refuse(400, 'validation_failed',
			'taskIds is required', 'taskIds');
	end if;
	perform private.need_project(project, 'member');
	select w.id into missing from unnest(tasks) w(id)
	where not exists (select from public.tasks t
		where t.project_id = project and t.id = w.id)
	limit 1;
	if missing is not null then
		perform private.refuse_missing('Task', missing);
	end if;
	s.id := coalesce(input ->> 'id', private.new_id('sess'));
	if input ->> 'parentSessionId' is not null then
		parent := api.need_parent(input ->> 'parentSessionId', project,
			'parentSessionId');
	end if;
	if root <> s.id then
		perform api.need_parent(root, project, 'rootSessionId');
	end if;

	perform from public.tasks t where t.id = any(tasks)
	order by t.id for no key update; -- see api.set_sessions

	insert into public.sessions (id, project_id, name, status, agent_id,
		metadata, claude_session_id, parent_session_id,
		root_session_id, team_session_id, team_id, is_master_session)
	values (s.id, project,
		coalesce(input ->> 'name', 'Session ' || s.id),
		coalesce(input ->> 'status', 'idle'), input ->> 'agentId',
		(input -> 'metadata')::jsonb, input ->> 'claudeSessionId',
		parent.id, coalesce(root, parent.root_session_id, s.id),
		input ->> 'teamSessionId', input ->> 'teamId',
		coalesce((select p.is_master from public.projects p
			where p.id = project), false))
	returning * into s;
	perform api.begin_session(s, tasks, (input -> 'env')::jsonb);
	return api.session_get(s.id);
end
$$;

create or replace function api.session_delete(session text) returns json
language plpgsql volatile
as $$
begin
	perform api.need_session(session, null, 'member');
	delete from public.sessions where id = session;
	return json_build_object('success', true, 'id', session);
end
$$;

-- --- how one begins --------------------------------------------------------
-- The same rules for sessions that register themselves and for those that are
-- spawned (maestro-api.md 7.5, 7.12).

-- A session of the project that another one descends from.
create or replace function api.need_parent(session text, project text,
	field text) returns public.sessions
language plpgsql stable
as $$
declare
	s public.sessions;
begin
	select * into s from public.sessions x
	where x.id = session and x.project_id = project;
	if not found then
		perform private.refuse(404, 'parent_session_not_found',
			'Session with id ''' || left(session, 128) ||
			''' not found in the project', field);
	end if;
	return s;
end
$$;

-- The links and first entries of a session that was just made, and its env
-- without secrets.
create or replace function api.begin_session(s public.sessions, tasks text[],
	env jsonb) returns void
language plpgsql volatile
as $$
declare
	one text;
begin
	env := api.clean_env(coalesce(env, '{}')) ||
		case when s.is_master_session
			then '{"MAESTRO_IS_MASTER": "true"}' else '{}' end::jsonb;
	if env <> '{}' then
		insert into public.session_env (session_id, project_id, env)
		values (s.id, s.project_id, env);
	end if;
	insert into public.session_timeline (project_id, session_id, type)
	values (s.project_id, s.id, 'session_started');
	for one in select w.id from unnest(tasks)
		with ordinality as w(id, n) group by w.id order by min(w.n)
	loop
		perform api.link(s.project_id, one, s.id);
		insert into public.session_timeline
			(project_id, session_id, type, task_id)
		values (s.project_id, s.id, 'task_started', one);
	end loop;
end
$$;

-- --- events ----------------------------------------------------------------

-- A change of status and needsInput alone is the short event.  Of a session
-- that was just made private.emit_session_made tells.
create or replace function private.emit_session() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	if tg_op = 'DELETE' then
		perform private.emit('session:deleted', old.project_id,
			json_build_object('id', old.id,
				'projectId', old.project_id));
		return null;
	end if;
	if new.created_at = now() then
		return null; -- session:created will tell
	end if;
	if private.session_news(old, new) <@ array['status', 'needs_input'] then
		perform private.emit('session:status_changed', new.project_id,
			private.json_with(json_build_object('id', new.id,
				'status', new.status,
				'lastActivity', private.ms(new.last_activity),
				'projectId', new.project_id),
				'"needsInput":' || new.needs_input::text));
	end if;
	if new.status <> old.status and new.status in ('completed', 'failed')
	then
		perform private.emit('notify:session_' || new.status,
			new.project_id, json_build_object('sessionId', new.id,
				'name', new.name,
				'projectId', new.project_id));
	end if;
	if new.needs_input -> 'active' = 'true' and old.needs_input -> 'active'
		is distinct from 'true'
	then
		perform private.emit('notify:needs_input', new.project_id,
			private.json_with(json_build_object(
				'sessionId', new.id, 'name', new.name,
				'projectId', new.project_id),
				'"message":' || to_json(
					new.needs_input ->> 'message')::text));
	end if;
	return null;
end
$$;

-- The session as it is now, once per transaction: all who call it are deferred
-- triggers, so it is complete.  A session that was just made is told by
-- session:created.
create or replace function private.tell_session(session text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
	told text := coalesce(current_setting('maestro.told', true), '');
	s public.sessions;
begin
	if position(' ' || session || ' ' in told) > 0 then
		return;
	end if;
	perform set_config('maestro.told', told || ' ' || session || ' ', true);
	select * into s from public.sessions x
	where x.id = session and x.created_at < now();
	if found then
		perform private.emit('session:updated', s.project_id,
			api.session_json(s));
	end if;
end
$$;

-- What of a session is news: lastActivity and the mirror of the link table are
-- none of their own.
create or replace function private.session_news(old public.sessions,
	new public.sessions) returns text[]
language sql stable
as $$
	select array_agg(n.key)
	from jsonb_each(to_jsonb(new)) n
	where n.value is distinct from to_jsonb(old) -> n.key
		and n.key not in ('updated_at', 'last_activity', 'task_ids',
			'completed_at')
$$;

create or replace function private.emit_session_changed() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	-- Null, when there are none, is not true either.
	if not private.session_news(old, new) <@ array['status', 'needs_input']
	then
		perform private.tell_session(new.id);
	end if;
	return null;
end
$$;

-- At commit: links and first entries of the session are there.
create or replace function private.emit_session_made() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
	s public.sessions;
begin
	select * into s from public.sessions x where x.id = new.id;
	if not found then
		return null;
	end if;
	if position(' ' || s.id || ' ' in coalesce(
		current_setting('maestro.spawned', true), '')) = 0
	then
		perform private.emit('session:created', s.project_id,
			api.session_json(s));
		return null;
	end if;
	perform private.emit('session:spawn', s.project_id, json_build_object(
		'session', api.session_json(s),
		'command', 'maestro ' || case api.mode_role(
				s.metadata ->> 'mode') when 'worker'
				then 'worker' else 'orchestrator' end || ' init',
		'cwd', (select p.working_dir from public.projects p
			where p.id = s.project_id),
		'envVars', api.spawn_env(s, s.task_ids),
		'manifest', null,
		'projectId', s.project_id,
		'taskIds', s.task_ids,
		'spawnSource', s.metadata ->> 'spawnSource',
		'parentSessionId', s.parent_session_id,
		'rootSessionId', s.root_session_id,
		'_isSpawnCreated', true));
	return null;
end
$$;

-- --- what hangs on tables

create policy sessions_select on public.sessions for select to authenticated
	using (project_id = any(array(select private.project_ids('viewer'))));
create policy sessions_insert on public.sessions for insert to authenticated
	with check (user_id = (select auth.uid())
		and project_id = any(array(
			select private.project_ids('member'))));
create policy sessions_update on public.sessions for update to authenticated
	using (project_id = any(array(select private.project_ids('member'))))
	with check (project_id = any(array(
		select private.project_ids('member'))));
create policy sessions_delete on public.sessions for delete to authenticated
	using (project_id = any(array(select private.project_ids('member'))));

create trigger sessions_stamp before insert or update on public.sessions
	for each row when (not private.importing())
	execute function private.stamp_session();
create trigger sessions_clean before insert or update of metadata
	on public.sessions
	for each row when (new.metadata is not null
		and private.may_hold_secrets(new.metadata))
	execute function private.clean_metadata();
create trigger sessions_members before insert or update of metadata
	on public.sessions
	for each row when (case when jsonb_typeof(
			new.metadata -> 'teamMemberIds') = 'array'
		then jsonb_array_length(new.metadata -> 'teamMemberIds')
		end > 1000)
	execute function private.refuse_many_members();
create trigger sessions_snapshots before insert on public.sessions
	for each row when (not private.importing()
		and new.team_member_snapshot is null
		and new.team_member_snapshots is null
		and (new.team_member_id is not null
			or new.team_member_ids is not null
			or new.metadata ?| array['teamMemberId',
				'teamMemberIds']))
	execute function private.fill_snapshots();
create trigger sessions_audit after insert or update or delete
	on public.sessions
	for each row when (not private.importing())
	execute function private.log_rls_operation();
create trigger sessions_emit after update or delete on public.sessions
	for each row when (not private.importing())
	execute function private.emit_session();
create constraint trigger sessions_emit_changed after update
	on public.sessions deferrable initially deferred
	for each row when (not private.importing()
		and old.* is distinct from new.*)
	execute function private.emit_session_changed();
create constraint trigger sessions_emit_created after insert
	on public.sessions deferrable initially deferred
	for each row when (not private.importing())
	execute function private.emit_session_made();

create policy session_env_select on public.session_env
	for select to authenticated using (user_id = (select auth.uid()));
create policy session_env_insert on public.session_env
	for insert to authenticated
	with check (user_id = (select auth.uid()) and project_id = any(array(
		select private.project_ids('member'))));
create policy session_env_update on public.session_env
	for update to authenticated
	using (user_id = (select auth.uid()) and project_id = any(array(
		select private.project_ids('member'))))
	with check (user_id = (select auth.uid()) and project_id = any(array(
		select private.project_ids('member'))));

create trigger session_env_clean before insert or update
	on public.session_env
	for each row execute function private.check_env_row();
create trigger session_env_audit after insert or update or delete
	on public.session_env
	for each row when (not private.importing())
	execute function private.log_rls_operation();
