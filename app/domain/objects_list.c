/*
 * objects_list - what is in a bucket, in pages: by offset (v1) or behind a
 * cursor (v2).
 *
 * The cursor is base64 of the lines l:<last name>, o:<order>, c:<column>,
 * a:<time of the last row>.  Its sort settings win over the request's.
 */
#include <string.h>

#include "core/clock.h"
#include "core/enc.h"
#include "core/utf8.h"
#include "domain/objects_disk.h"
#include "domain/objects_shapes.h"
#include "domain/queries.h"

static const char *
or_text(const char *s, const char *otherwise)
{
	return s ? s : otherwise;
}

/* A folder is meant: "a" lists what is in "a/". */
static const char *
as_folder(struct arena *a, const char *prefix)
{
	size_t n = strlen(prefix);

	return n == 0 || prefix[n - 1] == '/' ? prefix
					      : arena_printf(a, "%s/", prefix);
}

bool
disk_list(struct objects *o, struct arena *a, const struct objects_who *who,
	  const struct object_list *q, struct span *out, struct err *e)
{
	struct db_result r;

	if (!disk_rows(o, a, who,
		       q_storage_list(
			       as_folder(a, or_text(q->prefix, "")), q->bucket,
			       arena_printf(a, "%lld", (long long)q->limit),
			       arena_printf(a, "%lld", (long long)q->offset),
			       or_text(q->search, ""),
			       or_text(q->sort_column, "name"),
			       or_text(q->sort_order, "asc")),
		       &r, e))
		return false;
	*out = storage_rows(a, &storage_entry, &r);
	return true;
}

/* --- pages behind a cursor --- */

struct place {
	const char *column; /* name, updated_at, created_at */
	const char *order;  /* asc, desc */
	const char *last;   /* name of the last row shown; "" = none */
	const char *at;     /* its time, if column is one; or NULL */
};

static bool
bad_cursor(struct err *e)
{
	return err_set(e, 400, "invalid_parameter",
		       "Invalid Parameter continuation token");
}

static bool
place_ok(const struct place *p)
{
	bool is_name = strcmp(p->column, "name") == 0;
	int64_t ms;

	return *p->last &&
	       (strcmp(p->order, "asc") == 0 ||
		strcmp(p->order, "desc") == 0) &&
	       (is_name || strcmp(p->column, "updated_at") == 0 ||
		strcmp(p->column, "created_at") == 0) &&
	       (is_name ? !p->at
			: p->at && clock_parse_rfc3339(span_of(p->at), &ms));
}

static bool
read_cursor(struct arena *a, const char *cursor, struct place *p, struct err *e)
{
	struct span rest;

	if (!dec_base64(a, span_of(cursor), &rest) ||
	    !utf8_ok(rest.p, rest.n, UTF8_NUL_REFUSED))
		return bad_cursor(e);
	while (rest.n) {
		struct span line = span_cut(&rest, '\n');
		const char *value =
			line.n < 2 ? ""
				   : arena_strndup(a, line.p + 2, line.n - 2);

		if (span_starts(line, "l:"))
			p->last = value;
		else if (span_starts(line, "o:"))
			p->order = value;
		else if (span_starts(line, "c:"))
			p->column = value;
		else if (span_starts(line, "a:"))
			p->at = value;
		else
			return bad_cursor(e);
	}
	return place_ok(p) || bad_cursor(e);
}

static const char *
write_cursor(struct arena *a, const struct place *p, const struct db_result *r,
	     size_t row)
{
	struct buf b = buf_on(a);
	char text[CLOCK_RFC3339];
	int64_t ms;

	buf_addf(&b, "l:%s\no:%s\nc:%s", db_named(r, row, "name"), p->order,
		 p->column);
	if (strcmp(p->column, "name") != 0 &&
	    clock_parse_pg(db_span(r, row, db_column(r, p->column)), &ms)) {
		clock_rfc3339(ms, text);
		buf_addf(&b, "\na:%s", text);
	}
	return enc_base64(a, buf_str(&b), b.n);
}

static void
write_entries(struct jsonw *w, const char *key, const struct db_result *r,
	      size_t n, bool folders)
{
	size_t id = db_column(r, "id");
	struct entity_rows rows;

	entity_rows(&rows, &storage_entry, r, 1);
	jsonw_key(w, key);
	jsonw_begin(w, '[');
	for (size_t i = 0; i < n; i++)
		if (!db_value(r, i, id) == folders)
			entity_write(w, &rows, i);
	jsonw_end(w, ']');
}

bool
disk_list_v2(struct objects *o, struct arena *a, const struct objects_who *who,
	     const struct object_list *q, struct span *out, struct err *e)
{
	const char *prefix = or_text(q->prefix, "");
	const char *most = arena_printf(a, "%lld", (long long)q->limit + 1);
	struct place p = {.column = or_text(q->sort_column, "name"),
			  .order = or_text(q->sort_order, "asc"),
			  .last = ""};
	struct jsonw w = jsonw_on(a);
	const char *descending;
	struct db_result r;
	size_t n;
	bool more;

	if (q->cursor && *q->cursor && !read_cursor(a, q->cursor, &p, e))
		return false;
	descending = strcmp(p.order, "desc") == 0 ? "true" : "false";
	if (!disk_rows(o, a, who,
		       q->delimited
			       ? q_storage_list_folders(q->bucket, prefix, most,
							p.last, p.column,
							descending, p.at)
			       : q_storage_list_flat(q->bucket, prefix, most,
						     p.last, p.column,
						     descending, p.at),
		       &r, e))
		return false;
	more = db_rows(&r) > (size_t)q->limit;
	n = more ? (size_t)q->limit : db_rows(&r);
	jsonw_begin(&w, '{');
	jsonw_key(&w, "hasNext");
	jsonw_bool(&w, more);
	write_entries(&w, "folders", &r, n, true);
	write_entries(&w, "objects", &r, n, false);
	if (more) {
		jsonw_member(&w, "nextCursor", write_cursor(a, &p, &r, n - 1));
		jsonw_member(&w, "nextCursorKey", db_named(&r, n - 1, "name"));
	}
	jsonw_end(&w, '}');
	*out = jsonw_span(&w);
	return true;
}
