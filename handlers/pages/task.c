/*
 * task - one task: everything about it, and the form that changes it.  When
 * two people save, the later one wins; the page says so.
 */
#include "domain/entities/entities.h"
#include "handlers/api/images.h"
#include "page.h"
#include "parts.h"
#include "words.h"

#include <string.h>

const char *const page_task_names[] = {
	"title", "description", "status", "priority", "dueDate", "tags", NULL};

struct json_object *
page_task_input(struct req *rq)
{
	static const char *const plain[] = {"?status", "?priority", NULL};
	struct json_object *o = page_input(rq, plain);
	const char *title = req_form(rq, "title");
	const char *description = req_form(rq, "description");
	const char *due = req_form(rq, "dueDate");
	const char *tags = req_form(rq, "tags");

	if (title)
		json_object_object_add(
			o, "title",
			json_object_new_string(page_tidy(rq, title, true)));
	if (description)
		json_object_object_add(o, "description",
				       json_object_new_string(page_tidy(
					       rq, description, false)));
	if (due)
		json_object_object_add(o, "dueDate",
				       *due ? json_object_new_string(due)
					    : NULL);
	if (tags)
		json_object_object_add(o, "tags", page_words(rq, tags));
	return o;
}

bool
page_need_title(struct json_object *body, struct err *e)
{
	const char *title = json_text(body, "title");

	return (title && *title) ||
	       err_field(e, "title", "title must be a text that is not blank");
}

/* --- the view: columns in the order of their statements --- */

enum {
	TASK_ID,
	TASK_TITLE,
	TASK_DESCRIPTION,
	TASK_STATUS,
	TASK_PRIORITY,
	TASK_DUE,
	TASK_TAGS,
	TASK_CREATED,
	TASK_STARTED,
	TASK_COMPLETED,
	TASK_PARENT,
	TASK_PARENT_TITLE,
	TASK_CREATOR
};

enum {
	CHILD_ID,
	CHILD_TITLE,
	CHILD_STATUS
};

enum {
	IMAGE_ID,
	IMAGE_NAME,
	IMAGE_TASK,
	IMAGE_BYTES
};

enum {
	LABEL_ID,
	LABEL_NAME,
	LABEL_COLOUR,
	LABEL_IS_ON
};

enum {
	ENTRY_TYPE,
	ENTRY_WORDS,
	ENTRY_BY,
	ENTRY_AT
};

/* The results of the page, in the order of its calls. */
enum {
	R_HEAD,
	R_TASK,
	R_CHILDREN,
	R_SESSIONS,
	R_DOCS,
	R_IMAGES,
	R_LABELS,
	R_TIMELINE,
	R_ALL
};

static struct tmpl_value
task_status(const struct view_row *row, unsigned column)
{
	return view_text(
		label_of(row->a, labels_task_status, view_cell(row, column)));
}

static struct tmpl_value
task_priority(const struct view_row *row, unsigned column)
{
	return view_text(
		label_of(row->a, labels_task_priority, view_cell(row, column)));
}

static const struct view_member parent_members[] = {
	{"id",    VIEW_TEXT, TASK_PARENT,       NULL       },
	{"title", VIEW_MADE, TASK_PARENT_TITLE, made_filled},
};

static struct tmpl_value
task_parent(const struct view_row *row, unsigned column)
{
	if (!view_cell(row, column))
		return view_nothing();
	return view_rows_at(view_rows_new(row->a, row->res,
					  VIEW_MEMBERS(parent_members), NULL),
			    row->i);
}

static const struct view_member task_members[] = {
	{"id",             VIEW_TEXT,  TASK_ID,          NULL         },
	{"title",          VIEW_MADE,  TASK_TITLE,       made_filled  },
	{"description",    VIEW_TEXT,  TASK_DESCRIPTION, NULL         },
	{"status_label",   VIEW_MADE,  TASK_STATUS,      task_status  },
	{"priority_label", VIEW_MADE,  TASK_PRIORITY,    task_priority},
	{"due",            VIEW_TEXT,  TASK_DUE,         NULL         },
	{"due_text",       VIEW_MADE,  TASK_DUE,         made_day     },
	{"tags",           VIEW_TEXTS, TASK_TAGS,        NULL         },
	{"creator",        VIEW_TEXT,  TASK_CREATOR,     NULL         },
	{"created",        VIEW_MADE,  TASK_CREATED,     made_iso     },
	{"created_text",   VIEW_MADE,  TASK_CREATED,     made_time    },
	{"started",        VIEW_MADE,  TASK_STARTED,     made_iso     },
	{"started_text",   VIEW_MADE,  TASK_STARTED,     made_time    },
	{"completed",      VIEW_MADE,  TASK_COMPLETED,   made_iso     },
	{"completed_text", VIEW_MADE,  TASK_COMPLETED,   made_time    },
	{"parent",         VIEW_MADE,  TASK_PARENT,      task_parent  },
};

static const struct view_member child_members[] = {
	{"id",           VIEW_TEXT, CHILD_ID,     NULL       },
	{"title",        VIEW_MADE, CHILD_TITLE,  made_filled},
	{"status",       VIEW_TEXT, CHILD_STATUS, NULL       },
	{"status_label", VIEW_MADE, CHILD_STATUS, task_status},
	{"is_done",      VIEW_MADE, CHILD_STATUS, made_done  },
};

static const struct view_member image_members[] = {
	{"id",        VIEW_TEXT, IMAGE_ID,    NULL     },
	{"name",      VIEW_TEXT, IMAGE_NAME,  NULL     },
	{"task",      VIEW_TEXT, IMAGE_TASK,  NULL     },
	{"size_text", VIEW_MADE, IMAGE_BYTES, made_size},
};

static struct tmpl_value
label_class(const struct view_row *row, unsigned column)
{
	return view_text(
		label_of(row->a, labels_colour_class, view_cell(row, column)));
}

static const struct view_member label_members[] = {
	{"id",    VIEW_TEXT, LABEL_ID,     NULL       },
	{"name",  VIEW_TEXT, LABEL_NAME,   NULL       },
	{"class", VIEW_MADE, LABEL_COLOUR, label_class},
	{"is_on", VIEW_FLAG, LABEL_IS_ON,  NULL       },
};

static struct tmpl_value
entry_class(const struct view_row *row, unsigned column)
{
	return view_text(event_class(view_cell(row, column)));
}

static struct tmpl_value
entry_text(const struct view_row *row, unsigned column)
{
	return view_text(event_text(row->a, view_cell(row, ENTRY_TYPE),
				    view_cell(row, column)));
}

static const struct view_member entry_members[] = {
	{"class",   VIEW_MADE, ENTRY_TYPE,  entry_class},
	{"text",    VIEW_MADE, ENTRY_WORDS, entry_text },
	{"by",      VIEW_TEXT, ENTRY_BY,    NULL       },
	{"at",      VIEW_MADE, ENTRY_AT,    made_iso   },
	{"at_text", VIEW_MADE, ENTRY_AT,    made_time  },
};

static struct tmpl_value
rows_of(struct page *p, const struct db_result *r,
	const struct view_member *members, size_t n)
{
	return view_rows_all(view_rows_new(p->rq->arena, r, members, n, NULL));
}

static void
show_children(struct page *p, struct view *task, const struct db_result *r)
{
	size_t n = db_rows(r), done = 0;

	for (size_t i = 0; i < n; i++)
		done += strcmp(db_value(r, i, CHILD_STATUS), "completed") == 0;
	view_set(task, "children", rows_of(p, r, VIEW_MEMBERS(child_members)));
	view_set(task, "has_children", view_flag(n > 0));
	view_set(task, "total", view_int((int64_t)n));
	view_set(task, "done",
		 view_text(arena_printf(p->rq->arena, "%zu", done)));
}

/* wrong may be NULL; it is of the form of the task. */
static void
show_form(struct page *p, const struct db_result *task, const struct err *wrong)
{
	const char *status = db_value(task, 0, TASK_STATUS);
	const char *priority = db_value(task, 0, TASK_PRIORITY);

	page_field(p, "title", db_value(task, 0, TASK_TITLE), wrong);
	page_field(p, "description", db_value(task, 0, TASK_DESCRIPTION),
		   wrong);
	page_field(p, "dueDate", db_value(task, 0, TASK_DUE), wrong);
	page_field(p, "tags", page_words_text(p->rq, task, TASK_TAGS), wrong);
	if (wrong) {
		status = req_form(p->rq, "status");
		priority = req_form(p->rq, "priority");
		page_wrong(p, page_task_names, wrong);
	}
	page_task_choices(p, status, priority);
}

void
page_task_choices(struct page *p, const char *status, const char *priority)
{
	struct view *choices = view_open(p->view, "choices");
	struct arena *a = p->rq->arena;

	view_set(choices, "statuses",
		 label_choices(a,
			       status && strcmp(status, "archived") == 0
				       ? labels_task_any_status
				       : labels_task_status,
			       status));
	view_set(choices, "priorities",
		 label_choices(a, labels_task_priority, priority));
	page_limits(p, &task_entity);
}

static bool
open_task(struct req *rq, struct page *p, struct db_result r[static R_ALL],
	  struct err *e)
{
	const char *id = req_param(rq, "id");
	const struct db_call calls[R_ALL] = {
		[R_HEAD] = q_page_head_task(id),
		[R_TASK] = q_page_task(id),
		[R_CHILDREN] = q_page_task_children(id),
		[R_SESSIONS] = q_page_task_sessions(id),
		[R_DOCS] = q_page_task_docs(id),
		[R_IMAGES] = q_page_task_images(id),
		[R_LABELS] = q_page_task_labels(id),
		[R_TIMELINE] = q_page_task_timeline(id),
	};
	struct arena *a = rq->arena;
	struct view *task;

	if (!page_rows(rq, calls, R_ALL, r, p, e))
		return false;
	page_tab(p, "board");
	task = view_open(p->view, "task");
	view_under(task,
		   view_rows_at(view_rows_new(a, &r[R_TASK],
					      VIEW_MEMBERS(task_members), NULL),
				0));
	show_children(p, task, &r[R_CHILDREN]);
	view_set(task, "timeline",
		 rows_of(p, &r[R_TIMELINE], VIEW_MEMBERS(entry_members)));
	view_set(task, "docs", part_docs(a, &r[R_DOCS], db_rows(&r[R_DOCS])));
	view_set(task, "has_docs", view_flag(db_rows(&r[R_DOCS]) > 0));
	view_set(task, "sessions", part_kin(a, &r[R_SESSIONS]));
	view_set(task, "has_sessions", view_flag(db_rows(&r[R_SESSIONS]) > 0));
	page_value(p, "images",
		   rows_of(p, &r[R_IMAGES], VIEW_MEMBERS(image_members)));
	page_value(p, "labels",
		   rows_of(p, &r[R_LABELS], VIEW_MEMBERS(label_members)));
	page_flag(p, "has_labels", db_rows(&r[R_LABELS]) > 0);
	page_flag(p, "is_labelled",
		  db_rows(&r[R_LABELS]) > 0 &&
			  strcmp(db_value(&r[R_LABELS], 0, LABEL_IS_ON), "t") ==
				  0);
	page_flag(p, "has_images", db_rows(&r[R_IMAGES]) > 0);
	return true;
}

static bool
show(struct req *rq, const struct err *wrong, struct err *e)
{
	struct db_result r[R_ALL];
	struct page p;

	if (!open_task(rq, &p, r, e))
		return false;
	show_form(&p, &r[R_TASK], wrong);
	return page_show(&p, "app/task", e);
}

bool
page_task_again(struct req *rq, const struct err *wrong, struct err *e)
{
	struct db_result r[R_ALL];
	struct page p;

	if (!open_task(rq, &p, r, e))
		return false;
	show_form(&p, &r[R_TASK], NULL);
	p.status = wrong->status;
	page_text(&p, "problem", wrong->message);
	return page_show(&p, "app/task", e);
}

static bool
task_page_get(struct req *rq, struct err *e)
{
	return show(rq, NULL, e);
}

static bool
task_post(struct req *rq, struct err *e)
{
	const char *id = req_param(rq, "id");
	struct json_object *body = page_task_input(rq);
	const char *status = json_text(body, "status");
	struct db_result task;
	const char *in;

	/* An imported task may be archived; its form sends that back. */
	if (status && strcmp(status, "archived") == 0)
		json_object_object_del(body, "status");
	if (page_need_title(body, e) &&
	    page_entity(rq, &task_entity, UPDATE, body, &in, e)) {
		if (req_db_row(rq, q_task_update(id, in), &task, e)) {
			struct buf to = buf_on(rq->arena);

			buf_add(&to, "/app/tasks/");
			buf_add_url(&to, id);
			return page_go(rq, buf_str(&to), "saved");
		}
	}
	return page_again(rq, show, e);
}

static bool
task_delete_post(struct req *rq, struct err *e)
{
	const char *id = req_param(rq, "id");
	struct db_result task, gone;

	/* Asked first, for the board to go back to. */
	if (!req_db_row(rq, q_task_get(id), &task, e) ||
	    !req_db_row(rq, q_task_delete(id), &gone, e))
		return false;
	image_reap(rq);
	return page_go(rq,
		       arena_printf(rq->arena, "/app/projects/%s",
				    db_named(&task, 0, "project_id")),
		       "task_deleted");
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/app/tasks/:id", task_page_get, R_USER, 0, 0},
	{M_POST, "/app/tasks/:id", task_post, R_USER, PAGE_TEXT_FORM, PAGE_POST},
	{M_POST, "/app/tasks/:id/delete", task_delete_post, R_USER, PAGE_FORM, PAGE_POST},
};
/* clang-format on */

const struct route_set task_pages = {.rows = rows, .n = NELEM(rows)};
