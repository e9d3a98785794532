-- Who plays a session (maestro-api.md 7.7): what is kept of a member when the
-- session begins, and who played one that has no snapshot from its start.

-- A member of the project, a default of it or a global one of the caller's;
-- null when there is none.
create or replace function api.find_teammember(member text, project text)
returns jsonb
language plpgsql stable
as $$
declare
	m public.team_members;
begin
	select * into m from public.team_members x
	where x.id = member and (x.project_id is null
		or x.project_id = project);
	if found then
		return api.teammember_json(m);
	end if;
	return api.default_json(project, api.default_kind(member, project));
end
$$;

-- What stays of a member in the session it plays in, whatever becomes of it.
create or replace function api.snapshot_json(member jsonb) returns jsonb
language sql immutable parallel safe
return jsonb_strip_nulls(jsonb_build_object(
	'name', member -> 'name',
	'avatar', member -> 'avatar',
	'role', member -> 'role',
	'model', member -> 'model',
	'agentTool', member -> 'agentTool',
	'permissionMode', member -> 'permissionMode'));

-- --- members that metadata names -------------------------------------------

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

-- A list of hundreds of thousands took longer than a statement may.  Rows of
-- other origin keep theirs; nobody looks further than this.
create or replace function private.refuse_many_members() returns trigger
language plpgsql
as $$
begin
	if current_user = 'authenticated' then
		perform private.refuse(400, 'validation_failed',
			'metadata.teamMemberIds must have at most 1000 '
			'entries', 'metadata.teamMemberIds');
	end if;
	return new;
end
$$;

-- --- when it begins --------------------------------------------------------

-- 7.7, whoever writes the row: one member alone is also the singular one.
create or replace function private.fill_snapshots() returns trigger
language plpgsql
as $$
declare
	ids text[] := coalesce(new.team_member_ids,
		api.metadata_members(new.metadata - 'teamMemberId'),
		array_remove(array[coalesce(new.team_member_id,
			new.metadata ->> 'teamMemberId')], null));
	shots jsonb;
begin
	select jsonb_agg(api.snapshot_json(m.j) order by i.n) into shots
	from unnest(ids[:1000]) with ordinality i(id, n)
	cross join lateral api.find_teammember(i.id, new.project_id) m(j)
	where m.j is not null;
	new.team_member_snapshots := shots;
	if cardinality(ids) = 1 then
		new.team_member_snapshot := shots -> 0;
		new.team_member_id := coalesce(new.team_member_id, ids[1]);
	end if;
	return new;
end
$$;

-- --- of one that began elsewhere -------------------------------------------
-- A session that came from elsewhere or before its members has no snapshot: its
-- members are those that its metadata names, as the caller sees them.

create or replace function api.member_snapshots(s public.sessions)
returns jsonb
language sql stable
as $$
	select jsonb_agg(api.snapshot_json(m.member) order by m.n)
	from api.members_of(s.project_id,
		api.metadata_members(s.metadata)) m
$$;
