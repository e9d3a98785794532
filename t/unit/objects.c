/*
 * Names the store takes, and the Content-Type it keeps.
 */
#include "domain/objects.h"

#include "domain/objects_type.h"
#include "t/tap.h"

static void
test_keys(void)
{
	static const char *const good[] = {
		"a",     "a/b.txt", "a///b",
		"/lead", "trail/",  "A_z 0-9!*'()&$@=;:+,?",
		"...",   "a/..b/c", ".emptyFolderPlaceholder"};
	static const char *const bad[] = {
		"",     ".",    "..",       "../a", "a/./b", "a/..",  "a%b",
		"a#b",  "a\"b", "a[b",      "a{b",  "a^b",   "a~b",   "a|b",
		"a\\b", "a`b",  "\xc3\xa4", "a\nb", "a\tb",  "a\177b"};
	char longest[1026];

	for (size_t i = 0; i < NELEM(good); i++)
		ok(objects_key_ok(good[i]), good[i]);
	for (size_t i = 0; i < NELEM(bad); i++)
		ok(!objects_key_ok(bad[i]), "a key is refused");
	memset(longest, 'k', sizeof longest);
	longest[1024] = '\0';
	ok(objects_key_ok(longest), "1024 bytes are a key");
	longest[1024] = 'k';
	longest[1025] = '\0';
	ok(!objects_key_ok(longest), "1025 bytes are none");
	longest[100] = '\0';
	ok(objects_bucket_ok(longest), "100 bytes are a bucket name");
	longest[100] = 'k';
	longest[101] = '\0';
	ok(!objects_bucket_ok(longest), "101 bytes are none");
	ok(!objects_bucket_ok("a/b"), "a bucket name has no slash");
}

static void
test_types(void)
{
	static const struct {
		const char *found, *claimed, *stored;
	} rows[] = {
		{"image/png",                       "image/png",                "image/png"      },
		{"image/png",                       "image/jpeg",               "image/png"      },
		{"image/png",                       "text/html",                "image/png"      },
		{"text/plain; charset=us-ascii",    "text/plain;charset=UTF-8",
		 "text/plain;charset=UTF-8"						      },
		{"text/plain; charset=us-ascii",    "text/css",                 "text/css"       },
		{"text/plain; charset=us-ascii",    "application/json",
		 "application/json"							      },
		{"application/json",                "application/geo+json",
		 "application/geo+json"							  },
		{"text/plain; charset=us-ascii",    "text/html",                "text/plain"     },
		{"text/plain; charset=us-ascii",    "image/svg+xml",            "text/plain"     },
		{"text/plain; charset=us-ascii",    "application/xhtml+xml",
		 "text/plain"								    },
		{"text/plain; charset=us-ascii",    "application/octet-stream",
		 "text/plain"								    },
		{"text/plain; charset=us-ascii",    "image/png",                "text/plain"     },
		{"text/x-c; charset=us-ascii",      "text/markdown",
		 "text/markdown"								 },
		{"text/html; charset=us-ascii",     "text/plain",               "text/html"      },
		{"text/html; charset=us-ascii",     "image/png",                "text/html"      },
		{"text/xml; charset=us-ascii",      "text/csv",                 "text/xml"       },
		{"image/svg+xml; charset=us-ascii", "image/png",
		 "image/svg+xml"								 },
		{"application/octet-stream",        "font/woff2",               "font/woff2"     },
		{"application/octet-stream",        "application/x-protobuf",
		 "application/x-protobuf"							},
		{"application/octet-stream",        "image/png",
		 "application/octet-stream"						      },
		{"application/octet-stream",        "text/html",
		 "application/octet-stream"						      },
		{"application/octet-stream",        "application/pdf",
		 "application/octet-stream"						      },
		{"application/octet-stream",        "application/json",
		 "application/octet-stream"						      },
		{"application/zip",
		 "application/vnd.openxmlformats-officedocument."
		 "wordprocessingml.document",				   "application/vnd.openxmlformats-officedocument."
		 "wordprocessingml.document"        },
		{"application/zip",                 "application/pdf",          "application/zip"},
		{"application/zip",                 "application/vnd.x+xml",    "application/zip"},
		{"video/mp4",                       "audio/mp4",                "audio/mp4"      },
		{"video/mp4",                       "image/png",                "video/mp4"      },
		{"application/x-executable",        "image/png",
		 "application/x-executable"						      },
	};
	struct arena *a = arena_new(MiB);

	for (size_t i = 0; i < NELEM(rows); i++)
		is(stored_type(a, rows[i].found, rows[i].claimed, false),
		   rows[i].stored,
		   arena_printf(a, "%s said to be %s", rows[i].found,
				rows[i].claimed));
	is(stored_type(a, "application/octet-stream", "text/html", true),
	   "text/html", "no bytes are whatever the client says");
	ok(type_is_valid("text/plain;charset=UTF-8"), "a type with parameter");
	ok(!type_is_valid("text"), "no subtype");
	ok(!type_is_valid("text/"), "empty subtype");
	ok(!type_is_valid("text/pl ain"), "a space inside");
	ok(!type_is_valid("text/plain\r\nX: y"), "no second header");
	arena_free(a);
}

/* What the type is decided by is the same whether libmagic looked for kinds of
 * text or not. */
static void
test_found(void)
{
	static const struct {
		const char *bytes, *claimed, *stored;
	} rows[] = {
  /* clang-format off */
		{"just words\n",                     "text/plain;charset=UTF-8", "text/plain;charset=UTF-8"},
		{"gr\xc3\xbc\xc3\x9f Gott\n",       "text/markdown",       "text/markdown"},
		{"#include <stdio.h>\n",             "text/x-c",            "text/x-c"},
		{"#include <stdio.h>\nint x;\n",     "application/octet-stream", "text/x-c"},
		{"mail to <ann@example.test>\n",     "text/plain",          "text/plain"},
		{"\033[31mred\033[0m\n",             "text/plain",          "text/plain"},
		{"words\n<HTML >\n",                 "text/plain",          "text/html"},
		{"words <script\tsrc=x></script>",   "text/plain",          "text/html"},
		{"words <a href=\"x\">y</a>",        "text/markdown",       "text/html"},
		{"<!-- x -->\n<!DOCTYPE html>",       "text/csv",            "text/html"},
		{"<?xml version=\"1.0\"?><a/>",      "text/plain",          "text/xml"},
		{"<!DOCTYPE svg><svg/>",             "application/json",    "image/svg+xml"},
		{"words\n%PDF-1.4\n",                "text/plain",          "application/pdf"},
		{"%!PS-Adobe-3.0\n",                 "text/plain",          "application/postscript"},
		{"a\x01" "b\n",                      "text/plain",          "application/octet-stream"},
		{"a\xff\xfe" "b\x01\n",             "text/plain",          "application/octet-stream"},
		{"{\"a\": 1}\n",                     "text/plain",          "text/plain"},
		{"{\"a\": 1}\n",                     "image/png",           "application/json"},
		{"x",                                "text/plain",          "text/plain"},
		{"x",                                "image/png",           "text/plain"},
  /* clang-format on */
	};
	struct arena *a = arena_new(MiB);
	struct mime *m = NULL;
	struct err e;

	if (!ok(mime_new(&m, &e), "libmagic loads"))
		return;
	for (size_t i = 0; i < NELEM(rows); i++) {
		const char *p = rows[i].bytes;

		is(stored_type(a,
			       found_type(m, a, p, strlen(p), rows[i].claimed),
			       rows[i].claimed, false),
		   rows[i].stored,
		   arena_printf(a, "row %zu said to be %s", i,
				rows[i].claimed));
	}
	mime_free(m);
	arena_free(a);
}

/* More than libmagic is shown, and a cookie used both ways by turns. */
static void
test_long_text(void)
{
	static const char c[] = "#include <stdio.h>\nint main(void);\n";

	enum {
		SIZE = MIME_PREFIX_BYTES + 100
	};
	struct arena *a = arena_new(MiB);
	char *text = arena_alloc(a, SIZE);
	struct mime *m = NULL;
	struct err e;

	if (!ok(mime_new(&m, &e), "libmagic loads"))
		return;
	/* 3 does not divide 64 Ki: the prefix ends inside a character. */
	for (size_t i = 0; i + 3 <= SIZE; i += 3)
		memcpy(text + i, "\xe2\x82\xac", 3);
	is(found_type(m, a, text, SIZE / 3 * 3, "text/plain"), "text/plain",
	   "a character that the prefix cuts");
	is(found_type(m, a, c, sizeof c - 1, "image/png"),
	   "text/x-c; charset=us-ascii",
	   "who needs the kind of a text is told it");
	text[MIME_PREFIX_BYTES - 3000] = '\0';
	is(found_type(m, a, text, SIZE / 3 * 3, "text/plain"),
	   "application/octet-stream", "a NUL far behind is seen");
	mime_free(m);
	arena_free(a);
}

static void
test_rules(void)
{
	struct arena *a = arena_new(MiB);

	ok(type_allowed(a, NULL, "a/b"), "no rule");
	ok(type_allowed(a, "[]", "a/b"), "an empty rule");
	ok(type_allowed(a, "[\"image/png\"]", "image/png"), "the same");
	ok(type_allowed(a, "[\"x/y\",\"image/*\"]", "image/png"), "any image");
	ok(!type_allowed(a, "[\"image/*\"]", "text/plain"), "another major");
	ok(!type_allowed(a, "[\"text/plain\"]", "text/plain;charset=UTF-8"),
	   "parameters count");
	ok(!type_allowed(a, "[\"image/PNG\"]", "image/png"), "case counts");
	ok(!type_allowed(a, "[\"*/*\",\"*\"]", "image/png"),
	   "a star for the major type matches nothing");
	arena_free(a);
}

int
main(void)
{
	test_keys();
	test_types();
	test_found();
	test_long_text();
	test_rules();
	return done_testing();
}
