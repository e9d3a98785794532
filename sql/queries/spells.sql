-- Spells and custom prompts.  The functions are in sql/functions (schema
-- api); row-level security decides.

-- name: spell_list :rows :read
-- in: $1 entity type or null
select name, entity_type, label, description, template as prompt_template
from api.spells() where $1::text is null or entity_type = $1 order by n;

-- name: spell_entities :text :read
-- in: $1 entity type, $2 project id
select api.spell_entities($1, $2)::text;

-- name: spell_invoke :text
-- in: $1 input json {entityId, entityType, spellName, targetSessionId,
--     projectId, invokerSessionId}, $2 session that asks or null
select api.spell_invoke($1::json, $2)::text;

-- columns: custom_prompt
id, name, content, created_at, updated_at, description, icon, tags, entity_type;

-- name: custom_prompt_list :rows :read
select {custom_prompt} from public.custom_prompts
where user_id = (select auth.uid()) order by created_at, id;

-- name: custom_prompt_create :row
-- in: $1 input json
select {custom_prompt} from api.custom_prompt_create($1::json);

-- name: custom_prompt_update :row
-- in: $1 id, $2 input json
select {custom_prompt} from api.custom_prompt_update($1, $2::json);

-- name: custom_prompt_delete :row
-- in: $1 id
select true as success, d.id from api.custom_prompt_delete($1) d (id);
