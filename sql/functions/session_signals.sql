-- What passes through a session without staying: modals, the wish to resume;
-- and the huddles that prompts form (maestro-api.md 2.6, 2.16, 5.1, 7.9).

-- Only triggers speak on the bus, and this function: for sessions the caller
-- may write, with these four names.
create or replace function private.signal_session(session text, event text,
	data json) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
	project text;
begin
	select s.project_id into project from public.sessions s
	where s.id = session and (s.project_id = any(array(
			select private.project_ids('member')))
		or private.claims() ->> 'role' = 'service_role');
	if project is null or event not in ('session:modal',
		'session:modal_action', 'session:modal_closed',
		'session:resume')
	then
		perform private.refuse_missing('Session', session);
	end if;
	perform private.emit(event, project, data);
end
$$;

create or replace function api.session_modal(session text, input json)
returns text
language plpgsql volatile
as $$
declare
	s public.sessions := api.need_session(session, null, 'member');
	title text := coalesce(input ->> 'title', 'Agent Modal');
begin
	perform private.signal_session(s.id, 'session:modal',
		json_build_object('sessionId', s.id,
			'modalId', input ->> 'modalId', 'title', title,
			'html', input ->> 'html',
			'filePath', input ->> 'filePath',
			'timestamp', private.ms(clock_timestamp())));
	return title;
end
$$;

create or replace function api.session_modal_action(session text, modal text,
	input json) returns text
language plpgsql volatile
as $$
declare
	s public.sessions := api.need_session(session, null, 'member');
begin
	perform private.signal_session(s.id, 'session:modal_action',
		json_build_object('sessionId', s.id, 'modalId', modal,
			'action', input ->> 'action', 'data', input -> 'data',
			'timestamp', private.ms(clock_timestamp())));
	return modal;
end
$$;

create or replace function api.session_modal_close(session text, modal text)
returns text
language plpgsql volatile
as $$
declare
	s public.sessions := api.need_session(session, null, 'member');
begin
	perform private.signal_session(s.id, 'session:modal_closed',
		json_build_object('sessionId', s.id, 'modalId', modal,
			'timestamp', private.ms(clock_timestamp())));
	return modal;
end
$$;

-- A helper on the agent's machine hears it and starts the agent again.
create or replace function api.session_resume(session text)
returns public.sessions
language plpgsql volatile
as $$
declare
	s public.sessions := api.lock_session(session);
begin
	update public.sessions set status = 'spawning' where id = session
	returning * into s;
	perform private.signal_session(s.id, 'session:resume',
		json_build_object('table', 'sessions', 'id', s.id,
			'columns', null,
			'command', 'maestro ' || case api.mode_role(
					api.session_mode(s))
				when 'worker' then 'worker'
				else 'orchestrator' end || ' resume',
			'cwd', (select p.working_dir from public.projects p
				where p.id = s.project_id),
			'envVars', '{}'::json, 'manifest', null,
			'projectId', s.project_id, 'taskIds', s.task_ids,
			'spawnSource', coalesce(s.metadata ->> 'spawnSource',
				'ui'),
			'parentSessionId', s.parent_session_id,
			'rootSessionId', s.root_session_id));
	return s;
end
$$;

-- --- huddles ---------------------------------------------------------------

create or replace function private.prompt_file(p public.session_prompts)
returns json
language sql stable parallel safe
as $$
	select json_build_object(
		'id', p.id,
		'fromSessionId', p.from_session_id,
		'toSessionId', p.to_session_id,
		'fromProjectId', p.from_project_id,
		'toProjectId', p.project_id,
		'content', p.content,
		'mode', p.mode,
		'fromTeamMember', p.from_member,
		'toTeamMember', p.to_member,
		'fromSessionName', p.from_name,
		'toSessionName', p.to_name,
		'timestamp', private.ms(p."timestamp"))
$$;

create or replace function api.huddle_json(ids text[]) returns json
language plpgsql stable
as $$
begin
	return (select json_build_object(
			'id', 'huddle_' || left(encode(extensions.digest(
				array_to_string(ids, ','), 'sha1'), 'hex'), 12),
			'sessionIds', ids,
			'sessions', (select coalesce(json_agg(json_build_object(
					'sessionId', s.id,
					'sessionName', s.name,
					'projectId', s.project_id,
					'teamMember', api.session_member(s))
					order by s.id collate "C"), '[]')
				from public.sessions s where s.id = any(ids)),
			'prompts', json_agg(private.prompt_file(p)
				order by p."timestamp", p.id),
			'promptCount', count(*),
			'lastActivity', private.ms(max(p."timestamp")))
		from public.session_prompts p
		where p.from_session_id = any(ids)
			and p.to_session_id = any(ids)
			and p.from_session_id <> p.to_session_id);
end
$$;

-- Connected components of the graph of prompts: one is walked after the other,
-- ring by ring.
create or replace function api.huddle_list() returns json
language plpgsql stable
as $$
declare
	left_over text[];
	seen text[];
	ring text[];
	found json[] := '{}';
begin
	select array_agg(distinct p.from_session_id) into left_over
	from public.session_prompts p
	where p.from_session_id <> p.to_session_id;
	while cardinality(left_over) > 0 loop
		ring := left_over[1:1];
		seen := ring;
		while cardinality(ring) > 0 loop
			select array_agg(n.id) into ring from (
				select p.to_session_id as id
				from public.session_prompts p
				where p.from_session_id = any(ring)
				union
				select p.from_session_id
				from public.session_prompts p
				where p.to_session_id = any(ring)) n
			where n.id <> all(seen);
			seen := seen || coalesce(ring, '{}');
		end loop;
		found := found || api.huddle_json(array(
			select x from unnest(seen) x order by x collate "C"));
		left_over := array(select x from unnest(left_over) x
			where x <> all(seen));
	end loop;
	return (select coalesce(json_agg(h
			order by (h ->> 'lastActivity')::bigint desc), '[]')
		from unnest(found) h);
end
$$;

grant execute on function private.signal_session(text, text, json),
	private.prompt_file(public.session_prompts)
	to authenticated, service_role;
