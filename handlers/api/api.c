#include "api.h"

#include <ctype.h>
#include <string.h>

enum {
	LIMIT_MAX = 500,
	OFFSET_MAX = 1000000000, /* SQL adds to it: it must stay an int */
};

const char *const api_task_statuses[] = {
	"todo",      "in_progress", "in_review", "completed",
	"cancelled", "blocked",     NULL};
const char *const api_timeline_types[] = {
	"session_started", "session_stopped", "task_started", "task_completed",
	"task_failed", "task_skipped", "task_blocked", "needs_input",
	"progress", "error", "milestone",
	/* The CLI sends this one although its own server refuses it. */
	"task_status_changed", NULL};
const char *const api_doc_kinds[] = {"markdown", "diagram", NULL};

const char *
api_query(const struct req *rq, const char *name)
{
	const char *text = req_query(rq, name);

	return text && *text ? text : NULL;
}

bool
api_query_word(struct req *rq, const char *name, const char *const *words,
	       const char **out, struct err *e)
{
	struct buf list = buf_on(rq->arena);
	const char *text = api_query(rq, name);

	*out = text;
	if (!text)
		return true;
	for (const char *const *w = words; *w; w++) {
		if (strcmp(text, *w) == 0)
			return true;
		buf_addf(&list, "%s%s", list.n ? ", " : "", *w);
	}
	return err_field(e, name, "%s must be one of %s", name, buf_str(&list));
}

bool
api_page(struct req *rq, struct api_page *p, struct err *e)
{
	int64_t limit, offset;

	if (!req_query_int(rq, "limit", 1, LIMIT_MAX, &limit, e) ||
	    !req_query_int(rq, "offset", 0, OFFSET_MAX, &offset, e))
		return false;
	p->limit = api_query(rq, "limit");
	p->offset = api_query(rq, "offset");
	return true;
}

bool
api_reply(struct req *rq, int status, unsigned query, const char *const *args,
	  struct err *e)
{
	if (!req_db_json(rq, status, query, args, e))
		return false;
	reply_header(rq, "Cache-Control", "private, no-cache");
	return true;
}

bool
api_reply_id(struct req *rq, unsigned query, struct err *e)
{
	const char *const args[] = {req_param(rq, "id")};

	return api_reply(rq, 200, query, args, e);
}

bool
api_reply_body(struct req *rq, int status, unsigned query,
	       const struct entity *t, struct err *e)
{
	const char *in;

	if (!req_entity(rq, t, &in, NULL, e))
		return false;

	const char *const args[] = {in};

	return api_reply(rq, status, query, args, e);
}

bool
api_reply_id_body(struct req *rq, int status, unsigned query,
		  const struct entity *t, struct err *e)
{
	const char *in;

	if (!req_entity(rq, t, &in, NULL, e))
		return false;

	const char *const args[] = {req_param(rq, "id"), in};

	return api_reply(rq, status, query, args, e);
}

/* --- errors: the superset of the wire's shapes (maestro-api.md 1.3) --- */

static const char *
wire_code(struct arena *a, const char *code)
{
	/* Where the wire's word is not just ours in capitals. */
	static const struct {
		const char *ours, *wire;
	} words[] = {
		{"validation_failed",       "VALIDATION_ERROR"       },
		{"bad_json",                "VALIDATION_ERROR"       },
		{"bad_url",                 "VALIDATION_ERROR"       },
		{"bad_token",               "AUTH_INVALID_TOKEN"     },
		{"too_large",               "PAYLOAD_TOO_LARGE"      },
		{"route_not_found",         "NOT_FOUND"              },
		{"internal",                "INTERNAL_ERROR"         },
		{"mode_self_only",          "mode_self_only"         },
		{"invalid_mode",            "invalid_mode"           },
		{"self_prompt_not_allowed", "self_prompt_not_allowed"},
	};

	char *up;

	for (size_t i = 0; i < NELEM(words); i++) {
		if (strcmp(code, words[i].ours) == 0)
			return words[i].wire;
	}
	up = arena_strdup(a, code);
	for (char *p = up; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	return up;
}

static void
add_details(struct buf *b, const struct err *e)
{
	if (e->details) {
		buf_addf(b, ",\"details\":%s", e->details);
	} else if (*e->field) {
		buf_add(b, ",\"details\":[{\"path\":");
		buf_add_json(b, e->field);
		buf_add(b, ",\"message\":");
		buf_add_json(b, e->message);
		buf_add(b, "}]");
	}
}

static void
render_error(struct req *rq, const struct err *e)
{
	struct buf b = buf_on(rq->arena);
	bool is_ours = e->status >= 500;
	const char *message =
		is_ours ? "The server could not do that" : e->message;

	/* The overlay of the web UI shows `error` as a sentence. */
	buf_add(&b, "{\"error\":");
	if (strncmp(rq->uri, "/api/auth/", 10) == 0)
		buf_add_json(&b, message);
	else
		buf_add(&b, "true");
	buf_addf(&b, ",\"statusCode\":%d,\"code\":", e->status);
	buf_add_json(&b, e->status == 500 ? "INTERNAL_ERROR"
					  : wire_code(rq->arena, e->code));
	buf_add(&b, ",\"message\":");
	buf_add_json(&b, message);
	if (is_ours) {
		buf_add(&b, ",\"requestId\":");
		buf_add_json(&b, rq->id);
	} else {
		add_details(&b, e);
	}
	buf_add(&b, "}");
	reply_header(rq, "Cache-Control", "no-store");
	reply_json(rq, e->status, (struct span){buf_str(&b), b.n});
}

/* --- CORS (maestro-api.md 1.1) --- */

/* host, host:port: what may follow http:// for a page on this machine. */
static bool
is_loopback(const char *host)
{
	static const char *const names[] = {"localhost", "127.0.0.1"};

	for (size_t i = 0; i < NELEM(names); i++) {
		size_t n = strlen(names[i]);

		if (strncmp(host, names[i], n) != 0)
			continue;
		if (!host[n])
			return true;
		if (host[n] == ':' && host[n + 1] &&
		    strspn(host + n + 1, "0123456789") == strlen(host + n + 1))
			return true;
	}
	return false;
}

static bool
is_listed(const char *list, const char *origin)
{
	struct span rest = span_of(list);

	while (rest.n) {
		struct span one = span_cut(&rest, ',');

		while (one.n && *one.p == ' ') {
			one.p++;
			one.n--;
		}
		if (span_is(one, origin))
			return true;
	}
	return false;
}

static bool
origin_ok(const struct req *rq, const char *origin)
{
	if (strcmp(origin, "tauri://localhost") == 0)
		return true;
	if (strncmp(origin, "http://", 7) == 0 && is_loopback(origin + 7))
		return true;
	if (strncmp(origin, "https://", 8) == 0 && is_loopback(origin + 8))
		return true;
	return is_listed(rq->ctx->set->allowed_origins, origin);
}

const struct cors api_cors = {
	.with_credentials = true,
	.origin_ok = origin_ok,
	.methods = "GET, POST, PUT, DELETE, PATCH, OPTIONS",
	.headers = "Content-Type, Authorization, X-Requested-With, "
		   "X-Session-Id",
	.expose = "Content-Length, X-Request-Id",
};

/* clang-format off */
static const struct route routes[] = {
	{M_GET,    "/api/auth/status", auth_status, R_ANY, 0, 0},
	{M_POST,   "/api/auth/login", auth_login, R_ANY, API_BODY, 0},
	{M_POST,   "/api/auth/logout", auth_logout, R_ANY, API_BODY, 0},

	{M_GET,    "/api/profile", profile_get, R_USER, 0, 0},
	{M_PATCH,  "/api/profile", profile_update, R_USER, API_BODY, 0},

	{M_GET,    "/api/projects", project_list, R_USER, 0, 0},
	{M_POST,   "/api/projects", project_create, R_USER, API_BODY, 0},
	{M_GET,    "/api/projects/:id", project_get, R_USER, 0, 0},
	{M_PUT | M_PATCH, "/api/projects/:id", project_update, R_USER, API_BODY, 0},
	{M_DELETE, "/api/projects/:id", project_delete, R_USER, API_BODY, 0},
	{M_PUT,    "/api/projects/:id/master", project_master, R_USER, API_BODY, 0},
	{M_GET,    "/api/projects/:id/board", project_board, R_USER, 0, 0},
	{M_GET,    "/api/projects/:id/docs", project_docs, R_USER, 0, 0},
	{M_GET,    "/api/projects/:id/members", member_list, R_USER, 0, 0},
	{M_POST,   "/api/projects/:id/members", member_add, R_USER, API_BODY, 0},
	{M_PATCH,  "/api/projects/:id/members/:userId", member_change, R_USER, API_BODY, 0},
	{M_DELETE, "/api/projects/:id/members/:userId", member_remove, R_USER, API_BODY, 0},
	{M_GET,    "/api/projects/:id/invitations", invitation_list, R_USER, 0, 0},
	{M_DELETE, "/api/projects/:id/invitations/:invitationId", invitation_revoke, R_USER, API_BODY, 0},
	{M_GET,    "/api/projects/:id/files", file_list, R_USER, 0, 0},
	{M_POST,   "/api/projects/:id/files", file_upload, R_USER, 0, RF_STREAM | RF_OPEN_TYPE | RF_IO},
	{M_GET,    "/api/projects/:id/files/*key", file_download, R_USER, 0, 0},
	{M_DELETE, "/api/projects/:id/files/*key", file_delete, R_USER, API_BODY, 0},
	{M_POST,   "/api/invitations/accept", invitation_accept, R_USER, API_BODY, 0},

	{M_GET,    "/api/tasks", task_list, R_USER, 0, 0},
	{M_POST,   "/api/tasks", task_create, R_USER, API_BODY, 0},
	{M_GET,    "/api/tasks/:id", task_get, R_USER, 0, 0},
	{M_PATCH,  "/api/tasks/:id", task_update, R_USER, API_BODY, 0},
	{M_DELETE, "/api/tasks/:id", task_delete, R_USER, API_BODY, 0},
	{M_GET,    "/api/tasks/:id/children", task_children, R_USER, 0, 0},
	{M_POST,   "/api/tasks/:id/timeline", task_timeline_add, R_USER, API_BODY, 0},
	{M_GET,    "/api/tasks/:id/docs", task_docs, R_USER, 0, 0},
	{M_POST,   "/api/tasks/:id/docs", task_doc_add, R_USER, API_DOC_BODY, 0},

	{M_GET,    "/api/ordering/:entityType/:projectId", ordering_get, R_USER, 0, 0},
	{M_PUT,    "/api/ordering/:entityType/:projectId", ordering_put, R_USER, API_BODY, 0},

	{M_GET,    "/api/task-lists", tasklist_list, R_USER, 0, 0},
	{M_POST,   "/api/task-lists", tasklist_create, R_USER, API_BODY, 0},
	{M_GET,    "/api/task-lists/:id", tasklist_get, R_USER, 0, 0},
	{M_PATCH,  "/api/task-lists/:id", tasklist_update, R_USER, API_BODY, 0},
	{M_DELETE, "/api/task-lists/:id", tasklist_delete, R_USER, API_BODY, 0},
	{M_POST,   "/api/task-lists/:id/tasks/:taskId", tasklist_add, R_USER, API_BODY, 0},
	{M_DELETE, "/api/task-lists/:id/tasks/:taskId", tasklist_remove, R_USER, API_BODY, 0},
	{M_PUT,    "/api/task-lists/:id/reorder", tasklist_reorder, R_USER, API_BODY, 0},

	{M_GET,    "/api/team-members", teammember_list, R_USER, 0, 0},
	{M_POST,   "/api/team-members", teammember_create, R_USER, API_BODY, 0},
	{M_GET,    "/api/team-members/:id", teammember_get, R_USER, 0, 0},
	{M_PATCH,  "/api/team-members/:id", teammember_update, R_USER, API_BODY, 0},
	{M_DELETE, "/api/team-members/:id", teammember_delete, R_USER, API_BODY, 0},
	{M_POST,   "/api/team-members/:id/archive", teammember_archive, R_USER, API_BODY, 0},
	{M_POST,   "/api/team-members/:id/unarchive", teammember_unarchive, R_USER, API_BODY, 0},
	{M_POST,   "/api/team-members/:id/reset", teammember_reset, R_USER, API_BODY, 0},
	{M_POST,   "/api/team-members/:id/memory", teammember_remember, R_USER, API_BODY, 0},
	{M_PATCH,  "/api/team-members/:id/scope", teammember_scope, R_USER, API_BODY, 0},

	{M_GET,    "/api/workflow-templates", workflow_list, R_USER, 0, 0},
	{M_GET,    "/api/workflow-templates/:id", workflow_get, R_USER, 0, 0},

	{M_GET,    "/api/tokens", token_list, R_USER, 0, 0},
	{M_POST,   "/api/tokens", token_create, R_USER, API_BODY, 0},
	{M_DELETE, "/api/tokens/:id", token_delete, R_USER, API_BODY, 0},

	{M_GET,    "/api/sessions", session_list, R_USER, 0, 0},
	{M_POST,   "/api/sessions", session_create, R_USER, API_BODY, 0},
	{M_GET,    "/api/sessions/log-digests", session_digests, R_USER, 0, 0},
	{M_GET,    "/api/sessions/:id", session_get, R_USER, 0, 0},
	{M_PATCH,  "/api/sessions/:id", session_update, R_USER, API_BODY, 0},
	{M_DELETE, "/api/sessions/:id", session_delete, R_USER, API_BODY, 0},
	{M_POST,   "/api/sessions/:id/events", session_event_add, R_USER, API_BODY, 0},
	{M_POST,   "/api/sessions/:id/timeline", session_timeline_add, R_USER, API_BODY, 0},
	{M_GET,    "/api/sessions/:id/docs", session_docs, R_USER, 0, 0},
	{M_POST,   "/api/sessions/:id/docs", session_doc_add, R_USER, API_DOC_BODY, 0},
	{M_PUT,    "/api/sessions/:id/docs/:docId/content", session_doc_write, R_USER, API_DOC_BODY, 0},
	{M_POST,   "/api/sessions/:id/tasks/:taskId", session_task_add, R_USER, API_BODY, 0},
	{M_DELETE, "/api/sessions/:id/tasks/:taskId", session_task_remove, R_USER, API_BODY, 0},
	{M_GET,    "/api/sessions/:id/mode", session_mode_get, R_USER, 0, 0},
	{M_POST,   "/api/sessions/:id/mode", session_mode_set, R_USER, API_BODY, 0},
	{M_POST,   "/api/sessions/:id/prompt", session_prompt, R_USER, API_BODY, 0},
	{M_GET,    "/api/sessions/:id/prompts", session_prompts, R_USER, 0, 0},
	{M_GET,    "/api/sessions/:id/log-digest", session_digest, R_USER, 0, 0},
	{M_GET,    "/api/sessions/:id/stats", session_stats, R_USER, 0, 0},
	{M_GET,    "/api/sessions/:id/command-usage", session_command_usage, R_USER, 0, 0},
	{M_POST,   "/api/sessions/:id/resume", session_resume, R_USER, API_BODY, 0},
	{M_POST,   "/api/sessions/:id/modal", session_modal, R_USER, API_BODY, 0},
	{M_POST,   "/api/sessions/:id/modal/:modalId/actions", session_modal_action, R_USER, API_BODY, 0},
	{M_POST,   "/api/sessions/:id/modal/:modalId/close", session_modal_close, R_USER, API_BODY, 0},
	{M_GET,    "/api/huddles", huddle_list, R_USER, 0, 0},
	{M_GET,    "/api/session-prompts", prompt_list, R_USER, 0, 0},
	{M_GET,    "/api/heartbeat/:id", heartbeat_get, R_USER, 0, 0},
	{M_POST,   "/api/heartbeat/:id", heartbeat_put, R_USER, API_BODY, 0},
	{M_DELETE, "/api/heartbeat/:id", heartbeat_delete, R_USER, API_BODY, 0},
};
/* clang-format on */

const struct family api_family = {
	.name = "api",
	.prefix = "/api/",
	.routes = routes,
	.n_routes = NELEM(routes),
	.render_error = render_error,
	.cors = &api_cors,
	.authenticate = api_authenticate,
};
