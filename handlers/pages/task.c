/*
 * task - one task: everything about it, and the form that changes it.  When
 * two people save, the later one wins; the page says so.
 */
#include "domain/entities/entities.h"
#include "handlers/api/images.h"
#include "page.h"

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

static bool
show(struct req *rq, const struct err *wrong, struct err *e)
{
	struct json_object *choices;
	struct page p;

	if (!page_open(rq, q_page_task(req_param(rq, "id")), &p, e))
		return false;
	page_tab(&p, "board");
	page_form(&p, page_task_names, json_get(p.tree, "values"), wrong);
	if (wrong) {
		choices = json_get(p.tree, "choices");
		page_choose(json_get(choices, "statuses"),
			    req_form(rq, "status"));
		page_choose(json_get(choices, "priorities"),
			    req_form(rq, "priority"));
	}
	return page_show(&p, "app/task", e);
}

bool
page_task_again(struct req *rq, const struct err *wrong, struct err *e)
{
	struct page p;

	if (!page_open(rq, q_page_task(req_param(rq, "id")), &p, e))
		return false;
	page_tab(&p, "board");
	page_form(&p, page_task_names, json_get(p.tree, "values"), NULL);
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
