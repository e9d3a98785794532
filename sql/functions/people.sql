-- Profiles of people, kept in step with their accounts.

-- The name a person gave at sign-up, whatever the client called it.
create or replace function private.metadata_name(meta jsonb) returns text
language sql immutable parallel safe
as $$
	select left(nullif(trim(coalesce(nullif(meta ->> 'display_name', ''),
		nullif(meta ->> 'full_name', ''), meta ->> 'name')), ''), 200)
$$;

-- Keeps the profile in step with the account.  It must never stop a sign-up,
-- so whatever could clash with a constraint is made to fit first.  A name the
-- person chose here stays unless the account's own name changes.
create or replace function private.sync_user() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
	name text := private.metadata_name(new.raw_user_meta_data::jsonb);
	avatar text := nullif(left(
		new.raw_user_meta_data ->> 'avatar_url', 2000), '');
	number text;
begin
	if new.phone_confirmed_at is not null and new.phone <> '' then
		number := '+' || ltrim(new.phone, '+');
		if number !~ '^\+[1-9][0-9]{1,14}$' or exists (
			select from public.users u
			where u.phone = number and u.id <> new.id)
		then
			number := null;
		end if;
	end if;
	insert into public.users as u (id, supabase_user_id, email,
		email_confirmed, phone, display_name, avatar_url)
	values (new.id, new.id, lower(new.email),
		new.email_confirmed_at is not null, number,
		coalesce(name, nullif(left(
			split_part(new.email, '@', 1), 200), '')), avatar)
	on conflict (id) do update set
		supabase_user_id = excluded.id,
		email = excluded.email,
		email_confirmed = excluded.email_confirmed,
		phone = coalesce(excluded.phone, u.phone),
		display_name = case
			when tg_op = 'UPDATE' and name is not null
			and name is distinct from private.metadata_name(
				old.raw_user_meta_data::jsonb)
			then name
			else coalesce(u.display_name, name) end,
		avatar_url = coalesce(u.avatar_url, avatar);
	return null;
end
$$;

-- --- profile ---------------------------------------------------------------

create or replace function api.profile_update(input json)
returns setof public.users
language sql volatile
as $$
	update public.users u set
		display_name = case when j.v ? 'displayName'
			then nullif(trim(j.v ->> 'displayName'), '')
			else u.display_name end,
		avatar_url = case when j.v ? 'avatarUrl'
			then nullif(trim(j.v ->> 'avatarUrl'), '')
			else u.avatar_url end
	from (select input::jsonb) j(v)
	where u.id = auth.uid()
	returning u.*
$$;

-- --- what hangs on tables

create or replace view public.profiles with (security_invoker = true) as
select u.id, u.email, u.display_name, u.avatar_url, u.phone,
	u.supabase_user_id, u.created_at, u.updated_at
from public.users u;
revoke all on public.profiles from anon, authenticated;
grant select on public.profiles to authenticated, service_role;
grant update (display_name, avatar_url) on public.profiles to authenticated;

create policy users_select on public.users for select to authenticated
	using (id = (select auth.uid())
		or (select private.is_platform_admin()));
create policy users_update on public.users for update to authenticated
	using (id = (select auth.uid()))
	with check (id = (select auth.uid()));

create trigger users_touch before update on public.users
	for each row execute function private.touch();
create trigger users_hand_over before delete on public.users
	for each row execute function private.hand_over_projects();
create trigger users_audit after insert or update or delete on public.users
	for each row execute function private.log_rls_operation();

-- Dropping takes the owner of auth.users, which nobody is on a hosted project.
create or replace trigger maestro_user_created after insert on auth.users
	for each row execute function private.sync_user();
create or replace trigger maestro_user_changed
	after update of email, email_confirmed_at, phone, phone_confirmed_at,
		raw_user_meta_data
	on auth.users
	for each row execute function private.sync_user();
