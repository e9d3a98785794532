-- How many rows there are in each project, for lists that tell their total and
-- views that show many projects: kept, never counted when asked.

-- Of tables with project_id and status.  A slot is held until the transaction
-- ends, so there are some: of two that meet at one and wait for each other the
-- one is undone and repeated (core/db).  Of a project that is just being
-- deleted there is nothing to count.
create or replace function private.count_rows() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
	mine int := pg_backend_pid() % 32;
begin
	if tg_op = 'UPDATE' then
		insert into private.row_counts as c
			(project_id, of_table, status, slot, n)
		select x.project_id, tg_table_name, x.status, mine, x.step
		from (values (old.project_id, old.status, -1),
			(new.project_id, new.status, 1))
			x (project_id, status, step)
		order by x.project_id, x.status
		on conflict (project_id, of_table, status, slot)
			do update set n = c.n + excluded.n;
	elsif tg_op = 'INSERT' then
		insert into private.row_counts as c
			(project_id, of_table, status, slot, n)
		select x.project_id, tg_table_name, x.status, mine, count(*)
		from added x
		group by x.project_id, x.status
		order by x.project_id, x.status
		on conflict (project_id, of_table, status, slot)
			do update set n = c.n + excluded.n;
	else
		insert into private.row_counts as c
			(project_id, of_table, status, slot, n)
		select x.project_id, tg_table_name, x.status, mine, -count(*)
		from removed x
		join public.projects p on p.id = x.project_id
		group by x.project_id, x.status
		order by x.project_id, x.status
		on conflict (project_id, of_table, status, slot)
			do update set n = c.n + excluded.n;
	end if;
	return null;
end
$$;

-- Of projects and states, as far as the caller sees them; no states: any.
create or replace function private.count_of(of_table text, projects text[],
	states text[]) returns bigint
language plpgsql stable security definer set search_path = ''
as $$
begin
	return (select coalesce(sum(c.n), 0) from private.row_counts c
		where c.of_table = count_of.of_table
			and c.project_id = any(projects)
			and (states is null or c.status = any(states))
			and (c.project_id = any(array(
					select private.project_ids('viewer')))
				or private.claims() ->> 'role'
					= 'service_role'));
end
$$;

-- What is in each of the caller's projects.
create or replace function private.amounts()
returns table (project_id text, tasks bigint, sessions bigint)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
begin
	return query
		select c.project_id,
			coalesce(sum(c.n) filter (
				where c.of_table = 'tasks'), 0)::bigint,
			coalesce(sum(c.n) filter (
				where c.of_table = 'sessions'), 0)::bigint
		from private.row_counts c
		where c.project_id = any(array(
				select private.project_ids('viewer')))
			and c.of_table = any(array['tasks', 'sessions'])
		group by c.project_id;
end
$$;

grant execute on function private.count_of(text, text[], text[]),
	private.amounts()
	to authenticated, service_role;
