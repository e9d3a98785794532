/*
 * projects - /api/projects: the projects themselves, their board and docs.
 */
#include "api.h"
#include "core/log.h"
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

static bool
project_list(struct req *rq, struct err *e)
{
	return api_reply_page(rq, Q_PROJECT_LIST, e);
}

/* The caller becomes the owner. */
static bool
project_create(struct req *rq, struct err *e)
{
	return api_reply_body(rq, 201, Q_PROJECT_CREATE, &create_entity, e);
}

static bool
project_get(struct req *rq, struct err *e)
{
	return api_reply_id(rq, Q_PROJECT_GET, e);
}

static bool
project_update(struct req *rq, struct err *e)
{
	return api_reply_id_body(rq, 200, Q_PROJECT_UPDATE, &update_entity, e);
}

static bool
project_master(struct req *rq, struct err *e)
{
	return api_reply_id_body(rq, 200, Q_PROJECT_UPDATE, &master_entity, e);
}

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

	if (!api_reply_id(rq, Q_PROJECT_DELETE, e))
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
	const char *const args[] = {req_param(rq, "id"), api_query(rq, "q"),
				    api_query(rq, "priority"),
				    api_query(rq, "tag")};

	return api_reply(rq, 200, Q_PROJECT_BOARD, args, e);
}

static bool
project_docs(struct req *rq, struct err *e)
{
	struct api_page page;
	const char *kind;

	if (!api_page(rq, &page, e) ||
	    !api_query_word(rq, "kind", api_doc_kinds, &kind, e))
		return false;

	const char *const args[] = {req_param(rq, "id"), kind, page.limit,
				    page.offset};

	return api_reply(rq, 200, Q_PROJECT_DOCS, args, e);
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/projects", project_list, R_USER, 0, 0,
	 DOC(.says = "The projects the caller is in.", .role = "viewer",
	     .query = "limit, offset")},
	{M_POST, "/api/projects", project_create, R_USER, API_BODY, 0,
	 DOC(.says = "Makes a project; the caller owns it. workingDir is kept, not made.",
	     .status = 201, .body = &create_entity)},
	{M_GET, "/api/projects/:id", project_get, R_USER, 0, 0,
	 DOC(.says = "One project.", .role = "viewer")},
	{M_PUT | M_PATCH, "/api/projects/:id", project_update, R_USER, API_BODY, 0,
	 DOC(.says = "Changes what is named.", .role = "admin",
	     .body = &update_entity)},
	{M_DELETE, "/api/projects/:id", project_delete, R_USER, API_BODY, 0,
	 DOC(.says = "Deletes it; 422 while it has tasks or sessions.",
	     .role = "owner", .errors = "BUSINESS_RULE_ERROR 422")},
	{M_PUT, "/api/projects/:id/master", project_master, R_USER, API_BODY, 0,
	 DOC(.says = "Marks the project as master, or not.", .role = "admin",
	     .body = &master_entity)},
	{M_GET, "/api/projects/:id/board", project_board, R_USER, 0, 0,
	 DOC(.says = "Everything a board shows, at once: {project, role, members, tags, total, columns: [{status, count, tasks}]}.",
	     .role = "viewer", .query = "q (words), priority, tag")},
	{M_GET, "/api/projects/:id/docs", project_docs, R_USER, 0, 0,
	 DOC(.says = "The documents of its sessions, with their text.",
	     .role = "viewer",
	     .query = "kind (markdown or diagram), limit, offset")},
};
/* clang-format on */

const struct route_set project_routes = {
	.title = "Projects",
	.rows = rows,
	.n = NELEM(rows),
};
