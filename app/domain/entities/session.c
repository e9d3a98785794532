#include "domain/words.h"
#include "entities.h"

enum {
	NAME_CHARS = 1000,
	IN = CREATE | UPDATE
};

/* clang-format off */
static const struct field entry_fields[] = {
	{"id", F_ID, OUT, 0, 0, NULL, NULL},
	{"type", F_ENUM, OUT, 0, 0, words_entry_type, NULL},
	{"timestamp", F_MS, OUT, 0, 0, NULL, NULL},
	{"message", F_TEXT, OUT | OMIT, 0, 0, NULL, NULL},
	{"taskId", F_ID, OUT | OMIT, 0, 0, NULL, NULL},
	{"metadata", F_OBJECT, OUT | OMIT, 0, 0, NULL, NULL},
};

static const struct field event_fields[] = {
	{"id", F_ID, OUT, 0, 0, NULL, NULL},
	{"timestamp", F_MS, OUT, 0, 0, NULL, NULL},
	{"type", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"data", F_ANY, OUT | OMIT, 0, 0, NULL, NULL},
};

static const struct field doc_fields[] = {
	{"id", F_ID, OUT, 0, 0, NULL, NULL},
	{"title", F_NAME, OUT, 0, 0, NULL, NULL},
	{"filePath", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"kind", F_ENUM, OUT | OMIT, 0, 0, words_doc_kind, NULL},
	{"addedAt", F_MS, OUT, 0, 0, NULL, NULL},
	{"addedBy", F_ID, OUT, 0, 0, NULL, "session_id"},
	{"taskId", F_ID, OUT | OMIT, 0, 0, NULL, NULL},
};

/* With its text, and where it comes from. */
static const struct field doc_text_fields[] = {
	{"id", F_ID, OUT, 0, 0, NULL, NULL},
	{"title", F_NAME, OUT, 0, 0, NULL, NULL},
	{"filePath", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"kind", F_ENUM, OUT, 0, 0, words_doc_kind, NULL},
	{"content", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"addedAt", F_MS, OUT, 0, 0, NULL, NULL},
	{"addedBy", F_ID, OUT, 0, 0, NULL, "session_id"},
	{"sessionId", F_ID, OUT, 0, 0, NULL, NULL},
	{"sessionName", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"taskId", F_ID, OUT | OMIT, 0, 0, NULL, NULL},
};

/* completedAt and claudeSessionId come with changes too and are ignored: the
 * one is the server's to say, the other never changes. */
static const struct field session_fields[] = {
	/* The CLI registers sessions under an id of its own. */
	{"id", F_ID, CREATE | OUT, 0, 0, NULL, NULL},
	{"projectId", F_ID, CREATE | REQUIRED | OUT, 0, 0, NULL, NULL},
	{"name", F_TEXT, CREATE | OUT, 1, NAME_CHARS, NULL, NULL},
	{"status", F_ENUM, IN | OUT, 0, 0, words_session_status, NULL},
	{"taskIds", F_IDS, IN | OUT, 0, 0, NULL, NULL},
	{"taskId", F_ID, CREATE, 0, 0, NULL, NULL},
	{"agentId", F_ID, IN | OUT | OMIT, 0, 0, NULL, NULL},
	{"env", F_OBJECT, IN | OUT, 0, 0, NULL, NULL},
	{"startedAt", F_MS, OUT, 0, 0, NULL, NULL},
	{"lastActivity", F_MS, OUT, 0, 0, NULL, NULL},
	{"completedAt", F_MS, OUT, 0, 0, NULL, NULL},
	{"hostname", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"platform", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"needsInput", F_OBJECT, UPDATE | OUT | OMIT, 0, 0, NULL, NULL},
	{"metadata", F_OBJECT, CREATE | OUT | OMIT, 0, 0, NULL, NULL},
	{"parentSessionId", F_ID, CREATE | OUT, 0, 0, NULL, NULL},
	{"rootSessionId", F_ID, CREATE | OUT, 0, 0, NULL, NULL},
	{"teamSessionId", F_ID, CREATE | OUT, 0, 0, NULL, NULL},
	{"teamId", F_ID, CREATE | OUT, 0, 0, NULL, NULL},
	{"teamMemberId", F_ID, OUT | OMIT, 0, 0, NULL, NULL},
	{"teamMemberIds", F_IDS, OUT | OMIT, 0, 0, NULL, NULL},
	{"teamMemberSnapshot", F_OBJECT, OUT | OMIT, 0, 0, NULL, NULL},
	{"teamMemberSnapshots", F_ANY, OUT | OMIT, 0, 0, NULL, NULL},
	{"isMasterSession", F_BOOL, OUT, 0, 0, NULL, NULL},
	{"claudeSessionId", F_UUID, CREATE | OUT | OMIT, 0, 0, NULL, NULL},
	{"humanCompletedAt", F_INT, UPDATE | NULLABLE | OUT | OMIT, 0, TIME_MS_MAX, NULL, NULL},
	{"archivedAt", F_INT, UPDATE | NULLABLE | OUT | OMIT, 0, TIME_MS_MAX, NULL, NULL},
	/* To append; what is there are parts. */
	{"events", F_ANY, UPDATE, 0, 0, NULL, NULL},
	{"timeline", F_ANY, UPDATE, 0, 0, NULL, NULL},
};

/* Of an agent's work, as far as the row knows. */
static const struct field digest_fields[] = {
	{"sessionId", F_ID, OUT, 0, 0, NULL, NULL},
	{"workerName", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"taskIds", F_IDS, OUT, 0, 0, NULL, NULL},
	{"state", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"entries", F_ANY, OUT, 0, 0, NULL, NULL},
	{"stuck", F_ANY, OUT, 0, 0, NULL, NULL},
	{"lastActivityTimestamp", F_MS, OUT, 0, 0, NULL, NULL},
};

static const struct field mode_fields[] = {
	{"role", F_TEXT, CREATE | REQUIRED | OUT, 1, 100, NULL, NULL}, /* SQL knows which */
	{"id", F_ID, OUT, 0, 0, NULL, NULL},
	{"mode", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"relation", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"previousMode", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"changed", F_BOOL, OUT, 0, 0, NULL, NULL},
};

static const struct field prompt_fields[] = {
	{"id", F_ID, OUT, 0, 0, NULL, NULL},
	{"fromSessionId", F_ID, OUT, 0, 0, NULL, NULL},
	{"toSessionId", F_ID, OUT, 0, 0, NULL, NULL},
	{"fromProjectId", F_ID, OUT, 0, 0, NULL, NULL},
	{"toProjectId", F_ID, OUT, 0, 0, NULL, "project_id"},
	{"content", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"mode", F_TEXT, OUT, 0, 0, NULL, NULL},
	{"fromTeamMember", F_OBJECT, OUT, 0, 0, NULL, "from_member"},
	{"toTeamMember", F_OBJECT, OUT, 0, 0, NULL, "to_member"},
	{"fromSessionName", F_TEXT, OUT, 0, 0, NULL, "from_name"},
	{"toSessionName", F_TEXT, OUT, 0, 0, NULL, "to_name"},
	{"timestamp", F_MS, OUT, 0, 0, NULL, NULL},
};
/* clang-format on */

const struct entity entry_entity = {"Entry", entry_fields, NELEM(entry_fields),
				    NULL};
const struct entity event_entity = {"Event", event_fields, NELEM(event_fields),
				    NULL};
const struct entity doc_entity = {"Doc", doc_fields, NELEM(doc_fields), NULL};
const struct entity doc_text_entity = {"Doc", doc_text_fields,
				       NELEM(doc_text_fields), NULL};

static const struct entity_part session_parts[] = {
	{"events",   &event_entity, "session_id"},
	{"timeline", &entry_entity, "session_id"},
	{"docs",     &doc_entity,   "session_id"},
	{NULL,       NULL,          NULL        },
};

const struct entity session_entity = {"Session", session_fields,
				      NELEM(session_fields), session_parts};
const struct entity digest_entity = {"Session", digest_fields,
				     NELEM(digest_fields), NULL};
const struct entity mode_entity = {"Session", mode_fields, NELEM(mode_fields),
				   NULL};
const struct entity prompt_entity = {"Prompt", prompt_fields,
				     NELEM(prompt_fields), NULL};
