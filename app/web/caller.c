#include "caller.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/digest.h"
#include "core/jwt.h"
#include "core/utf8.h"
#include "domain/api_token.h"
#include "domain/hosted.h"
#include "domain/queries.h"
#include "stats.h"

const char cookie_session[] = "__Host-maestro_session";
const char cookie_refresh[] = "__Host-maestro_refresh";
const char cookie_csrf[] = "__Host-maestro_csrf";

enum {
	CACHE_SLOTS = 1024, /* direct-mapped by the token's hash */
	TOKEN_LIMIT = 8 * KiB,
	API_TOKEN_S = 5, /* a revoked API token dies within this */
	JWT_S = 600,     /* a token of a withdrawn key within this */
};

/* What a request wants to know of the claims.  The texts stand one behind the
 * other, the claims first; an offset of 0 is an absent one. */
struct facts {
	char *texts;
	size_t n;
	size_t sub, session_id, email, scopes;
	const char *role;
	bool is_platform_admin;
};

struct cached {
	unsigned char hash[32];
	int64_t until_s;    /* 0 = empty */
	struct facts facts; /* texts on the heap */
};

struct jwt_cache {
	struct stats *stats;
	struct cached slots[CACHE_SLOTS];
};

struct jwt_cache *
jwt_cache_new(struct stats *stats)
{
	struct jwt_cache *c = calloc(1, sizeof *c);

	if (c)
		c->stats = stats;
	return c;
}

static void
forget(struct cached *slot)
{
	free(slot->facts.texts);
	memset(slot, 0, sizeof *slot);
}

void
jwt_cache_free(struct jwt_cache *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < CACHE_SLOTS; i++)
		forget(&c->slots[i]);
	free(c);
}

static struct cached *
slot_of(struct jwt_cache *c, const unsigned char hash[32])
{
	return &c->slots[(hash[0] << 8 | hash[1]) % CACHE_SLOTS];
}

static const struct facts *
look_up(struct req *rq, const unsigned char hash[32])
{
	struct cached *slot = slot_of(rq->jwt_cache, hash);

	if (slot->until_s > clock_s() && memcmp(slot->hash, hash, 32) == 0) {
		stats_add(&rq->stats->jwt_hits, 1);
		return &slot->facts;
	}
	stats_add(&rq->stats->jwt_misses, 1);
	return NULL;
}

static void
remember(struct req *rq, const unsigned char hash[32], const struct facts *f,
	 int64_t until_s)
{
	struct cached *slot = slot_of(rq->jwt_cache, hash);
	char *texts = malloc(f->n);

	forget(slot);
	if (!texts)
		return; /* not remembered, that is all */
	memcpy(texts, f->texts, f->n);
	memcpy(slot->hash, hash, 32);
	slot->facts = *f;
	slot->facts.texts = texts;
	slot->until_s = until_s;
}

/* Where text, or NULL, begins behind what b holds. */
static size_t
put_text(struct buf *b, const char *text)
{
	size_t at = b->n;

	if (!text)
		return 0;
	buf_addn(b, text, strlen(text) + 1);
	return at;
}

/* 401 unless the claims say one of our roles; users need a sub. */
static bool
read_claims(struct arena *a, const char *claims, struct facts *f, struct err *e)
{
	static const char *const roles[] = {"anon", "authenticated",
					    "service_role"};
	struct buf b = buf_on(a);
	struct json_object *o;
	const char *role;

	if (!json_parse(a, claims, strlen(claims), &o, e))
		return err_set(e, 401, "bad_token",
			       "the token's claims cannot be read");
	role = json_text(o, "role");
	*f = (struct facts){.role = NULL};
	for (size_t i = 0; i < NELEM(roles); i++) {
		if (role && strcmp(role, roles[i]) == 0)
			f->role = roles[i];
	}
	if (!f->role ||
	    (strcmp(role, "authenticated") == 0 && !json_text(o, "sub")))
		return err_set(e, 401, "bad_token",
			       "the token is not for this service");
	put_text(&b, claims);
	f->sub = put_text(&b, json_text(o, "sub"));
	f->session_id = put_text(&b, json_text(o, "session_id"));
	f->email = put_text(&b, json_text(o, "email"));
	f->scopes = put_text(&b, json_text(o, "scopes"));
	role = json_text(json_get(o, "app_metadata"), "platform_role");
	f->is_platform_admin = role && strcmp(role, "admin") == 0;
	f->texts = b.p;
	f->n = b.n;
	return true;
}

/* A copy: the slot may be another token's before the request ends. */
static void
fill_caller(struct req *rq, const struct facts *f)
{
	const char *texts = arena_strndup(rq->arena, f->texts, f->n);
	struct caller *c = &rq->caller;

	c->role = f->role;
	c->claims = texts;
	c->sub = f->sub ? texts + f->sub : NULL;
	c->session_id = f->session_id ? texts + f->session_id : NULL;
	c->email = f->email ? texts + f->email : NULL;
	c->scopes = f->scopes ? texts + f->scopes : NULL;
	c->is_platform_admin = f->is_platform_admin;
}

static bool
bad_token(struct err *e)
{
	return err_set(e, 401, "bad_token", "Invalid token");
}

/* mst_...: the database knows its SHA-256. */
static bool
api_token_claims(struct req *rq, const char *token, const char **claims,
		 struct err *e)
{
	char hex[SHA256_HEX];
	struct db_scope scope = {.role = "anon"};
	struct span text;

	sha256_hex(token, strlen(token), hex);
	if (!db_text(rq->ctx->db, rq->arena, &scope, q_token_claims(hex), &text,
		     e))
		return e->status == 404 ? bad_token(e) : false;
	*claims = text.p;
	return true;
}

static int64_t
min_s(int64_t exp_s, int64_t most_s)
{
	int64_t now = clock_s();

	return exp_s < now + most_s ? exp_s : now + most_s;
}

/* What the token says, and until when that may be remembered: 0 = not at all,
 * it is found as quickly again. */
static bool
token_claims(struct req *rq, const char *token, const char **claims,
	     int64_t *until_s, struct err *e)
{
	struct span text = span_of(token);
	struct jwt_claims jwt;
	const char *role;

	if (api_token_is(token)) {
		*until_s = clock_s() + API_TOKEN_S;
		return api_token_claims(rq, token, claims, e);
	}
	role = rq->ctx->hosted ? hosted_key_role(rq->ctx->hosted, token) : NULL;
	if (role) {
		*until_s = 0;
		*claims = arena_printf(rq->arena, "{\"role\":\"%s\"}", role);
		return true;
	}
	if (!jwt_verify(rq->ctx->keys, rq->arena, text, &jwt, e))
		return e->status >= 500 ? false : bad_token(e);
	*until_s = min_s(jwt.exp_s, JWT_S);
	*claims = jwt.text.p;
	return true;
}

bool
caller_from_token(struct req *rq, const char *token, enum credential how,
		  struct err *e)
{
	size_t n = strlen(token);
	const struct facts *known;
	unsigned char hash[32];
	struct facts fresh;
	const char *claims;
	int64_t until_s;

	if (n == 0 || n > TOKEN_LIMIT)
		return bad_token(e);
	sha256_raw(token, n, hash);
	known = look_up(rq, hash);
	if (!known) {
		if (!token_claims(rq, token, &claims, &until_s, e) ||
		    !read_claims(rq->arena, claims, &fresh, e))
			return false;
		if (until_s)
			remember(rq, hash, &fresh, until_s);
		known = &fresh;
	}
	fill_caller(rq, known);
	rq->caller.credential = api_token_is(token) ? CRED_API_TOKEN : how;
	rq->caller.token = token;
	return true;
}

const char *
req_bearer(const struct req *rq)
{
	const char *h = req_header(rq, "Authorization");

	if (!h || strncasecmp(h, "Bearer ", 7) != 0)
		return NULL;
	h += 7;
	return *h && !strpbrk(h, " \t") ? h : NULL;
}

bool
caller_find(struct req *rq, struct err *e)
{
	const char *given = req_header(rq, "Authorization");
	const char *token = req_bearer(rq);

	if (given && *given && !token)
		return err_set(e, 401, "bad_token",
			       "Authorization must be: Bearer <token>");
	if (token)
		return caller_from_token(rq, token, CRED_JWT, e);
	token = req_header(rq, "X-Api-Token"); /* nginx: /k/<token>/ */
	if (token && *token)
		return api_token_is(token)
			       ? caller_from_token(rq, token, CRED_JWT, e)
			       : bad_token(e);
	token = req_header(rq, "apikey");
	if (token && *token)
		return caller_from_token(rq, token, CRED_JWT, e);
	token = req_cookie(rq, cookie_session);
	/* A cookie that has expired is like none: the page refreshes it. */
	if (token && *token && !caller_from_token(rq, token, CRED_COOKIE, e)) {
		if (e->status >= 500)
			return false;
		rq->caller = (struct caller){.role = "anon"};
	}
	return true;
}

void
caller_scope(struct req *rq)
{
	const char *agent = req_header(rq, "User-Agent");
	struct buf b = buf_on(rq->arena);

	buf_add(&b, "{\"x-real-ip\":");
	buf_add_json(&b, rq->ip);
	if (agent && utf8_ok(agent, strlen(agent), UTF8_NUL_REFUSED)) {
		buf_add(&b, ",\"user-agent\":");
		buf_add_json(&b, agent);
	}
	buf_add(&b, ",\"x-request-id\":");
	buf_add_json(&b, rq->id);
	buf_add(&b, "}");
	rq->scope = (struct db_scope){
		.role = rq->caller.role,
		.claims = rq->caller.claims,
		.headers = buf_str(&b),
		.method = rq->method_name,
		.path = rq->uri,
		.timeout_ms = (int)rq->ctx->set->statement_timeout_ms,
	};
}
