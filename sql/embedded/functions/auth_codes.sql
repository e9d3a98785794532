-- Codes and links that come by mail: see auth_accounts.sql.
set local role supabase_auth_admin;

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

reset role;
