/*
 * sessions - /api/sessions: agents at work, what they write down, their mode.
 */
#include "api.h"

#include <string.h>

#define TIME_MS_MAX                                              \
	8640000000000000 /* the last moment of a JavaScript Date \
			  */

enum {
	PATH_CHARS = 2000,
	DOC_TITLE_CHARS = 1000,
	DOC_CHARS = 10000000
};

static const char *const statuses[] = {
	"spawning", "idle", "working", "completed", "failed", "stopped", NULL};
static const char *const booleans[] = {"true", "false", NULL};
static const char *const forms[] = {"full", "summary", NULL};

/* clang-format off */
static const struct field create_fields[] = {
	/* The CLI registers sessions under an id of its own. */
	{"id", F_ID, 0, 0, 0, NULL},
	{"projectId", F_ID, REQUIRED, 0, 0, NULL},
	{"taskIds", F_IDS, 0, 0, 0, NULL},
	{"taskId", F_ID, 0, 0, 0, NULL},
	{"name", F_TEXT, 0, 1, 1000, NULL},
	{"agentId", F_ID, 0, 0, 0, NULL},
	{"claudeSessionId", F_UUID, 0, 0, 0, NULL},
	{"status", F_ENUM, 0, 0, 0, statuses},
	{"env", F_OBJECT, 0, 0, 0, NULL},
	{"metadata", F_OBJECT, 0, 0, 0, NULL},
	{"parentSessionId", F_ID, 0, 0, 0, NULL},
	{"rootSessionId", F_ID, 0, 0, 0, NULL},
	{"teamSessionId", F_ID, 0, 0, 0, NULL},
	{"teamId", F_ID, 0, 0, 0, NULL},
};

/* completedAt and claudeSessionId come too and are ignored: the one is the
 * server's to say, the other never changes. */
static const struct field update_fields[] = {
	{"taskIds", F_IDS, 0, 0, 0, NULL},
	{"status", F_ENUM, 0, 0, 0, statuses},
	{"agentId", F_ID, 0, 0, 0, NULL},
	{"humanCompletedAt", F_INT, NULLABLE, 0, TIME_MS_MAX, NULL},
	{"archivedAt", F_INT, NULLABLE, 0, TIME_MS_MAX, NULL},
	{"env", F_OBJECT, 0, 0, 0, NULL},
	{"events", F_ANY, 0, 0, 0, NULL},
	{"timeline", F_ANY, 0, 0, 0, NULL},
	{"needsInput", F_OBJECT, 0, 0, 0, NULL},
};

static const struct field event_fields[] = {
	{"type", F_TEXT, REQUIRED, 1, 100, NULL},
	{"data", F_ANY, 0, 0, 0, NULL},
};

static const struct field timeline_fields[] = {
	{"type", F_ENUM, 0, 0, 0, api_timeline_types},
	{"message", F_TEXT, REQUIRED, 1, 0, NULL},
	{"taskId", F_ID, 0, 0, 0, NULL},
	{"metadata", F_OBJECT, 0, 0, 0, NULL},
};

static const struct field doc_fields[] = {
	{"title", F_NAME, REQUIRED, 1, DOC_TITLE_CHARS, NULL},
	{"filePath", F_TEXT, REQUIRED, 1, PATH_CHARS, NULL},
	{"content", F_TEXT, 0, 0, DOC_CHARS, NULL},
	{"kind", F_TEXT, 0, 0, 100, NULL},
	{"taskId", F_ID, 0, 0, 0, NULL},
};

static const struct field content_fields[] = {
	{"content", F_TEXT, REQUIRED, 0, DOC_CHARS, NULL},
};

static const struct field mode_fields[] = {
	{"role", F_TEXT, REQUIRED, 1, 100, NULL}, /* SQL knows which */
};
/* clang-format on */
static const struct entity create_entity = {"session", create_fields,
					    NELEM(create_fields)};
static const struct entity update_entity = {"session", update_fields,
					    NELEM(update_fields)};
static const struct entity event_entity = {"event", event_fields,
					   NELEM(event_fields)};
static const struct entity timeline_entity = {"timeline", timeline_fields,
					      NELEM(timeline_fields)};
static const struct entity doc_entity = {"doc", doc_fields, NELEM(doc_fields)};
static const struct entity content_entity = {"doc", content_fields,
					     NELEM(content_fields)};
static const struct entity mode_entity = {"mode", mode_fields,
					  NELEM(mode_fields)};

static bool
session_list(struct req *rq, struct err *e)
{
	struct window page;
	const char *active, *form;

	if (!req_window(rq, &page, e) ||
	    !req_query_word(rq, "active", booleans, &active, e) ||
	    !req_query_word(rq, "fields", forms, &form, e))
		return false;

	return answer_text(rq, 200,
			   q_session_list(req_query_text(rq, "projectId"),
					  req_query_text(rq, "taskId"),
					  req_query_text(rq, "parentSessionId"),
					  req_query_text(rq, "rootSessionId"),
					  req_query_text(rq, "teamSessionId"),
					  req_query_text(rq, "status"), active,
					  form && strcmp(form, "full") == 0
						  ? "true"
						  : "false",
					  page.limit, page.offset),
			   e);
}

static bool
session_doc_write(struct req *rq, struct err *e)
{
	const char *in;

	if (!req_entity(rq, &content_entity, CREATE, &in, NULL, e))
		return false;

	return answer_text(rq, 200,
			   q_session_doc_write(req_param(rq, "id"),
					       req_param(rq, "docId"), in),
			   e);
}

static bool
reply_task(struct req *rq, unsigned query, struct err *e)
{
	const char *const args[] = {req_param(rq, "id"),
				    req_param(rq, "taskId")};

	return answer_text(rq, 200,
			   (struct db_call){.query = query, .args = args}, e);
}

/* Nothing is read from the body, but it must not be nonsense. */
static bool
session_task_add(struct req *rq, struct err *e)
{
	static const struct entity nothing = {"link", NULL, 0};

	if (!req_entity(rq, &nothing, CREATE, NULL, NULL, e))
		return false;
	return reply_task(rq, Q_SESSION_TASK_ADD, e);
}

static bool
session_task_remove(struct req *rq, struct err *e)
{
	return reply_task(rq, Q_SESSION_TASK_REMOVE, e);
}

static bool
session_mode_set(struct req *rq, struct err *e)
{
	const char *in;

	if (!req_entity(rq, &mode_entity, CREATE, &in, NULL, e))
		return false;

	return answer_text(rq, 200,
			   q_session_mode_set(req_param(rq, "id"),
					      req_header(rq, "X-Session-Id"),
					      in),
			   e);
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/sessions", session_list, R_USER, 0, 0,
	 DOC(.says = "Sessions, oldest first; the summary leaves timeline, events, docs, env and metadata out.",
	     .role = "viewer",
	     .query = "projectId, taskId, status (a,b), active (true or false), fields (summary or full), parentSessionId, rootSessionId, teamSessionId, limit, offset")},
	{M_POST, "/api/sessions", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Registers a session; project and tasks must exist, both are linked.",
	     .role = "member",
	     .errors = "ALREADY_EXISTS 409"),
	 .status = 201, .query = Q_SESSION_CREATE, .in = &create_entity},
	{M_GET, "/api/sessions/:id", NULL, R_USER, 0, 0,
	 DOC(.says = "One session in full; env shows to who started it only.",
	     .role = "viewer"),
	 .query = Q_SESSION_GET},
	{M_PATCH, "/api/sessions/:id", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Changes status, needsInput and marks; events and timeline are appended, an id that is there is not repeated; env is merged.",
	     .role = "member"),
	 .query = Q_SESSION_UPDATE, .in = &update_entity},
	{M_DELETE, "/api/sessions/:id", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Deletes it and unlinks its tasks.", .role = "member"),
	 .query = Q_SESSION_DELETE},
	{M_POST, "/api/sessions/:id/events", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Appends an event; answers the session.",
	     .role = "member"),
	 .query = Q_SESSION_EVENT_ADD, .in = &event_entity},
	{M_POST, "/api/sessions/:id/timeline", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Appends an entry; type needs_input also sets needsInput. Answers the session.",
	     .role = "member"),
	 .query = Q_SESSION_TIMELINE_ADD, .in = &timeline_entity},
	{M_GET, "/api/sessions/:id/docs", NULL, R_USER, 0, 0,
	 DOC(.says = "Its documents, with their text.", .role = "viewer"),
	 .query = Q_SESSION_DOCS},
	{M_POST, "/api/sessions/:id/docs", NULL, R_USER, API_DOC_BODY, 0,
	 DOC(.says = "Adds a document; answers the session.",
	     .role = "member"),
	 .query = Q_SESSION_DOC_ADD, .in = &doc_entity},
	{M_PUT, "/api/sessions/:id/docs/:docId/content", session_doc_write, R_USER, API_DOC_BODY, 0,
	 DOC(.says = "Replaces the text of a document.", .role = "member"),
	 .in = &content_entity},
	{M_POST, "/api/sessions/:id/tasks/:taskId", session_task_add, R_USER, API_BODY, 0,
	 DOC(.says = "Links session and task both ways.", .role = "member")},
	{M_DELETE, "/api/sessions/:id/tasks/:taskId", session_task_remove, R_USER, API_BODY, 0,
	 DOC(.says = "Unlinks them.", .role = "member")},
	{M_GET, "/api/sessions/:id/mode", NULL, R_USER, 0, 0,
	 DOC(.says = "{id, mode, relation, role}.", .role = "viewer"),
	 .query = Q_SESSION_MODE_GET},
	{M_POST, "/api/sessions/:id/mode", session_mode_set, R_USER, API_BODY, 0,
	 DOC(.says = "Changes worker to coordinator or back; only the session itself may (header X-Session-Id).",
	     .role = "member",
	     .errors = "mode_self_only 403, invalid_mode 400"),
	 .in = &mode_entity},
};
/* clang-format on */

const struct route_set session_routes = {
	.title = "Sessions of agents",
	.about =
		"completed, failed and stopped stamp completedAt and close what the session left\n"
		"open in taskSessionStatuses; stopped does not overwrite completed.  Times of\n"
		"entries are the server's.",
	.rows = rows,
	.n = NELEM(rows),
};
