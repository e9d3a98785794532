/*
 * maestro session: agents at work.
 */
#include <string.h>

#include "core/clock.h"
#include "show.h"
#include "waiting.h"

static const char statuses[] = "spawning idle working completed failed stopped";

static const struct column columns[] = {
	{"ID",      "id",        COLUMN_TEXT,  0            },
	{"STATUS",  "status",    COLUMN_TEXT,  0            },
	{"NAME",    "name",      COLUMN_TEXT,  COLUMN_SHRINK},
	{"TASKS",   "taskIds",   COLUMN_COUNT, 0            },
	{"STARTED", "startedAt", COLUMN_TIME,  0            },
};
static const struct view list_view = {columns, NELEM(columns),
				      "There are no sessions."};

static const struct column facts[] = {
	{"id",        "id",              COLUMN_TEXT,  0},
	{"name",      "name",            COLUMN_TEXT,  0},
	{"status",    "status",          COLUMN_TEXT,  0},
	{"project",   "projectId",       COLUMN_TEXT,  0},
	{"tasks",     "taskIds",         COLUMN_WORDS, 0},
	{"parent",    "parentSessionId", COLUMN_TEXT,  0},
	{"host",      "hostname",        COLUMN_TEXT,  0},
	{"mode",      "metadata.mode",   COLUMN_TEXT,  0},
	{"model",     "metadata.model",  COLUMN_TEXT,  0},
	{"started",   "startedAt",       COLUMN_TIME,  0},
	{"activity",  "lastActivity",    COLUMN_TIME,  0},
	{"completed", "completedAt",     COLUMN_TIME,  0},
	{"archived",  "archivedAt",      COLUMN_TIME,  0},
};
static const struct view one_view = {facts, NELEM(facts), ""};

static const struct column timeline[] = {
	{"TIME",    "timestamp", COLUMN_TIME, 0            },
	{"TYPE",    "type",      COLUMN_TEXT, 0            },
	{"MESSAGE", "message",   COLUMN_TEXT, COLUMN_SHRINK},
};

static const struct column questions[] = {
	{"ID",       "id",                 COLUMN_TEXT, 0            },
	{"NAME",     "name",               COLUMN_TEXT, COLUMN_SHRINK},
	{"SINCE",    "needsInput.since",   COLUMN_TIME, 0            },
	{"QUESTION", "needsInput.message", COLUMN_TEXT, COLUMN_SHRINK},
};
static const struct view question_view = {questions, NELEM(questions),
					  "No session waits for an answer."};

enum {
	TIMELINE_SHOWN = 20
};

static const char *
path_of(struct work *w, const char *tail)
{
	return client_path(w->a, "/api/sessions/", w->args[0], tail);
}

/* --- reading ---------------------------------------------------------------
 */

static bool
list(struct work *w, struct err *e)
{
	const char *path = "/api/sessions", *status = work_flag(w, "status");

	path = client_query(w->a, path, "projectId", work_project(w));
	path = client_query(w->a, path, "taskId", work_flag(w, "task"));
	path = client_query(w->a, path, "parentSessionId",
			    work_flag(w, "parent"));
	path = client_query(w->a, path, "status", status);
	if (!status && !work_has(w, "all"))
		path = client_query(w->a, path, "active", "true");
	return show_list(w, path, &list_view, e);
}

static void
print_timeline(struct work *w, struct json_object *all)
{
	size_t n = json_object_is_type(all, json_type_array)
			   ? json_object_array_length(all)
			   : 0;
	struct json_object *rows = json_object_new_array();

	for (size_t i = n > TIMELINE_SHOWN ? n - TIMELINE_SHOWN : 0; i < n; i++)
		json_object_array_add(
			rows,
			json_object_get(json_object_array_get_idx(all, i)));
	if (n) {
		putchar('\n');
		table_print(w->a, timeline, NELEM(timeline), rows, "");
	}
	json_object_put(rows);
}

static bool
show(struct work *w, struct err *e)
{
	struct json_object *row, *needs;

	if (!show_one(w, path_of(w, ""), &one_view, &row, e))
		return false;
	if (!row)
		return true;
	needs = json_get(row, "needsInput");
	if (json_flag(needs, "active", false))
		table_long_text("waits for an answer",
				json_text(needs, "message")
					? json_text(needs, "message")
					: "(it did not say to what)");
	print_timeline(w, json_get(row, "timeline"));
	return true;
}

/* --- questions and answers -------------------------------------------------
 */

static bool
queue(struct work *w, struct err *e)
{
	struct json_object *rows;
	struct client *c;

	if (!work_client(w, &c, e) ||
	    !waiting_sessions(c, w->a, work_project(w), &rows, e))
		return false;
	show_rows(w, rows, &question_view);
	return true;
}

/* None named: who waits.  Else that session asks, as its hooks do. */
static bool
needs_input(struct work *w, struct err *e)
{
	struct client_request rq = {.method = "PATCH"};
	struct buf b = body_new(w), inner = body_new(w);
	char since[24];

	if (!w->n_args)
		return queue(w, e);
	snprintf(since, sizeof since, "%lld", (long long)clock_ms());
	body_raw(&inner, "active", work_has(w, "clear") ? "false" : "true");
	body_text(&inner, "message", w->n_args > 1 ? w->args[1] : NULL);
	body_raw(&inner, "since", since);
	buf_addc(&inner, '}');
	body_raw(&b, "needsInput", buf_str(&inner));
	rq.path = path_of(w, "");
	return body_done(&b, &rq.body, e) &&
	       show_done(w, &rq,
			 work_has(w, "clear") ? "Session goes on"
					      : "Session waits",
			 e);
}

/* From a session, or else from the person who is signed in: then what the
 * session had asked is answered with it. */
static bool
prompt(struct work *w, struct err *e)
{
	const char *from = show_session(w), *text;
	struct client_request rq = {.method = "POST"};
	struct buf b = body_new(w);

	if (!show_text(w, w->args[1], &text, e))
		return false;
	body_text(&b, "content", text);
	body_text(&b, "senderSessionId", from);
	rq.path = path_of(w, from ? "/prompt" : "/answer");
	return body_done(&b, &rq.body, e) &&
	       show_done(w, &rq, "Prompt sent", e);
}

/* clang-format off */
static const struct flag list_flags[] = {
	{"all", NULL, "those that have ended, too", NULL},
	{"status", "STATUS", "only these", statuses},
	{"task", "TASK", "only those that work on it", NULL},
	{"parent", "SESSION", "only those it started", NULL},
};
static const struct flag input_flags[] = {
	{"clear", NULL, "it does not wait any more", NULL},
};
static const struct flag prompt_flags[] = {
	{"from", "SESSION", "which session says it; else MAESTRO_SESSION_ID, else you", NULL},
};

static const struct verb verbs[] = {
	{"list", "", 0, 0, "Sessions that are active.",
	 list_flags, NELEM(list_flags), list},
	{"show", "SESSION", 1, 1, "One session and the end of its timeline.",
	 NULL, 0, show},
	{"needs-input", "[SESSION [QUESTION]]", 0, 2,
	 "Sessions that wait for an answer; or says that one does.",
	 input_flags, NELEM(input_flags), needs_input},
	{"prompt", "SESSION TEXT", 2, 2, "Tells a session something, answers its question; - reads stdin.",
	 prompt_flags, NELEM(prompt_flags), prompt},
};
/* clang-format on */

const struct noun session_noun = {
	.name = "session",
	.says = "Sessions of agents.",
	.verbs = verbs,
	.n_verbs = NELEM(verbs),
	.ids = "/api/sessions?active=true",
	.ids_of_project = true,
};
