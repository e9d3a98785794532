-- POST /sessions/spawn (maestro-api.md 2.16, 7.11, 7.12): the row of a session
-- whose agent a helper on somebody's machine starts when it hears
-- session:spawn.  What the wire's own server does on that machine (manifest,
-- work tree) is the helper's.

-- --- launch configurations -------------------------------------------------

create or replace function api.provider_of_tool(tool text) returns text
language sql immutable parallel safe
return case tool when 'claude-code' then 'claude' when 'codex' then 'openai'
	when 'gemini' then 'gemini' when 'hermes' then 'hermes' end;

create or replace function api.tool_of_provider(provider text) returns text
language sql immutable parallel safe
return case provider when 'claude' then 'claude-code' when 'openai' then 'codex'
	when 'gemini' then 'gemini' when 'hermes' then 'hermes' end;

-- The model says whose it is; only of one that nobody knows the tool decides.
create or replace function api.provider_of_model(model text, tool text)
returns text
language sql immutable parallel safe
as $$
	select case when model ~* '(opus|sonnet|haiku|claude)' then 'claude'
		when model ~* '(gpt|codex|^o[0-9])' then 'openai'
		when model ~* 'gemini' then 'gemini'
		when model ~* 'hermes' then 'hermes'
		else coalesce(api.provider_of_tool(tool), 'claude') end
$$;

create or replace function api.permission_of_access(access text) returns text
language sql immutable parallel safe
return case access when 'safe' then 'interactive'
	when 'acceptEdits' then 'acceptEdits' when 'plan' then 'readOnly'
	when 'fullAccess' then 'bypassPermissions' end;

-- Which of two models is the stronger: family, then version, then memory.
-- Small ones are small whatever their version; -1: none is named.
create or replace function api.model_power(model text) returns numeric
language sql immutable parallel safe
return case when model is null then -1
	else case when model ~* '(haiku|mini|nano|flash|fast)' then 100
			when model ~* 'opus' then 400
			when model ~* '(gpt|codex|^o[0-9]|gemini)' then 300
			when model ~* 'sonnet' then 200
			else 0 end
		+ coalesce(replace(substring(model
			from '(?:^|[^0-9])([0-9]{1,2}(?:[.-][0-9]{1,2})?)(?![0-9])'),
			'-', '.')::numeric, 0)
		+ case when model like '%[1m]' then 0.001 else 0 end
	end;

-- How one member would be started: what the request or task says otherwise,
-- then the profile it is bound to, then its own fields.  The wire's older
-- overrides name a model or tool without a configuration.
create or replace function api.member_launch(member jsonb, override jsonb)
returns jsonb
language plpgsql stable
as $$
declare
	profile jsonb;
	launch jsonb := override -> 'launchConfig';
	model text := coalesce(override ->> 'model', member ->> 'model');
	tool text := coalesce(override ->> 'agentTool', member ->> 'agentTool');
begin
	-- Of somebody else's profile, or one that is gone, nothing is known.
	if member ->> 'modelProfileId' <> '' then
		select p.launch_config into profile from api.modelprofiles() p
		where p.id = member ->> 'modelProfileId';
	end if;
	if launch is null and override ->> 'model' is not null then
		launch := jsonb_build_object(
			'provider', api.provider_of_model(model, tool),
			'model', model);
	end if;
	launch := coalesce(launch, profile);
	if launch is null and model is not null then
		launch := jsonb_build_object(
			'provider', api.provider_of_model(model, tool),
			'model', model);
	end if;
	if launch is not null and override ->> 'reasoningEffort' is not null
	then
		launch := jsonb_build_object('reasoningEffort',
			override -> 'reasoningEffort') || launch;
	end if;
	return jsonb_strip_nulls(jsonb_build_object(
		'launchConfig', launch,
		'model', coalesce(launch ->> 'model', model),
		'agentTool', coalesce(override ->> 'agentTool',
			api.tool_of_provider(launch ->> 'provider'), tool),
		'permissionMode', coalesce(override ->> 'permissionMode',
			api.permission_of_access(launch ->> 'accessMode'),
			member ->> 'permissionMode')));
end
$$;

-- The members with what they are started with, in order.
create or replace function api.spawn_members(project text, ids text[],
	overrides jsonb) returns jsonb
language plpgsql stable
as $$
begin
	return (select coalesce(jsonb_agg(m.member
			|| api.member_launch(m.member, overrides -> m.id)
			order by m.n), '[]')
		from api.members_of(project, ids) m
		where m.member ->> 'status' = 'active');
end
$$;

-- The one with the strongest model; of equals the first.  Model, tool and
-- permission mode come from the same member, or they would not fit.
create or replace function api.strongest(members jsonb) returns jsonb
language sql immutable
as $$
	select m.v from jsonb_array_elements(members) with ordinality m(v, n)
	order by api.model_power(m.v ->> 'model') desc, m.n limit 1
$$;

-- --- who asks --------------------------------------------------------------

-- X-Session-Id is no credential: of a session that the caller does not see
-- nothing is known.
create or replace function api.seen_session(session text)
returns public.sessions
language sql stable
as $$
	select s from public.sessions s where s.id = session
$$;

-- A session may only start others when it coordinates.
create or replace function api.check_spawner(sender_id text,
	sender public.sessions, parent text) returns void
language plpgsql stable
as $$
begin
	if coalesce(sender_id, '') = '' then
		perform private.refuse(400, 'sender_session_required',
			'The header X-Session-Id must name the session that '
			'asks');
	end if;
	if sender.id is null then
		perform private.refuse(400, 'sender_session_not_found',
			'The session in X-Session-Id is not there');
	end if;
	if api.mode_role(api.session_mode(sender)) <> 'coordinator' then
		perform private.refuse(403, 'spawn_requires_coordinator',
			'Only a coordinator may start sessions');
	end if;
	if parent is null then
		perform private.refuse(400, 'missing_session_id',
			'sessionId is required', 'sessionId');
	end if;
end
$$;

create or replace function api.check_spawn_words(input jsonb) returns void
language plpgsql stable
as $$
begin
	if input ->> 'spawnSource' not in ('ui', 'session') then
		perform private.refuse(400, 'invalid_spawn_source',
			'spawnSource must be ui or session', 'spawnSource');
	end if;
	if input ->> 'mode' not in ('worker', 'coordinator',
		'coordinated-worker', 'coordinated-coordinator', 'execute',
		'coordinate')
	then
		perform private.refuse(400, 'invalid_mode',
			'mode must be worker, coordinator, coordinated-worker '
			'or coordinated-coordinator', 'mode');
	end if;
	if coalesce(jsonb_array_length(input -> 'taskIds'), 0) = 0 then
		perform private.refuse(400, 'invalid_task_ids',
			'taskIds must name at least one task', 'taskIds');
	end if;
end
$$;

-- --- tasks, members --------------------------------------------------------

-- All of them, locked; the field at fault says which one is missing.
create or replace function api.check_spawn_tasks(project text, wanted text[])
returns void
language plpgsql volatile
as $$
declare
	bad text;
	place bigint;
begin
	perform from public.tasks t
	where t.project_id = project and t.id = any(wanted)
	order by t.id for no key update; -- see api.set_sessions
	select w.id, w.n into bad, place
	from unnest(wanted) with ordinality w(id, n)
	where not exists (select from public.tasks t
		where t.project_id = project and t.id = w.id)
	order by w.n limit 1;
	if found then
		perform private.refuse(404, 'task_not_found', 'Task with id '''
			|| bad || ''' not found', 'taskIds.' || place - 1);
	end if;
end
$$;

-- Those the request names: each must be there and active.  Else those its tasks
-- name, of which some may be gone.
create or replace function api.spawn_member_ids(project text, input jsonb,
	tasks text[]) returns text[]
language plpgsql stable
as $$
declare
	ids text[] := coalesce(nullif(private.text_array(
			(input -> 'teamMemberIds')::json), '{}'),
		array_remove(array[input ->> 'teamMemberId'], null));
	is_asked bool := ids <> '{}';
	active text[];
	bad text;
begin
	if not is_asked then
		ids := array(
			select m.id
			from unnest(tasks) with ordinality w(id, n)
			join public.tasks t on t.id = w.id
			cross join lateral unnest(coalesce(
				nullif(t.team_member_ids, '{}'),
				array[t.team_member_id]))
				with ordinality m(id, k)
			order by w.n, m.k);
	end if;
	active := array(select m.id from api.members_of(project, ids) m
		where m.member ->> 'status' = 'active' order by m.n);
	select w.id into bad from unnest(ids) with ordinality w(id, n)
	where w.id <> all(active) order by w.n limit 1;
	if is_asked and found then
		perform private.refuse_missing('Team member', bad);
	end if;
	return api.each_once(active);
end
$$;

-- Who coordinates when nobody is named: the first member that does so, or may
-- start sessions; the defaults come first, so there always is one.
create or replace function api.default_coordinator(project text) returns text
language sql stable
as $$
	select m.j ->> 'id'
	from json_array_elements(api.member_objects(project))
		with ordinality m(j, n)
	order by api.mode_role(m.j ->> 'mode') is distinct from 'coordinator',
		m.j -> 'capabilities' ->> 'can_spawn_sessions'
			is distinct from 'true', m.n
	limit 1
$$;

-- --- what it is started with -----------------------------------------------

-- The request's own configuration, or its model; else the strongest member's.
create or replace function api.spawn_launch(input jsonb, best jsonb)
returns jsonb
language plpgsql stable
as $$
declare
	launch jsonb;
begin
	if jsonb_typeof(input -> 'launchConfig') = 'object' then
		return api.launch_config(input -> 'launchConfig',
			'launchConfig');
	end if;
	if input ->> 'model' is not null then
		launch := jsonb_build_object(
			'provider', api.provider_of_model(input ->> 'model',
				input ->> 'agentTool'),
			'model', input ->> 'model');
	end if;
	launch := coalesce(launch, best -> 'launchConfig');
	if launch is not null and input ->> 'reasoningEffort' is not null then
		launch := launch || jsonb_build_object('reasoningEffort',
			input -> 'reasoningEffort');
	end if;
	return launch;
end
$$;

-- 7.12.
create or replace function api.spawn_permission(input jsonb, parent jsonb,
	best jsonb) returns text
language sql immutable
as $$
	select coalesce(input ->> 'permissionMode',
		api.permission_of_access(
			input -> 'launchConfig' ->> 'accessMode'),
		parent ->> 'delegatePermissionMode',
		case when parent ->> 'permissionMode' = 'bypassPermissions'
			then 'bypassPermissions' end,
		best ->> 'permissionMode')
$$;

-- What the agent needs to know of itself, and no more: the event that carries
-- it reaches all of the project.  Where the server is, and with which token,
-- the helper knows.  Ids have at most 128 characters, a variable 5000: of more
-- tasks the agent reads in its session.
create or replace function api.spawn_env(s public.sessions, tasks text[])
returns jsonb
language sql immutable
as $$
	select jsonb_strip_nulls(jsonb_build_object(
		'MAESTRO_SESSION_ID', s.id,
		'MAESTRO_CLAUDE_SESSION_ID', s.claude_session_id,
		'MAESTRO_PROJECT_ID', s.project_id,
		'MAESTRO_TASK_IDS', case when cardinality(tasks) <= 38
			then array_to_string(tasks, ',') end,
		'MAESTRO_MODE', s.metadata ->> 'mode',
		'MAESTRO_COORDINATOR_SESSION_ID',
			coalesce(s.parent_session_id, ''),
		'MAESTRO_ROOT_SESSION_ID', s.root_session_id,
		'MAESTRO_IS_MASTER', case when s.is_master_session
			then 'true' end))
$$;

-- Its first mail: it lies in the inbox before the agent looks.
create or replace function api.spawn_directive(s public.sessions, d jsonb)
returns void
language plpgsql volatile
as $$
declare
	sender public.sessions;
begin
	perform api.check_object(d, 'initialDirective');
	if coalesce(d ->> 'subject', '') = '' then
		perform private.refuse(400, 'validation_failed',
			'initialDirective.subject is required',
			'initialDirective.subject');
	end if;
	perform api.check_text(d -> 'subject', 1, 1000,
		'initialDirective.subject');
	perform api.check_text(d -> 'message', 0, 1000000,
		'initialDirective.message');
	perform api.check_text(d -> 'fromSessionId', 1, 128,
		'initialDirective.fromSessionId');
	sender := api.mail_sender(coalesce(d ->> 'fromSessionId',
		s.parent_session_id));
	insert into public.mail (project_id, from_session_id, from_name,
		to_session_id, type, subject, content)
	values (s.project_id, sender.id, case when starts_with(sender.id,
			'user_') then nullif(sender.name, '') end,
		s.id, 'directive', d ->> 'subject', jsonb_build_object(
			'details', coalesce(d ->> 'message', '')));
end
$$;

-- --- spawn -----------------------------------------------------------------

create or replace function api.spawn_project(input jsonb,
	sender public.sessions) returns text
language plpgsql stable
as $$
declare
	parent public.sessions := api.seen_session(input ->> 'sessionId');
	project text := coalesce(input ->> 'projectId', sender.project_id,
		parent.project_id);
begin
	if project is null then
		perform private.refuse(400, 'validation_failed',
			'projectId is required', 'projectId');
	end if;
	if not exists (select from public.projects p where p.id = project) then
		perform private.refuse(404, 'project_not_found',
			'Project with id ''' || left(project, 128) ||
			''' not found', 'projectId');
	end if;
	perform private.need_project(project, 'member');
	return project;
end
$$;

-- Locked until the end: before its tasks, as everywhere.  A coordinator that
-- starts its first session leads a team from now on.
create or replace function api.spawn_parent(session text, project text)
returns public.sessions
language plpgsql volatile
as $$
declare
	s public.sessions;
begin
	if session is null then
		return null;
	end if;
	s := api.need_parent(session, project, 'sessionId');
	select * into s from public.sessions x where x.id = session
	for no key update;
	if s.team_session_id is null then
		update public.sessions x set team_session_id = x.id
		where x.id = session returning * into s;
	end if;
	return s;
end
$$;

-- Overrides: the request's; else the parent's, when it asks; else those of a
-- task that is alone.
create or replace function api.spawn_overrides(input jsonb, parent jsonb,
	tasks text[]) returns jsonb
language plpgsql stable
as $$
begin
	if jsonb_typeof(input -> 'memberOverrides') = 'object' then
		return api.member_overrides(input -> 'memberOverrides',
			'memberOverrides');
	end if;
	return coalesce(
		case when input ->> 'spawnSource' = 'session'
			then parent -> 'memberOverrides' end,
		case when cardinality(tasks) = 1 then (
			select t.member_overrides from public.tasks t
			where t.id = tasks[1]) end);
end
$$;

-- A team that is named must be there; the wire's null is none at all.
create or replace function api.spawn_team(input jsonb, project text,
	parent public.sessions, tasks text[]) returns text
language plpgsql stable
as $$
begin
	if input ? 'teamId' then
		if input ->> 'teamId' is not null and not exists (
			select from public.teams t
			where t.id = input ->> 'teamId'
				and t.project_id = project)
		then
			perform private.refuse_missing('Team',
				input ->> 'teamId');
		end if;
		return input ->> 'teamId';
	end if;
	return coalesce(parent.team_id, (
		select t.team_id from public.tasks t
		where t.id = any(tasks) and t.team_id is not null
		order by array_position(tasks, t.id) limit 1));
end
$$;

-- new_id: the one it gets.
create or replace function api.session_spawn(input json, sender_id text,
	new_id text default null) returns text
language plpgsql volatile
as $$
declare
	j jsonb := input;
	source text := coalesce(j ->> 'spawnSource', 'ui');
	sender public.sessions := api.seen_session(sender_id);
	project text;
	parent public.sessions;
	tasks text[];
	ids text[];
	rest text[];
	overrides jsonb;
	members jsonb;
	best jsonb;
	launch jsonb;
	s public.sessions;
begin
	perform api.check_spawn_words(j);
	project := api.spawn_project(j, sender);
	if source = 'session' then
		perform api.check_spawner(sender_id, sender,
			j ->> 'sessionId');
	end if;
	parent := api.spawn_parent(j ->> 'sessionId', project);
	tasks := api.each_once(private.text_array(input -> 'taskIds'));
	perform api.check_spawn_tasks(project, tasks);

	-- A coordinator is one member; the others it is to hand work to.
	ids := api.spawn_member_ids(project, j, tasks);
	rest := coalesce(private.text_array(input -> 'delegateTeamMemberIds'),
		'{}');
	if api.mode_role(j ->> 'mode') = 'coordinator' then
		rest := array_remove(api.each_once(rest || ids[2:]), ids[1]);
		ids := array[coalesce(ids[1],
			api.default_coordinator(project))];
	end if;
	overrides := api.spawn_overrides(j, parent.metadata, tasks);
	members := api.spawn_members(project, ids, overrides);
	best := api.strongest(members);
	launch := api.spawn_launch(j, best);

	s.id := coalesce(new_id, private.new_id('sess'));
	s.metadata := jsonb_strip_nulls(jsonb_build_object(
		'mode', case when parent.id is null then ''
				else 'coordinated-' end ||
			api.mode_role(coalesce(j ->> 'mode',
				members -> 0 ->> 'mode', 'worker')),
		'skills', coalesce(j -> 'skills', '[]'),
		'spawnedBy', parent.id,
		'spawnSource', source,
		'launchConfig', launch,
		'model', launch ->> 'model',
		'agentTool', case when j ? 'launchConfig' then
			api.tool_of_provider(launch ->> 'provider')
			else coalesce(j ->> 'agentTool',
				case when j ? 'model' then api.tool_of_provider(
					launch ->> 'provider') end,
				best ->> 'agentTool', 'claude-code') end,
		'teamMemberId', case when cardinality(ids) = 1
			then ids[1] end,
		'teamMemberIds', nullif(to_jsonb(ids), '[]'),
		'delegateTeamMemberIds', nullif(to_jsonb(rest), '[]'),
		'memberOverrides', nullif(overrides, '{}'),
		'permissionMode', api.spawn_permission(j, parent.metadata,
			best),
		'delegatePermissionMode', j -> 'delegatePermissionMode',
		'useWorktree', coalesce((j ->> 'useWorktree')::bool, (
			select t.use_worktree from public.tasks t
			where t.id = tasks[1]))))
		|| jsonb_build_object('context', coalesce(j -> 'context', '{}'));
	-- Read when the transaction ends: session:spawn, not session:created.
	perform set_config('maestro.spawned', ' ' || s.id || ' ', true);
	insert into public.sessions (id, project_id, name, status, metadata,
		team_member_id, team_member_ids, team_member_snapshot,
		team_member_snapshots, claude_session_id, parent_session_id,
		root_session_id, team_session_id, team_id, is_master_session)
	select s.id, project, coalesce(j ->> 'sessionName', case
			when s.metadata ->> 'mode' like '%coordinator'
			then 'Coordinate' else 'Execute' end || ' for ' ||
			tasks[1]),
		'spawning', s.metadata, s.metadata ->> 'teamMemberId',
		nullif(ids, '{}'), case when cardinality(ids) = 1
			then api.snapshot_json(members -> 0) end,
		nullif((select jsonb_agg(api.snapshot_json(m.v) order by m.n)
			from jsonb_array_elements(members)
				with ordinality m(v, n)), '[]'),
		gen_random_uuid(), parent.id,
		coalesce(parent.root_session_id, parent.id, s.id), parent.id,
		api.spawn_team(j, project, parent, tasks),
		coalesce(p.is_master, false)
	from public.projects p where p.id = project
	returning * into s;
	perform api.begin_session(s, tasks, api.spawn_env(s, tasks));
	if coalesce(j -> 'initialDirective', 'null') <> 'null' then
		perform api.spawn_directive(s, j -> 'initialDirective');
	end if;
	return s.id;
end
$$;
