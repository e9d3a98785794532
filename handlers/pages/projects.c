/*
 * projects - the list, a new one, its settings, its end.
 */
#include "core/log.h"
#include "domain/project_files.h"
#include "page.h"

static const char *const names[] = {"name", "description", "workingDir", NULL};

static const struct field fields[] = {
	{"name",        F_NAME, REQUIRED, 1, 1000, NULL},
	{"description", F_TEXT, 0,        0, 500,  NULL},
	{"workingDir",  F_TEXT, 0,        0, 1000, NULL},
};
static const struct entity entity = {"project", fields, NELEM(fields)};

static bool
projects_get(struct req *rq, struct err *e)
{
	struct page p;

	return page_open(rq, q_page_projects(), &p, e) &&
	       page_show(&p, "app/projects", e);
}

static bool
show_new(struct req *rq, const struct err *wrong, struct err *e)
{
	struct page p;

	if (!page_open(rq, q_page_me(), &p, e))
		return false;
	page_form(&p, names, NULL, wrong);
	return page_show(&p, "app/project_new", e);
}

static bool
project_new_get(struct req *rq, struct err *e)
{
	return show_new(rq, NULL, e);
}

static const char *
project_path(struct req *rq, const char *id, const char *tail)
{
	return arena_printf(rq->arena, "/app/projects/%s%s", id, tail);
}

static bool
projects_post(struct req *rq, struct err *e)
{
	struct json_object *body = page_input(rq, names);
	struct db_result made;
	const char *in;

	/* The API insists on it, people may leave it out. */
	if (!json_get(body, "workingDir"))
		json_object_object_add(body, "workingDir",
				       json_object_new_string(""));
	if (page_entity(rq, &entity, CREATE, body, &in, e)) {
		if (req_db_row(rq, q_project_create(in), &made, e))
			return page_go(
				rq,
				project_path(rq, db_named(&made, 0, "id"), ""),
				"project_created");
	}
	return page_again(rq, show_new, e);
}

static bool
show_settings(struct req *rq, const struct err *wrong, struct err *e)
{
	struct page p;

	if (!page_open(rq, q_page_project(req_param(rq, "id"), "settings"), &p,
		       e))
		return false;
	page_form(&p, names, json_get(p.tree, "project"), wrong);
	return page_show(&p, "app/project_settings", e);
}

static bool
settings_get(struct req *rq, struct err *e)
{
	return show_settings(rq, NULL, e);
}

static bool
settings_post(struct req *rq, struct err *e)
{
	const char *id = req_param(rq, "id");
	struct span text;
	const char *in;

	if (page_entity(rq, &entity, CREATE, page_input(rq, names), &in, e)) {
		if (req_db_text(rq, q_project_update(id, in), &text, e))
			return page_go(rq, project_path(rq, id, "/settings"),
				       "saved");
	}
	return page_again(rq, show_settings, e);
}

/* Objects have no foreign key to the project, so its files go after it, on the
 * service's word: then nobody is a member any more.  Should that fail they
 * stay as bytes that no policy shows to anybody. */
static bool
project_delete_post(struct req *rq, struct err *e)
{
	const char *const args[] = {req_param(rq, "id")};
	const struct objects_who service = {.scope = &rq->scope,
					    .as_service = true};
	struct span text;
	struct err lost;

	if (!req_db_text(
		    rq,
		    ((struct db_call){.query = Q_PROJECT_DELETE, .args = args}),
		    &text, e))
		return page_again(rq, show_settings, e);
	if (!project_files_drop(rq->ctx, rq->arena, &service, args[0], &lost))
		log_msg(LOG_LEVEL_WARN, "project_files", "%s: %s", lost.code,
			lost.message);
	return page_go(rq, "/app", "project_deleted");
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/app", projects_get, R_USER, 0, 0},
	{M_GET, "/app/projects", projects_get, R_USER, 0, 0},
	{M_POST, "/app/projects", projects_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_GET, "/app/projects/new", project_new_get, R_USER, 0, 0},
	{M_GET, "/app/projects/:id/settings", settings_get, R_USER, 0, 0},
	{M_POST, "/app/projects/:id/settings", settings_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_POST, "/app/projects/:id/delete", project_delete_post, R_USER, PAGE_FORM, PAGE_POST},
};
/* clang-format on */

const struct route_set projects_pages = {.rows = rows, .n = NELEM(rows)};
