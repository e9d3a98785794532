set local lock_timeout = '2s';
-- Projects, their members and invitations.  Every other object of the product
-- is reached through its project.
--
-- Ids of the wire are <prefix>_<epoch ms>_<9 of [0-9a-z]>.  The randomness is a
-- version 4 uuid without its fixed bits, so no extension is needed; the
-- expression is private.new_id's and stands in each default, because a default
-- that calls a function of ours would keep that function from being replaced.
do $$
begin
	-- The order is the rank: role >= 'member' means what it says.
	create type public.project_role as enum
		('viewer', 'member', 'admin', 'owner');
exception when duplicate_object then null;
end
$$;
create table if not exists public.projects (
	id text primary key default ('proj_' || floor(extract(
			epoch from clock_timestamp()) * 1000)::bigint
		|| '_' || translate(lower(substr(encode(uuid_send(
			gen_random_uuid()), 'base64'), 13, 9)), '+/', '09'))
		check (id ~ '^[A-Za-z0-9_-]{1,128}$'),
	owner_id uuid not null default auth.uid() references public.users (id)
		on update cascade on delete cascade,
	tenant_id uuid references public.tenants (id) on delete set null,
	name text not null check (length(name) between 1 and 1000),
	working_dir text not null default '' check (length(working_dir) <= 1000),
	description text not null default ''
		check (length(description) <= 500),
	is_master bool,
	settings jsonb not null default '{}',
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	extra jsonb
);
create index if not exists projects_owner_id_idx on public.projects (owner_id);
create index if not exists projects_tenant_id_idx
	on public.projects (tenant_id);
comment on table public.projects is
	'What everything else of the product is reached through.';
comment on column public.projects.owner_id is
	'One of the owners in project_members; kept so by a trigger.';
comment on column public.projects.extra is
	'Members of an imported object that no column holds.';

create table if not exists public.project_members (
	project_id text not null references public.projects (id)
		on delete cascade,
	user_id uuid not null references public.users (id)
		on update cascade on delete cascade,
	role public.project_role not null default 'member',
	added_by uuid default auth.uid() references public.users (id)
		on update cascade on delete set null,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	primary key (project_id, user_id)
);
create index if not exists project_members_user_id_idx
	on public.project_members (user_id, project_id) include (role);
-- People of a project, as they are listed.
create index if not exists project_members_list_idx
	on public.project_members (project_id, role desc, created_at, user_id);
create index if not exists project_members_added_by_idx
	on public.project_members (added_by);
comment on table public.project_members is
	'Who belongs to a project, as what.';

create table if not exists public.project_invitations (
	id text primary key default ('inv_' || floor(extract(
			epoch from clock_timestamp()) * 1000)::bigint
		|| '_' || translate(lower(substr(encode(uuid_send(
			gen_random_uuid()), 'base64'), 13, 9)), '+/', '09')),
	project_id text not null references public.projects (id)
		on delete cascade,
	email text not null check (email = lower(email)
		and length(email) between 3 and 320),
	role public.project_role not null default 'member'
		check (role < 'owner'),
	token_hash bytea not null unique,
	invited_by uuid default auth.uid() references public.users (id)
		on update cascade on delete set null,
	created_at timestamptz not null default now(),
	expires_at timestamptz not null default now() + interval '7 days',
	accepted_at timestamptz,
	accepted_by uuid references public.users (id)
		on update cascade on delete set null
);
-- One open invitation for an address; a new one replaces it.
create unique index if not exists project_invitations_open_idx
	on public.project_invitations (project_id, email)
	where accepted_at is null;
create index if not exists project_invitations_invited_by_idx
	on public.project_invitations (invited_by);
create index if not exists project_invitations_accepted_by_idx
	on public.project_invitations (accepted_by);
comment on table public.project_invitations is
	'Links that somebody may follow once to become a member.';
comment on column public.project_invitations.token_hash is
	'SHA-256 of the token; the token itself is not stored.';

create table if not exists private.row_counts (
	project_id text not null references public.projects (id)
		on delete cascade,
	of_table text not null,
	status text not null,
	slot int not null,
	n bigint not null,
	primary key (project_id, of_table, status, slot)
) with (fillfactor = 50);
comment on table private.row_counts is
	'How many tasks and sessions there are, for lists that tell their '
	'total. Kept by triggers.';
comment on column private.row_counts.slot is
	'The number is the sum of the slots: of those who write at the same '
	'moment few meet at one.';

-- --- who may do what (policies: sql/functions)

revoke all on private.row_counts from public, anon, authenticated;

alter table public.projects enable row level security;
alter table public.project_members enable row level security;
alter table public.project_invitations enable row level security;
revoke all on public.projects, public.project_members,
	public.project_invitations from anon, authenticated;
grant select, delete on public.projects, public.project_members
	to authenticated;
grant insert (id, owner_id, tenant_id, name, working_dir, description,
	is_master, settings) on public.projects to authenticated;
grant update (name, working_dir, description, is_master, settings)
	on public.projects to authenticated;
grant insert (project_id, user_id, role, added_by), update (role)
	on public.project_members to authenticated;
grant select (id, project_id, email, role, invited_by, created_at, expires_at,
	accepted_at, accepted_by), delete
	on public.project_invitations to authenticated;
grant insert (project_id, email, role, token_hash, invited_by)
	on public.project_invitations to authenticated;
grant select, insert, update, delete on public.projects,
	public.project_members, public.project_invitations to service_role;
