#include "entities.h"

enum {
	NAME_CHARS = 1000,
	/* More than a panel will ever hold; the body's limit comes sooner. */
	ORDERED_MOST = 100000
};

enum {
	IN = CREATE | UPDATE
};

/* clang-format off */
static const struct field ordering_fields[] = {
	{"projectId", F_ID, OUT, 0, 0, NULL, NULL},
	{"entityType", F_TEXT, OUT, 0, 0, NULL, "type"},
	{"orderedIds", F_IDS, UPDATE | REQUIRED | OUT, 0, ORDERED_MOST, NULL, NULL},
	{"updatedAt", F_MS, OUT, 0, 0, NULL, NULL},
};

static const struct field list_fields[] = {
	{"id", F_ID, OUT, 0, 0, NULL, NULL},
	{"projectId", F_ID, CREATE | REQUIRED | OUT, 0, 0, NULL, NULL},
	{"name", F_NAME, IN | REQUIRED | OUT, 1, NAME_CHARS, NULL, NULL},
	{"orderedTaskIds", F_IDS, IN | OUT, 0, ORDERED_MOST, NULL, NULL},
	{"createdAt", F_MS, OUT, 0, 0, NULL, NULL},
	{"updatedAt", F_MS, OUT, 0, 0, NULL, NULL},
	{"description", F_TEXT, CREATE | OUT | OMIT, 0, 0, NULL, NULL},
	{"description", F_TEXT, UPDATE | NULLABLE, 0, 0, NULL, NULL},
};

static const struct field order_fields[] = {
	{"orderedTaskIds", F_IDS, REQUIRED, 0, ORDERED_MOST, NULL, NULL},
};
/* clang-format on */

const struct entity ordering_entity = {"Ordering", ordering_fields,
				       NELEM(ordering_fields), NULL};
const struct entity tasklist_entity = {"Task list", list_fields,
				       NELEM(list_fields), NULL};
const struct entity tasklist_order_entity = {"Task list", order_fields,
					     NELEM(order_fields), NULL};
