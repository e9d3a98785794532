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

grant execute on function private.ms(timestamptz), private.new_id(text),
	private.text_array(json), private.claims(),
	private.is_platform_admin(), private.iso_ms(timestamptz),
	private.refuse(int, text, text, text),
	private.refuse_missing(text, text), private.refuse_forbidden(text)
	to authenticated, service_role;
