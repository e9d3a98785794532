set local lock_timeout = '2s';
-- Who no longer manages a project has no more invitations open to it: an admin
-- about to be removed could otherwise invite an address of their own and come
-- back by that link.
create or replace function private.end_invitations() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	if old.role >= 'admin' and (tg_op = 'DELETE' or new.role < 'admin')
	then
		delete from public.project_invitations i
		where i.project_id = old.project_id
			and i.invited_by = old.user_id
			and i.accepted_at is null;
	end if;
	return null;
end
$$;
revoke execute on function private.end_invitations() from public;

drop trigger if exists project_members_end_invitations
	on public.project_members;
create trigger project_members_end_invitations
	after update of role or delete on public.project_members
	for each row execute function private.end_invitations();

-- Identity columns draw from their sequences by themselves.  With the rights
-- that everything in public starts with, anybody who reaches SQL could turn
-- the audit log's back, and no write would pass any more.
revoke all on all sequences in schema public from anon, authenticated;
