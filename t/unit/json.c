/* The strictness of core/json: what json-c alone would let pass. */
#include "core/json.h"

#include "t/tap.h"

static bool
parses(struct arena *a, const char *text)
{
	struct json_object *o;
	struct err e;

	return json_parse(a, text, strlen(text), &o, &e);
}

static void
test_refused(struct arena *a)
{
	static const char *const bad[] = {
		"",
		"{",
		"}",
		"[1,]",
		"{\"a\":1,}",
		"NaN",
		"Infinity",
		"-",
		"-01",
		"01",
		"5.",
		".5",
		"1e",
		"1e+",
		"1e401",
		"1E-401",
		"1e99999999999999999999",
		"+1",
		"\"\x01\"",
		"\"\t\"",
		"\"\\x\"",
		"\"\\u12\"",
		"\"",
		"\"\\u0000\"",
		"\"\\ud800\"",
		"\"\\udc00\"",
		"\"\\ud800\\u0041\"",
		"{\"a\":1 \"b\":2}",
		"{a:1}",
		"[1 2]",
		"1 2",
		"'a'",
		"{\"a\":1,\"a\":2}",
		"{\"a\":{\"b\":1,\"\\u0062\":2}}",
		"9223372036854775808",
		"-9223372036854775809",
		"tru",
		"\xff",
		"\"\xc0\x80\"",
		"\"\xed\xa0\x80\"",
		"/* */1",
		"[1]x",
	};

	for (size_t i = 0; i < NELEM(bad); i++)
		ok(!parses(a, bad[i]), arena_printf(a, "refused: case %zu", i));
}

static void
test_taken(struct arena *a)
{
	static const char *const good[] = {
		"0",
		"-0",
		"1.5e-3",
		"1.7976931348623157e+308",
		"5E-324",
		"1e007",
		"\"\"",
		"true",
		"false",
		"null",
		"[]",
		"{}",
		" [ 1 , 2 ] ",
		"\"\\ud83d\\ude00\"",
		"\"\xc3\xa9\"",
		"9223372036854775807",
		"{\"a\":{\"a\":[{\"a\":null}]}}",
	};

	for (size_t i = 0; i < NELEM(good); i++)
		ok(parses(a, good[i]), good[i]);
}

static void
test_depth(struct arena *a)
{
	char text[200];

	memset(text, '[', 32);
	memset(text + 32, ']', 32);
	text[64] = '\0';
	ok(parses(a, text), "32 levels are taken");
	memset(text, '[', 33);
	memset(text + 33, ']', 33);
	text[66] = '\0';
	ok(!parses(a, text), "33 levels are refused");
	memset(text, '[', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	ok(!parses(a, text), "many open brackets are refused");
}

static void
test_members(struct arena *a)
{
	static const char text[] =
		"{\"s\":\"x/y\",\"i\":7,\"d\":1.10,\"b\":true,\"n\":null}";
	struct json_object *o;
	int64_t i = 0;
	struct err e;

	ok(json_parse(a, text, sizeof text - 1, &o, &e), "an object parses");
	is(json_text(o, "s"), "x/y", "a text");
	is(json_text(o, "i"), NULL, "a number is no text");
	ok(json_int(o, "i", &i) && i == 7, "an integer");
	ok(!json_int(o, "s", &i) && !json_int(o, "d", &i),
	   "texts and fractions are no integers");
	ok(json_flag(o, "b", false), "a boolean");
	ok(json_flag(o, "x", true), "an absent boolean has its default");
	ok(!json_get(o, "n") && !json_get(NULL, "n"), "null is nothing");
	is(json_dump(o), text, "printing gives the same text");
	ok(!json_parse(a, "[1,", 3, &o, &e), "a broken text fails");
	is_int(e.status, 400, "with 400");
	is(e.code, "bad_json", "bad_json");
}

static void
test_next_member(struct arena *a)
{
	static const struct {
		const char *text, *members; /* key=value| */
	} cases[] = {
		{"",						      ""           },
		{"{}",						    ""           },
		{" { } ",						 ""           },
		{"{\"a\": 1}",					    "a=1|"       },
		{"{\"a\":1,\"b\":null}",                                  "a=1|b=null|"},
		{"{ \"a\" : [1, {\"b\": \"}\"}] , \"c\": {\"d\": [2]} }",
		 "a=[1, {\"b\": \"}\"}]|c={\"d\": [2]}|"                               },
		{"{\"q\\\"\": \"x\\\\\", \"\": \"a,b\"}",
		 "q\\\"=\"x\\\\\"|=\"a,b\"|"                                           },
	};

	for (size_t i = 0; i < NELEM(cases); i++) {
		struct span rest = span_of(cases[i].text), key, value;
		struct buf b = buf_on(a);

		while (json_next_member(&rest, &key, &value))
			buf_addf(&b, "%.*s=%.*s|", (int)key.n, key.p,
				 (int)value.n, value.p);
		is(buf_str(&b), cases[i].members, cases[i].text);
	}
}

/* A small text must not become a big tree. */
static void
test_input(struct arena *a)
{
	enum {
		N = 300 * KiB
	};

	static const char *const units[] = {"{}", "[]", "{\"k\":1}"};
	struct json_object *o;
	struct err e;
	struct buf b;

	for (size_t i = 0; i < NELEM(units); i++) {
		b = buf_on(a);
		buf_addc(&b, '[');
		while (b.n < N) {
			buf_add(&b, units[i]);
			buf_addc(&b, ',');
		}
		buf_add(&b, "1]");
		ok(!json_parse_input(a, buf_str(&b), b.n, &o, &e) &&
			   e.status == 413,
		   units[i]);
	}
	b = buf_on(a);
	buf_addc(&b, '"');
	while (b.n < N)
		buf_add(&b, "long text ");
	buf_addc(&b, '"');
	ok(json_parse_input(a, buf_str(&b), b.n, &o, &e), "one long text");
}

int
main(void)
{
	struct arena *a = arena_new(10 * MiB);

	test_refused(a);
	test_taken(a);
	test_depth(a);
	test_members(a);
	test_next_member(a);
	test_input(a);
	arena_free(a);
	return done_testing();
}
