-- The embedded identity server: each statement calls one function of
-- sql/embedded/functions/auth_*.sql as
-- supabase_auth_admin; app/domain/identity_local*.c reads the outcome columns.
-- $1 cfg json: settings the functions need; in json: what was sent, checked.

-- name: auth_sign_up :row
-- in: $1 cfg json, $2 in json
select * from auth_local.sign_up($1::jsonb, $2::jsonb);

-- name: auth_login_lookup :opt :read
-- in: $1 email
select user_id, hash from auth_local.login_lookup($1);

-- name: auth_login :row
-- in: $1 user id, $2 the hash that was verified
select * from auth_local.login($1::uuid, $2);

-- name: auth_refresh :row
-- in: $1 cfg json, $2 refresh token
select * from auth_local.refresh($1::jsonb, $2);

-- name: auth_exchange_code :row
-- in: $1 in json
select * from auth_local.exchange_code($1::jsonb);

-- name: auth_sign_out :exec
-- in: $1 scope
select auth_local.sign_out($1);

-- name: auth_user_get :row :read
select * from auth_local.user_get();

-- name: auth_user_password :row :read
select auth_local.user_password();

-- name: auth_user_update :row
-- in: $1 cfg json, $2 in json
select * from auth_local.user_update($1::jsonb, $2::jsonb);

-- name: auth_recover :row
-- in: $1 cfg json, $2 in json
select * from auth_local.recover($1::jsonb, $2::jsonb);

-- name: auth_otp :row
-- in: $1 cfg json, $2 in json
select * from auth_local.otp($1::jsonb, $2::jsonb);

-- name: auth_resend :row
-- in: $1 cfg json, $2 in json
select * from auth_local.resend($1::jsonb, $2::jsonb);

-- name: auth_verify :row
-- in: $1 cfg json, $2 in json
select * from auth_local.verify($1::jsonb, $2::jsonb);

-- name: auth_mail_failed :exec
-- in: $1 user id
select auth_local.mail_failed($1::uuid);

-- name: auth_invite :row
-- in: $1 cfg json, $2 in json
select * from auth_local.invite($1::jsonb, $2::jsonb);

-- name: auth_generate_link :row
-- in: $1 cfg json, $2 in json
select * from auth_local.generate_link($1::jsonb, $2::jsonb);

-- name: auth_admin_list :row :read
-- in: $1 page, $2 per page, $3 filter, $4 oldest first
select total, users
from auth_local.admin_list($1::bigint, $2::bigint, $3, $4::boolean);

-- name: auth_admin_get :row
-- in: $1 user id
select * from auth_local.admin_get($1::uuid);

-- name: auth_admin_create :row
-- in: $1 in json
select * from auth_local.admin_create($1::jsonb);

-- name: auth_admin_update :row
-- in: $1 user id, $2 in json
select * from auth_local.admin_update($1::uuid, $2::jsonb);

-- name: auth_admin_delete :exec
-- in: $1 user id, $2 soft
select auth_local.admin_delete($1::uuid, $2::boolean);

-- name: auth_admin_audit :row :read
-- in: $1 page, $2 per page, $3 scope, $4 text
select total, entries
from auth_local.admin_audit($1::bigint, $2::bigint, $3, $4);

-- name: auth_clean_up :row
select auth_local.clean_up();
