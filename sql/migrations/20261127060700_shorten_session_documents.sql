set local lock_timeout = '2s';
-- On the page of a session its documents need not say whose they are.

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
			then private.session_name(session_name) end,
		'session_id', d.session_id,
		'size_text', private.size_text(coalesce(
			octet_length(d.content), 0)),
		'at', private.iso(d.added_at),
		'at_text', private.when_text(d.added_at))
$$;

create or replace function api.page_session_docs(s public.sessions)
returns json
language plpgsql stable
as $$
#variable_conflict use_column
begin
	return (
		select json_build_object('has_docs', count(*) > 0,
			'docs', coalesce(json_agg(api.page_doc_row(d, null)
				order by d.added_at, d.id), '[]'))
		from (select x.* from public.session_docs x
			where x.project_id = s.project_id
				and x.session_id = s.id
			order by x.added_at desc, x.id desc limit 200) d);
end
$$;

revoke execute on all functions in schema api from public;
grant execute on all functions in schema api to authenticated, service_role;
