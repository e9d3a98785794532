#ifndef CORE_MIME_H
#define CORE_MIME_H

/*
 * mime - what bytes are, by libmagic; never by file name or client's word.
 *
 * One loaded cookie per process; one that was loaded before a fork serves in
 * every child, which shares its memory.
 */
#include "arena.h"
#include "err.h"

/* As many first bytes as are worth handing over; office formats (zip) show
 * themselves within a few kB. */
enum {
	MIME_PREFIX_BYTES = 64 * KiB
};

struct mime;

bool mime_new(struct mime **out, struct err *e) MUST_CHECK;
void mime_free(struct mime *m); /* NULL is allowed */
/* Before a fork: libmagic 5.44 compiles a regular expression when a text first
 * meets it, and keeps it; all of them are 2.3 MB and 10 ms. */
void mime_warm(struct mime *m);

/* No bytes, or ones that libmagic does not know. */
extern const char mime_unknown[]; /* application/octet-stream */

/*
 * "image/png", "text/plain; charset=utf-8": texts carry their charset when
 * libmagic knows it.
 */
const char *mime_of(struct mime *m, struct arena *a, const void *p, size_t n);

/*
 * The same for what the caller knows to be text and no markup, and does not
 * need to know the kind of: "text/plain" unless libmagic's tests for binary
 * formats, JSON or CSV say something else.  The tests that tell kinds of text
 * apart are regular expressions and searches over kilobytes: they take ten
 * times as long as all others together (2 to 3 ms with libmagic 5.44).
 */
const char *mime_of_text(struct mime *m, struct arena *a, const void *p,
			 size_t n);

#endif
