-- Team members.  The functions are in sql/migrations (schema api); row-level
-- security decides.

-- name: teammember_list :json :read
-- in: $1 project, $2 scope ('global'), $3 limit, $4 offset: each may be null
select api.teammember_list($1, $2, $3::int, $4::int)::text;

-- name: teammember_get :json :read
-- in: $1 id text, $2 project or null
select api.teammember_get($1, $2)::text;

-- name: teammember_create :json
-- in: $1 input json
select api.teammember_create($1::json)::text;

-- name: teammember_update :json
-- in: $1 id text, $2 input json with projectId
select api.teammember_update($1, $2::json)::text;

-- name: teammember_delete :json
-- in: $1 id text, $2 project text
select api.teammember_delete($1, $2)::text;

-- name: teammember_status :json
-- in: $1 id text, $2 project text, $3 'active' or 'archived'
select api.teammember_status($1, $2, $3)::text;

-- name: teammember_reset :json
-- in: $1 id text, $2 project text
select api.teammember_reset($1, $2)::text;

-- name: teammember_remember :json
-- in: $1 id text, $2 input json {projectId, entries}
select api.teammember_remember($1, $2::json)::text;

-- name: teammember_scope :json
-- in: $1 id text, $2 input json {projectId, scope}
select api.teammember_scope($1, $2::json)::text;

-- name: workflow_template_list :json :read
-- in: $1 mode or null
select api.workflow_template_list($1)::text;

-- name: workflow_template_get :json :read
-- in: $1 id text
select api.workflow_template_get($1)::text;
