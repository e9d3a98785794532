-- What a request asks of PostgreSQL, as plain rows: the same tables, columns
-- and policies, no function of ours.  t/bench/bench runs these through bare
-- libpq (t/bench/pqbench), so that a ratio says what maestro adds, however
-- maestro itself asks.  A name may have several statements: one pipeline.

-- name: task_list
-- in: $1 project
select id, project_id, parent_id, title, description, status, priority,
	initial_prompt, created_at, updated_at, started_at, completed_at,
	session_ids, skill_ids, agent_ids, dependencies, reference_task_ids,
	team_id, due_date, tags, task_session_statuses, team_member_id,
	team_member_ids, member_overrides, images, dangerous_mode,
	use_worktree, pinned, acceptance_criteria, client_request_id
from public.tasks where project_id = $1 order by created_at, id;

-- name: task_get
-- in: $1 task
select id, project_id, parent_id, title, description, status, priority,
	initial_prompt, created_at, updated_at, started_at, completed_at,
	session_ids, skill_ids, agent_ids, dependencies, reference_task_ids,
	team_id, due_date, tags, task_session_statuses, team_member_id,
	team_member_ids, member_overrides, images, dangerous_mode,
	use_worktree, pinned, acceptance_criteria, client_request_id
from public.tasks where id = $1;

-- name: task_create
-- in: $1 project, $2 title
insert into public.tasks (project_id, title) values ($1, $2)
returning id, project_id, parent_id, title, description, status, priority,
	initial_prompt, created_at, updated_at, started_at, completed_at,
	session_ids, skill_ids, agent_ids, dependencies, reference_task_ids,
	team_id, due_date, tags, task_session_statuses, team_member_id,
	team_member_ids, member_overrides, images, dangerous_mode,
	use_worktree, pinned, acceptance_criteria, client_request_id;

-- name: session_list
-- in: $1 project
select id, name, status, project_id, task_ids, parent_session_id,
	root_session_id, team_session_id, is_master_session, started_at,
	completed_at, team_member_id, team_member_ids, team_member_snapshot,
	team_member_snapshots, human_completed_at, archived_at
from public.sessions where project_id = $1 order by started_at, id;

-- name: session_get
-- in: $1 session
select id, project_id, name, status, task_ids, started_at, last_activity,
	completed_at, hostname, platform, parent_session_id, root_session_id,
	team_session_id, team_id, is_master_session, agent_id, needs_input,
	metadata, team_member_id, team_member_ids, team_member_snapshot,
	team_member_snapshots, claude_session_id, human_completed_at,
	archived_at
from public.sessions where id = $1;
select id, type, "timestamp", message, task_id, metadata
from public.session_timeline where session_id = $1 order by seq;
select id, type, "timestamp", data
from public.session_events where session_id = $1 order by seq;
select id, title, file_path, added_at, session_id, kind, task_id
from public.session_docs where session_id = $1 order by added_at, id;
select env from public.session_env where session_id = $1;

-- The answer is the session with its timeline.
-- name: timeline_append
-- in: $1 number of the session, $2 project, $3 message
insert into public.session_timeline (session_id, project_id, message)
values ('sess_' || $1, $2, $3);
select id, project_id, name, status, task_ids, started_at, last_activity,
	completed_at, hostname, platform, parent_session_id, root_session_id,
	team_session_id, team_id, is_master_session, agent_id, needs_input,
	metadata, team_member_id, team_member_ids, team_member_snapshot,
	team_member_snapshots, claude_session_id, human_completed_at,
	archived_at
from public.sessions where id = 'sess_' || $1;
select id, type, "timestamp", message, task_id, metadata
from public.session_timeline where session_id = 'sess_' || $1 order by seq;
select id, type, "timestamp", data
from public.session_events where session_id = 'sess_' || $1 order by seq;
select id, title, file_path, added_at, session_id, kind, task_id
from public.session_docs where session_id = 'sess_' || $1 order by added_at, id;
select env from public.session_env where session_id = 'sess_' || $1;

-- name: mail_list
-- in: $1 project
select id, project_id, from_session_id, to_session_id, in_reply_to, thread_id,
	type, subject, body, content, created_at, priority, from_name
from public.mail where project_id = $1
order by created_at desc, id desc limit 100;

-- The most urgent first.
-- name: mail_inbox
-- in: $1 project, $2 session
select id, project_id, from_session_id, to_session_id, in_reply_to, thread_id,
	type, subject, body, content, created_at, priority, from_name
from public.mail
where project_id = $1 and (to_session_id = $2 or to_session_id is null)
order by case priority when 'critical' then 0 when 'high' then 1
	when 'low' then 3 else 2 end, created_at, id;

-- name: mail_send
-- in: $1 project, $2 session (from and to), $3 subject, $4 content
insert into public.mail (project_id, from_session_id, to_session_id, type,
	subject, content)
values ($1, $2, $2, 'query', $3, $4::jsonb)
returning id, project_id, from_session_id, to_session_id, in_reply_to,
	thread_id, type, subject, body, content, created_at, priority,
	from_name;
