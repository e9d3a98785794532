-- Files of a project as the API and the pages show them.  The rows are
-- storage.objects, on a hosted project and on the embedded default alike;
-- their bytes are the object store's business.

-- The key below "<project id>/", and the name people gave (a key takes only
-- part of ASCII, so the name itself is user metadata).
create or replace function api.project_file_json(o storage.objects,
	uploader_name text) returns json
language sql stable parallel safe
as $$
	select json_build_object(
		'key', substr(o.name, strpos(o.name, '/') + 1),
		'name', coalesce(nullif(o.user_metadata ->> 'name', ''),
			storage.filename(o.name)),
		'size', case when o.metadata ->> 'size' ~ '^\d{1,18}$'
			then (o.metadata ->> 'size')::bigint end,
		'type', coalesce(o.metadata ->> 'mimetype',
			'application/octet-stream'),
		'sha256', o.metadata ->> 'sha256',
		'uploadedBy', o.owner_id,
		'uploaderName', uploader_name,
		'createdAt', private.ms(o.created_at),
		'updatedAt', private.ms(o.updated_at))
$$;

-- Newest first.  paths null: all of the project's files; else those keys.
create or replace function api.project_files(project text, paths json,
	row_limit int, row_offset int) returns json
language plpgsql stable
as $$
declare
	rows json;
	total bigint;
	paged bool := row_limit is not null or row_offset is not null;
	names text[] := (select array_agg(project || '/' || k)
		from json_array_elements_text(paths) k);
begin
	perform private.need_project(project, 'viewer');
	select json_agg(api.project_file_json(f.o,
			coalesce(m.display_name, m.email))
		order by f.at desc, f.nm)
	into rows
	from (select o, o.created_at as at, o.name as nm, o.owner_id as by
		from storage.objects o
		where o.bucket_id = 'project-files'
			and o.name collate "C" >= (project || '/') collate "C"
			and o.name collate "C" < (project || '0') collate "C"
			and (paths is null or o.name = any(names))
			and storage.filename(o.name) <> '.emptyFolderPlaceholder'
		order by o.created_at desc, o.name
		limit case when paged then coalesce(row_limit, 100) end
		offset coalesce(row_offset, 0)) f
	left join private.project_people(project) m
		on m.user_id::text = f.by;
	if paged then
		select count(*) into total from storage.objects o
		where o.bucket_id = 'project-files'
			and o.name collate "C" >= (project || '/') collate "C"
			and o.name collate "C" < (project || '0') collate "C"
			and storage.filename(o.name) <> '.emptyFolderPlaceholder';
	end if;
	return api.page_json(rows, total, row_limit, row_offset);
end
$$;

-- --- what hangs on tables

-- foldername() of a key without a slash is empty: nobody's project.
create policy project_files_select on storage.objects
	for select to authenticated
	using (bucket_id = 'project-files'
		and (storage.foldername(name))[1]
			= any(array(select private.project_ids('viewer'))));
create policy project_files_insert on storage.objects
	for insert to authenticated
	with check (bucket_id = 'project-files'
		and (storage.foldername(name))[1]
			= any(array(select private.project_ids('member'))));

-- Moving a file to another project takes the right to write in both.
create policy project_files_update on storage.objects
	for update to authenticated
	using (bucket_id = 'project-files'
		and (storage.foldername(name))[1]
			= any(array(select private.project_ids('member'))))
	with check (bucket_id = 'project-files'
		and (storage.foldername(name))[1]
			= any(array(select private.project_ids('member'))));
create policy project_files_delete on storage.objects
	for delete to authenticated
	using (bucket_id = 'project-files'
		and (storage.foldername(name))[1]
			= any(array(select private.project_ids('member'))));
