#include "entities.h"

/* clang-format off */
static const struct field fields[] = {
	{"id", F_ID, OUT, 0, 0, NULL, NULL},
	{"name", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"description", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"mode", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"builtIn", F_BOOL, OUT, 0, 0, NULL, NULL},
	{"phases", F_ANY, OUT, 0, 0, NULL, NULL},
};
/* clang-format on */

const struct entity workflow_entity = {"Workflow template", fields,
				       NELEM(fields), NULL};
