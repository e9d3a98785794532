set local lock_timeout = '2s';
-- A row is looked at before the policies refuse it: with the eyes of who
-- writes, the check of the tree tells nobody how the teams of others stand.

-- No circles and no more than 50 levels, for everybody but the owner of the
-- schema, who brings what is stored elsewhere as it is.  A team that is not
-- there (any more) has nothing below it.
create or replace function private.check_team_tree() returns trigger
language plpgsql
as $$
declare
	most constant int := 50;
	below int;
	above int;
begin
	if current_user not in ('authenticated', 'service_role')
		or new.sub_team_ids = '{}' or (tg_op = 'UPDATE'
		and new.sub_team_ids = old.sub_team_ids)
	then
		return new;
	end if;
	perform private.lock_teams(new.project_id);
	with recursive down (id, depth) as (
		select s.id, 1 from unnest(new.sub_team_ids) s(id)
		union
		select s.id, d.depth + 1
		from down d
		join public.teams t on t.id = d.id
			and t.project_id = new.project_id
		cross join unnest(t.sub_team_ids) s(id)
		where d.depth <= most and d.id <> new.id
	)
	select max(d.depth) into below from down d
	having not bool_or(d.id = new.id);
	if not found then
		perform private.refuse(422, 'business_rule_error',
			'A team cannot be below itself');
	end if;
	with recursive up (id, depth) as (
		select new.id, 0
		union
		select t.id, u.depth + 1
		from up u join public.teams t
			on t.project_id = new.project_id
			and u.id = any(t.sub_team_ids)
		where u.depth <= most
	)
	select max(u.depth) into above from up u;
	if above + below >= most then
		perform private.refuse(422, 'business_rule_error',
			'Teams can be nested ' || most || ' levels deep');
	end if;
	return new;
end
$$;
revoke execute on function private.check_team_tree() from public;
