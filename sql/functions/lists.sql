-- The order people gave to what a panel shows, and lists of tasks.  Ids in an
-- ordering may dangle on purpose (maestro-api.md 7.15); those in a list go
-- with their task (7.4).

-- --- orderings -------------------------------------------------------------

-- updatedAt 0 means "never saved" (7.17).
create or replace function api.ordering_get(entity text, project text)
returns public.orderings
language plpgsql stable
as $$
declare
	o public.orderings;
begin
	perform private.need_project(project, 'viewer');
	select * into o from public.orderings
	where project_id = project and type = entity;
	if not found then
		o.project_id := project;
		o.type := entity;
		o.ordered_ids := '{}';
		o.updated_at := 'epoch';
	end if;
	return o;
end
$$;

create or replace function api.ordering_put(entity text, project text,
	input json) returns public.orderings
language plpgsql volatile
as $$
declare
	o public.orderings;
begin
	perform private.need_project(project, 'member');
	insert into public.orderings as x (project_id, type, ordered_ids)
	values (project, entity, private.text_array(input -> 'orderedIds'))
	on conflict (project_id, type)
		do update set ordered_ids = excluded.ordered_ids
	returning * into o;
	return o;
end
$$;

-- --- task lists ------------------------------------------------------------

create or replace function api.need_tasklist(list text, min_role text)
returns public.task_lists
language plpgsql stable
as $$
declare
	l public.task_lists;
begin
	select * into l from public.task_lists where id = list;
	if not found then
		perform private.refuse_missing('Task list', list);
	end if;
	if min_role <> 'viewer' then
		perform private.need_project(l.project_id, min_role);
	end if;
	return l;
end
$$;

-- The tasks must be there, of this project, each once.  They are locked so
-- that none is deleted before the list that names it is written.
create or replace function api.check_listed(project text, wanted text[],
	field text) returns void
language plpgsql volatile
as $$
declare
	bad text;
begin
	select w.id into bad from unnest(wanted) w(id)
	group by w.id having count(*) > 1 limit 1;
	if found then
		perform private.refuse(400, 'validation_failed',
			'The task ' || bad || ' is named twice', field);
	end if;
	perform from public.tasks t
	where t.project_id = project and t.id = any(wanted)
	order by t.id for key share;
	select w.id into bad from unnest(wanted) w(id)
	where not exists (select from public.tasks t where t.id = w.id)
	limit 1;
	if found then
		perform private.refuse_missing('Task', bad);
	end if;
	select t.id into bad from public.tasks t
	where t.id = any(wanted) and t.project_id <> project limit 1;
	if found then
		perform private.refuse(400, 'validation_failed',
			'The task ' || bad || ' is of another project', field);
	end if;
end
$$;

create or replace function api.tasklist_create(input json)
returns public.task_lists
language plpgsql volatile
as $$
declare
	project text := input ->> 'projectId';
	wanted text[] := coalesce(
		private.text_array(input -> 'orderedTaskIds'), '{}');
	l public.task_lists;
begin
	perform private.need_project(project, 'member');
	perform api.check_listed(project, wanted, 'orderedTaskIds');
	insert into public.task_lists (project_id, name, description,
		ordered_task_ids)
	values (project, input ->> 'name', input ->> 'description', wanted)
	returning * into l;
	return l;
end
$$;

create or replace function api.tasklist_update(list text, input json)
returns public.task_lists
language plpgsql volatile
as $$
declare
	l public.task_lists := api.need_tasklist(list, 'member');
	j jsonb := input;
	wanted text[] := private.text_array(input -> 'orderedTaskIds');
begin
	if wanted is not null then
		perform api.check_listed(l.project_id, wanted,
			'orderedTaskIds');
	end if;
	update public.task_lists set
		name = coalesce(j ->> 'name', name),
		description = case when j ? 'description'
			then j ->> 'description' else description end,
		ordered_task_ids = coalesce(wanted, ordered_task_ids)
	where id = list
	returning * into l;
	return l;
end
$$;

create or replace function api.tasklist_delete(list text) returns text
language plpgsql volatile
as $$
begin
	perform api.need_tasklist(list, 'member');
	delete from public.task_lists where id = list;
	return list;
end
$$;

create or replace function api.tasklist_add(list text, task text)
returns public.task_lists
language plpgsql volatile
as $$
declare
	l public.task_lists := api.need_tasklist(list, 'member');
begin
	perform api.check_listed(l.project_id, array[task], 'taskId');
	update public.task_lists
	set ordered_task_ids = array_append(ordered_task_ids, task)
	where id = list and task <> all(ordered_task_ids);
	select * into l from public.task_lists where id = list;
	return l;
end
$$;

create or replace function api.tasklist_remove(list text, task text)
returns public.task_lists
language plpgsql volatile
as $$
declare
	l public.task_lists := api.need_tasklist(list, 'member');
begin
	update public.task_lists
	set ordered_task_ids = array_remove(ordered_task_ids, task)
	where id = list and task = any(ordered_task_ids);
	select * into l from public.task_lists where id = list;
	return l;
end
$$;

-- --- a task that goes leaves its lists (7.4) -------------------------------

create or replace function private.unlist_tasks() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	update public.task_lists l
	set ordered_task_ids = array(
		select w.id from unnest(l.ordered_task_ids)
			with ordinality as w(id, n)
		where w.id not in (select r.id from removed r)
		order by w.n)
	where l.project_id in (select distinct r.project_id from removed r)
		and l.ordered_task_ids && array(select r.id from removed r);
	return null;
end
$$;

-- --- moving one thing ------------------------------------------------------
-- What the browser sends is which thing moved and behind which other, so that
-- two people who sort at once do not undo each other.

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
returns void
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
	perform api.ordering_put('task-list', project, json_build_object(
		'orderedIds', private.moved(ids, input) || gone));
end
$$;

create or replace function api.tasklist_move(list text, input json)
returns void
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
	where id = list;
end
$$;

-- --- events ----------------------------------------------------------------

-- The same tasks in another order is an event of its own.
create or replace function private.emit_tasklist() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	if tg_op = 'DELETE' then
		perform private.emit('task_list:deleted', old.project_id,
			json_build_object('id', old.id,
				'projectId', old.project_id));
	elsif tg_op = 'INSERT' then
		perform private.emit_row('task_list:created', new.project_id,
			'task_lists', new.id, null);
	else
		perform private.emit_row(case
			when new.ordered_task_ids <> old.ordered_task_ids
				and new.ordered_task_ids @> old.ordered_task_ids
				and old.ordered_task_ids @> new.ordered_task_ids
				and new.name = old.name
				and new.description
					is not distinct from old.description
				then 'task_list:reordered'
			else 'task_list:updated' end, new.project_id,
			'task_lists', new.id, private.changed_columns(
				to_jsonb(old), to_jsonb(new)));
	end if;
	return null;
end
$$;

grant execute on function private.moved(text[], json)
	to authenticated, service_role;

-- --- what hangs on tables

create policy orderings_select on public.orderings for select to authenticated
	using (project_id = any(array(select private.project_ids('viewer'))));
create policy orderings_insert on public.orderings for insert to authenticated
	with check (project_id = any(array(
		select private.project_ids('member'))));
create policy orderings_update on public.orderings for update to authenticated
	using (project_id = any(array(select private.project_ids('member'))))
	with check (project_id = any(array(
		select private.project_ids('member'))));
create policy orderings_delete on public.orderings for delete to authenticated
	using (project_id = any(array(select private.project_ids('member'))));

create trigger orderings_touch before update on public.orderings
	for each row when (not private.importing())
	execute function private.touch();
create trigger orderings_audit after insert or update or delete
	on public.orderings
	for each row when (not private.importing())
	execute function private.log_rls_operation();

create policy task_lists_select on public.task_lists
	for select to authenticated
	using (project_id = any(array(select private.project_ids('viewer'))));
create policy task_lists_insert on public.task_lists
	for insert to authenticated
	with check (project_id = any(array(
		select private.project_ids('member'))));
create policy task_lists_update on public.task_lists
	for update to authenticated
	using (project_id = any(array(select private.project_ids('member'))))
	with check (project_id = any(array(
		select private.project_ids('member'))));
create policy task_lists_delete on public.task_lists
	for delete to authenticated
	using (project_id = any(array(select private.project_ids('member'))));

create trigger task_lists_touch before update on public.task_lists
	for each row when (not private.importing())
	execute function private.touch();
create trigger task_lists_audit after insert or update or delete
	on public.task_lists
	for each row when (not private.importing())
	execute function private.log_rls_operation();
create trigger task_lists_emit after insert or update or delete
	on public.task_lists
	for each row when (not private.importing())
	execute function private.emit_tasklist();
