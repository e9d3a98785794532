-- What the pages of the own account and of the installation show.

-- name: page_account :row :read
select u.display_name from (values (1)) one
left join public.users u on u.id = auth.uid();

-- name: page_tokens :rows :read
-- The latest 500.
select t.id, t.name, t.prefix, 'admin' = any(t.scopes) as may_admin,
	'write' = any(t.scopes) as may_write, t.expires_at::date as expires,
	t.expires_at <= now() as is_over, t.last_used_at
from public.api_tokens t
where t.user_id = auth.uid()
order by t.created_at desc, t.id limit 500;

-- name: page_admin :row :read
-- Numbers for platform admins only.
select c.people, c.projects, c.tasks, c.sessions,
	current_setting('server_version') as version
from private.installation_counts() c;
