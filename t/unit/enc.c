/* base64, base64url, hex, percent: both ways, and what must be refused. */
#include <stdlib.h>

#include "core/enc.h"

#include "t/tap.h"

static struct arena *a;

static void
test_encode(void)
{
	static const char *const rfc4648[][3] = {
		{"",       "",         ""        },
		{"f",      "Zg==",     "Zg"      },
		{"fo",     "Zm8=",     "Zm8"     },
		{"foo",    "Zm9v",     "Zm9v"    },
		{"foobar", "Zm9vYmFy", "Zm9vYmFy"},
	};
	struct span s;

	for (size_t i = 0; i < NELEM(rfc4648); i++) {
		const char *in = rfc4648[i][0];

		is(enc_base64(a, in, strlen(in)), rfc4648[i][1], "base64");
		is(enc_base64url(a, in, strlen(in)), rfc4648[i][2],
		   "base64url");
		ok(dec_base64(a, span_of(rfc4648[i][1]), &s) && span_is(s, in),
		   "base64 back");
		ok(dec_base64url(a, span_of(rfc4648[i][2]), &s) &&
			   span_is(s, in),
		   "base64url back");
	}
	is(enc_base64(a, "\xfb\xff", 2), "+/8=", "the last two digits");
	is(enc_base64url(a, "\xfb\xff", 2), "-_8", "of either alphabet");
	is(enc_hex(a, "\x00\xab\xff", 3), "00abff", "hex is lower case");
}

static void
test_refusals(void)
{
	static const char *const bad64[] = {
		"Z",      "Zg", "Zg=",  "Zh==",     "Zm9=", "Zg===",
		"Zm9v\n", "=",  "====", "Zg==Zg==", "-_8=", "Zm 9"};
	static const char *const badurl[] = {"Z",   "Zg==", "Zh",  "Zm9",
					     "+/8", "Zg\n", "Zg.", "Zm9vY"};
	static const char *const badhex[] = {"0", "0g", "0x10", " 1", "-1"};
	static const char *const badpct[] = {"%",   "%4",   "%zz", "%00",
					     "a%1", "%%41", "%+1"};
	struct span s = {NULL, 0};

	for (size_t i = 0; i < NELEM(bad64); i++)
		ok(!dec_base64(a, span_of(bad64[i]), &s), bad64[i]);
	for (size_t i = 0; i < NELEM(badurl); i++)
		ok(!dec_base64url(a, span_of(badurl[i]), &s), badurl[i]);
	for (size_t i = 0; i < NELEM(badhex); i++)
		ok(!dec_hex(a, span_of(badhex[i]), &s), badhex[i]);
	for (size_t i = 0; i < NELEM(badpct); i++)
		ok(!dec_percent(a, span_of(badpct[i]), false, &s), badpct[i]);
	ok(s.p == NULL, "a refusal leaves the result alone");
}

static void
test_percent(void)
{
	struct span s;

	ok(dec_percent(a, span_of("a%20b+c%2f%C3%A9"), false, &s) &&
		   span_is(s, "a b+c/\xc3\xa9"),
	   "percent-decoding of a path");
	ok(dec_percent(a, span_of("a+b%2Bc"), true, &s) && span_is(s, "a b+c"),
	   "and of a form");
	ok(dec_hex(a, span_of("00AbfF"), &s) && s.n == 3 &&
		   memcmp(s.p, "\x00\xab\xff", 3) == 0,
	   "hex of either case");
}

/* Whatever is accepted must be what the encoder writes. */
static void
test_random_texts(void)
{
	static const char abc[] = "AQZaz09+/-_=. \n";
	bool fine = true;

	srandom(7);
	for (int i = 0; i < 20000 && fine; i++) {
		char text[12];
		struct span in = {text, (size_t)random() % sizeof text}, out;

		for (size_t k = 0; k < in.n; k++)
			text[k] = abc[(size_t)random() % (sizeof abc - 1)];
		if (dec_base64url(a, in, &out))
			fine = span_is(in, enc_base64url(a, out.p, out.n));
		if (fine && dec_base64(a, in, &out))
			fine = span_is(in, enc_base64(a, out.p, out.n));
		if (i % 1000 == 0)
			arena_reset(a);
	}
	ok(fine, "20000 random texts: one text for one value");
}

int
main(void)
{
	a = arena_new(16 * MiB);
	test_encode();
	test_refusals();
	test_percent();
	test_random_texts();
	arena_free(a);
	return done_testing();
}
