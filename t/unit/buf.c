/* Text building and arenas. */
#include <malloc.h>

#include "core/buf.h"

#include "t/tap.h"

static int cleaned;

static void
note_cleanup(void *p)
{
	cleaned = cleaned * 10 + *(int *)p;
}

static void
test_escapes(struct arena *a)
{
	struct buf b = buf_on(a);

	buf_add_html(&b, "<a href=\"x\">'&", 14);
	is(buf_str(&b), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;",
	   "HTML: the five characters become entities");

	b = buf_on(a);
	buf_add_json(&b, "a\"\\\n\x01</script>");
	is(buf_str(&b), "\"a\\\"\\\\\\n\\u0001\\u003c/script>\"",
	   "JSON: quotes, control bytes and < are escaped");

	b = buf_on(a);
	buf_add_json(&b, NULL);
	is(buf_str(&b), "null", "JSON: NULL is null");

	b = buf_on(a);
	buf_add_url(&b, "a b/\xc3\xa9~");
	is(buf_str(&b), "a%20b%2F%C3%A9~", "URL: only unreserved bytes stay");
}

static void
test_growth(struct arena *a)
{
	struct buf b = buf_on(a);

	is(buf_str(&b), "", "an empty buffer reads as the empty string");
	for (int i = 0; i < 5000; i++)
		buf_addf(&b, "%04d", i);
	is_int((long long)b.n, 20000, "5000 appends keep every byte");
	ok(memcmp(b.p + 19996, "4999", 4) == 0 && b.p[20000] == '\0',
	   "the tail is in place and terminated");
}

static void
test_arena(void)
{
	struct arena *a = arena_new(10 * MiB);
	int one = 1, two = 2;

	arena_defer(a, note_cleanup, &one);
	arena_defer(a, note_cleanup, &two);
	arena_alloc(a, 200 * KiB);
	arena_reset(a);
	is_int(cleaned, 21, "cleanups run newest first");
	is_int((long long)arena_used(a), 0, "a reset arena is empty");
	is(arena_printf(a, "%s-%d", "x", 7), "x-7", "printf into an arena");
	for (int i = 0; i < 1000; i++)
		arena_alloc(a, 1);
	ok(arena_used(a) >= 16000, "small pieces count as what they take");
	for (int i = 0; i < 100; i++)
		arena_alloc(a, 60 * KiB);
	arena_reset(a);
	ok(mallinfo2().uordblks < 2 * MiB,
	   "a greedy request leaves little behind");
	arena_free(a);
	arena_free(NULL);
}

static void
test_arena_grow(void)
{
	struct arena *a = arena_new(2 * MiB);
	char *p = arena_grow(a, NULL, 0, 10), *q;

	strcpy(p, "012345678");
	q = arena_grow(a, p, 10, 1000);
	ok(q == p && p[1009] == '\0', "the newest piece grows where it is");
	arena_alloc(a, 1);
	q = arena_grow(a, p, 1010, 10);
	ok(q != p && memcmp(p, q, 10) == 0, "an older one is copied");
	for (size_t n = 1020; n < MiB; n += n / 2)
		q = arena_grow(a, q, n, n / 2);
	is(q, "012345678", "a long one keeps what it had");
	ok(arena_used(a) < 2 * MiB, "and counts once");
	q = arena_alloc(a, 100);
	memset(q, 'x', 100);
	ok(mallinfo2().uordblks + mallinfo2().hblkhd < 2 * MiB,
	   "without the steps on the way");
	arena_reset(a);
	ok(mallinfo2().uordblks + mallinfo2().hblkhd < 256 * KiB,
	   "a reset gives it back");
	arena_free(a);
}

int
main(void)
{
	struct arena *a = arena_new(10 * MiB);

	test_escapes(a);
	test_growth(a);
	arena_free(a);
	test_arena();
	test_arena_grow();
	return done_testing();
}
