set local lock_timeout = '2s';
-- The API token behind the cookie of agent-maestro's web UI: made at sign-in,
-- ended at sign-out.  Its name tells it from tokens people made themselves.

-- Sign-ins nobody ended: their tokens are dead but count towards the most a
-- person may have.
create or replace function api.login_token(hash text, shown text) returns json
language plpgsql volatile
as $$
begin
	delete from public.api_tokens t
	where t.user_id = auth.uid() and t.name = 'web sign-in'
		and t.expires_at <= now();
	return api.token_create(json_build_object('name', 'web sign-in',
		'expiresInDays', 7), hash, shown);
end
$$;

create or replace function api.logout_token() returns json
language plpgsql volatile
as $$
begin
	delete from public.api_tokens t
	where t.id = private.uuid_or_null(private.claims() ->> 'token_id')
		and t.name = 'web sign-in';
	return json_build_object('ok', true);
end
$$;

revoke execute on function api.login_token(text, text), api.logout_token()
from public;
grant execute on function api.login_token(text, text), api.logout_token()
to authenticated;
