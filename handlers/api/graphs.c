/*
 * graphs - /api/task-graphs: which task needs which other.
 */
#include "api.h"

#define TIME_MS_MAX 8640000000000000 /* of a JavaScript Date */

enum {
	NAME_CHARS = 1000,
	MODEL_CHARS = 200,
};

/* The others come from running it, which is not done here. */
static const char *const statuses[] = {"draft", "ready", NULL};

/* nodes and edges are looked into in SQL. */
/* clang-format off */
static const struct field create_fields[] = {
	{"projectId", F_ID, REQUIRED, 0, 0, NULL},
	{"name", F_NAME, REQUIRED, 1, NAME_CHARS, NULL},
	{"description", F_TEXT, 0, 0, 0, NULL},
	{"nodes", F_ANY, 0, 0, 0, NULL},
	{"edges", F_ANY, 0, 0, 0, NULL},
	{"coordinatorTeamMemberId", F_ID, 0, 0, 0, NULL},
	{"coordinatorModel", F_TEXT, 0, 0, MODEL_CHARS, NULL},
};

static const struct field update_fields[] = {
	{"name", F_NAME, 0, 1, NAME_CHARS, NULL},
	{"description", F_TEXT, NULLABLE, 0, 0, NULL},
	{"nodes", F_ANY, 0, 0, 0, NULL},
	{"edges", F_ANY, 0, 0, 0, NULL},
	{"coordinatorTeamMemberId", F_ID, NULLABLE, 0, 0, NULL},
	{"coordinatorModel", F_TEXT, NULLABLE, 0, MODEL_CHARS, NULL},
	{"status", F_ENUM, 0, 0, 0, statuses},
	{"executionSessionId", F_ID, NULLABLE, 0, 0, NULL},
	{"lastRunAt", F_INT, NULLABLE, 0, TIME_MS_MAX, NULL},
};
/* clang-format on */

static const struct entity create_entity = {"task graph", create_fields,
					    NELEM(create_fields)};
static const struct entity update_entity = {"task graph", update_fields,
					    NELEM(update_fields)};
static const struct entity no_entity = {"task graph", NULL, 0};

static bool
graph_list(struct req *rq, struct err *e)
{
	struct window page;

	if (!req_window(rq, &page, e))
		return false;

	return answer_text(rq, 200,
			   q_taskgraph_list(req_query_text(rq, "projectId"),
					    req_query_text(rq, "status"),
					    page.limit, page.offset),
			   e);
}

static bool
graph_validate(struct req *rq, struct err *e)
{
	/* No body is wanted, but one that is broken is a mistake. */
	if (!req_entity(rq, &no_entity, CREATE, NULL, NULL, e))
		return false;
	return answer_text(rq, 200, q_taskgraph_validate(req_param(rq, "id")),
			   e);
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/task-graphs", graph_list, R_USER, 0, 0,
	 DOC(.says = "Task graphs.", .role = "viewer",
	     .query = "projectId, status, limit, offset")},
	{M_POST, "/api/task-graphs", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Makes a graph. nodes: [{taskId, position: {x, y}, teamMemberId, memberOverrides}], edges: [{id, sourceTaskId, targetTaskId, label}]: tasks of the project, each once, and no circle.",
	     .role = "member"),
	 .status = 201, .query = Q_TASKGRAPH_CREATE, .in = &create_entity},
	{M_GET, "/api/task-graphs/:id", NULL, R_USER, 0, 0,
	 DOC(.says = "One graph.", .role = "viewer"),
	 .query = Q_TASKGRAPH_GET},
	{M_PATCH, "/api/task-graphs/:id", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Changes what is named; while it runs only status, executionSessionId and lastRunAt.",
	     .role = "member"),
	 .query = Q_TASKGRAPH_UPDATE, .in = &update_entity},
	{M_DELETE, "/api/task-graphs/:id", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Deletes the graph unless it runs; the tasks stay.",
	     .role = "member"),
	 .query = Q_TASKGRAPH_DELETE},
	{M_POST, "/api/task-graphs/:id/validate", graph_validate, R_USER, API_BODY, 0,
	 DOC(.says = "{valid, errors, topologicalOrder, parallelLayers}: whether it could run and in which order; tasks of one layer can run side by side.",
	     .role = "viewer")},
};
/* clang-format on */

const struct route_set taskgraph_routes = {
	.title = "Task graphs",
	.rows = rows,
	.n = NELEM(rows),
};
