set local lock_timeout = '2s';
-- The cross-project view (maestro-api.md 2.13), the trail of commands and what
-- a host's answer leaves in the database (2.16).  Security invoker.

-- --- master ----------------------------------------------------------------

-- A project without any has its zero.
create or replace function api.master_context() returns json
language plpgsql stable
as $$
begin
	return json_build_object(
		'projects', api.project_list(null, null),
		'taskCounts', (
			select coalesce(json_object_agg(p.id, coalesce(c.n, 0)
				order by p.created_at, p.id), '{}')
			from public.projects p
			left join (select t.project_id, count(*) as n
				from public.tasks t group by t.project_id) c
				on c.project_id = p.id),
		'sessionCounts', (
			select coalesce(json_object_agg(p.id, coalesce(c.n, 0)
				order by p.created_at, p.id), '{}')
			from public.projects p
			left join (select s.project_id, count(*) as n
				from public.sessions s group by s.project_id) c
				on c.project_id = p.id));
end
$$;

-- --- command usage ---------------------------------------------------------

-- What has no name is no secret for its name.
create or replace function private.is_secret(name text, value text)
returns bool
language sql immutable
as $$
	select api.clean_env(jsonb_build_object(coalesce(name, 'value'),
		coalesce(value, ''))) = '{}'
$$;

-- 2026-01-02T03:04:05.678Z
create or replace function private.iso_ms(t timestamptz) returns text
language sql stable parallel safe
return to_char(t at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
revoke execute on function private.iso_ms(timestamptz) from public;
grant execute on function private.iso_ms(timestamptz)
	to authenticated, service_role;

create or replace function api.command_json(c public.command_usage)
returns json
language sql stable parallel safe
as $$
	select json_build_object(
		'ts', private.iso_ms(c.at),
		'sessionId', c.session_id,
		'projectId', c.project_id,
		'command', c.command,
		'argv', c.argv,
		'exitCode', c.exit_code,
		'durationMs', c.duration_ms,
		'success', c.success,
		'cliVersion', c.cli_version)
$$;

create or replace function private.time_or_null(v text) returns timestamptz
language plpgsql stable
as $$
begin
	if v !~ ('^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d([.]\d{1,9})?)?'
		'(Z|[-+]\d\d:?\d\d)$')
	then
		return null;
	end if;
	return v::timestamptz;
exception when datetime_field_overflow or invalid_datetime_format then
	return null;
end
$$;
revoke execute on function private.time_or_null(text) from public;
grant execute on function private.time_or_null(text)
	to authenticated, service_role;

-- The member of a record that is not what it must be; null: all are.
create or replace function api.command_trouble(v jsonb) returns text
language sql stable
as $$
	select case
		when jsonb_typeof(v) <> 'object' then ''
		when jsonb_typeof(v -> 'command') is distinct from 'string'
			or length(v ->> 'command') not between 1 and 200
			then '.command'
		when jsonb_typeof(coalesce(v -> 'argv', '[]')) <> 'array'
			or jsonb_path_exists(v -> 'argv',
				'$[*] ? (@.type() != "string")')
			or jsonb_array_length(v -> 'argv') > 1000 then '.argv'
		when jsonb_typeof(coalesce(v -> 'success', 'true'))
			not in ('boolean', 'null') then '.success'
		when v ->> 'exitCode' !~ '^-?\d{1,9}$' then '.exitCode'
		when v ->> 'durationMs' !~ '^\d{1,15}([.]\d+)?$'
			then '.durationMs'
		when length(v ->> 'cliVersion') > 100 then '.cliVersion'
		when v ->> 'ts' is not null
			and private.time_or_null(v ->> 'ts') is null
			then '.ts' end
$$;

-- One record, or several in `records`.  What is there already is not counted.
create or replace function api.command_usage_add(session text, input json)
returns json
language plpgsql volatile
as $$
declare
	s public.sessions := api.need_session(session, null, 'member');
	records jsonb := coalesce((input -> 'records')::jsonb,
		jsonb_build_array(input));
	bad text;
	added bigint;
begin
	if jsonb_typeof(records) <> 'array'
		or jsonb_array_length(records) not between 1 and 1000
	then
		perform private.refuse(400, 'validation_failed',
			'records must be a list of 1 to 1000', 'records');
	end if;
	select case when input -> 'records' is null
			then ltrim(t.field, '.')
			else 'records.' || (i.n - 1) || t.field end
	into bad
	from jsonb_array_elements(records) with ordinality i(v, n),
		api.command_trouble(i.v) t(field)
	where t.field is not null order by i.n limit 1;
	if found then
		perform private.refuse(400, 'validation_failed',
			bad || ' is not what a record has', bad);
	end if;
	insert into public.command_usage (project_id, session_id, at, command,
		argv, exit_code, duration_ms, success, cli_version)
	select s.project_id, s.id,
		coalesce(private.time_or_null(i.v ->> 'ts'), now()),
		i.v ->> 'command',
		coalesce(private.text_array((i.v -> 'argv')::json), '{}'),
		(i.v ->> 'exitCode')::int,
		round((i.v ->> 'durationMs')::numeric)::bigint,
		coalesce((i.v ->> 'success')::bool,
			coalesce((i.v ->> 'exitCode')::int, 0) = 0),
		i.v ->> 'cliVersion'
	from jsonb_array_elements(records) with ordinality i(v, n)
	order by i.n
	on conflict (project_id, digest) do nothing;
	get diagnostics added = row_count;
	return json_build_object('success', true, 'sessionId', s.id,
		'stored', added);
end
$$;

-- The summary is of all, the records are the last thousand.
create or replace function api.session_command_usage(session text)
returns json
language plpgsql stable
as $$
declare
	s public.sessions := api.need_session(session, null, 'viewer');
begin
	return (
		with mine as (
			select * from public.command_usage c
			where c.project_id = s.project_id
				and c.session_id = s.id),
		by_command as (
			select m.command, count(*) as n,
				count(*) filter (where not m.success) as bad
			from mine m group by m.command)
		select json_build_object('sessionId', s.id,
			'summary', json_build_object(
				'total', coalesce(sum(b.n), 0),
				'succeeded', coalesce(sum(b.n - b.bad), 0),
				'failed', coalesce(sum(b.bad), 0),
				'byCommand', coalesce(json_agg(
					json_build_object(
						'command', b.command,
						'total', b.n, 'failed', b.bad)
					order by b.n desc, b.command), '[]')),
			'records', (
				select coalesce(json_agg(api.command_json(
						(r.c)::public.command_usage)
					order by (r.c).at, (r.c).seq), '[]')
				from (select c from public.command_usage c
					where c.project_id = s.project_id
						and c.session_id = s.id
					order by c.at desc, c.seq desc
					limit 1000) r))
		from by_command b);
end
$$;

-- --- a diagram drawn in the browser ----------------------------------------

-- Speaks for the person who drew it, to a session the caller may write.
create or replace function private.signal_prompt(session text, content text,
	sender text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
	target public.sessions;
	sender_project text;
begin
	select * into target from public.sessions s
	where s.id = session and (s.project_id = any(array(
			select private.project_ids('member')))
		or private.claims() ->> 'role' = 'service_role');
	if not found then
		perform private.refuse_missing('Session', session);
	end if;
	-- A sender that is not the caller's is nobody: the id is no proof.
	select s.project_id into sender_project from public.sessions s
	where s.id = sender and s.project_id = any(array(
		select private.project_ids('member')));
	perform private.emit('session:prompt_send', target.project_id,
		json_build_object('sessionId', target.id,
			'content', content, 'mode', 'send',
			'senderSessionId', case when sender_project is null
				then 'ui' else sender end,
			'senderProjectId', sender_project,
			'targetProjectId', target.project_id,
			'timestamp', private.ms(clock_timestamp())));
end
$$;
revoke execute on function private.signal_prompt(text, text, text)
	from public;
grant execute on function private.signal_prompt(text, text, text)
	to authenticated, service_role;

-- The scene becomes a document of the session; its picture can be drawn from
-- it again, so that is not kept.
create or replace function api.diagram_inject(session text, input json)
returns json
language plpgsql volatile
as $$
declare
	s public.sessions := api.need_session(session, null, 'member');
	title text := coalesce(nullif(trim(input ->> 'name'), ''), 'diagram');
	path text := '.maestro/diagrams/'
		|| left(regexp_replace(lower(title), '[^a-z0-9-]+', '-', 'g'),
			100)
		|| '-' || private.ms(clock_timestamp()) || '.excalidraw';
	doc public.session_docs;
begin
	insert into public.session_docs (project_id, session_id, title,
		file_path, kind, content)
	values (s.project_id, s.id, title, path, 'diagram',
		input ->> 'sceneJson')
	returning * into doc;
	insert into public.session_timeline (project_id, session_id, type,
		metadata)
	values (s.project_id, s.id, 'doc_added', jsonb_build_object(
		'docId', doc.id, 'filePath', path, 'title', title));
	perform private.signal_prompt(s.id, 'A diagram was drawn for you: "'
		|| title || '". It is the document ' || doc.id
		|| ' of this session (Excalidraw).', null);
	return json_build_object('success', true, 'pngPath', null,
		'excalidrawPath', path, 'docId', doc.id);
end
$$;

revoke execute on all functions in schema api from public;
grant execute on all functions in schema api to authenticated, service_role;
