-- What one session says to another, and what the wire asks of the machine the
-- agent runs on, answered from what the database knows (maestro-api.md 2.6,
-- 2.16, 7.9).

-- The name a session goes by to others (7.9): its member's, from wherever it
-- is known.
create or replace function api.session_member(s public.sessions)
returns jsonb
language sql stable
as $$
	select coalesce(s.team_member_snapshot, s.team_member_snapshots -> 0,
		case when api.metadata_members(s.metadata) is not null
			then api.member_snapshots(s) -> 0 end)
$$;

create or replace function api.session_prompt(session text, input json)
returns text
language plpgsql volatile
as $$
declare
	target public.sessions := api.need_session(session, null, 'member');
	sender public.sessions := api.need_session(
		input ->> 'senderSessionId', null, 'member');
	sender_name text := coalesce(api.session_member(sender) ->> 'name',
		sender.name);
begin
	if sender.id = target.id then
		perform private.refuse(400, 'self_prompt_not_allowed',
			'A session cannot prompt itself', 'senderSessionId');
	end if;
	insert into public.session_prompts (project_id, to_session_id,
		from_project_id, from_session_id, content, mode, from_name,
		to_name, from_member, to_member)
	values (target.project_id, target.id, sender.project_id, sender.id,
		input ->> 'content', coalesce(input ->> 'mode', 'send'),
		sender_name,
		coalesce(api.session_member(target) ->> 'name', target.name),
		api.session_member(sender), api.session_member(target));
	insert into public.session_timeline (project_id, session_id, type,
		message)
	values (target.project_id, target.id, 'prompt_received',
		left(input ->> 'content', 100));
	return session;
end
$$;

-- --- what only the agent's machine knows, as far as we do ------------------

-- 2.16: needs_input, active or idle.
create or replace function api.session_state(s public.sessions) returns text
language sql immutable parallel safe
as $$
	select case when s.needs_input -> 'active' = 'true' then 'needs_input'
		when s.status in ('working', 'spawning') then 'active'
		else 'idle' end
$$;

-- The caller may write the session: before its heartbeat is touched.
create or replace function api.session_check(session text, min_role text)
returns text
language plpgsql stable
as $$
begin
	perform api.need_session(session, null, min_role);
	return session;
end
$$;

-- --- a person answers ------------------------------------------------------
-- A prompt that comes from no session.  On the bus its sender is "ui"
-- (maestro-api.md 5.1).

-- Whoever writes the row of a person's words, the name on it is that person's:
-- nobody answers under another's.
create or replace function private.name_person() returns trigger
language plpgsql
as $$
begin
	new.from_name := coalesce((
		select coalesce(nullif(u.display_name, ''), u.email)
		from public.users u where u.id = new.created_by), '');
	return new;
end
$$;

-- What the session had asked is answered with it.  The agent says itself when
-- it works again.
create or replace function api.session_answer(session text, input json)
returns text
language plpgsql volatile
as $$
declare
	s public.sessions := api.lock_session(session);
	person text := (select coalesce(nullif(u.display_name, ''), u.email)
		from public.users u where u.id = (select auth.uid()));
	prompt text := private.new_id('sp');
begin
	if input ->> 'content' !~ '\S' then
		perform private.refuse(400, 'validation_failed',
			'content must not be blank', 'content');
	end if;
	insert into public.session_prompts (id, project_id, to_session_id,
		content, from_name, to_name, to_member)
	values (prompt, s.project_id, s.id, input ->> 'content',
		coalesce(person, ''),
		coalesce(api.session_member(s) ->> 'name', s.name),
		api.session_member(s));
	insert into public.session_timeline (project_id, session_id, type,
		message, metadata)
	values (s.project_id, s.id, 'prompt_received',
		left(input ->> 'content', 100), jsonb_build_object(
			'promptId', prompt, 'fromName', coalesce(person, '')));
	if s.needs_input -> 'active' = 'true' then
		update public.sessions set needs_input = '{"active": false}'
		where id = s.id;
	end if;
	return prompt;
end
$$;

-- --- events ----------------------------------------------------------------

-- A person's words arrive as they were written.
create or replace function private.emit_prompt() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
	prefix text := case when new.from_session_id is null then ''
		else format('[From: %s (%s)] ', new.from_name,
			new.from_session_id) end;
begin
	perform private.emit('session:prompt_send', new.project_id,
		json_build_object('sessionId', new.to_session_id,
			'content', case when starts_with(new.content, prefix)
				then '' else prefix end || new.content,
			'mode', new.mode,
			'senderSessionId', coalesce(new.from_session_id, 'ui'),
			'senderProjectId', new.from_project_id,
			'targetProjectId', new.project_id,
			'timestamp', private.ms(new."timestamp")));
	return null;
end
$$;

-- --- what hangs on tables

create policy session_prompts_select on public.session_prompts
	for select to authenticated
	using (project_id = any(array(select private.project_ids('viewer'))));

-- A person speaks for herself; nobody speaks for a session of a project that
-- is not theirs.
create policy session_prompts_insert on public.session_prompts
	for insert to authenticated
	with check (created_by = (select auth.uid())
		and project_id = any(array(
			select private.project_ids('member')))
		and case when from_session_id is null
			then from_project_id is null and from_member is null
			else from_project_id = any(array(
					select private.project_ids('member')))
				and exists (select from public.sessions s
					where s.project_id =
						session_prompts.from_project_id
					and s.id =
						session_prompts.from_session_id)
			end);

create trigger session_prompts_name before insert on public.session_prompts
	for each row when (not private.importing()
		and new.from_session_id is null
		and new.created_by is not null)
	execute function private.name_person();
create trigger session_prompts_audit after insert or update or delete
	on public.session_prompts
	for each row when (not private.importing())
	execute function private.log_rls_operation('content');
create trigger session_prompts_emit after insert on public.session_prompts
	for each row when (not private.importing())
	execute function private.emit_prompt();
