set local lock_timeout = '2s';
-- More of what a small request could make long.

-- One call for each object and list, not for each text in them.
create or replace function private.without_secrets(j jsonb) returns jsonb
language plpgsql immutable
as $$
begin
	case jsonb_typeof(j)
	when 'object' then
		return (select coalesce(jsonb_object_agg(e.key,
				case jsonb_typeof(e.value)
				when 'string' then case
					when private.looks_secret(
						e.value #>> '{}')
					then '"[redacted]"' else e.value end
				when 'object' then
					private.without_secrets(e.value)
				when 'array' then
					private.without_secrets(e.value)
				else e.value end), '{}')
			from jsonb_each(j) e
			where jsonb_typeof(e.value) <> 'string'
				or not private.metadata_names_secret(e.key));
	when 'array' then
		return (select coalesce(jsonb_agg(
				case jsonb_typeof(e.v)
				when 'string' then case
					when private.looks_secret(e.v #>> '{}')
					then '"[redacted]"' else e.v end
				when 'object' then private.without_secrets(e.v)
				when 'array' then private.without_secrets(e.v)
				else e.v end order by e.n), '[]')
			from jsonb_array_elements(j) with ordinality e(v, n));
	else
		return j;
	end case;
end
$$;

-- Arguments of nothing but names of secrets are slow to clean.
create or replace function api.command_usage_add(session text, input json)
returns json
language plpgsql volatile
as $$
declare
	s public.sessions := api.need_session(session, null, 'member');
	records jsonb := coalesce((input -> 'records')::jsonb,
		jsonb_build_array(input));
	bad text;
	words bigint;
	bytes bigint;
	added bigint;
begin
	if jsonb_typeof(records) <> 'array'
		or jsonb_array_length(records) not between 1 and 1000
	then
		perform private.refuse(400, 'validation_failed',
			'records must be a list of 1 to 1000', 'records');
	end if;
	select case when input -> 'records' is null
			then ltrim(t.field, '.')
			else 'records.' || (i.n - 1) || t.field end
	into bad
	from jsonb_array_elements(records) with ordinality i(v, n),
		api.command_trouble(i.v) t(field)
	where t.field is not null order by i.n limit 1;
	if found then
		perform private.refuse(400, 'validation_failed',
			bad || ' is not what a record has', bad);
	end if;
	select sum(jsonb_array_length(i.v -> 'argv')),
		sum(octet_length(i.v ->> 'argv'))
	into words, bytes
	from jsonb_array_elements(records) i(v);
	if words > 20000 or bytes > 1000000 then
		perform private.refuse(400, 'validation_failed',
			'records must have at most 20000 arguments and 1 MB '
			'of them together', 'records');
	end if;
	insert into public.command_usage (project_id, session_id, at, command,
		argv, exit_code, duration_ms, success, cli_version)
	select s.project_id, s.id,
		coalesce(private.time_or_null(i.v ->> 'ts'), now()),
		i.v ->> 'command',
		coalesce(private.text_array((i.v -> 'argv')::json), '{}'),
		(i.v ->> 'exitCode')::int,
		round((i.v ->> 'durationMs')::numeric)::bigint,
		coalesce((i.v ->> 'success')::bool,
			coalesce((i.v ->> 'exitCode')::int, 0) = 0),
		i.v ->> 'cliVersion'
	from jsonb_array_elements(records) with ordinality i(v, n)
	order by i.n
	on conflict (project_id, digest) do nothing;
	get diagnostics added = row_count;
	return json_build_object('success', true, 'sessionId', s.id,
		'stored', added);
end
$$;

-- Three hundred teams of a thousand members each are more than an answer.
create or replace function api.team_tree(team text, project text) returns json
language plpgsql stable
as $$
declare
	seen text[] := array[team];
	ring text[] := array[team];
	found_here jsonb;
	kids jsonb := '{}';
	most constant int := 20000;
begin
	perform private.need_project(project, 'viewer');
	for depth in 1 .. 100 loop
		with named as (
			select distinct on (k.id) r.id as parent, k.id, k.n
			from unnest(ring) with ordinality r(id, n)
			join public.teams t on t.id = r.id
				and t.project_id = project
			cross join unnest(t.sub_team_ids)
				with ordinality k(id, n)
			join public.teams c on c.id = k.id
				and c.project_id = project
			where k.id <> all(seen)
			order by k.id, r.n, k.n
		)
		select jsonb_object_agg(f.parent, f.ids),
			(select array_agg(n.id) from named n)
		into found_here, ring
		from (select n.parent, jsonb_agg(n.id order by n.n) as ids
			from named n group by n.parent) f;
		exit when found_here is null;
		kids := kids || found_here;
		seen := seen || ring;
	end loop;
	if (select sum(cardinality(t.member_ids)) from public.teams t
		where t.id = any(seen) and t.project_id = project) > most
	then
		perform private.refuse(422, 'business_rule_error',
			'The tree has more than ' || most || ' members; ask '
			'for one below it');
	end if;
	return api.team_branch(project, team, kids);
end
$$;

-- --- pages: a card in a tree shows thirty, and says how many there are ------

create or replace function api.page_team_members(t public.teams, index jsonb,
	most int)
returns json
language sql stable
as $$
	select coalesce(json_agg(json_build_object(
			'id', w.id,
			'name', coalesce(index -> w.id ->> 'name',
				'An agent you cannot see'),
			'role', coalesce(index -> w.id ->> 'role', w.id),
			'sign', coalesce(index -> w.id ->> 'sign', '?'),
			'tint', coalesce(index -> w.id ->> 'tint', '0'),
			'href', index -> w.id ->> 'href',
			'is_leader', w.id = t.leader_id)
		order by w.id <> t.leader_id, w.n), '[]')
	from (select x.id, x.n from unnest(t.member_ids)
			with ordinality x(id, n)
		order by x.id <> t.leader_id, x.n limit most) w
$$;

create or replace function api.page_team_card(t public.teams, index jsonb,
	most int)
returns json
language sql stable
as $$
	select json_build_object(
		'id', t.id,
		'href', '/app/projects/' || t.project_id || '/teams/' || t.id,
		'name', t.name,
		'description', nullif(t.description, ''),
		'sign', private.avatar_sign(t.avatar, t.name),
		'tint', private.name_tint(t.name),
		'members', api.page_team_members(t, index, most),
		'count_text', private.plural(cardinality(t.member_ids),
			'member', 'members'),
		'is_archived', t.status = 'archived')
$$;

create or replace function api.page_team_card(t public.teams, index jsonb)
returns json
language sql stable
as $$
	select api.page_team_card(t, index, 1000)
$$;
drop function if exists api.page_team_members(public.teams, jsonb);

-- A team and what stands below it; past twelve levels only how many do.  The
-- one that a page is of (depth 0) shows all of its members.
create or replace function api.page_team_node(t public.teams, index jsonb,
	depth int) returns json
language plpgsql stable
as $$
declare
	subs json := '[]';
	n int;
begin
	select count(*) into n from public.teams s
	where s.project_id = t.project_id and s.id = any(t.sub_team_ids)
		and s.status = 'active';
	if depth < 12 and n > 0 then
		select json_agg(api.page_team_node(s, index, depth + 1)
			order by array_position(t.sub_team_ids, s.id))
		into subs
		from public.teams s
		where s.project_id = t.project_id
			and s.id = any(t.sub_team_ids)
			and s.status = 'active';
	end if;
	return private.json_join(api.page_team_card(t, index,
			case depth when 0 then 1000 else 30 end),
		json_build_object(
			'has_subs', n > 0 and depth < 12,
			'below_text', case when n > 0 and depth >= 12 then
				private.plural(n, 'team', 'teams') || ' below' end,
			'more_members', case when depth > 0
				and cardinality(t.member_ids) > 30
				then '+ ' || cardinality(t.member_ids) - 30 end,
			'sub_teams', subs));
end
$$;

create or replace function api.page_team(project text, team text) returns json
language plpgsql stable
as $$
declare
	head json := api.page_project(project, 'teams');
	t public.teams := api.need_team(team, project);
	index jsonb := api.page_member_index(project);
	writes bool := head -> 'project' ->> 'may_write';
begin
	return private.json_join(head, json_build_object(
		'team', api.page_team_node(t, index, 0),
		'parent', (select json_build_object('name', p.name,
				'href', '/app/projects/' || project || '/teams/' ||
					p.id)
			from public.teams p
			where p.project_id = project
				and t.id = any(p.sub_team_ids)
			order by p.created_at limit 1),
		'values', json_build_object('name', t.name,
			'description', t.description, 'avatar', t.avatar),
		'may_archive', writes and t.status = 'active',
		'may_delete', writes and t.status = 'archived',
		'choices', case when writes then
			api.page_team_choices(project, t, index) end));
end
$$;

revoke execute on all functions in schema api from public;
grant execute on all functions in schema api to authenticated, service_role;
