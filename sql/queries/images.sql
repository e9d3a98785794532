-- Images of tasks: rows here, bytes in the object store (domain/task_images).

-- name: task_image_await :text
-- in: $1 task
-- The key under which the bytes of a new image go; 404 or 403 when not.
select api.task_image_await($1);

-- name: task_image_add :row
-- in: $1 task, $2 key, $3 file name, $4 type, $5 size
select id, filename, mime_type, size, added_at
from api.task_image_add($1, $2, $3, $4, $5::bigint);

-- name: task_image_forget :exec
-- in: $1 key
select private.forget_image($1);

-- name: task_image_get :row :read
-- in: $1 task, $2 image
select private.image_key(project_id, task_id, id) as key, filename, mime_type
from api.need_image($1, $2, 'viewer');

-- name: task_image_delete :row
-- in: $1 task, $2 image
select true as success, d.id from api.task_image_delete($1, $2) d (id);

-- name: doomed_images :rows :read
-- in: $1 limit
-- As the service: keys whose time has come and that no row names.
select d.name from private.doomed_objects d
where d.bucket_id = 'task-images' and d.due_at <= now()
  and not exists (select from public.task_images i
	where i.id = storage.filename(d.name)
	  and d.name = i.project_id || '/' || i.task_id || '/' || i.id)
order by d.due_at limit $1::int;

-- name: doomed_images_done :exec
-- in: $1 JSON array of keys
delete from private.doomed_objects
where bucket_id = 'task-images'
  and name in (select jsonb_array_elements_text($1::jsonb));
