#include "entity.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/utf8.h"

enum {
	IDS_MOST = 1000,
	ID_LENGTH = 128,
	EMAIL_LENGTH = 255
};

struct check {
	struct arena *a;
	const struct field *f;
	struct err *e;
};

static bool
bad(const struct check *c, const char *want)
{
	return err_field(c->e, c->f->name, "%s must be %s", c->f->name, want);
}

static struct json_object *
text_of(const char *p, size_t n)
{
	return json_object_new_string_len(p, (int)n);
}

static bool
is_id(const char *p, size_t n)
{
	if (n == 0 || n > ID_LENGTH)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!((p[i] >= 'a' && p[i] <= 'z') ||
		      (p[i] >= 'A' && p[i] <= 'Z') ||
		      (p[i] >= '0' && p[i] <= '9') || p[i] == '_' ||
		      p[i] == '-'))
			return false;
	}
	return true;
}

static bool
is_uuid(const char *p, size_t n)
{
	if (n != 36)
		return false;
	for (size_t i = 0; i < n; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		char c = p[i];
		bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
			   (c >= 'A' && c <= 'F');

		if (dash ? c != '-' : !hex)
			return false;
	}
	return true;
}

static bool
is_date(const char *p, size_t n)
{
	static const int days[] = {31, 29, 31, 30, 31, 30,
				   31, 31, 30, 31, 30, 31};
	int y, m, d;

	if (n != 10 || p[4] != '-' || p[7] != '-')
		return false;
	for (size_t i = 0; i < n; i++) {
		if (i != 4 && i != 7 && (p[i] < '0' || p[i] > '9'))
			return false;
	}
	y = (p[0] - '0') * 1000 + (p[1] - '0') * 100 + (p[2] - '0') * 10 +
	    (p[3] - '0');
	m = (p[5] - '0') * 10 + (p[6] - '0');
	d = (p[8] - '0') * 10 + (p[9] - '0');
	if (y < 1 || m < 1 || m > 12 || d < 1 || d > days[m - 1])
		return false;
	return !(m == 2 && d == 29) ||
	       (y % 4 == 0 && (y % 100 != 0 || y % 400 == 0));
}

static bool
check_length(const struct check *c, const char *p, size_t n)
{
	const struct field *f = c->f;

	if (f->min > 0 && n < (size_t)f->min)
		return err_field(c->e, f->name, "%s must not be empty",
				 f->name);
	if (f->max > 0 && utf8_count(p, n) > (size_t)f->max)
		return err_field(c->e, f->name,
				 "%s must have at most %lld characters",
				 f->name, (long long)f->max);
	return true;
}

static bool
check_name(const struct check *c, const char *p, size_t n,
	   struct json_object **out)
{
	while (n && strchr(" \t\r\n", p[0])) {
		p++;
		n--;
	}
	while (n && strchr(" \t\r\n", p[n - 1]))
		n--;
	if (n == 0)
		return bad(c, "a text that is not blank");
	if (!check_length(c, p, n))
		return false;
	*out = text_of(p, n);
	return true;
}

/* The syntax proper is the identity's business; here: one @, no blanks. */
static bool
check_email(const struct check *c, const char *p, size_t n,
	    struct json_object **out)
{
	char *low = arena_strndup(c->a, p, n);
	const char *at = strchr(low, '@');

	if (n > EMAIL_LENGTH || !at || at == low || !at[1] ||
	    strchr(at + 1, '@') || strpbrk(low, " \t\r\n<>,;\""))
		return bad(c, "an e-mail address");
	for (char *s = low; *s; s++) {
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s - 'A' + 'a');
	}
	*out = text_of(low, n);
	return true;
}

static bool
check_word(const struct check *c, const char *p, struct json_object **out)
{
	struct buf b = buf_on(c->a);

	for (const char *const *w = c->f->words; *w; w++) {
		if (strcmp(p, *w) == 0) {
			*out = text_of(p, strlen(p));
			return true;
		}
		buf_addf(&b, "%s%s", b.n ? ", " : "one of ", *w);
	}
	return bad(c, buf_str(&b));
}

static bool
check_text(const struct check *c, struct json_object *v,
	   struct json_object **out)
{
	const char *p;
	size_t n;

	if (!json_object_is_type(v, json_type_string))
		return bad(c, "a text");
	p = json_object_get_string(v);
	n = (size_t)json_object_get_string_len(v);
	switch (c->f->type) {
	case F_NAME:
		return check_name(c, p, n, out);
	case F_EMAIL:
		return check_email(c, p, n, out);
	case F_ENUM:
		return check_word(c, p, out);
	case F_ID:
		if (!is_id(p, n))
			return bad(c, "an id of letters, digits, _ and -");
		break;
	case F_UUID:
		if (!is_uuid(p, n))
			return bad(c, "a UUID");
		break;
	case F_DATE:
		if (!is_date(p, n))
			return bad(c, "a date like 2026-01-31");
		break;
	default:
		if (!check_length(c, p, n))
			return false;
	}
	*out = text_of(p, n);
	return true;
}

static bool
bad_item(const struct check *c, size_t i, const char *want)
{
	char path[80];

	snprintf(path, sizeof path, "%s.%zu", c->f->name, i);
	return err_field(c->e, path, "%s must be %s", path, want);
}

static bool
check_list(const struct check *c, struct json_object *v,
	   struct json_object **out)
{
	bool ids = c->f->type == F_IDS;
	size_t most = ids && c->f->max ? (size_t)c->f->max : IDS_MOST;
	size_t n;

	if (!json_object_is_type(v, json_type_array))
		return bad(c, "a list");
	n = json_object_array_length(v);
	if (n > most)
		return err_field(c->e, c->f->name,
				 "%s must have at most %zu entries", c->f->name,
				 most);
	for (size_t i = 0; i < n; i++) {
		struct json_object *item = json_object_array_get_idx(v, i);
		const char *p;
		size_t len;

		if (!json_object_is_type(item, json_type_string))
			return bad_item(c, i, "a text");
		p = json_object_get_string(item);
		len = (size_t)json_object_get_string_len(item);
		if (ids && !is_id(p, len))
			return bad_item(c, i,
					"an id of letters, digits, _ and -");
		if (!ids && c->f->max && utf8_count(p, len) > (size_t)c->f->max)
			return bad_item(c, i, "shorter");
	}
	*out = json_object_get(v);
	return true;
}

static bool
check_number(const struct check *c, struct json_object *v,
	     struct json_object **out)
{
	char want[80];
	int64_t n;

	if (c->f->type == F_NUMBER) {
		if (!json_object_is_type(v, json_type_int) &&
		    !json_object_is_type(v, json_type_double))
			return bad(c, "a number");
		*out = json_object_get(v);
		return true;
	}
	n = json_object_get_int64(v);
	if (!json_object_is_type(v, json_type_int) || n < c->f->min ||
	    n > c->f->max) {
		snprintf(want, sizeof want, "a whole number from %lld to %lld",
			 (long long)c->f->min, (long long)c->f->max);
		return bad(c, want);
	}
	*out = json_object_get(v);
	return true;
}

/* *out gets a reference of its own. */
static bool
check_value(const struct check *c, struct json_object *v,
	    struct json_object **out)
{
	switch (c->f->type) {
	case F_BOOL:
		if (!json_object_is_type(v, json_type_boolean))
			return bad(c, "true or false");
		break;
	case F_INT:
	case F_NUMBER:
		return check_number(c, v, out);
	case F_IDS:
	case F_TEXTS:
		return check_list(c, v, out);
	case F_OBJECT:
		if (!json_object_is_type(v, json_type_object))
			return bad(c, "an object");
		break;
	case F_ANY:
		break;
	case F_TEXT:
	case F_NAME:
	case F_ID:
	case F_UUID:
	case F_EMAIL:
	case F_ENUM:
	case F_DATE:
	case F_MS:
	case F_ISO:
	default:
		return check_text(c, v, out);
	}
	*out = json_object_get(v);
	return true;
}

static void
put(void *o)
{
	json_object_put(o);
}

bool
field_in(const struct field *f, unsigned form)
{
	return !(f->flags & (CREATE | UPDATE | OUT | TREE)) || f->flags & form;
}

/* What makes one need not be sent again to change it. */
bool
field_required(const struct field *f, unsigned form)
{
	return f->flags & REQUIRED && field_in(f, form) &&
	       !(f->flags & CREATE && form == UPDATE);
}

bool
entity_check(struct arena *a, const struct entity *t, unsigned form,
	     struct json_object *body, struct json_object **in, struct err *e)
{
	struct json_object *clean = json_object_new_object();

	arena_defer(a, put, clean);
	if (body && !json_object_is_type(body, json_type_object))
		return err_field(e, "", "the body must be a JSON object");
	for (size_t i = 0; i < t->n; i++) {
		const struct field *f = &t->fields[i];
		struct check c = {a, f, e};
		struct json_object *v = NULL, *checked = NULL;
		bool there = field_in(f, form) && body &&
			     json_object_object_get_ex(body, f->name, &v);

		if (there && !v && f->flags & NULLABLE) {
			json_object_object_add(clean, f->name, NULL);
			continue;
		}
		if (!v && field_required(f, form))
			return err_field(e, f->name, "%s is required", f->name);
		if (!v)
			continue;
		if (!check_value(&c, v, &checked))
			return false;
		json_object_object_add(clean, f->name, checked);
	}
	*in = clean;
	return true;
}

/* --- out --- */

/* "createdAt" is created_at. */
static bool
is_column(const struct field *f, const char *column)
{
	const char *s = f->name;

	if (f->column)
		return strcmp(f->column, column) == 0;
	for (; *s; s++, column++) {
		char c = *s;

		if (c >= 'A' && c <= 'Z') {
			if (*column++ != '_')
				return false;
			c = (char)(c - 'A' + 'a');
		}
		if (c != *column)
			return false;
	}
	return !*column;
}

/* Columns mostly stand in the order of the fields: the search goes on where
 * the last one ended. */
void
entity_rows(struct entity_rows *to, const struct entity *t,
	    const struct db_result *results, size_t n_results)
{
	size_t columns = db_columns(results), next = 0;

	assert(t->n <= ENTITY_FIELDS);
	*to = (struct entity_rows){
		.of = t, .r = results, .n_results = n_results};
	for (size_t i = 0; i < t->n; i++) {
		to->column[i] = -1;
		if (!(t->fields[i].flags & (OUT | TREE)))
			continue;
		for (size_t k = 0; k < columns; k++) {
			size_t c = (next + k) % columns;

			if (!is_column(&t->fields[i],
				       db_column_name(results, c)))
				continue;
			to->column[i] = (int16_t)c;
			next = c + 1;
			break;
		}
	}
}

void
entity_leave_out(struct entity_rows *rows, struct span name)
{
	for (size_t i = 0; i < rows->of->n; i++)
		if (span_is(name, rows->of->fields[i].name))
			rows->column[i] = -1;
}

void
entity_write_fields(struct jsonw *w, const struct entity_rows *rows, size_t row)
{
	const struct entity *t = rows->of;

	for (size_t i = 0; i < t->n; i++) {
		const struct field *f = &t->fields[i];
		int c = rows->column[i];

		if (c < 0 ||
		    (f->flags & OMIT && !db_value(rows->r, row, (size_t)c)))
			continue;
		jsonw_key(w, f->name);
		if (f->type == F_ISO)
			jsonw_time(w, rows->r, row, (size_t)c);
		else
			jsonw_value(w, rows->r, row, (size_t)c);
	}
}

/* The first row whose owner is not before id. */
static size_t
first_of(const struct db_result *r, size_t owner, const char *id)
{
	size_t low = 0, high = db_rows(r);

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(db_value(r, mid, owner), id) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* NOLINTBEGIN(misc-no-recursion): as deep as the declarations, or a tree */
static void
write_part(struct jsonw *w, const struct entity_part *p,
	   const struct entity_rows *rows, const char *id)
{
	const struct db_result *r = rows->r;
	size_t owner = db_column(r, p->owner);

	jsonw_key(w, p->key);
	jsonw_begin(w, '[');
	for (size_t i = first_of(r, owner, id);
	     i < db_rows(r) && strcmp(db_value(r, i, owner), id) == 0; i++)
		entity_write(w, rows, i);
	jsonw_end(w, ']');
}

static void
write_object(struct jsonw *w, const struct entity_part *p,
	     const struct db_result *r, size_t row)
{
	struct entity_rows rows;

	entity_rows(&rows, p->of, r, 1);
	jsonw_key(w, p->key);
	entity_write(w, &rows, row);
}

void
entity_write_parts(struct jsonw *w, const struct entity_rows *rows, size_t row)
{
	const struct entity_part *p = rows->of->parts;
	bool has_rows = rows->n_results > 1;
	size_t next = 1;

	for (; p && p->key; p++) {
		const char *id = p->owner && has_rows
					 ? db_named(rows->r, row, "id")
					 : NULL;
		struct entity_rows part;

		if (!p->owner) {
			write_object(w, p, rows->r, row);
		} else if (has_rows && p->of == rows->of) {
			write_part(w, p, rows, id);
		} else if (next < rows->n_results) {
			entity_rows(&part, p->of, &rows->r[next++], 1);
			write_part(w, p, &part, id);
		}
	}
}

void
entity_write(struct jsonw *w, const struct entity_rows *rows, size_t row)
{
	jsonw_begin(w, '{');
	entity_write_fields(w, rows, row);
	entity_write_parts(w, rows, row);
	jsonw_end(w, '}');
}

/* NOLINTEND(misc-no-recursion) */

void
entity_write_all(struct jsonw *w, const struct entity_rows *rows)
{
	jsonw_begin(w, '[');
	for (size_t i = 0; i < db_rows(rows->r); i++)
		entity_write(w, rows, i);
	jsonw_end(w, ']');
}
