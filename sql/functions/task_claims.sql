-- Agents take tasks: of many who want the same one exactly one gets it.  The
-- row decides, whatever locks stand around it.

-- What waits, most urgent and then oldest first.
-- Index tasks_todo_idx holds the same expression: PostgreSQL inlines this, and
-- t/sql/plans.t finds out when the two part.
create or replace function private.priority_rank(priority text) returns int
language sql immutable parallel safe
return case priority when 'high' then 0 when 'medium' then 1 else 2 end;

-- --- requests that come more than once -------------------------------------
-- The answer to the first was lost (maestro-api.md 1.2).  With a
-- clientRequestId the repeat is answered with what the first did.

-- What the request took when it came before; null without a name.
create or replace function api.taken_by(project text, request text)
returns public.tasks
language plpgsql volatile
as $$
declare
	t public.tasks;
begin
	if request is not null then
		perform private.lock_request(project, request);
		select * into t from public.tasks x
		where x.project_id = project and x.claim_request_id = request;
	end if;
	return t;
end
$$;

-- --- taking ----------------------------------------------------------------

-- The task is locked and waits.  Linked first, so that task:updated names the
-- session; the update says for itself that nobody was faster.
create or replace function api.take(t public.tasks, session text, request text)
returns public.tasks
language plpgsql volatile
as $$
begin
	if session is not null and api.link(t.project_id, t.id, session) then
		insert into public.session_timeline
			(project_id, session_id, type, task_id)
		values (t.project_id, session, 'task_started', t.id);
	end if;
	update public.tasks x set status = 'in_progress',
		claim_request_id = request,
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
	return t;
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

-- Repeated by the session that has the task, or by the request that took it,
-- it answers with the task.  is_contended: others ask for it at this moment,
-- so a row that is locked is as good as taken; nobody waits.
create or replace function api.task_claim(task text, input json,
	is_contended bool) returns public.tasks
language plpgsql volatile
as $$
declare
	t public.tasks := api.need_task(task, 'member');
	request text := nullif(input ->> 'clientRequestId', '');
	before public.tasks := api.taken_by(t.project_id, request);
	session text := api.lock_taker(t.project_id, input ->> 'sessionId');
begin
	if before.id <> task then
		perform private.refuse(409, 'already_exists',
			'The clientRequestId took another task',
			'clientRequestId');
	end if;
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
		return api.take(t, session, request);
	end if;
	select * into t from public.tasks x
	where x.id = task and x.status <> 'todo'
		and (x.claim_request_id = request
			or x.status = 'in_progress'
			and x.task_session_statuses ->> session = 'working');
	if not found then
		perform private.refuse(409, 'task_taken',
			'The task is taken already');
	end if;
	return t;
end
$$;

-- The most urgent task of the project that waits, the oldest of those; for a
-- repeat the one it took before, which it takes again if that was put back.
-- Rows that others are taking are stepped over; only when nothing else is left
-- it waits for them, so that "no task" is the truth.  enable_sort: see
-- api.task_list.
create or replace function api.task_claim_next(input json)
returns public.tasks
language plpgsql volatile
set enable_sort = off
as $$
declare
	project text := input ->> 'projectId';
	request text := nullif(input ->> 'clientRequestId', '');
	session text;
	t public.tasks;
begin
	perform private.need_project(project, 'member');
	t := api.taken_by(project, request);
	if t.status <> 'todo' then
		return t;
	end if;
	session := api.lock_taker(project, input ->> 'sessionId');
	select * into t from public.tasks x
	where x.project_id = project and x.claim_request_id = request
		and x.status = 'todo'
	for no key update;
	if not found then
		select * into t from public.tasks x
		where x.project_id = project and x.status = 'todo'
		order by private.priority_rank(x.priority), x.created_at, x.id
		limit 1 for no key update skip locked;
	end if;
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
	return api.take(t, session, request);
end
$$;

grant execute on function private.priority_rank(text)
	to authenticated, service_role;
