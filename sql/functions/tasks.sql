-- Tasks as the API sees them (rules: maestro-api.md 7), and their links with
-- sessions.  Security invoker: policies decide.  Who may take one:
-- task_claims.sql.

-- --- rules that hold whoever writes ----------------------------------------

-- maestro-api.md 7.2: each stamp is set once and never cleared.
create or replace function private.stamp_task() returns trigger
language plpgsql
as $$
begin
	if tg_op = 'UPDATE' then
		new.updated_at := now();
		new.started_at := coalesce(old.started_at, new.started_at);
		new.completed_at := coalesce(old.completed_at,
			new.completed_at);
	end if;
	if new.status = 'in_progress' and new.started_at is null then
		new.started_at := now();
	end if;
	if new.status = 'completed' and new.completed_at is null then
		new.completed_at := now();
	end if;
	return new;
end
$$;

-- The arrays follow the link table.  When the row on the other side is just
-- being deleted the update finds nothing, which is right.
create or replace function private.mirror_link() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	if tg_op = 'INSERT' then
		update public.tasks
		set session_ids = array_append(session_ids, new.session_id)
		where id = new.task_id;
		update public.sessions
		set task_ids = array_append(task_ids, new.task_id)
		where id = new.session_id;
	else
		update public.tasks
		set session_ids = array_remove(session_ids, old.session_id)
		where id = old.task_id;
		update public.sessions
		set task_ids = array_remove(task_ids, old.task_id)
		where id = old.session_id;
	end if;
	return null;
end
$$;

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

-- A session is locked before its tasks, here as everywhere: otherwise an agent
-- that reports and one that ends would wait for each other.
create or replace function api.link(project text, task text, session text)
returns bool
language plpgsql volatile
as $$
begin
	if exists (select from public.task_sessions l
		where l.task_id = task and l.session_id = session)
	then
		return false;
	end if;
	perform from public.sessions s where s.id = session
	for no key update;
	insert into public.task_sessions (project_id, task_id, session_id)
	values (project, task, session)
	on conflict (task_id, session_id) do nothing;
	return found;
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
create or replace function api.task_create(input json) returns public.tasks
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
		return t;
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
	return t;
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
returns public.tasks
language plpgsql volatile
as $$
declare
	s public.sessions;
	word text := input ->> 'sessionStatus';
	result public.tasks := t;
begin
	if input ->> 'sessionId' is null then
		return t;
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
	return result;
end
$$;

create or replace function api.task_update(task text, input json)
returns public.tasks
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
	return t;
end
$$;

-- Descendants go with it.  The foreign key would do; but its cascade tells of
-- the parent first, and subscribers want the children before.
create or replace function api.task_delete(task text) returns text
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
	return task;
end
$$;

-- --- events ----------------------------------------------------------------

create or replace function private.emit_task() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
	entry record;
begin
	if tg_op = 'DELETE' then
		perform private.emit('task:deleted', old.project_id,
			json_build_object('id', old.id,
				'projectId', old.project_id));
		return null;
	end if;
	if tg_op = 'INSERT' then
		perform private.emit_row('task:created', new.project_id,
			'tasks', new.id, null);
		return null;
	end if;
	-- The mirror of the link table moved: task:session_* tells that.
	if new.session_ids <> old.session_ids then
		return null;
	end if;
	perform private.emit_row('task:updated', new.project_id, 'tasks',
		new.id, private.changed_columns(to_jsonb(old), to_jsonb(new)));
	if new.status <> old.status and new.status in ('completed',
		'cancelled', 'in_review', 'blocked')
	then
		perform private.emit('notify:task_' || case new.status
				when 'cancelled' then 'failed'
				else new.status end,
			new.project_id, json_build_object('taskId', new.id,
				'title', new.title,
				'projectId', new.project_id));
	end if;
	for entry in
		select s.key, s.value
		from jsonb_each_text(new.task_session_statuses) s
		where s.value in ('completed', 'failed') and s.value is
			distinct from old.task_session_statuses ->> s.key
	loop
		perform private.emit('notify:task_session_' || entry.value,
			new.project_id, json_build_object('taskId', new.id,
				'sessionId', entry.key, 'title', new.title,
				'projectId', new.project_id));
	end loop;
	return null;
end
$$;

create or replace function private.emit_link() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
	l public.task_sessions := coalesce(new, old);
	verb text := case tg_op when 'INSERT' then 'added' else 'removed' end;
	data json := json_build_object('taskId', l.task_id,
		'sessionId', l.session_id, 'projectId', l.project_id);
begin
	perform private.emit('task:session_' || verb, l.project_id, data);
	perform private.emit('session:task_' || verb, l.project_id, data);
	return null;
end
$$;

-- --- what hangs on tables

create policy tasks_select on public.tasks for select to authenticated
	using (project_id = any(array(select private.project_ids('viewer'))));
create policy tasks_insert on public.tasks for insert to authenticated
	with check (created_by = (select auth.uid())
		and project_id = any(array(
			select private.project_ids('member'))));
create policy tasks_update on public.tasks for update to authenticated
	using (project_id = any(array(select private.project_ids('member'))))
	with check (project_id = any(array(
		select private.project_ids('member'))));
create policy tasks_delete on public.tasks for delete to authenticated
	using (project_id = any(array(select private.project_ids('member'))));

create trigger tasks_stamp before insert or update on public.tasks
	for each row when (not private.importing())
	execute function private.stamp_task();
create trigger tasks_unlist after delete on public.tasks
	referencing old table as removed
	for each statement execute function private.unlist_tasks();
create trigger tasks_count_added after insert on public.tasks
	referencing new table as added
	for each statement execute function private.count_rows();
create trigger tasks_count_removed after delete on public.tasks
	referencing old table as removed
	for each statement execute function private.count_rows();
create trigger tasks_count_moved after update of project_id, status
	on public.tasks
	for each row when ((old.project_id, old.status)
		is distinct from (new.project_id, new.status))
	execute function private.count_rows();
create trigger tasks_overrides before insert or update of member_overrides
	on public.tasks
	for each row execute function private.check_task_overrides();
create trigger tasks_audit after insert or update or delete on public.tasks
	for each row when (not private.importing())
	execute function private.log_rls_operation();
create trigger tasks_emit after insert or update or delete on public.tasks
	for each row when (not private.importing())
	execute function private.emit_task();

create policy task_sessions_select on public.task_sessions
	for select to authenticated
	using (project_id = any(array(select private.project_ids('viewer'))));
create policy task_sessions_insert on public.task_sessions
	for insert to authenticated
	with check (project_id = any(array(
		select private.project_ids('member'))));
create policy task_sessions_delete on public.task_sessions
	for delete to authenticated
	using (project_id = any(array(select private.project_ids('member'))));

create trigger task_sessions_mirror after insert or delete
	on public.task_sessions
	for each row when (not private.importing())
	execute function private.mirror_link();
create trigger task_sessions_audit after insert or update or delete
	on public.task_sessions
	for each row when (not private.importing())
	execute function private.log_rls_operation();
create constraint trigger task_sessions_emit after insert or delete
	on public.task_sessions deferrable initially deferred
	for each row when (not private.importing())
	execute function private.emit_link();
