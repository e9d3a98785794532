#include "entities.h"

enum {
	COMMAND_CHARS = 200,
	VERSION_CHARS = 100,
	TIME_CHARS = 40
};

/* One record, or several in `records`; SQL looks into those and says which
 * was wrong.  Session and project of a record are those of the path. */
/* clang-format off */
static const struct field fields[] = {
	{"ts", F_TEXT, CREATE | OUT, 0, TIME_CHARS, NULL, NULL},
	{"sessionId", F_ID, OUT, 0, 0, NULL, NULL},
	{"projectId", F_ID, OUT, 0, 0, NULL, NULL},
	{"command", F_TEXT, CREATE | OUT, 1, COMMAND_CHARS, NULL, NULL},
	{"argv", F_TEXTS, CREATE | OUT, 0, 0, NULL, NULL},
	{"exitCode", F_INT, CREATE | NULLABLE | OUT, -999999999, 999999999, NULL, NULL},
	{"durationMs", F_NUMBER, CREATE | NULLABLE | OUT, 0, 0, NULL, NULL},
	{"success", F_BOOL, CREATE | OUT, 0, 0, NULL, NULL},
	{"cliVersion", F_TEXT, CREATE | NULLABLE | OUT, 0, VERSION_CHARS, NULL, NULL},
	{"records", F_ANY, CREATE, 0, 0, NULL, NULL},
};

static const struct field total_fields[] = {
	{"command", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"total", F_INT, OUT, 0, 0, NULL, NULL},
	{"failed", F_INT, OUT, 0, 0, NULL, NULL},
};

static const struct field stored_fields[] = {
	{"success", F_BOOL, OUT, 0, 0, NULL, NULL},
	{"sessionId", F_ID, OUT, 0, 0, NULL, NULL},
	{"stored", F_INT, OUT, 0, 0, NULL, NULL},
};
/* clang-format on */

const struct entity command_entity = {"Command", fields, NELEM(fields), NULL};
const struct entity command_total_entity = {"Command", total_fields,
					    NELEM(total_fields), NULL};
const struct entity command_stored_entity = {"Command", stored_fields,
					     NELEM(stored_fields), NULL};
