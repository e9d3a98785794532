/*
 * master - /api/master: the caller's projects as one, for the agent that
 * looks after all of them.  It sees what its person sees.
 */
#include "api.h"

static bool
master_sessions(struct req *rq, struct err *e)
{
	return session_window(rq, true, e);
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/master/projects", NULL, R_USER, 0, RF_PAGED,
	 DOC(.says = "All your projects."),
	 .query = Q_PROJECT_LIST},
	{M_GET, "/api/master/tasks", task_list, R_USER, 0, 0,
	 DOC(.says = "Tasks of all your projects.",
	     .query = "projectId, status, limit, offset")},
	{M_GET, "/api/master/sessions", master_sessions, R_USER, 0, 0,
	 DOC(.says = "Sessions of all your projects, whole.",
	     .query = "projectId, status (a,b), active (true | false), limit, offset")},
	{M_GET, "/api/master/context", NULL, R_USER, 0, 0,
	 DOC(.says = "Your projects, and how many tasks and sessions each has."),
	 .query = Q_MASTER_CONTEXT},
};
/* clang-format on */

const struct route_set master_routes = {
	.title = "Master",
	.about = "Views across projects: what you can see anyway, in one "
		 "answer.",
	.rows = rows,
	.n = NELEM(rows),
};
