#ifndef WEB_ENTITY_H
#define WEB_ENTITY_H

/*
 * entity - field tables that drive parsing and validation of JSON bodies.
 *
 * The body is checked against the table and comes out as one canonical JSON
 * text that holds the known fields only (unknown keys are ignored:
 * maestro-api.md 1.4); it goes to SQL as one json parameter.  A mistake is
 * 400 validation_failed whose `field` is the path ("memberIds.2") .
 */
#include "req.h"

enum field_type {
	F_TEXT, /* string, min..max bytes (max 0 = none), no NUL */
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
	F_TEXTS,  /* array of strings, each max bytes */
	F_OBJECT, /* any JSON object */
	F_ANY,    /* any JSON value */
};

enum {
	REQUIRED = 1,
	NULLABLE = 2, /* null is kept as null; otherwise null = absent */
};

struct field {
	const char *name;
	enum field_type type;
	unsigned flags;
	int64_t min, max;
	const char *const *words; /* F_ENUM; NULL-terminated */
};

struct entity {
	const char *name;
	const struct field *fields;
	size_t n;
};

/* Reads, parses and checks the body of rq.  json: canonical text; in: the
 * checked tree (either may be NULL).  An empty body counts as {}. */
bool req_entity(struct req *rq, const struct entity *t, const char **json,
		struct json_object **in, struct err *e) MUST_CHECK;
/* The same for an object that is already parsed. */
bool entity_check(struct arena *a, const struct entity *t,
		  struct json_object *body, struct json_object **in,
		  struct err *e) MUST_CHECK;

#endif
