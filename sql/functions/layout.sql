-- The way out (`maestro migrate from-supabase`): rows as objects of the layout
-- of the original.  Nobody but the owner of the schema runs these functions.

-- The object of a file: what the wire says, what only the file says, in the
-- shape the original reads.
create or replace function private.layout(j json, extra jsonb) returns text
language sql immutable parallel safe
return case when extra is null then j::text
	else (j::jsonb || extra)::text end;

create or replace function private.project_file(p public.projects)
returns json
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

create or replace function private.task_file(t public.tasks) returns json
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

create or replace function private.layout_task(t public.tasks) returns text
language sql stable parallel safe
as $$
	select private.layout(private.json_with(private.task_file(t),
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

create or replace function private.entry_file(e public.session_timeline)
returns json
language sql stable parallel safe
as $$
	select private.json_with(json_build_object('id', e.id, 'type', e.type,
			'timestamp', private.ms(e."timestamp")),
		'"message":' || to_json(e.message)::text,
		'"taskId":' || to_json(e.task_id)::text,
		'"metadata":' || e.metadata::text)
$$;

create or replace function private.event_file(e public.session_events)
returns json
language sql stable parallel safe
as $$
	select private.json_with(json_build_object('id', e.id,
			'timestamp', private.ms(e."timestamp"),
			'type', e.type),
		'"data":' || e.data::text)
$$;

create or replace function private.doc_file(d public.session_docs)
returns json
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

create or replace function private.session_file(s public.sessions, env jsonb)
returns json
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
			'lastActivity', private.ms(private.last_activity(s)),
			'completedAt', private.ms(s.completed_at),
			'hostname', s.hostname,
			'platform', s.platform,
			'events', (
				select coalesce(json_agg(private.event_file(e)
					order by e.seq), '[]')
				from public.session_events e
				where e.project_id = s.project_id
					and e.session_id = s.id),
			'timeline', (
				select coalesce(json_agg(private.entry_file(e)
					order by e.seq), '[]')
				from public.session_timeline e
				where e.project_id = s.project_id
					and e.session_id = s.id),
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
	select private.layout(private.json_with(private.doc_file(d),
		case when d.content is not null then '"contentFilePath":' ||
			to_json(dir || '/' || private.layout_doc_path(d))::text
			end), d.extra)::json
$$;

-- Of an environment only the project's owner's own: what the agents of others
-- were started with is not the owner's to carry away.
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
	from (select private.session_file(s, coalesce((
		select e.env from public.session_env e
		where e.session_id = s.id and e.user_id = (
			select p.owner_id from public.projects p
			where p.id = s.project_id)), '{}')) as v) j
$$;

create or replace function private.layout_member(m public.team_members)
returns text
language sql stable parallel safe
as $$
	select private.layout(api.teammember_json(m), m.extra)
$$;

create or replace function private.team_file(t public.teams) returns json
language sql stable parallel safe
as $$
	select private.json_with(json_build_object(
			'id', t.id,
			'projectId', t.project_id,
			'name', t.name,
			'leaderId', t.leader_id,
			'memberIds', t.member_ids,
			'subTeamIds', t.sub_team_ids,
			'parentTeamId', t.parent_team_id,
			'status', t.status,
			'createdAt', private.iso_ms(t.created_at),
			'updatedAt', private.iso_ms(t.updated_at)),
		'"description":' || to_json(t.description)::text,
		'"avatar":' || to_json(t.avatar)::text,
		'"metadata":' || t.metadata::text)
$$;

create or replace function private.mail_file(m public.mail) returns json
language sql stable parallel safe
as $$
	select private.json_with(json_build_object(
			'id', m.id,
			'projectId', m.project_id,
			'fromSessionId', m.from_session_id,
			'toSessionId', m.to_session_id,
			'replyToMailId', m.in_reply_to,
			'threadId', m.thread_id,
			'type', m.type,
			'subject', m.subject,
			'body', m.content,
			'createdAt', private.ms(m.created_at)),
		'"priority":' || to_json(m.priority)::text,
		'"fromName":' || to_json(m.from_name)::text,
		'"readAt":' || private.ms(m.read_at)::text)
$$;

create or replace function private.message_file(m public.mail) returns json
language sql stable parallel safe
as $$
	select private.json_with(json_build_object(
			'id', m.id,
			'parentSessionId', m.parent_session_id,
			'fromSessionId', m.from_session_id,
			'fromName', coalesce(m.from_name, m.from_session_id),
			'toSessionId', m.to_session_id,
			'message', m.body,
			'createdAt', private.ms(m.created_at)),
		'"detail":' || to_json(m.detail)::text,
		'"readAt":' || private.ms(m.read_at)::text)
$$;

-- Generation B lies in a folder of the session both have as parent.
create or replace function private.layout_mail(m public.mail) returns text
language sql stable parallel safe
as $$
	select private.layout(case when m.parent_session_id is null
		then private.mail_file(m) else private.message_file(m) end,
		m.extra)
$$;

create or replace function private.layout_command(c public.command_usage)
returns text
language sql stable parallel safe
as $$
	select json_build_object('ts', private.iso_ms(c.at),
		'sessionId', c.session_id, 'projectId', c.project_id,
		'command', c.command, 'argv', c.argv, 'exitCode', c.exit_code,
		'durationMs', c.duration_ms, 'success', c.success,
		'cliVersion', c.cli_version)::text
$$;

create or replace function private.layout_ordering(o public.orderings)
returns text
language sql stable parallel safe
as $$
	select private.layout(json_build_object(
		'projectId', o.project_id,
		'entityType', o.type,
		'orderedIds', o.ordered_ids,
		'updatedAt', private.ms(o.updated_at)), o.extra)
$$;

create or replace function private.layout_task_list(l public.task_lists)
returns text
language sql stable parallel safe
as $$
	select private.layout(private.json_with(json_build_object(
			'id', l.id,
			'projectId', l.project_id,
			'name', l.name,
			'orderedTaskIds', l.ordered_task_ids,
			'createdAt', private.ms(l.created_at),
			'updatedAt', private.ms(l.updated_at)),
		'"description":' || to_json(l.description)::text), l.extra)
$$;

create or replace function private.layout_task_graph(g public.task_graphs)
returns text
language sql stable parallel safe
as $$
	select private.layout(private.json_with(json_build_object(
			'id', g.id,
			'projectId', g.project_id,
			'name', g.name,
			'nodes', g.nodes,
			'edges', g.edges,
			'status', g.status,
			'createdAt', private.ms(g.created_at),
			'updatedAt', private.ms(g.updated_at)),
		'"description":' || to_json(g.description)::text,
		'"coordinatorTeamMemberId":' ||
			to_json(g.coordinator_team_member_id)::text,
		'"coordinatorModel":' || to_json(g.coordinator_model)::text,
		'"executionSessionId":' ||
			to_json(g.execution_session_id)::text,
		'"lastRunAt":' || private.ms(g.last_run_at)::text), g.extra)
$$;

create or replace function private.layout_custom_prompt(
	p public.custom_prompts) returns text
language sql stable parallel safe
as $$
	select private.layout(private.json_with(json_build_object(
			'id', p.id,
			'name', p.name,
			'content', p.content,
			'createdAt', private.ms(p.created_at),
			'updatedAt', private.ms(p.updated_at)),
		'"description":' || to_json(p.description)::text,
		'"icon":' || to_json(p.icon)::text,
		'"tags":' || to_json(p.tags)::text,
		'"entityType":' || to_json(p.entity_type)::text), p.extra)
$$;
