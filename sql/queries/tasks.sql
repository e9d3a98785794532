-- Tasks, agent sessions, timelines and documents.  The functions are in
-- sql/functions (schema api); row-level security decides.

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

-- name: task_timeline_add :text
-- in: $1 id text, $2 input json {type, message, sessionId}
select api.task_timeline_add($1, $2::json)::text;

-- name: task_docs :text :read
-- in: $1 id text, $2 limit int or null, $3 offset int or null
select api.task_docs($1, $2::int, $3::int)::text;

-- name: task_doc_add :text
-- in: $1 id text, $2 input json {title, filePath, content, kind, sessionId}
select api.task_doc_add($1, $2::json)::text;

-- name: session_list :text :read
-- in: $1 project, $2 task, $3 parent, $4 root, $5 team, $6 states (a,b),
-- $7 active bool, $8 full bool, $9 limit, $10 offset: each may be null
select api.session_list($1, $2, $3, $4, $5, $6, $7::bool, $8::bool, $9::int,
	$10::int)::text;

-- name: session_get :text :read
-- in: $1 id text
select api.session_get($1)::text;

-- name: session_create :text
-- in: $1 input json
select api.session_create($1::json)::text;

-- name: session_delete :text
-- in: $1 id text
select api.session_delete($1)::text;

-- name: session_update :text
-- in: $1 id text, $2 input json
select api.session_update($1, $2::json)::text;

-- name: session_event_add :text
-- in: $1 id text, $2 input json {type, data}
select api.session_event_add($1, $2::json)::text;

-- name: session_timeline_add :text
-- in: $1 id text, $2 input json {type, message, taskId, metadata}
select api.session_timeline_add($1, $2::json)::text;

-- name: session_docs :text :read
-- in: $1 id text
select api.session_docs($1)::text;

-- name: session_doc_add :text
-- in: $1 id text, $2 input json {title, filePath, content, kind, taskId}
select api.session_doc_add($1, $2::json)::text;

-- name: session_doc_write :text
-- in: $1 id text, $2 id of the document, $3 input json {content}
select api.session_doc_write($1, $2, $3::json)::text;

-- name: session_task_add :text
-- in: $1 id text, $2 task id
select api.session_task_add($1, $2)::text;

-- name: session_task_remove :text
-- in: $1 id text, $2 task id
select api.session_task_remove($1, $2)::text;

-- name: session_mode_get :text :read
-- in: $1 id text
select api.session_mode_get($1)::text;

-- name: session_mode_set :text
-- in: $1 id text, $2 who says so (a session id) or null, $3 input json {role}
select api.session_mode_set($1, $2, $3::json)::text;

-- name: session_prompt :text
-- in: $1 id of the target, $2 input json {content, mode, senderSessionId}
select api.session_prompt($1, $2::json)::text;

-- name: session_answer :text
-- in: $1 id text, $2 input json {content}
select api.session_answer($1, $2::json)::text;

-- name: session_prompts :text :read
-- in: $1 id text
select api.session_prompts($1)::text;

-- name: prompt_list :text :read
select api.prompt_list()::text;

-- name: session_digest :text :read
-- in: $1 id text
select api.session_digest($1)::text;

-- name: session_digests :text :read
-- in: $1 parent's id or null, $2 ids (a,b) or null
select api.session_digests($1, $2)::text;

-- name: session_stats :text :read
-- in: $1 id text
select api.session_stats($1)::text;

-- name: session_check :row :read
-- in: $1 id text, $2 role in its project
select api.session_check($1, $2);

-- name: session_modal :text
-- in: $1 id text, $2 input json {modalId, html, title, filePath}
select api.session_modal($1, $2::json)::text;

-- name: session_modal_action :text
-- in: $1 id text, $2 modal's id, $3 input json {action, data}
select api.session_modal_action($1, $2, $3::json)::text;

-- name: session_modal_close :text
-- in: $1 id text, $2 modal's id
select api.session_modal_close($1, $2)::text;

-- name: session_resume :text
-- in: $1 id text
select api.session_resume($1)::text;

-- name: huddle_list :text :read
select api.huddle_list()::text;

-- name: task_claim :row
-- in: $1 id text, $2 input json {sessionId}, $3 bool: others ask for it now
select {task} from api.task_claim($1, $2::json, $3::bool);

-- name: task_claim_next :row
-- in: $1 input json {projectId, sessionId}
select {task} from api.task_claim_next($1::json);

-- name: session_spawn :text
-- in: $1 input json, $2 who says so (a session id) or null
select api.session_spawn($1::json, $2)::text;
