/*
 * orderings - /api/ordering: the order people gave to what a panel shows.
 */
#include "api.h"

#include <string.h>

#include "domain/entities/entities.h"

static const char *const types[] = {"task", "session", "task-list", NULL};

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
	const struct db_call call = q_ordering_get(req_param(rq, "entityType"),
						   req_param(rq, "projectId"));

	return check_type(rq, e) &&
	       answer_row(rq, 200, &ordering_entity, &call, 1, e);
}

/* The whole array is replaced; the last writer wins. */
static bool
ordering_put(struct req *rq, struct err *e)
{
	const char *in;

	if (!check_type(rq, e) ||
	    !req_entity(rq, &ordering_entity, UPDATE, &in, NULL, e))
		return false;

	return answer_row(rq, 200, &ordering_entity,
			  &q_ordering_put(req_param(rq, "entityType"),
					  req_param(rq, "projectId"), in),
			  1, e);
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/ordering/:entityType/:projectId", ordering_get, R_USER, 0, 0,
	 DOC(.says = "The order of the project's entityType: task, session or task-list.",
	     .role = "viewer")},
	{M_PUT, "/api/ordering/:entityType/:projectId", ordering_put, R_USER, API_BODY, 0,
	 DOC(.says = "Replaces all of it; the last writer wins.",
	     .role = "member"),
	 .in = &ordering_entity},
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
