/*
 * workflows - /api/workflow-templates: the steps an agent is told to follow.
 */
#include "api.h"

#include "domain/entities/entities.h"

/* They are the same for everybody and change with the schema only. */
static bool
reply_lasting(struct req *rq, struct jsonw *w)
{
	reply_header(rq, "Cache-Control", "public, max-age=86400, immutable");
	return reply_json(rq, 200, jsonw_span(w));
}

static bool
workflow_list(struct req *rq, struct err *e)
{
	struct jsonw w = jsonw_on(rq->arena);
	struct entity_rows rows;
	struct db_result r;

	if (!req_db(rq, &q_workflow_list(req_query_text(rq, "mode")), 1, &r, e))
		return false;
	entity_rows(&rows, &workflow_entity, &r, 1);
	entity_write_all(&w, &rows);
	return reply_lasting(rq, &w);
}

static bool
workflow_get(struct req *rq, struct err *e)
{
	const char *id = req_param(rq, "id");
	struct jsonw w = jsonw_on(rq->arena);
	struct entity_rows rows;
	struct db_result r;

	if (!req_db(rq, &q_workflow_get(id), 1, &r, e))
		return false;
	if (db_rows(&r) == 0)
		return err_set(e, 404, "not_found",
			       "%s with id '%.128s' not found",
			       workflow_entity.name, id);
	entity_rows(&rows, &workflow_entity, &r, 1);
	entity_write(&w, &rows, 0);
	return reply_lasting(rq, &w);
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
