set local lock_timeout = '2s';
-- public.users: the profile of a person.  Somebody with an account has
-- id = supabase_user_id = auth.users.id, so that auth.uid() is the key and no
-- policy needs a look-up.  A person whom a relay met first has
-- supabase_user_id null; linking gives that row the account's id, therefore
-- every reference to users(id) is `on update cascade`.
create table if not exists public.users (
	id uuid primary key default gen_random_uuid(),
	supabase_user_id uuid unique
		references auth.users (id) on delete cascade,
	email text,
	email_confirmed bool not null default false,
	phone text unique check (phone ~ '^\+[1-9][0-9]{1,14}$'),
	display_name text check (length(display_name) <= 200),
	avatar_url text check (length(avatar_url) <= 2000),
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	constraint users_account_has_its_id
		check (supabase_user_id is null or supabase_user_id = id)
);
-- Look-up of "add this address to the project"; unique among accounts is
-- auth.users' business.
create index if not exists users_email_idx on public.users (lower(email));

alter table public.users enable row level security;
revoke all on public.users from anon, authenticated;
grant select on public.users to authenticated;
grant update (display_name, avatar_url) on public.users to authenticated;
grant select, insert, update, delete on public.users to service_role;

drop policy if exists users_select on public.users;
create policy users_select on public.users for select to authenticated
	using (id = (select auth.uid())
		or (select private.is_platform_admin()));
drop policy if exists users_update on public.users;
create policy users_update on public.users for update to authenticated
	using (id = (select auth.uid()))
	with check (id = (select auth.uid()));

create or replace view public.profiles with (security_invoker = true) as
select u.id, u.email, u.display_name, u.avatar_url, u.phone,
	u.supabase_user_id, u.created_at, u.updated_at
from public.users u;
revoke all on public.profiles from anon, authenticated;
grant select on public.profiles to authenticated, service_role;
grant update (display_name, avatar_url) on public.profiles to authenticated;

drop trigger if exists users_touch on public.users;
create trigger users_touch before update on public.users
	for each row execute function private.touch();
drop trigger if exists users_audit on public.users;
create trigger users_audit after insert or update or delete on public.users
	for each row execute function private.log_rls_operation();

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
revoke execute on function private.sync_user(),
	private.metadata_name(jsonb) from public;

-- Dropping takes the owner of auth.users, which nobody is on a hosted project.
create or replace trigger maestro_user_created after insert on auth.users
	for each row execute function private.sync_user();
create or replace trigger maestro_user_changed
	after update of email, email_confirmed_at, phone, phone_confirmed_at,
		raw_user_meta_data
	on auth.users
	for each row execute function private.sync_user();

-- Accounts that were there before us (a hosted project).
insert into public.users (id, supabase_user_id, email, email_confirmed,
	display_name)
select a.id, a.id, lower(a.email), a.email_confirmed_at is not null,
	coalesce(private.metadata_name(a.raw_user_meta_data::jsonb),
		nullif(left(split_part(a.email, '@', 1), 200), ''))
from auth.users a
on conflict (id) do nothing;

alter table public.rls_audit_log enable row level security;
revoke all on public.rls_audit_log from anon, authenticated, service_role;
grant select on public.rls_audit_log to authenticated;
grant select, insert on public.rls_audit_log to service_role;
