-- Labels of a project and of its tasks.  Names are free words to people and
-- one word to the project, whatever their case.

-- --- look-ups that refuse --------------------------------------------------

create or replace function api.need_label(label text, min_role text)
returns public.labels
language plpgsql stable
as $$
declare
	l public.labels;
begin
	select * into l from public.labels where id = label;
	if not found then
		perform private.refuse_missing('Label', label);
	end if;
	if min_role <> 'viewer' then
		perform private.need_project(l.project_id, min_role);
	end if;
	return l;
end
$$;

create or replace function private.refuse_label_name() returns void
language sql stable
as $$
	select private.refuse(409, 'already_exists',
		'The project has a label of that name', 'name')
$$;

grant execute on function private.refuse_label_name()
	to authenticated, service_role;

-- --- labels ----------------------------------------------------------------

create or replace function api.label_create(input json) returns public.labels
language plpgsql volatile
as $$
declare
	l public.labels;
begin
	perform private.need_project(input ->> 'projectId', 'member');
	insert into public.labels (project_id, name, colour)
	values (input ->> 'projectId', input ->> 'name',
		coalesce(input ->> 'colour', 'grey'))
	on conflict (project_id, lower(name)) do nothing
	returning * into l;
	if l.id is null then
		perform private.refuse_label_name();
	end if;
	return l;
end
$$;

create or replace function api.label_update(label text, input json)
returns public.labels
language plpgsql volatile
as $$
declare
	l public.labels := api.need_label(label, 'member');
begin
	update public.labels set
		name = coalesce(input ->> 'name', name),
		colour = coalesce(input ->> 'colour', colour)
	where id = label
	returning * into l;
	return l;
exception
	when unique_violation then
		perform private.refuse_label_name();
end
$$;

create or replace function api.label_delete(label text) returns text
language plpgsql volatile
as $$
begin
	perform api.need_label(label, 'member');
	delete from public.labels where id = label;
	return label;
end
$$;

-- --- labels of a task ------------------------------------------------------

create or replace function api.task_label_add(task text, label text)
returns public.labels
language plpgsql volatile
as $$
declare
	t public.tasks := api.need_task(task, 'member');
	l public.labels := api.need_label(label, 'viewer');
begin
	if l.project_id <> t.project_id then
		perform private.refuse(400, 'validation_failed',
			'The label is of another project', 'labelId');
	end if;
	insert into public.task_labels (project_id, task_id, label_id)
	values (t.project_id, task, label)
	on conflict (project_id, task_id, label_id) do nothing;
	return l;
end
$$;

create or replace function api.task_label_remove(task text, label text)
returns text
language plpgsql volatile
as $$
declare
	t public.tasks := api.need_task(task, 'member');
begin
	perform api.need_label(label, 'viewer');
	delete from public.task_labels l
	where l.project_id = t.project_id and l.task_id = task
		and l.label_id = label;
	return label;
end
$$;

-- Of the labels a form showed, the task has exactly these.
create or replace function api.task_labels_set(task text, shown text[],
	wanted text[]) returns public.tasks
language plpgsql volatile
as $$
declare
	t public.tasks := api.need_task(task, 'member');
begin
	delete from public.task_labels l
	where l.project_id = t.project_id and l.task_id = task
		and l.label_id = any(shown) and l.label_id <> all(wanted);
	perform api.task_label_add(task, w.id) from unnest(wanted) w (id);
	return t;
end
$$;

-- --- rules that hold whoever writes ----------------------------------------

create or replace function private.stamp_task_label() returns trigger
language plpgsql
as $$
begin
	new.task_created_at := coalesce((select t.created_at
		from public.tasks t where t.id = new.task_id),
		new.task_created_at);
	return new;
end
$$;

-- --- events ----------------------------------------------------------------

create or replace function private.emit_label() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	if tg_op = 'DELETE' then
		perform private.emit('label:deleted', old.project_id,
			json_build_object('id', old.id,
				'projectId', old.project_id));
	elsif tg_op = 'INSERT' then
		perform private.emit_row('label:created', new.project_id,
			'labels', new.id, null);
	else
		perform private.emit_row('label:updated', new.project_id,
			'labels', new.id, private.changed_columns(
				to_jsonb(old), to_jsonb(new)));
	end if;
	return null;
end
$$;

create or replace function private.emit_task_label() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
	l public.task_labels := coalesce(new, old);
begin
	perform private.emit('task:label_' || case tg_op when 'INSERT'
			then 'added' else 'removed' end,
		l.project_id, json_build_object('taskId', l.task_id,
			'labelId', l.label_id, 'projectId', l.project_id));
	return null;
end
$$;

-- --- moving in (import_tasks.sql) ------------------------------------------

-- A name that another label has already refuses the object, not the project.
create or replace function private.import_labels(owner uuid, project text)
returns void
language plpgsql volatile set search_path = ''
as $$
begin
	perform private.import_judge('label', 'public.labels', 'x.id = k.id',
		'x.updated_at', 'updatedAt', 'x.project_id = $1', project,
		owner);
	update pg_temp.import_stage s set outcome = 'refused', field = 'name',
		reason = 'the project has a label of that name'
	where s.kind = 'label' and s.outcome in ('new', 'newer')
		and (exists (select from public.labels l
			where l.project_id = project and l.id <> s.id
				and lower(l.name) = lower(s.doc ->> 'name'))
		or exists (select from pg_temp.import_stage o
			where o.kind = 'label' and o.n < s.n
				and o.outcome in ('new', 'newer')
				and lower(o.doc ->> 'name') =
					lower(s.doc ->> 'name')));
	update pg_temp.import_stage s set field = 'taskIds',
		reason = 'what is no task of the project is left out'
	where s.kind = 'label' and s.outcome in ('new', 'newer')
		and exists (select from unnest(private.words(
				s.doc -> 'taskIds')) w (id)
			where not exists (select from public.tasks t
				where t.id = w.id and t.project_id = project));
	insert into public.labels as t (id, project_id, name, colour,
		created_at, updated_at, extra)
	select s.id, project, d ->> 'name', coalesce(d ->> 'colour', 'grey'),
		private.at((d ->> 'createdAt')::bigint),
		private.at((d ->> 'updatedAt')::bigint),
		private.leftover(d, 'id projectId name colour taskIds '
			'createdAt updatedAt')
	from (select x.*, x.doc as d from pg_temp.import_stage x
		where x.kind = 'label' and x.outcome in ('new', 'newer')) s
	order by s.n
	on conflict (id) do update set
		name = excluded.name,
		colour = excluded.colour,
		updated_at = excluded.updated_at,
		extra = excluded.extra;
	delete from public.task_labels l
	using pg_temp.import_stage s
	where s.kind = 'label' and s.outcome = 'newer'
		and l.project_id = project and l.label_id = s.id
		and l.task_id <> all(coalesce(private.words(
			s.doc -> 'taskIds'), '{}'));
	insert into public.task_labels (project_id, task_id, label_id)
	select project, t.id, s.id
	from pg_temp.import_stage s,
		unnest(private.words(s.doc -> 'taskIds')) w (id)
	join public.tasks t on t.id = w.id and t.project_id = project
	where s.kind = 'label' and s.outcome in ('new', 'newer')
	on conflict (project_id, task_id, label_id) do nothing;
	-- A newer task may say that it is older.
	update public.task_labels l set task_created_at = t.created_at
	from public.tasks t
	where l.project_id = project and t.id = l.task_id
		and l.task_created_at <> t.created_at;
end
$$;

-- --- what hangs on tables

create policy labels_select on public.labels for select to authenticated
	using (project_id = any(array(select private.project_ids('viewer'))));
create policy labels_insert on public.labels for insert to authenticated
	with check (project_id = any(array(
		select private.project_ids('member'))));
create policy labels_update on public.labels for update to authenticated
	using (project_id = any(array(select private.project_ids('member'))))
	with check (project_id = any(array(
		select private.project_ids('member'))));
create policy labels_delete on public.labels for delete to authenticated
	using (project_id = any(array(select private.project_ids('member'))));

create trigger labels_touch before update on public.labels
	for each row when (not private.importing())
	execute function private.touch();
create trigger labels_audit after insert or update or delete on public.labels
	for each row when (not private.importing())
	execute function private.log_rls_operation();
create trigger labels_emit after insert or update or delete on public.labels
	for each row when (not private.importing())
	execute function private.emit_label();

create policy task_labels_select on public.task_labels
	for select to authenticated
	using (project_id = any(array(select private.project_ids('viewer'))));
create policy task_labels_insert on public.task_labels
	for insert to authenticated
	with check (project_id = any(array(
		select private.project_ids('member'))));
create policy task_labels_delete on public.task_labels
	for delete to authenticated
	using (project_id = any(array(select private.project_ids('member'))));

create trigger task_labels_stamp before insert on public.task_labels
	for each row execute function private.stamp_task_label();
create trigger task_labels_audit after insert or update or delete
	on public.task_labels
	for each row when (not private.importing())
	execute function private.log_rls_operation();
create trigger task_labels_emit after insert or delete on public.task_labels
	for each row when (not private.importing())
	execute function private.emit_task_label();
