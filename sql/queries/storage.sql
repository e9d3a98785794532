-- The object store of this installation: schemas storage and storage_local.

-- name: storage_bucket_create :exec
-- in: $1 {id, name, public, file_size_limit, allowed_mime_types}, $2 sub
-- Row-level security on storage.buckets decides (42501).
insert into storage.buckets (id, name, owner, owner_id, public,
	file_size_limit, allowed_mime_types)
select b ->> 'id', b ->> 'name', storage_local.uuid_or_null($2), $2,
	coalesce((b ->> 'public')::boolean, false),
	(b ->> 'file_size_limit')::bigint,
	case when jsonb_typeof(b -> 'allowed_mime_types') = 'array' then
		array(select jsonb_array_elements_text(b -> 'allowed_mime_types'))
	end
from (select $1::jsonb) t(b);

-- name: storage_bucket_list :rows :read
-- in: $1 search or null, $2 column or null, $3 order, $4 limit or null,
--     $5 offset
select b.id, b.name, coalesce(b.owner::text, '') as owner,
	coalesce(b.public, false) as public, b.file_size_limit,
	b.allowed_mime_types, b.created_at, b.updated_at, b.type
from storage.buckets b
where $1::text is null or strpos(lower(b.name), lower($1)) > 0
order by
	case when $3 = 'desc' then case $2
		when 'id' then b.id when 'name' then b.name end end desc,
	case when $3 = 'desc' then case $2
		when 'created_at' then b.created_at
		when 'updated_at' then b.updated_at end end desc,
	case when $3 <> 'desc' then case $2
		when 'id' then b.id when 'name' then b.name end end,
	case when $3 <> 'desc' then case $2
		when 'created_at' then b.created_at
		when 'updated_at' then b.updated_at end end
limit $4::bigint offset $5::bigint;

-- name: storage_bucket_get :opt :read
-- in: $1 id
select b.id, b.name, coalesce(b.owner::text, '') as owner,
	coalesce(b.public, false) as public, b.file_size_limit,
	b.allowed_mime_types, b.created_at, b.updated_at
from storage.buckets b where b.id = $1;

-- name: storage_bucket_update :exec
-- in: $1 id, $2 {public?, file_size_limit?, allowed_mime_types?}
select storage_local.update_bucket($1, $2::jsonb);

-- name: storage_bucket_empty :exec
-- in: $1 id, $2 most objects
select storage_local.empty_bucket($1, $2::integer);

-- name: storage_bucket_delete :exec
-- in: $1 id
select storage_local.delete_bucket($1);

-- name: storage_upload_probe :opt
-- in: $1 bucket, $2 key or null, $3 owner, $4 metadata, $5 user metadata,
--     $6 upsert
-- What the bucket allows, and the SQLSTATE with which the caller's policies
-- refuse the write (null: they do not).
select b.file_size_limit, to_json(b.allowed_mime_types),
	case when $2::text is not null then storage_local.try_write(
		b.id, $2, $3, $4::jsonb, $5::jsonb, $6::boolean) end
from storage_local.bucket($1) b;

-- name: storage_upload_commit :row
-- in: $1 bucket, $2 key, $3 version, $4 owner, $5 metadata, $6 user metadata,
--     $7 upsert
select o.id from storage_local.commit_upload(
	$1, $2, $3, $4, $5::jsonb, $6::jsonb, $7::boolean, '5s') o;

-- name: storage_object_stat :opt :read
-- in: $1 bucket, $2 key
-- The object as the caller's policies show it; only if they do not, what a
-- public bucket shows anybody: then one row if there is a bucket, its columns
-- null if it does not hold the object or is not public.  The second part does
-- not run when the first has given its row.
select o.id, o.version, o.metadata ->> 'mimetype', o.metadata ->> 'eTag',
	o.metadata ->> 'cacheControl', o.metadata ->> 'xRobotsTag',
	o.metadata ->> 'size', o.metadata ->> 'lastModified', o.user_metadata,
	extract(epoch from o.created_at), extract(epoch from o.updated_at)
from storage.objects o
where o.bucket_id = $1 and o.name = $2
union all
select o.id, o.version, o.metadata ->> 'mimetype', o.metadata ->> 'eTag',
	o.metadata ->> 'cacheControl', o.metadata ->> 'xRobotsTag',
	o.metadata ->> 'size', o.metadata ->> 'lastModified', o.user_metadata,
	extract(epoch from o.created_at), extract(epoch from o.updated_at)
from storage_local.bucket($1) b
left join lateral storage_local.public_object($1, $2) o on true
limit 1;

-- name: storage_public_stat :opt :read
-- in: $1 bucket, $2 key
-- One row, as above, if there is a public bucket.
select o.id, o.version, o.metadata ->> 'mimetype', o.metadata ->> 'eTag',
	o.metadata ->> 'cacheControl', o.metadata ->> 'xRobotsTag',
	o.metadata ->> 'size', o.metadata ->> 'lastModified', o.user_metadata,
	extract(epoch from o.created_at), extract(epoch from o.updated_at)
from storage_local.bucket($1) b
left join lateral storage_local.public_object($1, $2) o on true
where b.public;

-- name: storage_list :rows :read
-- in: $1 prefix, $2 bucket, $3 limit, $4 offset, $5 search, $6 column, $7 order
select s.name, s.id, s.updated_at, s.created_at, s.last_accessed_at, s.metadata
from storage.search($1, $2, $3::integer, 1, $4::integer, $5, $6, $7) s;

-- name: storage_list_flat :rows :read
-- in: $1 bucket, $2 prefix, $3 limit, $4 name of the last row before or '',
--     $5 column, $6 descending, $7 time of the last row before or null
select l.id, l.name, l.metadata, l.updated_at, l.created_at, l.last_accessed_at
from storage_local.list_flat($1, $2, $3::integer, $4, $5, $6::boolean,
	$7::timestamptz) l;

-- name: storage_list_folders :rows :read
-- in: as storage_list_flat
-- What stands deeper than the prefix is a folder: a row without id.
select l.key, l.id, l.name, l.metadata, l.updated_at, l.created_at,
	l.last_accessed_at
from storage.search_v2($2, $1, $3::integer,
	length($2) - length(replace($2, '/', '')) + 1, $4,
	case when $6::boolean then 'desc' else 'asc' end, $5,
	coalesce($7::text, '')) l;

-- name: storage_visible :rows :read
-- in: $1 bucket, $2 JSON array of keys
-- One row a key, in order: does the caller see it?
select o.id is not null
from jsonb_array_elements_text($2::jsonb) with ordinality k(name, nth)
left join storage.objects o on o.bucket_id = $1 and o.name = k.name
order by k.nth;

-- name: storage_move_probe :exec
-- in: $1 bucket, $2 key, $3 to bucket, $4 to key, $5 owner
select storage_local.probe_move($1, $2, $3, $4, $5);

-- name: storage_move_commit :exec
-- in: $1 bucket, $2 key, $3 to bucket, $4 to key, $5 owner
select storage_local.commit_move($1, $2, $3, $4, $5);

-- name: storage_copy_probe :opt
-- in: $1 bucket, $2 key, $3 to bucket, $4 to key, $5 owner, $6 upsert,
--     $7 copy metadata, $8 type, $9 cache control, $10 user metadata
-- No row: the caller does not see the source.
select s.version, s.metadata, s.user_metadata, storage_local.try_write(
	$3, $4, $5, s.metadata, s.user_metadata, $6::boolean), s.found
from (
	select o.version, o.metadata ->> 'mimetype' as found,
		o.metadata || jsonb_build_object(
			'lastModified', storage_local.iso(now()))
		|| case when $7::boolean then '{}' else jsonb_strip_nulls(
			jsonb_build_object('mimetype', $8::text,
				'cacheControl', $9::text)) end as metadata,
		case when $7::boolean then o.user_metadata
			else $10::jsonb end as user_metadata
	from storage.objects o
	where o.bucket_id = $1 and o.name = $2
	offset 0
) s;

-- name: storage_copy_commit :row
-- in: $1 bucket, $2 key, $3 version, $4 owner, $5 metadata, $6 user metadata,
--     $7 upsert, $8 type or null
select o.id, o.bucket_id || '/' || o.name as key, o.name, o.bucket_id,
	coalesce(o.owner::text, '') as owner,
	coalesce(o.owner_id, '') as owner_id, coalesce(o.version, '') as version,
	o.created_at, o.updated_at, o.last_accessed_at, o.metadata,
	o.user_metadata
from storage_local.commit_upload($1, $2, $3, $4,
	$5::jsonb || jsonb_strip_nulls(jsonb_build_object('mimetype', $8::text)),
	$6::jsonb, $7::boolean, '3s') o;

-- name: storage_delete :exec
-- in: $1 bucket, $2 key
select storage_local.delete_object($1, $2);

-- name: storage_delete_many :rows
-- in: $1 bucket, $2 JSON array of keys
select o.id, o.name, o.bucket_id, coalesce(o.owner::text, '') as owner,
	coalesce(o.owner_id, '') as owner_id, coalesce(o.version, '') as version,
	o.created_at, o.updated_at, o.last_accessed_at, o.metadata,
	o.user_metadata
from storage_local.delete_objects($1,
	array(select jsonb_array_elements_text($2::jsonb))) o;

-- name: storage_doomed :rows :read
-- in: $1 grace in s, $2 limit
-- Versions nobody names any more, oldest first; true if a row does after all.
select d.version, exists (
	select from storage.objects o where o.version = d.version)
from storage_local.doomed_versions d
where d.doomed_at < now() - make_interval(secs => $1::integer)
order by d.doomed_at limit $2::integer;

-- name: storage_doomed_done :exec
-- in: $1 JSON array of versions
delete from storage_local.doomed_versions
where version in (select jsonb_array_elements_text($1::jsonb));

-- name: storage_unknown_versions :rows :read
-- in: $1 JSON array of versions
-- Those that neither an object nor the list of the doomed names.
select v.version from jsonb_array_elements_text($1::jsonb) v(version)
where not exists (select from storage.objects o where o.version = v.version)
  and not exists (select from storage_local.doomed_versions d
	where d.version = v.version);

-- name: storage_versions_after :rows :read
-- in: $1 version, $2 limit
select o.version, o.bucket_id, o.name from storage.objects o
where o.version > $1 order by o.version limit $2::integer;
