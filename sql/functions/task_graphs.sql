-- What is done with task graphs: tasks as nodes, what needs what as edges
-- (maestro-api.md 2.4).  Security invoker.

-- --- the parts of a body ---------------------------------------------------

create or replace function api.check_id(v jsonb, field text) returns void
language plpgsql stable
as $$
begin
	if jsonb_typeof(v) is distinct from 'string'
		or v #>> '{}' !~ '^[A-Za-z0-9_-]{1,128}$'
	then
		perform private.refuse(400, 'validation_failed', field ||
			' must be an id of letters, digits, _ and -', field);
	end if;
end
$$;

-- Nodes without what nobody knows; 400 names the place.
create or replace function api.graph_nodes(nodes jsonb) returns jsonb
language plpgsql stable
as $$
declare
	node record;
	at text;
	clean jsonb[] := '{}';
begin
	if jsonb_typeof(nodes) <> 'array' or jsonb_array_length(nodes) > 1000
	then
		perform private.refuse(400, 'validation_failed',
			'nodes must be a list of at most 1000', 'nodes');
	end if;
	for node in
		select n.v, 'nodes.' || n.i - 1 as at
		from jsonb_array_elements(nodes) with ordinality n(v, i)
		order by n.i
	loop
		at := node.at;
		perform api.check_id(node.v -> 'taskId', at || '.taskId');
		if coalesce(node.v -> 'teamMemberId', 'null') <> 'null' then
			perform api.check_id(node.v -> 'teamMemberId',
				at || '.teamMemberId');
		end if;
		clean := clean || jsonb_strip_nulls(jsonb_build_object(
			'taskId', node.v -> 'taskId',
			'position', jsonb_build_object(
				'x', api.coordinate(node.v -> 'position', 'x',
					at),
				'y', api.coordinate(node.v -> 'position', 'y',
					at)),
			'teamMemberId', node.v -> 'teamMemberId',
			'memberOverrides', case when coalesce(
				node.v -> 'memberOverrides', 'null') <> 'null'
				then api.member_overrides(
					node.v -> 'memberOverrides',
					at || '.memberOverrides') end));
	end loop;
	return to_jsonb(clean);
end
$$;

create or replace function api.coordinate(place jsonb, axis text, at text)
returns jsonb
language plpgsql stable
as $$
begin
	if jsonb_typeof(place -> axis) is distinct from 'number'
		or abs((place -> axis)::numeric) > 1e9
	then
		perform private.refuse(400, 'validation_failed',
			at || '.position.' || axis || ' must be a number',
			at || '.position.' || axis);
	end if;
	return place -> axis;
end
$$;

create or replace function api.is_id(v jsonb) returns bool
language sql immutable parallel safe
as $$
	select coalesce(jsonb_typeof(v) = 'string'
		and v #>> '{}' ~ '^[A-Za-z0-9_-]{1,128}$', false)
$$;

-- Edges without what nobody knows; 400 names the place.  Ten thousand of them,
-- looked at one by one, took several times as long as in one statement.
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

-- --- order -----------------------------------------------------------------

-- Layers of tasks that can run side by side, each after the one before;
-- stuck: those in or behind a circle.  Each node and edge is touched once.
create or replace function api.graph_layers(nodes jsonb, edges jsonb,
	out layers jsonb, out stuck text[])
language plpgsql stable
as $$
declare
	ids text[] := api.each_once(array(
		select n.v ->> 'taskId'
		from jsonb_array_elements(nodes) with ordinality n(v, i)
		where n.v ->> 'taskId' is not null order by n.i));
	heads int[]; -- where edges go, ordered by where they come from
	outs int[]; -- how many leave a node
	needs int[]; -- how many that it waits for are not done
	begins int[] := '{}';
	ring int[];
	later int[];
	i int;
	head int;
	place int := 1;
begin
	layers := '[]';
	with k as materialized (
		select u.id, u.n::int as n
		from unnest(ids) with ordinality u(id, n)
	), e as materialized (
		select distinct s.n as s, t.n as t
		from jsonb_array_elements(edges) x(v)
		join k s on s.id = x.v ->> 'sourceTaskId'
		join k t on t.id = x.v ->> 'targetTaskId'
	)
	select (select array_agg(e.t order by e.s, e.t) from e),
		array_agg(coalesce(o.n, 0) order by k.n),
		array_agg(coalesce(w.n, 0) order by k.n)
	into heads, outs, needs
	from k
	left join (select e.s, count(*)::int as n from e group by e.s) o
		on o.s = k.n
	left join (select e.t, count(*)::int as n from e group by e.t) w
		on w.t = k.n;
	for i in 1 .. cardinality(ids) loop
		begins[i] := place;
		place := place + outs[i];
	end loop;
	ring := array(select n from generate_subscripts(ids, 1) n
		where needs[n] = 0 order by n);
	while ring <> '{}' loop
		layers := layers || jsonb_build_array(array(
			select ids[r.v] from unnest(ring) with ordinality r(v, n)
			order by r.n));
		later := '{}';
		foreach i in array ring loop
			for place in begins[i] .. begins[i] + outs[i] - 1 loop
				head := heads[place];
				needs[head] := needs[head] - 1;
				if needs[head] = 0 then
					later := later || head;
				end if;
			end loop;
		end loop;
		ring := array(select v from unnest(later) v order by v);
	end loop;
	stuck := array(select ids[n] from generate_subscripts(ids, 1) n
		where needs[n] > 0 order by n);
end
$$;

-- What is wrong with the shape, in order.
create or replace function api.graph_faults(nodes jsonb, edges jsonb)
returns table (field text, sentence text)
language plpgsql stable
as $$
declare
	ids text[] := array(select n.v ->> 'taskId'
		from jsonb_array_elements(nodes) n(v));
	stuck text[];
begin
	return query
	select 'nodes.' || max(n.i) - 1 || '.taskId',
		'The task ' || coalesce(n.v ->> 'taskId', '') ||
			' is there twice'
	from jsonb_array_elements(nodes) with ordinality n(v, i)
	group by n.v ->> 'taskId' having count(*) > 1
	order by max(n.i);
	return query
	select 'edges.' || max(e.i) - 1 || '.id',
		'The edge ' || coalesce(e.v ->> 'id', '') || ' is there twice'
	from jsonb_array_elements(edges) with ordinality e(v, i)
	group by e.v ->> 'id' having count(*) > 1
	order by max(e.i);
	return query
	select 'edges.' || e.i - 1 || '.' || s.side, 'The edge ' ||
		coalesce(e.v ->> 'id', '') || ' leads to a task that is no '
		'node: ' || coalesce(e.v ->> s.side, '')
	from jsonb_array_elements(edges) with ordinality e(v, i)
	cross join (values ('sourceTaskId'), ('targetTaskId')) s(side)
	where coalesce(e.v ->> s.side, '') not in (
		select u.id from unnest(ids) u(id) where u.id is not null)
	order by e.i;
	return query
	select 'edges.' || e.i - 1, 'The edge ' ||
		coalesce(e.v ->> 'id', '') || ' leads from a task to itself'
	from jsonb_array_elements(edges) with ordinality e(v, i)
	where e.v ->> 'sourceTaskId' = e.v ->> 'targetTaskId'
	order by e.i;
	select g.stuck into stuck from api.graph_layers(nodes, edges) g;
	if stuck <> '{}' then
		return query select 'edges', 'The edges make a circle among ' ||
			array_to_string(stuck[:10], ', ') || case
			when cardinality(stuck) > 10 then ' and others'
			else '' end;
	end if;
end
$$;

-- Before it is stored: the tasks are the project's, the shape is right.
create or replace function api.check_graph(project text, nodes jsonb,
	edges jsonb) returns void
language plpgsql volatile
as $$
declare
	fault record;
begin
	select * into fault from api.graph_faults(nodes, edges) f limit 1;
	if found then
		perform private.refuse(400, 'validation_failed',
			fault.sentence, fault.field);
	end if;
	perform api.check_listed(project, array(select n.v ->> 'taskId'
		from jsonb_array_elements(nodes) with ordinality n(v, i)
		order by n.i), 'nodes');
end
$$;

-- --- reading ---------------------------------------------------------------

create or replace function api.need_taskgraph(graph text, min_role text)
returns public.task_graphs
language plpgsql stable
as $$
declare
	g public.task_graphs;
begin
	select * into g from public.task_graphs where id = graph;
	if not found then
		perform private.refuse_missing('Task graph', graph);
	end if;
	if min_role <> 'viewer' then
		perform private.need_project(g.project_id, min_role);
	end if;
	return g;
end
$$;

create or replace function api.lock_taskgraph(graph text)
returns public.task_graphs
language plpgsql volatile
as $$
declare
	g public.task_graphs := api.need_taskgraph(graph, 'member');
begin
	select * into g from public.task_graphs where id = graph
	for no key update;
	if not found then
		perform private.refuse_missing('Task graph', graph);
	end if;
	return g;
end
$$;

-- Tasks may have gone since; rows of other origin may hold anything.
-- The layers are a list of lists, which is no array of texts.
create or replace function api.taskgraph_validate(graph text, out valid bool,
	out errors text[], out topological_order text[],
	out parallel_layers jsonb)
language plpgsql stable
as $$
declare
	g public.task_graphs := api.need_taskgraph(graph, 'viewer');
begin
	errors := array(select f.sentence
		from api.graph_faults(g.nodes, g.edges) f) || array(
		select 'Task with id ''' || coalesce(n.v ->> 'taskId', '') ||
			''' not found'
		from jsonb_array_elements(g.nodes) with ordinality n(v, i)
		where not exists (select from public.tasks t
			where t.id = n.v ->> 'taskId'
				and t.project_id = g.project_id)
		order by n.i);
	valid := errors = '{}';
	if not valid then
		return;
	end if;
	select l.layers into parallel_layers
	from api.graph_layers(g.nodes, g.edges) l;
	topological_order := array(
		select t.id
		from jsonb_array_elements(parallel_layers)
			with ordinality l(v, n)
		cross join jsonb_array_elements_text(l.v)
			with ordinality t(id, n)
		order by l.n, t.n);
end
$$;

-- --- writing ---------------------------------------------------------------

create or replace function api.taskgraph_create(input json)
returns public.task_graphs
language plpgsql volatile
as $$
declare
	j jsonb := input;
	project text := input ->> 'projectId';
	nodes jsonb := api.graph_nodes(coalesce(j -> 'nodes', '[]'));
	edges jsonb := api.graph_edges(coalesce(j -> 'edges', '[]'));
	g public.task_graphs;
begin
	perform private.need_project(project, 'member');
	perform api.check_graph(project, nodes, edges);
	insert into public.task_graphs (project_id, name, description, nodes,
		edges, coordinator_team_member_id, coordinator_model)
	values (project, j ->> 'name', j ->> 'description', nodes, edges,
		j ->> 'coordinatorTeamMemberId', j ->> 'coordinatorModel')
	returning * into g;
	return g;
end
$$;

-- While it runs only what tells of the run moves.
create or replace function api.taskgraph_update(graph text, input json)
returns public.task_graphs
language plpgsql volatile
as $$
declare
	g public.task_graphs := api.lock_taskgraph(graph);
	j jsonb := input;
	fixed text;
	new_nodes jsonb := g.nodes;
	new_edges jsonb := g.edges;
begin
	select k.key into fixed from jsonb_object_keys(j) k(key)
	where k.key not in ('status', 'executionSessionId', 'lastRunAt')
	limit 1;
	if found and g.status = 'running' then
		perform private.refuse(400, 'validation_failed',
			'A running task graph cannot be changed', fixed);
	end if;
	if j ? 'nodes' then
		new_nodes := api.graph_nodes(j -> 'nodes');
	end if;
	if j ? 'edges' then
		new_edges := api.graph_edges(j -> 'edges');
	end if;
	if j ?| array['nodes', 'edges'] then
		perform api.check_graph(g.project_id, new_nodes, new_edges);
	end if;
	update public.task_graphs set
		name = coalesce(j ->> 'name', name),
		description = case when j ? 'description'
			then j ->> 'description' else description end,
		nodes = new_nodes,
		edges = new_edges,
		coordinator_team_member_id = case
			when j ? 'coordinatorTeamMemberId'
			then j ->> 'coordinatorTeamMemberId'
			else coordinator_team_member_id end,
		coordinator_model = case when j ? 'coordinatorModel'
			then j ->> 'coordinatorModel'
			else coordinator_model end,
		status = coalesce(j ->> 'status', status),
		execution_session_id = case when j ? 'executionSessionId'
			then j ->> 'executionSessionId'
			else execution_session_id end,
		last_run_at = case when j ? 'lastRunAt'
			then timestamptz 'epoch' + interval '1 ms' *
				(j ->> 'lastRunAt')::bigint
			else last_run_at end
	where id = graph
	returning * into g;
	return g;
end
$$;

create or replace function api.taskgraph_delete(graph text) returns text
language plpgsql volatile
as $$
declare
	g public.task_graphs := api.lock_taskgraph(graph);
begin
	if g.status = 'running' then
		perform private.refuse(400, 'validation_failed',
			'A running task graph cannot be deleted');
	end if;
	delete from public.task_graphs where id = graph;
	return graph;
end
$$;

-- --- events ----------------------------------------------------------------

create or replace function private.emit_taskgraph() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	if tg_op = 'DELETE' then
		perform private.emit('task_graph:deleted', old.project_id,
			json_build_object('id', old.id,
				'projectId', old.project_id));
	elsif tg_op = 'INSERT' then
		perform private.emit_row('task_graph:created', new.project_id,
			'task_graphs', new.id, null);
	else
		perform private.emit_row('task_graph:updated', new.project_id,
			'task_graphs', new.id, private.changed_columns(
				to_jsonb(old), to_jsonb(new)));
	end if;
	return null;
end
$$;

-- --- what hangs on tables

create policy task_graphs_select on public.task_graphs
	for select to authenticated
	using (project_id = any(array(select private.project_ids('viewer'))));
create policy task_graphs_insert on public.task_graphs
	for insert to authenticated
	with check (project_id = any(array(
		select private.project_ids('member'))));
create policy task_graphs_update on public.task_graphs
	for update to authenticated
	using (project_id = any(array(select private.project_ids('member'))))
	with check (project_id = any(array(
		select private.project_ids('member'))));
create policy task_graphs_delete on public.task_graphs
	for delete to authenticated
	using (project_id = any(array(select private.project_ids('member'))));

create trigger task_graphs_touch before update on public.task_graphs
	for each row when (not private.importing())
	execute function private.touch();

-- Every pull at a node writes nodes and edges anew.
create trigger task_graphs_audit after insert or update or delete
	on public.task_graphs
	for each row when (not private.importing())
	execute function private.log_rls_operation('nodes', 'edges');
create trigger task_graphs_emit after insert or update or delete
	on public.task_graphs
	for each row when (not private.importing())
	execute function private.emit_taskgraph();
