set local lock_timeout = '2s';
-- What is kept for the way out goes with its project, and nobody but the
-- owner of the schema may look at it.
alter table private.kept_files
	drop constraint if exists kept_files_project_id_fkey;
alter table private.kept_files add constraint kept_files_project_id_fkey
	foreign key (project_id) references public.projects (id)
	on delete cascade;
create index if not exists kept_files_project_id_idx
	on private.kept_files (project_id);
alter table private.kept_files enable row level security;

-- Of an environment only the project's owner's own: what the agents of others
-- were started with is not the owner's to carry away.
create or replace function private.layout_session(s public.sessions,
	dir text) returns text
language sql stable
as $$
	select private.layout(j.v, coalesce(s.extra, '{}') ||
		jsonb_build_object('docs', (
			select coalesce(jsonb_agg(private.layout_doc(d, dir)
				order by d.added_at, d.id), '[]')
			from public.session_docs d
			where d.project_id = s.project_id
				and d.session_id = s.id)))
	from (select api.session_json(s, coalesce((
		select e.env from public.session_env e
		where e.session_id = s.id and e.user_id = (
			select p.owner_id from public.projects p
			where p.id = s.project_id)), '{}')) as v) j
$$;

-- The triggers that are silent for history; the import asks again before it
-- begins, for what came after this file.  Who adds a trigger to one of these
-- tables decides: t/sql/import.t asks.
create or replace function private.hush_imports() returns void
language plpgsql volatile
as $$
declare
	t record;
begin
	for t in
		select c.oid::regclass as tbl, g.tgname,
			pg_get_triggerdef(g.oid) as def
		from pg_catalog.pg_trigger g
		join pg_catalog.pg_class c on c.oid = g.tgrelid
		join pg_catalog.pg_proc p on p.oid = g.tgfoid
		where not g.tgisinternal
			and c.relnamespace = 'public'::regnamespace
			and c.relname in ('projects', 'project_members',
				'tasks', 'sessions', 'session_env',
				'task_sessions', 'session_timeline',
				'session_events', 'session_docs',
				'session_prompts', 'orderings', 'task_lists',
				'team_members', 'team_member_overrides',
				'teams', 'task_graphs', 'model_profiles',
				'mail', 'custom_prompts', 'command_usage',
				'task_images')
			and p.pronamespace = 'private'::regnamespace
			and (p.proname like 'emit\_%' or p.proname in
				('touch', 'stamp_task', 'stamp_session',
				'mirror_link', 'note_timeline',
				'fill_snapshots', 'name_person',
				'name_mail')
				or p.proname = 'log_rls_operation'
				and c.relname not in
					('projects', 'project_members'))
			and pg_get_triggerdef(g.oid) !~ 'private\.importing'
	loop
		execute format('drop trigger %I on %s', t.tgname, t.tbl);
		execute case when t.def ~ ' WHEN \(.*\) EXECUTE FUNCTION '
			then regexp_replace(t.def,
				' WHEN (\(.*\)) EXECUTE FUNCTION ',
				' WHEN (NOT private.importing() AND \1) '
				'EXECUTE FUNCTION ')
			else replace(t.def, ' EXECUTE FUNCTION ',
				' WHEN (NOT private.importing()) '
				'EXECUTE FUNCTION ') end;
	end loop;
end
$$;
do $$
begin
	perform private.hush_imports();
end
$$;
