set local lock_timeout = '2s';
-- What a session writes down is a new row and nothing else: its own row stays
-- as it is, agents that append at the same moment do not wait for each other,
-- and subscribers hear of a session once per transaction.

-- --- when something last happened ------------------------------------------

create index if not exists session_docs_active_idx
	on public.session_docs (project_id, session_id, updated_at);

-- Of the row, or of the last entry, event or document: three looks at the end
-- of an index instead of an update per append.
--
-- A list of sessions is planned for its filters (force_custom_plan), and what
-- it calls inherits that: each session of a full list would be planned anew,
-- four fifths of its time.  This and the functions that build one session look
-- it up by its key; one plan serves all.
create or replace function private.last_activity(s public.sessions)
returns timestamptz
language plpgsql stable
set plan_cache_mode = force_generic_plan
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
revoke execute on function private.last_activity(public.sessions) from public;
grant execute on function private.last_activity(public.sessions)
	to authenticated, service_role;

-- --- a session with two hundred entries is built in a moment ---------------

-- One expression without json_build_object, which looks up the type of each
-- argument anew: a third of the time.
create or replace function api.timeline_json(e public.session_timeline)
returns json
language sql stable parallel safe
as $$
	select ('{"id":' || to_json(e.id)::text ||
		',"type":"' || e.type ||
		'","timestamp":' || private.ms(e."timestamp")::text ||
		coalesce(',"message":' || to_json(e.message)::text, '') ||
		coalesce(',"taskId":' || to_json(e.task_id)::text, '') ||
		coalesce(',"metadata":' || e.metadata::text, '') || '}')::json
$$;

create or replace function api.session_event_json(e public.session_events)
returns json
language sql stable parallel safe
as $$
	select ('{"id":' || to_json(e.id)::text ||
		',"timestamp":' || private.ms(e."timestamp")::text ||
		',"type":' || to_json(e.type)::text ||
		coalesce(',"data":' || e.data::text, '') || '}')::json
$$;

-- plpgsql, so that its plans are kept.  env is for the owner's eyes:
-- api.session_own_json passes it, events do not.
create or replace function api.session_json(s public.sessions,
	env jsonb default '{}') returns json
language plpgsql stable
set plan_cache_mode = force_generic_plan
as $$
begin
	return private.json_with(json_build_object(
			'id', s.id,
			'projectId', s.project_id,
			'name', s.name,
			'status', s.status,
			'taskIds', s.task_ids,
			'env', env,
			'startedAt', private.ms(s.started_at),
			'lastActivity', private.ms(private.last_activity(s)),
			'completedAt', private.ms(s.completed_at),
			'hostname', s.hostname,
			'platform', s.platform,
			'events', (
				select coalesce(json_agg(
					api.session_event_json(e)
					order by e.seq), '[]')
				from public.session_events e
				where e.project_id = s.project_id
					and e.session_id = s.id),
			'timeline', (
				select coalesce(json_agg(api.timeline_json(e)
					order by e.seq), '[]')
				from public.session_timeline e
				where e.project_id = s.project_id
					and e.session_id = s.id),
			'docs', (
				select coalesce(json_agg(api.doc_json(d)
					order by d.added_at, d.id), '[]')
				from public.session_docs d
				where d.project_id = s.project_id
					and d.session_id = s.id),
			'parentSessionId', s.parent_session_id,
			'rootSessionId', s.root_session_id,
			'teamSessionId', s.team_session_id,
			'teamId', s.team_id,
			'isMasterSession', s.is_master_session),
		'"agentId":' || to_json(s.agent_id)::text,
		'"needsInput":' || s.needs_input::text,
		'"metadata":' || s.metadata::text,
		'"teamMemberId":' || to_json(s.team_member_id)::text,
		'"teamMemberIds":' || to_json(s.team_member_ids)::text,
		'"teamMemberSnapshot":' || s.team_member_snapshot::text,
		'"teamMemberSnapshots":' || s.team_member_snapshots::text,
		'"claudeSessionId":' || to_json(s.claude_session_id)::text,
		'"humanCompletedAt":' || private.ms(s.human_completed_at)::text,
		'"archivedAt":' || private.ms(s.archived_at)::text);
end
$$;

-- As the caller may see it: row-level security of session_env decides.
create or replace function api.session_own_json(s public.sessions) returns json
language plpgsql stable
set plan_cache_mode = force_generic_plan
as $$
begin
	return api.session_json(api.with_snapshots(s), coalesce((
		select v.env from public.session_env v
		where v.session_id = s.id
			and v.user_id = (select auth.uid())), '{}'));
end
$$;

create or replace function api.digest_json(s public.sessions) returns json
language sql stable
as $$
	select json_build_object(
		'sessionId', s.id,
		'workerName', coalesce(api.session_member(s) ->> 'name',
			s.name),
		'taskIds', s.task_ids,
		'state', case when s.needs_input -> 'active' = 'true'
				then 'needs_input'
			when s.status in ('working', 'spawning') then 'active'
			else 'idle' end,
		'entries', '[]'::json,
		'stuck', null,
		'lastActivityTimestamp', private.ms(private.last_activity(s)))
$$;

-- --- appends ---------------------------------------------------------------

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
drop trigger if exists session_timeline_note on public.session_timeline;
create trigger session_timeline_note after insert on public.session_timeline
	for each row when (new.type = 'needs_input')
	execute function private.note_timeline();

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
	return api.session_get(session);
end
$$;

-- --- events ----------------------------------------------------------------

-- The session as it is now, once per transaction: all who call it are deferred
-- triggers, so it is complete.  A session that was just made is told by
-- session:created.
create or replace function private.tell_session(session text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
	told text := coalesce(current_setting('maestro.told', true), '');
	s public.sessions;
begin
	if position(' ' || session || ' ' in told) > 0 then
		return;
	end if;
	perform set_config('maestro.told', told || ' ' || session || ' ', true);
	select * into s from public.sessions x
	where x.id = session and x.created_at < now();
	if found then
		perform private.emit('session:updated', s.project_id,
			api.session_json(s));
	end if;
end
$$;

create or replace function private.emit_appended() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	perform private.tell_session(new.session_id);
	return null;
end
$$;

-- What of a session is news: lastActivity and the mirror of the link table are
-- none of their own.
create or replace function private.session_news(old public.sessions,
	new public.sessions) returns text[]
language sql stable
as $$
	select array_agg(n.key)
	from jsonb_each(to_jsonb(new)) n
	where n.value is distinct from to_jsonb(old) -> n.key
		and n.key not in ('updated_at', 'last_activity', 'task_ids',
			'completed_at')
$$;

create or replace function private.emit_session_changed() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	-- Null, when there are none, is not true either.
	if not private.session_news(old, new) <@ array['status', 'needs_input']
	then
		perform private.tell_session(new.id);
	end if;
	return null;
end
$$;

-- A change of status and needsInput alone is the short event.  Of a session
-- that was just made private.emit_session_made tells.
create or replace function private.emit_session() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	if tg_op = 'DELETE' then
		perform private.emit('session:deleted', old.project_id,
			json_build_object('id', old.id,
				'projectId', old.project_id));
		return null;
	end if;
	if new.created_at = now() then
		return null; -- session:created will tell
	end if;
	if private.session_news(old, new) <@ array['status', 'needs_input'] then
		perform private.emit('session:status_changed', new.project_id,
			private.json_with(json_build_object('id', new.id,
				'status', new.status,
				'lastActivity', private.ms(new.last_activity),
				'projectId', new.project_id),
				'"needsInput":' || new.needs_input::text));
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
revoke execute on function private.tell_session(text),
	private.session_news(public.sessions, public.sessions),
	private.emit_session_changed() from public;

drop trigger if exists sessions_emit_changed on public.sessions;
create constraint trigger sessions_emit_changed after update
	on public.sessions deferrable initially deferred
	for each row when (old.* is distinct from new.*)
	execute function private.emit_session_changed();
drop trigger if exists session_timeline_emit on public.session_timeline;
create constraint trigger session_timeline_emit after insert
	on public.session_timeline deferrable initially deferred
	for each row execute function private.emit_appended();
drop trigger if exists session_events_emit on public.session_events;
create constraint trigger session_events_emit after insert
	on public.session_events deferrable initially deferred
	for each row execute function private.emit_appended();
-- A document that is written anew too.
drop trigger if exists session_docs_emit on public.session_docs;
create constraint trigger session_docs_emit after insert or update
	on public.session_docs deferrable initially deferred
	for each row execute function private.emit_appended();

revoke execute on all functions in schema api from public;
grant execute on all functions in schema api to authenticated, service_role;
