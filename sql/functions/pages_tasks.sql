-- The page of a task.  Views as in pages_words.sql.

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

-- Documents of a task: rows that lead to their pages.  Texts of ten megabytes
-- have no place among them.
create or replace function api.page_docs(t public.tasks) returns json
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return (
		select coalesce(json_agg(api.page_doc_row(d, s.name)
			order by d.added_at, d.id), '[]')
		from (select x.* from public.session_docs x
			where x.project_id = t.project_id
				and x.session_id in (select l.session_id
					from public.task_sessions l
					where l.task_id = t.id)
				and (x.task_id is null or x.task_id = t.id)
			order by x.added_at desc, x.id desc limit 200) d
		join public.sessions s on s.project_id = d.project_id
			and s.id = d.session_id);
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
	docs json := api.page_docs(t);
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
		'has_docs', json_array_length(docs) > 0,
		'docs', docs,
		'has_sessions', t.session_ids <> '{}',
		'sessions', (
			select coalesce(json_agg(api.page_kin(s)
				order by l.linked_at, s.id), '[]')
			from public.task_sessions l
			join public.sessions s on s.project_id = l.project_id
				and s.id = l.session_id
			where l.task_id = t.id));
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

-- The images of a task as its page shows them.
create or replace function api.page_images(task text) returns json
language sql stable
as $$
	select json_build_object('has_images', count(*) > 0,
		'images', json_agg(json_build_object(
			'id', i ->> 'id',
			'name', i ->> 'filename',
			'href', '/app/tasks/' || t.id || '/images/'
				|| (i ->> 'id'),
			'size_text', private.size_text((i ->> 'size')::bigint))
		order by n))
	from public.tasks t, jsonb_array_elements(t.images)
		with ordinality x(i, n)
	where t.id = task
$$;
