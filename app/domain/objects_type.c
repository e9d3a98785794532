#include "objects_type.h"

#include <string.h>
#include <strings.h>

#include "core/json.h"
#include "core/utf8.h"

enum {
	ACTIVE_BYTES = 8 * KiB,
};

static bool
is_one_of(struct span type, const char *const *list)
{
	for (; *list; list++) {
		size_t n = strlen(*list);
		bool prefix = (*list)[n - 1] == '/';

		if (prefix ? type.n > n && strncasecmp(type.p, *list, n) == 0
			   : type.n == n && strncasecmp(type.p, *list, n) == 0)
			return true;
	}
	return false;
}

static bool
ends_with(struct span s, const char *tail)
{
	size_t n = strlen(tail);

	return s.n >= n && strncasecmp(s.p + s.n - n, tail, n) == 0;
}

/* The type without parameters. */
static struct span
bare(const char *type)
{
	struct span rest = span_of(type), s = span_cut(&rest, ';');

	while (s.n && s.p[s.n - 1] == ' ')
		s.n--;
	return s;
}

static bool
same(struct span x, struct span y)
{
	return x.n == y.n && strncasecmp(x.p, y.p, x.n) == 0;
}

/* What a browser might run or draw with scripts in it. */
static bool
is_active(struct span t)
{
	static const char *const list[] = {
		"text/html",       "text/xml",
		"application/xml", "application/xhtml+xml",
		"image/svg+xml",   "text/xsl",
		"text/vtt+xml",    "application/x-shockwave-flash",
		"application/pdf", NULL};

	return is_one_of(t, list) || ends_with(t, "+xml") ||
	       ends_with(t, "/xml");
}

static bool
is_textual(struct span t)
{
	static const char *const list[] = {"text/",
					   "application/json",
					   "application/ndjson",
					   "application/x-ndjson",
					   "application/jsonl",
					   "application/javascript",
					   "application/x-javascript",
					   "application/ecmascript",
					   "application/typescript",
					   "application/yaml",
					   "application/x-yaml",
					   "application/toml",
					   "application/sql",
					   "application/graphql",
					   "application/x-sh",
					   "application/x-shellscript",
					   "application/x-tex",
					   "application/x-subrip",
					   "application/rtf",
					   "application/csv",
					   "application/pgp-keys",
					   "application/pgp-signature",
					   "application/x-pem-file",
					   "application/x-patch",
					   "application/x-diff",
					   "message/rfc822",
					   NULL};

	return !is_active(t) && (is_one_of(t, list) || ends_with(t, "+json") ||
				 ends_with(t, "+yaml"));
}

static bool
is_media(struct span t)
{
	static const char *const list[] = {"audio/", "video/", NULL};

	return is_one_of(t, list);
}

struct container {
	const char *const found[6];
	const char *const claimed[8];
};

static const struct container containers[] = {
	{{"application/zip", "application/x-zip-compressed", NULL},
	 {"application/vnd.", "application/epub+zip",
	  "application/java-archive", "application/x-zip-compressed",
	  "application/x-xpinstall", "application/zip", NULL}},
	{{"application/x-ole-storage", "application/cdfv2",
	  "application/vnd.ms-office", "application/x-cdf", NULL},
	 {"application/msword", "application/vnd.ms-", "application/x-msi",
	  "application/x-hwp", NULL}                         },
	{{"application/gzip", "application/x-gzip", NULL},
	 {"application/x-gzip", "application/gzip", "application/x-gtar",
	  "application/x-tgz", "application/x-compressed-tar",
	  "application/tar+gzip", NULL}                      },
};

static bool
is_made_of(struct span found, struct span claimed)
{
	if (is_active(claimed))
		return false;
	for (size_t i = 0; i < NELEM(containers); i++) {
		if (!is_one_of(found, containers[i].found))
			continue;
		for (const char *const *c = containers[i].claimed; *c; c++) {
			size_t n = strlen(*c);

			if (claimed.n >= n &&
			    strncasecmp(claimed.p, *c, n) == 0 &&
			    (claimed.n == n || strchr(".-", (*c)[n - 1])))
				return true;
		}
	}
	return false;
}

/* Formats that show themselves: had they been it, libmagic would know. */
static bool
has_no_test(struct span t)
{
	static const char *const open[] = {"application/", "font/",  "audio/",
					   "video/",       "model/", NULL};
	static const char *const known[] = {
		"application/zip",          "application/gzip",
		"application/x-gzip",       "application/x-7z-compressed",
		"application/x-rar",        "application/vnd.rar",
		"application/x-executable", "application/postscript",
		"application/x-bzip2",      NULL};

	return is_one_of(t, open) && !is_one_of(t, known) && !is_active(t) &&
	       !is_textual(t);
}

/* UTF-8 with no control characters but those that libmagic takes for text:
 * BEL to CR and ESC. */
static bool
is_text(const char *p, size_t n)
{
	static const uint32_t controls = 0x7f << 7 | 1 << 27;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		if ((c < ' ' && !(controls >> c & 1)) || c == 0x7f)
			return false;
	}
	return utf8_ok(p, n, UTF8_NUL_REFUSED);
}

/* "<!", "<?", or "<name" before a space, a slash or the end of the tag. */
static bool
is_tag(const char *p, size_t n)
{
	size_t i = 1;

	if (n > 1 && (p[1] == '!' || p[1] == '?'))
		return true;
	while (i < n &&
	       ((p[i] >= 'a' && p[i] <= 'z') || (p[i] >= 'A' && p[i] <= 'Z') ||
		(i > 1 && p[i] >= '0' && p[i] <= '9')))
		i++;
	return i > 1 && i < n && p[i] && strchr(" \t\n\f\r/>", p[i]);
}

/* Text that libmagic's tests may call HTML, XML, SVG or PDF: it looks for tags
 * in the first 4 KiB, for the mark of a PDF in 256 bytes. */
static bool
may_be_active(const char *p, size_t n)
{
	static const char pdf[] = "%PDF-";
	const char *end = p + (n < ACTIVE_BYTES ? n : ACTIVE_BYTES), *at = p;

	if (memmem(p, (size_t)(end - p), pdf, sizeof pdf - 1))
		return true;
	while ((at = memchr(at, '<', (size_t)(end - at)))) {
		if (is_tag(at, n - (size_t)(at - p)))
			return true;
		at++;
	}
	return false;
}

/* libmagic 5.44 calls a file of one byte unknown, whatever the byte. */
static bool
is_short_text(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)p[i] < ' ' && !strchr("\t\n\r", p[i]))
			return false;
	return n < 16 && utf8_ok(p, n, UTF8_NUL_REFUSED);
}

const char *
found_type(struct mime *m, struct arena *a, const char *p, size_t n,
	   const char *claimed)
{
	size_t head = n < MIME_PREFIX_BYTES ? n : MIME_PREFIX_BYTES;
	size_t whole = n > head ? utf8_floor(p, head) : head;
	const char *found;

	if (is_textual(bare(claimed)) && is_text(p, whole) &&
	    !may_be_active(p, whole))
		return mime_of_text(m, a, p, head);
	found = mime_of(m, a, p, head);
	return strcmp(found, mime_unknown) == 0 && is_short_text(p, n)
		       ? "text/plain"
		       : found;
}

const char *
stored_type(struct arena *a, const char *found, const char *claimed,
	    bool is_empty)
{
	struct span f = bare(found), c = bare(claimed);
	bool keep;

	if (is_empty || same(f, c))
		keep = true;
	else if (is_textual(f))
		keep = is_textual(c);
	else if (is_media(f))
		keep = is_media(c);
	else if (span_is(f, "application/octet-stream"))
		keep = has_no_test(c);
	else
		keep = is_made_of(f, c);
	return keep ? claimed : arena_strndup(a, f.p, f.n);
}

static bool
is_token(struct span s)
{
	if (s.n == 0 || s.n > 127)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || (c && strchr("!#$&-^_.+*", c))))
			return false;
	}
	return true;
}

bool
type_is_valid(const char *type)
{
	struct span rest = bare(type), major = span_cut(&rest, '/');

	if (strlen(type) > 255)
		return false;
	for (const char *p = type; *p; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p > '~')
			return false; /* it comes back as a header */
	return is_token(major) && is_token(rest);
}

static bool
rule_takes(const char *rule, struct span major, struct span minor)
{
	struct span rest = span_of(rule), want = span_cut(&rest, '/');

	return want.n == major.n && memcmp(want.p, major.p, want.n) == 0 &&
	       (span_is(rest, "*") ||
		(rest.n == minor.n && memcmp(rest.p, minor.p, rest.n) == 0));
}

bool
type_allowed(struct arena *a, const char *allowed, const char *type)
{
	struct span minor = span_of(type), major = span_cut(&minor, '/');
	struct json_object *list;
	struct err e;
	size_t n;

	if (!allowed || !json_parse(a, allowed, strlen(allowed), &list, &e) ||
	    !json_object_is_type(list, json_type_array))
		return true;
	n = json_object_array_length(list);
	for (size_t i = 0; i < n; i++) {
		const char *rule = json_object_get_string(
			json_object_array_get_idx(list, i));

		if (rule && rule_takes(rule, major, minor))
			return true;
	}
	return n == 0;
}
