#include "out.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "core/num.h"

#define TEXT_LIMIT ((size_t)64 * MiB) /* of one text, made harmless */

/* The first code point of valid UTF-8 and its length. */
static uint32_t
decode(const char *s, size_t *n)
{
	const unsigned char *p = (const unsigned char *)s;
	uint32_t c = *p;
	size_t more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;

	if (more)
		c &= 0x3fU >> more;
	for (size_t i = 1; i <= more; i++) {
		if ((p[i] & 0xc0) != 0x80) { /* not UTF-8 after all */
			*n = 1;
			return 0x80;
		}
		c = c << 6 | (p[i] & 0x3fU);
	}
	*n = more + 1;
	return c;
}

/* Steers a terminal, or makes text look like other text. */
static bool
is_unsafe(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c ||
	       (c >= 0x200b && c <= 0x200f && c != 0x200d) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
	       c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
	       (c >= 0xe0000 && c <= 0xe007f);
}

static void
add_escape(struct buf *b, uint32_t c)
{
	if (c < 0x100)
		buf_addf(b, "\\x%02x", c);
	else
		buf_addf(b, "\\u%04x", c);
}

/* One character in its harmless form; returns the columns it takes. */
static size_t
add_clean(struct buf *b, const char *s, size_t *n)
{
	uint32_t c = decode(s, n);
	size_t before = b->n;
	int width;

	if (c == '\n' || c == '\t') {
		buf_addc(b, ' ');
		return 1;
	}
	width = is_unsafe(c) ? -1 : wcwidth((wchar_t)c);
	if (width >= 0) {
		buf_addn(b, s, *n);
		return (size_t)width;
	}
	add_escape(b, c);
	return b->n - before;
}

const char *
out_clean(struct arena *a, const char *s, size_t *width)
{
	struct buf b = buf_on(a);
	size_t n;

	*width = 0;
	for (; *s; s += n)
		*width += add_clean(&b, s, &n);
	return buf_str(&b);
}

const char *
out_cut(struct arena *a, const char *s, size_t columns, size_t *width)
{
	struct buf b = buf_on(a);
	size_t n, last = 0, last_width = 0;

	*width = 0;
	for (; *s; s += n) {
		/* The longest beginning that leaves room for the ellipsis. */
		if (*width + 1 <= columns) {
			last = b.n;
			last_width = *width;
		}
		*width += add_clean(&b, s, &n);
		if (*width > columns)
			break;
	}
	if (*width <= columns)
		return buf_str(&b);
	*width = last_width + 1;
	return arena_printf(a, "%.*s\u2026", (int)last, b.p);
}

static void
put(FILE *to, const char *s, bool keep_lines)
{
	struct arena *a = arena_new(TEXT_LIMIT);
	struct buf b = buf_on(a);
	size_t n;

	for (; *s; s += n) {
		if (keep_lines && *s == '\n') {
			buf_addc(&b, '\n');
			n = 1;
			continue;
		}
		add_clean(&b, s, &n);
	}
	fputs(buf_str(&b), to);
	arena_free(a);
}

void
out_text(FILE *to, const char *s)
{
	put(to, s, false);
}

void
out_lines(FILE *to, const char *s)
{
	put(to, s, true);
}

/* --- JSON ------------------------------------------------------------------
 */

/* JSON is full of text of others too: inside strings, and only there, every
 * such character may be written as \uXXXX. */
static void
put_json(FILE *to, struct span s)
{
	size_t n;

	for (; s.n; s.p += n, s.n -= n) {
		uint32_t c = decode(s.p, &n);

		if (c < 0x20 || !is_unsafe(c))
			fwrite(s.p, 1, n, to);
		else if (c < 0x10000)
			fprintf(to, "\\u%04x", c);
		else
			fprintf(to, "\\u%04x\\u%04x",
				0xd800 + ((c - 0x10000) >> 10),
				0xdc00 + ((c - 0x10000) & 0x3ff));
	}
}

void
out_json(struct span data)
{
	fputs("{\"success\":true,\"data\":", stdout);
	put_json(stdout, data);
	fputs("}\n", stdout);
}

void
out_json_object(struct json_object *o)
{
	out_json(span_of(json_dump(o)));
}

void
out_json_line(struct json_object *o)
{
	put_json(stdout, span_of(json_dump(o)));
	putchar('\n');
}

static void
put_member(const char *name, const char *text)
{
	struct json_object *o = text ? json_object_new_string(text) : NULL;

	printf(",\"%s\":", name);
	put_json(stdout, span_of(o ? json_dump(o) : "null"));
	json_object_put(o);
}

void
out_json_error(const struct err *e, const char *hint)
{
	fputs("{\"success\":false", stdout);
	put_member("error", e->code);
	put_member("message", e->message);
	fputs(",\"details\":", stdout);
	put_json(stdout, span_of(e->details ? e->details : "null"));
	put_member("suggestion", hint);
	fputs("}\n", stdout);
}

/* --- the terminal ----------------------------------------------------------
 */

const char *
out_time(struct arena *a, int64_t ms)
{
	time_t t = (time_t)(ms / 1000);
	char text[32];
	struct tm tm;

	if (ms <= 0 || !localtime_r(&t, &tm) ||
	    strftime(text, sizeof text, "%Y-%m-%d %H:%M", &tm) == 0)
		return "-";
	return arena_strdup(a, text);
}

size_t
out_columns(void)
{
	const char *given = getenv("COLUMNS");
	struct winsize ws;
	int64_t n;

	if (!isatty(STDOUT_FILENO))
		return 0;
	if (given && num_i64(span_of(given), 1, 10000, &n))
		return (size_t)n;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0)
		return ws.ws_col;
	return 80;
}
