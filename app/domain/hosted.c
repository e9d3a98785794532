#include "hosted.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/clock.h"
#include "core/digest.h"
#include "core/file.h"
#include "core/jwt.h"
#include "core/num.h"
#include "domain/api_token.h"
#include "domain/ctx.h"

enum {
	OWN_HEADERS = 8,
	MORE_HEADERS = 12,
	RETRY_PAUSE_MS = 100,
	RETRY_WITHIN_MS = 1000, /* a call that failed slower is not repeated */
	RETRY_AFTER_S = 5,
	MINTED_S = 60,
	KEYS_LIMIT = 256 * KiB,
	KEYS_ARENA = 4 * MiB, /* what parsing them may take */
	KEYS_MS = 3000,       /* every request may have to wait for them */
};

struct hosted {
	struct ctx *ctx;
	struct arena *a;  /* of the texts below */
	const char *base; /* without a slash at the end */
	const char *anon_key;
	const char *service_key; /* "" = none */
};

/* --- the project's signing keys ---------------------------------------- */

static bool
load_keys(struct jwt_keys *k, void *arg, struct err *e)
{
	struct hosted *h = arg;
	struct arena *a = arena_new(KEYS_ARENA);
	const struct hosted_call call = {
		.path = "/auth/v1/.well-known/jwks.json",
		.is_safe = true,
		.limit_bytes = KEYS_LIMIT,
		.timeout_ms = KEYS_MS,
	};
	struct fetch_reply r;
	bool done = false;

	if (!hosted_run(h, a, &call, &r, e))
		goto out;
	if (r.status != 200) {
		hosted_failed(&r, e);
		goto out;
	}
	done = jwt_keys_load_public(k, r.body.p, r.body.n, e);
out:
	arena_free(a);
	return done;
}

/* --- making and unmaking ------------------------------------------------ */

static bool
read_key(struct arena *a, const char *path, const char *setting,
	 const char **out, struct err *e)
{
	struct span key = {"", 0};

	if (!path[0])
		return err_set(e, 500, "start", "%s is not set", setting);
	if (!file_secret(a, path, &key, e))
		return false;
	*out = key.p;
	return true;
}

static bool
read_settings(struct hosted *h, const struct settings *s, struct err *e)
{
	size_t n = strlen(s->supabase_url);

	while (n && s->supabase_url[n - 1] == '/')
		n--;
	h->base = arena_strndup(h->a, s->supabase_url, n);
	if (strncmp(h->base, "https://", 8) != 0 &&
	    strncmp(h->base, "http://", 7) != 0)
		return err_set(e, 500, "start",
			       "supabase_url must begin with https:// or "
			       "http://");
	if (!read_key(h->a, s->supabase_anon_key_file, "supabase_anon_key_file",
		      &h->anon_key, e))
		return false;
	h->service_key = "";
	return !s->supabase_service_role_key_file[0] ||
	       read_key(h->a, s->supabase_service_role_key_file,
			"supabase_service_role_key_file", &h->service_key, e);
}

bool
hosted_check(const struct settings *set, struct err *e)
{
	struct hosted h = {.a = arena_new(MiB)};
	const char *unused;
	bool done = read_settings(&h, set, e);

	if (done && set->supabase_jwt_secret_file[0])
		done = read_key(h.a, set->supabase_jwt_secret_file,
				"supabase_jwt_secret_file", &unused, e);
	arena_free(h.a);
	return done;
}

static bool
configure(struct hosted *h, struct err *e)
{
	const struct settings *s = h->ctx->set;

	if (!read_settings(h, s, e) ||
	    !jwt_keys_open(h->ctx->keys, NULL, s->supabase_jwt_secret_file, e))
		return false;
	jwt_keys_refresh_with(h->ctx->keys, load_keys, h);
	return true;
}

bool
hosted_new(struct ctx *ctx, struct hosted **out, struct err *e)
{
	struct hosted *h = calloc(1, sizeof *h);

	if (!h)
		return err_set(e, 500, "start", "out of memory");
	h->ctx = ctx;
	h->a = arena_new(MiB);
	if (!configure(h, e)) {
		hosted_free(h);
		return false;
	}
	*out = h;
	return true;
}

void
hosted_free(struct hosted *h)
{
	if (!h)
		return;
	arena_free(h->a);
	free(h);
}

const char *
hosted_base(const struct hosted *h)
{
	return h->base;
}

const char *
hosted_anon_key(const struct hosted *h)
{
	return h->anon_key;
}

const char *
hosted_key_role(const struct hosted *h, const char *text)
{
	size_t n = strlen(text);

	if (secret_equal(text, n, h->anon_key, strlen(h->anon_key)))
		return "anon";
	if (n && secret_equal(text, n, h->service_key, strlen(h->service_key)))
		return "service_role";
	return NULL;
}

/* --- calls ---------------------------------------------------------------- */

/*
 * The project does not know our API tokens.  With its legacy secret we may
 * vouch for their owner, for a minute.
 */
static bool
mint(struct hosted *h, struct arena *a, const char *claims, const char **token,
     struct err *e)
{
	struct json_object *o;
	struct buf b = buf_on(a);
	int64_t now = clock_s();

	if (!jwt_keys_has_secret(h->ctx->keys))
		return err_set(e, 403, "forbidden",
			       "API tokens cannot do this here: "
			       "supabase_jwt_secret_file is not set");
	if (!claims || !json_parse(a, claims, strlen(claims), &o, e) ||
	    !json_text(o, "sub"))
		return err_set(e, 401, "bad_token", "Invalid token");
	buf_addf(&b, "{\"iat\":%lld,\"exp\":%lld", (long long)now,
		 (long long)now + MINTED_S);
	buf_add(&b, ",\"aud\":\"authenticated\",\"role\":\"authenticated\"");
	buf_add(&b, ",\"sub\":");
	buf_add_json(&b, json_text(o, "sub"));
	if (json_get(o, "app_metadata"))
		buf_addf(&b, ",\"app_metadata\":%s",
			 json_dump(json_get(o, "app_metadata")));
	buf_add(&b, "}");
	return jwt_sign_legacy(h->ctx->keys, a, buf_str(&b), token, e);
}

static bool
mint_service(struct hosted *h, struct arena *a, const char *owner,
	     const char **token, struct err *e)
{
	struct buf b = buf_on(a);
	int64_t now = clock_s();

	buf_addf(&b,
		 "{\"iat\":%lld,\"exp\":%lld,\"role\":\"service_role\","
		 "\"sub\":",
		 (long long)now, (long long)now + MINTED_S);
	buf_add_json(&b, owner);
	buf_add(&b, "}");
	return jwt_sign_legacy(h->ctx->keys, a, buf_str(&b), token, e);
}

static bool
pick_token(struct hosted *h, struct arena *a, const struct hosted_call *c,
	   const char **key, const char **token, struct err *e)
{
	*key = *token = h->anon_key;
	/* The project believes an address only with the service key, and
	 * without it all our users share one limit. */
	if (c->ip && h->service_key[0])
		*key = h->service_key;
	if (c->as_service) {
		if (!h->service_key[0])
			return err_set(e, 500, "upstream_key",
				       "supabase_service_role_key_file is not "
				       "set");
		*key = *token = h->service_key;
		if (c->owner && jwt_keys_has_secret(h->ctx->keys))
			return mint_service(h, a, c->owner, token, e);
		return true;
	}
	if (!c->token)
		return true;
	if (api_token_is(c->token))
		return mint(h, a, c->claims, token, e);
	*token = c->token;
	return true;
}

static bool
is_overload(int status)
{
	return status == 502 || status == 503 || status == 504 ||
	       (status >= 520 && status <= 524);
}

static void
pause_ms(long ms)
{
	struct timespec t = {0, ms * 1000000};

	nanosleep(&t, NULL);
}

/* A safe call is made once more if it failed at once: one machine of several
 * behind the project's address may have gone. */
static bool
run_twice(struct hosted *h, struct arena *a, const struct fetch_request *rq,
	  bool is_safe, struct fetch_reply *out, struct err *e)
{
	int64_t begin = clock_mono_ms();
	bool done = fetch_run(h->ctx->fetch, a, rq, out, e);

	if (!is_safe || (done && !is_overload(out->status)) ||
	    clock_mono_ms() - begin > RETRY_WITHIN_MS)
		return done;
	pause_ms(RETRY_PAUSE_MS);
	return fetch_run(h->ctx->fetch, a, rq, out, e);
}

static void
add_header(struct fetch_header *list, size_t *n, const char *name,
	   const char *value)
{
	if (value)
		list[(*n)++] = (struct fetch_header){name, value};
}

bool
hosted_run(struct hosted *h, struct arena *a, const struct hosted_call *c,
	   struct fetch_reply *out, struct err *e)
{
	struct fetch_header headers[OWN_HEADERS + MORE_HEADERS];
	struct fetch_request rq = {
		.method = c->method,
		.url = arena_printf(a, "%s%s", h->base, c->path),
		.headers = headers,
		.body = span_of(c->json),
		.read = c->read,
		.read_length = c->read_length,
		.head = c->head,
		.write = c->write,
		.arg = c->arg,
		.limit_bytes = c->limit_bytes,
		.timeout_ms = (int)h->ctx->set->supabase_timeout_ms,
	};
	const char *key, *token;
	size_t n = 0;

	if (!pick_token(h, a, c, &key, &token, e))
		return false;
	add_header(headers, &n, "apikey", key);
	add_header(headers, &n, "Authorization",
		   arena_printf(a, "Bearer %s", token));
	add_header(headers, &n, "X-Client-Info", "maestro-c");
	add_header(headers, &n, "X-Request-Id", c->request_id);
	add_header(headers, &n, "Sb-Forwarded-For", c->ip);
	if (c->json)
		add_header(headers, &n, "Content-Type", "application/json");
	for (size_t i = 0; i < c->n_headers && i < MORE_HEADERS; i++)
		add_header(headers, &n, c->headers[i].name,
			   c->headers[i].value);
	rq.n_headers = n;
	if (c->timeout_ms && c->timeout_ms < rq.timeout_ms)
		rq.timeout_ms = c->timeout_ms;
	return run_twice(h, a, &rq, c->is_safe && !c->read && !c->write, out,
			 e);
}

/* --- answers -------------------------------------------------------------- */

struct json_object *
hosted_json(struct arena *a, const struct fetch_reply *r)
{
	struct json_object *o = NULL;
	struct err ignored;

	if (r->body.n == 0 ||
	    !json_parse(a, r->body.p, r->body.n, &o, &ignored))
		return NULL;
	return o;
}

bool
hosted_failed(const struct fetch_reply *r, struct err *e)
{
	const char *wait = fetch_header(r, "retry-after");
	int64_t s;

	err_set(e,
		is_overload(r->status) ? 503
		: r->status == 500     ? 500
				       : 502,
		is_overload(r->status) ? "upstream_unavailable"
				       : "upstream_invalid",
		"the project answered %d", r->status);
	e->retry_after_s = RETRY_AFTER_S;
	if (wait && num_i64(span_of(wait), 1, 3600, &s))
		e->retry_after_s = (int)s;
	return false;
}

bool
hosted_garbled(struct err *e)
{
	return err_set(e, 502, "upstream_invalid",
		       "the project's answer cannot be read");
}
