#ifndef CLI_SHOW_H
#define CLI_SHOW_H

/*
 * show - what the commands about things have in common: ask, then print the
 * answer as a table, a record, a sentence, or as JSON.
 */
#include "client.h"
#include "noun.h"
#include "table.h"

struct view {
	const struct column *columns;
	size_t n;
	const char *none; /* "No tasks." */
};

/*
 * The view of an entity that shows these of its fields: "id status tags
 * due:dueDate", each under its own name or the one before the colon.  What kind
 * of column it is the declaration says.
 */
const struct view *show_view(struct work *w, const struct entity *t,
			     const char *fields, const char *none);

/* GET, then a table. */
bool show_list(struct work *w, const char *path, const struct view *v,
	       struct err *e) MUST_CHECK;
/* GET, then a record; *row (may be NULL) for more, NULL after --json. */
bool show_one(struct work *w, const char *path, const struct view *v,
	      struct json_object **row, struct err *e) MUST_CHECK;
/* Any other request, then one line: the words and the answer's id. */
bool show_done(struct work *w, const struct client_request *rq,
	       const char *words, struct err *e) MUST_CHECK;
/* Rows that were fetched already. */
void show_rows(struct work *w, struct json_object *rows, const struct view *v);

/* Members of a JSON body; values of NULL are left out.  body_done closes it. */
struct buf body_new(struct work *w);
void body_text(struct buf *b, const char *name, const char *value);
void body_words(struct buf *b, const char *name, const char *list); /* a,b */
void body_raw(struct buf *b, const char *name, const char *json);
/* 400 when nothing was added. */
/* A name for this request: a repeat of it does nothing twice. */
void body_once(struct buf *b);
bool body_done(struct buf *b, const char **out, struct err *e) MUST_CHECK;

/* The text itself, or all of stdin for "-"; NULL stays NULL. */
bool show_text(struct work *w, const char *given, const char **out,
	       struct err *e) MUST_CHECK;
/* --yes, or a yes at the terminal. */
bool show_sure(struct work *w, const char *question, struct err *e) MUST_CHECK;
/* --from or MAESTRO_SESSION_ID; NULL when there is none. */
const char *show_session(struct work *w);

#endif
