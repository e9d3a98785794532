-- Projects, members, invitations, the board, the profile.  The functions are
-- in sql/functions (schema api); row-level security decides.

-- name: project_list :text :read
-- in: $1 limit int or null, $2 offset int or null
select api.project_list($1::int, $2::int)::text;

-- name: project_get :text :read
-- in: $1 id text
select api.project_get($1)::text;

-- name: project_create :text
-- in: $1 input json
select api.project_create($1::json)::text;

-- name: project_update :text
-- in: $1 id text, $2 input json
select api.project_update($1, $2::json)::text;

-- name: project_delete :text
-- in: $1 id text
select api.project_delete($1)::text;

-- name: project_board :text :read
-- in: $1 id text, $2 words, $3 priority, $4 tag: filters or null
select api.project_board($1, $2, $3, $4)::text;

-- name: member_list :text :read
-- in: $1 project text
select api.member_list($1)::text;

-- name: member_add :text
-- in: $1 project text, $2 input json {email or userId, role}
select api.member_add($1, $2::json)::text;

-- name: member_change :text
-- in: $1 project text, $2 user uuid, $3 input json {role}
select api.member_change($1, $2::uuid, $3::json)::text;

-- name: member_remove :text
-- in: $1 project text, $2 user uuid
select api.member_remove($1, $2::uuid)::text;

-- name: invitation_list :text :read
-- in: $1 project text
select api.invitation_list($1)::text;

-- name: invitation_revoke :text
-- in: $1 project text, $2 invitation text
select api.invitation_revoke($1, $2)::text;

-- name: invitation_peek :text :read
-- in: $1 token text
select private.peek_invitation($1)::text;

-- name: invitation_accept :text
-- in: $1 token text
select private.accept_invitation($1)::text;

-- name: profile_get :text :read
select api.profile_get()::text;

-- name: profile_update :text
-- in: $1 input json {displayName, avatarUrl}
select api.profile_update($1::json)::text;
