/*
 * tasks - /api/tasks: tasks, their children, timeline and documents.
 */
#include "api.h"

#include <string.h>

#include "domain/entities/entities.h"
#include "domain/words.h"
#include "images.h"

enum {
	PATH_CHARS = 2000,
	DOC_TITLE_CHARS = 1000,
	DOC_CHARS = 10000000
};

/* clang-format off */
static const struct field timeline_fields[] = {
	{"type", F_ENUM, 0, 0, 0, words_entry_type},
	{"message", F_TEXT, REQUIRED, 1, 0, NULL},
	{"sessionId", F_ID, REQUIRED, 0, 0, NULL},
};

static const struct field doc_fields[] = {
	{"title", F_NAME, REQUIRED, 1, DOC_TITLE_CHARS, NULL},
	{"filePath", F_TEXT, REQUIRED, 1, PATH_CHARS, NULL},
	{"content", F_TEXT, 0, 0, DOC_CHARS, NULL},
	{"kind", F_ENUM, 0, 0, 0, words_doc_kind},
	{"sessionId", F_ID, REQUIRED, 0, 0, NULL},
};

/* What the wire answers to both. */
static const struct field noted_fields[] = {
	{"success", F_BOOL, OUT, 0, 0, NULL},
	{"taskId", F_ID, OUT, 0, 0, NULL},
	{"sessionId", F_ID, OUT, 0, 0, NULL},
	{"message", F_TEXT, OUT, 0, 0, NULL},
	{"type", F_TEXT, OUT, 0, 0, NULL},
	{"title", F_TEXT, OUT, 0, 0, NULL},
	{"filePath", F_TEXT, OUT, 0, 0, NULL},
	{"addedAt", F_MS, OUT, 0, 0, NULL},
	{"id", F_ID, OUT, 0, 0, NULL},
};
/* clang-format on */

static const struct entity timeline_entity = {"timeline", timeline_fields,
					      NELEM(timeline_fields)};
static const struct entity new_doc_entity = {"doc", doc_fields,
					     NELEM(doc_fields)};
static const struct entity noted_entity = {"Task", noted_fields,
					   NELEM(noted_fields)};

/* Four statements, so that each has the plan it deserves: what has a label,
 * children by their parent, one project, everything that can be seen. */
bool
task_list(struct req *rq, struct err *e)
{
	const char *project = req_query_text(rq, "projectId"), *status;
	const char *parent = req_query_text(rq, "parentId");
	const char *top = parent && strcmp(parent, "null") == 0 ? "t" : NULL;
	const char *label = req_query_text(rq, "labelId");
	const char *below = top ? NULL : parent;
	struct window w;

	if (!req_window(rq, &w, e) ||
	    !req_query_word(rq, "status", words_task_status, &status, e))
		return false;

	const struct db_call of_label[] = {
		q_task_list_label(label, project, status, below, top, w.limit,
				  w.offset),
		q_task_count_label(label, project, status, below, top),
	};
	const struct db_call of_parent[] = {
		q_task_list_parent(parent, project, status, w.limit, w.offset),
		q_task_count_parent(parent, project, status),
	};
	const struct db_call of_project[] = {
		q_task_list_project(project, status, top, w.limit, w.offset),
		top ? q_task_count_project(project, status, top)
		    : q_task_total(project, status),
	};
	const struct db_call of_all[] = {
		q_task_list_all(status, top, w.limit, w.offset),
		top ? q_task_count_all(status, top)
		    : q_task_total(NULL, status),
	};

	return answer_rows(rq, &task_entity,
			   label     ? of_label
			   : below   ? of_parent
			   : project ? of_project
				     : of_all,
			   window_calls(&w), &w, e);
}

static bool
task_delete(struct req *rq, struct err *e)
{
	const struct db_call call = q_task_delete(req_param(rq, "id"));

	if (!answer_row(rq, 200, &done_entity, &call, 1, e))
		return false;
	image_reap(rq);
	return true;
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/tasks", task_list, R_USER, 0, 0,
	 DOC(.says = "Tasks, oldest first.", .role = "viewer",
	     .query = "projectId, status, parentId (an id, or null for the top level), labelId, limit, offset")},
	{M_POST, "/api/tasks", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Makes a task. With clientRequestId a repeated request answers with the task it made first.",
	     .role = "member"),
	 .status = 201, .query = Q_TASK_CREATE, .in = &task_entity, .out = &task_entity},
	{M_GET, "/api/tasks/:id", NULL, R_USER, 0, 0,
	 DOC(.says = "One task.", .role = "viewer"),
	 .query = Q_TASK_GET, .out = &task_entity},
	{M_PATCH, "/api/tasks/:id", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Changes what is named.", .role = "member"),
	 .query = Q_TASK_UPDATE, .in = &task_entity, .out = &task_entity},
	{M_DELETE, "/api/tasks/:id", task_delete, R_USER, API_BODY, 0,
	 DOC(.says = "Deletes it with everything below it.", .role = "member")},
	{M_GET, "/api/tasks/:id/children", NULL, R_USER, 0, RF_PAGED,
	 DOC(.says = "The tasks right below it.", .role = "viewer"),
	 .query = Q_TASK_CHILDREN, .count = Q_TASK_CHILDREN_COUNT, .out = &task_entity},
	{M_POST, "/api/tasks/:id/timeline", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Adds an entry about the task to the timeline of the session.",
	     .role = "member"),
	 .query = Q_TASK_TIMELINE_ADD, .in = &timeline_entity, .out = &noted_entity},
	{M_GET, "/api/tasks/:id/docs", NULL, R_USER, 0, RF_PAGED,
	 DOC(.says = "Documents of the sessions that work on it.",
	     .role = "viewer"),
	 .query = Q_TASK_DOCS, .count = Q_TASK_DOCS_COUNT, .out = &doc_text_entity},
	{M_POST, "/api/tasks/:id/docs", NULL, R_USER, API_DOC_BODY, 0,
	 DOC(.says = "Adds a document to the session and links both.",
	     .role = "member"),
	 .status = 201, .query = Q_TASK_DOC_ADD, .in = &new_doc_entity, .out = &noted_entity},
};
/* clang-format on */

const struct route_set task_routes = {
	.title = "Tasks",
	.about =
		"startedAt and completedAt are stamped once.  A PATCH with\n"
		"{updateSource: \"session\", sessionId, sessionStatus} reports an agent's part\n"
		"and changes nothing else.",
	.rows = rows,
	.n = NELEM(rows),
};
