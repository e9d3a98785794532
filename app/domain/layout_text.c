/*
 * Bytes of a file as text PostgreSQL takes.
 */
#include <iconv.h>
#include <string.h>

#include "core/utf8.h"
#include "layout_int.h"

enum {
	CONTENT_MAX = 10000000 /* characters of a document */
};

static bool
from_utf16(struct arena *a, struct span raw, const char *name, struct span *out,
	   struct err *e)
{
	iconv_t cd = iconv_open("UTF-8", name);
	size_t room = raw.n * 2 + 4, left = room, n = raw.n - 2;
	char *to = arena_alloc(a, room), *p = to;

	union { /* iconv's prototype has no const, though it only reads */
		const char *in;
		char *out;
	} u = {raw.p + 2};

	size_t rc;

	if (cd == (iconv_t)-1)
		return err_set(e, 400, "bad_text", "%s is not known here",
			       name);
	rc = iconv(cd, &u.out, &n, &p, &left);
	iconv_close(cd);
	if (rc == (size_t)-1)
		return err_set(e, 400, "bad_text", "broken %s text", name);
	*out = (struct span){to, (size_t)(p - to)};
	return true;
}

static unsigned
hex4(const char *p, const char *end)
{
	unsigned v = 0;

	if (end - p < 4)
		return 0x10000;
	for (int i = 0; i < 4; i++) {
		const char *digits = "0123456789abcdef";
		const char *at = p[i] ? strchr(digits, p[i] | 0x20) : NULL;

		if (!at || (p[i] < '0'))
			return 0x10000;
		v = v << 4 | (unsigned)(at - digits);
	}
	return v;
}

/* \uXXXX at p: how many bytes of the text it takes, and what stands for it
 * when it cannot stay. */
static size_t
escape_at(const char *p, const char *end, const char **instead)
{
	unsigned v = hex4(p + 2, end);

	*instead = NULL;
	if (v == 0)
		*instead = LAYOUT_NUL_ESCAPE;
	else if (v >= 0xd800 && v <= 0xdbff) {
		if (end - p >= 12 && p[6] == '\\' && p[7] == 'u') {
			unsigned low = hex4(p + 8, end);

			if (low >= 0xdc00 && low <= 0xdfff)
				return 12;
		}
		*instead = "\\ufffd";
	} else if (v >= 0xdc00 && v <= 0xdfff)
		*instead = "\\ufffd";
	return 6;
}

/* JavaScript cuts texts between the halves of a character and writes the half
 * as an escape; PostgreSQL takes neither that nor NUL. */
static struct span
mend_escapes(struct arena *a, struct span text, bool *was_repaired)
{
	const char *p = text.p, *end = text.p + text.n, *from = p;
	struct buf b = buf_on(a);

	while (p < end) {
		const char *instead = NULL;
		size_t n = 1;

		if (*p == '\\' && end - p >= 2)
			n = p[1] == 'u' && end - p >= 6
				    ? escape_at(p, end, &instead)
				    : 2;
		if (instead) {
			buf_addn(&b, from, (size_t)(p - from));
			buf_add(&b, instead);
			from = p + n;
			if (strcmp(instead, "\\ufffd") == 0)
				*was_repaired = true;
		}
		p += n;
	}
	if (b.n == 0)
		return text;
	buf_addn(&b, from, (size_t)(end - from));
	return (struct span){b.p, b.n};
}

bool
layout_text(struct arena *a, struct span raw, struct span *out,
	    bool *was_repaired, struct err *e)
{
	struct span text = raw;

	*was_repaired = false;
	if (raw.n >= 2 && memcmp(raw.p, "\xff\xfe", 2) == 0) {
		if (!from_utf16(a, raw, "UTF-16LE", &text, e))
			return false;
		*was_repaired = true;
	} else if (raw.n >= 2 && memcmp(raw.p, "\xfe\xff", 2) == 0) {
		if (!from_utf16(a, raw, "UTF-16BE", &text, e))
			return false;
		*was_repaired = true;
	} else if (raw.n >= 3 && memcmp(raw.p, "\xef\xbb\xbf", 3) == 0) {
		text = (struct span){raw.p + 3, raw.n - 3};
	}
	if (memchr(text.p, '\0', text.n))
		return err_set(e, 400, "bad_text", "it holds a NUL byte");
	if (!utf8_ok(text.p, text.n, UTF8_NUL_REFUSED))
		return err_set(e, 400, "bad_text",
			       "it is not UTF-8 (Latin-1, perhaps)");
	*out = mend_escapes(a, text, was_repaired);
	return true;
}

bool
layout_content_ok(struct span text, const char **why)
{
	if (memchr(text.p, '\0', text.n))
		*why = "it holds a NUL byte";
	else if (!utf8_ok(text.p, text.n, UTF8_NUL_REFUSED))
		*why = "it is not UTF-8";
	else if (utf8_count(text.p, text.n) > CONTENT_MAX)
		*why = "it is longer than 10,000,000 characters";
	else
		return true;
	return false;
}
