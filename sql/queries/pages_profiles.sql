-- What the pages of model profiles show: four that everybody has, and the
-- person's own.  They belong to no project; they are reached from one, because
-- agents are.

-- name: page_profiles :rows :read
-- in: $1 how many of the caller's own
select p.id, p.is_default, p.name, p.description,
	p.launch_config ->> 'provider' as provider,
	p.launch_config ->> 'model' as model,
	p.launch_config ->> 'reasoningEffort' as effort,
	p.launch_config ->> 'speed' as speed,
	p.launch_config ->> 'accessMode' as access
from (select true as is_default, d.n, d.created_at, d.id, d.name,
		d.description, d.launch_config
	from api.default_profile_rows() with ordinality
		d (id, user_id, name, description, launch_config, created_at,
		updated_at, extra, n)
	union all
	(select false, 0, x.created_at, x.id, x.name, x.description,
		x.launch_config
	from public.model_profiles x
	where x.user_id = (select auth.uid())
	order by x.created_at, x.id limit $1::int)) p
order by p.is_default, p.n, p.created_at, p.id;

-- name: page_profile :row :read
-- in: $1 id text
select p.id, p.user_id is null as is_default, p.name, p.description,
	p.launch_config ->> 'provider' as provider,
	p.launch_config ->> 'model' as model,
	p.launch_config ->> 'reasoningEffort' as effort,
	p.launch_config ->> 'speed' as speed,
	p.launch_config ->> 'accessMode' as access
from api.modelprofile_get($1) p;
