-- Images of tasks (maestro-api.md 2.3, 3.2).  How rows and bytes find each
-- other: sql/migrations/*_create_files.sql.

-- --- what waits for its row ------------------------------------------------

create or replace function private.image_key(project text, task text,
	image text) returns text
language sql immutable parallel safe
return project || '/' || task || '/' || image;

-- The keys the caller has announced (private.await_image).
create or replace function private.awaited_images() returns setof text
language sql stable security definer set search_path = ''
as $$
	select d.name from private.doomed_objects d
	where d.bucket_id = 'task-images'
		and d.awaited_by = (select auth.uid())
$$;

-- --- rows, keys and the mirror ---------------------------------------------

-- Announces an image: its key is on the list of the doomed until its row is
-- there, at most an hour.  The caller may write the task, or it is not found.
create or replace function private.await_image(task text) returns text
language plpgsql volatile security definer set search_path = ''
as $$
declare
	t public.tasks;
	key text;
begin
	select * into t from public.tasks x
	where x.id = task and (x.project_id = any(array(
			select private.project_ids('member')))
		or private.claims() ->> 'role' = 'service_role');
	if not found then
		perform private.refuse_missing('Task', task);
	end if;
	key := private.image_key(t.project_id, t.id, private.new_id('img'));
	insert into private.doomed_objects (bucket_id, name, due_at,
		awaited_by)
	values ('task-images', key, now() + interval '1 hour', auth.uid());
	return key;
end
$$;

-- An announced image that did not come: whatever there is of it may go now.
create or replace function private.forget_image(key text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
	update private.doomed_objects set due_at = now(), awaited_by = null
	where bucket_id = 'task-images' and name = key
		and awaited_by = auth.uid();
end
$$;

-- What a task lists of its images.
create or replace function private.image_entry(i public.task_images)
returns json
language sql stable parallel safe
as $$
	select json_build_object(
		'id', i.id,
		'filename', i.filename,
		'mimeType', i.mime_type,
		'size', i.size,
		'addedAt', private.ms(i.added_at))
$$;

-- Locked first, so that of two images at once the second sees the first.
create or replace function private.mirror_image() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
	i public.task_images := coalesce(new, old);
	key text := private.image_key(i.project_id, i.task_id, i.id);
begin
	if tg_op = 'INSERT' then
		delete from private.doomed_objects
		where bucket_id = 'task-images' and name = key;
	else
		insert into private.doomed_objects (bucket_id, name, due_at)
		values ('task-images', key, now())
		on conflict (bucket_id, name) do update
			set due_at = excluded.due_at, awaited_by = null;
	end if;
	perform from public.tasks t where t.id = i.task_id
	for no key update;
	update public.tasks t set images = (
		select jsonb_agg(private.image_entry(x)::jsonb
			order by x.added_at, x.id)
		from public.task_images x
		where x.project_id = i.project_id and x.task_id = i.task_id)
	where t.id = i.task_id;
	return null;
end
$$;

-- --- calls -----------------------------------------------------------------

-- Where the bytes of a new image of this task go.  Every list of tasks and
-- every event of a task says all of its images: how many it may have is
-- bounded, as its other lists are.
create or replace function api.task_image_await(task text) returns text
language plpgsql volatile
as $$
declare
	t public.tasks := api.need_task(task, 'member');
begin
	if jsonb_array_length(t.images) >= 500 then
		perform private.refuse(422, 'business_rule_error',
			'A task has at most 500 images', null);
	end if;
	return private.await_image(task);
end
$$;

-- The bytes are there: key is what task_image_await said.
create or replace function api.task_image_add(task text, key text,
	filename text, mime text, bytes bigint) returns public.task_images
language plpgsql volatile
as $$
#variable_conflict use_variable
declare
	t public.tasks := api.need_task(task, 'member');
	i public.task_images;
begin
	insert into public.task_images as x (id, project_id, task_id,
		filename, mime_type, size)
	values (storage.filename(key), t.project_id, t.id, filename, mime,
		bytes)
	returning x.* into i;
	return i;
end
$$;

create or replace function api.need_image(task text, image text,
	min_role text) returns public.task_images
language plpgsql stable
as $$
declare
	t public.tasks := api.need_task(task, min_role);
	i public.task_images;
begin
	select * into i from public.task_images x
	where x.id = image and x.project_id = t.project_id
		and x.task_id = t.id;
	if not found then
		perform private.refuse_missing('Image', image);
	end if;
	return i;
end
$$;

create or replace function api.task_image_delete(task text, image text)
returns text
language plpgsql volatile
as $$
declare
	i public.task_images := api.need_image(task, image, 'member');
begin
	delete from public.task_images x where x.id = i.id;
	return i.id;
end
$$;

grant execute on function private.image_key(text, text, text),
	private.awaited_images(), private.await_image(text),
	private.forget_image(text)
	to authenticated, service_role;

-- --- what hangs on tables

create policy task_images_select on public.task_images
	for select to authenticated
	using (project_id = any(array(select private.project_ids('viewer'))));
create policy task_images_insert on public.task_images
	for insert to authenticated
	with check (added_by = (select auth.uid())
		and project_id = any(array(
			select private.project_ids('member'))));
create policy task_images_delete on public.task_images
	for delete to authenticated
	using (project_id = any(array(select private.project_ids('member'))));

create trigger task_images_mirror after insert or delete
	on public.task_images
	for each row execute function private.mirror_image();
create trigger task_images_audit after insert or update or delete
	on public.task_images
	for each row when (not private.importing())
	execute function private.log_rls_operation();

-- Bytes are stored under an announced key and seen while there is a row; they
-- go through the service alone, after the row.
create policy task_images_select on storage.objects
	for select to authenticated
	using (bucket_id = 'task-images' and (
		name = any(array(select private.awaited_images()))
		or (storage.foldername(name))[1]
			= any(array(select private.project_ids('viewer')))
		and exists (select from public.task_images i
			where i.id = storage.filename(objects.name)
				and objects.name = i.project_id || '/' || i.task_id
					|| '/' || i.id)));
create policy task_images_insert on storage.objects
	for insert to authenticated
	with check (bucket_id = 'task-images'
		and name = any(array(select private.awaited_images())));
