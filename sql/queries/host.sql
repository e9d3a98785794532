-- Views across projects, the trail of commands, diagrams.  The functions are
-- in sql/functions (schema api); row-level security decides.

-- name: command_usage_add :text
-- in: $1 session id, $2 input json: a record, or {records}
select api.command_usage_add($1, $2::json)::text;

-- name: diagram_inject :text
-- in: $1 session id, $2 input json {sceneJson, name}
select api.diagram_inject($1, $2::json)::text;
