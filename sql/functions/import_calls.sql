-- What `maestro migrate to-supabase` calls: the import of one project, of what
-- belongs to a person and no project (see import_tasks.sql).

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
