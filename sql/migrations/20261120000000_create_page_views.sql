set local lock_timeout = '2s';
-- What the HTML pages show: one function a page gives the whole view, words
-- included, so that a template only chooses and repeats.  Security invoker:
-- the caller's policies decide what is in it.  Keys in snake_case are the
-- templates' own; camelCase ones are form fields named as in the API.

-- --- words -----------------------------------------------------------------

create or replace function private.initials(name text) returns text
language sql immutable parallel safe
as $$
	select coalesce(nullif(string_agg(left(w.word, 1), '' order by w.n), ''),
		'?')
	from regexp_split_to_table(trim(split_part(coalesce(name, ''),
			'@', 1)), '[\s._-]+')
		with ordinality as w(word, n)
	where w.n <= 2
$$;

-- One of the five colours of avatars, always the same for a person.
create or replace function private.tint(person uuid) returns int
language sql immutable parallel safe
return get_byte(uuid_send(person), 15) % 5;

create or replace function private.status_label(status text) returns text
language sql immutable parallel safe
return case status when 'todo' then 'To do' when 'in_progress' then
	'In progress' when 'in_review' then 'In review' when 'blocked' then
	'Blocked' when 'completed' then 'Done' when 'cancelled' then
	'Cancelled' when 'archived' then 'Archived' else status end;

-- 'high' is 'High', for priorities and roles.
create or replace function private.label(word text) returns text
language sql immutable parallel safe
return upper(left(word, 1)) || substr(word, 2);

create or replace function private.iso(t timestamptz) returns text
language sql stable parallel safe
return to_char(t at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"');

create or replace function private.when_text(t timestamptz) returns text
language sql stable parallel safe
return to_char(t at time zone 'UTC', 'FMDD Mon YYYY, HH24:MI "UTC"');

create or replace function private.day_text(d date) returns text
language sql stable parallel safe
return to_char(d, case when extract(year from d) =
		extract(year from current_date) then 'FMDD Mon'
	else 'FMDD Mon YYYY' end);

create or replace function private.size_text(n bigint) returns text
language sql immutable parallel safe
return case
	when n < 1000 then n || ' bytes'
	when n < 999500 then round(n / 1e3) || ' kB'
	when n < 999950000 then round(n / 1e6, 1) || ' MB'
	else round(n / 1e9, 1) || ' GB' end;

-- --- choices ---------------------------------------------------------------

-- Options of a <select>: [{value, label, selected}].
create or replace function private.choices(vals text[], labels text[],
	chosen text) returns json
language sql immutable parallel safe
as $$
	select coalesce(json_agg(json_build_object('value', c.value,
		'label', c.label, 'selected', c.value = chosen)
		order by c.n), '[]')
	from unnest(vals, labels) with ordinality as c(value, label, n)
$$;

create or replace function private.status_choices(chosen text) returns json
language sql immutable parallel safe
as $$
	select private.choices(array_agg(s.word),
		array_agg(private.status_label(s.word)), chosen)
	from unnest(array['todo', 'in_progress', 'in_review', 'blocked',
		'completed', 'cancelled'] || case when chosen = 'archived'
			then array['archived'] else '{}' end) s(word)
$$;

create or replace function private.priority_choices(chosen text) returns json
language sql immutable parallel safe
return private.choices(array['high', 'medium', 'low'],
	array['High', 'Medium', 'Low'], chosen);

-- Roles that somebody of role mine may give.
create or replace function private.role_choices(mine public.project_role,
	chosen text) returns json
language sql immutable parallel safe
as $$
	select private.choices(array_agg(r.role::text),
		array_agg(private.label(r.role::text)), chosen)
	from unnest(enum_range(null::public.project_role)) r(role)
	where r.role < 'owner' or mine = 'owner'
$$;

-- --- parts of every page ---------------------------------------------------

create or replace function api.page_me() returns json
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return (
		select json_build_object(
			'id', c.claims ->> 'sub',
			'email', coalesce(u.email, c.claims ->> 'email'),
			'name', coalesce(u.display_name, u.email,
				c.claims ->> 'email'),
			'initials', private.initials(coalesce(u.display_name, u.email,
				c.claims ->> 'email')),
			'is_admin', private.is_platform_admin())
		from (select private.claims() as claims) c
		left join public.users u on u.id = (c.claims ->> 'sub')::uuid);
end
$$;

create or replace function api.page_project(project text, tab text)
returns json
language plpgsql stable
as $$
declare
	mine public.project_role := private.need_project(project, 'viewer');
begin
	return (
		select json_build_object(
			'me', api.page_me(),
			'tab', json_build_object(
				'board', tab = 'board',
				'files', tab = 'files',
				'members', tab = 'members',
				'settings', tab = 'settings'),
			'project', json_build_object(
				'id', p.id,
				'name', p.name,
				'description', p.description,
				'workingDir', p.working_dir,
				'role', mine,
				'may_write', mine >= 'member',
				'may_admin', mine >= 'admin',
				'may_own', mine = 'owner'))
		from public.projects p where p.id = project);
end
$$;

-- Two objects, side by side.
create or replace function private.json_join(a json, b json) returns json
language sql immutable parallel safe
return (left(a::text, -1) || ', ' || substr(b::text, 2))::json;

-- --- projects --------------------------------------------------------------

create or replace function api.page_projects() returns json
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return (
		with mine as (
			select p.*, c.*
			from public.projects p
			cross join lateral (
				select count(*) as total,
					count(*) filter (where t.status = 'completed')
						as done,
					count(*) filter (where t.due_date < current_date
						and t.status <> 'completed') as late,
					max(t.updated_at) as latest
				from public.tasks t
				where t.project_id = p.id and t.parent_id is null
					and t.status not in ('cancelled', 'archived')) c
		)
		select json_build_object(
			'me', api.page_me(),
			'has_projects', exists (select from mine),
			'projects', (
				select coalesce(json_agg(json_build_object(
						'id', m.id,
						'name', m.name,
						'description', m.description,
						'total', m.total,
						'done', m.done,
						'late', m.late,
						'role', private.project_role_of(m.id),
						'people', w.people,
						'people_text', case w.n when 1
							then '1 person'
							else w.n || ' people' end)
					order by greatest(m.updated_at, m.latest) desc,
						m.id), '[]')
				from mine m
				cross join lateral (
					select count(*) as n,
						json_agg(json_build_object(
							'initials', private.initials(
								coalesce(x.display_name,
									x.email)),
							'tint', private.tint(x.user_id))
							order by x.n)
						filter (where x.n <= 4) as people
					from (select k.*, row_number() over (
							order by k.role desc,
								k.created_at) as n
						from private.project_people(m.id) k) x
				) w)));
end
$$;

-- --- board -----------------------------------------------------------------

create or replace function api.page_card(t public.tasks, subs bigint,
	subs_done bigint) returns json
language sql stable parallel safe
as $$
	select json_build_object(
		'id', t.id,
		'title', coalesce(nullif(t.title, ''), 'Untitled'),
		'status', t.status,
		'priority', t.priority,
		'priority_label', private.label(t.priority),
		'due', t.due_date,
		'due_text', private.day_text(t.due_date),
		'is_late', t.due_date < current_date
			and t.status not in ('completed', 'cancelled'),
		'is_done', t.status = 'completed',
		'tags', t.tags,
		'subtasks', case when subs > 0 then json_build_object(
			'total', subs, 'done', subs_done) end)
$$;

create or replace function private.none_text(status text) returns text
language sql immutable parallel safe
return case status when 'todo' then 'Nothing waits.'
	when 'in_progress' then 'Nobody is on anything.'
	when 'in_review' then 'Nothing to look at.'
	when 'blocked' then 'Nothing is stuck.'
	when 'completed' then 'Nothing finished yet.' end;

-- Subtasks show inside their task; a search finds them too.  A column shows
-- its first 200 cards and says how many more there are.
create or replace function api.page_columns(project text, filter json,
	is_filtered bool, may_write bool) returns json
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return (
		with subs as (
			select parent_id, count(*) as n,
				count(*) filter (where status = 'completed') as done
			from public.tasks
			where project_id = project and parent_id is not null
				and status not in ('cancelled', 'archived')
			group by parent_id
		), found as (
			select t as task, t.status, s.n, s.done, row_number() over (
				partition by t.status
				order by array_position(array['high', 'medium', 'low'],
					t.priority), t.due_date, t.created_at, t.id) as nth
			from public.tasks t
			left join subs s on s.parent_id = t.id
			where t.project_id = project
				and (is_filtered or t.parent_id is null)
				and (filter ->> 'q' is null or position(lower(
					filter ->> 'q') in lower(t.title || ' ' ||
						t.description)) > 0)
				and (filter ->> 'priority' is null
					or t.priority = filter ->> 'priority')
				and (filter ->> 'tag' is null
					or filter ->> 'tag' = any(t.tags))
				and case filter ->> 'due'
					when 'late' then t.due_date < current_date and
						t.status not in ('completed', 'cancelled')
					when 'week' then t.due_date between current_date
						and current_date + 7
					when 'none' then t.due_date is null
					else true end
		), grouped as (
			select status, count(*) as n,
				json_agg(api.page_card(task, found.n, done) order by nth)
					filter (where nth <= 200) as cards
			from found group by status
		)
		select coalesce(json_agg(json_build_object(
				'status', c.status,
				'label', private.status_label(c.status),
				'count', coalesce(g.n, 0),
				'cards', coalesce(g.cards, '[]'),
				'is_none', coalesce(g.n, 0) = 0,
				'none_text', case when is_filtered
					then 'Nothing matches.'
					else private.none_text(c.status) end,
				'more_text', case when g.n > 200 then 'and ' ||
					g.n - 200 || ' more: search to see them' end,
				'may_write', may_write,
				'statuses', private.status_choices(c.status))
			order by c.place), '[]')
		from unnest(array['todo', 'in_progress', 'in_review', 'blocked',
			'completed', 'cancelled']) with ordinality as c(status, place)
		left join grouped g on g.status = c.status);
end
$$;

-- filter: {q, priority, tag, due}, each may be absent.
create or replace function api.page_board(project text, filter json)
returns json
language plpgsql stable
as $$
declare
	head json := api.page_project(project, 'board');
	filtered bool := exists (select from json_each_text(filter));
	columns json := api.page_columns(project, filter, filtered,
		(head -> 'project' ->> 'may_write')::bool);
	tags text[] := array(select distinct unnest(t.tags) as tag
		from public.tasks t
		where t.project_id = project and t.tags <> '{}' order by tag);
	found_n bigint := (select sum((c ->> 'count')::bigint)
		from json_array_elements(columns) c);
begin
	return private.json_join(head, json_build_object(
		'is_empty', found_n = 0 and not filtered,
		'found_text', case found_n when 0 then 'No task matches.'
			when 1 then '1 task matches.'
			else found_n || ' tasks match.' end,
		'columns', (select json_agg(c)
			from json_array_elements(columns) c
			where c ->> 'status' <> 'cancelled'),
		'cancelled', (select c from json_array_elements(columns) c
			where c ->> 'status' = 'cancelled'
				and c ->> 'count' <> '0'),
		'filter', json_build_object(
			'active', filtered,
			'q', coalesce(filter ->> 'q', ''),
			'priorities', private.choices(
				array['', 'high', 'medium', 'low'],
				array['Any priority', 'High', 'Medium', 'Low'],
				filter ->> 'priority'),
			'tags', private.choices(
				array_prepend('', tags),
				array_prepend('Any tag', tags), filter ->> 'tag'),
			'dues', private.choices(
				array['', 'late', 'week', 'none'],
				array['Any date', 'Overdue', 'Next 7 days',
					'No date'], filter ->> 'due'))));
end
$$;

create or replace function api.page_task_new(project text) returns json
language plpgsql stable
as $$
begin
	perform private.need_project(project, 'member');
	return private.json_join(api.page_project(project, ''),
		json_build_object('choices', json_build_object(
			'statuses', private.status_choices('todo'),
			'priorities', private.priority_choices('medium'))));
end
$$;

-- --- task ------------------------------------------------------------------

-- A line of the timeline: what a person reads.
create or replace function private.event_text(type text, message text)
returns text
language sql immutable parallel safe
as $$
	select case when coalesce(message, '') = '' then coalesce(w.alone, 'Note')
		when w.head = '' then message
		else coalesce(w.head, '') || message end
	from (select case type
			when 'progress' then 'Progress'
			when 'needs_input' then 'Needs input'
			when 'milestone' then 'Milestone reached'
			when 'error' then 'Something went wrong'
			when 'task_started' then 'An agent took it up'
			when 'task_completed' then 'An agent finished it'
			when 'task_failed' then 'An agent gave up'
			when 'task_skipped' then 'An agent skipped it'
			when 'task_blocked' then 'An agent is blocked'
			when 'doc_added' then 'Document added'
			else private.label(replace(type, '_', ' ')) end as alone,
		case type
			when 'needs_input' then 'Needs input: '
			when 'milestone' then 'Milestone: '
			when 'error' then 'Error: '
			when 'task_failed' then 'Failed: '
			when 'task_blocked' then 'Blocked: '
			when 'doc_added' then 'Document added: '
			else '' end as head) w
$$;

create or replace function private.event_class(type text) returns text
language sql immutable parallel safe
return case when type in ('task_completed', 'milestone', 'completed')
		then 'ev-good'
	when type in ('error', 'task_failed') then 'ev-bad'
	when type in ('needs_input', 'task_blocked') then 'ev-warn'
	else '' end;

create or replace function api.page_timeline(t public.tasks, creator text)
returns json
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return (
		select coalesce(json_agg(json_build_object(
				'class', private.event_class(e.type),
				'text', e.words,
				'by', e.by,
				'at', private.iso(e.at),
				'at_text', private.when_text(e.at))
			order by e.at, e.seq), '[]')
		from (
			select 'created' as type, 'Created' as words, creator as by,
				t.created_at as at, 0::bigint as seq
			union all
			select 'started', 'Started', null, t.started_at, 1
			where t.started_at is not null
			union all
			select 'completed', 'Done', null, t.completed_at, 2
			where t.completed_at is not null
			union all
			select x.type, private.event_text(x.type,
					coalesce(x.message, x.metadata ->> 'title')), s.name,
				x."timestamp", 3 + x.seq
			from public.session_timeline x
			join public.sessions s on s.project_id = x.project_id
				and s.id = x.session_id
			where x.project_id = t.project_id and x.task_id = t.id
		) e);
end
$$;

create or replace function api.page_docs(t public.tasks) returns json
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return (
		select coalesce(json_agg(json_build_object(
				'title', d.title,
				'path', d.file_path,
				'session', s.name,
				'content', d.content,
				'added', private.iso(d.added_at),
				'added_text', private.when_text(d.added_at))
			order by d.added_at, d.id), '[]')
		from public.task_sessions l
		join public.sessions s on s.id = l.session_id
		join public.session_docs d on d.project_id = l.project_id
			and d.session_id = l.session_id
		where l.task_id = t.id and (d.task_id is null or d.task_id = t.id));
end
$$;

create or replace function api.page_subtasks(t public.tasks, may_write bool)
returns json
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return (
		select json_build_object(
			'has_children', count(*) > 0,
			'progress', case when count(*) > 0 then json_build_object(
				'total', count(*),
				'done', count(*) filter (
					where c.status = 'completed')) end,
			'children', coalesce(json_agg(json_build_object(
					'id', c.id,
					'title', coalesce(nullif(c.title, ''),
						'Untitled'),
					'status', c.status,
					'status_label', private.status_label(c.status),
					'is_done', c.status = 'completed',
					'toggle_to', case c.status when 'completed'
						then 'todo' else 'completed' end,
					'toggle_label', case c.status when 'completed'
						then 'Reopen' else 'Complete' end,
					'may_write', may_write)
				order by c.created_at, c.id), '[]'))
		from public.tasks c
		where c.project_id = t.project_id and c.parent_id = t.id);
end
$$;

create or replace function api.page_task(task text) returns json
language plpgsql stable
as $$
declare
	t public.tasks := api.need_task(task, 'viewer');
	head json := api.page_project(t.project_id, '');
	creator text := (select coalesce(p.display_name, p.email)
		from private.project_people(t.project_id) p
		where p.user_id = t.created_by);
	detail json;
begin
	detail := json_build_object(
		'id', t.id,
		'title', coalesce(nullif(t.title, ''), 'Untitled'),
		'description', t.description,
		'status_label', private.status_label(t.status),
		'priority_label', private.label(t.priority),
		'due_text', private.day_text(t.due_date),
		'tags_text', nullif(array_to_string(t.tags, ', '), ''),
		'creator', creator,
		'created', private.iso(t.created_at),
		'created_text', private.when_text(t.created_at),
		'started', private.iso(t.started_at),
		'started_text', private.when_text(t.started_at),
		'completed', private.iso(t.completed_at),
		'completed_text', private.when_text(t.completed_at),
		'parent', (
			select json_build_object('id', p.id, 'title',
				coalesce(nullif(p.title, ''), 'Untitled'))
			from public.tasks p
			where p.project_id = t.project_id
				and p.id = t.parent_id),
		'timeline', api.page_timeline(t, creator),
		'docs', api.page_docs(t));
	return private.json_join(head, json_build_object(
		'task', private.json_join(detail, api.page_subtasks(t,
			(head -> 'project' ->> 'may_write')::bool)),
		'values', json_build_object(
			'title', t.title,
			'description', t.description,
			'dueDate', t.due_date,
			'tags', array_to_string(t.tags, ', ')),
		'choices', json_build_object(
			'statuses', private.status_choices(t.status),
			'priorities', private.priority_choices(t.priority))));
end
$$;

-- --- members ---------------------------------------------------------------

create or replace function api.page_people(project text,
	mine public.project_role) returns json
language sql stable
as $$
	select json_agg(json_build_object(
			'id', m.user_id,
			'name', m.name,
			'email', m.email,
			'initials', private.initials(m.name),
			'tint', private.tint(m.user_id),
			'role_label', private.label(m.role::text),
			'is_me', m.is_me,
			'may_change', m.may_change,
			'roles', case when m.may_change then
				private.role_choices(mine, m.role::text) end,
			'may_remove', m.may_change or m.is_me,
			'remove_label', case when m.is_me then 'Leave'
				else 'Remove' end,
			'remove_question', case when m.is_me
				then 'Leave this project?'
				else 'Remove ' || m.name ||
					' from this project?' end)
		order by m.role desc, m.created_at, m.user_id)
	from (select p.*, coalesce(p.display_name, p.email) as name,
			p.user_id = auth.uid() as is_me,
			p.user_id <> auth.uid() and mine >= 'admin'
				and (p.role < 'owner' or mine = 'owner')
				as may_change
		from private.project_people(project) p) m
$$;

create or replace function api.page_members(project text) returns json
language plpgsql stable
as $$
declare
	head json := api.page_project(project, 'members');
	mine public.project_role := head -> 'project' ->> 'role';
	invitations json := '[]';
begin
	if mine >= 'admin' then
		select coalesce(json_agg(json_build_object(
				'id', i.id,
				'email', i.email,
				'role_label', private.label(i.role::text),
				'expires_text', case when i.expires_at <= now()
					then 'expired' else 'until ' ||
					private.when_text(i.expires_at) end)
			order by i.created_at, i.id), '[]')
		into invitations
		from public.project_invitations i
		where i.project_id = project and i.accepted_at is null;
	end if;
	return private.json_join(head, json_build_object(
		'members', api.page_people(project, mine),
		'roles', private.choices(array['viewer', 'member', 'admin'],
			array['Viewer', 'Member', 'Admin'], 'member'),
		'has_invitations', json_array_length(invitations) > 0,
		'invitations', invitations));
end
$$;

create or replace function api.page_invitation(token text) returns json
language plpgsql stable
as $$
declare
	me json := api.page_me();
	i json;
begin
	begin
		i := private.peek_invitation(token);
	exception when sqlstate 'PT404' then
		i := null;
	end;
	return json_build_object('me', me, 'invitation', case when i is not null
		then json_build_object(
			'project', i ->> 'projectName',
			'by', i ->> 'invitedBy',
			'role_label', i ->> 'role',
			'email', i ->> 'email',
			'is_other', i ->> 'email' is distinct from
				me ->> 'email') end);
end
$$;

-- --- files -----------------------------------------------------------------

-- One of the icons of static/icons.svg.
create or replace function private.file_kind(type text) returns text
language sql immutable parallel safe
return case
	when type like 'image/%' then 'image'
	when type like 'video/%' then 'video'
	when type like 'audio/%' then 'audio'
	when type = 'application/pdf' then 'pdf'
	when type ~ 'spreadsheet|excel|/csv' then 'sheet'
	when type ~ 'zip|tar|compressed|x-7z|x-rar|x-xz' then 'archive'
	when type ~ 'json|xml|javascript|x-(c|sh|python|perl)|html|sql'
		then 'code'
	when type like 'text/%' or type ~ 'word|opendocument.text' then 'text'
	else 'file' end;

-- The file behind an id, if the caller sees it.
create or replace function api.page_file(project text, file text) returns json
language plpgsql stable
as $$
declare
	found_json json;
begin
	select json_build_object(
		'key', substr(o.name, length(project) + 2),
		'type', o.metadata ->> 'mimetype')
	into found_json
	from storage.objects o
	where o.bucket_id = 'project-files'
		and o.id = private.uuid_or_null(file)
		and starts_with(o.name, project || '/');
	if found_json is null then
		perform private.refuse_missing('File', file);
	end if;
	return found_json;
end
$$;

-- The newest 500; the API has them all.
create or replace function api.page_files(project text) returns json
language plpgsql stable
as $$
declare
	head json := api.page_project(project, 'files');
	files json;
begin
	select coalesce(json_agg(json_build_object(
			'name', coalesce(nullif(o.user_metadata ->> 'name', ''),
				substr(o.name, length(project) + 2)),
			'kind', private.file_kind(
				split_part(o.metadata ->> 'mimetype', ';', 1)),
			'type', split_part(o.metadata ->> 'mimetype', ';', 1),
			'size_text', private.size_text(case
				when o.metadata ->> 'size' ~ '^\d{1,18}$'
				then (o.metadata ->> 'size')::bigint end),
			'href', '/app/projects/' || project || '/files/' || o.id,
			'at', private.iso(o.updated_at),
			'at_text', private.when_text(o.updated_at),
			'by', coalesce(p.display_name, p.email),
			'may_delete', head -> 'project' -> 'may_write')
		order by o.created_at desc, o.name), '[]')
	into files
	from (select * from storage.objects x
		where x.bucket_id = 'project-files'
			and x.name collate "C" >= (project || '/') collate "C"
			and x.name collate "C" < (project || '0') collate "C"
			and storage.filename(x.name) <> '.emptyFolderPlaceholder'
		order by x.created_at desc, x.name limit 500) o
	left join private.project_people(project) p
		on p.user_id = private.uuid_or_null(o.owner_id);
	return private.json_join(head, json_build_object(
		'files', files, 'has_files', json_array_length(files) > 0));
end
$$;

-- --- account and administration --------------------------------------------

create or replace function api.page_account() returns json
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return (
		select json_build_object(
			'me', api.page_me(),
			'values', json_build_object('displayName', (
				select u.display_name from public.users u
				where u.id = auth.uid())),
			'has_tokens', exists (select from public.api_tokens t
				where t.user_id = auth.uid()),
			'tokens', (
				select coalesce(json_agg(json_build_object(
						'id', t.id,
						'name', t.name,
						'hint', t.prefix || '…',
						'scope_text', case
							when 'admin' = any(t.scopes)
								then 'Administration'
							when 'write' = any(t.scopes)
								then 'Read and write'
							else 'Read only' end,
						'expires_text', case
							when t.expires_at is null
								then 'never expires'
							when t.expires_at <= now()
								then 'expired'
							else 'until ' || private.day_text(
								t.expires_at::date) end,
						'used_text', case
							when t.last_used_at is null
								then 'never used'
							else 'last used ' || private.when_text(
								t.last_used_at) end)
					order by t.created_at desc, t.id), '[]')
				from public.api_tokens t
				where t.user_id = auth.uid())));
end
$$;

-- Sizes of the installation; numbers only, and for platform admins only.
create or replace function private.installation_counts() returns json
language plpgsql stable security definer set search_path = ''
as $$
begin
	if not private.is_platform_admin() then
		perform private.refuse(403, 'forbidden',
			'This is for platform admins');
	end if;
	return (
		select json_agg(json_build_object('label', c.label,
			'value', c.value) order by c.n)
		from (values
			(1, 'People', (select count(*)::text
				from public.users)),
			(2, 'Projects', (select count(*)::text
				from public.projects)),
			(3, 'Tasks', (select count(*)::text
				from public.tasks)),
			(4, 'Agent sessions', (select count(*)::text
				from public.sessions))
		) c(n, label, value));
end
$$;

create or replace function api.page_admin() returns json
language sql stable
as $$
	select json_build_object('me', api.page_me(),
		'counts', private.installation_counts(),
		'database_text', 'version ' || current_setting('server_version'))
$$;

do $$
declare
	f regprocedure;
begin
	for f in select p.oid from pg_proc p
		where p.pronamespace = 'api'::regnamespace
			and p.proname like 'page\_%'
	loop
		execute format('revoke execute on function %s from public', f);
		execute format('grant execute on function %s
			to authenticated, service_role', f);
	end loop;
end
$$;
revoke execute on function private.installation_counts(),
	private.initials(text), private.tint(uuid), private.status_label(text),
	private.label(text), private.iso(timestamptz),
	private.when_text(timestamptz), private.day_text(date),
	private.size_text(bigint), private.choices(text[], text[], text),
	private.status_choices(text), private.priority_choices(text),
	private.role_choices(public.project_role, text),
	private.json_join(json, json), private.none_text(text),
	private.event_text(text, text), private.event_class(text),
	private.file_kind(text)
from public;
grant execute on function private.installation_counts(),
	private.initials(text), private.tint(uuid), private.status_label(text),
	private.label(text), private.iso(timestamptz),
	private.when_text(timestamptz), private.day_text(date),
	private.size_text(bigint), private.choices(text[], text[], text),
	private.status_choices(text), private.priority_choices(text),
	private.role_choices(public.project_role, text),
	private.json_join(json, json), private.none_text(text),
	private.event_text(text, text), private.event_class(text),
	private.file_kind(text)
to authenticated, service_role;
