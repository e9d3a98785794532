/*
 * task - one task: everything about it, and the form that changes it.  When
 * two people save, the later one wins; the page says so.
 */
#include "handlers/api/images.h"
#include "handlers/words.h"
#include "page.h"

#include <string.h>

const char *const page_task_names[] = {
	"title", "description", "status", "priority", "dueDate", "tags", NULL};

static const struct field fields[] = {
	{"projectId",   F_ID,    0,        0, 0,      NULL               },
	{"parentId",    F_ID,    0,        0, 0,      NULL               },
	{"title",       F_NAME,  REQUIRED, 1, 500,    NULL               },
	{"description", F_TEXT,  0,        0, 200000, NULL               },
	{"status",      F_ENUM,  0,        0, 0,      words_task_status  },
	{"priority",    F_ENUM,  0,        0, 0,      words_task_priority},
	{"dueDate",     F_DATE,  NULLABLE, 0, 0,      NULL               },
	{"tags",        F_TEXTS, 0,        0, 50,     NULL               },
};
const struct entity page_task_entity = {"task", fields, NELEM(fields)};

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

static bool
show(struct req *rq, const struct err *wrong, struct err *e)
{
	struct json_object *choices;
	struct page p;

	if (!page_open(rq, q_page_task(req_param(rq, "id")), &p, e))
		return false;
	page_tab(&p, "board");
	page_form(&p, page_task_names, json_get(p.view, "values"), wrong);
	if (wrong) {
		choices = json_get(p.view, "choices");
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
	page_form(&p, page_task_names, json_get(p.view, "values"), NULL);
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
	struct span text;
	const char *in;

	/* An imported task may be archived; its form sends that back. */
	if (status && strcmp(status, "archived") == 0)
		json_object_object_del(body, "status");
	if (page_entity(rq, &page_task_entity, body, &in, e)) {
		if (req_db_text(rq, q_task_update(id, in), &text, e)) {
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
	const char *const args[] = {req_param(rq, "id")};
	struct json_object *task;
	struct span text;

	/* Asked first, for the board to go back to. */
	if (!req_db_text(rq,
			 ((struct db_call){.query = Q_TASK_GET, .args = args}),
			 &text, e) ||
	    !json_parse(rq->arena, text.p, text.n, &task, e) ||
	    !req_db_text(
		    rq,
		    ((struct db_call){.query = Q_TASK_DELETE, .args = args}),
		    &text, e))
		return false;
	image_reap(rq);
	return page_go(rq,
		       arena_printf(rq->arena, "/app/projects/%s",
				    json_text(task, "projectId")),
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
