-- The chat surface: /auth/* of handlers/chat.

-- name: chat_me :text :read
-- in: nothing; the caller's own profile
select json_build_object('id', u.id, 'email', u.email,
	'display_name', u.display_name)::text
from public.users u
where u.id = auth.uid();

-- name: chat_me_update :text
-- in: $1 input json {display_name}: a text, or null to have none
update public.users u
set display_name = nullif($1::json ->> 'display_name', '')
where u.id = auth.uid()
returning json_build_object('id', u.id, 'email', u.email,
	'display_name', u.display_name)::text;
