-- Prompts that people keep for themselves (maestro-api.md 2.12, 3.6): one
-- person's, of no project.

-- --- calls -----------------------------------------------------------------

-- What the built-in entities are called is not anybody's to change.
create or replace function api.need_custom_prompt(prompt text)
returns public.custom_prompts
language plpgsql stable
as $$
declare
	p public.custom_prompts;
begin
	if prompt like 'default\_%' then
		perform private.refuse(400, 'validation_failed',
			'The built-in prompts cannot be changed', 'id');
	end if;
	select * into p from public.custom_prompts where id = prompt
		and user_id = (select auth.uid());
	if not found then
		perform private.refuse_missing('CustomPrompt', prompt);
	end if;
	return p;
end
$$;

-- Older clients say prompt where the wire says content.
create or replace function api.prompt_content(input json) returns text
language sql immutable
as $$
	select coalesce(input ->> 'content', input ->> 'prompt')
$$;

create or replace function api.check_prompt_tags(tags text[]) returns void
language plpgsql stable
as $$
begin
	if cardinality(tags) > 10 then
		perform private.refuse(400, 'validation_failed',
			'Must be at most 10 tags', 'tags');
	end if;
end
$$;

create or replace function api.custom_prompt_create(input json)
returns public.custom_prompts
language plpgsql volatile
as $$
declare
	p public.custom_prompts;
	tags text[] := private.text_array(input -> 'tags');
begin
	if api.prompt_content(input) is null then
		perform private.refuse(400, 'validation_failed',
			'content is required', 'content');
	end if;
	perform api.check_prompt_tags(tags);
	insert into public.custom_prompts (name, content, description, icon,
		tags, entity_type)
	values (input ->> 'name', api.prompt_content(input),
		input ->> 'description', input ->> 'icon', tags,
		input ->> 'entityType')
	returning * into p;
	return p;
end
$$;

create or replace function api.custom_prompt_update(prompt text, input json)
returns public.custom_prompts
language plpgsql volatile
as $$
declare
	p public.custom_prompts := api.need_custom_prompt(prompt);
	j jsonb := input;
	wanted text[] := private.text_array(input -> 'tags');
begin
	perform api.check_prompt_tags(wanted);
	update public.custom_prompts set
		name = coalesce(j ->> 'name', name),
		content = coalesce(api.prompt_content(input), content),
		description = case when j ? 'description'
			then j ->> 'description' else description end,
		icon = case when j ? 'icon' then j ->> 'icon' else icon end,
		tags = coalesce(wanted, tags),
		entity_type = case when j ? 'entityType'
			then j ->> 'entityType' else entity_type end
	where id = p.id
	returning * into p;
	return p;
end
$$;

create or replace function api.custom_prompt_delete(prompt text) returns text
language plpgsql volatile
as $$
declare
	p public.custom_prompts := api.need_custom_prompt(prompt);
begin
	delete from public.custom_prompts where id = p.id;
	return p.id;
end
$$;

-- --- events ----------------------------------------------------------------

-- Its owner hears it, nobody else.
create or replace function private.emit_custom_prompt() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	if tg_op = 'DELETE' then
		perform private.emit_to_user('custom_prompt:deleted',
			old.user_id, json_build_object('id', old.id));
	else
		perform private.emit_to_user('custom_prompt:' || case tg_op
				when 'INSERT' then 'created'
				else 'updated' end, new.user_id,
			json_build_object('table', 'custom_prompts',
				'id', new.id, 'columns', case when tg_op
				= 'UPDATE' then private.changed_columns(
					to_jsonb(old), to_jsonb(new)) end));
	end if;
	return null;
end
$$;

-- --- what hangs on tables

create policy custom_prompts_select on public.custom_prompts
	for select to authenticated using (user_id = (select auth.uid()));
create policy custom_prompts_insert on public.custom_prompts
	for insert to authenticated
	with check (user_id = (select auth.uid()));
create policy custom_prompts_update on public.custom_prompts
	for update to authenticated using (user_id = (select auth.uid()))
	with check (user_id = (select auth.uid()));
create policy custom_prompts_delete on public.custom_prompts
	for delete to authenticated using (user_id = (select auth.uid()));

create trigger custom_prompts_touch before update on public.custom_prompts
	for each row when (not private.importing())
	execute function private.touch();
create trigger custom_prompts_audit after insert or update or delete
	on public.custom_prompts
	for each row when (not private.importing())
	execute function private.log_rls_operation('content');
create trigger custom_prompts_emit after insert or update or delete
	on public.custom_prompts
	for each row when (not private.importing())
	execute function private.emit_custom_prompt();
