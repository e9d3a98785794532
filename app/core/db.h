#ifndef CORE_DB_H
#define CORE_DB_H

/*
 * db - PostgreSQL through libpq 15 in pipeline mode.
 *
 * One connection per process, made on first use.  A call of db_run is ONE
 * round trip and one transaction: who asks (role, claims, headers as
 * set_config(..., true)), the prepared statements in order, sync.  An error
 * anywhere rolls all of it back.  Row-level security decides.
 *
 * Statements come from sql/queries; the build compiles them into a table and
 * `enum query` (domain/queries.h).  Text parameters, text results; NULL is SQL
 * null.  Results live in the arena that was passed in.
 *
 * Failure: SQLSTATE decides the record, never text.
 *   PTnnn  raised by our functions: HTTP status nnn, MESSAGE the sentence,
 *          DETAIL the code (snake_case), HINT the field at fault
 *   42501  403 forbidden        23505  409 already_exists
 *   23503  404 not_found        23514, 23502, 22xxx  400 validation_failed
 *   57014  503 timeout          08xxx, 57Pxx, 53xxx  503 unavailable
 * A connection found dead before anything was sent is replaced silently; one
 * that dies later gives 503 with Retry-After, except that a run of nothing
 * but `:read` statements is repeated once.  A run that PostgreSQL undid as a
 * whole (40xxx: deadlock, serialization) is repeated up to three times.
 */
#include "arena.h"
#include "err.h"

struct db;

/* What a statement gives.  A caller that only passes an answer on goes by it
 * (web/answer.h); db_run does not. */
enum db_kind {
	DB_ROW,   /* one row; none: 404 */
	DB_OPT,   /* one row or none */
	DB_ROWS,  /* any number */
	DB_TEXT,  /* one value, finished text; null: 404 */
	DB_COUNT, /* how many rows it touched */
	DB_EXEC,  /* its effect */
};

struct db_statement {
	const char *name; /* also the name of the prepared statement */
	enum db_kind kind;
	const char *sql;
	unsigned n_params;
	bool is_read; /* may be repeated after a lost connection */
};

struct db_counters { /* shared memory of the pool; may be NULL */
	uint64_t round_trips, reconnects, errors;
};

struct db_options {
	const char *url; /* libpq connection string or URI */
	const struct db_statement *statements;
	size_t n_statements;
	unsigned scope_query; /* of 7 parameters: see sql/queries/scope.sql */
	bool no_prepare;      /* behind a transaction pooler without support */
	struct db_counters *counters;
};

/* Who asks.  Strings are borrowed until db_run returns; NULL = not set. */
struct db_scope {
	const char *role;      /* anon, authenticated, service_role, ... */
	const char *claims;    /* JSON, request.jwt.claims */
	const char *headers;   /* JSON, request.headers: ip, user agent, rid */
	const char *method;    /* request.method */
	const char *path;      /* request.path */
	const char *operation; /* storage.operation */
	int timeout_ms;        /* statement_timeout; 0 = the role's own */
};

struct db_call {
	unsigned query;            /* enum query */
	const char *const *args;   /* as many as the statement has */
	const struct db_scope *as; /* from this call on; NULL = as before */
};

/* The calls that sql/compile.pl makes of the statements' names. */
#define DB_CALL(q, ...)                 \
	((struct db_call){.query = (q), \
			  .args = (const char *const[]){__VA_ARGS__}})

struct db_result {
	const void *res; /* PGresult */
};

struct db *db_new(const struct db_options *o); /* does not connect yet */
void db_free(struct db *d);                    /* NULL is allowed */

bool db_run(struct db *d, struct arena *a, const struct db_scope *scope,
	    const struct db_call *calls, size_t n, struct db_result *results,
	    struct err *e) MUST_CHECK;

size_t db_rows(const struct db_result *r);
size_t db_affected(const struct db_result *r);
size_t db_columns(const struct db_result *r);
/* The column of that name; there must be one. */
size_t db_column(const struct db_result *r, const char *name);
const char *db_column_name(const struct db_result *r, size_t col);

/* The types whose text has another form in JSON; the rest are texts. */
enum db_type {
	DB_TYPE_TEXT,
	DB_TYPE_BOOL,   /* t, f */
	DB_TYPE_NUMBER, /* int2, int4, int8, float8, numeric */
	DB_TYPE_JSON,   /* json, jsonb */
	DB_TYPE_TIME,   /* timestamptz */
	DB_TYPE_TEXTS,  /* text[] */
};
enum db_type db_column_type(const struct db_result *r, size_t col);
/* NULL for SQL null; the text stays in the result. */
const char *db_value(const struct db_result *r, size_t row, size_t col);
struct span db_span(const struct db_result *r, size_t row, size_t col);
/* db_value of the column of that name. */
const char *db_named(const struct db_result *r, size_t row, const char *name);
/* The next element of a text[] as PostgreSQL writes it, {a,"b c",NULL}; false:
 * there is none.  rest: the whole text at first.  A null has no p; the rows of
 * a matrix come one after the other.  What was escaped lives in the arena, the
 * others stay where they are. */
bool db_next_text(struct arena *a, struct span *rest, struct span *element);

/* One statement whose first row's first column is the answer.  No row, or
 * null: 404 not_found. */
bool db_text(struct db *d, struct arena *a, const struct db_scope *scope,
	     struct db_call call, struct span *out, struct err *e) MUST_CHECK;
/* One statement for its effect. */
bool db_exec(struct db *d, struct arena *a, const struct db_scope *scope,
	     struct db_call call, struct err *e) MUST_CHECK;

/* Is the server there?  One empty round trip without scope. */
bool db_ping(struct db *d, struct arena *a, struct err *e) MUST_CHECK;

#endif
