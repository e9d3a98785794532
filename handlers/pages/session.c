/*
 * session - one session of an agent with all it wrote down, and what people do
 * with it.
 */
#include "page.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "parts.h"
#include "words.h"

enum {
	ANSWER_CHARS = 1000000,
};

static const struct field answer_fields[] = {
	{"content", F_TEXT, REQUIRED, 1, ANSWER_CHARS, NULL},
};
static const struct entity answer_entity = {"answer", answer_fields,
					    NELEM(answer_fields)};

/* --- the view: columns in the order of their statements --- */

enum {
	ENTRIES_SHOWN = 50, /* one more tells that there are older ones */
	CHILDREN_SHOWN = 50,
};

enum {
	SESS_ID,
	SESS_NAME,
	SESS_STATUS,
	SESS_MODE,
	SESS_MEMBER,
	SESS_ROLE,
	SESS_AVATAR,
	SESS_OTHERS,
	SESS_WAITS,
	SESS_QUESTION,
	SESS_ASKED,
	SESS_IS_ARCHIVED,
	SESS_IS_CHECKED,
	SESS_STARTER,
	SESS_HOST,
	SESS_PLATFORM,
	SESS_STARTED,
	SESS_ACTIVE,
	SESS_ENDED,
	SESS_CHILDREN
};

enum {
	ENTRY_SEQ,
	ENTRY_TYPE,
	ENTRY_MESSAGE,
	ENTRY_BY,
	ENTRY_DOC,
	ENTRY_TASK,
	ENTRY_TITLE,
	ENTRY_AT
};

enum {
	EVENT_TYPE,
	EVENT_DATA,
	EVENT_IS_CUT,
	EVENT_AT
};

enum {
	SAID_FROM,
	SAID_TO,
	SAID_IS_PERSON,
	SAID_IS_OWN,
	SAID_CONTENT,
	SAID_IS_CUT,
	SAID_AT
};

enum {
	TASK_ID,
	TASK_TITLE,
	TASK_STATUS
};

enum {
	CHOICE_TASK,
	CHOICE_TITLE,
	CHOICE_IS_CUT
};

/* The results of the page, in the order of its calls. */
enum {
	R_HEAD,
	R_SESSION,
	R_TIMELINE,
	R_EVENTS,
	R_PROMPTS,
	R_DOCS,
	R_TASKS,
	R_CHOICES,
	R_ABOVE,
	R_BELOW,
	R_ALL
};

static struct tmpl_value
session_member(const struct view_row *row, unsigned column)
{
	return part_member(
		row->a,
		&(struct part_member){.name = view_cell(row, column),
				      .role = view_cell(row, SESS_ROLE),
				      .avatar = view_cell(row, SESS_AVATAR),
				      .others = view_cell(row, SESS_OTHERS)});
}

static struct tmpl_value
session_is_live(const struct view_row *row, unsigned column)
{
	return view_flag(status_is_live(view_cell(row, column)));
}

static struct tmpl_value
session_mode(const struct view_row *row, unsigned column)
{
	return view_text(
		label_of(row->a, labels_session_mode, view_cell(row, column)));
}

static const struct view_member session_members[] = {
	{"id",           VIEW_TEXT, SESS_ID,          NULL           },
	{"name",         VIEW_MADE, SESS_NAME,        made_filled    },
	{"status",       VIEW_TEXT, SESS_STATUS,      NULL           },
	{"status_label", VIEW_MADE, SESS_STATUS,      made_session   },
	{"is_live",      VIEW_MADE, SESS_STATUS,      session_is_live},
	{"mode_label",   VIEW_MADE, SESS_MODE,        session_mode   },
	{"member",       VIEW_MADE, SESS_MEMBER,      session_member },
	{"waits",        VIEW_FLAG, SESS_WAITS,       NULL           },
	{"question",     VIEW_MADE, SESS_QUESTION,    made_filled    },
	{"asked",        VIEW_MADE, SESS_ASKED,       made_iso       },
	{"asked_text",   VIEW_MADE, SESS_ASKED,       made_time      },
	{"is_archived",  VIEW_FLAG, SESS_IS_ARCHIVED, NULL           },
	{"is_checked",   VIEW_FLAG, SESS_IS_CHECKED,  NULL           },
	{"starter",      VIEW_TEXT, SESS_STARTER,     NULL           },
	{"host",         VIEW_MADE, SESS_HOST,        made_filled    },
	{"platform",     VIEW_MADE, SESS_PLATFORM,    made_filled    },
	{"started",      VIEW_MADE, SESS_STARTED,     made_iso       },
	{"started_text", VIEW_MADE, SESS_STARTED,     made_time      },
	{"active",       VIEW_MADE, SESS_ACTIVE,      made_iso       },
	{"active_text",  VIEW_MADE, SESS_ACTIVE,      made_time      },
	{"ended",        VIEW_MADE, SESS_ENDED,       made_iso       },
	{"ended_text",   VIEW_MADE, SESS_ENDED,       made_time      },
};

static struct tmpl_value
entry_class(const struct view_row *row, unsigned column)
{
	return view_text(event_class(view_cell(row, column)));
}

static struct tmpl_value
entry_label(const struct view_row *row, unsigned column)
{
	return view_text(
		label_of(row->a, labels_entry, view_cell(row, column)));
}

static const struct view_member entry_task_members[] = {
	{"id",    VIEW_TEXT, ENTRY_TASK,  NULL       },
	{"title", VIEW_MADE, ENTRY_TITLE, made_filled},
};

static struct tmpl_value
entry_task(const struct view_row *row, unsigned column)
{
	if (!view_cell(row, column))
		return view_nothing();
	return view_rows_at(view_rows_new(row->a, row->res,
					  VIEW_MEMBERS(entry_task_members),
					  NULL),
			    row->i);
}

static const struct view_member entry_members[] = {
	{"icon",    VIEW_TEXT, ENTRY_TYPE,    NULL       },
	{"class",   VIEW_MADE, ENTRY_TYPE,    entry_class},
	{"label",   VIEW_MADE, ENTRY_TYPE,    entry_label},
	{"message", VIEW_MADE, ENTRY_MESSAGE, made_filled},
	{"by",      VIEW_TEXT, ENTRY_BY,      NULL       },
	{"doc",     VIEW_TEXT, ENTRY_DOC,     NULL       },
	{"task",    VIEW_MADE, ENTRY_TASK,    entry_task },
	{"at",      VIEW_MADE, ENTRY_AT,      made_iso   },
	{"at_text", VIEW_MADE, ENTRY_AT,      made_time  },
};

static const struct view_member event_members[] = {
	{"type",    VIEW_TEXT, EVENT_TYPE,   NULL     },
	{"data",    VIEW_TEXT, EVENT_DATA,   NULL     },
	{"is_cut",  VIEW_FLAG, EVENT_IS_CUT, NULL     },
	{"at",      VIEW_MADE, EVENT_AT,     made_iso },
	{"at_text", VIEW_MADE, EVENT_AT,     made_time},
};

static const struct view_member prompt_members[] = {
	{"from",      VIEW_MADE, SAID_FROM,      made_filled},
	{"to",        VIEW_MADE, SAID_TO,        made_filled},
	{"is_person", VIEW_FLAG, SAID_IS_PERSON, NULL       },
	{"is_own",    VIEW_FLAG, SAID_IS_OWN,    NULL       },
	{"content",   VIEW_TEXT, SAID_CONTENT,   NULL       },
	{"is_cut",    VIEW_FLAG, SAID_IS_CUT,    NULL       },
	{"at",        VIEW_MADE, SAID_AT,        made_iso   },
	{"at_text",   VIEW_MADE, SAID_AT,        made_time  },
};

static struct tmpl_value
task_status(const struct view_row *row, unsigned column)
{
	return view_text(label_of(row->a, labels_task_any_status,
				  view_cell(row, column)));
}

static const struct view_member task_members[] = {
	{"id",           VIEW_TEXT, TASK_ID,     NULL       },
	{"title",        VIEW_MADE, TASK_TITLE,  made_filled},
	{"status",       VIEW_TEXT, TASK_STATUS, NULL       },
	{"status_label", VIEW_MADE, TASK_STATUS, task_status},
	{"is_done",      VIEW_MADE, TASK_STATUS, made_done  },
};

static const struct view_member choice_members[] = {
	{"value",  VIEW_TEXT, CHOICE_TASK,   NULL       },
	{"title",  VIEW_MADE, CHOICE_TITLE,  made_filled},
	{"is_cut", VIEW_FLAG, CHOICE_IS_CUT, NULL       },
};

/* {has_<key>, <key>} as a member of the session. */
static void
show_list(struct view *session, const char *name, const char *has,
	  const char *key, struct tmpl_value list, size_t n)
{
	struct view *v = view_open(session, name);

	view_set(v, has, view_flag(n > 0));
	view_set(v, key, list);
}

static void
show_timeline(struct page *p, struct view *session, const struct db_result *r)
{
	struct view *v = view_open(session, "timeline");
	size_t n = db_rows(r);
	size_t first = n > ENTRIES_SHOWN ? n - ENTRIES_SHOWN : 0;
	const char *before = req_query(p->rq, "before");

	view_set(v, "has_entries", view_flag(n > 0));
	view_set(v, "is_old", view_flag(before && *before));
	view_set(v, "older",
		 view_text(first ? db_value(r, first, ENTRY_SEQ) : NULL));
	view_set(v, "entries",
		 view_rows_slice(view_rows_new(p->rq->arena, r,
					       VIEW_MEMBERS(entry_members),
					       NULL),
				 first, n - first));
}

static void
show_tree(struct page *p, struct view *session, const struct db_result r[R_ALL])
{
	struct view *v = view_open(session, "tree");
	struct arena *a = p->rq->arena;
	size_t above = db_rows(&r[R_ABOVE]), below = db_rows(&r[R_BELOW]);
	int64_t children =
		strtoll(db_value(&r[R_SESSION], 0, SESS_CHILDREN), NULL, 10);

	view_set(v, "has_kin", view_flag(above > 0 || below > 0));
	view_set(v, "above", part_kin(a, &r[R_ABOVE]));
	view_set(v, "below", part_kin(a, &r[R_BELOW]));
	if (children > COUNT_MOST)
		view_set(v, "more", view_text("many"));
	else
		view_set(v, "more",
			 view_int(children > CHILDREN_SHOWN
					  ? children - CHILDREN_SHOWN
					  : 0));
}

static void
show_session(struct page *p, const struct db_result r[R_ALL])
{
	struct view *session = view_open(p->view, "session");
	struct arena *a = p->rq->arena;

#define ROWS(i, members) \
	view_rows_all(view_rows_new(a, &r[i], VIEW_MEMBERS(members), NULL))
	view_under(
		session,
		view_rows_at(view_rows_new(a, &r[R_SESSION],
					   VIEW_MEMBERS(session_members), NULL),
			     0));
	show_timeline(p, session, &r[R_TIMELINE]);
	show_list(session, "log", "has_events", "events",
		  ROWS(R_EVENTS, event_members), db_rows(&r[R_EVENTS]));
	show_list(session, "messages", "has_prompts", "prompts",
		  ROWS(R_PROMPTS, prompt_members), db_rows(&r[R_PROMPTS]));
	show_list(session, "documents", "has_docs", "docs",
		  part_docs(a, &r[R_DOCS], db_rows(&r[R_DOCS])),
		  db_rows(&r[R_DOCS]));
	show_list(session, "work", "has_tasks", "tasks",
		  ROWS(R_TASKS, task_members), db_rows(&r[R_TASKS]));
	view_set(session, "choices", ROWS(R_CHOICES, choice_members));
	show_tree(p, session, r);
#undef ROWS
}

static bool
show(struct req *rq, const struct err *wrong, struct err *e)
{
	static const char *const names[] = {"content", "taskId", NULL};
	const char *id = req_param(rq, "id");
	const char *before = req_query_text(rq, "before");
	struct db_result r[R_ALL];
	int64_t seq;
	struct page p;

	if (!req_query_int(rq, "before", 1, INT64_MAX, &seq, e))
		return false;

	const struct db_call calls[R_ALL] = {
		[R_HEAD] = q_page_head_session(id),
		[R_SESSION] = q_page_session(id),
		[R_TIMELINE] = q_page_session_timeline(id, before),
		[R_EVENTS] = q_page_session_events(id),
		[R_PROMPTS] = q_page_session_prompts(id),
		[R_DOCS] = q_page_session_docs(id),
		[R_TASKS] = q_page_session_tasks(id),
		[R_CHOICES] = q_page_session_choices(id),
		[R_ABOVE] = q_page_session_above(id),
		[R_BELOW] = q_page_session_below(id),
	};

	if (!page_rows(rq, calls, R_ALL, r, &p, e))
		return false;
	page_tab(&p, "sessions");
	show_session(&p, r);
	page_form(&p, names, wrong);
	return page_show(&p, "app/session", e);
}

static bool
session_page_get(struct req *rq, struct err *e)
{
	return show(rq, NULL, e);
}

/* --- what people do with it --- */

static bool
go(struct req *rq, const char *code)
{
	const char *project = req_form(rq, "back");
	struct buf to = buf_on(rq->arena);

	buf_add(&to, project && *project ? "/app/projects/" : "/app/sessions/");
	buf_add_url(&to, project && *project ? project : req_param(rq, "id"));
	return page_go(rq, buf_str(&to), code);
}

/* From its own page, or from the project's front page: `back` is its id. */
static bool
session_answer_post(struct req *rq, struct err *e)
{
	static const char *const names[] = {NULL};
	struct json_object *body = page_input(rq, names);
	const char *content = req_form(rq, "content");
	struct db_result row;
	const char *in;

	if (content)
		json_object_object_add(
			body, "content",
			json_object_new_string(page_tidy(rq, content, false)));
	if (page_entity(rq, &answer_entity, CREATE, body, &in, e)) {
		if (req_db_row(rq, q_session_answer(req_param(rq, "id"), in),
			       &row, e))
			return go(rq, "answered");
	}
	return page_again(rq, show, e);
}

/* The form's `on` is yes or no: the field becomes now, or null. */
static bool
stamp(struct req *rq, const char *field, struct err *e)
{
	const char *on = req_form(rq, "on");
	struct jsonw w = jsonw_on(rq->arena);
	struct db_result row;

	if (!on || (strcmp(on, "yes") != 0 && strcmp(on, "no") != 0))
		return err_field(e, "on", "on must be yes or no");
	jsonw_begin(&w, '{');
	jsonw_key(&w, field);
	if (strcmp(on, "yes") == 0)
		jsonw_int(&w, clock_ms());
	else
		jsonw_null(&w);
	jsonw_end(&w, '}');

	return req_db_row(
		       rq,
		       q_session_update(req_param(rq, "id"), jsonw_span(&w).p),
		       &row, e) &&
	       go(rq, "saved");
}

static bool
session_archive_post(struct req *rq, struct err *e)
{
	return stamp(rq, "archivedAt", e);
}

static bool
session_check_post(struct req *rq, struct err *e)
{
	return stamp(rq, "humanCompletedAt", e);
}

static bool
session_task_post(struct req *rq, struct err *e)
{
	const char *task = req_form(rq, "taskId");
	struct db_result row;

	if (!task || !*task) {
		err_field(e, "taskId", "Choose a task");
		return page_again(rq, show, e);
	}
	return req_db_row(rq, q_session_task_add(req_param(rq, "id"), task),
			  &row, e) &&
	       go(rq, NULL);
}

static bool
session_untask_post(struct req *rq, struct err *e)
{
	struct db_result row;

	return req_db_row(rq,
			  q_session_task_remove(req_param(rq, "id"),
						req_param(rq, "taskId")),
			  &row, e) &&
	       go(rq, NULL);
}

static bool
session_delete_post(struct req *rq, struct err *e)
{
	const char *project = req_form(rq, "project");
	struct buf to = buf_on(rq->arena);
	struct db_result row;

	if (!req_db_row(rq, q_session_delete(req_param(rq, "id")), &row, e))
		return false;
	buf_add(&to, "/app");
	if (project && *project) {
		buf_add(&to, "/projects/");
		buf_add_url(&to, project);
		buf_add(&to, "/sessions");
	}
	return page_go(rq, buf_str(&to), "session_deleted");
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/app/sessions/:id", session_page_get, R_USER, 0, 0},
	{M_POST, "/app/sessions/:id/answer", session_answer_post, R_USER, PAGE_TEXT_FORM, PAGE_POST},
	{M_POST, "/app/sessions/:id/archive", session_archive_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_POST, "/app/sessions/:id/check", session_check_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_POST, "/app/sessions/:id/tasks", session_task_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_POST, "/app/sessions/:id/tasks/:taskId/remove", session_untask_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_POST, "/app/sessions/:id/delete", session_delete_post, R_USER, PAGE_FORM, PAGE_POST},
};
/* clang-format on */

const struct route_set session_pages = {.rows = rows, .n = NELEM(rows)};
