#include "api.h"

#include <ctype.h>
#include <string.h>

#include "handlers/api/sets.h"

/* --- errors: the superset of the wire's shapes (maestro-api.md 1.3) --- */

static const char *
wire_code(struct arena *a, const char *code)
{
	/* Where the wire's word is not just ours in capitals. */
	static const struct {
		const char *ours, *wire;
	} words[] = {
		{"validation_failed", "VALIDATION_ERROR"  },
		{"bad_json",          "VALIDATION_ERROR"  },
		{"bad_url",           "VALIDATION_ERROR"  },
		{"bad_token",         "AUTH_INVALID_TOKEN"},
		{"too_large",         "PAYLOAD_TOO_LARGE" },
		{"route_not_found",   "NOT_FOUND"         },
		{"internal",          "INTERNAL_ERROR"    },
		{"profile_not_found", "not_found"         },
	};

	/* Where the wire has them small. */
	static const char *const small[] = {
		"host_required",
		"invalid_mode",
		"invalid_spawn_source",
		"invalid_task_ids",
		"mail_scope_violation",
		"missing_session_id",
		"mode_self_only",
		"no_task",
		"no_worktree",
		"parent_session_not_found",
		"project_not_found",
		"pty_host_not_server",
		"self_prompt_not_allowed",
		"sender_session_not_found",
		"sender_session_required",
		"spawn_requires_coordinator",
		"task_not_found",
		"task_taken",
	};
	char *up;

	for (size_t i = 0; i < NELEM(small); i++) {
		if (strcmp(code, small[i]) == 0)
			return small[i];
	}
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

#define REF(name) &(name),
static const struct route_set *const sets[] = {SETS(REF) NULL};
#undef REF

const struct family api_family = {
	.name = "api",
	.prefix = "/api/",
	.sets = sets,
	.render_error = render_error,
	.cors = &api_cors,
	.cache = "private, no-cache",
	.authenticate = api_authenticate,
};
