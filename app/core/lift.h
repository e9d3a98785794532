#ifndef CORE_LIFT_H
#define CORE_LIFT_H

/*
 * lift - takes one base64 member out of a JSON object while it streams.
 *
 * A client sends {"filename":"a.png","data":"<megabytes>","mimeType":...}; the
 * bytes of `data` come out decoded, in constant memory, and what is left is a
 * small JSON text in which the member is "" - to be parsed and checked as any
 * other.  Only a member of the outermost object counts, the first of that
 * name, written without escapes.
 *
 * Failure: 400 validation_failed with the member as field when it is not
 * base64 (RFC 4648, strict), 413 too_large when the rest passes its limit, and
 * whatever the source says.  The rest is not checked to be JSON here.
 */
#include "arena.h"
#include "err.h"

enum {
	LIFT_REST_BYTES = 64 * KiB
};

struct lift;

/* Up to n bytes into p; *got = 0 at the end. */
typedef bool lift_read_fn(void *from, void *p, size_t n, size_t *got,
			  struct err *e);

/* member: borrowed, plain ASCII. */
struct lift *lift_new(struct arena *a, const char *member, lift_read_fn *read,
		      void *from);
/* Decoded bytes; *got = 0 once the whole text is read. */
bool lift_read(struct lift *l, void *p, size_t n, size_t *got,
	       struct err *e) MUST_CHECK;
/* The text without the bytes; whole when lift_read has come to its end. */
struct span lift_rest(struct lift *l);

#endif
