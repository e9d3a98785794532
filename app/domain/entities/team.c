#include "domain/words.h"
#include "entities.h"

enum {
	NAME_CHARS = 1000,
	TEXT_CHARS = 10000,
	WORD_CHARS = 100,
	TEMPLATE_CHARS = 200,
	PROFILE_ID_CHARS = 128,
	PROFILE_NAME_CHARS = 100,
	PROFILE_TEXT_CHARS = 500,
	IN = CREATE | UPDATE
};

static const char *const statuses[] = {"active", "archived", NULL};

/* Times are ISO 8601 here. */
/* clang-format off */
static const struct field member_fields[] = {
	{"id", F_ID, OUT, 0, 0, NULL, NULL},
	{"projectId", F_ID, CREATE | REQUIRED | OUT, 0, 0, NULL, NULL},
	{"projectId", F_ID, UPDATE | REQUIRED, 0, 0, NULL, NULL},
	{"scope", F_ENUM, IN | OUT | OMIT, 0, 0, words_agent_scope, NULL},
	{"name", F_NAME, IN | REQUIRED | OUT, 1, NAME_CHARS, NULL, NULL},
	{"role", F_NAME, IN | REQUIRED | OUT, 1, TEXT_CHARS, NULL, NULL},
	{"avatar", F_NAME, IN | REQUIRED | OUT, 1, TEXT_CHARS, NULL, NULL},
	{"identity", F_TEXT, IN | OUT, 0, TEXT_CHARS, NULL, NULL},
	{"skillIds", F_IDS, IN | OUT, 0, 0, NULL, NULL},
	{"status", F_ENUM, UPDATE | OUT, 0, 0, statuses, NULL},
	{"isDefault", F_BOOL, OUT, 0, 0, NULL, NULL},
	{"createdAt", F_ISO, OUT, 0, 0, NULL, NULL},
	{"updatedAt", F_ISO, OUT, 0, 0, NULL, NULL},
	{"model", F_TEXT, IN | OUT | OMIT, 0, WORD_CHARS, NULL, NULL},
	{"agentTool", F_TEXT, IN | OUT | OMIT, 0, WORD_CHARS, NULL, NULL},
	{"mode", F_ENUM, IN | OUT | OMIT, 0, 0, words_agent_mode, NULL},
	{"systemKind", F_TEXT, OUT | OMIT, 0, 0, NULL, NULL},
	{"permissionMode", F_ENUM, IN | OUT | OMIT, 0, 0, words_permission_mode, NULL},
	{"modelProfileId", F_TEXT, IN | OUT | OMIT, 0, PROFILE_ID_CHARS, NULL, NULL},
	{"capabilities", F_OBJECT, IN | OUT | OMIT, 0, 0, NULL, NULL},
	{"commandPermissions", F_OBJECT, IN | OUT | OMIT, 0, 0, NULL, NULL},
	{"workflowTemplateId", F_TEXT, IN | OUT | OMIT, 0, TEMPLATE_CHARS, NULL, NULL},
	{"customWorkflow", F_TEXT, IN | OUT | OMIT, 0, TEXT_CHARS, NULL, NULL},
	{"soundInstrument", F_TEXT, IN | OUT | OMIT, 0, WORD_CHARS, NULL, NULL},
	{"memory", F_TEXTS, UPDATE | OUT | OMIT, 0, TEXT_CHARS, NULL, NULL},
};

static const struct field team_fields[] = {
	{"id", F_ID, OUT, 0, 0, NULL, NULL},
	{"projectId", F_ID, CREATE | REQUIRED | OUT, 0, 0, NULL, NULL},
	{"projectId", F_ID, UPDATE | REQUIRED, 0, 0, NULL, NULL},
	{"name", F_NAME, IN | REQUIRED | OUT, 1, NAME_CHARS, NULL, NULL},
	{"leaderId", F_ID, IN | REQUIRED | OUT, 0, 0, NULL, NULL},
	/* The CLI leaves it out when nobody but the leader is in. */
	{"memberIds", F_IDS, IN | OUT, 0, 0, NULL, NULL},
	{"subTeamIds", F_IDS, IN | OUT, 0, 0, NULL, NULL},
	{"parentTeamId", F_ID, IN | NULLABLE | OUT, 0, 0, NULL, NULL},
	{"status", F_ENUM, UPDATE | OUT, 0, 0, statuses, NULL},
	{"createdAt", F_ISO, OUT, 0, 0, NULL, NULL},
	{"updatedAt", F_ISO, OUT, 0, 0, NULL, NULL},
	{"description", F_TEXT, IN | NULLABLE | OUT | OMIT, 0, TEXT_CHARS, NULL, NULL},
	{"avatar", F_TEXT, IN | NULLABLE | OUT | OMIT, 0, TEXT_CHARS, NULL, NULL},
	{"metadata", F_OBJECT, IN | NULLABLE | OUT | OMIT, 0, 0, NULL, NULL},
};

static const struct field model_profile_fields[] = {
	{"id", F_ID, OUT, 0, 0, NULL, NULL},
	{"name", F_NAME, IN | REQUIRED | OUT, 1, PROFILE_NAME_CHARS, NULL, NULL},
	{"launchConfig", F_OBJECT, IN | REQUIRED | OUT, 0, 0, NULL, NULL},
	{"isDefault", F_BOOL, OUT, 0, 0, NULL, NULL},
	{"createdAt", F_ISO, OUT, 0, 0, NULL, NULL},
	{"updatedAt", F_ISO, OUT, 0, 0, NULL, NULL},
	{"description", F_TEXT, IN | NULLABLE | OUT | OMIT, 0, PROFILE_TEXT_CHARS, NULL, NULL},
};

/* What the tree of a team shows of it, and of who is in it. */
static const struct field branch_fields[] = {
	{"id", F_ID, OUT, 0, 0, NULL, NULL},
	{"name", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"leaderId", F_ID, OUT, 0, 0, NULL, NULL},
	{"status", F_ENUM, OUT, 0, 0, statuses, NULL},
	{"description", F_TEXT, OUT | OMIT, 0, 0, NULL, NULL},
	{"avatar", F_TEXT, OUT | OMIT, 0, 0, NULL, NULL},
};
static const struct field part_fields[] = {
	{"id", F_ID, OUT, 0, 0, NULL, NULL},
	{"name", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"role", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"isLeader", F_BOOL, OUT, 0, 0, NULL, NULL},
	{"identity", F_TEXT, OUT | OMIT, 0, 0, NULL, NULL},
	{"avatar", F_TEXT, OUT | OMIT, 0, 0, NULL, NULL},
	{"mode", F_ENUM, OUT | OMIT, 0, 0, words_agent_mode, NULL},
};
static const struct entity part = {"Team member", part_fields, NELEM(part_fields), NULL};
static const struct entity_part branch_parts[] = {
	{"members", &part, "team_id"},
	{"subTeams", &team_branch_entity, "parent"},
	{NULL, NULL, NULL},
};
/* clang-format on */

const struct entity team_entity = {"Team", team_fields, NELEM(team_fields),
				   NULL};
const struct entity team_branch_entity = {"Team", branch_fields,
					  NELEM(branch_fields), branch_parts};
const struct entity team_member_entity = {"Team member", member_fields,
					  NELEM(member_fields), NULL};
const struct entity model_profile_entity = {"ModelProfile",
					    model_profile_fields,
					    NELEM(model_profile_fields), NULL};
