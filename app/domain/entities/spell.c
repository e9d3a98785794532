#include "domain/words.h"
#include "entities.h"

enum {
	NAME_CHARS = 1000,
	CONTENT_CHARS = 100000,
	DESCRIPTION_CHARS = 500,
	ICON_CHARS = 10,
	TAG_CHARS = 50,
	SPELL_CHARS = 100
};

enum {
	IN = CREATE | UPDATE
};

/* clang-format off */
static const struct field fields[] = {
	{"name", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"entityType", F_ENUM, OUT, 0, 0, words_spell_kind, NULL},
	{"label", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"description", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"promptTemplate", F_TEXT, OUT, 0, 0, NULL, NULL},
};

/* Only what cannot be found out is required. */
static const struct field cast_fields[] = {
	{"entityId", F_ID, REQUIRED, 0, 0, NULL, NULL},
	{"targetSessionId", F_ID, REQUIRED, 0, 0, NULL, NULL},
	{"entityType", F_ENUM, 0, 0, 0, words_spell_kind, NULL},
	{"spellName", F_TEXT, 0, 1, SPELL_CHARS, NULL, NULL},
	{"projectId", F_ID, 0, 0, 0, NULL, NULL},
	{"invokerSessionId", F_ID, 0, 0, 0, NULL, NULL},
};

/* Older clients say prompt for content: SQL wants one of the two. */
static const struct field prompt_fields[] = {
	{"id", F_ID, OUT, 0, 0, NULL, NULL},
	{"name", F_NAME, IN | REQUIRED | OUT, 1, NAME_CHARS, NULL, NULL},
	{"content", F_TEXT, IN | OUT, 0, CONTENT_CHARS, NULL, NULL},
	{"prompt", F_TEXT, IN, 0, CONTENT_CHARS, NULL, NULL},
	{"createdAt", F_MS, OUT, 0, 0, NULL, NULL},
	{"updatedAt", F_MS, OUT, 0, 0, NULL, NULL},
	{"description", F_TEXT, CREATE | OUT | OMIT, 0, DESCRIPTION_CHARS, NULL, NULL},
	{"description", F_TEXT, UPDATE | NULLABLE, 0, DESCRIPTION_CHARS, NULL, NULL},
	{"icon", F_TEXT, CREATE | OUT | OMIT, 0, ICON_CHARS, NULL, NULL},
	{"icon", F_TEXT, UPDATE | NULLABLE, 0, ICON_CHARS, NULL, NULL},
	{"tags", F_TEXTS, IN | OUT | OMIT, 0, TAG_CHARS, NULL, NULL},
	{"entityType", F_ENUM, CREATE | OUT | OMIT, 0, 0, words_spell_kind, NULL},
	{"entityType", F_ENUM, UPDATE | NULLABLE, 0, 0, words_spell_kind, NULL},
};
/* clang-format on */

const struct entity spell_entity = {"Spell", fields, NELEM(fields), NULL};
const struct entity spell_cast_entity = {"Spell", cast_fields,
					 NELEM(cast_fields), NULL};
const struct entity custom_prompt_entity = {"CustomPrompt", prompt_fields,
					    NELEM(prompt_fields), NULL};
