/*
 * Just enough of SQL's lexical rules to find where a statement begins: most
 * refusals of PostgreSQL say no position, but how many statements before were
 * done is known.
 */
#include <string.h>
#include <strings.h>

#include "migrate_int.h"

static const char white[] = " \t\n\r\f\v";
static const char word_chars[] = "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$";

/* They nest. */
static const char *
behind_comment(const char *p)
{
	unsigned depth = 0;

	for (; *p; p++) {
		if (strncmp(p, "/*", 2) == 0) {
			depth++;
			p++;
		} else if (strncmp(p, "*/", 2) == 0) {
			p++;
			if (--depth == 0)
				return p + 1;
		}
	}
	return p;
}

/* A doubled quote is the end of one and the beginning of another. */
static const char *
behind_quoted(const char *p, bool has_escapes)
{
	char quote = *p++;

	for (; *p && *p != quote; p++) {
		if (has_escapes && *p == '\\' && p[1])
			p++;
	}
	return *p ? p + 1 : p;
}

/* $$ or $tag$ up to the same; a lone $ is only itself. */
static const char *
behind_dollar(struct arena *a, const char *p)
{
	size_t n = 1 + strspn(p + 1, word_chars);
	const char *end;

	/* $ is one of the word's characters: the tag ends at the first. */
	end = memchr(p + 1, '$', n - 1);
	if (!end || strspn(p + 1, "0123456789"))
		return p + 1;
	n = (size_t)(end - p) + 1;
	end = strstr(end + 1, arena_strndup(a, p, n));
	return end ? end + n : p + strlen(p);
}

static const char *
behind_word(const char *p)
{
	size_t n = strspn(p, word_chars);

	if (n == 1 && strchr("eE", *p) && p[1] == '\'')
		return behind_quoted(p + 1, true);
	return p + n;
}

static bool
is_blank(const char *p)
{
	return strchr(white, *p) || strncmp(p, "--", 2) == 0 ||
	       strncmp(p, "/*", 2) == 0;
}

static const char *
behind(struct arena *a, const char *p)
{
	if (strncmp(p, "--", 2) == 0)
		return p + strcspn(p, "\n");
	if (strncmp(p, "/*", 2) == 0)
		return behind_comment(p);
	if (*p == '\'' || *p == '"')
		return behind_quoted(p, false);
	if (*p == '$')
		return behind_dollar(a, p);
	return strchr(word_chars, *p) ? behind_word(p) : p + 1;
}

/* What a token adds to the depth at which a semicolon ends nothing: a
 * parenthesis, and `begin atomic ... end` with the cases in it. */
static int
deeper(const char *p, const char *end, bool *is_atomic)
{
	size_t n = (size_t)(end - p);

	if (*p == '(' || *p == ')')
		return *p == '(' ? 1 : -1;
	if (n == 6 && strncasecmp(p, "atomic", n) == 0) {
		*is_atomic = true;
		return 1;
	}
	if (*is_atomic && n == 4 && strncasecmp(p, "case", n) == 0)
		return 1;
	if (*is_atomic && n == 3 && strncasecmp(p, "end", n) == 0)
		return -1;
	return 0;
}

const char *
migrate_statement(struct arena *a, const char *sql, size_t n)
{
	bool is_inside = false, is_atomic = false;
	int depth = 0;

	for (const char *p = sql, *next; *p; p = next) {
		next = behind(a, p);
		if (is_blank(p))
			continue;
		if (*p == ';' && depth <= 0) {
			is_inside = is_atomic = false;
			depth = 0;
			continue;
		}
		if (!is_inside && n-- == 0)
			return p;
		is_inside = true;
		depth += deeper(p, next, &is_atomic);
	}
	return NULL;
}
