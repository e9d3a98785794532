-- Spells and custom prompts.  The functions are in sql/functions (schema
-- api); row-level security decides.

-- name: spell_list :text :read
-- in: $1 entity type or null
select api.spell_list($1)::text;

-- name: spell_entities :text :read
-- in: $1 entity type, $2 project id
select api.spell_entities($1, $2)::text;

-- name: spell_invoke :text
-- in: $1 input json {entityId, entityType, spellName, targetSessionId,
--     projectId, invokerSessionId}, $2 session that asks or null
select api.spell_invoke($1::json, $2)::text;

-- name: custom_prompt_list :text :read
select api.custom_prompt_list()::text;

-- name: custom_prompt_create :text
-- in: $1 input json
select api.custom_prompt_create($1::json)::text;

-- name: custom_prompt_update :text
-- in: $1 id, $2 input json
select api.custom_prompt_update($1, $2::json)::text;

-- name: custom_prompt_delete :text
-- in: $1 id
select api.custom_prompt_delete($1)::text;
