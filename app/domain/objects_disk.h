#ifndef DOMAIN_OBJECTS_DISK_H
#define DOMAIN_OBJECTS_DISK_H

/*
 * objects_disk - what the files of the disk backend share: rows in PostgreSQL
 * (schemas storage, storage_local), bytes in blobs named by version.
 */
#include "core/blobs.h"
#include "domain/objects.h"

struct disk {
	struct objects base;
	struct blobs *blobs; /* NULL until first used */
};

struct disk *disk_of(struct objects *o);
/* Opens store_dir on first use, so that commands which never touch bytes need
 * no access to it. */
bool disk_blobs(struct disk *d, struct blobs **out, struct err *e) MUST_CHECK;

/* The scope of who, or the service's for the same request. */
struct db_scope disk_scope(const struct objects_who *who);
struct db_scope disk_service(const struct objects_who *who);

/* Turns what PostgreSQL refused into the store's own words; returns false.
 * duplicate: the code 23505 stands for. */
bool disk_refused(struct err *e, const char *duplicate);
/* The same for an SQLSTATE that a probe returned. */
bool disk_refused_state(struct err *e, const char *sqlstate,
			const char *duplicate);

/* One statement as who; what PostgreSQL refused in the store's words. */
bool disk_rows(struct objects *o, struct arena *a,
	       const struct objects_who *who, struct db_call call,
	       struct db_result *r, struct err *e) MUST_CHECK;

/* objects_list.c */
bool disk_list(struct objects *o, struct arena *a,
	       const struct objects_who *who, const struct object_list *q,
	       struct span *out, struct err *e) MUST_CHECK;
bool disk_list_v2(struct objects *o, struct arena *a,
		  const struct objects_who *who, const struct object_list *q,
		  struct span *out, struct err *e) MUST_CHECK;

/* objects_put.c */
bool disk_put(struct objects *o, struct arena *a, const struct objects_who *who,
	      const struct object_put *p, const struct object_source *from,
	      struct object_stored *out, struct err *e) MUST_CHECK;
bool disk_put_allowed(struct objects *o, struct arena *a,
		      const struct objects_who *who, const struct object_put *p,
		      struct err *e) MUST_CHECK;
bool disk_copy(struct objects *o, struct arena *a,
	       const struct objects_who *who, const struct object_copy *c,
	       struct span *out, struct err *e) MUST_CHECK;

/* objects_read.c */
bool disk_stat(struct objects *o, struct arena *a,
	       const struct objects_who *who, const struct object_want *w,
	       struct object_info *out, struct err *e) MUST_CHECK;
bool disk_send(struct objects *o, struct arena *a,
	       const struct objects_who *who, const struct object_want *w,
	       const struct object_sink *to, struct err *e) MUST_CHECK;

/* objects_sign.c */
bool disk_sign(struct objects *o, struct arena *a,
	       const struct objects_who *who, const char *bucket,
	       const char *key, int64_t expires_s, const char **url,
	       struct err *e) MUST_CHECK;
bool disk_sign_many(struct objects *o, struct arena *a,
		    const struct objects_who *who, const char *bucket,
		    const char *const *paths, size_t n, int64_t expires_s,
		    struct span *out, struct err *e) MUST_CHECK;
bool disk_sign_upload(struct objects *o, struct arena *a,
		      const struct objects_who *who, const struct object_put *p,
		      const char **url, const char **token,
		      struct err *e) MUST_CHECK;

#endif
