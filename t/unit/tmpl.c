/* Mustache: every case of the public spec, what is refused at load, fuzzing. */
#include "core/tmpl.h"
#include "core/view.h"

#include <fcntl.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "t/tap.h"

static const char *const spec_files[] = {
	"comments", "delimiters", "inheritance", "interpolation",
	"inverted", "partials",   "sections",
};

static const char *
text_of(struct json_object *o, const char *key)
{
	return json_object_get_string(json_object_object_get(o, key));
}

/* Adds one template and its partials, renders it. */
static bool
render_case(struct arena *a, struct json_object *c, struct buf *b,
	    struct err *e)
{
	struct tmpl_set *s = tmpl_new(a, TMPL_LENIENT);
	struct json_object *partials = json_object_object_get(c, "partials");

	if (!tmpl_add(s, "main", "main.html", span_of(text_of(c, "template")),
		      e))
		return false;
	if (partials) {
		json_object_object_foreach(partials, name, text)
		{
			if (!tmpl_add(s, name, name,
				      span_of(json_object_get_string(text)), e))
				return false;
		}
	}
	return tmpl_link(s, e) &&
	       tmpl_render(s, "main",
			   view_json(json_object_object_get(c, "data")), b, e);
}

static void
test_spec_file(const char *dir, const char *file)
{
	char path[4096], name[256];
	struct json_object *o, *tests;

	snprintf(path, sizeof path, "%s/t/fixtures/mustache-spec/%s.json", dir,
		 file);
	o = json_object_from_file(path);
	if (!ok(o != NULL, path))
		return;
	tests = json_object_object_get(o, "tests");
	for (size_t i = 0; i < json_object_array_length(tests); i++) {
		struct arena *a = arena_new(8 * MiB);
		struct json_object *c = json_object_array_get_idx(tests, i);
		struct buf b = buf_on(a);
		struct err e = {0};

		snprintf(name, sizeof name, "spec %s: %s", file,
			 text_of(c, "name"));
		if (render_case(a, c, &b, &e))
			is(buf_str(&b), text_of(c, "expected"), name);
		else
			is(e.message, "", name);
		arena_free(a);
	}
	json_object_put(o);
}

/* --- one template, one view ------------------------------------------- */

static bool
add_all(struct tmpl_set *s, const char *const *texts, struct err *e)
{
	for (; texts[0]; texts += 2) {
		char name[64];

		snprintf(name, sizeof name, "%s", texts[0]);
		*strchr(name, '.') = '\0';
		if (!tmpl_add(s, name, texts[0], span_of(texts[1]), e))
			return false;
	}
	return tmpl_link(s, e);
}

static void
renders(const char *const *texts, const char *view, unsigned flags,
	const char *want, const char *what)
{
	struct arena *a = arena_new(8 * MiB);
	struct tmpl_set *s = tmpl_new(a, flags);
	struct json_object *v = json_tokener_parse(view);
	struct buf b = buf_on(a);
	struct err e = {0};

	if (add_all(s, texts, &e) &&
	    tmpl_render(s, "main", view_json(v), &b, &e))
		is(buf_str(&b), want, what);
	else
		is(e.message, want, what);
	json_object_put(v);
	arena_free(a);
}

#define T(...) ((const char *const[]){__VA_ARGS__, NULL})

static void
test_values(void)
{
	renders(T("main.html", "{{a}} {{b}} {{c}} {{d}} {{e}}"),
		"{\"a\":1.10,\"b\":12345678901,\"c\":true,\"d\":\"'\","
		"\"e\":[1,{\"k\":\"/\"}]}",
		0,
		"1.10 12345678901 true &#39; "
		"[1,{&quot;k&quot;:&quot;/&quot;}]",
		"values print as they stood in JSON");
	renders(T("main.txt", "{{a}}"), "{\"a\":\"<&>\"}", 0, "<&>",
		"text templates do not escape");
	renders(T("main.html", "[{{#a}}a{{/a}}{{^a}}none{{/a}}]"), "{\"a\":0}",
		0, "[none]", "0 is false");
	renders(T("main.html", "[{{#a}}a{{/a}}{{^a}}none{{/a}}]"),
		"{\"a\":\"\"}", 0, "[none]", "the empty text is false");
	renders(T("main.html",
		  "<script type=\"application/json\">{{{a}}}</script>"),
		"{\"a\":{\"x\":\"</script>\"}}", 0,
		"<script type=\"application/json\">"
		"{\"x\":\"\\u003c/script>\"}</script>",
		"JSON in a script cannot end the script");
	renders(T("main.html", "{{a}}"), "{}", 0, "",
		"an absent name is empty");
	renders(T("main.html", "\n{{a.b}}"), "{\"a\":{}}", TMPL_STRICT,
		"main.html:2: the view has no a.b",
		"an absent name is an error when strict");
	renders(T("main.html", "{{#a}}x{{/a}}{{b}}"), "{\"b\":null}",
		TMPL_STRICT, "", "strict: sections and null are fine");
}

static void
test_inheritance(void)
{
	renders(T("main.html",
		  "{{<page}}{{$main}}{{<card}}{{$main}}in{{/main}}{{/card}}"
		  "{{/main}}{{/page}}",
		  "page.html", "<{{$main}}{{/main}}>", "card.html",
		  "({{$main}}{{/main}})"),
		"{}", TMPL_LENIENT, "<(in)>",
		"a block may hold a parent with a block of that name");
	renders(T("main.html", "{{>main}}"), "{}", 0,
		"main.html: more than 100 templates within each other",
		"recursion ends");
	renders(T("main.html", "<ul>\n  {{>li}}\n</ul>\n", "li.html",
		  "<li>\n  {{a}}\n</li>\n"),
		"{\"a\":\"x\\ny\"}", 0,
		"<ul>\n  <li>\n    x\ny\n  </li>\n</ul>\n",
		"a partial is indented, its values are not");
}

static void
test_refusals(void)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"{{a",					      "main.html:1: a tag is not closed: {{a"          },
		{"\n{{#a}}",					 "main.html:2: is never closed: a"                },
		{"{{/a}}",					   "main.html:1: nothing to close: a"               },
		{"{{#a}}{{#b}}{{/a}}{{/b}}",
		 "main.html:1: closes another tag than the last opened: a"                                            },
		{"{{}}",					     "main.html:1: a tag without a name"              },
		{"{{a b}}",					  "main.html:1: white space in a name: a b"        },
		{"{{a..b}}",					 "main.html:1: bad dotted name: a..b"             },
		{"{{=a=}}",					  "main.html:1: bad delimiters: a"                 },
		{"{{>nope}}",					"main.html:1: no template nope"                  },
		{"{{<nope}}{{/nope}}",                               "main.html:1: no template nope"                  },
		{"{{>mail}}",					"main.html:1: mail is not of the same kind"      },
		{"{{{a}}}",
		 "main.html:1: {{{a}}} is not in the list of raw names"                                               },
		{"{{&a}}",
		 "main.html:1: {{{a}}} is not in the list of raw names"                                               },
		{"<script>{{a}}</script>",
		 "main.html:1: {{a}} stands inside <script>"                                                          },
		{"<STYLE>{{a}}</style>",
		 "main.html:1: {{a}} stands inside <style>"							   },
		{"<b onclick=\"{{a}}\">",
		 "main.html:1: {{a}} stands in an attribute that is code"                                             },
		{"<b style=\"{{a}}\">",
		 "main.html:1: {{a}} stands in an attribute that is code"                                             },
		{"<b class={{a}}>",
		 "main.html:1: {{a}} stands in an unquoted attribute"                                                 },
		{"<b class=x{{a}}>",
		 "main.html:1: {{a}} stands in an unquoted attribute"                                                 },
		{"<b {{a}}>",
		 "main.html:1: {{a}} stands in a tag outside of a value"                                              },
		{"<{{a}}>",
		 "main.html:1: {{a}} stands in a tag outside of a value"                                              },
		{"{{#a}}<b class=\"{{/a}}\">",
		 "main.html:1: {{a}} ends in another HTML context"                                                    },
		{"<script type=\"application/json\">{{a}}</script>",
		 "main.html:1: {{a}} in JSON must be {{{...}}}"                                                       },
		{"<b",					       "main.html: ends inside a tag, comment or script"},
	};

	for (size_t i = 0; i < NELEM(cases); i++) {
		char what[128];

		snprintf(what, sizeof what, "refused: %s", cases[i].text);
		for (char *c = what; *c; c++)
			*c = *c == '\n' ? ' ' : *c;
		renders(T("main.html", cases[i].text, "mail.txt", ""), "{}", 0,
			cases[i].want, what);
	}
}

static void
test_contexts(void)
{
	static const char *const fine[] = {
		"<li {{#a}}class=\"x\"{{/a}}>{{a}}</li>",
		"<li{{#a}} class=\"x\"{{/a}}>{{a}}</li>",
		"<a href='/x/{{a}}' title=\"{{a}}\">1 < 2 {{a}}</a>",
		"<!-- --- <script> -->{{a}}",
		"<script src=\"/x.js\"></script>{{a}}",
		"<input checked value=\"{{a}}\"/>{{a}}",
		"<!doctype html><title>{{$t}}{{a}}{{/t}}</title>",
		"<body class=\"{{$c}}{{a}}{{/c}}\">",
		"<style>p { color: red }</style>{{a}}",
		"<textarea>{{a}}</textarea>",
	};

	for (size_t i = 0; i < NELEM(fine); i++) {
		struct arena *a = arena_new(8 * MiB);
		struct tmpl_set *s = tmpl_new(a, 0);
		struct err e = {0};

		ok(add_all(s, T("main.html", fine[i]), &e), fine[i]);
		if (e.status)
			printf("# %s\n", e.message);
		arena_free(a);
	}
}

/* --- a folder of files -------------------------------------------------- */

static void
write_file(const char *dir, const char *name, const char *text)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "we");
	if (f) {
		fputs(text, f);
		fclose(f);
	}
}

static void
test_folder(void)
{
	char dir[] = "/tmp/maestro-tmpl-XXXXXX", path[4096], allow[4096];
	struct arena *a = arena_new(8 * MiB);
	struct json_object *v = json_tokener_parse("{\"x\":\"<i>\"}");
	const struct tmpl_set *s = NULL;
	struct buf b = buf_on(a);
	struct err e = {0};

	if (!mkdtemp(dir)) {
		ok(false, "a folder for templates");
		return;
	}
	snprintf(path, sizeof path, "%s/app", dir);
	snprintf(allow, sizeof allow, "%s/raw.allow", dir);
	mkdir(path, 0700);
	write_file(dir, "layout.html", "<p>{{$main}}{{/main}}</p>\n");
	write_file(dir, "app/board.html",
		   "{{<layout}}\n{{$main}}{{{x}}}{{/main}}\n{{/layout}}\n");
	write_file(dir, "raw.allow", "# why\napp/board x made by cmark\n");
	ok(tmpl_load(a, dir, allow, TMPL_STRICT, &s, &e), "a folder loads");
	if (s && tmpl_render(s, "app/board", view_json(v), &b, &e))
		is(buf_str(&b), "<p><i></p>\n", "page, layout and raw value");
	ok(s && tmpl_has(s, "layout") && !tmpl_has(s, "raw"), "names");
	ok(s && !tmpl_render(s, "nope", view_json(v), &b, &e) &&
		   e.status == 500,
	   "an unknown page is an error");
	write_file(dir, "raw.allow", "app/board x\n");
	ok(!tmpl_load(a, dir, allow, 0, &s, &e) &&
		   strstr(e.message, "raw.allow:1: want"),
	   "a raw name needs a reason");
	ok(!tmpl_load(a, "/nonexistent", NULL, 0, &s, &e), "no folder");
	unlink(allow);
	snprintf(path, sizeof path, "%s/app/board.html", dir);
	unlink(path);
	*strrchr(path, '/') = '\0';
	rmdir(path);
	snprintf(path, sizeof path, "%s/layout.html", dir);
	unlink(path);
	rmdir(dir);
	json_object_put(v);
	arena_free(a);
}

/* --- fuzzing ------------------------------------------------------------ */

static uint32_t fuzz_state = 1;

static uint32_t
fuzz_next(uint32_t below)
{
	fuzz_state = fuzz_state * 1664525u + 1013904223u;
	return (fuzz_state >> 8) % below;
}

static void
test_fuzz(void)
{
	static const char *const bits[] = {
		"{{",          "}}",     "{{{",      "}}}",         "{{#a}}",
		"{{/a}}",      "{{^a}}", "\n",       "  ",          "\r\n",
		"{{$b}}",      "{{/b}}", "{{<p}}",   "{{/p}}",      "{{>p}}",
		"{{=<% %>=}}", "<%a%>",  "{{!",      "{{.}}",       "{{a.b}}",
		"<b x=\"",     "\"",     "<script>", "</script>",   "<!--",
		"-->",         "{{&a}}", "x",        "<%={{ }}=%>", "{{=| |=}}",
		"|a|",
	};
	struct json_object *v = json_tokener_parse(
		"{\"a\":[1,{\"b\":\"<\"},[]],\"b\":{\"a\":null}}");
	unsigned rendered = 0;

	for (unsigned round = 0; round < 40000; round++) {
		struct arena *a = arena_new(256 * MiB);
		struct tmpl_set *s =
			tmpl_new(a, round % 2 ? TMPL_LENIENT : TMPL_STRICT);
		struct buf t = buf_on(a), p = buf_on(a), out = buf_on(a);
		struct err e = {0};

		for (uint32_t n = fuzz_next(12); n; n--)
			buf_add(&t, bits[fuzz_next(NELEM(bits))]);
		for (uint32_t n = fuzz_next(4); n; n--)
			buf_add(&p, bits[fuzz_next(NELEM(bits))]);
		if (t.n && fuzz_next(4) == 0)
			t.p[fuzz_next((uint32_t)t.n)] =
				(char)(1 + fuzz_next(255));
		if (tmpl_add(s, "main", "main.html",
			     (struct span){buf_str(&t), t.n}, &e) &&
		    tmpl_add(s, "p", "p.html", (struct span){buf_str(&p), p.n},
			     &e) &&
		    tmpl_link(s, &e))
			rendered +=
				tmpl_render(s, "main", view_json(v), &out, &e);
		arena_free(a);
	}
	json_object_put(v);
	ok(rendered > 500, "40000 random templates parse or are refused");
	printf("# %u of them rendered\n", rendered);
}

int
main(void)
{
	const char *dir = getenv("srcdir");

	for (size_t i = 0; i < NELEM(spec_files); i++)
		test_spec_file(dir ? dir : MAESTRO_SRCDIR, spec_files[i]);
	test_values();
	test_inheritance();
	test_refusals();
	test_contexts();
	test_folder();
	test_fuzz();
	return done_testing();
}
