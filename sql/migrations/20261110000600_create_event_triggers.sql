set local lock_timeout = '2s';
-- What subscribers hear: names and payloads of maestro-api.md 5.1.  Row
-- triggers, so it does not matter who writes.  Deleted-events carry projectId
-- beside the id because delivery is scoped by it.

create or replace function private.emit_project() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	if tg_op = 'DELETE' then
		perform private.emit('project:deleted', old.id,
			json_build_object('id', old.id, 'projectId', old.id));
	elsif tg_op = 'INSERT' then
		perform private.emit('project:created', new.id,
			api.project_json(new));
	else
		perform private.emit('project:updated', new.id,
			api.project_json(new));
	end if;
	return null;
end
$$;

-- One message for each member that changed; no wire client knows them, the
-- push side re-checks who may listen.
create or replace function private.emit_member() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
	m public.project_members := coalesce(new, old);
begin
	perform private.emit('project:member_' || case tg_op
			when 'INSERT' then 'added'
			when 'UPDATE' then 'changed'
			else 'removed' end,
		m.project_id, json_build_object('projectId', m.project_id,
			'userId', m.user_id, 'role', m.role));
	return null;
end
$$;

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
		perform private.emit('task:created', new.project_id,
			api.task_json(new));
		return null;
	end if;
	-- The mirror of the link table moved: task:session_* tells that.
	if new.session_ids <> old.session_ids then
		return null;
	end if;
	perform private.emit('task:updated', new.project_id,
		api.task_json(new));
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

-- A change of status and needsInput alone is the short event; lastActivity
-- and the mirror of the link table are no news of their own.
create or replace function private.emit_session() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
	news text[];
begin
	if tg_op = 'DELETE' then
		perform private.emit('session:deleted', old.project_id,
			json_build_object('id', old.id,
				'projectId', old.project_id));
		return null;
	end if;
	-- Fires at commit: links and first entries of the session are there.
	if tg_op = 'INSERT' then
		perform private.emit('session:created', s.project_id,
			api.session_json(s))
		from public.sessions s where s.id = new.id;
		return null;
	end if;
	if new.created_at = now() then
		return null; -- session:created will tell
	end if;
	select array_agg(n.key) into news
	from jsonb_each(to_jsonb(new)) n
	where n.value is distinct from to_jsonb(old) -> n.key
		and n.key not in ('updated_at', 'last_activity', 'task_ids',
			'completed_at');
	if news is null then
		return null;
	end if;
	if news <@ array['status', 'needs_input'] then
		perform private.emit('session:status_changed', new.project_id,
			private.json_with(json_build_object('id', new.id,
				'status', new.status,
				'lastActivity', private.ms(new.last_activity),
				'projectId', new.project_id),
				'"needsInput":' || new.needs_input::text));
	else
		perform private.emit('session:updated', new.project_id,
			api.session_json(new));
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

-- An entry, an event or a document was appended: once for a statement and
-- session, after the last of its rows.
create or replace function private.emit_appended() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
	s public.sessions;
begin
	for s in
		select * from public.sessions x
		where x.id in (select a.session_id from added a)
			and x.created_at < now()
	loop
		perform private.emit('session:updated', s.project_id,
			api.session_json(s));
	end loop;
	return null;
end
$$;

create or replace function private.emit_progress() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.emit('notify:progress', new.project_id,
		private.json_with(json_build_object(
			'sessionId', new.session_id,
			'message', coalesce(new.message, ''),
			'projectId', new.project_id),
			'"taskId":' || to_json(new.task_id)::text));
	return null;
end
$$;

revoke execute on function private.emit(text, text, json),
	private.emit_project(), private.emit_member(), private.emit_task(),
	private.emit_link(), private.emit_session(),
	private.emit_appended(), private.emit_progress() from public;

drop trigger if exists projects_emit on public.projects;
create trigger projects_emit after insert or update or delete
	on public.projects
	for each row execute function private.emit_project();
drop trigger if exists project_members_emit on public.project_members;
create trigger project_members_emit after insert or update or delete
	on public.project_members
	for each row execute function private.emit_member();
drop trigger if exists tasks_emit on public.tasks;
create trigger tasks_emit after insert or update or delete on public.tasks
	for each row execute function private.emit_task();
drop trigger if exists task_sessions_emit on public.task_sessions;
create constraint trigger task_sessions_emit after insert or delete
	on public.task_sessions deferrable initially deferred
	for each row execute function private.emit_link();
drop trigger if exists sessions_emit on public.sessions;
create trigger sessions_emit after update or delete on public.sessions
	for each row execute function private.emit_session();
drop trigger if exists sessions_emit_created on public.sessions;
create constraint trigger sessions_emit_created after insert
	on public.sessions deferrable initially deferred
	for each row execute function private.emit_session();
drop trigger if exists session_timeline_emit on public.session_timeline;
create trigger session_timeline_emit after insert on public.session_timeline
	referencing new table as added
	for each statement execute function private.emit_appended();
drop trigger if exists session_timeline_progress on public.session_timeline;
create trigger session_timeline_progress after insert
	on public.session_timeline
	for each row when (new.type = 'progress')
	execute function private.emit_progress();
drop trigger if exists session_events_emit on public.session_events;
create trigger session_events_emit after insert on public.session_events
	referencing new table as added
	for each statement execute function private.emit_appended();
drop trigger if exists session_docs_emit on public.session_docs;
create trigger session_docs_emit after insert on public.session_docs
	referencing new table as added
	for each statement execute function private.emit_appended();
