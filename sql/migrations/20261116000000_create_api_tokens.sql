set local lock_timeout = '2s';
-- API tokens: what a script or an agent shows instead of a password.  Only
-- the SHA-256 of a token is kept; the text is told once, when it is made.
create table if not exists public.api_tokens (
	id uuid primary key default gen_random_uuid(),
	user_id uuid not null default auth.uid()
		references public.users (id) on update cascade on delete cascade,
	name text not null check (length(name) between 1 and 100),
	token_hash text not null unique check (token_hash ~ '^[0-9a-f]{64}$'),
	prefix text not null check (length(prefix) between 8 and 16),
	scopes text[] not null check (scopes <> '{}'
		and scopes <@ array['read', 'write', 'admin']),
	expires_at timestamptz,
	last_used_at timestamptz,
	created_at timestamptz not null default now()
);
create index if not exists api_tokens_user_id_idx
	on public.api_tokens (user_id, created_at);

-- The hash is nobody's business, not even the owner's: no grant on it.
alter table public.api_tokens enable row level security;
revoke all on public.api_tokens from anon, authenticated, service_role;
grant select (id, user_id, name, prefix, scopes, expires_at, last_used_at,
	created_at) on public.api_tokens to authenticated, service_role;
grant insert (name, token_hash, prefix, scopes, expires_at)
	on public.api_tokens to authenticated;
grant delete on public.api_tokens to authenticated, service_role;

drop policy if exists api_tokens_select on public.api_tokens;
create policy api_tokens_select on public.api_tokens
	for select to authenticated
	using (user_id = (select auth.uid()));
-- A token cannot make another one: else a stolen one would live for ever.
drop policy if exists api_tokens_insert on public.api_tokens;
create policy api_tokens_insert on public.api_tokens
	for insert to authenticated
	with check (user_id = (select auth.uid())
		and not (select private.claims() ? 'token_id'));
drop policy if exists api_tokens_delete on public.api_tokens;
create policy api_tokens_delete on public.api_tokens
	for delete to authenticated
	using (user_id = (select auth.uid()));

drop trigger if exists api_tokens_audit on public.api_tokens;
create trigger api_tokens_audit
	after insert or update or delete on public.api_tokens
	for each row execute function private.log_rls_operation();

-- --- the API ---------------------------------------------------------------

-- The row's columns one by one: the hash may not be read, so neither may the
-- whole row.
create or replace function private.token_json(id uuid, name text, prefix text,
	scopes text[], expires_at timestamptz, last_used_at timestamptz,
	created_at timestamptz) returns json
language sql stable parallel safe
return json_build_object(
	'id', id,
	'name', name,
	'prefix', prefix,
	'scopes', scopes,
	'expiresAt', private.ms(expires_at),
	'lastUsedAt', private.ms(last_used_at),
	'createdAt', private.ms(created_at));

create or replace function api.token_list() returns json
language sql stable
as $$
	select coalesce(json_agg(private.token_json(t.id, t.name, t.prefix,
		t.scopes, t.expires_at, t.last_used_at, t.created_at)
		order by t.created_at desc, t.id), '[]')
	from public.api_tokens t
	where t.user_id = auth.uid()
$$;

-- input: {name, scopes?, expiresInDays?}.  A wider scope holds the narrower.
create or replace function api.token_create(input json, hash text, shown text)
returns json
language plpgsql volatile
as $$
declare
	wanted text[] := coalesce(private.text_array(input -> 'scopes'),
		array['read', 'write']);
	granted text[];
	made json;
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
	insert into public.api_tokens as t (name, token_hash, prefix, scopes,
		expires_at)
	values (input ->> 'name', hash, shown, granted,
		now() + make_interval(days => (input ->> 'expiresInDays')::int))
	returning private.token_json(t.id, t.name, t.prefix, t.scopes,
		t.expires_at, t.last_used_at, t.created_at) into made;
	return made;
end
$$;

create or replace function api.token_delete(token text) returns json
language plpgsql volatile
as $$
begin
	delete from public.api_tokens t
	where t.id = private.uuid_or_null(token);
	if not found then
		perform private.refuse_missing('Token', token);
	end if;
	return json_build_object('success', true, 'id', token);
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

grant usage on schema api to anon;
revoke execute on function api.token_list(),
	api.token_create(json, text, text), api.token_delete(text),
	api.token_claims(text),
	private.token_json(uuid, text, text, text[], timestamptz, timestamptz,
		timestamptz) from public;
grant execute on function api.token_list(),
	api.token_create(json, text, text), api.token_delete(text),
	private.token_json(uuid, text, text, text[], timestamptz, timestamptz,
		timestamptz), private.uuid_or_null(text)
to authenticated;
grant execute on function api.token_claims(text) to anon;
