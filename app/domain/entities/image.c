#include "domain/task_images.h"
#include "entities.h"

enum {
	NAME_BYTES = 255
};

/* clang-format off */
static const struct field fields[] = {
	{"id", F_ID, OUT, 0, 0, NULL, NULL},
	{"filename", F_NAME, CREATE | REQUIRED | OUT, 1, NAME_BYTES, NULL, NULL},
	{"mimeType", F_ENUM, CREATE | REQUIRED | OUT, 0, 0, task_image_types, NULL},
	/* Base64; its bytes have been taken out when this is checked. */
	{"data", F_TEXT, CREATE | REQUIRED, 0, 0, NULL, NULL},
	{"size", F_INT, OUT, 0, 0, NULL, NULL},
	{"addedAt", F_MS, OUT, 0, 0, NULL, NULL},
};
/* clang-format on */

const struct entity task_image_entity = {"Image", fields, NELEM(fields), NULL};
