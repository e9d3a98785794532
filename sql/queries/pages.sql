-- What the HTML pages show: the head of each, the board and one task; other
-- subjects are in pages_*.sql.  A page is a pipeline of these, and as much of
-- anything as it shows.  Row-level security decides.

-- columns: head
user_id, email, name, is_admin, project_id, project_name, description,
working_dir, role, rank, waiting;

-- name: page_head :row :read
-- in: $1 project text or null, $2 the least role in it
select {head} from api.page_head($1, $2);

-- A label of a card is its colour and its name.  Who has none pays nothing.
-- columns: card_labels
case when exists (select from public.labels where project_id = $1) then array(
	select l.colour || ' ' || l.name from public.task_labels k
	join public.labels l on l.id = k.label_id
	where k.project_id = $1 and k.task_id = t.id
	order by lower(l.name)) end as labels;

-- name: page_board_cards :rows :read
-- in: $1 project, $2 words of status in their order
-- Subtasks show inside their task.  A column shows its first 200 cards.
select t.id, t.title, t.status, t.priority, t.due_date, t.tags, {card_labels},
	s.n, s.done
from unnest($2::text[]) with ordinality w (status, place)
cross join lateral (
	select x.id, x.title, x.status, x.priority, x.due_date, x.tags,
		row_number() over () as nth
	from (select * from public.tasks o
		where o.project_id = $1 and o.status = w.status
			and o.parent_id is null
		order by case o.priority when 'high' then 0
			when 'medium' then 1 else 2 end,
			o.due_date, o.created_at, o.id
		limit 200) x) t
cross join lateral (
	select count(*) as n,
		count(*) filter (where c.status = 'completed') as done
	from (select o.status from public.tasks o
		where o.project_id = $1 and o.parent_id = t.id
			and o.status not in ('cancelled', 'archived')
		limit 1000) c) s
order by w.place, t.nth;

-- name: page_board_counts :rows :read
-- in: $1 project, $2 words of status; a count ends at 1001, along the index
select w.status, c.n from unnest($2::text[]) w (status)
cross join lateral (select count(*) as n from (
	select from public.tasks o
	where o.project_id = $1 and o.status = w.status
		and o.parent_id is null
	order by case o.priority when 'high' then 0
		when 'medium' then 1 else 2 end,
		o.due_date, o.created_at, o.id
	limit 1001) x) c;

-- name: page_board_found :rows :read
-- in: $1 project, $2 words of status in their order, $3 q, $4 priority, $5 tag,
-- $6 due (late, week, none), $7 label: each of those may be null
-- A search finds subtasks too; found: how many its column has.
select t.id, t.title, t.status, t.priority, t.due_date, t.tags, {card_labels},
	s.n, s.done, t.found
from (select x.*, row_number() over w as nth,
		count(*) over (partition by x.status) as found
	from public.tasks x
	where x.project_id = $1
		and ($3::text is null or position(lower($3) in lower(
			x.title || ' ' || x.description)) > 0)
		and ($4::text is null or x.priority = $4)
		and ($5::text is null or $5 = any(x.tags))
		and case $6 when 'late' then x.due_date < current_date
				and x.status not in ('completed', 'cancelled')
			when 'week' then x.due_date between current_date
				and current_date + 7
			when 'none' then x.due_date is null
			else true end
		and ($7::text is null or exists (
			select from public.task_labels k
			where k.project_id = $1 and k.task_id = x.id
				and k.label_id = $7))
	window w as (partition by x.status order by case x.priority
		when 'high' then 0 when 'medium' then 1 else 2 end,
		x.due_date, x.created_at, x.id)) t
cross join lateral (
	select count(*) as n,
		count(*) filter (where c.status = 'completed') as done
	from (select o.status from public.tasks o
		where o.project_id = $1 and o.parent_id = t.id
			and o.status not in ('cancelled', 'archived')
		limit 1000) c) s
where t.nth <= 200 and t.status = any($2)
order by array_position($2::text[], t.status), t.nth;

-- name: page_tags :rows :read
-- in: $1 project
-- Words of its latest thousand tasks that have any.
select distinct w.tag from (
	select x.tags from public.tasks x
	where x.project_id = $1 and x.tags <> '{}'
	order by x.created_at desc limit 1000) t, unnest(t.tags) w (tag)
order by w.tag;

-- name: page_waiting :rows :read
-- in: $1 project
-- The ten sessions that have waited longest for a person.
select s.id, s.name,
	left(m.who ->> 'name', 200) as member, m.who ->> 'avatar' as avatar,
	left(s.needs_input ->> 'message', 600) as question,
	length(s.needs_input ->> 'message') > 600 as is_cut, a.since
from public.sessions s
cross join lateral (select private.since(s.needs_input, s.last_activity)) a
	(since)
cross join lateral (select api.session_member(s)) m (who)
where s.project_id = $1 and s.needs_input ->> 'active' = 'true'
	and s.archived_at is null
	and s.status in ('spawning', 'idle', 'working')
order by a.since, s.id
limit 10;

-- name: page_head_task :row :read
-- in: $1 id of a task: its project
select {head h} from api.need_task($1, 'viewer') t, api.page_head(t.project_id) h;

-- name: page_task :row :read
-- in: $1 id text
select t.id, t.title, t.description, t.status, t.priority, t.due_date, t.tags,
	t.created_at, t.started_at, t.completed_at,
	p.id as parent_id, p.title as parent_title,
	(select coalesce(c.display_name, c.email)
		from private.project_people(t.project_id) c
		where c.user_id = t.created_by) as creator
from public.tasks t
left join public.tasks p on p.project_id = t.project_id and p.id = t.parent_id
where t.id = $1;

-- name: page_task_children :rows :read
-- in: $1 id text
select c.id, c.title, c.status from public.tasks t
join public.tasks c on c.project_id = t.project_id and c.parent_id = t.id
where t.id = $1
order by c.created_at, c.id limit 1000;

-- columns: kin
id, name, status, waits;

-- name: page_task_sessions :rows :read
-- in: $1 id text
select {kin s} from public.task_sessions l
join lateral (select x.*, x.needs_input -> 'active' = 'true' as waits
	from public.sessions x
	where x.project_id = l.project_id and x.id = l.session_id) s on true
where l.task_id = $1
order by l.linked_at, s.id limit 200;

-- columns: doc_row
id, title, file_path, kind, session_name, bytes, added_at;

-- name: page_task_docs :rows :read
-- in: $1 id text
-- Rows that lead to their pages: texts of ten megabytes have no place here.
select {doc_row d} from public.tasks t
join lateral (
	select x.id, x.title, x.file_path, api.doc_kind(x) as kind,
		s.name as session_name,
		coalesce(octet_length(x.content), 0) as bytes, x.added_at
	from public.session_docs x
	join public.sessions s on s.project_id = x.project_id
		and s.id = x.session_id
	where x.project_id = t.project_id
		and x.session_id in (select l.session_id
			from public.task_sessions l where l.task_id = t.id)
		and (x.task_id is null or x.task_id = t.id)
	order by x.added_at desc, x.id desc limit 200) d on true
where t.id = $1
order by d.added_at, d.id;

-- name: page_task_images :rows :read
-- in: $1 id text
select i.image ->> 'id' as id, i.image ->> 'filename' as name, t.id as task_id,
	(i.image ->> 'size')::bigint as bytes
from public.tasks t, jsonb_array_elements(t.images)
	with ordinality i (image, n)
where t.id = $1 order by i.n;

-- name: page_task_timeline :rows :read
-- in: $1 id text
-- Its stamps and the latest 500 entries about it, oldest first.
select e.type, e.words, e.by, e.at from public.tasks t
cross join lateral (
	select 'created' as type, null as words, (
			select coalesce(c.display_name, c.email)
			from private.project_people(t.project_id) c
			where c.user_id = t.created_by) as by,
		t.created_at as at, 0::bigint as seq
	union all
	select 'started', null, null, t.started_at, 1
	where t.started_at is not null
	union all
	select 'completed', null, null, t.completed_at, 2
	where t.completed_at is not null
	union all
	(select x.type, coalesce(x.message, x.metadata ->> 'title'), s.name,
		x."timestamp", 3 + x.seq
	from public.session_timeline x
	join public.sessions s on s.project_id = x.project_id
		and s.id = x.session_id
	where x.project_id = t.project_id and x.task_id = t.id
	order by x.seq desc limit 500)) e
where t.id = $1
order by e.at, e.seq;

