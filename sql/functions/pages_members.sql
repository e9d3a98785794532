-- Pages of members and files of a project, of the own account and of the
-- installation.  Views as in pages_words.sql.

-- --- members ---------------------------------------------------------------

create or replace function api.page_people(project text,
	mine public.project_role) returns json
language sql stable
as $$
	select json_agg(json_build_object(
			'id', m.user_id,
			'name', m.name,
			'email', m.email,
			'initials', private.initials(m.name),
			'tint', private.tint(m.user_id),
			'role_label', private.label(m.role::text),
			'is_me', m.is_me,
			'may_change', m.may_change,
			'roles', case when m.may_change then
				private.role_choices(mine, m.role::text) end,
			'may_remove', m.may_change or m.is_me,
			'remove_label', case when m.is_me then 'Leave'
				else 'Remove' end,
			'remove_question', case when m.is_me
				then 'Leave this project?'
				else 'Remove ' || m.name ||
					' from this project?' end)
		order by m.role desc, m.created_at, m.user_id)
	from (select p.*, coalesce(p.display_name, p.email) as name,
			p.user_id = auth.uid() as is_me,
			p.user_id <> auth.uid() and mine >= 'admin'
				and (p.role < 'owner' or mine = 'owner')
				as may_change
		from private.project_people(project) p) m
$$;

create or replace function api.page_members(project text) returns json
language plpgsql stable
as $$
declare
	head json := api.page_project(project, 'members');
	mine public.project_role := head -> 'project' ->> 'role';
	invitations json := '[]';
begin
	if mine >= 'admin' then
		select coalesce(json_agg(json_build_object(
				'id', i.id,
				'email', i.email,
				'role_label', private.label(i.role::text),
				'expires_text', case when i.expires_at <= now()
					then 'expired' else 'until ' ||
					private.when_text(i.expires_at) end)
			order by i.created_at, i.id), '[]')
		into invitations
		from public.project_invitations i
		where i.project_id = project and i.accepted_at is null;
	end if;
	return private.json_join(head, json_build_object(
		'members', api.page_people(project, mine),
		'roles', private.choices(array['viewer', 'member', 'admin'],
			array['Viewer', 'Member', 'Admin'], 'member'),
		'has_invitations', json_array_length(invitations) > 0,
		'invitations', invitations));
end
$$;

create or replace function api.page_invitation(token text) returns json
language plpgsql stable
as $$
declare
	me json := api.page_me();
	i json;
begin
	begin
		i := private.peek_invitation(token);
	exception when sqlstate 'PT404' then
		i := null;
	end;
	return json_build_object('me', me, 'invitation', case when i is not null
		then json_build_object(
			'project', i ->> 'projectName',
			'by', i ->> 'invitedBy',
			'role_label', i ->> 'role',
			'email', i ->> 'email',
			'is_other', i ->> 'email' is distinct from
				me ->> 'email') end);
end
$$;

-- --- files -----------------------------------------------------------------

-- The file behind an id, if the caller sees it.
create or replace function api.page_file(project text, file text) returns json
language plpgsql stable
as $$
declare
	found_json json;
begin
	select json_build_object(
		'key', substr(o.name, length(project) + 2),
		'type', o.metadata ->> 'mimetype')
	into found_json
	from storage.objects o
	where o.bucket_id = 'project-files'
		and o.id = private.uuid_or_null(file)
		and starts_with(o.name, project || '/');
	if found_json is null then
		perform private.refuse_missing('File', file);
	end if;
	return found_json;
end
$$;

-- The newest 500; the API has them all.
create or replace function api.page_files(project text) returns json
language plpgsql stable
as $$
declare
	head json := api.page_project(project, 'files');
	files json;
begin
	select coalesce(json_agg(json_build_object(
			'name', coalesce(nullif(o.user_metadata ->> 'name', ''),
				substr(o.name, length(project) + 2)),
			'kind', private.file_kind(
				split_part(o.metadata ->> 'mimetype', ';', 1)),
			'type', split_part(o.metadata ->> 'mimetype', ';', 1),
			'size_text', private.size_text(case
				when o.metadata ->> 'size' ~ '^\d{1,18}$'
				then (o.metadata ->> 'size')::bigint end),
			'href', '/app/projects/' || project || '/files/' || o.id,
			'at', private.iso(o.updated_at),
			'at_text', private.when_text(o.updated_at),
			'by', coalesce(p.display_name, p.email),
			'may_delete', head -> 'project' -> 'may_write')
		order by o.created_at desc, o.name), '[]')
	into files
	from (select * from storage.objects x
		where x.bucket_id = 'project-files'
			and x.name collate "C" >= (project || '/') collate "C"
			and x.name collate "C" < (project || '0') collate "C"
			and storage.filename(x.name) <> '.emptyFolderPlaceholder'
		order by x.created_at desc, x.name limit 500) o
	left join private.project_people(project) p
		on p.user_id = private.uuid_or_null(o.owner_id);
	return private.json_join(head, json_build_object(
		'files', files, 'has_files', json_array_length(files) > 0));
end
$$;

-- --- account and administration --------------------------------------------

create or replace function api.page_account() returns json
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return (
		select json_build_object(
			'me', api.page_me(),
			'values', json_build_object('displayName', (
				select u.display_name from public.users u
				where u.id = auth.uid())),
			'has_tokens', exists (select from public.api_tokens t
				where t.user_id = auth.uid()),
			'tokens', (
				select coalesce(json_agg(json_build_object(
						'id', t.id,
						'name', t.name,
						'hint', t.prefix || '…',
						'scope_text', case
							when 'admin' = any(t.scopes)
								then 'Administration'
							when 'write' = any(t.scopes)
								then 'Read and write'
							else 'Read only' end,
						'expires_text', case
							when t.expires_at is null
								then 'never expires'
							when t.expires_at <= now()
								then 'expired'
							else 'until ' || private.day_text(
								t.expires_at::date) end,
						'used_text', case
							when t.last_used_at is null
								then 'never used'
							else 'last used ' || private.when_text(
								t.last_used_at) end)
					order by t.created_at desc, t.id), '[]')
				from public.api_tokens t
				where t.user_id = auth.uid())));
end
$$;

-- Sizes of the installation; numbers only, and for platform admins only.
create or replace function private.installation_counts() returns json
language plpgsql stable security definer set search_path = ''
as $$
begin
	if not private.is_platform_admin() then
		perform private.refuse(403, 'forbidden',
			'This is for platform admins');
	end if;
	return (
		select json_agg(json_build_object('label', c.label,
			'value', c.value) order by c.n)
		from (values
			(1, 'People', (select count(*)::text
				from public.users)),
			(2, 'Projects', (select count(*)::text
				from public.projects)),
			(3, 'Tasks', (select count(*)::text
				from public.tasks)),
			(4, 'Agent sessions', (select count(*)::text
				from public.sessions))
		) c(n, label, value));
end
$$;

create or replace function api.page_admin() returns json
language sql stable
as $$
	select json_build_object('me', api.page_me(),
		'counts', private.installation_counts(),
		'database_text', 'version ' || current_setting('server_version'))
$$;

grant execute on function private.installation_counts()
	to authenticated, service_role;
