-- The audit log writes itself: a trigger on every table that holds what people
-- made.

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

grant execute on function private.uuid_or_null(text)
	to authenticated, service_role;

-- --- what hangs on tables

create policy rls_audit_log_select on public.rls_audit_log
	for select to authenticated
	using ((select private.is_platform_admin())
		or record_organization_id = any(array(
			select private.tenant_ids('admin'))));
