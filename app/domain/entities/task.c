#include "domain/words.h"
#include "entities.h"

enum {
	TITLE_CHARS = 10000,
	TAG_CHARS = 50,
	MODEL_CHARS = 200,
	REQUEST_CHARS = 200
};

static const char *const sources[] = {"user", "session", NULL};
static const char *const part_statuses[] = {"working", "blocked", "completed",
					    "failed",  "skipped", NULL};

enum {
	IN = CREATE | UPDATE
};

/* clang-format off */
static const struct field fields[] = {
	{"id", F_ID, OUT, 0, 0, NULL, NULL},
	{"projectId", F_ID, CREATE | REQUIRED | OUT, 0, 0, NULL, NULL},
	{"parentId", F_ID, CREATE | OUT, 0, 0, NULL, NULL},
	/* Without a title at first; once it has one it keeps one. */
	{"title", F_TEXT, CREATE, 0, TITLE_CHARS, NULL, NULL},
	{"title", F_NAME, UPDATE | OUT, 1, TITLE_CHARS, NULL, NULL},
	{"description", F_TEXT, IN | OUT, 0, 0, NULL, NULL},
	/* The wire has no status to begin with; a board that adds a card to
	 * one of its columns needs it. */
	{"status", F_ENUM, IN | OUT, 0, 0, words_task_status, NULL},
	{"priority", F_ENUM, IN | OUT, 0, 0, words_task_priority, NULL},
	{"initialPrompt", F_TEXT, IN | OUT, 0, 0, NULL, NULL},
	{"createdAt", F_MS, OUT, 0, 0, NULL, NULL},
	{"updatedAt", F_MS, OUT, 0, 0, NULL, NULL},
	{"startedAt", F_MS, OUT, 0, 0, NULL, NULL},
	{"completedAt", F_MS, OUT, 0, 0, NULL, NULL},
	{"sessionIds", F_IDS, UPDATE | OUT, 0, 0, NULL, NULL},
	{"skillIds", F_IDS, IN | OUT, 0, 0, NULL, NULL},
	{"agentIds", F_IDS, UPDATE | OUT, 0, 0, NULL, NULL},
	{"dependencies", F_IDS, OUT, 0, 0, NULL, NULL},
	{"referenceTaskIds", F_IDS, IN | OUT, 0, 0, NULL, NULL},
	{"teamId", F_ID, IN | NULLABLE | OUT, 0, 0, NULL, NULL},
	{"dueDate", F_DATE, IN | NULLABLE | OUT, 0, 0, NULL, NULL},
	{"tags", F_TEXTS, IN | OUT, 0, TAG_CHARS, NULL, NULL},
	{"taskSessionStatuses", F_OBJECT, UPDATE | OUT | OMIT, 0, 0, NULL, NULL},
	{"model", F_TEXT, IN, 1, MODEL_CHARS, NULL, NULL},
	{"teamMemberId", F_ID, IN | OUT | OMIT, 0, 0, NULL, NULL},
	{"teamMemberIds", F_IDS, IN | OUT | OMIT, 0, 0, NULL, NULL},
	{"memberOverrides", F_OBJECT, IN | OUT | OMIT, 0, 0, NULL, NULL},
	{"images", F_ANY, OUT | OMIT, 0, 0, NULL, NULL},
	{"dangerousMode", F_BOOL, IN | OUT | OMIT, 0, 0, NULL, NULL},
	{"useWorktree", F_BOOL, IN | OUT | OMIT, 0, 0, NULL, NULL},
	{"pinned", F_BOOL, OUT | OMIT, 0, 0, NULL, NULL},
	{"acceptanceCriteria", F_TEXT, IN | NULLABLE | OUT | OMIT, 0, 0, NULL, NULL},
	{"clientRequestId", F_TEXT, CREATE | OUT | OMIT, 0, REQUEST_CHARS, NULL, NULL},
	/* What an agent says of its own part. */
	{"updateSource", F_ENUM, UPDATE, 0, 0, sources, NULL},
	{"sessionId", F_ID, UPDATE, 0, 0, NULL, NULL},
	{"sessionStatus", F_ENUM, UPDATE, 0, 0, part_statuses, NULL},
};
/* clang-format on */

const struct entity task_entity = {"Task", fields, NELEM(fields), NULL};
