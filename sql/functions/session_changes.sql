-- What happens to a session after it was made: changes, environment, links,
-- mode (rules: maestro-api.md 7.5 to 7.11).  Security invoker.

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

-- --- env -------------------------------------------------------------------

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
returns text
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
		return session;
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
	return session;
end
$$;

-- --- links -----------------------------------------------------------------

create or replace function api.session_task_add(session text, task text)
returns text
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
	return session;
end
$$;

-- The entry says task_completed whatever became of it: the wire's oddity.
create or replace function api.session_task_remove(session text, task text)
returns text
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
	return session;
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

-- Only the session itself changes its role; whose child it is stays.
create or replace function api.session_mode_set(session text, sender text,
	input json) returns table (id text, mode text, previous_mode text,
	changed bool)
language plpgsql volatile
as $$
declare
	s public.sessions := api.lock_session(session);
	was text := api.session_mode(s);
	wanted text := case when was like 'coordinated-%' then 'coordinated-'
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
	if wanted <> was then
		update public.sessions x
		set metadata = coalesce(x.metadata, '{}') ||
			jsonb_build_object('mode', wanted)
		where x.id = session;
	end if;
	return query select session, wanted, was, wanted <> was;
end
$$;
