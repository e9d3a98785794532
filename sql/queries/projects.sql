-- Projects, members, invitations, the board, the profile.  The functions that
-- write are in sql/functions (schema api); row-level security decides.

-- columns: project
id, name, working_dir, description, is_master, created_at, updated_at;

-- columns: person
user_id, email, display_name, avatar_url, role, created_at;

-- columns: profile
id, email, display_name, avatar_url, phone, created_at, updated_at;

-- columns: card
id, title, status, priority, parent_id, tags, due_date, session_ids,
created_at, updated_at;

-- name: project_list :rows :read
-- in: $1 limit int or null, $2 offset int or null
select {project} from public.projects
order by created_at, id
limit coalesce($1::int, case when $2::int is not null then 100 end)
offset $2::int;

-- name: project_count :row :read
select count(*) from public.projects;

-- name: project_get :row :read
-- in: $1 id text
select {project} from public.projects where id = $1;

-- name: project_create :row
-- in: $1 input json
select {project} from api.project_create($1::json);

-- name: project_update :row
-- in: $1 id text, $2 input json
select {project} from api.project_update($1, $2::json);

-- name: project_delete :row
-- in: $1 id text
select true as success, p.id from api.project_delete($1) p (id);

-- name: project_role :row :read
-- in: $1 id text
-- What the caller is in it; 404 when that is nothing.
select private.need_project($1, 'viewer') as role;

-- name: project_amounts :rows :read
-- How much is in each of the projects; one without any has its zeros.
select p.id, coalesce(a.tasks, 0) as tasks, coalesce(a.sessions, 0) as sessions
from public.projects p
left join private.amounts() a on a.project_id = p.id
order by p.created_at, p.id;

-- name: board_cards :rows :read
-- in: $1 project, $2 words, $3 priority, $4 tag: filters or null
-- By column; subtasks: how many children, subtasks_done: how many are over.
select {card t}, coalesce(t.pinned, false) as pinned,
	t.description <> '' as has_description,
	coalesce(c.n, 0) as subtasks, coalesce(c.done, 0) as subtasks_done,
	coalesce(t.task_session_statuses, '{}') as task_session_statuses,
	coalesce(t.team_member_ids, array_remove(array[t.team_member_id],
		null)) as team_member_ids
from public.tasks t
left join (select parent_id, count(*), count(*) filter (
			where status in ('completed', 'cancelled'))
	from public.tasks
	where project_id = $1 and parent_id is not null
	group by parent_id) c (id, n, done) on c.id = t.id
where t.project_id = $1
	and ($2::text is null or position(lower($2) in
		lower(t.title || ' ' || t.description)) > 0)
	and ($3::text is null or t.priority = $3)
	and ($4::text is null or $4 = any(t.tags))
order by t.status, t.pinned desc nulls last, t.created_at, t.id;

-- name: board_tags :rows :read
-- in: $1 project
select distinct unnest(tags) as tag from public.tasks
where project_id = $1 and tags <> '{}' order by tag;

-- name: member_list :rows :read
-- in: $1 project text
select {person m} from private.project_people($1) m
where private.need_project($1, 'viewer') is not null
order by m.role desc, m.created_at, m.user_id;

-- name: member_add :row
-- in: $1 project text, $2 input json {email or userId, role}
-- A person (status member), or an invitation (status invited) with its token.
select {person}, status, id, project_id, expires_at, token
from api.member_add($1, $2::json);

-- name: member_change :row
-- in: $1 project text, $2 user uuid, $3 input json {role}
select m.user_id, p.email, p.display_name, p.avatar_url, m.role, m.created_at
from api.member_change($1, $2::uuid, $3::json) m
join private.project_people(m.project_id) p on p.user_id = m.user_id;

-- name: member_remove :row
-- in: $1 project text, $2 user uuid
select true as success, m.id from api.member_remove($1, $2::uuid) m (id);

-- name: invitation_list :rows :read
-- in: $1 project text
select id, project_id, email, role, invited_by, created_at, expires_at,
	expires_at <= now() as expired
from public.project_invitations
where private.need_project($1, 'admin') is not null
	and project_id = $1 and accepted_at is null
order by created_at, id;

-- name: invitation_revoke :row
-- in: $1 project text, $2 invitation text
select true as success, i.id from api.invitation_revoke($1, $2) i (id);

-- name: invitation_accept :row
-- in: $1 token text
select {project p}, a.role
from private.accept_invitation($1) a
cross join lateral (select (a.project).*) p;

-- name: profile_get :row :read
select {profile} from public.users where id = auth.uid();

-- name: profile_update :row
-- in: $1 input json {displayName, avatarUrl}
select {profile} from api.profile_update($1::json);
