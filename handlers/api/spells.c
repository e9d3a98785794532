/*
 * spells - /api/spells: what can be said to a session of an entity, and the
 * prompts people keep for it.  What spells there are and what they say stands
 * in SQL: sql/functions/spells.sql.
 */
#include "api.h"

#include <string.h>

enum {
	NAME_CHARS = 1000,
	CONTENT_CHARS = 100000,
	DESCRIPTION_CHARS = 500,
	ICON_CHARS = 10,
	TAG_CHARS = 50,
	SPELL_CHARS = 100
};

static const char *const kinds[] = {"maestro",       "skill", "team-member",
				    "task",          "doc",   "session",
				    "custom-prompt", NULL};

/* clang-format off */
/* Older clients say prompt for content: SQL wants one of the two. */
static const struct field create_fields[] = {
	{"name", F_NAME, REQUIRED, 1, NAME_CHARS, NULL},
	{"content", F_TEXT, 0, 0, CONTENT_CHARS, NULL},
	{"prompt", F_TEXT, 0, 0, CONTENT_CHARS, NULL},
	{"description", F_TEXT, 0, 0, DESCRIPTION_CHARS, NULL},
	{"icon", F_TEXT, 0, 0, ICON_CHARS, NULL},
	{"tags", F_TEXTS, 0, 0, TAG_CHARS, NULL},
	{"entityType", F_ENUM, 0, 0, 0, kinds},
};

static const struct field update_fields[] = {
	{"name", F_NAME, 0, 1, NAME_CHARS, NULL},
	{"content", F_TEXT, 0, 0, CONTENT_CHARS, NULL},
	{"prompt", F_TEXT, 0, 0, CONTENT_CHARS, NULL},
	{"description", F_TEXT, NULLABLE, 0, DESCRIPTION_CHARS, NULL},
	{"icon", F_TEXT, NULLABLE, 0, ICON_CHARS, NULL},
	{"tags", F_TEXTS, 0, 0, TAG_CHARS, NULL},
	{"entityType", F_ENUM, NULLABLE, 0, 0, kinds},
};

/* Only what cannot be found out is required. */
static const struct field invoke_fields[] = {
	{"entityId", F_ID, REQUIRED, 0, 0, NULL},
	{"targetSessionId", F_ID, REQUIRED, 0, 0, NULL},
	{"entityType", F_ENUM, 0, 0, 0, kinds},
	{"spellName", F_TEXT, 0, 1, SPELL_CHARS, NULL},
	{"projectId", F_ID, 0, 0, 0, NULL},
	{"invokerSessionId", F_ID, 0, 0, 0, NULL},
};
/* clang-format on */
static const struct entity create_entity = {"prompt", create_fields,
					    NELEM(create_fields)};
static const struct entity update_entity = {"prompt", update_fields,
					    NELEM(update_fields)};
static const struct entity invoke_entity = {"spell", invoke_fields,
					    NELEM(invoke_fields)};

static bool
spell_list(struct req *rq, struct err *e)
{
	const char *kind;

	if (!req_query_word(rq, "entityType", kinds, &kind, e))
		return false;

	return answer_text(rq, 200, q_spell_list(kind), e);
}

static bool
is_kind(const char *kind)
{
	for (const char *const *k = kinds; *k; k++) {
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

	if (!req_entity(rq, &invoke_entity, CREATE, &in, NULL, e))
		return false;

	return answer_text(
		rq, 200, q_spell_invoke(in, req_header(rq, "X-Session-Id")), e);
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/spells/definitions", spell_list, R_USER, 0, 0,
	 DOC(.says = "The spells there are.", .query = "entityType")},
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
	 .in = &invoke_entity},
	{M_GET, "/api/spells/custom-prompts", NULL, R_USER, 0, 0,
	 DOC(.says = "Your own prompts."),
	 .query = Q_CUSTOM_PROMPT_LIST},
	{M_POST, "/api/spells/custom-prompts", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Keeps a prompt for you. `prompt` is taken for `content`; "
	     "at most 10 tags."),
	 .status = 201, .query = Q_CUSTOM_PROMPT_CREATE, .in = &create_entity},
	{M_PUT | M_PATCH, "/api/spells/custom-prompts/:id", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Changes what is named. Built-in ones cannot be changed."),
	 .query = Q_CUSTOM_PROMPT_UPDATE, .in = &update_entity},
	{M_DELETE, "/api/spells/custom-prompts/:id", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Deletes it. Built-in ones cannot be deleted."),
	 .query = Q_CUSTOM_PROMPT_DELETE},
};
/* clang-format on */

const struct route_set spell_routes = {
	.title = "Spells",
	.about = "A spell makes a prompt of an entity and says it to a "
		 "session.",
	.rows = rows,
	.n = NELEM(rows),
};
