#include "domain/layout.h"
#include "entities.h"

enum {
	NAME_CHARS = 100,
	TASKS_MOST = 1000000, /* of an export */
	IN = CREATE | UPDATE
};

static const char *const colours[] = {"grey",  "teal", "green",
				      "amber", "red",  NULL};

/* clang-format off */
static const struct field fields[] = {
	{"id", F_ID, OUT, 0, 0, NULL, NULL},
	{"projectId", F_ID, CREATE | REQUIRED | OUT, 0, 0, NULL, NULL},
	{"name", F_NAME, IN | REQUIRED | OUT, 1, NAME_CHARS, NULL, NULL},
	{"colour", F_ENUM, IN | OUT, 0, 0, colours, NULL},
	{"createdAt", F_MS, OUT, 0, 0, NULL, NULL},
	{"updatedAt", F_MS, OUT, 0, 0, NULL, NULL},
	{"taskIds", F_IDS, TREE, 0, TASKS_MOST, NULL, NULL},
};
/* clang-format on */

const struct entity label_entity = {"Label", fields, NELEM(fields), NULL};

const struct own_layout label_layout = {
	.name = "label",
	.folder = "labels",
	.of = &label_entity,
	.take = Q_IMPORT_LABELS,
	.give = Q_EXPORT_LABELS,
};
