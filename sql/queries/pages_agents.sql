-- What the pages of agents show, and what their form saves.

-- name: page_agents :rows :read
-- in: $1 project, $2 how many of its own, and of the caller's
-- By part: 1 of the project, 2 the caller's, 3 built in.
select a.part, c.id, c.name, left(c.role, 500) as role, c.avatar, c.mode,
	c.model, c.agent_tool, p.name as profile,
	c.capabilities -> 'can_spawn_sessions' = 'true' as spawns,
	jsonb_array_length(private.json_list(c.memory)) as memories
from (
	(select 1 as part, 0 as n, m as one from public.team_members m
	where m.project_id = $1 and m.status = 'active'
	order by m.created_at, m.id limit $2::int)
	union all
	(select 2, 0, m from public.team_members m
	where m.user_id = (select auth.uid()) and m.status = 'active'
	order by m.created_at, m.id limit $2::int)
	union all
	(select 3, d.n, d.as_row from api.default_members($1) d)) a
cross join lateral api.member_columns(a.one) c
left join lateral (
	select d.name from api.default_profiles() d
	where d.id = c.model_profile_id
	union all
	select x.name from public.model_profiles x
	where x.id = c.model_profile_id limit 1) p on true
order by a.part, a.n, c.created_at, c.id;

-- name: page_agents_archived :rows :read
-- in: $1 project, $2 how many of its own, and of the caller's
select case when m.project_id is not null then 1 else 2 end as part,
	m.id, m.name, left(m.role, 500) as role, m.avatar, m.mode, m.model,
	m.agent_tool, p.name as profile,
	m.config -> 'capabilities' -> 'can_spawn_sessions' = 'true' as spawns,
	jsonb_array_length(private.json_list(m.config -> 'memory')) as memories
from (
	(select * from public.team_members x
	where x.project_id = $1 and x.status = 'archived'
	order by x.updated_at desc, x.id limit $2::int)
	union all
	(select * from public.team_members x
	where x.user_id = (select auth.uid()) and x.status = 'archived'
	order by x.updated_at desc, x.id limit $2::int)) m
left join lateral (
	select d.name from api.default_profiles() d
	where d.id = m.config ->> 'modelProfileId'
	union all
	select x.name from public.model_profiles x
	where x.id = m.config ->> 'modelProfileId' limit 1) p on true
order by m.updated_at desc, m.id;

-- name: page_agent :row :read
-- in: $1 project, $2 id text
-- What stands in config is anybody's, and an odd row must show too.
select case when c.is_default then 3 when c.scope = 'global' then 2
		else 1 end as part,
	c.id, c.name, c.role, c.avatar, c.mode, c.model, c.agent_tool,
	p.name as profile, false as spawns, 0 as memories,
	c.identity, c.status, c.system_kind, c.skill_ids, c.permission_mode,
	c.model_profile_id, c.workflow_template_id, c.custom_workflow,
	c.sound_instrument, private.json_map(c.capabilities) as capabilities,
	private.json_map(private.json_map(c.command_permissions) -> 'groups')
		as groups,
	private.json_map(private.json_map(c.command_permissions) -> 'commands')
		as commands,
	exists (select from public.team_member_overrides o
		where o.project_id = $1
			and 'tm_' || $1 || '_' || o.kind = $2) as is_changed
from api.teammember_get($2, $1) m
cross join lateral api.member_columns(m) c
left join lateral (
	select d.name from api.default_profiles() d
	where d.id = c.model_profile_id
	union all
	select x.name from public.model_profiles x
	where x.id = c.model_profile_id limit 1) p on true;

-- name: page_agent_memory :rows :read
-- in: $1 project, $2 id text
select e.v as text, md5(e.v) as key
from api.teammember_get($2, $1) m
cross join lateral jsonb_array_elements_text(
	private.json_list(m.config -> 'memory')) with ordinality e (v, n)
order by e.n;

-- name: page_profile_choices :rows :read
-- Everybody's, then the caller's.
select p.id, p.name, p.model
from (select 1 as part, d.id, d.name, d.model from api.default_profiles() d
	union all
	(select 2, x.id, x.name, x.launch_config ->> 'model'
	from public.model_profiles x
	where x.user_id = (select auth.uid())
	order by x.created_at, x.id limit 500)) p
order by p.part, p.name, p.id;

-- name: page_workflow_choices :rows :read
select t.id, t.name from api.workflow_templates() t order by t.n;

-- name: agent_create :row
-- in: $1 input json: what a form sends
select m.id from api.agent_create($1::json) m;

-- name: agent_save :row
-- in: $1 member id text, $2 input json with projectId
select m.id from api.agent_save($1, $2::json) m;

-- name: agent_forget :row
-- in: $1 member id text, $2 project text, $3 md5 of the memory
select m.id from api.agent_forget($1, $2, $3) m;
