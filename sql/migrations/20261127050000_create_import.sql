set local lock_timeout = '2s';
-- What `maestro migrate to-supabase` and `from-supabase` need: a silent way of
-- writing history, a place for what the layout of the original holds and no
-- column does, and the functions that take staged objects into the tables.
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

-- --- history is silent -----------------------------------------------------

-- Set by the import for its transaction.  A setting can be made by anybody
-- who speaks SQL, so who speaks counts too.
create or replace function private.is_owner_session() returns bool
language sql stable
as $$
	select pg_has_role(session_user, (
		select n.nspowner from pg_catalog.pg_namespace n
		where n.nspname = 'private'), 'member')
$$;

-- In the conditions of triggers everybody fires: PostgreSQL inlines it.
create or replace function private.importing() returns bool
language sql stable
as $$
	select case when current_setting('maestro.import', true) = 'on'
		then private.is_owner_session() else false end
$$;
revoke execute on function private.is_owner_session(), private.importing()
	from public;
grant execute on function private.is_owner_session(), private.importing()
	to authenticated, service_role;

create or replace function private.emit(event text, project_id text, data json)
returns void
language sql volatile
as $$
	select case when not private.importing() then
		pg_logical_emit_message(true, 'maestro', json_build_object(
			'type', event, 'event', event,
			'projectId', project_id, 'data', data,
			'timestamp', private.ms(clock_timestamp()))::text) end
$$;

create or replace function private.emit_to_user(event text, user_id uuid,
	data json) returns void
language sql volatile
as $$
	select case when not private.importing() then
		pg_logical_emit_message(true, 'maestro', json_build_object(
			'type', event, 'event', event, 'projectId', null,
			'userId', user_id, 'data', data,
			'timestamp', private.ms(clock_timestamp()))::text) end
$$;
revoke execute on function private.emit(text, text, json),
	private.emit_to_user(text, uuid, json) from public;

-- The stamps are those of the file; links and entries come with what they
-- mirror; nobody wants to hear of last year's tasks, and of the audit the log
-- keeps which projects came and who got into them.  A condition is asked
-- before a trigger is called, or its row remembered for the commit.
create or replace function private.hush_imports() returns void
language plpgsql volatile
as $$
declare
	t record;
begin
	for t in
		select c.oid::regclass as tbl, g.tgname,
			pg_get_triggerdef(g.oid) as def
		from pg_catalog.pg_trigger g
		join pg_catalog.pg_class c on c.oid = g.tgrelid
		join pg_catalog.pg_proc p on p.oid = g.tgfoid
		where not g.tgisinternal
			and c.relnamespace = 'public'::regnamespace
			and c.relname in ('projects', 'project_members',
				'tasks', 'sessions', 'session_env',
				'task_sessions', 'session_timeline',
				'session_events', 'session_docs',
				'session_prompts', 'orderings', 'task_lists',
				'team_members', 'team_member_overrides',
				'teams', 'task_graphs', 'model_profiles',
				'mail', 'custom_prompts', 'command_usage',
				'task_images')
			and p.pronamespace = 'private'::regnamespace
			and (p.proname like 'emit\_%' or p.proname in
				('touch', 'stamp_task', 'stamp_session',
				'mirror_link', 'note_timeline',
				'fill_snapshots')
				or p.proname = 'log_rls_operation'
				and c.relname not in
					('projects', 'project_members'))
			and pg_get_triggerdef(g.oid) !~ 'private\.importing'
	loop
		execute format('drop trigger %I on %s', t.tgname, t.tbl);
		execute case when t.def ~ ' WHEN \(.*\) EXECUTE FUNCTION '
			then regexp_replace(t.def,
				' WHEN (\(.*\)) EXECUTE FUNCTION ',
				' WHEN (NOT private.importing() AND \1) '
				'EXECUTE FUNCTION ')
			else replace(t.def, ' EXECUTE FUNCTION ',
				' WHEN (NOT private.importing()) '
				'EXECUTE FUNCTION ') end;
	end loop;
end
$$;
revoke execute on function private.hush_imports() from public;
select private.hush_imports();

-- --- what no column holds --------------------------------------------------

-- Members of an object that the layout knows or an agent invented and the
-- wire does not carry: given back by an export.
do $$
declare
	t text;
begin
	foreach t in array array['projects', 'tasks', 'sessions',
		'session_docs', 'session_prompts', 'orderings', 'task_lists',
		'team_members', 'teams', 'task_graphs', 'model_profiles']
	loop
		execute format('alter table public.%I
			add column if not exists extra jsonb', t);
	end loop;
end
$$;
-- What a removed feature left waiting for a session.
alter table public.sessions add column if not exists queue_state jsonb;

-- Whole objects that no table can take (a prompt to a session that is gone, a
-- default that somebody edited): kept for the way out, seen by nobody.
create table if not exists private.kept_files (
	owner_id uuid not null references public.users (id)
		on update cascade on delete cascade,
	path text not null,
	project_id text, -- null: of the owner alone
	doc jsonb not null,
	primary key (owner_id, path)
);
revoke all on private.kept_files from public, anon, authenticated,
	service_role;

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
-- the file has more is added.  The table's own trigger drops secrets.
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
	from (select e.n, string_agg(e.key, ', ' order by e.key) as keys
		from (select x.n, k.key
			from pg_temp.import_stage x,
				jsonb_object_keys(x.doc -> 'env') k(key)
			where x.kind = 'session'
				and x.outcome in ('new', 'newer')
				and not api.clean_env(x.doc -> 'env') ? k.key)
			e
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

-- --- what stands around them -----------------------------------------------

create or replace function private.import_lists(owner uuid, project text)
returns void
language plpgsql volatile set search_path = ''
as $$
begin
	perform private.import_judge('ordering', 'public.orderings',
		'x.project_id = $1 and x.type = k.doc ->> ''entityType''',
		'x.updated_at', 'updatedAt', 'true', project, owner);
	insert into public.orderings as t (project_id, type, ordered_ids,
		updated_at, extra)
	select project, d ->> 'entityType',
		coalesce(private.words(d -> 'orderedIds'), '{}'),
		private.at((d ->> 'updatedAt')::bigint),
		private.leftover(d, 'id projectId entityType orderedIds '
			'updatedAt')
	from (select x.*, x.doc as d from pg_temp.import_stage x
		where x.kind = 'ordering'
			and x.outcome in ('new', 'newer')) s
	on conflict (project_id, type) do update set
		ordered_ids = excluded.ordered_ids,
		updated_at = excluded.updated_at,
		extra = excluded.extra;

	perform private.import_judge('task_list', 'public.task_lists',
		'x.id = k.id', 'x.updated_at', 'updatedAt', 'x.project_id = $1',
		project, owner);
	insert into public.task_lists as t (id, project_id, name, description,
		ordered_task_ids, created_at, updated_at, extra)
	select s.id, project, d ->> 'name', d ->> 'description',
		coalesce(private.words(d -> 'orderedTaskIds'), '{}'),
		private.at((d ->> 'createdAt')::bigint),
		private.at((d ->> 'updatedAt')::bigint),
		private.leftover(d, 'id projectId name description '
			'orderedTaskIds createdAt updatedAt')
	from (select x.*, x.doc as d from pg_temp.import_stage x
		where x.kind = 'task_list'
			and x.outcome in ('new', 'newer')) s
	order by s.n
	on conflict (id) do update set
		name = excluded.name,
		description = excluded.description,
		ordered_task_ids = excluded.ordered_task_ids,
		updated_at = excluded.updated_at,
		extra = excluded.extra;
end
$$;

-- project null: the owner's global members.  Every installation has the same
-- system members: who comes second keeps them aside.
create or replace function private.import_members(owner uuid, project text)
returns void
language plpgsql volatile set search_path = ''
as $$
begin
	perform private.import_judge('team_member', 'public.team_members',
		'x.id = k.id', 'x.updated_at', 'updatedAt',
		'case when $1 is null then x.user_id = $2
			else x.project_id = $1 end', project, owner);
	update pg_temp.import_stage s
	set outcome = 'kept', field = null,
		reason = 'somebody else has this system member already'
	where s.kind = 'team_member' and s.outcome = 'refused'
		and (s.id like 'tm\_system\_%'
			or s.doc ->> 'systemKind' is not null);
	insert into public.team_members as t (id, project_id, user_id,
		home_project_id, name, role, avatar, identity, status, model,
		agent_tool, mode, system_kind, skill_ids, config, created_at,
		updated_at, extra)
	select s.id, project, case when project is null then owner end,
		case when project is null then d ->> 'projectId' end,
		d ->> 'name', d ->> 'role', d ->> 'avatar',
		coalesce(d ->> 'identity', ''), d ->> 'status', d ->> 'model',
		d ->> 'agentTool', d ->> 'mode', d ->> 'systemKind',
		coalesce(private.words(d -> 'skillIds'), '{}'),
		coalesce((select jsonb_object_agg(c.key, c.value)
			from jsonb_each(d) c
			where c.value <> 'null' and c.key in (
				'permissionMode', 'modelProfileId',
				'capabilities', 'commandPermissions',
				'workflowTemplateId', 'customWorkflow',
				'soundInstrument', 'memory')), '{}'),
		private.at((d ->> 'createdAt')::bigint),
		private.at((d ->> 'updatedAt')::bigint),
		private.leftover(d, 'id projectId scope isDefault name role '
			'avatar identity status model agentTool mode '
			'systemKind skillIds permissionMode modelProfileId '
			'capabilities commandPermissions workflowTemplateId '
			'customWorkflow soundInstrument memory createdAt '
			'updatedAt')
	from (select x.*, x.doc as d from pg_temp.import_stage x
		where x.kind = 'team_member'
			and x.outcome in ('new', 'newer')) s
	order by s.n
	on conflict (id) do update set
		home_project_id = excluded.home_project_id,
		name = excluded.name,
		role = excluded.role,
		avatar = excluded.avatar,
		identity = excluded.identity,
		status = excluded.status,
		model = excluded.model,
		agent_tool = excluded.agent_tool,
		mode = excluded.mode,
		system_kind = excluded.system_kind,
		skill_ids = excluded.skill_ids,
		config = excluded.config,
		created_at = excluded.created_at,
		updated_at = excluded.updated_at,
		extra = excluded.extra;

	perform private.import_judge('override',
		'public.team_member_overrides',
		'x.project_id = $1 and x.kind = k.doc ->> ''kind''',
		'x.updated_at', 'updatedAt', 'true', project, owner);
	insert into public.team_member_overrides as t (project_id, kind,
		changes, updated_at)
	select project, s.doc ->> 'kind',
		s.doc - array['id', 'projectId', 'kind', 'updatedAt'],
		private.at((s.doc ->> 'updatedAt')::bigint)
	from pg_temp.import_stage s
	where s.kind = 'override' and s.outcome in ('new', 'newer')
	on conflict (project_id, kind) do update set
		changes = excluded.changes,
		updated_at = excluded.updated_at;
end
$$;

create or replace function private.import_teams(owner uuid, project text)
returns void
language plpgsql volatile set search_path = ''
as $$
begin
	perform private.import_judge('team', 'public.teams', 'x.id = k.id',
		'x.updated_at', 'updatedAt', 'x.project_id = $1', project, owner);
	insert into public.teams as t (id, project_id, name, description,
		avatar, leader_id, member_ids, sub_team_ids, parent_team_id,
		status, metadata, created_at, updated_at, extra)
	select s.id, project, d ->> 'name', d ->> 'description',
		d ->> 'avatar', d ->> 'leaderId',
		private.words(d -> 'memberIds'),
		coalesce(private.words(d -> 'subTeamIds'), '{}'),
		d ->> 'parentTeamId', d ->> 'status',
		private.member(d, 'metadata'),
		private.at((d ->> 'createdAt')::bigint),
		private.at((d ->> 'updatedAt')::bigint),
		private.leftover(d, 'id projectId name description avatar '
			'leaderId memberIds subTeamIds parentTeamId status '
			'metadata createdAt updatedAt')
	from (select x.*, x.doc as d from pg_temp.import_stage x
		where x.kind = 'team' and x.outcome in ('new', 'newer')) s
	order by s.n
	on conflict (id) do update set
		name = excluded.name,
		description = excluded.description,
		avatar = excluded.avatar,
		leader_id = excluded.leader_id,
		member_ids = excluded.member_ids,
		sub_team_ids = excluded.sub_team_ids,
		parent_team_id = excluded.parent_team_id,
		status = excluded.status,
		metadata = excluded.metadata,
		updated_at = excluded.updated_at,
		extra = excluded.extra;

	perform private.import_judge('task_graph', 'public.task_graphs',
		'x.id = k.id', 'x.updated_at', 'updatedAt', 'x.project_id = $1',
		project, owner);
	insert into public.task_graphs as t (id, project_id, name,
		description, nodes, edges, coordinator_team_member_id,
		coordinator_model, status, execution_session_id, last_run_at,
		created_at, updated_at, extra)
	select s.id, project, d ->> 'name', d ->> 'description',
		coalesce(private.member(d, 'nodes'), '[]'),
		coalesce(private.member(d, 'edges'), '[]'),
		d ->> 'coordinatorTeamMemberId', d ->> 'coordinatorModel',
		d ->> 'status', d ->> 'executionSessionId',
		private.at((d ->> 'lastRunAt')::bigint),
		private.at((d ->> 'createdAt')::bigint),
		private.at((d ->> 'updatedAt')::bigint),
		private.leftover(d, 'id projectId name description nodes '
			'edges coordinatorTeamMemberId coordinatorModel '
			'status executionSessionId lastRunAt createdAt '
			'updatedAt')
	from (select x.*, x.doc as d from pg_temp.import_stage x
		where x.kind = 'task_graph'
			and x.outcome in ('new', 'newer')) s
	order by s.n
	on conflict (id) do update set
		name = excluded.name,
		description = excluded.description,
		nodes = excluded.nodes,
		edges = excluded.edges,
		coordinator_team_member_id =
			excluded.coordinator_team_member_id,
		coordinator_model = excluded.coordinator_model,
		status = excluded.status,
		execution_session_id = excluded.execution_session_id,
		last_run_at = excluded.last_run_at,
		updated_at = excluded.updated_at,
		extra = excluded.extra;
end
$$;

-- The queue of a session is a part of it; of one that is gone it is kept.
create or replace function private.import_queues(project text) returns void
language plpgsql volatile set search_path = ''
as $$
begin
	update pg_temp.import_stage s set outcome = case
			when x.queue_state is null then 'new'
			when x.queue_state = s.doc then 'same'
			else 'newer' end
	from public.sessions x
	where s.kind = 'queue' and x.id = s.id and x.project_id = project;
	update public.sessions x set queue_state = s.doc
	from pg_temp.import_stage s
	where s.kind = 'queue' and s.outcome in ('new', 'newer')
		and x.id = s.id and x.project_id = project;
end
$$;

-- Kept for the way out, in the shape of the files: ISO times where they are.
create or replace function private.import_keep(owner uuid, project text)
returns void
language plpgsql volatile set search_path = ''
as $$
begin
	insert into private.kept_files as k (owner_id, path, project_id, doc)
	select owner, s.path, project, s.doc || case when s.kind in
			('team_member', 'team', 'model_profile')
		then jsonb_build_object(
			'createdAt', private.iso_ms(private.at(
				(s.doc ->> 'createdAt')::bigint)),
			'updatedAt', private.iso_ms(private.at(
				(s.doc ->> 'updatedAt')::bigint)))
		else '{}' end
	from pg_temp.import_stage s where s.outcome = 'kept'
	on conflict (owner_id, path) do update set doc = excluded.doc
		where k.doc <> excluded.doc;
end
$$;

-- --- one project, and what is of none --------------------------------------

create or replace function private.import_project(owner uuid, project text)
returns void
language plpgsql volatile set search_path = ''
as $$
begin
	perform set_config('maestro.import', 'on', true);
	perform private.import_judge('project', 'public.projects',
		'x.id = k.id', 'x.updated_at', 'updatedAt',
		'exists (select from public.project_members m
			where m.project_id = x.id and m.user_id = $2
				and m.role = ''owner'')', project, owner);
	if exists (select from pg_temp.import_stage s
		where s.kind = 'project' and s.outcome = 'refused')
	then
		update pg_temp.import_stage s set outcome = 'refused',
			field = case s.kind when 'project' then 'id' end,
			reason = case s.kind when 'project' then 'the project '
				'is there already and belongs to somebody '
				'else; nothing of it is taken' end;
		return;
	end if;
	insert into public.projects as t (id, owner_id, name, working_dir,
		description, is_master, created_at, updated_at, extra)
	select s.id, owner, d ->> 'name', coalesce(d ->> 'workingDir', ''),
		coalesce(d ->> 'description', ''), (d ->> 'isMaster')::bool,
		private.at((d ->> 'createdAt')::bigint),
		private.at((d ->> 'updatedAt')::bigint),
		private.leftover(d, 'id name workingDir description isMaster '
			'createdAt updatedAt')
	from (select x.*, x.doc as d from pg_temp.import_stage x
		where x.kind = 'project' and x.outcome in ('new', 'newer')) s
	on conflict (id) do update set
		name = excluded.name,
		working_dir = excluded.working_dir,
		description = excluded.description,
		is_master = excluded.is_master,
		created_at = excluded.created_at,
		updated_at = excluded.updated_at,
		extra = excluded.extra;
	perform private.import_tasks(owner, project);
	perform private.import_sessions(owner, project);
	perform private.import_docs(project);
	perform private.import_links(project);
	perform private.import_lists(owner, project);
	perform private.import_members(owner, project);
	perform private.import_teams(owner, project);
	perform private.import_queues(project);
	perform private.import_keep(owner, project);
end
$$;

create or replace function private.import_prompts(owner uuid) returns void
language plpgsql volatile set search_path = ''
as $$
begin
	-- A prompt lies with the session it went to.
	update pg_temp.import_stage s set
		outcome = case
			when o.id is null then 'kept'
			when not exists (select from public.project_members m
				where m.project_id = o.project_id
					and m.user_id = owner
					and m.role >= 'member') then 'refused'
			when x.id is null then 'new'
			when x.to_session_id <> o.id then 'refused'
			else 'same' end,
		field = 'toSessionId',
		reason = case
			when o.id is null then 'there is no such session'
			when x.to_session_id <> o.id then 'there is a prompt '
				'of this id already that went elsewhere'
			when not exists (select from public.project_members m
				where m.project_id = o.project_id
					and m.user_id = owner
					and m.role >= 'member')
				then 'the session belongs to somebody else'
			end
	from pg_temp.import_stage k
	left join public.sessions o on o.id = k.doc ->> 'toSessionId'
	left join public.session_prompts x on x.id = k.id
	where k.n = s.n and s.kind = 'prompt' and s.outcome is null;
	insert into public.session_prompts (id, project_id, to_session_id,
		from_project_id, from_session_id, content, mode, from_name,
		to_name, from_member, to_member, created_by, "timestamp",
		extra)
	select s.id, o.project_id, o.id, d ->> 'fromProjectId',
		d ->> 'fromSessionId', d ->> 'content', d ->> 'mode',
		coalesce(d ->> 'fromSessionName', ''),
		coalesce(d ->> 'toSessionName', ''),
		private.member(d, 'fromTeamMember'),
		private.member(d, 'toTeamMember'), owner,
		private.at((d ->> 'timestamp')::bigint),
		private.leftover(d, 'id fromProjectId toProjectId '
			'fromSessionId toSessionId content mode '
			'fromSessionName toSessionName fromTeamMember '
			'toTeamMember timestamp')
	from (select x.*, x.doc as d from pg_temp.import_stage x
		where x.kind = 'prompt' and x.outcome = 'new') s
	join public.sessions o on o.id = d ->> 'toSessionId'
	order by s.n;
end
$$;

create or replace function private.import_profiles(owner uuid) returns void
language plpgsql volatile set search_path = ''
as $$
begin
	-- Everybody has the four; one that was edited is kept aside.
	update pg_temp.import_stage s set outcome = 'kept', field = 'id',
		reason = 'a default profile stays as it is here'
	where s.kind = 'model_profile' and s.id in ('mp_ultra', 'mp_heavy',
		'mp_balanced', 'mp_fast');
	perform private.import_judge('model_profile',
		'public.model_profiles', 'x.id = k.id and x.user_id = $2',
		'x.updated_at', 'updatedAt', 'true', null, owner);
	insert into public.model_profiles as t (id, user_id, name,
		description, launch_config, created_at, updated_at, extra)
	select s.id, owner, d ->> 'name', d ->> 'description',
		d -> 'launchConfig',
		private.at((d ->> 'createdAt')::bigint),
		private.at((d ->> 'updatedAt')::bigint),
		private.leftover(d, 'id name description launchConfig '
			'isDefault createdAt updatedAt')
	from (select x.*, x.doc as d from pg_temp.import_stage x
		where x.kind = 'model_profile'
			and x.outcome in ('new', 'newer')) s
	order by s.n
	on conflict (user_id, id) do update set
		name = excluded.name,
		description = excluded.description,
		launch_config = excluded.launch_config,
		updated_at = excluded.updated_at,
		extra = excluded.extra;
end
$$;

create or replace function private.import_shared(owner uuid) returns void
language plpgsql volatile set search_path = ''
as $$
begin
	perform set_config('maestro.import', 'on', true);
	perform private.import_members(owner, null);
	perform private.import_profiles(owner);
	perform private.import_prompts(owner);
	perform private.import_keep(owner, null);
end
$$;

-- --- the way out -----------------------------------------------------------

-- The object of a file: what the wire says, what only the file says, in the
-- shape the original reads.
create or replace function private.layout(j json, extra jsonb) returns text
language sql immutable parallel safe
return case when extra is null then j::text
	else (j::jsonb || extra)::text end;

create or replace function private.layout_task(t public.tasks) returns text
language sql stable parallel safe
as $$
	select private.layout(private.json_with(api.task_json(t),
			'"model":' || to_json(t.model)::text,
			'"agentTool":' || to_json(t.agent_tool)::text,
			'"metadata":' || t.metadata::text),
		nullif(coalesce(t.extra - '_clientRequestId'
			- 'acceptanceCriteria', '{}')
		|| case when t.extra ? '_clientRequestId'
			then jsonb_build_object('clientRequestId',
				t.extra -> '_clientRequestId') else '{}' end
		-- A list in the file, a text here; a list again unless somebody
		-- wrote something else.
		|| case when array_to_string(private.words(
				t.extra -> 'acceptanceCriteria'), E'\n')
				= t.acceptance_criteria
			then jsonb_build_object('acceptanceCriteria',
				t.extra -> 'acceptanceCriteria')
			else '{}' end, '{}'))
$$;

create or replace function private.layout_doc_path(d public.session_docs)
returns text
language sql stable parallel safe
as $$
	select 'session-docs/' || d.session_id || '/' || d.id ||
		case when api.doc_kind(d) = 'diagram' then '.excalidraw'
			else '.md' end
$$;

create or replace function private.layout_doc(d public.session_docs,
	dir text) returns json
language sql stable parallel safe
as $$
	select private.layout(private.json_with(api.doc_json(d),
		case when d.content is not null then '"contentFilePath":' ||
			to_json(dir || '/' || private.layout_doc_path(d))::text
			end), d.extra)::json
$$;

create or replace function private.layout_session(s public.sessions,
	dir text) returns text
language sql stable
as $$
	select private.layout(j.v, coalesce(s.extra, '{}') ||
		jsonb_build_object('docs', (
			select coalesce(jsonb_agg(private.layout_doc(d, dir)
				order by d.added_at, d.id), '[]')
			from public.session_docs d
			where d.project_id = s.project_id
				and d.session_id = s.id)))
	from (select api.session_json(s, coalesce((
		select e.env from public.session_env e
		where e.session_id = s.id), '{}')) as v) j
$$;

create or replace function private.layout_member(m public.team_members)
returns text
language sql stable parallel safe
as $$
	select private.layout(api.teammember_json(m), m.extra)
$$;

do $$
declare
	f record;
begin
	for f in
		select p.oid::regprocedure as name from pg_proc p
		where p.pronamespace = 'private'::regnamespace
			and (p.proname like 'import\_%'
				or p.proname like 'layout%'
				or p.proname in ('at', 'words', 'leftover',
					'member'))
	loop
		execute format('revoke execute on function %s from public',
			f.name);
	end loop;
end
$$;
