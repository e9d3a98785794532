/*
 * board - the columns of a project, new tasks, and moving a card.
 */
#include <string.h>

#include "domain/entities/entities.h"
#include "domain/words.h"
#include "page.h"

static const char *
or_null(const char *s)
{
	return s && *s ? s : NULL;
}

static bool
show_board(struct req *rq, const struct err *wrong, struct err *e)
{
	static const char *const names[] = {"title", NULL};
	static const char *const filters[] = {"q", "priority", "tag", "due",
					      NULL};
	struct page p;

	if (!page_open(
		    rq,
		    q_page_board(req_param(rq, "id"), page_filter(rq, filters)),
		    &p, e))
		return false;
	if (wrong) {
		page_form(&p, names, NULL, wrong);
		/* The quick form has no room for it: on top of the page. */
		page_text(&p, "problem", "A task needs a title.");
	}
	return page_show(&p, "app/board", e);
}

static bool
board_get(struct req *rq, struct err *e)
{
	return show_board(rq, NULL, e);
}

static bool
show_new(struct req *rq, const struct err *wrong, struct err *e)
{
	struct json_object *choices;
	struct page p;

	if (!page_open(rq, q_page_task_new(req_param(rq, "id")), &p, e))
		return false;
	page_tab(&p, "board");
	page_form(&p, page_task_names, NULL, wrong);
	if (wrong) {
		choices = json_get(p.view, "choices");
		page_choose(json_get(choices, "statuses"),
			    req_form(rq, "status"));
		page_choose(json_get(choices, "priorities"),
			    req_form(rq, "priority"));
	}
	return page_show(&p, "app/task_new", e);
}

static bool
task_new_get(struct req *rq, struct err *e)
{
	return show_new(rq, NULL, e);
}

/* Where the form stood: the board, or the task whose id it says. */
static const char *
way_back(struct req *rq, const char *project)
{
	const char *back = or_null(req_form(rq, "back"));
	struct buf b = buf_on(rq->arena);

	if (!back || strcmp(back, "board") == 0) {
		buf_add(&b, "/app/projects/");
		buf_add_url(&b, project);
	} else {
		buf_add(&b, "/app/tasks/");
		buf_add_url(&b, back);
	}
	return buf_str(&b);
}

static bool
tasks_post(struct req *rq, struct err *e)
{
	const char *project = req_param(rq, "id");
	const char *parent = or_null(req_form(rq, "parentId"));
	struct json_object *body = page_task_input(rq);
	struct db_result task;
	const char *in;

	json_object_object_add(body, "projectId",
			       json_object_new_string(project));
	if (parent)
		json_object_object_add(body, "parentId",
				       json_object_new_string(parent));
	if (page_need_title(body, e) &&
	    page_entity(rq, &task_entity, CREATE, body, &in, e)) {
		if (req_db_row(rq, q_task_create(in), &task, e))
			return page_go(rq, way_back(rq, project),
				       parent ? NULL : "task_created");
	}
	/* The quick form of a column stands on the board. */
	return page_again(rq,
			  or_null(req_form(rq, "back")) && !parent ? show_board
								   : show_new,
			  e);
}

static const struct field move_fields[] = {
	{"status", F_ENUM, REQUIRED, 0, 0, words_task_status},
};
static const struct entity move_entity = {"task", move_fields,
					  NELEM(move_fields)};

static bool
task_move_post(struct req *rq, struct err *e)
{
	static const char *const names[] = {"status", NULL};
	struct db_result task;
	const char *in;

	if (!page_entity(rq, &move_entity, UPDATE, page_input(rq, names), &in,
			 e))
		return false;

	if (!req_db_row(rq, q_task_update(req_param(rq, "id"), in), &task, e))
		return false;
	if (page_is_fetch(rq))
		return reply_empty(rq, 204);
	return page_go(rq, way_back(rq, db_named(&task, 0, "project_id")),
		       NULL);
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/app/projects/:id", board_get, R_USER, 0, 0},
	{M_POST, "/app/projects/:id/tasks", tasks_post, R_USER, PAGE_TEXT_FORM, PAGE_POST},
	{M_GET, "/app/projects/:id/tasks/new", task_new_get, R_USER, 0, 0},
	{M_POST, "/app/tasks/:id/move", task_move_post, R_USER, PAGE_FORM, PAGE_POST},
};
/* clang-format on */

const struct route_set board_pages = {.rows = rows, .n = NELEM(rows)};
