#include "lift.h"

#include <string.h>

#include "buf.h"
#include "enc.h"

enum {
	WINDOW = 16 * KiB
};

enum state {
	PLAIN,  /* between strings */
	STRING, /* in one that stays */
	BYTES,  /* in the one that is taken out */
};

struct lift {
	lift_read_fn *read;
	void *from;
	const char *member;
	size_t member_n;
	struct buf rest;
	size_t at, n; /* of the window */
	bool at_end;

	enum state state;
	unsigned depth;
	bool wants_name;  /* the next string of the outermost is a name */
	bool is_member;   /* that was its name: its value comes */
	bool is_escaped;  /* after a backslash */
	bool is_taken;    /* it has been found */
	size_t name_from; /* in rest, of the string that is a name */

	unsigned quad;    /* digits of four, six bits each */
	unsigned digits;  /* so far */
	unsigned padding; /* '=' seen */
	char out[3];      /* decoded, not handed over yet */
	unsigned out_at, out_n;

	char window[WINDOW];
};

struct lift *
lift_new(struct arena *a, const char *member, lift_read_fn *read, void *from)
{
	struct lift *l = arena_alloc(a, sizeof *l);

	l->read = read;
	l->from = from;
	l->member = member;
	l->member_n = strlen(member);
	l->rest = buf_on(a);
	return l;
}

struct span
lift_rest(struct lift *l)
{
	return (struct span){buf_str(&l->rest), l->rest.n};
}

/* --- what stays --- */

static bool
keep(struct lift *l, char c, struct err *e)
{
	if (l->rest.n == LIFT_REST_BYTES)
		return err_set(e, 413, "too_large",
			       "There is too much beside %s", l->member);
	buf_addc(&l->rest, c);
	return true;
}

static void
begin_string(struct lift *l)
{
	bool is_value = l->is_member;

	l->is_member = false;
	l->state = is_value && !l->is_taken ? BYTES : STRING;
	l->is_taken |= is_value;
	l->name_from = l->rest.n;
}

static void
end_string(struct lift *l)
{
	const char *name = buf_str(&l->rest) + l->name_from;

	/* Its closing quote stands already. */
	l->is_member = l->wants_name &&
		       l->rest.n - l->name_from == l->member_n + 1 &&
		       memcmp(name, l->member, l->member_n) == 0;
	l->wants_name = false;
	l->state = PLAIN;
}

static bool
plain(struct lift *l, char c, struct err *e)
{
	if (!keep(l, c, e))
		return false;
	if (strchr(" \t\r\n:", c) && c)
		return true;
	if (c == '"') {
		begin_string(l);
		return true;
	}
	l->is_member = false; /* its value is something else */
	if (c == '{' || c == '[')
		l->depth++;
	else if ((c == '}' || c == ']') && l->depth)
		l->depth--;
	l->wants_name = l->depth == 1 && (c == '{' || c == ',');
	return true;
}

static bool
string(struct lift *l, char c, struct err *e)
{
	if (!keep(l, c, e))
		return false;
	if (l->is_escaped)
		l->is_escaped = false;
	else if (c == '\\')
		l->is_escaped = true;
	else if (c == '"')
		end_string(l);
	return true;
}

/* --- what is taken out --- */

static bool
no_base64(const struct lift *l, struct err *e)
{
	return err_field(e, l->member, "%s must be base64", l->member);
}

static void
hand_out(struct lift *l, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		l->out[i] = (char)(l->quad >> (16 - 8 * i) & 0xff);
	l->out_at = 0;
	l->out_n = n;
	l->quad = 0;
	l->digits = 0;
}

static bool
end_bytes(struct lift *l, struct err *e)
{
	if (l->digits != 0)
		return no_base64(l, e);
	l->state = PLAIN;
	return keep(l, '"', e);
}

/* Four digits are three bytes; the last four may end in one or two '='. */
static bool
digit(struct lift *l, char c, struct err *e)
{
	int v = c == '=' ? 0 : enc_base64_value(c);

	if (v < 0 || (l->padding && c != '='))
		return no_base64(l, e);
	if (c == '=' && (l->digits < 2 || ++l->padding > 2))
		return no_base64(l, e);
	l->quad = l->quad << 6 | (unsigned)v;
	if (++l->digits < 4)
		return true;
	/* Bits that are left over must be none: one text for one value. */
	if (l->quad & ((1U << 8 * l->padding) - 1))
		return no_base64(l, e);
	hand_out(l, 3 - l->padding);
	return true;
}

static bool
bytes(struct lift *l, char c, struct err *e)
{
	if (l->is_escaped) {
		l->is_escaped = false; /* some write / as \/ */
		return c == '/' ? digit(l, c, e) : no_base64(l, e);
	}
	if (c == '\\') {
		l->is_escaped = true;
		return true;
	}
	return c == '"' ? end_bytes(l, e) : digit(l, c, e);
}

/* --- reading --- */

static bool
step(struct lift *l, char c, struct err *e)
{
	switch (l->state) {
	case STRING:
		return string(l, c, e);
	case BYTES:
		return bytes(l, c, e);
	case PLAIN:
		break;
	}
	return plain(l, c, e);
}

/* Whether there is another byte to look at. */
static bool
more(struct lift *l, bool *is_more, struct err *e)
{
	if (l->at == l->n && !l->at_end) {
		l->at = 0;
		if (!l->read(l->from, l->window, WINDOW, &l->n, e))
			return false;
		l->at_end = l->n == 0;
	}
	*is_more = !l->at_end;
	return true;
}

bool
lift_read(struct lift *l, void *p, size_t n, size_t *got, struct err *e)
{
	char *to = p;
	bool is_more;

	*got = 0;
	while (*got < n) {
		if (l->out_at < l->out_n) {
			to[(*got)++] = l->out[l->out_at++];
			continue;
		}
		if (!more(l, &is_more, e))
			return false;
		if (!is_more)
			break;
		if (!step(l, l->window[l->at++], e))
			return false;
	}
	return true;
}
