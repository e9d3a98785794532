/*
 * Which HTML context does a variable stand in?  Escaping & < > " ' is enough
 * in text and in quoted attributes, nowhere else.  This is no HTML parser:
 * it knows just what it takes to tell those places apart, and refuses when in
 * doubt.
 */
#include <string.h>
#include <strings.h>

#include "tmpl_int.h"

enum place {
	H_TEXT,
	H_LT,   /* behind < */
	H_TAG,  /* in a tag, outside of values */
	H_EQ,   /* behind = */
	H_DQ,   /* in "..." */
	H_SQ,   /* in '...' */
	H_BARE, /* in an unquoted value */
	H_COMMENT,
	H_SCRIPT,
	H_STYLE,
	H_JSON, /* <script type="application/json"> */
};

struct word {
	char s[24];
	size_t n;
};

struct html {
	struct tmpl *t;
	struct err *e;
	enum place at;
	struct word tag, attr, value;
	bool in_name;   /* still in the tag's name */
	bool is_json;   /* saw type="application/json" */
	size_t matched; /* of the end of a comment, script or style */
};

static void
word_add(struct word *w, char c)
{
	/* One byte too many makes a word that equals nothing. */
	if (w->n < sizeof w->s - 1)
		w->s[w->n++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
	w->s[w->n] = '\0';
}

static void
word_clear(struct word *w)
{
	w->n = 0;
	w->s[0] = '\0';
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static void
attr_done(struct html *h)
{
	if (strcmp(h->attr.s, "type") == 0 &&
	    strcmp(h->value.s, "application/json") == 0)
		h->is_json = true;
	word_clear(&h->attr);
	word_clear(&h->value);
	h->at = H_TAG;
}

static void
tag_done(struct html *h)
{
	h->at = H_TEXT;
	if (strcmp(h->tag.s, "script") == 0)
		h->at = h->is_json ? H_JSON : H_SCRIPT;
	else if (strcmp(h->tag.s, "style") == 0)
		h->at = H_STYLE;
	h->matched = 0;
}

static void
step_lt(struct html *h, char c)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '/' ||
	    c == '!') {
		h->at = H_TAG;
		h->in_name = true;
		h->is_json = false;
		word_clear(&h->tag);
		word_clear(&h->attr);
		word_clear(&h->value);
		word_add(&h->tag, c);
	} else if (c != '<') {
		h->at = H_TEXT;
	}
}

static void
step_tag(struct html *h, char c)
{
	if (c == '>') {
		tag_done(h);
	} else if (h->in_name) {
		if (is_space(c))
			h->in_name = false;
		else
			word_add(&h->tag, c);
		if (strcmp(h->tag.s, "!--") == 0) {
			h->at = H_COMMENT;
			h->matched = 0;
		}
	} else if (c == '=') {
		h->at = H_EQ;
	} else if (is_space(c) || c == '/') {
		/* `name = value` is not worth supporting: a blank ends it. */
		word_clear(&h->attr);
	} else {
		word_add(&h->attr, c);
	}
}

/* Looks for the end of a raw text element or comment. */
static bool
ends(struct html *h, const char *what, char c)
{
	char low = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);

	if (low == what[h->matched])
		h->matched++;
	else if (h->matched == 2 && low == '-' && what[0] == '-')
		; /* --- before > */
	else
		h->matched = low == what[0];
	return what[h->matched] == '\0';
}

static void
step_raw(struct html *h, char c)
{
	const char *what = h->at == H_STYLE ? "</style" : "</script";

	if (!ends(h, what, c))
		return;
	h->at = H_TAG;
	h->in_name = true;
	word_clear(&h->tag);
	word_add(&h->tag, '/');
}

static void
step(struct html *h, char c)
{
	switch (h->at) {
	case H_TEXT:
		if (c == '<')
			h->at = H_LT;
		break;
	case H_LT:
		step_lt(h, c);
		break;
	case H_TAG:
		step_tag(h, c);
		break;
	case H_EQ:
		if (c == '"')
			h->at = H_DQ;
		else if (c == '\'')
			h->at = H_SQ;
		else if (c == '>')
			tag_done(h);
		else if (!is_space(c))
			h->at = H_BARE;
		break;
	case H_DQ:
	case H_SQ:
		if (c == (h->at == H_DQ ? '"' : '\''))
			attr_done(h);
		else
			word_add(&h->value, c);
		break;
	case H_BARE:
		if (is_space(c) || c == '>')
			attr_done(h);
		if (c == '>')
			tag_done(h);
		break;
	case H_COMMENT:
		if (ends(h, "-->", c))
			h->at = H_TEXT;
		break;
	case H_SCRIPT:
	case H_STYLE:
	case H_JSON:
		step_raw(h, c);
		break;
	}
}

static bool
refuse(struct html *h, const struct token *tok, const char *where)
{
	return err_set(h->e, 500, "template", "%s:%u: {{%.*s}} %s", h->t->file,
		       tok->line, tok->s.n > 60 ? 60 : (int)tok->s.n, tok->s.p,
		       where);
}

static bool
is_code_attribute(const char *name)
{
	return strncmp(name, "on", 2) == 0 || strcmp(name, "style") == 0 ||
	       strcmp(name, "srcdoc") == 0;
}

static bool
check_place(struct html *h, struct token *tok)
{
	switch (h->at) {
	case H_TEXT:
	case H_COMMENT:
		return true;
	case H_DQ:
	case H_SQ:
		if (is_code_attribute(h->attr.s))
			return refuse(h, tok,
				      "stands in an attribute that is code");
		word_add(&h->value, '?'); /* the value is not known now */
		return true;
	case H_JSON:
		if (tok->kind == T_RAW) {
			tok->kind = T_JSON;
			return true;
		}
		return refuse(h, tok, "in JSON must be {{{...}}}");
	case H_SCRIPT:
		return refuse(h, tok, "stands inside <script>");
	case H_STYLE:
		return refuse(h, tok, "stands inside <style>");
	case H_LT:
	case H_TAG:
		return refuse(h, tok, "stands in a tag outside of a value");
	case H_EQ:
	case H_BARE:
		return refuse(h, tok, "stands in an unquoted attribute");
	}
	return false;
}

static void
read_text(struct html *h, struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		step(h, s.p[i]);
}

/* NOLINTBEGIN(misc-no-recursion): bounded by TMPL_NESTING */
static bool check_range(struct html *h, uint32_t from, uint32_t to);

/* What repeats or may be left out must end where it began. */
static bool
check_inside(struct html *h, uint32_t i)
{
	const struct token *tok = &h->t->tokens[i];
	enum place before = h->at;

	if (!check_range(h, i + 1, tok->next))
		return false;
	/* `<li {{#on}}class="on"{{/on}}>` leaves the tag's name behind. */
	if (h->at != before)
		return refuse(h, tok, "ends in another HTML context");
	return true;
}

/* Overrides are text of another place: the parent decides which. */
static bool
check_parent(struct html *h, uint32_t i)
{
	const struct token *tok = &h->t->tokens[i];

	if (h->at != H_TEXT)
		return refuse(h, tok, "must stand in text");
	for (uint32_t k = i + 1; k < tok->next; k = h->t->tokens[k].next) {
		if (!check_inside(h, k))
			return false;
	}
	return true;
}

static bool
check_range(struct html *h, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i = h->t->tokens[i].next) {
		struct token *tok = &h->t->tokens[i];

		switch (tok->kind) {
		case T_TEXT:
			read_text(h, tok->s);
			break;
		case T_VAR:
		case T_RAW:
		case T_JSON:
			if (!check_place(h, tok))
				return false;
			break;
		case T_SECTION:
		case T_INVERTED:
			if (!check_inside(h, i))
				return false;
			break;
		case T_BLOCK:
			if (h->at != H_TEXT && h->at != H_DQ && h->at != H_SQ)
				return refuse(h, tok,
					      "must stand in text or a value");
			if (!check_place(h, tok) || !check_inside(h, i))
				return false;
			break;
		case T_PARTIAL:
			if (h->at != H_TEXT)
				return refuse(h, tok, "must stand in text");
			break;
		case T_PARENT:
			if (!check_parent(h, i))
				return false;
			break;
		}
	}
	return true;
}

/* NOLINTEND(misc-no-recursion) */

bool
tmpl_check_html(struct tmpl *t, struct err *e)
{
	struct html h = {.t = t, .e = e, .at = H_TEXT};

	if (!check_range(&h, 0, t->n))
		return false;
	if (h.at != H_TEXT)
		return err_set(e, 500, "template",
			       "%s: ends inside a tag, comment or script",
			       t->file);
	return true;
}
