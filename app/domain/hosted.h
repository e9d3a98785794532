#ifndef DOMAIN_HOSTED_H
#define DOMAIN_HOSTED_H

/*
 * hosted - the Supabase project this installation works on, over HTTP.
 *
 * Base of identity_supabase and objects_supabase: where the project is, its
 * keys, the headers it wants, time limits, retries, and its signing keys
 * (JWKS) for core/jwt.  Exists only when settings.supabase_enabled.
 *
 * Failure: 503 upstream_unavailable (with Retry-After) when no answer came or
 * the project says it is overloaded; any other HTTP status is an answer and
 * the backend's to judge.  A body that is not what the surface promises is
 * 502 upstream_invalid.
 */
#include "core/arena.h"
#include "core/err.h"
#include "core/fetch.h"
#include "core/json.h"

struct ctx;
struct settings;
struct hosted;

/* Are the settings of the project complete and its key files readable? */
bool hosted_check(const struct settings *set, struct err *e) MUST_CHECK;

/* Reads the key files; 500 start.  Also points ctx->keys at the project: its
 * JWKS, and its legacy secret when there is one. */
bool hosted_new(struct ctx *ctx, struct hosted **out, struct err *e) MUST_CHECK;
void hosted_free(struct hosted *h); /* NULL is allowed */

/* "anon" or "service_role" when text is that key of the project (the new kind
 * of keys is opaque, so they are compared), else NULL. */
const char *hosted_key_role(const struct hosted *h, const char *text);

/* Where the project is, without a slash at the end, and its public key; they
 * live as long as h. */
const char *hosted_base(const struct hosted *h);
const char *hosted_anon_key(const struct hosted *h);

struct hosted_call {
	const char *method; /* NULL: GET */
	const char *path;   /* "/auth/v1/user", with its query */
	/* Who: the caller's access token, or NULL for the anon key. */
	const char *token;
	const char *claims; /* JSON; needed when token is an API token */
	/* as_service on somebody's behalf: who then owns what is made.  Needs
	 * the legacy secret; without it the service itself does. */
	const char *owner;
	bool as_service;             /* the service key, whatever token says */
	const char *ip, *request_id; /* or NULL */
	/* More headers; their names must not be those set here. */
	const struct fetch_header *headers;
	size_t n_headers;
	const char *json;   /* body, or NULL */
	bool is_safe;       /* may be repeated */
	int timeout_ms;     /* 0: settings.supabase_timeout_ms */
	size_t limit_bytes; /* of the answer; 0: 1 MiB */
	/* Streams, as in core/fetch.h. */
	fetch_read_fn *read;
	int64_t read_length;
	fetch_head_fn *head;
	fetch_write_fn *write;
	void *arg;
};

bool hosted_run(struct hosted *h, struct arena *a, const struct hosted_call *c,
		struct fetch_reply *out, struct err *e) MUST_CHECK;

/* The body as JSON, or NULL if it is none. */
struct json_object *hosted_json(struct arena *a, const struct fetch_reply *r);
/* What a 5xx (or a status nobody expects) is for our own caller. */
bool hosted_failed(const struct fetch_reply *r, struct err *e);
bool hosted_garbled(struct err *e); /* 502 upstream_invalid */

#endif
