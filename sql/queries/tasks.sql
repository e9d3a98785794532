-- Tasks, agent sessions, timelines and documents.  The functions are in
-- sql/functions (schema api); row-level security decides.

-- name: task_list :text :read
-- in: $1 project, $2 status, $3 parent id or 'null', $4 limit, $5 offset:
-- each may be null
select api.task_list($1, $2, $3, $4::int, $5::int)::text;

-- name: task_get :text :read
-- in: $1 id text
select api.task_get($1)::text;

-- name: task_children :text :read
-- in: $1 id text, $2 limit int or null, $3 offset int or null
select api.task_children($1, $2::int, $3::int)::text;

-- name: task_create :text
-- in: $1 input json
select api.task_create($1::json)::text;

-- name: task_update :text
-- in: $1 id text, $2 input json
select api.task_update($1, $2::json)::text;

-- name: task_delete :text
-- in: $1 id text
select api.task_delete($1)::text;

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

-- name: session_command_usage :text :read
-- in: $1 id text
select api.session_command_usage($1)::text;

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

-- name: task_claim :text
-- in: $1 id text, $2 input json {sessionId}, $3 bool: others ask for it now
select api.task_claim($1, $2::json, $3::bool)::text;

-- name: task_claim_next :text
-- in: $1 input json {projectId, sessionId}
select api.task_claim_next($1::json)::text;

-- name: session_spawn :text
-- in: $1 input json, $2 who says so (a session id) or null
select api.session_spawn($1::json, $2)::text;
