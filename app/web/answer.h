#ifndef WEB_ANSWER_H
#define WEB_ANSWER_H

/*
 * answer - rows of the database as the JSON answer of a request.
 *
 * A route row that names its query and its entities needs no handler: the
 * arguments of the query are, in this order, the :names of the path, the
 * filters of the row, limit and offset (RF_PAGED), the body as checked JSON
 * (`in`; one without fields is only checked to be an object).  What is answered
 * follows from the kind of the query (core/db.h): row and opt an object, rows
 * an array, text itself, exec 204.
 *
 * A handler that has more to decide makes the calls itself and hands them to
 * answer_row or answer_rows.  Either way it is one round trip.
 */
#include "domain/entity.h"
#include "domain/queries.h"
#include "req.h"
#include "route.h"

/* limit and offset as texts for SQL; both NULL: the bare list is wanted. */
struct window {
	const char *limit, *offset;
};

bool req_window(struct req *rq, struct window *w, struct err *e) MUST_CHECK;

/* 2 when the total is wanted too, else 1: how many calls answer_rows gets. */
size_t window_calls(const struct window *w);

/* Reads, parses and checks the body of rq.  json: canonical text; in: the
 * checked tree (either may be NULL).  An empty body counts as {}. */
bool req_entity(struct req *rq, const struct entity *t, unsigned form,
		const char **json, struct json_object **in,
		struct err *e) MUST_CHECK;

/*
 * Runs the calls as the caller.  calls[0] gives the row or rows of t, the
 * others those of t->parts.  No row: 404 that names t and, if there is one,
 * the path's first parameter.
 */
bool answer_row(struct req *rq, int status, const struct entity *t,
		const struct db_call *calls, size_t n,
		struct err *e) MUST_CHECK;
/* calls[0] is a write whose rows are not shown; the calls after it show what
 * there is then, as in answer_row. */
bool answer_change(struct req *rq, int status, const struct entity *t,
		   const struct db_call *calls, size_t n,
		   struct err *e) MUST_CHECK;
/*
 * w NULL or without limit and offset: a bare array.  Else an object with the
 * window {data, pagination}, and the last call gives the total as one value.
 */
bool answer_rows(struct req *rq, const struct entity *t,
		 const struct db_call *calls, size_t n, const struct window *w,
		 struct err *e) MUST_CHECK;
/* One query whose value is the finished JSON. */
bool answer_text(struct req *rq, int status, struct db_call call,
		 struct err *e) MUST_CHECK;
/* JSON that a handler wrote. */
bool answer_json(struct req *rq, int status, struct span json);

/* rq->route has no handler. */
bool answer_route(struct req *rq, struct err *e) MUST_CHECK;
/* How many arguments it would give; a test compares with the query. */
size_t answer_args(const struct route *r);

#endif
