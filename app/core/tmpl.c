/*
 * Sets of templates and rendering.  Rendering walks the token array; nothing
 * is parsed or allocated per request but the output (and the JSON of a list or
 * an object on its way there).
 */
#include "tmpl.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"
#include "tmpl_int.h"

enum {
	RENDER_DEPTH = 100,
	INDENT_MAX = 256,
	FOLDER_DEPTH = 8,
	FILE_MAX_BYTES = MiB,
};

struct raw {
	struct span tmpl, name;
	struct raw *next;
};

struct tmpl_set {
	struct arena *a;
	unsigned flags;
	struct tmpl *list; /* sorted by name once linked */
	size_t n, cap;
	struct raw *raws;
};

/* --- making a set ------------------------------------------------------ */

struct tmpl_set *
tmpl_new(struct arena *a, unsigned flags)
{
	struct tmpl_set *s = arena_alloc(a, sizeof *s);

	s->a = a;
	s->flags = flags;
	return s;
}

static int
by_name(const void *a, const void *b)
{
	const struct tmpl *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static const struct tmpl *
find_tmpl(const struct tmpl_set *s, const char *name)
{
	struct tmpl key = {.name = name};

	return s->n ? bsearch(&key, s->list, s->n, sizeof key, by_name) : NULL;
}

bool
tmpl_has(const struct tmpl_set *s, const char *name)
{
	return find_tmpl(s, name) != NULL;
}

bool
tmpl_allow_raw(struct tmpl_set *s, const char *file, struct span lines,
	       struct err *e)
{
	for (unsigned line = 1; lines.n; line++) {
		struct span rest = span_cut(&lines, '\n');
		struct raw *r;

		if (rest.n == 0 || rest.p[0] == '#')
			continue;
		r = arena_alloc(s->a, sizeof *r);
		r->tmpl = span_cut(&rest, ' ');
		r->name = span_cut(&rest, ' ');
		if (r->tmpl.n == 0 || r->name.n == 0 || rest.n == 0)
			return err_set(e, 500, "template",
				       "%s:%u: want `template name reason`",
				       file, line);
		r->next = s->raws;
		s->raws = r;
	}
	return true;
}

static bool
is_text_file(const char *file)
{
	size_t n = strlen(file);

	return n > 4 && strcmp(file + n - 4, ".txt") == 0;
}

bool
tmpl_add(struct tmpl_set *s, const char *name, const char *file,
	 struct span text, struct err *e)
{
	struct tmpl *t, *bigger;

	if (s->n == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 32;
		bigger = arena_alloc(s->a, s->cap * sizeof *bigger);
		if (s->n)
			memcpy(bigger, s->list, s->n * sizeof *bigger);
		s->list = bigger;
	}
	t = &s->list[s->n++];
	*t = (struct tmpl){.name = arena_strdup(s->a, name),
			   .file = arena_strdup(s->a, file),
			   .is_text = is_text_file(file)};
	return tmpl_parse(s->a, t, text, e);
}

static bool
is_allowed_raw(const struct tmpl_set *s, const struct tmpl *t,
	       const struct token *tok)
{
	for (const struct raw *r = s->raws; r; r = r->next) {
		if (span_is(r->tmpl, t->name) && r->name.n == tok->s.n &&
		    memcmp(r->name.p, tok->s.p, tok->s.n) == 0)
			return true;
	}
	return false;
}

static bool
link_token(struct tmpl_set *s, struct tmpl *t, struct token *tok, struct err *e)
{
	bool is_lenient = s->flags & TMPL_LENIENT;
	int n = tok->s.n > 60 ? 60 : (int)tok->s.n;
	if (tok->kind == T_RAW && !t->is_text && !is_lenient &&
	    !is_allowed_raw(s, t, tok))
		return err_set(e, 500, "template",
			       "%s:%u: {{{%.*s}}} is not in the list of raw "
			       "names",
			       t->file, tok->line, n, tok->s.p);
	if (tok->kind != T_PARTIAL && tok->kind != T_PARENT)
		return true;
	tok->target = find_tmpl(s, arena_strndup(s->a, tok->s.p, tok->s.n));
	if (!tok->target && !is_lenient)
		return err_set(e, 500, "template", "%s:%u: no template %.*s",
			       t->file, tok->line, n, tok->s.p);
	if (tok->target && tok->target->is_text != t->is_text)
		return err_set(e, 500, "template",
			       "%s:%u: %.*s is not of the same kind", t->file,
			       tok->line, n, tok->s.p);
	return true;
}

bool
tmpl_link(struct tmpl_set *s, struct err *e)
{
	if (s->n)
		qsort(s->list, s->n, sizeof *s->list, by_name);
	for (size_t i = 0; i + 1 < s->n; i++) {
		if (strcmp(s->list[i].name, s->list[i + 1].name) == 0)
			return err_set(e, 500, "template",
				       "%s and %s have the same name",
				       s->list[i].file, s->list[i + 1].file);
	}
	for (size_t i = 0; i < s->n; i++) {
		struct tmpl *t = &s->list[i];

		if (!t->is_text && !(s->flags & TMPL_LENIENT) &&
		    !tmpl_check_html(t, e))
			return false;
		for (uint32_t k = 0; k < t->n; k++) {
			if (!link_token(s, t, &t->tokens[k], e))
				return false;
		}
	}
	return true;
}

/* --- files ------------------------------------------------------------- */

static bool
has_end(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && strcmp(s + n - m, end) == 0;
}

static bool
add_file(struct tmpl_set *s, const char *path, const char *name, struct err *e)
{
	struct span text;

	/* What is no template lies beside them at most: raw.allow. */
	if (!has_end(name, ".html") && !has_end(name, ".txt"))
		return true;
	if (!file_read(s->a, path, FILE_MAX_BYTES, &text, e))
		return false;
	name = arena_strndup(s->a, name, (size_t)(strrchr(name, '.') - name));
	return tmpl_add(s, name, path, text, e);
}

/* NOLINTBEGIN(misc-no-recursion): bounded by FOLDER_DEPTH */
static bool
add_folder(struct tmpl_set *s, const char *path, const char *prefix,
	   unsigned depth, struct err *e)
{
	DIR *d = opendir(path);
	struct dirent *ent;
	bool done = true;

	if (!d)
		return err_set(e, 500, "template", "%s: %s", path,
			       strerror(errno));
	while (done && (ent = readdir(d))) {
		const char *sub, *name;
		struct stat st;

		if (ent->d_name[0] == '.')
			continue;
		sub = arena_printf(s->a, "%s/%s", path, ent->d_name);
		name = arena_printf(s->a, "%s%s", prefix, ent->d_name);
		if (stat(sub, &st) == -1)
			done = err_set(e, 500, "template", "%s: %s", sub,
				       strerror(errno));
		else if (S_ISREG(st.st_mode))
			done = add_file(s, sub, name, e);
		else if (S_ISDIR(st.st_mode) && depth < FOLDER_DEPTH)
			done = add_folder(s, sub,
					  arena_printf(s->a, "%s/", name),
					  depth + 1, e);
	}
	closedir(d);
	return done;
}

/* NOLINTEND(misc-no-recursion) */

bool
tmpl_load(struct arena *a, const char *dir, const char *raw_allow,
	  unsigned flags, const struct tmpl_set **out, struct err *e)
{
	struct tmpl_set *s = tmpl_new(a, flags);
	struct span lines;

	if (raw_allow && (!file_read(a, raw_allow, FILE_MAX_BYTES, &lines, e) ||
			  !tmpl_allow_raw(s, raw_allow, lines, e)))
		return false;
	if (!add_folder(s, dir, "", 0, e) || !tmpl_link(s, e))
		return false;
	*out = s;
	return true;
}

/* --- values ------------------------------------------------------------ */

/* 0, -0, 0.00, 0e5 */
static bool
is_zero(struct span number)
{
	for (size_t i = 0; i < number.n; i++) {
		if (number.p[i] == 'e' || number.p[i] == 'E')
			break;
		if (!strchr("+-0.", number.p[i]))
			return false;
	}
	return true;
}

static bool
is_false(const struct tmpl_value *v)
{
	switch (v->kind) {
	case TMPL_NOTHING:
		return true;
	case TMPL_FLAG:
		return !v->flag;
	case TMPL_INT:
		return v->number == 0;
	case TMPL_NUMBER:
		return is_zero(v->text);
	case TMPL_TEXT:
		return v->text.n == 0;
	case TMPL_LIST:
		return v->in.ops->count(v) == 0;
	case TMPL_OBJECT:
		return false;
	}
	return true;
}

/* NOLINTBEGIN(misc-no-recursion): as deep as the handler built the view */
static void
add_list_json(struct buf *b, const struct tmpl_value *v)
{
	size_t n = v->in.ops->count(v);

	buf_addc(b, '[');
	for (size_t i = 0; i < n; i++) {
		struct tmpl_value item = v->in.ops->item(v, i);

		if (i)
			buf_addc(b, ',');
		tmpl_add_json(b, &item);
	}
	buf_addc(b, ']');
}

void
tmpl_add_json(struct buf *b, const struct tmpl_value *v)
{
	switch (v->kind) {
	case TMPL_NOTHING:
		buf_add(b, "null");
		break;
	case TMPL_FLAG:
		buf_add(b, v->flag ? "true" : "false");
		break;
	case TMPL_INT:
		buf_addf(b, "%" PRId64, v->number);
		break;
	case TMPL_NUMBER:
		buf_addn(b, v->text.p, v->text.n);
		break;
	case TMPL_TEXT:
		buf_add_jsonn(b, v->text.p, v->text.n);
		break;
	case TMPL_LIST:
	case TMPL_OBJECT:
		if (v->in.ops->json)
			v->in.ops->json(v, b);
		else
			add_list_json(b, v);
		break;
	}
}

/* NOLINTEND(misc-no-recursion) */

/* --- rendering --------------------------------------------------------- */

struct scope { /* the context stack, innermost first */
	struct tmpl_value v;
	const struct scope *outer;
};

struct frame { /* overrides that parents were given, innermost first */
	const struct tmpl *t;
	uint32_t first, end; /* T_BLOCK tokens of t */
	const struct frame *outer;
};

struct render {
	const struct tmpl_set *set;
	struct buf *b;
	struct err *e;
	char indent[INDENT_MAX];
	size_t n_indent;
	bool at_line_start;
	unsigned depth;
};

/* Where tokens are looked at: their template, what they see. */
struct place {
	const struct tmpl *t;
	const struct scope *scope;
	const struct frame *frames;
};

/* NOLINTBEGIN(misc-no-recursion): bounded by RENDER_DEPTH and TMPL_NESTING */
static bool run(struct render *r, const struct place *at, uint32_t from,
		uint32_t to);

static void
add_indent(struct render *r)
{
	if (r->at_line_start && r->n_indent)
		buf_addn(r->b, r->indent, r->n_indent);
	r->at_line_start = false;
}

static void
add_lines(struct render *r, struct span s)
{
	if (r->n_indent == 0) {
		buf_addn(r->b, s.p, s.n);
		r->at_line_start =
			s.n ? s.p[s.n - 1] == '\n' : r->at_line_start;
		return;
	}
	while (s.n) {
		const char *nl = memchr(s.p, '\n', s.n);
		size_t n = nl ? (size_t)(nl - s.p) + 1 : s.n;

		if (s.p[0] != '\n' && s.p[0] != '\r')
			add_indent(r);
		buf_addn(r->b, s.p, n);
		r->at_line_start = nl != NULL;
		s.p += n;
		s.n -= n;
	}
}

static bool
member_of(const struct tmpl_value *v, const char *name, struct tmpl_value *out)
{
	return v->kind == TMPL_OBJECT && v->in.ops->member(v, name, out);
}

/* Finds the value of a name; false if the name is nowhere. */
static bool
look_up(const struct token *tok, const struct scope *scope,
	struct tmpl_value *out)
{
	struct tmpl_value v = {.kind = TMPL_NOTHING};
	bool found = false;

	if (tok->n_parts == 0) {
		*out = scope->v;
		return true;
	}
	for (; scope && !found; scope = scope->outer)
		found = member_of(&scope->v, tok->parts[0], &v);
	for (size_t i = 1; found && i < tok->n_parts; i++) {
		struct tmpl_value outer = v;

		found = member_of(&outer, tok->parts[i], &v);
	}
	if (found)
		*out = v;
	return found;
}

/* For a <script>: nothing in it can end the script. */
static void
add_script_json(struct render *r, const struct tmpl_value *v)
{
	struct buf json = buf_on(r->b->a);
	const char *s;

	tmpl_add_json(&json, v);
	s = buf_str(&json);
	for (const char *lt; (lt = strchr(s, '<')); s = lt + 1) {
		buf_addn(r->b, s, (size_t)(lt - s));
		buf_add(r->b, "\\u003c");
	}
	buf_add(r->b, s);
}

static bool
run_value(struct render *r, const struct place *at, const struct token *tok)
{
	struct tmpl_value v = {.kind = TMPL_NOTHING};
	struct buf json = buf_on(r->b->a);
	struct span s;

	if (!look_up(tok, at->scope, &v) && (r->set->flags & TMPL_STRICT))
		return err_set(r->e, 500, "template",
			       "%s:%u: the view has no %.*s", at->t->file,
			       tok->line, (int)tok->s.n, tok->s.p);
	add_indent(r);
	if (tok->kind == T_JSON) {
		add_script_json(r, &v);
		return true;
	}
	switch (v.kind) {
	case TMPL_NOTHING:
		return true;
	case TMPL_FLAG:
	case TMPL_INT:
		tmpl_add_json(r->b, &v); /* no character to escape */
		return true;
	case TMPL_NUMBER:
	case TMPL_TEXT:
		s = v.text;
		break;
	case TMPL_LIST:
	case TMPL_OBJECT:
	default:
		tmpl_add_json(&json, &v);
		s = (struct span){buf_str(&json), json.n};
		break;
	}
	if (tok->kind == T_RAW || at->t->is_text)
		buf_addn(r->b, s.p, s.n); /* raw: allow-listed at load */
	else
		buf_add_html(r->b, s.p, s.n);
	return true;
}

static bool
run_section(struct render *r, const struct place *at, uint32_t i)
{
	const struct token *tok = &at->t->tokens[i];
	struct tmpl_value v = {.kind = TMPL_NOTHING};
	struct scope inner = {.outer = at->scope};
	struct place in = {at->t, &inner, at->frames};

	if (!look_up(tok, at->scope, &v) || is_false(&v))
		return tok->kind == T_SECTION ? true
					      : run(r, at, i + 1, tok->next);
	if (tok->kind == T_INVERTED)
		return true;
	if (v.kind != TMPL_LIST) {
		inner.v = v;
		return run(r, &in, i + 1, tok->next);
	}
	for (size_t k = 0, n = v.in.ops->count(&v); k < n; k++) {
		inner.v = v.in.ops->item(&v, k);
		if (!run(r, &in, i + 1, tok->next))
			return false;
	}
	return true;
}

/* Runs tokens of another place, one level deeper, indented by tok. */
static bool
run_below(struct render *r, const struct token *tok, const struct place *at,
	  uint32_t from, uint32_t to)
{
	size_t before = r->n_indent;
	bool done;

	if (r->depth >= RENDER_DEPTH)
		return err_set(r->e, 500, "template",
			       "%s: more than %d templates within each other",
			       at->t->file, RENDER_DEPTH);
	if (tok->indent.n && tok->indent.n <= INDENT_MAX - before) {
		memcpy(r->indent + before, tok->indent.p, tok->indent.n);
		r->n_indent += tok->indent.n;
	}
	r->depth++;
	done = run(r, at, from, to);
	r->depth--;
	r->n_indent = before;
	return done;
}

static bool
run_template(struct render *r, const struct place *at, uint32_t i)
{
	const struct token *tok = &at->t->tokens[i];
	struct frame frame = {at->t, i + 1, tok->next, at->frames};
	struct place in = {tok->target, at->scope, &frame};

	if (!tok->target)
		return true;
	return run_below(r, tok, &in, 0, tok->target->n);
}

/*
 * The outermost override wins.  Its text was written where that frame was
 * made, so it sees only the frames around that place: a page that fills
 * {{$main}} may itself use a parent with a block called main.
 */
static bool
run_block(struct render *r, const struct place *at, uint32_t i)
{
	const struct token *tok = &at->t->tokens[i];
	struct place in = *at;
	uint32_t from = i + 1, to = tok->next;

	for (const struct frame *f = at->frames; f; f = f->outer) {
		const struct token *all = f->t->tokens;

		for (uint32_t k = f->first; k < f->end; k = all[k].next) {
			if (all[k].s.n != tok->s.n ||
			    memcmp(all[k].s.p, tok->s.p, tok->s.n) != 0)
				continue;
			in = (struct place){f->t, at->scope, f->outer};
			from = k + 1;
			to = all[k].next;
			break;
		}
	}
	return run_below(r, tok, &in, from, to);
}

static bool
run(struct render *r, const struct place *at, uint32_t from, uint32_t to)
{
	bool done = true;

	for (uint32_t i = from; done && i < to; i = at->t->tokens[i].next) {
		const struct token *tok = &at->t->tokens[i];

		switch (tok->kind) {
		case T_TEXT:
			add_lines(r, tok->s);
			break;
		case T_VAR:
		case T_RAW:
		case T_JSON:
			done = run_value(r, at, tok);
			break;
		case T_SECTION:
		case T_INVERTED:
			done = run_section(r, at, i);
			break;
		case T_PARTIAL:
		case T_PARENT:
			done = run_template(r, at, i);
			break;
		case T_BLOCK:
			done = run_block(r, at, i);
			break;
		}
	}
	return done;
}

/* NOLINTEND(misc-no-recursion) */

bool
tmpl_render(const struct tmpl_set *s, const char *name, struct tmpl_value view,
	    struct buf *b, struct err *e)
{
	struct render r = {.set = s, .b = b, .e = e, .at_line_start = true};
	struct scope top = {.v = view};
	struct place at = {find_tmpl(s, name), &top, NULL};

	if (!at.t)
		return err_set(e, 500, "template", "no template %s", name);
	return run(&r, &at, 0, at.t->n);
}
