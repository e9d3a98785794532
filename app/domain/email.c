#include "email.h"

#include <string.h>

enum {
	EMAIL_MAX = 255,
	LABEL_MAX = 63
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || is_digit(c);
}

static bool
label_ok(struct span label)
{
	if (label.n == 0 || label.n > LABEL_MAX || label.p[0] == '-' ||
	    label.p[label.n - 1] == '-')
		return false;
	for (size_t i = 0; i < label.n; i++) {
		if (!is_alnum(label.p[i]) && label.p[i] != '-')
			return false;
	}
	return true;
}

static bool
domain_ok(struct span domain)
{
	if (domain.n == 0 || domain.p[domain.n - 1] == '.')
		return false;
	while (domain.n) {
		if (!label_ok(span_cut(&domain, '.')))
			return false;
	}
	return true;
}

const char *
email_normal(struct arena *a, const char *s)
{
	size_t n = s ? strlen(s) : 0;
	struct span rest, local;
	char *out;

	if (n == 0 || n > EMAIL_MAX)
		return NULL;
	out = arena_strndup(a, s, n);
	for (char *p = out; *p; p++) {
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	}
	rest = (struct span){out, n};
	local = span_cut(&rest, '@');
	for (size_t i = 0; i < local.n; i++) {
		if (!is_alnum(local.p[i]) &&
		    !strchr(".!#$%&'*+/=?^_`{|}~-", local.p[i]))
			return NULL;
	}
	return local.n && domain_ok(rest) ? out : NULL;
}

const char *
phone_normal(struct arena *a, const char *s)
{
	char *out;
	size_t n = 0;

	if (!s)
		return NULL;
	out = arena_alloc(a, strlen(s) + 1);
	if (*s == '+')
		s++;
	for (; *s; s++) {
		if (*s == ' ')
			continue;
		if (!is_digit(*s))
			return NULL;
		out[n++] = *s;
	}
	return n >= 2 && n <= 15 && out[0] != '0' ? out : NULL;
}
