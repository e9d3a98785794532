set local lock_timeout = '2s';
-- The JSON of each entity, written once: queries, triggers and the push side
-- share it.  Keys and the null/omit rule are the wire's (maestro-api.md 3).
-- json, not jsonb: the order of keys stays and nothing is sorted.

-- Adds members that are left out when unset: each extra is a whole
-- `"key":value` text or null.  One expression that names each argument once
-- and is no more volatile than its parts, so PostgreSQL inlines it: half the
-- time of a list.
create or replace function private.json_with(base json, variadic extras text[])
returns json
language sql stable parallel safe
return (left(base::text, -1)
	|| coalesce(', ' || nullif(array_to_string(extras, ', '), ''), '')
	|| '}')::json;

create or replace function api.project_json(p public.projects) returns json
language sql stable parallel safe
as $$
	select private.json_with(json_build_object(
			'id', p.id,
			'name', p.name,
			'workingDir', p.working_dir,
			'description', p.description,
			'createdAt', private.ms(p.created_at),
			'updatedAt', private.ms(p.updated_at)),
		'"isMaster":' || p.is_master::text)
$$;

create or replace function api.task_json(t public.tasks) returns json
language sql stable parallel safe
as $$
	select private.json_with(json_build_object(
			'id', t.id,
			'projectId', t.project_id,
			'parentId', t.parent_id,
			'title', t.title,
			'description', t.description,
			'status', t.status,
			'priority', t.priority,
			'initialPrompt', t.initial_prompt,
			'createdAt', private.ms(t.created_at),
			'updatedAt', private.ms(t.updated_at),
			'startedAt', private.ms(t.started_at),
			'completedAt', private.ms(t.completed_at),
			'sessionIds', t.session_ids,
			'skillIds', t.skill_ids,
			'agentIds', t.agent_ids,
			'dependencies', t.dependencies,
			'referenceTaskIds', t.reference_task_ids,
			'teamId', t.team_id,
			'dueDate', t.due_date,
			'tags', t.tags),
		'"taskSessionStatuses":' || t.task_session_statuses::text,
		'"teamMemberId":' || to_json(t.team_member_id)::text,
		'"teamMemberIds":' || to_json(t.team_member_ids)::text,
		'"memberOverrides":' || t.member_overrides::text,
		'"images":' || t.images::text,
		'"dangerousMode":' || t.dangerous_mode::text,
		'"useWorktree":' || t.use_worktree::text,
		'"pinned":' || t.pinned::text,
		'"acceptanceCriteria":' || to_json(t.acceptance_criteria)::text,
		'"clientRequestId":' || to_json(t.client_request_id)::text)
$$;

create or replace function api.doc_json(d public.session_docs) returns json
language sql stable parallel safe
as $$
	select private.json_with(json_build_object(
			'id', d.id,
			'title', d.title,
			'filePath', d.file_path,
			'addedAt', private.ms(d.added_at),
			'addedBy', d.session_id),
		'"kind":' || to_json(d.kind)::text,
		'"taskId":' || to_json(d.task_id)::text)
$$;

-- The kind of a document is guessed from its name when nobody said it.
create or replace function api.doc_kind(d public.session_docs) returns text
language sql immutable parallel safe
as $$
	select case when d.kind = 'diagram'
		or d.file_path like '%.excalidraw'
		then 'diagram' else 'markdown' end
$$;

-- A document with its text and where it comes from: only the docs GETs.
create or replace function api.doc_full_json(d public.session_docs,
	session_name text) returns json
language sql stable parallel safe
as $$
	select private.json_with(json_build_object(
			'id', d.id,
			'title', d.title,
			'filePath', d.file_path,
			'kind', api.doc_kind(d),
			'content', coalesce(d.content, ''),
			'addedAt', private.ms(d.added_at),
			'addedBy', d.session_id,
			'sessionId', d.session_id,
			'sessionName', session_name),
		'"taskId":' || to_json(d.task_id)::text)
$$;

create or replace function api.timeline_json(e public.session_timeline)
returns json
language sql stable parallel safe
as $$
	select private.json_with(json_build_object(
			'id', e.id,
			'type', e.type,
			'timestamp', private.ms(e."timestamp")),
		'"message":' || to_json(e.message)::text,
		'"taskId":' || to_json(e.task_id)::text,
		'"metadata":' || e.metadata::text)
$$;

create or replace function api.session_event_json(e public.session_events)
returns json
language sql stable parallel safe
as $$
	select private.json_with(json_build_object(
			'id', e.id,
			'timestamp', private.ms(e."timestamp"),
			'type', e.type),
		'"data":' || e.data::text)
$$;

create or replace function api.session_summary_json(s public.sessions)
returns json
language sql stable parallel safe
as $$
	select private.json_with(json_build_object(
			'id', s.id,
			'name', s.name,
			'status', s.status,
			'projectId', s.project_id,
			'taskIds', s.task_ids,
			'parentSessionId', s.parent_session_id,
			'rootSessionId', s.root_session_id,
			'teamSessionId', s.team_session_id,
			'isMasterSession', s.is_master_session,
			'startedAt', private.ms(s.started_at),
			'completedAt', private.ms(s.completed_at)),
		'"teamMemberId":' || to_json(s.team_member_id)::text,
		'"teamMemberIds":' || to_json(s.team_member_ids)::text,
		'"teamMemberSnapshot":' || s.team_member_snapshot::text,
		'"teamMemberSnapshots":' || s.team_member_snapshots::text,
		'"humanCompletedAt":' || private.ms(s.human_completed_at)::text,
		'"archivedAt":' || private.ms(s.archived_at)::text)
$$;

-- env is for the owner's eyes: api.session_own_json passes it, events do not.
create or replace function api.session_json(s public.sessions,
	env jsonb default '{}') returns json
language sql stable
as $$
	select private.json_with(json_build_object(
			'id', s.id,
			'projectId', s.project_id,
			'name', s.name,
			'status', s.status,
			'taskIds', s.task_ids,
			'env', env,
			'startedAt', private.ms(s.started_at),
			'lastActivity', private.ms(s.last_activity),
			'completedAt', private.ms(s.completed_at),
			'hostname', s.hostname,
			'platform', s.platform,
			'events', (
				select coalesce(json_agg(
					api.session_event_json(e)
					order by e.seq), '[]')
				from public.session_events e
				where e.project_id = s.project_id
					and e.session_id = s.id),
			'timeline', (
				select coalesce(json_agg(api.timeline_json(e)
					order by e.seq), '[]')
				from public.session_timeline e
				where e.project_id = s.project_id
					and e.session_id = s.id),
			'docs', (
				select coalesce(json_agg(api.doc_json(d)
					order by d.added_at, d.id), '[]')
				from public.session_docs d
				where d.project_id = s.project_id
					and d.session_id = s.id),
			'parentSessionId', s.parent_session_id,
			'rootSessionId', s.root_session_id,
			'teamSessionId', s.team_session_id,
			'teamId', s.team_id,
			'isMasterSession', s.is_master_session),
		'"agentId":' || to_json(s.agent_id)::text,
		'"needsInput":' || s.needs_input::text,
		'"metadata":' || s.metadata::text,
		'"teamMemberId":' || to_json(s.team_member_id)::text,
		'"teamMemberIds":' || to_json(s.team_member_ids)::text,
		'"teamMemberSnapshot":' || s.team_member_snapshot::text,
		'"teamMemberSnapshots":' || s.team_member_snapshots::text,
		'"claudeSessionId":' || to_json(s.claude_session_id)::text,
		'"humanCompletedAt":' || private.ms(s.human_completed_at)::text,
		'"archivedAt":' || private.ms(s.archived_at)::text)
$$;

-- As the caller may see it: row-level security of session_env decides.
create or replace function api.session_own_json(s public.sessions) returns json
language sql stable
as $$
	select api.session_json(s, coalesce((
		select v.env from public.session_env v
		where v.session_id = s.id
			and v.user_id = (select auth.uid())), '{}'))
$$;

create or replace function api.user_json(u public.users) returns json
language sql stable parallel safe
as $$
	select json_build_object(
		'id', u.id,
		'email', u.email,
		'displayName', u.display_name,
		'avatarUrl', u.avatar_url,
		'phone', u.phone,
		'createdAt', private.ms(u.created_at),
		'updatedAt', private.ms(u.updated_at))
$$;

-- A list as the wire wants it: bare, or with its window when the caller gave
-- limit or offset.
create or replace function api.page_json(rows json, total bigint,
	row_limit int, row_offset int) returns json
language sql immutable parallel safe
as $$
	select case when row_limit is null and row_offset is null
		then coalesce(rows, '[]')
		else json_build_object('data', coalesce(rows, '[]'),
			'pagination', json_build_object(
				'offset', coalesce(row_offset, 0),
				'limit', coalesce(row_limit, 100),
				'total', total,
				'hasMore', coalesce(row_offset, 0) +
					coalesce(row_limit, 100) < total))
	end
$$;

revoke execute on all functions in schema api from public;
revoke execute on function private.json_with(json, text[]) from public;
grant execute on all functions in schema api to authenticated, service_role;
grant execute on function private.json_with(json, text[])
	to authenticated, service_role;
