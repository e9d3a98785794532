#ifndef DOMAIN_OBJECTS_SHAPES_H
#define DOMAIN_OBJECTS_SHAPES_H

/*
 * objects_shapes - rows of storage.buckets and storage.objects as the JSON of
 * the storage surface.
 */
#include "domain/entity.h"

extern const struct entity storage_bucket;
extern const struct entity storage_bucket_old; /* before there was a type */
extern const struct entity storage_object;
extern const struct entity storage_copied; /* {Id, Key, ...the object} */
extern const struct entity storage_entry;  /* of a list; a folder has no id */

/* The first row as an object, all as an array. */
struct span storage_row(struct arena *a, const struct entity *t,
			const struct db_result *r);
struct span storage_rows(struct arena *a, const struct entity *t,
			 const struct db_result *r);

#endif
