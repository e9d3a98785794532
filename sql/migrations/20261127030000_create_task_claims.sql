set local lock_timeout = '2s';
-- Agents take tasks: of many who want the same one exactly one gets it.  The
-- row decides, whatever locks stand around it.

-- What waits, most urgent and then oldest first.
create or replace function private.priority_rank(priority text) returns int
language sql immutable parallel safe
return case priority when 'high' then 0 when 'medium' then 1 else 2 end;
revoke execute on function private.priority_rank(text) from public;
grant execute on function private.priority_rank(text)
	to authenticated, service_role;
create index if not exists tasks_todo_idx on public.tasks
	(project_id, private.priority_rank(priority), created_at, id)
	where status = 'todo';

-- The task is locked and waits.  Linked first, so that task:updated names the
-- session; the update says for itself that nobody was faster.
create or replace function api.take(t public.tasks, session text)
returns json
language plpgsql volatile
as $$
begin
	if session is not null and api.link(t.project_id, t.id, session) then
		insert into public.session_timeline
			(project_id, session_id, type, task_id)
		values (t.project_id, session, 'task_started', t.id);
	end if;
	update public.tasks x set status = 'in_progress',
		task_session_statuses = case when session is null
			then x.task_session_statuses
			else coalesce(x.task_session_statuses, '{}') ||
				jsonb_build_object(session, 'working') end
	where x.id = t.id and x.status = 'todo'
	returning * into t;
	if not found then
		perform private.refuse(409, 'task_taken',
			'The task is taken already');
	end if;
	return api.task_json(t);
end
$$;

-- The session that takes tasks of that project, locked before them as
-- everywhere; null when nobody says who works.
create or replace function api.lock_taker(project text, session text)
returns text
language plpgsql volatile
as $$
declare
	s public.sessions;
begin
	if session is not null then
		s := api.need_session(session, project, 'member');
		perform from public.sessions x where x.id = s.id
		for no key update;
	end if;
	return s.id;
end
$$;

-- Repeated by the session that has the task it answers with the task: an
-- answer may have been lost.  is_contended: others ask for it at this moment,
-- so a row that is locked is as good as taken; nobody waits.
create or replace function api.task_claim(task text, input json,
	is_contended bool) returns json
language plpgsql volatile
as $$
declare
	t public.tasks := api.need_task(task, 'member');
	session text := api.lock_taker(t.project_id, input ->> 'sessionId');
begin
	if is_contended then
		select * into t from public.tasks x
		where x.id = task and x.status = 'todo'
		for no key update skip locked;
	else
		select * into t from public.tasks x
		where x.id = task and x.status = 'todo'
		for no key update;
	end if;
	if found then
		return api.take(t, session);
	end if;
	select * into t from public.tasks x
	where x.id = task and x.status = 'in_progress'
		and x.task_session_statuses ->> session = 'working';
	if not found then
		perform private.refuse(409, 'task_taken',
			'The task is taken already');
	end if;
	return api.task_json(t);
end
$$;

-- The most urgent task of the project that waits, the oldest of those.  Rows
-- that others are taking are stepped over; only when nothing else is left it
-- waits for them, so that "no task" is the truth.  enable_sort: see
-- api.task_list.
create or replace function api.task_claim_next(input json) returns json
language plpgsql volatile
set enable_sort = off
as $$
declare
	project text := input ->> 'projectId';
	session text;
	t public.tasks;
begin
	perform private.need_project(project, 'member');
	session := api.lock_taker(project, input ->> 'sessionId');
	select * into t from public.tasks x
	where x.project_id = project and x.status = 'todo'
	order by private.priority_rank(x.priority), x.created_at, x.id
	limit 1 for no key update skip locked;
	if not found then
		select * into t from public.tasks x
		where x.project_id = project and x.status = 'todo'
		order by private.priority_rank(x.priority), x.created_at, x.id
		limit 1 for no key update;
	end if;
	if not found then
		perform private.refuse(404, 'no_task',
			'No task of the project waits');
	end if;
	return api.take(t, session);
end
$$;

revoke execute on all functions in schema api from public;
grant execute on all functions in schema api to authenticated, service_role;
