-- What the pages of agent sessions show.

-- --- the list ---------------------------------------------------------------

-- name: page_sessions :rows :read
-- in: $1 project, $2 words of status, $3 which (kept, waiting, archived, all),
-- $4 part of a name or null, $5 how many stand before, $6 how many to show
-- Trees stay together, the session that began one first, the others by their
-- start.  A tree stands where that session of it would that comes first: those
-- that wait for a person, those at work, the others; in each the latest first.
--
-- As many heads as there are places to fill are enough, whatever their trees
-- hold, and each is found at the end of an index.  What a session at work wrote
-- counts as its activity: a hundred of them are asked for it, the others and
-- those that ended stand where their rows were last written.
with head as (
	select c.*, row_number() over (order by c.rank, c.last_activity desc,
		c.id desc) as nth
	from ((select x.id, x.root_session_id as root, x.last_activity,
			0 as rank
		from public.sessions x
		where $3 <> 'archived' and x.project_id = $1
			and x.needs_input ->> 'active' = 'true'
			and x.archived_at is null
			and x.status in ('spawning', 'idle', 'working')
			and x.status = any($2)
			and ($4::text is null
				or position(lower($4) in lower(x.name)) > 0)
		order by x.last_activity desc, x.id desc
		limit greatest($5::int + $6::int, 100))
		union
		select k.id, k.root, k.last_activity, case
				when k.status not in ('spawning', 'idle', 'working')
					then 2
				when k.waits then 0 else 1 end
		from unnest($2::text[]) w (status)
		cross join lateral (
			(select x.id, x.root_session_id as root, x.status,
				x.last_activity,
				x.needs_input -> 'active' = 'true' as waits
			from public.sessions x
			where $3 in ('kept', 'all') and x.project_id = $1
				and x.status = w.status
				and x.archived_at is null
				and ($4::text is null or position(lower($4)
					in lower(x.name)) > 0)
			order by x.last_activity desc, x.id desc
			limit greatest($5::int + $6::int, 100))
			union all
			(select x.id, x.root_session_id, x.status,
				x.last_activity, false
			from public.sessions x
			where $3 in ('archived', 'all') and x.project_id = $1
				and x.status = w.status
				and x.archived_at is not null
				and ($4::text is null or position(lower($4)
					in lower(x.name)) > 0)
			order by x.last_activity desc, x.id desc
			limit greatest($5::int + $6::int, 100))) k) c
), placed as (
	select h.root, row_number() over (order by h.rank,
		greatest(h.last_activity, e.at) desc, h.root, h.id) as place
	from head h
	left join lateral (select x."timestamp" as at
		from public.session_timeline x
		where h.nth <= 100 and h.rank < 2
			and x.project_id = $1 and x.session_id = h.id
		order by x.seq desc limit 1) e on true
), shown as (
	select m.id, row_number() over () as n
	from (select p.root from placed p group by p.root
		order by min(p.place) limit $5::int + $6::int) t
	cross join lateral (
		(select x.id from public.sessions x
		where x.id = t.root and x.root_session_id = t.root
			and x.project_id = $1 and x.status = any($2)
			and ($3 = 'all' or (x.archived_at is not null)
				= ($3 = 'archived'))
			and ($3 <> 'waiting'
				or x.needs_input ->> 'active' = 'true')
			and ($4::text is null
				or position(lower($4) in lower(x.name)) > 0))
		union all
		(select x.id from public.sessions x
		where x.root_session_id = t.root and x.id <> t.root
			and x.project_id = $1 and x.status = any($2)
			and ($3 = 'all' or (x.archived_at is not null)
				= ($3 = 'archived'))
			and ($3 <> 'waiting'
				or x.needs_input ->> 'active' = 'true')
			and ($4::text is null
				or position(lower($4) in lower(x.name)) > 0)
		order by x.started_at, x.id
		limit $5::int + $6::int)) m
	limit $6::int offset $5::int
)
select s.id, s.name, s.status, s.needs_input -> 'active' = 'true' as waits,
	left(s.needs_input ->> 'message', 300) as question,
	s.archived_at is not null as is_archived,
	s.human_completed_at is not null as is_checked,
	api.session_mode(s) as mode,
	left(m.who ->> 'name', 200) as member, m.who ->> 'avatar' as avatar,
	case when jsonb_typeof(s.team_member_snapshots) = 'array'
		then greatest(jsonb_array_length(
			s.team_member_snapshots) - 1, 0)
		else 0 end as others,
	cardinality(s.task_ids) as tasks,
	greatest(s.last_activity, e.at, v.at, d.at) as active,
	p.id as parent_id, p.name as parent_name
from shown w
cross join lateral (select * from public.sessions x
	where x.id = w.id limit 1) s
cross join lateral (select api.session_member(s)) m (who)
left join lateral (select x.id, x.name from public.sessions x
	where x.id = s.parent_session_id and x.id <> s.id limit 1) p on true
left join lateral (select x."timestamp" as at from public.session_timeline x
	where x.project_id = $1 and x.session_id = w.id
	order by x.seq desc limit 1) e on true
left join lateral (select x."timestamp" as at from public.session_events x
	where x.project_id = $1 and x.session_id = w.id
	order by x.seq desc limit 1) v on true
left join lateral (select x.updated_at as at from public.session_docs x
	where x.project_id = $1 and x.session_id = w.id
	order by x.updated_at desc limit 1) d on true
order by w.n;

-- name: page_sessions_count :row :read
-- in: $1 to $4 as those of page_sessions
-- How many there are, up to 1001, and whether the project has any at all.  A
-- status at a time, and the first by its order: a project that holds much of
-- the table would look cheaper to read from the table's beginning.
select count(*) as n, (select x.id from public.sessions x
		where x.project_id = $1
		order by x.started_at, x.id limit 1) is not null as is_used
from ((select from public.sessions x
	where $3 = 'waiting' and x.project_id = $1
		and x.needs_input ->> 'active' = 'true'
		and x.archived_at is null
		and x.status in ('spawning', 'idle', 'working')
		and x.status = any($2)
		and ($4::text is null
			or position(lower($4) in lower(x.name)) > 0)
	order by x.last_activity, x.id limit 1001)
	union all
	(select from unnest($2::text[]) v (status)
	cross join lateral (select from public.sessions x
		where $3 in ('kept', 'all') and x.project_id = $1
			and x.status = v.status and x.archived_at is null
			and ($4::text is null
				or position(lower($4) in lower(x.name)) > 0)
		limit 1001) y
	limit 1001)
	union all
	(select from unnest($2::text[]) v (status)
	cross join lateral (select from public.sessions x
		where $3 in ('archived', 'all') and x.project_id = $1
			and x.status = v.status and x.archived_at is not null
			and ($4::text is null
				or position(lower($4) in lower(x.name)) > 0)
		limit 1001) y
	limit 1001)
	limit 1001) c;

-- --- one session ------------------------------------------------------------

-- name: page_head_session :row :read
-- in: $1 id of a session: its project
select {head h} from api.need_session($1, null, 'viewer') s,
	api.page_head(s.project_id) h;

-- name: page_session :row :read
-- in: $1 id text
select s.id, s.name, s.status, api.session_mode(s) as mode,
	left(m.who ->> 'name', 200) as member,
	left(m.who ->> 'role', 200) as role, m.who ->> 'avatar' as avatar,
	case when jsonb_typeof(s.team_member_snapshots) = 'array'
		then greatest(jsonb_array_length(
			s.team_member_snapshots) - 1, 0)
		else 0 end as others,
	s.needs_input -> 'active' = 'true' as waits,
	s.needs_input ->> 'message' as question,
	private.since(s.needs_input, s.last_activity) as asked,
	s.archived_at is not null as is_archived,
	s.human_completed_at is not null as is_checked,
	(select coalesce(p.display_name, p.email)
		from private.project_people(s.project_id) p
		where p.user_id = s.user_id) as starter,
	s.hostname, s.platform, s.started_at,
	greatest(s.last_activity, e.at, v.at, d.at) as active, s.completed_at,
	(select count(*) from (select from public.sessions x
		where x.parent_session_id = s.id and x.id <> s.id
		limit 1001) c) as children
from public.sessions s
cross join lateral (select api.session_member(s)) m (who)
left join lateral (select x."timestamp" as at from public.session_timeline x
	where x.project_id = s.project_id and x.session_id = s.id
	order by x.seq desc limit 1) e on true
left join lateral (select x."timestamp" as at from public.session_events x
	where x.project_id = s.project_id and x.session_id = s.id
	order by x.seq desc limit 1) v on true
left join lateral (select x.updated_at as at from public.session_docs x
	where x.project_id = s.project_id and x.session_id = s.id
	order by x.updated_at desc limit 1) d on true
where s.id = $1;

-- name: page_session_timeline :rows :read
-- in: $1 id text, $2 entry that the window ends before or null
-- The last 50, oldest first, and one before them if there is one.
select e.seq, e.type, coalesce(e.message, case when e.type = 'doc_added'
		then e.metadata ->> 'title' end) as message,
	left(e.metadata ->> 'fromName', 200) as by,
	(select d.id from public.session_docs d
		where e.type = 'doc_added' and d.id = e.metadata ->> 'docId'
			and d.project_id = s.project_id) as doc,
	t.id as task, t.title, e."timestamp" as at
from public.sessions s
cross join lateral (select * from public.session_timeline x
	where x.project_id = s.project_id and x.session_id = s.id
		and ($2::bigint is null or x.seq < $2::bigint)
	order by x.seq desc limit 51) e
left join lateral (select x.id, x.title from public.tasks x
	where x.id = e.task_id and x.project_id = s.project_id
	limit 1) t on true
where s.id = $1
order by e.seq;

-- name: page_session_events :rows :read
-- in: $1 id text
-- The last 50, with the first two thousand characters of their data.
select e.type, left(d.data, 2000) as data, length(d.data) > 2000 as is_cut,
	e."timestamp" as at
from public.sessions s
cross join lateral (select * from public.session_events x
	where x.project_id = s.project_id and x.session_id = s.id
	order by x.seq desc limit 50) e
cross join lateral (select jsonb_pretty(e.data)) d (data)
where s.id = $1
order by e.seq;

-- name: page_session_prompts :rows :read
-- in: $1 id text
-- The last 30 messages to it and of it, oldest first.
select p.from_name, p.to_name, p.from_session_id is null as is_person,
	p.from_session_id = s.id and p.to_session_id <> s.id as is_own,
	left(p.content, 20000) as content, length(p.content) > 20000 as is_cut,
	p."timestamp" as at
from public.sessions s
cross join lateral (
	(select * from public.session_prompts x
	where x.project_id = s.project_id and x.to_session_id = s.id
	order by x."timestamp" desc limit 30)
	union
	(select * from public.session_prompts x
	where x.from_session_id = s.id
	order by x."timestamp" desc limit 30)
	order by "timestamp" desc limit 30) p
where s.id = $1
order by p."timestamp", p.id;

-- name: page_session_docs :rows :read
-- in: $1 id text
select {doc_row d} from public.sessions s
cross join lateral (
	select x.id, x.title, x.file_path, api.doc_kind(x) as kind,
		null as session_name,
		coalesce(octet_length(x.content), 0) as bytes, x.added_at
	from public.session_docs x
	where x.project_id = s.project_id and x.session_id = s.id
	order by x.added_at desc, x.id desc limit 200) d
where s.id = $1
order by d.added_at, d.id;

-- name: page_session_tasks :rows :read
-- in: $1 id text
select t.id, t.title, t.status from public.sessions s
join public.task_sessions l on l.session_id = s.id
cross join lateral (select * from public.tasks x
	where x.project_id = s.project_id and x.id = l.task_id limit 1) t
where s.id = $1
order by l.linked_at, t.id limit 1000;

-- name: page_session_choices :rows :read
-- in: $1 id text
-- Tasks it could be given: those open among the latest thousand.  XXX: under
-- row-level security the planner expects few and sorts the whole project.
select t.id, left(t.title, case when length(t.title) > 80 then 79
		else 80 end) as title, length(t.title) > 80 as is_cut
from public.sessions s
cross join lateral (select x.id, x.created_at from public.tasks x
	where x.project_id = s.project_id
	order by x.created_at desc, x.id desc limit 1000) l
cross join lateral (select * from public.tasks x
	where x.id = l.id limit 1) t
where s.id = $1 and t.status not in ('completed', 'cancelled', 'archived')
	and t.id <> all(s.task_ids)
order by l.created_at desc, l.id desc limit 200;

-- name: page_session_above :rows :read
-- in: $1 id text
-- Those it descends from, the top one first; a circle, or a chain of more than
-- ten, ends there.
with recursive up as (
	select s.id, s.name, s.status, false as waits,
		s.parent_session_id as parent, array[s.id] as seen
	from public.sessions s where s.id = $1
	union all
	select p.id, p.name, p.status, p.needs_input -> 'active' = 'true',
		p.parent_session_id, u.seen || p.id
	from up u
	cross join lateral (select * from public.sessions x
		where x.id = u.parent limit 1) p
	where cardinality(u.seen) <= 10 and p.id <> all(u.seen)
)
select {kin u} from up u where u.id <> $1
order by cardinality(u.seen) desc;

-- name: page_session_below :rows :read
-- in: $1 id text
-- Its first fifty children.
select {kin c} from (
	select x.*, x.needs_input -> 'active' = 'true' as waits
	from public.sessions x
	where x.parent_session_id = $1 and x.id <> $1
	order by x.started_at, x.id limit 50) c
order by c.started_at, c.id;
