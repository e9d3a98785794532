/*
 * sessions - /api/sessions: agents at work, what they write down, their mode.
 */
#include "api.h"

#include <string.h>

#include "core/clock.h"
#include "core/rand.h"
#include "domain/entities/entities.h"
#include "domain/words.h"

enum {
	EVENT_CHARS = 100,
	PATH_CHARS = 2000,
	DOC_TITLE_CHARS = 1000,
	DOC_CHARS = 10000000,
	ID_RANDOM = 9
};

static const char *const booleans[] = {"true", "false", NULL};
static const char *const forms[] = {"full", "summary", NULL};

/* clang-format off */
static const struct field new_event_fields[] = {
	{"type", F_TEXT, REQUIRED, 1, EVENT_CHARS, NULL},
	{"data", F_ANY, 0, 0, 0, NULL},
};

static const struct field new_entry_fields[] = {
	{"type", F_ENUM, 0, 0, 0, words_entry_type},
	{"message", F_TEXT, REQUIRED, 1, 0, NULL},
	{"taskId", F_ID, 0, 0, 0, NULL},
	{"metadata", F_OBJECT, 0, 0, 0, NULL},
};

/* SQL knows which kinds there are, and guesses others. */
static const struct field new_doc_fields[] = {
	{"title", F_NAME, REQUIRED, 1, DOC_TITLE_CHARS, NULL},
	{"filePath", F_TEXT, REQUIRED, 1, PATH_CHARS, NULL},
	{"content", F_TEXT, 0, 0, DOC_CHARS, NULL},
	{"kind", F_TEXT, 0, 0, 100, NULL},
	{"taskId", F_ID, 0, 0, 0, NULL},
};

static const struct field content_fields[] = {
	{"content", F_TEXT, REQUIRED, 0, DOC_CHARS, NULL},
};
/* clang-format on */

static const struct entity new_event_entity = {"event", new_event_fields,
					       NELEM(new_event_fields)};
static const struct entity new_entry_entity = {"timeline", new_entry_fields,
					       NELEM(new_entry_fields)};
static const struct entity new_doc_entity = {"doc", new_doc_fields,
					     NELEM(new_doc_fields)};
static const struct entity content_entity = {"doc", content_fields,
					     NELEM(content_fields)};

/* --- lists --- */

/* Arguments of the statements of a list: filters, then its window. */
enum {
	WINDOW_FILTERS = 7,
	WINDOW_ARGS = WINDOW_FILTERS + 2
};

bool
session_window(struct req *rq, bool full, struct err *e)
{
	static const char *const names[] = {"projectId",       "taskId",
					    "parentSessionId", "rootSessionId",
					    "teamSessionId",   "status"};

	static const enum query summary[] = {Q_SESSION_LIST};

	static const enum query whole[] = {
		Q_SESSION_LIST_FULL, Q_SESSION_LIST_EVENTS,
		Q_SESSION_LIST_TIMELINE, Q_SESSION_LIST_DOCS};

	const char *args[WINDOW_ARGS];
	struct db_call calls[NELEM(whole) + 1];
	struct window w;
	size_t n = 0;

	if (!req_window(rq, &w, e) ||
	    !req_query_word(rq, "active", booleans, &args[NELEM(names)], e))
		return false;
	for (size_t i = 0; i < NELEM(names); i++)
		args[i] = req_query_text(rq, names[i]);
	args[WINDOW_FILTERS] = w.limit;
	args[WINDOW_FILTERS + 1] = w.offset;

	for (size_t i = 0; i < (full ? NELEM(whole) : NELEM(summary)); i++)
		calls[n++] = (struct db_call){
			.query = full ? whole[i] : summary[i], .args = args};
	if (window_calls(&w) == 2)
		calls[n++] = (struct db_call){.query = Q_SESSION_COUNT,
					      .args = args};
	return answer_rows(rq, &session_entity, calls, n, &w, e);
}

static bool
session_list(struct req *rq, struct err *e)
{
	const char *form;

	return req_query_word(rq, "fields", forms, &form, e) &&
	       session_window(rq, form && strcmp(form, "full") == 0, e);
}

/* --- one --- */

static bool
session_get(struct req *rq, struct err *e)
{
	const struct db_call calls[] = {SESSION_WHOLE(req_param(rq, "id"))};

	return answer_row(rq, 200, &session_entity, calls, NELEM(calls), e);
}

const char *
session_new_id(struct arena *a)
{
	char random[ID_RANDOM + 1];

	rand_text(random, ID_RANDOM, rand_abc_base36);
	return arena_printf(a, "sess_%lld_%s", (long long)clock_ms(), random);
}

/* Who does not choose an id gets one here, for the statements after the first
 * must know it. */
static bool
session_create(struct req *rq, struct err *e)
{
	struct json_object *in, *id;

	if (!req_entity(rq, &session_entity, CREATE, NULL, &in, e))
		return false;
	if (!json_object_object_get_ex(in, "id", &id)) {
		id = json_object_new_string(session_new_id(rq->arena));
		json_object_object_add(in, "id", id);
	}

	const struct db_call calls[] = {
		q_session_create(json_dump(in)),
		SESSION_WHOLE(json_object_get_string(id)),
	};

	return answer_change(rq, 201, &session_entity, calls, NELEM(calls), e);
}

/* What the row's query does to a session, and the whole of it afterwards. */
static bool
session_change(struct req *rq, struct err *e)
{
	const struct route *r = rq->route;
	const char *id = req_param(rq, "id"), *in;
	const char *args[2] = {id, req_param(rq, "taskId")};

	if (!req_entity(rq, r->in, route_form(r), &in, NULL, e))
		return false;
	if (r->in->n)
		args[1] = in;

	const struct db_call calls[] = {
		{.query = r->query, .args = args},
		SESSION_WHOLE(id),
	};

	return answer_change(rq, 200, &session_entity, calls, NELEM(calls), e);
}

static bool
session_mode_set(struct req *rq, struct err *e)
{
	const char *in;

	if (!req_entity(rq, &mode_entity, CREATE, &in, NULL, e))
		return false;

	const struct db_call call = q_session_mode_set(
		req_param(rq, "id"), req_header(rq, "X-Session-Id"), in);

	return answer_row(rq, 200, &mode_entity, &call, 1, e);
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/sessions", session_list, R_USER, 0, 0,
	 DOC(.says = "Sessions, oldest first; the summary leaves timeline, events, docs, env and metadata out.",
	     .role = "viewer",
	     .query = "projectId, taskId, status (a,b), active (true or false), fields (summary or full), parentSessionId, rootSessionId, teamSessionId, limit, offset")},
	{M_POST, "/api/sessions", session_create, R_USER, API_BODY, 0,
	 DOC(.says = "Registers a session; project and tasks must exist, both are linked.",
	     .role = "member",
	     .errors = "ALREADY_EXISTS 409"),
	 .status = 201, .in = &session_entity, .out = &session_entity},
	{M_GET, "/api/sessions/:id", session_get, R_USER, 0, 0,
	 DOC(.says = "One session in full; env shows to who started it only.",
	     .role = "viewer"),
	 .out = &session_entity},
	{M_PATCH, "/api/sessions/:id", session_change, R_USER, API_BODY, 0,
	 DOC(.says = "Changes status, needsInput and marks; events and timeline are appended, an id that is there is not repeated; env is merged.",
	     .role = "member"),
	 .query = Q_SESSION_UPDATE, .in = &session_entity, .out = &session_entity},
	{M_DELETE, "/api/sessions/:id", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Deletes it and unlinks its tasks.", .role = "member"),
	 .query = Q_SESSION_DELETE, .out = &done_entity},
	{M_POST, "/api/sessions/:id/events", session_change, R_USER, API_BODY, 0,
	 DOC(.says = "Appends an event; answers the session.",
	     .role = "member"),
	 .query = Q_SESSION_EVENT_ADD, .in = &new_event_entity, .out = &session_entity},
	{M_POST, "/api/sessions/:id/timeline", session_change, R_USER, API_BODY, 0,
	 DOC(.says = "Appends an entry; type needs_input also sets needsInput. Answers the session.",
	     .role = "member"),
	 .query = Q_SESSION_TIMELINE_ADD, .in = &new_entry_entity, .out = &session_entity},
	{M_GET, "/api/sessions/:id/docs", NULL, R_USER, 0, 0,
	 DOC(.says = "Its documents, with their text.", .role = "viewer"),
	 .query = Q_SESSION_DOC_TEXTS, .out = &doc_text_entity},
	{M_POST, "/api/sessions/:id/docs", session_change, R_USER, API_DOC_BODY, 0,
	 DOC(.says = "Adds a document; answers the session.",
	     .role = "member"),
	 .query = Q_SESSION_DOC_ADD, .in = &new_doc_entity, .out = &session_entity},
	{M_PUT, "/api/sessions/:id/docs/:docId/content", NULL, R_USER, API_DOC_BODY, 0,
	 DOC(.says = "Replaces the text of a document.", .role = "member"),
	 .query = Q_SESSION_DOC_WRITE, .in = &content_entity, .out = &done_entity},
	{M_POST, "/api/sessions/:id/tasks/:taskId", session_change, R_USER, API_BODY, 0,
	 DOC(.says = "Links session and task both ways.", .role = "member"),
	 .query = Q_SESSION_TASK_ADD, .in = &nothing_entity, .out = &session_entity},
	{M_DELETE, "/api/sessions/:id/tasks/:taskId", session_change, R_USER, API_BODY, 0,
	 DOC(.says = "Unlinks them.", .role = "member"),
	 .query = Q_SESSION_TASK_REMOVE, .in = &nothing_entity, .out = &session_entity},
	{M_GET, "/api/sessions/:id/mode", NULL, R_USER, 0, 0,
	 DOC(.says = "{id, mode, relation, role}.", .role = "viewer"),
	 .query = Q_SESSION_MODE_GET, .out = &mode_entity},
	{M_POST, "/api/sessions/:id/mode", session_mode_set, R_USER, API_BODY, 0,
	 DOC(.says = "Changes worker to coordinator or back; only the session itself may (header X-Session-Id).",
	     .role = "member",
	     .errors = "mode_self_only 403, invalid_mode 400"),
	 .in = &mode_entity, .out = &mode_entity},
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
