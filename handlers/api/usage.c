/*
 * usage - /api/sessions/:id/command-usage: what an agent's command line was
 * used for.
 */
#include "api.h"

enum {
	COMMAND_CHARS = 200,
	VERSION_CHARS = 100
};

/* One record, or several in `records`; SQL looks into those and says which
 * was wrong.  Session and project of a record are those of the path. */
/* clang-format off */
static const struct field record_fields[] = {
	{"command", F_TEXT, 0, 1, COMMAND_CHARS, NULL},
	{"argv", F_TEXTS, 0, 0, 0, NULL},
	{"exitCode", F_INT, NULLABLE, -999999999, 999999999, NULL},
	{"durationMs", F_NUMBER, NULLABLE, 0, 0, NULL},
	{"success", F_BOOL, 0, 0, 0, NULL},
	{"cliVersion", F_TEXT, NULLABLE, 0, VERSION_CHARS, NULL},
	{"ts", F_TEXT, 0, 0, 40, NULL},
	{"records", F_ANY, 0, 0, 0, NULL},
};
/* clang-format on */
static const struct entity record_entity = {"command", record_fields,
					    NELEM(record_fields)};

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/sessions/:id/command-usage", NULL, R_USER, 0, 0,
	 DOC(.says = "What commands the session was used for: a summary of "
	     "all, and the last thousand records.", .role = "viewer"),
	 .query = Q_SESSION_COMMAND_USAGE},
	{M_POST, "/api/sessions/:id/command-usage", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Adds one record, or up to a thousand in `records` (20,000 "
	     "arguments together). What looks like a secret in argv is not kept; a record that is there "
	     "already is not added again.",
	     .role = "member"),
	 .status = 201, .query = Q_COMMAND_USAGE_ADD, .in = &record_entity},
};
/* clang-format on */

const struct route_set usage_routes = {
	.title = "Command usage",
	.rows = rows,
	.n = NELEM(rows),
};
