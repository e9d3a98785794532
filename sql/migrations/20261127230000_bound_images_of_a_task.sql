set local lock_timeout = '2s';
-- Every list of tasks and every event of a task says all of its images: how
-- many it may have is bounded, as its other lists are.

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
