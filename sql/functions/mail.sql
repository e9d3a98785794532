-- What is done with mail (maestro-api.md 2.7, 7.10).  Security invoker.

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
	if new.content is null then
		new.content := jsonb_build_object('message', new.body);
	elsif new.body = '' then
		new.body := private.mail_text(new.content);
	end if;
	return new;
end
$$;

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

-- Numbers that lists show beside a part of what there is.  A writer takes rows
-- of readers, of threads, of all threads, each in order: none waits in a
-- circle.
create or replace function private.count_mail() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
	step int := case tg_op when 'INSERT' then 1 else -1 end;
begin
	insert into public.mail_counts as m
		(project_id, reader, type, stripe, n)
	select c.project_id, k.reader, k.type, pg_backend_pid() % 16,
		step * count(*)
	from changed c cross join lateral (values
		(coalesce(c.to_session_id, ''), c.type), ('*', ''))
		k (reader, type)
	-- The mail of a project goes with it.
	where exists (select from public.projects p where p.id = c.project_id)
	group by c.project_id, k.reader, k.type
	order by c.project_id, k.reader, k.type
	on conflict (project_id, reader, type, stripe)
		do update set n = m.n + excluded.n;
	return null;
end
$$;

create or replace function private.count_mail_threads() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
	step int := case tg_op when 'INSERT' then 1 else -1 end;
begin
	insert into public.mail_counts as m
		(project_id, reader, stripe, n)
	select c.project_id, '#', pg_backend_pid() % 16, step * count(*)
	from changed c
	where exists (select from public.projects p where p.id = c.project_id)
	group by c.project_id order by c.project_id
	on conflict (project_id, reader, type, stripe)
		do update set n = m.n + excluded.n;
	return null;
end
$$;

create or replace function private.lengthen_threads() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	insert into public.mail_threads as t (project_id, thread_id, mails,
		first_at, last_at)
	select c.project_id, c.thread_id, count(*), min(c.created_at),
		max(c.created_at)
	from changed c group by c.project_id, c.thread_id
	order by c.project_id, c.thread_id
	on conflict (project_id, thread_id) do update set
		mails = t.mails + excluded.mails,
		first_at = least(t.first_at, excluded.first_at),
		last_at = greatest(t.last_at, excluded.last_at);
	return null;
end
$$;

-- The rows are locked first: what was written meanwhile is seen by the
-- statements after that.
create or replace function private.shorten_threads() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	perform from public.mail_threads t
	where (t.project_id, t.thread_id) in (
		select c.project_id, c.thread_id from changed c)
	order by t.project_id, t.thread_id for update;
	delete from public.mail_threads t
	using (select c.project_id, c.thread_id, count(*) as n from changed c
		group by c.project_id, c.thread_id) c
	where t.project_id = c.project_id and t.thread_id = c.thread_id
		and t.mails <= c.n;
	update public.mail_threads t set mails = t.mails - c.n,
		first_at = (select min(m.created_at) from public.mail m
			where m.project_id = c.project_id
				and m.thread_id = c.thread_id),
		last_at = (select max(m.created_at) from public.mail m
			where m.project_id = c.project_id
				and m.thread_id = c.thread_id)
	from (select c.project_id, c.thread_id, count(*) as n from changed c
		group by c.project_id, c.thread_id) c
	where t.project_id = c.project_id and t.thread_id = c.thread_id;
	return null;
end
$$;

-- What the numbers are of stays as it was sent.
create or replace function private.keep_mail() returns trigger
language plpgsql
as $$
begin
	perform private.refuse(400, 'validation_failed',
		'A mail that was sent is not changed');
	return null;
end
$$;

-- --- sending ---------------------------------------------------------------

create or replace function private.is_active(s public.sessions) returns bool
language sql immutable parallel safe
as $$
	select s.status in ('working', 'idle', 'spawning')
$$;

-- user_<id> of a person, else null.
create or replace function api.mail_person(party text) returns uuid
language sql immutable parallel safe
as $$
	select case when starts_with(party, 'user_')
		then private.uuid_or_null(substr(party, 6)) end
$$;

-- Who writes: a session the caller may write for, or the caller.
create or replace function api.mail_sender(party text) returns public.sessions
language plpgsql stable
as $$
declare
	me uuid := auth.uid();
	s public.sessions;
begin
	if party is not null and not starts_with(party, 'user_') then
		return api.need_session(party, null, 'member');
	end if;
	if me is null then
		perform private.refuse(400, 'validation_failed',
			'fromSessionId is required', 'fromSessionId');
	end if;
	if party <> 'user_' || me then
		perform private.refuse(403, 'forbidden',
			'Nobody writes in the name of another',
			'fromSessionId');
	end if;
	s.id := 'user_' || me;
	s.name := (select u.display_name from public.users u where u.id = me);
	return s;
end
$$;

-- Where a mail goes (7.10).  One null: to all of the project.
create or replace function api.mail_targets(project text,
	sender public.sessions, input json) returns text[]
language plpgsql stable
as $$
#variable_conflict use_variable
declare
	target text := input ->> 'toSessionId';
	member text := input ->> 'toTeamMemberId';
	span text := input ->> 'scope';
	found_ids text[];
begin
	if target is not null then
		if api.mail_person(target) is null then
			perform api.need_session(target, project, 'viewer');
		elsif not exists (select from public.project_members m
			where m.project_id = project
				and m.user_id = api.mail_person(target))
		then
			perform private.refuse_missing('Session', target);
		end if;
		return array[target];
	end if;
	if member is not null then
		select array_agg(s.id order by s.started_at, s.id)
		into found_ids from public.sessions s
		where s.project_id = project and private.is_active(s)
			and (s.team_member_id = member
				or member = any(s.team_member_ids)
				or s.metadata ->> 'teamMemberId' = member
				or s.metadata -> 'teamMemberIds' ? member);
		if found_ids is null then
			perform private.refuse_missing(
				'Active session for team member', member);
		end if;
		return found_ids;
	end if;
	if span = 'my-workers' then
		select array_agg(s.id order by s.started_at, s.id)
		into found_ids from public.sessions s
		where s.parent_session_id = sender.id
			and s.project_id = project and private.is_active(s);
	elsif span = 'team' then
		select array_agg(s.id order by s.started_at, s.id)
		into found_ids from public.sessions s
		where s.parent_session_id = sender.parent_session_id
			and s.id <> sender.id
			and s.project_id = project and private.is_active(s);
	end if;
	return coalesce(found_ids, array[null::text]);
end
$$;

-- Requests of one name come one after the other, so that a repeat finds what
-- the first did also when both arrive at the same moment: those that send
-- mail, and those that take tasks (task_claims.sql).
create or replace function private.lock_request(project text, request text)
returns void
language sql volatile
as $$
	select pg_advisory_xact_lock(
		hashtextextended('request ' || project || ' ' || request, 0))
$$;

-- Each reader gets a mail of his own: a long one to hundreds would be
-- gigabytes.  A request may come more than once, because its answer was lost
-- (1.2): with a clientRequestId the repeat is answered with what the first
-- sent.
create or replace function api.mail_send(input json)
returns setof public.mail
language plpgsql volatile
as $$
#variable_conflict use_variable
declare
	most_bytes constant int := 16777216;
	project text := input ->> 'projectId';
	request text := nullif(input ->> 'clientRequestId', '');
	sender public.sessions;
	targets text[];
begin
	perform private.need_project(project, 'member');
	if request is not null then
		perform private.lock_request(project, request);
		return query select m.* from public.mail m
		where m.project_id = project and m.client_request_id = request
		order by m.created_at, m.id;
		if found then
			return;
		end if;
	end if;
	sender := api.mail_sender(input ->> 'fromSessionId');
	targets := api.mail_targets(project, sender, input);
	if cardinality(targets) > 1 and cardinality(targets)::bigint
		* octet_length((input -> 'body')::text) > most_bytes
	then
		perform private.refuse(413, 'too_large', format(
			'The body is too long for %s readers',
			cardinality(targets)), 'body');
	end if;
	return query insert into public.mail as m (project_id, from_session_id,
		from_name, to_session_id, to_team_member_id, in_reply_to, type,
		priority, subject, content, client_request_id)
	select project, sender.id,
		case when starts_with(sender.id, 'user_')
			then nullif(sender.name, '') end,
		t.id, input ->> 'toTeamMemberId', input ->> 'replyToMailId',
		input ->> 'type', input ->> 'priority', input ->> 'subject',
		coalesce(input -> 'body', '{}')::jsonb, request
	from unnest(targets) with ordinality t(id, n)
	order by t.n
	returning m.*;
end
$$;

-- --- reading ---------------------------------------------------------------

-- The same project, for who may read its mail; 404 for the others.
create or replace function api.mail_project(project text) returns text
language plpgsql stable
as $$
begin
	perform private.need_project(project, 'viewer');
	return project;
end
$$;

create or replace function api.need_mail(mail text) returns public.mail
language plpgsql stable
as $$
declare
	m public.mail;
begin
	select * into m from public.mail x where x.id = mail;
	if not found then
		perform private.refuse_missing('Mail', mail);
	end if;
	return m;
end
$$;

create or replace function api.mail_delete(mail text) returns text
language plpgsql volatile
as $$
declare
	m public.mail := api.need_mail(mail);
begin
	perform private.need_project(m.project_id, 'member');
	delete from public.mail x where x.id = m.id;
	return m.id;
end
$$;

-- The inbox of a session: of which project (the one named, else its own; a
-- person has none of their own), and from when on.  lately: only the last two
-- minutes, for a reader that has seen there was nothing before and looks again
-- and again.
create or replace function api.mail_box(session text, project text,
	since_ms bigint, lately bool, out project_id text,
	out since timestamptz)
language plpgsql stable
as $$
#variable_conflict use_variable
declare
	s public.sessions;
begin
	if api.mail_person(session) is null then
		s := api.need_session(session, null, 'viewer');
	elsif project is null then
		perform private.refuse(400, 'validation_failed',
			'projectId is required for the mail of a person',
			'projectId');
	end if;
	project_id := coalesce(project, s.project_id);
	-- The wire counts whole milliseconds: after since_ms is from the next.
	since := greatest(timestamptz 'epoch'
			+ interval '1 ms' * (coalesce(since_ms, -1) + 1),
		case when lately then clock_timestamp()
			- interval '2 minutes' end);
end
$$;

-- --- generation B ----------------------------------------------------------

-- Between parent and child, or two children of one parent: the session that
-- is the parent of them.  Null: they have nothing to do with each other.
create or replace function api.mail_common_parent(a public.sessions,
	b public.sessions) returns text
language sql immutable
as $$
	select case when a.id = b.id then null
		when b.parent_session_id = a.id then a.id
		when a.parent_session_id = b.id then b.id
		when a.parent_session_id = b.parent_session_id
			then a.parent_session_id end
$$;

create or replace function api.session_mail_send(session text, input json)
returns public.mail
language plpgsql volatile
as $$
declare
	target public.sessions := api.need_session(session, null, 'member');
	sender public.sessions := api.need_session(
		input ->> 'fromSessionId', null, 'member');
	parent text := api.mail_common_parent(sender, target);
	message text := input ->> 'message';
	m public.mail;
begin
	if parent is null then
		perform private.refuse(403, 'mail_scope_violation',
			'A session may only write to its parent, its '
			|| 'children and its siblings', 'fromSessionId');
	end if;
	insert into public.mail (project_id, from_session_id, from_name,
		to_session_id, type, subject, body, content, detail,
		parent_session_id)
	values (target.project_id, sender.id,
		left(coalesce(api.session_member(sender) ->> 'name',
			nullif(sender.name, ''), sender.id), 1000),
		target.id, 'notification',
		coalesce(nullif(trim(left(split_part(trim(message), E'\n', 1),
			200)), ''), 'Message'),
		message, jsonb_strip_nulls(jsonb_build_object('message',
			message, 'detail', input ->> 'detail')),
		input ->> 'detail', parent)
	returning * into m;
	return m;
end
$$;

-- What the session has not read, once; who only looks (a viewer, a token that
-- may not write) leaves it unread.
create or replace function api.session_mail_read(session text, may_mark bool)
returns setof public.mail
language plpgsql volatile
as $$
declare
	s public.sessions := api.need_session(session, null, 'viewer');
begin
	if may_mark and private.project_role_of(s.project_id) >= 'member' then
		return query update public.mail m
		set read_at = clock_timestamp()
		where m.project_id = s.project_id
			and m.to_session_id = s.id and m.read_at is null
		returning m.*;
	else
		return query select m.* from public.mail m
		where m.project_id = s.project_id and m.to_session_id = s.id
			and m.read_at is null;
	end if;
end
$$;

-- --- events ----------------------------------------------------------------

create or replace function private.emit_mail() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	if tg_op = 'INSERT' then
		perform private.emit_row('mail:received', new.project_id,
			'mail', new.id, null);
	else
		perform private.emit('mail:deleted', old.project_id,
			json_build_object('id', old.id,
				'projectId', old.project_id));
	end if;
	return null;
end
$$;

grant execute on function private.mail_text(jsonb),
	private.is_active(public.sessions), private.lock_request(text, text)
	to authenticated, service_role;

-- --- what hangs on tables

create policy mail_select on public.mail for select to authenticated
	using (project_id = any(array(select private.project_ids('viewer'))));

-- Nobody speaks for another person, nor for a session of a project that is
-- not theirs.
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
create policy mail_update on public.mail for update to authenticated
	using (project_id = any(array(select private.project_ids('member'))))
	with check (project_id = any(array(
		select private.project_ids('member'))));
create policy mail_delete on public.mail for delete to authenticated
	using (project_id = any(array(select private.project_ids('member'))));

create policy mail_threads_select on public.mail_threads
	for select to authenticated
	using (project_id = any(array(select private.project_ids('viewer'))));
create policy mail_counts_select on public.mail_counts
	for select to authenticated
	using (project_id = any(array(select private.project_ids('viewer'))));

create trigger mail_complete before insert on public.mail
	for each row execute function private.complete_mail();
create trigger mail_name before insert on public.mail
	for each row when (not private.importing()
		and new.created_by is not null
		and new.from_session_id = 'user_' || new.created_by)
	execute function private.name_mail();

-- Of a mail the fact is kept, not the text.  That somebody read it is not a
-- change of it.
create trigger mail_audit after insert or delete on public.mail
	for each row when (not private.importing())
	execute function private.log_rls_operation('content', 'body', 'detail');
create trigger mail_audit_update after update on public.mail
	for each row when (not private.importing()
		and old.read_at is not distinct from new.read_at)
	execute function
		private.log_rls_operation('content', 'body', 'detail');
create trigger mail_emit after insert or delete on public.mail
	for each row when (not private.importing())
	execute function private.emit_mail();

-- Of imported mail too.
create trigger mail_counts after insert on public.mail
	referencing new table as changed
	for each statement execute function private.count_mail();
create trigger mail_counts_gone after delete on public.mail
	referencing old table as changed
	for each statement execute function private.count_mail();
create trigger mail_threads after insert on public.mail
	referencing new table as changed
	for each statement execute function private.lengthen_threads();
create trigger mail_threads_gone after delete on public.mail
	referencing old table as changed
	for each statement execute function private.shorten_threads();
create trigger mail_keep before update of project_id, to_session_id, thread_id,
	type, created_at on public.mail
	for each row execute function private.keep_mail();
create trigger mail_threads_counts after insert on public.mail_threads
	referencing new table as changed
	for each statement execute function private.count_mail_threads();
create trigger mail_threads_counts_gone after delete on public.mail_threads
	referencing old table as changed
	for each statement execute function private.count_mail_threads();
