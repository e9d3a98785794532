-- What the functions of pages (pages_*.sql) share: words, choices, icons.
--
-- What the HTML pages show: one function a page gives the whole view, words
-- included, so that a template only chooses and repeats.  Security invoker:
-- the caller's policies decide what is in it.  Keys in snake_case are the
-- templates' own; camelCase ones are form fields named as in the API.

-- --- words -----------------------------------------------------------------

create or replace function private.initials(name text) returns text
language sql immutable parallel safe
as $$
	select coalesce(nullif(string_agg(left(w.word, 1), '' order by w.n), ''),
		'?')
	from regexp_split_to_table(trim(split_part(coalesce(name, ''),
			'@', 1)), '[\s._-]+')
		with ordinality as w(word, n)
	where w.n <= 2
$$;

-- One of the five colours of avatars, always the same for a person.
create or replace function private.tint(person uuid) returns int
language sql immutable parallel safe
return get_byte(uuid_send(person), 15) % 5;

create or replace function private.status_label(status text) returns text
language sql immutable parallel safe
return case status when 'todo' then 'To do' when 'in_progress' then
	'In progress' when 'in_review' then 'In review' when 'blocked' then
	'Blocked' when 'completed' then 'Done' when 'cancelled' then
	'Cancelled' when 'archived' then 'Archived' else status end;

-- 'high' is 'High', for priorities and roles.
create or replace function private.label(word text) returns text
language sql immutable parallel safe
return upper(left(word, 1)) || substr(word, 2);

create or replace function private.iso(t timestamptz) returns text
language sql stable parallel safe
return to_char(t at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"');

create or replace function private.when_text(t timestamptz) returns text
language sql stable parallel safe
return to_char(t at time zone 'UTC', 'FMDD Mon YYYY, HH24:MI "UTC"');

create or replace function private.day_text(d date) returns text
language sql stable parallel safe
return to_char(d, case when extract(year from d) =
		extract(year from current_date) then 'FMDD Mon'
	else 'FMDD Mon YYYY' end);

create or replace function private.size_text(n bigint) returns text
language sql immutable parallel safe
return case
	when n < 1000 then n || ' bytes'
	when n < 999500 then round(n / 1e3) || ' kB'
	when n < 999950000 then round(n / 1e6, 1) || ' MB'
	else round(n / 1e9, 1) || ' GB' end;

-- Two objects, side by side.
create or replace function private.json_join(a json, b json) returns json
language sql immutable parallel safe
return (left(a::text, -1) || ', ' || substr(b::text, 2))::json;

-- A line of the timeline: what a person reads.
create or replace function private.event_text(type text, message text)
returns text
language sql immutable parallel safe
as $$
	select case when coalesce(message, '') = '' then coalesce(w.alone, 'Note')
		when w.head = '' then message
		else coalesce(w.head, '') || message end
	from (select case type
			when 'progress' then 'Progress'
			when 'needs_input' then 'Needs input'
			when 'milestone' then 'Milestone reached'
			when 'error' then 'Something went wrong'
			when 'task_started' then 'An agent took it up'
			when 'task_completed' then 'An agent finished it'
			when 'task_failed' then 'An agent gave up'
			when 'task_skipped' then 'An agent skipped it'
			when 'task_blocked' then 'An agent is blocked'
			when 'doc_added' then 'Document added'
			else private.label(replace(type, '_', ' ')) end as alone,
		case type
			when 'needs_input' then 'Needs input: '
			when 'milestone' then 'Milestone: '
			when 'error' then 'Error: '
			when 'task_failed' then 'Failed: '
			when 'task_blocked' then 'Blocked: '
			when 'doc_added' then 'Document added: '
			else '' end as head) w
$$;

create or replace function private.event_class(type text) returns text
language sql immutable parallel safe
return case when type in ('task_completed', 'milestone', 'completed')
		then 'ev-good'
	when type in ('error', 'task_failed') then 'ev-bad'
	when type in ('needs_input', 'task_blocked') then 'ev-warn'
	else '' end;

-- One of the icons of static/icons.svg.
create or replace function private.file_kind(type text) returns text
language sql immutable parallel safe
return case
	when type like 'image/%' then 'image'
	when type like 'video/%' then 'video'
	when type like 'audio/%' then 'audio'
	when type = 'application/pdf' then 'pdf'
	when type ~ 'spreadsheet|excel|/csv' then 'sheet'
	when type ~ 'zip|tar|compressed|x-7z|x-rar|x-xz' then 'archive'
	when type ~ 'json|xml|javascript|x-(c|sh|python|perl)|html|sql'
		then 'code'
	when type like 'text/%' or type ~ 'word|opendocument.text' then 'text'
	else 'file' end;

create or replace function private.session_label(status text) returns text
language sql immutable parallel safe
as $$
	select case status when 'spawning' then 'Starting' when 'idle' then 'Idle'
		when 'working' then 'Working' when 'completed' then 'Completed'
		when 'failed' then 'Failed' when 'stopped' then 'Stopped'
		else private.label(status) end
$$;

create or replace function private.mode_label(mode text) returns text
language sql immutable parallel safe
return case mode when 'worker' then 'Worker'
	when 'coordinator' then 'Coordinator'
	when 'coordinated-worker' then 'Coordinated worker'
	when 'coordinated-coordinator' then 'Coordinated coordinator'
	when 'execute' then 'Worker (execute)'
	when 'coordinate' then 'Coordinator (coordinate)' else mode end;

create or replace function private.plural(n bigint, one text, many text)
returns text
language sql immutable parallel safe
return n || ' ' || case n when 1 then one else many end;

create or replace function private.name_tint(name text) returns int
language sql immutable parallel safe
return (hashtext(name) & 2147483647) % 5;

-- What stands in a row is anybody's: config and overrides can be written past
-- the API, and one odd row must not take the page from all.
create or replace function private.json_list(j jsonb) returns jsonb
language sql immutable parallel safe
return case jsonb_typeof(j) when 'array' then j else '[]' end;

create or replace function private.json_map(j jsonb) returns jsonb
language sql immutable parallel safe
return case jsonb_typeof(j) when 'object' then j else '{}' end;

-- --- choices ---------------------------------------------------------------

-- Options of a <select>: [{value, label, selected}].
create or replace function private.choices(vals text[], labels text[],
	chosen text) returns json
language sql immutable parallel safe
as $$
	select coalesce(json_agg(json_build_object('value', c.value,
		'label', c.label, 'selected', c.value = chosen)
		order by c.n), '[]')
	from unnest(vals, labels) with ordinality as c(value, label, n)
$$;

create or replace function private.status_choices(chosen text) returns json
language sql immutable parallel safe
as $$
	select private.choices(array_agg(s.word),
		array_agg(private.status_label(s.word)), chosen)
	from unnest(array['todo', 'in_progress', 'in_review', 'blocked',
		'completed', 'cancelled'] || case when chosen = 'archived'
			then array['archived'] else '{}' end) s(word)
$$;

create or replace function private.priority_choices(chosen text) returns json
language sql immutable parallel safe
as $$
	select private.choices(array['high', 'medium', 'low'],
		array['High', 'Medium', 'Low'], chosen)
$$;

-- Roles that somebody of role mine may give.
create or replace function private.role_choices(mine public.project_role,
	chosen text) returns json
language sql immutable parallel safe
as $$
	select private.choices(array_agg(r.role::text),
		array_agg(private.label(r.role::text)), chosen)
	from unnest(enum_range(null::public.project_role)) r(role)
	where r.role < 'owner' or mine = 'owner'
$$;

grant execute on function private.initials(text), private.tint(uuid),
	private.status_label(text), private.label(text),
	private.iso(timestamptz), private.when_text(timestamptz),
	private.day_text(date), private.size_text(bigint),
	private.json_join(json, json),
	private.event_text(text, text), private.event_class(text),
	private.file_kind(text), private.session_label(text),
	private.mode_label(text),
	private.plural(bigint, text, text), private.name_tint(text),
	private.json_list(jsonb), private.json_map(jsonb),
	private.choices(text[], text[], text), private.status_choices(text),
	private.priority_choices(text),
	private.role_choices(public.project_role, text)
	to authenticated, service_role;
