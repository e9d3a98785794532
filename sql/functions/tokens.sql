-- API tokens: what a script or an agent shows instead of a password.  Only
-- the SHA-256 of a token is kept; the text is told once, when it is made.

-- --- the API ---------------------------------------------------------------

-- input: {name, scopes?, expiresInDays?}.  A wider scope holds the narrower.
-- The row's columns one by one: the hash may not be read, so neither may the
-- whole row.
create or replace function api.token_create(input json, hash text, shown text)
returns table (id uuid, name text, prefix text, scopes text[],
	expires_at timestamptz, last_used_at timestamptz,
	created_at timestamptz)
language plpgsql volatile
as $$
#variable_conflict use_column
declare
	wanted text[] := coalesce(private.text_array(input -> 'scopes'),
		array['read', 'write']);
	granted text[];
begin
	if private.claims() ? 'token_id' then
		perform private.refuse(403, 'forbidden',
			'An API token cannot make API tokens; sign in instead');
	end if;
	if wanted = '{}' or not wanted <@ array['read', 'write', 'admin'] then
		perform private.refuse(400, 'validation_failed',
			'scopes must be some of read, write, admin', 'scopes');
	end if;
	if 'admin' = any(wanted) and not private.is_platform_admin() then
		perform private.refuse(403, 'forbidden',
			'Only a platform admin can make a token of scope admin',
			'scopes');
	end if;
	if (select count(*) from public.api_tokens t
			where t.user_id = auth.uid()) >= 100 then
		perform private.refuse(422, 'too_many_tokens',
			'100 API tokens are the most; delete one first');
	end if;
	granted := array['read']
		|| case when wanted && array['write', 'admin']
			then array['write'] else '{}' end
		|| case when 'admin' = any(wanted)
			then array['admin'] else '{}' end;
	return query
		insert into public.api_tokens as t (name, token_hash, prefix,
			scopes, expires_at)
		values (input ->> 'name', hash, shown, granted, now()
			+ make_interval(days =>
				(input ->> 'expiresInDays')::int))
		returning t.id, t.name, t.prefix, t.scopes, t.expires_at,
			t.last_used_at, t.created_at;
end
$$;

create or replace function api.token_delete(token text) returns text
language plpgsql volatile
as $$
begin
	delete from public.api_tokens t
	where t.id = private.uuid_or_null(token);
	if not found then
		perform private.refuse_missing('Token', token);
	end if;
	return token;
end
$$;

-- Who shows this token?  Claims as an access token of its owner would carry
-- them, or null: unknown, expired, owner banned or gone.  Security definer,
-- because nobody is known yet: the caller is anon, and auth.users may belong
-- to a hosted project.
create or replace function api.token_claims(hash text) returns text
language plpgsql volatile security definer set search_path = ''
as $$
declare
	t public.api_tokens;
	u record;
begin
	select * into t from public.api_tokens k
	where k.token_hash = hash
		and (k.expires_at is null or k.expires_at > now());
	if not found then
		return null;
	end if;
	select a.id, a.email, a.phone, a.raw_app_meta_data::jsonb as app,
		a.raw_user_meta_data::jsonb as meta, a.is_anonymous into u
	from auth.users a
	where a.id = t.user_id and a.deleted_at is null
		and (a.banned_until is null or a.banned_until <= now());
	if not found then
		return null;
	end if;
	-- Now and then, and never waiting for a request that does the same.
	if t.last_used_at is null
		or t.last_used_at < now() - interval '1 minute'
	then
		update public.api_tokens set last_used_at = now()
		where id = (select k.id from public.api_tokens k
			where k.id = t.id for update skip locked);
	end if;
	return json_build_object(
		'sub', u.id,
		'aud', 'authenticated',
		'role', 'authenticated',
		'email', coalesce(u.email, ''),
		'phone', coalesce(u.phone, ''),
		'app_metadata', case when 'admin' = any(t.scopes)
			then coalesce(u.app, '{}')
			else coalesce(u.app, '{}') - 'platform_role' end,
		'user_metadata', coalesce(u.meta, '{}'),
		'aal', 'aal1',
		'is_anonymous', coalesce(u.is_anonymous, false),
		'token_id', t.id,
		'scopes', array_to_string(t.scopes, ' '));
end
$$;

-- --- tokens of a browser's session -----------------------------------------
-- The API token behind the cookie of agent-maestro's web UI: made at sign-in,
-- ended at sign-out.  Its name tells it from tokens people made themselves.

-- Sign-ins nobody ended: their tokens are dead but count towards the most a
-- person may have.
create or replace function api.login_token(hash text, shown text) returns void
language plpgsql volatile
as $$
begin
	delete from public.api_tokens t
	where t.user_id = auth.uid() and t.name = 'web sign-in'
		and t.expires_at <= now();
	perform api.token_create(json_build_object('name', 'web sign-in',
		'expiresInDays', 7), hash, shown);
end
$$;

create or replace function api.logout_token() returns void
language plpgsql volatile
as $$
begin
	delete from public.api_tokens t
	where t.id = private.uuid_or_null(private.claims() ->> 'token_id')
		and t.name = 'web sign-in';
end
$$;

grant execute on function api.token_claims(text)
	to anon;
-- --- what hangs on tables

create policy api_tokens_select on public.api_tokens
	for select to authenticated
	using (user_id = (select auth.uid()));

-- A token cannot make another one: else a stolen one would live for ever.
create policy api_tokens_insert on public.api_tokens
	for insert to authenticated
	with check (user_id = (select auth.uid())
		and not (select private.claims() ? 'token_id'));
create policy api_tokens_delete on public.api_tokens
	for delete to authenticated
	using (user_id = (select auth.uid()));

create trigger api_tokens_audit
	after insert or update or delete on public.api_tokens
	for each row execute function private.log_rls_operation();
