set local lock_timeout = '2s';
-- The secrets of an environment are looked for once, not once for each of its
-- variables (offset 0 keeps the planner from calling it there).

-- Only of sessions that are new or newer.  What was written down stays; what
-- the file has more is added.  The table's own trigger drops secrets.
create or replace function private.import_session_parts(owner uuid,
	project text) returns void
language plpgsql volatile set search_path = ''
as $$
begin
	insert into public.session_env as v
		(session_id, project_id, user_id, env)
	select s.id, project, owner, s.doc -> 'env'
	from pg_temp.import_stage s
	where s.kind = 'session' and s.outcome in ('new', 'newer')
		and s.doc -> 'env' <> '{}'
	on conflict (session_id) do update set env = excluded.env
		where v.user_id = owner;
	update pg_temp.import_stage s set
		field = coalesce(s.field, 'env'),
		reason = coalesce(s.reason, 'without what is a secret: '
			|| gone.keys)
	from (select e.n, string_agg(k.key, ', ' order by k.key) as keys
		from (select x.n, x.doc -> 'env' as env,
				api.clean_env(x.doc -> 'env') as kept
			from pg_temp.import_stage x
			where x.kind = 'session'
				and x.outcome in ('new', 'newer')
			offset 0) e,
			jsonb_object_keys(e.env) k(key)
		where not e.kept ? k.key
		group by e.n) gone
	where gone.n = s.n;
	insert into public.session_timeline (id, project_id, session_id, type,
		message, task_id, metadata, "timestamp")
	select e.v ->> 'id', project, s.id, e.v ->> 'type',
		e.v ->> 'message', e.v ->> 'taskId',
		private.member(e.v, 'metadata'),
		private.at((e.v ->> 'timestamp')::bigint)
	from pg_temp.import_stage s,
		jsonb_array_elements(s.doc -> 'timeline')
			with ordinality as e(v, i)
	where s.kind = 'session' and s.outcome in ('new', 'newer')
	order by s.n, e.i
	on conflict (session_id, id) do nothing;
	insert into public.session_events (id, project_id, session_id, type,
		data, "timestamp")
	select e.v ->> 'id', project, s.id, e.v ->> 'type',
		e.v -> 'data', private.at((e.v ->> 'timestamp')::bigint)
	from pg_temp.import_stage s,
		jsonb_array_elements(s.doc -> 'events')
			with ordinality as e(v, i)
	where s.kind = 'session' and s.outcome in ('new', 'newer')
	order by s.n, e.i
	on conflict (session_id, id) do nothing;
end
$$;
revoke execute on function private.import_session_parts(uuid, text)
	from public;
