set local lock_timeout = '2s';

-- Files of projects are objects `<project id>/<path>` of one private bucket.
-- The policies are all there is to it: the storage surface, /api and the pages
-- ask the same rows.  Runs on a hosted project too, where the storage tables
-- belong to somebody else and only policies may be added.

insert into storage.buckets (id, name, public)
values ('project-files', 'project-files', false)
on conflict (id) do nothing;

-- foldername() of a key without a slash is empty: nobody's project.
drop policy if exists project_files_select on storage.objects;
create policy project_files_select on storage.objects
	for select to authenticated
	using (bucket_id = 'project-files'
		and (storage.foldername(name))[1]
			= any(array(select private.project_ids('viewer'))));

drop policy if exists project_files_insert on storage.objects;
create policy project_files_insert on storage.objects
	for insert to authenticated
	with check (bucket_id = 'project-files'
		and (storage.foldername(name))[1]
			= any(array(select private.project_ids('member'))));

-- Moving a file to another project takes the right to write in both.
drop policy if exists project_files_update on storage.objects;
create policy project_files_update on storage.objects
	for update to authenticated
	using (bucket_id = 'project-files'
		and (storage.foldername(name))[1]
			= any(array(select private.project_ids('member'))))
	with check (bucket_id = 'project-files'
		and (storage.foldername(name))[1]
			= any(array(select private.project_ids('member'))));

drop policy if exists project_files_delete on storage.objects;
create policy project_files_delete on storage.objects
	for delete to authenticated
	using (bucket_id = 'project-files'
		and (storage.foldername(name))[1]
			= any(array(select private.project_ids('member'))));
