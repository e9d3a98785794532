set local lock_timeout = '2s';
-- Mail between sessions, and between people and sessions (maestro-api.md 2.7,
-- 3.4, 7.10).  Both generations of the wire share the table: what only B has
-- are from_name, detail, read_at and parent_session_id.
--
-- No foreign key to sessions: a letter outlives who wrote it and who got it,
-- and clearing to_session_id would make a broadcast of it.  A person writes
-- as user_<id>.
create table if not exists public.mail (
	id text primary key default ('mail_' || floor(extract(
			epoch from clock_timestamp()) * 1000)::bigint
		|| '_' || translate(lower(substr(encode(uuid_send(
			gen_random_uuid()), 'base64'), 13, 9)), '+/', '09'))
		check (id ~ '^[A-Za-z0-9_-]{1,128}$'),
	project_id text not null references public.projects (id)
		on delete cascade,
	from_session_id text not null
		check (from_session_id ~ '^[A-Za-z0-9:_-]{1,128}$'),
	from_name text check (length(from_name) <= 1000),
	to_session_id text check (to_session_id ~ '^[A-Za-z0-9:_-]{1,128}$'),
	to_team_member_id text check (length(to_team_member_id) <= 128),
	in_reply_to text check (in_reply_to ~ '^[A-Za-z0-9_-]{1,128}$'),
	thread_id text not null check (thread_id ~ '^[A-Za-z0-9_-]{1,128}$'),
	type text not null check (type in ('assignment', 'status_update',
		'query', 'response', 'directive', 'notification',
		'status', 'question', 'broadcast', 'error')),
	priority text check (priority in ('critical', 'high', 'normal',
		'low')),
	subject text not null check (length(subject) between 1 and 10000),
	body text not null default '' check (length(body) <= 1000000),
	content jsonb not null check (jsonb_typeof(content) = 'object'
		and octet_length(content::text) <= 2000000),
	detail text check (length(detail) <= 1000000),
	parent_session_id text check (length(parent_session_id) <= 128),
	read_at timestamptz,
	client_request_id text check (length(client_request_id) <= 200),
	created_by uuid default auth.uid() references public.users (id)
		on update cascade on delete set null,
	created_at timestamptz not null default clock_timestamp(),
	extra jsonb
);
-- An inbox is two ranges of the first: to_session_id = x, and is null; by
-- urgency it is as many of the second for each priority.
create index if not exists mail_inbox_idx
	on public.mail (project_id, to_session_id, created_at, id);
create index if not exists mail_urgent_idx
	on public.mail (project_id, to_session_id, (case priority
		when 'critical' then 0 when 'high' then 1 when 'low' then 3
		else 2 end), created_at, id);
create index if not exists mail_list_idx
	on public.mail (project_id, created_at, id);
create index if not exists mail_thread_idx
	on public.mail (project_id, thread_id, created_at, id);
create index if not exists mail_created_by_idx on public.mail (created_by);
create unique index if not exists mail_request_idx on public.mail
	(project_id, client_request_id, coalesce(to_session_id, ''))
	where client_request_id is not null;
comment on table public.mail is
	'Mail between sessions, and between people and sessions.';
comment on column public.mail.from_session_id is
	'A session, or user_<id> for a person.';
comment on column public.mail.to_session_id is
	'null: a broadcast to all of the project.';
comment on column public.mail.type is
	'The first six are the wire''s, the others those of older '
	'installations.';
comment on column public.mail.subject is
	'The wire gives it no length; agents write long ones.';
comment on column public.mail.body is 'The words of the mail.';
comment on column public.mail.content is
	'The object that the wire carries; without one {message: body}.';
comment on column public.mail.client_request_id is
	'Of the request that sent it, which may be many mails, one to each '
	'reader.';
comment on column public.mail.created_at is
	'Not now(): readers ask for what came after the last they saw.';
comment on column public.mail.extra is
	'Members of an imported object that no column holds.';

-- --- what is known of many without reading them

create table if not exists public.mail_threads (
	project_id text not null references public.projects (id)
		on delete cascade,
	thread_id text not null,
	mails int not null,
	first_at timestamptz not null,
	last_at timestamptz not null,
	primary key (project_id, thread_id)
);
create index if not exists mail_threads_list_idx
	on public.mail_threads (project_id, last_at desc, thread_id);
comment on table public.mail_threads is
	'Each thread of mail: how long it is, and when it was written in.';

create table if not exists public.mail_counts (
	project_id text not null references public.projects (id)
		on delete cascade,
	reader text not null,
	type text not null default '',
	stripe smallint not null,
	n bigint not null,
	primary key (project_id, reader, type, stripe)
) with (fillfactor = 50);
comment on table public.mail_counts is
	'How much mail there is: the sum of the stripes.';
comment on column public.mail_counts.reader is
	'A session or a person; all of the project: empty. * counts every '
	'mail, # the threads, both without a type.';
comment on column public.mail_counts.stripe is
	'Of the connection that wrote, so that writers do not wait for each '
	'other; the number in one alone may be less than none.';

-- --- who may do what (policies: sql/functions)

alter table public.mail enable row level security;
revoke all on public.mail from anon, authenticated;
grant select, delete on public.mail to authenticated;
grant insert (id, project_id, from_session_id, from_name, to_session_id,
	to_team_member_id, in_reply_to, type, priority, subject, body,
	content, detail, parent_session_id, client_request_id),
	update (read_at)
	on public.mail to authenticated;
grant select, insert, update, delete on public.mail to service_role;

alter table public.mail_threads enable row level security;
alter table public.mail_counts enable row level security;
revoke all on public.mail_threads, public.mail_counts
	from anon, authenticated;
grant select on public.mail_threads, public.mail_counts to authenticated;
grant select, insert, update, delete
	on public.mail_threads, public.mail_counts to service_role;
