#ifndef CORE_BLOBS_H
#define CORE_BLOBS_H

/*
 * blobs - files that are written once, named by a UUID, and never changed.
 *
 *   blob/ab/cd/<uuid>   finished bytes, 0440; ab, cd are its first hex pairs
 *   tmp/                bytes on their way in, when the file system has no
 *                       O_TMPFILE; else nothing of an unfinished write is
 *                       ever visible
 *
 * Both folders lie in one directory on one file system.  A name that is not a
 * lower-case UUID is refused everywhere, so names may come from rows.
 * Failure: 507 storage_full, 500 storage_io, 404 bytes_missing.
 */
#include "arena.h"
#include "err.h"

struct blobs;

enum {
	BLOBS_SYNC = 1, /* bytes and directory entries reach the disk before
			   blob_publish returns */
	BLOBS_MAKE = 2, /* make the folders; else 404 no_store without them */
};

bool blobs_open(const char *dir, unsigned flags, struct blobs **out,
		struct err *e) MUST_CHECK;
void blobs_close(struct blobs *b); /* NULL is allowed */

/* "ab/cd/<uuid>" below blob/, or NULL if version is no UUID. */
const char *blob_path(struct arena *a, const char *version);

/* Is there room for that many bytes beside a small reserve? */
bool blobs_have_room(const struct blobs *b, int64_t bytes,
		     struct err *e) MUST_CHECK;

/* A write in progress.  blob_drop may follow anything, also blob_publish. */
struct blob_writer {
	struct blobs *b;
	int fd;
	char tmp[48]; /* name in tmp/, "" when nameless */
};

bool blob_begin(struct blobs *b, struct blob_writer *w,
		struct err *e) MUST_CHECK;
bool blob_write(struct blob_writer *w, const void *p, size_t n,
		struct err *e) MUST_CHECK;
bool blob_publish(struct blob_writer *w, const char *version,
		  struct err *e) MUST_CHECK;
void blob_drop(struct blob_writer *w);

/* Another name for the same bytes. */
bool blob_link(struct blobs *b, const char *from, const char *to,
	       struct err *e) MUST_CHECK;
/* True also when it was gone already. */
bool blob_unlink(struct blobs *b, const char *version,
		 struct err *e) MUST_CHECK;
bool blob_exists(const struct blobs *b, const char *version);
/* A descriptor to read from; the caller closes it. */
bool blob_read(struct blobs *b, const char *version, int *fd, int64_t *size,
	       struct err *e) MUST_CHECK;

/*
 * For the sweeper: one of the 65,536 folders, "ab/cd".  Calls fn for each blob
 * in it whose last change of name or content is older than age_s; fn false
 * ends the walk.  A folder that is not there is empty.
 */
bool blobs_walk(struct blobs *b, unsigned folder, int64_t age_s,
		bool (*fn)(void *to, const char *version, int64_t size),
		void *to, struct err *e) MUST_CHECK;
/* Removes left-overs in tmp/; returns how many. */
size_t blobs_clean_tmp(struct blobs *b, int64_t age_s);

#endif
