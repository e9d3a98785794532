/*
 * projects - /api/projects: the projects themselves, their board and docs.
 */
#include "api.h"
#include "core/log.h"
#include "domain/entities/entities.h"
#include "domain/words.h"
#include "files.h"

enum {
	NAME_MAX_CHARS = 1000,
	DIR_MAX_CHARS = 1000,
	DESCRIPTION_MAX_CHARS = 500
};

static const struct field create_fields[] = {
	{"name",        F_NAME, REQUIRED, 1, NAME_MAX_CHARS,        NULL},
	{"workingDir",  F_TEXT, REQUIRED, 1, DIR_MAX_CHARS,         NULL},
	{"description", F_TEXT, 0,        0, DESCRIPTION_MAX_CHARS, NULL},
};
static const struct entity create_entity = {"project", create_fields,
					    NELEM(create_fields)};

static const struct field update_fields[] = {
	{"name",        F_NAME, 0, 1, NAME_MAX_CHARS,        NULL},
	{"workingDir",  F_TEXT, 0, 1, DIR_MAX_CHARS,         NULL},
	{"description", F_TEXT, 0, 0, DESCRIPTION_MAX_CHARS, NULL},
	{"isMaster",    F_BOOL, 0, 0, 0,                     NULL},
};
static const struct entity update_entity = {"project", update_fields,
					    NELEM(update_fields)};

static const struct field master_fields[] = {
	{"isMaster", F_BOOL, REQUIRED, 0, 0, NULL},
};
static const struct entity master_entity = {"master", master_fields,
					    NELEM(master_fields)};

/* 422 while tasks or sessions remain.  The rows go in one transaction; then the
 * bytes of its files.  Should the store be away just now, the project is gone
 * all the same and its files are nobody's: worth a line in the log, not an
 * error to the caller. */
static bool
project_delete(struct req *rq, struct err *e)
{
	struct objects_who who = files_who(rq, "storage.object.delete_many");
	const char *id = req_param(rq, "id");
	struct err trouble;

	if (!answer_text(rq, 200, q_project_delete(req_param(rq, "id")), e))
		return false;
	if (!project_files_drop(rq->ctx, rq->arena, &who, id, &trouble))
		log_line(LOG_LEVEL_WARN, "project_files_left", "project", id,
			 "msg", trouble.message, NULL);
	return true;
}

/* Project, members, the caller's role and all cards in one answer; q,
 * priority and tag narrow the cards. */
static bool
project_board(struct req *rq, struct err *e)
{
	return answer_text(rq, 200,
			   q_project_board(req_param(rq, "id"),
					   req_query_text(rq, "q"),
					   req_query_text(rq, "priority"),
					   req_query_text(rq, "tag")),
			   e);
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/projects", NULL, R_USER, 0, RF_PAGED,
	 DOC(.says = "The projects the caller is in.", .role = "viewer"),
	 .query = Q_PROJECT_LIST},
	{M_POST, "/api/projects", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Makes a project; the caller owns it. workingDir is kept, not made."),
	 .status = 201, .query = Q_PROJECT_CREATE, .in = &create_entity},
	{M_GET, "/api/projects/:id", NULL, R_USER, 0, 0,
	 DOC(.says = "One project.", .role = "viewer"),
	 .query = Q_PROJECT_GET},
	{M_PUT | M_PATCH, "/api/projects/:id", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Changes what is named.", .role = "admin"),
	 .query = Q_PROJECT_UPDATE, .in = &update_entity},
	{M_DELETE, "/api/projects/:id", project_delete, R_USER, API_BODY, 0,
	 DOC(.says = "Deletes it; 422 while it has tasks or sessions.",
	     .role = "owner", .errors = "BUSINESS_RULE_ERROR 422")},
	{M_PUT, "/api/projects/:id/master", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Marks the project as master, or not.", .role = "admin"),
	 .query = Q_PROJECT_UPDATE, .in = &master_entity},
	{M_GET, "/api/projects/:id/board", project_board, R_USER, 0, 0,
	 DOC(.says = "Everything a board shows, at once: {project, role, members, tags, total, columns: [{status, count, tasks}]}.",
	     .role = "viewer", .query = "q (words), priority, tag")},
	{M_GET, "/api/projects/:id/docs", NULL, R_USER, 0, RF_PAGED,
	 DOC(.says = "The documents of its sessions, with their text.",
	     .role = "viewer"),
	 .query = Q_PROJECT_DOCS, .count = Q_PROJECT_DOCS_COUNT, .out = &doc_text_entity,
	 .filters = (const struct filter[]){
		{"kind", words_doc_kind, "markdown or diagram"},
		{NULL, NULL, NULL}}},
};
/* clang-format on */

const struct route_set project_routes = {
	.title = "Projects",
	.rows = rows,
	.n = NELEM(rows),
};
