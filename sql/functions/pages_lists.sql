-- Pages of task lists.  Views as in pages_words.sql.

create or replace function api.page_lists(project text) returns json
language plpgsql stable
as $$
declare
	head json := api.page_project(project, 'lists');
	lists json;
begin
	select coalesce(json_agg(json_build_object(
			'id', (o.list).id,
			'name', (o.list).name,
			'description', (o.list).description,
			'total', c.total,
			'done', c.done,
			'count_text', case when c.total = 0 then 'No tasks yet'
				else c.done || ' of ' || c.total || ' done' end,
			'order_href', '/app/projects/' || project ||
				'/lists/order',
			'is_first', o.n = 1,
			'is_last', o.n = o.of,
			'may_write', head -> 'project' -> 'may_write')
		order by o.n), '[]')
	into lists
	from (select x.list, x.n, count(*) over () as of
		from api.tasklists_in_order(project) x) o
	cross join lateral (
		select count(*) as total, count(*) filter (
			where t.status = 'completed') as done
		from public.tasks t
		where t.project_id = project
			and t.id = any((o.list).ordered_task_ids)) c;
	return private.json_join(head, json_build_object(
		'lists', lists, 'has_lists', json_array_length(lists) > 0));
end
$$;

-- Tasks that could go onto the list: what matches the words, or the newest
-- that are still to be done.
create or replace function api.page_list_found(l public.task_lists, words text)
returns json
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return (
		select coalesce(json_agg(json_build_object(
				'id', t.id,
				'name', coalesce(nullif(t.title, ''), 'Untitled'),
				'status', t.status,
				'status_label', private.status_label(t.status))
			order by t.created_at desc, t.id), '[]')
		from (select x.* from public.tasks x
			where x.project_id = l.project_id
				and x.id <> all(l.ordered_task_ids)
				and case when words is null then x.status in (
						'todo', 'in_progress', 'in_review', 'blocked')
					else position(lower(words) in lower(x.title)) > 0
					end
			order by x.created_at desc, x.id limit 20) t);
end
$$;

-- The first 500 tasks, and how many more there are.
create or replace function api.page_list(list text, words text) returns json
language plpgsql stable
as $$
declare
	l public.task_lists := api.need_tasklist(list, 'viewer');
	head json := api.page_project(l.project_id, 'lists');
	total int := cardinality(l.ordered_task_ids);
	writes bool := head -> 'project' ->> 'may_write';
	tasks json;
	done bigint;
begin
	select coalesce(json_agg(json_build_object(
				'id', t.id,
				'name', coalesce(nullif(t.title, ''), 'Untitled'),
				'status', t.status,
				'status_label', private.status_label(t.status),
				'is_done', t.status = 'completed',
				'priority', t.priority,
				'priority_label', private.label(t.priority),
				'due', t.due_date,
				'due_text', private.day_text(t.due_date),
				'is_late', t.due_date < current_date and t.status
					not in ('completed', 'cancelled'),
				'order_href', '/app/lists/' || l.id || '/order',
				'is_first', w.n = 1,
				'is_last', w.n = total,
				'may_write', writes)
			order by w.n) filter (where w.n <= 500), '[]'),
		count(*) filter (where t.status = 'completed')
	into tasks, done
	from unnest(l.ordered_task_ids) with ordinality as w(id, n)
	join public.tasks t on t.id = w.id and t.project_id = l.project_id;
	return private.json_join(head, json_build_object(
		'list', json_build_object(
			'id', l.id,
			'name', l.name,
			'description', l.description,
			'total', total,
			'done', done,
			'has_tasks', total > 0,
			'tasks', tasks,
			'more_text', case when total > 500 then 'and ' ||
				total - 500 || ' more behind them' end),
		'values', json_build_object(
			'name', l.name, 'description', l.description),
		'search', case when writes then json_build_object(
			'q', coalesce(words, ''),
			'active', words is not null,
			'found', api.page_list_found(l, words)) end));
end
$$;
