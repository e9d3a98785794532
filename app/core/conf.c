#include "conf.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "num.h"

enum {
	FILE_LIMIT = 256 * KiB
};

struct origin {
	const char *value; /* as text */
	const char *where; /* "default", "file:12", "environment NAME" */
};

struct conf {
	const struct conf_table *table;
	struct origin *origins; /* one per row */
};

static struct span
trim(struct span s)
{
	while (s.n && isspace((unsigned char)s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n && isspace((unsigned char)s.p[s.n - 1]))
		s.n--;
	return s;
}

static const struct conf_row *
find_row(const struct conf_table *t, struct span name)
{
	for (size_t i = 0; i < t->n; i++) {
		if (span_is(name, t->rows[i].name))
			return &t->rows[i];
	}
	return NULL;
}

static bool
read_file(struct arena *a, const char *path, struct span *out, struct err *e)
{
	FILE *f = fopen(path, "re");
	char *p;
	size_t n;

	if (!f)
		return err_set(e, 500, "configuration", "cannot open %s: %s",
			       path, strerror(errno));
	p = arena_alloc(a, FILE_LIMIT + 1);
	n = fread(p, 1, FILE_LIMIT + 1, f);
	if (ferror(f) || n > FILE_LIMIT) {
		err_set(e, 500, "configuration", "cannot read %s: %s", path,
			n > FILE_LIMIT ? "too large" : strerror(errno));
		fclose(f);
		return false;
	}
	fclose(f);
	*out = (struct span){p, n};
	return true;
}

/* "name = value"; a value may stand in double quotes. */
static bool
parse_line(struct arena *a, struct conf *c, struct span line, const char *at,
	   struct err *e)
{
	struct span name, value = line;
	const struct conf_row *row;
	struct origin *o;

	if (line.n == 0 || line.p[0] == '#')
		return true;
	name = trim(span_cut(&value, '='));
	value = trim(value);
	if (name.n == line.n)
		return err_set(e, 500, "configuration",
			       "%s: expected name = value", at);
	if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
		value = (struct span){value.p + 1, value.n - 2};
	row = find_row(c->table, name);
	if (!row)
		return err_set(e, 500, "configuration",
			       "%s: unknown setting %.*s", at, (int)name.n,
			       name.p);
	o = &c->origins[row - c->table->rows];
	o->value = arena_strndup(a, value.p, value.n);
	o->where = at;
	return true;
}

static bool
parse_file(struct arena *a, struct conf *c, const char *path, struct err *e)
{
	struct span rest;
	unsigned no = 0;

	if (!read_file(a, path, &rest, e))
		return false;
	if (rest.n && memchr(rest.p, '\0', rest.n))
		return err_set(e, 500, "configuration", "%s: NUL byte", path);
	while (rest.n) {
		struct span line = trim(span_cut(&rest, '\n'));
		const char *at = arena_printf(a, "%s:%u", path, ++no);

		if (!parse_line(a, c, line, at, e))
			return false;
	}
	return true;
}

static void
from_environment(struct arena *a, struct conf *c)
{
	for (size_t i = 0; i < c->table->n; i++) {
		const struct conf_row *row = &c->table->rows[i];
		char *name = arena_printf(a, "MAESTRO_%s", row->name);
		const char *value = NULL;

		for (char *p = name; *p; p++)
			*p = (char)toupper((unsigned char)*p);
		if (row->env)
			value = getenv(row->env);
		if (value)
			name = arena_strdup(a, row->env);
		else
			value = getenv(name);
		if (!value)
			continue;
		c->origins[i].value = arena_strdup(a, value);
		c->origins[i].where = arena_printf(a, "environment %s", name);
	}
}

static bool
bad(const struct conf_row *row, const struct origin *o, const char *want,
    struct err *e)
{
	return err_set(e, 500, "configuration", "%s: %s: expected %s", o->where,
		       row->name, want);
}

static bool
store_size(const struct conf_row *row, const struct origin *o, int64_t *to,
	   struct err *e)
{
	static const char suffixes[] = "kMG";
	struct span s = span_of(o->value);
	int64_t factor = 1, v;

	if (row->type == CONF_SIZE && s.n) {
		const char *at = strchr(suffixes, s.p[s.n - 1]);

		if (at && *at) {
			for (const char *p = suffixes; p <= at; p++)
				factor *= 1024;
			s.n--;
		}
	}
	if (!num_i64(s, 0, INT64_MAX, &v) ||
	    __builtin_mul_overflow(v, factor, &v) || v < row->min ||
	    v > row->max) {
		err_set(e, 500, "configuration",
			"%s: %s: expected a number from %lld to %lld%s",
			o->where, row->name, (long long)row->min,
			(long long)row->max,
			row->type == CONF_SIZE ? " (k, M, G allowed)" : "");
		return false;
	}
	*to = v;
	return true;
}

static bool
store_bool(const struct conf_row *row, const struct origin *o, bool *to,
	   struct err *e)
{
	static const char *const yes[] = {"true", "on", "yes", "1"};
	static const char *const no[] = {"false", "off", "no", "0"};

	for (size_t i = 0; i < NELEM(yes); i++) {
		if (strcmp(o->value, yes[i]) == 0 ||
		    strcmp(o->value, no[i]) == 0) {
			*to = strcmp(o->value, yes[i]) == 0;
			return true;
		}
	}
	return bad(row, o, "true or false", e);
}

/* Paths in the file are relative to the file. */
static const char *
absolute(struct arena *a, const char *path, const char *conf_path)
{
	const char *slash;

	if (!*path || *path == '/' || !conf_path)
		return path;
	slash = strrchr(conf_path, '/');
	if (!slash)
		return path;
	return arena_printf(a, "%.*s/%s", (int)(slash - conf_path), conf_path,
			    path);
}

static bool
store(struct arena *a, const struct conf_row *row, const struct origin *o,
      const char *path, char *settings, struct err *e)
{
	void *to = settings + row->offset;

	switch (row->type) {
	case CONF_INT:
	case CONF_SIZE:
		return store_size(row, o, to, e);
	case CONF_BOOL:
		return store_bool(row, o, to, e);
	case CONF_PATH:
		*(const char **)to = absolute(a, o->value, path);
		return true;
	case CONF_TEXT:
	default:
		*(const char **)to = o->value;
		return true;
	}
}

bool
conf_load(struct arena *a, const struct conf_table *t, const char *path,
	  void *settings, const struct conf **out, struct err *e)
{
	struct conf *c = arena_alloc(a, sizeof *c);

	c->table = t;
	c->origins = arena_alloc(a, t->n * sizeof *c->origins);
	for (size_t i = 0; i < t->n; i++)
		c->origins[i] =
			(struct origin){t->rows[i].otherwise, "default"};
	if (path && !parse_file(a, c, path, e))
		return false;
	from_environment(a, c);
	memset(settings, 0, t->size);
	for (size_t i = 0; i < t->n; i++) {
		if (!store(a, &t->rows[i], &c->origins[i], path, settings, e))
			return false;
	}
	*out = c;
	return true;
}

void
conf_print(const struct conf *c, FILE *to)
{
	for (size_t i = 0; i < c->table->n; i++) {
		const struct conf_row *row = &c->table->rows[i];
		const struct origin *o = &c->origins[i];

		fprintf(to, "# %s\n", row->sentence);
		fprintf(to, "# default: %s%s%s; from: %s%s\n",
			*row->otherwise ? row->otherwise : "(empty)",
			*row->unit ? " " : "", row->unit, o->where,
			row->reloadable ? "" : "; needs a restart");
		if (row->secret && *o->value)
			fprintf(to, "%s = (set)\n\n", row->name);
		else
			fprintf(to, "%s = %s\n\n", row->name, o->value);
	}
}
