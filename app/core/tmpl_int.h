#ifndef CORE_TMPL_INT_H
#define CORE_TMPL_INT_H

/*
 * tmpl_int - what the three parts of tmpl share: tmpl_parse.c (text to
 * tokens), tmpl_html.c (which HTML context a token stands in), tmpl.c (sets
 * and rendering).
 */
#include "tmpl.h"

enum token_kind {
	T_TEXT,
	T_VAR,  /* escaped */
	T_RAW,  /* as it is */
	T_JSON, /* as JSON: a T_RAW inside <script type="application/json"> */
	T_SECTION,
	T_INVERTED,
	T_PARTIAL,
	T_PARENT, /* its children are T_BLOCK only: the overrides */
	T_BLOCK,
};

struct tmpl;

/* Tokens of a template stand in one array; a token with children is followed
 * by them and `next` is the index behind the last. */
struct token {
	enum token_kind kind : 8;
	uint8_t n_parts;
	uint32_t line;
	uint32_t next;
	struct span s; /* text or name */

	union {
		/* of a dotted name; none for "." */
		const char *const *parts;

		struct { /* T_PARTIAL, T_PARENT, T_BLOCK */
			struct span indent;
			const struct tmpl
				*target; /* NULL = empty; no block's */
		};
	};
};

struct tmpl {
	const char *name;
	const char *file;
	bool is_text; /* no escaping */
	struct token *tokens;
	uint32_t n;
};

enum {
	TMPL_NESTING = 64 /* sections within sections in one file */
};

/* Fills t->tokens; they point into the text, which is borrowed and must live
 * as long as a does. */
bool tmpl_parse(struct arena *a, struct tmpl *t, struct span text,
		struct err *e) MUST_CHECK;
/* Refuses variables where escaping does not help; turns T_RAW into T_JSON. */
bool tmpl_check_html(struct tmpl *t, struct err *e) MUST_CHECK;

#endif
