set local lock_timeout = '2s';
-- What an agent's command line was used for (maestro-api.md 2.16, the records
-- of section 4): uploaded by clients, imported from log files.  A trail: rows
-- are added and read, never changed.  Commands given outside any session
-- belong to the project alone.
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
	-- What is the same command: a request that is repeated and a file that
	-- is imported twice add nothing.
	digest uuid not null,
	foreign key (project_id, session_id)
		references public.sessions (project_id, id) on delete cascade,
	unique (project_id, digest)
);
create index if not exists command_usage_session_idx
	on public.command_usage (project_id, session_id, at, seq);

alter table public.command_usage enable row level security;
revoke all on public.command_usage from anon, authenticated;
revoke all on sequence public.command_usage_seq_seq from anon, authenticated;
grant select on public.command_usage to authenticated;
grant insert (project_id, session_id, at, command, argv, exit_code,
	duration_ms, success, cli_version)
	on public.command_usage to authenticated;
grant select, insert, update, delete on public.command_usage to service_role;
drop policy if exists command_usage_select on public.command_usage;
create policy command_usage_select on public.command_usage
	for select to authenticated
	using (project_id = any(array(select private.project_ids('viewer'))));
drop policy if exists command_usage_insert on public.command_usage;
create policy command_usage_insert on public.command_usage
	for insert to authenticated
	with check (project_id = any(array(
		select private.project_ids('member'))));

-- A secret is what api.clean_env would not keep in an environment: by its name
-- or by its looks.
create or replace function private.is_secret(name text, value text)
returns bool
language sql immutable
as $$
	select api.clean_env(jsonb_build_object(name, value)) = '{}'
$$;

create or replace function private.option_name(option text) returns text
language sql immutable
as $$
	select translate(ltrim(option, '-'), '-.', '__')
$$;

-- "--token x", "--token=x", "API_KEY=x" and values that look like keys.
create or replace function private.clean_argv(argv text[]) returns text[]
language sql immutable
as $$
	select coalesce(array_agg(case
		when w.name is not null and w.v <> ''
			and private.is_secret(w.name, w.v)
			then left(a.arg, length(a.arg) - length(w.v))
				|| '[redacted]'
		when private.is_secret('value', a.arg)
			or (a.before like '-%' and a.before not like '%=%'
				and private.is_secret(private.option_name(
					a.before), 'value'))
			then '[redacted]'
		else left(a.arg, 5000) end order by a.n), '{}')
	from (select x.arg, x.n, lag(x.arg) over (order by x.n) as before
		from unnest(argv) with ordinality x(arg, n)) a
	cross join lateral (select
		case when a.arg ~ '^[-A-Za-z0-9_.]+=' then private.option_name(
			split_part(a.arg, '=', 1)) end as name,
		substr(a.arg, strpos(a.arg, '=') + 1) as v) w
$$;

create or replace function private.note_command() returns trigger
language plpgsql
as $$
begin
	new.argv := private.clean_argv(new.argv);
	new.digest := md5(concat_ws('|', new.session_id, new.command,
		extract(epoch from new.at), new.argv::text))::uuid;
	return new;
end
$$;
revoke execute on function private.is_secret(text, text),
	private.clean_argv(text[]), private.option_name(text),
	private.note_command() from public;
grant execute on function private.is_secret(text, text),
	private.clean_argv(text[]), private.option_name(text)
	to authenticated, service_role;
drop trigger if exists command_usage_note on public.command_usage;
create trigger command_usage_note before insert on public.command_usage
	for each row execute function private.note_command();
