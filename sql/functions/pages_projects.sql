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

-- --- board -----------------------------------------------------------------

create or replace function api.page_card(t public.tasks, subs bigint,
	subs_done bigint) returns json
language sql stable parallel safe
as $$
	select json_build_object(
		'id', t.id,
		'title', coalesce(nullif(t.title, ''), 'Untitled'),
		'status', t.status,
		'priority', t.priority,
		'priority_label', private.label(t.priority),
		'due', t.due_date,
		'due_text', private.day_text(t.due_date),
		'is_late', t.due_date < current_date
			and t.status not in ('completed', 'cancelled'),
		'is_done', t.status = 'completed',
		'tags', t.tags,
		'subtasks', case when subs > 0 then json_build_object(
			'total', subs, 'done', subs_done) end)
$$;

-- Subtasks show inside their task; a search finds them too.  A column shows
-- its first 200 cards and says how many more there are.
create or replace function api.page_columns(project text, filter json,
	is_filtered bool, may_write bool) returns json
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return (
		with subs as (
			select parent_id, count(*) as n,
				count(*) filter (where status = 'completed') as done
			from public.tasks
			where project_id = project and parent_id is not null
				and status not in ('cancelled', 'archived')
			group by parent_id
		), found as (
			select t as task, t.status, s.n, s.done, row_number() over (
				partition by t.status
				order by array_position(array['high', 'medium', 'low'],
					t.priority), t.due_date, t.created_at, t.id) as nth
			from public.tasks t
			left join subs s on s.parent_id = t.id
			where t.project_id = project
				and (is_filtered or t.parent_id is null)
				and (filter ->> 'q' is null or position(lower(
					filter ->> 'q') in lower(t.title || ' ' ||
						t.description)) > 0)
				and (filter ->> 'priority' is null
					or t.priority = filter ->> 'priority')
				and (filter ->> 'tag' is null
					or filter ->> 'tag' = any(t.tags))
				and case filter ->> 'due'
					when 'late' then t.due_date < current_date and
						t.status not in ('completed', 'cancelled')
					when 'week' then t.due_date between current_date
						and current_date + 7
					when 'none' then t.due_date is null
					else true end
		), grouped as (
			select status, count(*) as n,
				json_agg(api.page_card(task, found.n, done) order by nth)
					filter (where nth <= 200) as cards
			from found group by status
		)
		select coalesce(json_agg(json_build_object(
				'status', c.status,
				'label', private.status_label(c.status),
				'count', coalesce(g.n, 0),
				'cards', coalesce(g.cards, '[]'),
				'is_none', coalesce(g.n, 0) = 0,
				'none_text', case when is_filtered
					then 'Nothing matches.'
					else private.none_text(c.status) end,
				'more_text', case when g.n > 200 then 'and ' ||
					g.n - 200 || ' more: search to see them' end,
				'may_write', may_write,
				'statuses', private.status_choices(c.status))
			order by c.place), '[]')
		from unnest(array['todo', 'in_progress', 'in_review', 'blocked',
			'completed', 'cancelled']) with ordinality as c(status, place)
		left join grouped g on g.status = c.status);
end
$$;

-- filter: {q, priority, tag, due}, each may be absent.
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
