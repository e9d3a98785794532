-- What the pages of members and files of a project show.

-- name: page_members :rows :read
-- in: $1 project, $2 how many stand before, $3 how many to show
select m.user_id, coalesce(m.display_name, m.email) as name, m.email, m.role,
	m.user_id = auth.uid() as is_me
from private.project_people($1) m
order by m.role desc, m.created_at, m.user_id
limit $3::int offset $2::int;

-- name: page_invitations :rows :read
-- in: $1 project
-- The latest 500 that are open; policies let admins see them.
select i.id, i.email, i.role, i.expires_at, i.expires_at <= now() as is_over
from (select x.id, x.email, x.role, x.expires_at, x.created_at
	from public.project_invitations x
	where x.project_id = $1 and x.accepted_at is null
	order by x.created_at desc, x.id desc limit 500) i
order by i.created_at, i.id;

-- name: page_invitation :row :read
-- in: $1 token text
select i.it ->> 'projectName' as project, i.it ->> 'invitedBy' as by,
	i.it ->> 'role' as role, i.it ->> 'email' as email
from private.peek_invitation($1) i (it);

-- name: page_files :rows :read
-- in: $1 project
-- The newest 500; the API has them all.
select o.id, coalesce(nullif(o.user_metadata ->> 'name', ''),
		substr(o.name, length($1) + 2)) as name,
	split_part(o.metadata ->> 'mimetype', ';', 1) as type,
	case when o.metadata ->> 'size' ~ '^\d{1,18}$'
		then (o.metadata ->> 'size')::bigint end as bytes,
	o.updated_at, coalesce(p.display_name, p.email) as by
from (select * from storage.objects x
	where x.bucket_id = 'project-files'
		and x.name collate "C" >= ($1 || '/') collate "C"
		and x.name collate "C" < ($1 || '0') collate "C"
		and storage.filename(x.name) <> '.emptyFolderPlaceholder'
	order by x.created_at desc, x.name limit 500) o
left join private.project_people($1) p
	on p.user_id = private.uuid_or_null(o.owner_id)
order by o.created_at desc, o.name;

-- name: page_file :opt :read
-- in: $1 project, $2 object id text
select substr(o.name, length($1) + 2) as key, o.metadata ->> 'mimetype' as type
from storage.objects o
where o.bucket_id = 'project-files' and o.id = private.uuid_or_null($2)
	and starts_with(o.name, $1 || '/');
