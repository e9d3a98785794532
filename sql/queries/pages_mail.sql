-- What the pages of mail show.

-- columns: letter
id, thread_id, type, priority, subject, created_at;

-- Pages of fifty, and one more that says whether there is a next.  A page
-- begins behind a place of the order (a time and an id); without one at the
-- top, less how many are left out.  The `newer` ones end before that place.

-- name: page_mail_threads :rows :read
-- in: $1 project, $2 time and $3 id of a thread, or null, $4 left out
-- Every thread by its newest mail.
select {letter m}, m.from_session_id, m.from_name, f.id as from_id,
	f.name as from_session, m.to_session_id, null as to_name, o.id as to_id,
	o.name as to_session, left(m.body, 200) as words, t.mails,
	t.last_at as place_at, t.thread_id as place_id
from (select * from public.mail_threads x
	where x.project_id = $1
		and x.last_at <= coalesce($2::timestamptz, 'infinity')
		and (x.last_at < coalesce($2::timestamptz, 'infinity')
			or x.thread_id > $3)
	order by x.last_at desc, x.thread_id limit 51 offset $4::int) t
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
-- in: $1 project, $2 time and $3 id of a thread
select {letter m}, m.from_session_id, m.from_name, f.id as from_id,
	f.name as from_session, m.to_session_id, null as to_name, o.id as to_id,
	o.name as to_session, left(m.body, 200) as words, t.mails,
	t.last_at as place_at, t.thread_id as place_id
from (select * from public.mail_threads x
	where x.project_id = $1 and x.last_at >= $2::timestamptz
		and (x.last_at > $2::timestamptz or x.thread_id < $3)
	order by x.last_at, x.thread_id desc limit 51) t
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
-- mail, or null, $5 left out
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
			and (a.created_at, a.id) < (coalesce($3::timestamptz,
				'infinity'), coalesce($4, ''))
		order by a.created_at desc, a.id desc limit 51 + $5::int)
		union all
		(select b.* from public.mail b
		where b.project_id = $1 and b.to_session_id is null
			and (b.created_at, b.id) < (coalesce($3::timestamptz,
				'infinity'), coalesce($4, ''))
		order by b.created_at desc, b.id desc limit 51 + $5::int)) x
	order by x.created_at desc, x.id desc limit 51 offset $5::int) m
left join public.mail_threads t on t.project_id = m.project_id
	and t.thread_id = m.thread_id
left join public.sessions f on f.project_id = m.project_id
	and f.id = m.from_session_id
left join public.sessions o on o.project_id = m.project_id
	and o.id = m.to_session_id
order by m.created_at desc, m.id desc;

-- name: page_mail_box_newer :rows :read
-- in: $1 project, $2 box, $3 time and $4 id of a mail
select {letter m}, m.from_session_id, m.from_name, f.id as from_id,
	f.name as from_session, m.to_session_id, null as to_name, o.id as to_id,
	o.name as to_session, left(m.body, 200) as words, t.mails,
	m.created_at as place_at, m.id as place_id
from (select x.* from (
		(select a.* from public.mail a
		where a.project_id = $1 and a.to_session_id = case $2
				when 'me' then 'user_' || (select auth.uid())
				else $2 end
			and (a.created_at, a.id) > ($3::timestamptz, $4)
		order by a.created_at, a.id limit 51)
		union all
		(select b.* from public.mail b
		where b.project_id = $1 and b.to_session_id is null
			and (b.created_at, b.id) > ($3::timestamptz, $4)
		order by b.created_at, b.id limit 51)) x
	order by x.created_at, x.id limit 51) m
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
-- in: $1 project, $2 a session or null
-- That session and those that were active last of the latest 200.
select s.id, s.name
from (
	(select a.id, a.name, a.last_activity
	from (select * from public.sessions x where x.project_id = $1
		order by x.started_at desc, x.id desc limit 200) a
	where a.id is distinct from $2
	order by a.last_activity desc limit 50)
	union all
	select b.id, b.name, b.last_activity from public.sessions b
	where b.project_id = $1 and b.id = $2) s
order by s.last_activity desc, s.id;

-- --- whom one can write to: of the latest thousand sessions those at work ---

-- name: page_mail_agents :rows :read
-- in: $1 project
-- By the name that the latest of their sessions has for them.
select a.id, a.n, coalesce(m.who ->> 'name', a.id) as name
from (select s.team_member_id as id, count(*) as n,
		(array_agg(s.id order by s.last_activity desc))[1] as latest
	from (select * from public.sessions x where x.project_id = $1
		order by x.started_at desc, x.id desc limit 1000) s
	where s.status in ('spawning', 'idle', 'working')
		and s.team_member_id ~ '^[A-Za-z0-9_-]{1,128}$'
	group by s.team_member_id) a
join public.sessions l on l.project_id = $1 and l.id = a.latest
cross join lateral (select api.session_member(l)) m (who)
order by lower(coalesce(m.who ->> 'name', a.id)), a.id;

-- name: page_mail_sessions :rows :read
-- in: $1 project, $2 a session that is wanted, or null; $3 a mail whose thread
-- is answered, or null: both parties of its last mail
select s.id, s.name, s.status in ('spawning', 'idle', 'working') as is_at_work
from public.sessions s
where s.project_id = $1 and s.id in (
	(select a.id
	from (select * from public.sessions x where x.project_id = $1
		order by x.started_at desc, x.id desc limit 1000) a
	where a.status in ('spawning', 'idle', 'working')
	order by a.last_activity desc limit 100)
	union all
	select $2
	union all
	select p.id
	from (select y.from_session_id, y.to_session_id from public.mail y
		where y.project_id = $1 and y.thread_id = coalesce((
			select m.thread_id from public.mail m
			where m.project_id = $1 and m.id = $3), $3)
		order by y.created_at desc, y.id desc limit 1) l,
		unnest(array[l.from_session_id, l.to_session_id]) p (id))
order by s.last_activity desc, s.id;

-- --- a thread: $2 is its id, or that of any mail in it ---

-- name: page_mail_thread :row :read
-- in: $1 project, $2 id text
select t.thread_id, t.mails, f.subject
from public.mail_threads t
cross join lateral (
	select x.subject from public.mail x
	where x.project_id = t.project_id and x.thread_id = t.thread_id
	order by x.created_at, x.id limit 1) f
where t.project_id = $1 and t.thread_id = coalesce((
	select m.thread_id from public.mail m
	where m.project_id = $1 and m.id = $2), $2);

-- name: page_mail_letters :rows :read
-- in: $1 project, $2 id text
-- The newest 200, the oldest of them first.
select {letter m}, m.from_session_id, m.from_name, f.id as from_id,
	f.name as from_session, m.to_session_id, null as to_name, o.id as to_id,
	o.name as to_session, m.body, m.detail
from (select * from public.mail x
	where x.project_id = $1 and x.thread_id = coalesce((
		select y.thread_id from public.mail y
		where y.project_id = $1 and y.id = $2), $2)
	order by x.created_at desc, x.id desc limit 200) m
left join public.sessions f on f.project_id = m.project_id
	and f.id = m.from_session_id
left join public.sessions o on o.project_id = m.project_id
	and o.id = m.to_session_id
order by m.created_at, m.id;

-- name: page_mail_facts :rows :read
-- in: $1 project, $2 id text
-- What of a body is not its words: {task_id: ..., status: ...}.
select m.id, e.key, e.value #>> '{}' as value
from (select * from public.mail x
	where x.project_id = $1 and x.thread_id = coalesce((
		select y.thread_id from public.mail y
		where y.project_id = $1 and y.id = $2), $2)
	order by x.created_at desc, x.id desc limit 200) m
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
