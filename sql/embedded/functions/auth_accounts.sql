-- The logic of the embedded identity server (auth-v1.md 3, 4, 7): one function
-- an operation, so that each call is one round trip and all or nothing.  The
-- caller (app/domain/identity_local) checks syntax, hashes passwords, signs
-- tokens and sends mail; everything that reads or writes a row is here.
--
-- Callers are supabase_auth_admin: owner of the tables and of this schema, on
-- which nobody else has a right.  Who asks comes from the request settings:
-- request.jwt.claims (sub, session_id) and request.headers (address, agent).
--
-- Two ways to refuse: refuse() raises, everything is rolled back; an outcome
-- of kind 'error' is for refusals that must leave a trace (a stolen refresh
-- token revokes its family, and that has to be committed).
--
-- Here what the operations share; they stand in auth_sign_in.sql, auth_codes.sql
-- (mailed codes) and auth_admin.sql.
set local role supabase_auth_admin;

-- --- small words ---------------------------------------------------------

create or replace function auth_local.refuse(status int, code text,
	message text, hint text default '') returns void
language plpgsql set search_path = '' as $$
begin
	raise exception using errcode = 'PT' || status, message = message,
		detail = code, hint = hint;
end
$$;

create or replace function auth_local.header(name text) returns text
language sql stable
return nullif(current_setting('request.headers', true), '')::json ->> name;

create or replace function auth_local.claim(name text) returns text
language sql stable
return nullif(current_setting('request.jwt.claims', true), '')::json ->> name;

create or replace function auth_local.address() returns inet
language plpgsql stable set search_path = '' as $$
begin
	return auth_local.header('x-real-ip')::inet;
exception when invalid_text_representation then
	return null;
end
$$;

-- RFC 3339 in UTC, microseconds without trailing zeros.
create or replace function auth_local.stamp(t timestamptz) returns text
language sql immutable
return to_char(t at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')
	|| coalesce('.' || nullif(rtrim(to_char(t at time zone 'UTC', 'US'),
					'0'), ''), '') || 'Z';

-- gen_random_uuid() draws from the system's strong source; hashing spreads
-- its fixed bits away.
create or replace function auth_local.random_bytes() returns bytea
language sql volatile
return sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));

create or replace function auth_local.random_token() returns text
language sql volatile set search_path = '' as $$
	select string_agg(substr('abcdefghijklmnopqrstuvwxyz234567',
				 (get_byte(b, i) & 31) + 1, 1), '' order by i)
	from (select auth_local.random_bytes() b offset 0) r,
	     generate_series(0, 11) i
$$;

create or replace function auth_local.random_code(digits int) returns text
language sql volatile set search_path = '' as $$
	select lpad(((('x' || encode(substr(auth_local.random_bytes(), 1, 7),
				     'hex'))::bit(56)::bigint)
		     % (10 ^ digits)::bigint)::text, digits, '0')
$$;

create or replace function auth_local.token_hash(address text, code text)
returns text language sql immutable
return encode(sha224(convert_to(address || code, 'UTF8')), 'hex');

-- Keys that are null in patch are deleted, the others set.
create or replace function auth_local.merge(old jsonb, patch jsonb)
returns jsonb language sql immutable
return (coalesce(old, '{}') || coalesce(patch, '{}'))
	- array(select key from jsonb_each(coalesce(patch, '{}'))
		where value = 'null'::jsonb);

-- --- rows as JSON --------------------------------------------------------

create or replace function auth_local.user_json(u auth.users) returns jsonb
language sql stable set search_path = '' as $$
	select jsonb_build_object(
		'id', u.id,
		'aud', coalesce(u.aud, ''),
		'role', coalesce(u.role, ''),
		'email', coalesce(u.email, ''),
		'phone', coalesce(u.phone, ''),
		'app_metadata', coalesce(u.raw_app_meta_data, '{}'),
		'user_metadata', coalesce(u.raw_user_meta_data, '{}'),
		'created_at', auth_local.stamp(u.created_at),
		'updated_at', auth_local.stamp(u.updated_at),
		'is_anonymous', u.is_anonymous,
		'identities', coalesce((
			select jsonb_agg(jsonb_build_object(
				'identity_id', i.id, 'id', i.provider_id,
				'user_id', i.user_id,
				'identity_data', i.identity_data,
				'provider', i.provider,
				'created_at', auth_local.stamp(i.created_at),
				'updated_at', auth_local.stamp(i.updated_at))
				|| jsonb_strip_nulls(jsonb_build_object(
				'last_sign_in_at',
				auth_local.stamp(i.last_sign_in_at),
				'email', nullif(i.email, '')))
				order by i.created_at, i.id)
			from auth.identities i where i.user_id = u.id), '[]'))
	|| jsonb_strip_nulls(jsonb_build_object(
		'email_confirmed_at', auth_local.stamp(u.email_confirmed_at),
		'phone_confirmed_at', auth_local.stamp(u.phone_confirmed_at),
		'confirmed_at', auth_local.stamp(u.confirmed_at),
		'confirmation_sent_at', auth_local.stamp(u.confirmation_sent_at),
		'recovery_sent_at', auth_local.stamp(u.recovery_sent_at),
		'invited_at', auth_local.stamp(u.invited_at),
		'email_change_sent_at', auth_local.stamp(u.email_change_sent_at),
		'phone_change_sent_at', auth_local.stamp(u.phone_change_sent_at),
		'reauthentication_sent_at',
		auth_local.stamp(u.reauthentication_sent_at),
		'last_sign_in_at', auth_local.stamp(u.last_sign_in_at),
		'banned_until', auth_local.stamp(u.banned_until),
		'deleted_at', auth_local.stamp(u.deleted_at),
		'new_email', nullif(u.email_change, ''),
		'new_phone', nullif(u.phone_change, ''),
		'factors', (
			select jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
				'id', f.id,
				'created_at', auth_local.stamp(f.created_at),
				'updated_at', auth_local.stamp(f.updated_at),
				'status', f.status,
				'friendly_name', nullif(f.friendly_name, ''),
				'factor_type', f.factor_type,
				'phone', coalesce(f.phone, '')))
				|| jsonb_build_object('last_challenged_at',
				auth_local.stamp(f.last_challenged_at))
				order by f.created_at, f.id)
			from auth.mfa_factors f where f.user_id = u.id)))
$$;

-- The claims of an access token but for iss, iat and exp.
create or replace function auth_local.claims(u auth.users, session uuid)
returns jsonb language sql stable set search_path = '' as $$
	select jsonb_build_object(
		'sub', u.id,
		'aud', coalesce(u.aud, 'authenticated'),
		'role', coalesce(u.role, 'authenticated'),
		'email', coalesce(u.email, ''),
		'phone', coalesce(u.phone, ''),
		'app_metadata', coalesce(u.raw_app_meta_data, '{}'),
		-- Tokens travel in cookies and headers: what would make
		-- them too long for either stays behind.
		'user_metadata', case
			when octet_length(u.raw_user_meta_data::text) <= 1500
			then u.raw_user_meta_data else '{}' end,
		'aal', coalesce((select aal from auth.sessions
				 where id = session), 'aal1'),
		'amr', coalesce((
			select jsonb_agg(jsonb_build_object(
				'method', m.authentication_method,
				'timestamp',
				extract(epoch from m.updated_at)::bigint)
				order by m.updated_at desc)
			from auth.mfa_amr_claims m
			where m.session_id = session), '[]'),
		'session_id', session,
		'is_anonymous', u.is_anonymous)
$$;

-- --- finding and checking ------------------------------------------------

create or replace function auth_local.find_user(address text)
returns auth.users language sql stable set search_path = '' as $$
	select u.* from auth.users u
	where u.aud = 'authenticated' and not u.is_sso_user
	  and (u.email = address or u.id = (
		select i.user_id from auth.identities i
		where i.email = address and i.provider not like 'sso:%'
		order by i.created_at limit 1))
	order by u.email = address desc limit 1
$$;

-- Sign-up, invitation and change of address meet here; without it two of them
-- with one address would meet in a unique index and one would fail oddly.
create or replace function auth_local.lock_address(address text) returns void
language sql volatile set search_path = '' as $$
	select pg_advisory_xact_lock(hashtextextended('auth ' || address, 0))
$$;

-- The user of the caller's token, as auth-v1.md 3 checks it.
create or replace function auth_local.guard(and_lock boolean default false)
returns auth.users language plpgsql volatile set search_path = '' as $$
declare
	sub text := auth_local.claim('sub');
	session text := auth_local.claim('session_id');
	u auth.users;
begin
	if coalesce(sub, '') = '' then
		perform auth_local.refuse(403, 'bad_jwt',
			'invalid claim: missing sub claim');
	end if;
	if sub !~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
		perform auth_local.refuse(400, 'bad_jwt',
			'invalid claim: sub claim must be a UUID');
	end if;
	if and_lock then
		select * into u from auth.users where id = sub::uuid for update;
	else
		select * into u from auth.users where id = sub::uuid;
	end if;
	if u.id is null then
		perform auth_local.refuse(403, 'user_not_found',
			'User from sub claim in JWT does not exist');
	end if;
	if coalesce(session, '') not in
	   ('', '00000000-0000-0000-0000-000000000000')
	   and (session !~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
		or not exists (select from auth.sessions s
			       where s.id = session::uuid
				 and s.user_id = u.id)) then
		perform auth_local.refuse(403, 'session_not_found',
			'Session from session_id claim in JWT does not exist');
	end if;
	if u.banned_until > now() then
		perform auth_local.refuse(403, 'user_banned', 'User is banned');
	end if;
	return u;
end
$$;

-- Mail of one kind may be asked for once per max_frequency; the seconds left
-- travel in the hint.
create or replace function auth_local.check_frequency(cfg jsonb,
	sent_at timestamptz) returns void
language plpgsql volatile set search_path = '' as $$
declare
	left_s int := ceil(extract(epoch from
		sent_at + make_interval(secs =>
			(cfg ->> 'max_frequency_s')::int)
		- clock_timestamp())); -- now() may lie before a wait
begin
	if left_s > 0 then
		perform auth_local.refuse(429, 'over_email_send_rate_limit',
			format('For security purposes, you can only request '
			       'this after %s seconds.', left_s), left_s::text);
	end if;
end
$$;

-- --- writing -------------------------------------------------------------

create or replace function auth_local.audit(action text, log_type text,
	actor auth.users, traits jsonb default null) returns void
language sql volatile set search_path = '' as $$
	insert into auth.audit_log_entries
		(instance_id, id, payload, created_at, ip_address)
	values ('00000000-0000-0000-0000-000000000000', gen_random_uuid(),
		jsonb_strip_nulls(jsonb_build_object(
			'actor_id', coalesce(actor.id,
				'00000000-0000-0000-0000-000000000000'),
			'actor_via_sso', coalesce(actor.is_sso_user, false),
			'actor_username', coalesce(nullif(actor.phone, ''),
						   actor.email, ''),
			'actor_name', actor.raw_user_meta_data ->> 'full_name',
			'action', action,
			'log_type', log_type,
			'traits', traits))::json,
		now(), coalesce(host(auth_local.address()), ''))
$$;

-- Who an administrator's action is recorded as.
create or replace function auth_local.service_actor() returns auth.users
language plpgsql stable set search_path = '' as $$
declare
	u auth.users;
begin
	u.id := '00000000-0000-0000-0000-000000000000';
	u.email := coalesce(auth_local.claim('email'),
			    auth_local.claim('role'), 'service_role');
	u.is_sso_user := false;
	return u;
end
$$;

-- app_metadata.provider and .providers follow the identities.
create or replace function auth_local.set_providers(uid uuid)
returns auth.users language sql volatile set search_path = '' as $$
	update auth.users u set
		raw_app_meta_data = coalesce(u.raw_app_meta_data, '{}')
			|| coalesce((
				select jsonb_build_object(
					'provider', p.list -> 0,
					'providers', p.list)
				from (select jsonb_agg(q.provider
						       order by q.first) list
				      from (select i.provider,
						   min(i.created_at) first
					    from auth.identities i
					    where i.user_id = uid
					    group by i.provider) q) p
				where p.list is not null), '{}'),
		updated_at = now()
	where u.id = uid
	returning u.*
$$;

-- The identity of provider email: made, or brought up to date.
create or replace function auth_local.set_email_identity(uid uuid,
	address text, verified boolean, data jsonb default '{}') returns void
language sql volatile set search_path = '' as $$
	insert into auth.identities (provider_id, user_id, identity_data,
		provider, last_sign_in_at, created_at, updated_at)
	values (uid::text, uid,
		data || jsonb_build_object('sub', uid, 'email', address,
			'email_verified', verified, 'phone_verified', false),
		'email', now(), now(), now())
	on conflict (provider_id, provider) do update set
		identity_data = identities.identity_data
			|| jsonb_build_object('email', address,
					      'email_verified', verified),
		updated_at = now()
$$;

create or replace function auth_local.set_phone_identity(uid uuid,
	number text, verified boolean) returns void
language sql volatile set search_path = '' as $$
	insert into auth.identities (provider_id, user_id, identity_data,
		provider, last_sign_in_at, created_at, updated_at)
	values (uid::text, uid,
		jsonb_build_object('sub', uid, 'phone', number,
			'email_verified', false, 'phone_verified', verified),
		'phone', now(), now(), now())
	on conflict (provider_id, provider) do update set
		identity_data = identities.identity_data
			|| jsonb_build_object('phone', number,
					      'phone_verified', verified),
		updated_at = now()
$$;

-- A new account that cannot sign in yet.  Triggers of the product see the
-- user's own data at insert; the identity's facts are merged in afterwards.
create or replace function auth_local.insert_user(i jsonb)
returns auth.users language plpgsql volatile set search_path = '' as $$
declare
	u auth.users;
begin
	insert into auth.users (instance_id, id, aud, role, email, phone,
		encrypted_password, confirmation_token, recovery_token,
		email_change_token_new, email_change, raw_app_meta_data,
		raw_user_meta_data, created_at, updated_at)
	values ('00000000-0000-0000-0000-000000000000',
		coalesce((i ->> 'id')::uuid, gen_random_uuid()),
		coalesce(nullif(i ->> 'aud', ''), 'authenticated'),
		coalesce(nullif(i ->> 'role', ''), 'authenticated'),
		nullif(i ->> 'email', ''), nullif(i ->> 'phone', ''),
		coalesce(i ->> 'password_hash', ''), '', '', '', '',
		coalesce(i -> 'app_metadata', '{}'),
		coalesce(i -> 'data', '{}'), now(), now())
	returning * into u;
	return u;
end
$$;

create or replace function auth_local.insert_email_user(i jsonb,
	confirmed boolean) returns auth.users
language plpgsql volatile set search_path = '' as $$
declare
	u auth.users := auth_local.insert_user(i);
begin
	perform auth_local.set_email_identity(u.id, u.email, false,
		coalesce(i -> 'data', '{}'));
	update auth.users set
		raw_user_meta_data = (select identity_data from auth.identities
				      where user_id = u.id
					and provider = 'email')
	where id = u.id;
	u := auth_local.set_providers(u.id);
	if confirmed then
		u := auth_local.confirm_email(u.id);
	end if;
	return u;
end
$$;

-- Success of any mailed token spends all of them.
create or replace function auth_local.confirm_email(uid uuid)
returns auth.users language plpgsql volatile set search_path = '' as $$
declare
	u auth.users;
begin
	delete from auth.one_time_tokens where user_id = uid;
	update auth.users set
		email_confirmed_at = coalesce(email_confirmed_at, now()),
		confirmation_token = '', recovery_token = '',
		is_anonymous = false,
		raw_user_meta_data = coalesce(raw_user_meta_data, '{}')
			|| '{"email_verified": true}',
		updated_at = now()
	where id = uid returning * into u;
	perform auth_local.set_email_identity(u.id, u.email, true);
	return auth_local.set_providers(u.id);
end
$$;

-- Makes a code, stores its hash in the user's column and as one-time token,
-- and says what to mail.  purpose: confirmation, recovery,
-- email_change_new, email_change_current.
create or replace function auth_local.make_mail(cfg jsonb, u auth.users,
	purpose text, template text, link_type text, address text, i jsonb)
returns jsonb language plpgsql volatile set search_path = '' as $$
declare
	code text := auth_local.random_code((cfg ->> 'otp_length')::int);
	hash text := case when i ? 'code_challenge' then 'pkce_' else '' end
		|| auth_local.token_hash(address, code);
begin
	case purpose
	when 'confirmation' then
		update auth.users set confirmation_token = hash,
			confirmation_sent_at = now(), updated_at = now()
		where id = u.id;
	when 'recovery' then
		update auth.users set recovery_token = hash,
			recovery_sent_at = now(), updated_at = now()
		where id = u.id;
	when 'email_change_new' then
		update auth.users set email_change_token_new = hash,
			email_change_sent_at = now(), updated_at = now()
		where id = u.id;
	when 'email_change_current' then
		update auth.users set email_change_token_current = hash,
			email_change_sent_at = now(), updated_at = now()
		where id = u.id;
	end case;
	delete from auth.one_time_tokens where user_id = u.id
		and token_type = (case purpose
			when 'email_change_new' then 'email_change_token_new'
			when 'email_change_current'
			then 'email_change_token_current'
			else purpose || '_token'
			end)::auth.one_time_token_type;
	insert into auth.one_time_tokens
		(id, user_id, token_type, token_hash, relates_to)
	values (gen_random_uuid(), u.id, (case purpose
			when 'email_change_new' then 'email_change_token_new'
			when 'email_change_current'
			then 'email_change_token_current'
			else purpose || '_token'
			end)::auth.one_time_token_type, hash, address);
	return jsonb_build_object('purpose', purpose, 'template', template,
		'to', address, 'type', link_type, 'code', code, 'hash', hash,
		'email', coalesce(u.email, ''),
		'new_email', coalesce(u.email_change, ''),
		'data', coalesce(u.raw_user_meta_data, '{}'));
end
$$;

-- Remembers the challenge of a flow that will end at the client that began it.
create or replace function auth_local.start_flow(i jsonb, uid uuid,
	method text) returns void
language sql volatile set search_path = '' as $$
	insert into auth.flow_state (id, user_id, auth_code,
		code_challenge_method, code_challenge, provider_type,
		provider_access_token, provider_refresh_token, created_at,
		updated_at, authentication_method)
	select gen_random_uuid(), uid, gen_random_uuid()::text,
		(i ->> 'code_challenge_method')::auth.code_challenge_method,
		i ->> 'code_challenge', 'email', '', '', now(), now(), method
	where i ? 'code_challenge'
$$;

-- A session, its first refresh token and how the user proved who it is.
create or replace function auth_local.start_session(uid uuid, method text)
returns auth_local.outcome language plpgsql volatile set search_path = '' as $$
declare
	o auth_local.outcome;
	u auth.users;
	session uuid := gen_random_uuid();
begin
	update auth.users set last_sign_in_at = now(), updated_at = now()
	where id = uid returning * into u;
	insert into auth.sessions (id, user_id, created_at, updated_at, aal,
		user_agent, ip)
	values (session, uid, now(), now(), 'aal1',
		auth_local.header('user-agent'), auth_local.address());
	insert into auth.mfa_amr_claims (session_id, created_at, updated_at,
		authentication_method, id)
	values (session, now(), now(), method, gen_random_uuid());
	o.refresh_token := auth_local.random_token();
	insert into auth.refresh_tokens (instance_id, token, user_id, revoked,
		created_at, updated_at, parent, session_id)
	values ('00000000-0000-0000-0000-000000000000', o.refresh_token,
		uid::text, false, now(), now(), '', session);
	perform auth_local.audit('login', 'account', u,
		jsonb_build_object('provider', 'email', 'method', method));
	o.kind := 'session';
	o.user_id := uid;
	o.user_json := auth_local.user_json(u);
	o.claims := auth_local.claims(u, session);
	return o;
end
$$;

create or replace function auth_local.user_outcome(u auth.users,
	mails jsonb default '[]') returns auth_local.outcome
language plpgsql stable set search_path = '' as $$
declare
	o auth_local.outcome;
begin
	o.kind := 'user';
	o.user_id := u.id;
	o.user_json := auth_local.user_json(u);
	o.mails := mails;
	return o;
end
$$;

create or replace function auth_local.error_outcome(status int, code text,
	message text) returns auth_local.outcome
language plpgsql immutable set search_path = '' as $$
declare
	o auth_local.outcome;
begin
	o.kind := 'error';
	o.err_status := status;
	o.err_code := code;
	o.err_message := message;
	return o;
end
$$;

reset role;

-- --- what hangs on tables
set local role supabase_auth_admin;

-- Of all files: below the line every function is there.
revoke execute on all functions in schema auth_local from public;

reset role;
