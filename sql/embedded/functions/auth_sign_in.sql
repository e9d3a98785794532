-- Sign-up, sign-in, refresh, and what a person does with the own account: see
-- auth_accounts.sql.
set local role supabase_auth_admin;

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

reset role;
