-- Spells (maestro-api.md 2.12): prompts made of an entity and said to a
-- session.  The two registries below are data, not rows: nobody changes them,
-- and they stand in SQL because a spell is rendered where its entity is read,
-- in the one round trip of the request.

-- --- the registries: what can be said, and of what -------------------------

-- Every entity can be sent (its text) and told of (void); some types know more.
create or replace function api.spells() returns table (n int,
	entity_type text, name text, label text, description text,
	template text)
language sql immutable parallel safe
as $$
	values
	(1, 'maestro', 'send', 'Send',
		'Says the text itself.',
		'{{content}}'),
	(2, 'maestro', 'void', 'Details',
		'Says what this is, and asks for nothing.',
		'For your information, "{{name}}":'
		' {{description || content}}'),
	(3, 'skill', 'send', 'Send',
		'Says the text itself.',
		'{{content}}'),
	(4, 'skill', 'void', 'Details',
		'Says what the skill is, and asks for'
		' nothing.',
		'For your information, the skill "{{name}}":'
		' {{description || content}}'),
	(5, 'skill', 'apply', 'Apply',
		'Asks to work by the skill.',
		e'Work by the skill "{{name}}" from here'
		' on.\n\n{{content || description}}'),
	(6, 'team-member', 'send', 'Send',
		'Says who the member is, in its own words.',
		'{{content}}'),
	(7, 'team-member', 'void', 'Details',
		'Says who the member is, and asks for'
		' nothing.',
		e'For your information, the team member'
		' {{name}} ({{id}}), {{role}}.\n{{content}}'),
	(8, 'team-member', 'adopt', 'Adopt',
		'Asks to act as the member.',
		e'From here on you are {{name}}, {{role}}. Act'
		' and decide accordingly.\n\n{{content}}'),
	(9, 'task', 'send', 'Send',
		'Says the text of the task.',
		'{{content}}'),
	(10, 'task', 'void', 'Details',
		'Says how the task stands, and asks for'
		' nothing.',
		e'For your information, the task "{{title}}"'
		' ({{id}}): {{status}}, priority'
		' {{priority}}.\n{{description ||'
		' initialPrompt}}'),
	(11, 'task', 'refer', 'Refer',
		'Asks to keep the task in mind.',
		e'Keep the task "{{title}}" ({{id}}) in mind'
		' for what you do; it is'
		' {{status}}.\n{{description ||'
		' initialPrompt}}'),
	(12, 'task', 'execute', 'Execute',
		'Asks to do the task.',
		e'Do the task "{{title}}" ({{id}}) now, and'
		' report on it as you go.\n\n{{initialPrompt ||'
		' description || title}}'),
	(13, 'doc', 'send', 'Send',
		'Says the text of the document.',
		'{{content}}'),
	(14, 'doc', 'void', 'Details',
		'Says what the document is, and asks for'
		' nothing.',
		'For your information, the document'
		' "{{title}}" ({{id}}), {{filePath}}, of the'
		' session {{sessionName || sessionId}}.'),
	(15, 'doc', 'review', 'Review',
		'Asks for a review of the document.',
		e'Review the document "{{title}}" ({{id}},'
		' {{filePath}}): what is wrong in it, what is'
		' missing, what is not clear? Name the place'
		' of each finding.\n\n{{content}}'),
	(16, 'session', 'send', 'Send',
		'Says what the session does.',
		'{{content}}'),
	(17, 'session', 'void', 'Details',
		'Says how the session stands, and asks for'
		' nothing.',
		e'For your information, the session "{{name}}"'
		' ({{id}}) is {{status}}.\n{{question}}'),
	(18, 'custom-prompt', 'send', 'Send',
		'Says the prompt.',
		'{{content}}'),
	(19, 'custom-prompt', 'void', 'Details',
		'Says what the prompt is for, and asks for'
		' nothing.',
		'For your information, the prompt "{{name}}":'
		' {{description || content}}')
$$;

-- What can be sent without anything stored.
create or replace function api.spell_defaults() returns table (n int,
	entity_type text, id text, name text, description text, content text)
language sql immutable parallel safe
as $$
	values
	(1, 'maestro', 'default_maestro_status', 'Status report',
		'How far is everything?',
		'Say in a few sentences what is done, what'
		' you are at and what is left. Name what you'
		' are not sure of.'),
	(2, 'maestro', 'default_maestro_plan', 'Plan first',
		'A plan before the work.',
		'Write down the steps you are about to take,'
		' each so small that it can be checked alone,'
		' and wait for an answer before you begin.'),
	(3, 'maestro', 'default_maestro_blocked', 'What is in the way',
		'Obstacles and questions.',
		'Is anything in your way? Name each obstacle,'
		' what you tried, and what you need from'
		' whom.'),
	(4, 'maestro', 'default_maestro_wrap_up', 'Wrap up',
		'Bring it to an end.',
		'Finish what you have begun, start nothing'
		' new, leave the work in a state others can'
		' take over, and sum it up.'),
	(5, 'maestro', 'default_maestro_pause', 'Pause',
		'Stop and wait.',
		'Stop after the step you are in, say where'
		' you stand, and wait.'),
	(6, 'skill', 'default_skill_debugging', 'Debugging',
		'From symptom to cause.',
		'Reproduce the fault first. Then halve the'
		' space of its causes with each experiment,'
		' and change nothing before you can say why'
		' it happens.'),
	(7, 'skill', 'default_skill_testing', 'Testing',
		'Tests that would fail.',
		'For each behaviour write the test that fails'
		' without it. Test what it must do and what'
		' it must refuse; no test waits for a time to'
		' pass.'),
	(8, 'skill', 'default_skill_refactoring', 'Refactoring',
		'Shape without behaviour.',
		'Change the shape and not the behaviour:'
		' small steps, the tests green after each, no'
		' feature on the way.'),
	(9, 'skill', 'default_skill_writing', 'Writing',
		'Text for busy readers.',
		'Write for somebody who has a minute: the'
		' point first, then what supports it, nothing'
		' that could be left out.'),
	(10, 'team-member', 'default_team_member_reviewer', 'Reviewer',
		'Looks for what is wrong.',
		'You are a reviewer. Trust nothing you have'
		' not seen work. Say what is wrong, why, and'
		' how you know; praise is not asked for.'),
	(11, 'team-member', 'default_team_member_architect', 'Architect',
		'Keeps the whole in mind.',
		'You are an architect. Before anything is'
		' built ask where it belongs, what it depends'
		' on, and what will be hard to change later.'),
	(12, 'team-member', 'default_team_member_tester', 'Tester',
		'Breaks things on purpose.',
		'You are a tester. Try what nobody expects:'
		' nothing, too much, the wrong order, twice,'
		' at once, and after the power was cut.'),
	(13, 'team-member', 'default_team_member_scribe', 'Scribe',
		'Keeps the record.',
		'You are a scribe. Keep a record of what is'
		' decided and why, so that somebody who was'
		' not there can go on from it.'),
	(14, 'task', 'default_task_acceptance', 'Acceptance criteria',
		'When is it done?',
		'Before you begin, write down how one will'
		' see that the task is done. Ask when that'
		' cannot be said.'),
	(15, 'task', 'default_task_split', 'Split the task',
		'Smaller tasks.',
		'This is too big for one go. Split it into'
		' tasks that each can be finished and checked'
		' alone, in the order they should be done.'),
	(16, 'task', 'default_task_estimate', 'Risks',
		'What could go wrong?',
		'Name what could go wrong with this task, how'
		' likely it is, and what you would look at'
		' first to know.'),
	(17, 'task', 'default_task_verify', 'Verify',
		'Does it hold?',
		'Check the result against the words of the'
		' task, one by one, by running it. Report'
		' what you ran and what came out.'),
	(18, 'task', 'default_task_hand_over', 'Hand over',
		'For who comes next.',
		'Write down for who takes the task over: what'
		' is done, what is not, where everything is,'
		' and what you would do next.'),
	(19, 'doc', 'default_doc_summary', 'Summary',
		'The gist.',
		'Sum the document up in five sentences at'
		' most: what it decides, what it leaves open.'),
	(20, 'doc', 'default_doc_outdated', 'What is outdated',
		'Text against facts.',
		'Compare the document with how things are'
		' now, and list every sentence that is no'
		' longer true.'),
	(21, 'doc', 'default_doc_questions', 'Open questions',
		'What it does not say.',
		'List the questions a newcomer would have'
		' after reading the document.'),
	(22, 'session', 'default_session_checkpoint', 'Checkpoint',
		'A state to come back to.',
		'Bring your work to a state that could be'
		' kept, say what is in it, and then go on.'),
	(23, 'session', 'default_session_lessons', 'Lessons',
		'What was learnt.',
		'What did you learn in this session that the'
		' next one should know? Only what is not'
		' written down yet.'),
	(24, 'session', 'default_session_focus', 'Focus',
		'Back to the task.',
		'Read your task again. Say in one sentence'
		' how what you are doing serves it; if it'
		' does not, return to it.'),
	(25, 'custom-prompt', 'default_custom_prompt_explain', 'Explain',
		'In plain words.',
		'Explain what you just did and why, in plain'
		' words, to somebody who does not know the'
		' code.'),
	(26, 'custom-prompt', 'default_custom_prompt_alternatives', 'Alternatives',
		'Other ways.',
		'Name two other ways to do this, and why you'
		' would or would not take them.'),
	(27, 'custom-prompt', 'default_custom_prompt_simplify', 'Simplify',
		'Less of it.',
		'What can be left out without losing anything'
		' that was asked for? Leave it out.')
$$;

create or replace function api.spell_names(kind text) returns text[]
language sql immutable parallel safe
as $$
	select array_agg(s.name order by s.n) from api.spells() s
	where s.entity_type = kind
$$;

-- --- rendering -------------------------------------------------------------

-- {{field}} and {{a || b}}, the first that is not empty.  One pass: braces in
-- a value are somebody's text and stay as they are.
create or replace function private.render_spell(template text, vars jsonb)
returns text
language plpgsql immutable
as $$
declare
	rest text := template;
	done text := '';
	b int;
	n int;
	v text;
begin
	loop
		b := strpos(rest, '{{');
		exit when b = 0;
		n := strpos(substr(rest, b), '}}');
		exit when n = 0;
		select vars ->> trim(f.name) into v
		from unnest(string_to_array(substr(rest, b + 2, n - 3), '||'))
			with ordinality f(name, nth)
		where vars ->> trim(f.name) <> ''
		order by f.nth limit 1;
		done := done || left(rest, b - 1) || coalesce(v, '');
		rest := substr(rest, b + n + 1);
	end loop;
	return rtrim(done || rest, e' \n');
end
$$;

-- --- entities --------------------------------------------------------------

-- The command line looks for entityId, entityType and spells; the web client
-- for id, type and availableSpells.
create or replace function api.spell_entity_json(kind text, id text,
	name text, description text, icon text, spells text[], metadata json)
returns json
language sql stable
as $$
	select (jsonb_build_object(
			'id', id,
			'type', kind,
			'name', name,
			'availableSpells', spells,
			'entityId', id,
			'entityType', kind,
			'spells', (select json_agg(json_build_object('name', s)
				order by n) from unnest(spells)
				with ordinality x(s, n)),
			'metadata', metadata)
		|| jsonb_strip_nulls(jsonb_build_object(
			'description', nullif(description, ''),
			'icon', icon)))::json
$$;

-- Stored objects of the project, then the built-in ones, then the caller's own
-- prompts for this type.  Skills are on the agent's disk: none is stored.
create or replace function api.spell_entities(kind text, project text)
returns json
language plpgsql stable
as $$
#variable_conflict use_variable
declare
	can text[] := api.spell_names(kind);
begin
	perform private.need_project(project, 'viewer');
	return (select coalesce(json_agg(e.j order by e.part, e.n, e.at, e.id),
			'[]') from (
		select 1 as part, 0::bigint as n, t.created_at as at, t.id,
			api.spell_entity_json(kind, t.id, t.title,
				left(t.description, 500), null, can,
				json_build_object('status', t.status,
					'priority', t.priority)) as j
		from public.tasks t
		where kind = 'task' and t.project_id = project
		union all
		select 1, 0, s.started_at, s.id,
			api.spell_entity_json(kind, s.id, s.name, null, null,
				can, json_build_object('status', s.status))
		from public.sessions s
		where kind = 'session' and s.project_id = project
			and s.status in ('spawning', 'idle', 'working')
		union all
		select 1, 0, d.added_at, d.id,
			api.spell_entity_json(kind, d.id, d.title, d.file_path,
				null, can, json_build_object(
					'sessionId', d.session_id,
					'kind', api.doc_kind(d)))
		from public.session_docs d
		where kind = 'doc' and d.project_id = project
		union all
		select 1, m.n, null, m.j ->> 'id',
			api.spell_entity_json(kind, m.j ->> 'id',
				m.j ->> 'name', m.j ->> 'role',
				m.j ->> 'avatar', can, json_build_object(
					'mode', m.j ->> 'mode'))
		from json_array_elements(case when kind = 'team-member'
			then api.member_objects(project)
			else '[]' end) with ordinality m(j, n)
		union all
		select 2, d.n, null, d.id,
			api.spell_entity_json(kind, d.id, d.name,
				d.description, null, array['send'],
				'{"isDefault":true}')
		from api.spell_defaults() d where d.entity_type = kind
		union all
		select 3, 0, p.created_at, p.id,
			api.spell_entity_json(kind, p.id, p.name,
				p.description, p.icon,
				case when kind = 'custom-prompt' then can
					else array['send'] end,
				'{"isCustom":true}')
		from public.custom_prompts p
		where p.user_id = (select auth.uid())
			and (kind = 'custom-prompt' or p.entity_type = kind)
	) e);
end
$$;

-- What templates may name of one entity; `spells` is what it can.  Null: there
-- is none, or not for the caller.
create or replace function api.spell_vars(kind text, entity text,
	project text) returns jsonb
language plpgsql stable
as $$
#variable_conflict use_variable
declare
	v jsonb;
	can text[] := api.spell_names(kind);
begin
	select jsonb_build_object('id', d.id, 'name', d.name,
		'description', d.description, 'content', d.content,
		'spells', array['send']) into v
	from api.spell_defaults() d
	where d.id = entity and d.entity_type = kind;
	if found then
		return v;
	end if;
	select jsonb_build_object('id', p.id, 'name', p.name,
		'description', p.description, 'content', p.content,
		'spells', case when kind = 'custom-prompt' then can
			else array['send'] end) into v
	from public.custom_prompts p
	where p.id = entity and p.user_id = (select auth.uid())
		and (kind = 'custom-prompt' or p.entity_type = kind);
	if found then
		return v;
	end if;
	if kind = 'task' then
		select jsonb_build_object('id', t.id, 'name', t.title,
			'title', t.title, 'status', t.status,
			'priority', t.priority, 'description', t.description,
			'initialPrompt', t.initial_prompt,
			'content', coalesce(nullif(t.initial_prompt, ''),
				nullif(t.description, ''), t.title)) into v
		from public.tasks t
		where t.id = entity and t.project_id = project;
	elsif kind = 'session' then
		select jsonb_build_object('id', s.id, 'name', s.name,
			'status', s.status,
			'question', case when s.needs_input -> 'active' = 'true'
				then 'It asks: ' || (s.needs_input ->> 'message')
				end,
			'content', 'The session "' || s.name || '" (' || s.id
				|| ') is ' || s.status || '.') into v
		from public.sessions s
		where s.id = entity and s.project_id = project;
	elsif kind = 'doc' then
		select jsonb_build_object('id', d.id, 'name', d.title,
			'title', d.title, 'filePath', d.file_path,
			'sessionId', d.session_id, 'sessionName', s.name,
			'content', coalesce(d.content, '')) into v
		from public.session_docs d
		join public.sessions s on s.project_id = d.project_id
			and s.id = d.session_id
		where d.id = entity and d.project_id = project;
	elsif kind = 'team-member' then
		select jsonb_build_object('id', m.j ->> 'id',
			'name', m.j ->> 'name', 'role', m.j ->> 'role',
			'description', m.j ->> 'role',
			'content', m.j ->> 'identity') into v
		from json_array_elements(api.member_objects(project)) m(j)
		where m.j ->> 'id' = entity;
	end if;
	return v || jsonb_build_object('spells', can);
end
$$;

-- The type of an entity that is named by its id alone.
create or replace function api.spell_kind(entity text, project text)
returns text
language sql stable
as $$
	select k.kind
	from unnest(array['maestro', 'skill', 'team-member', 'task', 'doc',
		'session', 'custom-prompt']) with ordinality k(kind, n)
	where api.spell_vars(k.kind, entity, project) is not null
	order by k.kind = 'custom-prompt' desc, k.n limit 1
$$;

-- --- casting ---------------------------------------------------------------

create or replace function private.signal_spell(session text, said json)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
	project text;
begin
	select s.project_id into project from public.sessions s
	where s.id = session and (s.project_id = any(array(
			select private.project_ids('member')))
		or private.claims() ->> 'role' = 'service_role');
	if not found then
		perform private.refuse_missing('Session', session);
	end if;
	perform private.emit('spell:invoked', project, said);
end
$$;

-- A client that knows no type, no project or no spell gets the entity of that
-- id, the project of the target and the first spell there is (6.5).  caller:
-- the session that asks, as its header says.  The prompt holds other people's
-- words; whoever shows it must treat it as such.
create or replace function api.spell_invoke(input json, caller text)
returns json
language plpgsql volatile
as $$
#variable_conflict use_variable
declare
	target public.sessions := api.need_session(
		input ->> 'targetSessionId', null, 'member');
	project text := coalesce(input ->> 'projectId', target.project_id);
	entity text := input ->> 'entityId';
	kind text;
	vars jsonb;
	spell text;
	template text;
	said json;
begin
	perform private.need_project(project, 'viewer');
	kind := coalesce(input ->> 'entityType',
		api.spell_kind(entity, project));
	vars := api.spell_vars(kind, entity, project);
	if vars is null then
		perform private.refuse_missing(case input ->> 'entityType'
			when 'task' then 'Task' when 'doc' then 'Doc'
			when 'session' then 'Session'
			when 'team-member' then 'Team member'
			when 'skill' then 'Skill'
			when 'custom-prompt' then 'CustomPrompt'
			else 'Entity' end, entity);
	end if;
	spell := coalesce(input ->> 'spellName', vars -> 'spells' ->> 0);
	select s.template into template from api.spells() s
	where s.entity_type = kind and s.name = spell
		and vars -> 'spells' ? s.name;
	if not found then
		perform private.refuse_missing('Spell', spell);
	end if;
	said := json_build_object(
		'success', true,
		'prompt', left(private.render_spell(template, vars), 200000),
		'entityType', kind,
		'entityId', entity,
		'entityName', vars ->> 'name',
		'spellName', spell,
		'targetSessionId', target.id,
		'projectId', target.project_id,
		'status', 'sent',
		'timestamp', private.ms(clock_timestamp()));
	perform private.signal_prompt(target.id, said ->> 'prompt',
		coalesce(input ->> 'invokerSessionId', caller));
	perform private.signal_spell(target.id, said);
	return said;
end
$$;

grant execute on function private.render_spell(text, jsonb),
	private.signal_spell(text, json)
	to authenticated, service_role;
