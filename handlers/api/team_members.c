/*
 * team_members - /api/team-members: who an agent can be told to be.
 */
#include "api.h"
#include "domain/words.h"

enum {
	NAME_CHARS = 1000,
	TEXT_CHARS = 10000,
	WORD_CHARS = 100,
	TEMPLATE_CHARS = 200,
	MEMORY_CHARS = 500
};

static const char *const global_only[] = {"global", NULL};
static const char *const statuses[] = {"active", "archived", NULL};

/* clang-format off */
#define COMMON_FIELDS \
	{"identity", F_TEXT, 0, 0, TEXT_CHARS, NULL}, \
	{"model", F_TEXT, 0, 0, WORD_CHARS, NULL}, \
	{"modelProfileId", F_TEXT, 0, 0, 128, NULL}, \
	{"agentTool", F_TEXT, 0, 0, WORD_CHARS, NULL}, \
	{"mode", F_ENUM, 0, 0, 0, words_agent_mode}, \
	{"permissionMode", F_ENUM, 0, 0, 0, words_permission_mode}, \
	{"skillIds", F_IDS, 0, 0, 0, NULL}, \
	{"capabilities", F_OBJECT, 0, 0, 0, NULL}, \
	{"commandPermissions", F_OBJECT, 0, 0, 0, NULL}, \
	{"workflowTemplateId", F_TEXT, 0, 0, TEMPLATE_CHARS, NULL}, \
	{"customWorkflow", F_TEXT, 0, 0, TEXT_CHARS, NULL}, \
	{"soundInstrument", F_TEXT, 0, 0, WORD_CHARS, NULL}, \
	{"scope", F_ENUM, 0, 0, 0, words_agent_scope}

static const struct field create_fields[] = {
	{"projectId", F_ID, REQUIRED, 0, 0, NULL},
	{"name", F_NAME, REQUIRED, 1, NAME_CHARS, NULL},
	{"role", F_NAME, REQUIRED, 1, TEXT_CHARS, NULL},
	{"avatar", F_NAME, REQUIRED, 1, TEXT_CHARS, NULL},
	COMMON_FIELDS,
};

static const struct field update_fields[] = {
	{"projectId", F_ID, REQUIRED, 0, 0, NULL},
	{"name", F_NAME, 0, 1, NAME_CHARS, NULL},
	{"role", F_NAME, 0, 1, TEXT_CHARS, NULL},
	{"avatar", F_NAME, 0, 1, TEXT_CHARS, NULL},
	{"status", F_ENUM, 0, 0, 0, statuses},
	{"memory", F_TEXTS, 0, 0, MEMORY_CHARS, NULL},
	COMMON_FIELDS,
};

static const struct field project_fields[] = {
	{"projectId", F_ID, REQUIRED, 0, 0, NULL},
};

static const struct field memory_fields[] = {
	{"projectId", F_ID, REQUIRED, 0, 0, NULL},
	{"entries", F_TEXTS, REQUIRED, 0, TEXT_CHARS, NULL},
};

static const struct field scope_fields[] = {
	{"projectId", F_ID, REQUIRED, 0, 0, NULL},
	{"scope", F_ENUM, REQUIRED, 0, 0, words_agent_scope},
};
/* clang-format on */

static const struct entity create_entity = {"team member", create_fields,
					    NELEM(create_fields)};
static const struct entity update_entity = {"team member", update_fields,
					    NELEM(update_fields)};
static const struct entity project_entity = {"team member", project_fields,
					     NELEM(project_fields)};
static const struct entity memory_entity = {"memory", memory_fields,
					    NELEM(memory_fields)};
static const struct entity scope_entity = {"team member", scope_fields,
					   NELEM(scope_fields)};

static bool
teammember_list(struct req *rq, struct err *e)
{
	struct window page;
	const char *scope;

	if (!req_window(rq, &page, e) ||
	    !req_query_word(rq, "scope", global_only, &scope, e))
		return false;

	return answer_text(rq, 200,
			   q_teammember_list(req_query_text(rq, "projectId"),
					     scope, page.limit, page.offset),
			   e);
}

static bool
teammember_get(struct req *rq, struct err *e)
{
	return answer_text(rq, 200,
			   q_teammember_get(req_param(rq, "id"),
					    req_query_text(rq, "projectId")),
			   e);
}

static bool
teammember_delete(struct req *rq, struct err *e)
{
	const char *project = req_query_text(rq, "projectId");

	if (!project)
		return err_field(e, "projectId", "projectId is required");

	return answer_text(
		rq, 200, q_teammember_delete(req_param(rq, "id"), project), e);
}

/* The project a body names; borrowed from the request. */
static bool
body_project(struct req *rq, const char **project, struct err *e)
{
	struct json_object *in;

	if (!req_entity(rq, &project_entity, CREATE, NULL, &in, e))
		return false;
	*project = json_text(in, "projectId");
	return true;
}

static bool
reply_status(struct req *rq, const char *word, struct err *e)
{
	const char *project;

	if (!body_project(rq, &project, e))
		return false;

	return answer_text(
		rq, 200,
		q_teammember_status(req_param(rq, "id"), project, word), e);
}

static bool
teammember_archive(struct req *rq, struct err *e)
{
	return reply_status(rq, "archived", e);
}

static bool
teammember_unarchive(struct req *rq, struct err *e)
{
	return reply_status(rq, "active", e);
}

static bool
teammember_reset(struct req *rq, struct err *e)
{
	const char *project;

	if (!body_project(rq, &project, e))
		return false;

	return answer_text(rq, 200,
			   q_teammember_reset(req_param(rq, "id"), project), e);
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/team-members", teammember_list, R_USER, 0, 0,
	 DOC(.says = "With projectId the seven defaults, the project's own and the caller's global ones; otherwise only the last. Archived ones are left out.",
	     .role = "viewer",
	     .query = "projectId, scope (global), limit, offset")},
	{M_POST, "/api/team-members", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Makes a team member.", .role = "member"),
	 .status = 201, .query = Q_TEAMMEMBER_CREATE, .in = &create_entity},
	{M_GET, "/api/team-members/:id", teammember_get, R_USER, 0, 0,
	 DOC(.says = "One team member.", .role = "viewer",
	     .query = "projectId")},
	{M_PATCH, "/api/team-members/:id", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Changes what is named; a default keeps the change as an override. modelProfileId \"\" takes the binding away.",
	     .role = "member"),
	 .query = Q_TEAMMEMBER_UPDATE, .in = &update_entity},
	{M_DELETE, "/api/team-members/:id", teammember_delete, R_USER, API_BODY, 0,
	 DOC(.says = "Deletes an archived one; defaults stay.",
	     .role = "member", .query = "projectId (required)",
	     .errors = "BUSINESS_RULE_ERROR 422")},
	{M_POST, "/api/team-members/:id/archive", teammember_archive, R_USER, API_BODY, 0,
	 DOC(.says = "Hides it from lists.", .role = "member"),
	 .in = &project_entity},
	{M_POST, "/api/team-members/:id/unarchive", teammember_unarchive, R_USER, API_BODY, 0,
	 DOC(.says = "Brings it back.", .role = "member"),
	 .in = &project_entity},
	{M_POST, "/api/team-members/:id/reset", teammember_reset, R_USER, API_BODY, 0,
	 DOC(.says = "A default as it was.", .role = "member"),
	 .in = &project_entity},
	{M_POST, "/api/team-members/:id/memory", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Adds to its memory.", .role = "member"),
	 .query = Q_TEAMMEMBER_REMEMBER, .in = &memory_entity},
	{M_PATCH, "/api/team-members/:id/scope", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Makes it the project's or the caller's own.",
	     .role = "member"),
	 .query = Q_TEAMMEMBER_SCOPE, .in = &scope_entity},
};
/* clang-format on */

const struct route_set teammember_routes = {
	.title = "Team members",
	.about =
		"Seven are there in every project without being made (tm_<project>_<kind>);\n"
		"PATCH changes one of them for the project, reset undoes that; they are not\n"
		"archived, deleted or moved.  A member of scope global is yours alone and shows\n"
		"in all your projects.  Times are ISO 8601 here.",
	.rows = rows,
	.n = NELEM(rows),
};
