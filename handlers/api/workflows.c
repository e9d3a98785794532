/*
 * workflows - /api/workflow-templates: the steps an agent is told to follow.
 */
#include "api.h"

static bool
workflow_list(struct req *rq, struct err *e)
{
	const char *const args[] = {api_query(rq, "mode")};

	return api_reply(rq, 200, Q_WORKFLOW_TEMPLATE_LIST, args, e);
}

static bool
workflow_get(struct req *rq, struct err *e)
{
	return api_reply_id(rq, Q_WORKFLOW_TEMPLATE_GET, e);
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/workflow-templates", workflow_list, R_USER, 0, 0,
	 DOC(.says = "The steps agents are told to follow.",
	     .query = "mode (worker or coordinator)")},
	{M_GET, "/api/workflow-templates/:id", workflow_get, R_USER, 0, 0,
	 DOC(.says = "One of them: {id, name, description, mode, builtIn, phases: [{name, instruction}]}.")},
};
/* clang-format on */

const struct route_set workflow_routes = {
	.title = "Workflow templates",
	.rows = rows,
	.n = NELEM(rows),
};
