/*
 * The text is checked by our own scanner first; what it lets through json-c
 * 0.16 reads without surprises.  The scanner keeps no tree: json-c does the
 * work it is good at.
 */
#include "json.h"

#include <json-c/json_tokener.h>
#include <json-c/linkhash.h>
#include <malloc.h>
#include <string.h>

#include "num.h"
#include "utf8.h"

enum {
	DEPTH = 32,
	EXPONENT_MOST = 400,
	/* What json-c 0.16 takes on amd64, measured, growth included. */
	OBJECT_BYTES = 900,
	ARRAY_BYTES = 400,
	KEY_BYTES = 130,
	SCALAR_BYTES = 80,
	LARGE_BYTES = MiB, /* of a tree */
};

struct scan {
	const char *p, *end, *start;
	unsigned depth;
	size_t keys;  /* names seen in all objects */
	size_t bytes; /* what the tree will take */
};

static bool scan_value(struct scan *s);

static void
skip_space(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' ||
				 *s->p == '\n' || *s->p == '\r'))
		s->p++;
}

static bool
scan_word(struct scan *s, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
		return false;
	s->p += n;
	return true;
}

static size_t
scan_digits(struct scan *s)
{
	const char *from = s->p;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return (size_t)(s->p - from);
}

/*
 * After e.  PostgreSQL writes jsonb numbers out in full: 1e131000 would come
 * back as 131 kB of zeros.  JavaScript's reach from -324 to 308.
 */
static bool
scan_exponent(struct scan *s)
{
	const char *from;
	int64_t size;

	if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
		s->p++;
	from = s->p;
	if (scan_digits(s) == 0 ||
	    !num_i64((struct span){from, (size_t)(s->p - from)}, 0,
		     EXPONENT_MOST, &size))
		return false;
	s->bytes += (size_t)size;
	return true;
}

static bool
scan_number(struct scan *s)
{
	const char *from = s->p;
	bool is_integer = true;
	int64_t v;

	if (*s->p == '-')
		s->p++;
	if (s->p < s->end && *s->p == '0')
		s->p++;
	else if (scan_digits(s) == 0)
		return false;
	if (s->p < s->end && *s->p == '.') {
		is_integer = false;
		s->p++;
		if (scan_digits(s) == 0)
			return false;
	}
	if (s->p < s->end && (*s->p == 'e' || *s->p == 'E')) {
		is_integer = false;
		s->p++;
		if (!scan_exponent(s))
			return false;
	}
	/* json-c clamps big integers silently: a huge exp would be "never". */
	return !is_integer ||
	       num_i64((struct span){from, (size_t)(s->p - from)}, INT64_MIN,
		       INT64_MAX, &v);
}

static bool
scan_hex4(struct scan *s, unsigned *out)
{
	unsigned v = 0;

	if (s->end - s->p < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		char c = *s->p++;

		v <<= 4;
		if (c >= '0' && c <= '9')
			v |= (unsigned)(c - '0');
		else if (c >= 'a' && c <= 'f')
			v |= (unsigned)(c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			v |= (unsigned)(c - 'A' + 10);
		else
			return false;
	}
	*out = v;
	return true;
}

/* After \u.  Zero is refused: text never holds a NUL here. */
static bool
scan_unicode(struct scan *s)
{
	unsigned hi, lo;

	if (!scan_hex4(s, &hi) || hi == 0 || (hi >= 0xdc00 && hi <= 0xdfff))
		return false;
	if (hi < 0xd800 || hi > 0xdbff)
		return true;
	return scan_word(s, "\\u") && scan_hex4(s, &lo) && lo >= 0xdc00 &&
	       lo <= 0xdfff;
}

static bool
scan_string(struct scan *s)
{
	s->p++; /* the quote */
	while (s->p < s->end && *s->p != '"') {
		if ((unsigned char)*s->p < 0x20)
			return false;
		if (*s->p++ != '\\')
			continue;
		if (s->p == s->end || !*s->p || !strchr("\"\\/bfnrtu", *s->p))
			return false;
		if (*s->p++ == 'u' && !scan_unicode(s))
			return false;
	}
	if (s->p == s->end)
		return false;
	s->p++;
	return true;
}

static bool
scan_list(struct scan *s, char close, /* NOLINT(misc-no-recursion) */
	  bool is_object)
{
	s->p++;
	skip_space(s);
	if (s->p < s->end && *s->p == close) {
		s->p++;
		return true;
	}
	for (;;) {
		if (is_object) {
			skip_space(s);
			if (s->p == s->end || *s->p != '"' || !scan_string(s))
				return false;
			s->keys++;
			s->bytes += KEY_BYTES;
			skip_space(s);
			if (s->p == s->end || *s->p++ != ':')
				return false;
		}
		if (!scan_value(s))
			return false;
		if (s->p == s->end)
			return false;
		if (*s->p == close) {
			s->p++;
			return true;
		}
		if (*s->p++ != ',')
			return false;
	}
}

/* Recursion is bounded by DEPTH. */
static bool
scan_value(struct scan *s) /* NOLINT(misc-no-recursion) */
{
	bool good;

	skip_space(s);
	if (s->p == s->end || s->depth >= DEPTH)
		return false;
	s->depth++;
	s->bytes += *s->p == '{'   ? OBJECT_BYTES
		    : *s->p == '[' ? ARRAY_BYTES
				   : SCALAR_BYTES;
	switch (*s->p) {
	case '{':
		good = scan_list(s, '}', true);
		break;
	case '[':
		good = scan_list(s, ']', false);
		break;
	case '"':
		good = scan_string(s);
		break;
	case 't':
		good = scan_word(s, "true");
		break;
	case 'f':
		good = scan_word(s, "false");
		break;
	case 'n':
		good = scan_word(s, "null");
		break;
	default:
		good = (*s->p == '-' || (*s->p >= '0' && *s->p <= '9')) &&
		       scan_number(s);
	}
	s->depth--;
	skip_space(s);
	return good;
}

/* json-c lets the last of repeated keys win, so fewer are left than seen. */
static size_t
count_keys(struct json_object *o) /* NOLINT(misc-no-recursion) */
{
	size_t n = 0;

	if (json_object_is_type(o, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(o); i++)
			n += count_keys(json_object_array_get_idx(o, i));
	} else if (json_object_is_type(o, json_type_object)) {
		json_object_object_foreach(o, key, value)
		{
			(void)key;
			n += 1 + count_keys(value);
		}
	}
	return n;
}

static void
put(void *o)
{
	json_object_put(o);
}

/* The pieces of a large tree lie below whatever was allocated after it and
 * stays; without this the process would keep their pages (glibc 2.36). */
static void
put_large(void *o)
{
	json_object_put(o);
	malloc_trim(0);
}

static bool
bad_json(const char *why, size_t at, struct err *e)
{
	return err_set(e, 400, "bad_json", "%s at byte %zu of the JSON text",
		       why, at);
}

static bool
parse(struct arena *a, const char *p, size_t n, size_t most_bytes,
      struct json_object **out, struct err *e)
{
	struct scan s = {p, p + n, p, 0, 0, 0};
	struct json_tokener *tok;
	struct json_object *o;
	const char *text;

	if (n > INT32_MAX - 1)
		return err_set(e, 413, "too_large", "the JSON text is too big");
	if (!utf8_ok(p, n, UTF8_NUL_REFUSED))
		return err_set(e, 400, "bad_json",
			       "the JSON text is not UTF-8");
	if (!scan_value(&s) || s.p != s.end)
		return bad_json("syntax error", (size_t)(s.p - s.start), e);
	if (s.bytes > most_bytes)
		return err_set(e, 413, "too_large",
			       "the JSON text has too many values");

	/* A bare scalar ends only at NUL or space: pass the NUL too. */
	text = arena_strndup(a, p, n);
	tok = json_tokener_new_ex(DEPTH + 1);
	if (!tok)
		return err_set(e, 500, "out_of_memory", "json_tokener_new");
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT |
					    JSON_TOKENER_VALIDATE_UTF8);
	o = json_tokener_parse_ex(tok, text, (int)n + 1);
	if (json_tokener_get_error(tok) != json_tokener_success) {
		const char *why =
			json_tokener_error_desc(json_tokener_get_error(tok));

		bad_json(why, json_tokener_get_parse_end(tok), e);
		json_tokener_free(tok);
		return false;
	}
	json_tokener_free(tok);
	arena_defer(a, s.bytes > LARGE_BYTES ? put_large : put, o);
	if (count_keys(o) != s.keys)
		return err_set(e, 400, "bad_json",
			       "a key appears twice in one object");
	*out = o;
	return true;
}

bool
json_parse(struct arena *a, const char *p, size_t n, struct json_object **out,
	   struct err *e)
{
	return parse(a, p, n, SIZE_MAX, out, e);
}

bool
json_parse_input(struct arena *a, const char *p, size_t n,
		 struct json_object **out, struct err *e)
{
	return parse(a, p, n, JSON_INPUT_BYTES, out, e);
}

struct json_object *
json_get(const struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	if (o && json_object_is_type(o, json_type_object))
		json_object_object_get_ex(o, key, &v);
	return v;
}

const char *
json_text(const struct json_object *o, const char *key)
{
	struct json_object *v = json_get(o, key);

	return json_object_is_type(v, json_type_string)
		       ? json_object_get_string(v)
		       : NULL;
}

bool
json_int(const struct json_object *o, const char *key, int64_t *out)
{
	struct json_object *v = json_get(o, key);

	if (!json_object_is_type(v, json_type_int))
		return false;
	*out = json_object_get_int64(v);
	return true;
}

bool
json_flag(const struct json_object *o, const char *key, bool otherwise)
{
	struct json_object *v = json_get(o, key);

	return json_object_is_type(v, json_type_boolean)
		       ? json_object_get_boolean(v)
		       : otherwise;
}

const char *
json_dump(struct json_object *o)
{
	return json_object_to_json_string_ext(
		o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

/* --- members of text --- */

static bool
is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static const char *
skip_spaces(const char *p, const char *end)
{
	while (p < end && is_space(*p))
		p++;
	return p;
}

/* p: behind the opening quote; the closing one. */
static const char *
end_of_text(const char *p, const char *end)
{
	while (p < end && *p != '"')
		p += *p == '\\' ? 2 : 1;
	return p < end ? p : end;
}

/* The comma or the bracket behind a value. */
static const char *
end_of_value(const char *p, const char *end)
{
	for (size_t depth = 0; p < end; p++) {
		if (*p == '"')
			p = end_of_text(p + 1, end);
		else if (*p == '{' || *p == '[')
			depth++;
		else if (depth == 0 && (*p == ',' || *p == '}'))
			break;
		else if (*p == '}' || *p == ']')
			depth--;
	}
	return p < end ? p : end;
}

bool
json_next_member(struct span *rest, struct span *key, struct span *value)
{
	const char *end = rest->p + rest->n, *p = skip_spaces(rest->p, end),
		   *from;

	if (p < end)
		p = skip_spaces(p + 1, end); /* { or , */
	if (p == end || *p != '"')
		return false;
	from = p + 1;
	p = end_of_text(from, end);
	*key = (struct span){from, (size_t)(p - from)};
	while (p < end && *p != ':')
		p++;
	from = skip_spaces(p < end ? p + 1 : end, end);
	p = end_of_value(from, end);
	*rest = (struct span){p, (size_t)(end - p)};
	while (p > from && is_space(p[-1]))
		p--;
	*value = (struct span){from, (size_t)(p - from)};
	return true;
}
