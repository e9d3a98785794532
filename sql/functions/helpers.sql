-- What functions of every subject use: times, ids, claims, refusals, the window
-- of a list.

-- --- small words -----------------------------------------------------------

-- Epoch milliseconds, the time format of the wire.  Stable, as extract() of a
-- timestamptz is: PostgreSQL does not inline it into an immutable function.
create or replace function private.ms(t timestamptz) returns bigint
language sql stable parallel safe
return floor(extract(epoch from t) * 1000)::bigint;

-- <prefix>_<epoch ms>_<9 of [0-9a-z]>: ids of the wire.  The randomness is a
-- version 4 uuid without its fixed bits, so no extension is needed.  Columns
-- have the same expression as their default: one that called this function
-- would keep it from being replaced.
create or replace function private.new_id(prefix text) returns text
language sql volatile
return prefix || '_' || floor(extract(
		epoch from clock_timestamp()) * 1000)::bigint
	|| '_' || translate(lower(substr(encode(uuid_send(
		gen_random_uuid()), 'base64'), 13, 9)), '+/', '09');

create or replace function private.text_array(j json) returns text[]
language sql immutable parallel safe
as $$
	select case when json_typeof(j) = 'array' then
		(select coalesce(array_agg(e.v order by e.n), '{}')
			from json_array_elements_text(j)
				with ordinality as e(v, n))
	end
$$;

create or replace function private.claims() returns jsonb
language sql stable
as $$
	select coalesce(nullif(
		current_setting('request.jwt.claims', true), '')::jsonb, '{}')
$$;

create or replace function private.is_platform_admin() returns bool
language sql stable
as $$
	select coalesce(
		private.claims() -> 'app_metadata' ->> 'platform_role' = 'admin',
		false)
$$;

-- 2026-01-02T03:04:05.678Z
create or replace function private.iso_ms(t timestamptz) returns text
language sql stable parallel safe
return to_char(t at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

-- --- refusals: SQLSTATE PTnnn becomes HTTP nnn (app/core/db.h) -------------

create or replace function private.refuse(status int, code text,
	sentence text, field text default null) returns void
language plpgsql stable
as $$
begin
	raise exception using errcode = 'PT' || status::text,
		message = sentence, detail = code, hint = coalesce(field, '');
end
$$;

create or replace function private.refuse_missing(resource text, id text)
returns void
language sql stable
as $$
	select private.refuse(404, 'not_found',
		resource || ' with id ''' || left(id, 128) || ''' not found')
$$;

create or replace function private.refuse_forbidden(needed text)
returns void
language sql stable
as $$
	select private.refuse(403, 'forbidden',
		'This needs the project role ' || needed || ' or higher')
$$;

-- --- triggers every table shares -------------------------------------------

create or replace function private.touch() returns trigger
language plpgsql
as $$
begin
	new.updated_at := now();
	return new;
end
$$;

-- --- answers ---------------------------------------------------------------
-- The JSON of each entity is written once, with its subject: queries, triggers
-- and the push side share it.  Keys and the null/omit rule are the wire's
-- (maestro-api.md 3).  json, not jsonb: the order of keys stays and nothing is
-- sorted.

-- Adds members that are left out when unset: each extra is a whole
-- `"key":value` text or null.  One expression that names each argument once
-- and is no more volatile than its parts, so PostgreSQL inlines it: half the
-- time of a list.
create or replace function private.json_with(base json, variadic extras text[])
returns json
language sql stable parallel safe
return (left(base::text, -1)
	|| coalesce(', ' || nullif(array_to_string(extras, ', '), ''), '')
	|| '}')::json;

-- A list as the wire wants it: bare, or with its window when the caller gave
-- limit or offset.
create or replace function api.page_json(rows json, total bigint,
	row_limit int, row_offset int) returns json
language sql immutable parallel safe
as $$
	select case when row_limit is null and row_offset is null
		then coalesce(rows, '[]')
		else json_build_object('data', coalesce(rows, '[]'),
			'pagination', json_build_object(
				'offset', coalesce(row_offset, 0),
				'limit', coalesce(row_limit, 100),
				'total', total,
				'hasMore', coalesce(row_offset, 0) +
					coalesce(row_limit, 100) < total))
	end
$$;

grant execute on function private.ms(timestamptz), private.new_id(text),
	private.text_array(json), private.claims(),
	private.is_platform_admin(), private.iso_ms(timestamptz),
	private.refuse(int, text, text, text),
	private.refuse_missing(text, text), private.refuse_forbidden(text),
	private.json_with(json, text[])
	to authenticated, service_role;
