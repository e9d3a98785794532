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
	test_rules();
	return done_testing();
}
