#include "show.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/rand.h"
#include "env.h"
#include "tty.h"

enum {
	STDIN_LIMIT = 10 * MiB
};

/* --- views of a declaration ------------------------------------------------
 */

static const struct field *
field_of(const struct entity *t, struct span name)
{
	for (size_t i = 0; i < t->n; i++) {
		if (t->fields[i].flags & OUT &&
		    span_is(name, t->fields[i].name))
			return &t->fields[i];
	}
	return NULL;
}

static enum column_kind
kind_of(const struct field *f)
{
	return f->type == F_MS                          ? COLUMN_TIME
	       : f->type == F_IDS || f->type == F_TEXTS ? COLUMN_WORDS
							: COLUMN_TEXT;
}

/* "createdAt" is called created, "parentId" parent, "sessionIds" sessions. */
static const char *
title_of(struct arena *a, struct span name)
{
	static const char *const ends[] = {"At", "Id", "Ids"};
	char *title = arena_strndup(a, name.p, name.n);

	for (size_t i = 0; i < NELEM(ends); i++) {
		size_t n = strlen(ends[i]);

		char *end = title + (name.n > n ? name.n - n : 0);

		if (end == title || strcmp(end, ends[i]) != 0)
			continue;
		end[0] = ends[i][n - 1] == 's' ? 's' : '\0';
		end[1] = '\0';
	}
	return title;
}

const struct view *
show_view(struct work *w, const struct entity *t, const char *fields,
	  const char *none)
{
	struct column *columns =
		arena_alloc(w->a, TABLE_COLUMNS * sizeof *columns);
	struct view *v = arena_alloc(w->a, sizeof *v);
	struct span rest = span_of(fields);

	*v = (struct view){columns, 0, none};
	while (rest.n) {
		struct span name = span_cut(&rest, ' '), title = {NULL, 0};
		const struct field *f;

		if (memchr(name.p, ':', name.n))
			title = span_cut(&name, ':');
		f = field_of(t, name);
		assert(f && v->n < TABLE_COLUMNS);
		columns[v->n++] = (struct column){
			title.p ? arena_strndup(w->a, title.p, title.n)
				: title_of(w->a, name),
			f->name, kind_of(f),
			f->type == F_TEXT || f->type == F_NAME ? COLUMN_SHRINK
							       : 0};
	}
	return v;
}

/* --- asking and printing ---------------------------------------------------
 */

/* *row NULL: it was printed as JSON. */
static bool
fetch(struct work *w, const struct client_request *rq, struct json_object **row,
      struct err *e)
{
	struct fetch_reply r;
	struct client *c;

	*row = NULL;
	if (!work_client(w, &c, e) || !client_run(c, w->a, rq, &r, e))
		return false;
	/* Whatever answers 200 with a page is no maestro. */
	if (r.body.n && !json_parse(w->a, r.body.p, r.body.n, row, e))
		return err_set(e, 502, "bad_answer",
			       "%s does not answer like a maestro",
			       client_base(c));
	if (!w->c->g.json) {
		if (!*row)
			*row = json_object_new_object();
		return true;
	}
	out_json(r.body.n ? r.body : span_of("{}"));
	*row = NULL;
	return true;
}

void
show_rows(struct work *w, struct json_object *rows, const struct view *v)
{
	if (w->c->g.json)
		out_json_object(rows);
	else
		table_print(w->a, v->columns, v->n, rows, v->none);
}

bool
show_list(struct work *w, const char *path, const struct view *v, struct err *e)
{
	struct json_object *rows;

	if (!fetch(w, &(struct client_request){.path = path}, &rows, e))
		return false;
	if (rows)
		table_print(w->a, v->columns, v->n, rows, v->none);
	return true;
}

bool
show_one(struct work *w, const char *path, const struct view *v,
	 struct json_object **row, struct err *e)
{
	struct json_object *o;

	if (!fetch(w, &(struct client_request){.path = path}, &o, e))
		return false;
	if (o)
		table_record(w->a, v->columns, v->n, o);
	if (row)
		*row = o;
	return true;
}

bool
show_done(struct work *w, const struct client_request *rq, const char *words,
	  struct err *e)
{
	struct json_object *o;
	const char *id;

	if (!fetch(w, rq, &o, e))
		return false;
	if (!o)
		return true;
	id = json_text(o, "id");
	fputs(words, stdout);
	if (id) {
		fputs(": ", stdout);
		out_text(stdout, id);
	}
	putchar('\n');
	return true;
}

/* --- bodies ----------------------------------------------------------------
 */

struct buf
body_new(struct work *w)
{
	struct buf b = buf_on(w->a);

	buf_addc(&b, '{');
	return b;
}

void
body_raw(struct buf *b, const char *name, const char *json)
{
	if (json)
		buf_addf(b, "%s\"%s\":%s", b->n > 1 ? "," : "", name, json);
}

void
body_text(struct buf *b, const char *name, const char *value)
{
	if (!value)
		return;
	buf_addf(b, "%s\"%s\":", b->n > 1 ? "," : "", name);
	buf_add_json(b, value);
}

void
body_words(struct buf *b, const char *name, const char *list)
{
	bool first = true;

	if (!list)
		return;
	buf_addf(b, "%s\"%s\":[", b->n > 1 ? "," : "", name);
	for (struct span rest = span_of(list); rest.n;) {
		struct span one = span_cut(&rest, ',');

		while (one.n && *one.p == ' ') {
			one.p++;
			one.n--;
		}
		if (!one.n)
			continue;
		if (!first)
			buf_addc(b, ',');
		first = false;
		buf_add_jsonn(b, one.p, one.n);
	}
	buf_addc(b, ']');
}

void
body_once(struct buf *b)
{
	char once[UUID_TEXT];

	rand_uuid(once);
	body_text(b, "clientRequestId", once);
}

bool
body_done(struct buf *b, const char **out, struct err *e)
{
	if (b->n == 1)
		return work_refuse(e, "nothing to change was given");
	buf_addc(b, '}');
	*out = buf_str(b);
	return true;
}

/* --- words from elsewhere --------------------------------------------------
 */

static bool
read_stdin(struct work *w, const char **out, struct err *e)
{
	struct buf b = buf_on(w->a);
	char piece[8 * KiB];
	ssize_t n;

	while ((n = read(STDIN_FILENO, piece, sizeof piece)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return work_refuse(e, "stdin: %s", strerror(errno));
		buf_addn(&b, piece, (size_t)n);
		if (b.n > STDIN_LIMIT)
			return work_refuse(e, "that is too long a text");
	}
	while (b.n && b.p[b.n - 1] == '\n')
		b.p[--b.n] = '\0';
	*out = buf_str(&b);
	return true;
}

bool
show_text(struct work *w, const char *given, const char **out, struct err *e)
{
	if (given && strcmp(given, "-") == 0)
		return read_stdin(w, out, e);
	*out = given;
	return true;
}

bool
show_sure(struct work *w, const char *question, struct err *e)
{
	const char *answer;
	struct err ignored;

	if (work_has(w, "yes"))
		return true;
	if (!isatty(STDIN_FILENO))
		return work_refuse(e, "to do that without asking: --yes");
	if (!tty_line(w->a, arena_printf(w->a, "%s (yes/no)", question),
		      &answer, &ignored) ||
	    (strcmp(answer, "yes") != 0 && strcmp(answer, "y") != 0))
		return work_refuse(e, "nothing was done");
	return true;
}

const char *
show_session(struct work *w)
{
	const char *from = work_flag(w, "from");

	return from ? from : env_get(w->c->env, "MAESTRO_SESSION_ID");
}
