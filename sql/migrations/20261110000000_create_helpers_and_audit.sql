set local lock_timeout = '2s';
-- The schemas of the product and what every table of it needs: ids, claims,
-- refusals, the audit log.
--   public   product tables, all under row-level security
--   api      functions the named queries call; security invoker, so the
--            caller's policies decide
--   private  membership sets and triggers; security definer, never exposed
create schema if not exists api;
create schema if not exists private;
grant usage on schema public, api, private to authenticated, service_role;

-- --- small words -----------------------------------------------------------

-- Epoch milliseconds, the time format of the wire.  Stable, as extract() of a
-- timestamptz is: PostgreSQL does not inline it into an immutable function.
create or replace function private.ms(t timestamptz) returns bigint
language sql stable parallel safe
return floor(extract(epoch from t) * 1000)::bigint;

-- <prefix>_<epoch ms>_<9 of [0-9a-z]>: ids of the wire.  The randomness is a
-- version 4 uuid without its two fixed bytes, so no extension is needed.
create or replace function private.new_id(prefix text) returns text
language sql volatile
as $$
	select prefix || '_' || private.ms(clock_timestamp()) || '_' ||
		string_agg(substr('0123456789abcdefghijklmnopqrstuvwxyz',
			1 + get_byte(r.bytes, n.i) % 36, 1), '')
	from (select uuid_send(gen_random_uuid()) as bytes) r,
		unnest(array[0, 1, 2, 3, 4, 5, 9, 10, 11]) as n(i)
$$;

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

-- --- audit -----------------------------------------------------------------

-- Append-only.  An UPDATE row holds the changed columns only.
create table if not exists public.rls_audit_log (
	id bigint generated always as identity primary key,
	table_schema text not null,
	table_name text not null,
	operation text not null
		check (operation in ('INSERT', 'UPDATE', 'DELETE')),
	user_id uuid,
	user_role text,
	organization_id uuid,
	record_organization_id uuid,
	record_id text,
	old_data jsonb,
	new_data jsonb,
	changed_columns text[],
	ip_address inet,
	user_agent text,
	request_id text,
	"timestamp" timestamptz not null default now()
);
create index if not exists rls_audit_log_timestamp_idx
	on public.rls_audit_log ("timestamp");
create index if not exists rls_audit_log_user_id_idx
	on public.rls_audit_log (user_id);
create index if not exists rls_audit_log_table_name_operation_idx
	on public.rls_audit_log (table_name, operation);
create index if not exists rls_audit_log_record_organization_id_idx
	on public.rls_audit_log (record_organization_id, "timestamp");
create index if not exists rls_audit_log_record_id_idx
	on public.rls_audit_log (record_id);

-- Never fails: what stands in a header must not stop a write.  The block that
-- catches costs a subtransaction, so the usual form goes around it.
create or replace function private.inet_or_null(v text) returns inet
language plpgsql immutable
as $$
begin
	if v is null or v !~ '^[0-9A-Fa-f:.]{2,45}$' then
		return null;
	end if;
	if v ~ '^((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.|$)){4}$' then
		return v::inet;
	end if;
	begin
		return v::inet;
	exception when invalid_text_representation then
		return null;
	end;
end
$$;

create or replace function private.uuid_or_null(v text) returns uuid
language sql immutable parallel safe
as $$
	select case when v ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
		then v::uuid end
$$;

create or replace function private.redact(data jsonb, hidden text[])
returns jsonb
language sql immutable parallel safe
as $$
	select jsonb_object_agg(d.key, case
		when d.key = any(hidden) and d.value <> 'null'
		then '"[redacted]"'::jsonb else d.value end)
	from jsonb_each(data) d
$$;

-- Trigger arguments: columns of this table whose values stay out of the log,
-- beside the secrets that always do.
create or replace function private.log_rls_operation() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
	secrets constant text[] := array['password_hash', 'key_hash',
		'token_hash', 'share_token', 'webhook_secret',
		'access_token', 'refresh_token', 'token', 'env'];
	noise constant text[] := array['updated_at', 'last_activity',
		'last_heartbeat', 'last_used_at'];
	hidden text[] := secrets || tg_argv[0:];
	old_row jsonb;
	new_row jsonb;
	whole jsonb;
	changed text[];
	claims jsonb := private.claims();
	headers jsonb := coalesce(nullif(
		current_setting('request.headers', true), '')::jsonb, '{}');
	tenant uuid;
begin
	if tg_op <> 'INSERT' then
		old_row := to_jsonb(old);
	end if;
	if tg_op <> 'DELETE' then
		new_row := to_jsonb(new);
	end if;
	whole := coalesce(new_row, old_row);

	if tg_op = 'UPDATE' then
		select array_agg(n.key order by n.key) into changed
		from jsonb_each(new_row) n
		where n.value is distinct from old_row -> n.key;
		if changed is null or changed <@ noise then
			return null;
		end if;
		select jsonb_object_agg(k, old_row -> k),
			jsonb_object_agg(k, new_row -> k)
		into old_row, new_row
		from unnest(changed) as k;
	end if;

	old_row := private.redact(old_row, hidden);
	new_row := private.redact(new_row, hidden);

	tenant := private.uuid_or_null(case tg_table_name
		when 'tenants' then whole ->> 'id'
		else whole ->> 'tenant_id' end);
	if tenant is null and whole ? 'project_id' then
		select p.tenant_id into tenant from public.projects p
		where p.id = whole ->> 'project_id';
	end if;

	insert into public.rls_audit_log (table_schema, table_name, operation,
		user_id, user_role, organization_id, record_organization_id,
		record_id, old_data, new_data, changed_columns, ip_address,
		user_agent, request_id)
	values (tg_table_schema, tg_table_name, tg_op,
		private.uuid_or_null(claims ->> 'sub'),
		coalesce(claims ->> 'user_role',
			claims -> 'app_metadata' ->> 'role',
			claims ->> 'role', session_user),
		private.uuid_or_null(coalesce(claims ->> 'org_id',
			claims -> 'app_metadata' ->> 'organization_id')),
		tenant,
		coalesce(whole ->> 'id', concat_ws('/', whole ->> 'tenant_id',
			whole ->> 'project_id', whole ->> 'task_id',
			whole ->> 'session_id', whole ->> 'user_id')),
		old_row, new_row, changed,
		private.inet_or_null(coalesce(headers ->> 'x-real-ip', trim(
			split_part(headers ->> 'x-forwarded-for', ',', 1)))),
		left(headers ->> 'user-agent', 500),
		left(headers ->> 'x-request-id', 128));
	return null;
end
$$;

-- --- events ----------------------------------------------------------------

-- One message in the write-ahead log, part of the transaction: it exists if
-- and only if the change committed (design.md 9).
create or replace function private.emit(event text, project_id text, data json)
returns void
language sql volatile
as $$
	select pg_logical_emit_message(true, 'maestro', json_build_object(
		'type', event, 'event', event, 'projectId', project_id,
		'data', data,
		'timestamp', private.ms(clock_timestamp()))::text)
$$;

-- Only our triggers may speak on the bus.  Taking the right from public is
-- the server administrator's: done here when the role may, else nothing.
do $$
begin
	if (select r.rolsuper from pg_roles r where r.rolname = current_user)
	then
		revoke execute on function
			pg_catalog.pg_logical_emit_message(bool, text, text),
			pg_catalog.pg_logical_emit_message(bool, text, bytea)
		from public;
	end if;
end
$$;

revoke execute on all functions in schema private from public;
grant execute on function private.ms(timestamptz), private.new_id(text),
	private.text_array(json), private.claims(),
	private.is_platform_admin(),
	private.refuse(int, text, text, text),
	private.refuse_missing(text, text), private.refuse_forbidden(text)
to authenticated, service_role;
