-- Pages of team members, which people know as agents, and what their form
-- saves.  Views as in pages_words.sql.

-- --- words -----------------------------------------------------------------

-- What stands in the circle: the avatar if it is a sign or two, else initials.
create or replace function private.avatar_sign(avatar text, name text)
returns text
language sql immutable parallel safe
as $$
	select case when length(avatar) between 1 and 4 and avatar !~ '[[:alnum:]/.<]'
		then avatar else private.initials(name) end
$$;

-- Commands of the client that a permission can name, by what they are about.
create or replace function api.agent_commands()
returns table (n int, area text, label text, commands text[])
language sql immutable parallel safe
as $$
	values
	(1, 'task', 'Tasks', array['task:list', 'task:get', 'task:create',
		'task:edit', 'task:delete', 'task:children', 'task:tree']),
	(2, 'session', 'Sessions', array['session:list', 'session:info',
		'session:siblings', 'session:spawn', 'session:prompt',
		'session:logs', 'session:watch']),
	(3, 'team-member', 'Agents', array['team-member:list',
		'team-member:get', 'team-member:create', 'team-member:edit',
		'team-member:archive', 'team-member:unarchive',
		'team-member:delete', 'team-member:reset',
		'team-member:update-identity', 'team-member:memory:append',
		'team-member:memory:list', 'team-member:memory:clear']),
	(4, 'team', 'Teams', array['team:list', 'team:get', 'team:create',
		'team:edit', 'team:archive', 'team:delete'])
$$;

create or replace function api.agent_abilities()
returns table (n int, name text, label text)
language sql immutable parallel safe
as $$
	values (1, 'can_spawn_sessions', 'Start sessions of others'),
		(2, 'can_edit_tasks', 'Edit tasks'),
		(3, 'can_report_task_level', 'Report on its tasks'),
		(4, 'can_report_session_level', 'Report on its session')
$$;

-- --- cards -----------------------------------------------------------------

-- profiles: {id: name} of those the caller has.
create or replace function api.page_profiles() returns jsonb
language sql stable
as $$
	select coalesce(jsonb_object_agg(p.id, p.name), '{}')
	from (select d.id, d.name from api.default_profiles() d
		union all
		select x.id, x.name from public.model_profiles x) p
$$;

create or replace function api.page_agent_card(m jsonb, project text,
	profiles jsonb) returns json
language sql stable
as $$
	select json_build_object(
		'id', m ->> 'id',
		'href', '/app/projects/' || project || '/agents/' ||
			(m ->> 'id'),
		'name', coalesce(nullif(m ->> 'name', ''), 'Unnamed'),
		'role', m ->> 'role',
		'sign', private.avatar_sign(m ->> 'avatar', m ->> 'name'),
		'tint', private.name_tint(m ->> 'name'),
		'mode_text', private.mode_label(nullif(m ->> 'mode', '')),
		'model_text', coalesce(profiles ->> (m ->> 'modelProfileId'),
			nullif(m ->> 'model', '')),
		'tool_text', nullif(m ->> 'agentTool', ''),
		'spawns', coalesce(m -> 'capabilities' -> 'can_spawn_sessions'
			= 'true', false),
		'memory_text', case jsonb_array_length(private.json_list(
				m -> 'memory')) when 0 then null when 1 then '1 memory'
			else jsonb_array_length(m -> 'memory') || ' memories' end,
		'is_default', m -> 'isDefault' = 'true',
		'is_global', coalesce(m ->> 'scope' = 'global', false),
		'is_archived', m ->> 'status' = 'archived')
$$;

create or replace function api.page_agents(project text) returns json
language plpgsql stable
as $$
declare
	head json := api.page_project(project, 'agents');
	profiles jsonb := api.page_profiles();
	members jsonb := api.member_objects(project);
	archived json;
	parts json;
begin
	select json_agg(json_build_object('title', p.title, 'text', p.says,
			'agents', p.agents) order by p.part)
	into parts
	from (select k.part, k.title, k.says, json_agg(api.page_agent_card(
			x.m, project, profiles) order by x.n) as agents
		from jsonb_array_elements(members) with ordinality x(m, n)
		join (values (1, 'Of this project',
				'Everybody on the project has these.'),
			(2, 'Yours',
				'They go with you into every project; nobody else sees them.'),
			(3, 'Built in',
				'Every project has them. What you change holds here only.')
			) k(part, title, says)
			on k.part = case when x.m -> 'isDefault' = 'true' then 3
				when x.m ->> 'scope' = 'global' then 2 else 1 end
		group by k.part, k.title, k.says) p;
	select json_agg(api.page_agent_card(api.teammember_json(m)::jsonb,
		project, profiles) order by m.updated_at desc, m.id)
	into archived
	from public.team_members m
	where m.status = 'archived'
		and (m.project_id = project or m.project_id is null);
	return private.json_join(head, json_build_object(
		'parts', parts,
		'archived', case when archived is not null then
			json_build_object('count', json_array_length(archived),
				'agents', archived) end));
end
$$;

-- --- one agent -------------------------------------------------------------

create or replace function api.page_agent_choices(m jsonb) returns json
language sql stable
as $$
	select json_build_object(
		'modes', private.choices(w.modes, array(select
			coalesce(private.mode_label(nullif(x, '')), 'Not set')
			from unnest(w.modes) with ordinality u(x, n) order by n),
			coalesce(m ->> 'mode', '')),
		'permissionModes', private.choices(
			array['', 'interactive', 'acceptEdits', 'readOnly',
				'bypassPermissions'],
			array['As the session is started', 'Ask for each action',
				'Edit files without asking', 'Read only',
				'Do everything without asking'],
			coalesce(m ->> 'permissionMode', '')),
		'profiles', (
			select json_agg(json_build_object('value', p.id,
				'label', p.name, 'selected',
				p.id = coalesce(m ->> 'modelProfileId', ''))
				order by p.n, p.name, p.id)
			from (select 0 as n, '' as id, 'None' as name
				union all
				select 1, d.id, d.name || ': ' || d.model
				from api.default_profiles() d
				union all
				select 2, x.id, x.name || ': ' ||
					(x.launch_config ->> 'model')
				from public.model_profiles x
				union all
				select 3, m ->> 'modelProfileId',
					(m ->> 'modelProfileId') || ' (of somebody else)'
				where m ->> 'modelProfileId' <> '' and not
					api.page_profiles() ? (m ->> 'modelProfileId')) p),
		'workflows', (
			select json_agg(json_build_object('value', f.id,
				'label', f.name, 'selected',
				f.id = coalesce(m ->> 'workflowTemplateId', ''))
				order by f.n)
			from (select 0 as n, '' as id, 'None' as name
				union all
				select t.n, t.id, t.name from api.workflow_templates() t
				union all
				select 1000, m ->> 'workflowTemplateId',
					m ->> 'workflowTemplateId'
				where m ->> 'workflowTemplateId' <> '' and not exists (
					select from api.workflow_templates() t
					where t.id = m ->> 'workflowTemplateId')) f),
		'abilities', (
			select json_agg(json_build_object('value', a.name,
				'label', a.label, 'checked', coalesce(
					m -> 'capabilities' -> a.name = 'true', false))
				order by a.n)
			from api.agent_abilities() a),
		'areas', (
			select json_agg(json_build_object(
				'label', g.label,
				'groups', case when g.area is not null then
					json_build_array(json_build_object(
						'value', g.area,
						'label', 'All of them',
						'checked', coalesce(perms -> 'groups' ->
							g.area = 'true', false))) end,
				'commands', (
					select json_agg(json_build_object('value', c.name,
						'label', c.name, 'checked', coalesce(
							perms -> 'commands' -> c.name = 'true',
							false)) order by c.n)
					from unnest(g.commands) with ordinality c(name, n)))
				order by g.n)
			from (select a.n, a.area, a.label, a.commands
				from api.agent_commands() a
				union all
				select 9, null, 'Others', o.names
				from (select array_agg(e.key order by e.key) as names
					from jsonb_each(case jsonb_typeof(
						perms -> 'commands') when 'object'
						then perms -> 'commands' else '{}' end) e
					where e.value = 'true' and not exists (
						select from api.agent_commands() a
						where e.key = any(a.commands))) o
				where o.names is not null) g))
	from (select array['worker', 'coordinator', 'coordinated-worker',
			'coordinated-coordinator'] || case
			when m ->> 'mode' in ('execute', 'coordinate')
				then array[m ->> 'mode']
			when coalesce(m ->> 'mode', '') = '' then array['']
			else '{}' end as modes,
		private.json_map(m -> 'commandPermissions') as perms) w
$$;

create or replace function api.page_agent_new(project text) returns json
language plpgsql stable
as $$
begin
	perform private.need_project(project, 'member');
	return private.json_join(api.page_project(project, 'agents'),
		json_build_object(
			'values', json_build_object('agentTool', 'claude-code',
				'avatar', E'\U0001F916'),
			'scopes', private.choices(array['project', 'global'],
				array['This project', 'Me, in every project'],
				'project'),
			'choices', api.page_agent_choices('{"mode": "worker",
				"capabilities": {"can_edit_tasks": true,
				"can_report_task_level": true,
				"can_report_session_level": true}}')));
end
$$;

create or replace function api.page_agent(project text, member text)
returns json
language plpgsql stable
as $$
declare
	head json := api.page_project(project, 'agents');
	m jsonb := api.teammember_json(
		api.teammember_get(member, project));
	edits bool := (head -> 'project' ->> 'may_write')::bool
		or m ->> 'scope' = 'global';
	is_default bool := m -> 'isDefault' = 'true';
	card json := api.page_agent_card(m, project, api.page_profiles());
begin
	return private.json_join(head, json_build_object(
		'agent', private.json_join(card, json_build_object(
			'identity', m ->> 'identity',
			'avatar', m ->> 'avatar',
			'may_edit', edits,
			'may_archive', edits and not is_default
				and m ->> 'status' <> 'archived'
				and m ->> 'systemKind' is null,
			'may_delete', edits and not is_default
				and m ->> 'status' = 'archived'
				and m ->> 'systemKind' is null,
			'may_reset', edits and exists (
				select from public.team_member_overrides o
				where o.project_id = project
					and o.kind = api.default_kind(member, project)),
			'may_globalise', edits and not is_default
				and m ->> 'scope' = 'project',
			'may_localise', (head -> 'project' ->> 'may_write')::bool
				and m ->> 'scope' = 'global',
			'abilities_text', (select string_agg(a.label, ', '
					order by a.n)
				from api.agent_abilities() a
				where m -> 'capabilities' -> a.name = 'true'),
			'workflow_text', nullif(m ->> 'workflowTemplateId', ''),
			'skills_text', nullif((select string_agg(s.v, ', '
					order by s.n)
				from jsonb_array_elements_text(private.json_list(
					m -> 'skillIds'))
					with ordinality s(v, n)), ''),
			'memory', (
				select coalesce(json_agg(json_build_object(
					'text', e.v, 'key', md5(e.v),
					'may_forget', edits) order by e.n), '[]')
				from jsonb_array_elements_text(private.json_list(m -> 'memory')) with ordinality e(v, n)),
			'has_memory', jsonb_array_length(private.json_list(m -> 'memory')) > 0)),
		'values', json_build_object(
			'name', m ->> 'name',
			'role', m ->> 'role',
			'avatar', m ->> 'avatar',
			'identity', m ->> 'identity',
			'model', m ->> 'model',
			'agentTool', m ->> 'agentTool',
			'skillIds', (select string_agg(s.v, ', ' order by s.n)
				from jsonb_array_elements_text(private.json_list(
					m -> 'skillIds'))
					with ordinality s(v, n)),
			'customWorkflow', m ->> 'customWorkflow',
			'soundInstrument', m ->> 'soundInstrument'),
		'choices', case when edits then api.page_agent_choices(m) end));
end
$$;

-- --- what the form saves ---------------------------------------------------

create or replace function private.ticked(old jsonb, names jsonb)
returns jsonb
language sql immutable
as $$
	select nullif(coalesce(jsonb_object_agg(x.key, x.is_on), '{}'), '{}')
	from (select e.key, names ? e.key as is_on
		from jsonb_each(case jsonb_typeof(old) when 'object' then old
			else '{}' end) e
		union
		select n.v, true
		from jsonb_array_elements_text(names) n(v)) x
$$;

-- The form sends what is ticked: abilities, groups and commands are lists of
-- names.  What was said before and is not ticked is false; what nobody ever
-- spoke of stays unsaid, for the mode to decide.
create or replace function api.agent_ticks(m jsonb, form jsonb) returns jsonb
language sql stable
as $$
	select jsonb_build_object(
		'capabilities', coalesce(private.ticked(m -> 'capabilities',
			form -> 'abilities'), '{}'),
		'commandPermissions', private.json_map(m -> 'commandPermissions')
			|| jsonb_strip_nulls(jsonb_build_object(
				'groups', private.ticked(
					m -> 'commandPermissions' -> 'groups',
					form -> 'groups'),
				'commands', private.ticked(
					m -> 'commandPermissions' -> 'commands',
					form -> 'commands'))))
$$;

create or replace function api.agent_create(input json)
returns public.team_members
language plpgsql volatile
as $$
declare
	j jsonb := input;
	unticked jsonb := (select jsonb_object_agg(a.name, false)
		from api.agent_abilities() a);
	ticks jsonb := api.agent_ticks(jsonb_build_object(
		'capabilities', unticked), j);
begin
	if ticks -> 'commandPermissions' = '{}' then
		ticks := ticks - 'commandPermissions';
	end if;
	return api.teammember_create((j - array['abilities', 'groups',
		'commands'] || ticks)::json);
end
$$;

-- Only what differs is written: a default keeps following the product in all
-- that nobody changed.
create or replace function api.agent_save(member text, input json)
returns public.team_members
language plpgsql volatile
as $$
declare
	j jsonb := input;
	project text := input ->> 'projectId';
	m jsonb := api.teammember_json(
		api.teammember_get(member, project));
	none jsonb[] := array['""', '[]', '{}'];
	patch jsonb;
begin
	if m ->> 'scope' is distinct from 'global' then
		perform private.need_project(project, 'member');
	end if;
	select coalesce(jsonb_object_agg(e.key, e.value), '{}') into patch
	from jsonb_each((j - array['projectId', 'abilities', 'groups',
		'commands']) || api.agent_ticks(m, j)) e
	where e.value is distinct from m -> e.key
		and not (e.value = any(none)
			and coalesce(m -> e.key, '""') = any(none));
	if patch <> '{}' then
		perform api.teammember_update(member, (patch ||
			jsonb_build_object('projectId', project))::json);
	end if;
	-- A mode of permissions is a word or is not there at all.
	if m ? 'permissionMode' and not j ? 'permissionMode' then
		update public.team_member_overrides o
		set changes = o.changes - 'permissionMode'
		where o.project_id = project
			and o.kind = api.default_kind(member, project);
		update public.team_members t
		set config = t.config - 'permissionMode'
		where t.id = member;
	end if;
	return api.teammember_get(member, project);
end
$$;

-- The first memory of that text (its md5): others may have been added since.
create or replace function api.agent_forget(member text, project text,
	entry text) returns public.team_members
language plpgsql volatile
as $$
declare
	m jsonb;
	kept jsonb;
begin
	perform from public.team_members t where t.id = member for update;
	perform from public.team_member_overrides o
	where o.project_id = project
		and o.kind = api.default_kind(member, project) for update;
	m := api.teammember_json(api.teammember_get(member, project));
	select coalesce(jsonb_agg(e.v order by e.n), '[]') into kept
	from (select x.v, x.n, row_number() over (partition by x.v
			order by x.n) as nth
		from jsonb_array_elements_text(private.json_list(
			m -> 'memory'))
			with ordinality x(v, n)) e
	where md5(e.v) <> entry or e.nth > 1;
	return api.teammember_update(member, json_build_object(
		'projectId', project, 'memory', kept));
end
$$;

grant execute on function private.avatar_sign(text, text),
	private.ticked(jsonb, jsonb)
	to authenticated, service_role;
