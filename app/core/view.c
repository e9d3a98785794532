/*
 * One struct tmpl_ops per kind of thing that can be looked into.  Rows are in
 * view_rows.c.
 */
#include "view.h"

#include <string.h>

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

static const struct tmpl_ops list_ops = {.count = list_count,
					 .item = list_item};

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
