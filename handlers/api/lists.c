/*
 * lists - /api/task-lists: named, ordered lists of a project's tasks.
 */
#include "api.h"

enum {
	NAME_CHARS = 1000,
	TASKS_MOST = 100000
};

/* clang-format off */
static const struct field create_fields[] = {
	{"projectId", F_ID, REQUIRED, 0, 0, NULL},
	{"name", F_NAME, REQUIRED, 1, NAME_CHARS, NULL},
	{"description", F_TEXT, 0, 0, 0, NULL},
	{"orderedTaskIds", F_IDS, 0, 0, TASKS_MOST, NULL},
};

static const struct field update_fields[] = {
	{"name", F_NAME, 0, 1, NAME_CHARS, NULL},
	{"description", F_TEXT, NULLABLE, 0, 0, NULL},
	{"orderedTaskIds", F_IDS, 0, 0, TASKS_MOST, NULL},
};

static const struct field reorder_fields[] = {
	{"orderedTaskIds", F_IDS, REQUIRED, 0, TASKS_MOST, NULL},
};
/* clang-format on */

static const struct entity create_entity = {"task list", create_fields,
					    NELEM(create_fields)};
static const struct entity update_entity = {"task list", update_fields,
					    NELEM(update_fields)};
static const struct entity reorder_entity = {"task list", reorder_fields,
					     NELEM(reorder_fields)};
static const struct entity no_entity = {"task list", NULL, 0};

static bool
tasklist_list(struct req *rq, struct err *e)
{
	struct window page;

	if (!req_window(rq, &page, e))
		return false;

	return answer_text(rq, 200,
			   q_tasklist_list(req_query_text(rq, "projectId"),
					   page.limit, page.offset),
			   e);
}

static bool
reply_task(struct req *rq, unsigned query, struct err *e)
{
	/* No body is wanted, but one that is broken is a mistake. */
	if (!req_entity(rq, &no_entity, CREATE, NULL, NULL, e))
		return false;

	const char *const args[] = {req_param(rq, "id"),
				    req_param(rq, "taskId")};

	return answer_text(rq, 200,
			   (struct db_call){.query = query, .args = args}, e);
}

static bool
tasklist_add(struct req *rq, struct err *e)
{
	return reply_task(rq, Q_TASKLIST_ADD, e);
}

static bool
tasklist_remove(struct req *rq, struct err *e)
{
	return reply_task(rq, Q_TASKLIST_REMOVE, e);
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/task-lists", tasklist_list, R_USER, 0, 0,
	 DOC(.says = "Lists of tasks.", .role = "viewer",
	     .query = "projectId, limit, offset")},
	{M_POST, "/api/task-lists", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Makes a list; the tasks must be the project's, each once.",
	     .role = "member"),
	 .status = 201, .query = Q_TASKLIST_CREATE, .in = &create_entity},
	{M_GET, "/api/task-lists/:id", NULL, R_USER, 0, 0,
	 DOC(.says = "One list.", .role = "viewer"),
	 .query = Q_TASKLIST_GET},
	{M_PATCH, "/api/task-lists/:id", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Changes what is named.", .role = "member"),
	 .query = Q_TASKLIST_UPDATE, .in = &update_entity},
	{M_DELETE, "/api/task-lists/:id", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Deletes the list; the tasks stay.", .role = "member"),
	 .query = Q_TASKLIST_DELETE},
	{M_POST, "/api/task-lists/:id/tasks/:taskId", tasklist_add, R_USER, API_BODY, 0,
	 DOC(.says = "Puts a task at the end, unless it is there.",
	     .role = "member")},
	{M_DELETE, "/api/task-lists/:id/tasks/:taskId", tasklist_remove, R_USER, API_BODY, 0,
	 DOC(.says = "Takes a task out.", .role = "member")},
	{M_PUT, "/api/task-lists/:id/reorder", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Replaces the order: all ids.", .role = "member"),
	 .query = Q_TASKLIST_UPDATE, .in = &reorder_entity},
};
/* clang-format on */

const struct route_set tasklist_routes = {
	.title = "Task lists",
	.rows = rows,
	.n = NELEM(rows),
};
