#include "entities.h"

enum {
	NAME_CHARS = 200,
	URL_CHARS = 2000,
	TOKEN_NAME_CHARS = 100,
	SCOPE_CHARS = 20,
	DAYS_MAX = 3650
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

/* Never the token itself: that is told once, by who made it. */
static const struct field token_fields[] = {
	{"id", F_UUID, OUT, 0, 0, NULL, NULL},
	{"name", F_NAME, CREATE | REQUIRED | OUT, 1, TOKEN_NAME_CHARS, NULL, NULL},
	{"prefix", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"scopes", F_TEXTS, CREATE | OUT, 0, SCOPE_CHARS, NULL, NULL},
	{"expiresInDays", F_INT, CREATE, 1, DAYS_MAX, NULL, NULL},
	{"expiresAt", F_MS, OUT, 0, 0, NULL, NULL},
	{"lastUsedAt", F_MS, OUT, 0, 0, NULL, NULL},
	{"createdAt", F_MS, OUT, 0, 0, NULL, NULL},
};
/* clang-format on */

const struct entity profile_entity = {"Profile", profile_fields,
				      NELEM(profile_fields), NULL};
const struct entity token_entity = {"Token", token_fields, NELEM(token_fields),
				    NULL};
