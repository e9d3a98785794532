-- Pages of projects and their boards.  Views as in pages_words.sql.

-- --- parts of every page ---------------------------------------------------

create or replace function api.page_me() returns json
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return (
		select json_build_object(
			'id', c.claims ->> 'sub',
			'email', coalesce(u.email, c.claims ->> 'email'),
			'name', coalesce(u.display_name, u.email,
				c.claims ->> 'email'),
			'initials', private.initials(coalesce(u.display_name, u.email,
				c.claims ->> 'email')),
			'is_admin', private.is_platform_admin())
		from (select private.claims() as claims) c
		left join public.users u on u.id = (c.claims ->> 'sub')::uuid);
end
$$;

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

-- tab: the word that templates/partials/tabs.html asks for, or ''.
create or replace function api.page_project(project text, tab text)
returns json
language plpgsql stable
as $$
declare
	mine public.project_role := private.need_project(project, 'viewer');
	waiting bigint := api.waiting_count(project);
begin
	return (
		select json_build_object(
			'me', api.page_me(),
			'tab', json_build_object(tab, true),
			'project', json_build_object(
				'id', p.id,
				'name', p.name,
				'description', p.description,
				'workingDir', p.working_dir,
				'role', mine,
				'may_write', mine >= 'member',
				'may_admin', mine >= 'admin',
				'may_own', mine = 'owner',
				'waiting', waiting,
				'waiting_text', case waiting
					when 1 then '1 session waits'
					else waiting || ' sessions wait' end))
		from public.projects p where p.id = project);
end
$$;

-- --- projects --------------------------------------------------------------

create or replace function api.page_projects() returns json
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return (
		with mine as (
			select p.*, c.*, api.waiting_count(p.id) as waiting
			from public.projects p
			cross join lateral (
				select count(*) as total,
					count(*) filter (where t.status = 'completed')
						as done,
					count(*) filter (where t.due_date < current_date
						and t.status <> 'completed') as late,
					max(t.updated_at) as latest
				from public.tasks t
				where t.project_id = p.id and t.parent_id is null
					and t.status not in ('cancelled', 'archived')) c
		)
		select json_build_object(
			'me', api.page_me(),
			'has_projects', exists (select from mine),
			'projects', (
				select coalesce(json_agg(json_build_object(
						'id', m.id,
						'name', m.name,
						'description', m.description,
						'total', m.total,
						'done', m.done,
						'late', m.late,
						'waiting_text', case m.waiting
							when 0 then null
							when 1 then '1 session waits'
							else m.waiting ||
								' sessions wait' end,
						'role', private.project_role_of(m.id),
						'people', w.people,
						'people_text', case w.n when 1
							then '1 person'
							else w.n || ' people' end)
					order by greatest(m.updated_at, m.latest) desc,
						m.id), '[]')
				from mine m
				cross join lateral (
					select count(*) as n,
						json_agg(json_build_object(
							'initials', private.initials(
								coalesce(x.display_name,
									x.email)),
							'tint', private.tint(x.user_id))
							order by x.n)
						filter (where x.n <= 4) as people
					from (select k.*, row_number() over (
							order by k.role desc,
								k.created_at) as n
						from private.project_people(m.id) k) x
				) w)));
end
$$;
