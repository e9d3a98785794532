set local lock_timeout = '2s';
-- A person answers a session: a prompt that comes from no session.  On the
-- bus its sender is "ui" (maestro-api.md 5.1).

alter table public.session_prompts alter column from_session_id drop not null;

-- A person speaks for herself; as before nobody speaks for a session of a
-- project that is not theirs.
drop policy if exists session_prompts_insert on public.session_prompts;
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
revoke execute on function private.name_person() from public;
drop trigger if exists session_prompts_name on public.session_prompts;
create trigger session_prompts_name before insert on public.session_prompts
	for each row when (new.from_session_id is null
		and new.created_by is not null)
	execute function private.name_person();

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
revoke execute on function private.emit_prompt() from public;

-- What the session had asked is answered with it.  The agent says itself when
-- it works again.
create or replace function api.session_answer(session text, input json)
returns json
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
	return json_build_object('success', true, 'promptId', prompt);
end
$$;

revoke execute on all functions in schema api from public;
grant execute on all functions in schema api to authenticated, service_role;
