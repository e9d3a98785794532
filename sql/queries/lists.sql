-- Orderings and task lists.  The functions are in sql/functions (schema
-- api); row-level security decides.

-- name: ordering_get :text :read
-- in: $1 entity type, $2 project id
select api.ordering_get($1, $2)::text;

-- name: ordering_put :text
-- in: $1 entity type, $2 project id, $3 input json {orderedIds}
select api.ordering_put($1, $2, $3::json)::text;

-- name: tasklist_list :text :read
-- in: $1 project, $2 limit, $3 offset: each may be null
select api.tasklist_list($1, $2::int, $3::int)::text;

-- name: tasklist_get :text :read
-- in: $1 id text
select api.tasklist_get($1)::text;

-- name: tasklist_create :text
-- in: $1 input json
select api.tasklist_create($1::json)::text;

-- name: tasklist_update :text
-- in: $1 id text, $2 input json {name, description, orderedTaskIds}
select api.tasklist_update($1, $2::json)::text;

-- name: tasklist_delete :text
-- in: $1 id text
select api.tasklist_delete($1)::text;

-- name: tasklist_add :text
-- in: $1 id text, $2 task id text
select api.tasklist_add($1, $2)::text;

-- name: tasklist_remove :text
-- in: $1 id text, $2 task id text
select api.tasklist_remove($1, $2)::text;
