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
	from (select api.session_json(s, coalesce((
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

-- Generation B lies in a folder of the session both have as parent.
create or replace function private.layout_mail(m public.mail) returns text
language sql stable parallel safe
as $$
	select case when m.parent_session_id is null
		then private.layout(case when m.read_at is null
				then api.mail_json(m)
			else private.json_with(api.mail_json(m), '"readAt":'
				|| private.ms(m.read_at)::text) end, m.extra)
		else private.layout(private.json_with(api.mail_b_json(m),
			'"readAt":' || private.ms(m.read_at)::text), m.extra)
		end
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
