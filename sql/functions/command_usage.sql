-- What an agent's command line was used for (maestro-api.md 2.16, the records
-- of section 4): uploaded by clients, imported from log files.

create or replace function private.option_name(option text) returns text
language sql immutable
as $$
	select translate(ltrim(option, '-'), '-.', '__')
$$;

-- "--token x", "--token=x", "API_KEY=x", "-u name:x" and what stands inside.
create or replace function private.clean_argv(argv text[]) returns text[]
language sql immutable
as $$
	select coalesce(array_agg(case
		when w.v <> '' and private.names_secret(w.name)
			then left(a.arg, length(a.arg) - length(w.v))
				|| '[redacted]'
		when private.looks_secret(a.arg)
			or (a.before like '-%' and a.before not like '%=%'
				and private.names_secret(private.option_name(
					a.before)))
			or (a.before in ('-u', '--user', '--proxy-user')
				and a.arg like '%:%')
			then '[redacted]'
		else left(private.clean_text(a.arg), 5000) end order by a.n),
		'{}')
	from (select left(x.arg, 6000) as arg, x.n,
			lag(left(x.arg, 6000)) over (order by x.n) as before
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

-- --- calls -----------------------------------------------------------------

create or replace function private.time_or_null(v text) returns timestamptz
language plpgsql stable
as $$
begin
	if v !~ ('^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d([.]\d{1,9})?)?'
		'(Z|[-+]\d\d:?\d\d)$')
	then
		return null;
	end if;
	return v::timestamptz;
exception when datetime_field_overflow or invalid_datetime_format then
	return null;
end
$$;

-- The member of a record that is not what it must be; null: all are.
create or replace function api.command_trouble(v jsonb) returns text
language sql stable
as $$
	select case
		when jsonb_typeof(v) <> 'object' then ''
		when jsonb_typeof(v -> 'command') is distinct from 'string'
			or length(v ->> 'command') not between 1 and 200
			then '.command'
		when jsonb_typeof(coalesce(v -> 'argv', '[]')) <> 'array'
			or jsonb_path_exists(v -> 'argv',
				'$[*] ? (@.type() != "string")')
			or jsonb_array_length(v -> 'argv') > 1000 then '.argv'
		when jsonb_typeof(coalesce(v -> 'success', 'true'))
			not in ('boolean', 'null') then '.success'
		when v ->> 'exitCode' !~ '^-?\d{1,9}$' then '.exitCode'
		when v ->> 'durationMs' !~ '^\d{1,15}([.]\d+)?$'
			then '.durationMs'
		when length(v ->> 'cliVersion') > 100 then '.cliVersion'
		when v ->> 'ts' is not null
			and private.time_or_null(v ->> 'ts') is null
			then '.ts' end
$$;

-- One record, or several in `records`: how many there were.  What is there
-- already is not counted.
-- The bounds: arguments of nothing but names of secrets are slow to clean.
create or replace function api.command_usage_add(session text, input json)
returns bigint
language plpgsql volatile
as $$
declare
	s public.sessions := api.need_session(session, null, 'member');
	records jsonb := coalesce((input -> 'records')::jsonb,
		jsonb_build_array(input));
	bad text;
	words bigint;
	bytes bigint;
	added bigint;
begin
	if jsonb_typeof(records) <> 'array'
		or jsonb_array_length(records) not between 1 and 1000
	then
		perform private.refuse(400, 'validation_failed',
			'records must be a list of 1 to 1000', 'records');
	end if;
	select case when input -> 'records' is null
			then ltrim(t.field, '.')
			else 'records.' || (i.n - 1) || t.field end
	into bad
	from jsonb_array_elements(records) with ordinality i(v, n),
		api.command_trouble(i.v) t(field)
	where t.field is not null order by i.n limit 1;
	if found then
		perform private.refuse(400, 'validation_failed',
			bad || ' is not what a record has', bad);
	end if;
	select sum(jsonb_array_length(i.v -> 'argv')),
		sum(octet_length(i.v ->> 'argv'))
	into words, bytes
	from jsonb_array_elements(records) i(v);
	if words > 20000 or bytes > 1000000 then
		perform private.refuse(400, 'validation_failed',
			'records must have at most 20000 arguments and 1 MB '
			'of them together', 'records');
	end if;
	insert into public.command_usage (project_id, session_id, at, command,
		argv, exit_code, duration_ms, success, cli_version)
	select s.project_id, s.id,
		coalesce(private.time_or_null(i.v ->> 'ts'), now()),
		i.v ->> 'command',
		coalesce(private.text_array((i.v -> 'argv')::json), '{}'),
		(i.v ->> 'exitCode')::int,
		round((i.v ->> 'durationMs')::numeric)::bigint,
		coalesce((i.v ->> 'success')::bool,
			coalesce((i.v ->> 'exitCode')::int, 0) = 0),
		i.v ->> 'cliVersion'
	from jsonb_array_elements(records) with ordinality i(v, n)
	order by i.n
	on conflict (project_id, digest) do nothing;
	get diagnostics added = row_count;
	return added;
end
$$;

grant execute on function private.option_name(text),
	private.clean_argv(text[]), private.time_or_null(text)
	to authenticated, service_role;

-- --- what hangs on tables

create policy command_usage_select on public.command_usage
	for select to authenticated
	using (project_id = any(array(select private.project_ids('viewer'))));
create policy command_usage_insert on public.command_usage
	for insert to authenticated
	with check (project_id = any(array(
		select private.project_ids('member'))));

create trigger command_usage_note before insert on public.command_usage
	for each row execute function private.note_command();
