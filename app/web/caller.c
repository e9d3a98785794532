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

struct cached {
	unsigned char hash[32];
	int64_t until_s; /* 0 = empty */
	char *claims;    /* heap */
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
	free(slot->claims);
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

static const char *
look_up(struct req *rq, const unsigned char hash[32])
{
	struct cached *slot = slot_of(rq->jwt_cache, hash);

	if (slot->until_s > clock_s() && memcmp(slot->hash, hash, 32) == 0) {
		stats_add(&rq->stats->jwt_hits, 1);
		return arena_strdup(rq->arena, slot->claims);
	}
	stats_add(&rq->stats->jwt_misses, 1);
	return NULL;
}

static void
remember(struct req *rq, const unsigned char hash[32], const char *claims,
	 int64_t until_s)
{
	struct cached *slot = slot_of(rq->jwt_cache, hash);

	forget(slot);
	slot->claims = strdup(claims);
	if (!slot->claims)
		return; /* not remembered, that is all */
	memcpy(slot->hash, hash, 32);
	slot->until_s = until_s;
}

/* 401 unless the claims say one of our roles; users need a sub. */
static bool
fill_caller(struct req *rq, const char *claims, struct err *e)
{
	static const char *const roles[] = {"anon", "authenticated",
					    "service_role"};
	struct caller *c = &rq->caller;
	struct json_object *o;
	const char *role;

	if (!json_parse(rq->arena, claims, strlen(claims), &o, e))
		return err_set(e, 401, "bad_token",
			       "the token's claims cannot be read");
	role = json_text(o, "role");
	c->sub = json_text(o, "sub");
	for (size_t i = 0; i < NELEM(roles); i++) {
		if (role && strcmp(role, roles[i]) == 0)
			c->role = roles[i];
	}
	if (!role || strcmp(c->role, role) != 0 ||
	    (strcmp(role, "authenticated") == 0 && !c->sub))
		return err_set(e, 401, "bad_token",
			       "the token is not for this service");
	c->claims = claims;
	c->session_id = json_text(o, "session_id");
	c->email = json_text(o, "email");
	c->scopes = json_text(o, "scopes");
	role = json_text(json_get(o, "app_metadata"), "platform_role");
	c->is_platform_admin = role && strcmp(role, "admin") == 0;
	return true;
}

static bool
bad_token(struct err *e)
{
	return err_set(e, 401, "bad_token", "Invalid token");
}

/* mst_...: the database knows its SHA-256. */
static bool
api_token_claims(struct req *rq, const char *token,
		 const unsigned char hash[32], const char **claims,
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
	remember(rq, hash, text.p, clock_s() + API_TOKEN_S);
	return true;
}

static int64_t
min_s(int64_t exp_s, int64_t most_s)
{
	int64_t now = clock_s();

	return exp_s < now + most_s ? exp_s : now + most_s;
}

bool
caller_from_token(struct req *rq, const char *token, enum credential how,
		  struct err *e)
{
	size_t n = strlen(token);
	unsigned char hash[32];
	const char *claims;

	if (n == 0 || n > TOKEN_LIMIT)
		return bad_token(e);
	sha256_raw(token, n, hash);
	claims = look_up(rq, hash);
	if (!claims && api_token_is(token)) {
		if (!api_token_claims(rq, token, hash, &claims, e))
			return false;
	} else if (!claims && rq->ctx->hosted &&
		   hosted_key_role(rq->ctx->hosted, token)) {
		claims = arena_printf(rq->arena, "{\"role\":\"%s\"}",
				      hosted_key_role(rq->ctx->hosted, token));
	} else if (!claims) {
		struct span text = {token, n};
		struct jwt_claims jwt;

		if (!jwt_verify(rq->ctx->keys, rq->arena, text, &jwt, e))
			return e->status >= 500 ? false : bad_token(e);
		claims = jwt.text.p;
		remember(rq, hash, claims, min_s(jwt.exp_s, JWT_S));
	}
	if (!fill_caller(rq, claims, e))
		return false;
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
