-- What the pages of agent sessions show, and who waits for a person.  Views as
-- in pages_words.sql.

create or replace function api.waiting_count(project text) returns bigint
language sql stable
as $$
	select count(*) from public.sessions s
	where s.project_id = project
		and s.needs_input ->> 'active' = 'true'
		and s.archived_at is null
		and s.status in ('spawning', 'idle', 'working')
$$;

-- --- words -----------------------------------------------------------------

-- Who does the work of a session, from the snapshot taken at its start; an
-- avatar is a sign or two, else initials stand for it.
create or replace function api.page_session_member(s public.sessions)
returns json
language sql stable
as $$
	select json_build_object(
		'name', m.name,
		'role', nullif(m.role, ''),
		'others', case when m.more > 0 then '+' || m.more end,
		'initials', case when length(m.avatar) between 1 and 4
				and m.avatar !~ '[[:alnum:]/.<]' then m.avatar
			else private.initials(m.name) end,
		'tint', (hashtext(m.name) & 2147483647) % 5)
	from (select nullif(left(x ->> 'name', 200), '') as name,
			left(x ->> 'role', 200) as role,
			x ->> 'avatar' as avatar,
			coalesce(case when jsonb_typeof(
				s.team_member_snapshots) = 'array' then
				jsonb_array_length(s.team_member_snapshots)
				end, 1) - 1 as more
		from (values (api.session_member(s))) v(x)) m
	where m.name is not null
$$;

create or replace function api.page_session_row(s public.sessions, depth int,
	active timestamptz) returns json
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
		'at', private.iso(active),
		'at_text', private.when_text(active))
$$;

-- --- the queue -------------------------------------------------------------
-- A session waits for a person while it has asked, has not ended and is not
-- put away.  Each page of a project tells how many do, its front page which.

-- When it asked, or the time to take for it if it does not say.
create or replace function private.since(needs_input jsonb,
	otherwise timestamptz) returns timestamptz
language sql immutable parallel safe
return case when needs_input ->> 'since' ~ '^\d{1,14}$'
	then timestamptz 'epoch' + interval '1 ms' *
		(needs_input ->> 'since')::bigint
	else otherwise end;

-- --- the list --------------------------------------------------------------

-- Trees stay together, the ones at work first, then the latest; inside one by
-- start, so that parents precede children.  A page is a window on that order;
-- a child whose parent is not in it names it.
-- filter: {q, status, show}, each may be absent.
--
-- What a session appended counts as its activity.  For the order only the
-- entries of those at work are looked at: the rows of the others were written
-- when they ended.  For the page one query with joins asks once who may see
-- what, private.last_activity three times: a third of the time.
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
				then greatest(s.last_activity, (
					select e."timestamp"
					from public.session_timeline e
					where e.project_id = s.project_id
						and e.session_id = s.id
					order by e.seq desc limit 1))
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
			api.page_session_row(s, least(t.depth, 4),
				greatest(s.last_activity, e.at, v.at, d.at)),
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
	from tree t join public.sessions s on s.id = t.id
	left join lateral (select x."timestamp" as at
		from public.session_timeline x
		where x.project_id = project and x.session_id = s.id
		order by x.seq desc limit 1) e on true
	left join lateral (select x."timestamp" as at
		from public.session_events x
		where x.project_id = project and x.session_id = s.id
		order by x.seq desc limit 1) v on true
	left join lateral (select x.updated_at as at
		from public.session_docs x
		where x.project_id = project and x.session_id = s.id
		order by x.updated_at desc limit 1) d on true;
	return json_build_object('sessions', coalesce(rows, '[]'),
		'total', coalesce(total, 0));
end
$$;

create or replace function api.page_sessions(project text, filter json,
	page int) returns json
language plpgsql stable
as $$
declare
	size constant int := 50;
	head json := api.page_project(project, 'sessions');
	list json := api.page_session_rows(project, filter, size,
		(page - 1) * size);
	total bigint := list ->> 'total';
	filtered bool := exists (select from json_object_keys(filter));
begin
	return private.json_join(head, json_build_object(
		'sessions', list -> 'sessions',
		'has_sessions', json_array_length(list -> 'sessions') > 0,
		'is_empty', total = 0 and not filtered and not exists (
			select from public.sessions s
			where s.project_id = project),
		'found_text', case when total = 0 then 'No session matches.'
			when total <= size and page = 1
				then private.plural(total, 'session', 'sessions')
			when (page - 1) * size >= total then private.plural(
				total, 'session', 'sessions') || ', none here'
			else (page - 1) * size + 1 || ' to ' || least(page * size,
				total) || ' of ' || total || ' sessions' end,
		'pages', case when total > size or page > 1 then
			json_build_object(
				'previous', case when page > 1
					then least(page - 1, 1 +
						(total - 1) / size) end,
				'next', case when page * size < total
					then page + 1 end,
				'text', 'Page ' || page || ' of ' ||
					1 + greatest(total - 1, 0) / size) end,
		'filter', json_build_object(
			'active', filtered,
			'q', coalesce(filter ->> 'q', ''),
			'status', coalesce(filter ->> 'status', ''),
			'show', coalesce(filter ->> 'show', ''),
			'shows', private.choices(array['', 'active', 'waiting',
					'ended', 'archived', 'all'],
				array['Not archived', 'Active', 'Waiting for input',
					'Ended', 'Archived', 'All'],
				coalesce(filter ->> 'show', '')),
			'statuses', private.choices(array['', 'working',
					'idle', 'spawning', 'completed', 'failed',
					'stopped'],
				array['Any status', 'Working', 'Idle',
					'Starting', 'Completed', 'Failed',
					'Stopped'], filter ->> 'status'))));
end
$$;

grant execute on function private.since(jsonb, timestamptz)
	to authenticated, service_role;
