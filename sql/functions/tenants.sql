-- Tenants and who belongs to them.  `organizations` and
-- `organization_members` are the names another front end knows them by.

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

grant execute on function private.tenant_ids(text)
	to authenticated, service_role;

-- --- what hangs on tables

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

create policy tenants_select on public.tenants for select to authenticated
	using (id = any(array(select private.tenant_ids('viewer')))
		or (select private.is_platform_admin()));
create policy tenants_insert on public.tenants for insert to authenticated
	with check ((select private.is_platform_admin()));
create policy tenants_update on public.tenants for update to authenticated
	using (id = any(array(select private.tenant_ids('admin')))
		or (select private.is_platform_admin()))
	with check (id = any(array(select private.tenant_ids('admin')))
		or (select private.is_platform_admin()));
create policy tenants_delete on public.tenants for delete to authenticated
	using ((select private.is_platform_admin()));

create trigger tenants_touch before update on public.tenants
	for each row execute function private.touch();
create trigger tenants_owner after insert on public.tenants
	for each row execute function private.add_tenant_owner();
create trigger tenants_audit after insert or update or delete
	on public.tenants
	for each row execute function private.log_rls_operation();

-- Admins manage everybody but owners; anyone may leave, owners excepted.
create policy tenant_members_select on public.tenant_members
	for select to authenticated
	using (tenant_id = any(array(select private.tenant_ids('viewer')))
		or (select private.is_platform_admin()));
create policy tenant_members_insert on public.tenant_members
	for insert to authenticated
	with check (role < 'owner'
		and tenant_id = any(array(select private.tenant_ids('admin'))));
create policy tenant_members_update on public.tenant_members
	for update to authenticated
	using (role < 'owner'
		and tenant_id = any(array(select private.tenant_ids('admin'))))
	with check (role < 'owner'
		and tenant_id = any(array(select private.tenant_ids('admin'))));
create policy tenant_members_delete on public.tenant_members
	for delete to authenticated
	using (role < 'owner' and (user_id = (select auth.uid())
		or tenant_id = any(array(select private.tenant_ids('admin')))));

create trigger tenant_members_touch before update on public.tenant_members
	for each row execute function private.touch();
create trigger tenant_members_audit after insert or update or delete
	on public.tenant_members
	for each row execute function private.log_rls_operation();
