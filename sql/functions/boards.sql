-- The board of a project as the API sees it.

-- What fits on a card.  subs: how many children, how many of them done.
create or replace function api.card_json(t public.tasks, subs bigint,
	subs_done bigint) returns json
language sql stable parallel safe
as $$
	select json_build_object(
		'id', t.id,
		'title', t.title,
		'status', t.status,
		'priority', t.priority,
		'parentId', t.parent_id,
		'tags', t.tags,
		'dueDate', t.due_date,
		'pinned', coalesce(t.pinned, false),
		'hasDescription', t.description <> '',
		'subtasks', coalesce(subs, 0),
		'subtasksDone', coalesce(subs_done, 0),
		'sessionIds', t.session_ids,
		'taskSessionStatuses', coalesce(t.task_session_statuses, '{}'),
		'teamMemberIds', coalesce(t.team_member_ids,
			array_remove(array[t.team_member_id], null)),
		'createdAt', private.ms(t.created_at),
		'updatedAt', private.ms(t.updated_at))
$$;

create or replace function api.board_columns(project text, words text,
	with_priority text, with_tag text) returns json
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return (
		with subs as (
			select parent_id, count(*) as n,
				count(*) filter (where status in
					('completed', 'cancelled')) as done
			from public.tasks
			where project_id = project and parent_id is not null
			group by parent_id
		), cards as (
			select t.status, count(*) as n,
				json_agg(api.card_json(t, s.n, s.done)
					order by t.pinned desc nulls last,
						t.created_at, t.id) as list
			from public.tasks t
			left join subs s on s.parent_id = t.id
			where t.project_id = project
				and (words is null or position(lower(words) in
					lower(t.title || ' ' || t.description)) > 0)
				and (with_priority is null
					or t.priority = with_priority)
				and (with_tag is null or with_tag = any(t.tags))
			group by t.status
		)
		select json_agg(json_build_object(
				'status', c.status,
				'count', coalesce(k.n, 0),
				'tasks', coalesce(k.list, '[]'))
			order by c.place)
		from unnest(array['todo', 'in_progress', 'in_review', 'blocked',
			'completed', 'cancelled']) with ordinality as c(status, place)
		left join cards k on k.status = c.status);
end
$$;

-- The whole board in one answer.  words, with_priority, with_tag: filters, or
-- null; the counts follow them.
create or replace function api.project_board(project text, words text,
	with_priority text, with_tag text) returns json
language plpgsql stable
as $$
declare
	mine public.project_role := private.need_project(project, 'viewer');
	columns json := api.board_columns(project, nullif(words, ''),
		nullif(with_priority, ''), nullif(with_tag, ''));
begin
	return json_build_object(
		'project', api.project_get(project),
		'role', mine,
		'members', api.member_list(project),
		'tags', (
			select coalesce(json_agg(x.tag order by x.tag), '[]')
			from (select distinct unnest(t.tags) as tag
				from public.tasks t
				where t.project_id = project
					and t.tags <> '{}') x),
		'total', (
			select sum((c ->> 'count')::bigint)
			from json_array_elements(columns) c),
		'columns', columns);
end
$$;
