-- Orderings and task lists.  The functions are in sql/functions (schema
-- api); row-level security decides.

-- name: ordering_get :row :read
-- in: $1 entity type, $2 project id
select project_id, type, ordered_ids, updated_at from api.ordering_get($1, $2);

-- name: ordering_put :row
-- in: $1 entity type, $2 project id, $3 input json {orderedIds}
select project_id, type, ordered_ids, updated_at
from api.ordering_put($1, $2, $3::json);

-- columns: tasklist
id, project_id, name, ordered_task_ids, created_at, updated_at, description;

-- name: tasklist_list :rows :read
-- in: $1 project, $2 limit, $3 offset: the last two may be null
select {tasklist} from public.task_lists where project_id = $1
order by created_at, id
limit coalesce($2::int, case when $3::int is not null then 100 end)
offset $3::int;

-- name: tasklist_count :row :read
-- in: $1 project
select count(*) from public.task_lists where project_id = $1;

-- name: tasklist_list_all :rows :read
-- in: $1 limit, $2 offset, or null
select {tasklist l} from (select private.project_ids('viewer')) p (id)
cross join lateral (
	select * from public.task_lists x where x.project_id = p.id
	order by x.created_at, x.id
	limit coalesce($1::int, case when $2::int is not null then 100 end)
		+ coalesce($2::int, 0)) l
order by l.created_at, l.id
limit coalesce($1::int, case when $2::int is not null then 100 end)
offset $2::int;

-- name: tasklist_count_all :row :read
select count(*) from public.task_lists;

-- name: tasklist_get :row :read
-- in: $1 id text
select {tasklist} from public.task_lists where id = $1;

-- name: tasklist_create :row
-- in: $1 input json
select {tasklist} from api.tasklist_create($1::json);

-- name: tasklist_update :row
-- in: $1 id text, $2 input json {name, description, orderedTaskIds}
select {tasklist} from api.tasklist_update($1, $2::json);

-- name: tasklist_delete :row
-- in: $1 id text
select true as success, d.id from api.tasklist_delete($1) d (id);

-- name: tasklist_add :row
-- in: $1 id text, $2 task id text
select {tasklist} from api.tasklist_add($1, $2);

-- name: tasklist_remove :row
-- in: $1 id text, $2 task id text
select {tasklist} from api.tasklist_remove($1, $2);
