#ifndef DOMAIN_IMPORT_H
#define DOMAIN_IMPORT_H

/*
 * import - takes a data directory of the original into the database.
 *
 * Two passes over the files, so that memory holds an index and one object:
 * the first checks everything and tells everything that is wrong, the second
 * sends what is good, one transaction per project and one for what belongs to
 * none.  Nothing that was told stops the rest.  Run again it changes nothing;
 * of two versions of an object the newer stays.
 *
 * The connection is the schema owner's, as for domain/migrate.h.
 *
 * Failure: *e, when nothing (more) can be done: the directory is not there,
 * the owner is not known, the connection broke.  Objects that were refused
 * are no failure: they are in the report.
 */
#include "core/arena.h"
#include "core/err.h"
#include "domain/layout.h"
#include "domain/settings.h"

enum import_outcome {
	IMPORT_NEW,
	IMPORT_NEWER,
	IMPORT_SAME,
	IMPORT_KEPT,    /* no table takes it; kept for an export */
	IMPORT_SKIPPED, /* nothing is lost by it */
	IMPORT_REFUSED,
	IMPORT_OUTCOMES
};

const char *import_outcome_name(enum import_outcome o);

struct import_report {
	size_t files;
	size_t count[LAYOUT_KINDS][IMPORT_OUTCOMES];
	size_t refused, changed; /* lines told, files without object too */
	const char *owner;       /* the address */
};

struct import_options {
	const char *url;            /* libpq connection string */
	const struct settings *set; /* of the object store; NULL: none */
	const char *dir;
	const char *owner; /* address; NULL: the only account there is */
	bool dry_run;      /* all but the commit */
	bool skip_system;  /* leave out what every installation makes itself */

	/* path: below dir; field "" = the whole file. */
	void (*tell)(void *to, enum layout_word word, const char *path,
		     const char *field, const char *text);
	/* Files seen of total in this pass; total 0: not known yet. */
	void (*progress)(void *to, const char *what, size_t done, size_t total);
	void *to;
};

bool import_run(struct arena *a, const struct import_options *o,
		struct import_report *out, struct err *e) MUST_CHECK;

#endif
