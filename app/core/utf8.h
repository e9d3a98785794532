#ifndef CORE_UTF8_H
#define CORE_UTF8_H

/*
 * utf8 - is this text UTF-8 as RFC 3629 and PostgreSQL want it?
 *
 * Refuses overlong forms, encoded surrogates, code points past U+10FFFF and
 * cut sequences.  Texts from outside are checked once, at the edge.
 */
#include "base.h"

enum utf8_nul {
	UTF8_NUL_REFUSED, /* for text: PostgreSQL takes no U+0000 */
	UTF8_NUL_ALLOWED,
};

bool utf8_ok(const char *p, size_t n, enum utf8_nul nul);
/* Code points of valid text. */
size_t utf8_count(const char *p, size_t n);
/* Most bytes <= n that end between code points: for cutting valid text. */
size_t utf8_floor(const char *p, size_t n);

#endif
