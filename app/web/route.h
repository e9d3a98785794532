#ifndef WEB_ROUTE_H
#define WEB_ROUTE_H

/*
 * route - tables that say what may be asked, by whom, how big.
 *
 * A family is one URL prefix with one error shape.  The dispatcher refuses
 * (401, 403, 404, 405, 413, 415) before the handler runs; a handler only does
 * what is its own.  handlers/routes.c lists the families.
 *
 * Path patterns: literal segments, `:name` (one non-empty segment), `*name`
 * (the rest, last only, may hold slashes).  Literal beats `:name` beats
 * `*name`.  Values are percent-decoded once; NUL and bad UTF-8 are 400.
 */
#include "domain/entity.h"
#include "domain/queries.h"
#include "req.h"

enum who {
	R_PUBLIC,  /* anyone; a broken credential is still 401 */
	R_ANY,     /* anyone; credentials are not even looked at */
	R_KEY,     /* anon, authenticated or service_role JWT */
	R_USER,    /* a signed-in user */
	R_ADMIN,   /* a platform admin */
	R_SERVICE, /* service_role */
};

enum {
	RF_CSRF = 1,      /* form post of a page: the CSRF field must match */
	RF_FORM = 2,      /* takes application/x-www-form-urlencoded */
	RF_STREAM = 4,    /* the handler reads the body itself with req_read */
	RF_OPEN_TYPE = 8, /* any Content-Type (default: JSON or none) */
	RF_IO = 16,       /* belongs to the io pool (uploads, waits) */
	RF_PAGED = 32,    /* the query takes limit and offset: answer.h */
};

/* A parameter of the query that the statement filters by: absent or empty is
 * SQL null. */
struct filter {
	const char *name;
	const char *const *words; /* it must be one of these; NULL: any */
	const char *says;         /* what it takes, for the reference */
};

/*
 * What the reference of the API (doc/rest-api.txt) says of a route beyond its
 * row; the body is described by the entity table that also checks it.
 */
struct route_doc {
	const char *says;  /* one or two sentences */
	const char *role;  /* the least one in the project; NULL: none needed */
	const char *query; /* "name (what it takes), ...": beyond filters */
	const char *errors; /* "CODE 409, ...": beyond what the row implies */
};

#define DOC(...)                         \
	.doc = &(const struct route_doc) \
	{                                \
		__VA_ARGS__              \
	}

struct route {
	unsigned methods; /* enum method, or-ed */
	const char *path;
	/* NULL: the row says all, answer.h. */
	bool (*handle)(struct req *rq, struct err *e);
	enum who who;
	size_t body_limit; /* bytes; 0 = no body is read */
	unsigned flags;
	const struct route_doc *doc;  /* NULL: not in the reference */
	int status;                   /* of success; 0 = 200 */
	const struct entity *in;      /* the body; its form is CREATE for POST,
					 UPDATE for the other methods */
	const struct filter *filters; /* ended by a NULL name, or NULL */
	/* Without a handler: */
	const struct entity *out; /* what the query's rows are */
	enum query query;
	enum query count; /* RF_PAGED: of all rows the filters leave */
};

/* CREATE or UPDATE: what `in` is read as. */
unsigned route_form(const struct route *r);

/* The rows of one file. */
struct route_set {
	const char *title; /* heading in the reference */
	const char *about; /* a paragraph under it, or NULL */
	const struct route *rows;
	size_t n;
};

/* What browsers of other origins may do; "" leaves a header out. */
struct cors {
	/* false: any origin without credentials (`*`); true: the origin is
	 * echoed with credentials if origin_ok says so, else 403. */
	bool with_credentials;
	bool (*origin_ok)(const struct req *rq, const char *origin);
	const char *methods, *headers, *expose;
};

struct family {
	const char *name;                    /* for metrics and log: "api" */
	const char *prefix;                  /* "/api/" */
	const struct route_set *const *sets; /* NULL-terminated */
	/* Sets rq->reply from *e.  For status >= 500 it must show only code,
	 * a fixed sentence and rq->id. */
	void (*render_error)(struct req *rq, const struct err *e);
	const struct cors *cors; /* NULL: no Access-Control-* at all */
	const char *cache;       /* Cache-Control of what answer.h gives */
	/* NULL, or replaces the default way to find the caller (auth_v1 and
	 * storage_v1 have surface-specific rules). */
	bool (*authenticate)(struct req *rq, struct err *e);
};

extern const struct family *const families[]; /* NULL-terminated */

#endif
