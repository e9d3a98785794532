set local lock_timeout = '2s';
-- Where a session comes from: the same rules for sessions that register
-- themselves and for those that are spawned (maestro-api.md 7.5, 7.12).

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

revoke execute on all functions in schema api from public;
grant execute on all functions in schema api to authenticated, service_role;
