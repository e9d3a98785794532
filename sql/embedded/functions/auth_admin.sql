-- What the administrator does with accounts, and the sweep: see
-- auth_accounts.sql.
set local role supabase_auth_admin;

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

reset role;
