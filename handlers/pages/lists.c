/*
 * lists - the task lists of a project: all of them in the order people gave
 * them, and one with its tasks.  What is sorted sends one move at a time:
 * {item, to} from the buttons, {item, after} from a drag.
 */
#include <stdlib.h>
#include <string.h>

#include "domain/entities/entities.h"
#include "page.h"
#include "words.h"

enum {
	LISTS_MOST = 200, /* as q_page_lists() is asked, less one */
	TASKS_MOST = 500, /* of a list */
};

static const char *const list_names[] = {"name", "description", NULL};

static const char *const ways[] = {"up", "down", NULL};
static const struct field move_fields[] = {
	{"item",  F_ID,   REQUIRED, 0, 0,   NULL},
	{"to",    F_ENUM, 0,        0, 0,   ways},
	{"after", F_TEXT, 0,        0, 128, NULL},
};
static const struct entity move_entity = {"order", move_fields,
					  NELEM(move_fields)};

static const char *
lists_href(struct req *rq, const char *project)
{
	struct buf b = buf_on(rq->arena);

	buf_add(&b, "/app/projects/");
	buf_add_url(&b, project);
	buf_add(&b, "/lists");
	return buf_str(&b);
}

/* at: what to come back to, an id of the page; may be NULL. */
static const char *
list_href(struct req *rq, const char *list, const char *at)
{
	struct buf b = buf_on(rq->arena);

	buf_add(&b, "/app/lists/");
	buf_add_url(&b, list);
	if (at) {
		buf_add(&b, "#item-");
		buf_add_url(&b, at);
	}
	return buf_str(&b);
}

/* --- the view: columns in the order of their statements --- */

enum {
	LIST_ID,
	LIST_NAME,
	LIST_DESCRIPTION,
	LIST_TOTAL,
	LIST_DONE /* null: too many to count */
};

enum {
	TASK_ID,
	TASK_TITLE,
	TASK_STATUS,
	TASK_PRIORITY,
	TASK_DUE
};

/* Of rows that can be sorted: how many there are, shown or not. */
struct order {
	size_t n;
};

static struct tmpl_value
order_first(const struct view_row *row, unsigned column)
{
	(void)column;
	return view_flag(row->i == 0);
}

static struct tmpl_value
order_last(const struct view_row *row, unsigned column)
{
	const struct order *o = row->data;

	(void)column;
	return view_flag(row->i + 1 == o->n);
}

/* "0" is a number to show, and an object is there even then. */
static const struct view_member done_members[] = {
	{"n", VIEW_TEXT, LIST_DONE, NULL},
};

static struct tmpl_value
list_done(const struct view_row *row, unsigned column)
{
	if (!view_cell(row, column))
		return view_nothing();
	return view_rows_at(view_rows_new(row->a, row->res,
					  VIEW_MEMBERS(done_members), NULL),
			    row->i);
}

static const struct view_member list_members[] = {
	{"id",          VIEW_TEXT,   LIST_ID,          NULL       },
	{"name",        VIEW_TEXT,   LIST_NAME,        NULL       },
	{"description", VIEW_MADE,   LIST_DESCRIPTION, made_filled},
	{"total",       VIEW_NUMBER, LIST_TOTAL,       NULL       },
	{"done",        VIEW_MADE,   LIST_DONE,        list_done  },
	{"is_first",    VIEW_MADE,   0,                order_first},
	{"is_last",     VIEW_MADE,   0,                order_last },
};

static struct tmpl_value
task_status(const struct view_row *row, unsigned column)
{
	return view_text(label_of(row->a, labels_task_any_status,
				  view_cell(row, column)));
}

static struct tmpl_value
task_priority(const struct view_row *row, unsigned column)
{
	return view_text(
		label_of(row->a, labels_task_priority, view_cell(row, column)));
}

static struct tmpl_value
task_is_late(const struct view_row *row, unsigned column)
{
	return view_flag(day_is_late(view_cell(row, column),
				     view_cell(row, TASK_STATUS)));
}

static const struct view_member task_members[] = {
	{"id",             VIEW_TEXT, TASK_ID,       NULL         },
	{"name",           VIEW_MADE, TASK_TITLE,    made_title   },
	{"status",         VIEW_TEXT, TASK_STATUS,   NULL         },
	{"status_label",   VIEW_MADE, TASK_STATUS,   task_status  },
	{"is_done",        VIEW_MADE, TASK_STATUS,   made_done    },
	{"priority",       VIEW_TEXT, TASK_PRIORITY, NULL         },
	{"priority_label", VIEW_MADE, TASK_PRIORITY, task_priority},
	{"due",            VIEW_TEXT, TASK_DUE,      NULL         },
	{"due_text",       VIEW_MADE, TASK_DUE,      made_day     },
	{"is_late",        VIEW_MADE, TASK_DUE,      task_is_late },
	{"is_first",       VIEW_MADE, 0,             order_first  },
	{"is_last",        VIEW_MADE, 0,             order_last   },
};
static const struct view_member found_members[] = {
	{"id",           VIEW_TEXT, TASK_ID,     NULL       },
	{"name",         VIEW_MADE, TASK_TITLE,  made_title },
	{"status",       VIEW_TEXT, TASK_STATUS, NULL       },
	{"status_label", VIEW_MADE, TASK_STATUS, task_status},
};

static const struct order *
order_of(struct page *p, size_t n)
{
	struct order *o = arena_alloc(p->rq->arena, sizeof *o);

	o->n = n;
	return o;
}

/* The form of one list, or of a new one (list NULL). */
static void
show_form(struct page *p, const struct db_result *list, const struct err *wrong)
{
	page_field(p, "name", list ? db_value(list, 0, LIST_NAME) : NULL,
		   wrong);
	page_field(p, "description",
		   list ? db_value(list, 0, LIST_DESCRIPTION) : NULL, wrong);
	if (wrong)
		page_wrong(p, list_names, wrong);
	page_flag(p, "is_wrong", wrong != NULL);
	page_limits(p, &tasklist_entity);
}

/* --- all of them --- */

static bool
show_lists(struct req *rq, const struct err *wrong, struct err *e)
{
	const char *project = req_param(rq, "id");
	const struct db_call calls[] = {q_page_head(project, "viewer"),
					q_page_lists(project, "201")};
	struct db_result r[NELEM(calls)];
	struct page p;
	size_t n;

	if (!page_rows(rq, calls, NELEM(calls), r, &p, e))
		return false;
	n = db_rows(&r[1]);
	page_tab(&p, "lists");
	page_value(&p, "lists",
		   view_rows_slice(view_rows_new(rq->arena, &r[1],
						 VIEW_MEMBERS(list_members),
						 order_of(&p, n)),
				   0, LISTS_MOST));
	page_flag(&p, "has_lists", n > 0);
	page_flag(&p, "has_more", n > LISTS_MOST);
	show_form(&p, NULL, wrong);
	return page_show(&p, "app/lists", e);
}

static bool
lists_page_get(struct req *rq, struct err *e)
{
	return show_lists(rq, NULL, e);
}

static bool
lists_post(struct req *rq, struct err *e)
{
	static const char *const names[] = {"name", "?description", NULL};
	struct json_object *body = page_input(rq, names);
	struct db_result list;
	const char *in;

	json_object_object_add(body, "projectId",
			       json_object_new_string(req_param(rq, "id")));
	if (page_entity(rq, &tasklist_entity, CREATE, body, &in, e)) {
		if (req_db_row(rq, q_tasklist_create(in), &list, e))
			return page_go(
				rq,
				list_href(rq, db_named(&list, 0, "id"), NULL),
				"list_created");
	}
	return page_again(rq, show_lists, e);
}

/* Where the item went, once it went there. */
static bool
move(struct req *rq, unsigned query, const char **item, struct err *e)
{
	static const char *const names[] = {"item", "?to", "after", NULL};
	struct json_object *body = page_input(rq, names);
	const char *in;

	if (!page_entity(rq, &move_entity, CREATE, body, &in, e))
		return false;
	*item = json_text(body, "item");

	const char *const args[] = {req_param(rq, "id"), in};

	return req_db_exec(rq, (struct db_call){.query = query, .args = args},
			   e);
}

static bool
lists_order_post(struct req *rq, struct err *e)
{
	const char *item;

	if (!move(rq, Q_TASKLISTS_MOVE, &item, e))
		return false;
	if (page_is_fetch(rq))
		return reply_empty(rq, 204);
	return page_go(rq,
		       arena_printf(rq->arena, "%s#item-%s",
				    lists_href(rq, req_param(rq, "id")), item),
		       NULL);
}

/* --- one --- */

static struct view_rows *
rows_of(struct page *p, const struct db_result *r,
	const struct view_member *members, size_t n, const struct order *order)
{
	return view_rows_new(p->rq->arena, r, members, n, order);
}

/* words NULL: what is offered unasked. */
static void
show_search(struct page *p, const char *words, const struct db_result *found)
{
	struct view *search = view_open(p->view, "search");

	view_set(search, "q", view_text(words ? words : ""));
	view_set(search, "active", view_flag(words != NULL));
	view_set(search, "found",
		 view_rows_all(
			 rows_of(p, found, VIEW_MEMBERS(found_members), NULL)));
}

static void
show_tasks(struct page *p, const struct db_result *list,
	   const struct db_result *tasks)
{
	int64_t total = strtoll(db_value(list, 0, LIST_TOTAL), NULL, 10);
	struct view *v = view_open(p->view, "list");
	const struct order *order = order_of(p, (size_t)total);

	view_under(v, view_rows_at(rows_of(p, list, VIEW_MEMBERS(list_members),
					   order),
				   0));
	view_set(v, "tasks",
		 view_rows_all(
			 rows_of(p, tasks, VIEW_MEMBERS(task_members), order)));
	view_set(v, "has_tasks", view_flag(total > 0));
	view_set(v, "more",
		 view_int(total > TASKS_MOST ? total - TASKS_MOST : 0));
}

static bool
show_list(struct req *rq, const struct err *wrong, struct err *e)
{
	enum {
		HEAD,
		LIST,
		TASKS,
		FOUND,
		ALL
	};

	const char *id = req_param(rq, "id");
	const char *words = req_query_text(rq, "q");
	const struct db_call calls[ALL] = {
		[HEAD] = q_page_head_list(id),
		[LIST] = q_page_list(id),
		[TASKS] = q_page_list_tasks(id),
		[FOUND] = words ? q_page_list_found(id, words)
				: q_page_list_open(id),
	};
	struct db_result r[ALL];
	struct page p;

	if (!page_rows(rq, calls, ALL, r, &p, e))
		return false;
	page_tab(&p, "lists");
	show_tasks(&p, &r[LIST], &r[TASKS]);
	page_value(&p, "search", view_nothing());
	if (page_may_write(&r[HEAD]))
		show_search(&p, words, &r[FOUND]);
	show_form(&p, &r[LIST], wrong);
	return page_show(&p, "app/list", e);
}

static bool
list_page_get(struct req *rq, struct err *e)
{
	return show_list(rq, NULL, e);
}

static bool
list_post(struct req *rq, struct err *e)
{
	const char *id = req_param(rq, "id");
	struct json_object *body = page_input(rq, list_names);
	const char *description = json_text(body, "description");
	struct db_result list;
	const char *in;

	if (description && !*description)
		json_object_object_add(body, "description", NULL);
	if (page_entity(rq, &tasklist_entity, UPDATE, body, &in, e)) {
		if (req_db_row(rq, q_tasklist_update(id, in), &list, e))
			return page_go(rq, list_href(rq, id, NULL), "saved");
	}
	return page_again(rq, show_list, e);
}

static bool
list_delete_post(struct req *rq, struct err *e)
{
	const char *id = req_param(rq, "id");
	struct db_result list, gone;

	/* Asked first, for the project to go back to. */
	if (!req_db_row(rq, q_tasklist_get(id), &list, e) ||
	    !req_db_row(rq, q_tasklist_delete(id), &gone, e))
		return false;
	return page_go(rq, lists_href(rq, db_named(&list, 0, "project_id")),
		       "list_deleted");
}

static bool
list_task_post(struct req *rq, struct err *e)
{
	const char *id = req_param(rq, "id");
	const char *task = req_form(rq, "taskId");
	struct db_result list;

	return req_db_row(rq, q_tasklist_add(id, task ? task : ""), &list, e) &&
	       page_go(rq, list_href(rq, id, task), "listed");
}

static bool
list_task_remove_post(struct req *rq, struct err *e)
{
	const char *id = req_param(rq, "id");
	struct db_result list;

	return req_db_row(rq, q_tasklist_remove(id, req_param(rq, "taskId")),
			  &list, e) &&
	       page_go(rq, list_href(rq, id, NULL), "unlisted");
}

static bool
list_order_post(struct req *rq, struct err *e)
{
	const char *item;

	if (!move(rq, Q_TASKLIST_MOVE, &item, e))
		return false;
	if (page_is_fetch(rq))
		return reply_empty(rq, 204);
	return page_go(rq, list_href(rq, req_param(rq, "id"), item), NULL);
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/app/projects/:id/lists", lists_page_get, R_USER, 0, 0},
	{M_POST, "/app/projects/:id/lists", lists_post, R_USER, PAGE_TEXT_FORM, PAGE_POST},
	{M_POST, "/app/projects/:id/lists/order", lists_order_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_GET, "/app/lists/:id", list_page_get, R_USER, 0, 0},
	{M_POST, "/app/lists/:id", list_post, R_USER, PAGE_TEXT_FORM, PAGE_POST},
	{M_POST, "/app/lists/:id/delete", list_delete_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_POST, "/app/lists/:id/order", list_order_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_POST, "/app/lists/:id/tasks", list_task_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_POST, "/app/lists/:id/tasks/:taskId/remove", list_task_remove_post, R_USER, PAGE_FORM, PAGE_POST},
};
/* clang-format on */

const struct route_set lists_pages = {.rows = rows, .n = NELEM(rows)};
