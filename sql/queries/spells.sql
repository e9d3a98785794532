-- Spells and custom prompts.  The functions are in sql/functions (schema
-- api); row-level security decides.

-- name: spell_list :json :read
-- in: $1 entity type or null
select api.spell_list($1)::text;

-- name: spell_entities :json :read
-- in: $1 entity type, $2 project id
select api.spell_entities($1, $2)::text;

-- name: spell_invoke :json
-- in: $1 input json {entityId, entityType, spellName, targetSessionId,
--     projectId, invokerSessionId}, $2 session that asks or null
select api.spell_invoke($1::json, $2)::text;

-- name: custom_prompt_list :json :read
select api.custom_prompt_list()::text;

-- name: custom_prompt_create :json
-- in: $1 input json
select api.custom_prompt_create($1::json)::text;

-- name: custom_prompt_update :json
-- in: $1 id, $2 input json
select api.custom_prompt_update($1, $2::json)::text;

-- name: custom_prompt_delete :json
-- in: $1 id
select api.custom_prompt_delete($1)::text;
