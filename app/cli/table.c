#include "table.h"

#include <string.h>

enum {
	GAP = 2,
	LEAST = 8, /* no column shrinks below this */
};

/* --- cells -----------------------------------------------------------------
 */

static struct json_object *
value_at(const struct json_object *row, const char *key)
{
	const char *dot = strchr(key, '.');
	char head[32] = "";

	if (!dot)
		return json_get(row, key);
	memcpy(head, key, (size_t)(dot - key)); /* of our own tables: short */
	return json_get(json_get(row, head), dot + 1);
}

static const char *
words_of(struct arena *a, struct json_object *v)
{
	struct buf b = buf_on(a);

	for (size_t i = 0; i < json_object_array_length(v); i++) {
		struct json_object *one = json_object_array_get_idx(v, i);

		buf_addf(&b, "%s%s", i ? ", " : "",
			 json_object_get_string(one));
	}
	return buf_str(&b);
}

const char *
table_cell(struct arena *a, const struct column *c,
	   const struct json_object *row)
{
	struct json_object *v = value_at(row, c->key);

	if (!v)
		return "";
	switch (c->kind) {
	case COLUMN_TIME:
		if (json_object_is_type(v, json_type_string))
			break; /* ISO 8601 already */
		return out_time(a, json_object_get_int64(v));
	case COLUMN_COUNT:
		if (!json_object_is_type(v, json_type_array))
			return "";
		return arena_printf(a, "%zu", json_object_array_length(v));
	case COLUMN_WORDS:
		return json_object_is_type(v, json_type_array) ? words_of(a, v)
							       : "";
	case COLUMN_TEXT:
		break;
	}
	if (json_object_is_type(v, json_type_boolean))
		return json_object_get_boolean(v) ? "yes" : "no";
	return json_object_get_string(v);
}

/* --- tables ----------------------------------------------------------------
 */

struct sheet {
	struct arena *a;
	const struct column *columns;
	size_t n, n_rows;
	const char **cells; /* n_rows * n */
	size_t *widths;     /* of the cells */
	size_t width[TABLE_COLUMNS];
};

static void
fill(struct sheet *s, struct json_object *rows)
{
	for (size_t i = 0; i < s->n; i++)
		s->width[i] = strlen(s->columns[i].title);
	for (size_t r = 0; r < s->n_rows; r++) {
		const struct json_object *row =
			json_object_array_get_idx(rows, r);

		for (size_t i = 0; i < s->n; i++) {
			size_t at = r * s->n + i;
			const char *text =
				table_cell(s->a, &s->columns[i], row);

			s->cells[at] = out_clean(s->a, text, &s->widths[at]);
			if (s->widths[at] > s->width[i])
				s->width[i] = s->widths[at];
		}
	}
}

static size_t
total(const struct sheet *s)
{
	size_t sum = GAP * (s->n - 1);

	for (size_t i = 0; i < s->n; i++)
		sum += s->width[i];
	return sum;
}

/* The widest column that may gives a column at a time. */
static void
fit(struct sheet *s, size_t columns)
{
	while (columns && total(s) > columns) {
		size_t widest = s->n;

		for (size_t i = 0; i < s->n; i++) {
			if ((s->columns[i].flags & COLUMN_SHRINK) &&
			    s->width[i] > LEAST &&
			    (widest == s->n || s->width[i] > s->width[widest]))
				widest = i;
		}
		if (widest == s->n)
			return; /* too narrow for anything better */
		s->width[widest]--;
	}
}

static void
print_cell(const struct sheet *s, size_t i, const char *text, size_t width)
{
	if (width > s->width[i])
		text = out_cut(s->a, text, s->width[i], &width);
	fputs(text, stdout);
	if (i + 1 < s->n)
		printf("%*s", (int)(s->width[i] - width + GAP), "");
}

static const char *
capitals(struct arena *a, const char *title)
{
	char *up = arena_strdup(a, title);

	for (char *p = up; *p; p++) {
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	}
	return up;
}

void
table_print(struct arena *a, const struct column *columns, size_t n,
	    struct json_object *rows, const char *none)
{
	struct sheet s = {a, columns, n, 0, NULL, NULL, {0}};

	if (json_object_is_type(rows, json_type_array))
		s.n_rows = json_object_array_length(rows);
	if (s.n_rows == 0) {
		/* A script that reads rows gets none. */
		fprintf(stderr, "%s\n", none);
		return;
	}
	s.cells = arena_alloc(a, s.n_rows * n * sizeof *s.cells);
	s.widths = arena_alloc(a, s.n_rows * n * sizeof *s.widths);
	fill(&s, rows);
	fit(&s, out_columns());
	for (size_t i = 0; i < n; i++)
		print_cell(&s, i, capitals(a, columns[i].title),
			   strlen(columns[i].title));
	putchar('\n');
	for (size_t at = 0; at < s.n_rows * n; at++) {
		print_cell(&s, at % n, s.cells[at], s.widths[at]);
		if (at % n == n - 1)
			putchar('\n');
	}
}

/* --- records ---------------------------------------------------------------
 */

void
table_record(struct arena *a, const struct column *columns, size_t n,
	     struct json_object *row)
{
	size_t widest = 0;

	for (size_t i = 0; i < n; i++) {
		if (strlen(columns[i].title) > widest)
			widest = strlen(columns[i].title);
	}
	for (size_t i = 0; i < n; i++) {
		const char *text = table_cell(a, &columns[i], row);

		if (!*text)
			continue;
		printf("%-*s", (int)(widest + GAP), columns[i].title);
		out_text(stdout, text);
		putchar('\n');
	}
}

void
table_long_text(const char *title, const char *text)
{
	if (!text || !*text)
		return;
	printf("\n%s\n", title);
	out_lines(stdout, text);
	if (text[strlen(text) - 1] != '\n')
		putchar('\n');
}
