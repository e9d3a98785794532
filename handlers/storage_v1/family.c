/*
 * /storage/v1: routes, who may, and the surface's way to say no.
 *
 * Routes marked R_KEY want an Authorization header, R_PUBLIC ones look at it
 * and otherwise treat the caller as nobody, R_ANY ones (public buckets, signed
 * URLs) do not read it.
 */
#include <stdio.h>
#include <string.h>

#include "core/jwt.h"
#include "storage.h"
#include "web/caller.h"
#include "web/route.h"

/* --- who --- */

static const char *
given_token(const struct req *rq)
{
	const char *h = req_header(rq, "Authorization");

	if (!h || !*h)
		return req_header(rq, "X-Api-Token"); /* nginx: /k/<token>/ */
	if (strncasecmp(h, "Bearer ", 7) == 0)
		h += 7;
	return h + strspn(h, " ");
}

/* In the words of the reference's verifier, which clients look for. */
bool
storage_bad_jwt(struct req *rq, struct span token, const char *code, int status,
		struct err *e)
{
	struct span rest = token, part;
	struct jwt_claims ignored;
	unsigned parts = 0;
	struct err why;

	while (rest.n) {
		part = span_cut(&rest, '.');
		parts += part.n > 0;
	}
	if (parts != 3)
		return err_set(e, status, code, "Invalid Compact JWS");
	if (!jwt_verify(rq->ctx->keys, rq->arena, token, &ignored, &why) &&
	    strcmp(why.code, "jwt_expired") != 0)
		return err_set(e, status, code,
			       "signature verification failed");
	return err_set(e, status, code, "\"exp\" claim timestamp check failed");
}

static bool
authenticate(struct req *rq, struct err *e)
{
	const char *token = given_token(rq);
	bool is_optional = rq->route->who == R_PUBLIC;

	if (!token || !*token) {
		if (is_optional)
			return true;
		return storage_invalid(e, "headers must have required property "
					  "'authorization'");
	}
	if (caller_from_token(rq, token, CRED_JWT, e))
		return true;
	if (e->status >= 500)
		return false;
	rq->caller = (struct caller){.role = "anon"};
	return is_optional ||
	       storage_bad_jwt(rq, span_of(token), "access_denied", 403, e);
}

struct objects_who
storage_who(struct req *rq, const char *operation)
{
	rq->scope.operation = operation;
	return (struct objects_who){
		.scope = &rq->scope,
		.token = rq->caller.token,
		.sub = rq->caller.sub,
	};
}

/* --- errors --- */

/* What the dispatcher and core say, in this surface's codes. */
static const struct {
	const char *theirs, *ours, *message;
	int http;
} translated[] = {
	{"too_large",              "entity_too_large",  NULL,                          413},
	{"unsupported_media_type", "invalid_mime_type",
	 "Invalid Content-Type header",						400},
	{"forbidden",              "access_denied",     "Access denied: Invalid role", 403},
	{"insufficient_scope",     "access_denied",     NULL,                          403},
	{"client_gone",            "client_gone",       NULL,                          400},
	{"timeout",                "database_timeout",  NULL,                          544},
	{"bad_multipart",          "no_content",        NULL,                          400},
};

/* 400 for nearly everything: the logical status stands in the body. */
static int
http_status(const struct objects_code *c)
{
	if (c->status == 500 || c->status == 416 || c->status == 544 ||
	    strcmp(c->code, "slow_down") == 0)
		return c->status;
	return 400;
}

static bool
reply_error(struct req *rq, int http, int status, const char *label,
	    const char *message, const char *name)
{
	struct buf b = buf_on(rq->arena);

	buf_addf(&b, "{\"statusCode\":\"%d\",\"error\":", status);
	buf_add_json(&b, label);
	buf_add(&b, ",\"message\":");
	buf_add_json(&b, message);
	buf_add(&b, ",\"code\":");
	buf_add_json(&b, name);
	buf_add(&b, "}");
	return reply_json(rq, http, (struct span){buf_str(&b), b.n});
}

static void
render_error(struct req *rq, const struct err *e)
{
	const char *code = e->code, *message = e->message;
	const struct objects_code *c;
	int http = 0;

	if (strcmp(code, "route_not_found") == 0 ||
	    strcmp(code, "method_not_allowed") == 0) {
		message = arena_printf(rq->arena, "Route %s:%s not found",
				       rq->method_name,
				       rq->uri + strlen("/storage/v1"));
		reply_error(rq, 404, 404, "Not Found", message,
			    "InvalidRequest");
		return;
	}
	for (size_t i = 0; i < NELEM(translated); i++) {
		if (strcmp(code, translated[i].theirs) != 0)
			continue;
		code = translated[i].ours;
		http = translated[i].http;
		if (translated[i].message)
			message = translated[i].message;
	}
	c = objects_code_of(code);
	if (c && c->status == 500)
		message = "Internal Server Error";
	if (c)
		reply_error(rq, http ? http : http_status(c), c->status,
			    c->label, message, c->name);
	else if (e->status >= 500)
		reply_error(rq, e->status, e->status, "Internal",
			    "Service Unavailable", "InternalError");
	else
		reply_error(rq, 400, 400, "Error", message, "InvalidRequest");
}

/* --- small things --- */

static bool
status_get(struct req *rq, struct err *e)
{
	(void)e;
	return reply_empty(rq, 200);
}

static bool
version_get(struct req *rq, struct err *e)
{
	(void)e;
	return reply_text(rq, 200, "text/plain", PACKAGE_VERSION);
}

static const struct cors cors = {
	.methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
	.headers = "authorization, apikey, content-type, x-client-info, "
		   "x-upsert, x-metadata, x-robots-tag, x-signature, "
		   "cache-control, content-encoding, range, if-none-match, "
		   "if-modified-since, tus-resumable, upload-length, "
		   "upload-defer-length, upload-metadata, upload-offset, "
		   "upload-expires, upload-concat, x-http-method-override, "
		   "x-requested-with, traceparent, tracestate, baggage",
	.expose = "content-length, content-range, content-disposition, etag, "
		  "last-modified, accept-ranges, x-transformations",
};

#define V1     "/storage/v1"
#define B_KEY  "/:bucket/*key"
#define JSON   STORAGE_JSON_LIMIT
#define UPLOAD (RF_STREAM | RF_OPEN_TYPE | RF_IO)

/* clang-format off */
static const struct route routes[] = {
	{M_GET,    V1 "/status",                      status_get,          R_ANY,     0,    0},
	{M_GET,    V1 "/version",                     version_get,         R_ANY,     0,    0},

	{M_POST,   V1 "/bucket",                      bucket_create,       R_KEY,     JSON, 0},
	{M_GET,    V1 "/bucket",                      bucket_list,         R_KEY,     0,    0},
	{M_GET,    V1 "/bucket/:id",                  bucket_get,          R_KEY,     0,    0},
	{M_PUT,    V1 "/bucket/:id",                  bucket_update,       R_KEY,     JSON, 0},
	{M_DELETE, V1 "/bucket/:id",                  bucket_delete,       R_KEY,     JSON, 0},
	{M_POST,   V1 "/bucket/:id/empty",            bucket_empty,        R_SERVICE, JSON, 0},

	{M_POST,   V1 "/object/list/:bucket",         object_list,         R_KEY,     JSON, 0},
	{M_POST,   V1 "/object/list-v2/:bucket",      object_list_v2,      R_KEY,     JSON, 0},
	{M_POST,   V1 "/object/move",                 object_move,         R_KEY,     JSON, 0},
	{M_POST,   V1 "/object/copy",                 object_copy,         R_KEY,     JSON, 0},
	{M_POST,   V1 "/object/sign" B_KEY,           object_sign,         R_KEY,     JSON, 0},
	{M_POST,   V1 "/object/sign/:bucket",         object_sign_many,    R_KEY,     JSON, 0},
	{M_GET,    V1 "/object/sign" B_KEY,           object_get_signed,   R_ANY,     0,    0},
	{M_POST,   V1 "/object/upload/sign" B_KEY,    object_sign_upload,  R_KEY,     JSON, RF_OPEN_TYPE},
	{M_PUT,    V1 "/object/upload/sign" B_KEY,    object_upload_signed, R_ANY,    0,    UPLOAD},

	{M_GET,    V1 "/object/info/public" B_KEY,    object_info_public,  R_ANY,     0,    0},
	{M_GET,    V1 "/object/info/authenticated" B_KEY, object_info,     R_KEY,     0,    0},
	{M_GET,    V1 "/object/info" B_KEY,           object_info,         R_PUBLIC,  0,    0},
	{M_GET,    V1 "/object/public" B_KEY,         object_get_public,   R_ANY,     0,    0},
	{M_GET,    V1 "/object/authenticated" B_KEY,  object_get,          R_KEY,     0,    0},
	{M_GET,    V1 "/object" B_KEY,                object_get,          R_PUBLIC,  0,    0},

	{M_POST,   V1 "/object" B_KEY,                object_upload,       R_KEY,     0,    UPLOAD},
	{M_PUT,    V1 "/object" B_KEY,                object_replace,      R_KEY,     0,    UPLOAD},
	{M_DELETE, V1 "/object/:bucket",              object_delete_many,  R_KEY,     JSON, 0},
	{M_DELETE, V1 "/object" B_KEY,                object_delete,       R_KEY,     JSON, RF_OPEN_TYPE},
};
/* clang-format on */

extern const struct family storage_v1_family;
static const struct route_set set = {.rows = routes, .n = NELEM(routes)};
static const struct route_set *const sets[] = {&set, NULL};

const struct family storage_v1_family = {
	.name = "storage_v1",
	.prefix = "/storage/v1/",
	.sets = sets,
	.render_error = render_error,
	.cors = &cors,
	.authenticate = authenticate,
};
