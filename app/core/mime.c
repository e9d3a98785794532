#include "mime.h"

#include <stdlib.h>
#include <string.h>

#include <magic.h>

enum {
	ALL_TESTS = MAGIC_MIME | MAGIC_NO_CHECK_COMPRESS,
	/* Text that has been proven to be some is not decoded once more. */
	PROVEN_BYTES = 4 * KiB,
};

struct mime {
	magic_t cookie;
};

const char mime_unknown[] = "application/octet-stream";

bool
mime_new(struct mime **out, struct err *e)
{
	struct mime *m = calloc(1, sizeof *m);

	if (!m)
		return err_set(e, 500, "out_of_memory", "no memory for magic");
	m->cookie = magic_open(ALL_TESTS);
	if (!m->cookie || magic_load(m->cookie, NULL) != 0) {
		err_set(e, 500, "magic", "libmagic: %s",
			m->cookie ? magic_error(m->cookie) : "no memory");
		mime_free(m);
		return false;
	}
	*out = m;
	return true;
}

void
mime_free(struct mime *m)
{
	if (!m)
		return;
	if (m->cookie)
		magic_close(m->cookie);
	free(m);
}

void
mime_warm(struct mime *m)
{
	static const char text[] =
		"A text.\n"; /* no expression's, so all try */

	(void)magic_buffer(m->cookie, text, sizeof text - 1);
}

/* Inodes ("inode/x-empty") and anything that is not type/subtype. */
static bool
is_type(const char *s)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				   "!#$&^_.+-";
	size_t n = strspn(s, safe), m;

	if (n == 0 || s[n] != '/' || strncmp(s, "inode/", 6) == 0)
		return false;
	m = strspn(s + n + 1, safe);
	return m > 0 && (s[n + 1 + m] == '\0' || s[n + 1 + m] == ';');
}

/* What libmagic said, without a charset that says nothing. */
static const char *
told(struct arena *a, const char *found)
{
	const char *charset;

	if (!found || !is_type(found))
		return mime_unknown;
	charset = strstr(found, "; charset=");
	/* Only texts have a charset worth telling; others say "binary". */
	if (charset &&
	    (strncmp(found, "text/", 5) != 0 || strstr(charset, "unknown") ||
	     strstr(charset, "binary")))
		return arena_strndup(a, found, (size_t)(charset - found));
	return arena_strdup(a, found);
}

const char *
mime_of(struct mime *m, struct arena *a, const void *p, size_t n)
{
	return told(a, n > 0 ? magic_buffer(m->cookie, p, n) : NULL);
}

/* How far libmagic looks to tell text from other bytes. */
static void
decode_most(struct mime *m, size_t n)
{
	magic_setparam(m->cookie, MAGIC_PARAM_ENCODING_MAX, &n);
}

const char *
mime_of_text(struct mime *m, struct arena *a, const void *p, size_t n)
{
	const char *found;

	magic_setflags(m->cookie, ALL_TESTS | MAGIC_NO_CHECK_TEXT);
	decode_most(m, PROVEN_BYTES);
	found = mime_of(m, a, p, n);
	decode_most(m, MIME_PREFIX_BYTES);
	magic_setflags(m->cookie, ALL_TESTS);
	return strcmp(found, mime_unknown) == 0 ? "text/plain" : found;
}
