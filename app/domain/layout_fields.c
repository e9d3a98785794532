/*
 * The members of each object of the layout, and what they must be.
 */
#include <json-c/linkhash.h>
#include <math.h>
#include <string.h>

#include "core/clock.h"
#include "core/num.h"
#include "core/utf8.h"
#include "layout_int.h"

enum {
	ID_MAX = 128,
	PATH_MAX_CHARS = 200 /* of a field's name in a report */
};

static const int64_t time_max_ms = 253402300799999; /* the year 9999 */

enum member_type {
	T_ID,    /* checked as the key is */
	T_TEXT,  /* max: characters; 0 = any */
	T_WORDS, /* list of texts */
	T_TIME,  /* ms, or a text of ISO 8601; becomes ms */
	T_BOOL,
	T_ENUM,
	T_DATE,
	T_COUNT, /* a whole number; max: the greatest */
	T_OBJECT,
	T_LIST,
};

enum {
	NEEDED = 1,    /* absent or null refuses the object */
	NOT_EMPTY = 2, /* "" does too */
	SIGNED = 4     /* a count that may be negative */
};

struct member {
	const char *key;
	enum member_type type;
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
static const char *const graph_states[] = {
	"draft", "ready", "running", "completed", "failed", "paused", NULL};
static const char *const ordering_types[] = {"task", "session", "task-list",
					     NULL};
static const char *const active_states[] = {"active", "archived", NULL};
static const char *const spell_types[] = {
	"maestro", "skill",   "team-member",   "task",
	"doc",     "session", "custom-prompt", NULL};
static const char *const mail_types[] = {
	"assignment", "status_update", "query",  "response",
	"directive",  "notification",  "status", "question",
	"broadcast",  "error",         NULL};
static const char *const urgencies[] = {"critical", "high", "normal", "low",
					NULL};
static const char *const prompt_modes[] = {"send", "paste", NULL};

static const struct member project_fields[] = {
	{"name",        T_TEXT, NEEDED | NOT_EMPTY, 1000, NULL},
	{"workingDir",  T_TEXT, 0,                  1000, NULL},
	{"description", T_TEXT, 0,                  500,  NULL},
	{"isMaster",    T_BOOL, 0,                  0,    NULL},
	{"createdAt",   T_TIME, 0,                  0,    NULL},
	{"updatedAt",   T_TIME, 0,                  0,    NULL},
};

static const struct member task_fields[] = {
	{"projectId",           T_ID,     NEEDED, 0,     NULL       },
	{"parentId",            T_TEXT,   0,      128,   NULL       },
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

static const struct member session_fields[] = {
	{"projectId",           T_ID,     NEEDED, 0,   NULL          },
	{"name",                T_TEXT,   0,      0,   NULL          },
	{"status",              T_ENUM,   0,      0,   session_states},
	{"taskIds",             T_WORDS,  0,      0,   NULL          },
	{"agentId",             T_TEXT,   0,      0,   NULL          },
	{"env",		 T_OBJECT, 0,      0,   NULL          },
	{"hostname",            T_TEXT,   0,      0,   NULL          },
	{"platform",            T_TEXT,   0,      0,   NULL          },
	{"events",              T_LIST,   0,      0,   NULL          },
	{"timeline",            T_LIST,   0,      0,   NULL          },
	{"docs",                T_LIST,   0,      0,   NULL          },
	{"needsInput",          T_OBJECT, 0,      0,   NULL          },
	{"metadata",            T_OBJECT, 0,      0,   NULL          },
	{"teamMemberId",        T_TEXT,   0,      0,   NULL          },
	{"teamMemberIds",       T_WORDS,  0,      0,   NULL          },
	{"teamMemberSnapshot",  T_OBJECT, 0,      0,   NULL          },
	{"teamMemberSnapshots", T_LIST,   0,      0,   NULL          },
	{"claudeSessionId",     T_TEXT,   0,      0,   NULL          },
	{"parentSessionId",     T_TEXT,   0,      128, NULL          },
	{"rootSessionId",       T_TEXT,   0,      128, NULL          },
	{"teamSessionId",       T_TEXT,   0,      128, NULL          },
	{"teamId",              T_TEXT,   0,      0,   NULL          },
	{"isMasterSession",     T_BOOL,   0,      0,   NULL          },
	{"startedAt",           T_TIME,   0,      0,   NULL          },
	{"lastActivity",        T_TIME,   0,      0,   NULL          },
	{"completedAt",         T_TIME,   0,      0,   NULL          },
	{"humanCompletedAt",    T_TIME,   0,      0,   NULL          },
	{"archivedAt",          T_TIME,   0,      0,   NULL          },
};

static const struct member doc_fields[] = {
	{"title",           T_TEXT, 0, 1000, NULL},
	{"filePath",        T_TEXT, 0, 2000, NULL},
	{"kind",            T_TEXT, 0, 0,    NULL},
	{"taskId",          T_TEXT, 0, 128,  NULL},
	{"content",         T_TEXT, 0, 0,    NULL},
	{"contentFilePath", T_TEXT, 0, 2000, NULL},
	{"addedAt",         T_TIME, 0, 0,    NULL},
};

static const struct member timeline_fields[] = {
	{"id",        T_TEXT,   0, 128, NULL},
        {"type",      T_TEXT,   0, 0,   NULL},
	{"timestamp", T_TIME,   0, 0,   NULL},
        {"message",   T_TEXT,   0, 0,   NULL},
	{"taskId",    T_TEXT,   0, 128, NULL},
        {"metadata",  T_OBJECT, 0, 0,   NULL},
};

static const struct member event_fields[] = {
	{"id",        T_TEXT, 0,                  128, NULL},
	{"type",      T_TEXT, NEEDED | NOT_EMPTY, 100, NULL},
	{"timestamp", T_TIME, 0,                  0,   NULL},
};

static const struct member ordering_fields[] = {
	{"projectId",  T_ID,    NEEDED, 0, NULL          },
	{"entityType", T_ENUM,  NEEDED, 0, ordering_types},
	{"orderedIds", T_WORDS, 0,      0, NULL          },
	{"updatedAt",  T_TIME,  0,      0, NULL          },
};

static const struct member task_list_fields[] = {
	{"projectId",      T_ID,    NEEDED,             0,    NULL},
	{"name",           T_TEXT,  NEEDED | NOT_EMPTY, 1000, NULL},
	{"description",    T_TEXT,  0,                  0,    NULL},
	{"orderedTaskIds", T_WORDS, 0,                  0,    NULL},
	{"createdAt",      T_TIME,  0,                  0,    NULL},
	{"updatedAt",      T_TIME,  0,                  0,    NULL},
};

static const struct member task_graph_fields[] = {
	{"projectId",               T_ID,   NEEDED,             0,    NULL        },
	{"name",		    T_TEXT, NEEDED | NOT_EMPTY, 1000, NULL        },
	{"description",             T_TEXT, 0,                  0,    NULL        },
	{"nodes",		   T_LIST, 0,                  0,    NULL        },
	{"edges",		   T_LIST, 0,                  0,    NULL        },
	{"coordinatorTeamMemberId", T_TEXT, 0,                  0,    NULL        },
	{"coordinatorModel",        T_TEXT, 0,                  0,    NULL        },
	{"status",                  T_ENUM, 0,                  0,    graph_states},
	{"executionSessionId",      T_TEXT, 0,                  0,    NULL        },
	{"lastRunAt",               T_TIME, 0,                  0,    NULL        },
	{"createdAt",               T_TIME, 0,                  0,    NULL        },
	{"updatedAt",               T_TIME, 0,                  0,    NULL        },
};

static const struct member member_fields[] = {
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

static const struct member override_fields[] = {
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

static const struct member team_fields[] = {
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

static const struct member profile_fields[] = {
	{"name",         T_TEXT,   NEEDED | NOT_EMPTY, 100, NULL},
	{"description",  T_TEXT,   0,                  500, NULL},
	{"launchConfig", T_OBJECT, NEEDED,             0,   NULL},
	{"createdAt",    T_TIME,   0,                  0,   NULL},
	{"updatedAt",    T_TIME,   0,                  0,   NULL},
};

static const struct member prompt_fields[] = {
	{"fromSessionId",   T_TEXT,   0,                  128,     NULL        },
	{"toSessionId",     T_TEXT,   NEEDED | NOT_EMPTY, 128,     NULL        },
	{"fromProjectId",   T_TEXT,   0,                  128,     NULL        },
	{"toProjectId",     T_TEXT,   0,                  128,     NULL        },
	{"content",         T_TEXT,   NEEDED | NOT_EMPTY, 1000000, NULL        },
	{"mode",            T_ENUM,   0,                  0,       prompt_modes},
	{"fromSessionName", T_TEXT,   0,                  0,       NULL        },
	{"toSessionName",   T_TEXT,   0,                  0,       NULL        },
	{"fromTeamMember",  T_OBJECT, 0,                  0,       NULL        },
	{"toTeamMember",    T_OBJECT, 0,                  0,       NULL        },
	{"timestamp",       T_TIME,   0,                  0,       NULL        },
};

static const struct member custom_prompt_fields[] = {
	{"name",        T_TEXT,  NEEDED | NOT_EMPTY, 1000,   NULL       },
	{"content",     T_TEXT,  NEEDED,             100000, NULL       },
	{"description", T_TEXT,  0,                  500,    NULL       },
	{"icon",        T_TEXT,  0,                  10,     NULL       },
	{"tags",        T_WORDS, 0,                  10,     NULL       },
	{"entityType",  T_ENUM,  0,                  0,      spell_types},
	{"createdAt",   T_TIME,  0,                  0,      NULL       },
	{"updatedAt",   T_TIME,  0,                  0,      NULL       },
};

static const struct member mail_fields[] = {
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

static const struct member old_mail_fields[] = {
	{"parentSessionId", T_TEXT, 0,                  128,     NULL},
	{"fromSessionId",   T_TEXT, NEEDED | NOT_EMPTY, 128,     NULL},
	{"fromName",        T_TEXT, 0,                  1000,    NULL},
	{"toSessionId",     T_TEXT, 0,                  128,     NULL},
	{"message",         T_TEXT, NEEDED,             1000000, NULL},
	{"detail",          T_TEXT, 0,                  1000000, NULL},
	{"readAt",          T_TIME, 0,                  0,       NULL},
	{"createdAt",       T_TIME, 0,                  0,       NULL},
};

static const struct member command_fields[] = {
	{"ts",         T_TIME,  NEEDED,             0,         NULL},
	{"sessionId",  T_TEXT,  0,                  128,       NULL},
	{"projectId",  T_TEXT,  0,                  128,       NULL},
	{"command",    T_TEXT,  NEEDED | NOT_EMPTY, 200,       NULL},
	{"argv",       T_WORDS, 0,                  1000,      NULL},
	{"exitCode",   T_COUNT, SIGNED,             INT32_MAX, NULL},
	{"durationMs", T_COUNT, 0,                  INT32_MAX, NULL},
	{"success",    T_BOOL,  0,                  0,         NULL},
	{"cliVersion", T_TEXT,  0,                  100,       NULL},
};

static const struct member image_fields[] = {
	{"id",       T_ID,    NEEDED,             0,         NULL},
	{"filename", T_TEXT,  NEEDED | NOT_EMPTY, 255,       NULL},
	{"mimeType", T_TEXT,  0,                  0,         NULL},
	{"size",     T_COUNT, 0,                  INT32_MAX, NULL},
	{"addedAt",  T_TIME,  0,                  0,         NULL},
};

static const struct member stamp_fields[] = {
	{"createdAt", T_TIME, 0, 0, NULL},
	{"updatedAt", T_TIME, 0, 0, NULL},
};

/* A queue has no fields: it is kept as it is. */
static const struct table {
	const struct member *fields;
	size_t n;
} tables[LAYOUT_TABLES] = {
	[LAYOUT_PROJECT] = {project_fields,       NELEM(project_fields)   },
	[LAYOUT_TASK] = {task_fields,          NELEM(task_fields)      },
	[LAYOUT_SESSION] = {session_fields,       NELEM(session_fields)   },
	[LAYOUT_DOC] = {doc_fields,           NELEM(doc_fields)       },
	[LAYOUT_ENTRY] = {timeline_fields,      NELEM(timeline_fields)  },
	[LAYOUT_STAMPS] = {stamp_fields,         NELEM(stamp_fields)     },
	[LAYOUT_EVENT] = {event_fields,         NELEM(event_fields)     },
	[LAYOUT_ORDERING] = {ordering_fields,      NELEM(ordering_fields)  },
	[LAYOUT_TASK_LIST] = {task_list_fields,     NELEM(task_list_fields) },
	[LAYOUT_TASK_GRAPH] = {task_graph_fields,    NELEM(task_graph_fields)},
	[LAYOUT_MEMBER] = {member_fields,        NELEM(member_fields)    },
	[LAYOUT_OVERRIDE] = {override_fields,      NELEM(override_fields)  },
	[LAYOUT_TEAM] = {team_fields,          NELEM(team_fields)      },
	[LAYOUT_PROFILE] = {profile_fields,       NELEM(profile_fields)   },
	[LAYOUT_PROMPT] = {prompt_fields,        NELEM(prompt_fields)    },
	[LAYOUT_CUSTOM_PROMPT] = {custom_prompt_fields,
                            NELEM(custom_prompt_fields)                   },
	[LAYOUT_MAIL] = {mail_fields,          NELEM(mail_fields)      },
	[LAYOUT_OLD_MAIL] = {old_mail_fields,      NELEM(old_mail_fields)  },
	[LAYOUT_COMMAND] = {command_fields,       NELEM(command_fields)   },
	[LAYOUT_IMAGE] = {image_fields,         NELEM(image_fields)     },
};

/* --- telling --- */

void
layout_tell(struct layout_file *f, enum layout_word word, const char *field,
	    const char *text)
{
	if (word == LAYOUT_REFUSED)
		f->is_refused = true;
	if (word == LAYOUT_SKIPPED)
		f->is_skipped = true;
	f->tell(f->to, f, word, field, text);
}

void
layout_refuse(struct layout_file *f, const char *field, const char *text)
{
	layout_tell(f, LAYOUT_REFUSED, field, text);
}

void
layout_changed(struct layout_file *f, const char *field, const char *text)
{
	layout_tell(f, LAYOUT_CHANGED, field, text);
}

/* --- what no field may hold --- */

const char *
layout_below(struct layout_file *f, const char *path, const char *key)
{
	if (strlen(path) > PATH_MAX_CHARS)
		return path;
	return *path ? arena_printf(f->a, "%s.%s", path, key) : key;
}

const char *
layout_item(struct layout_file *f, const char *path, size_t n)
{
	return arena_printf(f->a, "%s[%zu]", path, n);
}

static bool
has_mark(const char *s, size_t n)
{
	return memmem(s, n, LAYOUT_NUL_MARK, 3) != NULL;
}

static void walk(struct layout_file *f, struct json_object *o,
		 const char *path);

static void
walk_members(struct layout_file *f, struct json_object *o, const char *path)
{
	json_object_object_foreach(o, key, value)
	{
		if (has_mark(key, strlen(key)))
			layout_refuse(f, path,
				      "a name in it holds a NUL character");
		walk(f, value, layout_below(f, path, key));
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
			layout_refuse(f, path, "it holds a NUL character");
		break;
	case json_type_double:
		if (!isfinite(json_object_get_double(o)))
			layout_refuse(f, path, "the number is too big");
		break;
	case json_type_object:
		walk_members(f, o, path);
		break;
	case json_type_array:
		for (size_t i = 0; i < json_object_array_length(o); i++)
			walk(f, json_object_array_get_idx(o, i),
			     layout_item(f, path, i));
		break;
	default:
		break;
	}
}

void
layout_walk(struct layout_file *f, struct json_object *o)
{
	walk(f, o, "");
}

/* --- one field --- */

bool
layout_id_ok(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && n <= ID_MAX &&
	       strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			 "0123456789_-") == n;
}

bool
layout_in_words(const char *s, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(s, *words) == 0)
			return true;
	return false;
}

bool
layout_time_of(struct json_object *v, int64_t *ms)
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

	if (!layout_time_of(json_get(in, key), &ms) || ms < 0 ||
	    ms > time_max_ms)
		layout_refuse(
			f, path,
			"must be a time: milliseconds since 1970, or ISO 8601");
	else
		put(in, key, json_object_new_int64(ms));
}

static void
check_text(struct layout_file *f, const struct member *d, struct json_object *v,
	   const char *path)
{
	const char *s;
	size_t n;

	if (!is_type(v, json_type_string)) {
		layout_refuse(f, path, "must be a text");
		return;
	}
	s = json_object_get_string(v);
	n = utf8_count(s, (size_t)json_object_get_string_len(v));
	if (n == 0 && d->flags & NOT_EMPTY)
		layout_refuse(f, path, "must not be empty");
	else if (d->max && n > d->max)
		layout_refuse(
			f, path,
			arena_printf(
				f->a,
				"has %zu characters, at most %zu are taken", n,
				d->max));
	else if (d->type == T_ID && !layout_id_ok(s))
		layout_refuse(f, path,
			      "must be an id: letters, digits, _ and -");
	else if (d->type == T_ENUM && !layout_in_words(s, d->words))
		layout_refuse(f, path,
			      arena_printf(f->a,
					   "\"%.40s\" is none of its values",
					   s));
}

/* Orderings were never checked: what is no text becomes one. */
static void
check_words(struct layout_file *f, const struct member *d,
	    struct json_object *v, const char *path)
{
	if (!is_type(v, json_type_array)) {
		layout_refuse(f, path, "must be a list of texts");
		return;
	}
	if (d->max && json_object_array_length(v) > d->max)
		layout_refuse(f, path, "is too long a list");
	for (size_t i = 0; i < json_object_array_length(v); i++) {
		struct json_object *one = json_object_array_get_idx(v, i);

		if (is_type(one, json_type_int))
			json_object_array_put_idx(
				v, i,
				json_object_new_string(
					json_object_get_string(one)));
		else if (!is_type(one, json_type_string))
			layout_refuse(f, layout_item(f, path, i),
				      "must be a text");
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
	if (s && strncmp(s, "0000", 4) != 0 && strlen(s) == 10 &&
	    clock_parse_rfc3339(span_of(arena_printf(f->a, "%sT00:00:00Z", s)),
				&ms))
		return;
	if (s && strlen(s) > 10 && clock_parse_rfc3339(span_of(s), &ms)) {
		layout_changed(f, path, "only the day of it is kept");
		put_text(in, key, arena_strndup(f->a, s, 10));
		return;
	}
	layout_refuse(f, path, "must be a day: YYYY-MM-DD");
}

/* Milliseconds measured with fractions lose them. */
static void
check_count(struct layout_file *f, const struct member *d,
	    struct json_object *in, const char *path)
{
	struct json_object *v = json_get(in, d->key);
	double n = json_object_get_double(v);

	if ((!is_type(v, json_type_int) && !is_type(v, json_type_double)) ||
	    !(n >= (d->flags & SIGNED ? -(double)d->max : 0) &&
	      n <= (double)d->max))
		layout_refuse(f, path, "must be a number of sensible size");
	else
		put(in, d->key, json_object_new_int64((int64_t)n));
}

static void
check_field(struct layout_file *f, const struct member *d,
	    struct json_object *in, const char *path)
{
	struct json_object *v = json_get(in, d->key);

	if (!v) {
		if (d->flags & NEEDED)
			layout_refuse(f, path, "is missing");
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
			layout_refuse(f, path, "must be true or false");
		break;
	case T_DATE:
		check_date(f, in, d->key, path);
		break;
	case T_COUNT:
		check_count(f, d, in, path);
		break;
	case T_OBJECT:
		if (!is_type(v, json_type_object))
			layout_refuse(f, path, "must be an object");
		break;
	case T_LIST:
		if (!is_type(v, json_type_array))
			layout_refuse(f, path, "must be a list");
		break;
	}
}

void
layout_fields(struct layout_file *f, unsigned table, struct json_object *o,
	      const char *path)
{
	const struct table *t = &tables[table];

	for (size_t i = 0; i < t->n; i++)
		check_field(f, &t->fields[i], o,
			    layout_below(f, path, t->fields[i].key));
}
