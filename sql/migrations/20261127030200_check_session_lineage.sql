set local lock_timeout = '2s';
-- Where a session comes from and who its agent plays: the same rules for
-- sessions that register themselves and for those that are spawned
-- (maestro-api.md 7.5, 7.7, 7.12).

-- A member of the project, a default of it or a global one of the caller's;
-- null when there is none.
create or replace function api.find_teammember(member text, project text)
returns jsonb
language plpgsql stable
as $$
declare
	m public.team_members;
begin
	select * into m from public.team_members x
	where x.id = member and (x.project_id is null
		or x.project_id = project);
	if found then
		return api.teammember_json(m);
	end if;
	return api.default_json(project, api.default_kind(member, project));
end
$$;

-- What stays of a member in the session it plays in, whatever becomes of it.
create or replace function api.snapshot_json(member jsonb) returns jsonb
language sql immutable parallel safe
return jsonb_strip_nulls(jsonb_build_object(
	'name', member -> 'name',
	'avatar', member -> 'avatar',
	'role', member -> 'role',
	'model', member -> 'model',
	'agentTool', member -> 'agentTool',
	'permissionMode', member -> 'permissionMode'));

-- 7.7, whoever writes the row: one member alone is also the singular one.
create or replace function private.fill_snapshots() returns trigger
language plpgsql
as $$
declare
	ids text[] := coalesce(new.team_member_ids,
		private.text_array((new.metadata -> 'teamMemberIds')::json),
		array_remove(array[coalesce(new.team_member_id,
			new.metadata ->> 'teamMemberId')], null));
	shots jsonb;
begin
	select jsonb_agg(api.snapshot_json(m.j) order by i.n) into shots
	from unnest(ids) with ordinality i(id, n)
	cross join lateral api.find_teammember(i.id, new.project_id) m(j)
	where m.j is not null;
	new.team_member_snapshots := shots;
	if cardinality(ids) = 1 then
		new.team_member_snapshot := shots -> 0;
		new.team_member_id := coalesce(new.team_member_id, ids[1]);
	end if;
	return new;
end
$$;
revoke execute on function private.fill_snapshots() from public;
drop trigger if exists sessions_snapshots on public.sessions;
create trigger sessions_snapshots before insert on public.sessions
	for each row when (new.team_member_snapshot is null
		and new.team_member_snapshots is null
		and (new.team_member_id is not null
			or new.team_member_ids is not null
			or new.metadata ?| array['teamMemberId',
				'teamMemberIds']))
	execute function private.fill_snapshots();

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
