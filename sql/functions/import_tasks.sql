-- What `maestro migrate to-supabase` needs: the functions that take staged
-- objects into the tables.  Here tasks and sessions; in import_surroundings.sql
-- what stands around them, in import_calls.sql the calls, in layout.sql the way
-- out.
--
-- Nobody but the owner of these schemas runs them.  The command checks and
-- normalises each file (app/domain/layout.h), copies the objects into
-- pg_temp.import_stage and calls private.import_project once per project:
--	n        the command's number of the file
--	kind     task, session, ...; id: the key
--	path     below the data directory
--	doc      the object: times are epoch milliseconds, the quirks are gone
--	body     the text of a document
--	outcome  new, newer, same, refused, kept, skipped: set here
--	field, reason   why, or what was changed on the way

-- --- small words -----------------------------------------------------------

-- The reverse of private.ms, exact for every year PostgreSQL knows.
create or replace function private.at(ms bigint) returns timestamptz
language sql immutable parallel safe
return timestamptz '1970-01-01 00:00:00+00'
	+ interval '1 hour' * (ms / 3600000)
	+ interval '1 ms' * (ms % 3600000);

create or replace function private.words(j jsonb) returns text[]
language sql immutable parallel safe
as $$
	select case when jsonb_typeof(j) = 'array' then array(
		select e.v from jsonb_array_elements_text(j)
			with ordinality as e(v, n) order by e.n) end
$$;

create or replace function private.leftover(doc jsonb, known text)
returns jsonb
language sql immutable parallel safe
return nullif(doc - string_to_array(known, ' '), '{}');

-- A member that is null or absent leaves the column empty.
create or replace function private.member(doc jsonb, key text) returns jsonb
language sql immutable parallel safe
return nullif(doc -> key, 'null');

-- --- new, newer, same? -----------------------------------------------------

-- mine: does the row (x) that has the id belong where the object does?
create or replace function private.import_judge(staged text, tbl text,
	key text, stamp text, version text, mine text, project text, owner uuid)
returns void
language plpgsql volatile set search_path = ''
as $$
begin
	execute format('update pg_temp.import_stage s set
			outcome = case when x.tableoid is null then ''new''
				when not (%s) then ''refused''
				when (s.doc ->> %L)::bigint > private.ms(%s)
					then ''newer''
				else ''same'' end,
			field = case when x.tableoid is not null
				and not (%s) then ''id'' else s.field end,
			reason = case when x.tableoid is not null
				and not (%s) then
				''there is one already that belongs to ''
				''another project'' else s.reason end
		from pg_temp.import_stage k
		left join %s x on %s
		where k.n = s.n and s.kind = %L and s.outcome is null',
		mine, version, stamp, mine, mine, tbl, key, staged)
	using project, owner;
end
$$;

-- --- tasks -----------------------------------------------------------------

-- A parent that is not there, or that is its own descendant, is let go.
create or replace function private.import_parents(project text) returns void
language plpgsql volatile set search_path = ''
as $$
declare
	n int;
begin
	update pg_temp.import_stage s set
		doc = s.doc || '{"parentId": null}',
		field = 'parentId',
		reason = 'there is no such task; it stands at the top now'
	where s.kind = 'task' and s.outcome <> 'refused'
		and s.doc ->> 'parentId' is not null
		and not exists (select from pg_temp.import_stage p
			where p.kind = 'task' and p.id = s.doc ->> 'parentId'
				and p.outcome <> 'refused')
		and not exists (select from public.tasks t
			where t.project_id = project
				and t.id = s.doc ->> 'parentId');
	create temp table if not exists import_edges (id text, parent text);
	truncate pg_temp.import_edges;
	insert into pg_temp.import_edges (id, parent)
	select s.id, s.doc ->> 'parentId' from pg_temp.import_stage s
	where s.kind = 'task' and s.outcome in ('new', 'newer')
		and s.doc ->> 'parentId' is not null
	union all
	select t.id, t.parent_id from public.tasks t
	where t.project_id = project and t.parent_id is not null
		and not exists (select from pg_temp.import_stage s
			where s.kind = 'task' and s.id = t.id
				and s.outcome in ('new', 'newer'));
	-- What has no children in the set cannot be part of a ring.
	loop
		delete from pg_temp.import_edges e
		where not exists (select from pg_temp.import_edges c
			where c.parent = e.id);
		get diagnostics n = row_count;
		exit when n = 0;
	end loop;
	-- Nor what has no parent in it.
	loop
		delete from pg_temp.import_edges e
		where not exists (select from pg_temp.import_edges p
			where p.id = e.parent);
		get diagnostics n = row_count;
		exit when n = 0;
	end loop;
	update pg_temp.import_stage s set
		doc = s.doc || '{"parentId": null}',
		field = 'parentId',
		reason = 'it descends from itself; it stands at the top now'
	from pg_temp.import_edges e
	where s.kind = 'task' and s.id = e.id;
end
$$;

create or replace function private.import_tasks(owner uuid, project text)
returns void
language plpgsql volatile set search_path = ''
as $$
begin
	perform private.import_judge('task', 'public.tasks', 'x.id = k.id',
		'x.updated_at', 'updatedAt', 'x.project_id = $1', project, owner);
	perform private.import_parents(project);
	-- One request, one task: a second keeps the word beside the columns.
	update pg_temp.import_stage s set
		doc = s.doc - 'clientRequestId' || jsonb_build_object(
			'_clientRequestId', s.doc -> 'clientRequestId'),
		field = 'clientRequestId',
		reason = 'another task of the project has it'
	where s.kind = 'task' and s.outcome in ('new', 'newer')
		and s.doc ->> 'clientRequestId' is not null
		and (exists (select from public.tasks t
			where t.project_id = project and t.id <> s.id
				and t.client_request_id =
					s.doc ->> 'clientRequestId')
		or exists (select from pg_temp.import_stage o
			where o.kind = 'task' and o.n < s.n
				and o.outcome in ('new', 'newer')
				and o.doc ->> 'clientRequestId' =
					s.doc ->> 'clientRequestId'));
	insert into public.tasks as t (id, project_id, parent_id, title,
		description, status, priority, initial_prompt,
		acceptance_criteria, tags, due_date, session_ids,
		task_session_statuses, skill_ids, agent_ids, dependencies,
		reference_task_ids, team_member_id, team_member_ids, team_id,
		member_overrides, dangerous_mode, use_worktree, pinned, model,
		agent_tool, metadata, client_request_id, created_by,
		created_at, updated_at, started_at, completed_at, extra)
	select s.id, project, d ->> 'parentId', coalesce(d ->> 'title', ''),
		coalesce(d ->> 'description', ''), d ->> 'status',
		d ->> 'priority', coalesce(d ->> 'initialPrompt', ''),
		case jsonb_typeof(d -> 'acceptanceCriteria')
			when 'array' then array_to_string(private.words(
				d -> 'acceptanceCriteria'), E'\n')
			else d ->> 'acceptanceCriteria' end,
		coalesce(private.words(d -> 'tags'), '{}'),
		(d ->> 'dueDate')::date,
		coalesce(private.words(d -> 'sessionIds'), '{}'),
		private.member(d, 'taskSessionStatuses'),
		coalesce(private.words(d -> 'skillIds'), '{}'),
		coalesce(private.words(d -> 'agentIds'), '{}'),
		coalesce(private.words(d -> 'dependencies'), '{}'),
		coalesce(private.words(d -> 'referenceTaskIds'), '{}'),
		d ->> 'teamMemberId', private.words(d -> 'teamMemberIds'),
		d ->> 'teamId', private.member(d, 'memberOverrides'),
		(d ->> 'dangerousMode')::bool, (d ->> 'useWorktree')::bool,
		(d ->> 'pinned')::bool, d ->> 'model', d ->> 'agentTool',
		private.member(d, 'metadata'), d ->> 'clientRequestId', owner,
		private.at((d ->> 'createdAt')::bigint),
		private.at((d ->> 'updatedAt')::bigint),
		private.at((d ->> 'startedAt')::bigint),
		private.at((d ->> 'completedAt')::bigint),
		nullif(coalesce(private.leftover(d, 'id projectId parentId '
			'title description status priority initialPrompt '
			'acceptanceCriteria tags dueDate sessionIds '
			'taskSessionStatuses skillIds agentIds dependencies '
			'referenceTaskIds teamMemberId teamMemberIds teamId '
			'memberOverrides dangerousMode useWorktree pinned '
			'model agentTool metadata clientRequestId createdAt '
			'updatedAt startedAt completedAt images'), '{}')
			|| case when jsonb_typeof(d -> 'acceptanceCriteria')
				= 'array' then jsonb_build_object(
				'acceptanceCriteria', d -> 'acceptanceCriteria')
				else '{}' end, '{}')
	from (select x.*, x.doc as d from pg_temp.import_stage x
		where x.kind = 'task' and x.outcome in ('new', 'newer')) s
	order by s.n
	on conflict (id) do update set
		parent_id = excluded.parent_id,
		title = excluded.title,
		description = excluded.description,
		status = excluded.status,
		priority = excluded.priority,
		initial_prompt = excluded.initial_prompt,
		acceptance_criteria = excluded.acceptance_criteria,
		tags = excluded.tags,
		due_date = excluded.due_date,
		session_ids = excluded.session_ids,
		task_session_statuses = excluded.task_session_statuses,
		skill_ids = excluded.skill_ids,
		agent_ids = excluded.agent_ids,
		dependencies = excluded.dependencies,
		reference_task_ids = excluded.reference_task_ids,
		team_member_id = excluded.team_member_id,
		team_member_ids = excluded.team_member_ids,
		team_id = excluded.team_id,
		member_overrides = excluded.member_overrides,
		dangerous_mode = excluded.dangerous_mode,
		use_worktree = excluded.use_worktree,
		pinned = excluded.pinned,
		model = excluded.model,
		agent_tool = excluded.agent_tool,
		metadata = excluded.metadata,
		client_request_id = excluded.client_request_id,
		created_at = excluded.created_at,
		updated_at = excluded.updated_at,
		started_at = excluded.started_at,
		completed_at = excluded.completed_at,
		extra = excluded.extra;
end
$$;

-- --- sessions --------------------------------------------------------------

create or replace function private.import_sessions(owner uuid, project text)
returns void
language plpgsql volatile set search_path = ''
as $$
begin
	perform private.import_judge('session', 'public.sessions',
		'x.id = k.id', 'private.last_activity(x)', 'lastActivity',
		'x.project_id = $1', project, owner);
	insert into public.sessions as t (id, project_id, user_id, name,
		status, task_ids, agent_id, hostname, platform, needs_input,
		metadata, team_member_id, team_member_ids,
		team_member_snapshot, team_member_snapshots,
		claude_session_id, parent_session_id, root_session_id,
		team_session_id, team_id, is_master_session, started_at,
		last_activity, completed_at, human_completed_at, archived_at,
		created_at, updated_at, extra)
	select s.id, project, owner, d ->> 'name', d ->> 'status',
		coalesce(private.words(d -> 'taskIds'), '{}'),
		d ->> 'agentId', coalesce(d ->> 'hostname', ''),
		coalesce(d ->> 'platform', ''),
		private.member(d, 'needsInput'), private.member(d, 'metadata'),
		d ->> 'teamMemberId', private.words(d -> 'teamMemberIds'),
		private.member(d, 'teamMemberSnapshot'),
		private.member(d, 'teamMemberSnapshots'),
		d ->> 'claudeSessionId', d ->> 'parentSessionId',
		d ->> 'rootSessionId', d ->> 'teamSessionId', d ->> 'teamId',
		coalesce((d ->> 'isMasterSession')::bool, false),
		private.at((d ->> 'startedAt')::bigint),
		private.at((d ->> 'lastActivity')::bigint),
		private.at((d ->> 'completedAt')::bigint),
		private.at((d ->> 'humanCompletedAt')::bigint),
		private.at((d ->> 'archivedAt')::bigint),
		private.at((d ->> 'startedAt')::bigint),
		private.at((d ->> 'lastActivity')::bigint),
		private.leftover(d, 'id projectId name status taskIds agentId '
			'hostname platform needsInput metadata teamMemberId '
			'teamMemberIds teamMemberSnapshot teamMemberSnapshots '
			'claudeSessionId parentSessionId rootSessionId '
			'teamSessionId teamId isMasterSession startedAt '
			'lastActivity completedAt humanCompletedAt archivedAt '
			'env timeline events docs')
	from (select x.*, x.doc as d from pg_temp.import_stage x
		where x.kind = 'session' and x.outcome in ('new', 'newer')) s
	order by s.n
	on conflict (id) do update set
		name = excluded.name,
		status = excluded.status,
		task_ids = excluded.task_ids,
		agent_id = excluded.agent_id,
		hostname = excluded.hostname,
		platform = excluded.platform,
		needs_input = excluded.needs_input,
		metadata = excluded.metadata,
		team_member_id = excluded.team_member_id,
		team_member_ids = excluded.team_member_ids,
		team_member_snapshot = excluded.team_member_snapshot,
		team_member_snapshots = excluded.team_member_snapshots,
		claude_session_id = excluded.claude_session_id,
		parent_session_id = excluded.parent_session_id,
		root_session_id = excluded.root_session_id,
		team_session_id = excluded.team_session_id,
		team_id = excluded.team_id,
		is_master_session = excluded.is_master_session,
		started_at = excluded.started_at,
		last_activity = excluded.last_activity,
		completed_at = excluded.completed_at,
		human_completed_at = excluded.human_completed_at,
		archived_at = excluded.archived_at,
		updated_at = excluded.updated_at,
		extra = excluded.extra;
	perform private.import_session_parts(owner, project);
end
$$;

-- Only of sessions that are new or newer.  What was written down stays; what
-- the file has more is added.  The table's own trigger drops secrets; for the
-- report they are looked for once in an environment (offset 0), not once for
-- each of its variables.
create or replace function private.import_session_parts(owner uuid,
	project text) returns void
language plpgsql volatile set search_path = ''
as $$
begin
	insert into public.session_env as v
		(session_id, project_id, user_id, env)
	select s.id, project, owner, s.doc -> 'env'
	from pg_temp.import_stage s
	where s.kind = 'session' and s.outcome in ('new', 'newer')
		and s.doc -> 'env' <> '{}'
	on conflict (session_id) do update set env = excluded.env
		where v.user_id = owner;
	update pg_temp.import_stage s set
		field = coalesce(s.field, 'env'),
		reason = coalesce(s.reason, 'without what is a secret: '
			|| gone.keys)
	from (select e.n, string_agg(k.key, ', ' order by k.key) as keys
		from (select x.n, x.doc -> 'env' as env,
				api.clean_env(x.doc -> 'env') as kept
			from pg_temp.import_stage x
			where x.kind = 'session'
				and x.outcome in ('new', 'newer')
			offset 0) e,
			jsonb_object_keys(e.env) k(key)
		where not e.kept ? k.key
		group by e.n) gone
	where gone.n = s.n;
	insert into public.session_timeline (id, project_id, session_id, type,
		message, task_id, metadata, "timestamp")
	select e.v ->> 'id', project, s.id, e.v ->> 'type',
		e.v ->> 'message', e.v ->> 'taskId',
		private.member(e.v, 'metadata'),
		private.at((e.v ->> 'timestamp')::bigint)
	from pg_temp.import_stage s,
		jsonb_array_elements(s.doc -> 'timeline')
			with ordinality as e(v, i)
	where s.kind = 'session' and s.outcome in ('new', 'newer')
	order by s.n, e.i
	on conflict (session_id, id) do nothing;
	insert into public.session_events (id, project_id, session_id, type,
		data, "timestamp")
	select e.v ->> 'id', project, s.id, e.v ->> 'type',
		e.v -> 'data', private.at((e.v ->> 'timestamp')::bigint)
	from pg_temp.import_stage s,
		jsonb_array_elements(s.doc -> 'events')
			with ordinality as e(v, i)
	where s.kind = 'session' and s.outcome in ('new', 'newer')
	order by s.n, e.i
	on conflict (session_id, id) do nothing;
end
$$;

-- Documents are staged by themselves, with the session's id in the object.
create or replace function private.import_docs(project text) returns void
language plpgsql volatile set search_path = ''
as $$
begin
	update pg_temp.import_stage s set
		outcome = case
			when o.outcome is null or o.outcome = 'refused'
				then 'refused'
			when x.session_id <> o.id then 'refused'
			when o.outcome = 'same' then 'same'
			when x.id is null then 'new'
			else 'newer' end,
		field = 'id',
		reason = case
			when o.outcome is null or o.outcome = 'refused'
				then 'its session is not taken'
			when x.session_id <> o.id then 'there is one already '
				'that belongs to another session' end
	from pg_temp.import_stage k
	left join pg_temp.import_stage o
		on o.kind = 'session' and o.id = k.doc ->> 'sessionId'
	left join public.session_docs x on x.id = k.id
	where k.n = s.n and s.kind = 'doc' and s.outcome is null;
	insert into public.session_docs as t (id, project_id, session_id,
		task_id, title, file_path, kind, content, added_at, updated_at,
		extra)
	select s.id, project, d ->> 'sessionId', d ->> 'taskId',
		d ->> 'title', d ->> 'filePath', d ->> 'kind', s.body,
		private.at((d ->> 'addedAt')::bigint),
		private.at((d ->> 'addedAt')::bigint),
		private.leftover(d, 'id sessionId taskId title filePath kind '
			'content contentFilePath addedAt')
	from (select x.*, x.doc as d from pg_temp.import_stage x
		where x.kind = 'doc' and x.outcome in ('new', 'newer')) s
	order by s.n
	on conflict (id) do update set
		task_id = excluded.task_id,
		title = excluded.title,
		file_path = excluded.file_path,
		kind = excluded.kind,
		content = coalesce(excluded.content, t.content),
		added_at = excluded.added_at,
		extra = excluded.extra;
end
$$;

-- Either side may name the other; then both do.  Ids of what is gone stay in
-- the arrays.
create or replace function private.import_links(project text) returns void
language plpgsql volatile set search_path = ''
as $$
begin
	delete from public.task_sessions l
	using pg_temp.import_stage s
	where s.kind = 'session' and s.outcome = 'newer'
		and l.session_id = s.id
		and not private.words(s.doc -> 'taskIds') @> array[l.task_id]
		and not exists (select from public.tasks t
			where t.id = l.task_id
				and t.session_ids @> array[l.session_id]);
	insert into public.task_sessions (project_id, task_id, session_id,
		linked_at)
	select project, t.id, w.id, w.started_at
	from (
		select s.id as task, e.v as session
		from pg_temp.import_stage s, jsonb_array_elements_text(
			s.doc -> 'sessionIds') e(v)
		where s.kind = 'task' and s.outcome in ('new', 'newer')
		union
		select e.v, s.id
		from pg_temp.import_stage s, jsonb_array_elements_text(
			s.doc -> 'taskIds') e(v)
		where s.kind = 'session' and s.outcome in ('new', 'newer')) l
	join public.tasks t on t.id = l.task and t.project_id = project
	join public.sessions w on w.id = l.session
		and w.project_id = project
	on conflict (task_id, session_id) do nothing;
	update public.tasks t
	set session_ids = t.session_ids || m.ids
	from (select l.task_id, array_agg(l.session_id
			order by l.linked_at, l.session_id) as ids
		from public.task_sessions l
		join public.tasks x on x.id = l.task_id
		where l.project_id = project
			and l.session_id <> all(x.session_ids)
		group by l.task_id) m
	where t.id = m.task_id;
	update public.sessions s
	set task_ids = s.task_ids || m.ids
	from (select l.session_id, array_agg(l.task_id
			order by l.linked_at, l.task_id) as ids
		from public.task_sessions l
		join public.sessions x on x.id = l.session_id
		where l.project_id = project
			and l.task_id <> all(x.task_ids)
		group by l.session_id) m
	where s.id = m.session_id;
end
$$;
