/*
 * sessions - the sessions of agents: the list of a project.
 */
#include "page.h"

#include <string.h>

#include "parts.h"
#include "words.h"

/* --- the list: rows of page_sessions --- */

enum {
	ROW_ID,
	ROW_NAME,
	ROW_STATUS,
	ROW_WAITS,
	ROW_QUESTION,
	ROW_IS_ARCHIVED,
	ROW_IS_CHECKED,
	ROW_MODE,
	ROW_MEMBER,
	ROW_AVATAR,
	ROW_OTHERS,
	ROW_TASKS,
	ROW_ACTIVE,
	ROW_PARENT,
	ROW_PARENT_NAME
};

enum {
	PER_PAGE = 50,
	DEPTH_MOST = 4 /* of the classes that indent a row */
};

/* The trees among the rows of a page: a row hangs under its parent when that
 * stands before it. */
struct trees {
	size_t n;
	size_t parent[PER_PAGE]; /* n: none on this page */
	unsigned depth[PER_PAGE];
};

static struct tmpl_value
row_member(const struct view_row *row, unsigned column)
{
	return part_member(
		row->a,
		&(struct part_member){.name = view_cell(row, column),
				      .avatar = view_cell(row, ROW_AVATAR),
				      .others = view_cell(row, ROW_OTHERS)});
}

static struct tmpl_value
row_coordinates(const struct view_row *row, unsigned column)
{
	return view_flag(strstr(view_cell(row, column), "coordinator") != NULL);
}

static struct tmpl_value
row_tasks_one(const struct view_row *row, unsigned column)
{
	return view_flag(strcmp(view_cell(row, column), "1") == 0);
}

static struct tmpl_value
row_depth(const struct view_row *row, unsigned column)
{
	const struct trees *t = row->data;
	unsigned depth = t->depth[row->i];

	(void)column;
	return view_int(depth > DEPTH_MOST ? DEPTH_MOST : depth);
}

static const struct view_member parent_members[] = {
	{"id",   VIEW_TEXT, ROW_PARENT,      NULL       },
	{"name", VIEW_MADE, ROW_PARENT_NAME, made_filled},
};

/* Told where the parent is not above. */
static struct tmpl_value
row_parent(const struct view_row *row, unsigned column)
{
	const struct trees *t = row->data;

	if (t->depth[row->i] > 0 || !view_cell(row, column))
		return view_nothing();
	return view_rows_at(view_rows_new(row->a, row->res,
					  VIEW_MEMBERS(parent_members), NULL),
			    row->i);
}

static const struct view_member row_members[] = {
	{"id",             VIEW_TEXT,   ROW_ID,          NULL           },
	{"name",           VIEW_MADE,   ROW_NAME,        made_filled    },
	{"status",         VIEW_TEXT,   ROW_STATUS,      NULL           },
	{"status_label",   VIEW_MADE,   ROW_STATUS,      made_session   },
	{"waits",          VIEW_FLAG,   ROW_WAITS,       NULL           },
	{"question",       VIEW_MADE,   ROW_QUESTION,    made_filled    },
	{"is_archived",    VIEW_FLAG,   ROW_IS_ARCHIVED, NULL           },
	{"is_checked",     VIEW_FLAG,   ROW_IS_CHECKED,  NULL           },
	{"is_coordinator", VIEW_MADE,   ROW_MODE,        row_coordinates},
	{"member",         VIEW_MADE,   ROW_MEMBER,      row_member     },
	{"tasks",          VIEW_NUMBER, ROW_TASKS,       NULL           },
	{"tasks_one",      VIEW_MADE,   ROW_TASKS,       row_tasks_one  },
	{"at",             VIEW_MADE,   ROW_ACTIVE,      made_iso       },
	{"at_text",        VIEW_MADE,   ROW_ACTIVE,      made_time      },
	{"depth",          VIEW_MADE,   0,               row_depth      },
	{"parent",         VIEW_MADE,   ROW_PARENT,      row_parent     },
};

static struct trees *
find_trees(struct arena *a, const struct db_result *r, size_t n)
{
	struct trees *t = arena_alloc(a, sizeof *t);

	t->n = n;
	for (size_t i = 0; i < n; i++) {
		const char *parent = db_value(r, i, ROW_PARENT);

		t->parent[i] = n;
		for (size_t k = 0; parent && k < i; k++) {
			if (strcmp(db_value(r, k, ROW_ID), parent) == 0) {
				t->parent[i] = k;
				t->depth[i] = t->depth[k] + 1;
			}
		}
	}
	return t;
}

/* NOLINTBEGIN(misc-no-recursion): at most as deep as a page has rows */

/* The rows below one, each followed by its own; of == n: those at the top. */
static void
add_below(struct view_list *list, struct view_rows *rows, const struct trees *t,
	  size_t of)
{
	for (size_t i = of == t->n ? 0 : of + 1; i < t->n; i++) {
		if (t->parent[i] != of)
			continue;
		view_add(list, view_rows_at(rows, i));
		add_below(list, rows, t, i);
	}
}

/* NOLINTEND(misc-no-recursion) */

static void
show_rows(struct page *p, const struct db_result *r)
{
	struct arena *a = p->rq->arena;
	size_t n = db_rows(r) < PER_PAGE ? db_rows(r) : PER_PAGE;
	const struct trees *t = find_trees(a, r, n);
	struct view_list *list = view_list_new(a);

	add_below(list, view_rows_new(a, r, VIEW_MEMBERS(row_members), t), t,
		  n);
	page_value(p, "sessions", view_list(list));
	page_flag(p, "has_sessions", n > 0);
}

static const struct label any_show[] = {
	{"",         "Not archived"     },
	{"active",   "Active"           },
	{"waiting",  "Waiting for input"},
	{"ended",    "Ended"            },
	{"archived", "Archived"         },
	{"all",      "All"              },
	{NULL,       NULL               },
};
static const struct label any_status[] = {
	{"",          "Any status"},
        {"working",   "Working"   },
	{"idle",      "Idle"      },
        {"spawning",  "Starting"  },
	{"completed", "Completed" },
        {"failed",    "Failed"    },
	{"stopped",   "Stopped"   },
        {NULL,        NULL        },
};

struct filter_values {
	const char *q, *show, *status;
};

static bool
says(const char *value, const char *word)
{
	return value && strcmp(value, word) == 0;
}

/* What the filter lets through, as an array of PostgreSQL. */
static const char *
statuses_of(struct arena *a, const struct filter_values *f)
{
	struct buf b = buf_on(a);

	buf_add(&b, "{");
	for (const struct label *s = labels_session_status; s->word; s++) {
		bool live = status_is_live(s->word);

		if ((f->status && strcmp(f->status, s->word) != 0) ||
		    (says(f->show, "ended") && live) ||
		    ((says(f->show, "active") || says(f->show, "waiting")) &&
		     !live))
			continue;
		buf_addf(&b, "%s%s", b.n > 1 ? "," : "", s->word);
	}
	buf_add(&b, "}");
	return buf_str(&b);
}

/* The third argument of page_sessions. */
static const char *
which_of(const struct filter_values *f)
{
	return says(f->show, "waiting") || says(f->show, "archived") ||
			       says(f->show, "all")
		       ? f->show
		       : "kept";
}

static void
show_filter(struct page *p, const struct filter_values *f)
{
	struct view *v = view_open(p->view, "filter");
	struct arena *a = p->rq->arena;

	view_set(v, "active", view_flag(f->q || f->show || f->status));
	view_set(v, "q", view_text(f->q ? f->q : ""));
	view_set(v, "status", view_text(f->status ? f->status : ""));
	view_set(v, "show", view_text(f->show ? f->show : ""));
	view_set(v, "shows",
		 label_choices(a, any_show, f->show ? f->show : ""));
	view_set(v, "statuses", label_choices(a, any_status, f->status));
}

static bool
sessions_get(struct req *rq, struct err *e)
{
	const char *project = req_param(rq, "id");
	const struct filter_values f = {req_query_text(rq, "q"),
					req_query_text(rq, "show"),
					req_query_text(rq, "status")};
	const char *statuses = statuses_of(rq->arena, &f);
	const char *which = which_of(&f);
	struct page_window w;
	struct db_result r[3];
	struct page p;

	if (!page_window(rq, PER_PAGE, &w, e))
		return false;

	const struct db_call calls[] = {
		q_page_head(project, "viewer"),
		q_page_sessions(project, statuses, which, f.q, w.skip, w.take),
		q_page_sessions_count(project, statuses, which, f.q),
	};

	if (!page_rows(rq, calls, NELEM(calls), r, &p, e))
		return false;
	page_tab(&p, "sessions");
	show_filter(&p, &f);
	show_rows(&p, &r[1]);
	page_show_window(&p, &w, db_rows(&r[1]), db_named(&r[2], 0, "n"));
	page_flag(&p, "is_empty",
		  strcmp(db_named(&r[2], 0, "is_used"), "f") == 0 && !f.q &&
			  !f.show && !f.status);
	return page_show(&p, "app/sessions", e);
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/app/projects/:id/sessions", sessions_get, R_USER, 0, 0},
};
/* clang-format on */

const struct route_set sessions_pages = {.rows = rows, .n = NELEM(rows)};
