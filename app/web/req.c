#include "req.h"

#include <string.h>

#include "core/enc.h"
#include "core/num.h"
#include "core/utf8.h"
#include "domain/queries.h"
#include "fcgi.h"
#include "route.h"

const char *
req_param(const struct req *rq, const char *name)
{
	const char *p = rq->route ? rq->route->path : "";
	size_t n = strlen(name), i = 0;

	for (; *p; p++) {
		if (p[0] != '/' || (p[1] != ':' && p[1] != '*'))
			continue;
		p += 2;
		if (strncmp(p, name, n) == 0 && (p[n] == '/' || !p[n]))
			return rq->params[i];
		i++;
		p--;
	}
	return "";
}

/* No form and no query of ours has a tenth of it; two bytes of a body would
 * take 80 of memory. */
enum {
	MAX_PAIRS = 1000
};

/* a=b&c=d into pairs; a pair that is no UTF-8 text is left out. */
static const struct pair *
parse_pairs(struct arena *a, struct span text)
{
	size_t n = 2, k = 0;
	struct pair *pairs;

	for (size_t i = 0; i < text.n && n < MAX_PAIRS; i++)
		n += text.p[i] == '&';
	pairs = arena_alloc(a, n * sizeof *pairs);
	while (text.n && k + 1 < n) {
		struct span value = span_cut(&text, '&');
		struct span name = span_cut(&value, '=');
		struct span plain_name, plain;

		if (name.n == 0 || !dec_percent(a, name, true, &plain_name) ||
		    !dec_percent(a, value, true, &plain) ||
		    !utf8_ok(plain_name.p, plain_name.n, UTF8_NUL_REFUSED) ||
		    !utf8_ok(plain.p, plain.n, UTF8_NUL_REFUSED))
			continue;
		pairs[k++] = (struct pair){plain_name.p, plain.p};
	}
	return pairs; /* ends with {NULL, NULL}: the arena is zeroed */
}

static const char *
find_pair(const struct pair *p, const char *name)
{
	for (; p->name; p++) {
		if (strcmp(p->name, name) == 0)
			return p->value;
	}
	return NULL;
}

/* The cache of a parsed text is no change a caller can see. */
static struct req *mutable(const struct req *rq)
{
	union {
		const struct req *in;
		struct req *out;
	} u = {rq};

	return u.out;
}

const char *
req_query(const struct req *rq, const char *name)
{
	if (!rq->query_pairs)
		mutable(rq)->query_pairs =
			parse_pairs(rq->arena, span_of(rq->query));
	return find_pair(rq->query_pairs, name);
}

bool
req_may_write(const struct req *rq)
{
	struct span rest = span_of(rq->caller.scopes);

	if (!rq->caller.scopes)
		return true;
	while (rest.n) {
		if (span_is(span_cut(&rest, ' '), "write"))
			return true;
	}
	return false;
}

const char *
req_query_text(const struct req *rq, const char *name)
{
	const char *text = req_query(rq, name);

	return text && *text ? text : NULL;
}

bool
req_query_word(struct req *rq, const char *name, const char *const *words,
	       const char **out, struct err *e)
{
	struct buf list = buf_on(rq->arena);
	const char *text = req_query_text(rq, name);

	*out = text;
	if (!text || !words)
		return true;
	for (const char *const *w = words; *w; w++) {
		if (strcmp(text, *w) == 0)
			return true;
		buf_addf(&list, "%s%s", list.n ? ", " : "", *w);
	}
	return err_field(e, name, "%s must be one of %s", name, buf_str(&list));
}

const char *
req_header(const struct req *rq, const char *name)
{
	char param[80] = "HTTP_";
	size_t n = strlen(param);

	for (; *name && n < sizeof param - 1; name++) {
		char c = *name;

		if (c == '-')
			c = '_';
		else if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		param[n++] = c;
	}
	param[n] = '\0';
	/* These two have CGI names of their own. */
	if (strcmp(param, "HTTP_CONTENT_TYPE") == 0 ||
	    strcmp(param, "HTTP_CONTENT_LENGTH") == 0)
		memmove(param, param + 5, n - 4);
	return fcgi_param(rq->transport, param);
}

const char *
req_cookie(const struct req *rq, const char *name)
{
	struct span all = span_of(req_header(rq, "Cookie"));

	while (all.n) {
		struct span value = span_cut(&all, ';');
		struct span key;

		while (value.n && value.p[0] == ' ') {
			value.p++;
			value.n--;
		}
		key = span_cut(&value, '=');
		if (span_is(key, name))
			return arena_strndup(rq->arena, value.p, value.n);
	}
	return NULL;
}

bool
req_query_int(const struct req *rq, const char *name, int64_t min, int64_t max,
	      int64_t *out, struct err *e)
{
	const char *text = req_query(rq, name);

	if (!text || !*text)
		return true;
	if (!num_i64(span_of(text), min, max, out))
		return err_field(e, name,
				 "%s must be a number from %lld to %lld", name,
				 (long long)min, (long long)max);
	return true;
}

bool
req_read(struct req *rq, void *p, size_t n, size_t *got, struct err *e)
{
	size_t left = n;

	if (rq->body_length >= 0) {
		uint64_t rest = (uint64_t)rq->body_length - rq->body_read;

		left = rest < n ? (size_t)rest : n;
	}
	*got = 0;
	if (left == 0)
		return true;
	if (!fcgi_read(rq->transport, p, left, got, e))
		return false;
	rq->body_read += *got;
	if (rq->body_length >= 0 && *got < left)
		return err_set(e, 400, "client_gone",
			       "the body is shorter than announced");
	return true;
}

static bool
too_large(size_t limit, struct err *e)
{
	return err_set(e, 413, "too_large", "the body is larger than %zu bytes",
		       limit);
}

/* A chunked body (nginx does not buffer it on upload routes) grows. */
static bool
read_unknown(struct req *rq, size_t limit, struct err *e)
{
	struct buf b = buf_on(rq->arena);
	size_t got;

	do {
		char part[8 * KiB];

		if (!req_read(rq, part, sizeof part, &got, e))
			return false;
		buf_addn(&b, part, got);
		if (b.n > limit)
			return too_large(limit, e);
	} while (got);
	rq->body = (struct span){buf_str(&b), b.n};
	return true;
}

bool
req_body(struct req *rq, struct span *out, struct err *e)
{
	size_t limit = rq->route ? rq->route->body_limit : 0;

	if (!rq->body.p && rq->body_length < 0) {
		if (!read_unknown(rq, limit, e))
			return false;
	} else if (!rq->body.p) {
		size_t n = (size_t)rq->body_length, got = 0;
		char *p;

		if (n > limit)
			return too_large(limit, e);
		p = arena_alloc(rq->arena, n + 1);
		if (!req_read(rq, p, n, &got, e))
			return false;
		rq->body = (struct span){p, got};
	}
	*out = rq->body;
	return true;
}

bool
req_json(struct req *rq, struct json_object **out, struct err *e)
{
	struct span body = {NULL, 0};

	if (!req_body(rq, &body, e))
		return false;
	*out = NULL;
	return body.n == 0 ||
	       json_parse_input(rq->arena, body.p, body.n, out, e);
}

static const struct pair *
form_pairs(struct req *rq)
{
	static const struct pair none = {NULL, NULL};
	struct span body = {NULL, 0};
	struct err e;

	if (!rq->form_pairs)
		rq->form_pairs = req_body(rq, &body, &e)
					 ? parse_pairs(rq->arena, body)
					 : &none;
	return rq->form_pairs;
}

const char *
req_form(struct req *rq, const char *name)
{
	return find_pair(form_pairs(rq), name);
}

const char *
req_form_next(struct req *rq, const char *name, const char *prev)
{
	const struct pair *p = form_pairs(rq);

	while (p->name && p->value != prev)
		p++;
	return p->name ? find_pair(p + 1, name) : NULL;
}

bool
req_db(struct req *rq, const struct db_call *calls, size_t n,
       struct db_result *results, struct err *e)
{
	return db_run(rq->ctx->db, rq->arena, &rq->scope, calls, n, results, e);
}

bool
req_db_row(struct req *rq, struct db_call call, struct db_result *out,
	   struct err *e)
{
	if (!req_db(rq, &call, 1, out, e))
		return false;
	return db_rows(out) || err_set(e, 404, "not_found", "not found");
}

bool
req_db_text(struct req *rq, struct db_call call, struct span *out,
	    struct err *e)
{
	return db_text(rq->ctx->db, rq->arena, &rq->scope, call, out, e);
}

bool
req_db_exec(struct req *rq, struct db_call call, struct err *e)
{
	return db_exec(rq->ctx->db, rq->arena, &rq->scope, call, e);
}

struct db_scope
req_scope_as(const struct req *rq, const char *role)
{
	struct db_scope s = rq->scope;

	s.role = role;
	return s;
}
