#ifndef DOMAIN_EXPORT_H
#define DOMAIN_EXPORT_H

/*
 * export - writes projects as a data directory of the original, which reads it
 * as its own: the reverse of domain/import.
 *
 * One transaction, so all of it is of one moment; row by row, sessions twenty
 * at a time, so memory does not grow with what there is.  Each file is written
 * beside its place and renamed; files are 0600, folders 0700.
 *
 * Failure: *e; what was written until then stays.
 */
#include "core/arena.h"
#include "core/err.h"
#include "domain/settings.h"

struct export_report {
	size_t projects, files;
	const char *dir; /* absolute */
	/* Images whose bytes could not be had; the first of them, and why. */
	size_t missing;
	const char *missing_path, *missing_why;
};

struct export_options {
	const char *url; /* libpq connection string of the schema's owner */
	const struct settings *set; /* of the object store; NULL: none */
	const char *dir;            /* made when missing; must be empty */
	const char *owner;   /* address; NULL: the only account there is */
	const char *project; /* id: only this one; NULL: all of the owner */

	void (*progress)(void *to, const char *what, size_t done, size_t total);
	void *to;
};

bool export_run(struct arena *a, const struct export_options *o,
		struct export_report *out, struct err *e) MUST_CHECK;

#endif
