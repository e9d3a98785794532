/*
 * master - /api/master: the caller's projects as one, for the agent that
 * looks after all of them.  It sees what its person sees.
 */
#include "api.h"
#include "handlers/words.h"

static const char *const booleans[] = {"true", "false", NULL};

static bool
master_projects(struct req *rq, struct err *e)
{
	return api_reply_page(rq, Q_PROJECT_LIST, e);
}

static bool
master_tasks(struct req *rq, struct err *e)
{
	struct api_page page;
	const char *status;

	if (!api_page(rq, &page, e) ||
	    !api_query_word(rq, "status", words_task_status, &status, e))
		return false;

	const char *const args[] = {api_query(rq, "projectId"), status, NULL,
				    page.limit, page.offset};

	return api_reply(rq, 200, Q_TASK_LIST, args, e);
}

static bool
master_sessions(struct req *rq, struct err *e)
{
	struct api_page page;
	const char *active;

	if (!api_page(rq, &page, e) ||
	    !api_query_word(rq, "active", booleans, &active, e))
		return false;

	const char *const args[] = {
		api_query(rq, "projectId"),
		NULL, /* task */
		NULL, /* parent */
		NULL, /* root */
		NULL, /* team */
		api_query(rq, "status"),
		active,
		"true", /* full */
		page.limit,
		page.offset,
	};

	return api_reply(rq, 200, Q_SESSION_LIST, args, e);
}

static bool
master_context(struct req *rq, struct err *e)
{
	return api_reply(rq, 200, Q_MASTER_CONTEXT, NULL, e);
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/master/projects", master_projects, R_USER, 0, 0,
	 DOC(.says = "All your projects.", .query = "limit, offset")},
	{M_GET, "/api/master/tasks", master_tasks, R_USER, 0, 0,
	 DOC(.says = "Tasks of all your projects.",
	     .query = "projectId, status, limit, offset")},
	{M_GET, "/api/master/sessions", master_sessions, R_USER, 0, 0,
	 DOC(.says = "Sessions of all your projects, whole.",
	     .query = "projectId, status (a,b), active (true | false), limit, offset")},
	{M_GET, "/api/master/context", master_context, R_USER, 0, 0,
	 DOC(.says = "Your projects, and how many tasks and sessions each has.")},
};
/* clang-format on */

const struct route_set master_routes = {
	.title = "Master",
	.about = "Views across projects: what you can see anyway, in one "
		 "answer.",
	.rows = rows,
	.n = NELEM(rows),
};
