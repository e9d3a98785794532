/*
 * lists - the task lists of a project: all of them in the order people gave
 * them, and one with its tasks.  What is sorted sends one move at a time:
 * {item, to} from the buttons, {item, after} from a drag.
 */
#include <string.h>

#include "domain/entities/entities.h"
#include "page.h"

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

/* --- all of them --- */

static bool
show_lists(struct req *rq, const struct err *wrong, struct err *e)
{
	struct page p;

	if (!page_open(rq, q_page_lists(req_param(rq, "id")), &p, e))
		return false;
	page_form(&p, list_names, NULL, wrong);
	page_flag(&p, "is_wrong", wrong != NULL);
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

static bool
show_list(struct req *rq, const struct err *wrong, struct err *e)
{
	const char *words = req_query(rq, "q");
	struct page p;

	if (!page_open(rq,
		       q_page_list(req_param(rq, "id"),
				   words && *words ? words : NULL),
		       &p, e))
		return false;
	page_form(&p, list_names, json_get(p.view, "values"), wrong);
	page_flag(&p, "is_wrong", wrong != NULL);
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
