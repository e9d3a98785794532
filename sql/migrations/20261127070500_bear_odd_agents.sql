set local lock_timeout = '2s';
-- The pages of agents bear whatever stands in a row: config and overrides can
-- be written past the API, and one odd row must not take the page from all.

create or replace function private.json_list(j jsonb) returns jsonb
language sql immutable parallel safe
return case jsonb_typeof(j) when 'array' then j else '[]' end;

create or replace function private.json_map(j jsonb) returns jsonb
language sql immutable parallel safe
return case jsonb_typeof(j) when 'object' then j else '{}' end;

revoke execute on function private.json_list(jsonb), private.json_map(jsonb)
	from public;
grant execute on function private.json_list(jsonb), private.json_map(jsonb)
	to authenticated, service_role;

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

create or replace function api.page_agent(project text, member text)
returns json
language plpgsql stable
as $$
declare
	head json := api.page_project(project, 'agents');
	m jsonb := api.teammember_get(member, project);
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

-- What was said before and is not ticked is false; what nobody ever spoke of
-- stays unsaid.
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

-- The first memory of that text (its md5): others may have been added since.
create or replace function api.agent_forget(member text, project text,
	entry text) returns json
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
	m := api.teammember_get(member, project);
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

revoke execute on all functions in schema api from public;
grant execute on all functions in schema api to authenticated, service_role;
