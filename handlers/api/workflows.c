/*
 * workflows - /api/workflow-templates: the steps an agent is told to follow.
 */
#include "api.h"

/* They are the same for everybody and change with the schema only. */
static bool
reply_lasting(struct req *rq, struct db_call call, struct err *e)
{
	struct span json;

	if (!req_db_text(rq, call, &json, e))
		return false;
	reply_header(rq, "Cache-Control", "public, max-age=86400, immutable");
	return reply_json(rq, 200, json);
}

static bool
workflow_list(struct req *rq, struct err *e)
{
	return reply_lasting(
		rq, q_workflow_template_list(req_query_text(rq, "mode")), e);
}

static bool
workflow_get(struct req *rq, struct err *e)
{
	return reply_lasting(rq, q_workflow_template_get(req_param(rq, "id")),
			     e);
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
