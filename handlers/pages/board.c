/*
 * board - the columns of a project, new tasks, and moving a card.
 */
#include <stdlib.h>
#include <string.h>

#include "domain/entities/entities.h"
#include "domain/words.h"
#include "page.h"
#include "words.h"

static const char *
or_null(const char *s)
{
	return s && *s ? s : NULL;
}

/* --- the view ---
 *
 * Rows of page_board_cards and page_board_found, page_board_counts,
 * page_waiting: columns in the order of their statements.
 */

enum {
	CARDS_MOST = 200, /* of a column */
	WAITING_MOST = 10
};

enum {
	CARD_ID,
	CARD_TITLE,
	CARD_STATUS,
	CARD_PRIORITY,
	CARD_DUE,
	CARD_TAGS,
	CARD_LABELS,
	CARD_SUBTASKS,
	CARD_DONE,
	CARD_FOUND /* of a search only */
};

enum {
	COUNT_STATUS,
	COUNT_N
};

enum {
	WAIT_ID,
	WAIT_NAME,
	WAIT_MEMBER,
	WAIT_AVATAR,
	WAIT_QUESTION,
	WAIT_IS_CUT,
	WAIT_SINCE
};

static struct tmpl_value
card_priority(const struct view_row *row, unsigned column)
{
	return view_text(
		label_of(row->a, labels_task_priority, view_cell(row, column)));
}

static struct tmpl_value
card_is_late(const struct view_row *row, unsigned column)
{
	return view_flag(day_is_late(view_cell(row, column),
				     view_cell(row, CARD_STATUS)));
}

static const struct view_member subtask_members[] = {
	{"total", VIEW_NUMBER, CARD_SUBTASKS, NULL},
	{"done",  VIEW_NUMBER, CARD_DONE,     NULL},
};

static struct tmpl_value
card_subtasks(const struct view_row *row, unsigned column)
{
	if (strcmp(view_cell(row, column), "0") == 0)
		return view_nothing();
	return view_rows_at(view_rows_new(row->a, row->res,
					  VIEW_MEMBERS(subtask_members), NULL),
			    row->i);
}

static void
add_pill(struct arena *a, struct view_list *pills, struct tmpl_value text,
	 const char *class)
{
	struct view *pill = view_new(a);

	view_set(pill, "text", text);
	view_set(pill, "class", view_text(class));
	view_add(pills, view_object(pill));
}

static struct tmpl_value
card_pills(const struct view_row *row, unsigned column)
{
	struct view_list *pills = view_list_new(row->a);
	struct span labels = db_span(row->res, row->i, CARD_LABELS);
	struct span tags = db_span(row->res, row->i, column);
	struct span one;

	while (db_next_text(row->a, &labels, &one)) {
		struct span name = one, colour = span_cut(&name, ' ');

		add_pill(row->a, pills, view_span(name),
			 label_of(row->a, labels_colour_class,
				  arena_strndup(row->a, colour.p, colour.n)));
	}
	while (db_next_text(row->a, &tags, &one))
		add_pill(row->a, pills, view_span(one), NULL);
	return view_list(pills);
}

static const struct view_member card_members[] = {
	{"id",             VIEW_TEXT, CARD_ID,       NULL         },
	{"title",          VIEW_MADE, CARD_TITLE,    made_filled  },
	{"status",         VIEW_TEXT, CARD_STATUS,   NULL         },
	{"priority",       VIEW_TEXT, CARD_PRIORITY, NULL         },
	{"priority_label", VIEW_MADE, CARD_PRIORITY, card_priority},
	{"due",            VIEW_TEXT, CARD_DUE,      NULL         },
	{"due_text",       VIEW_MADE, CARD_DUE,      made_day     },
	{"is_late",        VIEW_MADE, CARD_DUE,      card_is_late },
	{"is_done",        VIEW_MADE, CARD_STATUS,   made_done    },
	{"pills",          VIEW_MADE, CARD_TAGS,     card_pills   },
	{"subtasks",       VIEW_MADE, CARD_SUBTASKS, card_subtasks},
};

/* What the board is made of, besides its head. */
struct board {
	struct page p;
	bool is_filtered, may_write;
	const struct db_result *cards, *counts; /* counts: unless filtered */
	struct view_rows *rows;                 /* of cards */
	int64_t total;
};

/* How many cards the column has, shown or not. */
static int64_t
column_count(const struct board *b, const char *status)
{
	const struct db_result *r = b->is_filtered ? b->cards : b->counts;
	size_t key = b->is_filtered ? CARD_STATUS : COUNT_STATUS;
	size_t n = b->is_filtered ? CARD_FOUND : COUNT_N;

	for (size_t i = 0; i < db_rows(r); i++) {
		if (strcmp(db_value(r, i, key), status) == 0)
			return strtoll(db_value(r, i, n), NULL, 10);
	}
	return 0;
}

static struct view *
make_column(struct board *b, const struct label *status)
{
	struct arena *a = b->p.rq->arena;
	struct view *v = view_new(a);
	int64_t n = column_count(b, status->word);
	const char *count = arena_printf(a, "%lld", (long long)n);

	b->total += n;
	view_set(v, "status", view_text(status->word));
	view_set(v, "label", view_text(status->says));
	view_set(v, "count", view_text(count_text(a, count)));
	view_set(v, "cards", view_rows_run(b->rows, CARD_STATUS, status->word));
	view_set(v, "is_none", view_flag(n == 0));
	view_set(v, "none_text",
		 b->is_filtered ? view_nothing()
				: view_text(label_of(a, labels_nothing,
						     status->word)));
	if (n > CARDS_MOST)
		view_set(v, "more",
			 view_text(n > COUNT_MOST
					   ? "many"
					   : arena_printf(a, "%lld",
							  (long long)n -
								  CARDS_MOST)));
	else
		view_set(v, "more", view_nothing());
	view_set(v, "may_write", view_flag(b->may_write));
	view_set(v, "statuses",
		 label_choices(a, labels_task_status, status->word));
	return v;
}

static void
show_columns(struct board *b)
{
	struct view_list *columns = view_list_new(b->p.rq->arena);

	b->rows = view_rows_new(b->p.rq->arena, b->cards,
				VIEW_MEMBERS(card_members), NULL);
	page_value(&b->p, "cancelled", view_nothing());
	for (const struct label *s = labels_task_status; s->word; s++) {
		struct view *column = make_column(b, s);

		if (strcmp(s->word, "cancelled") != 0)
			view_add(columns, view_object(column));
		else if (column_count(b, s->word) > 0)
			page_value(&b->p, "cancelled", view_object(column));
	}
	page_value(&b->p, "columns", view_list(columns));
	page_flag(&b->p, "is_empty", b->total == 0 && !b->is_filtered);
	page_number(&b->p, "found", b->total);
	page_flag(&b->p, "found_one", b->total == 1);
}

/* --- the queue: sessions that wait for a person --- */

/* A sign or two stand for themselves, else initials stand for the name. */
static struct tmpl_value
wait_sign(const struct view_row *row, unsigned column)
{
	const char *sign = view_cell(row, column);

	return view_text(
		avatar_sign(row->a, sign, view_cell(row, WAIT_MEMBER)));
}

static const struct view_member wait_who_members[] = {
	{"name",     VIEW_TEXT, WAIT_MEMBER, NULL     },
	{"initials", VIEW_MADE, WAIT_AVATAR, wait_sign},
	{"tint",     VIEW_MADE, WAIT_MEMBER, made_tint},
};

static struct tmpl_value
wait_member(const struct view_row *row, unsigned column)
{
	const char *name = view_cell(row, column);

	if (!name || !*name)
		return view_nothing();
	return view_rows_at(view_rows_new(row->a, row->res,
					  VIEW_MEMBERS(wait_who_members), NULL),
			    row->i);
}

static const struct view_member wait_members[] = {
	{"id",         VIEW_TEXT, WAIT_ID,       NULL       },
	{"name",       VIEW_MADE, WAIT_NAME,     made_filled},
	{"member",     VIEW_MADE, WAIT_MEMBER,   wait_member},
	{"question",   VIEW_MADE, WAIT_QUESTION, made_filled},
	{"is_cut",     VIEW_FLAG, WAIT_IS_CUT,   NULL       },
	{"asked",      VIEW_MADE, WAIT_SINCE,    made_iso   },
	{"asked_text", VIEW_MADE, WAIT_SINCE,    made_time  },
};

static void
show_queue(struct page *p, const struct db_result *head,
	   const struct db_result *waiting)
{
	int64_t n = strtoll(db_named(head, 0, "waiting"), NULL, 10);
	struct view *queue;

	page_value(p, "queue", view_nothing());
	if (db_rows(waiting) == 0)
		return;
	queue = view_open(p->view, "queue");
	view_set(
		queue, "sessions",
		view_rows_all(view_rows_new(p->rq->arena, waiting,
					    VIEW_MEMBERS(wait_members), NULL)));
	view_set(queue, "more",
		 view_int(n > WAITING_MOST ? n - WAITING_MOST : 0));
	view_set(queue, "more_one", view_flag(n == WAITING_MOST + 1));
}

/* --- the filter --- */

static const struct label any_due[] = {
	{"",     "Any date"   },
        {"late", "Overdue"    },
        {"week", "Next 7 days"},
	{"none", "No date"    },
        {NULL,   NULL         },
};
static const struct label any_priority[] = {
	{"",       "Any priority"},
        {"high",   "High"        },
        {"medium", "Medium"      },
	{"low",    "Low"         },
        {NULL,     NULL          },
};

struct filter_values {
	const char *q, *priority, *tag, *due, *label;
};

/* "", any; then what the rows say in their first column and, for people, in
 * the column `says`. */
static const struct label *
row_labels(struct arena *a, const char *any, const struct db_result *r,
	   size_t says)
{
	struct label *list = arena_alloc(a, (db_rows(r) + 2) * sizeof *list);
	size_t n = db_rows(r);

	list[0] = (struct label){"", any};
	for (size_t i = 0; i < n; i++)
		list[i + 1] =
			(struct label){db_value(r, i, 0), db_value(r, i, says)};
	list[n + 1] = (struct label){NULL, NULL};
	return list;
}

static void
add_select(struct board *b, struct view_list *selects, const char *name,
	   const char *says, const struct label *choices, const char *chosen)
{
	struct arena *a = b->p.rq->arena;
	struct view *v = view_new(a);

	view_set(v, "name", view_text(name));
	view_set(v, "says", view_text(says));
	view_set(v, "choices", label_choices(a, choices, chosen));
	view_add(selects, view_object(v));
}

static void
show_filter(struct board *b, const struct filter_values *f,
	    const struct db_result *tags, const struct db_result *labels)
{
	struct view *v = view_open(b->p.view, "filter");
	struct arena *a = b->p.rq->arena;
	struct view_list *selects = view_list_new(a);

	add_select(b, selects, "priority", "Priority", any_priority,
		   f->priority);
	if (db_rows(labels) > 0)
		add_select(b, selects, "label", "Label",
			   row_labels(a, "Any label", labels, 1), f->label);
	add_select(b, selects, "tag", "Tag", row_labels(a, "Any tag", tags, 0),
		   f->tag);
	add_select(b, selects, "due", "Due", any_due, f->due);
	view_set(v, "active", view_flag(b->is_filtered));
	view_set(v, "q", view_text(f->q ? f->q : ""));
	view_set(v, "selects", view_list(selects));
}

static bool
show_board(struct req *rq, const struct err *wrong, struct err *e)
{
	static const char statuses[] =
		"{todo,in_progress,in_review,blocked,completed,cancelled}";
	const char *project = req_param(rq, "id");
	const struct filter_values f = {
		req_query_text(rq, "q"), req_query_text(rq, "priority"),
		req_query_text(rq, "tag"), req_query_text(rq, "due"),
		req_query_text(rq, "label")};
	struct board b = {.is_filtered = f.q || f.priority || f.tag || f.due ||
					 f.label};
	const struct db_call calls[] = {
		q_page_head(project, "viewer"),
		q_page_tags(project),
		q_page_waiting(project),
		q_page_label_names(project),
		b.is_filtered
			? q_page_board_found(project, statuses, f.q, f.priority,
					     f.tag, f.due, f.label)
			: q_page_board_cards(project, statuses),
		q_page_board_counts(project, statuses),
	};
	struct db_result r[NELEM(calls)];

	if (!page_rows(rq, calls, b.is_filtered ? 5 : 6, r, &b.p, e))
		return false;
	b.may_write = page_may_write(&r[0]);
	b.cards = &r[4];
	b.counts = &r[5];
	page_tab(&b.p, "board");
	page_limits(&b.p, &task_entity);
	show_queue(&b.p, &r[0], &r[2]);
	show_filter(&b, &f, &r[1], &r[3]);
	show_columns(&b);
	if (wrong) {
		b.p.status = wrong->status == 400 ? 422 : wrong->status;
		/* The quick form has no room for it: on top of the page. */
		page_text(&b.p, "problem", "A task needs a title.");
	}
	return page_show(&b.p, "app/board", e);
}

static bool
board_get(struct req *rq, struct err *e)
{
	return show_board(rq, NULL, e);
}

static bool
show_new(struct req *rq, const struct err *wrong, struct err *e)
{
	const struct db_call head = q_page_head(req_param(rq, "id"), "member");
	struct db_result r;
	struct page p;

	if (!page_rows(rq, &head, 1, &r, &p, e))
		return false;
	page_tab(&p, "board");
	page_form(&p, page_task_names, wrong);
	page_task_choices(&p, wrong ? req_form(rq, "status") : "todo",
			  wrong ? req_form(rq, "priority") : "medium");
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
