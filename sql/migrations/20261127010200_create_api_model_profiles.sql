set local lock_timeout = '2s';
-- How an agent is started: launch configurations, what a task says otherwise
-- for one of its members, and the profiles people keep (maestro-api.md 2.3,
-- 2.10, 3.6).  Security invoker.

-- --- checks of what lies deeper than a body's own fields -------------------

-- null is absent everywhere.
create or replace function api.check_word(v jsonb, words text[], field text)
returns void
language plpgsql stable
as $$
begin
	if coalesce(v, 'null') <> 'null' and (jsonb_typeof(v) <> 'string'
		or v #>> '{}' <> all(words))
	then
		perform private.refuse(400, 'validation_failed', field ||
			' must be one of ' || array_to_string(words, ', '),
			field);
	end if;
end
$$;

create or replace function api.check_text(v jsonb, fewest int, most int,
	field text) returns void
language plpgsql stable
as $$
begin
	if coalesce(v, 'null') <> 'null' and (jsonb_typeof(v) <> 'string'
		or length(v #>> '{}') not between fewest and most)
	then
		perform private.refuse(400, 'validation_failed', format(
			'%s must be a text of %s to %s characters', field,
			fewest, most), field);
	end if;
end
$$;

create or replace function api.check_object(v jsonb, field text) returns void
language plpgsql stable
as $$
begin
	if coalesce(v, 'null') <> 'null' and jsonb_typeof(v) <> 'object' then
		perform private.refuse(400, 'validation_failed',
			field || ' must be an object', field);
	end if;
end
$$;

create or replace function api.efforts() returns text[]
language sql immutable parallel safe
as $$
	select array['minimal', 'low', 'medium', 'high', 'xhigh', 'max']
$$;

-- The configuration without what nobody knows.
create or replace function api.launch_config(j jsonb, field text)
returns jsonb
language plpgsql stable
as $$
declare
	needed text;
begin
	perform api.check_object(j, field);
	foreach needed in array array['provider', 'model'] loop
		if coalesce(j -> needed, 'null') = 'null' then
			perform private.refuse(400, 'validation_failed',
				field || '.' || needed || ' is required',
				field || '.' || needed);
		end if;
	end loop;
	perform api.check_word(j -> 'provider', array['claude', 'openai',
		'hermes', 'gemini'], field || '.provider');
	perform api.check_text(j -> 'model', 1, 200, field || '.model');
	perform api.check_word(j -> 'reasoningEffort', api.efforts(),
		field || '.reasoningEffort');
	perform api.check_word(j -> 'speed', array['standard', 'fast'],
		field || '.speed');
	perform api.check_word(j -> 'accessMode', array['safe', 'acceptEdits',
		'plan', 'fullAccess'], field || '.accessMode');
	return jsonb_strip_nulls(jsonb_build_object(
		'provider', j -> 'provider', 'model', j -> 'model',
		'reasoningEffort', j -> 'reasoningEffort',
		'speed', j -> 'speed', 'accessMode', j -> 'accessMode'));
end
$$;

-- What a task wants otherwise for one member.
create or replace function api.member_override(j jsonb, field text)
returns jsonb
language plpgsql stable
as $$
declare
	launch jsonb := nullif(j -> 'launchConfig', 'null');
	skills jsonb := nullif(j -> 'skillIds', 'null');
	perms jsonb := nullif(j -> 'commandPermissions', 'null');
	part text;
begin
	if jsonb_typeof(j) is distinct from 'object' then
		perform private.refuse(400, 'validation_failed',
			field || ' must be an object', field);
	end if;
	if launch is not null then
		launch := api.launch_config(launch, field || '.launchConfig');
	end if;
	perform api.check_text(j -> 'agentTool', 0, 100,
		field || '.agentTool');
	perform api.check_text(j -> 'model', 1, 200, field || '.model');
	perform api.check_word(j -> 'reasoningEffort', api.efforts(),
		field || '.reasoningEffort');
	perform api.check_word(j -> 'permissionMode', array['acceptEdits',
		'interactive', 'readOnly', 'bypassPermissions'],
		field || '.permissionMode');
	if jsonb_typeof(skills) <> 'array' or exists (
		select from jsonb_array_elements(case jsonb_typeof(skills)
			when 'array' then skills else '[]' end) s(v)
		where jsonb_typeof(s.v) <> 'string')
	then
		perform private.refuse(400, 'validation_failed',
			field || '.skillIds must be a list of texts',
			field || '.skillIds');
	end if;
	perform api.check_object(perms, field || '.commandPermissions');
	foreach part in array array['groups', 'commands'] loop
		perform api.check_flags(nullif(perms -> part, 'null'),
			field || '.commandPermissions.' || part);
	end loop;
	return jsonb_strip_nulls(jsonb_build_object(
		'launchConfig', launch, 'agentTool', j -> 'agentTool',
		'model', j -> 'model',
		'reasoningEffort', j -> 'reasoningEffort',
		'permissionMode', j -> 'permissionMode', 'skillIds', skills,
		'commandPermissions', case when perms is not null
			then jsonb_strip_nulls(jsonb_build_object(
				'groups', perms -> 'groups',
				'commands', perms -> 'commands')) end));
end
$$;

-- {memberId: override}
create or replace function api.member_overrides(j jsonb, field text)
returns jsonb
language plpgsql stable
as $$
declare
	bad text;
begin
	perform api.check_object(j, field);
	select o.key into bad from jsonb_each(j) o
	where o.key !~ '^[A-Za-z0-9_-]{1,128}$' limit 1;
	if found then
		perform private.refuse(400, 'validation_failed',
			field || ' must name members by their ids', field);
	end if;
	return (select coalesce(jsonb_object_agg(o.key, api.member_override(
			o.value, field || '.' || left(o.key, 40))), '{}')
		from jsonb_each(j) o);
end
$$;

-- Who runs as service or owner brings what is stored elsewhere, as it is.
create or replace function private.check_task_overrides() returns trigger
language plpgsql
as $$
begin
	if current_user = 'authenticated' and new.member_overrides is not null
		and (tg_op = 'INSERT' or new.member_overrides
			is distinct from old.member_overrides)
	then
		new.member_overrides := api.member_overrides(
			new.member_overrides, 'memberOverrides');
	end if;
	return new;
end
$$;
revoke execute on function private.check_task_overrides() from public;
drop trigger if exists tasks_overrides on public.tasks;
create trigger tasks_overrides before insert or update of member_overrides
	on public.tasks
	for each row execute function private.check_task_overrides();

-- --- profiles --------------------------------------------------------------

-- Everybody has these; they are not stored and nobody changes them.
create or replace function api.default_profiles() returns table (n int,
	id text, name text, description text, model text)
language sql immutable parallel safe
as $$
	values
	(1, 'mp_ultra', 'Ultra', 'The strongest model with a long memory, for '
		'work that is hard and wide.', 'claude-opus-4-8[1m]'),
	(2, 'mp_heavy', 'Heavy', 'A strong model for work that needs '
		'thinking.', 'claude-opus-4-8'),
	(3, 'mp_balanced', 'Balanced', 'For most work.', 'claude-sonnet-4-6'),
	(4, 'mp_fast', 'Fast', 'Quick and cheap, for small steps.',
		'claude-haiku-4-5')
$$;

create or replace function api.default_profile_json(profile text)
returns json
language sql stable parallel safe
as $$
	select json_build_object(
		'id', d.id,
		'name', d.name,
		'launchConfig', json_build_object('provider', 'claude',
			'model', d.model),
		'isDefault', true,
		'createdAt', '2026-01-01T00:00:00.000Z',
		'updatedAt', '2026-01-01T00:00:00.000Z',
		'description', d.description)
	from api.default_profiles() d where d.id = profile
$$;

-- The wire writes this code small.
create or replace function api.refuse_profile(profile text) returns void
language sql stable
as $$
	select private.refuse(404, 'profile_not_found', 'ModelProfile with id '''
		|| left(profile, 128) || ''' not found')
$$;

-- One to change; the defaults are not.
create or replace function api.need_profile(profile text)
returns public.model_profiles
language plpgsql volatile
as $$
declare
	p public.model_profiles;
begin
	if api.default_profile_json(profile) is not null then
		perform private.refuse(403, 'forbidden',
			'Default model profiles cannot be changed');
	end if;
	select * into p from public.model_profiles x where x.id = profile
	limit 1 for no key update;
	if not found then
		perform api.refuse_profile(profile);
	end if;
	return p;
end
$$;

create or replace function api.modelprofile_list() returns json
language plpgsql stable
as $$
begin
	return (select json_agg(x.j order by x.part, x.n, x.made, x.id)
		from (select 1 as part, d.n, null::timestamptz as made, d.id,
				api.default_profile_json(d.id) as j
			from api.default_profiles() d
			union all
			select 2, 0, p.created_at, p.id,
				api.modelprofile_json(p)
			from public.model_profiles p) x);
end
$$;

create or replace function api.modelprofile_get(profile text) returns json
language plpgsql stable
as $$
declare
	p public.model_profiles;
	j json := api.default_profile_json(profile);
begin
	if j is not null then
		return j;
	end if;
	select * into p from public.model_profiles x where x.id = profile
	limit 1;
	if not found then
		perform api.refuse_profile(profile);
	end if;
	return api.modelprofile_json(p);
end
$$;

create or replace function api.modelprofile_create(input json) returns json
language plpgsql volatile
as $$
declare
	p public.model_profiles;
begin
	insert into public.model_profiles (name, description, launch_config)
	values (input ->> 'name', input ->> 'description',
		api.launch_config((input -> 'launchConfig')::jsonb,
			'launchConfig'))
	returning * into p;
	return api.modelprofile_json(p);
end
$$;

create or replace function api.modelprofile_update(profile text, input json)
returns json
language plpgsql volatile
as $$
declare
	p public.model_profiles := api.need_profile(profile);
	j jsonb := input;
begin
	update public.model_profiles x set
		name = coalesce(j ->> 'name', x.name),
		description = case when j ? 'description'
			then j ->> 'description' else x.description end,
		launch_config = case when j ? 'launchConfig'
			then api.launch_config(j -> 'launchConfig',
				'launchConfig')
			else x.launch_config end
	where x.user_id = p.user_id and x.id = p.id
	returning * into p;
	return api.modelprofile_json(p);
end
$$;

-- Members that name it keep the name.
create or replace function api.modelprofile_delete(profile text) returns json
language plpgsql volatile
as $$
declare
	p public.model_profiles := api.need_profile(profile);
begin
	delete from public.model_profiles x
	where x.user_id = p.user_id and x.id = p.id;
	return json_build_object('success', true, 'id', profile);
end
$$;

-- --- team members name profiles --------------------------------------------

-- had: what the member names already, maybe a profile of somebody else.
create or replace function api.check_profile(wanted text, had text)
returns void
language plpgsql stable
as $$
begin
	if coalesce(wanted, '') not in ('', coalesce(had, ''))
		and api.default_profile_json(wanted) is null
		and not exists (select from public.model_profiles p
			where p.id = wanted)
	then
		perform private.refuse(400, 'validation_failed',
			'modelProfileId must name a model profile that you '
			'can see', 'modelProfileId');
	end if;
end
$$;

create or replace function api.teammember_create(input json) returns json
language plpgsql volatile
as $$
declare
	j jsonb := input;
	project text := input ->> 'projectId';
	is_global bool := coalesce(input ->> 'scope' = 'global', false);
	m public.team_members;
begin
	-- A global member is the caller's own, not the project's.
	perform private.need_project(project,
		case when is_global then 'viewer' else 'member' end);
	perform api.check_teammember(j);
	perform api.check_profile(j ->> 'modelProfileId', null);
	insert into public.team_members (project_id, user_id,
		home_project_id, name, role, avatar, identity, model,
		agent_tool, mode, skill_ids, config)
	values (case when not is_global then project end,
		case when is_global then auth.uid() end, project,
		j ->> 'name', j ->> 'role', j ->> 'avatar',
		coalesce(nullif(trim(j ->> 'identity'), ''), left('You are ' ||
			(j ->> 'name') || '. ' || (j ->> 'role') || '.',
			10000)),
		j ->> 'model', j ->> 'agentTool', j ->> 'mode',
		coalesce(private.text_array(input -> 'skillIds'), '{}'),
		api.teammember_config('{}', j))
	returning * into m;
	return api.teammember_json(m);
end
$$;

create or replace function api.teammember_update(member text, input json)
returns json
language plpgsql volatile
as $$
declare
	j jsonb := input;
	project text := input ->> 'projectId';
	known text := api.default_kind(member, project);
	m public.team_members;
begin
	perform private.need_project(project, 'viewer');
	perform api.check_teammember(j);
	if known is not null then
		if j ->> 'status' = 'archived' then
			perform api.refuse_default('archived');
		end if;
		perform api.check_profile(j ->> 'modelProfileId',
			api.default_json(project, known)
				->> 'modelProfileId');
		return api.default_change(project, known,
			j - array['projectId', 'status', 'scope']);
	end if;
	m := api.need_teammember(member, project, 'member');
	perform api.check_profile(j ->> 'modelProfileId',
		m.config ->> 'modelProfileId');
	update public.team_members set
		name = coalesce(j ->> 'name', name),
		role = coalesce(j ->> 'role', role),
		avatar = coalesce(j ->> 'avatar', avatar),
		identity = coalesce(j ->> 'identity', identity),
		status = coalesce(j ->> 'status', status),
		model = coalesce(j ->> 'model', model),
		agent_tool = coalesce(j ->> 'agentTool', agent_tool),
		mode = coalesce(j ->> 'mode', mode),
		skill_ids = coalesce(private.text_array(input -> 'skillIds'),
			skill_ids),
		config = api.teammember_config(config, j)
	where id = member
	returning * into m;
	if j ? 'scope' then
		return api.teammember_scope(member, input);
	end if;
	return api.teammember_json(m);
end
$$;

revoke execute on all functions in schema api from public;
grant execute on all functions in schema api to authenticated, service_role;
