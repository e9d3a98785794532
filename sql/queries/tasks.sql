-- Tasks.  The functions are in sql/functions (schema api); row-level security
-- decides.

-- columns: task
id, project_id, parent_id, title, description, status, priority,
initial_prompt, created_at, updated_at, started_at, completed_at, session_ids,
skill_ids, agent_ids, dependencies, reference_task_ids, team_id, due_date,
tags, task_session_statuses, team_member_id, team_member_ids,
member_overrides, images, dangerous_mode, use_worktree, pinned,
acceptance_criteria, client_request_id;

-- name: task_list_parent :rows :read
-- in: $1 parent's id, $2 project, $3 status, $4 limit, $5 offset: all but the
-- first may be null
select {task} from public.tasks
where parent_id = $1 and ($2::text is null or project_id = $2)
	and ($3::text is null or status = $3)
order by created_at, id
limit coalesce($4::int, case when $5::int is not null then 100 end)
offset $5::int;

-- name: task_count_parent :row :read
-- in: $1 to $3 as above
select count(*) from public.tasks
where parent_id = $1 and ($2::text is null or project_id = $2)
	and ($3::text is null or status = $3);

-- name: task_list_project :rows :read
-- in: $1 project, $2 status or null, $3 t: the top level only, $4 limit,
-- $5 offset, or null
select {task} from public.tasks
where project_id = $1 and ($2::text is null or status = $2)
	and ($3::bool is null or parent_id is null)
order by created_at, id
limit coalesce($4::int, case when $5::int is not null then 100 end)
offset $5::int;

-- name: task_count_project :row :read
-- in: $1 to $3 as above
select count(*) from public.tasks
where project_id = $1 and ($2::text is null or status = $2)
	and ($3::bool is null or parent_id is null);

-- name: task_total :row :read
-- in: $1 project, $2 status: each may be null
-- At every level, in the caller's projects: the number is kept.
select private.count_of('tasks', case when $1::text is null
		then array(select private.project_ids('viewer'))
		else array[$1] end,
	case when $2::text is not null then array[$2] end);

-- name: task_list_all :rows :read
-- in: $1 status or null, $2 t: the top level only, $3 limit, $4 offset, or null
-- The window of each project first: tasks_list_idx has it in order.
select {task t} from (select private.project_ids('viewer')) p (id)
cross join lateral (
	select * from public.tasks x
	where x.project_id = p.id and ($1::text is null or x.status = $1)
		and ($2::bool is null or x.parent_id is null)
	order by x.created_at, x.id
	limit coalesce($3::int, case when $4::int is not null then 100 end)
		+ coalesce($4::int, 0)) t
order by t.created_at, t.id
limit coalesce($3::int, case when $4::int is not null then 100 end)
offset $4::int;

-- name: task_count_all :row :read
-- in: $1 and $2 as above
select count(*) from public.tasks
where ($1::text is null or status = $1)
	and ($2::bool is null or parent_id is null);

-- name: task_get :row :read
-- in: $1 id text
select {task} from public.tasks where id = $1;

-- name: task_children :rows :read
-- in: $1 id text, $2 limit int or null, $3 offset int or null
select {task c} from api.need_task($1, 'viewer') t
join public.tasks c on c.project_id = t.project_id and c.parent_id = t.id
order by c.created_at, c.id
limit coalesce($2::int, case when $3::int is not null then 100 end)
offset $3::int;

-- name: task_children_count :row :read
-- in: $1 id text
select count(*) from public.tasks where parent_id = $1;

-- name: task_create :row
-- in: $1 input json
select {task} from api.task_create($1::json);

-- name: task_update :row
-- in: $1 id text, $2 input json
select {task} from api.task_update($1, $2::json);

-- name: task_delete :row
-- in: $1 id text
select true as success, t.id from api.task_delete($1) t (id);

-- name: task_timeline_add :row
-- in: $1 id text, $2 input json {type, message, sessionId}
select true as success, e.task_id, e.session_id, e.message, e.type
from api.task_timeline_add($1, $2::json) e;

-- name: task_doc_add :row
-- in: $1 id text, $2 input json {title, filePath, content, kind, sessionId}
select true as success, d.id, d.task_id, d.session_id, d.title, d.file_path,
	d.added_at
from api.task_doc_add($1, $2::json) d;

-- name: task_claim :row
-- in: $1 id text, $2 input json {sessionId}, $3 bool: others ask for it now
select {task} from api.task_claim($1, $2::json, $3::bool);

-- name: task_claim_next :row
-- in: $1 input json {projectId, sessionId}
select {task} from api.task_claim_next($1::json);
