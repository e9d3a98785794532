-- Team members, teams, model profiles.  The functions are in sql/functions
-- (schema api); row-level security decides.

-- name: teammember_list :text :read
-- in: $1 project, $2 scope ('global'), $3 limit, $4 offset: each may be null
select api.teammember_list($1, $2, $3::int, $4::int)::text;

-- name: teammember_get :text :read
-- in: $1 id text, $2 project or null
select api.teammember_get($1, $2)::text;

-- name: teammember_create :text
-- in: $1 input json
select api.teammember_create($1::json)::text;

-- name: teammember_update :text
-- in: $1 id text, $2 input json with projectId
select api.teammember_update($1, $2::json)::text;

-- name: teammember_delete :text
-- in: $1 id text, $2 project text
select api.teammember_delete($1, $2)::text;

-- name: teammember_status :text
-- in: $1 id text, $2 project text, $3 'active' or 'archived'
select api.teammember_status($1, $2, $3)::text;

-- name: teammember_reset :text
-- in: $1 id text, $2 project text
select api.teammember_reset($1, $2)::text;

-- name: teammember_remember :text
-- in: $1 id text, $2 input json {projectId, entries}
select api.teammember_remember($1, $2::json)::text;

-- name: teammember_scope :text
-- in: $1 id text, $2 input json {projectId, scope}
select api.teammember_scope($1, $2::json)::text;

-- name: team_list :text :read
-- in: $1 project text, $2 limit, $3 offset: each may be null
select api.team_list($1, $2::int, $3::int)::text;

-- name: team_get :text :read
-- in: $1 id text, $2 project text
select api.team_get($1, $2)::text;

-- name: team_tree :text :read
-- in: $1 id text, $2 project text
select api.team_tree($1, $2)::text;

-- name: team_create :text
-- in: $1 input json
select api.team_create($1::json)::text;

-- name: team_update :text
-- in: $1 id text, $2 input json with projectId
select api.team_update($1, $2::json)::text;

-- name: team_status :text
-- in: $1 id text, $2 project text, $3 'active' or 'archived'
select api.team_status($1, $2, $3)::text;

-- name: team_delete :text
-- in: $1 id text, $2 project text
select api.team_delete($1, $2)::text;

-- name: team_members_add :text
-- in: $1 id text, $2 input json {projectId, memberIds}
select api.team_members_add($1, $2::json)::text;

-- name: team_members_remove :text
-- in: $1 id text, $2 input json {projectId, memberIds}
select api.team_members_remove($1, $2::json)::text;

-- name: team_subteam_add :text
-- in: $1 id text, $2 input json {projectId, subTeamId}
select api.team_subteam_add($1, $2::json)::text;

-- name: team_subteam_remove :text
-- in: $1 id text, $2 input json {projectId, subTeamId}
select api.team_subteam_remove($1, $2::json)::text;

-- name: modelprofile_list :text :read
-- in: nothing
select api.modelprofile_list()::text;

-- name: modelprofile_get :text :read
-- in: $1 id text
select api.modelprofile_get($1)::text;

-- name: modelprofile_create :text
-- in: $1 input json
select api.modelprofile_create($1::json)::text;

-- name: modelprofile_update :text
-- in: $1 id text, $2 input json
select api.modelprofile_update($1, $2::json)::text;

-- name: modelprofile_delete :text
-- in: $1 id text
select api.modelprofile_delete($1)::text;
