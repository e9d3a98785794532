-- What the pages of task lists show.

-- name: page_lists :rows :read
-- in: $1 project, $2 how many
-- As people see them: those that were sorted first, the others behind them by
-- age.  Done is counted where it is quick.
with sorted (l, n) as (
	select l, w.n
	from (select x.id, min(x.n) as n
		from public.orderings o, unnest(o.ordered_ids)
			with ordinality x (id, n)
		where o.project_id = $1 and o.type = 'task-list'
		group by x.id) w
	join public.task_lists l on l.project_id = $1 and l.id = w.id
	order by w.n limit $2::int
), others (l, n) as (
	select l, row_number() over (order by l.created_at, l.id)
	from public.task_lists l
	where l.project_id = $1 and l.id not in (
		select x.id from public.orderings o, unnest(o.ordered_ids) x (id)
		where o.project_id = $1 and o.type = 'task-list'
			and x.id is not null)
	order by l.created_at, l.id limit $2::int
)
select (a.l).id, (a.l).name, (a.l).description,
	cardinality((a.l).ordered_task_ids) as total, d.n as done
from (select 1 as part, s.l, s.n from sorted s
	union all
	select 2, o.l, o.n from others o
	order by part, n limit $2::int) a
left join lateral (select count(*) as n from public.tasks t
	where t.project_id = $1 and t.id = any((a.l).ordered_task_ids)
		and t.status = 'completed') d
	on cardinality((a.l).ordered_task_ids) <= 1000
order by a.part, a.n;

-- name: page_head_list :row :read
-- in: $1 id of a list: its project
select {head h}
from api.need_tasklist($1, 'viewer') l, api.page_head(l.project_id) h;

-- name: page_list :row :read
-- in: $1 id text
select l.id, l.name, l.description, cardinality(l.ordered_task_ids) as total,
	d.n as done
from public.task_lists l
left join lateral (select count(*) as n from public.tasks t
	where t.project_id = l.project_id and t.id = any(l.ordered_task_ids)
		and t.status = 'completed') d
	on cardinality(l.ordered_task_ids) <= 1000
where l.id = $1;

-- name: page_list_tasks :rows :read
-- in: $1 id text
-- The first 500.
select t.id, t.title, t.status, t.priority, t.due_date
from public.task_lists l
cross join lateral unnest(l.ordered_task_ids[:500]) with ordinality w (id, n)
join public.tasks t on t.project_id = l.project_id and t.id = w.id
where l.id = $1
order by w.n;

-- Tasks that could go onto a list.  As many more than it has are enough to
-- find twenty that are not on it.

-- name: page_list_open :rows :read
-- in: $1 id text
-- The newest that are still to be done.
select t.id, t.title, t.status
from public.task_lists l
cross join lateral (
	select x.id, x.title, x.status, x.created_at
	from (select * from public.tasks o
		where o.project_id = l.project_id and o.status in ('todo',
			'in_progress', 'in_review', 'blocked')
		order by o.created_at desc, o.id
		limit cardinality(l.ordered_task_ids) + 20) x
	where not exists (select from unnest(l.ordered_task_ids) w (id)
		where w.id = x.id)) t
where l.id = $1
order by t.created_at desc, t.id limit 20;

-- name: page_list_found :rows :read
-- in: $1 id text, $2 words
-- The newest whose titles have the words.
select t.id, t.title, t.status
from public.task_lists l
cross join lateral (
	select x.id, x.title, x.status, x.created_at
	from (select * from public.tasks o
		where o.project_id = l.project_id
			and position(lower($2) in lower(o.title)) > 0
		order by o.created_at desc, o.id
		limit cardinality(l.ordered_task_ids) + 20) x
	where not exists (select from unnest(l.ordered_task_ids) w (id)
		where w.id = x.id)) t
where l.id = $1
order by t.created_at desc, t.id limit 20;

-- name: tasklists_move :exec
-- in: $1 project text, $2 input json {item, to or after}
select api.tasklists_move($1, $2::json);

-- name: tasklist_move :exec
-- in: $1 id text, $2 input json {item, to or after}
select api.tasklist_move($1, $2::json);
