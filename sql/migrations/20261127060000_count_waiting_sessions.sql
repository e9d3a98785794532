set local lock_timeout = '2s';
-- A session waits for a person while it has asked, has not ended and is not
-- put away.  Each page of a project tells how many do.

-- A page asks it of one project, the list of projects of all of them.
create index if not exists sessions_waiting_idx on public.sessions (project_id)
	where needs_input ->> 'active' = 'true' and archived_at is null
		and status in ('spawning', 'idle', 'working');

create or replace function api.waiting_count(project text) returns bigint
language sql stable
as $$
	select count(*) from public.sessions s
	where s.project_id = project
		and s.needs_input ->> 'active' = 'true'
		and s.archived_at is null
		and s.status in ('spawning', 'idle', 'working')
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

revoke execute on all functions in schema api from public;
grant execute on all functions in schema api to authenticated, service_role;
