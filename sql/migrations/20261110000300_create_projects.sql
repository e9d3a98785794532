set local lock_timeout = '2s';
-- Projects, their members and invitations.  Every other object of the product
-- is reached through its project.
do $$
begin
	-- The order is the rank: role >= 'member' means what it says.
	create type public.project_role as enum
		('viewer', 'member', 'admin', 'owner');
exception when duplicate_object then null;
end
$$;

create table if not exists public.projects (
	id text primary key default private.new_id('proj')
		check (id ~ '^[A-Za-z0-9_-]{1,128}$'),
	-- One of the owners in project_members; kept so by a trigger.
	owner_id uuid not null default auth.uid() references public.users (id)
		on update cascade on delete cascade,
	tenant_id uuid references public.tenants (id) on delete set null,
	name text not null check (length(name) between 1 and 1000),
	working_dir text not null default '' check (length(working_dir) <= 1000),
	description text not null default ''
		check (length(description) <= 500),
	is_master bool,
	settings jsonb not null default '{}',
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now()
);
create index if not exists projects_owner_id_idx on public.projects (owner_id);
create index if not exists projects_tenant_id_idx
	on public.projects (tenant_id);

create table if not exists public.project_members (
	project_id text not null references public.projects (id)
		on delete cascade,
	user_id uuid not null references public.users (id)
		on update cascade on delete cascade,
	role public.project_role not null default 'member',
	added_by uuid default auth.uid() references public.users (id)
		on update cascade on delete set null,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	primary key (project_id, user_id)
);
create index if not exists project_members_user_id_idx
	on public.project_members (user_id, project_id) include (role);
create index if not exists project_members_added_by_idx
	on public.project_members (added_by);

-- A link somebody may follow once.  Only the SHA-256 of its token is stored.
create table if not exists public.project_invitations (
	id text primary key default private.new_id('inv'),
	project_id text not null references public.projects (id)
		on delete cascade,
	email text not null check (email = lower(email)
		and length(email) between 3 and 320),
	role public.project_role not null default 'member'
		check (role < 'owner'),
	token_hash bytea not null unique,
	invited_by uuid default auth.uid() references public.users (id)
		on update cascade on delete set null,
	created_at timestamptz not null default now(),
	expires_at timestamptz not null default now() + interval '7 days',
	accepted_at timestamptz,
	accepted_by uuid references public.users (id)
		on update cascade on delete set null
);
-- One open invitation for an address; a new one replaces it.
create unique index if not exists project_invitations_open_idx
	on public.project_invitations (project_id, email)
	where accepted_at is null;
create index if not exists project_invitations_invited_by_idx
	on public.project_invitations (invited_by);
create index if not exists project_invitations_accepted_by_idx
	on public.project_invitations (accepted_by);

-- --- membership sets -------------------------------------------------------

-- Ids of the projects where the caller has at least that role.  Policies use
-- it as `= any(array(select private.project_ids('viewer')))`: evaluated once
-- for a statement, then an index condition.  plpgsql because it keeps its plan
-- for the session (0.02 ms a call; 0.12 ms as language sql, PostgreSQL 15).
create or replace function private.project_ids(min_role text)
returns setof text
language plpgsql stable security definer set search_path = ''
as $$
declare
	me uuid := auth.uid();
	lowest public.project_role := min_role;
begin
	return query
		select m.project_id from public.project_members m
		where m.user_id = me and m.role >= lowest;
end
$$;

-- For functions that have one project at hand.  The service key may all.
create or replace function private.project_role_of(project text)
returns public.project_role
language plpgsql stable security definer set search_path = ''
as $$
declare
	me uuid := auth.uid();
begin
	if auth.role() = 'service_role' then
		return 'owner';
	end if;
	return (
		select m.role from public.project_members m
		where m.project_id = project and m.user_id = me);
end
$$;

-- 404 when the caller does not see the project, 403 when the role is short.
create or replace function private.need_project(project text, min_role text)
returns public.project_role
language plpgsql stable
as $$
declare
	mine public.project_role := private.project_role_of(project);
begin
	if mine is null or not exists (
		select from public.projects p where p.id = project)
	then
		perform private.refuse_missing('Project', project);
	end if;
	if mine < min_role::public.project_role then
		perform private.refuse_forbidden(min_role);
	end if;
	return mine;
end
$$;

-- --- the rules that hold whoever writes ------------------------------------

create or replace function private.add_project_owner() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	insert into public.project_members as m
		(project_id, user_id, role, added_by)
	values (new.id, new.owner_id, 'owner', new.owner_id)
	on conflict (project_id, user_id) do update set role = 'owner'
		where m.role <> 'owner';
	return null;
end
$$;

-- The last owner neither leaves nor steps down.  The project row is locked so
-- that two owners cannot go at the same moment.  Rows that vanish with their
-- project or their person pass.
create or replace function private.keep_an_owner() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
	heir uuid;
	owner uuid;
begin
	if old.role <> 'owner'
		or (tg_op = 'UPDATE' and new.role = 'owner')
	then
		return coalesce(new, old);
	end if;
	select p.owner_id into owner from public.projects p
	where p.id = old.project_id for update;
	if not found or not exists (
		select from public.users u where u.id = old.user_id)
	then
		return coalesce(new, old);
	end if;
	select m.user_id into heir from public.project_members m
	where m.project_id = old.project_id and m.role = 'owner'
		and m.user_id <> old.user_id
	order by m.created_at limit 1;
	if heir is null then
		perform private.refuse(422, 'business_rule_error',
			'The last owner cannot leave the project');
	end if;
	if owner = old.user_id then
		update public.projects set owner_id = heir
		where id = old.project_id;
	end if;
	return coalesce(new, old);
end
$$;

-- Somebody deletes the account: what others work on stays, in the hands of
-- the highest remaining member; projects without members go.
create or replace function private.hand_over_projects() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
	left_behind record;
begin
	for left_behind in
		select p.id, (
			select m.user_id from public.project_members m
			where m.project_id = p.id and m.user_id <> old.id
			order by m.role desc, m.created_at limit 1) as heir
		from public.projects p where p.owner_id = old.id
	loop
		if left_behind.heir is not null then
			update public.project_members set role = 'owner'
			where project_id = left_behind.id
				and user_id = left_behind.heir;
			update public.projects set owner_id = left_behind.heir
			where id = left_behind.id;
		end if;
	end loop;
	return old;
end
$$;

-- --- who may do what -------------------------------------------------------

alter table public.projects enable row level security;
alter table public.project_members enable row level security;
alter table public.project_invitations enable row level security;
revoke all on public.projects, public.project_members,
	public.project_invitations from anon, authenticated;
grant select, delete on public.projects, public.project_members
	to authenticated;
grant insert (id, owner_id, tenant_id, name, working_dir, description,
	is_master, settings) on public.projects to authenticated;
grant update (name, working_dir, description, is_master, settings)
	on public.projects to authenticated;
grant insert (project_id, user_id, role, added_by), update (role)
	on public.project_members to authenticated;
grant select (id, project_id, email, role, invited_by, created_at, expires_at,
	accepted_at, accepted_by), delete
	on public.project_invitations to authenticated;
grant insert (project_id, email, role, token_hash, invited_by)
	on public.project_invitations to authenticated;
grant select, insert, update, delete on public.projects,
	public.project_members, public.project_invitations to service_role;

-- owner_id stands beside the membership because `insert ... returning` looks
-- before the trigger has made the creator a member.
drop policy if exists projects_select on public.projects;
create policy projects_select on public.projects for select to authenticated
	using (owner_id = (select auth.uid())
		or id = any(array(select private.project_ids('viewer'))));
drop policy if exists projects_insert on public.projects;
create policy projects_insert on public.projects for insert to authenticated
	with check (owner_id = (select auth.uid()) and (tenant_id is null
		or tenant_id = any(array(
			select private.tenant_ids('student')))));
drop policy if exists projects_update on public.projects;
create policy projects_update on public.projects for update to authenticated
	using (id = any(array(select private.project_ids('admin'))))
	with check (id = any(array(select private.project_ids('admin'))));
drop policy if exists projects_delete on public.projects;
create policy projects_delete on public.projects for delete to authenticated
	using (id = any(array(select private.project_ids('owner'))));

-- Admins manage everybody below an owner; owners manage owners too; anyone
-- may leave.
drop policy if exists project_members_select on public.project_members;
create policy project_members_select on public.project_members
	for select to authenticated
	using (project_id = any(array(select private.project_ids('viewer'))));
drop policy if exists project_members_insert on public.project_members;
create policy project_members_insert on public.project_members
	for insert to authenticated
	with check (added_by = (select auth.uid()) and (
		(role < 'owner' and project_id = any(array(
			select private.project_ids('admin'))))
		or project_id = any(array(
			select private.project_ids('owner')))));
drop policy if exists project_members_update on public.project_members;
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
drop policy if exists project_members_delete on public.project_members;
create policy project_members_delete on public.project_members
	for delete to authenticated
	using (user_id = (select auth.uid())
		or (role < 'owner' and project_id = any(array(
			select private.project_ids('admin'))))
		or project_id = any(array(
			select private.project_ids('owner'))));

drop policy if exists project_invitations_select
	on public.project_invitations;
create policy project_invitations_select on public.project_invitations
	for select to authenticated
	using (project_id = any(array(select private.project_ids('admin'))));
drop policy if exists project_invitations_insert
	on public.project_invitations;
create policy project_invitations_insert on public.project_invitations
	for insert to authenticated
	with check (invited_by = (select auth.uid())
		and project_id = any(array(
			select private.project_ids('admin'))));
drop policy if exists project_invitations_delete
	on public.project_invitations;
create policy project_invitations_delete on public.project_invitations
	for delete to authenticated
	using (project_id = any(array(select private.project_ids('admin'))));

revoke execute on function private.project_ids(text),
	private.project_role_of(text), private.need_project(text, text),
	private.add_project_owner(), private.keep_an_owner(),
	private.hand_over_projects() from public;
grant execute on function private.project_ids(text),
	private.project_role_of(text), private.need_project(text, text)
	to authenticated, service_role;

-- --- triggers --------------------------------------------------------------

drop trigger if exists projects_touch on public.projects;
create trigger projects_touch before update on public.projects
	for each row execute function private.touch();
drop trigger if exists projects_owner on public.projects;
create trigger projects_owner after insert or update of owner_id
	on public.projects
	for each row execute function private.add_project_owner();
drop trigger if exists project_members_touch on public.project_members;
create trigger project_members_touch before update on public.project_members
	for each row execute function private.touch();
drop trigger if exists project_members_keep_an_owner
	on public.project_members;
create trigger project_members_keep_an_owner before update or delete
	on public.project_members
	for each row execute function private.keep_an_owner();
drop trigger if exists users_hand_over on public.users;
create trigger users_hand_over before delete on public.users
	for each row execute function private.hand_over_projects();

drop trigger if exists projects_audit on public.projects;
create trigger projects_audit after insert or update or delete
	on public.projects
	for each row execute function private.log_rls_operation();
drop trigger if exists project_members_audit on public.project_members;
create trigger project_members_audit after insert or update or delete
	on public.project_members
	for each row execute function private.log_rls_operation();
drop trigger if exists project_invitations_audit
	on public.project_invitations;
create trigger project_invitations_audit after insert or update or delete
	on public.project_invitations
	for each row execute function private.log_rls_operation();
