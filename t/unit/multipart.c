/*
 * multipart against good, broken and hostile bodies, fed in pieces of every
 * size so that each delimiter is cut at each byte.
 */
#include "core/multipart.h"

#include <stdio.h>
#include <string.h>

#include "core/buf.h"
#include "t/feed.h"
#include "t/tap.h"

/* "name|filename|type|content\n" for each part, or the error. */
static const char *
parse(struct arena *a, const char *type, const char *body, size_t n,
      size_t step)
{
	struct feed f = {body, n, step};
	struct buf out = buf_on(a);
	const struct part *part;
	struct multipart *m;
	struct err e;

	if (!multipart_open(a, type, feed_read, &f, &m, &e))
		return arena_printf(a, "error %s", e.message);
	for (;;) {
		size_t got;

		if (!multipart_next(m, &part, &e))
			return arena_printf(a, "error %s", e.message);
		if (!part)
			return buf_str(&out);
		buf_addf(&out, "%s|%s|%s|", part->name,
			 part->filename ? part->filename : "-",
			 part->type ? part->type : "-");
		do {
			char piece[7];

			if (!multipart_read(m, piece, sizeof piece, &got, &e))
				return arena_printf(a, "error %s", e.message);
			buf_addn(&out, piece, got);
		} while (got);
		buf_add(&out, "\n");
	}
}

#define TYPE        "multipart/form-data; boundary=XX"
#define ATTACHMENT  "Content-Disposition: attachment; "
#define TEN         "0123456789"
#define DISPOSITION "Content-Disposition: form-data; "

static void
every_step(const char *body, const char *want, const char *name)
{
	struct arena *a = arena_new(64 * MiB);
	size_t n = strlen(body), bad = 0;

	for (size_t step = 1; step <= n + 1; step++)
		if (strcmp(parse(a, TYPE, body, n, step), want) != 0)
			bad++;
	is_int((int)bad, 0, name);
	if (bad)
		printf("# %s\n", parse(a, TYPE, body, n, n));
	arena_free(a);
}

static void
test_good(void)
{
	every_step("--XX\r\n" DISPOSITION "name=\"a\"\r\n\r\none\r\n--XX--\r\n",
		   "a|-|-|one\n", "one field");
	every_step("--XX\r\n" DISPOSITION "name=cacheControl\r\n\r\n3600\r\n"
		   "--XX\r\n" DISPOSITION "name=\"\"; filename=\"blob\"\r\n"
		   "Content-Type: image/png\r\n\r\n\r\n--X\r\n-\r\n\r\n--XX--",
		   "cacheControl|-|-|3600\n|blob|image/png|\r\n--X\r\n-\r\n\n",
		   "near-delimiters inside a file stay content");
	every_step("preamble\r\n--XX  \r\n" DISPOSITION
		   "name=\"e\"\r\n\r\n\r\n--XX--\r\nepilogue",
		   "e|-|-|\n", "preamble, padding, an empty part, epilogue");
	every_step(
		"--XX\r\n" DISPOSITION
		"name=\"q\\\"\\\\\"; filename=\"a;b.txt\"\r\n\r\n1\r\n--XX--",
		"q\"\\|a;b.txt|-|1\n", "quoted parameters");
	every_step("--XX--\r\n", "", "no part at all");
}

static void
test_bad(void)
{
	static const char *const bodies[] = {
		"",
		"--XX",
		"--XX\r\n",
		"--XX\r\n" DISPOSITION "name=\"a\"\r\n\r\none",
		"--XX\r\n" DISPOSITION "name=\"a\"\r\n\r\none\r\n--XX",
		"--XX\r\n" DISPOSITION "name=\"a\r\n\r\none\r\n--XX--",
		"--XX\r\nContent-Type: text/plain\r\n\r\none\r\n--XX--",
		"--XXY\r\n" DISPOSITION "name=\"a\"\r\n\r\none\r\n--XX--",
		"--XX\r\n" ATTACHMENT "name=a\r\n\r\n1\r\n--XX--",
		"just text",
	};
	struct arena *a = arena_new(64 * MiB);

	for (size_t i = 0; i < NELEM(bodies); i++) {
		size_t n = strlen(bodies[i]);
		bool refused = true;

		for (size_t step = 1; step <= n + 1; step++)
			refused = refused &&
				  strncmp(parse(a, TYPE, bodies[i], n, step),
					  "error", 5) == 0;
		ok(refused,
		   arena_printf(a, "refused at every cut: body %zu", i));
	}
	arena_free(a);
}

static void
test_types(void)
{
	static const char *const types[] = {
		"multipart/form-data",
		"multipart/form-data; boundary=",
		"multipart/form-data; boundary=\"\"",
		"multipart/form-data; boundary=\"x\"y",
		"multipart/form-data; boundary=\"unfinished",
		"multipart/mixed; boundary=XX",
		"multipart/form-data; boundary=" TEN TEN TEN TEN TEN TEN TEN
		"1",
	};
	struct arena *a = arena_new(MiB);

	for (size_t i = 0; i < NELEM(types); i++)
		ok(strncmp(parse(a, types[i], "--XX--", 6, 6), "error", 5) == 0,
		   arena_printf(a, "no boundary in: %.60s", types[i]));
	is(parse(a, "Multipart/Form-Data; charset=x; BOUNDARY=\"X X\"",
		 "--X X--", 7, 1),
	   "", "boundary with a space, in quotes");
	arena_free(a);
}

static void
test_hostile(void)
{
	struct arena *a = arena_new(64 * MiB);
	struct buf b = buf_on(a);
	const char *got;
	size_t start;

	buf_add(&b, "--XX\r\nX: ");
	for (int i = 0; i < 20000; i++)
		buf_addc(&b, 'h');
	buf_add(&b, "\r\n\r\n\r\n--XX--");
	ok(strstr(parse(a, TYPE, b.p, b.n, 4096), "headers"),
	   "endless headers are refused");

	b = buf_on(a);
	for (int i = 0; i < 1200; i++)
		buf_add(&b, "--XX\r\n" DISPOSITION "name=a\r\n\r\n\r\n");
	buf_add(&b, "--XX--");
	ok(strstr(parse(a, TYPE, b.p, b.n, 4096), "too many"),
	   "a thousand parts are enough");

	is(parse(a, TYPE,
		 "--XX\r\n" DISPOSITION "name=\"a\0b\"\r\n\r\n1\r\n--XX--", 63,
		 5),
	   "error multipart/form-data: NUL in part headers", "NUL in a header");

	b = buf_on(a);
	buf_add(&b, "--XX\r\n" DISPOSITION "name=\"\"; filename=x\r\n\r\n");
	start = b.n;
	for (int i = 0; i < 100000; i++)
		buf_add(&b, "\r\n--X");
	start = b.n - start;
	buf_add(&b, "\r\n--XX--");
	got = parse(a, TYPE, b.p, b.n, 8192);
	ok(strlen(got) == start + strlen("|x|-|\n"),
	   "half a megabyte of almost-delimiters comes through whole");
	arena_free(a);
}

int
main(void)
{
	test_good();
	test_bad();
	test_types();
	test_hostile();
	return done_testing();
}
