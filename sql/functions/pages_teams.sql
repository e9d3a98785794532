-- What the pages of teams show: a forest, or one tree of it.

-- The roots of a project and what stands below them to twelve levels; or a
-- team (depth 0) and what is below that.  Each team stands once, under the
-- first that names it, which ends whatever rows of other origin say.  Looked
-- up by its id alone, with a limit: a join with the project would look for each
-- among all of it.
create or replace function api.teams_shown(project text, root text)
returns table (parent text, place bigint, depth int, as_row public.teams)
language plpgsql stable
as $$
#variable_conflict use_variable
declare
	most constant int := 500;
	ids text[];
	parents text[];
	places bigint[];
	depths int[];
	ring text[];
	above text[];
	at bigint[];
begin
	perform private.need_project(project, 'viewer');
	if root is not null then
		perform api.need_team(root, project);
		ids := array[root];
	else
		ids := array(select t.id from public.teams t
			where t.project_id = project and t.status = 'active'
				and t.id not in (select unnest(p.sub_team_ids)
					from public.teams p
					where p.project_id = project
						and p.status = 'active')
			order by t.created_at, t.id limit most);
	end if;
	parents := array_fill(''::text, array[cardinality(ids)]);
	places := array(select n from generate_subscripts(ids, 1) n);
	depths := array_fill(case when root is null then 1 else 0 end,
		array[cardinality(ids)]);
	ring := ids;
	for level in (case when root is null then 2 else 1 end) .. 12 loop
		with named as (
			select distinct on (k.id) r.id as over, k.id, k.n, r.n as nth
			from unnest(ring) with ordinality r(id, n)
			cross join lateral (select * from public.teams x
				where x.id = r.id limit 1) t
			cross join lateral unnest(t.sub_team_ids)
				with ordinality k(id, n)
			cross join lateral (select * from public.teams x
				where x.id = k.id limit 1) c
			where k.id <> all(ids) and c.project_id = project
				and c.status = 'active'
			order by k.id, r.n, k.n
		)
		select array_agg(f.id), array_agg(f.over), array_agg(f.n)
		into ring, above, at
		from (select * from named n order by n.nth, n.n
			limit most - cardinality(ids)) f;
		exit when ring is null;
		ids := ids || ring;
		parents := parents || above;
		places := places || at;
		depths := depths || array_fill(level, array[cardinality(ring)]);
	end loop;
	return query
		select w.over, w.n, w.depth, t.one
		from unnest(ids, parents, places, depths) w(id, over, n, depth)
		cross join lateral (select x from public.teams x
			where x.id = w.id limit 1) t (one);
end
$$;
