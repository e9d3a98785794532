/*
 * Any text, cut into pieces of any size: no crash, the same bytes and the same
 * rest however it was cut; and when the rest is JSON, bytes and rest put
 * together again are JSON with those bytes in it.  The first byte is the size
 * of the pieces.
 */
#include "core/lift.h"

#include <stdlib.h>
#include <string.h>

#include "../feed.h"
#include "core/buf.h"
#include "core/enc.h"
#include "core/json.h"

struct lifted {
	struct buf bytes;
	struct span rest;
	struct err e;
};

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static struct lifted
lift(struct arena *a, const char *p, size_t n, size_t step)
{
	struct feed f = {p, n, step};
	struct lift *l = lift_new(a, "data", feed_read, &f);
	struct lifted out = {.bytes = buf_on(a)};
	char piece[61];
	size_t got;

	do {
		if (!lift_read(l, piece, sizeof piece, &got, &out.e))
			break;
		buf_addn(&out.bytes, piece, got);
	} while (got > 0);
	out.rest = lift_rest(l);
	return out;
}

static bool
same(struct span x, struct span y)
{
	return x.n == y.n && (x.n == 0 || memcmp(x.p, y.p, x.n) == 0);
}

/* Bytes only come from a member that JSON knows as "data", and as its base64
 * says. */
static void
check(struct arena *a, const char *p, size_t n, const struct lifted *x)
{
	struct json_object *whole, *rest;
	const char *data;
	struct span bytes;
	struct err e;

	if (x->e.status || !json_parse(a, p, n, &whole, &e) ||
	    !json_parse(a, x->rest.p, x->rest.n, &rest, &e))
		return;
	data = json_text(whole, "data");
	if (x->bytes.n == 0)
		return;
	if (!data || !dec_base64(a, span_of(data), &bytes) ||
	    !same(bytes, (struct span){x->bytes.p, x->bytes.n}) ||
	    *json_text(rest, "data"))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena *a = arena_new(256 * MiB);
	struct lifted x, y;

	if (n > 1) {
		const char *text = (const char *)p + 1;

		x = lift(a, text, n - 1, (size_t)p[0] + 1);
		y = lift(a, text, n - 1, n);
		if (x.e.status != y.e.status ||
		    !same((struct span){x.bytes.p, x.bytes.n},
			  (struct span){y.bytes.p, y.bytes.n}) ||
		    !same(x.rest, y.rest))
			abort();
		check(a, text, n - 1, &x);
	}
	arena_free(a);
	return 0;
}
