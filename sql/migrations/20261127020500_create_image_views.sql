set local lock_timeout = '2s';
-- Images of tasks: what is done when one could not be stored, and the page.

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
revoke execute on function private.forget_image(text) from public;
grant execute on function private.forget_image(text)
	to authenticated, service_role;

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

revoke execute on all functions in schema api from public;
grant execute on all functions in schema api to authenticated, service_role;
