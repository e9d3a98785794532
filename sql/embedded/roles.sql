-- Roles, grants between them and ownership of one database.
--
-- Run once by the cluster superuser, connected to the database maestro will
-- use; harmless when run again (that is also how passwords are changed):
--
--   psql -X -v ON_ERROR_STOP=1 -d maestro \
--     -v authenticator_password=... -v owner_password=... \
--     -v jobs_password=... -v push_password=... -f sql/embedded/roles.sql
--
-- A login whose variable is not given keeps its password (none at first:
-- then only peer or trust authentication lets it in).
--
-- Names and attributes follow a hosted Supabase project (auth-v1.md 8.4) so
-- that dumps move both ways.  No role here is a superuser; nothing but this
-- file needs one.
\set QUIET on
\set ON_ERROR_STOP on
set client_min_messages = warning;

begin;

-- Two machines or two test runs may set up databases of one cluster at once;
-- roles are shared by the cluster.
select pg_advisory_xact_lock(hashtext('maestro roles')) \g /dev/null

do $$
declare
	-- The stubs at the end are only named in dumps of hosted projects.
	r record;
begin
	for r in
		select * from (values
			('anon', 'nologin inherit'),
			('authenticated', 'nologin inherit'),
			('service_role', 'nologin inherit bypassrls'),
			('authenticator', 'login noinherit'),
			('supabase_auth_admin', 'nologin noinherit'),
			('supabase_storage_admin', 'nologin noinherit'),
			('maestro_owner', 'login inherit'),
			('maestro_jobs', 'login noinherit'),
			('maestro_push', 'login noinherit replication'),
			('postgres', 'nologin'),
			('supabase_admin', 'nologin'),
			('dashboard_user', 'nologin'),
			('supabase_read_only_user', 'nologin'),
			('supabase_etl_admin', 'nologin'),
			('supabase_replication_admin', 'nologin'),
			('supabase_realtime_admin', 'nologin'),
			('supabase_functions_admin', 'nologin'),
			('pgbouncer', 'nologin')
		) t(name, attributes)
	loop
		if not exists (select from pg_roles where rolname = r.name) then
			execute format('create role %I %s', r.name, r.attributes);
		elsif r.name in ('anon', 'authenticated', 'service_role',
				 'authenticator', 'supabase_auth_admin',
				 'supabase_storage_admin', 'maestro_owner',
				 'maestro_jobs', 'maestro_push') then
			execute format('alter role %I %s', r.name, r.attributes);
		end if;
	end loop;
end
$$;

-- Who may become whom.  authenticator is what maestro-web logs in as; it has
-- no right of its own (noinherit) and takes one of these roles per request.
grant anon, authenticated, service_role,
	supabase_auth_admin, supabase_storage_admin to authenticator;
grant service_role, supabase_auth_admin, supabase_storage_admin
	to maestro_jobs;
grant anon, authenticated, service_role to supabase_storage_admin;
-- Migrations make objects for the two surfaces and hang triggers on them.
grant supabase_auth_admin, supabase_storage_admin to maestro_owner;

alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
alter role authenticator set lock_timeout = '8s';
-- Requests are short: compiling a plan costs more than it ever saves.
alter role authenticator set jit = off;
alter role maestro_jobs set jit = off;
alter role maestro_push set jit = off;
alter role maestro_owner set jit = off;
alter role supabase_auth_admin set search_path = auth;
alter role supabase_storage_admin set search_path = storage;

-- Passwords: psql variables, quoted by psql.
\if :{?authenticator_password}
alter role authenticator password :'authenticator_password';
\endif
\if :{?owner_password}
alter role maestro_owner password :'owner_password';
\endif
\if :{?jobs_password}
alter role maestro_jobs password :'jobs_password';
\endif
\if :{?push_password}
alter role maestro_push password :'push_password';
\endif

-- This database belongs to the migrations' role; nobody else may connect but
-- the logins of the programs.
alter database :"DBNAME" owner to maestro_owner;
revoke all on database :"DBNAME" from public;
grant connect on database :"DBNAME"
	to authenticator, maestro_jobs, maestro_push;
grant connect, create on database :"DBNAME"
	to supabase_auth_admin, supabase_storage_admin;

create schema if not exists extensions authorization maestro_owner;
create extension if not exists pgcrypto with schema extensions;
create extension if not exists "uuid-ossp" with schema extensions;
grant usage on schema extensions to public;

-- As on a hosted project: API roles hold every privilege on what migrations
-- make in public, and row-level security decides.  A table without it would be
-- open on both, so the policies' test finds it on both.
alter schema public owner to maestro_owner;
revoke create on schema public from public;
grant usage on schema public
	to postgres, anon, authenticated, service_role, maestro_jobs, maestro_push;
alter default privileges for role maestro_owner in schema public
	grant all on tables to postgres, anon, authenticated, service_role;
alter default privileges for role maestro_owner in schema public
	grant all on sequences to postgres, anon, authenticated, service_role;
alter default privileges for role maestro_owner in schema public
	grant all on functions to postgres, anon, authenticated, service_role;

-- The write-ahead log is the event bus (design.md 9): only the trigger
-- functions, which run as maestro_owner, may write messages into it.
revoke execute on function
	pg_catalog.pg_logical_emit_message(boolean, text, text),
	pg_catalog.pg_logical_emit_message(boolean, text, bytea) from public;
grant execute on function
	pg_catalog.pg_logical_emit_message(boolean, text, text),
	pg_catalog.pg_logical_emit_message(boolean, text, bytea)
	to maestro_owner;

commit;
