-- What the pages of mail show.

-- columns: letter
id, thread_id, type, priority, subject, created_at;

-- Parts of lists begin behind a place of their order: a time and an id, of
-- which `infinity` is before the first.  The `newer` ones end before it.
-- How much is wanted is an argument throughout: of a number that stands in the
-- statement PostgreSQL thinks that the average project has less, and then
-- reads all of this one.

-- name: page_mail_threads :rows :read
-- in: $1 project, $2 time and $3 id of a thread, $4 left out, $5 how many
-- Every thread by its newest mail.
select {letter m}, m.from_session_id, m.from_name, f.id as from_id,
	f.name as from_session, m.to_session_id, null as to_name, o.id as to_id,
	o.name as to_session, left(m.body, 200) as words, t.mails,
	t.last_at as place_at, t.thread_id as place_id
from (select * from public.mail_threads x
	where x.project_id = $1 and x.last_at <= $2::timestamptz
		and (x.last_at < $2::timestamptz or x.thread_id > $3)
	order by x.last_at desc, x.thread_id
	limit $5::int offset $4::int) t
cross join lateral (
	select * from public.mail x
	where x.project_id = t.project_id and x.thread_id = t.thread_id
	order by x.created_at desc, x.id desc limit 1) m
left join public.sessions f on f.project_id = m.project_id
	and f.id = m.from_session_id
left join public.sessions o on o.project_id = m.project_id
	and o.id = m.to_session_id
order by t.last_at desc, t.thread_id;

-- name: page_mail_threads_newer :rows :read
-- in: $1 project, $2 time and $3 id of a thread, $4 how many
select {letter m}, m.from_session_id, m.from_name, f.id as from_id,
	f.name as from_session, m.to_session_id, null as to_name, o.id as to_id,
	o.name as to_session, left(m.body, 200) as words, t.mails,
	t.last_at as place_at, t.thread_id as place_id
from (select * from public.mail_threads x
	where x.project_id = $1 and x.last_at >= $2::timestamptz
		and (x.last_at > $2::timestamptz or x.thread_id < $3)
	order by x.last_at, x.thread_id desc limit $4::int) t
cross join lateral (
	select * from public.mail x
	where x.project_id = t.project_id and x.thread_id = t.thread_id
	order by x.created_at desc, x.id desc limit 1) m
left join public.sessions f on f.project_id = m.project_id
	and f.id = m.from_session_id
left join public.sessions o on o.project_id = m.project_id
	and o.id = m.to_session_id
order by t.last_at desc, t.thread_id;

-- name: page_mail_box :rows :read
-- in: $1 project, $2 a session, user_<id>, me, or all; $3 time and $4 id of a
-- mail, $5 left out, $6 how many
-- What a reader finds: what is addressed to it, and what went to everybody.
select {letter m}, m.from_session_id, m.from_name, f.id as from_id,
	f.name as from_session, m.to_session_id, null as to_name, o.id as to_id,
	o.name as to_session, left(m.body, 200) as words, t.mails,
	m.created_at as place_at, m.id as place_id
from (select x.* from (
		(select a.* from public.mail a
		where a.project_id = $1 and a.to_session_id = case $2
				when 'me' then 'user_' || (select auth.uid())
				else $2 end
			and a.created_at <= $3::timestamptz
			and (a.created_at, a.id) < ($3::timestamptz, $4)
		order by a.created_at desc, a.id desc
		limit $6::int + $5::int)
		union all
		(select b.* from public.mail b
		where b.project_id = $1 and b.to_session_id is null
			and b.created_at <= $3::timestamptz
			and (b.created_at, b.id) < ($3::timestamptz, $4)
		order by b.created_at desc, b.id desc
		limit $6::int + $5::int)) x
	order by x.created_at desc, x.id desc
	limit $6::int offset $5::int) m
left join public.mail_threads t on t.project_id = m.project_id
	and t.thread_id = m.thread_id
left join public.sessions f on f.project_id = m.project_id
	and f.id = m.from_session_id
left join public.sessions o on o.project_id = m.project_id
	and o.id = m.to_session_id
order by m.created_at desc, m.id desc;

-- name: page_mail_box_newer :rows :read
-- in: $1 project, $2 box, $3 time and $4 id of a mail, $5 how many
select {letter m}, m.from_session_id, m.from_name, f.id as from_id,
	f.name as from_session, m.to_session_id, null as to_name, o.id as to_id,
	o.name as to_session, left(m.body, 200) as words, t.mails,
	m.created_at as place_at, m.id as place_id
from (select x.* from (
		(select a.* from public.mail a
		where a.project_id = $1 and a.to_session_id = case $2
				when 'me' then 'user_' || (select auth.uid())
				else $2 end
			and a.created_at >= $3::timestamptz
			and (a.created_at, a.id) > ($3::timestamptz, $4)
		order by a.created_at, a.id limit $5::int)
		union all
		(select b.* from public.mail b
		where b.project_id = $1 and b.to_session_id is null
			and b.created_at >= $3::timestamptz
			and (b.created_at, b.id) > ($3::timestamptz, $4)
		order by b.created_at, b.id limit $5::int)) x
	order by x.created_at, x.id limit $5::int) m
left join public.mail_threads t on t.project_id = m.project_id
	and t.thread_id = m.thread_id
left join public.sessions f on f.project_id = m.project_id
	and f.id = m.from_session_id
left join public.sessions o on o.project_id = m.project_id
	and o.id = m.to_session_id
order by m.created_at desc, m.id desc;

-- name: page_people :rows :read
-- in: $1 project
select p.user_id, coalesce(nullif(p.display_name, ''), p.email) as name
from private.project_people($1) p
order by lower(coalesce(nullif(p.display_name, ''), p.email)), p.user_id
limit 1000;

-- name: page_mail_boxes :rows :read
-- in: $1 project, $2 a session or null, $3 how many of the latest
-- That session and those that were active last of the latest.
select s.id, s.name
from (
	(select a.id, a.name, a.last_activity
	from (select * from public.sessions x where x.project_id = $1
		order by x.started_at desc, x.id desc limit $3::int) a
	where a.id is distinct from $2
	order by a.last_activity desc limit 50)
	union all
	select b.id, b.name, b.last_activity from public.sessions b
	where b.project_id = $1 and b.id = $2) s
order by s.last_activity desc, s.id;

-- --- whom one can write to: of the latest sessions those at work ---

-- name: page_mail_agents :rows :read
-- in: $1 project, $2 how many of the latest
-- By the name that the latest of their sessions has for them.
select a.id, a.n, coalesce(m.who ->> 'name', a.id) as name
from (select s.team_member_id as id, count(*) as n,
		(array_agg(s.id order by s.last_activity desc))[1] as latest
	from (select * from public.sessions x where x.project_id = $1
		order by x.started_at desc, x.id desc limit $2::int) s
	where s.status in ('spawning', 'idle', 'working')
		and s.team_member_id ~ '^[A-Za-z0-9_-]{1,128}$'
	group by s.team_member_id) a
join public.sessions l on l.project_id = $1 and l.id = a.latest
cross join lateral (select api.session_member(l)) m (who)
order by lower(coalesce(m.who ->> 'name', a.id)), a.id;

-- name: page_mail_sessions :rows :read
-- in: $1 project, $2 how many of the latest, $3 a session that is wanted, or
-- null; $4 a mail whose thread is answered, or null: both parties of its last
select s.id, s.name, s.is_at_work
from (
	(select a.id, a.name, true as is_at_work, a.last_activity
	from (select * from public.sessions x where x.project_id = $1
		order by x.started_at desc, x.id desc limit $2::int) a
	where a.status in ('spawning', 'idle', 'working')
	order by a.last_activity desc limit 100)
	union
	select b.id, b.name, b.status in ('spawning', 'idle', 'working'),
		b.last_activity
	from (select $3 as id
		union all
		select unnest(array[l.from_session_id, l.to_session_id])
		from (select * from public.mail y
			where y.project_id = $1 and y.thread_id = (
				select coalesce((select m.thread_id
					from public.mail m
					where m.project_id = $1 and m.id = $4),
				$4))
			order by y.created_at desc, y.id desc limit 1) l) w
	cross join lateral (select * from public.sessions x
		where x.project_id = $1 and x.id = w.id limit 1) b) s
order by s.last_activity desc, s.id;

-- --- a thread: $2 is its id, or that of any mail in it ---
-- (Policies let an index see a subselect, but not a call of coalesce.)

-- name: page_mail_thread :row :read
-- in: $1 project, $2 id text
select t.thread_id, t.mails, f.subject
from public.mail_threads t
cross join lateral (
	select x.subject from public.mail x
	where x.project_id = t.project_id and x.thread_id = t.thread_id
	order by x.created_at, x.id limit 1) f
where t.project_id = $1 and t.thread_id = (select coalesce((
	select m.thread_id from public.mail m
	where m.project_id = $1 and m.id = $2), $2));

-- name: page_mail_letters :rows :read
-- in: $1 project, $2 id text, $3 how many
-- The newest, the oldest of them first.
select {letter m}, m.from_session_id, m.from_name, f.id as from_id,
	f.name as from_session, m.to_session_id, null as to_name, o.id as to_id,
	o.name as to_session, m.body, m.detail
from (select * from public.mail x
	where x.project_id = $1 and x.thread_id = (select coalesce((
		select y.thread_id from public.mail y
		where y.project_id = $1 and y.id = $2), $2))
	order by x.created_at desc, x.id desc limit $3::int) m
left join public.sessions f on f.project_id = m.project_id
	and f.id = m.from_session_id
left join public.sessions o on o.project_id = m.project_id
	and o.id = m.to_session_id
order by m.created_at, m.id;

-- name: page_mail_facts :rows :read
-- in: $1 project, $2 id text, $3 of how many letters
-- What of a body is not its words: {task_id: ..., status: ...}.
select m.id, e.key, e.value #>> '{}' as value
from (select * from public.mail x
	where x.project_id = $1 and x.thread_id = (select coalesce((
		select y.thread_id from public.mail y
		where y.project_id = $1 and y.id = $2), $2))
	order by x.created_at desc, x.id desc limit $3::int) m
cross join lateral (
	select * from jsonb_each(m.content) c
	where c.key not in ('instructions', 'message', 'question', 'answer',
			'details', 'detail')
		and jsonb_typeof(c.value) in ('string', 'number', 'boolean')
		and length(c.value #>> '{}') between 1 and 500
	order by c.key limit 50) e
where m.content ?| array['instructions', 'message', 'question', 'answer',
	'details']
order by m.created_at, m.id, e.key;
