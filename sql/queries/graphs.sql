-- Task graphs.  The functions are in sql/functions (schema api); row-level
-- security decides.

-- columns: taskgraph
id, project_id, name, nodes, edges, status, created_at, updated_at, description,
coordinator_team_member_id, coordinator_model, execution_session_id,
last_run_at;

-- name: taskgraph_list :rows :read
-- in: $1 project, $2 status, $3 limit, $4 offset: the last three may be null
select {taskgraph} from public.task_graphs
where project_id = $1 and ($2::text is null or status = $2)
order by created_at, id
limit coalesce($3::int, case when $4::int is not null then 100 end)
offset $4::int;

-- name: taskgraph_count :row :read
-- in: $1 project, $2 status or null
select count(*) from public.task_graphs
where project_id = $1 and ($2::text is null or status = $2);

-- name: taskgraph_list_all :rows :read
-- in: $1 status, $2 limit, $3 offset, or null
select {taskgraph g} from (select private.project_ids('viewer')) p (id)
cross join lateral (
	select * from public.task_graphs x
	where x.project_id = p.id and ($1::text is null or x.status = $1)
	order by x.created_at, x.id
	limit coalesce($2::int, case when $3::int is not null then 100 end)
		+ coalesce($3::int, 0)) g
order by g.created_at, g.id
limit coalesce($2::int, case when $3::int is not null then 100 end)
offset $3::int;

-- name: taskgraph_count_all :row :read
-- in: $1 status or null
select count(*) from public.task_graphs
where $1::text is null or status = $1;

-- name: taskgraph_get :row :read
-- in: $1 id text
select {taskgraph} from public.task_graphs where id = $1;

-- name: taskgraph_validate :row :read
-- in: $1 id text
select valid, errors, topological_order, parallel_layers
from api.taskgraph_validate($1);

-- name: taskgraph_create :row
-- in: $1 input json
select {taskgraph} from api.taskgraph_create($1::json);

-- name: taskgraph_update :row
-- in: $1 id text, $2 input json
select {taskgraph} from api.taskgraph_update($1, $2::json);

-- name: taskgraph_delete :row
-- in: $1 id text
select true as success, d.id from api.taskgraph_delete($1) d (id);
