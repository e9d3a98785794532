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

-- Two objects, side by side.
create or replace function private.json_join(a json, b json) returns json
language sql immutable parallel safe
return (left(a::text, -1) || ', ' || substr(b::text, 2))::json;

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

grant execute on function private.initials(text), private.tint(uuid),
	private.status_label(text), private.label(text),
	private.iso(timestamptz), private.when_text(timestamptz),
	private.day_text(date), private.json_join(json, json),
	private.mode_label(text), private.plural(bigint, text, text),
	private.name_tint(text), private.json_list(jsonb),
	private.json_map(jsonb), private.choices(text[], text[], text)
	to authenticated, service_role;
