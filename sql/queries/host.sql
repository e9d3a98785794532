-- Views across projects, the trail of commands, diagrams.  The functions are
-- in sql/functions (schema api); row-level security decides.

-- name: command_usage_of :row :read
-- in: $1 session
select id as session_id from api.need_session($1, null, 'viewer');

-- name: command_usage_totals :rows :read
-- in: $1 session
select c.command, c.total, c.failed
from api.need_session($1, null, 'viewer') s
cross join lateral (
	select u.command, count(*) as total,
		count(*) filter (where not u.success) as failed
	from public.command_usage u
	where u.project_id = s.project_id and u.session_id = s.id
	group by u.command) c
order by c.total desc, c.command;

-- columns: command
session_id, project_id, command, argv, exit_code, duration_ms, success,
cli_version;

-- name: command_usage_list :rows :read
-- in: $1 session
-- The last thousand.
select private.iso_ms(c.at) as ts, {command c}
from api.need_session($1, null, 'viewer') s
cross join lateral (
	select * from public.command_usage u
	where u.project_id = s.project_id and u.session_id = s.id
	order by u.at desc, u.seq desc limit 1000) c
order by c.at, c.seq;

-- name: command_usage_add :row
-- in: $1 session, $2 input json: a record, or {records}
select true as success, $1 as session_id, a.n as stored
from api.command_usage_add($1, $2::json) a (n);

-- name: diagram_inject :text
-- in: $1 session id, $2 input json {sceneJson, name}
select api.diagram_inject($1, $2::json)::text;
