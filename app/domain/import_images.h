#ifndef DOMAIN_IMPORT_IMAGES_H
#define DOMAIN_IMPORT_IMAGES_H

/*
 * import_images - the bytes of images of tasks: into the object store before
 * their rows (domain/task_images.h says why in that order), out of it when
 * projects are exported.
 *
 * The store is opened on first use: an installation without images needs
 * nothing but a database.
 */
#include "core/arena.h"
#include "core/err.h"
#include "domain/settings.h"

struct import_images;

/* set NULL: there is no store to be had; each use says so. */
struct import_images *import_images_new(struct arena *a,
					const struct settings *set);
void import_images_close(struct import_images *im); /* NULL is allowed */

struct import_image {
	const char *owner; /* uuid */
	const char *project, *task, *id;
	struct span bytes;
	bool dry_run; /* only look at it */
};

/* type: what the bytes are.  Stored once: what has its row is left alone. */
bool import_image_store(struct import_images *im, struct arena *a,
			const struct import_image *i, const char **type,
			struct err *e) MUST_CHECK;

/* All bytes of the object to the file. */
bool import_image_fetch(struct import_images *im, struct arena *a,
			const char *key, int fd, struct err *e) MUST_CHECK;

#endif
