#include "entities.h"

/* clang-format off */
static const struct field done_fields[] = {
	{"success", F_BOOL, OUT, 0, 0, NULL, NULL},
	{"id",      F_ID,   OUT, 0, 0, NULL, NULL},
};
/* clang-format on */

/* Nothing is read from the body, but it must not be nonsense. */
const struct entity nothing_entity = {"Body", NULL, 0, NULL};
const struct entity done_entity = {"Object", done_fields, NELEM(done_fields),
				   NULL};
