#ifndef CORE_TMPL_H
#define CORE_TMPL_H

/*
 * tmpl - Mustache templates with inheritance (the public mustache/spec,
 * optional module ~inheritance included; no lambdas), compiled once at start.
 *
 * {{x}} escapes & < > " ' in an .html template and is plain in a .txt one.
 * {{{x}}} and {{&x}} are refused unless the allow-list names them; inside
 * <script type="application/json"> {{{x}}} needs no entry: there it writes the
 * value as JSON with `<` as \u003c.  {{<page}}{{$main}}..{{/main}}{{/page}}
 * inherits; the outermost override of a block wins.
 *
 * A view is a json-c tree.  False for sections: absent, null, false, 0, "" and
 * []; an array repeats; anything else is entered.  {{.}} is the current item,
 * a.b.c walks down.  Numbers print as they stood in the JSON source, arrays
 * and objects as JSON text.
 *
 * Refused at start, with file:line: syntax errors, a partial or parent that is
 * missing or of the other kind (.html/.txt), and in .html a variable inside
 * <script>, <style>, an on*=, style= or srcdoc= attribute, an unquoted
 * attribute or a tag's name, and a section that ends in another HTML context
 * than it began in.
 *
 * Ownership: a set and all of its templates live in the arena given to
 * tmpl_new / tmpl_load; it never changes after loading.
 */
#include <json-c/json_object.h>

#include "buf.h"
#include "err.h"

struct tmpl_set;

enum {
	TMPL_STRICT = 1,  /* a variable whose name is absent is an error */
	TMPL_LENIENT = 2, /* for the spec's tests: no allow-list, no HTML
			     check, a missing partial is empty */
};

/* Every *.html and *.txt below dir; names are paths without the extension:
 * "layout", "partials/task_card".  raw_allow: file of `template name reason`
 * lines (# comments), or NULL for none. */
bool tmpl_load(struct arena *a, const char *dir, const char *raw_allow,
	       unsigned flags, const struct tmpl_set **out,
	       struct err *e) MUST_CHECK;

/* The same piece by piece: add all, then link.  file is what messages call
 * the template; ".txt" at its end makes it plain text. */
struct tmpl_set *tmpl_new(struct arena *a, unsigned flags);
bool tmpl_allow_raw(struct tmpl_set *s, const char *file, struct span lines,
		    struct err *e) MUST_CHECK;
bool tmpl_add(struct tmpl_set *s, const char *name, const char *file,
	      struct span text, struct err *e) MUST_CHECK;
bool tmpl_link(struct tmpl_set *s, struct err *e) MUST_CHECK;

bool tmpl_has(const struct tmpl_set *s, const char *name);

/* Appends to b; what was appended before a failure stays.  500 template for
 * an unknown name, for recursion past 100 levels and for strict misses. */
bool tmpl_render(const struct tmpl_set *s, const char *name,
		 struct json_object *view, struct buf *b,
		 struct err *e) MUST_CHECK;

#endif
