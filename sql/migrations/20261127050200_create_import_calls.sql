set local lock_timeout = '2s';
-- What `maestro migrate` calls: the import of one project, of what belongs to a
-- person and no project, and the way out (see 20261127050000).

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

-- --- what a person keeps ---------------------------------------------------

create or replace function private.import_custom_prompts(owner uuid)
returns void
language plpgsql volatile set search_path = ''
as $$
begin
	perform private.import_judge('custom_prompt',
		'public.custom_prompts', 'x.id = k.id', 'x.updated_at',
		'updatedAt', 'x.user_id = $2', null, owner);
	update pg_temp.import_stage s set outcome = 'kept', field = 'id',
		reason = 'somebody else has a prompt of this id already'
	where s.kind = 'custom_prompt' and s.outcome = 'refused';
	insert into public.custom_prompts as t (id, user_id, name, content,
		description, icon, tags, entity_type, created_at, updated_at,
		extra)
	select s.id, owner, d ->> 'name', d ->> 'content',
		d ->> 'description', d ->> 'icon', private.words(d -> 'tags'),
		d ->> 'entityType', private.at((d ->> 'createdAt')::bigint),
		private.at((d ->> 'updatedAt')::bigint),
		private.leftover(d, 'id name content description icon tags '
			'entityType createdAt updatedAt')
	from (select x.*, x.doc as d from pg_temp.import_stage x
		where x.kind = 'custom_prompt'
			and x.outcome in ('new', 'newer')) s
	order by s.n
	on conflict (id) do update set
		name = excluded.name,
		content = excluded.content,
		description = excluded.description,
		icon = excluded.icon,
		tags = excluded.tags,
		entity_type = excluded.entity_type,
		updated_at = excluded.updated_at,
		extra = excluded.extra;
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

-- --- after all else --------------------------------------------------------

-- After everything else of the project.
create or replace function private.import_more(owner uuid, project text)
returns void
language plpgsql volatile set search_path = ''
as $$
begin
	if project is null then
		-- Mail between sessions that are gone has no project.
		update pg_temp.import_stage s set outcome = 'kept',
			reason = 'its sessions are gone'
		where s.kind = 'old_mail';
		perform private.import_custom_prompts(owner);
	elsif exists (select from pg_temp.import_stage s
		where s.kind = 'project' and s.outcome <> 'refused')
	then
		perform private.import_mail(owner, project);
		perform private.import_commands(project);
		perform private.import_images(owner, project);
	end if;
	perform private.import_keep(owner, project);
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

-- Nobody but the owner of the schema runs any of the three files; the service
-- only announces images.
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
grant execute on function
	private.import_await_image(uuid, text, text, text) to service_role;

-- The triggers of all that came before.
do $$
begin
	perform private.hush_imports();
end
$$;
