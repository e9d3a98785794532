-- What the form of an agent, as people call a team member, saves.

-- What stands in a row is anybody's: config and overrides can be written past
-- the API, and one odd row must not take the page from all.
create or replace function private.json_list(j jsonb) returns jsonb
language sql immutable parallel safe
return case jsonb_typeof(j) when 'array' then j else '[]' end;

create or replace function private.json_map(j jsonb) returns jsonb
language sql immutable parallel safe
return case jsonb_typeof(j) when 'object' then j else '{}' end;

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
	unticked jsonb := '{"can_spawn_sessions": false,
		"can_edit_tasks": false, "can_report_task_level": false,
		"can_report_session_level": false}';
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

grant execute on function private.json_list(jsonb),
	private.json_map(jsonb), private.ticked(jsonb, jsonb)
	to authenticated, service_role;
