#ifndef CORE_JSONW_H
#define CORE_JSONW_H

/*
 * jsonw - writes JSON (RFC 8259) into a buf.
 *
 * Commas are its business: a value after another one gets one.  Keys are names
 * of our own tables and are not escaped.  Values that stand in a result of
 * PostgreSQL go out from its text, without a tree in between.
 *
 *	struct jsonw w = jsonw_on(a);
 *	jsonw_begin(&w, '{');
 *	jsonw_key(&w, "id");
 *	jsonw_text(&w, id);
 *	jsonw_end(&w, '}');
 *
 * Never fails (see arena.h).
 */
#include "buf.h"
#include "db.h"

struct jsonw {
	struct buf b;
};

struct jsonw jsonw_on(struct arena *a);
struct span jsonw_span(struct jsonw *w); /* what is written so far */

void jsonw_begin(struct jsonw *w, char bracket); /* { or [ */
void jsonw_end(struct jsonw *w, char bracket);
void jsonw_key(struct jsonw *w, const char *key);

void jsonw_text(struct jsonw *w, const char *s); /* NULL: null */
void jsonw_textn(struct jsonw *w, const char *p, size_t n);
void jsonw_int(struct jsonw *w, int64_t n);
void jsonw_bool(struct jsonw *w, bool value);
void jsonw_null(struct jsonw *w);
/* Text that is JSON already: of a json column, of a canonical body. */
void jsonw_json(struct jsonw *w, struct span json);
/* The members of an object that is JSON already, into one that is open. */
void jsonw_members(struct jsonw *w, struct span json);

/*
 * A value of a result as its type wants it: bool, number and json as they are,
 * text[] as an array, timestamptz as milliseconds since 1970, anything else
 * as a text; SQL null is null.
 */
void jsonw_value(struct jsonw *w, const struct db_result *r, size_t row,
		 size_t col);

/* The same of a timestamptz as RFC 3339 text, UTC, cut to ms. */
void jsonw_time(struct jsonw *w, const struct db_result *r, size_t row,
		size_t col);

/* A member of an object that is text. */
void jsonw_member(struct jsonw *w, const char *key, const char *text);

#endif
