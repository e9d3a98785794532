set local lock_timeout = '2s';
-- The schemas of the product, and the log that every table writes.
--   public   product tables, all under row-level security
--   api      functions the named queries call; security invoker, so the
--            caller's policies decide
--   private  membership sets and triggers; security definer, never exposed
create schema if not exists api;
create schema if not exists private;
grant usage on schema public, api, private to authenticated, service_role;
-- Whose token it is, is asked before anybody is somebody.
grant usage on schema api to anon;

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

-- Requests are short: compiling a plan costs more than it ever saves.  The
-- embedded logins have it from sql/embedded/roles.sql.
do $$
begin
	alter role authenticator set jit = off;
exception when insufficient_privilege then null;
end
$$;

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
comment on table public.rls_audit_log is
	'Who changed which row, as triggers on the tables saw it: '
	'append-only.';
comment on column public.rls_audit_log.organization_id is
	'The tenant that the claims of the caller name.';
comment on column public.rls_audit_log.record_organization_id is
	'The tenant that the row belongs to.';
comment on column public.rls_audit_log.record_id is
	'The row''s id, or its key joined with slashes.';
comment on column public.rls_audit_log.old_data is
	'The row before; of an update the changed columns only, secrets '
	'redacted.';
comment on column public.rls_audit_log.new_data is
	'The row after; of an update the changed columns only, secrets '
	'redacted.';

-- --- who may do what (policies: sql/functions)

alter table public.rls_audit_log enable row level security;
revoke all on public.rls_audit_log from anon, authenticated, service_role;
grant select on public.rls_audit_log to authenticated;
grant select, insert on public.rls_audit_log to service_role;
-- Identity columns draw from their sequences by themselves.  With the rights
-- that everything in public starts with, anybody who reaches SQL could turn
-- the audit log's back, and no write would pass any more.
revoke all on sequence public.rls_audit_log_id_seq from anon, authenticated;
