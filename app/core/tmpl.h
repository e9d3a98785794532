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
 * What is shown is a tree of values (struct tmpl_value), made by core/view.h
 * from texts and numbers, rows of a query, or a json-c tree.  False for
 * sections: absent, nothing, false, 0, "" and the empty list; a list repeats;
 * anything else is entered.  {{.}} is the current item, a.b.c walks down.
 * Lists and objects print as JSON text.
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
#include "buf.h"
#include "err.h"

/* --- values --- */

enum tmpl_kind {
	TMPL_NOTHING, /* a name that is there, with nothing in it */
	TMPL_FLAG,
	TMPL_INT,
	TMPL_NUMBER, /* as text: prints as it came */
	TMPL_TEXT,
	TMPL_LIST,
	TMPL_OBJECT,
};

struct tmpl_value {
	enum tmpl_kind kind;

	union {
		bool flag;
		int64_t number;   /* TMPL_INT */
		struct span text; /* TMPL_TEXT, TMPL_NUMBER; borrowed */

		struct { /* TMPL_LIST, TMPL_OBJECT */
			const struct tmpl_ops *ops;
			void *of;
			size_t at, n; /* which part of it: as ops like */
		} in;
	};
};

/* Looking into a list or an object.  Asked for each value at each place of
 * the template that shows it, so the answer should cost little. */
struct tmpl_ops {
	/* Objects.  False: no such name. */
	bool (*member)(const struct tmpl_value *v, const char *name,
		       struct tmpl_value *out);
	/* Lists. */
	size_t (*count)(const struct tmpl_value *v);
	struct tmpl_value (*item)(const struct tmpl_value *v, size_t i);
	/* Both: appends it as JSON.  A list may leave it NULL. */
	void (*json)(const struct tmpl_value *v, struct buf *b);
};

/* Appends any value as JSON. */
void tmpl_add_json(struct buf *b, const struct tmpl_value *v);

/* --- templates --- */

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
 * the template; ".txt" at its end makes it plain text.  text is borrowed as
 * long as the set is used. */
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
		 struct tmpl_value view, struct buf *b,
		 struct err *e) MUST_CHECK;

#endif
