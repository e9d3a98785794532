-- What is done with teams (maestro-api.md 2.9, 7.14).  Security invoker.

-- --- the forest of a project -----------------------------------------------

-- Who changes what stands below what waits for the others of the project, so
-- that two additions, each harmless, cannot close a circle together.
create or replace function private.lock_teams(project text) returns void
language sql volatile
as $$
	select pg_advisory_xact_lock(hashtextextended('teams ' || project, 0))
$$;

-- No circles and no more than 50 levels, for everybody but the owner of the
-- schema, who brings what is stored elsewhere as it is.  A team that is not
-- there (any more) has nothing below it.
--
-- A row is looked at before the policies refuse it: with the eyes of who
-- writes, this tells nobody how the teams of others stand.
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

-- --- look-ups --------------------------------------------------------------

create or replace function api.need_team(team text, project text)
returns public.teams
language plpgsql stable
as $$
declare
	t public.teams;
begin
	select * into t from public.teams x
	where x.id = team and x.project_id = project;
	if not found then
		perform private.refuse_missing('Team', team);
	end if;
	return t;
end
$$;

-- To change it: after the caller's role, locked with its project.
create or replace function api.lock_team(team text, project text)
returns public.teams
language plpgsql volatile
as $$
begin
	perform private.need_project(project, 'member');
	perform private.lock_teams(project);
	return api.need_team(team, project);
end
$$;

-- The members behind ids, as far as the caller sees them: defaults of the
-- project, its own, the caller's global ones.
create or replace function api.members_of(project text, wanted text[])
returns table (id text, n bigint, member jsonb)
language sql stable
as $$
	select w.id, w.n, api.teammember_json(case when m.id is null
		then d.as_row else m end)::jsonb
	from unnest(wanted) with ordinality w(id, n)
	left join public.team_members m on m.id = w.id
		and (m.project_id = project or m.project_id is null)
	left join api.default_members(project) d
		on (d.as_row).id = w.id
	where m.id is not null or d.kind is not null
$$;

-- New members must be there; those a team has already may be gone.
create or replace function api.check_members(project text, wanted text[],
	had text[]) returns void
language plpgsql stable
as $$
declare
	bad text;
begin
	select w.id into bad from unnest(wanted) with ordinality w(id, n)
	where w.id <> all(had) and w.id not in (
		select m.id from api.members_of(project, wanted) m)
	order by w.n limit 1;
	if found then
		perform private.refuse_missing('Team member', bad);
	end if;
end
$$;

create or replace function api.check_subteams(project text, wanted text[],
	had text[]) returns void
language plpgsql stable
as $$
declare
	bad text;
begin
	select w.id into bad from unnest(wanted) with ordinality w(id, n)
	where w.id <> all(had) and not exists (select from public.teams t
		where t.id = w.id and t.project_id = project)
	order by w.n limit 1;
	if found then
		perform private.refuse_missing('Sub-team', bad);
	end if;
end
$$;

create or replace function api.check_leader(leader text, members text[])
returns void
language plpgsql stable
as $$
begin
	if leader <> all(members) then
		perform private.refuse(422, 'business_rule_error',
			'The leader must be a member of the team', 'leaderId');
	end if;
end
$$;

-- Each once, in the order they came.
create or replace function api.each_once(ids text[]) returns text[]
language sql immutable parallel safe
as $$
	select array(select w.id from unnest(ids) with ordinality w(id, n)
		group by w.id order by min(w.n))
$$;

-- --- reading ---------------------------------------------------------------

-- A team with those below it, ring by ring; each team stands once, under the
-- first that names it.  That ends whatever rows of other origin say, and they
-- cannot make it big.  Three hundred teams of a thousand members each are more
-- than an answer.
create or replace function api.team_tree(team text, project text)
returns table (parent text, place bigint, as_row public.teams)
language plpgsql stable
as $$
declare
	ids text[] := array[team];
	parents text[] := array[''];
	places bigint[] := array[0];
	ring text[] := ids;
	above text[];
	at bigint[];
	most constant int := 20000;
begin
	perform private.need_project(project, 'viewer');
	perform api.need_team(team, project);
	for depth in 1 .. 100 loop
		with named as (
			select distinct on (k.id) r.id as over, k.id, k.n
			from unnest(ring) with ordinality r(id, n)
			join public.teams t on t.id = r.id
				and t.project_id = project
			cross join unnest(t.sub_team_ids)
				with ordinality k(id, n)
			join public.teams c on c.id = k.id
				and c.project_id = project
			where k.id <> all(ids)
			order by k.id, r.n, k.n
		)
		select array_agg(f.id), array_agg(f.over), array_agg(f.n)
		into ring, above, at
		from named f;
		exit when ring is null;
		ids := ids || ring;
		parents := parents || above;
		places := places || at;
	end loop;
	if (select sum(cardinality(t.member_ids)) from public.teams t
		where t.id = any(ids) and t.project_id = project) > most
	then
		perform private.refuse(422, 'business_rule_error',
			'The tree has more than ' || most || ' members; ask '
			'for one below it');
	end if;
	return query
		select w.over, w.n, t
		from unnest(ids, parents, places) w(id, over, n)
		join public.teams t on t.id = w.id and t.project_id = project;
end
$$;

-- --- writing ---------------------------------------------------------------

-- After a team's list changed: those new in it leave where they were, and
-- each knows whom it belongs to.
create or replace function api.settle_subteams(t public.teams, had text[])
returns void
language plpgsql volatile
as $$
declare
	news text[] := array(select unnest(t.sub_team_ids)
		except select unnest(had));
begin
	update public.teams x
	set parent_team_id = null
	where x.project_id = t.project_id and x.parent_team_id = t.id
		and x.id = any(had) and x.id <> all(t.sub_team_ids);
	update public.teams x
	set sub_team_ids = array(
		select s.id from unnest(x.sub_team_ids) with ordinality s(id, n)
		where s.id <> all(news) order by s.n)
	where x.project_id = t.project_id and x.id <> t.id
		and x.sub_team_ids && news;
	update public.teams x
	set parent_team_id = t.id
	where x.project_id = t.project_id and x.id = any(news)
		and x.parent_team_id is distinct from t.id;
end
$$;

create or replace function api.set_subteams(t public.teams, wanted text[])
returns public.teams
language plpgsql volatile
as $$
declare
	changed public.teams;
begin
	update public.teams set sub_team_ids = wanted where id = t.id
	returning * into changed;
	perform api.settle_subteams(changed, t.sub_team_ids);
	return changed;
end
$$;

-- Under another team, or (null) under none.
create or replace function api.move_team(t public.teams, parent text)
returns void
language plpgsql volatile
as $$
declare
	p public.teams;
begin
	if parent is null then
		update public.teams x
		set sub_team_ids = array_remove(x.sub_team_ids, t.id)
		where x.project_id = t.project_id
			and x.sub_team_ids @> array[t.id];
		update public.teams set parent_team_id = null where id = t.id;
		return;
	end if;
	p := api.need_team(parent, t.project_id);
	perform api.set_subteams(p, api.each_once(p.sub_team_ids || t.id));
	-- It stood in the list already, but did not know.
	update public.teams set parent_team_id = parent
	where id = t.id and parent_team_id is distinct from parent;
end
$$;

-- memberIds is who leads it when nobody is named (6.5).
create or replace function api.team_create(input json)
returns public.teams
language plpgsql volatile
as $$
declare
	j jsonb := input;
	project text := input ->> 'projectId';
	members text[] := api.each_once(
		private.text_array(input -> 'memberIds'));
	subs text[] := api.each_once(
		private.text_array(input -> 'subTeamIds'));
	t public.teams;
begin
	perform private.need_project(project, 'member');
	perform private.lock_teams(project);
	if members = '{}' then
		members := array[j ->> 'leaderId'];
	end if;
	perform api.check_leader(j ->> 'leaderId', members);
	perform api.check_members(project, members, '{}');
	perform api.check_subteams(project, subs, '{}');
	insert into public.teams (project_id, name, description, avatar,
		leader_id, member_ids, sub_team_ids, metadata)
	values (project, j ->> 'name', j ->> 'description', j ->> 'avatar',
		j ->> 'leaderId', members, subs,
		nullif(j -> 'metadata', 'null'))
	returning * into t;
	perform api.settle_subteams(t, '{}');
	if j ->> 'parentTeamId' is not null then
		perform api.move_team(t, j ->> 'parentTeamId');
	end if;
	return api.need_team(t.id, project);
end
$$;

create or replace function api.team_update(team text, input json)
returns public.teams
language plpgsql volatile
as $$
declare
	j jsonb := input;
	project text := input ->> 'projectId';
	t public.teams := api.lock_team(team, project);
	members text[] := case when j ? 'memberIds' then api.each_once(
		private.text_array(input -> 'memberIds'))
		else t.member_ids end;
	subs text[] := case when j ? 'subTeamIds' then api.each_once(
		private.text_array(input -> 'subTeamIds'))
		else t.sub_team_ids end;
	leader text := coalesce(j ->> 'leaderId', t.leader_id);
	had text[] := t.sub_team_ids;
begin
	perform api.check_leader(leader, members);
	perform api.check_members(project, members, t.member_ids);
	perform api.check_subteams(project, subs, had);
	update public.teams set
		name = coalesce(j ->> 'name', name),
		description = case when j ? 'description'
			then j ->> 'description' else description end,
		avatar = case when j ? 'avatar' then j ->> 'avatar'
			else avatar end,
		leader_id = leader,
		member_ids = members,
		sub_team_ids = subs,
		status = coalesce(j ->> 'status', status),
		metadata = case when j ? 'metadata'
			then nullif(j -> 'metadata', 'null')
			else metadata end
	where id = team
	returning * into t;
	perform api.settle_subteams(t, had);
	if j ? 'parentTeamId'
		and j ->> 'parentTeamId' is distinct from t.parent_team_id
	then
		perform api.move_team(t, j ->> 'parentTeamId');
	end if;
	return api.need_team(team, project);
end
$$;

create or replace function api.team_status(team text, project text, word text)
returns public.teams
language plpgsql volatile
as $$
declare
	t public.teams := api.lock_team(team, project);
begin
	if t.status <> word then
		update public.teams set status = word where id = team
		returning * into t;
	end if;
	return t;
end
$$;

-- The lists it stands in keep its id.
create or replace function api.team_delete(team text, project text)
returns text
language plpgsql volatile
as $$
declare
	t public.teams := api.lock_team(team, project);
begin
	if t.status <> 'archived' then
		perform private.refuse(422, 'business_rule_error',
			'Archive the team before deleting it');
	end if;
	delete from public.teams where id = team;
	return team;
end
$$;

create or replace function api.named_members(input json) returns text[]
language plpgsql stable
as $$
declare
	ids text[] := private.text_array(input -> 'memberIds');
begin
	if ids = '{}' then
		perform private.refuse(400, 'validation_failed',
			'memberIds must name at least one member',
			'memberIds');
	end if;
	return ids;
end
$$;

create or replace function api.team_members_add(team text, input json)
returns public.teams
language plpgsql volatile
as $$
declare
	t public.teams := api.lock_team(team, input ->> 'projectId');
	wanted text[] := api.each_once(t.member_ids ||
		api.named_members(input));
begin
	perform api.check_members(t.project_id, wanted, t.member_ids);
	if cardinality(wanted) > 1000 then
		perform private.refuse(422, 'business_rule_error',
			'A team has at most 1000 members', 'memberIds');
	end if;
	if wanted <> t.member_ids then
		update public.teams set member_ids = wanted where id = team
		returning * into t;
	end if;
	return t;
end
$$;

create or replace function api.team_members_remove(team text, input json)
returns public.teams
language plpgsql volatile
as $$
declare
	t public.teams := api.lock_team(team, input ->> 'projectId');
	gone text[] := api.named_members(input);
	kept text[] := array(
		select m.id from unnest(t.member_ids) with ordinality m(id, n)
		where m.id <> all(gone) order by m.n);
begin
	if kept = '{}' then
		perform private.refuse(422, 'business_rule_error',
			'The last member of a team cannot be removed',
			'memberIds');
	end if;
	if t.leader_id <> all(kept) then
		perform private.refuse(422, 'business_rule_error',
			'The leader of a team cannot be removed', 'memberIds');
	end if;
	if kept <> t.member_ids then
		update public.teams set member_ids = kept where id = team
		returning * into t;
	end if;
	return t;
end
$$;

create or replace function api.team_subteam_add(team text, input json)
returns public.teams
language plpgsql volatile
as $$
declare
	project text := input ->> 'projectId';
	t public.teams := api.lock_team(team, project);
	child text := input ->> 'subTeamId';
	c public.teams;
begin
	select * into c from public.teams x
	where x.id = child and x.project_id = project;
	if not found then
		perform private.refuse_missing('Sub-team', child);
	end if;
	if child <> all(t.sub_team_ids)
		or c.parent_team_id is distinct from team
	then
		perform api.move_team(c, team);
	end if;
	return api.need_team(team, project);
end
$$;

-- Also of one that is gone.
create or replace function api.team_subteam_remove(team text, input json)
returns public.teams
language plpgsql volatile
as $$
declare
	t public.teams := api.lock_team(team, input ->> 'projectId');
	child text := input ->> 'subTeamId';
begin
	if child = any(t.sub_team_ids) then
		t := api.set_subteams(t, array_remove(t.sub_team_ids, child));
	end if;
	return t;
end
$$;

-- --- events ----------------------------------------------------------------

create or replace function private.emit_team() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	if tg_op = 'DELETE' then
		perform private.emit('team:deleted', old.project_id,
			json_build_object('id', old.id,
				'projectId', old.project_id));
		return null;
	end if;
	perform private.emit_row('team:' || case
			when tg_op = 'INSERT' then 'created'
			when new.status = 'archived'
				and old.status <> 'archived' then 'archived'
			else 'updated' end,
		new.project_id, 'teams', new.id,
		case when tg_op = 'UPDATE' then private.changed_columns(
			to_jsonb(old), to_jsonb(new)) end);
	return null;
end
$$;

grant execute on function private.lock_teams(text)
	to authenticated, service_role;

-- --- what hangs on tables

create policy teams_select on public.teams for select to authenticated
	using (project_id = any(array(select private.project_ids('viewer'))));
create policy teams_insert on public.teams for insert to authenticated
	with check (project_id = any(array(
		select private.project_ids('member'))));
create policy teams_update on public.teams for update to authenticated
	using (project_id = any(array(select private.project_ids('member'))))
	with check (project_id = any(array(
		select private.project_ids('member'))));
create policy teams_delete on public.teams for delete to authenticated
	using (project_id = any(array(select private.project_ids('member'))));

create trigger teams_touch before update on public.teams
	for each row when (not private.importing())
	execute function private.touch();
create trigger teams_tree before insert or update of sub_team_ids
	on public.teams
	for each row execute function private.check_team_tree();
create trigger teams_audit after insert or update or delete on public.teams
	for each row when (not private.importing())
	execute function private.log_rls_operation();
create trigger teams_emit after insert or update or delete on public.teams
	for each row when (not private.importing())
	execute function private.emit_team();
