#ifndef DOMAIN_ENTITY_H
#define DOMAIN_ENTITY_H

/*
 * entity - one declaration per thing: what comes in, what is stored, what
 * goes out.
 *
 * In: a JSON body is checked against the table and comes out as one canonical
 * JSON text that holds the known fields only (unknown keys are ignored:
 * maestro-api.md 1.4); it goes to SQL as one json parameter.  A mistake is 400
 * validation_failed whose `field` is the path ("memberIds.2").
 *
 * Out: rows of PostgreSQL become JSON by the same table.  A field is found in
 * the result by its column's name, so a statement may select fewer columns
 * than the table knows, in any order; what is not selected is left out.
 *
 * The reference of the API, the pages' forms and the command line read it too.
 */
#include "core/arena.h"
#include "core/db.h"
#include "core/err.h"
#include "core/json.h"
#include "core/jsonw.h"

enum field_type {
	F_TEXT, /* string, min..max characters (max 0 = none), no NUL */
	F_NAME, /* the same, trimmed first; blank is refused */
	F_ID,   /* [A-Za-z0-9_-]{1,128} */
	F_UUID,
	F_EMAIL, /* lower-cased */
	F_ENUM,  /* one of `words` */
	F_BOOL,
	F_INT, /* integer min..max */
	F_NUMBER,
	F_DATE,   /* YYYY-MM-DD */
	F_IDS,    /* array of F_ID, at most max (0 = 1000) */
	F_TEXTS,  /* array of strings, each max characters */
	F_OBJECT, /* any JSON object */
	F_ANY,    /* any JSON value */
	F_MS,     /* a time: milliseconds since 1970 (out only) */
	F_ISO,    /* a time: RFC 3339 in UTC, to the millisecond (out only) */
};

enum {
	REQUIRED = 1, /* to make one */
	NULLABLE = 2, /* null is kept as null; otherwise null = absent */
	/* The forms a field belongs to; with none of the three it is a
	 * request of its own kind and in every form. */
	CREATE = 4,
	UPDATE = 8,
	OUT = 16,  /* in answers; null when it is unset, */
	OMIT = 32, /* or left out */
	TREE = 64, /* in the data tree of an export, and nowhere else */
};

enum {
	ENTITY_FIELDS = 64 /* the most that one may have */
};

/* The most that an F_INT which is a time may be: the last moment of a
 * JavaScript Date, in milliseconds since 1970. */
#define TIME_MS_MAX 8640000000000000

struct field {
	const char *name;
	enum field_type type;
	unsigned flags;
	int64_t min, max;
	const char *const *words; /* F_ENUM; NULL-terminated */
	const char *column;       /* NULL: the name in snake_case */
};

struct entity {
	const char *name; /* "Task": what a refusal calls it */
	const struct field *fields;
	size_t n;
	/* Rows of other tables that stand in its answers; NULL-terminated by
	 * key, or NULL. */
	const struct entity_part *parts;
};

/* `key`: [ ... ] of the rows whose column `owner` holds the id of the whole.  A
 * part that is of the entity itself makes a tree: its rows stand among those of
 * the whole and take no result of their own.  owner NULL: an object, of columns
 * in the row of the whole. */
struct entity_part {
	const char *key;
	const struct entity *of;
	const char *owner;
};

/* --- in --- */

/* Checks an object that is parsed already (NULL: {}); *in is the checked one,
 * of the arena.  form: CREATE or UPDATE. */
bool entity_check(struct arena *a, const struct entity *t, unsigned form,
		  struct json_object *body, struct json_object **in,
		  struct err *e) MUST_CHECK;
/* Is f asked for in that form? */
bool field_in(const struct field *f, unsigned form);
bool field_required(const struct field *f, unsigned form);

/* --- out --- */

/*
 * A result seen as entities: results[0] has the rows, results[1..] those of
 * t->parts with rows of their own in order, sorted by `owner` in collation "C"
 * (a tree: results[0] too, the root first); fewer than there are parts: the
 * others are left out.
 */
struct entity_rows {
	const struct entity *of;
	const struct db_result *r;
	size_t n_results;
	int16_t column[ENTITY_FIELDS]; /* of each field; -1: not selected */
};

void entity_rows(struct entity_rows *to, const struct entity *t,
		 const struct db_result *results, size_t n_results);
/* One row as an object. */
void entity_write(struct jsonw *w, const struct entity_rows *rows, size_t row);
/* Its own members alone, and its parts alone, into an object that is open. */
void entity_write_fields(struct jsonw *w, const struct entity_rows *rows,
			 size_t row);
void entity_write_parts(struct jsonw *w, const struct entity_rows *rows,
			size_t row);
/* The field of that name is written by somebody else. */
void entity_leave_out(struct entity_rows *rows, struct span name);
/* All rows as an array. */
void entity_write_all(struct jsonw *w, const struct entity_rows *rows);

#endif
