#include "base.h"

#include <string.h>

struct span
span_of(const char *s)
{
	return (struct span){s ? s : "", s ? strlen(s) : 0};
}

bool
span_is(struct span s, const char *text)
{
	size_t n = strlen(text);

	return s.n == n && memcmp(s.p, text, n) == 0;
}

bool
span_starts(struct span s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.n >= n && memcmp(s.p, prefix, n) == 0;
}

struct span
span_cut(struct span *rest, char sep)
{
	const char *at = rest->n ? memchr(rest->p, sep, rest->n) : NULL;
	size_t n = at ? (size_t)(at - rest->p) : rest->n;
	struct span head = {rest->p, n};

	rest->p += n + (at ? 1 : 0);
	rest->n -= n + (at ? 1 : 0);
	return head;
}
