-- Files of a project as the API and the pages show them.  The rows are
-- storage.objects, on a hosted project and on the embedded default alike;
-- their bytes are the object store's business.

-- The key below "<project id>/", and the name people gave (a key takes only
-- part of ASCII, so the name itself is user metadata).  Written where it is
-- called, so that a list costs no call for each row.
create or replace function api.file_columns(o storage.objects)
returns table (key text, name text, size bigint, type text, sha256 text,
	uploaded_by text, created_at timestamptz, updated_at timestamptz)
language sql stable parallel safe
as $$
	select substr(o.name, strpos(o.name, '/') + 1),
		coalesce(nullif(o.user_metadata ->> 'name', ''),
			storage.filename(o.name)),
		case when o.metadata ->> 'size' ~ '^\d{1,18}$'
			then (o.metadata ->> 'size')::bigint end,
		coalesce(o.metadata ->> 'mimetype',
			'application/octet-stream'),
		o.metadata ->> 'sha256', o.owner_id, o.created_at, o.updated_at
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
