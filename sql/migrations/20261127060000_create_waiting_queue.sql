set local lock_timeout = '2s';
-- A session waits for a person while it has asked, has not ended and is not
-- put away.  Each page of a project tells how many do, its front page which.

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

-- --- the queue -------------------------------------------------------------

-- When it asked, or the time to take for it if it does not say.
create or replace function private.since(needs_input jsonb,
	otherwise timestamptz) returns timestamptz
language sql immutable parallel safe
return case when needs_input ->> 'since' ~ '^\d{1,14}$'
	then timestamptz 'epoch' + interval '1 ms' *
		(needs_input ->> 'since')::bigint
	else otherwise end;

-- The ten that have waited longest.
create or replace function api.page_waiting(project text) returns json
language plpgsql stable
as $$
#variable_conflict use_variable
declare
	n bigint := api.waiting_count(project);
begin
	if n = 0 then
		return null;
	end if;
	return (
		select json_build_object(
			'title', private.plural(n, 'session waits',
				'sessions wait') || ' for an answer',
			'more_text', case when n > 10 then private.plural(
				n - 10, 'more waits', 'more wait') end,
			'sessions', json_agg(json_build_object(
				'id', w.id,
				'name', private.session_name(w.name),
				'member', api.page_session_member(w),
				'question', nullif(left(w.needs_input ->>
					'message', 600), ''),
				'is_cut', length(w.needs_input ->> 'message')
					> 600,
				'asked', private.iso(private.since(
					w.needs_input, w.last_activity)),
				'asked_text', private.when_text(private.since(
					w.needs_input, w.last_activity)))
				order by private.since(w.needs_input,
					w.last_activity), w.id))
		from (select s.* from public.sessions s
			where s.project_id = project
				and s.needs_input ->> 'active' = 'true'
				and s.archived_at is null
				and s.status in ('spawning', 'idle', 'working')
			order by private.since(s.needs_input,
				s.last_activity), s.id
			limit 10) w);
end
$$;

create or replace function api.page_board(project text, filter json)
returns json
language plpgsql stable
as $$
declare
	head json := api.page_project(project, 'board');
	filtered bool := exists (select from json_each_text(filter));
	columns json := api.page_columns(project, filter, filtered,
		(head -> 'project' ->> 'may_write')::bool);
	tags text[] := array(select distinct unnest(t.tags) as tag
		from public.tasks t
		where t.project_id = project and t.tags <> '{}' order by tag);
	found_n bigint := (select sum((c ->> 'count')::bigint)
		from json_array_elements(columns) c);
begin
	return private.json_join(head, json_build_object(
		'queue', api.page_waiting(project),
		'is_empty', found_n = 0 and not filtered,
		'found_text', case found_n when 0 then 'No task matches.'
			when 1 then '1 task matches.'
			else found_n || ' tasks match.' end,
		'columns', (select json_agg(c)
			from json_array_elements(columns) c
			where c ->> 'status' <> 'cancelled'),
		'cancelled', (select c from json_array_elements(columns) c
			where c ->> 'status' = 'cancelled'
				and c ->> 'count' <> '0'),
		'filter', json_build_object(
			'active', filtered,
			'q', coalesce(filter ->> 'q', ''),
			'priorities', private.choices(
				array['', 'high', 'medium', 'low'],
				array['Any priority', 'High', 'Medium', 'Low'],
				filter ->> 'priority'),
			'tags', private.choices(
				array_prepend('', tags),
				array_prepend('Any tag', tags), filter ->> 'tag'),
			'dues', private.choices(
				array['', 'late', 'week', 'none'],
				array['Any date', 'Overdue', 'Next 7 days',
					'No date'], filter ->> 'due'))));
end
$$;

revoke execute on function private.since(jsonb, timestamptz) from public;
grant execute on function private.since(jsonb, timestamptz)
	to authenticated, service_role;
revoke execute on all functions in schema api from public;
grant execute on all functions in schema api to authenticated, service_role;
