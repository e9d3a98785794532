set local lock_timeout = '2s';
-- A request that takes a task or sends a mail may come more than once: its
-- answer was lost (maestro-api.md 1.2).  With a clientRequestId the repeat is
-- answered with what the first did.

-- --- taking tasks ----------------------------------------------------------

-- The request that took the task, if it had a name; whoever takes the task
-- next overwrites it.
alter table public.tasks add column if not exists claim_request_id text
	check (length(claim_request_id) <= 200);
create unique index if not exists tasks_claim_request_idx
	on public.tasks (project_id, claim_request_id)
	where claim_request_id is not null;
grant update (claim_request_id) on public.tasks to authenticated;

-- Requests of one name come one after the other, so that a repeat finds what
-- the first did also when both arrive at the same moment.
create or replace function private.lock_request(project text, request text)
returns void
language sql volatile
as $$
	select pg_advisory_xact_lock(
		hashtextextended('request ' || project || ' ' || request, 0))
$$;

-- What the request took when it came before; null without a name.
create or replace function api.taken_by(project text, request text)
returns public.tasks
language plpgsql volatile
as $$
declare
	t public.tasks;
begin
	if request is not null then
		perform private.lock_request(project, request);
		select * into t from public.tasks x
		where x.project_id = project and x.claim_request_id = request;
	end if;
	return t;
end
$$;

-- As before, and it says which request it was.
drop function if exists api.take(public.tasks, text);
create or replace function api.take(t public.tasks, session text, request text)
returns json
language plpgsql volatile
as $$
begin
	if session is not null and api.link(t.project_id, t.id, session) then
		insert into public.session_timeline
			(project_id, session_id, type, task_id)
		values (t.project_id, session, 'task_started', t.id);
	end if;
	update public.tasks x set status = 'in_progress',
		claim_request_id = request,
		task_session_statuses = case when session is null
			then x.task_session_statuses
			else coalesce(x.task_session_statuses, '{}') ||
				jsonb_build_object(session, 'working') end
	where x.id = t.id and x.status = 'todo'
	returning * into t;
	if not found then
		perform private.refuse(409, 'task_taken',
			'The task is taken already');
	end if;
	return api.task_json(t);
end
$$;

-- Repeated by the session that has the task, or by the request that took it,
-- it answers with the task.  is_contended: others ask for it at this moment,
-- so a row that is locked is as good as taken; nobody waits.
create or replace function api.task_claim(task text, input json,
	is_contended bool) returns json
language plpgsql volatile
as $$
declare
	t public.tasks := api.need_task(task, 'member');
	request text := nullif(input ->> 'clientRequestId', '');
	before public.tasks := api.taken_by(t.project_id, request);
	session text := api.lock_taker(t.project_id, input ->> 'sessionId');
begin
	if before.id <> task then
		perform private.refuse(409, 'already_exists',
			'The clientRequestId took another task',
			'clientRequestId');
	end if;
	if is_contended then
		select * into t from public.tasks x
		where x.id = task and x.status = 'todo'
		for no key update skip locked;
	else
		select * into t from public.tasks x
		where x.id = task and x.status = 'todo'
		for no key update;
	end if;
	if found then
		return api.take(t, session, request);
	end if;
	select * into t from public.tasks x
	where x.id = task and x.status <> 'todo'
		and (x.claim_request_id = request
			or x.status = 'in_progress'
			and x.task_session_statuses ->> session = 'working');
	if not found then
		perform private.refuse(409, 'task_taken',
			'The task is taken already');
	end if;
	return api.task_json(t);
end
$$;

-- The most urgent task of the project that waits, the oldest of those; for a
-- repeat the one it took before, which it takes again if that was put back.
-- Rows that others are taking are stepped over; only when nothing else is left
-- it waits for them, so that "no task" is the truth.  enable_sort: see
-- api.task_list.
create or replace function api.task_claim_next(input json) returns json
language plpgsql volatile
set enable_sort = off
as $$
declare
	project text := input ->> 'projectId';
	request text := nullif(input ->> 'clientRequestId', '');
	session text;
	t public.tasks;
begin
	perform private.need_project(project, 'member');
	t := api.taken_by(project, request);
	if t.status <> 'todo' then
		return api.task_json(t);
	end if;
	session := api.lock_taker(project, input ->> 'sessionId');
	select * into t from public.tasks x
	where x.project_id = project and x.claim_request_id = request
		and x.status = 'todo'
	for no key update;
	if not found then
		select * into t from public.tasks x
		where x.project_id = project and x.status = 'todo'
		order by private.priority_rank(x.priority), x.created_at, x.id
		limit 1 for no key update skip locked;
	end if;
	if not found then
		select * into t from public.tasks x
		where x.project_id = project and x.status = 'todo'
		order by private.priority_rank(x.priority), x.created_at, x.id
		limit 1 for no key update;
	end if;
	if not found then
		perform private.refuse(404, 'no_task',
			'No task of the project waits');
	end if;
	return api.take(t, session, request);
end
$$;

-- --- mail ------------------------------------------------------------------

-- One request may be many mails, one to each reader.
alter table public.mail add column if not exists client_request_id text
	check (length(client_request_id) <= 200);
create unique index if not exists mail_request_idx on public.mail
	(project_id, client_request_id, coalesce(to_session_id, ''))
	where client_request_id is not null;
grant insert (client_request_id) on public.mail to authenticated;

-- One mail is an object, more than one a list.
create or replace function api.mail_answer(sent json[]) returns json
language sql immutable parallel safe
as $$
	select case when cardinality(sent) = 1 then sent[1]
		else array_to_json(sent) end
$$;

-- Each reader gets a mail of his own: a long one to hundreds would be
-- gigabytes.
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

revoke execute on function private.lock_request(text, text) from public;
grant execute on function private.lock_request(text, text)
	to authenticated, service_role;
revoke execute on all functions in schema api from public;
grant execute on all functions in schema api to authenticated, service_role;
