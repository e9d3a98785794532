-- What policies ask (auth-v1.md 8.3).  Wrap as (select auth.uid()).
set local role supabase_auth_admin;

create or replace function auth.uid() returns uuid
	language sql stable
	return coalesce(
		nullif(current_setting('request.jwt.claim.sub', true), ''),
		nullif(current_setting('request.jwt.claims', true), '')::jsonb
			->> 'sub')::uuid;

create or replace function auth.role() returns text
	language sql stable
	return coalesce(
		nullif(current_setting('request.jwt.claim.role', true), ''),
		nullif(current_setting('request.jwt.claims', true), '')::jsonb
			->> 'role');

create or replace function auth.email() returns text
	language sql stable
	return coalesce(
		nullif(current_setting('request.jwt.claim.email', true), ''),
		nullif(current_setting('request.jwt.claims', true), '')::jsonb
			->> 'email');

create or replace function auth.jwt() returns jsonb
	language sql stable
	return coalesce(
		nullif(current_setting('request.jwt.claim', true), ''),
		nullif(current_setting('request.jwt.claims', true), ''))::jsonb;

grant execute on all functions in schema auth to public;
reset role;
