-- How an agent is started: launch configurations, what a task says otherwise
-- for one of its members, and the profiles people keep (maestro-api.md 2.3,
-- 2.10, 3.6).  Security invoker.

-- A default is handed on as a row of model_profiles that is nobody's.

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

create or replace function api.default_profile_rows()
returns setof public.model_profiles
language plpgsql stable
as $$
begin
	return query
		select d.id, null::uuid, d.name, d.description,
			jsonb_build_object('provider', 'claude',
				'model', d.model),
			timestamptz '2026-01-01 00:00:00Z',
			timestamptz '2026-01-01 00:00:00Z', null::jsonb
		from api.default_profiles() d order by d.n;
end
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
	if exists (select from api.default_profiles() d where d.id = profile)
	then
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

create or replace function api.modelprofiles()
returns setof public.model_profiles
language plpgsql stable
as $$
begin
	return query select * from api.default_profile_rows();
	return query
		select p.* from public.model_profiles p
		order by p.created_at, p.id;
end
$$;

create or replace function api.modelprofile_get(profile text)
returns public.model_profiles
language plpgsql stable
as $$
declare
	p public.model_profiles;
begin
	select * into p from api.default_profile_rows() d where d.id = profile;
	if found then
		return p;
	end if;
	select * into p from public.model_profiles x where x.id = profile
	limit 1;
	if not found then
		perform api.refuse_profile(profile);
	end if;
	return p;
end
$$;

create or replace function api.modelprofile_create(input json)
returns public.model_profiles
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
	return p;
end
$$;

create or replace function api.modelprofile_update(profile text, input json)
returns public.model_profiles
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
	return p;
end
$$;

-- Members that name it keep the name.
create or replace function api.modelprofile_delete(profile text) returns text
language plpgsql volatile
as $$
declare
	p public.model_profiles := api.need_profile(profile);
begin
	delete from public.model_profiles x
	where x.user_id = p.user_id and x.id = p.id;
	return profile;
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
		and not exists (select from api.default_profiles() d
			where d.id = wanted)
		and not exists (select from public.model_profiles p
			where p.id = wanted)
	then
		perform private.refuse(400, 'validation_failed',
			'modelProfileId must name a model profile that you '
			'can see', 'modelProfileId');
	end if;
end
$$;

-- --- events ----------------------------------------------------------------

create or replace function private.emit_modelprofile() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	if tg_op = 'DELETE' then
		perform private.emit_to_user('model_profile:deleted',
			old.user_id, json_build_object('id', old.id));
		return null;
	end if;
	perform private.emit_to_user('model_profile:' || case tg_op
			when 'INSERT' then 'created' else 'updated' end,
		new.user_id, json_build_object('table', 'model_profiles',
			'id', new.id, 'columns', case when tg_op = 'UPDATE'
				then private.changed_columns(to_jsonb(old),
					to_jsonb(new)) end));
	return null;
end
$$;

-- --- what hangs on tables

create policy model_profiles_select on public.model_profiles
	for select to authenticated
	using (user_id = (select auth.uid()));
create policy model_profiles_insert on public.model_profiles
	for insert to authenticated
	with check (user_id = (select auth.uid()));
create policy model_profiles_update on public.model_profiles
	for update to authenticated
	using (user_id = (select auth.uid()))
	with check (user_id = (select auth.uid()));
create policy model_profiles_delete on public.model_profiles
	for delete to authenticated
	using (user_id = (select auth.uid()));

create trigger model_profiles_touch before update on public.model_profiles
	for each row when (not private.importing())
	execute function private.touch();
create trigger model_profiles_audit after insert or update or delete
	on public.model_profiles
	for each row when (not private.importing())
	execute function private.log_rls_operation();
create trigger model_profiles_emit after insert or update or delete
	on public.model_profiles
	for each row when (not private.importing())
	execute function private.emit_modelprofile();
