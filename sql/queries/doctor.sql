-- What maestro doctor asks the database, as the web's own login.

-- name: doctor_database :text :read
select json_build_object(
	'version', current_setting('server_version'),
	'number', current_setting('server_version_num')::int,
	'now', floor(extract(epoch from clock_timestamp()) * 1000)::bigint,
	'login', session_user,
	'super', (select r.rolsuper from pg_catalog.pg_roles r
		where r.rolname = session_user),
	'bypass', (select r.rolbypassrls from pg_catalog.pg_roles r
		where r.rolname = session_user),
	'missing', (select coalesce(json_agg(n.name order by n.name), '[]')
		from unnest(array['anon', 'authenticated', 'service_role'])
			n(name)
		where not exists (select from pg_catalog.pg_roles r
			where r.rolname = n.name)),
	'becomes', (select count(*) from pg_catalog.pg_roles r
		where r.rolname in ('anon', 'authenticated', 'service_role')
			and pg_catalog.pg_has_role(session_user, r.oid,
				'member')),
	'connections', (select count(*) from pg_catalog.pg_stat_activity a
		where a.backend_type = 'client backend'),
	'most', current_setting('max_connections')::int,
	'readOnly', pg_catalog.pg_is_in_recovery(),
	'encoding', current_setting('server_encoding'),
	'wal', current_setting('wal_level'),
	'bytes', pg_catalog.pg_database_size(current_database()),
	'schema', to_regnamespace('api') is not null)::text;
