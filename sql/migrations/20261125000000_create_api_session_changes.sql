set local lock_timeout = '2s';
-- What happens to a session after it was made: changes, entries, documents,
-- links, mode (rules: maestro-api.md 7.5 to 7.11).  Security invoker.

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

-- The session, locked until the end of the transaction.
create or replace function api.lock_session(session text)
returns public.sessions
language plpgsql volatile
as $$
declare
	s public.sessions := api.need_session(session, null, 'member');
begin
	select * into s from public.sessions where id = session
	for no key update;
	if not found then
		perform private.refuse_missing('Session', session);
	end if;
	return s;
end
$$;

-- Planned for the arguments of each call: a filter that is not used is not
-- there, and one that is finds its index.  words: comma list of states.
create or replace function api.session_list(project text, task text,
	parent text, root text, team text, words text, is_active bool,
	is_full bool, row_limit int, row_offset int) returns json
language plpgsql stable
set plan_cache_mode = force_custom_plan
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
			and (task is null or s.id = any(array(
				select l.session_id
				from public.task_sessions l
				where l.task_id = task)))
			and (parent is null or s.parent_session_id = parent)
			and (root is null or s.root_session_id = root)
			and (team is null or s.team_session_id = team)
			and (words is null or s.status = any(
				string_to_array(replace(words, ' ', ''), ',')))
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

-- --- env -------------------------------------------------------------------

-- Variables of the agent without what is or looks like a secret: names that
-- speak of keys, tokens, passwords; values that carry a login (URLs with a
-- password, the key in our own /k/<token> addresses) or begin like a key of a
-- well-known service.
create or replace function api.clean_env(env jsonb) returns jsonb
language sql immutable
as $$
	select coalesce(jsonb_object_agg(e.key, e.value), '{}')
	from jsonb_each(env) e
	where e.key !~* ('(secret|token|passw|passphrase|api_?key|access_?key'
			'|credential|private|_key$|_pat$|^key$|cookie|bearer)')
		and e.value #>> '{}' !~* ('(://[^/@[:space:]]*:[^/@[:space:]]+@'
			'|mst_[a-z0-9]|^bearer |^sk-|^gh[opsu]_|^github_pat_'
			'|^xox[abpr]-|^akia[0-9a-z]{12}|^aiza|^eyj[a-z0-9_-]+[.]'
			'|private key-----)')
$$;

create or replace function api.check_env(env jsonb) returns void
language plpgsql stable
as $$
declare
	bad text;
begin
	select e.key into bad from jsonb_each(env) e
	where jsonb_typeof(e.value) <> 'string'
		or length(e.value #>> '{}') > 5000
		or length(e.key) not between 1 and 200
	limit 1;
	if bad is not null then
		perform private.refuse(400, 'validation_failed',
			'Must be a text of at most 5000 characters',
			'env.' || left(bad, 40));
	end if;
end
$$;

create or replace function private.check_env_row() returns trigger
language plpgsql
as $$
begin
	perform api.check_env(new.env);
	new.env := api.clean_env(new.env);
	return new;
end
$$;
revoke execute on function private.check_env_row() from public;
drop trigger if exists session_env_clean on public.session_env;
create trigger session_env_clean before insert or update
	on public.session_env
	for each row execute function private.check_env_row();

-- Shallow merge.  env belongs to who started the session.
create or replace function api.merge_env(s public.sessions, env jsonb)
returns void
language plpgsql volatile
as $$
begin
	perform api.check_env(env);
	if s.user_id is distinct from (select auth.uid()) then
		perform private.refuse(403, 'forbidden',
			'Only who started the session may change its env',
			'env');
	end if;
	insert into public.session_env as v (session_id, project_id, env)
	values (s.id, s.project_id, env)
	on conflict (session_id) do update set env = v.env || excluded.env;
end
$$;

-- --- changes ---------------------------------------------------------------

-- The links of a session become exactly these tasks.
create or replace function api.set_tasks(s public.sessions, wanted text[])
returns void
language plpgsql volatile
as $$
declare
	missing text;
	one text;
begin
	select w.id into missing from unnest(wanted) w(id)
	where not exists (select from public.tasks t
		where t.project_id = s.project_id and t.id = w.id)
	limit 1;
	if missing is not null then
		perform private.refuse_missing('Task', missing);
	end if;
	perform from public.tasks t
	where t.id = any(wanted || s.task_ids) order by t.id
	for no key update;
	delete from public.task_sessions l
	where l.session_id = s.id and l.task_id <> all(wanted);
	foreach one in array wanted loop
		perform api.link(s.project_id, one, s.id);
	end loop;
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

-- A session that ended: what it left open of its tasks is closed with it.  The
-- task's own status stays.
create or replace function api.close_parts(s public.sessions, word text)
returns void
language plpgsql volatile
as $$
begin
	perform from public.tasks t
	where t.id = any(s.task_ids) order by t.id for no key update;
	update public.tasks t
	set task_session_statuses = t.task_session_statuses ||
		jsonb_build_object(s.id, case word
			when 'completed' then 'completed' else 'failed' end)
	where t.project_id = s.project_id and t.id in (
			select l.task_id from public.task_sessions l
			where l.session_id = s.id)
		and t.task_session_statuses ? s.id
		and t.task_session_statuses ->> s.id
			not in ('completed', 'failed', 'skipped');
end
$$;

create or replace function api.needs_input(n jsonb) returns jsonb
language plpgsql stable
as $$
begin
	if jsonb_typeof(n -> 'active') is distinct from 'boolean' then
		perform private.refuse(400, 'validation_failed',
			'Must be true or false', 'needsInput.active');
	end if;
	if jsonb_typeof(coalesce(n -> 'message', '""')) not in
		('string', 'null') or length(n ->> 'message') > 1000
	then
		perform private.refuse(400, 'validation_failed',
			'Must be a text of at most 1000 characters',
			'needsInput.message');
	end if;
	if jsonb_typeof(coalesce(n -> 'since', '0')) not in ('number', 'null')
	then
		perform private.refuse(400, 'validation_failed',
			'Must be a number', 'needsInput.since');
	end if;
	return jsonb_strip_nulls(jsonb_build_object('active', n -> 'active',
		'message', n -> 'message', 'since', n -> 'since'));
end
$$;

create or replace function api.session_update(session text, input json)
returns json
language plpgsql volatile
as $$
declare
	s public.sessions := api.lock_session(session);
	j jsonb := input;
	word text := j ->> 'status';
	is_end bool;
begin
	-- "stopped" comes from whoever watches the process: too late.
	if word = 'stopped' and s.status = 'completed' then
		word := null;
		j := j - 'status';
	end if;
	if j = '{}' then
		return api.session_get(session);
	end if;
	if j ? 'needsInput' then
		j := j || jsonb_build_object('needsInput',
			api.needs_input(j -> 'needsInput'));
	end if;
	is_end := coalesce(word in ('completed', 'failed', 'stopped'), false);

	if j ? 'taskIds' then
		perform api.set_tasks(s, private.text_array(input -> 'taskIds'));
	end if;
	if j ? 'env' then
		perform api.merge_env(s, j -> 'env');
	end if;
	perform api.append_items(s, coalesce(j -> 'events', '[]'),
		coalesce(j -> 'timeline', '[]'));
	update public.sessions x set
		status = coalesce(word, x.status),
		completed_at = case when is_end then now()
			else x.completed_at end,
		agent_id = coalesce(j ->> 'agentId', x.agent_id),
		needs_input = coalesce(j -> 'needsInput', x.needs_input),
		human_completed_at = case when j ? 'humanCompletedAt'
			then timestamptz 'epoch' + interval '1 ms' *
				(j ->> 'humanCompletedAt')::bigint
			else x.human_completed_at end,
		archived_at = case when j ? 'archivedAt'
			then timestamptz 'epoch' + interval '1 ms' *
				(j ->> 'archivedAt')::bigint
			else x.archived_at end,
		last_activity = now()
	where x.id = session
	returning * into s;
	if is_end then
		perform api.close_parts(s, word);
	end if;
	return api.session_get(session);
end
$$;

-- --- entries, documents, links ---------------------------------------------

create or replace function api.session_event_add(session text, input json)
returns json
language plpgsql volatile
as $$
declare
	s public.sessions := api.need_session(session, null, 'member');
begin
	insert into public.session_events (project_id, session_id, type, data)
	values (s.project_id, s.id, input ->> 'type',
		(input -> 'data')::jsonb);
	update public.sessions set last_activity = now() where id = session;
	return api.session_get(session);
end
$$;

create or replace function api.session_timeline_add(session text, input json)
returns json
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
	return api.session_get(session);
end
$$;

create or replace function api.session_docs(session text) returns json
language plpgsql stable
as $$
declare
	s public.sessions := api.need_session(session, null, 'viewer');
begin
	return api.doc_page(array(
		select d.id from public.session_docs d
		where d.project_id = s.project_id and d.session_id = s.id
		order by d.added_at, d.id), null, null);
end
$$;

-- A kind that nobody knows is guessed from the name later, not refused.
create or replace function api.session_doc_add(session text, input json)
returns json
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
	return api.session_get(session);
end
$$;

create or replace function api.session_doc_write(session text, doc text,
	input json) returns json
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
	return json_build_object('success', true);
end
$$;

create or replace function api.session_task_add(session text, task text)
returns json
language plpgsql volatile
as $$
declare
	s public.sessions := api.lock_session(session);
begin
	if not exists (select from public.tasks t
		where t.project_id = s.project_id and t.id = task)
	then
		perform private.refuse_missing('Task', task);
	end if;
	if api.link(s.project_id, task, s.id) then
		insert into public.session_timeline
			(project_id, session_id, type, task_id)
		values (s.project_id, s.id, 'task_started', task);
	end if;
	return api.session_get(session);
end
$$;

-- The entry says task_completed whatever became of it: the wire's oddity.
create or replace function api.session_task_remove(session text, task text)
returns json
language plpgsql volatile
as $$
declare
	s public.sessions := api.lock_session(session);
begin
	if not exists (select from public.tasks t
		where t.project_id = s.project_id and t.id = task)
	then
		perform private.refuse_missing('Task', task);
	end if;
	delete from public.task_sessions l
	where l.task_id = task and l.session_id = s.id;
	if found then
		insert into public.session_timeline
			(project_id, session_id, type, task_id)
		values (s.project_id, s.id, 'task_completed', task);
	end if;
	return api.session_get(session);
end
$$;

-- --- mode ------------------------------------------------------------------

-- Role of a mode; the old words execute and coordinate too.
create or replace function api.mode_role(mode text) returns text
language sql immutable
as $$
	select case when mode ~ 'coordinat(or|e)$' then 'coordinator'
		else 'worker' end
$$;

create or replace function api.session_mode(s public.sessions) returns text
language sql stable
as $$
	select case when s.metadata ->> 'mode' like 'coordinated-%'
			then 'coordinated-' else '' end
		|| api.mode_role(coalesce(s.metadata ->> 'mode', 'worker'))
$$;

create or replace function api.session_mode_get(session text) returns json
language plpgsql stable
as $$
declare
	s public.sessions := api.need_session(session, null, 'viewer');
	mode text := api.session_mode(s);
begin
	return json_build_object('id', s.id, 'mode', mode,
		'relation', case when mode like 'coordinated-%'
			then 'coordinated' else 'standalone' end,
		'role', api.mode_role(mode));
end
$$;

-- Only the session itself changes its role; whose child it is stays.
create or replace function api.session_mode_set(session text, sender text,
	input json) returns json
language plpgsql volatile
as $$
declare
	s public.sessions := api.lock_session(session);
	was text := api.session_mode(s);
	mode text := case when was like 'coordinated-%' then 'coordinated-'
		else '' end || (input ->> 'role');
begin
	if sender is distinct from session then
		perform private.refuse(403, 'mode_self_only',
			'Only the session itself may change its mode');
	end if;
	if input ->> 'role' not in ('worker', 'coordinator') then
		perform private.refuse(400, 'invalid_mode',
			'role must be worker or coordinator', 'role');
	end if;
	if mode <> was then
		update public.sessions
		set metadata = coalesce(metadata, '{}') ||
			jsonb_build_object('mode', mode)
		where id = session;
	end if;
	return json_build_object('id', session, 'mode', mode,
		'previousMode', was, 'changed', mode <> was);
end
$$;

revoke execute on all functions in schema api from public;
grant execute on all functions in schema api to authenticated, service_role;
