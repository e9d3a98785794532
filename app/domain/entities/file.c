#include "entities.h"

/* clang-format off */
static const struct field fields[] = {
	{"key", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"name", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"size", F_INT, OUT, 0, 0, NULL, NULL},
	{"type", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"sha256", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"uploadedBy", F_UUID, OUT, 0, 0, NULL, NULL},
	{"createdAt", F_MS, OUT, 0, 0, NULL, NULL},
	{"updatedAt", F_MS, OUT, 0, 0, NULL, NULL},
	{"uploaderName", F_TEXT, OUT, 0, 0, NULL, NULL},
};
/* clang-format on */

const struct entity file_entity = {"File", fields, NELEM(fields), NULL};
