-- Pages of what agents wrote.  Views as in pages_words.sql.

create or replace function api.need_doc(doc text) returns public.session_docs
language plpgsql stable
as $$
declare
	d public.session_docs;
begin
	select * into d from public.session_docs where id = doc;
	if not found then
		perform private.refuse_missing('Doc', doc);
	end if;
	return d;
end
$$;

-- One document in a list; its size is what a download would be.  session_name
-- null: it is not told.
create or replace function api.page_doc_row(d public.session_docs,
	session_name text) returns json
language sql stable
as $$
	select json_build_object(
		'id', d.id,
		'title', d.title,
		'path', d.file_path,
		'is_diagram', api.doc_kind(d) = 'diagram',
		'kind', case api.doc_kind(d) when 'diagram' then 'code'
			else 'text' end,
		'kind_label', case api.doc_kind(d) when 'diagram'
			then 'Diagram' else 'Text' end,
		'session', case when session_name is not null
			then coalesce(nullif(session_name, ''),
				'Unnamed session') end,
		'session_id', d.session_id,
		'size_text', private.size_text(coalesce(
			octet_length(d.content), 0)),
		'at', private.iso(d.added_at),
		'at_text', private.when_text(d.added_at))
$$;

-- filter: {q, kind}, each may be absent.  The newest first.
create or replace function api.page_documents(project text, filter json,
	page int) returns json
language plpgsql stable
as $$
#variable_conflict use_variable
declare
	size constant int := 50;
	head json := api.page_project(project, 'docs');
	filtered bool := exists (select from json_object_keys(filter));
	total bigint;
	rows json;
begin
	select json_agg(api.page_doc_row(d, s.name)
			order by d.added_at desc, d.id desc),
		max(w.total)
	into rows, total
	from (select x.id, count(*) over () as total
		from public.session_docs x
		where x.project_id = project
			and (filter ->> 'kind' is null
				or api.doc_kind(x) = filter ->> 'kind')
			and (filter ->> 'q' is null or position(lower(
				filter ->> 'q') in lower(x.title || ' ' ||
					x.file_path)) > 0)
		order by x.added_at desc, x.id desc
		limit size offset (page - 1) * size) w
	join public.session_docs d on d.id = w.id
	join public.sessions s on s.project_id = d.project_id
		and s.id = d.session_id;
	return private.json_join(head, json_build_object(
		'docs', coalesce(rows, '[]'),
		'has_docs', rows is not null,
		'is_empty', rows is null and not filtered and page = 1,
		'found_text', case
			when rows is null then 'No document matches.'
			when total <= size then private.plural(total,
				'document', 'documents')
			else (page - 1) * size + 1 || ' to ' || least(
				page * size, total) || ' of ' || total ||
				' documents' end,
		'pages', case when total > size or page > 1 then
			json_build_object(
				'previous', case when page > 1
					then page - 1 end,
				'next', case when page * size < total
					then page + 1 end,
				'text', 'Page ' || page || coalesce(' of ' ||
					1 + (total - 1) / size, '')) end,
		'filter', json_build_object(
			'active', filtered,
			'q', coalesce(filter ->> 'q', ''),
			'kind', coalesce(filter ->> 'kind', ''),
			'kinds', private.choices(
				array['', 'markdown', 'diagram'],
				array['Any kind', 'Texts', 'Diagrams'],
				coalesce(filter ->> 'kind', '')))));
end
$$;

-- One with its text: all of it up to a megabyte (MARKDOWN_BYTES), else as much
-- as somebody reads on a page.
create or replace function api.page_document(doc text) returns json
language plpgsql stable
as $$
declare
	d public.session_docs := api.need_doc(doc);
	head json := api.page_project(d.project_id, 'docs');
	is_cut bool := octet_length(d.content) > 1048576;
begin
	return private.json_join(head, json_build_object('doc',
		private.json_join(api.page_doc_row(d, (
			select s.name from public.sessions s
			where s.id = d.session_id)),
			json_build_object(
				'content', case when is_cut
					then left(d.content, 200000)
					else d.content end,
				'is_cut', is_cut,
				'changed', private.iso(d.updated_at),
				'changed_text', case when d.updated_at >
					d.added_at then private.when_text(
						d.updated_at) end,
				'task', (select json_build_object('id', t.id,
					'title', coalesce(nullif(t.title, ''),
						'Untitled'))
					from public.tasks t
					where t.project_id = d.project_id
						and t.id = d.task_id)))));
end
$$;

-- A line with the name of the file, one with its type, then the text.
create or replace function api.page_document_raw(doc text) returns text
language plpgsql stable
as $$
declare
	d public.session_docs := api.need_doc(doc);
	name text := coalesce(nullif(regexp_replace(d.file_path, '^.*[/\\]',
		''), ''), d.title);
begin
	return regexp_replace(name, '[[:cntrl:]]', ' ', 'g') || E'\n' ||
		case api.doc_kind(d) when 'diagram' then 'application/json'
			else 'text/markdown; charset=utf-8' end || E'\n' ||
		coalesce(d.content, '');
end
$$;
