#ifndef CORE_ARENA_H
#define CORE_ARENA_H

/*
 * arena - memory that lives exactly as long as one request.
 *
 * Ownership: all of it belongs to the arena; callers never free().
 * Failure: never NULL.  Out of memory, or past the limit, the process logs and
 * exits (the master starts another worker).  Input is refused (413) long
 * before that.
 */
#include <stdarg.h>

#include "base.h"

struct arena;

struct arena *arena_new(size_t limit_bytes);
void arena_reset(struct arena *a); /* runs cleanups, newest first */
void arena_free(struct arena *a);  /* NULL is allowed */
size_t arena_used(const struct arena *a);

void *arena_alloc(struct arena *a, size_t n); /* zeroed, aligned for any type */
/* Makes p, which has n bytes, `more` bytes longer (zeroed).  The newest piece
 * grows where it is, or alone in a block of its own; any other is copied and
 * what it had is lost until the reset. */
void *arena_grow(struct arena *a, void *p, size_t n, size_t more);
char *arena_strdup(struct arena *a, const char *s); /* NULL gives NULL */
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
	PRINTF_LIKE(2, 0);

/* Calls fn(p) at reset: for a PGresult, a json_object, an open file. */
void arena_defer(struct arena *a, void (*fn)(void *p), void *p);

#endif
