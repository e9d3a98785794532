#include "words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/clock.h"
#include "core/utf8.h"

/* Of the board, in its order. */
const struct label labels_task_status[] = {
	{"todo",        "To do"      },
	{"in_progress", "In progress"},
	{"in_review",   "In review"  },
	{"blocked",     "Blocked"    },
	{"completed",   "Done"       },
	{"cancelled",   "Cancelled"  },
	{NULL,          NULL         },
};
/* With the one that imported tasks alone have. */
const struct label labels_task_any_status[] = {
	{"todo",        "To do"      },
        {"in_progress", "In progress"},
	{"in_review",   "In review"  },
        {"blocked",     "Blocked"    },
	{"completed",   "Done"       },
        {"cancelled",   "Cancelled"  },
	{"archived",    "Archived"   },
        {NULL,          NULL         },
};
const struct label labels_task_priority[] = {
	{"high",   "High"  },
	{"medium", "Medium"},
	{"low",    "Low"   },
	{NULL,     NULL    },
};
const struct label labels_role[] = {
	{"viewer", "Viewer"},
        {"member", "Member"},
        {"admin",  "Admin" },
	{"owner",  "Owner" },
        {NULL,     NULL    },
};
const struct label labels_role_given[] = {
	{"viewer", "Viewer"},
	{"member", "Member"},
	{"admin",  "Admin" },
	{NULL,     NULL    },
};
const struct label labels_session_status[] = {
	{"spawning",  "Starting" },
	{"idle",      "Idle"     },
	{"working",   "Working"  },
	{"completed", "Completed"},
	{"failed",    "Failed"   },
	{"stopped",   "Stopped"  },
	{NULL,        NULL       },
};
const struct label labels_session_mode[] = {
	{"worker",                  "Worker"                 },
	{"coordinator",             "Coordinator"            },
	{"coordinated-worker",      "Coordinated worker"     },
	{"coordinated-coordinator", "Coordinated coordinator"},
	{NULL,		      NULL		     },
};
const struct label labels_entry[] = {
	{"session_started",     "Started"      },
	{"session_stopped",     "Stopped"      },
	{"task_started",        "Task taken up"},
	{"task_completed",      "Task finished"},
	{"task_failed",         "Task failed"  },
	{"task_skipped",        "Task skipped" },
	{"task_blocked",        "Task blocked" },
	{"needs_input",         "Needs input"  },
	{"progress",            "Progress"     },
	{"error",               "Error"        },
	{"milestone",           "Milestone"    },
	{"doc_added",           "Document"     },
	{"prompt_received",     "Message"      },
	{"task_status_changed", "Task moved"   },
	{NULL,		  NULL           },
};
/* Of an empty column of a status. */
const struct label labels_nothing[] = {
	{"todo",        "Nothing waits."        },
	{"in_progress", "Nobody is on anything."},
	{"in_review",   "Nothing to look at."   },
	{"blocked",     "Nothing is stuck."     },
	{"completed",   "Nothing finished yet." },
	{NULL,          NULL		    },
};
const struct label labels_agent_any_mode[] = {
	{"worker",                  "Worker"                  },
	{"coordinator",             "Coordinator"             },
	{"coordinated-worker",      "Coordinated worker"      },
	{"coordinated-coordinator", "Coordinated coordinator" },
	{"execute",                 "Worker (execute)"        },
	{"coordinate",              "Coordinator (coordinate)"},
	{NULL,		      NULL		      },
};
const struct label labels_mail_type[] = {
	{"directive",     "Directive" },
	{"query",         "Question"  },
	{"assignment",    "Assignment"},
	{"response",      "Answer"    },
	{"status_update", "Status"    },
	{"notification",  "Notice"    },
	{NULL,            NULL        },
};
const struct label labels_mail_any_type[] = {
	{"directive",     "Directive" },
	{"query",         "Question"  },
	{"assignment",    "Assignment"},
	{"response",      "Answer"    },
	{"status_update", "Status"    },
	{"notification",  "Notice"    },
	{"status",        "Status"    },
	{"question",      "Question"  },
	{NULL,            NULL        },
};
const struct label labels_mail_priority[] = {
	{"normal",   "Normal"  },
        {"critical", "Critical"},
	{"high",     "High"    },
        {"low",      "Low"     },
	{NULL,       NULL      },
};

static const char *
capital(struct arena *a, const char *word)
{
	char *s = arena_strdup(a, word);

	if (*s >= 'a' && *s <= 'z')
		*s = (char)(*s - 'a' + 'A');
	return s;
}

static const char *
find_label(const struct label *list, const char *word)
{
	for (; list->word; list++) {
		if (strcmp(list->word, word) == 0)
			return list->says;
	}
	return NULL;
}

const char *
label_of(struct arena *a, const struct label *list, const char *word)
{
	const char *says = find_label(list, word);

	return says ? says : capital(a, word);
}

/* --- choices --- */

struct choices {
	const struct label *list;
	const char *chosen;
};

static struct tmpl_value
choice_value(const struct view_row *row, unsigned column)
{
	const struct choices *c = row->data;

	(void)column;
	return view_text(c->list[row->i].word);
}

static struct tmpl_value
choice_label(const struct view_row *row, unsigned column)
{
	const struct choices *c = row->data;

	(void)column;
	return view_text(c->list[row->i].says);
}

static struct tmpl_value
choice_selected(const struct view_row *row, unsigned column)
{
	const struct choices *c = row->data;

	(void)column;
	return view_flag(c->chosen &&
			 strcmp(c->list[row->i].word, c->chosen) == 0);
}

struct tmpl_value
label_choices(struct arena *a, const struct label *list, const char *chosen)
{
	static const struct view_member members[] = {
		{"value",    VIEW_MADE, 0, choice_value   },
		{"label",    VIEW_MADE, 0, choice_label   },
		{"selected", VIEW_MADE, 0, choice_selected},
	};
	struct choices *c = arena_alloc(a, sizeof *c);
	size_t n = 0;

	*c = (struct choices){list, chosen};
	while (list[n].word)
		n++;
	return view_rows_all(view_items_new(a, n, VIEW_MEMBERS(members), c));
}

static struct tmpl_value
tick_value(const struct view_row *row, unsigned column)
{
	const struct tick *ticks = row->data;

	(void)column;
	return view_text(ticks[row->i].word);
}

static struct tmpl_value
tick_label(const struct view_row *row, unsigned column)
{
	const struct tick *ticks = row->data;

	(void)column;
	return view_text(ticks[row->i].says);
}

static struct tmpl_value
tick_checked(const struct view_row *row, unsigned column)
{
	const struct tick *ticks = row->data;

	(void)column;
	return view_flag(ticks[row->i].is_on);
}

struct tmpl_value
tick_boxes(struct arena *a, const struct tick *ticks, size_t n)
{
	static const struct view_member members[] = {
		{"value",   VIEW_MADE, 0, tick_value  },
		{"label",   VIEW_MADE, 0, tick_label  },
		{"checked", VIEW_MADE, 0, tick_checked},
	};

	return view_rows_all(
		view_items_new(a, n, VIEW_MEMBERS(members), ticks));
}

/* --- times --- */

static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
				   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct tmpl_value
time_iso(struct arena *a, const char *t)
{
	char text[CLOCK_RFC3339];
	int64_t ms;

	if (!t || !clock_parse_pg(span_of(t), &ms))
		return view_nothing();
	clock_rfc3339(ms, text);
	/* Without its milliseconds: nobody shows them. */
	return view_text(arena_printf(a, "%.19sZ", text));
}

struct tmpl_value
time_text(struct arena *a, const char *t)
{
	struct tm tm;
	time_t s;
	int64_t ms;

	if (!t || !clock_parse_pg(span_of(t), &ms))
		return view_nothing();
	s = (time_t)(ms / 1000);
	gmtime_r(&s, &tm);
	return view_text(arena_printf(a, "%d %s %d, %02d:%02d UTC", tm.tm_mday,
				      months[tm.tm_mon], tm.tm_year + 1900,
				      tm.tm_hour, tm.tm_min));
}

static struct tm
today(void)
{
	time_t now = (time_t)clock_s();
	struct tm tm;

	gmtime_r(&now, &tm);
	return tm;
}

struct tmpl_value
day_text(struct arena *a, const char *day)
{
	int y, m, d;

	if (!day || sscanf(day, "%d-%2d-%2d", &y, &m, &d) != 3 || m < 1 ||
	    m > 12)
		return view_text(day);
	if (y == today().tm_year + 1900)
		return view_text(arena_printf(a, "%d %s", d, months[m - 1]));
	return view_text(arena_printf(a, "%d %s %d", d, months[m - 1], y));
}

bool
day_is_late(const char *day, const char *status)
{
	struct tm tm = today();
	char text[48];

	snprintf(text, sizeof text, "%04d-%02d-%02d", tm.tm_year + 1900,
		 tm.tm_mon + 1, tm.tm_mday);
	return day && strcmp(day, text) < 0 &&
	       strcmp(status, "completed") != 0 &&
	       strcmp(status, "cancelled") != 0;
}

/* --- numbers --- */

const char *
size_text(struct arena *a, int64_t bytes)
{
	if (bytes < 1000)
		return arena_printf(a, "%lld bytes", (long long)bytes);
	if (bytes < 999500)
		return arena_printf(a, "%lld kB",
				    (long long)(bytes + 500) / 1000);
	if (bytes < 999950000)
		return arena_printf(a, "%lld.%lld MB",
				    (long long)((bytes + 50000) / 1000000),
				    (long long)((bytes + 50000) / 100000 % 10));
	return arena_printf(a, "%lld.%lld GB",
			    (long long)((bytes + 50000000) / 1000000000),
			    (long long)((bytes + 50000000) / 100000000 % 10));
}

const char *
plural(struct arena *a, int64_t n, const char *one, const char *many)
{
	return arena_printf(a, "%lld %s", (long long)n, n == 1 ? one : many);
}

const char *
count_text(struct arena *a, const char *n)
{
	return n && strtoll(n, NULL, 10) > COUNT_MOST
		       ? arena_printf(a, "%d+", (int)COUNT_MOST)
		       : n;
}

/* --- names --- */

static bool
is_break(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '.' ||
	       c == '_' || c == '-';
}

/* The bytes of the character that begins at p. */
static size_t
char_bytes(const char *p)
{
	size_t n = 1;

	while (((unsigned char)p[n] & 0xc0) == 0x80)
		n++;
	return n;
}

const char *
initials_of(struct arena *a, const char *name)
{
	size_t n = name ? strcspn(name, "@") : 0;
	struct buf b = buf_on(a);
	bool at_start = true;
	int words = 0;

	for (size_t i = 0; i < n && words < 2;) {
		size_t bytes = char_bytes(name + i);

		if (is_break((unsigned char)name[i])) {
			at_start = true;
		} else if (at_start) {
			buf_addn(&b, name + i, bytes);
			at_start = false;
			words++;
		}
		i += bytes;
	}
	return b.n ? buf_str(&b) : "?";
}

int
tint_of(const char *id)
{
	uint32_t h = 2166136261U; /* FNV-1a */

	for (; *id; id++)
		h = (h ^ (unsigned char)*id) * 16777619U;
	return (int)(h % 5);
}

/* Signs are no letters, digits or parts of an address. */
static bool
is_sign(const char *avatar)
{
	size_t chars = utf8_count(avatar, strlen(avatar));

	if (chars < 1 || chars > 4)
		return false;
	for (const char *p = avatar; *p; p++) {
		if ((*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') ||
		    (*p >= 'a' && *p <= 'z') || strchr("/.<", *p))
			return false;
	}
	return true;
}

const char *
avatar_sign(struct arena *a, const char *avatar, const char *name)
{
	return avatar && is_sign(avatar) ? avatar : initials_of(a, name);
}

/* --- sessions and their timelines --- */

bool
status_is_live(const char *status)
{
	return strcmp(status, "spawning") == 0 || strcmp(status, "idle") == 0 ||
	       strcmp(status, "working") == 0;
}

static const struct {
	const char *type, *alone, *head, *class;
} events[] = {
	{"progress",       "Progress",             "",                 ""       },
	{"needs_input",    "Needs input",          "Needs input: ",    "ev-warn"},
	{"milestone",      "Milestone reached",    "Milestone: ",      "ev-good"},
	{"error",          "Something went wrong", "Error: ",          "ev-bad" },
	{"task_started",   "An agent took it up",  "",                 ""       },
	{"task_completed", "An agent finished it", "",                 "ev-good"},
	{"task_failed",    "An agent gave up",     "Failed: ",         "ev-bad" },
	{"task_skipped",   "An agent skipped it",  "",                 ""       },
	{"task_blocked",   "An agent is blocked",  "Blocked: ",        "ev-warn"},
	{"doc_added",      "Document added",       "Document added: ", ""       },
	{"completed",      "Done",                 "",                 "ev-good"},
};

const char *
event_class(const char *type)
{
	for (size_t i = 0; i < NELEM(events); i++) {
		if (strcmp(events[i].type, type) == 0)
			return events[i].class;
	}
	return "";
}

static const char *
spaced(struct arena *a, const char *type)
{
	char *s = arena_strdup(a, type);

	for (char *p = s; *p; p++) {
		if (*p == '_')
			*p = ' ';
	}
	return capital(a, s);
}

const char *
event_text(struct arena *a, const char *type, const char *message)
{
	for (size_t i = 0; i < NELEM(events); i++) {
		if (strcmp(events[i].type, type) != 0)
			continue;
		return message && *message
			       ? arena_printf(a, "%s%s", events[i].head,
					      message)
			       : events[i].alone;
	}
	return message && *message ? message : spaced(a, type);
}

/* --- members --- */

struct tmpl_value
made_iso(const struct view_row *row, unsigned column)
{
	return time_iso(row->a, view_cell(row, column));
}

struct tmpl_value
made_time(const struct view_row *row, unsigned column)
{
	return time_text(row->a, view_cell(row, column));
}

struct tmpl_value
made_day(const struct view_row *row, unsigned column)
{
	return day_text(row->a, view_cell(row, column));
}

struct tmpl_value
made_initials(const struct view_row *row, unsigned column)
{
	return view_text(initials_of(row->a, view_cell(row, column)));
}

struct tmpl_value
made_tint(const struct view_row *row, unsigned column)
{
	const char *id = view_cell(row, column);

	return view_int(id ? tint_of(id) : 0);
}

struct tmpl_value
made_size(const struct view_row *row, unsigned column)
{
	const char *n = view_cell(row, column);

	return view_text(size_text(row->a, n ? strtoll(n, NULL, 10) : 0));
}

struct tmpl_value
made_count(const struct view_row *row, unsigned column)
{
	return view_text(count_text(row->a, view_cell(row, column)));
}

struct tmpl_value
made_done(const struct view_row *row, unsigned column)
{
	return view_flag(strcmp(view_cell(row, column), "completed") == 0);
}

struct tmpl_value
made_title(const struct view_row *row, unsigned column)
{
	const char *title = view_cell(row, column);

	return view_text(title && *title ? title : "Untitled");
}

const char *
session_name(const char *name)
{
	return name && *name ? name : "Unnamed session";
}

struct tmpl_value
made_session(const struct view_row *row, unsigned column)
{
	return view_text(label_of(row->a, labels_session_status,
				  view_cell(row, column)));
}

struct tmpl_value
made_filled(const struct view_row *row, unsigned column)
{
	const char *text = view_cell(row, column);

	return view_text(text && *text ? text : NULL);
}
