#include "entities.h"

enum {
	NAME_CHARS = 200,
	URL_CHARS = 2000
};

/* clang-format off */
static const struct field profile_fields[] = {
	{"id", F_UUID, OUT, 0, 0, NULL, NULL},
	{"email", F_EMAIL, OUT, 0, 0, NULL, NULL},
	{"displayName", F_TEXT, UPDATE | NULLABLE | OUT, 0, NAME_CHARS, NULL, NULL},
	{"avatarUrl", F_TEXT, UPDATE | NULLABLE | OUT, 0, URL_CHARS, NULL, NULL},
	{"phone", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"createdAt", F_MS, OUT, 0, 0, NULL, NULL},
	{"updatedAt", F_MS, OUT, 0, 0, NULL, NULL},
};
/* clang-format on */

const struct entity profile_entity = {"Profile", profile_fields,
				      NELEM(profile_fields), NULL};
