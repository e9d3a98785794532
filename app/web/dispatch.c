#include "dispatch.h"

#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "caller.h"
#include "core/clock.h"
#include "core/enc.h"
#include "core/log.h"
#include "core/num.h"
#include "core/rand.h"
#include "core/utf8.h"
#include "csrf.h"
#include "domain/api_token.h"
#include "fcgi.h"
#include "route.h"

enum {
	URI_LIMIT = 8 * KiB,
	MAX_PARAMS = 6
};

static const struct {
	const char *name;
	enum method method;
} methods[] = {
	{"GET",     M_GET    },
        {"HEAD",    M_HEAD   },
        {"POST",    M_POST   },
	{"PUT",     M_PUT    },
        {"PATCH",   M_PATCH  },
        {"DELETE",  M_DELETE },
	{"OPTIONS", M_OPTIONS},
};

static void
parse_method(struct req *rq, const char *name)
{
	rq->method_name = "other";
	for (size_t i = 0; i < NELEM(methods); i++) {
		if (strcmp(name, methods[i].name) == 0) {
			rq->method = methods[i].method;
			rq->method_name = methods[i].name;
		}
	}
}

/* --- families and routes --- */

static const struct family *
find_family(const char *uri, size_t *index)
{
	const struct family *best = NULL;
	size_t best_n = 0;

	for (size_t i = 0; families[i]; i++) {
		size_t n = strlen(families[i]->prefix);
		/* "/app/" is the prefix of "/app" too. */
		bool whole = n &&
			     strncmp(uri, families[i]->prefix, n - 1) == 0 &&
			     !uri[n - 1];

		if (n < best_n ||
		    (!whole && strncmp(uri, families[i]->prefix, n) != 0))
			continue;
		best = families[i];
		best_n = n;
		*index = i;
	}
	return best;
}

/* Most rows differ before their first :name: they need no closer look. */
static bool
may_fit(const char *pattern, const char *uri)
{
	for (; *pattern && *pattern != ':' && *pattern != '*';
	     pattern++, uri++) {
		if (*pattern != *uri)
			return false;
	}
	return true;
}

/*
 * Matches and scores: a literal segment counts 2, :name 1, *name 0, as digits
 * of base 3 from the left, so the most literal pattern wins.  0 = no match.
 */
static uint64_t
match(const char *pattern, const char *uri, struct span *params, size_t *n)
{
	struct span p = span_of(pattern), u = span_of(uri);
	uint64_t score = 1;

	*n = 0;
	span_cut(&p, '/');
	span_cut(&u, '/');
	while (p.n) {
		struct span name = span_cut(&p, '/');
		struct span rest = u, part;

		if (name.p[0] == '*') {
			params[(*n)++] = rest;
			return rest.n ? score * 3 : 0;
		}
		part = span_cut(&u, '/');
		if (name.p[0] == ':') {
			if (part.n == 0 || *n == MAX_PARAMS)
				return 0;
			params[(*n)++] = part;
			score = score * 3 + 1;
		} else if (part.n == name.n &&
			   memcmp(part.p, name.p, name.n) == 0) {
			score = score * 3 + 2;
		} else {
			return 0;
		}
	}
	/* A trailing slash is taken for none. */
	return u.n ? 0 : score;
}

struct found {
	const struct route *route;
	struct span params[MAX_PARAMS];
	size_t n;
	unsigned allowed; /* methods of every pattern that fits */
};

/* Takes r into account if it fits uri better than what was found so far. */
static void
try_route(struct found *best, uint64_t *best_score, const struct route *r,
	  const char *uri, unsigned method)
{
	struct span params[MAX_PARAMS];
	size_t n;
	unsigned takes = r->methods;
	uint64_t score;

	if (!may_fit(r->path, uri))
		return;
	score = match(r->path, uri, params, &n);
	if (!score)
		return;
	if (takes & M_GET)
		takes |= M_HEAD;
	best->allowed |= takes;
	if (!(takes & method) || score <= *best_score)
		return;
	*best_score = score;
	best->route = r;
	best->n = n;
	memcpy(best->params, params, n * sizeof *params);
}

static struct found
find_route(const struct family *f, const char *uri, unsigned method)
{
	struct found best = {.route = NULL};
	uint64_t best_score = 0;

	for (const struct route_set *const *s = f->sets; *s; s++) {
		for (size_t i = 0; i < (*s)->n; i++)
			try_route(&best, &best_score, &(*s)->rows[i], uri,
				  method);
	}
	return best;
}

static bool
decode_params(struct req *rq, const struct found *f, struct err *e)
{
	rq->params = arena_alloc(rq->arena, (f->n + 1) * sizeof *rq->params);
	for (size_t i = 0; i < f->n; i++) {
		struct span plain;

		if (!dec_percent(rq->arena, f->params[i], false, &plain) ||
		    !utf8_ok(plain.p, plain.n, UTF8_NUL_REFUSED))
			return err_set(e, 400, "bad_url",
				       "the URL is not valid text");
		rq->params[i] = plain.p;
	}
	return true;
}

static bool
refuse_method(struct req *rq, unsigned allowed, struct err *e)
{
	struct buf list = buf_on(rq->arena);

	for (size_t i = 0; i < NELEM(methods); i++) {
		if (allowed & methods[i].method)
			buf_addf(&list, "%s%s", list.n ? ", " : "",
				 methods[i].name);
	}
	reply_header(rq, "Allow", buf_str(&list));
	return err_set(e, 405, "method_not_allowed",
		       "this address takes %s only", buf_str(&list));
}

static bool
find_handler(struct req *rq, struct err *e)
{
	struct found f = find_route(rq->family, rq->uri, rq->method);

	if (!f.route && f.allowed)
		return refuse_method(rq, f.allowed, e);
	if (!f.route)
		return err_set(e, 404, "route_not_found",
			       "there is nothing at this address");
	rq->route = f.route;
	return decode_params(rq, &f, e);
}

/* --- what a row forbids --- */

/* API tokens carry scopes, "read write": changing anything takes write.  What
 * scope admin is for has been taken out of the claims of those without it. */
static bool
check_scopes(const struct req *rq, struct err *e)
{
	if (rq->method & (M_GET | M_HEAD | M_OPTIONS) || req_may_write(rq))
		return true;
	return err_set(e, 403, "insufficient_scope",
		       "this API token may only read");
}

static bool
check_who(const struct req *rq, struct err *e)
{
	const struct caller *c = &rq->caller;
	bool is_service = strcmp(c->role, "service_role") == 0;

	switch (rq->route->who) {
	case R_PUBLIC:
	case R_ANY:
		return true;
	case R_KEY:
		if (c->credential != CRED_NONE)
			return true;
		break;
	case R_USER:
		if (c->sub)
			return true;
		break;
	case R_ADMIN:
		if (c->is_platform_admin)
			return true;
		break;
	case R_SERVICE:
		if (is_service)
			return true;
		break;
	default:
		break;
	}
	/* The anon key tells which project, not who. */
	if (strcmp(c->role, "anon") == 0)
		return err_set(e, 401, "auth_required",
			       "Authentication required");
	return err_set(e, 403, "forbidden", "you may not do that");
}

static bool
has_body(const struct req *rq)
{
	return rq->body_length != 0;
}

static bool
check_body(const struct req *rq, struct err *e)
{
	const char *type = req_header(rq, "Content-Type");
	const struct route *r = rq->route;
	const char *want = r->flags & RF_FORM
				   ? "application/x-www-form-urlencoded"
				   : "application/json";
	size_t n = strlen(want);

	/* A stream without a limit here has one of its own. */
	bool is_limited = r->body_limit > 0 || !(r->flags & RF_STREAM);

	if (!has_body(rq))
		return true;
	if (is_limited && rq->body_length > 0 &&
	    (uint64_t)rq->body_length > r->body_limit)
		return err_set(e, 413, "too_large",
			       "the body is larger than %zu bytes",
			       r->body_limit);
	if (r->flags & RF_OPEN_TYPE || !type || !*type)
		return true;
	if (strncasecmp(type, want, n) != 0 ||
	    (type[n] && type[n] != ';' && type[n] != ' '))
		return err_set(e, 415, "unsupported_media_type",
			       "the body must be %s", want);
	return true;
}

/*
 * Cookies travel by themselves, so a change asked for with a cookie must also
 * show what another site cannot know or send: the CSRF value in pages, our
 * own origin in API calls.
 */
static bool
check_csrf(struct req *rq, struct err *e)
{
	const char *cookie, *given;

	if (rq->route->flags & RF_CSRF) {
		cookie = req_cookie(rq, cookie_csrf);
		given = req_header(rq, "X-CSRF-Token");
		if (!given)
			given = req_query(rq, "_csrf");
		if (!given && rq->route->flags & RF_FORM)
			given = req_form(rq, "_csrf");
		if (csrf_match(rq->arena, cookie, given))
			return true;
		return err_set(e, 403, "csrf",
			       "the form is too old, please send it again");
	}
	if (rq->caller.credential == CRED_COOKIE &&
	    !(rq->method & (M_GET | M_HEAD | M_OPTIONS))) {
		const char *origin = req_header(rq, "Origin");

		if (origin && strcmp(origin, rq->ctx->set->site_url) != 0)
			return err_set(e, 403, "cross_origin",
				       "requests of other sites need a token");
	}
	return true;
}

/* --- CORS --- */

static bool
add_cors(struct req *rq, const struct cors *c, struct err *e)
{
	const char *origin = req_header(rq, "Origin");

	if (!c->with_credentials) {
		reply_header(rq, "Access-Control-Allow-Origin", "*");
	} else if (origin && *origin) {
		reply_header(rq, "Vary", "Origin");
		if (strcmp(origin, rq->ctx->set->site_url) != 0 &&
		    !c->origin_ok(rq, origin))
			return err_set(e, 403, "origin_refused",
				       "this origin may not call the API");
		reply_header(rq, "Access-Control-Allow-Origin", origin);
		reply_header(rq, "Access-Control-Allow-Credentials", "true");
	}
	if (*c->expose)
		reply_header(rq, "Access-Control-Expose-Headers", c->expose);
	return true;
}

static bool
is_preflight(const struct req *rq)
{
	return rq->method == M_OPTIONS && rq->family->cors &&
	       req_header(rq, "Access-Control-Request-Method");
}

static bool
answer_preflight(struct req *rq)
{
	const struct cors *c = rq->family->cors;

	reply_header(rq, "Access-Control-Allow-Methods", c->methods);
	reply_header(rq, "Access-Control-Allow-Headers", c->headers);
	reply_header(rq, "Access-Control-Max-Age", "86400");
	return reply_empty(rq, 204);
}

/* --- one request --- */

static bool
serve(struct req *rq, struct err *e)
{
	const struct family *f = rq->family;

	if (f->cors && !add_cors(rq, f->cors, e))
		return false;
	if (is_preflight(rq))
		return answer_preflight(rq);
	if (!find_handler(rq, e))
		return false;
	if (rq->route->who != R_ANY &&
	    !(f->authenticate ? f->authenticate : caller_find)(rq, e))
		return false;
	caller_scope(rq);
	if (!check_who(rq, e) || !check_scopes(rq, e) || !check_body(rq, e) ||
	    !check_csrf(rq, e))
		return false;
	return (rq->route->handle ? rq->route->handle : answer_route)(rq, e);
}

static bool
read_head(struct req *rq, struct err *e)
{
	const char *uri = fcgi_param(rq->transport, "MAESTRO_URI");
	const char *length = fcgi_param(rq->transport, "CONTENT_LENGTH");
	struct span rest, path;

	if (!uri || !*uri)
		uri = fcgi_param(rq->transport, "REQUEST_URI");
	rest = span_of(uri);
	path = span_cut(&rest, '?');
	rq->uri = arena_strndup(rq->arena, path.p, path.n);
	rq->query = arena_strndup(rq->arena, rest.p, rest.n);
	if (length && *length) {
		if (!num_i64(span_of(length), 0, INT64_MAX, &rq->body_length))
			return err_set(e, 400, "bad_request",
				       "Content-Length is not a number");
	} else if (!(rq->method & (M_GET | M_HEAD | M_OPTIONS))) {
		/* Chunked, or HTTP/2 without a length, which no header tells:
		 * the end of the FastCGI stream is the end of the body. */
		rq->body_length = -1;
	}
	if (path.n + rest.n > URI_LIMIT)
		return err_set(e, 414, "uri_too_long", "the URL is too long");
	if (!rq->method)
		return err_set(e, 405, "method_not_allowed",
			       "this method is not known here");
	return true;
}

static void
take_id(struct req *rq)
{
	const char *id = fcgi_param(rq->transport, "REQUEST_ID");
	char fresh[UUID_TEXT];

	if (!id || !*id) {
		rand_uuid(fresh);
		id = arena_strdup(rq->arena, fresh);
	}
	rq->id = id;
}

/* What stands between families: "/" and addresses nobody knows. */
static void
render_plain(struct req *rq, const struct err *e)
{
	struct buf b = buf_on(rq->arena);

	buf_add(&b, "{\"error\":true,\"statusCode\":");
	buf_addf(&b, "%d,\"code\":", e->status);
	buf_add_json(&b, e->code);
	buf_add(&b, ",\"message\":");
	buf_add_json(&b, e->status >= 500 ? "internal error" : e->message);
	buf_add(&b, "}");
	reply_json(rq, e->status, (struct span){buf_str(&b), b.n});
}

static void
render_error(struct req *rq, const struct err *e)
{
	char seconds[16];

	if (e->retry_after_s > 0) {
		snprintf(seconds, sizeof seconds, "%d", e->retry_after_s);
		reply_header(rq, "Retry-After", seconds);
	}
	if (rq->family && rq->family->render_error)
		rq->family->render_error(rq, e);
	else
		render_plain(rq, e);
}

/* /k/<token> without the rest, //k/...: nginx did not take it out. */
static const char *
logged_path(const struct req *rq)
{
	return api_token_in(rq->uri) ? "/-" : rq->uri;
}

static void
log_request(const struct req *rq, const struct err *e, uint64_t us)
{
	char status[16], ms[24];
	bool is_ours = e->status >= 500;

	snprintf(status, sizeof status, "%d", rq->reply.status);
	snprintf(ms, sizeof ms, "%llu.%llu", (unsigned long long)(us / 1000),
		 (unsigned long long)(us % 1000 / 100));
	log_line(is_ours ? LOG_LEVEL_ERROR
			 : (e->status ? LOG_LEVEL_WARN : LOG_LEVEL_INFO),
		 "request", "rid", rq->id, "method", rq->method_name, "path",
		 logged_path(rq), "status", status, "ms", ms, "ip", rq->ip,
		 "user", rq->caller.sub, "code", e->status ? e->code : NULL,
		 "msg", e->status ? e->message : NULL, "sqlstate",
		 *e->sqlstate ? e->sqlstate : NULL, NULL);
}

void
dispatch(struct dispatcher *d, struct transport *t)
{
	int64_t started = clock_mono_us();
	const char *method = fcgi_param(t, "REQUEST_METHOD");
	size_t family = STATS_FAMILIES - 1;
	struct err e = {.status = 0}, gone;
	uint64_t us;
	struct req rq = {
		.arena = d->arena,
		.ctx = d->ctx,
		.transport = t,
		.jwt_cache = d->cache,
		.stats = d->stats,
		.self = d->self,
		.uri = "",
		.query = "",
		.caller = {.role = "anon"},
		.reply = {.headers = buf_on(d->arena)},
		.ip = fcgi_param(t, "REMOTE_ADDR"),
	};

	take_id(&rq);
	parse_method(&rq, method ? method : "");
	if (read_head(&rq, &e)) {
		rq.family = find_family(rq.uri, &family);
		if (!rq.family)
			err_set(&e, 404, "route_not_found",
				"there is nothing at this address");
		else if (serve(&rq, &e))
			e.status = 0;
	}
	if (e.status && !rq.reply.streamed)
		render_error(&rq, &e);
	if (!rq.reply.streamed && !reply_send(&rq, &gone) && !e.status)
		e = gone;
	us = (uint64_t)(clock_mono_us() - started);
	stats_request(d->stats, family, rq.method, rq.reply.status, us);
	stats_add(&d->stats->bytes_in, rq.body_read);
	stats_add(&d->stats->bytes_out, rq.bytes_out);
	log_request(&rq, &e, us);
	arena_reset(d->arena);
}
