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
set local lock_timeout = '2s';

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

-- --- sign-up, sign-in ----------------------------------------------------

-- What a stranger sees of an address that has an account already: a user
-- like any new one.
create or replace function auth_local.obfuscated_user(i jsonb) returns jsonb
language sql volatile
return jsonb_build_object('id', gen_random_uuid(), 'aud', 'authenticated',
	'role', '', 'email', i ->> 'email', 'phone', '',
	'app_metadata',
	'{"provider": "email", "providers": ["email"]}'::jsonb,
	'user_metadata', coalesce(i -> 'data', '{}'), 'identities', '[]'::jsonb,
	'created_at', auth_local.stamp(now()),
	'updated_at', auth_local.stamp(now()),
	'confirmation_sent_at', auth_local.stamp(now()),
	'is_anonymous', false);

-- i: email, password_hash, data, code_challenge, code_challenge_method
create or replace function auth_local.sign_up(cfg jsonb, i jsonb)
returns auth_local.outcome language plpgsql volatile set search_path = '' as $$
declare
	u auth.users;
	o auth_local.outcome;
	autoconfirm boolean := (cfg ->> 'autoconfirm')::boolean;
begin
	perform auth_local.lock_address(i ->> 'email');
	u := auth_local.find_user(i ->> 'email');
	if u.id is null then
		u := auth_local.insert_email_user(i, autoconfirm);
		perform auth_local.audit('user_signedup', 'team', u,
			'{"provider": "email"}');
		if autoconfirm then
			return auth_local.start_session(u.id, 'password');
		end if;
	elsif u.email_confirmed_at is not null then
		perform auth_local.audit('user_repeated_signup', 'user', u,
			'{"provider": "email"}');
		if autoconfirm then
			return auth_local.error_outcome(422,
				'user_already_exists',
				'User already registered');
		end if;
		o.kind := 'user';
		o.user_json := auth_local.obfuscated_user(i);
		return o;
	elsif autoconfirm then
		-- Whoever made this account has not proved the address; a
		-- stranger must not get it by signing up again.
		return auth_local.error_outcome(422, 'user_already_exists',
			'User already registered');
	end if;

	perform auth_local.check_frequency(cfg, u.confirmation_sent_at);
	perform auth_local.start_flow(i, u.id, 'email/signup');
	o.mails := jsonb_build_array(auth_local.make_mail(cfg, u,
		'confirmation', 'confirmation', 'signup', u.email, i));
	select * into u from auth.users where id = u.id;
	perform auth_local.audit('user_confirmation_requested', 'user', u,
		'{"provider": "email"}');
	o.kind := 'user';
	o.user_id := u.id;
	o.user_json := case when u.invited_at is null
		then auth_local.user_json(u)
		else auth_local.user_json(u)
		     || '{"user_metadata": {}, "identities": []}' end;
	return o;
end
$$;

-- First half of a password login: what bcrypt needs.  No row: unknown.
create or replace function auth_local.login_lookup(address text)
returns table (user_id text, hash text)
language plpgsql stable set search_path = '' as $$
declare
	u auth.users := auth_local.find_user(address);
begin
	if u.id is null or u.deleted_at is not null then
		return;
	end if;
	if u.banned_until > now() then
		perform auth_local.refuse(400, 'user_banned', 'User is banned');
	end if;
	return query select u.id::text, coalesce(u.encrypted_password, '')::text;
end
$$;

-- Second half, after the password has been found right.  The hash is compared
-- again: the password may have been changed in between.
create or replace function auth_local.login(uid uuid, verified_hash text)
returns auth_local.outcome language plpgsql volatile set search_path = '' as $$
declare
	u auth.users;
begin
	select * into u from auth.users where id = uid for update;
	if u.id is null or u.encrypted_password is distinct from verified_hash
	then
		perform auth_local.refuse(400, 'invalid_credentials',
			'Invalid login credentials');
	end if;
	if u.email_confirmed_at is null then
		perform auth_local.refuse(400, 'email_not_confirmed',
			'Email not confirmed');
	end if;
	return auth_local.start_session(u.id, 'password');
end
$$;

-- --- refresh tokens (auth-v1.md 7.4) -------------------------------------

create or replace function auth_local.refresh(cfg jsonb, presented text)
returns auth_local.outcome language plpgsql volatile set search_path = '' as $$
declare
	t auth.refresh_tokens;
	active auth.refresh_tokens;
	s auth.sessions;
	u auth.users;
	o auth_local.outcome;
begin
	-- Several tabs come with one token at the same moment; they queue here
	-- and each sees what the one before has done.
	perform set_config('lock_timeout', '5s', true);
	select * into t from auth.refresh_tokens where token = presented;
	if t.id is null then
		perform auth_local.refuse(400, 'refresh_token_not_found',
			'Invalid Refresh Token: Refresh Token Not Found');
	end if;
	select * into s from auth.sessions where id = t.session_id for update;
	select * into t from auth.refresh_tokens where token = presented
		for update;
	select * into u from auth.users where id = t.user_id::uuid;
	if t.id is null or u.id is null then
		perform auth_local.refuse(400, 'refresh_token_not_found',
			'Invalid Refresh Token: Refresh Token Not Found');
	end if;
	if u.banned_until > now() then
		perform auth_local.refuse(400, 'user_banned',
			'Invalid Refresh Token: User Banned');
	end if;
	if s.id is null then
		delete from auth.refresh_tokens where id = t.id;
		return auth_local.error_outcome(400, 'session_not_found',
			'Invalid Refresh Token: No Valid Session Found');
	end if;
	if s.not_after <= now() then
		perform auth_local.refuse(400, 'session_expired',
			'Invalid Refresh Token: Session Expired');
	end if;

	if t.revoked then
		select * into active from auth.refresh_tokens
		where session_id = s.id and not revoked
		order by id desc limit 1;
		if active.parent = t.token then
			-- The client lost our answer: it gets it once more.
			o.refresh_token := active.token;
		elsif active.id is null
		   or now() > t.updated_at + make_interval(secs =>
			(cfg ->> 'reuse_interval_s')::int) then
			-- No active token: the family was revoked before, and
			-- the interval must not bring it back.
			update auth.refresh_tokens
			set revoked = true, updated_at = now()
			where session_id = s.id and not revoked;
			perform auth_local.audit('token_revoked', 'token', u);
			return auth_local.error_outcome(400,
				'refresh_token_already_used',
				'Invalid Refresh Token: Already Used');
		end if;
	else
		update auth.refresh_tokens
		set revoked = true, updated_at = clock_timestamp()
		where id = t.id;
		perform auth_local.audit('token_revoked', 'token', u);
	end if;
	if o.refresh_token is null then
		o.refresh_token := auth_local.random_token();
		insert into auth.refresh_tokens (instance_id, token, user_id,
			revoked, created_at, updated_at, parent, session_id)
		values ('00000000-0000-0000-0000-000000000000',
			o.refresh_token, t.user_id, false, now(), now(),
			t.token, s.id);
	end if;

	update auth.sessions set
		refreshed_at = clock_timestamp() at time zone 'UTC',
		updated_at = now(),
		user_agent = auth_local.header('user-agent'),
		ip = auth_local.address()
	where id = s.id;
	perform auth_local.audit('token_refreshed', 'token', u);
	o.kind := 'session';
	o.user_id := u.id;
	o.user_json := auth_local.user_json(u);
	o.claims := auth_local.claims(u, s.id);
	return o;
exception when lock_not_available then
	perform auth_local.refuse(409, 'conflict',
		'Too many concurrent token refresh requests on the same '
		'session or refresh token');
	return null;
end
$$;

create or replace function auth_local.exchange_code(i jsonb)
returns auth_local.outcome language plpgsql volatile set search_path = '' as $$
declare
	f auth.flow_state;
	made text;
begin
	select * into f from auth.flow_state where auth_code = i ->> 'auth_code'
		for update;
	if f.id is null or f.user_id is null or f.auth_code_issued_at is null
	then
		perform auth_local.refuse(404, 'flow_state_not_found',
			'invalid flow state, no valid flow state found');
	end if;
	if f.auth_code_issued_at < now() - interval '5 minutes' then
		perform auth_local.refuse(422, 'flow_state_expired',
			'invalid flow state, flow state has expired');
	end if;
	made := case f.code_challenge_method
		when 's256' then i ->> 'challenge_s256'
		else i ->> 'code_verifier' end;
	if made is distinct from f.code_challenge then
		perform auth_local.refuse(400, 'bad_code_verifier',
			'code challenge does not match previously saved code '
			'verifier');
	end if;
	delete from auth.flow_state where id = f.id;
	return auth_local.start_session(f.user_id, f.authentication_method);
end
$$;

create or replace function auth_local.sign_out(scope text)
returns void language plpgsql volatile set search_path = '' as $$
declare
	u auth.users := auth_local.guard();
	session uuid := nullif(auth_local.claim('session_id'), '')::uuid;
begin
	perform auth_local.audit('logout', 'account', u);
	delete from auth.sessions s
	where s.user_id = u.id
	  and case when session is null or scope = 'global' then true
		when scope = 'local' then s.id = session
		else s.id <> session end;
end
$$;

-- --- the user's own account ----------------------------------------------

create or replace function auth_local.user_get()
returns auth_local.outcome language sql volatile set search_path = '' as $$
	select auth_local.user_outcome(auth_local.guard())
$$;

-- What bcrypt needs to know before a password is changed.
create or replace function auth_local.user_password() returns text
language sql volatile set search_path = '' as $$
	select coalesce((auth_local.guard()).encrypted_password, '')
$$;

create or replace function auth_local.change_password(uid uuid, hash text,
	keep_session uuid) returns auth.users
language plpgsql volatile set search_path = '' as $$
declare
	u auth.users;
begin
	update auth.users set encrypted_password = hash,
		confirmation_token = '', recovery_token = '',
		email_change_token_new = '', email_change_token_current = '',
		phone_change_token = '', reauthentication_token = '',
		updated_at = now()
	where id = uid returning * into u;
	delete from auth.one_time_tokens where user_id = uid;
	delete from auth.sessions
	where user_id = uid and id is distinct from keep_session;
	return u;
end
$$;

create or replace function auth_local.start_email_change(cfg jsonb,
	u auth.users, address text, i jsonb) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare
	mails jsonb := '[]';
begin
	perform auth_local.check_frequency(cfg, u.email_change_sent_at);
	update auth.users set email_change = address,
		email_change_confirm_status = 0,
		email_change_token_current = ''
	where id = u.id returning * into u;
	perform auth_local.start_flow(i, u.id, 'email_change');
	if (cfg ->> 'secure_email_change')::boolean and u.email is not null then
		mails := mails || auth_local.make_mail(cfg, u,
			'email_change_current', 'email_change',
			'email_change', u.email, i);
	end if;
	return mails || auth_local.make_mail(cfg, u, 'email_change_new',
		'email_change', 'email_change', address, i);
end
$$;

-- i: email, password_hash, data, code_challenge(_method)
create or replace function auth_local.user_update(cfg jsonb, i jsonb)
returns auth_local.outcome language plpgsql volatile set search_path = '' as $$
declare
	u auth.users := auth_local.guard(true);
	session uuid := nullif(auth_local.claim('session_id'), '')::uuid;
	address text := nullif(i ->> 'email', '');
	changes_email boolean := address is distinct from u.email
		and address is not null;
	mails jsonb := '[]';
begin
	if (i ? 'password_hash' or changes_email)
	   and coalesce(auth_local.claim('aal'), 'aal1') <> 'aal2'
	   and exists (select from auth.mfa_factors f
		       where f.user_id = u.id and f.status = 'verified') then
		perform auth_local.refuse(401, 'insufficient_aal',
			'AAL2 session is required to update email or password '
			'when MFA is enabled.');
	end if;
	if u.is_anonymous and i ? 'password_hash' and not changes_email then
		perform auth_local.refuse(422, 'validation_failed',
			'Updating password of an anonymous user without an '
			'email or phone is not allowed');
	end if;
	if u.is_sso_user and (changes_email or i ? 'password_hash') then
		perform auth_local.refuse(422, 'user_sso_managed',
			'Updating email, phone or password of a SSO account '
			'only possible via SSO');
	end if;
	if changes_email then
		perform auth_local.lock_address(address);
		if (auth_local.find_user(address)).id <> u.id then
			perform auth_local.refuse(422, 'email_exists',
				'A user with this email address has already '
				'been registered');
		end if;
	end if;
	if i ? 'password_hash' then
		u := auth_local.change_password(u.id, i ->> 'password_hash',
						session);
		perform auth_local.audit('user_updated_password', 'user', u);
	end if;
	if i ? 'data' then
		update auth.users set updated_at = now(), raw_user_meta_data =
			auth_local.merge(raw_user_meta_data, i -> 'data')
		where id = u.id;
	end if;
	if changes_email and u.is_anonymous
	   and (cfg ->> 'autoconfirm')::boolean then
		update auth.users set email = address where id = u.id;
		perform auth_local.confirm_email(u.id);
	elsif changes_email then
		mails := auth_local.start_email_change(cfg, u, address, i);
	end if;
	select * into u from auth.users where id = u.id;
	perform auth_local.audit('user_modified', 'user', u);
	return auth_local.user_outcome(u, mails);
end
$$;

-- --- mailed codes --------------------------------------------------------

create or replace function auth_local.none() returns auth_local.outcome
language plpgsql immutable set search_path = '' as $$
declare
	o auth_local.outcome;
begin
	o.kind := 'none';
	return o;
end
$$;

-- A link or code that signs in: for a forgotten password, or instead of one.
create or replace function auth_local.mail_sign_in(cfg jsonb, u auth.users,
	kind text, i jsonb) returns auth_local.outcome
language plpgsql volatile set search_path = '' as $$
declare
	o auth_local.outcome;
begin
	perform auth_local.check_frequency(cfg, u.recovery_sent_at);
	perform auth_local.start_flow(i, u.id, kind);
	o := auth_local.none();
	o.user_id := u.id;
	o.mails := jsonb_build_array(auth_local.make_mail(cfg, u, 'recovery',
		case kind when 'magiclink' then 'magic_link' else kind end,
		kind, u.email, i));
	perform auth_local.audit('user_recovery_requested', 'user', u);
	return o;
end
$$;

create or replace function auth_local.recover(cfg jsonb, i jsonb)
returns auth_local.outcome language plpgsql volatile set search_path = '' as $$
declare
	u auth.users := auth_local.find_user(i ->> 'email');
begin
	if u.email is null or u.deleted_at is not null then
		return auth_local.none();
	end if;
	return auth_local.mail_sign_in(cfg, u, 'recovery', i);
end
$$;

-- i: email, data, create_user, code_challenge(_method)
create or replace function auth_local.otp(cfg jsonb, i jsonb)
returns auth_local.outcome language plpgsql volatile set search_path = '' as $$
declare
	u auth.users;
	o auth_local.outcome;
begin
	perform auth_local.lock_address(i ->> 'email');
	u := auth_local.find_user(i ->> 'email');
	if u.id is null and not (i ->> 'create_user')::boolean then
		perform auth_local.refuse(422, 'otp_disabled',
			'Signups not allowed for otp');
	end if;
	if u.id is null and (cfg ->> 'disable_signup')::boolean then
		perform auth_local.refuse(422, 'signup_disabled',
			'Signups not allowed for this instance');
	end if;
	if u.id is null and (cfg ->> 'autoconfirm')::boolean then
		u := auth_local.insert_email_user(i, true);
		perform auth_local.audit('user_signedup', 'team', u,
			'{"provider": "email"}');
	elsif u.id is null or u.email_confirmed_at is null then
		o := auth_local.sign_up(
			cfg || '{"autoconfirm": false}', i);
		o.kind := 'none';
		return o;
	end if;
	return auth_local.mail_sign_in(cfg, u, 'magiclink', i);
end
$$;

create or replace function auth_local.resend(cfg jsonb, i jsonb)
returns auth_local.outcome language plpgsql volatile set search_path = '' as $$
declare
	u auth.users := auth_local.find_user(i ->> 'email');
	o auth_local.outcome := auth_local.none();
begin
	o.user_id := u.id;
	if i ->> 'type' = 'signup' then
		if u.id is null or u.email_confirmed_at is not null then
			return auth_local.none();
		end if;
		perform auth_local.check_frequency(cfg,
						   u.confirmation_sent_at);
		perform auth_local.start_flow(i, u.id, 'email/signup');
		o.mails := jsonb_build_array(auth_local.make_mail(cfg, u,
			'confirmation', 'confirmation', 'signup', u.email, i));
		perform auth_local.audit('user_confirmation_requested', 'user',
					 u);
		return o;
	end if;
	if coalesce(u.email_change, '') = '' then
		return auth_local.none();
	end if;
	o.mails := auth_local.start_email_change(cfg, u, u.email_change, i);
	return o;
end
$$;

-- Which user does a token belong to, and what is it for?  Sets found.type to
-- the effective type.  Codes are compared with the user's column, hashes with
-- the one-time tokens.
create or replace function auth_local.find_token(cfg jsonb, i jsonb,
	out uid uuid, out purpose text, out found_type text)
language plpgsql volatile set search_path = '' as $$
declare
	wanted text := i ->> 'type';
	hash text := i ->> 'token_hash';
	u auth.users;
	t auth.one_time_tokens;
	sent timestamptz;
begin
	if hash is not null then
		select * into t from auth.one_time_tokens o
		where o.token_hash = hash and o.token_type::text = any (
			case wanted
			when 'email' then array['confirmation_token',
						'recovery_token']
			when 'signup' then array['confirmation_token']
			when 'invite' then array['confirmation_token']
			when 'email_change' then
				array['email_change_token_current',
				      'email_change_token_new']
			else array['recovery_token'] end)
		order by o.token_type limit 1;
		select * into u from auth.users where id = t.user_id for update;
		-- Spent while we waited for the lock?
		if exists (select from auth.one_time_tokens o
			   where o.id = t.id and o.token_hash = hash) then
			purpose := replace(t.token_type::text, '_token', '');
		end if;
	else
		if wanted = 'email_change' then
			select * into u from auth.users x
			where x.email_change = i ->> 'email'
			   or (x.email = i ->> 'email' and x.email_change <> '')
			order by x.email_change = i ->> 'email' desc
			limit 1 for update;
		else
			u := auth_local.find_user(i ->> 'email');
			select * into u from auth.users where id = u.id
				for update;
		end if;
		hash := auth_local.token_hash(i ->> 'email', i ->> 'token');
		purpose := case
			when wanted in ('signup', 'invite', 'email')
			     and u.confirmation_token in (hash, 'pkce_' || hash)
			then 'confirmation'
			when wanted in ('recovery', 'magiclink', 'email')
			     and u.recovery_token in (hash, 'pkce_' || hash)
			then 'recovery'
			when wanted = 'email_change'
			     and u.email_change_token_new
				 in (hash, 'pkce_' || hash)
			then 'email_change_new'
			when wanted = 'email_change'
			     and u.email_change_token_current
				 in (hash, 'pkce_' || hash)
			then 'email_change_current' end;
	end if;
	if u.banned_until > now() then
		perform auth_local.refuse(403, 'user_banned', 'User is banned');
	end if;
	sent := case when purpose = 'confirmation' then u.confirmation_sent_at
		when purpose = 'recovery' then u.recovery_sent_at
		else u.email_change_sent_at end;
	if u.id is null or purpose is null or sent is null
	   or sent + make_interval(secs => (cfg ->> 'otp_exp_s')::int) < now()
	then
		perform auth_local.refuse(403, 'otp_expired',
			case when i ? 'token_hash'
			then 'Email link is invalid or has expired'
			else 'Token has expired or is invalid' end);
	end if;
	uid := u.id;
	found_type := case when wanted <> 'email' then wanted
		when purpose = 'confirmation' then 'signup'
		else 'magiclink' end;
end
$$;

-- True when the address has been changed, false after the first half.
create or replace function auth_local.confirm_email_change(cfg jsonb,
	uid uuid, purpose text) returns boolean
language plpgsql volatile set search_path = '' as $$
declare
	u auth.users;
begin
	select * into u from auth.users where id = uid;
	if (cfg ->> 'secure_email_change')::boolean and u.email is not null
	   and not (cfg ->> 'autoconfirm')::boolean
	   and u.email_change_confirm_status = 0 then
		update auth.users set email_change_confirm_status = 1,
			email_change_token_new = case purpose
				when 'email_change_new' then ''
				else email_change_token_new end,
			email_change_token_current = case purpose
				when 'email_change_current' then ''
				else email_change_token_current end,
			updated_at = now()
		where id = uid;
		delete from auth.one_time_tokens where user_id = uid
			and token_type = replace(purpose, 'change_',
				'change_token_')::auth.one_time_token_type;
		return false;
	end if;
	perform auth_local.lock_address(u.email_change);
	if (auth_local.find_user(u.email_change)).id <> u.id then
		perform auth_local.refuse(422, 'email_exists',
			'A user with this email address has already been '
			'registered');
	end if;
	update auth.users set email = email_change, email_change = '',
		email_change_token_new = '', email_change_token_current = '',
		email_change_confirm_status = 0,
		raw_user_meta_data = raw_user_meta_data
			|| jsonb_build_object('email', email_change)
	where id = uid;
	perform auth_local.confirm_email(uid);
	return true;
end
$$;

-- i: type, token_hash or token and email; link: came by GET
create or replace function auth_local.verify(cfg jsonb, i jsonb)
returns auth_local.outcome language plpgsql volatile set search_path = '' as $$
declare
	f record;
	o auth_local.outcome;
	u auth.users;
begin
	f := auth_local.find_token(cfg, i);
	if f.purpose like 'email_change%' then
		if not auth_local.confirm_email_change(cfg, f.uid, f.purpose)
		then
			o.kind := 'message';
			o.type := f.found_type;
			o.detail := 'Confirmation link accepted. Please '
				'proceed to confirm link sent to the other '
				'email';
			return o;
		end if;
		select * into u from auth.users where id = f.uid;
		perform auth_local.audit('user_modified', 'user', u);
	else
		u := auth_local.confirm_email(f.uid);
		perform auth_local.audit(case when u.invited_at is not null
				and f.found_type in ('invite', 'signup')
			then 'invite_accepted' else 'user_signedup' end,
			case when u.invited_at is not null
				and f.found_type in ('invite', 'signup')
			then 'account' else 'team' end, u)
		where f.purpose = 'confirmation';
	end if;
	if i ? 'link' and i ->> 'token_hash' like 'pkce\_%' then
		update auth.flow_state set auth_code_issued_at = now(),
			updated_at = now()
		where id = (select id from auth.flow_state s
			where s.user_id = u.id
			  and s.authentication_method = case f.found_type
				when 'signup' then 'email/signup'
				else f.found_type end
			order by s.created_at desc limit 1)
		returning auth_code into o.detail;
		if o.detail is null then
			perform auth_local.refuse(422, 'flow_state_not_found',
				'No valid flow state found for user.');
		end if;
		o.kind := 'code';
	else
		o := auth_local.start_session(u.id, 'otp');
	end if;
	o.type := f.found_type;
	return o;
end
$$;

-- The mail could not be handed over: the next try need not wait.
create or replace function auth_local.mail_failed(uid uuid) returns void
language sql volatile set search_path = '' as $$
	update auth.users set
		confirmation_sent_at = case when confirmation_token <> ''
			then confirmation_sent_at - interval '1 day' end,
		recovery_sent_at = case when recovery_token <> ''
			then recovery_sent_at - interval '1 day' end,
		email_change_sent_at = case when email_change <> ''
			then email_change_sent_at - interval '1 day' end
	where id = uid
$$;

-- --- administration ------------------------------------------------------

-- i: email, data
create or replace function auth_local.invite(cfg jsonb, i jsonb)
returns auth_local.outcome language plpgsql volatile set search_path = '' as $$
declare
	u auth.users;
	mail jsonb;
begin
	perform auth_local.lock_address(i ->> 'email');
	u := auth_local.find_user(i ->> 'email');
	if u.email_confirmed_at is not null then
		perform auth_local.refuse(422, 'email_exists',
			'A user with this email address has already been '
			'registered');
	end if;
	if u.id is null then
		u := auth_local.insert_email_user(i, false);
	end if;
	perform auth_local.audit('user_invited', 'team',
		auth_local.service_actor(), jsonb_build_object(
			'user_id', u.id, 'user_email', u.email));
	mail := auth_local.make_mail(cfg, u, 'confirmation', 'invite',
				     'invite', u.email, '{}');
	update auth.users set invited_at = now() where id = u.id
		returning * into u;
	return auth_local.user_outcome(u, jsonb_build_array(mail));
end
$$;

create or replace function auth_local.admin_user(uid uuid) returns auth.users
language plpgsql volatile set search_path = '' as $$
declare
	u auth.users;
begin
	select * into u from auth.users where id = uid for update;
	if u.id is null then
		perform auth_local.refuse(404, 'user_not_found',
					  'User not found');
	end if;
	return u;
end
$$;

create or replace function auth_local.admin_get(uid uuid)
returns auth_local.outcome language sql volatile set search_path = '' as $$
	select auth_local.user_outcome(auth_local.admin_user(uid))
$$;

create or replace function auth_local.check_taken(uid uuid, i jsonb)
returns void language plpgsql volatile set search_path = '' as $$
begin
	if coalesce(i ->> 'email', '') <> '' then
		perform auth_local.lock_address(i ->> 'email');
		if (auth_local.find_user(i ->> 'email')).id <> uid then
			perform auth_local.refuse(422, 'email_exists',
				'A user with this email address has already '
				'been registered');
		end if;
	end if;
	if exists (select from auth.users where phone = i ->> 'phone'
						and id <> uid) then
		perform auth_local.refuse(422, 'phone_exists',
			'A user with this phone number has already been '
			'registered');
	end if;
end
$$;

-- What create and update have in common.  i: role, password_hash,
-- email_confirm, phone_confirm, user_metadata, app_metadata, ban_s (0: lifted)
create or replace function auth_local.admin_apply(uid uuid, i jsonb)
returns auth.users language plpgsql volatile set search_path = '' as $$
declare
	u auth.users;
begin
	update auth.users set
		role = coalesce(nullif(i ->> 'role', ''), role),
		aud = coalesce(nullif(i ->> 'aud', ''), aud),
		raw_user_meta_data = auth_local.merge(raw_user_meta_data,
						      i -> 'user_metadata'),
		raw_app_meta_data = auth_local.merge(raw_app_meta_data,
						     i -> 'app_metadata'),
		banned_until = case when not i ? 'ban_s' then banned_until
			when (i ->> 'ban_s')::numeric <= 0 then null
			else now() + make_interval(secs =>
				(i ->> 'ban_s')::double precision) end,
		phone_confirmed_at = case
			when (i ->> 'phone_confirm')::boolean
			then coalesce(phone_confirmed_at, now())
			else phone_confirmed_at end,
		updated_at = now()
	where id = uid returning * into u;
	if (i ->> 'email_confirm')::boolean and u.email is not null then
		u := auth_local.confirm_email(u.id);
	end if;
	return u;
end
$$;

create or replace function auth_local.admin_create(i jsonb)
returns auth_local.outcome language plpgsql volatile set search_path = '' as $$
declare
	u auth.users;
begin
	perform auth_local.check_taken(
		'00000000-0000-0000-0000-000000000000', i);
	u := auth_local.insert_user(i
		|| jsonb_build_object('data', coalesce(i -> 'user_metadata',
						       '{}'))
		- 'app_metadata');
	if u.email is not null then
		perform auth_local.set_email_identity(u.id, u.email, false);
	end if;
	if u.phone is not null then
		perform auth_local.set_phone_identity(u.id, u.phone,
			coalesce((i ->> 'phone_confirm')::boolean, false));
	end if;
	perform auth_local.set_providers(u.id);
	u := auth_local.admin_apply(u.id, i - 'user_metadata');
	perform auth_local.audit('user_signedup', 'team',
		auth_local.service_actor(), jsonb_build_object(
			'user_id', u.id, 'user_email', u.email));
	return auth_local.user_outcome(u);
exception when unique_violation then
	perform auth_local.refuse(422, 'user_already_exists',
		'User already registered');
	return null;
end
$$;

create or replace function auth_local.admin_update(uid uuid, i jsonb)
returns auth_local.outcome language plpgsql volatile set search_path = '' as $$
declare
	u auth.users := auth_local.admin_user(uid);
begin
	perform auth_local.check_taken(uid, i);
	if coalesce(i ->> 'email', u.email, '') <> coalesce(u.email, '') then
		update auth.users set email = i ->> 'email', email_change = '',
			email_change_token_new = '',
			email_change_token_current = '',
			email_change_confirm_status = 0
		where id = uid;
		perform auth_local.set_email_identity(uid, i ->> 'email',
			coalesce((i ->> 'email_confirm')::boolean, false));
	end if;
	if coalesce(i ->> 'phone', '') not in ('', coalesce(u.phone, '')) then
		update auth.users set phone = i ->> 'phone' where id = uid;
		perform auth_local.set_phone_identity(uid, i ->> 'phone',
			coalesce((i ->> 'phone_confirm')::boolean, false));
	end if;
	if i ? 'password_hash' then
		perform auth_local.change_password(uid, i ->> 'password_hash',
						   null);
	end if;
	perform auth_local.set_providers(uid);
	u := auth_local.admin_apply(uid, i);
	perform auth_local.audit('user_modified', 'user',
		auth_local.service_actor(), jsonb_build_object(
			'user_id', u.id, 'user_email', u.email));
	return auth_local.user_outcome(u);
end
$$;

create or replace function auth_local.scrambled(uid uuid, value text)
returns text language sql immutable
return rtrim(translate(encode(sha256(convert_to(uid::text || value, 'UTF8')),
			      'base64'), '+/', '-_'), '=');

create or replace function auth_local.admin_delete(uid uuid, soft boolean)
returns void language plpgsql volatile set search_path = '' as $$
declare
	u auth.users := auth_local.admin_user(uid);
begin
	perform auth_local.audit('user_deleted', 'team',
		auth_local.service_actor(), jsonb_build_object(
			'user_id', u.id, 'user_email', u.email,
			'user_phone', u.phone));
	if not soft then
		delete from auth.refresh_tokens
		where instance_id = '00000000-0000-0000-0000-000000000000'
		  and user_id = uid::text;
		delete from auth.users where id = uid;
		return;
	end if;
	update auth.users set
		email = auth_local.scrambled(uid, email),
		phone = left(auth_local.scrambled(uid, phone), 15),
		email_change = coalesce(auth_local.scrambled(uid,
			nullif(email_change, '')), ''),
		phone_change = coalesce(left(auth_local.scrambled(uid,
			nullif(phone_change, '')), 15), ''),
		encrypted_password = null,
		confirmation_token = '', recovery_token = '',
		email_change_token_new = '', email_change_token_current = '',
		phone_change_token = '', reauthentication_token = '',
		raw_user_meta_data = '{}', raw_app_meta_data = '{}',
		deleted_at = now(), updated_at = now()
	where id = uid;
	update auth.identities set identity_data = '{}',
		provider_id = auth_local.scrambled(user_id,
			provider || ':' || provider_id)
	where user_id = uid;
	delete from auth.one_time_tokens where user_id = uid;
	delete from auth.mfa_factors where user_id = uid;
	delete from auth.webauthn_credentials where user_id = uid;
	delete from auth.sessions where user_id = uid;
end
$$;

create or replace function auth_local.admin_list(page bigint, per_page bigint,
	wanted text, oldest_first boolean, out total bigint, out users text)
language sql stable set search_path = '' as $$
	with hit as (
		select u.id, u.created_at from auth.users u
		where u.aud = 'authenticated'
		  and (coalesce(wanted, '') = ''
		       or u.email like '%' || wanted || '%'
		       or u.raw_user_meta_data ->> 'full_name'
			  ilike '%' || wanted || '%')
	), shown as (
		select h.id, row_number() over () n
		from (select * from hit
		      order by case when oldest_first then created_at end,
			       case when not oldest_first
				    then created_at end desc, id
		      limit per_page offset (page - 1) * per_page) h
	)
	select (select count(*) from hit),
	       coalesce((select jsonb_agg(auth_local.user_json(u) order by n)
			 from shown join auth.users u using (id)), '[]')::text
$$;

-- Everything the mail would have said, without a mail.
-- i: type, email, password_hash, new_email, data
create or replace function auth_local.generate_link(cfg jsonb, i jsonb)
returns auth_local.outcome language plpgsql volatile set search_path = '' as $$
declare
	kind text := i ->> 'type';
	u auth.users;
	mail jsonb;
	o auth_local.outcome;
begin
	perform auth_local.lock_address(i ->> 'email');
	u := auth_local.find_user(i ->> 'email');
	if u.id is null and kind = 'magiclink' then
		kind := 'signup';
	end if;
	if u.id is null and kind not in ('signup', 'invite') then
		perform auth_local.refuse(404, 'user_not_found',
			'User with this email not found');
	end if;
	if kind in ('signup', 'invite') then
		if u.email_confirmed_at is not null then
			perform auth_local.refuse(422, 'email_exists',
				'A user with this email address has already '
				'been registered');
		end if;
		if u.id is null then
			u := auth_local.insert_email_user(i, false);
		end if;
		if kind = 'invite' then
			update auth.users set invited_at = now()
			where id = u.id returning * into u;
		elsif i ? 'password_hash' then
			update auth.users
			set encrypted_password = i ->> 'password_hash'
			where id = u.id returning * into u;
		end if;
		mail := auth_local.make_mail(cfg, u, 'confirmation', kind, kind,
					     u.email, '{}');
	elsif kind in ('magiclink', 'recovery') then
		mail := auth_local.make_mail(cfg, u, 'recovery', kind, kind,
					     u.email, '{}');
	else
		perform auth_local.check_taken(u.id, jsonb_build_object(
			'email', i ->> 'new_email'));
		update auth.users set email_change = i ->> 'new_email',
			email_change_confirm_status = 0
		where id = u.id returning * into u;
		mail := auth_local.make_mail(cfg, u, kind, kind,
			'email_change', case kind when 'email_change_new'
				then i ->> 'new_email' else u.email end, '{}');
	end if;
	perform auth_local.audit('user_modified', 'user',
		auth_local.service_actor(), jsonb_build_object(
			'user_id', u.id, 'user_email', u.email));
	select * into u from auth.users where id = u.id;
	o.kind := 'user';
	o.user_id := u.id;
	o.user_json := auth_local.user_json(u);
	o.detail := mail || jsonb_build_object('verification_type', kind);
	return o;
end
$$;

create or replace function auth_local.admin_audit(page bigint,
	per_page bigint, scope text, words text, out total bigint,
	out entries text)
language sql stable set search_path = '' as $$
	with hit as (
		select a.* from auth.audit_log_entries a
		where case coalesce(scope, '')
		when '' then true
		when 'author' then
			a.payload ->> 'actor_username' ilike '%' || words || '%'
			or a.payload ->> 'actor_name' ilike '%' || words || '%'
		when 'action' then
			a.payload ->> 'action' ilike '%' || words || '%'
		else a.payload ->> 'log_type' ilike '%' || words || '%' end
	)
	select (select count(*) from hit),
	       coalesce((select json_agg(json_build_object('id', p.id,
				'payload', p.payload,
				'created_at', auth_local.stamp(p.created_at),
				'ip_address', p.ip_address)
				order by p.created_at desc, p.id)
			 from (select * from hit h
			       order by h.created_at desc, h.id
			       limit per_page
			       offset (page - 1) * per_page) p), '[]')::text
$$;

-- Small batches (auth-v1.md 7.10); says how many rows went.
create or replace function auth_local.clean_up() returns bigint
language plpgsql volatile set search_path = '' as $$
declare
	gone bigint := 0;
	n bigint;
begin
	delete from auth.refresh_tokens where id in (
		select id from auth.refresh_tokens
		where revoked and updated_at < now() - interval '1 day'
		limit 1000 for update skip locked);
	get diagnostics n = row_count;
	gone := gone + n;
	delete from auth.sessions where id in (
		select id from auth.sessions
		where not_after < now() - interval '72 hours'
		limit 100 for update skip locked);
	get diagnostics n = row_count;
	gone := gone + n;
	delete from auth.flow_state where id in (
		select id from auth.flow_state
		where created_at < now() - interval '1 day'
		limit 1000 for update skip locked);
	get diagnostics n = row_count;
	gone := gone + n;
	delete from auth.mfa_challenges where id in (
		select id from auth.mfa_challenges
		where created_at < now() - interval '1 day'
		limit 1000 for update skip locked);
	get diagnostics n = row_count;
	return gone + n;
end
$$;

revoke all on all functions in schema auth_local from public;
reset role;
