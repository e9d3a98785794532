#ifndef T_FEED_H
#define T_FEED_H

/*
 * feed - a text that comes in pieces of a given size, for parsers that read
 * from a source: {feed_read, &(struct feed){text, length, size}}.
 */
#include <string.h>

#include "core/err.h"

struct feed {
	const char *p;
	size_t n, step;
};

static inline bool
feed_read(void *from, void *p, size_t n, size_t *got, struct err *e)
{
	struct feed *f = from;

	(void)e;
	*got = f->n < f->step ? f->n : f->step;
	if (*got > n)
		*got = n;
	memcpy(p, f->p, *got);
	f->p += *got;
	f->n -= *got;
	return true;
}

#endif
