/*
 * Any body, cut into pieces of any size: no crash, and what comes out must not
 * depend on how it was cut.  The first byte is the size of the pieces.
 */
#include "core/multipart.h"

#include <stdlib.h>
#include <string.h>

#include "../feed.h"
#include "core/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* Everything that comes out, then how it ended. */
static struct buf
parse(struct arena *a, const char *p, size_t n, size_t step)
{
	struct feed f = {p, n, step};
	struct buf out = buf_on(a);
	const struct part *part;
	struct multipart *m;
	struct err e = {.status = 0};
	size_t got;
	char piece[61];

	if (!multipart_open(a, "multipart/form-data; boundary=B", feed_read, &f,
			    &m, &e))
		abort();
	while (multipart_next(m, &part, &e) && part) {
		buf_addf(&out, "[%s|%s|%s]", part->name,
			 part->filename ? part->filename : "-",
			 part->type ? part->type : "-");
		do {
			if (!multipart_read(m, piece, sizeof piece, &got, &e))
				break;
			buf_addn(&out, piece, got);
		} while (got);
		if (e.status)
			break;
	}
	buf_add(&out, e.status ? e.message : "end");
	return out;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena *a = arena_new(256 * MiB);
	struct buf x, y;

	if (n > 0) {
		const char *body = (const char *)p + 1;

		x = parse(a, body, n - 1, (size_t)p[0] + 1);
		y = parse(a, body, n - 1, n);
		if (x.n != y.n || memcmp(x.p, y.p, x.n) != 0)
			abort();
	}
	arena_free(a);
	return 0;
}
