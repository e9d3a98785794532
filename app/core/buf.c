#include "buf.h"

#include <stdio.h>
#include <string.h>

struct buf
buf_on(struct arena *a)
{
	return (struct buf){.a = a};
}

const char *
buf_str(struct buf *b)
{
	return b->p ? b->p : "";
}

/* Room for n more bytes and the NUL. */
static char *
room(struct buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : 256;
	char *p;

	if (b->cap - b->n > n)
		return b->p + b->n;
	while (cap - b->n <= n)
		cap += cap / 2;
	p = arena_grow(b->a, b->p, b->cap, cap - b->cap);
	b->p = p;
	b->cap = cap;
	return p + b->n;
}

void
buf_addn(struct buf *b, const char *p, size_t n)
{
	char *to = room(b, n);

	if (n)
		memcpy(to, p, n);
	to[n] = '\0';
	b->n += n;
}

void
buf_add(struct buf *b, const char *s)
{
	buf_addn(b, s, strlen(s));
}

void
buf_addc(struct buf *b, char c)
{
	char *to = room(b, 1);

	to[0] = c;
	to[1] = '\0';
	b->n++;
}

void
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	room(b, (size_t)n);
	va_start(ap, fmt);
	vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->n += (size_t)n;
}

static const char *
html_entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void
buf_add_html(struct buf *b, const char *p, size_t n)
{
	size_t from = 0;

	for (size_t i = 0; i < n; i++) {
		const char *entity = html_entity(p[i]);

		if (!entity)
			continue;
		buf_addn(b, p + from, i - from);
		buf_add(b, entity);
		from = i + 1;
	}
	buf_addn(b, p + from, n - from);
}

static void
add_json_escape(struct buf *b, unsigned char c)
{
	static const char names[] = "\bb\ff\nn\rr\tt\"\"\\\\";

	for (size_t i = 0; i + 1 < sizeof names; i += 2) {
		if ((unsigned char)names[i] == c) {
			buf_addc(b, '\\');
			buf_addc(b, names[i + 1]);
			return;
		}
	}
	buf_addf(b, "\\u%04x", c);
}

/* Control characters, quotes, and < so that it may stand in a script. */
static const bool json_escaped[256] = {
	[0 ... 0x1f] = true, ['"'] = true,  ['\\'] = true,
	['<'] = true,        [0x7f] = true,
};

void
buf_add_jsonn(struct buf *b, const char *p, size_t n)
{
	size_t from = 0;

	buf_addc(b, '"');
	room(b, n); /* mostly there is nothing to escape */
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		if (!json_escaped[c])
			continue;
		buf_addn(b, p + from, i - from);
		add_json_escape(b, c);
		from = i + 1;
	}
	buf_addn(b, p + from, n - from);
	buf_addc(b, '"');
}

void
buf_add_json(struct buf *b, const char *s)
{
	if (s)
		buf_add_jsonn(b, s, strlen(s));
	else
		buf_add(b, "null");
}

static bool
is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	       c == '~';
}

void
buf_add_urln(struct buf *b, const char *p, size_t n, const char *keep)
{
	for (size_t i = 0; i < n; i++) {
		if (is_unreserved(p[i]) || (p[i] && strchr(keep, p[i])))
			buf_addc(b, p[i]);
		else
			buf_addf(b, "%%%02X", (unsigned char)p[i]);
	}
}

void
buf_add_url(struct buf *b, const char *s)
{
	buf_add_urln(b, s, strlen(s), "");
}
