/*
 * tasks - /api/tasks: tasks, their children, timeline and documents.
 */
#include "api.h"
#include "handlers/words.h"
#include "images.h"

enum {
	TITLE_CHARS = 10000,
	TAG_CHARS = 50,
	PATH_CHARS = 2000,
	DOC_TITLE_CHARS = 1000,
	DOC_CHARS = 10000000
};

static const char *const sources[] = {"user", "session", NULL};
static const char *const part_statuses[] = {"working", "blocked", "completed",
					    "failed",  "skipped", NULL};

/* clang-format off */
static const struct field create_fields[] = {
	{"projectId", F_ID, REQUIRED, 0, 0, NULL},
	{"parentId", F_ID, 0, 0, 0, NULL},
	{"title", F_TEXT, 0, 0, TITLE_CHARS, NULL},
	{"description", F_TEXT, 0, 0, 0, NULL},
	/* The wire has no status here; a board that adds a card to one of its
	 * columns needs it. */
	{"status", F_ENUM, 0, 0, 0, words_task_status},
	{"priority", F_ENUM, 0, 0, 0, words_task_priority},
	{"initialPrompt", F_TEXT, 0, 0, 0, NULL},
	{"acceptanceCriteria", F_TEXT, 0, 0, 0, NULL},
	{"tags", F_TEXTS, 0, 0, TAG_CHARS, NULL},
	{"dueDate", F_DATE, 0, 0, 0, NULL},
	{"skillIds", F_IDS, 0, 0, 0, NULL},
	{"referenceTaskIds", F_IDS, 0, 0, 0, NULL},
	{"model", F_TEXT, 0, 1, 200, NULL},
	{"teamMemberId", F_ID, 0, 0, 0, NULL},
	{"teamMemberIds", F_IDS, 0, 0, 0, NULL},
	{"teamId", F_ID, NULLABLE, 0, 0, NULL},
	{"memberOverrides", F_OBJECT, 0, 0, 0, NULL},
	{"dangerousMode", F_BOOL, 0, 0, 0, NULL},
	{"useWorktree", F_BOOL, 0, 0, 0, NULL},
	{"clientRequestId", F_TEXT, 0, 0, API_REQUEST_ID, NULL},
};

static const struct field update_fields[] = {
	{"title", F_NAME, 0, 1, TITLE_CHARS, NULL},
	{"description", F_TEXT, 0, 0, 0, NULL},
	{"status", F_ENUM, 0, 0, 0, words_task_status},
	{"priority", F_ENUM, 0, 0, 0, words_task_priority},
	{"initialPrompt", F_TEXT, 0, 0, 0, NULL},
	{"acceptanceCriteria", F_TEXT, NULLABLE, 0, 0, NULL},
	{"tags", F_TEXTS, 0, 0, TAG_CHARS, NULL},
	{"dueDate", F_DATE, NULLABLE, 0, 0, NULL},
	{"sessionIds", F_IDS, 0, 0, 0, NULL},
	{"skillIds", F_IDS, 0, 0, 0, NULL},
	{"agentIds", F_IDS, 0, 0, 0, NULL},
	{"referenceTaskIds", F_IDS, 0, 0, 0, NULL},
	{"taskSessionStatuses", F_OBJECT, 0, 0, 0, NULL},
	{"model", F_TEXT, 0, 1, 200, NULL},
	{"teamMemberId", F_ID, 0, 0, 0, NULL},
	{"teamMemberIds", F_IDS, 0, 0, 0, NULL},
	{"teamId", F_ID, NULLABLE, 0, 0, NULL},
	{"memberOverrides", F_OBJECT, 0, 0, 0, NULL},
	{"dangerousMode", F_BOOL, 0, 0, 0, NULL},
	{"useWorktree", F_BOOL, 0, 0, 0, NULL},
	{"updateSource", F_ENUM, 0, 0, 0, sources},
	{"sessionId", F_ID, 0, 0, 0, NULL},
	{"sessionStatus", F_ENUM, 0, 0, 0, part_statuses},
};

static const struct field timeline_fields[] = {
	{"type", F_ENUM, 0, 0, 0, api_timeline_types},
	{"message", F_TEXT, REQUIRED, 1, 0, NULL},
	{"sessionId", F_ID, REQUIRED, 0, 0, NULL},
};

static const struct field doc_fields[] = {
	{"title", F_NAME, REQUIRED, 1, DOC_TITLE_CHARS, NULL},
	{"filePath", F_TEXT, REQUIRED, 1, PATH_CHARS, NULL},
	{"content", F_TEXT, 0, 0, DOC_CHARS, NULL},
	{"kind", F_ENUM, 0, 0, 0, api_doc_kinds},
	{"sessionId", F_ID, REQUIRED, 0, 0, NULL},
};
/* clang-format on */

static const struct entity create_entity = {"task", create_fields,
					    NELEM(create_fields)};
static const struct entity update_entity = {"task", update_fields,
					    NELEM(update_fields)};
static const struct entity timeline_entity = {"timeline", timeline_fields,
					      NELEM(timeline_fields)};
static const struct entity doc_entity = {"doc", doc_fields, NELEM(doc_fields)};

static bool
task_list(struct req *rq, struct err *e)
{
	struct window page;
	const char *status;

	if (!req_window(rq, &page, e) ||
	    !req_query_word(rq, "status", words_task_status, &status, e))
		return false;

	return answer_text(rq, 200,
			   q_task_list(req_query_text(rq, "projectId"), status,
				       req_query_text(rq, "parentId"),
				       page.limit, page.offset),
			   e);
}

static bool
task_delete(struct req *rq, struct err *e)
{
	if (!answer_text(rq, 200, q_task_delete(req_param(rq, "id")), e))
		return false;
	image_reap(rq);
	return true;
}

static bool
reply_page(struct req *rq, unsigned query, struct err *e)
{
	struct window page;

	if (!req_window(rq, &page, e))
		return false;

	const char *const args[] = {req_param(rq, "id"), page.limit,
				    page.offset};

	return answer_text(rq, 200,
			   (struct db_call){.query = query, .args = args}, e);
}

static bool
task_children(struct req *rq, struct err *e)
{
	return reply_page(rq, Q_TASK_CHILDREN, e);
}

static bool
task_docs(struct req *rq, struct err *e)
{
	return reply_page(rq, Q_TASK_DOCS, e);
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/tasks", task_list, R_USER, 0, 0,
	 DOC(.says = "Tasks, oldest first.", .role = "viewer",
	     .query = "projectId, status, parentId (an id, or null for the top level), limit, offset")},
	{M_POST, "/api/tasks", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Makes a task. With clientRequestId a repeated request answers with the task it made first.",
	     .role = "member"),
	 .status = 201, .query = Q_TASK_CREATE, .in = &create_entity},
	{M_GET, "/api/tasks/:id", NULL, R_USER, 0, 0,
	 DOC(.says = "One task.", .role = "viewer"),
	 .query = Q_TASK_GET},
	{M_PATCH, "/api/tasks/:id", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Changes what is named.", .role = "member"),
	 .query = Q_TASK_UPDATE, .in = &update_entity},
	{M_DELETE, "/api/tasks/:id", task_delete, R_USER, API_BODY, 0,
	 DOC(.says = "Deletes it with everything below it.", .role = "member")},
	{M_GET, "/api/tasks/:id/children", task_children, R_USER, 0, 0,
	 DOC(.says = "The tasks right below it.", .role = "viewer",
	     .query = "limit, offset")},
	{M_POST, "/api/tasks/:id/timeline", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Adds an entry about the task to the timeline of the session.",
	     .role = "member"),
	 .query = Q_TASK_TIMELINE_ADD, .in = &timeline_entity},
	{M_GET, "/api/tasks/:id/docs", task_docs, R_USER, 0, 0,
	 DOC(.says = "Documents of the sessions that work on it.",
	     .role = "viewer", .query = "limit, offset")},
	{M_POST, "/api/tasks/:id/docs", NULL, R_USER, API_DOC_BODY, 0,
	 DOC(.says = "Adds a document to the session and links both.",
	     .role = "member"),
	 .status = 201, .query = Q_TASK_DOC_ADD, .in = &doc_entity},
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
