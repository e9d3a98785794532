-- The people an agent can play (maestro-api.md 2.8, 3.5).  Seven of them are
-- there in every project without a row: api.default_kinds() is their text,
-- team_member_overrides what a project changed in it.

-- A default is handed on as a row of team_members that no table holds: of no
-- project and of no user, at home in its project.

-- --- as the API shows one --------------------------------------------------

-- Written where it is called, so that a list costs no call for each row.
create or replace function api.member_columns(m public.team_members)
returns table (id text, project_id text, scope text, name text, role text,
	avatar text, identity text, skill_ids text[], status text,
	is_default bool, created_at timestamptz, updated_at timestamptz,
	model text, agent_tool text, mode text, system_kind text,
	permission_mode text, model_profile_id text, capabilities jsonb,
	command_permissions jsonb, workflow_template_id text,
	custom_workflow text, sound_instrument text, memory jsonb)
language sql stable parallel safe
as $$
	select m.id, coalesce(m.project_id, m.home_project_id),
		case when m.project_id is not null then 'project'
			when m.user_id is not null then 'global' end,
		m.name, m.role, m.avatar, m.identity, m.skill_ids, m.status,
		m.project_id is null and m.user_id is null, m.created_at,
		m.updated_at, m.model, m.agent_tool, m.mode, m.system_kind,
		m.config ->> 'permissionMode', m.config ->> 'modelProfileId',
		m.config -> 'capabilities', m.config -> 'commandPermissions',
		m.config ->> 'workflowTemplateId',
		m.config ->> 'customWorkflow', m.config ->> 'soundInstrument',
		m.config -> 'memory'
$$;

-- The same for what SQL makes of members: a spawn, a spell.
create or replace function api.teammember_json(m public.team_members)
returns json
language sql stable parallel safe
as $$
	select (jsonb_build_object(
			'id', m.id,
			'projectId', coalesce(m.project_id, m.home_project_id),
			'name', m.name,
			'role', m.role,
			'avatar', m.avatar,
			'identity', m.identity,
			'skillIds', m.skill_ids,
			'status', m.status,
			'isDefault', m.project_id is null and m.user_id is null,
			'createdAt', private.iso_ms(m.created_at),
			'updatedAt', private.iso_ms(m.updated_at))
		|| jsonb_strip_nulls(jsonb_build_object(
			'scope', case when m.project_id is not null
					then 'project'
				when m.user_id is not null then 'global' end,
			'model', m.model,
			'agentTool', m.agent_tool,
			'mode', m.mode,
			'systemKind', m.system_kind))
		|| m.config)::json
$$;

-- --- the defaults ----------------------------------------------------------

-- `more` is what sets a kind apart from the others.
create or replace function api.default_kinds() returns table (n int,
	kind text, name text, mode text, model text, workflow text, spawns bool,
	avatar text, role text, identity text, skills text[], more jsonb)
language sql immutable parallel safe
as $$
	values
	(1, 'simple_worker', 'Simple Worker', 'worker', 'sonnet',
		'execute-simple', false, E'\u26A1',
		'Does one task from beginning to end',
		'You take the task you are given, do it yourself, check the '
		'result and report what you did and what is left open.',
		'{}'::text[], '{}'::jsonb),
	(2, 'coordinator', 'Coordinator', 'coordinator', 'sonnet',
		'coordinate-default', true, E'\U0001F3AF',
		'Splits work and hands it to others',
		'You divide the goal into tasks that can be checked, give '
		'each to a suitable worker, follow them and judge the whole. '
		'You do not do the work of the workers.', '{}', '{}'),
	(3, 'batch_coordinator', 'Batch Coordinator', 'coordinator',
		'sonnet', 'coordinate-batching', true, E'\U0001F4E6',
		'Hands out work batch after batch',
		'You gather tasks that do not touch each other into batches, '
		'run one batch at a time, and begin the next when the last '
		'one is checked.', '{}', '{}'),
	(4, 'dag_coordinator', 'DAG Coordinator', 'coordinator', 'sonnet',
		'coordinate-dag', true, E'\U0001F500',
		'Orders work by what depends on what',
		'You write down which task needs the result of which, start '
		'every task whose needs are met, and go on wave by wave until '
		'nothing is left.', '{}', '{}'),
	(5, 'recruiter', 'Recruiter', 'worker', 'sonnet', 'execute-recruit',
		false, E'\U0001F50D', 'Finds and describes new team members',
		'You learn what the project lacks, look for skills that fill '
		'the gap and write a team member for it: a name, a role, a '
		'clear identity and no right it does not need.',
		'{find-skills}', '{"commandPermissions":
			{"commands": {"team-member:create": true,
			"team-member:list": true, "team-member:get": true,
			"team-member:edit": true}}}'),
	(6, 'standup', 'Standup', 'worker', 'opus', 'execute-standup',
		false, E'\U0001F4CB', 'Asks how things stand and notes it',
		'You look at what was done, what is under way and what is in '
		'the way, say it in a few lines, and write what should not be '
		'forgotten into the memory of the members it concerns.',
		'{find-skills}', '{"commandPermissions":
			{"commands": {"team-member:create": true,
			"team-member:list": true, "team-member:get": true,
			"team-member:edit": true, "team-member:archive": true,
			"team-member:unarchive": true,
			"team-member:delete": true, "team-member:reset": true,
			"team-member:update-identity": true,
			"team-member:memory:append": true,
			"team-member:memory:list": true,
			"team-member:memory:clear": true}}}'),
	(7, 'remote_controller', 'Remote Controller', 'coordinator', 'opus',
		'coordinate-remote', true, E'\U0001F4E1',
		'Steers running sessions from afar',
		'You answer what people ask about running sessions, start and '
		'prompt sessions for them, and say what happened in words '
		'that can be read on a small screen.',
		'{}', '{"commandPermissions": {"commands": {"task:list": true,
			"task:get": true, "task:create": true,
			"task:edit": true, "task:children": true,
			"task:tree": true, "session:spawn": true,
			"session:logs": true, "session:prompt": true,
			"session:siblings": true, "team-member:list": true,
			"team-member:get": true}}}')
$$;

-- The defaults of a project with what it changed; nobody's, if the project is
-- not the caller's to see.  A row as the table has its columns.
create or replace function api.default_members(project text)
returns table (n int, kind text, as_row public.team_members)
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return query
	select k.n, k.kind, row('tm_' || p.id || '_' || k.kind, null, null,
		p.id, coalesce(o.changes ->> 'name', k.name),
		coalesce(o.changes ->> 'role', k.role),
		coalesce(o.changes ->> 'avatar', k.avatar),
		coalesce(o.changes ->> 'identity', k.identity), 'active',
		coalesce(o.changes ->> 'model', k.model),
		coalesce(o.changes ->> 'agentTool', 'claude-code'),
		coalesce(o.changes ->> 'mode', k.mode), null,
		coalesce(private.text_array((o.changes -> 'skillIds')::json),
			k.skills),
		jsonb_build_object('workflowTemplateId', k.workflow,
			'capabilities', jsonb_build_object(
				'can_spawn_sessions', k.spawns,
				'can_edit_tasks', true,
				'can_report_task_level', true,
				'can_report_session_level', true))
			|| k.more || coalesce(o.changes - array['name', 'role',
				'avatar', 'identity', 'model', 'agentTool',
				'mode', 'skillIds'], '{}'),
		p.created_at, coalesce(o.updated_at, p.created_at),
		null)::public.team_members
	from public.projects p
	cross join api.default_kinds() k
	left join public.team_member_overrides o
		on o.project_id = p.id and o.kind = k.kind
	where p.id = project;
end
$$;

-- Nulls when there is none.
create or replace function api.default_member(project text, wanted text)
returns public.team_members
language plpgsql stable
as $$
declare
	m public.team_members;
begin
	select (d.as_row).* into m from api.default_members(project) d
	where d.kind = wanted;
	return m;
end
$$;

create or replace function api.default_json(project text, wanted text)
returns json
language plpgsql stable
as $$
declare
	m public.team_members := api.default_member(project, wanted);
begin
	return case when m.id is not null then api.teammember_json(m) end;
end
$$;

-- --- look-ups --------------------------------------------------------------

-- Which default of the project that id names; null when none.
create or replace function api.default_kind(member text, project text)
returns text
language sql stable
as $$
	select k.kind from api.default_kinds() k
	where member = 'tm_' || project || '_' || k.kind
$$;

-- A stored member of the project or of the caller, or 404; 403 when the
-- caller's role in the project is short.
create or replace function api.need_teammember(member text, project text,
	min_role text) returns public.team_members
language plpgsql stable
as $$
declare
	m public.team_members;
begin
	select * into m from public.team_members x
	where x.id = member and (project is null or x.project_id is null
		or x.project_id = project);
	if not found then
		perform private.refuse_missing('Team member', member);
	end if;
	if min_role <> 'viewer' and m.project_id is not null then
		perform private.need_project(m.project_id, min_role);
	end if;
	return m;
end
$$;

create or replace function api.refuse_default(verb text) returns void
language sql stable
as $$
	select private.refuse(403, 'forbidden',
		'Default team members cannot be ' || verb)
$$;

-- {name: true or false}
create or replace function api.check_flags(j jsonb, field text) returns void
language plpgsql stable
as $$
declare
	bad text;
begin
	if j is null then
		return;
	end if;
	if jsonb_typeof(j) <> 'object' then
		perform private.refuse(400, 'validation_failed',
			field || ' must be an object', field);
	end if;
	select f.key into bad from jsonb_each(j) f
	where jsonb_typeof(f.value) <> 'boolean' limit 1;
	if found then
		perform private.refuse(400, 'validation_failed',
			'Must be true or false', field || '.' || left(bad, 40));
	end if;
end
$$;

create or replace function api.check_teammember(j jsonb) returns void
language plpgsql stable
as $$
declare
	perms jsonb := j -> 'commandPermissions';
begin
	perform api.check_flags(j -> 'capabilities', 'capabilities');
	perform api.check_flags(perms -> 'groups',
		'commandPermissions.groups');
	perform api.check_flags(perms -> 'commands',
		'commandPermissions.commands');
	if j ->> 'modelProfileId' !~ '^[A-Za-z0-9_-]{0,128}$' then
		perform private.refuse(400, 'validation_failed',
			'modelProfileId must be an id', 'modelProfileId');
	end if;
end
$$;

-- What of a body lives in config; "" takes a model profile away.
create or replace function api.teammember_config(old jsonb, j jsonb)
returns jsonb
language sql immutable
as $$
	select case when j ->> 'modelProfileId' = ''
		then c.v - 'modelProfileId' else c.v end
	from (select old || coalesce(jsonb_object_agg(e.key, e.value)
			filter (where e.key in ('permissionMode',
			'modelProfileId', 'capabilities',
			'commandPermissions', 'workflowTemplateId',
			'customWorkflow', 'soundInstrument', 'memory')),
			'{}') as v
		from jsonb_each(j) e) c
$$;

-- --- reading ---------------------------------------------------------------

-- Those that can be played, in the order of the wire: of a project the
-- defaults and its own, then the caller's global ones, which alone are there
-- with a scope or without a project.
create or replace function api.members(project text, scope text)
returns setof public.team_members
language plpgsql stable
as $$
begin
	if project is not null and scope is null then
		return query
			select (d.as_row).* from api.default_members(project) d
			order by d.n;
		return query
			select m.* from public.team_members m
			where m.project_id = project and m.status = 'active'
			order by m.created_at, m.id;
	end if;
	return query
		select m.* from public.team_members m
		where m.user_id = auth.uid() and m.status = 'active'
		order by m.created_at, m.id;
end
$$;

create or replace function api.member_objects(project text) returns json
language sql stable
as $$
	select coalesce(json_agg(api.teammember_json(m)), '[]')
	from api.members(project, null) m
$$;

-- Without a project the id itself says whose default it is.
create or replace function api.teammember_get(member text, project text)
returns public.team_members
language plpgsql stable
as $$
declare
	m public.team_members;
begin
	select * into m from public.team_members x
	where x.id = member and (project is null or x.project_id is null
		or x.project_id = project);
	if found then
		return m;
	end if;
	select (d.as_row).* into m
	from api.default_kinds() k
	join public.projects p on p.id = substr(member, 4,
		greatest(length(member) - length(k.kind) - 4, 0))
	cross join lateral api.default_members(p.id) d
	where member = 'tm_' || p.id || '_' || k.kind and d.kind = k.kind
		and (project is null or p.id = project)
	limit 1;
	if not found then
		perform private.refuse_missing('Team member', member);
	end if;
	return m;
end
$$;

-- --- writing ---------------------------------------------------------------

create or replace function api.teammember_create(input json)
returns public.team_members
language plpgsql volatile
as $$
declare
	j jsonb := input;
	project text := input ->> 'projectId';
	is_global bool := coalesce(input ->> 'scope' = 'global', false);
	m public.team_members;
begin
	-- A global member is the caller's own, not the project's.
	perform private.need_project(project,
		case when is_global then 'viewer' else 'member' end);
	perform api.check_teammember(j);
	perform api.check_profile(j ->> 'modelProfileId', null);
	insert into public.team_members (project_id, user_id,
		home_project_id, name, role, avatar, identity, model,
		agent_tool, mode, skill_ids, config)
	values (case when not is_global then project end,
		case when is_global then auth.uid() end, project,
		j ->> 'name', j ->> 'role', j ->> 'avatar',
		coalesce(nullif(trim(j ->> 'identity'), ''), left('You are ' ||
			(j ->> 'name') || '. ' || (j ->> 'role') || '.',
			10000)),
		j ->> 'model', j ->> 'agentTool', j ->> 'mode',
		coalesce(private.text_array(input -> 'skillIds'), '{}'),
		api.teammember_config('{}', j))
	returning * into m;
	return m;
end
$$;

-- The changes of a default are kept beside it, key by key.
create or replace function api.default_change(project text, wanted text,
	patch jsonb) returns public.team_members
language plpgsql volatile
as $$
begin
	perform private.need_project(project, 'member');
	insert into public.team_member_overrides as o
		(project_id, kind, changes)
	values (project, wanted, case when patch ->> 'modelProfileId' = ''
		then patch - 'modelProfileId' else patch end)
	on conflict (project_id, kind) do update
	set changes = case when patch ->> 'modelProfileId' = ''
		then (o.changes || patch) - 'modelProfileId'
		else o.changes || patch end;
	return api.default_member(project, wanted);
end
$$;

create or replace function api.teammember_update(member text, input json)
returns public.team_members
language plpgsql volatile
as $$
declare
	j jsonb := input;
	project text := input ->> 'projectId';
	known text := api.default_kind(member, project);
	m public.team_members;
begin
	perform private.need_project(project, 'viewer');
	perform api.check_teammember(j);
	if known is not null then
		if j ->> 'status' = 'archived' then
			perform api.refuse_default('archived');
		end if;
		m := api.default_member(project, known);
		perform api.check_profile(j ->> 'modelProfileId',
			m.config ->> 'modelProfileId');
		return api.default_change(project, known,
			j - array['projectId', 'status', 'scope']);
	end if;
	m := api.need_teammember(member, project, 'member');
	perform api.check_profile(j ->> 'modelProfileId',
		m.config ->> 'modelProfileId');
	update public.team_members set
		name = coalesce(j ->> 'name', name),
		role = coalesce(j ->> 'role', role),
		avatar = coalesce(j ->> 'avatar', avatar),
		identity = coalesce(j ->> 'identity', identity),
		status = coalesce(j ->> 'status', status),
		model = coalesce(j ->> 'model', model),
		agent_tool = coalesce(j ->> 'agentTool', agent_tool),
		mode = coalesce(j ->> 'mode', mode),
		skill_ids = coalesce(private.text_array(input -> 'skillIds'),
			skill_ids),
		config = api.teammember_config(config, j)
	where id = member
	returning * into m;
	if j ? 'scope' then
		return api.teammember_scope(member, input);
	end if;
	return m;
end
$$;

create or replace function api.teammember_scope(member text, input json)
returns public.team_members
language plpgsql volatile
as $$
declare
	project text := input ->> 'projectId';
	m public.team_members;
begin
	perform private.need_project(project, 'viewer');
	if api.default_kind(member, project) is not null then
		perform api.refuse_default('moved');
	end if;
	m := api.need_teammember(member, project, 'member');
	if input ->> 'scope' = 'global' and m.project_id is not null then
		update public.team_members
		set user_id = auth.uid(), home_project_id = project_id,
			project_id = null
		where id = member returning * into m;
	elsif input ->> 'scope' = 'project' and m.project_id is null then
		perform private.need_project(project, 'member');
		update public.team_members
		set user_id = null, home_project_id = project,
			project_id = project
		where id = member returning * into m;
	end if;
	return m;
end
$$;

create or replace function api.teammember_status(member text, project text,
	word text)
returns public.team_members
language plpgsql volatile
as $$
declare
	m public.team_members;
begin
	perform private.need_project(project, 'viewer');
	if api.default_kind(member, project) is not null then
		perform api.refuse_default('archived');
	end if;
	m := api.need_teammember(member, project, 'member');
	if m.system_kind is not null and word = 'archived' then
		perform private.refuse(403, 'forbidden',
			'System team members cannot be archived');
	end if;
	if m.status <> word then
		update public.team_members set status = word
		where id = member returning * into m;
	end if;
	return m;
end
$$;

create or replace function api.teammember_reset(member text, project text)
returns public.team_members
language plpgsql volatile
as $$
declare
	known text := api.default_kind(member, project);
begin
	perform private.need_project(project, 'viewer');
	if known is null then
		perform private.refuse_missing('Default team member', member);
	end if;
	perform private.need_project(project, 'member');
	delete from public.team_member_overrides
	where project_id = project and kind = known;
	return api.default_member(project, known);
end
$$;

create or replace function api.teammember_delete(member text, project text)
returns text
language plpgsql volatile
as $$
declare
	m public.team_members;
begin
	perform private.need_project(project, 'viewer');
	if api.default_kind(member, project) is not null then
		perform api.refuse_default('deleted');
	end if;
	m := api.need_teammember(member, project, 'member');
	if m.system_kind is not null then
		perform private.refuse(403, 'forbidden',
			'System team members cannot be deleted');
	end if;
	if m.status <> 'archived' then
		perform private.refuse(422, 'business_rule_error',
			'Archive the team member before deleting it');
	end if;
	delete from public.team_members where id = member;
	return member;
end
$$;

create or replace function api.teammember_remember(member text, input json)
returns public.team_members
language plpgsql volatile
as $$
declare
	project text := input ->> 'projectId';
	known text := api.default_kind(member, project);
	said jsonb;
	m public.team_members;
begin
	perform private.need_project(project, 'viewer');
	select jsonb_agg(trim(e.v, E' \t\r\n') order by e.n) into said
	from json_array_elements_text(input -> 'entries')
		with ordinality as e(v, n)
	where trim(e.v, E' \t\r\n') <> '';
	if said is null then
		perform private.refuse(400, 'validation_failed',
			'At least one entry is needed', 'entries');
	end if;
	if known is not null then
		perform private.need_project(project, 'member');
		insert into public.team_member_overrides as o
			(project_id, kind, changes)
		values (project, known, jsonb_build_object('memory', said))
		on conflict (project_id, kind) do update
		set changes = o.changes || jsonb_build_object('memory',
			coalesce(o.changes -> 'memory', '[]') || said);
		return api.default_member(project, known);
	end if;
	m := api.need_teammember(member, project, 'member');
	update public.team_members
	set config = config || jsonb_build_object('memory',
		coalesce(config -> 'memory', '[]') || said)
	where id = member returning * into m;
	return m;
end
$$;

-- --- events ----------------------------------------------------------------

-- A global member is its owner's business: no project hears of it.  Moving
-- between the scopes looks to the project like going and coming.
create or replace function private.emit_teammember() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	if tg_op <> 'INSERT' and old.project_id is not null and (
		tg_op = 'DELETE' or new.project_id is null)
	then
		perform private.emit('team_member:deleted', old.project_id,
			json_build_object('id', old.id,
				'projectId', old.project_id));
	end if;
	if tg_op = 'DELETE' or new.project_id is null then
		return null;
	end if;
	perform private.emit_row('team_member:' || case
			when tg_op = 'INSERT' or old.project_id is null
				then 'created'
			when new.status = 'archived'
				and old.status <> 'archived' then 'archived'
			else 'updated' end,
		new.project_id, 'team_members', new.id,
		case when tg_op = 'UPDATE' and old.project_id is not null
			then private.changed_columns(to_jsonb(old),
				to_jsonb(new)) end);
	return null;
end
$$;

-- Nothing when the project itself is going.
create or replace function private.emit_override() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
	o public.team_member_overrides := coalesce(new, old);
begin
	if exists (select from public.projects p where p.id = o.project_id)
	then
		perform private.emit_row('team_member:updated', o.project_id,
			'team_members', 'tm_' || o.project_id || '_' || o.kind,
			null);
	end if;
	return null;
end
$$;

-- --- what hangs on tables

create policy team_members_select on public.team_members
	for select to authenticated
	using (user_id = (select auth.uid()) or project_id = any(array(
		select private.project_ids('viewer'))));
create policy team_members_insert on public.team_members
	for insert to authenticated
	with check (user_id = (select auth.uid()) or project_id = any(array(
		select private.project_ids('member'))));
create policy team_members_update on public.team_members
	for update to authenticated
	using (user_id = (select auth.uid()) or project_id = any(array(
		select private.project_ids('member'))))
	with check (user_id = (select auth.uid()) or project_id = any(array(
		select private.project_ids('member'))));
create policy team_members_delete on public.team_members
	for delete to authenticated
	using (user_id = (select auth.uid()) or project_id = any(array(
		select private.project_ids('member'))));

create trigger team_members_touch before update on public.team_members
	for each row when (not private.importing())
	execute function private.touch();
create trigger team_members_audit after insert or update or delete
	on public.team_members
	for each row when (not private.importing())
	execute function private.log_rls_operation();
create trigger team_members_emit after insert or update or delete
	on public.team_members
	for each row when (not private.importing())
	execute function private.emit_teammember();

create policy team_member_overrides_select on public.team_member_overrides
	for select to authenticated
	using (project_id = any(array(select private.project_ids('viewer'))));
create policy team_member_overrides_insert on public.team_member_overrides
	for insert to authenticated
	with check (project_id = any(array(
		select private.project_ids('member'))));
create policy team_member_overrides_update on public.team_member_overrides
	for update to authenticated
	using (project_id = any(array(select private.project_ids('member'))))
	with check (project_id = any(array(
		select private.project_ids('member'))));
create policy team_member_overrides_delete on public.team_member_overrides
	for delete to authenticated
	using (project_id = any(array(select private.project_ids('member'))));

create trigger team_member_overrides_touch before update on public.team_member_overrides
	for each row when (not private.importing())
	execute function private.touch();
create trigger team_member_overrides_audit after insert or update or delete
	on public.team_member_overrides
	for each row when (not private.importing())
	execute function private.log_rls_operation();
create trigger team_member_overrides_emit after insert or update or delete
	on public.team_member_overrides
	for each row when (not private.importing())
	execute function private.emit_override();
