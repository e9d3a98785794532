set local lock_timeout = '2s';
-- A letter never goes to everyone because nobody was chosen.

-- Whom one can write to, in groups for a <select>: all, a.<agent>, s.<session>,
-- p.<person>.  Nobody is chosen for one who has gone: the first would be
-- everyone.
create or replace function api.page_mail_targets(project text, chosen text)
returns json
language sql stable
as $$
	with groups (n, label, options) as (
		select 1, 'Everyone', json_build_array(
			json_build_object('value', 'all',
				'label', 'Everyone on the project',
				'selected', chosen = 'all'))
		union all
		select 2, 'Agents at work', json_agg(json_build_object(
			'value', 'a.' || a.id,
			'label', a.name || case when a.n > 1
				then ' (' || a.n || ' sessions)' else '' end,
			'selected', chosen = 'a.' || a.id)
			order by lower(a.name), a.id)
		from (select s.team_member_id as id, count(*) as n,
				coalesce(max(api.session_member(s) ->> 'name'),
					s.team_member_id) as name
			from public.sessions s
			where s.project_id = project and private.is_active(s)
				and s.team_member_id ~ '^[A-Za-z0-9_-]{1,128}$'
			group by s.team_member_id) a
		union all
		select 3, 'Sessions', json_agg(json_build_object(
			'value', 's.' || s.id,
			'label', coalesce(nullif(s.name, ''), 'Unnamed session'),
			'selected', chosen = 's.' || s.id)
			order by s.last_activity desc, s.id)
		from (select distinct on (x.id) x.*
			from ((select * from public.sessions a
				where a.project_id = project and private.is_active(a)
				order by a.last_activity desc limit 100)
				union all
				(select * from public.sessions b
				where b.project_id = project
					and 's.' || b.id = chosen)) x
			order by x.id) s
		union all
		select 4, 'People', json_agg(json_build_object(
			'value', 'p.' || p.key,
			'label', p.value,
			'selected', chosen = 'p.' || p.key)
			order by lower(p.value), p.key)
		from jsonb_each_text(api.page_mail_people(project)) p
		where p.key <> auth.uid()::text
	)
	select json_agg(json_build_object('label', g.label, 'options', g.options)
		order by g.n)
	from (select * from groups where options is not null
		union all
		select 0, 'Choose', json_build_array(json_build_object(
			'value', '', 'label', 'Choose whom', 'selected', true))
		where not exists (select from groups x,
				json_array_elements(x.options) o
			where o ->> 'selected' = 'true')) g
$$;

create or replace function api.page_mail_new(project text, chosen text)
returns json
language plpgsql stable
as $$
begin
	perform private.need_project(project, 'member');
	return private.json_join(api.page_project(project, 'mail'),
		json_build_object(
			'targets', api.page_mail_targets(project,
				coalesce(chosen, '')),
			'types', api.page_mail_types('directive'),
			'priorities', api.page_mail_priorities()));
end
$$;
