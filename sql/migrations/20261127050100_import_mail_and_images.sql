set local lock_timeout = '2s';
-- The rest of what moves in and out: mail of both generations, prompts people
-- keep, command logs, images of tasks.
alter table public.mail add column if not exists extra jsonb;
alter table public.custom_prompts add column if not exists extra jsonb;
-- The import announces an image under the id it has (domain/import_images.h).
grant insert, update on private.doomed_objects to service_role;

-- --- mail ------------------------------------------------------------------

-- A mail is never changed, but for being read.
create or replace function private.import_mail(owner uuid, project text)
returns void
language plpgsql volatile set search_path = ''
as $$
begin
	perform private.import_judge(k.kind, 'public.mail', 'x.id = k.id',
		'x.created_at', 'createdAt', 'x.project_id = $1', project,
		owner)
	from (values ('mail'), ('old_mail')) k(kind);
	insert into public.mail (id, project_id, from_session_id, from_name,
		to_session_id, in_reply_to, thread_id, type, priority, subject,
		body, content, detail, parent_session_id, read_at, created_by,
		created_at, extra)
	select s.id, project, d ->> 'fromSessionId', d ->> 'fromName',
		d ->> 'toSessionId', d ->> 'replyToMailId', d ->> 'threadId',
		coalesce(d ->> 'type', 'notification'), d ->> 'priority',
		coalesce(d ->> 'subject', nullif(trim(left(split_part(trim(
			d ->> 'message'), E'\n', 1), 200)), ''), 'Message'),
		coalesce(d ->> 'message', ''), coalesce(d -> 'body',
			jsonb_strip_nulls(jsonb_build_object(
				'message', d -> 'message',
				'detail', d -> 'detail'))), d ->> 'detail',
		d ->> 'parentSessionId',
		private.at((d ->> 'readAt')::bigint), owner,
		private.at((d ->> 'createdAt')::bigint),
		private.leftover(d, 'id projectId fromSessionId fromName '
			'toSessionId replyToMailId threadId type priority '
			'subject message body detail parentSessionId readAt '
			'createdAt')
	from (select x.*, x.doc as d from pg_temp.import_stage x
		where x.kind in ('mail', 'old_mail') and x.outcome = 'new') s
	order by (d ->> 'createdAt')::bigint, s.n;
	update pg_temp.import_stage s set outcome = 'same'
	where s.kind in ('mail', 'old_mail') and s.outcome = 'newer';
end
$$;

-- --- what a person keeps ---------------------------------------------------

create or replace function private.import_custom_prompts(owner uuid)
returns void
language plpgsql volatile set search_path = ''
as $$
begin
	perform private.import_judge('custom_prompt',
		'public.custom_prompts', 'x.id = k.id', 'x.updated_at',
		'updatedAt', 'x.user_id = $2', null, owner);
	update pg_temp.import_stage s set outcome = 'kept', field = 'id',
		reason = 'somebody else has a prompt of this id already'
	where s.kind = 'custom_prompt' and s.outcome = 'refused';
	insert into public.custom_prompts as t (id, user_id, name, content,
		description, icon, tags, entity_type, created_at, updated_at,
		extra)
	select s.id, owner, d ->> 'name', d ->> 'content',
		d ->> 'description', d ->> 'icon', private.words(d -> 'tags'),
		d ->> 'entityType', private.at((d ->> 'createdAt')::bigint),
		private.at((d ->> 'updatedAt')::bigint),
		private.leftover(d, 'id name content description icon tags '
			'entityType createdAt updatedAt')
	from (select x.*, x.doc as d from pg_temp.import_stage x
		where x.kind = 'custom_prompt'
			and x.outcome in ('new', 'newer')) s
	order by s.n
	on conflict (id) do update set
		name = excluded.name,
		content = excluded.content,
		description = excluded.description,
		icon = excluded.icon,
		tags = excluded.tags,
		entity_type = excluded.entity_type,
		updated_at = excluded.updated_at,
		extra = excluded.extra;
end
$$;

-- --- command logs ----------------------------------------------------------

-- The table's trigger takes secrets out of the words and knows what is there
-- already by what is left.
create or replace function private.import_commands(project text) returns void
language plpgsql volatile set search_path = ''
as $$
begin
	update pg_temp.import_stage s set
		outcome = case when s.doc ->> 'sessionId' is not null
				and o.id is null then 'skipped'
			when exists (select from public.command_usage x
				where x.project_id = project
					and x.session_id is not distinct from
						s.doc ->> 'sessionId'
					and x.at = private.at(
						(s.doc ->> 'ts')::bigint)
					and x.command = s.doc ->> 'command')
				then 'same'
			else 'new' end
	from pg_temp.import_stage k
	left join public.sessions o on o.id = k.doc ->> 'sessionId'
		and o.project_id = project
	where k.n = s.n and s.kind = 'command' and s.outcome is null;
	insert into public.command_usage (project_id, session_id, at, command,
		argv, exit_code, duration_ms, success, cli_version)
	select project, d ->> 'sessionId', private.at((d ->> 'ts')::bigint),
		d ->> 'command', coalesce(private.words(d -> 'argv'), '{}'),
		(d ->> 'exitCode')::int, (d ->> 'durationMs')::bigint,
		(d ->> 'success')::bool, d ->> 'cliVersion'
	from (select x.*, x.doc as d from pg_temp.import_stage x
		where x.kind = 'command' and x.outcome = 'new') s
	order by s.n
	on conflict (project_id, digest) do nothing;
end
$$;

-- --- images ----------------------------------------------------------------

-- Before the bytes of an image are stored: 'there' when it has its row,
-- 'foreign' when the project is not the owner's, else 'store': its key is on
-- the list of the doomed until the row comes.
create or replace function private.import_await_image(owner uuid,
	project text, task text, image text) returns text
language plpgsql volatile set search_path = ''
as $$
declare
	key text := private.image_key(project, task, image);
begin
	if exists (select from public.projects p where p.id = project)
		and not exists (select from public.project_members m
			where m.project_id = project and m.user_id = owner
				and m.role = 'owner')
	then
		return 'foreign';
	end if;
	if exists (select from public.task_images i where i.id = image) then
		return 'there';
	end if;
	insert into private.doomed_objects as d (bucket_id, name, due_at)
	values ('task-images', key, now() + interval '1 hour')
	on conflict (bucket_id, name) do update set due_at = excluded.due_at;
	return 'store';
end
$$;

-- An image that was deleted here does not come back with a file that has not
-- changed since.
create or replace function private.import_images(owner uuid, project text)
returns void
language plpgsql volatile set search_path = ''
as $$
begin
	update pg_temp.import_stage s set
		outcome = case
			when t.id is null then 'refused'
			when x.task_id <> t.id then 'refused'
			when x.id is not null then 'same'
			when private.ms(t.updated_at) >
				(o.doc ->> 'updatedAt')::bigint then 'same'
			else 'new' end,
		field = 'id',
		reason = case when t.id is null then 'its task is not taken'
			when x.task_id <> t.id then 'there is one already '
				'that belongs to another task'
			else s.reason end
	from pg_temp.import_stage k
	left join pg_temp.import_stage o
		on o.kind = 'task' and o.id = k.doc ->> 'taskId'
	left join public.tasks t
		on t.id = k.doc ->> 'taskId' and t.project_id = project
	left join public.task_images x on x.id = k.id
	where k.n = s.n and s.kind = 'image' and s.outcome is null;
	insert into public.task_images (id, project_id, task_id, filename,
		mime_type, size, added_by, added_at)
	select s.id, project, d ->> 'taskId', d ->> 'filename',
		d ->> 'mimeType', (d ->> 'size')::bigint, owner,
		private.at((d ->> 'addedAt')::bigint)
	from (select x.*, x.doc as d from pg_temp.import_stage x
		where x.kind = 'image' and x.outcome = 'new') s
	order by s.n;
end
$$;

-- --- all together ----------------------------------------------------------

-- After everything else of the project.
create or replace function private.import_more(owner uuid, project text)
returns void
language plpgsql volatile set search_path = ''
as $$
begin
	if project is null then
		-- Mail between sessions that are gone has no project.
		update pg_temp.import_stage s set outcome = 'kept',
			reason = 'its sessions are gone'
		where s.kind = 'old_mail';
		perform private.import_custom_prompts(owner);
	elsif exists (select from pg_temp.import_stage s
		where s.kind = 'project' and s.outcome <> 'refused')
	then
		perform private.import_mail(owner, project);
		perform private.import_commands(project);
		perform private.import_images(owner, project);
	end if;
	perform private.import_keep(owner, project);
end
$$;

-- --- the way out -----------------------------------------------------------

-- Generation B lies in a folder of the session both have as parent.
create or replace function private.layout_mail(m public.mail) returns text
language sql stable parallel safe
as $$
	select case when m.parent_session_id is null
		then private.layout(case when m.read_at is null
				then api.mail_json(m)
			else private.json_with(api.mail_json(m), '"readAt":'
				|| private.ms(m.read_at)::text) end, m.extra)
		else private.layout(private.json_with(api.mail_b_json(m),
			'"readAt":' || private.ms(m.read_at)::text), m.extra)
		end
$$;

create or replace function private.layout_command(c public.command_usage)
returns text
language sql stable parallel safe
as $$
	select json_build_object('ts', private.iso_ms(c.at),
		'sessionId', c.session_id, 'projectId', c.project_id,
		'command', c.command, 'argv', c.argv, 'exitCode', c.exit_code,
		'durationMs', c.duration_ms, 'success', c.success,
		'cliVersion', c.cli_version)::text
$$;

do $$
declare
	f record;
begin
	for f in
		select p.oid::regprocedure as name from pg_proc p
		where p.pronamespace = 'private'::regnamespace
			and (p.proname like 'import\_%'
				or p.proname like 'layout%')
	loop
		execute format('revoke execute on function %s from public',
			f.name);
	end loop;
end
$$;
grant execute on function
	private.import_await_image(uuid, text, text, text) to service_role;
