-- Team members, teams, model profiles.  The functions are in sql/functions
-- (schema api); row-level security decides.

-- columns: member
id, project_id, scope, name, role, avatar, identity, skill_ids, status,
is_default, created_at, updated_at, model, agent_tool, mode, system_kind,
permission_mode, model_profile_id, capabilities, command_permissions,
workflow_template_id, custom_workflow, sound_instrument, memory;

-- name: teammember_list :rows :read
-- in: $1 project, $2 scope ('global'), $3 limit, $4 offset: each may be null
-- As the function has them in order.
select {member c} from api.members($1, $2) m
cross join lateral api.member_columns(m) c
limit coalesce($3::int, case when $4::int is not null then 100 end)
offset $4::int;

-- name: teammember_count :row :read
-- in: $1 and $2 as above
select count(*) from api.members($1, $2);

-- name: teammember_get :row :read
-- in: $1 id text, $2 project or null
select {member c} from api.teammember_get($1, $2) m
cross join lateral api.member_columns(m) c;

-- name: teammember_create :row
-- in: $1 input json
select {member c} from api.teammember_create($1::json) m
cross join lateral api.member_columns(m) c;

-- name: teammember_update :row
-- in: $1 id text, $2 input json with projectId
select {member c} from api.teammember_update($1, $2::json) m
cross join lateral api.member_columns(m) c;

-- name: teammember_delete :row
-- in: $1 id text, $2 project text
select true as success, m.id from api.teammember_delete($1, $2) m (id);

-- name: teammember_status :row
-- in: $1 id text, $2 project text, $3 'active' or 'archived'
select {member c} from api.teammember_status($1, $2, $3) m
cross join lateral api.member_columns(m) c;

-- name: teammember_reset :row
-- in: $1 id text, $2 project text
select {member c} from api.teammember_reset($1, $2) m
cross join lateral api.member_columns(m) c;

-- name: teammember_remember :row
-- in: $1 id text, $2 input json {projectId, entries}
select {member c} from api.teammember_remember($1, $2::json) m
cross join lateral api.member_columns(m) c;

-- name: teammember_scope :row
-- in: $1 id text, $2 input json {projectId, scope}
select {member c} from api.teammember_scope($1, $2::json) m
cross join lateral api.member_columns(m) c;

-- columns: team
id, project_id, name, leader_id, member_ids, sub_team_ids, parent_team_id,
status, created_at, updated_at, description, avatar, metadata;

-- name: team_list :rows :read
-- in: $1 project text, $2 limit, $3 offset: each may be null
select {team} from public.teams
where private.need_project($1, 'viewer') is not null
	and project_id = $1 and status = 'active'
order by created_at, id
limit coalesce($2::int, case when $3::int is not null then 100 end)
offset $3::int;

-- name: team_count :row :read
-- in: $1 project text
select count(*) from public.teams where project_id = $1 and status = 'active';

-- name: team_get :row :read
-- in: $1 id text, $2 project text
select {team} from public.teams
where private.need_project($2, 'viewer') is not null
	and id = $1 and project_id = $2;

-- name: team_tree :rows :read
-- in: $1 id text, $2 project text
-- The team first, then those of each parent in their order.
select (t.as_row).id, t.parent, (t.as_row).name, (t.as_row).leader_id,
	(t.as_row).status, (t.as_row).description, (t.as_row).avatar
from api.team_tree($1, $2) t
order by t.parent collate "C", t.place;

-- name: team_tree_members :rows :read
-- in: as above
-- Of each team the members that the caller sees: the project's, its defaults,
-- global ones.
select w.team_id, w.id, coalesce(m.name, d.name) as name,
	coalesce(m.role, d.role) as role, w.id = w.leader_id as is_leader,
	coalesce(m.identity, d.identity) as identity,
	coalesce(m.avatar, d.avatar) as avatar,
	case when m.id is null then d.mode else m.mode end as mode
from (select (t.as_row).id as team_id, (t.as_row).leader_id, u.id, u.n
	from api.team_tree($1, $2) t
	cross join lateral unnest((t.as_row).member_ids)
		with ordinality u(id, n)) w
left join public.team_members m on m.id = w.id
	and (m.project_id = $2 or m.project_id is null)
left join (select (x.as_row).* from api.default_members($2) x) d
	on d.id = w.id
where m.id is not null or d.id is not null
order by w.team_id collate "C", w.n;

-- name: team_create :row
-- in: $1 input json
select {team} from api.team_create($1::json);

-- name: team_update :row
-- in: $1 id text, $2 input json with projectId
select {team} from api.team_update($1, $2::json);

-- name: team_status :row
-- in: $1 id text, $2 project text, $3 'active' or 'archived'
select {team} from api.team_status($1, $2, $3);

-- name: team_delete :row
-- in: $1 id text, $2 project text
select true as success, t.id from api.team_delete($1, $2) t (id);

-- name: team_members_add :row
-- in: $1 id text, $2 input json {projectId, memberIds}
select {team} from api.team_members_add($1, $2::json);

-- name: team_members_remove :row
-- in: $1 id text, $2 input json {projectId, memberIds}
select {team} from api.team_members_remove($1, $2::json);

-- name: team_subteam_add :row
-- in: $1 id text, $2 input json {projectId, subTeamId}
select {team} from api.team_subteam_add($1, $2::json);

-- name: team_subteam_remove :row
-- in: $1 id text, $2 input json {projectId, subTeamId}
select {team} from api.team_subteam_remove($1, $2::json);

-- columns: model_profile
id, name, launch_config, created_at, updated_at, description;

-- name: modelprofile_list :rows :read
-- As the function has them in order.
select {model_profile}, user_id is null as is_default
from api.modelprofiles();

-- name: modelprofile_get :row :read
-- in: $1 id text
select {model_profile}, user_id is null as is_default
from api.modelprofile_get($1);

-- name: modelprofile_create :row
-- in: $1 input json
select {model_profile}, user_id is null as is_default
from api.modelprofile_create($1::json);

-- name: modelprofile_update :row
-- in: $1 id text, $2 input json
select {model_profile}, user_id is null as is_default
from api.modelprofile_update($1, $2::json);

-- name: modelprofile_delete :row
-- in: $1 id text
select true as success, p.id from api.modelprofile_delete($1) p (id);
