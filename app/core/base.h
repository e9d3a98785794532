#ifndef CORE_BASE_H
#define CORE_BASE_H

/*
 * base - the few words every file of the tree uses.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NELEM(a)          (sizeof(a) / sizeof((a)[0]))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define MUST_CHECK        __attribute__((warn_unused_result))
#define NEVER_RETURNS     __attribute__((noreturn))

enum {
	KiB = 1024,
	MiB = 1024 * KiB
};

/* A borrowed slice of text or bytes; not NUL-terminated. */
struct span {
	const char *p;
	size_t n;
};

struct span span_of(const char *s); /* NULL gives the empty span */
bool span_is(struct span s, const char *text);
bool span_starts(struct span s, const char *prefix);
/* Cuts up to the first sep off *rest; the tail (without sep) stays in *rest.
 * When sep is absent the whole of it is cut and *rest becomes empty. */
struct span span_cut(struct span *rest, char sep);

#endif
