/*
 * labels - /api/labels and /api/tasks/:id/labels: what a project marks its
 * tasks with.
 */
#include "api.h"
#include "domain/entities/entities.h"

/* No body is wanted, but one that is broken is a mistake. */
static const struct entity no_entity = {"label", NULL, 0, NULL};

static bool
label_list(struct req *rq, struct err *e)
{
	const char *project = req_query_text(rq, "projectId");
	struct window w;

	if (!project)
		return err_field(e, "projectId", "projectId is required");
	if (!req_window(rq, &w, e))
		return false;

	const struct db_call calls[] = {
		q_label_list(project, w.limit, w.offset),
		q_label_count(project),
	};

	return answer_rows(rq, &label_entity, calls, window_calls(&w), &w, e);
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/labels", label_list, R_USER, 0, 0,
	 DOC(.says = "Labels of a project, oldest first.", .role = "viewer",
	     .query = "projectId (required), limit, offset")},
	{M_POST, "/api/labels", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Makes a label; a name stands once in a project, whatever its case.",
	     .role = "member", .errors = "ALREADY_EXISTS 409"),
	 .status = 201, .query = Q_LABEL_CREATE, .in = &label_entity, .out = &label_entity},
	{M_GET, "/api/labels/:id", NULL, R_USER, 0, 0,
	 DOC(.says = "One label.", .role = "viewer"),
	 .query = Q_LABEL_GET, .out = &label_entity},
	{M_PATCH, "/api/labels/:id", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Changes what is named.", .role = "member",
	     .errors = "ALREADY_EXISTS 409"),
	 .query = Q_LABEL_UPDATE, .in = &label_entity, .out = &label_entity},
	{M_DELETE, "/api/labels/:id", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Deletes it; its tasks stay.", .role = "member"),
	 .query = Q_LABEL_DELETE, .out = &done_entity},
	{M_GET, "/api/tasks/:id/labels", NULL, R_USER, 0, 0,
	 DOC(.says = "Labels of a task.", .role = "viewer"),
	 .query = Q_TASK_LABEL_LIST, .out = &label_entity},
	{M_PUT, "/api/tasks/:id/labels/:labelId", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "The task has this label.", .role = "member"),
	 .query = Q_TASK_LABEL_ADD, .in = &no_entity, .out = &label_entity},
	{M_DELETE, "/api/tasks/:id/labels/:labelId", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "The task has it no more.", .role = "member"),
	 .query = Q_TASK_LABEL_REMOVE, .out = &done_entity},
};
/* clang-format on */

const struct route_set label_routes = {
	.title = "Labels",
	.about =
		"A name and a colour.  They are rows, and the task does not carry\n"
		"them; the tags of a task are free words and something else.",
	.rows = rows,
	.n = NELEM(rows),
};
