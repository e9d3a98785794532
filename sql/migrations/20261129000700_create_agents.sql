set local lock_timeout = '2s';
-- The people an agent can play (maestro-api.md 2.8, 3.5), teams of them, how
-- they are started and what they were used for.
create table if not exists public.team_members (
	id text primary key default ('tm_' || floor(extract(
			epoch from clock_timestamp()) * 1000)::bigint
		|| '_' || translate(lower(substr(encode(uuid_send(
			gen_random_uuid()), 'base64'), 13, 9)), '+/', '09'))
		check (id ~ '^[A-Za-z0-9_-]{1,128}$'),
	project_id text references public.projects (id) on delete cascade,
	user_id uuid references public.users (id)
		on update cascade on delete cascade,
	home_project_id text,
	name text not null check (length(name) between 1 and 1000),
	role text not null check (length(role) between 1 and 10000),
	avatar text not null check (length(avatar) between 1 and 10000),
	identity text not null default '' check (length(identity) <= 10000),
	status text not null default 'active'
		check (status in ('active', 'archived')),
	model text,
	agent_tool text,
	mode text,
	system_kind text,
	skill_ids text[] not null default '{}',
	config jsonb not null default '{}' check (
		jsonb_typeof(config) = 'object'
		and octet_length(config::text) <= 2000000),
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	extra jsonb,
	constraint team_members_scope_check
		check ((project_id is null) = (user_id is not null))
);
create index if not exists team_members_list_idx
	on public.team_members (project_id, created_at, id);
create index if not exists team_members_user_idx
	on public.team_members (user_id, created_at, id);
create index if not exists team_members_archived_idx
	on public.team_members (project_id, updated_at desc, id)
	where status = 'archived';
comment on table public.team_members is
	'The people an agent can play, of a project or (scope global) of a '
	'user.';
comment on column public.team_members.project_id is
	'null for a member of scope global, which belongs to the user and '
	'only the user sees.';
comment on column public.team_members.user_id is 'Whose a global member is.';
comment on column public.team_members.home_project_id is
	'The project a global member was made in, which may be gone.';
comment on column public.team_members.config is
	'The rest of the wire''s members, by the wire''s names.';
comment on column public.team_members.extra is
	'Members of an imported object that no column holds.';

create table if not exists public.team_member_overrides (
	project_id text not null references public.projects (id)
		on delete cascade,
	kind text not null check (length(kind) <= 100),
	changes jsonb not null default '{}' check (
		jsonb_typeof(changes) = 'object'
		and octet_length(changes::text) <= 2000000),
	updated_at timestamptz not null default now(),
	primary key (project_id, kind)
);
comment on table public.team_member_overrides is
	'What a project changed in the members that are there in every '
	'project without a row (api.default_kinds).';
comment on column public.team_member_overrides.changes is
	'What is otherwise, by the wire''s names.';

create table if not exists public.teams (
	id text primary key default ('team_' || floor(extract(
			epoch from clock_timestamp()) * 1000)::bigint
		|| '_' || translate(lower(substr(encode(uuid_send(
			gen_random_uuid()), 'base64'), 13, 9)), '+/', '09'))
		check (id ~ '^[A-Za-z0-9_-]{1,128}$'),
	project_id text not null references public.projects (id)
		on delete cascade,
	name text not null check (length(name) between 1 and 1000),
	description text check (length(description) <= 10000),
	avatar text check (length(avatar) <= 10000),
	leader_id text not null,
	member_ids text[] not null check (cardinality(member_ids) <= 1000),
	sub_team_ids text[] not null default '{}'
		check (cardinality(sub_team_ids) <= 1000),
	parent_team_id text,
	status text not null default 'active'
		check (status in ('active', 'archived')),
	metadata jsonb check (jsonb_typeof(metadata) = 'object'),
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	extra jsonb,
	constraint teams_leader_check check (leader_id = any(member_ids))
);
create index if not exists teams_list_idx
	on public.teams (project_id, created_at, id);
create index if not exists teams_archived_idx
	on public.teams (project_id, updated_at desc, id)
	where status = 'archived';
comment on table public.teams is
	'Members who work together, with a leader and sub-teams.';
comment on column public.teams.member_ids is
	'Rows of team_members, a project''s defaults that have none, or '
	'somebody''s global ones: so ids, not foreign keys.';
comment on column public.teams.sub_team_ids is
	'Teams of the project; may be gone.';
comment on column public.teams.extra is
	'Members of an imported object that no column holds.';

create table if not exists public.model_profiles (
	id text not null default ('mp_' || floor(extract(
			epoch from clock_timestamp()) * 1000)::bigint
		|| '_' || translate(lower(substr(encode(uuid_send(
			gen_random_uuid()), 'base64'), 13, 9)), '+/', '09'))
		check (id ~ '^[A-Za-z0-9_-]{1,128}$'
			and id not in ('mp_ultra', 'mp_heavy', 'mp_balanced',
				'mp_fast')),
	user_id uuid not null default auth.uid() references public.users (id)
		on update cascade on delete cascade,
	name text not null check (length(name) between 1 and 100),
	description text check (length(description) <= 500),
	launch_config jsonb not null
		check (jsonb_typeof(launch_config) = 'object'),
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	extra jsonb,
	primary key (user_id, id)
);
create index if not exists model_profiles_list_idx
	on public.model_profiles (user_id, created_at, id);
comment on table public.model_profiles is
	'A person''s own ways of starting an agent; the four that everybody '
	'has are nowhere stored.';
comment on column public.model_profiles.id is
	'Unique for its owner alone: two may bring the same id along.';
comment on column public.model_profiles.extra is
	'Members of an imported object that no column holds.';

create table if not exists public.custom_prompts (
	id text primary key default ('cp_' || floor(extract(
			epoch from clock_timestamp()) * 1000)::bigint
		|| '_' || translate(lower(substr(encode(uuid_send(
			gen_random_uuid()), 'base64'), 13, 9)), '+/', '09'))
		check (id ~ '^[A-Za-z0-9_-]{1,128}$' and id !~ '^default_'),
	user_id uuid not null default auth.uid() references public.users (id)
		on update cascade on delete cascade,
	name text not null check (length(name) between 1 and 1000),
	content text not null check (length(content) <= 100000),
	description text check (length(description) <= 500),
	icon text check (length(icon) <= 10),
	tags text[] check (cardinality(tags) <= 10),
	entity_type text check (entity_type in ('maestro', 'skill',
		'team-member', 'task', 'doc', 'session', 'custom-prompt')),
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	extra jsonb
);
create index if not exists custom_prompts_list_idx
	on public.custom_prompts (user_id, created_at, id);
comment on table public.custom_prompts is
	'Prompts that people keep for themselves, of no project.';
comment on column public.custom_prompts.extra is
	'Members of an imported object that no column holds.';

create table if not exists public.command_usage (
	seq bigint generated always as identity primary key,
	project_id text not null references public.projects (id)
		on delete cascade,
	session_id text,
	at timestamptz not null default now(),
	command text not null check (length(command) between 1 and 200),
	argv text[] not null default '{}' check (cardinality(argv) <= 1000),
	exit_code int,
	duration_ms bigint check (duration_ms >= 0),
	success bool not null,
	cli_version text check (length(cli_version) <= 100),
	digest uuid not null,
	foreign key (project_id, session_id)
		references public.sessions (project_id, id) on delete cascade,
	unique (project_id, digest)
);
create index if not exists command_usage_session_idx
	on public.command_usage (project_id, session_id, at, seq);
comment on table public.command_usage is
	'What an agent''s command line was used for: a trail, rows are added '
	'and read, never changed.';
comment on column public.command_usage.session_id is
	'null for a command given outside any session, which belongs to the '
	'project alone.';
comment on column public.command_usage.digest is
	'What is the same command: a request that is repeated and a file that '
	'is imported twice add nothing.';

-- --- who may do what (policies: sql/functions)

alter table public.team_members enable row level security;
alter table public.team_member_overrides enable row level security;
alter table public.teams enable row level security;
alter table public.model_profiles enable row level security;
alter table public.custom_prompts enable row level security;
alter table public.command_usage enable row level security;
revoke all on public.teams, public.model_profiles from anon, authenticated;
grant select, delete on public.teams, public.model_profiles to authenticated;
grant select, insert, update, delete on public.teams, public.model_profiles
	to service_role;
revoke all on public.team_members, public.team_member_overrides
	from anon, authenticated;
grant select, delete on public.team_members, public.team_member_overrides
	to authenticated;
grant insert (id, project_id, user_id, home_project_id, name, role, avatar,
	identity, status, model, agent_tool, mode, skill_ids, config),
	update (project_id, user_id, home_project_id, name, role, avatar,
	identity, status, model, agent_tool, mode, skill_ids, config)
	on public.team_members to authenticated;
grant insert (project_id, kind, changes), update (changes)
	on public.team_member_overrides to authenticated;
grant select, insert, update, delete on public.team_members,
	public.team_member_overrides to service_role;
grant insert (id, project_id, name, description, avatar, leader_id,
	member_ids, sub_team_ids, parent_team_id, status, metadata),
	update (name, description, avatar, leader_id, member_ids, sub_team_ids,
	parent_team_id, status, metadata)
	on public.teams to authenticated;
grant insert (id, name, description, launch_config),
	update (name, description, launch_config)
	on public.model_profiles to authenticated;
revoke all on public.custom_prompts from anon, authenticated;
grant select, delete on public.custom_prompts to authenticated;
grant insert (id, name, content, description, icon, tags, entity_type),
	update (name, content, description, icon, tags, entity_type)
	on public.custom_prompts to authenticated;
grant select, insert, update, delete on public.custom_prompts to service_role;
revoke all on public.command_usage from anon, authenticated;
revoke all on sequence public.command_usage_seq_seq from anon, authenticated;
grant select on public.command_usage to authenticated;
grant insert (project_id, session_id, at, command, argv, exit_code,
	duration_ms, success, cli_version)
	on public.command_usage to authenticated;
grant select, insert, update, delete on public.command_usage to service_role;
