/*
 * graphs - /api/task-graphs: which task needs which other.
 */
#include "api.h"

#include "domain/entities/entities.h"

static bool
graph_list(struct req *rq, struct err *e)
{
	const char *project = req_query_text(rq, "projectId");
	const char *status = req_query_text(rq, "status");
	struct window w;

	if (!req_window(rq, &w, e))
		return false;

	const struct db_call of_project[] = {
		q_taskgraph_list(project, status, w.limit, w.offset),
		q_taskgraph_count(project, status),
	};
	const struct db_call of_all[] = {
		q_taskgraph_list_all(status, w.limit, w.offset),
		q_taskgraph_count_all(status),
	};

	return answer_rows(rq, &taskgraph_entity, project ? of_project : of_all,
			   window_calls(&w), &w, e);
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/task-graphs", graph_list, R_USER, 0, 0,
	 DOC(.says = "Task graphs.", .role = "viewer",
	     .query = "projectId, status, limit, offset")},
	{M_POST, "/api/task-graphs", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Makes a graph. nodes: [{taskId, position: {x, y}, teamMemberId, memberOverrides}], edges: [{id, sourceTaskId, targetTaskId, label}]: tasks of the project, each once, and no circle.",
	     .role = "member"),
	 .status = 201, .query = Q_TASKGRAPH_CREATE, .in = &taskgraph_entity, .out = &taskgraph_entity},
	{M_GET, "/api/task-graphs/:id", NULL, R_USER, 0, 0,
	 DOC(.says = "One graph.", .role = "viewer"),
	 .query = Q_TASKGRAPH_GET, .out = &taskgraph_entity},
	{M_PATCH, "/api/task-graphs/:id", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Changes what is named; while it runs only status, executionSessionId and lastRunAt.",
	     .role = "member"),
	 .query = Q_TASKGRAPH_UPDATE, .in = &taskgraph_entity, .out = &taskgraph_entity},
	{M_DELETE, "/api/task-graphs/:id", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Deletes the graph unless it runs; the tasks stay.",
	     .role = "member"),
	 .query = Q_TASKGRAPH_DELETE, .out = &done_entity},
	{M_POST, "/api/task-graphs/:id/validate", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "{valid, errors, topologicalOrder, parallelLayers}: whether it could run and in which order; tasks of one layer can run side by side.",
	     .role = "viewer"),
	 .query = Q_TASKGRAPH_VALIDATE, .in = &nothing_entity, .out = &taskgraph_check_entity},
};
/* clang-format on */

const struct route_set taskgraph_routes = {
	.title = "Task graphs",
	.rows = rows,
	.n = NELEM(rows),
};
