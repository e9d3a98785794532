-- What the pages of teams show.

-- name: page_teams :rows :read
-- in: $1 project, $2 the team whose tree it is, or null: all
-- Roots first, then what is below each team, in its order.
select (t.as_row).id, t.parent, t.depth, (t.as_row).name,
	case t.depth when 0 then (t.as_row).description
		else left((t.as_row).description, 1000) end as description,
	(t.as_row).avatar, (t.as_row).status, (t.as_row).leader_id,
	cardinality((t.as_row).member_ids) as members, b.n as below
from api.teams_shown($1, $2) t
cross join lateral (select count(*) as n from public.teams s
	where t.depth = 12 and s.project_id = $1
		and s.id = any((t.as_row).sub_team_ids)
		and s.status = 'active') b
order by t.parent collate "C", t.place;

-- name: page_team_members :rows :read
-- in: as above
-- Of each team thirty, of the one that the page is of all, the leader first.
-- Somebody's global agent, which others do not see, and one that has gone have
-- no name.
select w.team_id, w.id, coalesce(m.name, d.name) as name,
	coalesce(m.avatar, d.avatar) as avatar,
	left(coalesce(m.role, d.role), 200) as role,
	w.id = w.leader_id as is_leader
from (select (t.as_row).id as team_id, (t.as_row).leader_id, u.id, u.nth
	from api.teams_shown($1, $2) t
	cross join lateral (
		select x.id, row_number() over (
			order by x.id <> (t.as_row).leader_id, x.n) as nth
		from unnest((t.as_row).member_ids) with ordinality x (id, n)) u
	where u.nth <= case t.depth when 0 then 1000 else 30 end) w
left join public.team_members m on m.id = w.id
	and (m.project_id = $1 or m.project_id is null)
left join (select (x.as_row).* from api.default_members($1) x) d
	on d.id = w.id
order by w.team_id collate "C", w.nth;

-- name: page_teams_archived :rows :read
-- in: $1 project, $2 how many
select t.id, t.name from public.teams t
where t.project_id = $1 and t.status = 'archived'
order by t.updated_at desc, t.id limit $2::int;

-- name: page_team_parent :opt :read
-- in: $1 project, $2 team
select p.id, p.name from public.teams p
where p.project_id = $1 and $2 = any(p.sub_team_ids)
order by p.created_at limit 1;

-- name: page_team_agents :rows :read
-- in: $1 project, $2 team or null, $3 how many of the project, and own ones
-- Who can be in it: those that are not archived, and who is.
select a.id, a.name, a.is_in
from (
	(select 1 as part, m.id, m.name, m.id = any(w.ids) as is_in
	from (select coalesce((select t.member_ids from public.teams t
		where t.project_id = $1 and t.id = $2), '{}')) w (ids)
	cross join lateral (
		(select * from public.team_members x
		where x.project_id = $1 and x.status = 'active'
		order by x.created_at, x.id limit $3::int)
		union
		(select * from public.team_members x
		where x.user_id = (select auth.uid()) and x.status = 'active'
		order by x.created_at, x.id limit $3::int)
		union
		(select * from public.team_members x
		where x.id = any(w.ids)
			and (x.project_id = $1 or x.project_id is null))) m)
	union all
	(select 2, (d.as_row).id, (d.as_row).name, exists (
		select from public.teams t where t.project_id = $1
			and t.id = $2 and (d.as_row).id = any(t.member_ids))
	from api.default_members($1) d)) a
order by a.part, lower(a.name), a.id;

-- name: page_team_relatives :rows :read
-- in: $1 project, $2 team or null, $3 how many
-- A team cannot go under what stands below it, nor take in what it stands
-- under.
with recursive below (id) as (
	select unnest(t.sub_team_ids) from public.teams t
	where t.project_id = $1 and t.id = $2
	union
	select unnest(s.sub_team_ids)
	from below b join public.teams s on s.id = b.id and s.project_id = $1
), above (id) as (
	select p.id from public.teams p
	where p.project_id = $1 and $2 = any(p.sub_team_ids)
	union
	select p.id from above a join public.teams p on p.project_id = $1
		and a.id = any(p.sub_team_ids)
)
select r.id, r.name, r.may_be_parent, r.may_be_sub, r.is_parent, r.is_sub
from (select p.id, p.name,
		p.id not in (select b.id from below b where b.id is not null)
			and (p.status = 'active' or k.is_parent)
			as may_be_parent,
		p.id not in (select a.id from above a)
			and (p.status = 'active' or k.is_sub) as may_be_sub,
		k.is_parent, k.is_sub
	from public.teams p
	cross join lateral (select
		coalesce($2 = any(p.sub_team_ids), false) as is_parent,
		coalesce(p.id = any((select t.sub_team_ids from public.teams t
			where t.project_id = $1 and t.id = $2)::text[]), false)
			as is_sub) k
	where p.project_id = $1 and p.id is distinct from $2
	order by k.is_parent or k.is_sub desc, lower(p.name), p.id
	limit $3::int) r
order by lower(r.name), r.id;
