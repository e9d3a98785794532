set local lock_timeout = '2s';
-- Tenants and who belongs to them.  `organizations` and
-- `organization_members` are the names another front end knows them by.
do $$
begin
	create type public.tenant_role as enum
		('viewer', 'student', 'teacher', 'admin', 'owner');
exception when duplicate_object then null;
end
$$;

create table if not exists public.tenants (
	id uuid primary key default gen_random_uuid(),
	name text not null check (length(name) between 1 and 200),
	slug text not null unique check (
		slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'
		and slug !~ '--'),
	domain text unique,
	owner_id uuid not null references public.users (id)
		on update cascade on delete restrict,
	status text not null default 'active' check (status in
		('active', 'suspended', 'deleted', 'provisioning', 'trial')),
	plan text not null default 'basic'
		check (plan in ('demo', 'basic', 'pro', 'enterprise')),
	rut text unique check (rut ~ '^\d{7,8}-[\dK]$'),
	legal_name text,
	contact_email text,
	contact_phone text,
	metadata jsonb not null default '{}',
	limits jsonb not null default '{}',
	settings jsonb not null default '{}',
	suspended_at timestamptz,
	deleted_at timestamptz,
	purge_after timestamptz,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now()
);
create index if not exists tenants_owner_id_idx on public.tenants (owner_id);

create table if not exists public.tenant_members (
	tenant_id uuid not null references public.tenants (id)
		on delete cascade,
	user_id uuid not null references public.users (id)
		on update cascade on delete cascade,
	role public.tenant_role not null default 'viewer',
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	primary key (tenant_id, user_id)
);
create index if not exists tenant_members_user_id_idx
	on public.tenant_members (user_id, tenant_id) include (role);

-- Ids of the caller's tenants, as a set a policy can hash once.
create or replace function private.tenant_ids(min_role text)
returns setof uuid
language plpgsql stable security definer set search_path = ''
as $$
declare
	me uuid := auth.uid();
	lowest public.tenant_role := min_role;
begin
	return query
		select m.tenant_id from public.tenant_members m
		where m.user_id = me and m.role >= lowest;
end
$$;

-- The owner is a member from the first moment.
create or replace function private.add_tenant_owner() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	insert into public.tenant_members as m (tenant_id, user_id, role)
	values (new.id, new.owner_id, 'owner')
	on conflict (tenant_id, user_id) do update set role = 'owner';
	return null;
end
$$;

revoke execute on function private.tenant_ids(text),
	private.add_tenant_owner() from public;
grant execute on function private.tenant_ids(text)
	to authenticated, service_role;

alter table public.tenants enable row level security;
alter table public.tenant_members enable row level security;
revoke all on public.tenants, public.tenant_members from anon, authenticated;
grant select, insert, delete on public.tenants to authenticated;
grant update (name, legal_name, contact_email, contact_phone, settings)
	on public.tenants to authenticated;
grant select, insert, delete on public.tenant_members to authenticated;
grant update (role) on public.tenant_members to authenticated;
grant select, insert, update, delete on public.tenants,
	public.tenant_members to service_role;

drop policy if exists tenants_select on public.tenants;
create policy tenants_select on public.tenants for select to authenticated
	using (id = any(array(select private.tenant_ids('viewer')))
		or (select private.is_platform_admin()));
drop policy if exists tenants_insert on public.tenants;
create policy tenants_insert on public.tenants for insert to authenticated
	with check ((select private.is_platform_admin()));
drop policy if exists tenants_update on public.tenants;
create policy tenants_update on public.tenants for update to authenticated
	using (id = any(array(select private.tenant_ids('admin')))
		or (select private.is_platform_admin()))
	with check (id = any(array(select private.tenant_ids('admin')))
		or (select private.is_platform_admin()));
drop policy if exists tenants_delete on public.tenants;
create policy tenants_delete on public.tenants for delete to authenticated
	using ((select private.is_platform_admin()));

-- Admins manage everybody but owners; anyone may leave, owners excepted.
drop policy if exists tenant_members_select on public.tenant_members;
create policy tenant_members_select on public.tenant_members
	for select to authenticated
	using (tenant_id = any(array(select private.tenant_ids('viewer')))
		or (select private.is_platform_admin()));
drop policy if exists tenant_members_insert on public.tenant_members;
create policy tenant_members_insert on public.tenant_members
	for insert to authenticated
	with check (role < 'owner'
		and tenant_id = any(array(select private.tenant_ids('admin'))));
drop policy if exists tenant_members_update on public.tenant_members;
create policy tenant_members_update on public.tenant_members
	for update to authenticated
	using (role < 'owner'
		and tenant_id = any(array(select private.tenant_ids('admin'))))
	with check (role < 'owner'
		and tenant_id = any(array(select private.tenant_ids('admin'))));
drop policy if exists tenant_members_delete on public.tenant_members;
create policy tenant_members_delete on public.tenant_members
	for delete to authenticated
	using (role < 'owner' and (user_id = (select auth.uid())
		or tenant_id = any(array(select private.tenant_ids('admin')))));

drop policy if exists rls_audit_log_select on public.rls_audit_log;
create policy rls_audit_log_select on public.rls_audit_log
	for select to authenticated
	using ((select private.is_platform_admin())
		or record_organization_id = any(array(
			select private.tenant_ids('admin'))));

create or replace view public.organizations with (security_invoker = true) as
select t.id, t.name, t.slug, t.name as display_name, t.status,
	t.plan as subscription_tier, t.settings, t.metadata,
	t.status in ('active', 'trial') as is_active, t.deleted_at,
	t.created_at, t.updated_at
from public.tenants t;
create or replace view public.organization_members
	with (security_invoker = true) as
select m.user_id, m.tenant_id as organization_id, m.role, m.created_at
from public.tenant_members m;
revoke all on public.organizations, public.organization_members
	from anon, authenticated;
grant select on public.organizations, public.organization_members
	to authenticated, service_role;

drop trigger if exists tenants_touch on public.tenants;
create trigger tenants_touch before update on public.tenants
	for each row execute function private.touch();
drop trigger if exists tenant_members_touch on public.tenant_members;
create trigger tenant_members_touch before update on public.tenant_members
	for each row execute function private.touch();
drop trigger if exists tenants_owner on public.tenants;
create trigger tenants_owner after insert on public.tenants
	for each row execute function private.add_tenant_owner();
drop trigger if exists tenants_audit on public.tenants;
create trigger tenants_audit after insert or update or delete
	on public.tenants
	for each row execute function private.log_rls_operation();
drop trigger if exists tenant_members_audit on public.tenant_members;
create trigger tenant_members_audit after insert or update or delete
	on public.tenant_members
	for each row execute function private.log_rls_operation();
