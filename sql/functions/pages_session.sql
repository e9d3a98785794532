-- One session of an agent with what it wrote down.  Views as in
-- pages_words.sql.

-- --- words -----------------------------------------------------------------

create or replace function private.entry_label(type text) returns text
language sql immutable parallel safe
as $$
	select case type
		when 'session_started' then 'Started'
		when 'session_stopped' then 'Stopped'
		when 'task_started' then 'Task taken up'
		when 'task_completed' then 'Task finished'
		when 'task_failed' then 'Task failed'
		when 'task_skipped' then 'Task skipped'
		when 'task_blocked' then 'Task blocked'
		when 'needs_input' then 'Needs input'
		when 'doc_added' then 'Document'
		when 'prompt_received' then 'Message'
		when 'task_status_changed' then 'Task moved'
		else private.label(replace(type, '_', ' ')) end
$$;

create or replace function private.mode_label(mode text) returns text
language sql immutable parallel safe
return case mode when 'worker' then 'Worker'
	when 'coordinator' then 'Coordinator'
	when 'coordinated-worker' then 'Coordinated worker'
	when 'coordinated-coordinator' then 'Coordinated coordinator'
	when 'execute' then 'Worker (execute)'
	when 'coordinate' then 'Coordinator (coordinate)' else mode end;

create or replace function private.session_name(name text) returns text
language sql immutable parallel safe
return coalesce(nullif(name, ''), 'Unnamed session');

-- --- parts -----------------------------------------------------------------

-- The last 50 entries before one (null: of all), oldest first.
create or replace function api.page_entries(s public.sessions, before bigint)
returns json
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return (
		with shown as (
			select e.* from public.session_timeline e
			where e.project_id = s.project_id
				and e.session_id = s.id
				and (before is null or e.seq < before)
			order by e.seq desc limit 51
		), numbered as (
			select x.*, row_number() over (order by x.seq desc) as n
			from shown x
		)
		select json_build_object(
			'older', min(e.seq) filter (where e.n = 50
				and exists (select from numbered where n = 51)),
			'is_old', before is not null,
			'has_entries', count(*) > 0,
			'entries', coalesce(json_agg(json_build_object(
				'icon', e.type,
				'class', private.event_class(e.type),
				'label', private.entry_label(e.type),
				'message', nullif(coalesce(e.message,
					case when e.type = 'doc_added' then
						e.metadata ->> 'title' end), ''),
				'by', left(e.metadata ->> 'fromName', 200),
				'doc', (select d.id from public.session_docs d
					where e.type = 'doc_added'
						and d.id = e.metadata ->> 'docId'
						and d.project_id = s.project_id),
				'task', (select json_build_object('id', t.id,
					'title', coalesce(nullif(t.title, ''),
						'Untitled'))
					from public.tasks t
					where t.id = e.task_id
						and t.project_id = s.project_id),
				'at', private.iso(e."timestamp"),
				'at_text', private.when_text(e."timestamp"))
				order by e.seq) filter (where e.n <= 50), '[]'))
		from numbered e);
end
$$;

-- The last 50, with the first two thousand characters of their data.
create or replace function api.page_session_events(s public.sessions)
returns json
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return (
		select json_build_object(
			'has_events', count(*) > 0,
			'events', coalesce(json_agg(json_build_object(
				'type', e.type,
				'data', left(jsonb_pretty(e.data), 2000),
				'is_cut', length(jsonb_pretty(e.data)) > 2000,
				'at', private.iso(e."timestamp"),
				'at_text', private.when_text(e."timestamp"))
				order by e.seq), '[]'))
		from (select x.* from public.session_events x
			where x.project_id = s.project_id
				and x.session_id = s.id
			order by x.seq desc limit 50) e);
end
$$;

-- The last 30 messages to it and of it, oldest first.
create or replace function api.page_prompts(s public.sessions) returns json
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return (
		select json_build_object(
			'has_prompts', count(*) > 0,
			'prompts', coalesce(json_agg(json_build_object(
				'from', case when p.from_session_id is null
					then coalesce(nullif(p.from_name, ''),
						'Somebody')
					else private.session_name(p.from_name) end,
				'to', private.session_name(p.to_name),
				'is_person', p.from_session_id is null,
				'is_own', p.from_session_id = s.id
					and p.to_session_id <> s.id,
				'content', left(p.content, 20000),
				'is_cut', length(p.content) > 20000,
				'at', private.iso(p."timestamp"),
				'at_text', private.when_text(p."timestamp"))
				order by p."timestamp", p.id), '[]'))
		from (
			(select x.* from public.session_prompts x
				where x.project_id = s.project_id
					and x.to_session_id = s.id
				order by x."timestamp" desc limit 30)
			union
			(select x.* from public.session_prompts x
				where x.from_session_id = s.id
				order by x."timestamp" desc limit 30)
			order by "timestamp" desc limit 30) p);
end
$$;

-- One document in a list; its size is what a download would be.  session_name
-- null: it is not told.
create or replace function api.page_doc_row(d public.session_docs,
	session_name text) returns json
language sql stable
as $$
	select json_build_object(
		'id', d.id,
		'title', d.title,
		'path', d.file_path,
		'is_diagram', api.doc_kind(d) = 'diagram',
		'kind', case api.doc_kind(d) when 'diagram' then 'code'
			else 'text' end,
		'kind_label', case api.doc_kind(d) when 'diagram'
			then 'Diagram' else 'Text' end,
		'session', case when session_name is not null
			then private.session_name(session_name) end,
		'session_id', d.session_id,
		'size_text', private.size_text(coalesce(
			octet_length(d.content), 0)),
		'at', private.iso(d.added_at),
		'at_text', private.when_text(d.added_at))
$$;

create or replace function api.page_session_docs(s public.sessions)
returns json
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return (
		select json_build_object('has_docs', count(*) > 0,
			'docs', coalesce(json_agg(api.page_doc_row(d, null)
				order by d.added_at, d.id), '[]'))
		from (select x.* from public.session_docs x
			where x.project_id = s.project_id
				and x.session_id = s.id
			order by x.added_at desc, x.id desc limit 200) d);
end
$$;

-- Its tasks, and the ones it could be given: those still open, latest first.
create or replace function api.page_session_tasks(s public.sessions,
	may_write bool) returns json
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return json_build_object(
		'has_tasks', s.task_ids <> '{}',
		'tasks', (
			select coalesce(json_agg(json_build_object(
				'id', t.id,
				'title', coalesce(nullif(t.title, ''),
					'Untitled'),
				'status', t.status,
				'status_label', private.status_label(t.status),
				'is_done', t.status = 'completed',
				'may_unlink', may_write)
				order by l.linked_at, t.id), '[]')
			from public.task_sessions l
			join public.tasks t on t.project_id = s.project_id
				and t.id = l.task_id
			where l.session_id = s.id),
		'choices', case when may_write then (
			select coalesce(json_agg(json_build_object('value', t.id,
				'label', case when length(t.title) > 80
					then left(t.title, 79) || '…'
					else coalesce(nullif(t.title, ''),
						'Untitled') end)
				order by t.created_at desc, t.id), '[]')
			from (select x.* from public.tasks x
				where x.project_id = s.project_id
					and x.status not in ('completed',
						'cancelled', 'archived')
					and x.id <> all(s.task_ids)
				order by x.created_at desc, x.id desc
				limit 200) t) end);
end
$$;

create or replace function api.page_kin(k public.sessions) returns json
language sql stable
as $$
	select json_build_object(
		'id', k.id,
		'name', private.session_name(k.name),
		'status', k.status,
		'status_label', private.session_label(k.status),
		'waits', k.needs_input -> 'active' = 'true')
$$;

-- Those above it, the top one first, and its children; a circle, or a chain of
-- more than ten, ends there.
create or replace function api.page_session_tree(s public.sessions)
returns json
language plpgsql stable
as $$
declare
	up public.sessions := s;
	seen text[] := array[s.id];
	above json[] := '{}';
	below json;
	more bigint;
begin
	while up.parent_session_id is not null
		and cardinality(seen) <= 10
		and up.parent_session_id <> all(seen)
	loop
		select * into up from public.sessions x
		where x.id = up.parent_session_id;
		exit when not found;
		seen := seen || up.id;
		above := api.page_kin(up) || above;
	end loop;
	select json_agg(api.page_kin(c) order by c.started_at, c.id)
	into below
	from (select * from public.sessions x
		where x.parent_session_id = s.id and x.id <> s.id
		order by x.started_at, x.id limit 50) c;
	if json_array_length(below) = 50 then
		select count(*) - 50 into more from public.sessions x
		where x.parent_session_id = s.id and x.id <> s.id;
	end if;
	return json_build_object(
		'has_kin', cardinality(above) > 0 or below is not null,
		'above', array_to_json(above),
		'below', coalesce(below, '[]'),
		'more_text', case when more > 0 then 'and ' || more ||
			' more' end);
end
$$;

-- --- the page --------------------------------------------------------------

-- before: the entry that the window of the timeline ends at, or null.
create or replace function api.page_session(session text, before bigint)
returns json
language plpgsql stable
as $$
declare
	s public.sessions := api.need_session(session, null, 'viewer');
	head json := api.page_project(s.project_id, 'sessions');
	may_write bool := (head -> 'project' ->> 'may_write')::bool;
	is_live bool := s.status in ('spawning', 'idle', 'working');
	starter text := (select coalesce(p.display_name, p.email)
		from private.project_people(s.project_id) p
		where p.user_id = s.user_id);
	active timestamptz := private.last_activity(s);
	asked timestamptz := private.since(s.needs_input, s.last_activity);
begin
	return private.json_join(head, json_build_object('session',
		private.json_join(private.json_join(json_build_object(
			'id', s.id,
			'name', private.session_name(s.name),
			'status', s.status,
			'status_label', private.session_label(s.status),
			'is_live', is_live,
			'mode_label', private.mode_label(api.session_mode(s)),
			'member', api.page_session_member(s),
			'waits', s.needs_input -> 'active' = 'true',
			'question', nullif(s.needs_input ->> 'message', ''),
			'asked', private.iso(asked),
			'asked_text', private.when_text(asked),
			'is_archived', s.archived_at is not null,
			'is_checked', s.human_completed_at is not null,
			'starter', starter,
			'host', nullif(s.hostname, ''),
			'platform', nullif(s.platform, ''),
			'started', private.iso(s.started_at),
			'started_text', private.when_text(s.started_at),
			'active', private.iso(active),
			'active_text', private.when_text(active),
			'ended', private.iso(s.completed_at),
			'ended_text', private.when_text(s.completed_at)),
			json_build_object(
			'timeline', api.page_entries(s, before),
			'log', api.page_session_events(s),
			'messages', api.page_prompts(s),
			'documents', api.page_session_docs(s),
			'work', api.page_session_tasks(s, may_write))),
			json_build_object('tree', api.page_session_tree(s)))));
end
$$;

grant execute on function private.entry_label(text), private.mode_label(text),
	private.session_name(text)
	to authenticated, service_role;
