-- Pages of mail: what sessions and people of a project write to each other.
-- Views as in pages_words.sql.

-- --- words -----------------------------------------------------------------

create or replace function private.mail_type_label(type text) returns text
language sql immutable parallel safe
as $$
	select case type when 'assignment' then 'Assignment'
		when 'status_update' then 'Status' when 'status' then 'Status'
		when 'query' then 'Question' when 'question' then 'Question'
		when 'response' then 'Answer' when 'directive' then 'Directive'
		when 'notification' then 'Notice' else private.label(type) end
$$;

-- The people of a project by their ids.
create or replace function api.page_mail_people(project text) returns jsonb
language sql stable
as $$
	select coalesce(jsonb_object_agg(p.user_id,
		coalesce(nullif(p.display_name, ''), p.email)), '{}')
	from private.project_people(project) p
$$;

-- Who wrote or is to read: {name, href, sign, tint}.  Who has gone is known by
-- the name that was kept, else by the id.
create or replace function api.page_mail_party(project text, party text,
	kept text, people jsonb) returns json
language sql stable
as $$
	select json_build_object(
		'name', x.name,
		'is_me', x.person = auth.uid(),
		'href', case when x.session is not null
			then '/app/sessions/' || x.session end,
		'sign', private.initials(x.name),
		'tint', case when x.person is not null
			then private.tint(x.person)
			else private.name_tint(x.name) end)
	from (select p.person, s.id as session, case
			when party is null then 'everyone'
			when p.person is not null then coalesce(
				people ->> p.person::text, kept, 'Somebody who left')
			else coalesce(nullif(s.name, ''), kept, party) end as name
		from (select api.mail_person(party) as person) p
		left join public.sessions s on s.id = party
			and s.project_id = project) x
$$;

create or replace function api.page_mail_head(m public.mail, people jsonb)
returns json
language sql stable
as $$
	select json_build_object(
		'id', m.id,
		'subject', m.subject,
		'type_text', private.mail_type_label(m.type),
		'priority', case when m.priority <> 'normal'
			then json_build_object(
				'class', case m.priority when 'critical'
					then 'pill-bad' when 'high' then 'pill-warn'
					else '' end,
				'label', private.label(m.priority)) end,
		'from', api.page_mail_party(m.project_id, m.from_session_id,
			m.from_name, people),
		'to', api.page_mail_party(m.project_id, m.to_session_id, null,
			people),
		'at', private.iso(m.created_at),
		'at_text', private.when_text(m.created_at))
$$;

-- --- the boxes -------------------------------------------------------------

-- box null: every thread by its newest mail; 'all': what went to everybody;
-- else what a session, or (user_<id>) a person, finds in the inbox.
create or replace function api.page_mail_rows(project text, box text,
	size int, skip int) returns setof public.mail
language plpgsql stable
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_variable
begin
	if box is null then
		return query
		select m.* from public.mail m
		where m.project_id = project and m.id = (
			select y.id from public.mail y
			where y.project_id = project
				and y.thread_id = m.thread_id
			order by y.created_at desc, y.id desc limit 1)
		order by m.created_at desc, m.id desc
		limit size offset skip;
		return;
	end if;
	return query
	select x.* from (
		(select a.* from public.mail a
		where a.project_id = project and a.to_session_id = box
		order by a.created_at desc, a.id desc limit size + skip)
		union all
		(select b.* from public.mail b
		where b.project_id = project and b.to_session_id is null
		order by b.created_at desc, b.id desc limit size + skip)) x
	order by x.created_at desc, x.id desc
	limit size offset skip;
end
$$;

-- The latest sessions and the one that is asked for.
create or replace function api.page_mail_boxes(project text, box text)
returns json
language sql stable
as $$
	select private.choices(array['', 'me', 'all'] || array_agg(s.id
			order by s.last_activity desc),
		array['All threads', 'To me', 'To everyone'] || array_agg(
			'To ' || coalesce(nullif(s.name, ''), 'Unnamed session')
			order by s.last_activity desc),
		coalesce(box, ''))
	from (select distinct on (x.id) x.*
		from ((select * from public.sessions a
			where a.project_id = project
			order by a.last_activity desc limit 50)
			union all
			(select * from public.sessions b
			where b.project_id = project and b.id = box)) x
		order by x.id) s
$$;

create or replace function api.page_mail(project text, box text, page int)
returns json
language plpgsql stable
as $$
declare
	size constant int := 50;
	head json := api.page_project(project, 'mail');
	people jsonb := api.page_mail_people(project);
	rows json;
	n int;
begin
	select coalesce(json_agg(private.json_join(
			api.page_mail_head(m.one, people), json_build_object(
			'href', '/app/projects/' || project || '/mail/' ||
				(m.one).thread_id,
			'snippet', regexp_replace(left((m.one).body, 200),
				'\s+', ' ', 'g'),
			'count', t.n)) order by m.nth)
			filter (where m.nth <= size), '[]'), count(*)
	into rows, n
	from (select x as one, row_number() over (
			order by x.created_at desc, x.id desc) as nth
		from api.page_mail_rows(project, case box when 'me'
			then 'user_' || auth.uid() else box end,
			size + 1, (page - 1) * size) x) m
	cross join lateral (
		select nullif(count(*), 1) as n from (
			select from public.mail y
			where y.project_id = project
				and y.thread_id = (m.one).thread_id
			limit 100) y) t;
	return private.json_join(head, json_build_object(
		'mails', rows,
		'has_mails', n > 0,
		'is_empty', n = 0 and box is null and page = 1,
		'box', coalesce(box, ''),
		'boxes', api.page_mail_boxes(project, box),
		'pages', case when n > size or page > 1 then
			json_build_object(
				'previous', case when page > 1 then page - 1 end,
				'next', case when n > size then page + 1 end,
				'text', 'Page ' || page) end));
end
$$;

-- --- writing ---------------------------------------------------------------

-- Whom one can write to, in groups for a <select>: all, a.<agent>, s.<session>,
-- p.<person>.  Nobody is chosen for one who has gone: the first would be
-- everyone, and a letter never goes to everyone because nobody was chosen.
create or replace function api.page_mail_targets(project text, chosen text)
returns json
language sql stable
as $$
	with groups (n, label, options) as (
		select 1, 'Everyone', json_build_array(
			json_build_object('value', 'all',
				'label', 'Everyone on the project',
				'selected', chosen = 'all'))
		union all
		select 2, 'Agents at work', json_agg(json_build_object(
			'value', 'a.' || a.id,
			'label', a.name || case when a.n > 1
				then ' (' || a.n || ' sessions)' else '' end,
			'selected', chosen = 'a.' || a.id)
			order by lower(a.name), a.id)
		from (select s.team_member_id as id, count(*) as n,
				coalesce(max(api.session_member(s) ->> 'name'),
					s.team_member_id) as name
			from public.sessions s
			where s.project_id = project and private.is_active(s)
				and s.team_member_id ~ '^[A-Za-z0-9_-]{1,128}$'
			group by s.team_member_id) a
		union all
		select 3, 'Sessions', json_agg(json_build_object(
			'value', 's.' || s.id,
			'label', coalesce(nullif(s.name, ''), 'Unnamed session'),
			'selected', chosen = 's.' || s.id)
			order by s.last_activity desc, s.id)
		from (select distinct on (x.id) x.*
			from ((select * from public.sessions a
				where a.project_id = project and private.is_active(a)
				order by a.last_activity desc limit 100)
				union all
				(select * from public.sessions b
				where b.project_id = project
					and 's.' || b.id = chosen)) x
			order by x.id) s
		union all
		select 4, 'People', json_agg(json_build_object(
			'value', 'p.' || p.key,
			'label', p.value,
			'selected', chosen = 'p.' || p.key)
			order by lower(p.value), p.key)
		from jsonb_each_text(api.page_mail_people(project)) p
		where p.key <> auth.uid()::text
	)
	select json_agg(json_build_object('label', g.label, 'options', g.options)
		order by g.n)
	from (select * from groups where options is not null
		union all
		select 0, 'Choose', json_build_array(json_build_object(
			'value', '', 'label', 'Choose whom', 'selected', true))
		where not exists (select from groups x,
				json_array_elements(x.options) o
			where o ->> 'selected' = 'true')) g
$$;

create or replace function api.page_mail_types(chosen text) returns json
language sql stable
as $$
	select private.choices(w.words, array(
		select private.mail_type_label(x)
		from unnest(w.words) with ordinality u(x, n) order by n), chosen)
	from (select array['directive', 'query', 'assignment', 'response',
		'status_update', 'notification'] as words) w
$$;

create or replace function api.page_mail_priorities() returns json
language sql stable
as $$
	select private.choices(array['normal', 'critical', 'high', 'low'],
		array['Normal', 'Critical', 'High', 'Low'], 'normal')
$$;

create or replace function api.page_mail_new(project text, chosen text)
returns json
language plpgsql stable
as $$
begin
	perform private.need_project(project, 'member');
	return private.json_join(api.page_project(project, 'mail'),
		json_build_object(
			'targets', api.page_mail_targets(project,
				coalesce(chosen, '')),
			'types', api.page_mail_types('directive'),
			'priorities', api.page_mail_priorities()));
end
$$;

-- --- a thread --------------------------------------------------------------

-- What of a body is not its words: {task_id: ..., status: ...}.
create or replace function api.page_mail_facts(m public.mail) returns json
language sql stable
as $$
	select case when count(*) > 0 then json_build_object('rows',
		json_agg(json_build_object('name', replace(e.key, '_', ' '),
			'value', e.value #>> '{}') order by e.key)) end
	from jsonb_each(m.content) e
	where m.content ?| array['instructions', 'message', 'question',
			'answer', 'details']
		and e.key not in ('instructions', 'message', 'question',
			'answer', 'details', 'detail')
		and jsonb_typeof(e.value) in ('string', 'number', 'boolean')
		and length(e.value #>> '{}') between 1 and 500
$$;

-- mail: a thread, or any mail in it.  The newest 200, the oldest of them
-- first.  A reply goes to who wrote last; to whom, if that was the reader.
create or replace function api.page_mail_thread(project text, mail text)
returns json
language plpgsql stable
as $$
declare
	head json := api.page_project(project, 'mail');
	writes bool := head -> 'project' ->> 'may_write';
	people jsonb := api.page_mail_people(project);
	me text := 'user_' || auth.uid();
	thread text := coalesce((select m.thread_id from public.mail m
		where m.project_id = project and m.id = mail), mail);
	last public.mail;
	total bigint;
	mails json;
	other text;
begin
	select count(*) into total from public.mail m
	where m.project_id = project and m.thread_id = thread;
	if total = 0 then
		perform private.refuse_missing('Mail', mail);
	end if;
	select m.* into last from public.mail m
	where m.project_id = project and m.thread_id = thread
	order by m.created_at desc, m.id desc limit 1;
	select json_agg(private.json_join(api.page_mail_head(m, people),
		json_build_object(
			'text', m.body,
			'detail', nullif(m.detail, ''),
			'facts', api.page_mail_facts(m),
			'thread', case when total > 1 then thread end,
			'may_delete', writes))
		order by m.created_at, m.id)
	into mails
	from (select * from public.mail x
		where x.project_id = project and x.thread_id = thread
		order by x.created_at desc, x.id desc limit 200) m;
	other := case when last.from_session_id = me then last.to_session_id
		else last.from_session_id end;
	return private.json_join(head, json_build_object(
		'thread', json_build_object(
			'id', thread,
			'subject', (select m.subject from public.mail m
				where m.project_id = project
					and m.thread_id = thread
				order by m.created_at, m.id limit 1),
			'more_text', case when total > 200 then total - 200
				|| ' earlier ones are left out.' end,
			'mails', mails),
		'reply', case when writes then json_build_object(
			'mail', last.id,
			'subject', case when last.subject ~* '^re:'
				then last.subject
				else left('Re: ' || last.subject, 1000) end,
			'targets', api.page_mail_targets(project, coalesce(
				'p.' || api.mail_person(other),
				's.' || other, 'all')),
			'types', api.page_mail_types('response'),
			'priorities', api.page_mail_priorities()) end));
end
$$;

grant execute on function private.mail_type_label(text)
	to authenticated, service_role;
