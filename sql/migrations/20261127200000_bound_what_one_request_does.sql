set local lock_timeout = '2s';
-- What a small request could make big: lists in metadata that are looked up
-- one by one, arguments that are searched for secrets, a long mail to many.

-- --- members that metadata names -------------------------------------------

-- A list of hundreds of thousands took longer than a statement may.  Rows of
-- other origin keep theirs; nobody looks further than this.
create or replace function private.refuse_many_members() returns trigger
language plpgsql
as $$
begin
	if current_user = 'authenticated' then
		perform private.refuse(400, 'validation_failed',
			'metadata.teamMemberIds must have at most 1000 '
			'entries', 'metadata.teamMemberIds');
	end if;
	return new;
end
$$;
revoke execute on function private.refuse_many_members() from public;
drop trigger if exists sessions_members on public.sessions;
create trigger sessions_members before insert or update of metadata
	on public.sessions
	for each row when (case when jsonb_typeof(
			new.metadata -> 'teamMemberIds') = 'array'
		then jsonb_array_length(new.metadata -> 'teamMemberIds')
		end > 1000)
	execute function private.refuse_many_members();

create or replace function private.fill_snapshots() returns trigger
language plpgsql
as $$
declare
	ids text[] := coalesce(new.team_member_ids,
		api.metadata_members(new.metadata - 'teamMemberId'),
		array_remove(array[coalesce(new.team_member_id,
			new.metadata ->> 'teamMemberId')], null));
	shots jsonb;
begin
	select jsonb_agg(api.snapshot_json(m.j) order by i.n) into shots
	from unnest(ids[:1000]) with ordinality i(id, n)
	cross join lateral api.find_teammember(i.id, new.project_id) m(j)
	where m.j is not null;
	new.team_member_snapshots := shots;
	if cardinality(ids) = 1 then
		new.team_member_snapshot := shots -> 0;
		new.team_member_id := coalesce(new.team_member_id, ids[1]);
	end if;
	return new;
end
$$;

-- --- secrets ---------------------------------------------------------------

-- By its name, as variables and options have them.
create or replace function private.names_secret(name text) returns bool
language sql immutable parallel safe
as $$
	select name ~* ('(secret|token|passw|passphrase|api_?key|access_?key'
		'|credential|private|_key$|_pat$|_pwd$|^key$|cookie|bearer'
		'|authorization)')
$$;

-- By its looks.
create or replace function private.looks_secret(value text) returns bool
language sql immutable parallel safe
as $$
	select value ~* ('(://[^/@[:space:]]*:[^/@[:space:]]+@|mst_[a-z0-9]'
		'|^bearer |^sk-|^gh[opsu]_|^github_pat_|^xox[abpr]-'
		'|^akia[0-9a-z]{12}|^aiza|^eyj[a-z0-9_-]+[.]'
		'|private key-----)')
$$;

create or replace function private.is_secret(name text, value text)
returns bool
language sql immutable
as $$
	select coalesce(private.names_secret(name), false)
		or coalesce(private.looks_secret(value), false)
$$;

create or replace function api.clean_env(env jsonb) returns jsonb
language sql immutable
as $$
	select coalesce(jsonb_object_agg(e.key, e.value), '{}')
	from jsonb_each(env) e
	where not private.is_secret(e.key, e.value #>> '{}')
$$;

-- Secrets inside a word: a header ("Authorization: Bearer x"), JSON
-- ({"password":"x"}), the query of an address (?access_token=x), keys by
-- their looks.
create or replace function private.clean_text(said text) returns text
language sql immutable parallel safe
as $$
	select regexp_replace(regexp_replace(regexp_replace(said,
		'((?:authorization|cookie)["'']?\s*[:=]\s*).+',
			'\1[redacted]', 'gi'),
		'((?:secret|token|passw[a-z]*|passphrase|api[-_]?key'
		'|access[-_]?key|private[-_]?key|credentials?)["'']?'
		'\s*[:=]\s*["'']?)[^][:space:]"'',;&}[]+',
			'\1[redacted]', 'gi'),
		'(^|[^a-z0-9_])(?:bearer\s+[^\s"'',;]+|sk-[a-z0-9][a-z0-9_-]{3,}'
		'|gh[opsu]_[a-z0-9]{3,}|github_pat_[a-z0-9_]{3,}'
		'|xox[abpr]-[a-z0-9-]{3,}|akia[0-9a-z]{12,}'
		'|aiza[a-z0-9_-]{3,}|eyj[a-z0-9_-]+[.][a-z0-9_.-]+)',
			'\1[redacted]', 'gi')
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

create or replace function api.command_usage_add(session text, input json)
returns json
language plpgsql volatile
as $$
declare
	s public.sessions := api.need_session(session, null, 'member');
	records jsonb := coalesce((input -> 'records')::jsonb,
		jsonb_build_array(input));
	bad text;
	words bigint;
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
	select sum(jsonb_array_length(i.v -> 'argv')) into words
	from jsonb_array_elements(records) i(v);
	if words > 20000 then
		perform private.refuse(400, 'validation_failed',
			'records must have at most 20000 arguments together',
			'records');
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
	return json_build_object('success', true, 'sessionId', s.id,
		'stored', added);
end
$$;

-- --- mail ------------------------------------------------------------------

-- Each reader gets a mail of his own: a long one to hundreds would be
-- gigabytes.
create or replace function api.mail_send(input json) returns json
language plpgsql volatile
as $$
#variable_conflict use_variable
declare
	most_bytes constant int := 16777216;
	project text := input ->> 'projectId';
	sender public.sessions;
	targets text[];
	stored json[];
begin
	perform private.need_project(project, 'member');
	sender := api.mail_sender(input ->> 'fromSessionId');
	targets := api.mail_targets(project, sender, input);
	if cardinality(targets) > 1 and cardinality(targets)::bigint
		* octet_length((input -> 'body')::text) > most_bytes
	then
		perform private.refuse(413, 'too_large', format(
			'The body is too long for %s readers',
			cardinality(targets)), 'body');
	end if;
	with sent as (
		insert into public.mail as m (project_id, from_session_id,
			from_name, to_session_id, to_team_member_id,
			in_reply_to, type, priority, subject, content)
		select project, sender.id,
			case when starts_with(sender.id, 'user_')
				then nullif(sender.name, '') end,
			t.id, input ->> 'toTeamMemberId',
			input ->> 'replyToMailId', input ->> 'type',
			input ->> 'priority', input ->> 'subject',
			coalesce(input -> 'body', '{}')::jsonb
		from unnest(targets) with ordinality t(id, n)
		order by t.n
		returning m as one)
	select array_agg(api.mail_json(s.one)) into stored from sent s;
	if cardinality(stored) = 1 then
		return stored[1];
	end if;
	return array_to_json(stored);
end
$$;

-- Whoever writes the row of a person's mail, the name on it is that person's.
create or replace function private.name_mail() returns trigger
language plpgsql
as $$
begin
	new.from_name := (select nullif(u.display_name, '')
		from public.users u where u.id = new.created_by);
	return new;
end
$$;
drop trigger if exists mail_name on public.mail;
create trigger mail_name before insert on public.mail
	for each row when (new.created_by is not null
		and new.from_session_id = 'user_' || new.created_by)
	execute function private.name_mail();

revoke execute on function private.names_secret(text),
	private.looks_secret(text), private.clean_text(text),
	private.name_mail() from public;
grant execute on function private.names_secret(text),
	private.looks_secret(text), private.clean_text(text)
	to authenticated, service_role;
revoke execute on all functions in schema api from public;
grant execute on all functions in schema api to authenticated, service_role;
