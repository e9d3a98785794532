/*
 * spells - /api/spells: what can be said to a session of an entity, and the
 * prompts people keep for it.  What spells there are and what they say stands
 * in SQL: sql/functions/spells.sql.
 */
#include "api.h"

#include <string.h>

#include "domain/entities/entities.h"
#include "domain/words.h"

static const struct filter kinds[] = {
	{"entityType", words_spell_kind, "a kind of entity"},
	{NULL,         NULL,             NULL              },
};

static bool
is_kind(const char *kind)
{
	for (const char *const *k = words_spell_kind; *k; k++) {
		if (strcmp(kind, *k) == 0)
			return true;
	}
	return false;
}

static bool
spell_entities(struct req *rq, struct err *e)
{
	const char *kind = req_param(rq, "type");
	const char *project = req_query_text(rq, "projectId");

	if (!is_kind(kind))
		return err_field(e, "type", "There is no such type of entity");
	if (!project)
		return err_field(e, "projectId", "projectId is required");

	return answer_text(rq, 200, q_spell_entities(kind, project), e);
}

static bool
spell_invoke(struct req *rq, struct err *e)
{
	const char *in;

	if (!req_entity(rq, &spell_cast_entity, CREATE, &in, NULL, e))
		return false;

	return answer_text(
		rq, 200, q_spell_invoke(in, req_header(rq, "X-Session-Id")), e);
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/spells/definitions", NULL, R_USER, 0, 0,
	 DOC(.says = "The spells there are."),
	 .query = Q_SPELL_LIST, .filters = kinds, .out = &spell_entity},
	{M_GET, "/api/spells/entities/:type", spell_entities, R_USER, 0, 0,
	 DOC(.says = "What they can be cast with: objects of the project, "
	     "built-in texts, your own prompts for that type.",
	     .role = "viewer", .query = "projectId (required)")},
	{M_POST, "/api/spells/invoke", spell_invoke, R_USER, API_BODY, 0,
	 DOC(.says = "Says the spell's prompt to the target session. Without a "
	     "type the entity is looked up by its id, without a project in the "
	     "target's, without a name the first spell is cast.",
	     .role = "member",
	     .errors = "NOT_FOUND 404"),
	 .in = &spell_cast_entity},
	{M_GET, "/api/spells/custom-prompts", NULL, R_USER, 0, 0,
	 DOC(.says = "Your own prompts."),
	 .query = Q_CUSTOM_PROMPT_LIST, .out = &custom_prompt_entity},
	{M_POST, "/api/spells/custom-prompts", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Keeps a prompt for you. `prompt` is taken for `content`; "
	     "at most 10 tags."),
	 .status = 201, .query = Q_CUSTOM_PROMPT_CREATE, .in = &custom_prompt_entity,
	 .out = &custom_prompt_entity},
	{M_PUT | M_PATCH, "/api/spells/custom-prompts/:id", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Changes what is named. Built-in ones cannot be changed."),
	 .query = Q_CUSTOM_PROMPT_UPDATE, .in = &custom_prompt_entity,
	 .out = &custom_prompt_entity},
	{M_DELETE, "/api/spells/custom-prompts/:id", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Deletes it. Built-in ones cannot be deleted."),
	 .query = Q_CUSTOM_PROMPT_DELETE, .out = &done_entity},
};
/* clang-format on */

const struct route_set spell_routes = {
	.title = "Spells",
	.about = "A spell makes a prompt of an entity and says it to a "
		 "session.",
	.rows = rows,
	.n = NELEM(rows),
};
