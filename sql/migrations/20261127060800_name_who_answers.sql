set local lock_timeout = '2s';
-- Whoever writes the row of a person's words, the name on it is that person's:
-- nobody answers under another's.

create or replace function private.name_person() returns trigger
language plpgsql
as $$
begin
	new.from_name := coalesce((
		select coalesce(nullif(u.display_name, ''), u.email)
		from public.users u where u.id = new.created_by), '');
	return new;
end
$$;
revoke execute on function private.name_person() from public;
drop trigger if exists session_prompts_name on public.session_prompts;
create trigger session_prompts_name before insert on public.session_prompts
	for each row when (new.from_session_id is null
		and new.created_by is not null)
	execute function private.name_person();
