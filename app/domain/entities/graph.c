#include "entities.h"

enum {
	NAME_CHARS = 1000,
	MODEL_CHARS = 200,
};

enum {
	IN = CREATE | UPDATE
};

/* The others come from running it, which is not done here. */
static const char *const statuses[] = {"draft", "ready", NULL};

/* nodes and edges are looked into in SQL. */
/* clang-format off */
static const struct field fields[] = {
	{"id", F_ID, OUT, 0, 0, NULL, NULL},
	{"projectId", F_ID, CREATE | REQUIRED | OUT, 0, 0, NULL, NULL},
	{"name", F_NAME, IN | REQUIRED | OUT, 1, NAME_CHARS, NULL, NULL},
	{"nodes", F_ANY, IN | OUT, 0, 0, NULL, NULL},
	{"edges", F_ANY, IN | OUT, 0, 0, NULL, NULL},
	{"status", F_ENUM, UPDATE | OUT, 0, 0, statuses, NULL},
	{"createdAt", F_MS, OUT, 0, 0, NULL, NULL},
	{"updatedAt", F_MS, OUT, 0, 0, NULL, NULL},
	{"description", F_TEXT, CREATE | OUT | OMIT, 0, 0, NULL, NULL},
	{"description", F_TEXT, UPDATE | NULLABLE, 0, 0, NULL, NULL},
	{"coordinatorTeamMemberId", F_ID, CREATE | OUT | OMIT, 0, 0, NULL, NULL},
	{"coordinatorTeamMemberId", F_ID, UPDATE | NULLABLE, 0, 0, NULL, NULL},
	{"coordinatorModel", F_TEXT, CREATE | OUT | OMIT, 0, MODEL_CHARS, NULL, NULL},
	{"coordinatorModel", F_TEXT, UPDATE | NULLABLE, 0, MODEL_CHARS, NULL, NULL},
	{"executionSessionId", F_ID, UPDATE | NULLABLE | OUT | OMIT, 0, 0, NULL, NULL},
	{"lastRunAt", F_INT, UPDATE | NULLABLE | OUT | OMIT, 0, TIME_MS_MAX, NULL, NULL},
};

static const struct field check_fields[] = {
	{"valid", F_BOOL, OUT, 0, 0, NULL, NULL},
	{"errors", F_TEXTS, OUT, 0, 0, NULL, NULL},
	{"topologicalOrder", F_IDS, OUT | OMIT, 0, 0, NULL, NULL},
	{"parallelLayers", F_ANY, OUT | OMIT, 0, 0, NULL, NULL},
};
/* clang-format on */

const struct entity taskgraph_entity = {"Task graph", fields, NELEM(fields),
					NULL};
const struct entity taskgraph_check_entity = {"Task graph", check_fields,
					      NELEM(check_fields), NULL};
