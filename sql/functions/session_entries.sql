-- What a session writes down is a new row and nothing else: its own row stays
-- as it is, agents that append at the same moment do not wait for each other,
-- and subscribers hear of a session once per transaction.

-- --- when something last happened ------------------------------------------

-- Of the row, or of the last entry, event or document: three looks at the end
-- of an index instead of an update per append.
create or replace function private.last_activity(s public.sessions)
returns timestamptz
language plpgsql stable
as $$
begin
	return greatest(s.last_activity,
		(select e."timestamp" from public.session_timeline e
		where e.project_id = s.project_id and e.session_id = s.id
		order by e.seq desc limit 1),
		(select e."timestamp" from public.session_events e
		where e.project_id = s.project_id and e.session_id = s.id
		order by e.seq desc limit 1),
		(select d.updated_at from public.session_docs d
		where d.project_id = s.project_id and d.session_id = s.id
		order by d.updated_at desc limit 1));
end
$$;

-- --- rules that hold whoever writes ----------------------------------------

-- A "needs input" entry is also a state of its session; no other entry
-- touches the row.
create or replace function private.note_timeline() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	update public.sessions
	set needs_input = jsonb_strip_nulls(jsonb_build_object('active', true,
		'message', left(new.message, 1000),
		'since', private.ms(new."timestamp")))
	where id = new.session_id;
	return null;
end
$$;

-- The kind of a document is guessed from its name when nobody said it.
create or replace function api.doc_kind(d public.session_docs) returns text
language sql immutable parallel safe
as $$
	select case when d.kind = 'diagram'
		or d.file_path like '%.excalidraw'
		then 'diagram' else 'markdown' end
$$;

-- --- entries and documents -------------------------------------------------

create or replace function api.task_timeline_add(task text, input json)
returns public.session_timeline
language plpgsql volatile
as $$
declare
	t public.tasks := api.need_task(task, 'member');
	s public.sessions := api.need_session(input ->> 'sessionId',
		t.project_id, 'member');
	made public.session_timeline;
begin
	insert into public.session_timeline
		(project_id, session_id, type, message, task_id)
	values (t.project_id, s.id, coalesce(input ->> 'type', 'progress'),
		input ->> 'message', t.id)
	returning * into made;
	return made;
end
$$;

-- 404 for the task first, then for the session; links them when they are not.
create or replace function api.task_doc_add(task text, input json)
returns public.session_docs
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
	return d;
end
$$;

-- Lists of objects: what the tables could not say with the name of the field.
-- words: the types there are; null: any of at most 100 characters.
create or replace function api.check_items(field text, items jsonb,
	words text[]) returns void
language plpgsql stable
as $$
declare
	bad text;
begin
	if jsonb_typeof(items) <> 'array' or jsonb_array_length(items) > 1000
	then
		perform private.refuse(400, 'validation_failed',
			field || ' must be a list of at most 1000', field);
	end if;
	select field || '.' || (i.n - 1) into bad
	from jsonb_array_elements(items) with ordinality i(v, n)
	where jsonb_typeof(i.v) <> 'object'
		or coalesce(i.v ->> 'id', 'x') !~ '^[A-Za-z0-9_-]{1,128}$'
		or coalesce(i.v ->> 'taskId', 'x') !~ '^[A-Za-z0-9_-]{1,128}$'
		or jsonb_typeof(coalesce(i.v -> 'message', '"x"'))
			not in ('string', 'null')
		or i.v ->> 'message' = ''
		or jsonb_typeof(coalesce(i.v -> 'metadata', '{}'))
			not in ('object', 'null')
		or case when words is null then jsonb_typeof(i.v -> 'type')
				is distinct from 'string'
				or length(i.v ->> 'type') not between 1 and 100
			else coalesce(i.v ->> 'type', 'progress')
				<> all(words) end
	order by i.n limit 1;
	if bad is not null then
		perform private.refuse(400, 'validation_failed',
			bad || ' is not what ' || field || ' consists of', bad);
	end if;
end
$$;

-- Items carry ids of the client's so that a repeated request appends nothing;
-- the time is the server's.
create or replace function api.append_items(s public.sessions, events jsonb,
	entries jsonb) returns void
language plpgsql volatile
as $$
begin
	perform api.check_items('events', events, null);
	perform api.check_items('timeline', entries, array['session_started',
		'session_stopped', 'task_started', 'task_completed',
		'task_failed', 'task_skipped', 'task_blocked', 'needs_input',
		'progress', 'error', 'milestone', 'task_status_changed']);
	insert into public.session_events (project_id, session_id, id, type,
		data)
	select s.project_id, s.id,
		coalesce(i.v ->> 'id', private.new_id('evt')),
		i.v ->> 'type', i.v -> 'data'
	from jsonb_array_elements(events) with ordinality i(v, n)
	order by i.n
	on conflict (session_id, id) do nothing;
	insert into public.session_timeline (project_id, session_id, id, type,
		message, task_id, metadata)
	select s.project_id, s.id,
		coalesce(i.v ->> 'id', private.new_id('evt')),
		coalesce(i.v ->> 'type', 'progress'), i.v ->> 'message',
		i.v ->> 'taskId', nullif(i.v -> 'metadata', 'null')
	from jsonb_array_elements(entries) with ordinality i(v, n)
	order by i.n
	on conflict (session_id, id) do nothing;
end
$$;

create or replace function api.session_event_add(session text, input json)
returns text
language plpgsql volatile
as $$
declare
	s public.sessions := api.need_session(session, null, 'member');
begin
	insert into public.session_events (project_id, session_id, type, data)
	values (s.project_id, s.id, input ->> 'type',
		(input -> 'data')::jsonb);
	return session;
end
$$;

create or replace function api.session_timeline_add(session text, input json)
returns text
language plpgsql volatile
as $$
declare
	s public.sessions := api.need_session(session, null, 'member');
begin
	insert into public.session_timeline (project_id, session_id, type,
		message, task_id, metadata)
	values (s.project_id, s.id, coalesce(input ->> 'type', 'progress'),
		input ->> 'message', input ->> 'taskId',
		(input -> 'metadata')::jsonb);
	return session;
end
$$;

-- A kind that nobody knows is guessed from the name later, not refused.
create or replace function api.session_doc_add(session text, input json)
returns text
language plpgsql volatile
as $$
declare
	s public.sessions := api.need_session(session, null, 'member');
	d public.session_docs;
begin
	insert into public.session_docs (project_id, session_id, task_id,
		title, file_path, kind, content)
	values (s.project_id, s.id, input ->> 'taskId', input ->> 'title',
		input ->> 'filePath', case when input ->> 'kind' in
			('markdown', 'diagram') then input ->> 'kind' end,
		input ->> 'content')
	returning * into d;
	insert into public.session_timeline (project_id, session_id, type,
		task_id, metadata)
	values (s.project_id, s.id, 'doc_added', d.task_id, jsonb_build_object(
		'docId', d.id, 'filePath', d.file_path, 'title', d.title));
	return session;
end
$$;

create or replace function api.session_doc_write(session text, doc text,
	input json) returns text
language plpgsql volatile
as $$
declare
	s public.sessions := api.need_session(session, null, 'member');
begin
	update public.session_docs d set content = input ->> 'content'
	where d.id = doc and d.project_id = s.project_id
		and d.session_id = s.id;
	if not found then
		perform private.refuse_missing('Doc', doc);
	end if;
	return doc;
end
$$;

-- --- events ----------------------------------------------------------------

-- An entry, an event or a document was appended: told at commit, once for the
-- session.
create or replace function private.emit_appended() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.tell_session(new.session_id);
	return null;
end
$$;

create or replace function private.emit_progress() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.emit('notify:progress', new.project_id,
		json_strip_nulls(json_build_object(
			'sessionId', new.session_id,
			'message', coalesce(new.message, ''),
			'projectId', new.project_id,
			'taskId', new.task_id)));
	return null;
end
$$;

grant execute on function private.last_activity(public.sessions)
	to authenticated, service_role;

-- --- what hangs on tables

create policy session_timeline_select on public.session_timeline
	for select to authenticated
	using (project_id = any(array(select private.project_ids('viewer'))));
create policy session_timeline_insert on public.session_timeline
	for insert to authenticated
	with check (project_id = any(array(
		select private.project_ids('member'))));

create trigger session_timeline_progress after insert
	on public.session_timeline
	for each row when (not private.importing() and new.type = 'progress')
	execute function private.emit_progress();
create trigger session_timeline_note after insert on public.session_timeline
	for each row when (not private.importing() and new.type = 'needs_input')
	execute function private.note_timeline();
create constraint trigger session_timeline_emit after insert
	on public.session_timeline deferrable initially deferred
	for each row when (not private.importing())
	execute function private.emit_appended();

create policy session_events_select on public.session_events
	for select to authenticated
	using (project_id = any(array(select private.project_ids('viewer'))));
create policy session_events_insert on public.session_events
	for insert to authenticated
	with check (project_id = any(array(
		select private.project_ids('member'))));

create constraint trigger session_events_emit after insert
	on public.session_events deferrable initially deferred
	for each row when (not private.importing())
	execute function private.emit_appended();

create policy session_docs_select on public.session_docs
	for select to authenticated
	using (project_id = any(array(select private.project_ids('viewer'))));
create policy session_docs_insert on public.session_docs
	for insert to authenticated
	with check (project_id = any(array(
		select private.project_ids('member'))));
create policy session_docs_update on public.session_docs
	for update to authenticated
	using (project_id = any(array(select private.project_ids('member'))))
	with check (project_id = any(array(
		select private.project_ids('member'))));
create policy session_docs_delete on public.session_docs
	for delete to authenticated
	using (project_id = any(array(select private.project_ids('member'))));

create trigger session_docs_touch before update on public.session_docs
	for each row when (not private.importing())
	execute function private.touch();

-- The trails audit themselves; of a document the fact is kept, not the text.
create trigger session_docs_audit after insert or update or delete
	on public.session_docs
	for each row when (not private.importing())
	execute function private.log_rls_operation('content');

-- A document that is written anew too.
create constraint trigger session_docs_emit after insert or update
	on public.session_docs deferrable initially deferred
	for each row when (not private.importing())
	execute function private.emit_appended();
