/*
 * workflows - /api/workflow-templates: the steps an agent is told to follow.
 */
#include "api.h"

bool
workflow_list(struct req *rq, struct err *e)
{
	const char *const args[] = {api_query(rq, "mode")};

	return api_reply(rq, 200, Q_WORKFLOW_TEMPLATE_LIST, args, e);
}

bool
workflow_get(struct req *rq, struct err *e)
{
	return api_reply_id(rq, Q_WORKFLOW_TEMPLATE_GET, e);
}
