set local lock_timeout = '2s';
-- Row-level security rules select, insert, update and delete; a truncate asks
-- only for the right to it.
set local role supabase_storage_admin;
revoke truncate, references, trigger on storage.buckets, storage.objects
	from anon, authenticated;
reset role;
