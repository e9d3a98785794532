#ifndef CORE_MULTIPART_H
#define CORE_MULTIPART_H

/*
 * multipart - reads multipart/form-data (RFC 7578, RFC 2046) as it comes.
 *
 * Memory is one window of a few KiB whatever the size of the parts.  Bytes are
 * pulled from a source; the caller asks for the next part and then reads it to
 * its end (or asks for the next: the rest is skipped).
 *
 * Failure: 400 bad_multipart for anything that is no multipart/form-data, and
 * whatever the source says.  Part headers are limited to 8 KiB, names to 1 KiB;
 * a boundary has 1 to 70 characters.
 */
#include "arena.h"
#include "err.h"

struct multipart;

/* Up to n bytes into p; *got = 0 at the end. */
typedef bool multipart_read_fn(void *from, void *p, size_t n, size_t *got,
			       struct err *e);

struct part {
	const char *name;     /* "" if none */
	const char *filename; /* NULL: a field; "" and up: a file */
	const char *type;     /* its Content-Type, or NULL */
};

/* content_type: the request's header with the boundary. */
bool multipart_open(struct arena *a, const char *content_type,
		    multipart_read_fn *read, void *from, struct multipart **out,
		    struct err *e) MUST_CHECK;
/* NULL in *out after the last part.  Texts live in the arena. */
bool multipart_next(struct multipart *m, const struct part **out,
		    struct err *e) MUST_CHECK;
/* Bytes of the current part; *got = 0 at its end. */
bool multipart_read(struct multipart *m, void *p, size_t n, size_t *got,
		    struct err *e) MUST_CHECK;
/* The rest of the part as text, at most limit bytes (413), NUL-terminated. */
bool multipart_text(struct multipart *m, size_t limit, struct span *out,
		    struct err *e) MUST_CHECK;

#endif
