set local lock_timeout = '2s';
-- Who played a session that has no snapshot from its start, because it came
-- from elsewhere or before its members: read from the members its metadata
-- names, as the caller sees them (maestro-api.md 7.7).

-- The members metadata names; null when none.
create or replace function api.metadata_members(j jsonb) returns text[]
language sql immutable parallel safe
as $$
	select coalesce(nullif(case when jsonb_typeof(j -> 'teamMemberIds')
			= 'array' then array(
				select e.v #>> '{}'
				from jsonb_array_elements(j -> 'teamMemberIds')
					with ordinality e(v, n)
				where jsonb_typeof(e.v) = 'string'
				order by e.n limit 1000) end, '{}'),
		case when jsonb_typeof(j -> 'teamMemberId') = 'string'
			then array[j ->> 'teamMemberId'] end)
$$;

create or replace function api.member_snapshots(s public.sessions)
returns jsonb
language sql stable
as $$
	select jsonb_agg(api.snapshot_json(m.member) order by m.n)
	from api.members_of(s.project_id,
		api.metadata_members(s.metadata)) m
$$;

-- The session with snapshots; what is stored stays.  One member also fills
-- the fields for one.
create or replace function api.with_snapshots(s public.sessions)
returns public.sessions
language plpgsql stable
as $$
declare
	ids text[];
	shots jsonb;
begin
	if s.team_member_snapshot is not null
		or s.team_member_snapshots is not null
	then
		return s;
	end if;
	ids := api.metadata_members(s.metadata);
	if ids is null then
		return s;
	end if;
	shots := api.member_snapshots(s);
	s.team_member_snapshots := shots;
	if cardinality(ids) = 1 and shots is not null then
		s.team_member_snapshot := shots -> 0;
		s.team_member_id := coalesce(s.team_member_id, ids[1]);
	end if;
	return s;
end
$$;

-- As the caller may see it: row-level security of session_env decides.
create or replace function api.session_own_json(s public.sessions) returns json
language plpgsql stable
as $$
begin
	return api.session_json(api.with_snapshots(s), coalesce((
		select v.env from public.session_env v
		where v.session_id = s.id
			and v.user_id = (select auth.uid())), '{}'));
end
$$;

-- The name a session goes by to others (7.9): its member's, from wherever it
-- is known.
create or replace function api.session_member(s public.sessions)
returns jsonb
language sql stable
as $$
	select coalesce(s.team_member_snapshot, s.team_member_snapshots -> 0,
		case when api.metadata_members(s.metadata) is not null
			then api.member_snapshots(s) -> 0 end)
$$;

revoke execute on all functions in schema api from public;
grant execute on all functions in schema api to authenticated, service_role;
