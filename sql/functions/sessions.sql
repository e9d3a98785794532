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

-- --- lists -----------------------------------------------------------------

-- The states a list asks for: of the words (a,b) those that are active, or not;
-- null: any.
create or replace function private.session_states(words text, is_active bool)
returns text[]
language sql immutable parallel safe
as $$
	select case when words is not null or is_active is not null then array(
		select w.word from unnest(array['spawning', 'idle', 'working',
			'completed', 'failed', 'stopped']) w(word)
		where (words is null or w.word = any(
				string_to_array(replace(words, ' ', ''), ',')))
			and (is_active is null or is_active = (w.word in
				('spawning', 'idle', 'working')))) end
$$;

-- One window of a list, oldest first.  A branch for each order that an index
-- has, so that every plan can be kept and none reads more than it shows: of
-- each project the window is taken before they are put together, and so it is
-- of each state.  What descends from a session or works on a task is few.
create or replace function api.session_window(project text, task text,
	parent text, root text, team text, words text, is_active bool,
	row_limit int, row_offset int) returns setof public.sessions
language plpgsql stable rows 100
as $$
declare
	states text[] := private.session_states(words, is_active);
	projects text[] := case when project is null
		then array(select private.project_ids('viewer'))
		else array[project] end;
	size int := case when row_limit is not null or row_offset is not null
		then coalesce(row_limit, 100) end;
	reach int := size + coalesce(row_offset, 0);
begin
	if coalesce(task, parent, root, team) is not null then
		return query
		select s.* from public.sessions s
		where s.id = any(array(
				select l.session_id
				from public.task_sessions l
				where l.task_id = task
				union all
				select x.id from public.sessions x
				where x.parent_session_id = parent
				union all
				select x.id from public.sessions x
				where x.root_session_id = root
				union all
				select x.id from public.sessions x
				where x.team_session_id = team))
			and (project is null or s.project_id = project)
			and (task is null or s.id = any(array(
				select l.session_id
				from public.task_sessions l
				where l.task_id = task)))
			and (parent is null or s.parent_session_id = parent)
			and (root is null or s.root_session_id = root)
			and (team is null or s.team_session_id = team)
			and (states is null or s.status = any(states))
		order by s.started_at, s.id
		limit size offset row_offset;
	elsif states is null then
		return query
		select s.* from unnest(projects) p (id)
		cross join lateral (
			select * from public.sessions x
			where x.project_id = p.id
			order by x.started_at, x.id limit reach) s
		order by s.started_at, s.id
		limit size offset row_offset;
	else
		return query
		select s.* from unnest(projects) p (id)
		cross join unnest(states) w (word)
		cross join lateral (
			select * from public.sessions x
			where x.project_id = p.id and x.status = w.word
			order by x.started_at, x.id limit reach) s
		order by s.started_at, s.id
		limit size offset row_offset;
	end if;
end
$$;

create or replace function api.session_total(project text, task text,
	parent text, root text, team text, words text, is_active bool)
returns bigint
language plpgsql stable
as $$
begin
	if coalesce(task, parent, root, team) is not null then
		return (select count(*) from api.session_window(project, task,
			parent, root, team, words, is_active, null, null));
	end if;
	return private.count_of('sessions', case when project is null
			then array(select private.project_ids('viewer'))
			else array[project] end,
		private.session_states(words, is_active));
end
$$;

-- --- sessions --------------------------------------------------------------

-- The variables of an agent without those that are secrets.
create or replace function api.clean_env(env jsonb) returns jsonb
language sql immutable
as $$
	select coalesce(jsonb_object_agg(e.key, e.value), '{}')
	from jsonb_each(env) e
	where not private.is_secret(e.key, e.value #>> '{}')
$$;

-- A child that names no root has its parent's.
create or replace function api.session_create(input json) returns text
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
	return s.id;
end
$$;

create or replace function api.session_delete(session text) returns text
language plpgsql volatile
as $$
begin
	perform api.need_session(session, null, 'member');
	delete from public.sessions where id = session;
	return session;
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
			(jsonb_build_object('id', new.id,
				'status', new.status,
				'lastActivity', private.ms(new.last_activity),
				'projectId', new.project_id)
			|| case when new.needs_input is null then '{}'
				else jsonb_build_object('needsInput',
					new.needs_input) end)::json);
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
			json_strip_nulls(json_build_object(
				'sessionId', new.id,
				'name', new.name,
				'projectId', new.project_id,
				'message', new.needs_input ->> 'message')));
	end if;
	return null;
end
$$;

-- Once per transaction, when it ends: all who call it are deferred triggers.
-- Which of its parts are new is not said, since the first one tells for all.
-- A session that was just made is told by session:created.
create or replace function private.tell_session(session text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
	told text := coalesce(current_setting('maestro.told', true), '');
	project text;
begin
	if position(' ' || session || ' ' in told) > 0 then
		return;
	end if;
	perform set_config('maestro.told', told || ' ' || session || ' ', true);
	select s.project_id into project from public.sessions s
	where s.id = session and s.created_at < now();
	if found then
		perform private.emit_row('session:updated', project,
			'sessions', session, null);
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
		perform private.emit_row('session:created', s.project_id,
			'sessions', s.id, null);
		return null;
	end if;
	perform private.emit('session:spawn', s.project_id, json_build_object(
		'table', 'sessions',
		'id', s.id,
		'columns', null,
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

grant execute on function private.session_states(text, bool)
	to authenticated, service_role;

-- --- what hangs on tables

-- A session as the caller may see it: with the environment if it is the
-- caller's, the moment something last happened (private.last_activity says the
-- same of one), and who plays it, also when that was not kept at its start:
-- then one member fills the fields for one, too.
create or replace view private.whole_sessions with (security_invoker = true) as
select s.id, s.project_id, s.name, s.status, s.task_ids, coalesce((
		select v.env from public.session_env v
		where v.session_id = s.id and v.user_id = (select auth.uid())),
		'{}') as env,
	s.started_at, greatest(s.last_activity,
		(select e."timestamp" from public.session_timeline e
		where e.project_id = s.project_id and e.session_id = s.id
		order by e.seq desc limit 1),
		(select e."timestamp" from public.session_events e
		where e.project_id = s.project_id and e.session_id = s.id
		order by e.seq desc limit 1),
		(select d.updated_at from public.session_docs d
		where d.project_id = s.project_id and d.session_id = s.id
		order by d.updated_at desc limit 1)) as last_activity,
	s.completed_at, s.hostname, s.platform, s.parent_session_id,
	s.root_session_id, s.team_session_id, s.team_id, s.is_master_session,
	s.agent_id, s.needs_input, s.metadata,
	coalesce(s.team_member_id, case when cardinality(p.ids) = 1
		and p.shots is not null then p.ids[1] end) as team_member_id,
	s.team_member_ids,
	coalesce(s.team_member_snapshot, case when cardinality(p.ids) = 1
		then p.shots -> 0 end) as team_member_snapshot,
	coalesce(s.team_member_snapshots, p.shots) as team_member_snapshots,
	s.claude_session_id, s.human_completed_at, s.archived_at
from public.sessions s
left join lateral (
	select m.ids, api.member_snapshots(s) as shots
	from (select api.metadata_members(s.metadata)) m (ids)
	where s.team_member_snapshot is null
		and s.team_member_snapshots is null
		and s.metadata ?| array['teamMemberId', 'teamMemberIds']
		and m.ids is not null
	offset 0) p on true;

grant select on private.whole_sessions to authenticated, service_role;

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
create trigger sessions_count_added after insert on public.sessions
	referencing new table as added
	for each statement execute function private.count_rows();
create trigger sessions_count_removed after delete on public.sessions
	referencing old table as removed
	for each statement execute function private.count_rows();
create trigger sessions_count_moved after update of project_id, status
	on public.sessions
	for each row when ((old.project_id, old.status)
		is distinct from (new.project_id, new.status))
	execute function private.count_rows();
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
