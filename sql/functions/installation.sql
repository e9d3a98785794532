-- Numbers of the installation.

-- How many rows the statistics say a table has.
create or replace function private.about_rows(t regclass) returns bigint
language sql stable
return (select c.reltuples::bigint from pg_catalog.pg_class c where c.oid = t);

-- Sizes of the installation; numbers only, and for platform admins only.  More
-- than ten thousand are not counted: what the statistics say.
create or replace function private.installation_counts()
returns table (people bigint, projects bigint, tasks bigint, sessions bigint)
language plpgsql stable security definer set search_path = ''
as $$
begin
	if not private.is_platform_admin() then
		perform private.refuse(403, 'forbidden',
			'This is for platform admins');
	end if;
	return query
	select case when p.n <= 10000 then p.n
			else greatest(p.n, private.about_rows('public.users')) end,
		case when o.n <= 10000 then o.n
			else greatest(o.n, private.about_rows('public.projects')) end,
		case when t.n <= 10000 then t.n
			else greatest(t.n, private.about_rows('public.tasks')) end,
		case when s.n <= 10000 then s.n
			else greatest(s.n, private.about_rows('public.sessions')) end
	from (select count(*) as n from (select from public.users
			limit 10001) x) p,
		(select count(*) as n from (select from public.projects
			limit 10001) x) o,
		(select count(*) as n from (select from public.tasks
			limit 10001) x) t,
		(select count(*) as n from (select from public.sessions
			limit 10001) x) s;
end
$$;

grant execute on function private.installation_counts()
	to authenticated, service_role;
