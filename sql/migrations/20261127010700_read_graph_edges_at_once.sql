set local lock_timeout = '2s';
-- Ten thousand edges, looked at one by one, took several times as long as in
-- one statement.

create or replace function api.is_id(v jsonb) returns bool
language sql immutable parallel safe
as $$
	select coalesce(jsonb_typeof(v) = 'string'
		and v #>> '{}' ~ '^[A-Za-z0-9_-]{1,128}$', false)
$$;

-- Edges without what nobody knows; 400 names the place.
create or replace function api.graph_edges(edges jsonb) returns jsonb
language plpgsql stable
as $$
declare
	bad record;
begin
	if jsonb_typeof(edges) <> 'array' or jsonb_array_length(edges) > 10000
	then
		perform private.refuse(400, 'validation_failed',
			'edges must be a list of at most 10000', 'edges');
	end if;
	select 'edges.' || e.i - 1 || '.' || c.part as field, c.part into bad
	from jsonb_array_elements(edges) with ordinality e(v, i)
	cross join lateral (select case
		when jsonb_typeof(e.v -> 'id') is distinct from 'string'
			or length(e.v ->> 'id') not between 1 and 100
			then 'id'
		when not api.is_id(e.v -> 'sourceTaskId') then 'sourceTaskId'
		when not api.is_id(e.v -> 'targetTaskId') then 'targetTaskId'
		when jsonb_typeof(e.v -> 'label') not in ('string', 'null')
			or length(e.v ->> 'label') > 200 then 'label'
		end as part) c
	where c.part is not null
	order by e.i limit 1;
	if found then
		perform private.refuse(400, 'validation_failed', bad.field ||
			case bad.part
			when 'id' then ' must be a text of 1 to 100 characters'
			when 'label' then
				' must be a text of at most 200 characters'
			else ' must be an id of letters, digits, _ and -' end,
			bad.field);
	end if;
	return (select coalesce(jsonb_agg(jsonb_strip_nulls(
			jsonb_build_object('id', e.v -> 'id',
				'sourceTaskId', e.v -> 'sourceTaskId',
				'targetTaskId', e.v -> 'targetTaskId',
				'label', e.v -> 'label')) order by e.i), '[]')
		from jsonb_array_elements(edges) with ordinality e(v, i));
end
$$;

revoke execute on all functions in schema api from public;
grant execute on all functions in schema api to authenticated, service_role;
