-- What a host's answer leaves in the database (maestro-api.md 2.16).  Security
-- invoker.

-- --- a diagram drawn in the browser ----------------------------------------

-- Speaks for the person who drew it, to a session the caller may write.
create or replace function private.signal_prompt(session text, content text,
	sender text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
	target public.sessions;
	sender_project text;
begin
	select * into target from public.sessions s
	where s.id = session and (s.project_id = any(array(
			select private.project_ids('member')))
		or private.claims() ->> 'role' = 'service_role');
	if not found then
		perform private.refuse_missing('Session', session);
	end if;
	-- A sender that is not the caller's is nobody: the id is no proof.
	select s.project_id into sender_project from public.sessions s
	where s.id = sender and s.project_id = any(array(
		select private.project_ids('member')));
	perform private.emit('session:prompt_send', target.project_id,
		json_build_object('sessionId', target.id,
			'content', content, 'mode', 'send',
			'senderSessionId', case when sender_project is null
				then 'ui' else sender end,
			'senderProjectId', sender_project,
			'targetProjectId', target.project_id,
			'timestamp', private.ms(clock_timestamp())));
end
$$;

-- The scene becomes a document of the session; its picture can be drawn from
-- it again, so that is not kept.
create or replace function api.diagram_inject(session text, input json)
returns json
language plpgsql volatile
as $$
declare
	s public.sessions := api.need_session(session, null, 'member');
	title text := coalesce(nullif(trim(input ->> 'name'), ''), 'diagram');
	path text := '.maestro/diagrams/'
		|| left(regexp_replace(lower(title), '[^a-z0-9-]+', '-', 'g'),
			100)
		|| '-' || private.ms(clock_timestamp()) || '.excalidraw';
	doc public.session_docs;
begin
	insert into public.session_docs (project_id, session_id, title,
		file_path, kind, content)
	values (s.project_id, s.id, title, path, 'diagram',
		input ->> 'sceneJson')
	returning * into doc;
	insert into public.session_timeline (project_id, session_id, type,
		metadata)
	values (s.project_id, s.id, 'doc_added', jsonb_build_object(
		'docId', doc.id, 'filePath', path, 'title', title));
	perform private.signal_prompt(s.id, 'A diagram was drawn for you: "'
		|| title || '". It is the document ' || doc.id
		|| ' of this session (Excalidraw).', null);
	return json_build_object('success', true, 'pngPath', null,
		'excalidrawPath', path, 'docId', doc.id);
end
$$;

grant execute on function private.signal_prompt(text, text, text)
	to authenticated, service_role;
