-- Mail.  The functions are in sql/functions (schema api); row-level security
-- decides.

-- columns: mail
id, project_id, from_session_id, to_session_id, in_reply_to, thread_id, type,
subject, content, created_at, priority, from_name;

-- name: mail_send :rows
-- in: $1 input json
select {mail m} from api.mail_send($1::json) m;

-- name: mail_inbox :rows :read
-- in: $1 session, $2 project, $3 type, $4 since ms: each of the last three may
-- be null; $5 bool: only what came lately; $6 limit, $7 offset, or null
-- What is for a session: addressed to it, or to all of the project; the most
-- urgent first.  The window of each part first: mail_urgent_idx has them in
-- order.  The comparisons of rows, and every column of the order written out,
-- leave the planner no other index, whatever it thinks of their numbers.
select {mail m}
from api.mail_box($1, $2, $4::bigint, $5::bool) box
cross join (values (0), (1), (2), (3)) u (urgency)
cross join lateral (
	(select * from public.mail a
	where a.project_id = box.project_id and a.to_session_id = $1
		and (case a.priority when 'critical' then 0 when 'high' then 1
			when 'low' then 3 else 2 end, a.created_at)
			>= (u.urgency, box.since)
		and case a.priority when 'critical' then 0 when 'high' then 1
			when 'low' then 3 else 2 end <= u.urgency
		and ($3::text is null or a.type = $3)
	order by a.to_session_id, case a.priority when 'critical' then 0
		when 'high' then 1 when 'low' then 3 else 2 end, a.created_at,
		a.id
	limit coalesce($6::int, case when $7::int is not null then 100 end)
		+ coalesce($7::int, 0))
	union all
	(select * from public.mail b
	where b.project_id = box.project_id and b.to_session_id is null
		and (case b.priority when 'critical' then 0 when 'high' then 1
			when 'low' then 3 else 2 end, b.created_at)
			>= (u.urgency, box.since)
		and case b.priority when 'critical' then 0 when 'high' then 1
			when 'low' then 3 else 2 end <= u.urgency
		and ($3::text is null or b.type = $3)
	order by b.to_session_id, case b.priority when 'critical' then 0
		when 'high' then 1 when 'low' then 3 else 2 end, b.created_at,
		b.id
	limit coalesce($6::int, case when $7::int is not null then 100 end)
		+ coalesce($7::int, 0))) m
order by u.urgency, m.created_at, m.id
limit coalesce($6::int, case when $7::int is not null then 100 end)
offset $7::int;

-- name: mail_inbox_count :row :read
-- in: $1 session, $2 project or null, $3 type or null
select coalesce(sum(c.n), 0)
from api.mail_box($1, $2, null, false) box
join public.mail_counts c on c.project_id = box.project_id
	and c.reader in ($1, '') and ($3::text is null or c.type = $3);

-- name: mail_inbox_count_since :row :read
-- in: $1 session, $2 project or null, $3 type or null, $4 since ms
select count(*)
from api.mail_box($1, $2, $4::bigint, false) box
cross join lateral (
	select from public.mail a
	where a.project_id = box.project_id and a.to_session_id = $1
		and a.created_at >= box.since
		and ($3::text is null or a.type = $3)
	union all
	select from public.mail b
	where b.project_id = box.project_id and b.to_session_id is null
		and b.created_at >= box.since
		and ($3::text is null or b.type = $3)) m;

-- name: mail_thread :rows :read
-- in: $1 thread
select {mail} from public.mail where thread_id = $1 order by created_at, id;

-- name: mail_list :rows :read
-- in: $1 project, $2 limit, $3 offset, or null
select {mail m} from api.mail_project($1) p (id)
cross join lateral (
	select * from public.mail x where x.project_id = p.id
	order by x.created_at desc, x.id desc
	limit coalesce($2::int, 100) offset $3::int) m
order by m.created_at desc, m.id desc;

-- name: mail_count :row :read
-- in: $1 project
select coalesce(sum(n), 0) from public.mail_counts
where project_id = $1 and reader = '*';

-- name: mail_list_thread :rows :read
-- in: $1 project, $2 thread, $3 limit, $4 offset, or null
select {mail m} from api.mail_project($1) p (id)
cross join lateral (
	select * from public.mail x
	where x.project_id = p.id and x.thread_id = $2
	order by x.created_at desc, x.id desc
	limit coalesce($3::int, 100) offset $4::int) m
order by m.created_at desc, m.id desc;

-- name: mail_count_thread :row :read
-- in: $1 project, $2 thread
select coalesce(sum(mails), 0) from public.mail_threads
where project_id = $1 and thread_id = $2;

-- name: mail_threads :rows :read
-- in: $1 project, $2 limit, $3 offset, or null
-- The one with the newest mail first: that mail, and what is to be known of
-- the thread it is in.
select f.subject as first_subject, t.mails, t.first_at, {mail m}
from api.mail_project($1) p (id)
cross join lateral (
	select * from public.mail_threads x where x.project_id = p.id
	order by x.last_at desc, x.thread_id
	limit coalesce($2::int, 100) offset $3::int) t
cross join lateral (
	select x.subject from public.mail x
	where x.project_id = t.project_id and x.thread_id = t.thread_id
	order by x.created_at, x.id limit 1) f
cross join lateral (
	select * from public.mail x
	where x.project_id = t.project_id and x.thread_id = t.thread_id
	order by x.created_at desc, x.id desc limit 1) m
order by t.last_at desc, t.thread_id;

-- name: mail_count_threads :row :read
-- in: $1 project
select coalesce(sum(n), 0) from public.mail_counts
where project_id = $1 and reader = '#';

-- name: mail_get :row :read
-- in: $1 id text
select {mail} from public.mail where id = $1;

-- name: mail_delete :row
-- in: $1 id text
select true as deleted, d.id from api.mail_delete($1) d (id);

-- name: session_mail_send :row
-- in: $1 session id, $2 input json {fromSessionId, message, detail}
select true as success, m.id as mail_id
from api.session_mail_send($1, $2::json) m;

-- name: session_mail_read :rows
-- in: $1 session id, $2 bool: may it be marked as read
select m.id, m.parent_session_id, m.from_session_id,
	coalesce(m.from_name, m.from_session_id) as from_name, m.to_session_id,
	m.body, m.created_at, m.detail
from api.session_mail_read($1, $2::bool) m
order by m.created_at, m.id;
