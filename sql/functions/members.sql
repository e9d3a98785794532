-- Members of projects, and invitations.  Security invoker: policies decide; the
-- checks here only choose between 403, 404 and 422 and say why.

-- --- members ---------------------------------------------------------------

-- Name and address of people show only to those who share a project with
-- them, and only through this function.
create or replace function private.project_people(project text)
returns table (user_id uuid, email text, display_name text, avatar_url text,
	role public.project_role, created_at timestamptz)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	return query
	select m.user_id, u.email, u.display_name, u.avatar_url, m.role,
		m.created_at
	from public.project_members m
	join public.users u on u.id = m.user_id
	where m.project_id = project
		and private.project_role_of(project) is not null;
end
$$;

-- The account behind a confirmed address or an id, for those who may add it.
create or replace function private.find_person(project text, address text,
	person uuid) returns uuid
language sql stable security definer set search_path = ''
as $$
	select u.id from public.users u
	where private.project_role_of(project) >= 'admin'
		and u.supabase_user_id is not null
		and (u.id = person
			or (lower(u.email) = lower(address)
				and u.email_confirmed))
	order by u.created_at limit 1
$$;

create or replace function private.need_member(project text, person uuid,
	mine public.project_role) returns public.project_role
language plpgsql stable
as $$
declare
	theirs public.project_role;
begin
	select m.role into theirs from public.project_members m
	where m.project_id = project and m.user_id = person;
	if theirs is null then
		perform private.refuse_missing('Member', person::text);
	end if;
	if theirs = 'owner' and mine < 'owner' then
		perform private.refuse_forbidden('owner');
	end if;
	return theirs;
end
$$;

-- 64 hex digits from two version 4 uuids: 244 random bits.
create or replace function private.new_token() returns text
language sql volatile
return replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');

create or replace function private.token_hash(token text) returns bytea
language sql immutable
return sha256(convert_to(token, 'UTF8'));

create or replace function api.invite(project text, address text,
	wanted public.project_role, token text)
returns public.project_invitations
language plpgsql volatile
as $$
declare
	i public.project_invitations;
begin
	delete from public.project_invitations
	where project_id = project and email = lower(address)
		and accepted_at is null;
	insert into public.project_invitations
		(project_id, email, role, token_hash)
	values (project, lower(address), wanted, private.token_hash(token))
	returning id, project_id, email, role, created_at, expires_at
	into i.id, i.project_id, i.email, i.role, i.created_at, i.expires_at;
	return i;
end
$$;

-- Somebody with an account becomes a member at once; any other address gets
-- an invitation, whose token is in this answer and nowhere else.
create or replace function api.member_add(project text, input json)
returns table (status text, user_id uuid, email text, display_name text,
	avatar_url text, role public.project_role, created_at timestamptz,
	id text, project_id text, expires_at timestamptz, token text)
language plpgsql volatile
as $$
#variable_conflict use_column
declare
	mine public.project_role := private.need_project(project, 'admin');
	wanted public.project_role := coalesce(input ->> 'role', 'member');
	address text := input ->> 'email';
	secret text := private.new_token();
	person uuid;
begin
	if (address is null) = (input ->> 'userId' is null) then
		perform private.refuse(400, 'validation_failed',
			'Give either email or userId', 'email');
	end if;
	if wanted = 'owner' and mine < 'owner' then
		perform private.refuse_forbidden('owner');
	end if;
	person := private.find_person(project, address,
		(input ->> 'userId')::uuid);
	if person is null and address is null then
		perform private.refuse_missing('User', input ->> 'userId');
	end if;
	if person is null then
		if wanted = 'owner' then
			perform private.refuse(422, 'business_rule_error',
				'An invitation cannot make an owner', 'role');
		end if;
		return query
			select 'invited', null::uuid, i.email, null::text,
				null::text, i.role, i.created_at, i.id,
				i.project_id, i.expires_at, secret
			from api.invite(project, address, wanted, secret) i;
		return;
	end if;

	insert into public.project_members (project_id, user_id, role)
	values (project, person, wanted)
	on conflict (project_id, user_id) do nothing;
	if not found then
		perform private.refuse(409, 'already_exists',
			'This person is already a member',
			case when address is null then 'userId'
				else 'email' end);
	end if;
	delete from public.project_invitations
	where project_id = project and email = lower(address)
		and accepted_at is null;
	return query
		select 'member', m.user_id, m.email, m.display_name,
			m.avatar_url, m.role, m.created_at, null::text,
			null::text, null::timestamptz, null::text
		from private.project_people(project) m
		where m.user_id = person;
end
$$;

create or replace function api.member_change(project text, person uuid,
	input json) returns public.project_members
language plpgsql volatile
as $$
declare
	mine public.project_role := private.need_project(project, 'admin');
	wanted public.project_role := input ->> 'role';
	m public.project_members;
begin
	perform private.need_member(project, person, mine);
	if wanted = 'owner' and mine < 'owner' then
		perform private.refuse_forbidden('owner');
	end if;
	update public.project_members set role = wanted
	where project_id = project and user_id = person
	returning * into m;
	return m;
end
$$;

-- Anyone may leave; removing somebody else takes an admin.
create or replace function api.member_remove(project text, person uuid)
returns uuid
language plpgsql volatile
as $$
declare
	mine public.project_role := private.need_project(project, 'viewer');
begin
	if person is distinct from auth.uid() then
		if mine < 'admin' then
			perform private.refuse_forbidden('admin');
		end if;
		perform private.need_member(project, person, mine);
	end if;
	delete from public.project_members
	where project_id = project and user_id = person;
	if not found then
		perform private.refuse_missing('Member', person::text);
	end if;
	return person;
end
$$;

-- --- invitations -----------------------------------------------------------

create or replace function api.invitation_revoke(project text, invitation text)
returns text
language plpgsql volatile
as $$
begin
	perform private.need_project(project, 'admin');
	delete from public.project_invitations
	where project_id = project and id = invitation
		and accepted_at is null;
	if not found then
		perform private.refuse_missing('Invitation', invitation);
	end if;
	return invitation;
end
$$;

-- What the link is about, for whoever holds its token.
create or replace function private.peek_invitation(token text) returns json
language plpgsql stable security definer set search_path = ''
as $$
declare
	found_json json;
begin
	select json_build_object(
		'projectId', p.id,
		'projectName', p.name,
		'email', i.email,
		'role', i.role,
		'invitedBy', coalesce(u.display_name, u.email),
		'expiresAt', private.ms(i.expires_at))
	into found_json
	from public.project_invitations i
	join public.projects p on p.id = i.project_id
	left join public.users u on u.id = i.invited_by
	where i.token_hash = private.token_hash(token)
		and i.accepted_at is null and i.expires_at > now();
	if found_json is null then
		perform private.refuse(404, 'not_found',
			'This invitation does not exist or is over');
	end if;
	return found_json;
end
$$;

-- Holding the token is the proof; it works once.  A role the person already
-- has is never lowered.  The project comes with it: the statement that calls
-- this does not see the new member yet.
create or replace function private.accept_invitation(token text)
returns table (project public.projects, role public.project_role)
language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	i public.project_invitations;
	me uuid := auth.uid();
begin
	if me is null or not exists (
		select from public.users u where u.id = me)
	then
		perform private.refuse(403, 'forbidden',
			'Only a person can accept an invitation');
	end if;
	update public.project_invitations
	set accepted_at = now(), accepted_by = me
	where token_hash = private.token_hash(token)
		and accepted_at is null and expires_at > now()
	returning * into i;
	if not found then
		perform private.refuse(404, 'not_found',
			'This invitation does not exist or is over');
	end if;
	insert into public.project_members as m
		(project_id, user_id, role, added_by)
	values (i.project_id, me, i.role, i.invited_by)
	on conflict (project_id, user_id) do update
		set role = excluded.role where m.role < excluded.role;
	return query
		select p, m.role from public.projects p
		join public.project_members m on m.project_id = p.id
		where p.id = i.project_id and m.user_id = me;
end
$$;

-- --- rules that hold whoever writes ----------------------------------------

-- Who no longer manages a project has no more invitations open to it: an admin
-- about to be removed could otherwise invite an address of their own and come
-- back by that link.
create or replace function private.end_invitations() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	if old.role >= 'admin' and (tg_op = 'DELETE' or new.role < 'admin')
	then
		delete from public.project_invitations i
		where i.project_id = old.project_id
			and i.invited_by = old.user_id
			and i.accepted_at is null;
	end if;
	return null;
end
$$;

grant execute on function private.project_people(text),
	private.find_person(text, text, uuid),
	private.need_member(text, uuid, public.project_role),
	private.new_token(), private.token_hash(text),
	private.peek_invitation(text), private.accept_invitation(text)
	to authenticated, service_role;

-- --- what hangs on tables

-- Admins manage everybody below an owner; owners manage owners too; anyone
-- may leave.
create policy project_members_select on public.project_members
	for select to authenticated
	using (project_id = any(array(select private.project_ids('viewer'))));
create policy project_members_insert on public.project_members
	for insert to authenticated
	with check (added_by = (select auth.uid()) and (
		(role < 'owner' and project_id = any(array(
			select private.project_ids('admin'))))
		or project_id = any(array(
			select private.project_ids('owner')))));
create policy project_members_update on public.project_members
	for update to authenticated
	using ((role < 'owner' and project_id = any(array(
			select private.project_ids('admin'))))
		or project_id = any(array(
			select private.project_ids('owner'))))
	with check ((role < 'owner' and project_id = any(array(
			select private.project_ids('admin'))))
		or project_id = any(array(
			select private.project_ids('owner'))));
create policy project_members_delete on public.project_members
	for delete to authenticated
	using (user_id = (select auth.uid())
		or (role < 'owner' and project_id = any(array(
			select private.project_ids('admin'))))
		or project_id = any(array(
			select private.project_ids('owner'))));

create trigger project_members_touch before update on public.project_members
	for each row when (not private.importing())
	execute function private.touch();
create trigger project_members_keep_an_owner before update or delete
	on public.project_members
	for each row execute function private.keep_an_owner();
create trigger project_members_end_invitations
	after update of role or delete on public.project_members
	for each row execute function private.end_invitations();
create trigger project_members_audit after insert or update or delete
	on public.project_members
	for each row execute function private.log_rls_operation();
create trigger project_members_emit after insert or update or delete
	on public.project_members
	for each row when (not private.importing())
	execute function private.emit_member();

create policy project_invitations_select on public.project_invitations
	for select to authenticated
	using (project_id = any(array(select private.project_ids('admin'))));
create policy project_invitations_insert on public.project_invitations
	for insert to authenticated
	with check (invited_by = (select auth.uid())
		and project_id = any(array(
			select private.project_ids('admin'))));
create policy project_invitations_delete on public.project_invitations
	for delete to authenticated
	using (project_id = any(array(select private.project_ids('admin'))));

create trigger project_invitations_audit after insert or update or delete
	on public.project_invitations
	for each row execute function private.log_rls_operation();
