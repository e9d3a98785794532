-- Moving in and out: `maestro migrate to-supabase` and `from-supabase`, on a
-- connection of the schema's owner (core/bulk.h).  The functions are in
-- sql/functions (import_*.sql, layout.sql).

-- name: import_open :exec
select set_config('statement_timeout', '0', false),
	set_config('client_min_messages', 'warning', false);

-- name: import_lock :exec
-- One import at a time; the lock ends with the connection.
select pg_advisory_lock(hashtext('maestro import'));

-- name: import_accounts :rows
-- in: $1 address, or null: everybody, as long as it is one
select u.id, u.email from public.users u
where case when $1::text is null then u.supabase_user_id is not null
	else lower(u.email) = lower($1) end
order by u.created_at limit 2;

-- name: import_begin :exec
begin;

-- name: import_commit :exec
commit;

-- name: import_rollback :exec
rollback;

-- name: import_savepoint :exec
savepoint one_project;

-- name: import_undo :exec
rollback to savepoint one_project;

-- name: import_stage :exec
create temp table if not exists import_stage (n bigint not null,
	kind text not null, id text not null, path text not null,
	doc jsonb not null, body text, outcome text, field text, reason text)
on commit delete rows;

-- name: import_stage_index :exec
-- Who asked first?  Looked up for each task that has such an id.
create index if not exists import_stage_request_idx
	on pg_temp.import_stage ((doc ->> 'clientRequestId'))
	where kind = 'task';

-- name: import_clear :exec
truncate pg_temp.import_stage;

-- name: import_copy :exec
copy pg_temp.import_stage (n, kind, id, path, doc, body) from stdin;

-- name: import_analyze :exec
analyze pg_temp.import_stage (n, kind, id);

-- name: import_project :exec
-- in: $1 owner uuid, $2 project text
select private.import_project($1::uuid, $2);

-- name: import_more :exec
-- in: $1 owner uuid, $2 project text
-- After what the subjects of this project take themselves.
select private.import_more($1::uuid, $2);

-- name: import_shared :exec
-- in: $1 owner uuid
select private.import_shared($1::uuid),
	private.import_more($1::uuid, null);

-- name: import_await_image :text
-- in: $1 owner uuid, $2 project, $3 task, $4 image: there, foreign or store
select private.import_await_image($1::uuid, $2, $3, $4);

-- name: import_outcome :rows
-- One row for each staged object, as the command numbered them.
select s.n, coalesce(s.outcome, 'skipped'), s.field, s.reason
from pg_temp.import_stage s;

-- --- the way out -----------------------------------------------------------
-- Each row is a file: its path below the directory, what the columns of its
-- entity say (app/domain/export_objects.c), and the members that are unknown
-- here as `extra`; or its text as it is.

-- name: export_begin :exec
begin isolation level repeatable read, read only;

-- name: export_projects :rows
-- in: $1 owner uuid, $2 project or null
select p.id, p.name from public.projects p
where case when $2::text is null then p.owner_id = $1::uuid
	else p.id = $2 end
order by p.created_at, p.id;

-- name: export_project :rows
-- in: $1 project
select 'projects/' || p.id || '.json' as path, {project p}, p.extra
from public.projects p where p.id = $1;

-- name: export_tasks :rows
-- in: $1 project
select 'tasks/' || t.project_id || '/' || t.id || '.json' as path, {task t},
	t.model, t.agent_tool, t.metadata, private.layout_task_extra(t) as extra
from public.tasks t where t.project_id = $1;

-- name: export_sessions_open :exec
-- in: $1 project
declare export_sessions no scroll cursor for
select 'sessions/' || s.id || '.json' as path, {session s},
	private.layout_env(s) as env,
	private.last_activity(s) as last_activity, s.extra
from public.sessions s where s.project_id = $1;

-- name: export_sessions :rows
fetch 20 from export_sessions;

-- name: export_sessions_close :exec
close export_sessions;

-- name: export_session_events :rows
-- in: $1 project, $2 ids as json
select {event e} from public.session_events e
where e.project_id = $1
	and e.session_id = any(private.text_array($2::json))
order by e.session_id collate "C", e.seq;

-- name: export_session_timeline :rows
-- in: $1 project, $2 ids as json
select {entry e} from public.session_timeline e
where e.project_id = $1
	and e.session_id = any(private.text_array($2::json))
order by e.session_id collate "C", e.seq;

-- name: export_session_docs :rows
-- in: $1 project, $2 ids as json, $3 directory
select {doc d}, case when d.content is not null
		then $3 || '/' || private.layout_doc_path(d)
	end as content_file_path, d.extra
from public.session_docs d
where d.project_id = $1
	and d.session_id = any(private.text_array($2::json))
order by d.session_id collate "C", d.added_at, d.id;

-- name: export_docs :rows
-- in: $1 project
select private.layout_doc_path(d), d.content
from public.session_docs d
where d.project_id = $1 and d.content is not null;

-- name: export_queues :rows
-- in: $1 project
select 'queues/' || s.id || '.json' as path, s.queue_state as text
from public.sessions s
where s.project_id = $1 and s.queue_state is not null;

-- name: export_orderings :rows
-- in: $1 project
select 'ordering/' || o.type || '/' || o.project_id || '.json' as path,
	o.project_id, o.type, o.ordered_ids, o.updated_at, o.extra
from public.orderings o where o.project_id = $1;

-- name: export_task_lists :rows
-- in: $1 project
select 'task-lists/' || l.project_id || '/' || l.id || '.json' as path,
	{tasklist l}, l.extra
from public.task_lists l where l.project_id = $1;

-- columns: member_file
id, name, role, avatar, identity, skill_ids, status, created_at, updated_at,
model, agent_tool, mode, system_kind;

-- name: export_members :rows
-- in: $1 project
select 'team-members/' || m.project_id || '/' || m.id || '.json' as path,
	{member_file m}, m.project_id, 'project' as scope,
	false as is_default, m.config || coalesce(m.extra, '{}') as extra
from public.team_members m where m.project_id = $1;

-- name: export_overrides :rows
-- in: $1 project
select 'team-members/' || o.project_id || '/tm_' || o.project_id || '_' ||
		o.kind || '.override.json' as path,
	o.project_id, o.updated_at,
	o.changes - array['projectId', 'updatedAt'] as extra
from public.team_member_overrides o where o.project_id = $1;

-- name: export_teams :rows
-- in: $1 project
select 'teams/' || t.project_id || '/' || t.id || '.json' as path, {team t},
	t.extra
from public.teams t where t.project_id = $1;

-- name: export_task_graphs :rows
-- in: $1 project
select 'task-graphs/' || g.project_id || '/' || g.id || '.json' as path,
	{taskgraph g}, g.extra
from public.task_graphs g where g.project_id = $1;

-- name: export_prompts :rows
-- in: $1 project
select 'session-prompts/' || p.id || '.json' as path, {prompt p}, p.extra
from public.session_prompts p where p.project_id = $1;

-- name: export_mail :rows
-- in: $1 project
select 'mail/' || m.id || '.json' as path, {mail m}, m.read_at, m.extra
from public.mail m
where m.project_id = $1 and m.parent_session_id is null;

-- name: export_messages :rows
-- in: $1 project
-- Generation B lies in a folder of the session both have as parent.
select 'mail/' || m.parent_session_id || '/' || m.id || '.json' as path, m.id,
	m.parent_session_id, m.from_session_id,
	coalesce(m.from_name, m.from_session_id) as from_name, m.to_session_id,
	m.body, m.created_at, m.detail, m.read_at, m.extra
from public.mail m
where m.project_id = $1 and m.parent_session_id is not null;

-- name: export_commands :rows
-- in: $1 project
-- One file a session, one line a row.
select 'command-logs/' || c.session_id || '.jsonl' as path, {command c},
	private.iso_ms(c.at) as ts
from public.command_usage c
where c.project_id = $1 and c.session_id <> '_no-session'
order by c.session_id, c.at, c.seq;

-- name: export_commands_alone :rows
-- in: $1 owner uuid, $2 project or null
-- Of no session, all projects in one file; it is that of a session of the same
-- name too, whose lines say so.
select 'command-logs/_no-session.jsonl' as path, {command c},
	private.iso_ms(c.at) as ts
from public.command_usage c
where coalesce(c.session_id, '_no-session') = '_no-session'
	and c.project_id = any(array(
	select p.id from public.projects p
	where case when $2::text is null then p.owner_id = $1::uuid
		else p.id = $2 end))
order by c.at, c.seq;

-- name: export_images :rows
-- in: $1 project
select 'images/' || i.project_id || '/' || i.task_id || '/' || i.id || '.' ||
		case when octet_length(x.ext) between 1 and 64
			and x.ext !~ '/' then x.ext else 'png' end,
	private.image_key(i.project_id, i.task_id, i.id)
from public.task_images i, substring(i.filename from '\.([^.]*)$') as x(ext)
where i.project_id = $1;

-- name: export_custom_prompts :rows
-- in: $1 owner uuid
select 'custom-prompts/' || p.id || '.json' as path, {custom_prompt p}, p.extra
from public.custom_prompts p where p.user_id = $1::uuid;

-- name: export_kept :rows
-- in: $1 project
select k.path, k.doc as text from private.kept_files k
where k.project_id = $1;

-- name: export_global_members :rows
-- in: $1 owner uuid
select 'team-members/__global__/' || m.id || '.json' as path, {member_file m},
	m.home_project_id as project_id, 'global' as scope,
	false as is_default, m.config || coalesce(m.extra, '{}') as extra
from public.team_members m where m.user_id = $1::uuid;

-- name: export_profiles :rows
-- in: $1 owner uuid
select 'model-profiles/' || p.id || '.json' as path, {model_profile p},
	false as is_default, p.extra
from public.model_profiles p where p.user_id = $1::uuid;

-- name: export_kept_shared :rows
-- in: $1 owner uuid
select k.path, k.doc as text from private.kept_files k
where k.owner_id = $1::uuid and k.project_id is null;
