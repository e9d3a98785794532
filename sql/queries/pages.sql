-- Views of the HTML pages: one query a page.  The functions are in
-- sql/functions (schema api); row-level security decides.

-- name: page_me :text :read
select json_build_object('me', api.page_me())::text;

-- name: page_projects :text :read
select api.page_projects()::text;

-- name: page_project :text :read
-- in: $1 id text, $2 tab text
select api.page_project($1, $2)::text;

-- name: page_board :text :read
-- in: $1 id text, $2 filter json {q, priority, tag, due}
select api.page_board($1, $2::json)::text;

-- name: page_task_new :text :read
-- in: $1 project text
select api.page_task_new($1)::text;

-- name: page_task :text :read
-- in: $1 id text
select private.json_join(api.page_task($1), api.page_images($1))::text;

-- name: page_sessions :text :read
-- in: $1 project text, $2 filter json {q, status, show}, $3 page int
select api.page_sessions($1, $2::json, $3::int)::text;

-- name: page_session :text :read
-- in: $1 id text, $2 entry that the timeline ends before or null
select api.page_session($1, $2::bigint)::text;

-- name: page_documents :text :read
-- in: $1 project text, $2 filter json {q, kind}, $3 page int
select api.page_documents($1, $2::json, $3::int)::text;

-- name: page_document :text :read
-- in: $1 id text
select api.page_document($1)::text;

-- name: page_document_raw :text :read
-- in: $1 id text; out: a line with the name, one with the type, the text
select api.page_document_raw($1);

-- name: page_members :text :read
-- in: $1 project text
select api.page_members($1)::text;

-- name: page_invitation :text :read
-- in: $1 token text
select api.page_invitation($1)::text;

-- name: page_files :text :read
-- in: $1 project text
select api.page_files($1)::text;

-- name: page_file :text :read
-- in: $1 project text, $2 object id text
select api.page_file($1, $2)::text;

-- name: page_account :text :read
select api.page_account()::text;

-- name: page_admin :text :read
select api.page_admin()::text;

-- name: page_lists :text :read
-- in: $1 project text
select api.page_lists($1)::text;

-- name: page_list :text :read
-- in: $1 id text, $2 words of a search or null
select api.page_list($1, $2)::text;

-- name: tasklists_move :exec
-- in: $1 project text, $2 input json {item, to or after}
select api.tasklists_move($1, $2::json);

-- name: tasklist_move :exec
-- in: $1 id text, $2 input json {item, to or after}
select api.tasklist_move($1, $2::json);

-- name: page_agents :text :read
-- in: $1 project text
select api.page_agents($1)::text;

-- name: page_agent_new :text :read
-- in: $1 project text
select api.page_agent_new($1)::text;

-- name: page_agent :text :read
-- in: $1 project text, $2 member id text
select api.page_agent($1, $2)::text;

-- name: agent_create :text
-- in: $1 input json: what a form sends
select api.agent_create($1::json)::text;

-- name: agent_save :text
-- in: $1 member id text, $2 input json with projectId
select api.agent_save($1, $2::json)::text;

-- name: agent_forget :text
-- in: $1 member id text, $2 project text, $3 md5 of the memory
select api.agent_forget($1, $2, $3)::text;

-- name: page_profiles :text :read
-- in: $1 project text
select api.page_profiles_list($1)::text;

-- name: page_profile_new :text :read
-- in: $1 project text
select api.page_profile_new($1)::text;

-- name: page_profile :text :read
-- in: $1 project text, $2 profile id text
select api.page_profile($1, $2)::text;

-- name: profile_create :text
-- in: $1 project text, $2 input json: what a form sends
select api.profile_create($1, $2::json)::text;

-- name: profile_save :text
-- in: $1 project text, $2 profile id text, $3 input json
select api.profile_save($1, $2, $3::json)::text;

-- name: profile_delete :text
-- in: $1 project text, $2 profile id text
select api.profile_delete($1, $2)::text;

-- name: page_mail :text :read
-- in: $1 project text, $2 box text or null, $3 page int
select api.page_mail($1, $2, $3::int)::text;

-- name: page_mail_new :text :read
-- in: $1 project text, $2 whom to or null
select api.page_mail_new($1, $2)::text;

-- name: page_mail_thread :text :read
-- in: $1 project text, $2 id of a thread or of a mail in it
select api.page_mail_thread($1, $2)::text;

-- name: page_teams :text :read
-- in: $1 project text
select api.page_teams($1)::text;

-- name: page_team_new :text :read
-- in: $1 project text
select api.page_team_new($1)::text;

-- name: page_team :text :read
-- in: $1 project text, $2 team id text
select api.page_team($1, $2)::text;
