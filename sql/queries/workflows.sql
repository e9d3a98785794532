-- Workflow templates, which stand in sql/functions/workflow_templates.sql.

-- name: workflow_list :rows :read
-- in: $1 mode or null; execute and coordinate are the words of older clients
select t.id, t.name, t.description, t.mode, true as built_in,
	api.workflow_phases(t.phases) as phases
from api.workflow_templates() t
where $1::text is null or t.mode = case $1 when 'execute' then 'worker'
	when 'coordinate' then 'coordinator' else $1 end
order by t.n;

-- name: workflow_get :row :read
-- in: $1 id text
select t.id, t.name, t.description, t.mode, true as built_in,
	api.workflow_phases(t.phases) as phases
from api.workflow_templates() t where t.id = $1;
