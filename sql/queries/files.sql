-- Files of projects: rows of the object store, in either mode.

-- columns: file
key, name, size, type, sha256, uploaded_by, created_at, updated_at;

-- name: project_file_list :rows :read
-- in: $1 project, $2 limit, $3 offset or null
-- Newest first.
select {file c}, coalesce(m.display_name, m.email) as uploader_name
from (select * from storage.objects f
	where private.need_project($1, 'viewer') is not null
		and f.bucket_id = 'project-files'
		and f.name collate "C" >= ($1 || '/') collate "C"
		and f.name collate "C" < ($1 || '0') collate "C"
		and storage.filename(f.name) <> '.emptyFolderPlaceholder'
	order by f.created_at desc, f.name
	limit coalesce($2::int, case when $3::int is not null then 100 end)
	offset $3::int) o
cross join lateral api.file_columns(o) c
left join private.project_people($1) m on m.user_id::text = o.owner_id
order by o.created_at desc, o.name;

-- name: project_file_count :row :read
-- in: $1 project
select count(*) from storage.objects f
where f.bucket_id = 'project-files'
	and f.name collate "C" >= ($1 || '/') collate "C"
	and f.name collate "C" < ($1 || '0') collate "C"
	and storage.filename(f.name) <> '.emptyFolderPlaceholder';

-- name: project_file_some :rows :read
-- in: $1 project, $2 JSON array of keys
select {file c}, coalesce(m.display_name, m.email) as uploader_name
from (select distinct $1 || '/' || k.v
	from json_array_elements_text($2::json) k(v)) w (name)
join storage.objects o on o.bucket_id = 'project-files' and o.name = w.name
cross join lateral api.file_columns(o) c
left join private.project_people($1) m on m.user_id::text = o.owner_id
order by o.created_at desc, o.name;

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
