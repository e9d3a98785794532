#include "layout.h"

#include <iconv.h>
#include <json-c/linkhash.h>
#include <math.h>
#include <string.h>

#include "core/clock.h"
#include "core/num.h"
#include "core/utf8.h"

enum {
	ID_MAX = 128,
	CONTENT_MAX = 10000000, /* characters of a document */
	ENV_MAX = 5000,         /* of a variable */
	PATH_MAX_CHARS = 200,   /* of a field's name in a report */
};

static const int64_t time_max_ms = 253402300799999; /* the year 9999 */

/* U+FDD0 is no character: it stands for the NUL that PostgreSQL refuses until
 * the field it is in is known. */
static const char nul_mark[] = "\xef\xb7\x90";

const struct layout_folder layout_folders[] = {
	{"projects",        ".json",  true,  false, LAYOUT_PROJECT      },
	{"tasks",           ".json",  true,  true,  LAYOUT_TASK         },
	{"sessions",        ".json",  true,  false, LAYOUT_SESSION      },
	{"ordering",        ".json",  false, true,  LAYOUT_ORDERING     },
	{"task-lists",      ".json",  false, true,  LAYOUT_TASK_LIST    },
	{"task-graphs",     ".json",  false, true,  LAYOUT_TASK_GRAPH   },
	{"team-members",    ".json",  false, true,  LAYOUT_MEMBER       },
	{"teams",           ".json",  false, true,  LAYOUT_TEAM         },
	{"model-profiles",  ".json",  true,  false, LAYOUT_PROFILE      },
	{"session-prompts", ".json",  true,  false, LAYOUT_PROMPT       },
	{"custom-prompts",  ".json",  true,  false, LAYOUT_CUSTOM_PROMPT},
	{"mail",            ".json",  true,  true,  LAYOUT_MAIL         },
	{"queues",          ".json",  true,  false, LAYOUT_QUEUE        },
	{"command-logs",    ".jsonl", true,  false, LAYOUT_COMMAND      },
	{NULL,              NULL,     false, false, LAYOUT_KINDS        },
};

bool
layout_is_ignored(const char *name)
{
	static const char *const names[] = {
		"modals",       "templates", "server-url",
		"session-docs", "images",    ".migrated-team-member-tasks",
		".auth-secret",
	};

	for (size_t i = 0; i < NELEM(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* --- the fields ------------------------------------------------------------ */

enum type {
	T_ID,    /* checked as the key is */
	T_TEXT,  /* max: characters; 0 = any */
	T_WORDS, /* list of texts */
	T_TIME,  /* ms, or a text of ISO 8601; becomes ms */
	T_BOOL,
	T_ENUM,
	T_DATE,
	T_COUNT, /* a whole number, not negative; max: the greatest */
	T_OBJECT,
	T_LIST,
};

enum {
	NEEDED = 1,   /* absent or null refuses the object */
	NOT_EMPTY = 2 /* "" does too */
};

struct field {
	const char *key;
	enum type type;
	unsigned flags;
	size_t max;
	const char *const *words;
};

static const char *const task_states[] = {
	"todo",      "in_progress", "in_review", "completed",
	"cancelled", "blocked",     "archived",  NULL};
static const char *const priorities[] = {"low", "medium", "high", NULL};
static const char *const session_states[] = {
	"spawning", "idle", "working", "completed", "failed", "stopped", NULL};
static const char *const graph_states[] = {"draft",     "ready",  "running",
					   "completed", "failed", "paused",
					   NULL};
static const char *const ordering_types[] = {"task", "session", "task-list",
					     NULL};
static const char *const active_states[] = {"active", "archived", NULL};
static const char *const spell_types[] = {
	"maestro", "skill",   "team-member",   "task",
	"doc",     "session", "custom-prompt", NULL};
static const char *const mail_types[] = {
	"assignment",   "status_update", "query",    "response",  "directive",
	"notification", "status",        "question", "broadcast", "error",
	NULL};
static const char *const urgencies[] = {"critical", "high", "normal", "low",
					NULL};
static const char *const prompt_modes[] = {"send", "paste", NULL};

static const struct field project_fields[] = {
	{"name",        T_TEXT, NEEDED | NOT_EMPTY, 1000, NULL},
	{"workingDir",  T_TEXT, 0,                  1000, NULL},
	{"description", T_TEXT, 0,                  500,  NULL},
	{"isMaster",    T_BOOL, 0,                  0,    NULL},
	{"createdAt",   T_TIME, 0,                  0,    NULL},
	{"updatedAt",   T_TIME, 0,                  0,    NULL},
};

static const struct field task_fields[] = {
	{"projectId",           T_ID,     NEEDED, 0,     NULL       },
	{"parentId",            T_TEXT,   0,      0,     NULL       },
	{"title",               T_TEXT,   0,      10000, NULL       },
	{"description",         T_TEXT,   0,      0,     NULL       },
	{"status",              T_ENUM,   0,      0,     task_states},
	{"priority",            T_ENUM,   0,      0,     priorities },
	{"initialPrompt",       T_TEXT,   0,      0,     NULL       },
	{"tags",                T_WORDS,  0,      0,     NULL       },
	{"dueDate",             T_DATE,   0,      0,     NULL       },
	{"sessionIds",          T_WORDS,  0,      0,     NULL       },
	{"taskSessionStatuses", T_OBJECT, 0,      0,     NULL       },
	{"skillIds",            T_WORDS,  0,      0,     NULL       },
	{"agentIds",            T_WORDS,  0,      0,     NULL       },
	{"dependencies",        T_WORDS,  0,      0,     NULL       },
	{"referenceTaskIds",    T_WORDS,  0,      0,     NULL       },
	{"teamMemberId",        T_TEXT,   0,      0,     NULL       },
	{"teamMemberIds",       T_WORDS,  0,      0,     NULL       },
	{"teamId",              T_TEXT,   0,      0,     NULL       },
	{"memberOverrides",     T_OBJECT, 0,      0,     NULL       },
	{"images",              T_LIST,   0,      0,     NULL       },
	{"dangerousMode",       T_BOOL,   0,      0,     NULL       },
	{"useWorktree",         T_BOOL,   0,      0,     NULL       },
	{"pinned",              T_BOOL,   0,      0,     NULL       },
	{"model",               T_TEXT,   0,      0,     NULL       },
	{"agentTool",           T_TEXT,   0,      0,     NULL       },
	{"metadata",            T_OBJECT, 0,      0,     NULL       },
	{"clientRequestId",     T_TEXT,   0,      200,   NULL       },
	{"createdAt",           T_TIME,   0,      0,     NULL       },
	{"updatedAt",           T_TIME,   0,      0,     NULL       },
	{"startedAt",           T_TIME,   0,      0,     NULL       },
	{"completedAt",         T_TIME,   0,      0,     NULL       },
};

static const struct field session_fields[] = {
	{"projectId",           T_ID,     NEEDED, 0, NULL          },
	{"name",                T_TEXT,   0,      0, NULL          },
	{"status",              T_ENUM,   0,      0, session_states},
	{"taskIds",             T_WORDS,  0,      0, NULL          },
	{"agentId",             T_TEXT,   0,      0, NULL          },
	{"env",                 T_OBJECT, 0,      0, NULL          },
	{"hostname",            T_TEXT,   0,      0, NULL          },
	{"platform",            T_TEXT,   0,      0, NULL          },
	{"events",              T_LIST,   0,      0, NULL          },
	{"timeline",            T_LIST,   0,      0, NULL          },
	{"docs",                T_LIST,   0,      0, NULL          },
	{"needsInput",          T_OBJECT, 0,      0, NULL          },
	{"metadata",            T_OBJECT, 0,      0, NULL          },
	{"teamMemberId",        T_TEXT,   0,      0, NULL          },
	{"teamMemberIds",       T_WORDS,  0,      0, NULL          },
	{"teamMemberSnapshot",  T_OBJECT, 0,      0, NULL          },
	{"teamMemberSnapshots", T_LIST,   0,      0, NULL          },
	{"claudeSessionId",     T_TEXT,   0,      0, NULL          },
	{"parentSessionId",     T_TEXT,   0,      0, NULL          },
	{"rootSessionId",       T_TEXT,   0,      0, NULL          },
	{"teamSessionId",       T_TEXT,   0,      0, NULL          },
	{"teamId",              T_TEXT,   0,      0, NULL          },
	{"isMasterSession",     T_BOOL,   0,      0, NULL          },
	{"startedAt",           T_TIME,   0,      0, NULL          },
	{"lastActivity",        T_TIME,   0,      0, NULL          },
	{"completedAt",         T_TIME,   0,      0, NULL          },
	{"humanCompletedAt",    T_TIME,   0,      0, NULL          },
	{"archivedAt",          T_TIME,   0,      0, NULL          },
};

static const struct field doc_fields[] = {
	{"title",           T_TEXT, 0, 1000, NULL},
	{"filePath",        T_TEXT, 0, 2000, NULL},
	{"kind",            T_TEXT, 0, 0,    NULL},
	{"taskId",          T_TEXT, 0, 0,    NULL},
	{"content",         T_TEXT, 0, 0,    NULL},
	{"contentFilePath", T_TEXT, 0, 0,    NULL},
	{"addedAt",         T_TIME, 0, 0,    NULL},
};

static const struct field timeline_fields[] = {
	{"id",        T_TEXT,   0, 0, NULL},
	{"type",      T_TEXT,   0, 0, NULL},
	{"timestamp", T_TIME,   0, 0, NULL},
	{"message",   T_TEXT,   0, 0, NULL},
	{"taskId",    T_TEXT,   0, 0, NULL},
	{"metadata",  T_OBJECT, 0, 0, NULL},
};

static const struct field event_fields[] = {
	{"id",        T_TEXT, 0,                  0,   NULL},
	{"type",      T_TEXT, NEEDED | NOT_EMPTY, 100, NULL},
	{"timestamp", T_TIME, 0,                  0,   NULL},
};

static const struct field ordering_fields[] = {
	{"projectId",  T_ID,    NEEDED, 0, NULL          },
	{"entityType", T_ENUM,  NEEDED, 0, ordering_types},
	{"orderedIds", T_WORDS, 0,      0, NULL          },
	{"updatedAt",  T_TIME,  0,      0, NULL          },
};

static const struct field task_list_fields[] = {
	{"projectId",      T_ID,    NEEDED,             0,    NULL},
	{"name",           T_TEXT,  NEEDED | NOT_EMPTY, 1000, NULL},
	{"description",    T_TEXT,  0,                  0,    NULL},
	{"orderedTaskIds", T_WORDS, 0,                  0,    NULL},
	{"createdAt",      T_TIME,  0,                  0,    NULL},
	{"updatedAt",      T_TIME,  0,                  0,    NULL},
};

static const struct field task_graph_fields[] = {
	{"projectId",               T_ID,   NEEDED,             0,    NULL        },
	{"name",                    T_TEXT, NEEDED | NOT_EMPTY, 1000, NULL        },
	{"description",             T_TEXT, 0,                  0,    NULL        },
	{"nodes",                   T_LIST, 0,                  0,    NULL        },
	{"edges",                   T_LIST, 0,                  0,    NULL        },
	{"coordinatorTeamMemberId", T_TEXT, 0,                  0,    NULL        },
	{"coordinatorModel",        T_TEXT, 0,                  0,    NULL        },
	{"status",                  T_ENUM, 0,                  0,    graph_states},
	{"executionSessionId",      T_TEXT, 0,                  0,    NULL        },
	{"lastRunAt",               T_TIME, 0,                  0,    NULL        },
	{"createdAt",               T_TIME, 0,                  0,    NULL        },
	{"updatedAt",               T_TIME, 0,                  0,    NULL        },
};

static const struct field member_fields[] = {
	{"projectId",          T_ID,     NEEDED,             0,     NULL         },
	{"name",               T_TEXT,   NEEDED | NOT_EMPTY, 1000,  NULL         },
	{"role",               T_TEXT,   NEEDED | NOT_EMPTY, 10000, NULL         },
	{"avatar",             T_TEXT,   NEEDED | NOT_EMPTY, 10000, NULL         },
	{"identity",           T_TEXT,   0,                  10000, NULL         },
	{"status",             T_ENUM,   0,                  0,     active_states},
	{"model",              T_TEXT,   0,                  0,     NULL         },
	{"agentTool",          T_TEXT,   0,                  0,     NULL         },
	{"mode",               T_TEXT,   0,                  0,     NULL         },
	{"systemKind",         T_TEXT,   0,                  0,     NULL         },
	{"skillIds",           T_WORDS,  0,                  0,     NULL         },
	{"permissionMode",     T_TEXT,   0,                  0,     NULL         },
	{"modelProfileId",     T_TEXT,   0,                  0,     NULL         },
	{"capabilities",       T_OBJECT, 0,                  0,     NULL         },
	{"commandPermissions", T_OBJECT, 0,                  0,     NULL         },
	{"workflowTemplateId", T_TEXT,   0,                  0,     NULL         },
	{"customWorkflow",     T_TEXT,   0,                  0,     NULL         },
	{"soundInstrument",    T_TEXT,   0,                  0,     NULL         },
	{"memory",             T_WORDS,  0,                  0,     NULL         },
	{"createdAt",          T_TIME,   0,                  0,     NULL         },
	{"updatedAt",          T_TIME,   0,                  0,     NULL         },
};

static const struct field override_fields[] = {
	{"projectId",    T_ID,     NEEDED, 0,     NULL},
	{"name",         T_TEXT,   0,      1000,  NULL},
	{"role",         T_TEXT,   0,      10000, NULL},
	{"avatar",       T_TEXT,   0,      10000, NULL},
	{"identity",     T_TEXT,   0,      10000, NULL},
	{"model",        T_TEXT,   0,      0,     NULL},
	{"mode",         T_TEXT,   0,      0,     NULL},
	{"skillIds",     T_WORDS,  0,      0,     NULL},
	{"capabilities", T_OBJECT, 0,      0,     NULL},
	{"memory",       T_WORDS,  0,      0,     NULL},
	{"updatedAt",    T_TIME,   0,      0,     NULL},
};

static const struct field team_fields[] = {
	{"projectId",    T_ID,     NEEDED,             0,     NULL         },
	{"name",         T_TEXT,   NEEDED | NOT_EMPTY, 1000,  NULL         },
	{"description",  T_TEXT,   0,                  10000, NULL         },
	{"avatar",       T_TEXT,   0,                  10000, NULL         },
	{"leaderId",     T_TEXT,   NEEDED | NOT_EMPTY, 0,     NULL         },
	{"memberIds",    T_WORDS,  0,                  1000,  NULL         },
	{"subTeamIds",   T_WORDS,  0,                  1000,  NULL         },
	{"parentTeamId", T_TEXT,   0,                  0,     NULL         },
	{"status",       T_ENUM,   0,                  0,     active_states},
	{"metadata",     T_OBJECT, 0,                  0,     NULL         },
	{"createdAt",    T_TIME,   0,                  0,     NULL         },
	{"updatedAt",    T_TIME,   0,                  0,     NULL         },
};

static const struct field profile_fields[] = {
	{"name",         T_TEXT,   NEEDED | NOT_EMPTY, 100, NULL},
	{"description",  T_TEXT,   0,                  500, NULL},
	{"launchConfig", T_OBJECT, NEEDED,             0,   NULL},
	{"createdAt",    T_TIME,   0,                  0,   NULL},
	{"updatedAt",    T_TIME,   0,                  0,   NULL},
};

static const struct field prompt_fields[] = {
	{"fromSessionId",   T_TEXT,   NEEDED | NOT_EMPTY, 0,       NULL        },
	{"toSessionId",     T_TEXT,   NEEDED | NOT_EMPTY, 0,       NULL        },
	{"fromProjectId",   T_TEXT,   0,                  0,       NULL        },
	{"toProjectId",     T_TEXT,   0,                  0,       NULL        },
	{"content",         T_TEXT,   NEEDED | NOT_EMPTY, 1000000, NULL        },
	{"mode",            T_ENUM,   0,                  0,       prompt_modes},
	{"fromSessionName", T_TEXT,   0,                  0,       NULL        },
	{"toSessionName",   T_TEXT,   0,                  0,       NULL        },
	{"fromTeamMember",  T_OBJECT, 0,                  0,       NULL        },
	{"toTeamMember",    T_OBJECT, 0,                  0,       NULL        },
	{"timestamp",       T_TIME,   0,                  0,       NULL        },
};

static const struct field custom_prompt_fields[] = {
	{"name",        T_TEXT,  NEEDED | NOT_EMPTY, 1000,   NULL     },
	{"content",     T_TEXT,  NEEDED,             100000, NULL     },
	{"description", T_TEXT,  0,                  500,    NULL     },
	{"icon",        T_TEXT,  0,                  10,     NULL     },
	{"tags",        T_WORDS, 0,                  10,     NULL     },
	{"entityType",  T_ENUM,  0,                  0,      spell_types},
	{"createdAt",   T_TIME,  0,                  0,      NULL     },
	{"updatedAt",   T_TIME,  0,                  0,      NULL     },
};

static const struct field mail_fields[] = {
	{"projectId",     T_ID,     NEEDED,             0,     NULL      },
	{"fromSessionId", T_TEXT,   NEEDED | NOT_EMPTY, 128,   NULL      },
	{"fromName",      T_TEXT,   0,                  1000,  NULL      },
	{"toSessionId",   T_TEXT,   0,                  128,   NULL      },
	{"replyToMailId", T_ID,     0,                  0,     NULL      },
	{"threadId",      T_ID,     0,                  0,     NULL      },
	{"type",          T_ENUM,   NEEDED,             0,     mail_types},
	{"priority",      T_ENUM,   0,                  0,     urgencies },
	{"subject",       T_TEXT,   NEEDED | NOT_EMPTY, 10000, NULL      },
	{"body",          T_OBJECT, 0,                  0,     NULL      },
	{"readAt",        T_TIME,   0,                  0,     NULL      },
	{"createdAt",     T_TIME,   0,                  0,     NULL      },
};

static const struct field old_mail_fields[] = {
	{"parentSessionId", T_TEXT, 0,                  128,     NULL},
	{"fromSessionId",   T_TEXT, NEEDED | NOT_EMPTY, 128,     NULL},
	{"fromName",        T_TEXT, 0,                  1000,    NULL},
	{"toSessionId",     T_TEXT, 0,                  128,     NULL},
	{"message",         T_TEXT, NEEDED,             1000000, NULL},
	{"detail",          T_TEXT, 0,                  1000000, NULL},
	{"readAt",          T_TIME, 0,                  0,       NULL},
	{"createdAt",       T_TIME, 0,                  0,       NULL},
};

static const struct field command_fields[] = {
	{"ts",         T_TIME,  NEEDED,             0,         NULL},
	{"sessionId",  T_TEXT,  0,                  128,       NULL},
	{"projectId",  T_TEXT,  0,                  128,       NULL},
	{"command",    T_TEXT,  NEEDED | NOT_EMPTY, 200,       NULL},
	{"argv",       T_WORDS, 0,                  1000,      NULL},
	{"exitCode",   T_COUNT, 0,                  INT32_MAX, NULL},
	{"durationMs", T_COUNT, 0,                  INT32_MAX, NULL},
	{"success",    T_BOOL,  0,                  0,         NULL},
	{"cliVersion", T_TEXT,  0,                  100,       NULL},
};

static const struct field image_fields[] = {
	{"id",       T_ID,    NEEDED,             0,         NULL},
	{"filename", T_TEXT,  NEEDED | NOT_EMPTY, 255,       NULL},
	{"mimeType", T_TEXT,  0,                  0,         NULL},
	{"size",     T_COUNT, 0,                  INT32_MAX, NULL},
	{"addedAt",  T_TIME,  0,                  0,         NULL},
};

/* --- telling --------------------------------------------------------------- */

static void
tell(struct layout_file *f, enum layout_word word, const char *field,
     const char *text)
{
	if (word == LAYOUT_REFUSED)
		f->is_refused = true;
	if (word == LAYOUT_SKIPPED)
		f->is_skipped = true;
	f->tell(f->to, f, word, field, text);
}

static void
refuse(struct layout_file *f, const char *field, const char *text)
{
	tell(f, LAYOUT_REFUSED, field, text);
}

static void
changed(struct layout_file *f, const char *field, const char *text)
{
	tell(f, LAYOUT_CHANGED, field, text);
}

/* --- text ------------------------------------------------------------------ */

static bool
from_utf16(struct arena *a, struct span raw, const char *name, struct span *out,
	   struct err *e)
{
	iconv_t cd = iconv_open("UTF-8", name);
	size_t room = raw.n * 2 + 4, left = room, n = raw.n - 2;
	char *to = arena_alloc(a, room), *p = to;
	union { /* iconv's prototype has no const, though it only reads */
		const char *in;
		char *out;
	} u = {raw.p + 2};
	size_t rc;

	if (cd == (iconv_t)-1)
		return err_set(e, 400, "bad_text", "%s is not known here",
			       name);
	rc = iconv(cd, &u.out, &n, &p, &left);
	iconv_close(cd);
	if (rc == (size_t)-1)
		return err_set(e, 400, "bad_text", "broken %s text", name);
	*out = (struct span){to, (size_t)(p - to)};
	return true;
}

static unsigned
hex4(const char *p, const char *end)
{
	unsigned v = 0;

	if (end - p < 4)
		return 0x10000;
	for (int i = 0; i < 4; i++) {
		const char *digits = "0123456789abcdef";
		const char *at = p[i] ? strchr(digits, p[i] | 0x20) : NULL;

		if (!at || (p[i] < '0'))
			return 0x10000;
		v = v << 4 | (unsigned)(at - digits);
	}
	return v;
}

/* \uXXXX at p: how many bytes of the text it takes, and what stands for it
 * when it cannot stay. */
static size_t
escape_at(const char *p, const char *end, const char **instead)
{
	unsigned v = hex4(p + 2, end);

	*instead = NULL;
	if (v == 0)
		*instead = "\\ufdd0";
	else if (v >= 0xd800 && v <= 0xdbff) {
		if (end - p >= 12 && p[6] == '\\' && p[7] == 'u') {
			unsigned low = hex4(p + 8, end);

			if (low >= 0xdc00 && low <= 0xdfff)
				return 12;
		}
		*instead = "\\ufffd";
	} else if (v >= 0xdc00 && v <= 0xdfff)
		*instead = "\\ufffd";
	return 6;
}

/* JavaScript cuts texts between the halves of a character and writes the half
 * as an escape; PostgreSQL takes neither that nor NUL. */
static struct span
mend_escapes(struct arena *a, struct span text, bool *was_repaired)
{
	const char *p = text.p, *end = text.p + text.n, *from = p;
	struct buf b = buf_on(a);

	while (p < end) {
		const char *instead = NULL;
		size_t n = 1;

		if (*p == '\\' && end - p >= 2)
			n = p[1] == 'u' && end - p >= 6
				    ? escape_at(p, end, &instead)
				    : 2;
		if (instead) {
			buf_addn(&b, from, (size_t)(p - from));
			buf_add(&b, instead);
			from = p + n;
			if (strcmp(instead, "\\ufffd") == 0)
				*was_repaired = true;
		}
		p += n;
	}
	if (b.n == 0)
		return text;
	buf_addn(&b, from, (size_t)(end - from));
	return (struct span){b.p, b.n};
}

bool
layout_text(struct arena *a, struct span raw, struct span *out,
	    bool *was_repaired, struct err *e)
{
	struct span text = raw;

	*was_repaired = false;
	if (raw.n >= 2 && memcmp(raw.p, "\xff\xfe", 2) == 0) {
		if (!from_utf16(a, raw, "UTF-16LE", &text, e))
			return false;
		*was_repaired = true;
	} else if (raw.n >= 2 && memcmp(raw.p, "\xfe\xff", 2) == 0) {
		if (!from_utf16(a, raw, "UTF-16BE", &text, e))
			return false;
		*was_repaired = true;
	} else if (raw.n >= 3 && memcmp(raw.p, "\xef\xbb\xbf", 3) == 0) {
		text = (struct span){raw.p + 3, raw.n - 3};
	}
	if (memchr(text.p, '\0', text.n))
		return err_set(e, 400, "bad_text", "it holds a NUL byte");
	if (!utf8_ok(text.p, text.n, UTF8_NUL_REFUSED))
		return err_set(e, 400, "bad_text",
			       "it is not UTF-8 (Latin-1, perhaps)");
	*out = mend_escapes(a, text, was_repaired);
	return true;
}

bool
layout_content_ok(struct span text, const char **why)
{
	if (memchr(text.p, '\0', text.n))
		*why = "it holds a NUL byte";
	else if (!utf8_ok(text.p, text.n, UTF8_NUL_REFUSED))
		*why = "it is not UTF-8";
	else if (utf8_count(text.p, text.n) > CONTENT_MAX)
		*why = "it is longer than 10,000,000 characters";
	else
		return true;
	return false;
}

/* --- what no field may hold ------------------------------------------------ */

static const char *
below(struct layout_file *f, const char *path, const char *key)
{
	if (strlen(path) > PATH_MAX_CHARS)
		return path;
	return *path ? arena_printf(f->a, "%s.%s", path, key) : key;
}

static const char *
item_of(struct layout_file *f, const char *path, size_t n)
{
	return arena_printf(f->a, "%s[%zu]", path, n);
}

static bool
has_mark(const char *s, size_t n)
{
	return memmem(s, n, nul_mark, 3) != NULL;
}

static void walk(struct layout_file *f, struct json_object *o,
		 const char *path);

static void
walk_members(struct layout_file *f, struct json_object *o, const char *path)
{
	json_object_object_foreach(o, key, value)
	{
		if (has_mark(key, strlen(key)))
			refuse(f, path, "a name in it holds a NUL character");
		walk(f, value, below(f, path, key));
	}
}

/* Depth is bounded by the parser. */
static void
walk(struct layout_file *f, struct json_object *o,
     const char *path) /* NOLINT(misc-no-recursion) */
{
	switch (json_object_get_type(o)) {
	case json_type_string:
		if (has_mark(json_object_get_string(o),
			     (size_t)json_object_get_string_len(o)))
			refuse(f, path, "it holds a NUL character");
		break;
	case json_type_double:
		if (!isfinite(json_object_get_double(o)))
			refuse(f, path, "the number is too big");
		break;
	case json_type_object:
		walk_members(f, o, path);
		break;
	case json_type_array:
		for (size_t i = 0; i < json_object_array_length(o); i++)
			walk(f, json_object_array_get_idx(o, i),
			     item_of(f, path, i));
		break;
	default:
		break;
	}
}

/* --- one field ------------------------------------------------------------- */

static void
put(struct json_object *o, const char *key, struct json_object *v)
{
	json_object_object_add(o, key, v);
}

static void
put_text(struct json_object *o, const char *key, const char *text)
{
	put(o, key, json_object_new_string(text));
}

static void
drop(struct json_object *o, const char *key)
{
	json_object_object_del(o, key);
}

static bool
is_type(struct json_object *v, enum json_type type)
{
	return json_object_is_type(v, type);
}

static bool
id_ok(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && n <= ID_MAX &&
	       strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			 "0123456789_-") == n;
}

static bool
in_words(const char *s, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(s, *words) == 0)
			return true;
	return false;
}

static bool
time_of(struct json_object *v, int64_t *ms)
{
	double d;

	if (is_type(v, json_type_string))
		return clock_parse_rfc3339(span_of(json_object_get_string(v)),
					   ms) ||
		       num_i64(span_of(json_object_get_string(v)), 0,
			       time_max_ms, ms);
	if (is_type(v, json_type_int)) {
		*ms = json_object_get_int64(v);
		return true;
	}
	if (!is_type(v, json_type_double))
		return false;
	d = json_object_get_double(v);
	if (!(d >= 0 && d <= (double)time_max_ms))
		return false;
	*ms = (int64_t)d;
	return true;
}

static void
check_time(struct layout_file *f, struct json_object *in, const char *key,
	   const char *path)
{
	int64_t ms;

	if (!time_of(json_get(in, key), &ms) || ms < 0 || ms > time_max_ms)
		refuse(f, path,
		       "must be a time: milliseconds since 1970, or ISO 8601");
	else
		put(in, key, json_object_new_int64(ms));
}

static void
check_text(struct layout_file *f, const struct field *d, struct json_object *v,
	   const char *path)
{
	const char *s;
	size_t n;

	if (!is_type(v, json_type_string)) {
		refuse(f, path, "must be a text");
		return;
	}
	s = json_object_get_string(v);
	n = utf8_count(s, (size_t)json_object_get_string_len(v));
	if (n == 0 && d->flags & NOT_EMPTY)
		refuse(f, path, "must not be empty");
	else if (d->max && n > d->max)
		refuse(f, path,
		       arena_printf(f->a,
				    "has %zu characters, at most %zu are taken",
				    n, d->max));
	else if (d->type == T_ID && !id_ok(s))
		refuse(f, path, "must be an id: letters, digits, _ and -");
	else if (d->type == T_ENUM && !in_words(s, d->words))
		refuse(f, path,
		       arena_printf(f->a, "\"%.40s\" is none of its values",
				    s));
}

/* Orderings were never checked: what is no text becomes one. */
static void
check_words(struct layout_file *f, const struct field *d, struct json_object *v,
	    const char *path)
{
	if (!is_type(v, json_type_array)) {
		refuse(f, path, "must be a list of texts");
		return;
	}
	if (d->max && json_object_array_length(v) > d->max)
		refuse(f, path, "is too long a list");
	for (size_t i = 0; i < json_object_array_length(v); i++) {
		struct json_object *one = json_object_array_get_idx(v, i);

		if (is_type(one, json_type_int))
			json_object_array_put_idx(
				v, i,
				json_object_new_string(
					json_object_get_string(one)));
		else if (!is_type(one, json_type_string))
			refuse(f, item_of(f, path, i), "must be a text");
	}
}

/* "2026-01-02"; of a whole time stamp the day. */
static void
check_date(struct layout_file *f, struct json_object *in, const char *key,
	   const char *path)
{
	const char *s = json_text(in, key);
	int64_t ms;

	if (s && !*s) {
		put(in, key, NULL);
		return;
	}
	if (s && strlen(s) == 10 &&
	    clock_parse_rfc3339(
		    span_of(arena_printf(f->a, "%sT00:00:00Z", s)), &ms))
		return;
	if (s && strlen(s) > 10 && clock_parse_rfc3339(span_of(s), &ms)) {
		changed(f, path, "only the day of it is kept");
		put_text(in, key, arena_strndup(f->a, s, 10));
		return;
	}
	refuse(f, path, "must be a day: YYYY-MM-DD");
}

/* Milliseconds measured with fractions lose them. */
static void
check_count(struct layout_file *f, const struct field *d,
	    struct json_object *in, const char *path)
{
	struct json_object *v = json_get(in, d->key);
	double n = json_object_get_double(v);

	if ((!is_type(v, json_type_int) && !is_type(v, json_type_double)) ||
	    !(n >= 0 && n <= (double)d->max))
		refuse(f, path, "must be a number, not negative");
	else
		put(in, d->key, json_object_new_int64((int64_t)n));
}

static void
check_field(struct layout_file *f, const struct field *d,
	    struct json_object *in, const char *path)
{
	struct json_object *v = json_get(in, d->key);

	if (!v) {
		if (d->flags & NEEDED)
			refuse(f, path, "is missing");
		return;
	}
	switch (d->type) {
	case T_ID:
	case T_TEXT:
	case T_ENUM:
		check_text(f, d, v, path);
		break;
	case T_WORDS:
		check_words(f, d, v, path);
		break;
	case T_TIME:
		check_time(f, in, d->key, path);
		break;
	case T_BOOL:
		if (!is_type(v, json_type_boolean))
			refuse(f, path, "must be true or false");
		break;
	case T_DATE:
		check_date(f, in, d->key, path);
		break;
	case T_COUNT:
		check_count(f, d, in, path);
		break;
	case T_OBJECT:
		if (!is_type(v, json_type_object))
			refuse(f, path, "must be an object");
		break;
	case T_LIST:
		if (!is_type(v, json_type_array))
			refuse(f, path, "must be a list");
		break;
	}
}

static void
check_fields(struct layout_file *f, const struct field *fields, size_t n,
	     struct json_object *in, const char *path)
{
	for (size_t i = 0; i < n; i++)
		check_field(f, &fields[i], in, below(f, path, fields[i].key));
}

/* --- small repairs --------------------------------------------------------- */

static void
default_text(struct json_object *o, const char *key, const char *text)
{
	if (!json_get(o, key))
		put_text(o, key, text);
}

/* "" where an id is meant is none. */
static void
empty_to_null(struct json_object *o, const char *key)
{
	const char *s = json_text(o, key);

	if (s && !*s)
		put(o, key, NULL);
}

/* A stamp that is missing is the other one, or the file's. */
static void
default_time(struct layout_file *f, const char *key, const char *other)
{
	struct json_object *v = json_get(f->o, key);
	int64_t ms;

	if (v)
		return;
	v = other ? json_get(f->o, other) : NULL;
	if (time_of(v, &ms))
		put(f->o, key, json_object_get(v));
	else
		put(f->o, key, json_object_new_int64(f->mtime_ms));
}

static void
default_stamps(struct layout_file *f)
{
	default_time(f, "createdAt", "updatedAt");
	default_time(f, "updatedAt", "createdAt");
}

static int64_t
stamp(const struct layout_file *f, const char *key)
{
	int64_t ms = 0;

	return json_int(f->o, key, &ms) ? ms : 0;
}

/* --- tasks ----------------------------------------------------------------- */

/* Quirk 2: one status for the first session, and two words that are gone. */
static void
mend_statuses(struct layout_file *f)
{
	const char *old = json_text(f->o, "sessionStatus");
	struct json_object *map = json_get(f->o, "taskSessionStatuses");
	struct json_object *ids = json_get(f->o, "sessionIds");
	struct json_object *first =
		is_type(ids, json_type_array) && json_object_array_length(ids)
			? json_object_array_get_idx(ids, 0)
			: NULL;

	if (old && is_type(first, json_type_string)) {
		if (!map) {
			map = json_object_new_object();
			put(f->o, "taskSessionStatuses", map);
		}
		if (is_type(map, json_type_object) &&
		    !json_get(map, json_object_get_string(first)))
			put_text(map, json_object_get_string(first), old);
	}
	drop(f->o, "sessionStatus");
	if (!is_type(map, json_type_object))
		return;
	json_object_object_foreach(map, key, value)
	{
		const char *s = is_type(value, json_type_string)
					? json_object_get_string(value)
					: "";

		if (strcmp(s, "queued") == 0 || strcmp(s, "needs_input") == 0)
			put_text(map, key, "working");
		else if (!*s)
			refuse(f, below(f, "taskSessionStatuses", key),
			       "must be a text");
	}
}

static void
check_task(struct layout_file *f)
{
	const char *type = json_text(f->o, "taskType");
	const char *status = json_text(f->o, "status");
	const char *request = json_text(f->o, "clientRequestId");

	if (type && strcmp(type, "team-member") == 0) {
		tell(f, LAYOUT_SKIPPED, "taskType",
		     "team members are no tasks any more");
		return;
	}
	mend_statuses(f);
	if (status && strcmp(status, "pending") == 0)
		put_text(f->o, "status", "todo");
	default_text(f->o, "status", "todo");
	default_text(f->o, "priority", "medium");
	empty_to_null(f->o, "parentId");
	empty_to_null(f->o, "teamId");
	empty_to_null(f->o, "teamMemberId");
	check_fields(f, task_fields, NELEM(task_fields), f->o, "");
	f->is_system = request && strcmp(request,
					 "system-voice-directives-task") == 0;
}

/* --- sessions -------------------------------------------------------------- */

static const char *const timeline_types[] = {
	"session_started", "session_stopped", "task_started",
	"task_completed",  "task_failed",     "task_skipped",
	"task_blocked",    "needs_input",     "progress",
	"error",           "milestone",       "doc_added",
	"prompt_received", "task_status_changed",
	NULL};

/* A type nobody knows any more is progress, and says so. */
static void
mend_type(struct json_object *entry)
{
	const char *type = json_text(entry, "type");
	struct json_object *more = json_get(entry, "metadata");

	if (!type || in_words(type, timeline_types)) {
		default_text(entry, "type", "progress");
		return;
	}
	if (!is_type(more, json_type_object)) {
		more = json_object_new_object();
		put(entry, "metadata", more);
	}
	put_text(more, "originalType", type);
	put_text(entry, "type", "progress");
}

static void
check_item(struct layout_file *f, const char *list, struct json_object *one,
	   size_t i)
{
	const char *path = item_of(f, list, i);
	bool is_event = strcmp(list, "events") == 0;

	if (!is_type(one, json_type_object)) {
		refuse(f, path, "must be an object");
		return;
	}
	if (!json_get(one, "id"))
		put_text(one, "id",
			 arena_printf(f->a, "evt_%s_%zu", f->stem, i));
	if (!json_get(one, "timestamp"))
		put(one, "timestamp",
		    json_object_get(json_get(f->o, "startedAt")));
	if (is_event) {
		check_fields(f, event_fields, NELEM(event_fields), one, path);
		return;
	}
	check_fields(f, timeline_fields, NELEM(timeline_fields), one, path);
	mend_type(one);
}

/* Quirk 1: a resumed session may hold its whole history twice. */
static void
check_items(struct layout_file *f, const char *list)
{
	struct json_object *items = json_get(f->o, list);
	struct json_object *seen, *once;
	size_t n;

	if (!is_type(items, json_type_array))
		return;
	n = json_object_array_length(items);
	seen = json_object_new_object();
	once = json_object_new_array_ext((int)n + 1);
	for (size_t i = 0; i < n; i++) {
		struct json_object *one = json_object_array_get_idx(items, i);
		const char *id;

		check_item(f, list, one, i);
		id = json_text(one, "id");
		if (!id || json_object_object_get_ex(seen, id, NULL))
			continue;
		put(seen, id, NULL);
		json_object_array_add(once, json_object_get(one));
	}
	if (!f->is_refused && json_object_array_length(once) < n)
		changed(f, list,
			arena_printf(f->a, "%zu entries stood there twice",
				     n - json_object_array_length(once)));
	json_object_put(seen);
	put(f->o, list, once);
}

static void
check_env(struct layout_file *f)
{
	struct json_object *env = json_get(f->o, "env");

	if (!is_type(env, json_type_object))
		return;
	json_object_object_foreach(env, key, value)
	{
		const char *path = below(f, "env", key);

		if (is_type(value, json_type_object) ||
		    is_type(value, json_type_array))
			refuse(f, path, "must be a text");
		else if (!is_type(value, json_type_string))
			put_text(env, key,
				 value ? json_object_get_string(value) : "");
		else if (json_object_get_string_len(value) > ENV_MAX ||
			 !*key || strlen(key) > PATH_MAX_CHARS) {
			changed(f, path, "is too long and left out");
			drop(env, key);
		}
	}
}

static void
mend_session(struct layout_file *f)
{
	struct json_object *o = f->o, *ids;
	const char *one = json_text(o, "taskId");
	const char *name = json_text(o, "name");
	const char *claude = json_text(json_get(o, "env"),
				       "MAESTRO_CLAUDE_SESSION_ID");

	if (!json_get(o, "taskIds")) {
		ids = json_object_new_array();
		if (one && *one)
			json_object_array_add(ids,
					      json_object_new_string(one));
		put(o, "taskIds", ids);
	}
	drop(o, "taskId");
	drop(o, "strategy");
	drop(o, "orchestratorStrategy");
	if (!json_get(o, "env"))
		put(o, "env", json_object_new_object());
	if (!json_get(o, "timeline"))
		put(o, "timeline", json_object_new_array());
	if (!json_get(o, "events"))
		put(o, "events", json_object_new_array());
	if (!json_get(o, "docs"))
		put(o, "docs", json_object_new_array());
	if (!name || !*name)
		put_text(o, "name",
			 arena_printf(f->a, "Session %s",
				      json_text(o, "id") ? json_text(o, "id")
							 : ""));
	empty_to_null(o, "rootSessionId");
	default_text(o, "rootSessionId", json_text(o, "id") ?: "");
	empty_to_null(o, "parentSessionId");
	empty_to_null(o, "teamSessionId");
	empty_to_null(o, "teamId");
	if (!json_get(o, "claudeSessionId") && claude)
		put_text(o, "claudeSessionId", claude);
	default_text(o, "status", "idle");
	default_time(f, "startedAt", "lastActivity");
	default_time(f, "lastActivity", "startedAt");
}

static void
check_session(struct layout_file *f)
{
	mend_session(f);
	check_fields(f, session_fields, NELEM(session_fields), f->o, "");
	check_items(f, "timeline");
	check_items(f, "events");
	check_env(f);
	f->version = stamp(f, "lastActivity");
}

void
layout_check_doc(struct layout_file *f, struct json_object *doc, size_t n)
{
	const char *path = item_of(f, "docs", n), *kind, *file, *slash, *by;

	if (!is_type(doc, json_type_object)) {
		refuse(f, path, "must be an object");
		return;
	}
	check_fields(f, doc_fields, NELEM(doc_fields), doc, path);
	if (!json_text(doc, "id") || !id_ok(json_text(doc, "id")))
		refuse(f, below(f, path, "id"), "must be an id");
	if (f->is_refused)
		return;
	put_text(doc, "sessionId", json_text(f->o, "id"));
	empty_to_null(doc, "taskId");
	file = json_text(doc, "filePath");
	if (!file || !*file) {
		file = json_text(doc, "contentFilePath");
		put_text(doc, "filePath",
			 file && *file ? file : json_text(doc, "id"));
		file = json_text(doc, "filePath");
	}
	slash = strrchr(file, '/');
	if (!json_text(doc, "title") || !*json_text(doc, "title"))
		put_text(doc, "title", slash && slash[1] ? slash + 1 : file);
	kind = json_text(doc, "kind");
	if (kind && strcmp(kind, "markdown") != 0 &&
	    strcmp(kind, "diagram") != 0) {
		changed(f, below(f, path, "kind"), "is guessed from the name");
		drop(doc, "kind");
	}
	by = json_text(doc, "addedBy");
	if (by && strcmp(by, json_text(f->o, "id")) == 0)
		drop(doc, "addedBy");
	if (!json_get(doc, "addedAt"))
		put(doc, "addedAt",
		    json_object_get(json_get(f->o, "startedAt")));
}

/* --- members and the rest -------------------------------------------------- */

/* Quirk 3: words and models that are gone. */
static void
mend_member(struct layout_file *f)
{
	const char *mode = json_text(f->o, "mode");
	const char *model = json_text(f->o, "model"), *name = model;

	if (mode && strcmp(mode, "execute") == 0)
		put_text(f->o, "mode", "worker");
	if (mode && strcmp(mode, "coordinate") == 0)
		put_text(f->o, "mode", "coordinator");
	if (!model)
		return;
	if (strncmp(name, "anthropic:", 10) == 0 ||
	    strncmp(name, "anthropic/", 10) == 0)
		name += 10;
	if (strcmp(name, "claude-fable-5") == 0)
		name = "claude-opus-4-8";
	else if (strcmp(name, "claude-fable-5[1m]") == 0)
		name = "claude-opus-4-8[1m]";
	else
		return;
	changed(f, "model", "is retired; its successor is taken");
	put_text(f->o, "model", arena_strdup(f->a, name));
}

/* tm_{projectId}_{type}.override: what a project changed in a default. */
static bool
is_override(struct layout_file *f)
{
	const char *end = strstr(f->stem, ".override");

	return end && strcmp(end, ".override") == 0;
}

static void
check_override(struct layout_file *f)
{
	const char *prefix = arena_printf(f->a, "tm_%s_", f->folder);
	size_t n = strlen(prefix), all = strlen(f->stem) - strlen(".override");

	f->kind = LAYOUT_OVERRIDE;
	default_text(f->o, "projectId", f->folder);
	default_time(f, "updatedAt", NULL);
	mend_member(f);
	check_fields(f, override_fields, NELEM(override_fields), f->o, "");
	if (strncmp(f->stem, prefix, n) != 0 || all <= n) {
		refuse(f, "", "its name does not say which member it is of");
		return;
	}
	f->id = arena_strndup(f->a, f->stem, all);
	put_text(f->o, "kind", f->id + n);
	drop(f->o, "id");
	drop(f->o, "isDefault");
	drop(f->o, "createdAt");
}

static void
check_member(struct layout_file *f)
{
	bool is_global = strcmp(f->folder, "__global__") == 0;

	if (is_override(f)) {
		check_override(f);
		return;
	}
	default_text(f->o, "projectId", f->folder);
	default_text(f->o, "status", "active");
	default_stamps(f);
	mend_member(f);
	check_fields(f, member_fields, NELEM(member_fields), f->o, "");
	f->is_system = json_text(f->o, "systemKind") ||
		       strncmp(f->id ?: "", "tm_system_", 10) == 0;
	if (is_global)
		f->project = "";
}

static void
check_team(struct layout_file *f)
{
	struct json_object *ids = json_get(f->o, "memberIds");
	const char *leader = json_text(f->o, "leaderId");
	bool has = false;

	default_text(f->o, "projectId", f->folder);
	default_text(f->o, "status", "active");
	empty_to_null(f->o, "parentTeamId");
	default_stamps(f);
	if (!ids) {
		ids = json_object_new_array();
		put(f->o, "memberIds", ids);
	}
	check_fields(f, team_fields, NELEM(team_fields), f->o, "");
	if (f->is_refused)
		return;
	for (size_t i = 0; i < json_object_array_length(ids); i++)
		has |= strcmp(json_object_get_string(
				      json_object_array_get_idx(ids, i)),
			      leader) == 0;
	if (has)
		return;
	changed(f, "memberIds", "the leader is one of them now");
	json_object_array_add(ids, json_object_new_string(leader));
}

static void
check_ordering(struct layout_file *f)
{
	put_text(f->o, "entityType", f->folder);
	put_text(f->o, "projectId", f->stem);
	default_time(f, "updatedAt", NULL);
	check_fields(f, ordering_fields, NELEM(ordering_fields), f->o, "");
	f->id = arena_printf(f->a, "%s_%s", f->folder, f->stem);
}

static void
check_queue(struct layout_file *f)
{
	const char *session = json_text(f->o, "sessionId");

	f->id = session && *session ? arena_strdup(f->a, session) : f->stem;
	if (!id_ok(f->id))
		refuse(f, "sessionId", "must be an id");
}

enum {
	BODY_MAX = 2000000 /* bytes of a mail's object */
};

/* Whom the table takes as a party: sessions, and people of later times. */
static bool
party_ok(const char *s)
{
	return !s || id_ok(s) || (strchr(s, ':') && strlen(s) <= ID_MAX);
}

static void
check_mail(struct layout_file *f)
{
	struct json_object *body = json_get(f->o, "body"), *o;
	bool is_old = *f->folder;

	empty_to_null(f->o, "toSessionId");
	empty_to_null(f->o, "replyToMailId");
	default_time(f, "createdAt", NULL);
	if (is_old) {
		f->kind = LAYOUT_OLD_MAIL;
		default_text(f->o, "parentSessionId", f->folder);
		check_fields(f, old_mail_fields, NELEM(old_mail_fields), f->o,
			     "");
	} else {
		default_text(f->o, "threadId", f->id ?: "");
		if (is_type(body, json_type_string)) {
			o = json_object_new_object();
			put_text(o, "message", json_object_get_string(body));
			put(f->o, "body", o);
		} else if (!body) {
			put(f->o, "body", json_object_new_object());
		}
		check_fields(f, mail_fields, NELEM(mail_fields), f->o, "");
		body = json_get(f->o, "body");
		if (body && strlen(json_dump(body)) > BODY_MAX)
			refuse(f, "body", "is too big");
	}
	if (!party_ok(json_text(f->o, "fromSessionId")))
		refuse(f, "fromSessionId", "must be an id");
	if (!party_ok(json_text(f->o, "toSessionId")))
		refuse(f, "toSessionId", "must be an id");
	f->version = stamp(f, "createdAt");
}

static void
check_custom_prompt(struct layout_file *f)
{
	default_stamps(f);
	check_fields(f, custom_prompt_fields, NELEM(custom_prompt_fields), f->o,
		     "");
	if (strncmp(f->id ?: "", "default_", 8) == 0)
		tell(f, LAYOUT_SKIPPED, "id", "is built in");
}

/* One line of a log; it has no key of its own. */
static void
check_command(struct layout_file *f)
{
	f->id = f->stem;
	empty_to_null(f->o, "sessionId");
	if (!json_get(f->o, "success"))
		put(f->o, "success", json_object_new_boolean(false));
	check_fields(f, command_fields, NELEM(command_fields), f->o, "");
	f->version = stamp(f, "ts");
}

void
layout_check_image(struct layout_file *f, struct json_object *image, size_t n)
{
	const char *path = item_of(f, "images", n);

	if (!is_type(image, json_type_object)) {
		refuse(f, path, "must be an object");
		return;
	}
	check_fields(f, image_fields, NELEM(image_fields), image, path);
	put_text(image, "taskId", json_text(f->o, "id") ?: "");
	if (!json_get(image, "addedAt"))
		put(image, "addedAt",
		    json_object_get(json_get(f->o, "createdAt")));
}

static void
check_listed(struct layout_file *f, const struct field *fields, size_t n)
{
	default_text(f->o, "projectId", f->folder);
	check_fields(f, fields, n, f->o, "");
}

static void
check_kind(struct layout_file *f)
{
	const char *name;

	switch (f->kind) {
	case LAYOUT_PROJECT:
		default_stamps(f);
		check_fields(f, project_fields, NELEM(project_fields), f->o,
			     "");
		name = json_text(f->o, "name");
		f->is_system = json_flag(f->o, "isMaster", false) && name &&
			       strcmp(name, "Master") == 0;
		break;
	case LAYOUT_TASK:
		default_stamps(f);
		default_text(f->o, "projectId", f->folder);
		check_task(f);
		break;
	case LAYOUT_SESSION:
		check_session(f);
		break;
	case LAYOUT_ORDERING:
		check_ordering(f);
		break;
	case LAYOUT_TASK_LIST:
		default_stamps(f);
		check_listed(f, task_list_fields, NELEM(task_list_fields));
		break;
	case LAYOUT_TASK_GRAPH:
		default_stamps(f);
		default_text(f->o, "status", "draft");
		check_listed(f, task_graph_fields, NELEM(task_graph_fields));
		break;
	case LAYOUT_MEMBER:
		check_member(f);
		break;
	case LAYOUT_TEAM:
		check_team(f);
		break;
	case LAYOUT_PROFILE:
		default_stamps(f);
		check_fields(f, profile_fields, NELEM(profile_fields), f->o,
			     "");
		break;
	case LAYOUT_PROMPT:
		default_text(f->o, "mode", "send");
		default_time(f, "timestamp", NULL);
		check_fields(f, prompt_fields, NELEM(prompt_fields), f->o, "");
		f->version = stamp(f, "timestamp");
		break;
	case LAYOUT_CUSTOM_PROMPT:
		check_custom_prompt(f);
		break;
	case LAYOUT_MAIL:
		check_mail(f);
		break;
	case LAYOUT_QUEUE:
		check_queue(f);
		break;
	case LAYOUT_COMMAND:
		check_command(f);
		break;
	case LAYOUT_DOC:
	case LAYOUT_IMAGE:
	case LAYOUT_OVERRIDE:
	case LAYOUT_OLD_MAIL:
	case LAYOUT_KINDS:
		break;
	}
}

void
layout_check(struct layout_file *f)
{
	const char *id;

	f->is_refused = f->is_skipped = f->is_system = false;
	f->project = NULL;
	f->id = NULL;
	f->version = 0;
	if (!is_type(f->o, json_type_object)) {
		refuse(f, "", "must be an object");
		return;
	}
	walk(f, f->o, "");
	id = json_text(f->o, "id");
	f->id = id ? arena_strdup(f->a, id) : NULL;
	check_kind(f);
	if (f->is_skipped)
		return;
	if (!f->id || !id_ok(f->id))
		refuse(f, "id", "must be an id: letters, digits, _ and -");
	if (f->kind == LAYOUT_PROFILE || f->kind == LAYOUT_PROMPT ||
	    f->kind == LAYOUT_QUEUE || f->kind == LAYOUT_CUSTOM_PROMPT ||
	    f->kind == LAYOUT_OLD_MAIL)
		f->project = "";
	else if (f->kind == LAYOUT_PROJECT)
		f->project = f->id ? f->id : "";
	else if (!f->project)
		f->project = arena_strdup(
			f->a, json_text(f->o, "projectId") ?: "");
	if (!f->version)
		f->version = stamp(f, "updatedAt");
}

const char *
layout_name(enum layout_kind kind)
{
	static const char *const names[LAYOUT_KINDS] = {
		[LAYOUT_PROJECT] = "project",
		[LAYOUT_TASK] = "task",
		[LAYOUT_SESSION] = "session",
		[LAYOUT_DOC] = "doc",
		[LAYOUT_ORDERING] = "ordering",
		[LAYOUT_TASK_LIST] = "task_list",
		[LAYOUT_TASK_GRAPH] = "task_graph",
		[LAYOUT_MEMBER] = "team_member",
		[LAYOUT_OVERRIDE] = "override",
		[LAYOUT_TEAM] = "team",
		[LAYOUT_PROFILE] = "model_profile",
		[LAYOUT_PROMPT] = "prompt",
		[LAYOUT_CUSTOM_PROMPT] = "custom_prompt",
		[LAYOUT_MAIL] = "mail",
		[LAYOUT_OLD_MAIL] = "old_mail",
		[LAYOUT_QUEUE] = "queue",
		[LAYOUT_COMMAND] = "command",
		[LAYOUT_IMAGE] = "image",
	};

	return names[kind];
}
