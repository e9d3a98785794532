set local lock_timeout = '2s';
-- Mail between sessions, and between people and sessions (maestro-api.md 2.7,
-- 3.4, 7.10).  A mail belongs to one project; to_session_id null is a
-- broadcast to all of it.  Both generations of the wire share the table: what
-- only B has are from_name, detail, read_at and parent_session_id.
--
-- No foreign key to sessions: a letter outlives who wrote it and who got it,
-- and clearing to_session_id would make a broadcast of it.  A person writes
-- as user_<id>.
create table if not exists public.mail (
	id text primary key default private.new_id('mail')
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
	-- Those of the wire, then those of older installations.
	type text not null check (type in ('assignment', 'status_update',
		'query', 'response', 'directive', 'notification',
		'status', 'question', 'broadcast', 'error')),
	priority text check (priority in ('critical', 'high', 'normal',
		'low')),
	-- The wire gives it no length; agents write long ones.
	subject text not null check (length(subject) between 1 and 10000),
	-- The words of it; content is the object the wire carries, if one came.
	body text not null default '' check (length(body) <= 1000000),
	content jsonb check (jsonb_typeof(content) = 'object'
		and octet_length(content::text) <= 2000000),
	detail text check (length(detail) <= 1000000),
	parent_session_id text check (length(parent_session_id) <= 128),
	read_at timestamptz,
	-- Of the request that sent it.  One may be many mails, one to each
	-- reader.
	client_request_id text check (length(client_request_id) <= 200),
	created_by uuid default auth.uid() references public.users (id)
		on update cascade on delete set null,
	-- Not now(): readers ask for what came after the last they saw.
	created_at timestamptz not null default clock_timestamp()
);
-- An inbox is two ranges of the first: to_session_id = x, and is null.
create index if not exists mail_inbox_idx
	on public.mail (project_id, to_session_id, created_at, id);
create index if not exists mail_list_idx
	on public.mail (project_id, created_at, id);
create index if not exists mail_thread_idx
	on public.mail (project_id, thread_id, created_at, id);
create index if not exists mail_created_by_idx on public.mail (created_by);
create unique index if not exists mail_request_idx on public.mail
	(project_id, client_request_id, coalesce(to_session_id, ''))
	where client_request_id is not null;

-- --- the rules that hold whoever writes ------------------------------------

-- The words of a body: the member its type uses, else all its texts.
create or replace function private.mail_text(content jsonb) returns text
language sql immutable parallel safe
as $$
	select left(coalesce(nullif(coalesce(
			content ->> 'instructions', content ->> 'message',
			content ->> 'question', content ->> 'answer',
			content ->> 'details'), ''), (
		select string_agg(e.key || ': ' || (e.value #>> '{}'), E'\n')
		from jsonb_each(content) e
		where jsonb_typeof(e.value) in ('string', 'number',
			'boolean')), ''), 1000000)
$$;

-- A reply joins the thread of the mail it answers; any other begins its own.
create or replace function private.complete_mail() returns trigger
language plpgsql
as $$
begin
	if new.thread_id is null and new.in_reply_to is not null then
		select m.thread_id into new.thread_id from public.mail m
		where m.id = new.in_reply_to
			and m.project_id = new.project_id;
	end if;
	new.thread_id := coalesce(new.thread_id, new.id);
	if new.body = '' and new.content is not null then
		new.body := private.mail_text(new.content);
	end if;
	return new;
end
$$;

drop trigger if exists mail_complete on public.mail;
create trigger mail_complete before insert on public.mail
	for each row execute function private.complete_mail();

-- Whoever writes the row of a person's mail, the name on it is that person's.
create or replace function private.name_mail() returns trigger
language plpgsql
as $$
begin
	new.from_name := (select nullif(u.display_name, '')
		from public.users u where u.id = new.created_by);
	return new;
end
$$;
drop trigger if exists mail_name on public.mail;
create trigger mail_name before insert on public.mail
	for each row when (new.created_by is not null
		and new.from_session_id = 'user_' || new.created_by)
	execute function private.name_mail();

-- Of a mail the fact is kept, not the text.  That somebody read it is not a
-- change of it.
drop trigger if exists mail_audit on public.mail;
create trigger mail_audit after insert or delete on public.mail
	for each row execute function
		private.log_rls_operation('content', 'body', 'detail');
drop trigger if exists mail_audit_update on public.mail;
create trigger mail_audit_update after update on public.mail
	for each row when (old.read_at is not distinct from new.read_at)
	execute function
		private.log_rls_operation('content', 'body', 'detail');

-- --- who may do what -------------------------------------------------------

alter table public.mail enable row level security;
revoke all on public.mail from anon, authenticated;
grant select, delete on public.mail to authenticated;
grant insert (id, project_id, from_session_id, from_name, to_session_id,
	to_team_member_id, in_reply_to, type, priority, subject, body,
	content, detail, parent_session_id, client_request_id),
	update (read_at)
	on public.mail to authenticated;
grant select, insert, update, delete on public.mail to service_role;

drop policy if exists mail_select on public.mail;
create policy mail_select on public.mail for select to authenticated
	using (project_id = any(array(select private.project_ids('viewer'))));
-- Nobody speaks for another person, nor for a session of a project that is
-- not theirs.
drop policy if exists mail_insert on public.mail;
create policy mail_insert on public.mail for insert to authenticated
	with check (created_by = (select auth.uid())
		and project_id = any(array(
			select private.project_ids('member')))
		and (from_session_id = 'user_' || (select auth.uid())
			or from_session_id !~ '^user_' and exists (
				select from public.sessions s
				where s.id = mail.from_session_id
					and s.project_id = any(array(select
					private.project_ids('member'))))));
drop policy if exists mail_update on public.mail;
create policy mail_update on public.mail for update to authenticated
	using (project_id = any(array(select private.project_ids('member'))))
	with check (project_id = any(array(
		select private.project_ids('member'))));
drop policy if exists mail_delete on public.mail;
create policy mail_delete on public.mail for delete to authenticated
	using (project_id = any(array(select private.project_ids('member'))));

-- --- as JSON ---------------------------------------------------------------

create or replace function api.mail_json(m public.mail) returns json
language sql stable parallel safe
as $$
	select private.json_with(json_build_object(
			'id', m.id,
			'projectId', m.project_id,
			'fromSessionId', m.from_session_id,
			'toSessionId', m.to_session_id,
			'replyToMailId', m.in_reply_to,
			'threadId', m.thread_id,
			'type', m.type,
			'subject', m.subject,
			'body', coalesce(m.content,
				jsonb_build_object('message', m.body)),
			'createdAt', private.ms(m.created_at)),
		'"priority":' || to_json(m.priority)::text,
		'"fromName":' || to_json(m.from_name)::text)
$$;

-- Generation B.
create or replace function api.mail_b_json(m public.mail) returns json
language sql stable parallel safe
as $$
	select private.json_with(json_build_object(
			'id', m.id,
			'parentSessionId', m.parent_session_id,
			'fromSessionId', m.from_session_id,
			'fromName', coalesce(m.from_name, m.from_session_id),
			'toSessionId', m.to_session_id,
			'message', m.body,
			'createdAt', private.ms(m.created_at)),
		'"detail":' || to_json(m.detail)::text)
$$;

-- --- events: one mail:received for each row --------------------------------

create or replace function private.emit_mail() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	if tg_op = 'INSERT' then
		perform private.emit('mail:received', new.project_id,
			api.mail_json(new));
	else
		perform private.emit('mail:deleted', old.project_id,
			json_build_object('id', old.id,
				'projectId', old.project_id));
	end if;
	return null;
end
$$;

drop trigger if exists mail_emit on public.mail;
create trigger mail_emit after insert or delete on public.mail
	for each row execute function private.emit_mail();

revoke execute on function private.mail_text(jsonb),
	private.complete_mail(), private.name_mail(), private.emit_mail()
	from public;
grant execute on function private.mail_text(jsonb)
	to authenticated, service_role;
revoke execute on all functions in schema api from public;
grant execute on all functions in schema api to authenticated, service_role;
