#include "bulk.h"

#include <libpq-fe.h>
#include <string.h>

#include "buf.h"

enum {
	SEND_BYTES = 256 * KiB /* of COPY, at a time */
};

struct bulk {
	PGconn *pg;
	const struct db_statement *statements;
	struct arena *lines; /* what waits to be sent */
	struct buf line;
	size_t fields; /* of the row being made */
};

static void
close_bulk(void *p)
{
	struct bulk *b = p;

	PQfinish(b->pg);
	arena_free(b->lines);
}

static void
drop_notice(void *arg, const PGresult *res)
{
	(void)arg;
	(void)res;
}

static bool
unavailable(struct bulk *b, struct err *e)
{
	const char *text = PQerrorMessage(b->pg);

	return err_set(e, 503, "database_unavailable", "PostgreSQL: %.*s",
		       (int)strcspn(text, "\n"), text);
}

bool
bulk_open(struct arena *a, const struct bulk_options *o, struct bulk **out,
	  struct err *e)
{
	const char *const keys[] = {"dbname", "connect_timeout",
				    "application_name", "client_encoding",
				    NULL};
	const char *const values[] = {o->url, "10", o->name, "UTF8", NULL};
	struct bulk *b = arena_alloc(a, sizeof *b);

	b->statements = o->statements;
	b->lines = arena_new(SIZE_MAX / 2);
	b->line = buf_on(b->lines);
	arena_defer(a, close_bulk, b);
	b->pg = PQconnectdbParams(keys, values, 1);
	if (!b->pg)
		return err_set(e, 500, "no_memory", "libpq: out of memory");
	if (PQstatus(b->pg) != CONNECTION_OK)
		return unavailable(b, e);
	PQsetNoticeReceiver(b->pg, drop_notice, NULL);
	*out = b;
	return true;
}

/* --- results --- */

static bool
refused(struct bulk *b, struct arena *a, const PGresult *res, struct err *e)
{
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *detail = PQresultErrorField(res, PG_DIAG_MESSAGE_DETAIL);
	const char *context = PQresultErrorField(res, PG_DIAG_CONTEXT);
	const char *name = PQresultErrorField(res, PG_DIAG_CONSTRAINT_NAME);
	struct buf more;

	if (!text)
		return unavailable(b, e);
	err_set(e, 500, "database_error", "%s (%s)", text, state);
	memcpy(e->sqlstate, state, sizeof e->sqlstate - 1);
	if (!a)
		return false;
	more = buf_on(a);
	if (detail)
		buf_addf(&more, "DETAIL: %s\n", detail);
	if (name)
		buf_addf(&more, "CONSTRAINT: %s\n", name);
	if (context)
		buf_addf(&more, "WHERE: %s\n", context);
	e->details = more.n ? buf_str(&more) : NULL;
	return false;
}

static void
clear_result(void *p)
{
	PQclear(p);
}

bool
bulk_run(struct bulk *b, struct arena *a, struct db_call call,
	 struct db_result *out, struct err *e)
{
	const struct db_statement *st = &b->statements[call.query];
	PGresult *res = PQexecParams(b->pg, st->sql, (int)st->n_params, NULL,
				     call.args, NULL, NULL, 0);
	ExecStatusType status = PQresultStatus(res);

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
		refused(b, a, res, e);
		PQclear(res);
		return false;
	}
	if (!out) {
		PQclear(res);
		return true;
	}
	arena_defer(a, clear_result, res);
	out->res = res;
	return true;
}

/* After a failure the rest of the rows is read and dropped: the connection
 * must be usable for the rollback. */
bool
bulk_each(struct bulk *b, struct db_call call, bulk_row *fn, void *to,
	  struct err *e)
{
	const struct db_statement *st = &b->statements[call.query];
	bool good = true;
	PGresult *res;

	if (!PQsendQueryParams(b->pg, st->sql, (int)st->n_params, NULL,
			       call.args, NULL, NULL, 0) ||
	    !PQsetSingleRowMode(b->pg))
		return unavailable(b, e);
	while ((res = PQgetResult(b->pg))) {
		ExecStatusType status = PQresultStatus(res);
		struct db_result row = {res};

		if (status == PGRES_SINGLE_TUPLE)
			good = good && fn(to, &row, e);
		else if (status != PGRES_TUPLES_OK && good)
			good = refused(b, NULL, res, e);
		PQclear(res);
	}
	return good;
}

/* --- copy --- */

bool
bulk_copy_begin(struct bulk *b, unsigned query, struct err *e)
{
	PGresult *res = PQexec(b->pg, b->statements[query].sql);
	bool good = PQresultStatus(res) == PGRES_COPY_IN;

	if (!good)
		refused(b, NULL, res, e);
	PQclear(res);
	b->fields = 0;
	return good;
}

static void
next_field(struct bulk *b)
{
	if (b->fields++)
		buf_addc(&b->line, '\t');
}

void
bulk_copy_null(struct bulk *b)
{
	next_field(b);
	buf_add(&b->line, "\\N");
}

void
bulk_copy_text(struct bulk *b, const char *p, size_t n)
{
	next_field(b);
	for (size_t from = 0, i = 0; i <= n; i++) {
		const char *as = i == n         ? ""
				 : p[i] == '\\' ? "\\\\"
				 : p[i] == '\n' ? "\\n"
				 : p[i] == '\r' ? "\\r"
				 : p[i] == '\t' ? "\\t"
						: NULL;

		if (!as)
			continue;
		buf_addn(&b->line, p + from, i - from);
		buf_add(&b->line, as);
		from = i + 1;
	}
}

static bool
send_lines(struct bulk *b, struct err *e)
{
	const char *p = b->line.p;
	size_t n = b->line.n;
	bool good = true;

	while (n > 0 && good) {
		size_t part = n < SEND_BYTES ? n : SEND_BYTES;

		good = PQputCopyData(b->pg, p, (int)part) == 1;
		p += part;
		n -= part;
	}
	arena_reset(b->lines);
	b->line = buf_on(b->lines);
	return good || unavailable(b, e);
}

bool
bulk_copy_row(struct bulk *b, struct err *e)
{
	buf_addc(&b->line, '\n');
	b->fields = 0;
	return b->line.n < SEND_BYTES || send_lines(b, e);
}

bool
bulk_copy_end(struct bulk *b, struct err *e)
{
	PGresult *res;
	bool good;

	if (!send_lines(b, e))
		return false;
	if (PQputCopyEnd(b->pg, NULL) != 1)
		return unavailable(b, e);
	res = PQgetResult(b->pg);
	good = PQresultStatus(res) == PGRES_COMMAND_OK;
	if (!good)
		refused(b, NULL, res, e);
	PQclear(res);
	while ((res = PQgetResult(b->pg)))
		PQclear(res);
	return good;
}

void
bulk_copy_abort(struct bulk *b)
{
	PGresult *res;

	arena_reset(b->lines);
	b->line = buf_on(b->lines);
	PQputCopyEnd(b->pg, "given up");
	while ((res = PQgetResult(b->pg)))
		PQclear(res);
}
