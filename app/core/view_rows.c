/*
 * Rows of a result as values.  A row is the pair (rows, index): `at` of the
 * value is the index, and of a list of rows the first of its `n`.
 */
#include "view.h"

#include <string.h>

#include "json.h"

struct view_rows {
	struct arena *a;
	struct db_result res;
	bool has_res;
	size_t n;
	const struct view_member *members;
	size_t n_members;
	const void *data;
	size_t cursor; /* where the last run starts */
};

/* --- rows --------------------------------------------------------------- */

static struct tmpl_value
texts_of(struct arena *a, struct span rest)
{
	struct view_list *l = view_list_new(a);
	struct span s;

	while (db_next_text(a, &rest, &s))
		view_add(l, s.p ? view_span(s) : view_nothing());
	return view_list(l);
}

static struct tmpl_value
json_of(struct arena *a, struct span s)
{
	struct json_object *o;
	struct err e;

	/* PostgreSQL knows it for JSON; what json-c cannot hold is nothing. */
	return json_parse(a, s.p, s.n, &o, &e) ? view_json(o) : view_nothing();
}

static struct tmpl_value
row_value(const struct view_rows *r, size_t i, const struct view_member *m)
{
	struct view_row row = {r->a, r->has_res ? &r->res : NULL, i, r->data};
	struct span s;

	if (m->type == VIEW_MADE)
		return m->make(&row, m->column);
	if (!r->has_res || !db_value(&r->res, i, m->column))
		return view_nothing();
	s = db_span(&r->res, i, m->column);
	switch (m->type) {
	case VIEW_FLAG:
		return view_flag(span_is(s, "t"));
	case VIEW_NUMBER:
		return (struct tmpl_value){.kind = TMPL_NUMBER, .text = s};
	case VIEW_TEXTS:
		return texts_of(r->a, s);
	case VIEW_JSON:
		return json_of(r->a, s);
	case VIEW_TEXT:
	case VIEW_MADE:
	default:
		return view_span(s);
	}
}

static bool
row_member(const struct tmpl_value *v, const char *name, struct tmpl_value *out)
{
	const struct view_rows *r = v->in.of;

	for (size_t i = 0; i < r->n_members; i++) {
		if (strcmp(r->members[i].name, name) == 0) {
			*out = row_value(r, v->in.at, &r->members[i]);
			return true;
		}
	}
	return false;
}

static void
row_json(const struct tmpl_value *v, struct buf *b)
{
	const struct view_rows *r = v->in.of;

	for (size_t i = 0; i < r->n_members; i++) {
		struct tmpl_value member =
			row_value(r, v->in.at, &r->members[i]);

		buf_addc(b, i ? ',' : '{');
		buf_add_json(b, r->members[i].name);
		buf_addc(b, ':');
		tmpl_add_json(b, &member);
	}
	buf_add(b, r->n_members ? "}" : "{}");
}

static size_t
rows_count(const struct tmpl_value *v)
{
	return v->in.n;
}

static struct tmpl_value
rows_item(const struct tmpl_value *v, size_t i)
{
	return view_rows_at(v->in.of, v->in.at + i);
}

const char *
view_cell(const struct view_row *row, unsigned column)
{
	return db_value(row->res, row->i, column);
}

static struct view_rows *
rows_new(struct arena *a, size_t n, const struct view_member *members,
	 size_t n_members, const void *data)
{
	struct view_rows *r = arena_alloc(a, sizeof *r);

	r->a = a;
	r->n = n;
	r->members = members;
	r->n_members = n_members;
	r->data = data;
	return r;
}

struct view_rows *
view_rows_new(struct arena *a, const struct db_result *res,
	      const struct view_member *members, size_t n_members,
	      const void *data)
{
	struct view_rows *r =
		rows_new(a, db_rows(res), members, n_members, data);

	r->res = *res;
	r->has_res = true;
	return r;
}

struct view_rows *
view_items_new(struct arena *a, size_t n, const struct view_member *members,
	       size_t n_members, const void *data)
{
	return rows_new(a, n, members, n_members, data);
}

struct tmpl_value
view_rows_at(struct view_rows *r, size_t i)
{
	static const struct tmpl_ops ops = {.member = row_member,
					    .json = row_json};

	if (i >= r->n)
		return view_nothing();
	return (struct tmpl_value){
		.kind = TMPL_OBJECT, .in = {.ops = &ops, .of = r, .at = i}
        };
}

struct tmpl_value
view_rows_slice(struct view_rows *r, size_t from, size_t n)
{
	static const struct tmpl_ops ops = {.count = rows_count,
					    .item = rows_item};

	if (from > r->n)
		from = r->n;
	if (n > r->n - from)
		n = r->n - from;
	return (struct tmpl_value){
		.kind = TMPL_LIST,
		.in = {.ops = &ops, .of = r, .at = from, .n = n}
        };
}

struct tmpl_value
view_rows_all(struct view_rows *r)
{
	return view_rows_slice(r, 0, r->n);
}

static bool
says(const struct view_rows *r, size_t i, unsigned column, const char *key)
{
	const char *s = r->has_res ? db_value(&r->res, i, column) : NULL;

	return s && strcmp(s, key) == 0;
}

struct tmpl_value
view_rows_run(struct view_rows *r, unsigned column, const char *key)
{
	size_t from, to, k = 0;

	/* From the last run on, then around. */
	while (k < r->n && !says(r, (r->cursor + k) % r->n, column, key))
		k++;
	if (k == r->n)
		return view_rows_slice(r, 0, 0);
	from = (r->cursor + k) % r->n;
	/* Runs of another column may start elsewhere. */
	while (from > 0 && says(r, from - 1, column, key))
		from--;
	for (to = from + 1; to < r->n && says(r, to, column, key); to++)
		continue;
	r->cursor = from;
	return view_rows_slice(r, from, to - from);
}
