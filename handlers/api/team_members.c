/*
 * team_members - /api/team-members: who an agent can be told to be.
 */
#include "api.h"
#include "domain/entities/entities.h"
#include "domain/words.h"

enum {
	TEXT_CHARS = 10000
};

static const char *const global_only[] = {"global", NULL};

static const struct filter list_filters[] = {
	{"projectId", NULL,        NULL    },
	{"scope",     global_only, "global"},
	{NULL,        NULL,        NULL    },
};
static const struct filter get_filters[] = {
	{"projectId", NULL, NULL},
	{NULL,        NULL, NULL},
};

/* clang-format off */
static const struct field project_fields[] = {
	{"projectId", F_ID, REQUIRED, 0, 0, NULL, NULL},
};

static const struct field memory_fields[] = {
	{"projectId", F_ID, REQUIRED, 0, 0, NULL, NULL},
	{"entries", F_TEXTS, REQUIRED, 0, TEXT_CHARS, NULL, NULL},
};

static const struct field scope_fields[] = {
	{"projectId", F_ID, REQUIRED, 0, 0, NULL, NULL},
	{"scope", F_ENUM, REQUIRED, 0, 0, words_agent_scope, NULL},
};
/* clang-format on */

static const struct entity named_entity = {"Team member", project_fields,
					   NELEM(project_fields), NULL};
static const struct entity memory_entity = {"Memory", memory_fields,
					    NELEM(memory_fields), NULL};
static const struct entity scope_entity = {"Team member", scope_fields,
					   NELEM(scope_fields), NULL};

static bool
teammember_delete(struct req *rq, struct err *e)
{
	const char *project = req_query_text(rq, "projectId");

	const struct db_call call =
		q_teammember_delete(req_param(rq, "id"), project);

	if (!project)
		return err_field(e, "projectId", "projectId is required");
	return answer_row(rq, 200, &done_entity, &call, 1, e);
}

/* The project a body names; borrowed from the request. */
static bool
body_project(struct req *rq, const char **project, struct err *e)
{
	struct json_object *in;

	if (!req_entity(rq, &named_entity, CREATE, NULL, &in, e))
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

	const struct db_call call =
		q_teammember_status(req_param(rq, "id"), project, word);

	return answer_row(rq, 200, &team_member_entity, &call, 1, e);
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

	const struct db_call call =
		q_teammember_reset(req_param(rq, "id"), project);

	return answer_row(rq, 200, &team_member_entity, &call, 1, e);
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/team-members", NULL, R_USER, 0, RF_PAGED,
	 DOC(.says = "With projectId the seven defaults, the project's own and the caller's global ones; otherwise only the last. Archived ones are left out.",
	     .role = "viewer"),
	 .query = Q_TEAMMEMBER_LIST, .count = Q_TEAMMEMBER_COUNT,
	 .filters = list_filters, .out = &team_member_entity},
	{M_POST, "/api/team-members", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Makes a team member.", .role = "member"),
	 .status = 201, .query = Q_TEAMMEMBER_CREATE, .in = &team_member_entity,
	 .out = &team_member_entity},
	{M_GET, "/api/team-members/:id", NULL, R_USER, 0, 0,
	 DOC(.says = "One team member.", .role = "viewer"),
	 .query = Q_TEAMMEMBER_GET, .filters = get_filters,
	 .out = &team_member_entity},
	{M_PATCH, "/api/team-members/:id", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Changes what is named; a default keeps the change as an override. modelProfileId \"\" takes the binding away.",
	     .role = "member"),
	 .query = Q_TEAMMEMBER_UPDATE, .in = &team_member_entity,
	 .out = &team_member_entity},
	{M_DELETE, "/api/team-members/:id", teammember_delete, R_USER, API_BODY, 0,
	 DOC(.says = "Deletes an archived one; defaults stay.",
	     .role = "member", .query = "projectId (required)",
	     .errors = "BUSINESS_RULE_ERROR 422")},
	{M_POST, "/api/team-members/:id/archive", teammember_archive, R_USER, API_BODY, 0,
	 DOC(.says = "Hides it from lists.", .role = "member"),
	 .in = &named_entity},
	{M_POST, "/api/team-members/:id/unarchive", teammember_unarchive, R_USER, API_BODY, 0,
	 DOC(.says = "Brings it back.", .role = "member"),
	 .in = &named_entity},
	{M_POST, "/api/team-members/:id/reset", teammember_reset, R_USER, API_BODY, 0,
	 DOC(.says = "A default as it was.", .role = "member"),
	 .in = &named_entity},
	{M_POST, "/api/team-members/:id/memory", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Adds to its memory.", .role = "member"),
	 .query = Q_TEAMMEMBER_REMEMBER, .in = &memory_entity,
	 .out = &team_member_entity},
	{M_PATCH, "/api/team-members/:id/scope", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Makes it the project's or the caller's own.",
	     .role = "member"),
	 .query = Q_TEAMMEMBER_SCOPE, .in = &scope_entity,
	 .out = &team_member_entity},
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
