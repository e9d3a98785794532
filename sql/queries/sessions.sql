-- Agent sessions, what they wrote down and what is said to them.  The functions
-- are in sql/functions (schema api); row-level security decides.

-- columns: summary
id, name, status, project_id, task_ids, parent_session_id, root_session_id,
team_session_id, team_member_id, team_member_ids, team_member_snapshot,
team_member_snapshots, is_master_session, started_at, completed_at,
human_completed_at, archived_at;

-- Beside them env and last_activity, which are found elsewhere.
-- columns: session
id, project_id, name, status, task_ids, agent_id, started_at, completed_at,
hostname, platform, needs_input, metadata, parent_session_id, root_session_id,
team_session_id, team_id, team_member_id, team_member_ids,
team_member_snapshot, team_member_snapshots, is_master_session,
claude_session_id, human_completed_at, archived_at;

-- Parts of a session; session_id says of which.

-- columns: event
id, "timestamp", type, data, session_id;

-- columns: entry
id, type, "timestamp", message, task_id, metadata, session_id;

-- columns: doc
id, title, file_path, kind, task_id, added_at, session_id;

-- --- lists -----------------------------------------------------------------
-- in: $1 project, $2 task, $3 parent, $4 root, $5 team, $6 states (a,b),
-- $7 active bool, $8 limit, $9 offset: each may be null.  A list in full is
-- session_list_full with its parts; all take the same window.

-- name: session_list :rows :read
select {summary s} from api.session_window($1, $2, $3, $4, $5, $6, $7::bool,
	$8::int, $9::int) s
order by s.started_at, s.id;

-- name: session_count :row :read
-- in: $1 to $7 as above
select api.session_total($1, $2, $3, $4, $5, $6, $7::bool);

-- name: session_list_full :rows :read
select {session s}, s.env, s.last_activity from api.session_window($1, $2, $3, $4, $5, $6, $7::bool,
	$8::int, $9::int) w
join private.whole_sessions s on s.id = w.id
order by s.started_at, s.id;

-- name: session_list_events :rows :read
select {event e} from api.session_window($1, $2, $3, $4, $5, $6, $7::bool,
	$8::int, $9::int) w
join public.session_events e on e.project_id = w.project_id
	and e.session_id = w.id
order by e.session_id collate "C", e.seq;

-- name: session_list_timeline :rows :read
select {entry e} from api.session_window($1, $2, $3, $4, $5, $6, $7::bool,
	$8::int, $9::int) w
join public.session_timeline e on e.project_id = w.project_id
	and e.session_id = w.id
order by e.session_id collate "C", e.seq;

-- name: session_list_docs :rows :read
select {doc d} from api.session_window($1, $2, $3, $4, $5, $6, $7::bool,
	$8::int, $9::int) w
join public.session_docs d on d.project_id = w.project_id
	and d.session_id = w.id
order by d.session_id collate "C", d.added_at, d.id;

-- --- one session -----------------------------------------------------------
-- in: $1 id text

-- name: session_get :row :read
select {session}, env, last_activity from private.whole_sessions where id = $1;

-- name: session_events :rows :read
select {event} from public.session_events
where project_id = (select s.project_id from public.sessions s
		where s.id = $1)
	and session_id = $1
order by seq;

-- name: session_timeline :rows :read
select {entry} from public.session_timeline
where project_id = (select s.project_id from public.sessions s
		where s.id = $1)
	and session_id = $1
order by seq;

-- name: session_docs :rows :read
select {doc} from public.session_docs
where project_id = (select s.project_id from public.sessions s
		where s.id = $1)
	and session_id = $1
order by added_at, id;

-- --- writes: each gives the id of the session ------------------------------

-- name: session_create :row
-- in: $1 input json
select api.session_create($1::json) as id;

-- name: session_spawn :row
-- in: $1 input json, $2 who says so (a session id) or null, $3 id it gets
select api.session_spawn($1::json, $2, $3) as id;

-- name: session_delete :row
-- in: $1 id text
select true as success, s.id from api.session_delete($1) s (id);

-- name: session_update :row
-- in: $1 id text, $2 input json
select api.session_update($1, $2::json) as id;

-- name: session_event_add :row
-- in: $1 id text, $2 input json {type, data}
select api.session_event_add($1, $2::json) as id;

-- name: session_timeline_add :row
-- in: $1 id text, $2 input json {type, message, taskId, metadata}
select api.session_timeline_add($1, $2::json) as id;

-- name: session_doc_add :row
-- in: $1 id text, $2 input json {title, filePath, content, kind, taskId}
select api.session_doc_add($1, $2::json) as id;

-- name: session_task_add :row
-- in: $1 id text, $2 task id
select api.session_task_add($1, $2) as id;

-- name: session_task_remove :row
-- in: $1 id text, $2 task id
select api.session_task_remove($1, $2) as id;

-- --- documents with their text ---------------------------------------------

-- columns: doc_text
id, title, file_path, added_at, session_id, task_id;

-- name: session_doc_texts :rows :read
-- in: $1 id text
select {doc_text d}, api.doc_kind(d) as kind,
	coalesce(d.content, '') as content, s.name as session_name
from api.need_session($1, null, 'viewer') s
join public.session_docs d on d.project_id = s.project_id
	and d.session_id = s.id
order by d.added_at, d.id;

-- name: task_docs :rows :read
-- in: $1 id text, $2 limit int or null, $3 offset int or null
-- Of the sessions that work on it, those that are not about another task.
select {doc_text d}, api.doc_kind(d) as kind,
	coalesce(d.content, '') as content, s.name as session_name
from api.need_task($1, 'viewer') t
join public.session_docs d on d.project_id = t.project_id
	and d.session_id in (select l.session_id from public.task_sessions l
		where l.task_id = t.id)
	and (d.task_id is null or d.task_id = t.id)
join public.sessions s on s.id = d.session_id
order by d.added_at, d.id
limit coalesce($2::int, case when $3::int is not null then 100 end)
offset $3::int;

-- name: task_docs_count :row :read
-- in: $1 id text
select count(*) from public.tasks t
join public.session_docs d on d.project_id = t.project_id
	and d.session_id in (select l.session_id from public.task_sessions l
		where l.task_id = t.id)
	and (d.task_id is null or d.task_id = t.id)
where t.id = $1;

-- name: session_doc_write :row
-- in: $1 id text, $2 id of the document, $3 input json {content}
select true as success from api.session_doc_write($1, $2, $3::json);

-- name: project_docs :rows :read
-- in: $1 id text, $2 kind or null, $3 limit int, $4 offset int or null
select {doc_text d}, api.doc_kind(d) as kind,
	coalesce(d.content, '') as content, s.name as session_name
from public.session_docs d join public.sessions s on s.id = d.session_id
where (select private.need_project($1, 'viewer')) is not null
	and d.project_id = $1
	and ($2::text is null or api.doc_kind(d) = $2)
order by d.added_at, d.id
limit coalesce($3::int, case when $4::int is not null then 100 end)
offset $4::int;

-- name: project_docs_count :row :read
-- in: $1 id text, $2 kind or null
select count(*) from public.session_docs d
where d.project_id = $1 and ($2::text is null or api.doc_kind(d) = $2);

-- --- mode ------------------------------------------------------------------

-- name: session_mode_get :row :read
-- in: $1 id text
select s.id, m.mode, case when m.mode like 'coordinated-%'
		then 'coordinated' else 'standalone' end as relation,
	api.mode_role(m.mode) as role
from public.sessions s cross join lateral api.session_mode(s) m (mode)
where s.id = $1;

-- name: session_mode_set :row
-- in: $1 id text, $2 who says so (a session id) or null, $3 input json {role}
select m.id, m.mode, m.previous_mode, m.changed
from api.session_mode_set($1, $2, $3::json) m;

-- --- what is said to it ----------------------------------------------------

-- columns: prompt
id, from_session_id, to_session_id, from_project_id, project_id, content,
mode, from_member, to_member, from_name, to_name, "timestamp";

-- name: session_prompt :row
-- in: $1 id of the target, $2 input json {content, mode, senderSessionId}
select true as success from api.session_prompt($1, $2::json);

-- name: session_answer :row
-- in: $1 id text, $2 input json {content}
select true as success, p.id as prompt_id
from api.session_answer($1, $2::json) p (id);

-- name: session_prompts :rows :read
-- in: $1 id text
select {prompt p} from api.need_session($1, null, 'viewer') s
cross join public.session_prompts p
where p.from_session_id = $1
	or (p.to_session_id = $1 and p.project_id = s.project_id)
order by p."timestamp", p.id;

-- name: prompt_list :rows :read
select {prompt p} from public.session_prompts p
order by p."timestamp", p.id;

-- name: huddle_list :text :read
select api.huddle_list()::text;

-- --- what only the agent's machine knows, as far as we do ------------------

-- name: session_digest :row :read
-- in: $1 id text
select s.id as session_id, coalesce(api.session_member(s) ->> 'name', s.name)
		as worker_name,
	s.task_ids, api.session_state(s) as state, '[]'::json as entries,
	null as stuck, private.last_activity(s) as last_activity_timestamp
from public.sessions s where s.id = $1;

-- name: session_digests_of :rows :read
-- in: $1 parent's id
-- Those that have not ended.
select s.id as session_id, coalesce(api.session_member(s) ->> 'name', s.name)
		as worker_name,
	s.task_ids, api.session_state(s) as state, '[]'::json as entries,
	null as stuck, private.last_activity(s) as last_activity_timestamp
from public.sessions s
where s.parent_session_id = $1
	and s.status in ('spawning', 'idle', 'working')
order by s.started_at, s.id;

-- name: session_digests :rows :read
-- in: $1 ids (a,b) or null
select s.id as session_id, coalesce(api.session_member(s) ->> 'name', s.name)
		as worker_name,
	s.task_ids, api.session_state(s) as state, '[]'::json as entries,
	null as stuck, private.last_activity(s) as last_activity_timestamp
from public.sessions s
where s.id = any(string_to_array(coalesce($1, ''), ','))
order by s.started_at, s.id;

-- name: session_check :row :read
-- in: $1 id text, $2 role in its project
select api.session_check($1, $2);

-- --- what passes through it ------------------------------------------------

-- name: session_modal :row
-- in: $1 id text, $2 input json {modalId, html, title, filePath}
select true as success, $2::json ->> 'modalId' as modal_id, $1 as session_id,
	'Modal "' || m.title || '" was sent' as message
from api.session_modal($1, $2::json) m (title);

-- name: session_modal_action :row
-- in: $1 id text, $2 modal's id, $3 input json {action, data}
select true as success, m.id as modal_id, $3::json ->> 'action' as action
from api.session_modal_action($1, $2, $3::json) m (id);

-- name: session_modal_close :row
-- in: $1 id text, $2 modal's id
select true as success, m.id as modal_id
from api.session_modal_close($1, $2) m (id);

-- name: session_resume :row
-- in: $1 id text
select true as success, s.id as session_id, s.claude_session_id,
	'Session ' || s.id || ' is asked to resume' as message
from api.session_resume($1) s;
