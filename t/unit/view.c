/* Views: values, objects, lists, rows of a result, json-c inside of them. */
#include "core/view.h"

#include <json-c/json.h>
#include <libpq-fe.h>
#include <stdlib.h>

#include "t/tap.h"

static struct arena *a;

static void
shows(const char *text, struct tmpl_value view, const char *want,
      const char *what)
{
	struct tmpl_set *s = tmpl_new(a, 0);
	struct buf b = buf_on(a);
	struct err e = {0};

	if (tmpl_add(s, "main", "main.html", span_of(text), &e) &&
	    tmpl_link(s, &e) && tmpl_render(s, "main", view, &b, &e))
		is(buf_str(&b), want, what);
	else
		is(e.message, want, what);
}

#define SCRIPT(x) "<script type=\"application/json\">" x "</script>"

static void
test_values(void)
{
	struct view *v = view_new(a);

	view_set(v, "text", view_text("<&>"));
	view_set(v, "part", view_span((struct span){"abc", 2}));
	view_set(v, "empty", view_text(""));
	view_set(v, "none", view_text(NULL));
	view_set(v, "yes", view_flag(true));
	view_set(v, "no", view_flag(false));
	view_set(v, "int", view_int(-12));
	view_set(v, "zero", view_int(0));
	shows("{{text}} {{part}} {{empty}}{{none}}{{yes}} {{no}} {{int}}",
	      view_object(v), "&lt;&amp;&gt; ab true false -12",
	      "texts are escaped, numbers and flags print");
	shows("{{#text}}1{{/text}}{{#empty}}2{{/empty}}{{#none}}3{{/none}}"
	      "{{#yes}}4{{/yes}}{{#no}}5{{/no}}{{#int}}6{{/int}}"
	      "{{#zero}}7{{/zero}}",
	      view_object(v), "146", "what is false for a section");
	shows(SCRIPT("{{{.}}}"), view_object(v),
	      SCRIPT("{\"text\":\"\\u003c&>\",\"part\":\"ab\",\"empty\":\"\","
		     "\"none\":null,\"yes\":true,\"no\":false,\"int\":-12,"
		     "\"zero\":0}"),
	      "a view is JSON in a script");
	view_set(v, "text", view_int(1));
	shows("{{text}}", view_object(v), "1", "a name set again is replaced");
	shows("{{a}}", view_nothing(), "", "nothing has no members");
	shows("{{.}}", view_text("x"), "x", "a view may be one text");
}

static void
test_nesting(void)
{
	struct view *v = view_new(a), *inner = view_open(v, "in"), *row;
	struct view *over = view_new(a);
	struct view_list *list = view_list_new(a);

	view_set(v, "list", view_list(list));
	view_set(v, "x", view_text("outer"));
	view_set(inner, "x", view_text("inner"));
	for (int i = 0; i < 20; i++) {
		row = view_new(a);
		view_set(row, "i", view_int(i));
		view_add(list, view_object(row));
	}
	shows("{{in.x}} {{#in}}{{x}}{{/in}} {{x}}", view_object(v),
	      "inner inner outer", "objects in objects");
	shows("{{#list}}{{i}}{{x}} {{/list}}{{^list}}none{{/list}}",
	      view_object(v),
	      "0outer 1outer 2outer 3outer 4outer 5outer 6outer 7outer 8outer "
	      "9outer 10outer 11outer 12outer 13outer 14outer 15outer 16outer "
	      "17outer 18outer 19outer ",
	      "a list grows after it was mounted");
	view_set(v, "list", view_list(view_list_new(a)));
	shows("{{#list}}x{{/list}}{{^list}}none{{/list}}{{list}}",
	      view_object(v), "none[]", "the empty list is false");
	view_under(over, view_object(v));
	view_set(over, "x", view_text("over"));
	shows("{{x}} {{in.x}}{{absent}}", view_object(over), "over inner",
	      "what a view has not is looked for under it");
}

static void
test_json(void)
{
	struct json_object *o = json_tokener_parse(
		"{\"n\":1.10,\"z\":0.0,\"big\":18446744073709551615,"
		"\"l\":[1,\"<\",null,{\"k\":true}],\"o\":{\"p\":\"/\"}}");
	struct view *v = view_new(a);

	view_set(v, "j", view_json(o));
	view_set(v, "none", view_json(NULL));
	shows("{{j.n}} {{j.big}} {{j.o.p}} {{#j.z}}z{{/j.z}}{{none}}",
	      view_object(v), "1.10 18446744073709551615 / ",
	      "a json-c tree is a member of a view");
	shows("{{#j.l}}[{{.}}{{k}}]{{/j.l}}", view_object(v),
	      "[1][&lt;][][{&quot;k&quot;:true}true]", "its arrays repeat");
	shows(SCRIPT("{{{.}}}"), view_object(v),
	      SCRIPT("{\"j\":{\"n\":1.10,\"z\":0.0,"
		     "\"big\":18446744073709551615,"
		     "\"l\":[1,\"\\u003c\",null,{\"k\":true}],"
		     "\"o\":{\"p\":\"/\"}},\"none\":null}"),
	      "and JSON again");
	json_object_put(o);
}

/* --- rows --------------------------------------------------------------- */

enum {
	TITLE,
	STATUS,
	IS_LATE,
	COUNT,
	TAGS,
	DETAILS,
	COLUMNS
};

static void
clear(void *res)
{
	PQclear(res);
}

static struct db_result
result_of(const char *const (*rows)[COLUMNS], size_t n)
{
	PGresult *res = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	PGresAttDesc columns[COLUMNS] = {0};
	char name[] = "c";

	for (size_t i = 0; i < COLUMNS; i++)
		columns[i].name = name;
	if (!PQsetResultAttrs(res, COLUMNS, columns))
		abort();
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < COLUMNS; k++) {
			const char *s = rows[i][k];
			char *copy = arena_strdup(a, s);

			if (!PQsetvalue(res, (int)i, (int)k, copy,
					s ? (int)strlen(s) : -1))
				abort();
		}
	}
	arena_defer(a, clear, res);
	return (struct db_result){res};
}

static struct tmpl_value
loud(const struct view_row *row, unsigned column)
{
	return view_text(arena_printf(row->a, "%s%s",
				      db_value(row->res, row->i, column),
				      (const char *)row->data));
}

static const struct view_member task[] = {
	{"title",   VIEW_TEXT,   TITLE,   NULL},
	{"status",  VIEW_TEXT,   STATUS,  NULL},
	{"late",    VIEW_FLAG,   IS_LATE, NULL},
	{"count",   VIEW_NUMBER, COUNT,   NULL},
	{"tags",    VIEW_TEXTS,  TAGS,    NULL},
	{"details", VIEW_JSON,   DETAILS, NULL},
	{"loud",    VIEW_MADE,   TITLE,   loud},
};

static const char *const tasks[][COLUMNS] = {
	{"one",   "done", "t",  "0",    "{}",                       "{\"a\":[1,2]}"},
	{"<two>", "done", "f",  "2.50", "{a,\"b, \\\"\\\\\",NULL}", "[\"x\"]"      },
	{NULL,    "open", NULL, NULL,   NULL,                       NULL           },
	{"four",  "wait", "t",  "4",    "{\"NULL\",\"\"}",          "not JSON"     },
};

static struct view_rows *
task_rows(void)
{
	struct db_result res = result_of(tasks, NELEM(tasks));

	return view_rows_new(a, &res, VIEW_MEMBERS(task), "!");
}

static void
test_rows(void)
{
	struct view_rows *rows = task_rows();
	struct view *v = view_new(a);

	view_set(v, "tasks", view_rows_all(rows));
	shows("{{#tasks}}({{title}}{{#late}} late{{/late}}{{#count}} "
	      "{{count}}{{/count}}){{/tasks}}",
	      view_object(v), "(one late)(&lt;two&gt; 2.50)()(four late 4)",
	      "rows repeat; SQL null is nothing, f and 0 are false");
	shows("{{#tasks}}{{#tags}}[{{.}}]{{/tags}}{{^tags}}-{{/tags}}{{/tasks}}",
	      view_object(v), "-[a][b, &quot;\\][]-[NULL][]",
	      "an array of texts is a list");
	shows("{{#tasks}}({{details}}){{/tasks}}", view_object(v),
	      "({&quot;a&quot;:[1,2]})([&quot;x&quot;])()()",
	      "a column of JSON is a tree; what is no JSON is nothing");
	shows("{{title}} {{loud}}", view_rows_at(rows, 0), "one one!",
	      "a row is an object, with members that are made");
	shows("{{title}}", view_rows_at(rows, 4), "", "no such row");
	shows(SCRIPT("{{{.}}}"), view_rows_at(rows, 1),
	      SCRIPT("{\"title\":\"\\u003ctwo>\",\"status\":\"done\","
		     "\"late\":false,\"count\":2.50,"
		     "\"tags\":[\"a\",\"b, \\\"\\\\\",null],"
		     "\"details\":[\"x\"],\"loud\":\"\\u003ctwo>!\"}"),
	      "a row as JSON");
	view_under(v, view_rows_at(rows, 3));
	shows("{{title}} {{#tasks}}{{status}} {{/tasks}}", view_object(v),
	      "four done done open wait ", "a row under a view");
}

static void
run_shows(struct view_rows *rows, const char *key, const char *want,
	  const char *what)
{
	struct view *v = view_new(a);

	view_set(v, "run", view_rows_run(rows, STATUS, key));
	shows("{{#run}}{{title}};{{/run}}{{^run}}none{{/run}}", view_object(v),
	      want, what);
}

static void
test_slices(void)
{
	struct view_rows *rows = task_rows();
	struct view *v = view_new(a);

	view_set(v, "mid", view_rows_slice(rows, 1, 2));
	view_set(v, "end", view_rows_slice(rows, 3, 9));
	view_set(v, "off", view_rows_slice(rows, 9, 9));
	shows("{{#mid}}{{status}} {{/mid}}{{#end}}{{status}}{{/end}}"
	      "{{#off}}x{{/off}}{{off}}",
	      view_object(v), "done open wait[]", "slices stay inside");
	run_shows(rows, "done", "one;&lt;two&gt;;", "the first run");
	run_shows(rows, "done", "one;&lt;two&gt;;", "the same again");
	run_shows(rows, "wait", "four;", "the last run");
	run_shows(rows, "nope", "none", "a run that is not there");
	run_shows(rows, "open", ";", "a run before the last");
	run_shows(view_rows_new(a, &(struct db_result){NULL},
				VIEW_MEMBERS(task), NULL),
		  "done", "none", "no rows, no run");
}

static struct tmpl_value
word(const struct view_row *row, unsigned column)
{
	const char *const *words = row->data;

	(void)column;
	return view_text(words[row->i]);
}

static void
test_items(void)
{
	static const char *const words[] = {"low", "high"};
	static const struct view_member members[] = {
		{"word", VIEW_MADE, 0, word}
        };
	struct view *v = view_new(a);

	view_set(v, "words",
		 view_rows_all(view_items_new(a, NELEM(words),
					      VIEW_MEMBERS(members), words)));
	shows("{{#words}}{{word}} {{/words}}{{words}}", view_object(v),
	      "low high [{&quot;word&quot;:&quot;low&quot;},"
	      "{&quot;word&quot;:&quot;high&quot;}]",
	      "a list over a table of C");
}

/* A page of many cards takes no memory but that of its text. */
static void
test_cost(void)
{
	static const char *const row[1][COLUMNS] = {
		{"a title", "open", "t", "7", "{}", NULL}
        };
	static const char text[] = "{{#tasks}}{{title}}{{#late}}!{{/late}}"
				   "{{count}}{{status}}{{/tasks}}";
	const char *const(*many)[COLUMNS];
	struct tmpl_set *s = tmpl_new(a, 0);
	struct view *v = view_new(a);
	struct buf b = buf_on(arena_new(MiB));
	const char *(*copy)[COLUMNS] = arena_alloc(a, 200 * sizeof *copy);
	struct db_result res;
	struct err e = {0};
	size_t before;

	for (size_t i = 0; i < 200; i++)
		memcpy(copy[i], row[0], sizeof row[0]);
	many = (const char *const(*)[COLUMNS])copy;
	res = result_of(many, 200);
	view_set(v, "tasks",
		 view_rows_all(
			 view_rows_new(a, &res, VIEW_MEMBERS(task), NULL)));
	ok(tmpl_add(s, "main", "main.html", span_of(text), &e) &&
		   tmpl_link(s, &e),
	   "a page of cards");
	before = arena_used(a);
	ok(tmpl_render(s, "main", view_object(v), &b, &e), "200 cards");
	is_int((long long)(arena_used(a) - before), 0, "take no memory");
	is_int((long long)b.n, 200 * 13, "and are all there");
	arena_free(b.a);
}

int
main(void)
{
	a = arena_new(8 * MiB);
	test_values();
	test_nesting();
	test_json();
	test_rows();
	test_slices();
	test_items();
	test_cost();
	arena_free(a);
	return done_testing();
}
