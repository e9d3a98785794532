/*
 * orderings - /api/ordering: the order people gave to what a panel shows.
 */
#include "api.h"

#include <string.h>

/* More than a panel will ever hold; the body's limit comes sooner. */
enum {
	ORDERED_MOST = 100000
};

static const char *const types[] = {"task", "session", "task-list", NULL};

static const struct field fields[] = {
	{"orderedIds", F_IDS, REQUIRED, 0, ORDERED_MOST, NULL},
};
static const struct entity entity = {"ordering", fields, NELEM(fields)};

static bool
check_type(struct req *rq, struct err *e)
{
	const char *type = req_param(rq, "entityType");

	for (const char *const *t = types; *t; t++) {
		if (strcmp(type, *t) == 0)
			return true;
	}
	return err_field(e, "entityType",
			 "entityType must be one of task, session, task-list");
}

static bool
ordering_get(struct req *rq, struct err *e)
{
	if (!check_type(rq, e))
		return false;

	return answer_text(rq, 200,
			   q_ordering_get(req_param(rq, "entityType"),
					  req_param(rq, "projectId")),
			   e);
}

/* The whole array is replaced; the last writer wins. */
static bool
ordering_put(struct req *rq, struct err *e)
{
	const char *in;

	if (!check_type(rq, e) ||
	    !req_entity(rq, &entity, CREATE, &in, NULL, e))
		return false;

	return answer_text(rq, 200,
			   q_ordering_put(req_param(rq, "entityType"),
					  req_param(rq, "projectId"), in),
			   e);
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/ordering/:entityType/:projectId", ordering_get, R_USER, 0, 0,
	 DOC(.says = "The order of the project's entityType: task, session or task-list.",
	     .role = "viewer")},
	{M_PUT, "/api/ordering/:entityType/:projectId", ordering_put, R_USER, API_BODY, 0,
	 DOC(.says = "Replaces all of it; the last writer wins.",
	     .role = "member"),
	 .in = &entity},
};
/* clang-format on */

const struct route_set ordering_routes = {
	.title = "Orderings",
	.about =
		"The order people gave to tasks, sessions and task lists.  updatedAt 0: never\n"
		"saved.  Ids of what is gone are kept.",
	.rows = rows,
	.n = NELEM(rows),
};
