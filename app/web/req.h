#ifndef WEB_REQ_H
#define WEB_REQ_H

/*
 * req - one HTTP request as a handler sees it.
 *
 * Everything lives in rq->arena and dies with the request.  A handler returns
 * true after it has set the reply, or false with *e filled; the family of the
 * route then renders the error in its surface's shape (design.md 8).
 */
#include "core/arena.h"
#include "core/buf.h"
#include "core/db.h"
#include "core/err.h"
#include "core/json.h"
#include "domain/ctx.h"

enum method {
	M_GET = 1,
	M_HEAD = 2,
	M_POST = 4,
	M_PUT = 8,
	M_PATCH = 16,
	M_DELETE = 32,
	M_OPTIONS = 64,
};

struct pair {
	const char *name, *value;
};

/* How the caller proved who it is. */
enum credential {
	CRED_NONE,
	CRED_JWT,       /* Authorization: Bearer, or apikey */
	CRED_API_TOKEN, /* mst_..., Bearer or /k/<token>/ */
	CRED_COOKIE,    /* session cookie of the pages */
};

struct caller {
	enum credential credential;
	const char *role;       /* anon, authenticated, service_role */
	const char *sub;        /* user id, or NULL */
	const char *claims;     /* JSON */
	const char *token;      /* the access token itself (identity_supabase,
				   objects_supabase pass it on), or NULL */
	const char *session_id; /* claim, or NULL */
	const char *email;      /* claim, or NULL */
	bool is_platform_admin; /* app_metadata.platform_role = "admin" */
	const char *scopes;     /* of an API token: "read write", or NULL */
};

struct route;
struct family;
struct transport; /* the FastCGI side: web/fcgi.h */
struct jwt_cache;
struct stats;
struct worker_self;

struct reply {
	int status;       /* 0 = nothing said yet */
	const char *type; /* Content-Type, or NULL for none */
	struct span body;
	struct buf headers; /* "Name: value\r\n" lines */
	bool streamed;      /* head and body went out through req_write */
};

struct req {
	struct arena *arena;
	struct ctx *ctx; /* per worker: settings, db, redis, ... */
	const struct family *family;
	const struct route *route;
	enum method method;
	const char *method_name;
	const char *uri;   /* raw REQUEST_URI without /k/<token> and query */
	const char *query; /* raw query string, "" if none */
	const char *id;    /* X-Request-Id */
	const char *ip;    /* client address as nginx saw it */
	struct caller caller;
	struct db_scope scope; /* the caller's, ready for db_run */
	struct reply reply;
	const char **params; /* values of :name parts, percent-decoded */
	struct span body;    /* once read; p NULL before */
	const struct pair *query_pairs, *form_pairs; /* once parsed */
	int64_t body_length; /* -1 = unknown (chunked) */
	uint64_t body_read;  /* bytes taken by req_read so far */
	uint64_t bytes_out;
	struct transport *transport;
	struct jwt_cache *jwt_cache;    /* of the worker: caller.h */
	struct stats *stats;            /* of the program: stats.h */
	const struct worker_self *self; /* who serves: worker.h */
};

/* --- what came in --- */
const char *req_param(const struct req *rq, const char *name); /* "" if none */
const char *req_query(const struct req *rq,
		      const char *name); /* NULL if none */
/* The same, but NULL when it is empty too. */
const char *req_query_text(const struct req *rq, const char *name);
/* The same, but it must be one of words (NULL: any). */
bool req_query_word(struct req *rq, const char *name, const char *const *words,
		    const char **out, struct err *e) MUST_CHECK;
const char *req_header(const struct req *rq, const char *name); /* NULL */
const char *req_cookie(const struct req *rq, const char *name); /* NULL */
bool req_query_int(const struct req *rq, const char *name, int64_t min,
		   int64_t max, int64_t *out, struct err *e) MUST_CHECK;

/* The whole body, at most the route's limit (413); NUL-terminated. */
bool req_body(struct req *rq, struct span *out, struct err *e) MUST_CHECK;
/* The whole body as one JSON value; an empty body gives *out = NULL. */
bool req_json(struct req *rq, struct json_object **out,
	      struct err *e) MUST_CHECK;
/* A form field (application/x-www-form-urlencoded body); NULL if none. */
const char *req_form(struct req *rq, const char *name);
/* The next field of that name after `prev` (a value returned before). */
const char *req_form_next(struct req *rq, const char *name, const char *prev);

/* Streaming: up to n bytes; *got = 0 at the end.  A client that went away is
 * 400 client_gone; a body shorter than announced likewise. */
bool req_read(struct req *rq, void *p, size_t n, size_t *got,
	      struct err *e) MUST_CHECK;

/* False: an API token that may only read. */
bool req_may_write(const struct req *rq);

/* --- the database as the caller: rq->scope --- */
bool req_db(struct req *rq, const struct db_call *calls, size_t n,
	    struct db_result *results, struct err *e) MUST_CHECK;
/* One statement that gives a row; none: 404. */
bool req_db_row(struct req *rq, struct db_call call, struct db_result *out,
		struct err *e) MUST_CHECK;
bool req_db_text(struct req *rq, struct db_call call, struct span *out,
		 struct err *e) MUST_CHECK;
bool req_db_exec(struct req *rq, struct db_call call, struct err *e) MUST_CHECK;
/* rq->scope with another role: "service_role", "supabase_auth_admin". */
struct db_scope req_scope_as(const struct req *rq, const char *role);

/* --- what goes out; all copy or borrow arena text, all return true --- */
bool reply_json(struct req *rq, int status, struct span json);
bool reply_text(struct req *rq, int status, const char *type, const char *text);
bool reply_empty(struct req *rq, int status);
bool reply_redirect(struct req *rq, int status, const char *location);
/* value must not hold CR or LF (they are cut off there). */
void reply_header(struct req *rq, const char *name, const char *value);
/* Bytes from disk: nginx sends path of an internal location. */
bool reply_accel(struct req *rq, int status, const char *type,
		 const char *internal_path);
/* Sends what the other reply_ functions put together (the dispatcher does). */
bool reply_send(struct req *rq, struct err *e) MUST_CHECK;

/* Streams: head first, then any number of writes; a client that went away
 * is false with 400 client_gone. */
bool reply_stream_begin(struct req *rq, int status, const char *type,
			int64_t length, struct err *e) MUST_CHECK;
bool reply_stream_write(struct req *rq, const void *p, size_t n,
			struct err *e) MUST_CHECK;

#endif
