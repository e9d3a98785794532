/*
 * lists - /api/task-lists: named, ordered lists of a project's tasks.
 */
#include "api.h"

#include "domain/entities/entities.h"

static bool
tasklist_list(struct req *rq, struct err *e)
{
	const char *project = req_query_text(rq, "projectId");
	struct window w;

	if (!req_window(rq, &w, e))
		return false;

	const struct db_call of_project[] = {
		q_tasklist_list(project, w.limit, w.offset),
		q_tasklist_count(project),
	};
	const struct db_call of_all[] = {
		q_tasklist_list_all(w.limit, w.offset),
		q_tasklist_count_all(),
	};

	return answer_rows(rq, &tasklist_entity, project ? of_project : of_all,
			   window_calls(&w), &w, e);
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/task-lists", tasklist_list, R_USER, 0, 0,
	 DOC(.says = "Lists of tasks.", .role = "viewer",
	     .query = "projectId, limit, offset")},
	{M_POST, "/api/task-lists", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Makes a list; the tasks must be the project's, each once.",
	     .role = "member"),
	 .status = 201, .query = Q_TASKLIST_CREATE, .in = &tasklist_entity, .out = &tasklist_entity},
	{M_GET, "/api/task-lists/:id", NULL, R_USER, 0, 0,
	 DOC(.says = "One list.", .role = "viewer"),
	 .query = Q_TASKLIST_GET, .out = &tasklist_entity},
	{M_PATCH, "/api/task-lists/:id", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Changes what is named.", .role = "member"),
	 .query = Q_TASKLIST_UPDATE, .in = &tasklist_entity, .out = &tasklist_entity},
	{M_DELETE, "/api/task-lists/:id", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Deletes the list; the tasks stay.", .role = "member"),
	 .query = Q_TASKLIST_DELETE, .out = &done_entity},
	{M_POST, "/api/task-lists/:id/tasks/:taskId", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Puts a task at the end, unless it is there.",
	     .role = "member"),
	 .query = Q_TASKLIST_ADD, .in = &nothing_entity, .out = &tasklist_entity},
	{M_DELETE, "/api/task-lists/:id/tasks/:taskId", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Takes a task out.", .role = "member"),
	 .query = Q_TASKLIST_REMOVE, .in = &nothing_entity, .out = &tasklist_entity},
	{M_PUT, "/api/task-lists/:id/reorder", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Replaces the order: all ids.", .role = "member"),
	 .query = Q_TASKLIST_UPDATE, .in = &tasklist_order_entity, .out = &tasklist_entity},
};
/* clang-format on */

const struct route_set tasklist_routes = {
	.title = "Task lists",
	.rows = rows,
	.n = NELEM(rows),
};
