set local lock_timeout = '2s';
-- A page of sessions in a third of the time: private.last_activity asks three
-- times who may see what, one query with joins asks once.

drop function if exists api.page_session_row(public.sessions, int);
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

revoke execute on all functions in schema api from public;
grant execute on all functions in schema api to authenticated, service_role;
