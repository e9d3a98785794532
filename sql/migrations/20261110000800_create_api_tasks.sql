set local lock_timeout = '2s';
-- Tasks, sessions, timelines and documents as the API sees them (rules:
-- maestro-api.md 7).  Security invoker: policies decide.

-- --- look-ups that refuse --------------------------------------------------

-- The task, or 404; 403 when the caller's role in its project is short.
create or replace function api.need_task(task text, min_role text)
returns public.tasks
language plpgsql stable
as $$
declare
	t public.tasks;
begin
	select * into t from public.tasks where id = task;
	if not found then
		perform private.refuse_missing('Task', task);
	end if;
	if min_role <> 'viewer' then
		perform private.need_project(t.project_id, min_role);
	end if;
	return t;
end
$$;

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

-- Links both ways, once; says whether it was new.
create or replace function api.link(project text, task text, session text)
returns bool
language plpgsql volatile
as $$
begin
	insert into public.task_sessions (project_id, task_id, session_id)
	values (project, task, session)
	on conflict (task_id, session_id) do nothing;
	return found;
end
$$;

-- --- tasks: reading --------------------------------------------------------

-- Three statements, so that each has the plan it deserves: children by their
-- parent, one project as a range of tasks_list_idx, everything visible.
-- enable_sort is off because row-level security makes the planner expect a
-- handful of rows; it would then rather read and sort a project of 10,000
-- tasks than walk 50 entries of the index that is in order already.
-- parent: an id, or the word null for the top level.
create or replace function api.task_list(project text, with_status text,
	parent text, row_limit int, row_offset int) returns json
language plpgsql stable
set enable_sort = off
as $$
declare
	rows json;
	total bigint;
	paged bool := row_limit is not null or row_offset is not null;
	size int := case when paged then coalesce(row_limit, 100) end;
	top bool := parent = 'null';
begin
	if parent <> 'null' then
		select json_agg(api.task_json(t)) into rows
		from (select * from public.tasks x
			where x.parent_id = parent
				and (project is null or x.project_id = project)
				and (with_status is null
					or x.status = with_status)
			order by x.created_at, x.id
			limit size offset coalesce(row_offset, 0)) t;
	elsif project is not null then
		select json_agg(api.task_json(t)) into rows
		from (select * from public.tasks x
			where x.project_id = project
				and (with_status is null
					or x.status = with_status)
				and (top is null or x.parent_id is null)
			order by x.created_at, x.id
			limit size offset coalesce(row_offset, 0)) t;
	else
		select json_agg(api.task_json(t)) into rows
		from (select * from public.tasks x
			where (with_status is null or x.status = with_status)
				and (top is null or x.parent_id is null)
			order by x.created_at, x.id
			limit size offset coalesce(row_offset, 0)) t;
	end if;
	if paged then
		select count(*) into total from public.tasks x
		where (project is null or x.project_id = project)
			and (with_status is null or x.status = with_status)
			and (parent is null or case parent
				when 'null' then x.parent_id is null
				else x.parent_id = parent end);
	end if;
	return api.page_json(rows, total, row_limit, row_offset);
end
$$;

create or replace function api.task_get(task text) returns json
language plpgsql stable
as $$
begin
	return api.task_json(api.need_task(task, 'viewer'));
end
$$;

create or replace function api.task_children(task text, row_limit int,
	row_offset int) returns json
language plpgsql stable
as $$
declare
	t public.tasks := api.need_task(task, 'viewer');
begin
	return api.task_list(t.project_id, null, t.id, row_limit, row_offset);
end
$$;

-- --- tasks: writing --------------------------------------------------------

-- {sessionId: TaskSessionStatus}; 400 names the member that is not.
create or replace function api.check_statuses(j jsonb) returns void
language plpgsql stable
as $$
declare
	bad text;
begin
	select s.key into bad from jsonb_each(j) s
	where s.key !~ '^[A-Za-z0-9_-]{1,128}$'
		or s.value not in ('"working"', '"blocked"', '"completed"',
			'"failed"', '"skipped"')
	limit 1;
	if found then
		perform private.refuse(400, 'validation_failed',
			'Must be working, blocked, completed, failed or skipped',
			'taskSessionStatuses.' || left(bad, 40));
	end if;
end
$$;

-- A repeated clientRequestId gives the stored task and no event, also when
-- both requests arrive at the same moment.
create or replace function api.task_create(input json) returns json
language plpgsql volatile
as $$
declare
	t public.tasks;
	project text := input ->> 'projectId';
	request text := nullif(input ->> 'clientRequestId', '');
begin
	perform private.need_project(project, 'member');
	select * into t from public.tasks
	where project_id = project and client_request_id = request;
	if found then
		return api.task_json(t);
	end if;
	if input ->> 'parentId' is not null and not exists (
		select from public.tasks
		where project_id = project and id = input ->> 'parentId')
	then
		perform private.refuse_missing('Parent task',
			input ->> 'parentId');
	end if;

	insert into public.tasks (project_id, parent_id, title, description,
		status, priority, initial_prompt, acceptance_criteria, tags,
		due_date, skill_ids, reference_task_ids, team_member_id,
		team_member_ids, team_id, member_overrides, dangerous_mode,
		use_worktree, model, client_request_id)
	values (project, input ->> 'parentId',
		trim(coalesce(input ->> 'title', '')),
		coalesce(input ->> 'description', ''),
		coalesce(input ->> 'status', 'todo'),
		coalesce(input ->> 'priority', 'medium'),
		coalesce(input ->> 'initialPrompt', ''),
		input ->> 'acceptanceCriteria',
		coalesce(private.text_array(input -> 'tags'), '{}'),
		(input ->> 'dueDate')::date,
		coalesce(private.text_array(input -> 'skillIds'), '{}'),
		coalesce(private.text_array(input -> 'referenceTaskIds'),
			'{}'),
		input ->> 'teamMemberId',
		private.text_array(input -> 'teamMemberIds'),
		input ->> 'teamId', (input -> 'memberOverrides')::jsonb,
		(input ->> 'dangerousMode')::bool,
		(input ->> 'useWorktree')::bool,
		input ->> 'model', request)
	on conflict (project_id, client_request_id) do nothing
	returning * into t;
	if t.id is null then
		select * into t from public.tasks
		where project_id = project and client_request_id = request;
	end if;
	return api.task_json(t);
end
$$;

-- The links of a task become exactly these sessions.
create or replace function api.set_sessions(t public.tasks, wanted text[])
returns void
language plpgsql volatile
as $$
declare
	missing text;
	one text;
begin
	select w.id into missing from unnest(wanted) w(id)
	where not exists (select from public.sessions s
		where s.project_id = t.project_id and s.id = w.id)
	limit 1;
	if missing is not null then
		perform private.refuse_missing('Session', missing);
	end if;
	-- Always in one order: two requests that link the same sessions the
	-- other way round must not wait for each other.
	perform from public.sessions s where s.id = any(wanted)
	order by s.id for no key update;
	delete from public.task_sessions l
	where l.task_id = t.id and l.session_id <> all(wanted);
	foreach one in array wanted loop
		perform api.link(t.project_id, t.id, one);
	end loop;
end
$$;

-- What an agent says of its own part of a task (rule 7.1): only its entry in
-- taskSessionStatuses moves, everything else in the body is ignored.
create or replace function api.task_report(t public.tasks, input json)
returns json
language plpgsql volatile
as $$
declare
	s public.sessions;
	word text := input ->> 'sessionStatus';
	result public.tasks := t;
begin
	if input ->> 'sessionId' is null then
		return api.task_json(t);
	end if;
	s := api.need_session(input ->> 'sessionId', t.project_id, 'member');
	perform api.link(t.project_id, t.id, s.id);
	if word is not null then
		update public.tasks
		set task_session_statuses =
			coalesce(task_session_statuses, '{}') ||
			jsonb_build_object(s.id, word)
		where id = t.id;
	end if;
	select * into result from public.tasks where id = t.id;
	return api.task_json(result);
end
$$;

create or replace function api.task_update(task text, input json)
returns json
language plpgsql volatile
as $$
declare
	t public.tasks := api.need_task(task, 'member');
	j jsonb := input;
begin
	if j ->> 'updateSource' = 'session' then
		return api.task_report(t, input);
	end if;
	if j ? 'taskSessionStatuses' then
		perform api.check_statuses(j -> 'taskSessionStatuses');
	end if;
	if j ? 'sessionIds' then
		perform api.set_sessions(t,
			private.text_array(input -> 'sessionIds'));
	end if;

	update public.tasks set
		title = coalesce(trim(j ->> 'title'), title),
		description = coalesce(j ->> 'description', description),
		status = coalesce(j ->> 'status', status),
		priority = coalesce(j ->> 'priority', priority),
		initial_prompt = coalesce(j ->> 'initialPrompt',
			initial_prompt),
		acceptance_criteria = case when j ? 'acceptanceCriteria'
			then j ->> 'acceptanceCriteria'
			else acceptance_criteria end,
		tags = coalesce(private.text_array(input -> 'tags'), tags),
		due_date = case when j ? 'dueDate'
			then (j ->> 'dueDate')::date else due_date end,
		task_session_statuses = case when j ? 'taskSessionStatuses'
			then coalesce(task_session_statuses, '{}') ||
				(j -> 'taskSessionStatuses')
			else task_session_statuses end,
		skill_ids = coalesce(private.text_array(input -> 'skillIds'),
			skill_ids),
		agent_ids = coalesce(private.text_array(input -> 'agentIds'),
			agent_ids),
		reference_task_ids = coalesce(
			private.text_array(input -> 'referenceTaskIds'),
			reference_task_ids),
		team_member_id = coalesce(j ->> 'teamMemberId',
			team_member_id),
		team_member_ids = coalesce(
			private.text_array(input -> 'teamMemberIds'),
			team_member_ids),
		team_id = case when j ? 'teamId' then j ->> 'teamId'
			else team_id end,
		member_overrides = coalesce(j -> 'memberOverrides',
			member_overrides),
		dangerous_mode = coalesce((j ->> 'dangerousMode')::bool,
			dangerous_mode),
		use_worktree = coalesce((j ->> 'useWorktree')::bool,
			use_worktree),
		model = coalesce(j ->> 'model', model)
	where id = task
	returning * into t;
	return api.task_json(t);
end
$$;

-- Descendants go with it.  The foreign key would do; but its cascade tells of
-- the parent first, and subscribers want the children before.
create or replace function api.task_delete(task text) returns json
language plpgsql volatile
as $$
declare
	t public.tasks := api.need_task(task, 'member');
	level text[];
begin
	for level in
		with recursive down as (
			select t.id, 0 as depth
			union all
			select c.id, d.depth + 1
			from public.tasks c join down d on c.parent_id = d.id
			where c.project_id = t.project_id
		)
		select array_agg(d.id) from down d
		group by d.depth order by d.depth desc
	loop
		delete from public.tasks where id = any(level);
	end loop;
	return json_build_object('success', true, 'id', task);
end
$$;

-- --- timelines and documents -----------------------------------------------

create or replace function api.task_timeline_add(task text, input json)
returns json
language plpgsql volatile
as $$
declare
	t public.tasks := api.need_task(task, 'member');
	s public.sessions := api.need_session(input ->> 'sessionId',
		t.project_id, 'member');
	word text := coalesce(input ->> 'type', 'progress');
begin
	insert into public.session_timeline
		(project_id, session_id, type, message, task_id)
	values (t.project_id, s.id, word, input ->> 'message', t.id);
	return json_build_object('success', true, 'taskId', t.id,
		'sessionId', s.id, 'message', input ->> 'message',
		'type', word);
end
$$;

-- Documents by id, in the order given, with text; the window of a list.
create or replace function api.doc_page(ids text[], row_limit int,
	row_offset int) returns json
language plpgsql stable
as $$
declare
	rows json;
	first int := 1 + coalesce(row_offset, 0);
	size int := case when row_limit is null and row_offset is null
		then cardinality(ids) else coalesce(row_limit, 100) end;
begin
	select json_agg(api.doc_full_json(d, s.name)
		order by d.added_at, d.id)
	into rows
	from public.session_docs d
	join public.sessions s on s.project_id = d.project_id
		and s.id = d.session_id
	where d.id = any(ids[first : first + size - 1]);
	return api.page_json(rows, cardinality(ids), row_limit, row_offset);
end
$$;

create or replace function api.task_docs(task text, row_limit int,
	row_offset int) returns json
language plpgsql stable
as $$
declare
	t public.tasks := api.need_task(task, 'viewer');
begin
	return api.doc_page(array(
		select d.id from public.session_docs d
		where d.project_id = t.project_id
			and d.session_id in (select l.session_id
				from public.task_sessions l
				where l.task_id = t.id)
			and (d.task_id is null or d.task_id = t.id)
		order by d.added_at, d.id), row_limit, row_offset);
end
$$;

create or replace function api.project_docs(project text, with_kind text,
	row_limit int, row_offset int) returns json
language plpgsql stable
as $$
begin
	perform private.need_project(project, 'viewer');
	return api.doc_page(array(
		select d.id from public.session_docs d
		where d.project_id = project
			and (with_kind is null
				or with_kind = api.doc_kind(d))
		order by d.added_at, d.id), row_limit, row_offset);
end
$$;

-- 404 for the task first, then for the session; links them when they are not.
create or replace function api.task_doc_add(task text, input json)
returns json
language plpgsql volatile
as $$
declare
	t public.tasks := api.need_task(task, 'member');
	s public.sessions := api.need_session(input ->> 'sessionId',
		t.project_id, 'member');
	d public.session_docs;
begin
	if api.link(t.project_id, t.id, s.id) then
		insert into public.session_timeline
			(project_id, session_id, type, task_id)
		values (t.project_id, s.id, 'task_started', t.id);
	end if;
	insert into public.session_docs (project_id, session_id, task_id,
		title, file_path, kind, content)
	values (t.project_id, s.id, t.id, input ->> 'title',
		input ->> 'filePath', input ->> 'kind', input ->> 'content')
	returning * into d;
	insert into public.session_timeline (project_id, session_id, type,
		task_id, metadata)
	values (t.project_id, s.id, 'doc_added', t.id, jsonb_build_object(
		'docId', d.id, 'filePath', d.file_path, 'title', d.title));
	return json_build_object('success', true, 'taskId', t.id,
		'sessionId', s.id, 'title', d.title,
		'filePath', d.file_path, 'addedAt', private.ms(d.added_at),
		'id', d.id);
end
$$;

-- --- sessions --------------------------------------------------------------

-- words: comma list of states.
create or replace function api.session_list(project text, task text,
	parent text, root text, team text, words text, is_active bool,
	is_full bool, row_limit int, row_offset int) returns json
language plpgsql stable
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
			and (task is null or exists (
				select from public.task_sessions l
				where l.task_id = task
					and l.session_id = s.id))
			and (parent is null or s.parent_session_id = parent)
			and (root is null or s.root_session_id = root)
			and (team is null or s.team_session_id = team)
			and (words is null or s.status = any(
				string_to_array(words, ',')))
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

-- Variables of the agent without what looks like a secret.
create or replace function api.clean_env(env jsonb) returns jsonb
language sql immutable
as $$
	select coalesce(jsonb_object_agg(e.key, e.value), '{}')
	from jsonb_each(env) e
	where e.key !~* '(secret|token|passw|api_?key|credential|private)'
$$;

create or replace function api.session_create(input json) returns json
language plpgsql volatile
as $$
declare
	project text := input ->> 'projectId';
	tasks text[] := coalesce(private.text_array(input -> 'taskIds'),
		array_remove(array[input ->> 'taskId'], null));
	p public.projects;
	s public.sessions;
	missing text;
	env jsonb;
begin
	if input -> 'taskIds' is null and input -> 'taskId' is null then
		perform private.refuse(400, 'validation_failed',
			'taskIds is required', 'taskIds');
	end if;
	perform private.need_project(project, 'member');
	select * into p from public.projects where id = project;
	select w.id into missing from unnest(tasks) w(id)
	where not exists (select from public.tasks t
		where t.project_id = project and t.id = w.id)
	limit 1;
	if missing is not null then
		perform private.refuse_missing('Task', missing);
	end if;

	perform from public.tasks t where t.id = any(tasks)
	order by t.id for no key update; -- see api.set_sessions

	s.id := coalesce(input ->> 'id', private.new_id('sess'));
	insert into public.sessions (id, project_id, name, status, agent_id,
		metadata, claude_session_id, parent_session_id,
		root_session_id, team_session_id, team_id, is_master_session)
	values (s.id, project,
		coalesce(input ->> 'name', 'Session ' || s.id),
		coalesce(input ->> 'status', 'idle'), input ->> 'agentId',
		(input -> 'metadata')::jsonb, input ->> 'claudeSessionId',
		input ->> 'parentSessionId', input ->> 'rootSessionId',
		input ->> 'teamSessionId', input ->> 'teamId',
		coalesce(p.is_master, false));
	env := api.clean_env(coalesce((input -> 'env')::jsonb, '{}')) ||
		case when p.is_master then '{"MAESTRO_IS_MASTER": "true"}'
			else '{}' end::jsonb;
	if env <> '{}' then
		insert into public.session_env (session_id, project_id, env)
		values (s.id, project, env);
	end if;
	insert into public.session_timeline (project_id, session_id, type)
	values (project, s.id, 'session_started');
	for missing in select w.id from unnest(tasks)
		with ordinality as w(id, n) group by w.id order by min(w.n)
	loop
		perform api.link(project, missing, s.id);
		insert into public.session_timeline
			(project_id, session_id, type, task_id)
		values (project, s.id, 'task_started', missing);
	end loop;
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

revoke execute on all functions in schema api from public;
grant execute on all functions in schema api to authenticated, service_role;
