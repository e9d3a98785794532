-- The pages of model profiles: four that everybody has, and the person's own.
-- They belong to no project; they are reached from one, because agents are.

-- What a form sends, as the API takes it; an empty choice is none.
create or replace function api.profile_input(input json) returns json
language sql immutable parallel safe
as $$
	select json_build_object(
		'name', input -> 'name',
		'description', nullif(input ->> 'description', ''),
		'launchConfig', json_strip_nulls(json_build_object(
			'provider', input -> 'provider',
			'model', input -> 'model',
			'reasoningEffort', input -> 'reasoningEffort',
			'speed', input -> 'speed',
			'accessMode', input -> 'accessMode')))
$$;

create or replace function private.profile_label(word text) returns text
language sql immutable parallel safe
return case word
	when 'claude' then 'Claude' when 'openai' then 'OpenAI'
	when 'hermes' then 'Hermes' when 'gemini' then 'Gemini'
	when 'minimal' then 'Minimal effort' when 'low' then 'Low effort'
	when 'medium' then 'Medium effort' when 'high' then 'High effort'
	when 'xhigh' then 'Very high effort' when 'max' then 'Greatest effort'
	when 'standard' then 'Standard speed' when 'fast' then 'Fast'
	when 'safe' then 'Ask for each action'
	when 'acceptEdits' then 'Edit files without asking'
	when 'plan' then 'Only plan'
	when 'fullAccess' then 'Do everything without asking'
	else word end;

-- p: a profile as the API shows it.
create or replace function api.page_profile_card(p json, project text)
returns json
language sql stable
as $$
	select json_build_object(
		'id', p ->> 'id',
		'href', '/app/projects/' || project || '/profiles/' ||
			(p ->> 'id'),
		'name', p ->> 'name',
		'description', p ->> 'description',
		'sign', private.initials(p ->> 'name'),
		'tint', private.name_tint(p ->> 'name'),
		'is_default', (p ->> 'isDefault')::bool,
		'provider_text', private.profile_label(c ->> 'provider'),
		'model', c ->> 'model',
		'effort_text', private.profile_label(c ->> 'reasoningEffort'),
		'speed_text', private.profile_label(c ->> 'speed'),
		'access_text', private.profile_label(c ->> 'accessMode'))
	from (select p -> 'launchConfig' as c) x
$$;

create or replace function api.page_profiles_list(project text) returns json
language plpgsql stable
as $$
declare
	head json := api.page_project(project, 'agents');
	own json;
	built_in json;
begin
	select json_agg(api.page_profile_card(api.modelprofile_json(p),
			project)) filter (where p.user_id is not null),
		json_agg(api.page_profile_card(api.modelprofile_json(p),
			project)) filter (where p.user_id is null)
	into own, built_in
	from api.modelprofiles() p;
	return private.json_join(head, json_build_object(
		'has_own', own is not null,
		'own', own,
		'built_in', built_in));
end
$$;

create or replace function api.page_profile_choices(c json) returns json
language sql stable
as $$
	select json_object_agg(w.name, private.choices(w.words,
		array(select case when u.x <> '' then private.profile_label(u.x)
				else 'As the tool has it' end
			from unnest(w.words) with ordinality u(x, n)
			order by u.n),
		coalesce(c ->> w.field, '')))
	from (values
		('providers', 'provider',
			array['claude', 'openai', 'hermes', 'gemini']),
		('efforts', 'reasoningEffort', array[''] || api.efforts()),
		('speeds', 'speed', array['', 'standard', 'fast']),
		('modes', 'accessMode', array['', 'safe', 'acceptEdits', 'plan',
			'fullAccess'])) w(name, field, words)
$$;

create or replace function api.page_profile_new(project text) returns json
language sql stable
as $$
	select private.json_join(api.page_project(project, 'agents'),
		json_build_object('choices', api.page_profile_choices(null)))
$$;

create or replace function api.page_profile(project text, profile text)
returns json
language plpgsql stable
as $$
declare
	head json := api.page_project(project, 'agents');
	p json := api.modelprofile_json(api.modelprofile_get(profile));
	c json := p -> 'launchConfig';
begin
	return private.json_join(head, json_build_object(
		'profile', api.page_profile_card(p, project),
		'values', json_build_object(
			'name', p ->> 'name',
			'description', p ->> 'description',
			'model', c ->> 'model'),
		'choices', case when p ->> 'isDefault' = 'false' then
			api.page_profile_choices(c) end));
end
$$;

-- Whoever does not see the project does not get through it to anything.
create or replace function api.profile_create(project text, input json)
returns public.model_profiles
language plpgsql volatile
as $$
begin
	perform private.need_project(project, 'viewer');
	return api.modelprofile_create(api.profile_input(input));
end
$$;

create or replace function api.profile_save(project text, profile text,
	input json) returns public.model_profiles
language plpgsql volatile
as $$
begin
	perform private.need_project(project, 'viewer');
	return api.modelprofile_update(profile, api.profile_input(input));
end
$$;

create or replace function api.profile_delete(project text, profile text)
returns text
language plpgsql volatile
as $$
begin
	perform private.need_project(project, 'viewer');
	return api.modelprofile_delete(profile);
end
$$;

grant execute on function private.profile_label(text)
	to authenticated;
