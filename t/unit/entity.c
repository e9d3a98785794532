/* entity and jsonw: what comes in, what goes out; times as PostgreSQL writes
 * them. */
#include <libpq-fe.h>

#include "core/clock.h"
#include "domain/entity.h"

#include "t/tap.h"

static struct arena *a;

static const char *const sizes[] = {"small", "big", NULL};

enum {
	IN = CREATE | UPDATE
};

/* clang-format off */
static const struct field leaf_fields[] = {
	{"text", F_TEXT, OUT, 0, 0, NULL, NULL},
};
static const struct entity leaf = {"Leaf", leaf_fields, NELEM(leaf_fields), NULL};

static const struct field tree_fields[] = {
	{"id", F_ID, OUT, 0, 0, NULL, NULL},
	{"label", F_TEXT, CREATE, 0, 3, NULL, NULL},
	{"label", F_NAME, UPDATE | OUT, 1, 5, NULL, NULL},
	{"kind", F_ENUM, CREATE | REQUIRED | OUT, 0, 0, sizes, NULL},
	{"ageYears", F_INT, IN | OUT, 0, 999, NULL, "age"},
	{"note", F_TEXT, IN | NULLABLE | OUT | OMIT, 0, 0, NULL, NULL},
	{"tags", F_TEXTS, IN | OUT | OMIT, 0, 4, NULL, NULL},
	{"felled", F_BOOL, OUT, 0, 0, NULL, NULL},
	{"plantedAt", F_MS, OUT, 0, 0, NULL, NULL},
	{"seenAt", F_ISO, OUT, 0, 0, NULL, NULL},
	{"extra", F_OBJECT, IN | OUT | OMIT, 0, 0, NULL, NULL},
	{"secret", F_TEXT, CREATE, 0, 0, NULL, NULL},
};
static const struct entity_part tree_parts[] = {
	{"leaves", &leaf, "tree_id"},
	{"fallen", &leaf, "tree_id"},
	{NULL, NULL, NULL},
};
static const struct entity tree = {"Tree", tree_fields, NELEM(tree_fields), tree_parts};

static const struct entity branch;
static const struct entity_part branch_parts[] = {
	{"leaves", &leaf, "tree_id"},
	{"branches", &branch, "on"},
	{NULL, NULL, NULL},
};
static const struct entity branch = {"Branch", tree_fields, 1, branch_parts};

static const struct field report_fields[] = {
	{"by", F_EMAIL, REQUIRED, 0, 0, NULL, NULL},
	{"on", F_DATE, 0, 0, 0, NULL, NULL},
	{"ids", F_IDS, NULLABLE, 0, 2, NULL, NULL},
	{"of", F_UUID, 0, 0, 0, NULL, NULL},
	{"size", F_NUMBER, 0, 0, 0, NULL, NULL},
	{"any", F_ANY, 0, 0, 0, NULL, NULL},
};
static const struct entity report = {"report", report_fields, NELEM(report_fields), NULL};

/* clang-format on */

/* --- in --- */

/* The checked body, or "status field: message". */
static const char *
check(const struct entity *t, unsigned form, const char *body)
{
	struct json_object *o = NULL, *in = NULL;
	struct err e = {0};

	if ((body && !json_parse(a, body, strlen(body), &o, &e)) ||
	    !entity_check(a, t, form, o, &in, &e))
		return arena_printf(a, "%d %s: %s", e.status,
				    e.field[0] ? e.field : "-", e.message);
	return arena_strdup(a, json_dump(in));
}

static void
test_forms(void)
{
	is(check(&tree, CREATE, "{\"kind\":\"big\",\"label\":\"\",\"x\":1}"),
	   "{\"label\":\"\",\"kind\":\"big\"}",
	   "what is known comes through, the rest is dropped");
	is(check(&tree, CREATE, "{\"label\":\"abcd\",\"kind\":\"big\"}"),
	   "400 label: label must have at most 3 characters",
	   "a field that stands twice has the rule of the form");
	is(check(&tree, UPDATE, "{\"label\":\" abcd \"}"),
	   "{\"label\":\"abcd\"}", "here another, which trims");
	is(check(&tree, UPDATE, "{\"label\":\"  \"}"),
	   "400 label: label must be a text that is not blank",
	   "and wants something in it");
	is(check(&tree, UPDATE, "{\"secret\":\"x\",\"id\":\"i\",\"kind\":1}"),
	   "{}", "fields of other forms are ignored");
	is(check(&tree, CREATE, "{}"), "400 kind: kind is required",
	   "to make one something is needed");
	is(check(&tree, CREATE, NULL), "400 kind: kind is required",
	   "no body is an empty one");
	is(check(&tree, UPDATE, NULL), "{}", "not so to change it");
	is(check(&report, UPDATE, "{}"), "400 by: by is required",
	   "a field of no form is in every form");
	is(check(&tree, UPDATE, "[]"), "400 -: the body must be a JSON object",
	   "an array is no entity");
}

static void
test_null(void)
{
	is(check(&tree, UPDATE, "{\"note\":null}"), "{\"note\":null}",
	   "null stays where it means something");
	is(check(&tree, UPDATE, "{\"ageYears\":null}"), "{}",
	   "and is as absent elsewhere");
	is(check(&tree, CREATE, "{\"kind\":null}"),
	   "400 kind: kind is required", "what is needed is not null");
}

static void
test_values(void)
{
	static const char *const bodies[][2] = {
		{"{\"by\":\"Ann@Example.TEST\"}",
		 "{\"by\":\"ann@example.test\"}"						       },
		{"{\"by\":\"ann\"}",                             "400 by: by must be an e-mail address"},
		{"{\"by\":\"a@b\",\"on\":\"2024-02-29\"}",
		 "{\"by\":\"a@b\",\"on\":\"2024-02-29\"}"                                              },
		{"{\"by\":\"a@b\",\"on\":\"2023-02-29\"}",
		 "400 on: on must be a date like 2026-01-31"                                           },
		{"{\"by\":\"a@b\",\"ids\":[\"x\",\"y z\"]}",
		 "400 ids.1: ids.1 must be an id of letters, digits, _ and -"                          },
		{"{\"by\":\"a@b\",\"ids\":[\"x\",\"y\",\"z\"]}",
		 "400 ids: ids must have at most 2 entries"                                            },
		{"{\"by\":\"a@b\",\"ids\":null}",
		 "{\"by\":\"a@b\",\"ids\":null}"						       },
		{"{\"by\":\"a@b\",\"of\":\"x\"}",                "400 of: of must be a UUID"           },
		{"{\"by\":\"a@b\",\"size\":1.50}",
		 "{\"by\":\"a@b\",\"size\":1.50}"						      },
		{"{\"by\":\"a@b\",\"size\":\"1\"}",
		 "400 size: size must be a number"						     },
		{"{\"by\":\"a@b\",\"any\":[{}]}",
		 "{\"by\":\"a@b\",\"any\":[{}]}"						       },
	};

	for (size_t i = 0; i < NELEM(bodies); i++)
		is(check(&report, CREATE, bodies[i][0]), bodies[i][1],
		   bodies[i][0]);
	is(check(&tree, UPDATE, "{\"ageYears\":1000}"),
	   "400 ageYears: ageYears must be a whole number from 0 to 999",
	   "numbers have a range");
	is(check(&tree, UPDATE, "{\"ageYears\":1.5}"),
	   "400 ageYears: ageYears must be a whole number from 0 to 999",
	   "and are whole");
	is(check(&tree, CREATE, "{\"kind\":\"huge\"}"),
	   "400 kind: kind must be one of small, big", "words are listed");
	is(check(&tree, UPDATE,
		 "{\"tags\":[\"abcd\",\"\xc3\xa4\xc3\xb6xyz\"]}"),
	   "400 tags.1: tags.1 must be shorter", "characters, not bytes");
	is(check(&tree, UPDATE,
		 "{\"label\":\"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\"}"),
	   "{\"label\":\"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\"}", "of texts too");
	is(check(&tree, UPDATE, "{\"extra\":[]}"),
	   "400 extra: extra must be an object", "objects are objects");
}

/* --- out --- */

enum {
	OID_BOOL = 16,
	OID_INT8 = 20,
	OID_TEXT = 25,
	OID_JSONB = 3802,
	OID_TIME = 1184,
	OID_TEXTS = 1009
};

struct column {
	const char *name;
	Oid type;
};

static void
clear(void *res)
{
	PQclear(res);
}

/* A result as if PostgreSQL had sent it; values row by row. */
static struct db_result
result(const struct column *columns, size_t n, const char *const *values,
       size_t n_rows)
{
	PGresult *res = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	PGresAttDesc *attributes = arena_alloc(a, n * sizeof *attributes);
	bool done;

	arena_defer(a, clear, res);
	for (size_t i = 0; i < n; i++) {
		attributes[i].name = arena_strdup(a, columns[i].name);
		attributes[i].typid = columns[i].type;
	}
	done = PQsetResultAttrs(res, (int)n, attributes);
	for (size_t i = 0; i < n * n_rows; i++) {
		char *v = arena_strdup(a, values[i]);

		done = done && PQsetvalue(res, (int)(i / n), (int)(i % n), v,
					  v ? (int)strlen(v) : -1);
	}
	if (!done)
		printf("# out of memory\n");
	return (struct db_result){res};
}

static const char *
written(const struct db_result *results, size_t n)
{
	struct jsonw w = jsonw_on(a);
	struct entity_rows rows;

	entity_rows(&rows, &tree, results, n);
	entity_write_all(&w, &rows);
	return jsonw_span(&w).p;
}

static void
test_out(void)
{
	static const struct column columns[] = {
		{"felled",     OID_BOOL },
                {"planted_at", OID_TIME },
		{"id",         OID_TEXT },
                {"age",        OID_INT8 },
		{"note",       OID_TEXT },
                {"label",      OID_TEXT },
		{"extra",      OID_JSONB},
                {"secret",     OID_TEXT },
	};
	static const struct column seen[] = {
		{"seen_at", OID_TIME}
        };
	static const char *const values[] = {
		"t",          "1970-01-01 00:00:01.5+00",
		"t1",         "7",
		"say \"no\"", "oak",
		"{\"a\": 1}", "hush",
		"f",          NULL,
		"t2",         NULL,
		NULL,         NULL,
		NULL,         "hush"};
	struct db_result r = result(columns, NELEM(columns), values, 2);

	is(written(&r, 1),
	   "[{\"id\":\"t1\",\"label\":\"oak\",\"ageYears\":7,"
	   "\"note\":\"say \\\"no\\\"\",\"felled\":true,\"plantedAt\":1500,"
	   "\"extra\":{\"a\": 1}},"
	   "{\"id\":\"t2\",\"label\":null,\"ageYears\":null,\"felled\":false,"
	   "\"plantedAt\":null}]",
	   "columns in any order; null or left out; what is not for out stays");
	r = result(seen, 1,
		   (const char *const[]){"1970-01-01 01:00:00.0015+01", NULL},
		   2);
	is(written(&r, 1),
	   "[{\"seenAt\":\"1970-01-01T00:00:00.001Z\"},{\"seenAt\":null}]",
	   "a time as text");
	r = result(columns, NELEM(columns), NULL, 0);
	is(written(&r, 1), "[]", "no rows");
	r = result(columns + 2, 1, (const char *const[]){"t3"}, 1);
	is(written(&r, 1), "[{\"id\":\"t3\"}]",
	   "what is not selected is left out");
}

static void
test_parts(void)
{
	static const struct column whole[] = {
		{"id", OID_TEXT}
        };
	static const struct column part[] = {
		{"tree_id", OID_TEXT},
                {"text",    OID_TEXT}
        };
	/* Collation "C": capitals before small letters. */
	struct db_result r[] = {
		result(whole, 1, (const char *const[]){"b", "B", "none"}, 3),
		result(part, 2,
		       (const char *const[]){"B", "one", "B", "two", "Z",
					     "other", "b", "three"},
		       4),
		result(part, 2, NULL, 0),
	};

	is(written(r, 2),
	   "[{\"id\":\"b\",\"leaves\":[{\"text\":\"three\"}]},"
	   "{\"id\":\"B\",\"leaves\":[{\"text\":\"one\"},{\"text\":\"two\"}]},"
	   "{\"id\":\"none\",\"leaves\":[]}]",
	   "rows of another table by their owner");
	is(written(r, 3),
	   "[{\"id\":\"b\",\"leaves\":[{\"text\":\"three\"}],\"fallen\":[]},"
	   "{\"id\":\"B\",\"leaves\":[{\"text\":\"one\"},{\"text\":\"two\"}],"
	   "\"fallen\":[]},"
	   "{\"id\":\"none\",\"leaves\":[],\"fallen\":[]}]",
	   "every part that was asked for");
}

static void
test_tree(void)
{
	static const struct column branches[] = {
		{"id", OID_TEXT},
                {"on", OID_TEXT}
        };
	static const struct column leaves[] = {
		{"tree_id", OID_TEXT},
                {"text",    OID_TEXT}
        };
	struct db_result r[] = {
		result(branches, 2,
		       (const char *const[]){"a", "", "c", "a", "b", "a", "d",
					     "b"},
		       4),
		result(leaves, 2, (const char *const[]){"d", "green"}, 1),
	};
	struct jsonw w = jsonw_on(a);
	struct entity_rows rows;

	entity_rows(&rows, &branch, r, 2);
	entity_write(&w, &rows, 0);
	is(jsonw_span(&w).p,
	   "{\"id\":\"a\",\"leaves\":[],\"branches\":["
	   "{\"id\":\"c\",\"leaves\":[],\"branches\":[]},"
	   "{\"id\":\"b\",\"leaves\":[],\"branches\":["
	   "{\"id\":\"d\",\"leaves\":[{\"text\":\"green\"}],"
	   "\"branches\":[]}]}]}",
	   "rows below rows of the same kind");
}

/* As an export does it: members that are text already, some in place of
 * fields. */
static void
test_more_members(void)
{
	static const char *const objects[] = {"", "{}", " {\"x\": 1} ",
					      "{\"x\": 1, \"y\": {}}"};
	static const struct column columns[] = {
		{"id",    OID_TEXT},
                {"label", OID_TEXT}
        };
	const struct db_result r =
		result(columns, 2, (const char *const[]){"a", "b"}, 1);
	struct jsonw w = jsonw_on(a);
	struct entity_rows rows;

	entity_rows(&rows, &tree, &r, 1);
	entity_leave_out(&rows, span_of("id"));
	entity_leave_out(&rows, span_of("height"));
	jsonw_begin(&w, '[');
	for (size_t i = 0; i < NELEM(objects); i++) {
		jsonw_begin(&w, '{');
		jsonw_members(&w, span_of(objects[i]));
		entity_write_fields(&w, &rows, 0);
		entity_write_parts(&w, &rows, 0);
		jsonw_end(&w, '}');
	}
	jsonw_end(&w, ']');
	is(jsonw_span(&w).p,
	   "[{\"label\":\"b\"},{\"label\":\"b\"},{\"x\": 1,\"label\":\"b\"},"
	   "{\"x\": 1, \"y\": {},\"label\":\"b\"}]",
	   "members beside and in place of fields");
}

static void
test_texts(void)
{
	static const struct column column = {"tags", OID_TEXTS};
	/* Nothing of ours writes the last two, but a column may hold them. */
	static const char *const cases[][2] = {
		{"{}",			"[]"                          },
		{"{a}",                       "[\"a\"]"                     },
		{"{a,\"b c\"}",               "[\"a\",\"b c\"]"             },
		{"{NULL,\"NULL\",x}",         "[null,\"NULL\",\"x\"]"       },
		{"{\"\",\"\"}",               "[\"\",\"\"]"                 },
		{"{\"a\\\"b\",\"c\\\\d\"}",   "[\"a\\\"b\",\"c\\\\d\"]"     },
		{"{\"a,b\",\"{c}\"}",         "[\"a,b\",\"{c}\"]"           },
		{"{\"a\nb\",\x01}",           "[\"a\\nb\",\"\\u0001\"]"     },
		{"{\xc3\xa4,\"\xc3\xb6 \"}",  "[\"\xc3\xa4\",\"\xc3\xb6 \"]"},
		{"[2:3]={a,\"b,\"}",          "[\"a\",\"b,\"]"              },
		{"{{a,\"b,\"},{NULL,\"}\"}}", "[\"a\",\"b,\",null,\"}\"]"   },
	};

	for (size_t i = 0; i < NELEM(cases); i++) {
		struct db_result r = result(&column, 1, &cases[i][0], 1);
		struct jsonw w = jsonw_on(a);

		jsonw_value(&w, &r, 0, 0);
		is(jsonw_span(&w).p, cases[i][1], cases[i][1]);
	}
}

static void
test_jsonw(void)
{
	struct jsonw w = jsonw_on(a);

	jsonw_begin(&w, '[');
	jsonw_begin(&w, '{');
	jsonw_end(&w, '}');
	jsonw_begin(&w, '[');
	jsonw_end(&w, ']');
	jsonw_text(&w, "a{[:");
	jsonw_text(&w, "");
	jsonw_text(&w, NULL);
	jsonw_int(&w, INT64_MIN);
	jsonw_bool(&w, false);
	jsonw_begin(&w, '{');
	jsonw_member(&w, "k", "v{");
	jsonw_key(&w, "n");
	jsonw_null(&w);
	jsonw_key(&w, "j");
	jsonw_json(&w, span_of("{\"a\":[]}"));
	jsonw_key(&w, "o");
	jsonw_begin(&w, '{');
	jsonw_end(&w, '}');
	jsonw_key(&w, "t");
	jsonw_textn(&w, "a\0b", 3);
	jsonw_end(&w, '}');
	jsonw_end(&w, ']');
	is(jsonw_span(&w).p,
	   "[{},[],\"a{[:\",\"\",null,-9223372036854775808,false,"
	   "{\"k\":\"v{\",\"n\":null,\"j\":{\"a\":[]},\"o\":{},"
	   "\"t\":\"a\\u0000b\"}]",
	   "commas between values, nowhere else");
}

static void
test_times(void)
{
	static const struct {
		const char *text;
		int64_t ms;
	} good[] = {
		{"1970-01-01 00:00:00+00",        0               },
		{"1969-12-31 23:59:59.999+00",    -1              },
		{"2026-01-02 03:04:05.678901+00", 1767323045678   },
		{"2026-01-02 03:04:05.6+00",      1767323045600   },
		{"2026-01-02 05:04:05.678+02",    1767323045678   },
		{"2026-01-02 08:34:05.678+05:30", 1767323045678   },
		{"2026-01-01 23:34:05.678-03:30", 1767323045678   },
 /* Amsterdam until 1937. */
		{"1900-01-01 00:19:32+00:19:32",  -2208988800000  },
		{"2024-02-29 00:00:00+00",        1709164800000   },
		{"1900-03-01 00:00:00+00",        -2203891200000  },
		{"2000-03-01 00:00:00+00",        951868800000    },
		{"9999-12-31 23:59:59.999+00",    253402300799999 },
		{"10000-01-01 00:00:00+00",       253402300800000 },
		{"294276-12-31 23:59:59.999+00",  9224318015999999},
		{"0001-01-01 00:00:00+00",        -62135596800000 },
		{"0001-12-31 00:00:00+00 BC",     -62135683200000 },
		{"4714-11-24 00:00:00+00 BC",     -210866803200000},
	};

	static const char *const bad[] = {"",
					  "infinity",
					  "-infinity",
					  "2026-01-02",
					  "2026-01-02T03:04:05+00",
					  "2026-01-02 03:04:05",
					  "2026-01-02 03:04:05.+00",
					  "2026-01-02 03:04:05+00 AD",
					  "2026-01-02 03:04:05+0",
					  "2026-01-02 03:04:05+00:00:00:00",
					  "2026-1-02 03:04:05+00",
					  "1234567-01-02 03:04:05+00"};
	int64_t ms = 0;

	for (size_t i = 0; i < NELEM(good); i++) {
		if (!clock_parse_pg(span_of(good[i].text), &ms))
			ms = INT64_MIN;
		is_int(ms, good[i].ms, good[i].text);
	}
	for (size_t i = 0; i < NELEM(bad); i++)
		ok(!clock_parse_pg(span_of(bad[i]), &ms),
		   bad[i][0] ? bad[i] : "nothing is no time");
}

int
main(void)
{
	a = arena_new(16 * MiB);
	test_forms();
	test_null();
	test_values();
	test_out();
	test_parts();
	test_tree();
	test_more_members();
	test_texts();
	test_jsonw();
	test_times();
	arena_free(a);
	return done_testing();
}
