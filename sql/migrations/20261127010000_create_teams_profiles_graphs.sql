set local lock_timeout = '2s';
-- Teams, model profiles and task graphs (maestro-api.md 2.4, 2.9, 2.10, 3.6):
-- the tables, their JSON and their events.  What is done with them is in the
-- files that follow.

-- Members may be rows, a project's defaults that have none, or somebody's
-- global ones; sub-teams may be gone.  So ids, not foreign keys.
create table if not exists public.teams (
	id text primary key default private.new_id('team')
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
	constraint teams_leader_check check (leader_id = any(member_ids))
);
create index if not exists teams_list_idx
	on public.teams (project_id, created_at, id);

-- A person's own; the four that everybody has are nowhere stored.  The key
-- holds the owner: two may bring the same id along.
create table if not exists public.model_profiles (
	id text not null default private.new_id('mp')
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
	primary key (user_id, id)
);
create index if not exists model_profiles_list_idx
	on public.model_profiles (user_id, created_at, id);

create table if not exists public.task_graphs (
	id text primary key default private.new_id('task_graph')
		check (id ~ '^[A-Za-z0-9_-]{1,128}$'),
	project_id text not null references public.projects (id)
		on delete cascade,
	name text not null check (length(name) between 1 and 1000),
	description text,
	nodes jsonb not null default '[]'
		check (jsonb_typeof(nodes) = 'array'),
	edges jsonb not null default '[]'
		check (jsonb_typeof(edges) = 'array'),
	coordinator_team_member_id text,
	coordinator_model text,
	status text not null default 'draft' check (status in ('draft',
		'ready', 'running', 'completed', 'failed', 'paused')),
	execution_session_id text,
	last_run_at timestamptz,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now()
);
create index if not exists task_graphs_list_idx
	on public.task_graphs (project_id, created_at, id);

-- --- who may do what -------------------------------------------------------

do $$
declare
	t text;
	hers text;
	reads text;
	writes text;
begin
	foreach t in array array['teams', 'task_graphs', 'model_profiles']
	loop
		hers := 'user_id = (select auth.uid())';
		reads := case t when 'model_profiles' then hers else
			'project_id = any(array(
			select private.project_ids(''viewer'')))' end;
		writes := case t when 'model_profiles' then hers else
			'project_id = any(array(
			select private.project_ids(''member'')))' end;
		execute format('alter table public.%I
			enable row level security', t);
		execute format('revoke all on public.%I
			from anon, authenticated', t);
		execute format('grant select, delete on public.%I
			to authenticated', t);
		execute format('grant select, insert, update, delete
			on public.%I to service_role', t);
		execute format('drop policy if exists %I on public.%I',
			t || '_select', t);
		execute format('create policy %I on public.%I
			for select to authenticated using (%s)',
			t || '_select', t, reads);
		execute format('drop policy if exists %I on public.%I',
			t || '_insert', t);
		execute format('create policy %I on public.%I
			for insert to authenticated with check (%s)',
			t || '_insert', t, writes);
		execute format('drop policy if exists %I on public.%I',
			t || '_update', t);
		execute format('create policy %I on public.%I
			for update to authenticated
			using (%s) with check (%s)',
			t || '_update', t, writes, writes);
		execute format('drop policy if exists %I on public.%I',
			t || '_delete', t);
		execute format('create policy %I on public.%I
			for delete to authenticated using (%s)',
			t || '_delete', t, writes);
		execute format('drop trigger if exists %I on public.%I',
			t || '_touch', t);
		execute format('create trigger %I before update on public.%I
			for each row execute function private.touch()',
			t || '_touch', t);
		execute format('drop trigger if exists %I on public.%I',
			t || '_audit', t);
		-- Every pull at a node writes them anew.
		execute format('create trigger %I after insert or update
			or delete on public.%I for each row
			execute function private.log_rls_operation(%s)',
			t || '_audit', t, case t when 'task_graphs'
				then '''nodes'', ''edges''' else '' end);
	end loop;
end
$$;
grant insert (id, project_id, name, description, avatar, leader_id,
	member_ids, sub_team_ids, parent_team_id, status, metadata),
	update (name, description, avatar, leader_id, member_ids, sub_team_ids,
	parent_team_id, status, metadata)
	on public.teams to authenticated;
grant insert (id, name, description, launch_config),
	update (name, description, launch_config)
	on public.model_profiles to authenticated;
grant insert (id, project_id, name, description, nodes, edges,
	coordinator_team_member_id, coordinator_model, status,
	execution_session_id, last_run_at),
	update (name, description, nodes, edges, coordinator_team_member_id,
	coordinator_model, status, execution_session_id, last_run_at)
	on public.task_graphs to authenticated;

-- --- as JSON ---------------------------------------------------------------

create or replace function api.team_json(t public.teams) returns json
language sql stable parallel safe
as $$
	select private.json_with(json_build_object(
			'id', t.id,
			'projectId', t.project_id,
			'name', t.name,
			'leaderId', t.leader_id,
			'memberIds', t.member_ids,
			'subTeamIds', t.sub_team_ids,
			'parentTeamId', t.parent_team_id,
			'status', t.status,
			'createdAt', private.iso_ms(t.created_at),
			'updatedAt', private.iso_ms(t.updated_at)),
		'"description":' || to_json(t.description)::text,
		'"avatar":' || to_json(t.avatar)::text,
		'"metadata":' || t.metadata::text)
$$;

create or replace function api.modelprofile_json(p public.model_profiles)
returns json
language sql stable parallel safe
as $$
	select private.json_with(json_build_object(
			'id', p.id,
			'name', p.name,
			'launchConfig', p.launch_config,
			'isDefault', false,
			'createdAt', private.iso_ms(p.created_at),
			'updatedAt', private.iso_ms(p.updated_at)),
		'"description":' || to_json(p.description)::text)
$$;

create or replace function api.taskgraph_json(g public.task_graphs)
returns json
language sql stable parallel safe
as $$
	select private.json_with(json_build_object(
			'id', g.id,
			'projectId', g.project_id,
			'name', g.name,
			'nodes', g.nodes,
			'edges', g.edges,
			'status', g.status,
			'createdAt', private.ms(g.created_at),
			'updatedAt', private.ms(g.updated_at)),
		'"description":' || to_json(g.description)::text,
		'"coordinatorTeamMemberId":' ||
			to_json(g.coordinator_team_member_id)::text,
		'"coordinatorModel":' || to_json(g.coordinator_model)::text,
		'"executionSessionId":' ||
			to_json(g.execution_session_id)::text,
		'"lastRunAt":' || private.ms(g.last_run_at)::text)
$$;

-- --- events ----------------------------------------------------------------

create or replace function private.emit_team() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	if tg_op = 'DELETE' then
		perform private.emit('team:deleted', old.project_id,
			json_build_object('id', old.id,
				'projectId', old.project_id));
		return null;
	end if;
	perform private.emit('team:' || case
			when tg_op = 'INSERT' then 'created'
			when new.status = 'archived'
				and old.status <> 'archived' then 'archived'
			else 'updated' end,
		new.project_id, api.team_json(new));
	return null;
end
$$;

create or replace function private.emit_modelprofile() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	if tg_op = 'DELETE' then
		perform private.emit_to_user('model_profile:deleted',
			old.user_id, json_build_object('id', old.id));
		return null;
	end if;
	perform private.emit_to_user('model_profile:' || case tg_op
			when 'INSERT' then 'created' else 'updated' end,
		new.user_id, api.modelprofile_json(new));
	return null;
end
$$;

create or replace function private.emit_taskgraph() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	if tg_op = 'DELETE' then
		perform private.emit('task_graph:deleted', old.project_id,
			json_build_object('id', old.id,
				'projectId', old.project_id));
		return null;
	end if;
	perform private.emit('task_graph:' || case tg_op
			when 'INSERT' then 'created' else 'updated' end,
		new.project_id, api.taskgraph_json(new));
	return null;
end
$$;

revoke execute on function private.emit_team(),
	private.emit_modelprofile(), private.emit_taskgraph() from public;
drop trigger if exists teams_emit on public.teams;
create trigger teams_emit after insert or update or delete on public.teams
	for each row execute function private.emit_team();
drop trigger if exists model_profiles_emit on public.model_profiles;
create trigger model_profiles_emit after insert or update or delete
	on public.model_profiles
	for each row execute function private.emit_modelprofile();
drop trigger if exists task_graphs_emit on public.task_graphs;
create trigger task_graphs_emit after insert or update or delete
	on public.task_graphs
	for each row execute function private.emit_taskgraph();

revoke execute on all functions in schema api from public;
grant execute on all functions in schema api to authenticated, service_role;
