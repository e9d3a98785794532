/*
 * A window slides over the body.  Everything in it before a possible
 * delimiter ("\r\n--boundary") belongs to the part; the last few bytes are held
 * back until it is known whether one starts there.
 */
#include "multipart.h"

#include <string.h>
#include <strings.h>

#include "buf.h"

enum {
	WINDOW = 16 * KiB,
	HEADERS_MAX = 8 * KiB,
	NAME_MAX_BYTES = KiB,
	BOUNDARY_MAX = 70,
	PARTS_MAX = 1000,
};

enum state {
	BEFORE, /* the first delimiter has not come yet */
	IN_PART,
	PART_END, /* behind a delimiter, before CRLF or "--" */
	AT_END,
};

struct multipart {
	struct arena *a;
	multipart_read_fn *read;
	void *from;
	enum state state;
	bool source_ended;
	unsigned parts;
	size_t delim_n;
	char delim[4 + BOUNDARY_MAX + 1]; /* "\r\n--boundary" */
	char *window;
	size_t at, end; /* unread bytes of the window */
	struct part part;
};

static bool
bad(struct err *e, const char *why)
{
	return err_set(e, 400, "bad_multipart", "multipart/form-data: %s", why);
}

/* --- header values --- */

static bool
is_token_char(char c)
{
	return c > ' ' && c < 127 && !strchr("()<>@,;:\\\"/[]?=", c);
}

/*
 * The value of a parameter ("; name=token" or "; name=\"quoted\"") in a header.
 * Browsers write a quote inside as %22 and leave backslashes alone; others
 * escape with a backslash, so only \" and \\ are taken for escapes.  Absent:
 * *out stays NULL.
 */
static bool
parameter(struct arena *a, const char *header, const char *name,
	  const char **out)
{
	size_t name_n = strlen(name);
	const char *p = strchr(header, ';');

	*out = NULL;
	while (p) {
		const char *key;
		struct buf v = buf_on(a);
		size_t key_n;

		p += 1 + strspn(p + 1, " \t");
		key = p;
		while (is_token_char(*p))
			p++;
		key_n = (size_t)(p - key);
		if (*p != '=')
			return key_n == 0 && *p == '\0';
		p++;
		if (*p == '"') {
			for (p++; *p && *p != '"'; p++) {
				if (*p == '\\' && (p[1] == '"' || p[1] == '\\'))
					p++;
				buf_addc(&v, *p);
			}
			if (*p++ != '"')
				return false;
		} else {
			while (is_token_char(*p))
				buf_addc(&v, *p++);
		}
		if (key_n == name_n && strncasecmp(key, name, key_n) == 0 &&
		    !*out)
			*out = buf_str(&v);
		p += strspn(p, " \t");
		if (*p && *p != ';')
			return false;
		p = *p ? p : NULL;
	}
	return true;
}

static bool
boundary_ok(const char *b)
{
	size_t n = strlen(b);

	if (n < 1 || n > BOUNDARY_MAX || b[n - 1] == ' ')
		return false;
	for (; *b; b++)
		if (*b < ' ' || *b > '~')
			return false;
	return true;
}

bool
multipart_open(struct arena *a, const char *content_type,
	       multipart_read_fn *read, void *from, struct multipart **out,
	       struct err *e)
{
	static const char kind[] = "multipart/form-data";
	const char *boundary;
	struct multipart *m;

	if (strncasecmp(content_type, kind, sizeof kind - 1) != 0 ||
	    !parameter(a, content_type, "boundary", &boundary) || !boundary ||
	    !boundary_ok(boundary))
		return bad(e, "no usable boundary in Content-Type");
	m = arena_alloc(a, sizeof *m);
	m->a = a;
	m->read = read;
	m->from = from;
	m->window = arena_alloc(a, WINDOW);
	memcpy(m->delim, "\r\n--", 4);
	m->delim_n = 4 + strlen(boundary);
	memcpy(m->delim + 4, boundary, m->delim_n - 4);
	/* The first delimiter may stand at the very start, without CRLF. */
	memcpy(m->window, "\r\n", 2);
	m->end = 2;
	*out = m;
	return true;
}

/* --- the window --- */

static bool
refill(struct multipart *m, struct err *e)
{
	size_t got;

	if (m->at > 0) {
		memmove(m->window, m->window + m->at, m->end - m->at);
		m->end -= m->at;
		m->at = 0;
	}
	if (m->source_ended || m->end == WINDOW)
		return true;
	if (!m->read(m->from, m->window + m->end, WINDOW - m->end, &got, e))
		return false;
	m->end += got;
	m->source_ended = got == 0;
	return true;
}

/* At least n bytes in the window, if the body has them. */
static bool
want(struct multipart *m, size_t n, struct err *e)
{
	while (m->end - m->at < n && !m->source_ended)
		if (!refill(m, e))
			return false;
	return true;
}

/*
 * How many bytes at the start of the window are surely the part's: up to the
 * delimiter, or else up to where one may have begun.
 */
static size_t
sure_bytes(const struct multipart *m, bool *delimiter_follows)
{
	const char *p = m->window + m->at;
	size_t n = m->end - m->at;
	const char *hit = n ? memmem(p, n, m->delim, m->delim_n) : NULL;
	size_t tail;

	*delimiter_follows = hit != NULL;
	if (hit)
		return (size_t)(hit - p);
	tail = n < m->delim_n - 1 ? n : m->delim_n - 1;
	for (; tail > 0; tail--)
		if (memcmp(p + n - tail, m->delim, tail) == 0)
			break;
	return n - tail;
}

static bool
read_until_delimiter(struct multipart *m, void *p, size_t n, size_t *got,
		     struct err *e)
{
	bool delimiter = false;
	size_t sure;

	if (!want(m, m->delim_n, e))
		return false;
	sure = sure_bytes(m, &delimiter);
	while (sure == 0 && !delimiter && !m->source_ended) {
		if (!refill(m, e))
			return false;
		sure = sure_bytes(m, &delimiter);
	}
	if (sure == 0 && !delimiter)
		return bad(e, "the closing boundary is missing");
	*got = sure < n ? sure : n;
	if (p)
		memcpy(p, m->window + m->at, *got);
	m->at += *got;
	if (*got == 0) {
		m->at += m->delim_n;
		m->state = PART_END;
	}
	return true;
}

/* --- parts --- */

static void
take_header(struct multipart *m, char *line, bool *is_form_data, bool *is_bad)
{
	static const char disposition[] = "Content-Disposition:";
	static const char type[] = "Content-Type:";
	const char *name;

	if (strncasecmp(line, disposition, sizeof disposition - 1) == 0) {
		const char *v = line + sizeof disposition - 1;

		v += strspn(v, " \t");
		*is_form_data = strncasecmp(v, "form-data", 9) == 0;
		if (!parameter(m->a, v, "name", &name) ||
		    !parameter(m->a, v, "filename", &m->part.filename))
			*is_bad = true;
		else
			m->part.name = name ? name : "";
	} else if (strncasecmp(line, type, sizeof type - 1) == 0) {
		const char *v = line + sizeof type - 1;

		m->part.type = arena_strdup(m->a, v + strspn(v, " \t"));
	}
}

/* Lines up to the empty one.  A line ends with CRLF. */
static bool
read_headers(struct multipart *m, struct err *e)
{
	bool is_form_data = false, is_bad = false;
	size_t used = 0;

	m->part = (struct part){.name = ""};
	for (;;) {
		char *line = m->window + m->at, *nl;
		size_t n;

		nl = memmem(line, m->end - m->at, "\r\n", 2);
		if (!nl) {
			if (m->source_ended || m->end - m->at >= HEADERS_MAX)
				return bad(e, "part headers do not end");
			if (!refill(m, e))
				return false;
			continue;
		}
		n = (size_t)(nl - line);
		used += n + 2;
		if (used > HEADERS_MAX)
			return bad(e, "part headers are too long");
		if (memchr(line, '\0', n))
			return bad(e, "NUL in part headers");
		*nl = '\0';
		m->at += n + 2;
		if (n == 0)
			break;
		take_header(m, line, &is_form_data, &is_bad);
	}
	if (!is_form_data || is_bad || strlen(m->part.name) > NAME_MAX_BYTES ||
	    (m->part.filename && strlen(m->part.filename) > NAME_MAX_BYTES))
		return bad(e, "a part has no usable Content-Disposition");
	return true;
}

/* Behind a delimiter: "--" ends it all, else white space and CRLF. */
static bool
after_delimiter(struct multipart *m, struct err *e)
{
	if (!want(m, 2, e))
		return false;
	if (m->end - m->at >= 2 && memcmp(m->window + m->at, "--", 2) == 0) {
		m->state = AT_END;
		return true;
	}
	while (m->at < m->end && strchr(" \t", m->window[m->at]) &&
	       m->window[m->at]) {
		m->at++;
		if (!want(m, 2, e))
			return false;
	}
	if (m->end - m->at < 2 || memcmp(m->window + m->at, "\r\n", 2) != 0)
		return bad(e, "no line end behind a boundary");
	m->at += 2;
	if (++m->parts > PARTS_MAX)
		return bad(e, "too many parts");
	if (!read_headers(m, e))
		return false;
	m->state = IN_PART;
	return true;
}

/* What comes before the first delimiter (a preamble) is dropped. */
static bool
skip(struct multipart *m, struct err *e)
{
	size_t got;

	while (m->state == BEFORE || m->state == IN_PART)
		if (!read_until_delimiter(m, NULL, WINDOW, &got, e))
			return false;
	return true;
}

bool
multipart_next(struct multipart *m, const struct part **out, struct err *e)
{
	if (!skip(m, e))
		return false;
	if (m->state == PART_END && !after_delimiter(m, e))
		return false;
	*out = m->state == AT_END ? NULL : &m->part;
	return true;
}

bool
multipart_read(struct multipart *m, void *p, size_t n, size_t *got,
	       struct err *e)
{
	*got = 0;
	if (m->state != IN_PART || n == 0)
		return true;
	return read_until_delimiter(m, p, n, got, e);
}

bool
multipart_text(struct multipart *m, size_t limit, struct span *out,
	       struct err *e)
{
	struct buf b = buf_on(m->a);
	size_t got;

	do {
		char piece[KiB];

		if (!multipart_read(m, piece, sizeof piece, &got, e))
			return false;
		if (b.n + got > limit)
			return err_set(e, 413, "too_large",
				       "a form field is larger than %zu bytes",
				       limit);
		buf_addn(&b, piece, got);
	} while (got > 0);
	*out = (struct span){buf_str(&b), b.n};
	return true;
}
