#ifndef CORE_BUF_H
#define CORE_BUF_H

/*
 * buf - the only place that grows text.
 *
 * The bytes live in an arena and stay NUL-terminated.  The short names escape
 * or are neutral; what goes out unescaped into HTML is called raw and each use
 * carries a reason.  Never fails (see arena.h).
 */
#include "arena.h"
#include "base.h"

struct buf {
	struct arena *a;
	char *p; /* NUL-terminated once anything was added, else NULL */
	size_t n, cap;
};

struct buf buf_on(struct arena *a);
const char *buf_str(struct buf *b); /* "" when empty */

void buf_add(struct buf *b, const char *s);
void buf_addn(struct buf *b, const char *p, size_t n);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* & < > " ' become entities: safe in text and in quoted attributes. */
void buf_add_html(struct buf *b, const char *p, size_t n);
/* A JSON string with its quotes; `<` becomes \u003c, so it may stand in a
 * <script type="application/json">.  s must be UTF-8; NULL becomes null. */
void buf_add_json(struct buf *b, const char *s);
void buf_add_jsonn(struct buf *b, const char *p, size_t n);
/* RFC 3986 percent-encoding of everything but unreserved characters. */
void buf_add_url(struct buf *b, const char *s);
/* The same, with the bytes of `keep` left as they are. */
void buf_add_urln(struct buf *b, const char *p, size_t n, const char *keep);

#endif
