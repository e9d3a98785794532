-- The chat surface: /auth/* of handlers/chat.

-- name: chat_me :row :read
-- in: nothing; the caller's own profile
select id, email, display_name from public.users where id = auth.uid();

-- name: chat_me_update :row
-- in: $1 input json {display_name}: a text, or null to have none
update public.users
set display_name = nullif($1::json ->> 'display_name', '')
where id = auth.uid()
returning id, email, display_name;
