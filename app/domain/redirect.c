#include "redirect.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

/* The parts of scheme://host:port/... that matter here. */
struct place {
	struct span scheme, host, port;
};

static bool
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

static bool
scheme_ok(struct span s)
{
	if (s.n == 0 || !is_alnum(s.p[0]) || (s.p[0] >= '0' && s.p[0] <= '9'))
		return false;
	for (size_t i = 1; i < s.n; i++) {
		if (!is_alnum(s.p[i]) && !strchr("+-.", s.p[i]))
			return false;
	}
	return true;
}

/* Everything a browser might read differently than we do is refused: blanks,
 * controls, backslashes, user@ before the host. */
static bool
take_apart(const char *url, struct place *out)
{
	const char *colon = strchr(url, ':');
	const char *host, *end, *port;

	for (const unsigned char *p = (const unsigned char *)url; *p; p++) {
		if (*p <= ' ' || *p == 127 || *p == '\\')
			return false;
	}
	if (!colon)
		return false;
	out->scheme = (struct span){url, (size_t)(colon - url)};
	out->host = out->port = (struct span){"", 0};
	if (!scheme_ok(out->scheme))
		return false;
	if (strncmp(colon, "://", 3) != 0)
		return true; /* app:path */
	host = colon + 3;
	end = host + strcspn(host, "/?#");
	if (memchr(host, '@', (size_t)(end - host)))
		return false;
	if (*host == '[') {
		const char *close = memchr(host, ']', (size_t)(end - host));

		if (!close)
			return false;
		port = close + 1;
	} else {
		const char *c = memchr(host, ':', (size_t)(end - host));

		port = c ? c : end;
	}
	if (port < end && *port != ':')
		return false;
	out->host = (struct span){host, (size_t)(port - host)};
	if (port < end)
		out->port = (struct span){port + 1, (size_t)(end - port - 1)};
	return true;
}

static bool
same(struct span x, struct span y)
{
	return x.n == y.n && strncasecmp(x.p, y.p, x.n) == 0;
}

static bool
is_loopback(struct span host)
{
	return same(host, span_of("localhost")) ||
	       same(host, span_of("[::1]")) ||
	       (host.n > 4 && strncmp(host.p, "127.", 4) == 0);
}

static bool
is_http(const struct place *p)
{
	return same(p->scheme, span_of("http")) ||
	       same(p->scheme, span_of("https"));
}

static struct span
port_of(const struct place *p)
{
	if (p->port.n)
		return p->port;
	return span_of(same(p->scheme, span_of("https")) ? "443" : "80");
}

static bool
is_ip(struct arena *a, struct span host)
{
	struct in_addr v4;

	return host.p[0] == '[' ||
	       inet_pton(AF_INET, arena_strndup(a, host.p, host.n), &v4) == 1;
}

/* 2130706433, 0x7f.1: browsers read these as addresses. */
static bool
is_number(struct span host)
{
	for (size_t i = 0; i < host.n; i++) {
		if (host.p[i] < '0' || host.p[i] > '9')
			return host.n > 1 && host.p[0] == '0' &&
			       (host.p[1] | 32) == 'x';
	}
	return true;
}

static bool
host_plain(struct span host)
{
	if (host.n == 0 || !is_alnum(host.p[0]) ||
	    !is_alnum(host.p[host.n - 1]))
		return false;
	for (size_t i = 0; i < host.n; i++) {
		if (!is_alnum(host.p[i]) && !strchr(".-", host.p[i]))
			return false;
	}
	return true;
}

/* --- globs --- */

static bool
is_separator(char c)
{
	return c == '.' || c == '/';
}

/* Matches one [...] at *pattern; moves behind it. */
static bool
match_class(const char **pattern, char c)
{
	const char *p = *pattern + 1;
	bool negated = *p == '!', hit = false;

	if (negated)
		p++;
	for (bool first = true; *p && (*p != ']' || first); first = false) {
		char low = *p++, high = low;

		if (*p == '-' && p[1] && p[1] != ']') {
			high = p[1];
			p += 2;
		}
		if (c >= low && c <= high)
			hit = true;
	}
	*pattern = *p ? p + 1 : p;
	return hit != negated;
}

/* One character of text against one item of the pattern; moves behind it. */
static bool
match_one(const char **pattern, char c)
{
	const char *p = *pattern;

	if (*p == '[')
		return match_class(pattern, c);
	if (*p == '?') {
		*pattern = p + 1;
		return !is_separator(c);
	}
	if (*p == '\\' && p[1])
		p++;
	*pattern = p + 1;
	return *p == c;
}

/*
 * A star first takes nothing; where the rest does not fit, the last one takes
 * one more: * up to a separator, ** anything.  A ** makes the stars before it
 * final, so two places to go back to are enough.
 */
static bool
match(const char *p, const char *text)
{
	const char *one = NULL, *one_at = NULL, *any = NULL, *any_at = NULL;

	while (*p || *text) {
		const char *next = p;

		if (*p == '*') {
			if (p[1] == '*') {
				any = p += 2;
				any_at = text;
				one = NULL;
			} else {
				one = ++p;
				one_at = text;
			}
		} else if (*p && *text && match_one(&next, *text)) {
			p = next;
			text++;
		} else if (one && *one_at && !is_separator(*one_at)) {
			p = one;
			text = ++one_at;
		} else if (any && *any_at) {
			p = any;
			text = ++any_at;
			one = NULL;
		} else {
			return false;
		}
	}
	return true;
}

/*
 * The pattern with each {a,b} replaced by one of its words; n says which, as a
 * number with a digit for each brace.  What is left of n: 0 while there are
 * variants.  False: too long, or a brace without end.
 */
static bool
variant(const char *p, unsigned *n, char *out, size_t size)
{
	size_t used = 0;

	while (*p) {
		if (used + 2 >= size)
			return false;
		if (*p == '\\' && p[1]) {
			out[used++] = *p++;
			out[used++] = *p++;
		} else if (*p != '{') {
			out[used++] = *p++;
		} else {
			const char *close = strchr(p, '}');
			struct span rest, word = {NULL, 0};
			unsigned words = 1, pick;

			if (!close)
				return false;
			for (const char *c = p; c < close; c++)
				words += *c == ',';
			pick = *n % words;
			*n /= words;
			rest = (struct span){p + 1, (size_t)(close - p - 1)};
			for (unsigned i = 0; i <= pick; i++)
				word = span_cut(&rest, ',');
			if (used + word.n + 1 >= size)
				return false;
			memcpy(out + used, word.p, word.n);
			used += word.n;
			p = close + 1;
		}
	}
	out[used] = '\0';
	return true;
}

bool
redirect_glob(const char *pattern, const char *text)
{
	enum {
		VARIANTS = 1024
	};

	char one[1024];

	for (unsigned i = 0; i < VARIANTS; i++) {
		unsigned left = i;

		if (!variant(pattern, &left, one, sizeof one) || left > 0)
			return false;
		if (match(one, text))
			return true;
	}
	return false;
}

/* The next pattern of the list; commas inside {} do not end one. */
static const char *
next_pattern(struct arena *a, const char **list)
{
	const char *from = *list, *p = from;
	int depth = 0;

	while (*p && (*p != ',' || depth > 0)) {
		depth += *p == '{' ? 1 : *p == '}' ? -1 : 0;
		p++;
	}
	*list = *p ? p + 1 : p;
	while (*from == ' ')
		from++;
	while (p > from && p[-1] == ' ')
		p--;
	return arena_strndup(a, from, (size_t)(p - from));
}

bool
redirect_ok(struct arena *a, const char *site_url, const char *allow_list,
	    const char *url)
{
	struct place to, site;
	const char *bare;

	if (!url || !*url || !take_apart(url, &to))
		return false;
	if (is_http(&to) && to.host.n && take_apart(site_url, &site) &&
	    same(to.scheme, site.scheme) && same(to.host, site.host) &&
	    (is_loopback(to.host) || same(port_of(&to), port_of(&site))))
		return true;
	if (is_http(&to)) {
		if (to.host.n == 0 || is_number(to.host))
			return false;
		if (is_ip(a, to.host))
			return is_loopback(to.host);
		if (!host_plain(to.host))
			return false;
	}
	bare = arena_strndup(a, url, strcspn(url, "#"));
	while (*allow_list) {
		const char *pattern = next_pattern(a, &allow_list);

		if (*pattern && redirect_glob(pattern, bare))
			return true;
	}
	return false;
}

const char *
redirect_pick(struct arena *a, const char *site_url, const char *allow_list,
	      const char *asked, const char *referer)
{
	if (redirect_ok(a, site_url, allow_list, asked))
		return asked;
	if (redirect_ok(a, site_url, allow_list, referer))
		return referer;
	return site_url;
}
