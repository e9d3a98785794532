set local lock_timeout = '2s';
-- People, the tenants they belong to, and the tokens of their scripts.
--
-- A person whom a relay met first has supabase_user_id null; linking gives that
-- row the account's id, therefore every reference to users(id) is `on update
-- cascade`.
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
comment on table public.users is 'The profile of a person.';
comment on column public.users.id is
	'Of somebody with an account auth.users.id, so that auth.uid() is the '
	'key and no policy needs a look-up.';
comment on column public.users.supabase_user_id is
	'The account; null for a person whom a relay met first.';
comment on column public.users.email is
	'The account''s address in lower case; unique among accounts is '
	'auth.users'' business.';
comment on column public.users.phone is 'A confirmed number in E.164.';

do $$
begin
	create type public.tenant_role as enum
		('viewer', 'student', 'teacher', 'admin', 'owner');
exception when duplicate_object then null;
end
$$;
create table if not exists public.tenants (
	id uuid primary key default gen_random_uuid(),
	name text not null check (length(name) between 1 and 200),
	slug text not null unique check (
		slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'
		and slug !~ '--'),
	domain text unique,
	owner_id uuid not null references public.users (id)
		on update cascade on delete restrict,
	status text not null default 'active' check (status in
		('active', 'suspended', 'deleted', 'provisioning', 'trial')),
	plan text not null default 'basic'
		check (plan in ('demo', 'basic', 'pro', 'enterprise')),
	rut text unique check (rut ~ '^\d{7,8}-[\dK]$'),
	legal_name text,
	contact_email text,
	contact_phone text,
	metadata jsonb not null default '{}',
	limits jsonb not null default '{}',
	settings jsonb not null default '{}',
	suspended_at timestamptz,
	deleted_at timestamptz,
	purge_after timestamptz,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now()
);
create index if not exists tenants_owner_id_idx on public.tenants (owner_id);
comment on table public.tenants is
	'Organizations that projects and people can belong to.';
comment on column public.tenants.slug is 'Its name in addresses.';
comment on column public.tenants.rut is 'The Chilean tax number.';
comment on column public.tenants.purge_after is
	'When a deleted tenant''s data goes.';

create table if not exists public.tenant_members (
	tenant_id uuid not null references public.tenants (id)
		on delete cascade,
	user_id uuid not null references public.users (id)
		on update cascade on delete cascade,
	role public.tenant_role not null default 'viewer',
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	primary key (tenant_id, user_id)
);
create index if not exists tenant_members_user_id_idx
	on public.tenant_members (user_id, tenant_id) include (role);
comment on table public.tenant_members is 'Who belongs to a tenant, as what.';

create table if not exists public.api_tokens (
	id uuid primary key default gen_random_uuid(),
	user_id uuid not null default auth.uid()
		references public.users (id) on update cascade on delete cascade,
	name text not null check (length(name) between 1 and 100),
	token_hash text not null unique check (token_hash ~ '^[0-9a-f]{64}$'),
	prefix text not null check (length(prefix) between 8 and 16),
	scopes text[] not null check (scopes <> '{}'
		and scopes <@ array['read', 'write', 'admin']),
	expires_at timestamptz,
	last_used_at timestamptz,
	created_at timestamptz not null default now()
);
create index if not exists api_tokens_user_id_idx
	on public.api_tokens (user_id, created_at);
comment on table public.api_tokens is
	'What a script or an agent shows instead of a password.';
comment on column public.api_tokens.token_hash is
	'SHA-256 of the token in hexadecimal digits; the token itself is told '
	'once and not kept.';
comment on column public.api_tokens.prefix is
	'The beginning of the token, by which its owner knows it.';

-- --- who may do what (policies: sql/functions)

alter table public.users enable row level security;
alter table public.tenants enable row level security;
alter table public.tenant_members enable row level security;
alter table public.api_tokens enable row level security;
revoke all on public.users from anon, authenticated;
grant select on public.users to authenticated;
grant update (display_name, avatar_url) on public.users to authenticated;
grant select, insert, update, delete on public.users to service_role;
revoke all on public.tenants, public.tenant_members from anon, authenticated;
grant select, insert, delete on public.tenants to authenticated;
grant update (name, legal_name, contact_email, contact_phone, settings)
	on public.tenants to authenticated;
grant select, insert, delete on public.tenant_members to authenticated;
grant update (role) on public.tenant_members to authenticated;
grant select, insert, update, delete on public.tenants,
	public.tenant_members to service_role;
-- The hash is nobody's business, not even the owner's: no grant on it.
revoke all on public.api_tokens from anon, authenticated, service_role;
grant select (id, user_id, name, prefix, scopes, expires_at, last_used_at,
	created_at) on public.api_tokens to authenticated, service_role;
grant insert (name, token_hash, prefix, scopes, expires_at)
	on public.api_tokens to authenticated;
grant delete on public.api_tokens to authenticated, service_role;

-- Accounts that were there before us (a hosted project).
insert into public.users (id, supabase_user_id, email, email_confirmed,
	display_name)
select a.id, a.id, lower(a.email), a.email_confirmed_at is not null,
	coalesce(left(nullif(trim(coalesce(
		nullif(a.raw_user_meta_data ->> 'display_name', ''),
		nullif(a.raw_user_meta_data ->> 'full_name', ''),
		a.raw_user_meta_data ->> 'name')), ''), 200),
		nullif(left(split_part(a.email, '@', 1), 200), ''))
from auth.users a
on conflict (id) do nothing;
