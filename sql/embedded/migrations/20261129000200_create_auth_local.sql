set local lock_timeout = '2s';
-- What the embedded identity server adds to schema auth: its logic
-- (embedded/functions/auth_*.sql) and the type of its answers.
create schema if not exists auth_local authorization supabase_auth_admin;
set local role supabase_auth_admin;

-- kind: session, user, none, code, message, error
do $$
begin
	if to_regtype('auth_local.outcome') is null then
		create type auth_local.outcome as (
			kind text,
			user_id text,
			user_json text,
			claims text, -- without iss, iat, exp
			refresh_token text,
			mails text, -- JSON array: what to send to whom
			type text,
			detail text, -- auth code, message, or link properties
			err_status int,
			err_code text,
			err_message text
		);
	end if;
end
$$;

reset role;
