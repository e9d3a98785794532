-- Mail.  The functions are in sql/functions (schema api); row-level security
-- decides.

-- name: mail_send :text
-- in: $1 input json
select api.mail_send($1::json)::text;

-- name: mail_inbox :text :read
-- in: $1 session id, $2 project id, $3 type, $4 since ms: each of the last
-- three may be null; $5 bool: only what came lately; $6 limit, $7 offset: each
-- may be null
select api.mail_inbox($1, $2, $3, $4::bigint, $5::bool, $6::int,
	$7::int)::text;

-- name: mail_thread :text :read
-- in: $1 thread id
select api.mail_thread($1)::text;

-- name: mail_list :text :read
-- in: $1 project id, $2 thread id or null, $3 bool: threads instead of mail,
-- $4 limit, $5 offset: each may be null
select api.mail_list($1, $2, $3::bool, $4::int, $5::int)::text;

-- name: mail_get :text :read
-- in: $1 id text
select api.mail_get($1)::text;

-- name: mail_delete :text
-- in: $1 id text
select api.mail_delete($1)::text;

-- name: session_mail_send :text
-- in: $1 session id, $2 input json {fromSessionId, message, detail}
select api.session_mail_send($1, $2::json)::text;

-- name: session_mail_read :text
-- in: $1 session id, $2 bool: may it be marked as read
select api.session_mail_read($1, $2::bool)::text;
