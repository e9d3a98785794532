set local lock_timeout = '2s';
-- Pages of task lists, and moving one thing in an order: what the browser
-- sends is which thing moved and behind which other, so that two people who
-- sort at once do not undo each other.

-- --- orders ----------------------------------------------------------------

-- input: {item, to: 'up' or 'down'} or {item, after: an id, or '' for first}.
-- An `after` that has gone means last.
create or replace function private.moved(ids text[], input json)
returns text[]
language sql immutable parallel safe
as $$
	select rest[:pos - 1] || array[item] || rest[pos:]
	from (select r.item, r.rest, case input ->> 'to'
			when 'up' then greatest(r.was - 1, 1)
			when 'down' then least(r.was + 1, cardinality(ids))
			else case when input ->> 'after' = '' then 1
				else coalesce(array_position(r.rest,
					input ->> 'after') + 1,
					cardinality(ids)) end
			end as pos
		from (select input ->> 'item' as item,
			array_remove(ids, input ->> 'item') as rest,
			array_position(ids, input ->> 'item') as was) r) m
$$;

-- The lists of a project as people see them: those that were sorted first,
-- the others behind them by age (maestro-api.md 7.15).
create or replace function api.tasklists_in_order(project text)
returns table (list public.task_lists, n bigint)
language sql stable
as $$
	select l, row_number() over (order by
		array_position(o.ordered_ids, l.id), l.created_at, l.id)
	from public.task_lists l
	left join public.orderings o on o.project_id = l.project_id
		and o.type = 'task-list'
	where l.project_id = project
$$;

-- What was sorted and is gone stays in the ordering, at its end.
create or replace function api.tasklists_move(project text, input json)
returns json
language plpgsql volatile
as $$
declare
	ids text[];
	gone text[];
begin
	perform private.need_project(project, 'member');
	ids := array(select (o.list).id from api.tasklists_in_order(project) o
		order by o.n);
	if input ->> 'item' <> all(ids) then
		perform private.refuse_missing('Task list', input ->> 'item');
	end if;
	gone := array(select w.id from public.orderings x,
			unnest(x.ordered_ids) with ordinality as w(id, n)
		where x.project_id = project and x.type = 'task-list'
			and w.id <> all(ids)
		order by w.n);
	return api.ordering_put('task-list', project, json_build_object(
		'orderedIds', private.moved(ids, input) || gone));
end
$$;

create or replace function api.tasklist_move(list text, input json)
returns json
language plpgsql volatile
as $$
declare
	l public.task_lists := api.need_tasklist(list, 'member');
begin
	select * into l from public.task_lists where id = list for update;
	if not found or input ->> 'item' <> all(l.ordered_task_ids) then
		perform private.refuse_missing('Task', input ->> 'item');
	end if;
	update public.task_lists
	set ordered_task_ids = private.moved(l.ordered_task_ids, input)
	where id = list
	returning * into l;
	return api.tasklist_json(l);
end
$$;

-- --- pages -----------------------------------------------------------------

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

revoke execute on function private.moved(text[], json) from public;
grant execute on function private.moved(text[], json)
	to authenticated, service_role;
revoke execute on all functions in schema api from public;
grant execute on all functions in schema api to authenticated, service_role;
