/*
 * projects - the list, a new one, its settings, its end.
 */
#include <string.h>

#include "core/log.h"
#include "domain/entities/entities.h"
#include "domain/project_files.h"
#include "page.h"
#include "words.h"

static const char *const names[] = {"name", "description", "workingDir", NULL};

/* --- the list: rows of page_projects --- */

enum {
	CARD_ID,
	CARD_NAME,
	CARD_DESCRIPTION,
	CARD_ROLE,
	CARD_WAITING,
	CARD_TOTAL,
	CARD_DONE,
	CARD_LATE,
	CARD_PEOPLE,
	CARD_PERSON,
	CARD_PERSON_NAME
};

enum {
	PER_PAGE = 50
};

static bool
is_one(const struct view_row *row, unsigned column)
{
	return strcmp(view_cell(row, column), "1") == 0;
}

static struct tmpl_value
card_is_one(const struct view_row *row, unsigned column)
{
	return view_flag(is_one(row, column));
}

static const struct view_member person_members[] = {
	{"initials", VIEW_MADE, CARD_PERSON_NAME, made_initials},
	{"tint",     VIEW_MADE, CARD_PERSON,      made_tint    },
};

/* From the first row of a project to its last. */
static size_t
run_length(const struct db_result *r, size_t from)
{
	const char *id = db_value(r, from, CARD_ID);
	size_t i = from;

	while (i < db_rows(r) && strcmp(db_value(r, i, CARD_ID), id) == 0)
		i++;
	return i - from;
}

static struct tmpl_value
card_people(const struct view_row *row, unsigned column)
{
	(void)column;
	return view_rows_slice(view_rows_new(row->a, row->res,
					     VIEW_MEMBERS(person_members),
					     NULL),
			       row->i, run_length(row->res, row->i));
}

static const struct view_member card_members[] = {
	{"id",           VIEW_TEXT,   CARD_ID,          NULL       },
	{"name",         VIEW_TEXT,   CARD_NAME,        NULL       },
	{"description",  VIEW_MADE,   CARD_DESCRIPTION, made_filled},
	{"role",         VIEW_TEXT,   CARD_ROLE,        NULL       },
	{"waiting",      VIEW_NUMBER, CARD_WAITING,     NULL       },
	{"waiting_text", VIEW_MADE,   CARD_WAITING,     made_count },
	{"waiting_one",  VIEW_MADE,   CARD_WAITING,     card_is_one},
	{"total",        VIEW_NUMBER, CARD_TOTAL,       NULL       },
	{"total_text",   VIEW_MADE,   CARD_TOTAL,       made_count },
	{"done",         VIEW_TEXT,   CARD_DONE,        NULL       },
	{"done_text",    VIEW_MADE,   CARD_DONE,        made_count },
	{"late",         VIEW_NUMBER, CARD_LATE,        NULL       },
	{"late_text",    VIEW_MADE,   CARD_LATE,        made_count },
	{"people_text",  VIEW_MADE,   CARD_PEOPLE,      made_count },
	{"people_one",   VIEW_MADE,   CARD_PEOPLE,      card_is_one},
	{"people",       VIEW_MADE,   CARD_PERSON,      card_people},
};

/* Shows a window of them; gives how many came for it. */
static size_t
show_cards(struct page *p, const struct db_result *r)
{
	struct arena *a = p->rq->arena;
	struct view_list *list = view_list_new(a);
	struct view_rows *rows =
		view_rows_new(a, r, VIEW_MEMBERS(card_members), NULL);
	size_t n = 0;

	for (size_t i = 0; i < db_rows(r); i += run_length(r, i)) {
		if (n++ < PER_PAGE)
			view_add(list, view_rows_at(rows, i));
	}
	page_value(p, "projects", view_list(list));
	return n;
}

static bool
projects_get(struct req *rq, struct err *e)
{
	struct page_window w;
	struct db_result r[2];
	struct page p;
	size_t n;

	if (!page_window(rq, PER_PAGE, &w, e))
		return false;

	const struct db_call calls[] = {
		q_page_head(NULL, "viewer"),
		q_page_projects(w.skip, w.take),
	};

	if (!page_rows(rq, calls, NELEM(calls), r, &p, e))
		return false;
	n = show_cards(&p, &r[1]);
	page_show_window(&p, &w, n, NULL);
	page_flag(&p, "has_projects", n > 0 || w.number > 1);
	return page_show(&p, "app/projects", e);
}

/* --- a new one --- */

static bool
show_new(struct req *rq, const struct err *wrong, struct err *e)
{
	struct page p;

	if (!page_alone(rq, &p, e))
		return false;
	page_limits(&p, &project_entity);
	page_form(&p, names, wrong);
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

/* The API insists on a working folder, people may leave it empty. */
static bool
check(struct req *rq, struct json_object *body, const char **out, struct err *e)
{
	const char *dir = json_text(body, "workingDir");
	bool is_empty = dir && !*dir;
	struct json_object *in;

	if (!json_get(body, "name"))
		return err_field(e, "name", "name is required");
	if (is_empty)
		json_object_object_del(body, "workingDir");
	if (!entity_check(rq->arena, &project_entity, UPDATE, body, &in, e))
		return false;
	if (is_empty)
		json_object_object_add(in, "workingDir",
				       json_object_new_string(""));
	*out = json_dump(in);
	return true;
}

static bool
projects_post(struct req *rq, struct err *e)
{
	struct json_object *body = page_input(rq, names);
	struct db_result made;
	const char *in;

	if (!json_get(body, "workingDir"))
		json_object_object_add(body, "workingDir",
				       json_object_new_string(""));
	if (check(rq, body, &in, e)) {
		if (req_db_row(rq, q_project_create(in), &made, e))
			return page_go(
				rq,
				project_path(rq, db_named(&made, 0, "id"), ""),
				"project_created");
	}
	return page_again(rq, show_new, e);
}

/* --- settings and end of one --- */

static bool
show_settings(struct req *rq, const struct err *wrong, struct err *e)
{
	const struct db_call head = q_page_head(req_param(rq, "id"), "viewer");
	struct db_result r;
	struct page p;

	if (!page_rows(rq, &head, 1, &r, &p, e))
		return false;
	page_tab(&p, "settings");
	page_limits(&p, &project_entity);
	page_field(&p, "name", db_named(&r, 0, "project_name"), wrong);
	page_field(&p, "description", db_named(&r, 0, "description"), wrong);
	page_field(&p, "workingDir", db_named(&r, 0, "working_dir"), wrong);
	if (wrong)
		page_wrong(&p, names, wrong);
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
	struct db_result project;
	const char *in;

	if (check(rq, page_input(rq, names), &in, e)) {
		if (req_db_row(rq, q_project_update(id, in), &project, e))
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
	const char *id = req_param(rq, "id");
	const struct objects_who service = {.scope = &rq->scope,
					    .as_service = true};
	struct db_result gone;
	struct err lost;

	if (!req_db_row(rq, q_project_delete(id), &gone, e))
		return page_again(rq, show_settings, e);
	if (!project_files_drop(rq->ctx, rq->arena, &service, id, &lost))
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
