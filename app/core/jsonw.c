#include "jsonw.h"

#include <string.h>

#include "clock.h"

struct jsonw
jsonw_on(struct arena *a)
{
	return (struct jsonw){.b = buf_on(a)};
}

struct span
jsonw_span(struct jsonw *w)
{
	return (struct span){buf_str(&w->b), w->b.n};
}

/* Every value ends with something else than what may stand before one, a text
 * with its quote, so the last byte tells whether a comma is due. */
static void
before_value(struct jsonw *w)
{
	int last = w->b.n ? w->b.p[w->b.n - 1] : '[';

	if (last != '{' && last != '[' && last != ':')
		buf_addc(&w->b, ',');
}

void
jsonw_begin(struct jsonw *w, char bracket)
{
	before_value(w);
	buf_addc(&w->b, bracket);
}

void
jsonw_end(struct jsonw *w, char bracket)
{
	buf_addc(&w->b, bracket);
}

void
jsonw_key(struct jsonw *w, const char *key)
{
	before_value(w);
	buf_addc(&w->b, '"');
	buf_add(&w->b, key);
	buf_addn(&w->b, "\":", 2);
}

void
jsonw_textn(struct jsonw *w, const char *p, size_t n)
{
	before_value(w);
	buf_add_jsonn(&w->b, p, n);
}

void
jsonw_text(struct jsonw *w, const char *s)
{
	if (s)
		jsonw_textn(w, s, strlen(s));
	else
		jsonw_null(w);
}

void
jsonw_int(struct jsonw *w, int64_t n)
{
	uint64_t rest = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
	char digits[24];
	size_t i = sizeof digits;

	do {
		digits[--i] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (n < 0)
		digits[--i] = '-';
	before_value(w);
	buf_addn(&w->b, digits + i, sizeof digits - i);
}

void
jsonw_bool(struct jsonw *w, bool value)
{
	jsonw_json(w, span_of(value ? "true" : "false"));
}

void
jsonw_null(struct jsonw *w)
{
	jsonw_json(w, span_of("null"));
}

void
jsonw_json(struct jsonw *w, struct span json)
{
	before_value(w);
	buf_addn(&w->b, json.p, json.n);
}

void
jsonw_members(struct jsonw *w, struct span json)
{
	while (json.n && json.p[json.n - 1] != '}')
		json.n--;
	while (json.n && *json.p != '{') {
		json.p++;
		json.n--;
	}
	if (json.n <= 2) /* {} or nothing */
		return;
	before_value(w);
	buf_addn(&w->b, json.p + 1, json.n - 2);
}

void
jsonw_member(struct jsonw *w, const char *key, const char *text)
{
	jsonw_key(w, key);
	jsonw_text(w, text);
}

static void
write_texts(struct jsonw *w, struct span rest)
{
	struct span s;

	jsonw_begin(w, '[');
	while (db_next_text(w->b.a, &rest, &s)) {
		if (s.p)
			jsonw_textn(w, s.p, s.n);
		else
			jsonw_null(w);
	}
	jsonw_end(w, ']');
}

void
jsonw_value(struct jsonw *w, const struct db_result *r, size_t row, size_t col)
{
	struct span s = db_span(r, row, col);
	int64_t ms;

	if (s.n == 0 && !db_value(r, row, col)) {
		jsonw_null(w);
		return;
	}
	switch (db_column_type(r, col)) {
	case DB_TYPE_BOOL:
		jsonw_bool(w, s.p[0] == 't');
		break;
	case DB_TYPE_NUMBER:
	case DB_TYPE_JSON:
		jsonw_json(w, s);
		break;
	case DB_TYPE_TIME:
		if (clock_parse_pg(s, &ms))
			jsonw_int(w, ms);
		else
			jsonw_null(w);
		break;
	case DB_TYPE_TEXTS:
		write_texts(w, s);
		break;
	case DB_TYPE_TEXT:
		jsonw_textn(w, s.p, s.n);
		break;
	}
}

void
jsonw_time(struct jsonw *w, const struct db_result *r, size_t row, size_t col)
{
	char text[CLOCK_RFC3339];
	int64_t ms;

	if (!clock_parse_pg(db_span(r, row, col), &ms)) {
		jsonw_null(w);
		return;
	}
	clock_rfc3339(ms, text);
	jsonw_text(w, text);
}
