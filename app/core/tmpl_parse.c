/*
 * Two passes.  The first finds the tags, pairs openings with closings and
 * decides which of them stand alone on their line.  The second writes tokens:
 * only then it is known how far the lines of a block are indented, and that
 * indentation is taken off where a block is defined and put back where it is
 * expanded (spec: "Block reindentation").
 */
#include <string.h>

#include "tmpl_int.h"

enum {
	NAME_MAX_BYTES = 200,
	DELIM_MAX = 16,
	SCRATCH_MAX = 256 * MiB, /* 100 bytes for each tag of a file */
	NONE = UINT32_MAX
};

struct tag {
	char kind; /* v variable, & raw, or the sigil: # ^ / > < $ ! = */
	struct span name;
	const char *p, *end;  /* the whole tag */
	const char *cut, *go; /* text before ends at cut, after starts at go */
	struct span lead;     /* white space before it on its line */
	uint32_t line;
	uint32_t peer;   /* the closing of an opening and vice versa */
	uint32_t parent; /* index of the opening around it, or NONE */
};

struct parser {
	struct arena *a;       /* of the template */
	struct arena *scratch; /* of what is gone when it is parsed */
	struct tmpl *t;
	struct err *e;
	const char *p, *end, *start;
	uint32_t line;
	char open[DELIM_MAX + 1], close[DELIM_MAX + 1];
	struct tag *tags;
	uint32_t n_tags, cap_tags;
	uint32_t cap_tokens;
};

static bool
refuse(struct parser *s, uint32_t line, const char *what, struct span name)
{
	int n = name.n > 60 ? 60 : (int)name.n;

	return err_set(s->e, 500, "template", "%s:%u: %s%s%.*s", s->t->file,
		       line, what, n ? ": " : "", n, n ? name.p : "");
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_space(char c)
{
	return is_blank(c) || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

static struct span
trim(const char *p, const char *end)
{
	while (p < end && is_space(*p))
		p++;
	while (end > p && is_space(end[-1]))
		end--;
	return (struct span){p, (size_t)(end - p)};
}

static const char *
find(const char *p, const char *end, const char *what)
{
	return p < end ? memmem(p, (size_t)(end - p), what, strlen(what))
		       : NULL;
}

static void
count_lines(struct parser *s, const char *to)
{
	for (; s->p < to; s->p++)
		s->line += *s->p == '\n';
}

/* --- first pass ------------------------------------------------------- */

static struct tag *
add_tag(struct parser *s)
{
	if (s->n_tags == s->cap_tags) {
		uint32_t more = s->cap_tags ? s->cap_tags : 64;

		s->tags = arena_grow(s->scratch, s->tags,
				     s->cap_tags * sizeof *s->tags,
				     more * sizeof *s->tags);
		s->cap_tags += more;
	}
	return &s->tags[s->n_tags++];
}

static bool
set_delimiters(struct parser *s, const struct tag *tag)
{
	struct span rest = tag->name, one, two;
	const char *p = rest.p, *end = rest.p + rest.n;

	while (p < end && !is_space(*p))
		p++;
	one = (struct span){rest.p, (size_t)(p - rest.p)};
	two = trim(p, end);
	for (size_t i = 0; i < two.n; i++) {
		if (is_space(two.p[i]))
			two.n = 0;
	}
	if (one.n == 0 || two.n == 0 || one.n > DELIM_MAX ||
	    two.n > DELIM_MAX || memchr(one.p, '=', one.n) ||
	    memchr(two.p, '=', two.n))
		return refuse(s, tag->line, "bad delimiters", rest);
	memcpy(s->open, one.p, one.n);
	s->open[one.n] = '\0';
	memcpy(s->close, two.p, two.n);
	s->close[two.n] = '\0';
	return true;
}

static bool
check_name(struct parser *s, const struct tag *tag)
{
	struct span n = tag->name;

	if (n.n == 0)
		return refuse(s, tag->line, "a tag without a name", n);
	if (n.n > NAME_MAX_BYTES)
		return refuse(s, tag->line, "a name is too long", n);
	for (size_t i = 0; i < n.n; i++) {
		if (is_space(n.p[i]) || n.p[i] == '\0')
			return refuse(s, tag->line, "white space in a name", n);
	}
	if (tag->kind == '>' || tag->kind == '<' || tag->kind == '$' ||
	    span_is(n, "."))
		return true;
	for (size_t i = 0; i < n.n; i++) {
		if (n.p[i] == '.' &&
		    (i == 0 || i + 1 == n.n || n.p[i + 1] == '.'))
			return refuse(s, tag->line, "bad dotted name", n);
	}
	return true;
}

/* s->p stands on an opening delimiter; reads the tag up to behind its end. */
static bool
read_tag(struct parser *s)
{
	const char *p = s->p + strlen(s->open), *at;
	char until[DELIM_MAX + 2] = "", kind = 'v';
	struct tag *tag;
	bool done = true;

	if (p < s->end && strchr("#^/><$!=&{", *p) && *p)
		kind = *p++;
	if (kind == '{' || kind == '=')
		until[0] = kind == '{' ? '}' : '=';
	memcpy(until + strlen(until), s->close, strlen(s->close) + 1);
	at = find(p, s->end, until);
	if (!at)
		return refuse(
			s, s->line, "a tag is not closed",
			(struct span){s->p, s->end - s->p > 20
						    ? 20
						    : (size_t)(s->end - s->p)});
	tag = add_tag(s);
	*tag = (struct tag){.kind = kind == '{' ? '&' : kind,
			    .name = trim(p, at),
			    .p = s->p,
			    .end = at + strlen(until),
			    .line = s->line,
			    .peer = NONE,
			    .parent = NONE};
	tag->cut = tag->p;
	tag->go = tag->end;
	if (kind == '=')
		done = set_delimiters(s, tag);
	else if (kind != '!')
		done = check_name(s, tag);
	count_lines(s, tag->end);
	return done;
}

static bool
read_tags(struct parser *s)
{
	for (;;) {
		const char *at = find(s->p, s->end, s->open);

		if (!at) {
			s->p = s->end;
			return true;
		}
		count_lines(s, at);
		if (!read_tag(s))
			return false;
	}
}

static bool
pair_tags(struct parser *s)
{
	uint32_t stack[TMPL_NESTING], depth = 0;

	for (uint32_t i = 0; i < s->n_tags; i++) {
		struct tag *tag = &s->tags[i], *open;

		tag->parent = depth ? stack[depth - 1] : NONE;
		if (strchr("#^<$", tag->kind)) {
			if (depth == TMPL_NESTING)
				return refuse(s, tag->line, "nested too deep",
					      tag->name);
			stack[depth++] = i;
		}
		if (tag->kind != '/')
			continue;
		if (depth == 0)
			return refuse(s, tag->line, "nothing to close",
				      tag->name);
		open = &s->tags[stack[--depth]];
		if (open->name.n != tag->name.n ||
		    memcmp(open->name.p, tag->name.p, tag->name.n) != 0)
			return refuse(s, tag->line,
				      "closes another tag than the last opened",
				      tag->name);
		tag->peer = stack[depth];
		tag->parent = open->parent;
		open->peer = i;
	}
	if (depth) {
		struct tag *open = &s->tags[stack[depth - 1]];

		return refuse(s, open->line, "is never closed", open->name);
	}
	return true;
}

/* White space between the start of the line and p; false if there is more. */
static bool
only_blank_before(const struct parser *s, const char *p, struct span *lead)
{
	const char *from = p;

	while (from > s->start && is_blank(from[-1]))
		from--;
	*lead = (struct span){from, (size_t)(p - from)};
	return from == s->start || from[-1] == '\n';
}

/* Is the rest of the line blank?  *next is where the next line starts. */
static bool
only_blank_after(const struct parser *s, const char *p, const char **next)
{
	while (p < s->end && is_blank(*p))
		p++;
	if (p + 1 < s->end && p[0] == '\r' && p[1] == '\n')
		p++;
	*next = p < s->end ? p + 1 : p;
	return p == s->end || *p == '\n';
}

static bool
is_override(const struct parser *s, const struct tag *tag)
{
	return tag->parent != NONE && s->tags[tag->parent].kind == '<';
}

static void
parent_alone(const struct parser *s, struct tag *tag, const struct tag *peer,
	     const char *next)
{
	const struct tag *open = tag->kind == '<' ? tag : peer;
	const struct tag *close = tag->kind == '<' ? peer : tag;
	const char *unused;
	struct span lead;
	bool alone = only_blank_before(s, open->p, &lead) &&
		     only_blank_after(s, close->end, &unused);

	if (!alone)
		tag->lead = (struct span){tag->p, 0};
	else if (tag == open)
		tag->cut = lead.p;
	else
		tag->go = next;
}

/* next: where the next line starts if the rest of this one is blank. */
static void
override_alone(struct tag *tag, const struct tag *peer, bool before,
	       const char *next)
{
	if (tag->kind == '$' && next && next <= peer->p)
		tag->go = next;
	if (tag->kind == '/' && before && tag->lead.p >= peer->end)
		tag->cut = tag->lead.p;
}

/*
 * Who stands alone takes its line along.  A parent counts from its opening to
 * its closing; text inside a parent is ignored, so an override only has to
 * look at its inner side.
 */
static void
stand_alone(struct parser *s, struct tag *tag)
{
	struct tag *peer = tag->peer == NONE ? tag : &s->tags[tag->peer];
	char kind = tag->kind == '/' ? peer->kind : tag->kind;
	const char *next;
	struct span lead;
	bool before = only_blank_before(s, tag->p, &lead);
	bool after = only_blank_after(s, tag->end, &next);

	tag->lead = before ? lead : (struct span){tag->p, 0};
	if (kind == 'v' || kind == '&')
		return;
	if (kind == '<')
		parent_alone(s, tag, peer, next);
	else if (kind == '$' && is_override(s, tag))
		override_alone(tag, peer, before, after ? next : NULL);
	else if (before && after) {
		tag->cut = lead.p;
		tag->go = next;
	}
}

/* --- second pass ------------------------------------------------------ */

static struct token *
add_token(struct parser *s)
{
	struct tmpl *t = s->t;

	if (t->n == s->cap_tokens) {
		uint32_t more = s->cap_tokens ? s->cap_tokens : 64;

		t->tokens = arena_grow(s->scratch, t->tokens,
				       s->cap_tokens * sizeof *t->tokens,
				       more * sizeof *t->tokens);
		s->cap_tokens += more;
	}
	return &t->tokens[t->n++];
}

static void
add_text_token(struct parser *s, const char *p, size_t n)
{
	struct token *last = s->t->n ? &s->t->tokens[s->t->n - 1] : NULL;
	struct token *tok;

	if (n == 0)
		return;
	/* Lines that touch in the source are one text; after a tag they never
	 * do. */
	if (last && last->kind == T_TEXT && last->s.p + last->s.n == p) {
		last->s.n += n;
		return;
	}
	tok = add_token(s);
	*tok = (struct token){
		.kind = T_TEXT, .s = {p, n},
                     .next = s->t->n
        };
}

/* How much of the blanks at p the indentation `dedent` covers. */
static size_t
covered(const char *p, const char *end, struct span dedent)
{
	size_t n = 0;

	while (n < dedent.n && p + n < end && p[n] == dedent.p[n])
		n++;
	return n;
}

/* Text without the first `dedent` of each line. */
static void
add_text(struct parser *s, const char *p, const char *end, struct span dedent)
{
	if (dedent.n == 0) {
		if (p < end)
			add_text_token(s, p, (size_t)(end - p));
		return;
	}
	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		const char *to = nl ? nl + 1 : end;

		if (p == s->start || p[-1] == '\n')
			p += covered(p, to, dedent);
		add_text_token(s, p, (size_t)(to - p));
		p = to;
	}
}

static struct span
without(struct span lead, struct span dedent)
{
	size_t n = covered(lead.p, lead.p + lead.n, dedent);

	return (struct span){lead.p + n, lead.n - n};
}

/*
 * The indentation all lines of a block have in common.  A block without lines
 * of its own has the one of its tag.
 */
static struct span
block_indent(const struct parser *s, const struct tag *open)
{
	const struct tag *close = &s->tags[open->peer];
	const char *p = open->go, *end = close->cut;
	/* A tag with its content on the same line indents like its line. */
	bool have = open->go == open->end;
	struct span common = have ? open->lead : (struct span){open->go, 0};

	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		const char *q = p;

		while (q < end && is_blank(*q))
			q++;
		if ((p == s->start || p[-1] == '\n') && q < end && *q != '\n' &&
		    *q != '\r') {
			struct span lead = {p, (size_t)(q - p)};

			common.n = have ? covered(p, q, common) : lead.n;
			common.p = lead.p;
			have = true;
		}
		p = nl ? nl + 1 : end;
	}
	return have ? common : open->lead;
}

static const char *
dup_span(struct arena *a, struct span s)
{
	return arena_strndup(a, s.p, s.n);
}

static void
split_name(struct parser *s, struct token *tok)
{
	struct span rest = tok->s;
	const char **parts;
	unsigned n = 1; /* of NAME_MAX_BYTES at most */

	if (span_is(tok->s, "."))
		return;
	for (size_t i = 0; i < rest.n; i++)
		n += rest.p[i] == '.';
	parts = arena_alloc(s->a, n * sizeof *parts);
	for (size_t i = 0; i < n; i++)
		parts[i] = dup_span(s->a, span_cut(&rest, '.'));
	tok->parts = parts;
	tok->n_parts = (uint8_t)n;
}

static enum token_kind
kind_of(char c)
{
	switch (c) {
	case '#':
		return T_SECTION;
	case '^':
		return T_INVERTED;
	case '>':
		return T_PARTIAL;
	case '<':
		return T_PARENT;
	case '$':
		return T_BLOCK;
	case '&':
		return T_RAW;
	default:
		return T_VAR;
	}
}

/* NOLINTBEGIN(misc-no-recursion): bounded by TMPL_NESTING */
static void compile(struct parser *s, uint32_t from, uint32_t to, const char *p,
		    const char *end, struct span dedent);

/* The inside of tags[i]; returns nothing, the caller closes the token. */
static void
compile_inside(struct parser *s, uint32_t i, struct span dedent)
{
	const struct tag *open = &s->tags[i], *close = &s->tags[open->peer];

	if (open->kind != '<') {
		compile(s, i + 1, open->peer, open->go, close->cut, dedent);
		return;
	}
	/* Of a parent only the blocks count. */
	for (uint32_t k = i + 1; k < open->peer; k++) {
		const struct tag *tag = &s->tags[k];

		if (tag->kind == '$')
			compile(s, k, tag->peer + 1, tag->cut,
				s->tags[tag->peer].go, dedent);
		if (tag->peer != NONE)
			k = tag->peer;
	}
}

/* Depth is bounded by pair_tags. */
static void
compile(struct parser *s, uint32_t from, uint32_t to, const char *p,
	const char *end, struct span dedent)
{
	for (uint32_t i = from; i < to; i++) {
		const struct tag *tag = &s->tags[i];
		struct span inner = dedent;
		struct token *tok;
		uint32_t at;

		add_text(s, p, tag->cut, dedent);
		p = tag->go;
		if (tag->kind == '!' || tag->kind == '=')
			continue;
		at = s->t->n;
		tok = add_token(s);
		*tok = (struct token){.kind = kind_of(tag->kind),
				      .line = tag->line,
				      .s = tag->name};
		if (tag->kind == '$') {
			inner = block_indent(s, tag);
			tok->indent = without(inner, dedent);
		} else if (tag->kind == '>' || tag->kind == '<') {
			/* Inline ones go on where the line is. */
			if (tag->cut != tag->p)
				tok->indent = without(tag->lead, dedent);
		} else {
			split_name(s, tok);
		}
		if (tag->peer != NONE) {
			compile_inside(s, i, inner);
			i = tag->peer;
			p = s->tags[i].go;
		}
		s->t->tokens[at].next = s->t->n;
	}
	add_text(s, p, end, dedent);
}

/* NOLINTEND(misc-no-recursion) */

static void
keep_tokens(struct parser *s)
{
	struct token *tokens = arena_alloc(s->a, s->t->n * sizeof *tokens);

	if (s->t->n)
		memcpy(tokens, s->t->tokens, s->t->n * sizeof *tokens);
	s->t->tokens = tokens;
}

bool
tmpl_parse(struct arena *a, struct tmpl *t, struct span text, struct err *e)
{
	struct parser s = {.a = a,
			   .scratch = arena_new(SCRATCH_MAX),
			   .t = t,
			   .e = e,
			   .p = text.p,
			   .start = text.p,
			   .end = text.p + text.n,
			   .line = 1,
			   .open = "{{",
			   .close = "}}"};

	bool done = text.n == 0 || !memchr(text.p, '\0', text.n) ||
		    refuse(&s, 1, "holds a NUL byte", (struct span){"", 0});

	if (done && read_tags(&s) && pair_tags(&s)) {
		for (uint32_t i = 0; i < s.n_tags; i++)
			stand_alone(&s, &s.tags[i]);
		compile(&s, 0, s.n_tags, s.start, s.end,
			(struct span){s.start, 0});
		keep_tokens(&s);
	} else {
		done = false;
		t->tokens = NULL;
		t->n = 0;
	}
	arena_free(s.scratch);
	return done;
}
