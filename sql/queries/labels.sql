-- Labels: the API, the pages, the data tree.  The functions are in
-- sql/functions (schema api); row-level security decides.

-- columns: label
id, project_id, name, colour, created_at, updated_at;

-- name: label_list :rows :read
-- in: $1 project, $2 limit int or null, $3 offset int or null
select {label} from public.labels where project_id = $1
order by created_at, id
limit coalesce($2::int, case when $3::int is not null then 100 end)
offset $3::int;

-- name: label_count :row :read
-- in: $1 project
select count(*) from public.labels where project_id = $1;

-- name: label_get :row :read
-- in: $1 id text
select {label} from public.labels where id = $1;

-- name: label_create :row
-- in: $1 input json
select {label} from api.label_create($1::json);

-- name: label_update :row
-- in: $1 id text, $2 input json {name, colour}
select {label} from api.label_update($1, $2::json);

-- name: label_delete :row
-- in: $1 id text
select true as success, l.id from api.label_delete($1) l (id);

-- name: task_label_list :rows :read
-- in: $1 task text
select {label l} from api.need_task($1, 'viewer') t
join public.task_labels x on x.project_id = t.project_id
	and x.task_id = t.id
join public.labels l on l.id = x.label_id
order by lower(l.name);

-- name: task_label_add :row
-- in: $1 task text, $2 label text
select {label} from api.task_label_add($1, $2);

-- name: task_label_remove :row
-- in: $1 task text, $2 label text
select true as success, l.id from api.task_label_remove($1, $2) l (id);

-- --- tasks by label --------------------------------------------------------

-- name: task_list_label :rows :read
-- in: $1 label, $2 project, $3 status, $4 parent, $5 t: the top level only,
-- $6 limit, $7 offset: all but the first may be null
-- Along task_labels_list_idx, a task at a time: "limit 1" keeps the join in
-- that order.
select {task t} from public.task_labels l
cross join lateral (select * from public.tasks x
	where x.id = l.task_id and ($2::text is null or x.project_id = $2)
		and ($3::text is null or x.status = $3)
		and ($4::text is null or x.parent_id = $4)
		and ($5::bool is null or x.parent_id is null)
	limit 1) t
where l.label_id = $1 and l.project_id = (
	select b.project_id from public.labels b where b.id = $1)
order by l.task_created_at, l.task_id
limit coalesce($6::int, case when $7::int is not null then 100 end)
offset $7::int;

-- name: task_count_label :row :read
-- in: $1 to $5 as above
select count(*) from public.task_labels l
join public.tasks t on t.id = l.task_id
where l.label_id = $1 and l.project_id = (
		select b.project_id from public.labels b where b.id = $1)
	and ($2::text is null or t.project_id = $2)
	and ($3::text is null or t.status = $3)
	and ($4::text is null or t.parent_id = $4)
	and ($5::bool is null or t.parent_id is null);

-- --- pages -----------------------------------------------------------------

-- name: page_labels :rows :read
-- in: $1 project
-- How many tasks each has: counted to 1001.
select l.id, l.name, l.colour, c.n from public.labels l
cross join lateral (select count(*) as n from (
	select from public.task_labels x
	where x.project_id = l.project_id and x.label_id = l.id
	limit 1001) y) c
where l.project_id = $1
order by lower(l.name) limit 200;

-- name: page_label_names :rows :read
-- in: $1 project
select l.id, l.name from public.labels l where l.project_id = $1
order by lower(l.name) limit 200;

-- name: page_task_labels :rows :read
-- in: $1 task text
-- Those of the project; those that the task has come first.
select l.id, l.name, l.colour, x.task_id is not null as is_on
from public.tasks t
join public.labels l on l.project_id = t.project_id
left join public.task_labels x on x.project_id = t.project_id
	and x.task_id = t.id and x.label_id = l.id
where t.id = $1
order by is_on desc, lower(l.name) limit 200;

-- name: task_labels_set :row
-- in: $1 task text, $2 ids that the form showed, $3 those that were ticked:
-- json arrays both
select t.id from api.task_labels_set($1, private.text_array($2::json),
	private.text_array($3::json)) t;

-- --- moving in and out -----------------------------------------------------

-- name: import_labels :exec
-- in: $1 owner uuid, $2 project text
select private.import_labels($1::uuid, $2);

-- name: export_labels :rows
-- in: $1 project
select 'labels/' || l.project_id || '/' || l.id || '.json' as path,
	l.id, l.project_id, l.name, l.colour, l.created_at, l.updated_at,
	array(select x.task_id from public.task_labels x
		where x.project_id = l.project_id and x.label_id = l.id
		order by x.task_created_at, x.task_id) as task_ids,
	l.extra
from public.labels l where l.project_id = $1;
