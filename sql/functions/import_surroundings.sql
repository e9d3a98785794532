-- What stands around the tasks and sessions that an import takes: lists,
-- members, teams, mail, command logs, images (see import_tasks.sql).

-- --- lists, members, teams -------------------------------------------------

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

-- --- mail ------------------------------------------------------------------

-- A mail is never changed, but for being read.
create or replace function private.import_mail(owner uuid, project text)
returns void
language plpgsql volatile set search_path = ''
as $$
begin
	perform private.import_judge(k.kind, 'public.mail', 'x.id = k.id',
		'x.created_at', 'createdAt', 'x.project_id = $1', project,
		owner)
	from (values ('mail'), ('old_mail')) k(kind);
	insert into public.mail (id, project_id, from_session_id, from_name,
		to_session_id, in_reply_to, thread_id, type, priority, subject,
		body, content, detail, parent_session_id, read_at, created_by,
		created_at, extra)
	select s.id, project, d ->> 'fromSessionId', d ->> 'fromName',
		d ->> 'toSessionId', d ->> 'replyToMailId', d ->> 'threadId',
		coalesce(d ->> 'type', 'notification'), d ->> 'priority',
		coalesce(d ->> 'subject', nullif(trim(left(split_part(trim(
			d ->> 'message'), E'\n', 1), 200)), ''), 'Message'),
		coalesce(d ->> 'message', ''), coalesce(d -> 'body',
			jsonb_strip_nulls(jsonb_build_object(
				'message', d -> 'message',
				'detail', d -> 'detail'))), d ->> 'detail',
		d ->> 'parentSessionId',
		private.at((d ->> 'readAt')::bigint), owner,
		private.at((d ->> 'createdAt')::bigint),
		private.leftover(d, 'id projectId fromSessionId fromName '
			'toSessionId replyToMailId threadId type priority '
			'subject message body detail parentSessionId readAt '
			'createdAt')
	from (select x.*, x.doc as d from pg_temp.import_stage x
		where x.kind in ('mail', 'old_mail') and x.outcome = 'new') s
	order by (d ->> 'createdAt')::bigint, s.n;
	update pg_temp.import_stage s set outcome = 'same'
	where s.kind in ('mail', 'old_mail') and s.outcome = 'newer';
end
$$;

-- --- command logs ----------------------------------------------------------

-- The table's trigger takes secrets out of the words and knows what is there
-- already by what is left.
create or replace function private.import_commands(project text) returns void
language plpgsql volatile set search_path = ''
as $$
begin
	update pg_temp.import_stage s set
		outcome = case when s.doc ->> 'sessionId' is not null
				and o.id is null then 'skipped'
			when exists (select from public.command_usage x
				where x.project_id = project
					and x.session_id is not distinct from
						s.doc ->> 'sessionId'
					and x.at = private.at(
						(s.doc ->> 'ts')::bigint)
					and x.command = s.doc ->> 'command')
				then 'same'
			else 'new' end
	from pg_temp.import_stage k
	left join public.sessions o on o.id = k.doc ->> 'sessionId'
		and o.project_id = project
	where k.n = s.n and s.kind = 'command' and s.outcome is null;
	insert into public.command_usage (project_id, session_id, at, command,
		argv, exit_code, duration_ms, success, cli_version)
	select project, d ->> 'sessionId', private.at((d ->> 'ts')::bigint),
		d ->> 'command', coalesce(private.words(d -> 'argv'), '{}'),
		(d ->> 'exitCode')::int, (d ->> 'durationMs')::bigint,
		(d ->> 'success')::bool, d ->> 'cliVersion'
	from (select x.*, x.doc as d from pg_temp.import_stage x
		where x.kind = 'command' and x.outcome = 'new') s
	order by s.n
	on conflict (project_id, digest) do nothing;
end
$$;

-- --- images ----------------------------------------------------------------

-- Before the bytes of an image are stored: 'there' when it has its row,
-- 'foreign' when the project is not the owner's, else 'store': its key is on
-- the list of the doomed until the row comes.
create or replace function private.import_await_image(owner uuid,
	project text, task text, image text) returns text
language plpgsql volatile set search_path = ''
as $$
declare
	key text := private.image_key(project, task, image);
begin
	if exists (select from public.projects p where p.id = project)
		and not exists (select from public.project_members m
			where m.project_id = project and m.user_id = owner
				and m.role = 'owner')
	then
		return 'foreign';
	end if;
	if exists (select from public.task_images i where i.id = image) then
		return 'there';
	end if;
	insert into private.doomed_objects as d (bucket_id, name, due_at)
	values ('task-images', key, now() + interval '1 hour')
	on conflict (bucket_id, name) do update set due_at = excluded.due_at;
	return 'store';
end
$$;

-- An image that was deleted here does not come back with a file that has not
-- changed since.
create or replace function private.import_images(owner uuid, project text)
returns void
language plpgsql volatile set search_path = ''
as $$
begin
	update pg_temp.import_stage s set
		outcome = case
			when t.id is null then 'refused'
			when x.task_id <> t.id then 'refused'
			when x.id is not null then 'same'
			when private.ms(t.updated_at) >
				(o.doc ->> 'updatedAt')::bigint then 'same'
			else 'new' end,
		field = 'id',
		reason = case when t.id is null then 'its task is not taken'
			when x.task_id <> t.id then 'there is one already '
				'that belongs to another task'
			else s.reason end
	from pg_temp.import_stage k
	left join pg_temp.import_stage o
		on o.kind = 'task' and o.id = k.doc ->> 'taskId'
	left join public.tasks t
		on t.id = k.doc ->> 'taskId' and t.project_id = project
	left join public.task_images x on x.id = k.id
	where k.n = s.n and s.kind = 'image' and s.outcome is null;
	insert into public.task_images (id, project_id, task_id, filename,
		mime_type, size, added_by, added_at)
	select s.id, project, d ->> 'taskId', d ->> 'filename',
		d ->> 'mimeType', (d ->> 'size')::bigint, owner,
		private.at((d ->> 'addedAt')::bigint)
	from (select x.*, x.doc as d from pg_temp.import_stage x
		where x.kind = 'image' and x.outcome = 'new') s
	order by s.n;
end
$$;

grant execute on function private.import_await_image(uuid, text, text, text)
	to service_role;
