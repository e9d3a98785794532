#ifndef CORE_VIEW_H
#define CORE_VIEW_H

/*
 * view - what a template shows (struct tmpl_value of core/tmpl.h), put
 * together from texts and numbers, from the rows of a query, or from json-c.
 *
 *	static const struct view_member card[] = {
 *		{"id",    VIEW_TEXT,  0, NULL    },
 *		{"title", VIEW_TEXT,  1, NULL    },
 *		{"tags",  VIEW_TEXTS, 2, NULL    },
 *		{"due",   VIEW_MADE,  3, due_text},
 *	};
 *	struct view *v = view_new(a);
 *	struct view_rows *cards = view_rows_new(a, &result, VIEW_MEMBERS(card),
 *						now);
 *
 *	view_set(v, "heading", view_text("Open"));
 *	view_set(v, "cards", view_rows_all(cards));
 *	tmpl_render(templates, "app/board", view_object(v), &b, e);
 *
 * A row costs nothing until a template asks for one of its names; then the
 * text comes straight from the result.
 *
 * Ownership: everything made here lives in the arena that was given.  Names,
 * texts, tables of members, results and json-c trees are borrowed and must
 * live until the page is rendered.
 * Failure: none (see arena.h); what is not there is nothing.
 */
#include <json-c/json_object.h>

#include "arena.h"
#include "db.h"
#include "tmpl.h"

/* --- single values --- */

struct tmpl_value view_nothing(void);
struct tmpl_value view_text(const char *s); /* NULL: nothing */
struct tmpl_value view_span(struct span s);
struct tmpl_value view_flag(bool b);
struct tmpl_value view_int(int64_t n);
/* The tree, or a part of one, with all that is in it; NULL: nothing. */
struct tmpl_value view_json(struct json_object *o);

/* --- objects and lists that are put together --- */

struct view;

struct view *view_new(struct arena *a);
/* A name that is there already gets the new value. */
void view_set(struct view *v, const char *name, struct tmpl_value value);
/* A new object as member `name` of v. */
struct view *view_open(struct view *v, const char *name);
/* Names that v has not are looked for in what lies under it: a row, a json-c
 * object, another view.  As JSON ({{{.}}}) v is its own members alone. */
void view_under(struct view *v, struct tmpl_value object);
struct tmpl_value view_object(struct view *v);

struct view_list;

struct view_list *view_list_new(struct arena *a);
void view_add(struct view_list *l, struct tmpl_value value);
struct tmpl_value view_list(struct view_list *l); /* may still grow */

/* --- rows --- */

enum view_type {
	VIEW_TEXT,
	VIEW_FLAG,   /* boolean */
	VIEW_NUMBER, /* integer, numeric */
	VIEW_TEXTS,  /* text[]: a list */
	VIEW_JSON,   /* json, jsonb: read when a template asks for it */
	VIEW_MADE,   /* by make */
};

struct view_row { /* where a member is made; all of it borrowed */
	struct arena *a;
	const struct db_result *res; /* NULL for items without a result */
	size_t i;
	const void *data; /* as given with the rows */
};

/* The text that stands in a column of it; NULL: SQL null. */
const char *view_cell(const struct view_row *row, unsigned column);

struct view_member {
	const char *name;
	enum view_type type;
	unsigned column;
	/* VIEW_MADE: called each time the name is asked for, at each place of
	 * the template that shows it; column is for its own use. */
	struct tmpl_value (*make)(const struct view_row *row, unsigned column);
};

#define VIEW_MEMBERS(table) table, NELEM(table)

struct view_rows;

/* data goes to make. */
struct view_rows *view_rows_new(struct arena *a, const struct db_result *res,
				const struct view_member *members,
				size_t n_members, const void *data);
/* The same for n things that are no rows: every member is VIEW_MADE. */
struct view_rows *view_items_new(struct arena *a, size_t n,
				 const struct view_member *members,
				 size_t n_members, const void *data);

struct tmpl_value view_rows_all(struct view_rows *r);
/* Row i as an object; nothing if there is no such row. */
struct tmpl_value view_rows_at(struct view_rows *r, size_t i);
/* Rows from, from + 1, ...: n of them at most. */
struct tmpl_value view_rows_slice(struct view_rows *r, size_t from, size_t n);
/* The rows that say `key` in `column`, which stand together (the query orders
 * by it): the cards of one column, the docs of one session.  Asked in the
 * order of the rows, all runs together cost one pass. */
struct tmpl_value view_rows_run(struct view_rows *r, unsigned column,
				const char *key);

#endif
