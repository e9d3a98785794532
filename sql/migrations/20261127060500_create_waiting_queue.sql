set local lock_timeout = '2s';
-- Who waits for a person stands on the project's front page; and what a
-- session appended counts as its activity (see 20261127030100).

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

-- --- activity --------------------------------------------------------------

create or replace function api.page_session_row(s public.sessions, depth int)
returns json
language sql stable
as $$
	select json_build_object(
		'id', s.id,
		'name', coalesce(nullif(s.name, ''), 'Unnamed session'),
		'status', s.status,
		'status_label', private.session_label(s.status),
		'waits', s.needs_input -> 'active' = 'true',
		'question', nullif(left(s.needs_input ->> 'message', 300), ''),
		'is_archived', s.archived_at is not null,
		'is_checked', s.human_completed_at is not null,
		'is_coordinator', api.session_mode(s) like '%coordinator',
		'depth', depth,
		'member', api.page_session_member(s),
		'tasks_text', case when s.task_ids <> '{}' then private.plural(
				cardinality(s.task_ids), 'task',
				'tasks') end,
		'at', private.iso(l.activity),
		'at_text', private.when_text(l.activity))
	from (values (private.last_activity(s))) l(activity)
$$;

-- As before; the entries of those at work are looked at, the others' rows say
-- it: they were written when the session ended.
create or replace function api.page_session_rows(project text, filter json,
	size int, skip int) returns json
language plpgsql stable
as $$
#variable_conflict use_column
declare
	show text := coalesce(filter ->> 'show', '');
	rows json;
	total bigint;
begin
	with recursive found as (
		select s.id, s.parent_session_id as parent, s.started_at,
			count(*) over () as total,
			coalesce(s.root_session_id, s.id) as root,
			bool_or(s.needs_input ->> 'active' is not distinct from
				'true' and s.status in ('spawning', 'idle',
				'working')) over tree as waits,
			bool_or(s.status in ('spawning', 'idle', 'working'))
				over tree as is_active,
			max(case when s.status in ('spawning', 'idle',
					'working')
				then private.last_activity(s)
				else s.last_activity end) over tree as latest
		from public.sessions s
		where s.project_id = project
			and (show in ('archived', 'all')
				or s.archived_at is null)
			and (show <> 'archived' or s.archived_at is not null)
			and (show not in ('active', 'ended')
				or (show = 'active') = (s.status in
					('spawning', 'idle', 'working')))
			and (show <> 'waiting'
				or (s.needs_input ->> 'active' = 'true'
					and s.status in ('spawning', 'idle',
						'working')))
			and (filter ->> 'status' is null
				or s.status = filter ->> 'status')
			and (filter ->> 'q' is null or position(
				lower(filter ->> 'q') in lower(s.name)) > 0)
		window tree as (partition by coalesce(s.root_session_id, s.id))
	), ranked as (
		select f.*, row_number() over (order by waits desc,
			is_active desc, latest desc, root, (id = root) desc,
			started_at, id) as n
		from found f
	), shown as (
		select * from ranked where n > skip and n <= skip + size
	), tree as (
		select w.id, 0 as depth, array[w.n] as path
		from shown w
		where not exists (select from shown p where p.id = w.parent
			and p.n < w.n)
		union all
		select w.id, t.depth + 1, t.path || w.n
		from tree t
		join shown w on w.parent = t.id and w.n > t.path[t.depth + 1]
	)
	select json_agg(private.json_join(
			api.page_session_row(s, least(t.depth, 4)),
			json_build_object('parent', case when t.depth = 0
				then (select json_build_object('id', p.id,
					'name', coalesce(nullif(p.name, ''),
						'Unnamed session'))
				from public.sessions p
				where p.id = s.parent_session_id
					and p.id <> s.id) end))
			order by t.path),
		(select max(total) from found)
	into rows, total
	from tree t join public.sessions s on s.id = t.id;
	return json_build_object('sessions', coalesce(rows, '[]'),
		'total', coalesce(total, 0));
end
$$;

create or replace function api.page_session(session text, before bigint)
returns json
language plpgsql stable
as $$
declare
	s public.sessions := api.need_session(session, null, 'viewer');
	head json := api.page_project(s.project_id, 'sessions');
	may_write bool := (head -> 'project' ->> 'may_write')::bool;
	is_live bool := s.status in ('spawning', 'idle', 'working');
	starter text := (select coalesce(p.display_name, p.email)
		from private.project_people(s.project_id) p
		where p.user_id = s.user_id);
	active timestamptz := private.last_activity(s);
	asked timestamptz := private.since(s.needs_input, s.last_activity);
begin
	return private.json_join(head, json_build_object('session',
		private.json_join(private.json_join(json_build_object(
			'id', s.id,
			'name', private.session_name(s.name),
			'status', s.status,
			'status_label', private.session_label(s.status),
			'is_live', is_live,
			'mode_label', private.mode_label(api.session_mode(s)),
			'member', api.page_session_member(s),
			'waits', s.needs_input -> 'active' = 'true',
			'question', nullif(s.needs_input ->> 'message', ''),
			'asked', private.iso(asked),
			'asked_text', private.when_text(asked),
			'is_archived', s.archived_at is not null,
			'is_checked', s.human_completed_at is not null,
			'starter', starter,
			'host', nullif(s.hostname, ''),
			'platform', nullif(s.platform, ''),
			'started', private.iso(s.started_at),
			'started_text', private.when_text(s.started_at),
			'active', private.iso(active),
			'active_text', private.when_text(active),
			'ended', private.iso(s.completed_at),
			'ended_text', private.when_text(s.completed_at)),
			json_build_object(
			'timeline', api.page_entries(s, before),
			'log', api.page_session_events(s),
			'messages', api.page_prompts(s),
			'documents', api.page_session_docs(s),
			'work', api.page_session_tasks(s, may_write))),
			json_build_object('tree', api.page_session_tree(s)))));
end
$$;

revoke execute on all functions in schema api from public;
grant execute on all functions in schema api to authenticated, service_role;
