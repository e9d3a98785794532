/*
 * Request bodies and headers of the storage surface, checked in its words.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/enc.h"
#include "core/jwt.h"
#include "core/num.h"
#include "core/utf8.h"
#include "storage.h"

bool
storage_invalid(struct err *e, const char *fmt, ...)
{
	char text[sizeof e->message];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return err_set(e, 400, "invalid_request", "%s", text);
}

bool
storage_body(struct req *rq, bool may_be_empty, struct json_object **out,
	     struct err *e)
{
	struct json_object *o;

	if (!req_json(rq, &o, e))
		return e->status == 400 ? storage_invalid(e, "%s", e->message)
					: false;
	if (!o && may_be_empty) {
		*out = NULL;
		return true;
	}
	if (!o || !json_object_is_type(o, json_type_object))
		return storage_invalid(e, "body must be object");
	*out = o;
	return true;
}

/* NULL when absent or null. */
static struct json_object *
member(const struct json_object *in, const char *name)
{
	struct json_object *v = NULL;

	json_object_object_get_ex(in, name, &v);
	return v;
}

bool
storage_text(const struct json_object *in, const char *name,
	     const char *otherwise, const char **out, struct err *e)
{
	struct json_object *v = member(in, name);

	*out = otherwise;
	if (!v)
		return true;
	if (!json_object_is_type(v, json_type_string))
		return storage_invalid(e, "body/%s must be string", name);
	*out = json_object_get_string(v);
	return true;
}

bool
storage_need_text(const struct json_object *in, const char *name,
		  const char **out, struct err *e)
{
	if (!storage_text(in, name, NULL, out, e))
		return false;
	if (!*out)
		return storage_invalid(
			e, "body must have required property '%s'", name);
	return true;
}

bool
storage_int(const struct json_object *in, const char *name, int64_t min,
	    int64_t otherwise, int64_t *out, struct err *e)
{
	struct json_object *v = member(in, name);
	int64_t n = otherwise;

	if (v && json_object_is_type(v, json_type_int))
		n = json_object_get_int64(v);
	else if (v)
		return storage_invalid(e, "body/%s must be integer", name);
	if (v && n < min)
		return storage_invalid(e, "body/%s must be >= %lld", name,
				       (long long)min);
	*out = n < INT32_MAX ? n : INT32_MAX;
	return true;
}

bool
storage_bool(const struct json_object *in, const char *name, bool otherwise,
	     bool *out, struct err *e)
{
	struct json_object *v = member(in, name);

	*out = otherwise;
	if (!v)
		return true;
	if (!json_object_is_type(v, json_type_boolean))
		return storage_invalid(e, "body/%s must be boolean", name);
	*out = json_object_get_boolean(v);
	return true;
}

bool
storage_message(struct req *rq, const char *text)
{
	struct buf b = buf_on(rq->arena);

	buf_add(&b, "{\"message\":");
	buf_add_json(&b, text);
	buf_add(&b, "}");
	return reply_json(rq, 200, (struct span){buf_str(&b), b.n});
}

/* --- request headers --- */

bool
storage_wants_upsert(const struct req *rq)
{
	const char *v = req_header(rq, "X-Upsert");

	return v && strcasecmp(v, "true") == 0;
}

const char *
storage_metadata(struct req *rq, const char *text, size_t n)
{
	struct json_object *o;
	struct err ignored;

	if (!utf8_ok(text, n, UTF8_NUL_REFUSED) ||
	    !json_parse_input(rq->arena, text, n, &o, &ignored) ||
	    !json_object_is_type(o, json_type_object))
		return NULL;
	return json_dump(o);
}

const char *
storage_x_metadata(struct req *rq)
{
	const char *v = req_header(rq, "X-Metadata");
	struct span plain;

	if (!v || !dec_base64(rq->arena, span_of(v), &plain))
		return NULL;
	return storage_metadata(rq, plain.p, plain.n);
}

static struct span
trim(struct span s)
{
	while (s.n && isspace((unsigned char)s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n && isspace((unsigned char)s.p[s.n - 1]))
		s.n--;
	return s;
}

static bool
is_word(struct span s, const char *const *words)
{
	for (; *words; words++)
		if (strlen(*words) == s.n && strncasecmp(s.p, *words, s.n) == 0)
			return true;
	return false;
}

/* name:value rules; a date may hold commas, so it takes the rest. */
static bool
robots_rule(struct span *rule, struct span *rest, bool *is_date)
{
	static const char *const words[] = {
		"all",         "noindex",      "nofollow",
		"none",        "nosnippet",    "indexifembedded",
		"notranslate", "noimageindex", NULL};
	static const char *const counts[] = {"max-snippet", "max-video-preview",
					     NULL};
	static const char *const sizes[] = {"none", "standard", "large", NULL};
	struct span value = *rule, name = trim(span_cut(&value, ':'));
	int64_t n;

	(void)rest;
	value = trim(value);
	*is_date = false;
	if (!memchr(rule->p, ':', rule->n))
		return is_word(name, words);
	if (is_word(name, counts))
		return num_i64(value, -1, INT32_MAX, &n);
	if (name.n == 17 && strncasecmp(name.p, "max-image-preview", 17) == 0)
		return is_word(value, sizes);
	if (name.n == 17 && strncasecmp(name.p, "unavailable_after", 17) == 0) {
		*is_date = value.n > 0;
		return *is_date;
	}
	/* "googlebot: noindex": what follows the name is a rule itself. */
	if (name.n == 0 || memchr(name.p, ' ', name.n))
		return false;
	*rule = value;
	return value.n > 0 && robots_rule(rule, rest, is_date);
}

bool
storage_robots(struct req *rq, const char **out, struct err *e)
{
	const char *text = req_header(rq, "X-Robots-Tag");
	struct span rest = span_of(text);
	bool good = true;

	*out = text && *text ? text : NULL;
	if (!*out)
		return true;
	for (const char *p = text; *p; p++)
		good = good && *p >= ' ' && *p <= '~';
	while (good && rest.n) {
		struct span rule = trim(span_cut(&rest, ','));
		bool is_date = false;

		good = rule.n > 0 && robots_rule(&rule, &rest, &is_date);
		if (good && is_date)
			break; /* the rest is the date's */
	}
	if (!good)
		return err_set(e, 400, "invalid_x_robots_tag",
			       "Invalid X-Robots-Tag header: %.120s", text);
	return true;
}

/* --- signed URLs --- */

static bool
wrong_signature(struct err *e, const char *message)
{
	return err_set(e, 400, "invalid_signature", "%s", message);
}

bool
storage_signed_elsewhere(struct req *rq)
{
	const char *base = rq->ctx->set->supabase_url;
	size_t n = strlen(base);

	if (!rq->ctx->hosted || jwt_keys_has_secret(rq->ctx->keys))
		return false;
	while (n && base[n - 1] == '/')
		n--;
	/* 307 keeps method and body. */
	return reply_redirect(rq, 307,
			      arena_printf(rq->arena, "%.*s%s?%s", (int)n, base,
					   rq->uri, rq->query));
}

bool
storage_signed(struct req *rq, const char *scope, struct json_object **claims,
	       int64_t *exp_s, struct err *e)
{
	const char *token = req_query(rq, "token");
	const char *url, *said;
	struct jwt_claims jwt;
	bool is_upload = strcmp(scope, "upload") == 0, may;

	if (!token || !*token)
		return storage_invalid(
			e, "querystring must have required property 'token'");
	/* No leeway here: the end of a link is what its maker asked for. */
	if (!jwt_verify(rq->ctx->keys, rq->arena, span_of(token), &jwt, e) ||
	    jwt.exp_s <= clock_s())
		return storage_bad_jwt(rq, span_of(token), "invalid_jwt", 400,
				       e);
	said = json_text(jwt.json, "scope");
	/* Links older than scopes: only those for uploads say upsert. */
	may = said ? strcmp(said, scope) == 0
		   : (json_get(jwt.json, "upsert") != NULL) == is_upload;
	if (!may)
		return wrong_signature(
			e, is_upload ? "Token is not scoped for upload"
				     : "Token is not scoped for download");
	url = json_text(jwt.json, "url");
	if (!url || strcmp(url, arena_printf(rq->arena, "%s/%s",
					     req_param(rq, "bucket"),
					     req_param(rq, "key"))) != 0)
		return wrong_signature(e, "Invalid signature");
	*claims = jwt.json;
	*exp_s = jwt.exp_s;
	return true;
}
