#include "db.h"

#include <assert.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

enum {
	LOST_TRIES = 2,
	UNDONE_TRIES = 4
};

enum prepared {
	UNPREPARED,
	PARSE_SENT,
	PREPARED
};

struct db {
	struct db_options o;
	PGconn *conn;
	enum prepared *prepared; /* of this connection, per statement */
};

static void
count(uint64_t *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

struct db *
db_new(const struct db_options *o)
{
	struct db *d = calloc(1, sizeof *d);

	if (!d)
		return NULL;
	d->o = *o;
	d->prepared = calloc(o->n_statements, sizeof *d->prepared);
	if (!d->prepared) {
		free(d);
		return NULL;
	}
	return d;
}

static void
disconnect(struct db *d)
{
	PQfinish(d->conn);
	d->conn = NULL;
	memset(d->prepared, 0, d->o.n_statements * sizeof *d->prepared);
}

void
db_free(struct db *d)
{
	if (!d)
		return;
	disconnect(d);
	free(d->prepared);
	free(d);
}

static bool
unavailable(struct err *e, const char *why)
{
	err_set(e, 503, "database_unavailable", "%s", why);
	e->retry_after_s = 2;
	return false;
}

/* NOTICEs of functions are not the application's log. */
static void
drop_notice(void *arg, const PGresult *res)
{
	(void)arg;
	(void)res;
}

static bool
connect_now(struct db *d, struct err *e)
{
	const char *const keys[] = {"dbname", "connect_timeout",
				    "application_name", "client_encoding",
				    NULL};
	const char *const values[] = {d->o.url, "5", "maestro", "UTF8", NULL};

	d->conn = PQconnectdbParams(keys, values, 1);
	if (!d->conn)
		return unavailable(e, "out of memory");
	if (PQstatus(d->conn) != CONNECTION_OK) {
		unavailable(e, PQerrorMessage(d->conn));
		disconnect(d);
		return false;
	}
	PQsetNoticeReceiver(d->conn, drop_notice, NULL);
	if (!PQenterPipelineMode(d->conn)) {
		unavailable(e, "cannot enter pipeline mode");
		disconnect(d);
		return false;
	}
	return true;
}

/*
 * An idle connection says nothing.  If its socket is readable the server has
 * said good-bye (restart, termination); nothing of ours was sent yet, so a new
 * connection is safe.
 */
static bool
said_goodbye(struct db *d)
{
	struct pollfd pfd = {PQsocket(d->conn), POLLIN, 0};

	if (poll(&pfd, 1, 0) == 0)
		return false;
	return PQconsumeInput(d->conn) == 0 ||
	       PQstatus(d->conn) != CONNECTION_OK || pfd.revents & POLLHUP ||
	       PQisBusy(d->conn) == 0;
}

static bool
ensure_connected(struct db *d, struct err *e)
{
	if (d->conn && PQstatus(d->conn) == CONNECTION_OK && !said_goodbye(d))
		return true;
	if (d->conn) {
		disconnect(d);
		if (d->o.counters)
			count(&d->o.counters->reconnects);
	}
	return connect_now(d, e);
}

/* --- one pipeline --- */

struct step {                     /* one sent command, in order */
	enum prepared *parse;     /* a Parse of this statement, or NULL */
	struct db_result *result; /* where its rows go, or NULL */
};

struct batch {
	struct db *d;
	struct step *steps;
	size_t n;
};

static const char *
or_empty(const char *s)
{
	return s ? s : "";
}

static bool
send_statement(struct batch *b, unsigned query, const char *const *args,
	       struct db_result *result)
{
	const struct db_statement *st = &b->d->o.statements[query];
	enum prepared *prepared = &b->d->prepared[query];
	PGconn *conn = b->d->conn;

	if (b->d->o.no_prepare) {
		b->steps[b->n++] = (struct step){NULL, result};
		return PQsendQueryParams(conn, st->sql, (int)st->n_params, NULL,
					 args, NULL, NULL, 0);
	}
	if (*prepared == UNPREPARED) {
		b->steps[b->n++] = (struct step){prepared, NULL};
		*prepared = PARSE_SENT;
		if (!PQsendPrepare(conn, st->name, st->sql, 0, NULL))
			return false;
	}
	b->steps[b->n++] = (struct step){NULL, result};
	return PQsendQueryPrepared(conn, st->name, (int)st->n_params, args,
				   NULL, NULL, 0);
}

static bool
send_scope(struct batch *b, const struct db_scope *s)
{
	char timeout[24];
	const char *args[] = {
		s->role,
		or_empty(s->claims),
		or_empty(s->headers),
		or_empty(s->method),
		or_empty(s->path),
		or_empty(s->operation),
		timeout,
	};

	snprintf(timeout, sizeof timeout, "%d", s->timeout_ms);
	return send_statement(b, b->d->o.scope_query, args, NULL);
}

static bool
send_all(struct batch *b, const struct db_scope *scope,
	 const struct db_call *calls, size_t n, struct db_result *results)
{
	const struct db_scope *as = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct db_scope *want = calls[i].as ? calls[i].as
					      : as        ? as
							  : scope;

		if (want != as && !send_scope(b, want))
			return false;
		as = want;
		if (!send_statement(b, calls[i].query, calls[i].args,
				    &results[i]))
			return false;
	}
	return PQpipelineSync(b->d->conn);
}

/* --- reading --- */

static int
digit3(const char *s)
{
	for (int i = 0; i < 3; i++) {
		if (s[i] < '0' || s[i] > '9')
			return 0;
	}
	return (s[0] - '0') * 100 + (s[1] - '0') * 10 + (s[2] - '0');
}

static void
copy_field(char *to, size_t size, const PGresult *r, int code)
{
	snprintf(to, size, "%s", or_empty(PQresultErrorField(r, code)));
}

/* raise exception using errcode 'PTnnn', message, detail code, hint field. */
static bool
raised_error(const PGresult *r, int status, struct err *e)
{
	const char *code = PQresultErrorField(r, PG_DIAG_MESSAGE_DETAIL);

	err_set(e, status, code && *code ? code : "refused", "%s",
		or_empty(PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY)));
	copy_field(e->field, sizeof e->field, r, PG_DIAG_MESSAGE_HINT);
	if (status == 429 || status == 503)
		e->retry_after_s = 2;
	return false;
}

static const struct {
	const char *prefix;
	int status;
	const char *code, *message;
} states[] = {
	{"42501", 403, "forbidden",            "you may not do that"                   },
	{"23505", 409, "already_exists",       "it exists already"                     },
	{"23503", 404, "not_found",            "something it refers to does not exist" },
	{"23514", 400, "validation_failed",    "a value is not allowed"                },
	{"23502", 400, "validation_failed",    "a required value is missing"           },
	{"22",    400, "validation_failed",    "a value is not valid"                  },
	{"57014", 503, "timeout",              "the database took too long"            },
	{"55P03", 503, "busy",                 "the row is locked, try again"          },
	{"40",    503, "busy",                 "another change came between, try again"},
	{"08",    503, "database_unavailable", "lost the database"                     },
	{"57P",   503, "database_unavailable", "the database is restarting"            },
	{"53",    503, "database_unavailable", "the database is out of resources"      },
	{"25006", 503, "read_only",            "the database is read-only now"         },
};

/* Texts of PostgreSQL may hold other people's data: only 5xx, which clients
 * never see, keep them. */
static bool
result_error(const PGresult *r, struct err *e)
{
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
	bool known = false;

	if (!state)
		return unavailable(e, or_empty(PQresultErrorMessage(r)));
	if (strncmp(state, "PT", 2) == 0 && digit3(state + 2) >= 400)
		return raised_error(r, digit3(state + 2), e);
	for (size_t i = 0; i < NELEM(states) && !known; i++) {
		size_t n = strlen(states[i].prefix);

		if (strncmp(state, states[i].prefix, n) != 0)
			continue;
		known = true;
		err_set(e, states[i].status, states[i].code, "%s",
			states[i].message);
		if (states[i].status == 503)
			e->retry_after_s = 2;
	}
	if (!known)
		err_set(e, 500, "database_error", "%s",
			or_empty(PQresultErrorField(r,
						    PG_DIAG_MESSAGE_PRIMARY)));
	copy_field(e->sqlstate, sizeof e->sqlstate, r, PG_DIAG_SQLSTATE);
	copy_field(e->constraint, sizeof e->constraint, r,
		   PG_DIAG_CONSTRAINT_NAME);
	return false;
}

static void
clear_result(void *res)
{
	PQclear(res);
}

/*
 * Takes the result of one sent command.  After the first error everything up
 * to the sync arrives as aborted; *failed remembers that e is filled.
 */
static PGresult *
take_result(struct db *d, bool *failed, struct err *e)
{
	PGresult *res = PQgetResult(d->conn), *more;

	if (!res) {
		if (!*failed)
			unavailable(e, PQerrorMessage(d->conn));
		*failed = true;
		return NULL;
	}
	while ((more = PQgetResult(d->conn)))
		PQclear(more); /* only the NULL that ends the command */
	switch (PQresultStatus(res)) {
	case PGRES_TUPLES_OK:
	case PGRES_COMMAND_OK:
		return res;
	case PGRES_PIPELINE_ABORTED:
		if (!*failed)
			unavailable(e, "the pipeline was aborted");
		break;
	default:
		if (!*failed)
			result_error(res, e);
	}
	*failed = true;
	PQclear(res);
	return NULL;
}

static bool
take_sync(struct db *d)
{
	PGresult *res = PQgetResult(d->conn);
	bool good = res && PQresultStatus(res) == PGRES_PIPELINE_SYNC;

	PQclear(res);
	return good;
}

static bool
take_all(struct batch *b, struct arena *a, struct err *e)
{
	struct db *d = b->d;
	bool failed = false;

	for (size_t i = 0; i < b->n; i++) {
		const struct step *step = &b->steps[i];
		PGresult *res = take_result(d, &failed, e);

		if (step->parse)
			*step->parse = res ? PREPARED : UNPREPARED;
		if (res && step->result) {
			step->result->res = res;
			arena_defer(a, clear_result, res);
		} else {
			PQclear(res);
		}
		if (PQstatus(d->conn) != CONNECTION_OK)
			break;
	}
	if (PQstatus(d->conn) != CONNECTION_OK || !take_sync(d)) {
		if (!failed || e->status != 503)
			unavailable(e, "the connection to PostgreSQL broke");
		disconnect(d);
		return false;
	}
	return !failed;
}

static bool
run_once(struct db *d, struct arena *a, const struct db_scope *scope,
	 const struct db_call *calls, size_t n, struct db_result *results,
	 struct err *e)
{
	/* At most scope and statement, each with its Parse. */
	struct batch b = {d, arena_alloc(a, 4 * n * sizeof(struct step)), 0};

	if (!ensure_connected(d, e))
		return false;
	if (d->o.counters)
		count(&d->o.counters->round_trips);
	if (!send_all(&b, scope, calls, n, results)) {
		unavailable(e, PQerrorMessage(d->conn));
		disconnect(d);
		return false;
	}
	return take_all(&b, a, e);
}

static bool
may_repeat(const struct db *d, const struct db_call *calls, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!d->o.statements[calls[i].query].is_read)
			return false;
	}
	return true;
}

bool
db_run(struct db *d, struct arena *a, const struct db_scope *scope,
       const struct db_call *calls, size_t n, struct db_result *results,
       struct err *e)
{
	bool had_connection = d->conn != NULL;
	int tries = 1;

	while (!run_once(d, a, scope, calls, n, results, e)) {
		/* !d->conn: the connection broke, as opposed to a refusal. */
		bool lost =
			!d->conn && had_connection && may_repeat(d, calls, n);
		/* 40xxx: a deadlock or the like; all of it was rolled back. */
		bool undone = d->conn && strncmp(e->sqlstate, "40", 2) == 0;

		if (tries++ == (undone ? UNDONE_TRIES : LOST_TRIES) ||
		    !(lost || undone)) {
			if (d->o.counters)
				count(&d->o.counters->errors);
			return false;
		}
		if (lost && d->o.counters)
			count(&d->o.counters->reconnects);
	}
	return true;
}

size_t
db_rows(const struct db_result *r)
{
	return (size_t)PQntuples(r->res);
}

size_t
db_affected(const struct db_result *r)
{
	/* libpq 15 takes no const here though it changes nothing. */
	union {
		const void *in;
		PGresult *out;
	} u = {r->res};

	return strtoul(PQcmdTuples(u.out), NULL, 10);
}

size_t
db_columns(const struct db_result *r)
{
	return (size_t)PQnfields(r->res);
}

const char *
db_column_name(const struct db_result *r, size_t col)
{
	return PQfname(r->res, (int)col);
}

enum db_type
db_column_type(const struct db_result *r, size_t col)
{
	/* pg_type.dat: numbers that never change. */
	switch (PQftype(r->res, (int)col)) {
	case 16:
		return DB_TYPE_BOOL;
	case 20:
	case 21:
	case 23:
	case 701:
	case 1700:
		return DB_TYPE_NUMBER;
	case 114:
	case 3802:
		return DB_TYPE_JSON;
	case 1184:
		return DB_TYPE_TIME;
	case 1009:
		return DB_TYPE_TEXTS;
	default:
		return DB_TYPE_TEXT;
	}
}

size_t
db_column(const struct db_result *r, const char *name)
{
	size_t c = 0;

	while (c < db_columns(r) && strcmp(db_column_name(r, c), name) != 0)
		c++;
	assert(c < db_columns(r));
	return c;
}

const char *
db_named(const struct db_result *r, size_t row, const char *name)
{
	return db_value(r, row, db_column(r, name));
}

const char *
db_value(const struct db_result *r, size_t row, size_t col)
{
	if (PQgetisnull(r->res, (int)row, (int)col))
		return NULL;
	return PQgetvalue(r->res, (int)row, (int)col);
}

struct span
db_span(const struct db_result *r, size_t row, size_t col)
{
	return (struct span){
		PQgetvalue(r->res, (int)row, (int)col),
		(size_t)PQgetlength(r->res, (int)row, (int)col),
	};
}

/* The element in quotes that rest begins with. */
static struct span
take_quoted(struct arena *a, struct span *rest)
{
	const char *from = rest->p + 1, *end = rest->p + rest->n, *q = from;
	char *to, *text;

	while (q < end && *q != '"')
		q += *q == '\\' && q + 1 < end ? 2 : 1;
	rest->p = q < end ? q + 1 : q;
	rest->n = (size_t)(end - rest->p);
	if (!memchr(from, '\\', (size_t)(q - from)))
		return (struct span){from, (size_t)(q - from)};
	text = to = arena_alloc(a, (size_t)(q - from) + 1);
	for (; from < q; from++) {
		if (*from == '\\' && from + 1 < q)
			from++;
		*to++ = *from;
	}
	return (struct span){text, (size_t)(to - text)};
}

static struct span
take_plain(struct span *rest)
{
	struct span s = {rest->p, 0};

	while (s.n < rest->n && !strchr(",}", s.p[s.n]))
		s.n++;
	rest->p += s.n;
	rest->n -= s.n;
	return span_is(s, "NULL") ? (struct span){NULL, 0} : s;
}

bool
db_next_text(struct arena *a, struct span *rest, struct span *element)
{
	/* [2:3]={...}: one that does not begin with 1 */
	bool has_bounds = rest->n && *rest->p == '[';

	while (rest->n && (has_bounds || strchr("{},", *rest->p))) {
		has_bounds = has_bounds && *rest->p != '{';
		rest->p++;
		rest->n--;
	}
	if (!rest->n)
		return false;
	*element = *rest->p == '"' ? take_quoted(a, rest) : take_plain(rest);
	return true;
}

bool
db_text(struct db *d, struct arena *a, const struct db_scope *scope,
	struct db_call call, struct span *out, struct err *e)
{
	struct db_result r;

	if (!db_run(d, a, scope, &call, 1, &r, e))
		return false;
	if (db_rows(&r) == 0 || !db_value(&r, 0, 0))
		return err_set(e, 404, "not_found", "not found");
	*out = db_span(&r, 0, 0);
	return true;
}

bool
db_exec(struct db *d, struct arena *a, const struct db_scope *scope,
	struct db_call call, struct err *e)
{
	struct db_result r;

	return db_run(d, a, scope, &call, 1, &r, e);
}

bool
db_ping(struct db *d, struct arena *a, struct err *e)
{
	struct batch b = {d, NULL, 0};

	if (!ensure_connected(d, e))
		return false;
	if (!PQpipelineSync(d->conn)) {
		unavailable(e, PQerrorMessage(d->conn));
		disconnect(d);
		return false;
	}
	return take_all(&b, a, e);
}
