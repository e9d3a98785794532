-- Who looks at a page, and the list of projects.

-- --- every page ------------------------------------------------------------

-- Who looks, and the project with what the caller may in it: the first row of
-- every page.  project null: a page of no project.
create or replace function api.page_head(project text,
	min_role text default 'viewer')
returns table (user_id text, email text, name text, is_admin bool,
	project_id text, project_name text, description text,
	working_dir text, role text, rank int, waiting bigint)
language plpgsql stable
as $$
#variable_conflict use_column
declare
	mine public.project_role;
	claims jsonb := private.claims();
begin
	if project is not null then
		mine := private.need_project(project, min_role);
	end if;
	return query
	select claims ->> 'sub', coalesce(u.email, claims ->> 'email'),
		coalesce(u.display_name, u.email, claims ->> 'email'),
		private.is_platform_admin(), p.id, p.name, p.description,
		p.working_dir, mine::text,
		array_position(enum_range(null::public.project_role), mine) - 1,
		w.n
	from (values (1)) one
	left join public.users u on u.id = (claims ->> 'sub')::uuid
	left join public.projects p on p.id = project
	cross join lateral (select count(*) as n from (
		select from public.sessions s
		where s.project_id = p.id
			and s.needs_input ->> 'active' = 'true'
			and s.archived_at is null
			and s.status in ('spawning', 'idle', 'working')
		limit 1001) x) w;
end
$$;

-- --- projects --------------------------------------------------------------

-- A window of the caller's projects with what their cards tell, a row for each
-- of the first four people.  The latest change of a project or of its tasks
-- decides the order; of more than a thousand projects the others stand by
-- their own date.  Counts end at 1001; of more open tasks than that those that
-- are late among the first are told.
--
-- Definer, because each number of each project would ask anew whether it is
-- among all that the caller sees: two seconds for a thousand.  The membership
-- of the caller is what the policies ask for.
create or replace function private.my_projects(skip int, take int)
returns table (place bigint, id text, name text, description text,
	role public.project_role, waiting bigint, opened bigint, done bigint,
	late bigint, people bigint, nth bigint, person_id uuid, person text)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	me uuid := auth.uid();
begin
	return query
	with mine as (
		select p.id, p.updated_at, m.role,
			row_number() over (order by p.updated_at desc, p.id)
				as nth
		from public.project_members m
		join public.projects p on p.id = m.project_id
		where m.user_id = me
		order by p.updated_at desc, p.id
		limit greatest(skip + take, 1000)
	), shown as (
		select m.id, m.role, row_number() over (order by greatest(
			m.updated_at, t.updated_at) desc, m.id) as place
		from mine m
		left join lateral (select x.updated_at from public.tasks x
			where m.nth <= 1000 and x.project_id = m.id
				and x.parent_id is null
				and x.status not in ('cancelled', 'archived')
			order by x.updated_at desc limit 1) t on true
		order by place limit take offset skip
	)
	select s.place, p.id, p.name, p.description, s.role, w.n, o.n, d.n,
		o.late, c.n, f.nth, f.user_id, f.name
	from shown s
	cross join lateral (select * from public.projects x
		where x.id = s.id limit 1) p
	cross join lateral (select count(*) as n from (
		select from public.sessions x
		where x.project_id = s.id
			and x.needs_input ->> 'active' = 'true'
			and x.archived_at is null
			and x.status in ('spawning', 'idle', 'working')
		limit 1001) x) w
	cross join lateral (select count(*) as n,
			count(*) filter (where x.due_date < current_date)
				as late
		from (select t.due_date
			from unnest(array['todo', 'in_progress', 'in_review',
				'blocked']) v (status)
			cross join lateral (select x.due_date
				from public.tasks x
				where x.project_id = s.id
					and x.status = v.status
					and x.parent_id is null
				limit 1001) t
			limit 1001) x) o
	cross join lateral (select count(*) as n from (
		select from public.tasks x
		where x.project_id = s.id and x.status = 'completed'
			and x.parent_id is null
		limit 1001) x) d
	cross join lateral (select count(*) as n from (
		select from public.project_members x
		where x.project_id = s.id limit 1001) x) c
	cross join lateral (select x.nth, x.user_id,
			coalesce(u.display_name, u.email) as name
		from (select m.user_id, row_number() over (order by
				m.role desc, m.created_at) as nth
			from (select * from public.project_members y
				where y.project_id = s.id
				order by y.role desc, y.created_at
				limit 4) m) x
		join public.users u on u.id = x.user_id) f;
end
$$;

grant execute on function private.my_projects(int, int)
	to authenticated, service_role;
