/*
 * The only file besides core/db that talks to libpq: core/db is pipelines of
 * named statements, this is whole files of SQL on a connection of its own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "migrate_int.h"

enum {
	LOCK_TRIES = 10,
	LOCK_PAUSE_MS = 100,
};

static void
free_result(void *p)
{
	PQclear(p);
}

static void
close_connection(void *p)
{
	PQfinish(p);
}

/* First line of libpq's connection error. */
static bool
connection_error(struct run *r, struct err *e)
{
	const char *text = PQerrorMessage(r->pg);

	return err_set(e, 503, "unavailable", "PostgreSQL: %.*s",
		       (int)strcspn(text, "\n"), text);
}

/* 01MKP is what before.sql says of an object that it cannot drop: of interest
 * only if something fails later. */
static void
take_notice(void *arg, const PGresult *res)
{
	struct run *r = arg;
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);

	if (state && strcmp(state, "01MKP") == 0)
		buf_addf(&r->kept, "WHY: %s\n",
			 PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY));
	else
		fputs(PQresultErrorMessage(res), stderr);
}

bool
migrate_connect(struct run *r, struct err *e)
{
	const char *const keys[] = {"dbname", "fallback_application_name",
				    "connect_timeout", NULL};
	const char *const values[] = {r->o->url, "maestro migrate", "10", NULL};

	r->pg = PQconnectdbParams(keys, values, 1);
	if (!r->pg)
		return err_set(e, 500, "no_memory", "libpq: out of memory");
	arena_defer(r->a, close_connection, r->pg);
	if (PQstatus(r->pg) != CONNECTION_OK)
		return connection_error(r, e);
	r->kept = buf_on(r->a);
	PQsetNoticeReceiver(r->pg, take_notice, r);
	return true;
}

/* The line of the 1-based character position; without one, that in which the
 * statement begins before which n were done. */
static unsigned
line_of(struct run *r, const struct piece *p, const char *position, size_t n)
{
	const char *end = migrate_statement(r->a, p->sql, n);
	long left = position ? strtol(position, NULL, 10) : 0;
	unsigned line = p->line;

	for (const char *s = p->sql; *s && (position ? left > 1 : s != end);
	     s++) {
		if (*s == '\n')
			line++;
		if ((*s & 0xc0) != 0x80)
			left--;
	}
	return line;
}

/* Does it speak of something that is there already, and cannot become what
 * the file says? */
static bool
is_in_the_way(const char *state)
{
	/* invalid definition of a function, of a view; duplicate function,
	 * table */
	static const char *const states[] = {"42P13", "42P16", "42723",
					     "42P07"};

	for (size_t i = 0; i < NELEM(states); i++) {
		if (strcmp(state, states[i]) == 0)
			return true;
	}
	return false;
}

static const char *
more_of(struct run *r, const PGresult *res, const char *state)
{
	static const struct {
		int field;
		const char *label;
	} fields[] = {
		{PG_DIAG_MESSAGE_DETAIL, "DETAIL"},
		{PG_DIAG_MESSAGE_HINT,   "HINT"  },
		{PG_DIAG_CONTEXT,        "WHERE" },
	};
	struct buf b = buf_on(r->a);

	for (size_t i = 0; i < NELEM(fields); i++) {
		const char *s = PQresultErrorField(res, fields[i].field);

		if (s)
			buf_addf(&b, "%s: %s\n", fields[i].label, s);
	}
	if (is_in_the_way(state))
		buf_add(&b, buf_str(&r->kept));
	return b.n ? buf_str(&b) : NULL;
}

/* n statements before were done. */
static bool
refused(struct run *r, const PGresult *res, const struct piece *p, size_t n,
	struct err *e)
{
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *at = PQresultErrorField(res, PG_DIAG_STATEMENT_POSITION);

	if (!text || !state)
		return connection_error(r, e);
	if (!p->path)
		err_set(e, 500, "migration", "%s (%s)", text, state);
	else if (p->line == 0)
		err_set(e, 500, "migration", "%s: %s (%s)", p->path, text,
			state);
	else
		err_set(e, 500, "migration", "%s:%u: %s (%s)", p->path,
			line_of(r, p, at, n), text, state);
	snprintf(e->sqlstate, sizeof e->sqlstate, "%s", state);
	e->details = more_of(r, res, state);
	return false;
}

bool
migrate_run(struct run *r, const struct piece *p, struct err *e)
{
	bool good = PQsendQuery(r->pg, p->sql);
	PGresult *res;

	if (!good)
		return connection_error(r, e);
	for (size_t n = 0; good && (res = PQgetResult(r->pg)); n++) {
		ExecStatusType st = PQresultStatus(res);

		good = st == PGRES_COMMAND_OK || st == PGRES_TUPLES_OK ||
		       st == PGRES_EMPTY_QUERY;
		if (!good)
			refused(r, res, p, n, e);
		PQclear(res);
	}
	return good;
}

bool
migrate_run_text(struct run *r, const char *sql, struct err *e)
{
	const struct piece p = {.sql = sql};

	return migrate_run(r, &p, e);
}

bool
migrate_query(struct run *r, const char *sql, int n, const char *const *args,
	      PGresult **out, struct err *e)
{
	PGresult *res = PQexecParams(r->pg, sql, n, NULL, args, NULL, NULL, 0);
	ExecStatusType st = PQresultStatus(res);

	if (st != PGRES_COMMAND_OK && st != PGRES_TUPLES_OK) {
		refused(r, res, &(struct piece){.sql = sql}, 0, e);
		PQclear(res);
		return false;
	}
	arena_defer(r->a, free_result, res);
	*out = res;
	return true;
}

/* --- transactions --------------------------------------------------------- */

static bool
once(struct run *r, bool (*work)(struct run *r, const void *arg, struct err *e),
     const void *arg, struct err *e)
{
	r->kept = buf_on(r->a);
	if (!migrate_run_text(r, "begin", e))
		return false;
	if (work(r, arg, e) && migrate_run_text(r, "commit", e))
		return true;
	PQclear(PQexec(r->pg, "rollback"));
	return false;
}

/* lock_not_available, deadlock_detected */
static bool
is_busy(const struct err *e)
{
	return strcmp(e->sqlstate, "55P03") == 0 ||
	       strcmp(e->sqlstate, "40P01") == 0;
}

bool
migrate_transaction(struct run *r,
		    bool (*work)(struct run *r, const void *arg, struct err *e),
		    const void *arg, struct err *e)
{
	const struct timespec pause = {0, LOCK_PAUSE_MS * 1000L * 1000L};

	for (int i = 1; i <= LOCK_TRIES; i++) {
		if (once(r, work, arg, e))
			return true;
		if (!is_busy(e))
			return false;
		nanosleep(&pause, NULL);
	}
	return err_set(e, 503, "locked",
		       "%s, %d times: somebody uses it for long", e->message,
		       LOCK_TRIES);
}
