/*
 * labels - the labels of a project, and which of them a task has.
 */
#include "domain/entities/entities.h"
#include "page.h"
#include "words.h"

static const char *const names[] = {"name", "colour", NULL};

const struct label labels_colour[] = {
	{"grey",  "Grey" },
        {"teal",  "Teal" },
        {"green", "Green"},
	{"amber", "Amber"},
        {"red",   "Red"  },
        {NULL,    NULL   },
};
/* Classes of static/app.css, beside pill. */
const struct label labels_colour_class[] = {
	{"grey",  ""           },
        {"teal",  "pill-accent"},
        {"green", "pill-good"  },
	{"amber", "pill-warn"  },
        {"red",   "pill-bad"   },
        {NULL,    NULL         },
};

enum { /* of page_labels */
	LABEL_ID,
	LABEL_NAME,
	LABEL_COLOUR,
	LABEL_COUNT,
	LABELS_MOST = 200
};

static struct tmpl_value
label_class(const struct view_row *row, unsigned column)
{
	return view_text(
		label_of(row->a, labels_colour_class, view_cell(row, column)));
}

static struct tmpl_value
label_colours(const struct view_row *row, unsigned column)
{
	return label_choices(row->a, labels_colour, view_cell(row, column));
}

static struct tmpl_value
label_is_one(const struct view_row *row, unsigned column)
{
	return view_flag(span_is(db_span(row->res, row->i, column), "1"));
}

static const struct view_member members[] = {
	{"id",      VIEW_TEXT, LABEL_ID,     NULL         },
	{"name",    VIEW_TEXT, LABEL_NAME,   NULL         },
	{"class",   VIEW_MADE, LABEL_COLOUR, label_class  },
	{"colours", VIEW_MADE, LABEL_COLOUR, label_colours},
	{"tasks",   VIEW_MADE, LABEL_COUNT,  made_count   },
	{"is_one",  VIEW_MADE, LABEL_COUNT,  label_is_one },
};

static bool
open_labels(struct req *rq, struct page *p, struct err *e)
{
	const char *project = req_param(rq, "id");
	const struct db_call calls[] = {q_page_head(project, "viewer"),
					q_page_labels(project)};
	struct db_result r[NELEM(calls)];

	if (!page_rows(rq, calls, NELEM(calls), r, p, e))
		return false;
	page_tab(p, "board");
	page_limits(p, &label_entity);
	page_value(p, "labels",
		   view_rows_all(view_rows_new(rq->arena, &r[1],
					       VIEW_MEMBERS(members), NULL)));
	page_flag(p, "has_labels", db_rows(&r[1]) > 0);
	page_flag(p, "is_cut", db_rows(&r[1]) == LABELS_MOST);
	return true;
}

/* wrong: of the form that makes one. */
static bool
show(struct req *rq, const struct err *wrong, struct err *e)
{
	const char *colour = wrong ? req_form(rq, "colour") : NULL;
	struct page p;

	if (!open_labels(rq, &p, e))
		return false;
	page_field(&p, "name", "", wrong);
	page_value(&p, "colours",
		   label_choices(rq->arena, labels_colour,
				 colour ? colour : "grey"));
	if (wrong)
		page_wrong(&p, names, wrong);
	page_flag(&p, "is_wrong", wrong != NULL);
	return page_show(&p, "app/labels", e);
}

/* The same with the mistake of another form on top. */
static bool
show_again(struct req *rq, const struct err *wrong, struct err *e)
{
	struct page p;

	if (!open_labels(rq, &p, e))
		return false;
	page_field(&p, "name", "", NULL);
	page_value(&p, "colours",
		   label_choices(rq->arena, labels_colour, "grey"));
	page_flag(&p, "is_wrong", false);
	p.status = wrong->status == 400 ? 422 : wrong->status;
	page_text(&p, "problem", wrong->message);
	return page_show(&p, "app/labels", e);
}

static bool
labels_get(struct req *rq, struct err *e)
{
	return show(rq, NULL, e);
}

static const char *
labels_href(struct req *rq)
{
	struct buf b = buf_on(rq->arena);

	buf_add(&b, "/app/projects/");
	buf_add_url(&b, req_param(rq, "id"));
	buf_add(&b, "/labels");
	return buf_str(&b);
}

static bool
labels_post(struct req *rq, struct err *e)
{
	struct json_object *body = page_input(rq, names);
	struct db_result label;
	const char *in;

	json_object_object_add(body, "projectId",
			       json_object_new_string(req_param(rq, "id")));
	if (page_entity(rq, &label_entity, CREATE, body, &in, e) &&
	    req_db_row(rq, q_label_create(in), &label, e))
		return page_go(rq, labels_href(rq), "saved");
	return page_again(rq, show, e);
}

static bool
label_post(struct req *rq, struct err *e)
{
	struct json_object *body = page_input(rq, names);
	struct db_result label;
	const char *in;

	if (page_entity(rq, &label_entity, UPDATE, body, &in, e) &&
	    req_db_row(rq, q_label_update(req_param(rq, "labelId"), in), &label,
		       e))
		return page_go(rq, labels_href(rq), "saved");
	return page_again(rq, show_again, e);
}

static bool
label_delete_post(struct req *rq, struct err *e)
{
	struct db_result gone;

	return req_db_row(rq, q_label_delete(req_param(rq, "labelId")), &gone,
			  e) &&
	       page_go(rq, labels_href(rq), NULL);
}

/* The values of all boxes of one name, as a JSON array. */
static const char *
ids_of(struct req *rq, const char *name)
{
	struct jsonw w = jsonw_on(rq->arena);

	jsonw_begin(&w, '[');
	for (const char *s = req_form(rq, name); s;
	     s = req_form_next(rq, name, s)) {
		if (*s)
			jsonw_text(&w, s);
	}
	jsonw_end(&w, ']');
	return jsonw_span(&w).p;
}

static bool
task_labels_post(struct req *rq, struct err *e)
{
	const char *id = req_param(rq, "id");
	struct buf to = buf_on(rq->arena);
	struct db_result task;

	buf_add(&to, "/app/tasks/");
	buf_add_url(&to, id);
	return req_db_row(rq,
			  q_task_labels_set(id, ids_of(rq, "shown"),
					    ids_of(rq, "label")),
			  &task, e) &&
	       page_go(rq, buf_str(&to), "saved");
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/app/projects/:id/labels", labels_get, R_USER, 0, 0},
	{M_POST, "/app/projects/:id/labels", labels_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_POST, "/app/projects/:id/labels/:labelId", label_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_POST, "/app/projects/:id/labels/:labelId/delete", label_delete_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_POST, "/app/tasks/:id/labels", task_labels_post, R_USER, PAGE_FORM, PAGE_POST},
};
/* clang-format on */

const struct route_set labels_pages = {.rows = rows, .n = NELEM(rows)};
