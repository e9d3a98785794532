/*
 * sessions - the sessions of agents: the list of a project, one of them with
 * all it wrote down, and what people do with it.
 */
#include "page.h"

#include <string.h>

#include "core/clock.h"

enum {
	ANSWER_CHARS = 1000000,
};

static const struct field answer_fields[] = {
	{"content", F_TEXT, REQUIRED, 1, ANSWER_CHARS, NULL},
};
static const struct entity answer_entity = {"answer", answer_fields,
					    NELEM(answer_fields)};

static bool
sessions_get(struct req *rq, struct err *e)
{
	static const char *const filters[] = {"q", "status", "show", NULL};

	return page_list(rq, Q_PAGE_SESSIONS, page_filter(rq, filters),
			 "app/sessions", e);
}

static bool
show(struct req *rq, const struct err *wrong, struct err *e)
{
	static const char *const names[] = {"content", "taskId", NULL};
	const char *before = req_query(rq, "before");
	int64_t seq;
	struct page p;

	if (!req_query_int(rq, "before", 1, INT64_MAX, &seq, e))
		return false;

	if (!page_open(rq,
		       q_page_session(req_param(rq, "id"),
				      before && *before ? before : NULL),
		       &p, e))
		return false;
	page_form(&p, names, NULL, wrong);
	return page_show(&p, "app/session", e);
}

static bool
session_page_get(struct req *rq, struct err *e)
{
	return show(rq, NULL, e);
}

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
stamp(struct req *rq, const char *field, const char *code, struct err *e)
{
	const char *on = req_form(rq, "on");
	struct buf b = buf_on(rq->arena);
	struct db_result row;

	if (!on || (strcmp(on, "yes") != 0 && strcmp(on, "no") != 0))
		return err_field(e, "on", "on must be yes or no");
	buf_addf(&b, "{\"%s\":", field);
	if (strcmp(on, "yes") == 0)
		buf_addf(&b, "%lld}", (long long)clock_ms());
	else
		buf_add(&b, "null}");

	return req_db_row(rq,
			  q_session_update(req_param(rq, "id"), buf_str(&b)),
			  &row, e) &&
	       go(rq, code);
}

static bool
session_archive_post(struct req *rq, struct err *e)
{
	return stamp(rq, "archivedAt", "saved", e);
}

static bool
session_check_post(struct req *rq, struct err *e)
{
	return stamp(rq, "humanCompletedAt", "saved", e);
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
	{M_GET, "/app/projects/:id/sessions", sessions_get, R_USER, 0, 0},
	{M_GET, "/app/sessions/:id", session_page_get, R_USER, 0, 0},
	{M_POST, "/app/sessions/:id/answer", session_answer_post, R_USER, PAGE_TEXT_FORM, PAGE_POST},
	{M_POST, "/app/sessions/:id/archive", session_archive_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_POST, "/app/sessions/:id/check", session_check_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_POST, "/app/sessions/:id/tasks", session_task_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_POST, "/app/sessions/:id/tasks/:taskId/remove", session_untask_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_POST, "/app/sessions/:id/delete", session_delete_post, R_USER, PAGE_FORM, PAGE_POST},
};
/* clang-format on */

const struct route_set sessions_pages = {.rows = rows, .n = NELEM(rows)};
