-- What the pages of documents show.

-- name: page_documents :rows :read
-- in: $1 project, $2 kind (markdown, diagram) or null, $3 part of a title or of
-- a path or null, $4 how many stand before, $5 how many to show
-- The newest first.
select {doc_row d} from (
	select x.id, x.title, x.file_path, api.doc_kind(x) as kind,
		s.name as session_name,
		coalesce(octet_length(x.content), 0) as bytes, x.added_at
	from (select * from public.session_docs o
		where o.project_id = $1
			and ($2::text is null or api.doc_kind(o) = $2)
			and ($3::text is null or position(lower($3) in lower(
				o.title || ' ' || o.file_path)) > 0)
		order by o.added_at desc, o.id desc
		limit $5::int offset $4::int) x
	cross join lateral (select o.name from public.sessions o
		where o.project_id = x.project_id and o.id = x.session_id
		limit 1) s) d
order by d.added_at desc, d.id desc;

-- name: page_documents_count :row :read
-- in: $1 to $3 as those of page_documents; the count ends at 1001, along the
-- index (see page_sessions_count)
select count(*) as n from (
	select from public.session_docs o
	where o.project_id = $1
		and ($2::text is null or api.doc_kind(o) = $2)
		and ($3::text is null or position(lower($3) in lower(
			o.title || ' ' || o.file_path)) > 0)
	order by o.added_at, o.id limit 1001) x;

-- name: page_head_document :row :read
-- in: $1 id of a document: its project
select {head h} from api.need_doc($1) d, api.page_head(d.project_id) h;

-- name: page_document :row :read
-- in: $1 id text
-- With its text: all of it up to a megabyte (MARKDOWN_BYTES), else as much as
-- somebody reads on a page.
select {doc_row d}, d.session_id, case when octet_length(d.content) > 1048576
		then left(d.content, 200000) else d.content end as content,
	octet_length(d.content) > 1048576 as is_cut,
	case when d.updated_at > d.added_at then d.updated_at end as changed,
	t.id as task, t.title as task_title
from public.session_docs x
cross join lateral (select x.id, x.title, x.file_path,
		api.doc_kind(x) as kind, s.name as session_name,
		coalesce(octet_length(x.content), 0) as bytes, x.added_at,
		x.session_id, x.content, x.updated_at
	from public.sessions s where s.id = x.session_id) d
left join public.tasks t on t.project_id = x.project_id and t.id = x.task_id
where x.id = $1;

-- name: page_document_raw :row :read
-- in: $1 id text
select d.title, d.file_path, api.doc_kind(d) as kind,
	coalesce(d.content, '') as content
from api.need_doc($1) d;
