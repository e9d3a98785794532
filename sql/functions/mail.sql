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
	if new.body = '' and new.content is not null then
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

-- One mail is an object, more than one a list.
create or replace function api.mail_answer(sent json[]) returns json
language sql immutable parallel safe
as $$
	select case when cardinality(sent) = 1 then sent[1]
		else array_to_json(sent) end
$$;

-- Each reader gets a mail of his own: a long one to hundreds would be
-- gigabytes.  A request may come more than once, because its answer was lost
-- (1.2): with a clientRequestId the repeat is answered with what the first
-- sent.
create or replace function api.mail_send(input json) returns json
language plpgsql volatile
as $$
#variable_conflict use_variable
declare
	most_bytes constant int := 16777216;
	project text := input ->> 'projectId';
	request text := nullif(input ->> 'clientRequestId', '');
	sender public.sessions;
	targets text[];
	stored json[];
begin
	perform private.need_project(project, 'member');
	if request is not null then
		perform private.lock_request(project, request);
		select array_agg(api.mail_json(m) order by m.created_at, m.id)
		into stored from public.mail m
		where m.project_id = project and m.client_request_id = request;
		if stored is not null then
			return api.mail_answer(stored);
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
	with sent as (
		insert into public.mail as m (project_id, from_session_id,
			from_name, to_session_id, to_team_member_id,
			in_reply_to, type, priority, subject, content,
			client_request_id)
		select project, sender.id,
			case when starts_with(sender.id, 'user_')
				then nullif(sender.name, '') end,
			t.id, input ->> 'toTeamMemberId',
			input ->> 'replyToMailId', input ->> 'type',
			input ->> 'priority', input ->> 'subject',
			coalesce(input -> 'body', '{}')::jsonb, request
		from unnest(targets) with ordinality t(id, n)
		order by t.n
		returning m as one)
	select array_agg(api.mail_json(s.one)) into stored from sent s;
	return api.mail_answer(stored);
end
$$;

-- --- reading ---------------------------------------------------------------

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

create or replace function api.mail_get(mail text) returns json
language plpgsql stable
as $$
begin
	return api.mail_json(api.need_mail(mail));
end
$$;

create or replace function api.mail_delete(mail text) returns json
language plpgsql volatile
as $$
declare
	m public.mail := api.need_mail(mail);
begin
	perform private.need_project(m.project_id, 'member');
	delete from public.mail x where x.id = m.id;
	return json_build_object('deleted', true, 'id', m.id);
end
$$;

-- The project whose mail a session reads: the one named, else its own.  A
-- person has no project of their own.
create or replace function api.mail_project(session text, project text)
returns text
language plpgsql stable
as $$
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
	return coalesce(project, s.project_id);
end
$$;

-- What is for a session: addressed to it, or to all of the project; the most
-- urgent first.  lately: only the last two minutes, for a reader that has seen
-- there was nothing before and looks again and again.
create or replace function api.mail_inbox(session text, project text,
	with_type text, since_ms bigint, lately bool, row_limit int,
	row_offset int) returns json
language plpgsql stable
as $$
#variable_conflict use_variable
declare
	box text := api.mail_project(session, project);
	-- The wire counts whole milliseconds: after since_ms is from the next.
	since timestamptz := greatest(timestamptz 'epoch'
			+ interval '1 ms' * (coalesce(since_ms, -1) + 1),
		case when lately then clock_timestamp()
			- interval '2 minutes' end);
	paged bool := row_limit is not null or row_offset is not null;
	size int := case when paged then coalesce(row_limit, 100) end;
	rows json;
	total bigint;
begin
	select json_agg(api.mail_json(m)) into rows
	from (
		select x.* from (
			select * from public.mail a
			where a.project_id = box and a.to_session_id = session
				and a.created_at >= since
			union all
			select * from public.mail b
			where b.project_id = box and b.to_session_id is null
				and b.created_at >= since) x
		where with_type is null or x.type = with_type
		order by case x.priority when 'critical' then 0
			when 'high' then 1 when 'low' then 3 else 2 end,
			x.created_at, x.id
		limit size offset coalesce(row_offset, 0)) m;
	if paged then
		select sum(n) into total from (
			select count(*) as n from public.mail a
			where a.project_id = box
				and a.to_session_id = session
				and a.created_at >= since
				and (with_type is null or a.type = with_type)
			union all
			select count(*) from public.mail b
			where b.project_id = box and b.to_session_id is null
				and b.created_at >= since
				and (with_type is null or b.type = with_type)) c;
	end if;
	return api.page_json(rows, total, row_limit, row_offset);
end
$$;

create or replace function api.mail_thread(thread text) returns json
language plpgsql stable
as $$
begin
	return (select coalesce(json_agg(api.mail_json(m)
			order by m.created_at, m.id), '[]')
		from public.mail m where m.thread_id = thread);
end
$$;

-- A project's threads, the one with the newest mail first: that mail, and what
-- is to be known of the thread it is in.
create or replace function api.mail_threads(project text, row_limit int,
	row_offset int) returns json
language plpgsql stable
set plan_cache_mode = force_custom_plan
set enable_sort = on
as $$
#variable_conflict use_variable
declare
	rows json;
	total bigint;
begin
	select json_agg(json_build_object('threadId', t.thread_id,
			'subject', a.subject, 'count', t.n,
			'startedAt', private.ms(t.first_at),
			'lastMail', api.mail_json(z))
			order by t.last_at desc, t.thread_id),
		max(t.total)
	into rows, total
	from (select m.thread_id, count(*) as n, min(m.created_at) as first_at,
			max(m.created_at) as last_at,
			count(*) over () as total
		from public.mail m where m.project_id = project
		group by m.thread_id
		order by last_at desc, m.thread_id
		limit coalesce(row_limit, 100)
		offset coalesce(row_offset, 0)) t
	cross join lateral (
		select x.subject from public.mail x
		where x.project_id = project and x.thread_id = t.thread_id
			and x.created_at = t.first_at
		order by x.id limit 1) a
	cross join lateral (
		select x.* from public.mail x
		where x.project_id = project and x.thread_id = t.thread_id
			and x.created_at = t.last_at
		order by x.id desc limit 1) z;
	-- A page past the end says nothing of the number there is.
	if total is null and row_offset > 0 then
		select count(distinct m.thread_id) into total
		from public.mail m where m.project_id = project;
	end if;
	return api.page_json(rows, coalesce(total, 0), row_limit, row_offset);
end
$$;

-- The newest mail of a project, or of one of its threads; without limit and
-- offset the newest hundred.  enable_sort: see api.task_list.
create or replace function api.mail_list(project text, thread text,
	by_thread bool, row_limit int, row_offset int) returns json
language plpgsql stable
set enable_sort = off
as $$
#variable_conflict use_variable
declare
	rows json;
	total bigint;
	size int := coalesce(row_limit, 100);
	skip int := coalesce(row_offset, 0);
begin
	perform private.need_project(project, 'viewer');
	if by_thread then
		return api.mail_threads(project, row_limit, row_offset);
	end if;
	if thread is null then
		select json_agg(api.mail_json(m)) into rows
		from (select * from public.mail x
			where x.project_id = project
			order by x.created_at desc, x.id desc
			limit size offset skip) m;
	else
		select json_agg(api.mail_json(m)) into rows
		from (select * from public.mail x
			where x.project_id = project and x.thread_id = thread
			order by x.created_at desc, x.id desc
			limit size offset skip) m;
	end if;
	if row_limit is not null or row_offset is not null then
		select count(*) into total from public.mail x
		where x.project_id = project
			and (thread is null or x.thread_id = thread);
	end if;
	return api.page_json(rows, total, row_limit, row_offset);
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
returns json
language plpgsql volatile
as $$
declare
	target public.sessions := api.need_session(session, null, 'member');
	sender public.sessions := api.need_session(
		input ->> 'fromSessionId', null, 'member');
	parent text := api.mail_common_parent(sender, target);
	message text := input ->> 'message';
	fresh text;
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
	returning id into fresh;
	return json_build_object('success', true, 'mailId', fresh);
end
$$;

-- What the session has not read, once; who only looks (a viewer, a token that
-- may not write) leaves it unread.
create or replace function api.session_mail_read(session text, may_mark bool)
returns json
language plpgsql volatile
as $$
declare
	s public.sessions := api.need_session(session, null, 'viewer');
	rows json;
begin
	if may_mark and private.project_role_of(s.project_id) >= 'member' then
		with got as (
			update public.mail m set read_at = clock_timestamp()
			where m.project_id = s.project_id
				and m.to_session_id = s.id and m.read_at is null
			returning m as one)
		select json_agg(api.mail_b_json(g.one)
			order by (g.one).created_at, (g.one).id)
		into rows from got g;
	else
		select json_agg(api.mail_b_json(m) order by m.created_at, m.id)
		into rows from public.mail m
		where m.project_id = s.project_id and m.to_session_id = s.id
			and m.read_at is null;
	end if;
	return coalesce(rows, '[]');
end
$$;

-- --- events ----------------------------------------------------------------

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
