-- Pages of teams: the trees of a project, one team, and its form.  Views as in
-- pages_words.sql.

-- What stands in the circle: the avatar if it is a sign or two, else initials.
create or replace function private.avatar_sign(avatar text, name text)
returns text
language sql immutable parallel safe
as $$
	select case when length(avatar) between 1 and 4 and avatar !~ '[[:alnum:]/.<]'
		then avatar else private.initials(name) end
$$;

-- Who can be in a team, by id: {name, role, sign, tint, href, nth}.
create or replace function api.page_member_index(project text) returns jsonb
language sql stable
as $$
	select coalesce(jsonb_object_agg(x.m ->> 'id', jsonb_build_object(
		'id', x.m ->> 'id',
		'name', x.m ->> 'name',
		'role', left(x.m ->> 'role', 200),
		'sign', private.avatar_sign(x.m ->> 'avatar', x.m ->> 'name'),
		'tint', private.name_tint(x.m ->> 'name'),
		'href', '/app/projects/' || project || '/agents/' ||
			(x.m ->> 'id'),
		'is_archived', x.m ->> 'status' = 'archived',
		'part', x.part)), '{}')
	from (select api.teammember_json(t)::jsonb as m, 1 as part
		from public.team_members t
		where t.project_id = project or t.project_id is null
		union all
		select api.teammember_json(d.as_row)::jsonb, 2
		from api.default_members(project) d) x
$$;

-- The members of a team, the leader first.  Somebody's global agent, which
-- others do not see, and one that has gone have no name here.
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

-- A team and what stands below it; past twelve levels only how many do.  The
-- one that a page is of (depth 0) shows all of its members, a card in a tree
-- thirty, and says how many more there are.
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

create or replace function api.page_teams(project text) returns json
language plpgsql stable
as $$
declare
	head json := api.page_project(project, 'teams');
	index jsonb := api.page_member_index(project);
	trees json;
	archived json;
begin
	select coalesce(json_agg(api.page_team_node(t, index, 1)
		order by t.created_at, t.id), '[]')
	into trees
	from public.teams t
	where t.project_id = project and t.status = 'active'
		and not exists (select from public.teams p
			where p.project_id = project and p.status = 'active'
				and t.id = any(p.sub_team_ids));
	select json_agg(json_build_object('href', '/app/projects/' || project ||
			'/teams/' || t.id, 'name', t.name)
		order by t.updated_at desc, t.id)
	into archived
	from public.teams t
	where t.project_id = project and t.status = 'archived';
	return private.json_join(head, json_build_object(
		'teams', trees,
		'has_teams', json_array_length(trees) > 0,
		'archived', case when archived is not null then
			json_build_object('count', json_array_length(archived),
				'rows', archived) end));
end
$$;

-- --- the form --------------------------------------------------------------

-- t: all null for a new team.  A team cannot go under what stands below it,
-- nor take in what it stands under.
create or replace function api.page_team_choices(project text, t public.teams,
	index jsonb) returns json
language sql stable
as $$
	with recursive below (id) as (
		select unnest(t.sub_team_ids)
		union
		select unnest(s.sub_team_ids)
		from below b join public.teams s on s.id = b.id
			and s.project_id = project
	), above (id) as (
		select p.id from public.teams p
		where p.project_id = project and t.id = any(p.sub_team_ids)
		union
		select p.id
		from above a join public.teams p on p.project_id = project
			and a.id = any(p.sub_team_ids)
	), agents (id, name, part, is_in) as (
		select e.key, e.value ->> 'name', (e.value ->> 'part')::int,
			coalesce(e.key = any(t.member_ids), false)
		from jsonb_each(index) e
		where e.value -> 'is_archived' = 'false'
			or e.key = any(t.member_ids)
		union all
		select w.id, 'An agent you cannot see (' || w.id || ')', 3, true
		from unnest(t.member_ids) w(id)
		where not index ? w.id
	)
	select json_build_object(
		'leaders', (select json_agg(json_build_object('value', a.id,
				'label', a.name, 'selected',
				coalesce(a.id = t.leader_id, false))
				order by a.part, lower(a.name), a.id)
			from agents a),
		'members', (select json_agg(json_build_object('value', a.id,
				'label', a.name, 'checked', a.is_in)
				order by a.part, lower(a.name), a.id)
			from agents a),
		'parents', (select json_agg(json_build_object('value', p.id,
				'label', p.name, 'selected', p.is_it)
				order by p.n, lower(p.name), p.id)
			from (select 0 as n, '' as id, 'None' as name,
					false as is_it
				union all
				select 1, p.id, p.name,
					coalesce(t.id = any(p.sub_team_ids), false)
				from public.teams p
				where p.project_id = project
					and p.id is distinct from t.id
					and p.id not in (select b.id from below b
						where b.id is not null)
					and (p.status = 'active'
						or t.id = any(p.sub_team_ids))) p),
		'subs', (select json_agg(json_build_object('value', s.id,
				'label', s.name, 'checked', coalesce(
					s.id = any(t.sub_team_ids), false))
				order by lower(s.name), s.id)
			from public.teams s
			where s.project_id = project
				and s.id is distinct from t.id
				and s.id not in (select a.id from above a)
				and (s.status = 'active'
					or s.id = any(t.sub_team_ids))))
$$;

create or replace function api.page_team_new(project text) returns json
language plpgsql stable
as $$
begin
	perform private.need_project(project, 'member');
	return private.json_join(api.page_project(project, 'teams'),
		json_build_object('choices', api.page_team_choices(project, null,
			api.page_member_index(project))));
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

grant execute on function private.avatar_sign(text, text)
	to authenticated, service_role;
