-- Task graphs.  The functions are in sql/functions (schema api); row-level
-- security decides.

-- name: taskgraph_list :text :read
-- in: $1 project, $2 status, $3 limit, $4 offset: each may be null
select api.taskgraph_list($1, $2, $3::int, $4::int)::text;

-- name: taskgraph_get :text :read
-- in: $1 id text
select api.taskgraph_get($1)::text;

-- name: taskgraph_validate :text :read
-- in: $1 id text
select api.taskgraph_validate($1)::text;

-- name: taskgraph_create :text
-- in: $1 input json
select api.taskgraph_create($1::json)::text;

-- name: taskgraph_update :text
-- in: $1 id text, $2 input json
select api.taskgraph_update($1, $2::json)::text;

-- name: taskgraph_delete :text
-- in: $1 id text
select api.taskgraph_delete($1)::text;
