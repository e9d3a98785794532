/*
 * usage - /api/sessions/:id/command-usage: what an agent's command line was
 * used for.
 */
#include "api.h"

#include <stdlib.h>

#include "domain/entities/entities.h"

static int64_t
sum_of(const struct db_result *r, const char *column)
{
	int64_t sum = 0;

	for (size_t i = 0; i < db_rows(r); i++)
		sum += strtoll(db_named(r, i, column), NULL, 10);
	return sum;
}

static void
write_list(struct jsonw *w, const char *key, const struct entity *t,
	   const struct db_result *r)
{
	struct entity_rows rows;

	entity_rows(&rows, t, r, 1);
	jsonw_key(w, key);
	entity_write_all(w, &rows);
}

static void
write_summary(struct jsonw *w, const struct db_result *totals)
{
	int64_t total = sum_of(totals, "total");
	int64_t failed = sum_of(totals, "failed");

	jsonw_key(w, "summary");
	jsonw_begin(w, '{');
	jsonw_key(w, "total");
	jsonw_int(w, total);
	jsonw_key(w, "succeeded");
	jsonw_int(w, total - failed);
	jsonw_key(w, "failed");
	jsonw_int(w, failed);
	write_list(w, "byCommand", &command_total_entity, totals);
	jsonw_end(w, '}');
}

/* The summary is of all, the records are the last thousand. */
static bool
usage_get(struct req *rq, struct err *e)
{
	const char *id = req_param(rq, "id");
	const struct db_call calls[] = {
		q_command_usage_of(id),
		q_command_usage_totals(id),
		q_command_usage_list(id),
	};
	struct db_result results[NELEM(calls)];
	struct jsonw w = jsonw_on(rq->arena);

	if (!req_db(rq, calls, NELEM(calls), results, e))
		return false;
	jsonw_begin(&w, '{');
	jsonw_member(&w, "sessionId", db_value(&results[0], 0, 0));
	write_summary(&w, &results[1]);
	write_list(&w, "records", &command_entity, &results[2]);
	jsonw_end(&w, '}');
	return answer_json(rq, 200, jsonw_span(&w));
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/sessions/:id/command-usage", usage_get, R_USER, 0, 0,
	 DOC(.says = "What commands the session was used for: a summary of "
	     "all, and the last thousand records.", .role = "viewer")},
	{M_POST, "/api/sessions/:id/command-usage", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Adds one record, or up to a thousand in `records` (20,000 "
	     "arguments together). What looks like a secret in argv is not kept; a record that is there "
	     "already is not added again.",
	     .role = "member"),
	 .status = 201, .query = Q_COMMAND_USAGE_ADD, .in = &command_entity,
	 .out = &command_stored_entity},
};
/* clang-format on */

const struct route_set usage_routes = {
	.title = "Command usage",
	.rows = rows,
	.n = NELEM(rows),
};
