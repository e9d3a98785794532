/*
 * lift against good, broken and hostile texts, fed in pieces of every size so
 * that each of them is cut at each byte.
 */
#include "core/lift.h"

#include <stdio.h>
#include <string.h>

#include "core/buf.h"
#include "core/enc.h"
#include "t/feed.h"
#include "t/tap.h"

/* "bytes|rest", or the error. */
static const char *
lifted(struct arena *a, const char *text, size_t step, size_t piece)
{
	struct feed f = {text, strlen(text), step};
	struct lift *l = lift_new(a, "data", feed_read, &f);
	struct buf out = buf_on(a);
	char p[16];
	struct err e;
	size_t got;

	do {
		if (!lift_read(l, p, piece, &got, &e))
			return arena_printf(a, "%d %s %s", e.status, e.code,
					    e.field);
		buf_addn(&out, p, got);
	} while (got > 0);
	buf_add(&out, "|");
	buf_add(&out, lift_rest(l).p);
	return buf_str(&out);
}

static void
gives(const char *text, const char *want, const char *name)
{
	struct arena *a = arena_new(16 * MiB);
	const char *first = lifted(a, text, 1, 16);
	bool same = true;

	is(first, want, name);
	for (size_t step = 1; step <= 7; step++)
		for (size_t piece = 1; piece <= 16; piece += 5)
			same &= strcmp(lifted(a, text, step, piece), first) ==
				0;
	ok(same, "... however it is cut");
	arena_free(a);
}

static void
refuses(const char *data, const char *name)
{
	char text[100];

	snprintf(text, sizeof text, "{\"data\":\"%s\"}", data);
	gives(text, "400 validation_failed data", name);
}

static void
test_places(void)
{
	gives("{\"data\":\"aGVsbG8=\"}", "hello|{\"data\":\"\"}", "alone");
	gives("{\"a\":1,\"data\" : \"aGk=\" ,\"b\":[2]}",
	      "hi|{\"a\":1,\"data\" : \"\" ,\"b\":[2]}", "among others");
	gives("{\"data\":\"\"}", "|{\"data\":\"\"}", "empty");
	gives("{\"b\":\"data\",\"data\":\"YWJj\"}",
	      "abc|{\"b\":\"data\",\"data\":\"\"}", "its name as a value");
	gives("{\"b\":{\"data\":\"YWJj\"}}", "|{\"b\":{\"data\":\"YWJj\"}}",
	      "one further in is not it");
	gives("[\"data\",\"YWJj\",{\"data\":\"YWJj\"}]",
	      "|[\"data\",\"YWJj\",{\"data\":\"YWJj\"}]", "nor one of a list");
	gives("{\"data\":{\"data\":\"YWJj\"}}",
	      "|{\"data\":{\"data\":\"YWJj\"}}", "nor is an object");
	gives("{\"data\":5,\"x\":\"YWJj\"}", "|{\"data\":5,\"x\":\"YWJj\"}",
	      "nor a number");
	gives("{\"data\":\"YWJj\",\"data\":\"YWJj\"}",
	      "abc|{\"data\":\"\",\"data\":\"YWJj\"}", "the second stays");
	gives("{\"a\\\"\":\"\\\\\",\"data\":\"YWJj\"}",
	      "abc|{\"a\\\"\":\"\\\\\",\"data\":\"\"}", "escapes beside it");
	gives("{\"dat\":\"YWJj\",\"datas\":\"x\",\"adata\":\"y\"}",
	      "|{\"dat\":\"YWJj\",\"datas\":\"x\",\"adata\":\"y\"}",
	      "names that are only like it");
	gives("", "|", "nothing at all");
	gives("}]\"", "|}]\"", "rubbish is passed on");
	gives("{\"data\":\"YWJj", "abc|{\"data\":\"", "a text that breaks off");
}

static void
test_base64(void)
{
	gives("{\"data\":\"Pz8\\/\"}", "??\?|{\"data\":\"\"}",
	      "a slash that is escaped");
	refuses("YWJ", "three digits");
	refuses("YW=j", "padding inside");
	refuses("Y===", "too much of it");
	refuses("YWJj=", "padding alone");
	refuses("YQ==YQ==", "more after the end");
	refuses("YR==", "bits left over");
	refuses("YWK=", "two bits left over");
	refuses("YWJj\\n", "a line feed");
	refuses("YW Jj", "a space");
	refuses("YW-_", "the other alphabet");
	refuses("data:image/png;base64,YWJj", "a data: address");
	refuses("\\u0059WJj", "an escaped digit");
}

/* Every length, against the encoder. */
static void
test_lengths(void)
{
	struct arena *a = arena_new(16 * MiB);
	bool same = true;
	char bytes[100];

	for (size_t n = 0; n < sizeof bytes; n++) {
		struct buf text = buf_on(a);
		const char *want, *got;

		for (size_t i = 0; i < n; i++)
			bytes[i] = (char)(1 + (i * 37 + n) % 120);
		buf_addf(&text, "{\"data\":\"%s\"}", enc_base64(a, bytes, n));
		want = arena_printf(a, "%.*s|{\"data\":\"\"}", (int)n, bytes);
		got = lifted(a, buf_str(&text), 3, 5);
		same &= strcmp(got, want) == 0;
	}
	ok(same, "every length comes back");
	arena_free(a);
}

static void
test_limit(void)
{
	struct arena *a = arena_new(16 * MiB);
	struct buf text = buf_on(a);

	buf_add(&text, "{\"x\":\"");
	for (size_t i = 0; i < LIFT_REST_BYTES; i++)
		buf_addc(&text, 'y');
	buf_add(&text, "\"}");
	is(lifted(a, buf_str(&text), 1000, 16), "413 too_large ",
	   "what stays is limited");
	arena_free(a);
}

int
main(void)
{
	test_places();
	test_base64();
	test_lengths();
	test_limit();
	return done_testing();
}
