-- Files of projects: rows of the object store, in either mode.

-- name: project_file_list :text :read
-- in: $1 project, $2 JSON array of keys or null, $3 limit, $4 offset
select api.project_files($1, $2::json, $3::int, $4::int)::text;

-- name: project_file_check :exec :read
-- in: $1 project, $2 least role
-- 404 when the caller does not see the project, 403 when the role is short.
select private.need_project($1, $2);

-- name: project_file_keys :rows :read
-- in: $1 project, $2 limit
-- As the service, for a project that is being deleted.
select o.name from storage.objects o
where o.bucket_id = 'project-files'
  and o.name collate "C" >= ($1 || '/') collate "C"
  and o.name collate "C" < ($1 || '0') collate "C"
order by o.name collate "C" limit $2::int;
