/*
 * One struct tmpl_ops per kind of thing that can be looked into.  A row is the
 * pair (rows, index): `at` of the value is the index, and of a list of rows
 * the first of its `n`.
 */
#include "view.h"

#include <string.h>

#include "json.h"

struct member {
	const char *name;
	struct tmpl_value value;
};

struct view {
	struct arena *a;
	struct member *members;
	size_t n, cap;
	struct tmpl_value under;
};

struct view_list {
	struct arena *a;
	struct tmpl_value *items;
	size_t n, cap;
};

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

/* --- single values ---------------------------------------------------- */

struct tmpl_value
view_nothing(void)
{
	return (struct tmpl_value){.kind = TMPL_NOTHING};
}

struct tmpl_value
view_span(struct span s)
{
	return (struct tmpl_value){.kind = TMPL_TEXT, .text = s};
}

struct tmpl_value
view_text(const char *s)
{
	return s ? view_span(span_of(s)) : view_nothing();
}

struct tmpl_value
view_flag(bool b)
{
	return (struct tmpl_value){.kind = TMPL_FLAG, .flag = b};
}

struct tmpl_value
view_int(int64_t n)
{
	return (struct tmpl_value){.kind = TMPL_INT, .number = n};
}

static struct tmpl_value
view_number(struct span s)
{
	return (struct tmpl_value){.kind = TMPL_NUMBER, .text = s};
}

/* --- json-c ------------------------------------------------------------ */

static const char *
json_c_text(struct json_object *o)
{
	return json_object_to_json_string_ext(
		o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

static bool
json_c_member(const struct tmpl_value *v, const char *name,
	      struct tmpl_value *out)
{
	struct json_object *o;

	if (!json_object_object_get_ex(v->in.of, name, &o))
		return false;
	*out = view_json(o);
	return true;
}

static size_t
json_c_count(const struct tmpl_value *v)
{
	return json_object_array_length(v->in.of);
}

static struct tmpl_value
json_c_item(const struct tmpl_value *v, size_t i)
{
	return view_json(json_object_array_get_idx(v->in.of, i));
}

static void
json_c_json(const struct tmpl_value *v, struct buf *b)
{
	buf_add(b, json_c_text(v->in.of));
}

struct tmpl_value
view_json(struct json_object *o)
{
	static const struct tmpl_ops ops = {json_c_member, json_c_count,
					    json_c_item, json_c_json};
	enum json_type type = json_object_get_type(o);

	switch (type) {
	case json_type_boolean:
		return view_flag(json_object_get_boolean(o));
	case json_type_string:
		return view_span(
			(struct span){json_object_get_string(o),
				      (size_t)json_object_get_string_len(o)});
	case json_type_int:
	case json_type_double:
		return view_number(span_of(json_c_text(o)));
	case json_type_array:
	case json_type_object:
		return (struct tmpl_value){
			.kind = type == json_type_array ? TMPL_LIST
							: TMPL_OBJECT,
			.in = {.ops = &ops, .of = o}
                };
	case json_type_null:
		break;
	}
	return view_nothing();
}

/* --- objects ------------------------------------------------------------ */

static bool
view_member(const struct tmpl_value *v, const char *name,
	    struct tmpl_value *out)
{
	const struct view *w = v->in.of;

	for (size_t i = 0; i < w->n; i++) {
		if (strcmp(w->members[i].name, name) == 0) {
			*out = w->members[i].value;
			return true;
		}
	}
	return w->under.kind == TMPL_OBJECT &&
	       w->under.in.ops->member(&w->under, name, out);
}

static void
add_name(struct buf *b, size_t i, const char *name)
{
	buf_addc(b, i ? ',' : '{');
	buf_add_json(b, name);
	buf_addc(b, ':');
}

static void
view_members_json(const struct tmpl_value *v, struct buf *b)
{
	const struct view *w = v->in.of;

	for (size_t i = 0; i < w->n; i++) {
		add_name(b, i, w->members[i].name);
		tmpl_add_json(b, &w->members[i].value);
	}
	buf_add(b, w->n ? "}" : "{}");
}

static const struct tmpl_ops object_ops = {.member = view_member,
					   .json = view_members_json};

struct view *
view_new(struct arena *a)
{
	struct view *v = arena_alloc(a, sizeof *v);

	v->a = a;
	return v;
}

/* Room for one more of n things of `size` bytes. */
static void *
grow(struct arena *a, void *items, size_t n, size_t *cap, size_t size)
{
	void *bigger;

	if (n < *cap)
		return items;
	*cap = *cap ? 2 * *cap : 8;
	bigger = arena_alloc(a, *cap * size);
	if (n)
		memcpy(bigger, items, n * size);
	return bigger;
}

void
view_set(struct view *v, const char *name, struct tmpl_value value)
{
	size_t i = 0;

	while (i < v->n && strcmp(v->members[i].name, name) != 0)
		i++;
	if (i == v->n) {
		v->members = grow(v->a, v->members, v->n, &v->cap,
				  sizeof *v->members);
		v->n++;
	}
	v->members[i] = (struct member){name, value};
}

struct view *
view_open(struct view *v, const char *name)
{
	struct view *inner = view_new(v->a);

	view_set(v, name, view_object(inner));
	return inner;
}

void
view_under(struct view *v, struct tmpl_value object)
{
	v->under = object;
}

struct tmpl_value
view_object(struct view *v)
{
	return (struct tmpl_value){
		.kind = TMPL_OBJECT, .in = {.ops = &object_ops, .of = v}
        };
}

/* --- lists -------------------------------------------------------------- */

static size_t
list_count(const struct tmpl_value *v)
{
	const struct view_list *l = v->in.of;

	return l->n;
}

static struct tmpl_value
list_item(const struct tmpl_value *v, size_t i)
{
	const struct view_list *l = v->in.of;

	return l->items[i];
}

static void
items_json(const struct tmpl_value *v, struct buf *b)
{
	size_t n = v->in.ops->count(v);

	for (size_t i = 0; i < n; i++) {
		struct tmpl_value item = v->in.ops->item(v, i);

		buf_addc(b, i ? ',' : '[');
		tmpl_add_json(b, &item);
	}
	buf_add(b, n ? "]" : "[]");
}

static const struct tmpl_ops list_ops = {
	.count = list_count, .item = list_item, .json = items_json};

struct view_list *
view_list_new(struct arena *a)
{
	struct view_list *l = arena_alloc(a, sizeof *l);

	l->a = a;
	return l;
}

void
view_add(struct view_list *l, struct tmpl_value value)
{
	l->items = grow(l->a, l->items, l->n, &l->cap, sizeof *l->items);
	l->items[l->n++] = value;
}

struct tmpl_value
view_list(struct view_list *l)
{
	return (struct tmpl_value){
		.kind = TMPL_LIST, .in = {.ops = &list_ops, .of = l}
        };
}

/* --- what PostgreSQL writes for text[] ----------------------------------- */

/* An element in quotes; *p stands behind the opening one. */
static struct tmpl_value
quoted_element(struct arena *a, const char **p, const char *end)
{
	const char *from = *p, *q = from;
	char *to, *text;

	while (q < end && *q != '"')
		q += *q == '\\' && q + 1 < end ? 2 : 1;
	*p = q < end ? q + 1 : q;
	if (!memchr(from, '\\', (size_t)(q - from)))
		return view_span((struct span){from, (size_t)(q - from)});
	text = to = arena_alloc(a, (size_t)(q - from) + 1);
	for (; from < q; from++) {
		if (*from == '\\' && from + 1 < q)
			from++;
		*to++ = *from;
	}
	return view_span((struct span){text, (size_t)(to - text)});
}

static struct tmpl_value
plain_element(const char **p, const char *end)
{
	struct span s = {*p, 0};

	while (s.p + s.n < end && s.p[s.n] != ',' && s.p[s.n] != '}')
		s.n++;
	*p += s.n;
	return span_is(s, "NULL") ? view_nothing() : view_span(s);
}

/* {a,"b c",NULL}: one dimension. */
bool
view_next_text(struct arena *a, struct span *rest, struct tmpl_value *out)
{
	const char *p = rest->p, *end = rest->p + rest->n;

	if (p == end || (*p != '{' && *p != ',') || ++p == end || *p == '}')
		return false;
	if (*p == '"') {
		p++;
		*out = quoted_element(a, &p, end);
	} else {
		*out = plain_element(&p, end);
	}
	*rest = (struct span){p, (size_t)(end - p)};
	return true;
}

static struct tmpl_value
texts_of(struct arena *a, struct span s)
{
	struct view_list *l = view_list_new(a);
	struct tmpl_value one;

	while (view_next_text(a, &s, &one))
		view_add(l, one);
	return view_list(l);
}

/* --- rows --------------------------------------------------------------- */

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
		return view_number(s);
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

		add_name(b, i, r->members[i].name);
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
	static const struct tmpl_ops ops = {
		.count = rows_count, .item = rows_item, .json = items_json};

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
