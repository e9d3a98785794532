#ifndef CORE_BULK_H
#define CORE_BULK_H

/*
 * bulk - a PostgreSQL connection of its own for what core/db's pipelines
 * cannot do: COPY, results row by row, transactions over many round trips.
 * For commands, not for workers: one connection, made at once, no scope, no
 * second try.
 *
 * Statements come from sql/queries, as those of core/db.  The connection ends
 * with the arena it was opened on.
 *
 * Failure: 503 database_unavailable when the connection does not come or
 * breaks; otherwise 500 database_error with PostgreSQL's own sentence and
 * SQLSTATE, e->details holding detail and context: the reader is the admin.
 */
#include "arena.h"
#include "db.h"
#include "err.h"

struct bulk;

struct bulk_options {
	const char *url;  /* libpq connection string or URI */
	const char *name; /* application_name */
	const struct db_statement *statements;
};

bool bulk_open(struct arena *a, const struct bulk_options *o, struct bulk **out,
	       struct err *e) MUST_CHECK;

/* One statement.  out (may be NULL) lives in a. */
bool bulk_run(struct bulk *b, struct arena *a, struct db_call call,
	      struct db_result *out, struct err *e) MUST_CHECK;

/* Row by row, at constant memory; each result holds one row and is gone when
 * the function returns.  False from it ends the statement. */
typedef bool bulk_row(void *to, const struct db_result *row, struct err *e);
bool bulk_each(struct bulk *b, struct db_call call, bulk_row *fn, void *to,
	       struct err *e) MUST_CHECK;

/* copy ... from stdin.  A row is its fields in order, then bulk_copy_row; NULL
 * is SQL null.  Text without NUL. */
bool bulk_copy_begin(struct bulk *b, unsigned query, struct err *e) MUST_CHECK;
void bulk_copy_text(struct bulk *b, const char *p, size_t n);
void bulk_copy_null(struct bulk *b);
bool bulk_copy_row(struct bulk *b, struct err *e) MUST_CHECK;
bool bulk_copy_end(struct bulk *b, struct err *e) MUST_CHECK;
/* Gives a copy up that was begun; the transaction has failed then. */
void bulk_copy_abort(struct bulk *b);

#endif
