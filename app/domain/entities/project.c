#include "domain/words.h"
#include "entities.h"

enum {
	NAME_CHARS = 1000,
	DIR_CHARS = 1000,
	DESCRIPTION_CHARS = 500,
	IN = CREATE | UPDATE
};

/* clang-format off */
static const struct field project_fields[] = {
	{"id", F_ID, OUT, 0, 0, NULL, NULL},
	{"name", F_NAME, IN | REQUIRED | OUT, 1, NAME_CHARS, NULL, NULL},
	{"workingDir", F_TEXT, IN | REQUIRED | OUT, 1, DIR_CHARS, NULL, NULL},
	{"description", F_TEXT, IN | OUT, 0, DESCRIPTION_CHARS, NULL, NULL},
	{"isMaster", F_BOOL, UPDATE | OUT | OMIT, 0, 0, NULL, NULL},
	{"createdAt", F_MS, OUT, 0, 0, NULL, NULL},
	{"updatedAt", F_MS, OUT, 0, 0, NULL, NULL},
};

/* What of a task fits on a card. */
static const struct field card_fields[] = {
	{"id", F_ID, OUT, 0, 0, NULL, NULL},
	{"title", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"status", F_ENUM, OUT, 0, 0, words_task_status, NULL},
	{"priority", F_ENUM, OUT, 0, 0, words_task_priority, NULL},
	{"parentId", F_ID, OUT, 0, 0, NULL, NULL},
	{"tags", F_TEXTS, OUT, 0, 0, NULL, NULL},
	{"dueDate", F_DATE, OUT, 0, 0, NULL, NULL},
	{"sessionIds", F_IDS, OUT, 0, 0, NULL, NULL},
	{"createdAt", F_MS, OUT, 0, 0, NULL, NULL},
	{"updatedAt", F_MS, OUT, 0, 0, NULL, NULL},
	{"pinned", F_BOOL, OUT, 0, 0, NULL, NULL},
	{"hasDescription", F_BOOL, OUT, 0, 0, NULL, NULL},
	{"subtasks", F_INT, OUT, 0, 0, NULL, NULL},
	{"subtasksDone", F_INT, OUT, 0, 0, NULL, NULL},
	{"taskSessionStatuses", F_OBJECT, OUT, 0, 0, NULL, NULL},
	{"teamMemberIds", F_IDS, OUT, 0, 0, NULL, NULL},
};

static const struct field member_fields[] = {
	{"status", F_TEXT, OUT, 0, 0, NULL, NULL}, /* when just added */
	{"userId", F_UUID, CREATE | OUT, 0, 0, NULL, NULL},
	{"email", F_EMAIL, CREATE | OUT, 0, 0, NULL, NULL},
	{"displayName", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"avatarUrl", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"role", F_ENUM, CREATE | OUT, 0, 0, words_role, NULL},
	{"role", F_ENUM, UPDATE | REQUIRED, 0, 0, words_role, NULL},
	{"createdAt", F_MS, OUT, 0, 0, NULL, NULL},
};

static const struct field invitation_fields[] = {
	{"status", F_TEXT, OUT, 0, 0, NULL, NULL}, /* when just made, */
	{"token", F_TEXT, OUT, 0, 0, NULL, NULL},  /* told once */
	{"id", F_ID, OUT, 0, 0, NULL, NULL},
	{"projectId", F_ID, OUT, 0, 0, NULL, NULL},
	{"email", F_EMAIL, OUT, 0, 0, NULL, NULL},
	{"role", F_ENUM, OUT, 0, 0, words_role, NULL},
	{"invitedBy", F_UUID, OUT, 0, 0, NULL, NULL},
	{"createdAt", F_MS, OUT, 0, 0, NULL, NULL},
	{"expiresAt", F_MS, OUT, 0, 0, NULL, NULL},
	{"expired", F_BOOL, OUT, 0, 0, NULL, NULL},
};
/* clang-format on */

const struct entity project_entity = {"Project", project_fields,
				      NELEM(project_fields), NULL};
const struct entity card_entity = {"Task", card_fields, NELEM(card_fields),
				   NULL};
const struct entity member_entity = {"Member", member_fields,
				     NELEM(member_fields), NULL};
const struct entity invitation_entity = {"Invitation", invitation_fields,
					 NELEM(invitation_fields), NULL};
