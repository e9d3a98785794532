/*
 * The only file that calls libjwt.  Never include a header of jansson here:
 * it and json-c share the name json_object_get.
 */
#include "jwt.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jwt.h>

#include "clock.h"
#include "enc.h"
#include "file.h"
#include "jwk.h"

enum {
	MAX_KEYS = 32,
	KEYS_FILE_MAX = 256 * KiB,
	RING_MEMORY = 8 * MiB,
	REFRESH_AGE_MS = 600 * 1000,
	REFRESH_AGAIN_MS = 30 * 1000,
	REFRESH_NONE_MS = 1000, /* while there are no keys at all */
	STALE_MS = 24 * 3600 * 1000,
};

/* The end of year 9999: what is past it was meant to be "never". */
#define MAX_TIME_S 253402300799LL

/* A set of keys is made whole in an arena of its own, then replaces the old. */
struct ring {
	struct arena *a;
	struct jwk keys[MAX_KEYS];
	size_t n;
	const struct jwk *current; /* NULL: nothing to sign with */
	const char *public_json;
};

struct jwt_keys {
	struct ring *ring; /* heap; NULL: none loaded */
	struct jwk secret; /* .secret.n == 0: none; bytes on the heap */
	jwt_refresh_fn *refresh;
	void *refresh_arg;
	/* monotonic; 0: never.  Renewing old keys and looking for an unknown
	 * one have their own clocks, or a rotation soon after the start would
	 * go unseen. */
	int64_t tried_ms, looked_ms, renewed_ms;
};

struct jwt_keys *
jwt_keys_new(void)
{
	struct jwt_keys *k = calloc(1, sizeof *k);

	if (!k)
		abort();
	k->secret.kid = "";
	k->secret.alg = JWK_HS256;
	return k;
}

static void
ring_free(struct ring *r)
{
	if (!r)
		return;
	arena_free(r->a);
	free(r);
}

static void
free_secret(struct jwt_keys *k)
{
	char *p = k->secret.secret.n ? (char *)(uintptr_t)k->secret.secret.p
				     : NULL;

	if (p)
		explicit_bzero(p, k->secret.secret.n);
	free(p);
	k->secret.secret = (struct span){NULL, 0};
}

void
jwt_keys_free(struct jwt_keys *k)
{
	if (!k)
		return;
	free_secret(k);
	ring_free(k->ring);
	free(k);
}

/* --- key rings ----------------------------------------------------------- */

static struct ring *
ring_new(void)
{
	struct ring *r = calloc(1, sizeof *r);

	if (!r)
		abort();
	r->a = arena_new(RING_MEMORY);
	return r;
}

static bool
kid_is_taken(const struct ring *r, const char *kid)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->keys[i].kid, kid) == 0)
			return true;
	return false;
}

static bool
ring_add(struct ring *r, const struct json_object *o, bool is_public,
	 struct err *e)
{
	struct jwk k;

	if (!jwk_load(r->a, o, &k, e))
		return is_public; /* a JWKS may list keys for others */
	if (is_public && k.alg == JWK_HS256)
		return true; /* a published secret is none */
	if (!k.kid[0] || kid_is_taken(r, k.kid))
		return is_public || err_set(e, 500, "bad_jwk",
					    "every key needs a kid of its own");
	r->keys[r->n++] = k;
	if (!k.can_sign || is_public)
		return true;
	if (r->current)
		return err_set(e, 500, "bad_jwk",
			       "two keys have key_ops \"sign\"");
	r->current = &r->keys[r->n - 1];
	return true;
}

static void
ring_publish(struct ring *r)
{
	struct buf b = buf_on(r->a);
	const char *sep = "";

	buf_add(&b, "{\"keys\":[");
	for (size_t i = 0; i < r->n; i++) {
		if (!r->keys[i].public_json)
			continue;
		buf_addf(&b, "%s%s", sep, r->keys[i].public_json);
		sep = ",";
	}
	buf_add(&b, "]}");
	r->public_json = buf_str(&b);
}

static bool
ring_fill(struct ring *r, struct json_object *list, bool is_public,
	  struct err *e)
{
	size_t n;

	if (!list || !json_object_is_type(list, json_type_array))
		return err_set(e, 500, "bad_jwk", "not a list of keys");
	n = json_object_array_length(list);
	if (n > MAX_KEYS)
		return err_set(e, 500, "bad_jwk", "more than %d keys",
			       (int)MAX_KEYS);
	for (size_t i = 0; i < n; i++) {
		struct json_object *o = json_object_array_get_idx(list, i);

		if (!json_object_is_type(o, json_type_object))
			return err_set(e, 500, "bad_jwk", "a key is no object");
		if (!ring_add(r, o, is_public, e))
			return false;
	}
	if (!is_public && !r->current)
		return err_set(e, 500, "bad_jwk",
			       "no key has key_ops \"sign\"");
	ring_publish(r);
	return true;
}

static bool
load(struct jwt_keys *k, const char *json, size_t n, bool is_public,
     struct err *e)
{
	struct ring *r = ring_new();
	struct json_object *o;

	if (!json_parse(r->a, json, n, &o, e) ||
	    !ring_fill(r, is_public ? json_get(o, "keys") : o, is_public, e)) {
		if (e->status < 500)
			err_set(e, 500, "bad_jwk", "keys: %s", e->message);
		ring_free(r);
		return false;
	}
	ring_free(k->ring);
	k->ring = r;
	k->renewed_ms = clock_mono_ms();
	return true;
}

bool
jwt_keys_load(struct jwt_keys *k, const char *json, size_t n, struct err *e)
{
	return load(k, json, n, false, e);
}

bool
jwt_keys_load_public(struct jwt_keys *k, const char *json, size_t n,
		     struct err *e)
{
	return load(k, json, n, true, e);
}

bool
jwt_keys_set_secret(struct jwt_keys *k, const char *secret, size_t n,
		    struct err *e)
{
	char *p;

	if (n < JWT_SECRET_MIN)
		return err_set(e, 500, "bad_jwk",
			       "the JWT secret has fewer than %d bytes",
			       (int)JWT_SECRET_MIN);
	p = malloc(n);
	if (!p)
		abort();
	memcpy(p, secret, n);
	free_secret(k);
	k->secret.secret = (struct span){p, n};
	return true;
}

static bool
open_keys(struct jwt_keys *k, struct arena *a, const char *file, struct err *e)
{
	struct span s;

	if (!file || !file[0])
		return true;
	return file_read(a, file, KEYS_FILE_MAX, &s, e) &&
	       jwt_keys_load(k, s.p, s.n, e);
}

static bool
open_secret(struct jwt_keys *k, struct arena *a, const char *file,
	    struct err *e)
{
	struct span s;

	if (!file || !file[0])
		return true;
	return file_secret(a, file, &s, e) &&
	       jwt_keys_set_secret(k, s.p, s.n, e);
}

bool
jwt_keys_open(struct jwt_keys *k, const char *keys_file,
	      const char *secret_file, struct err *e)
{
	struct arena *a = arena_new(MiB);
	bool done = open_keys(k, a, keys_file, e) &&
		    open_secret(k, a, secret_file, e);

	arena_free(a);
	return done;
}

void
jwt_keys_refresh_with(struct jwt_keys *k, jwt_refresh_fn *fn, void *arg)
{
	k->refresh = fn;
	k->refresh_arg = arg;
}

bool
jwt_keys_has_secret(const struct jwt_keys *k)
{
	return k->secret.secret.n > 0;
}

/* --- refresh ------------------------------------------------------------- */

/* The fetch's failure is not the token's: the old keys go on for a day. */
static void
refresh(struct jwt_keys *k, int64_t *tried_ms)
{
	int64_t now = clock_mono_ms();
	int64_t again = k->ring ? REFRESH_AGAIN_MS : REFRESH_NONE_MS;
	struct err e = {0};

	if (*tried_ms && now - *tried_ms < again)
		return;
	*tried_ms = now;
	if (k->refresh(k, k->refresh_arg, &e))
		return;
	if (k->ring && now - k->renewed_ms > STALE_MS) {
		ring_free(k->ring);
		k->ring = NULL;
	}
}

static void
refresh_if_old(struct jwt_keys *k)
{
	if (k->refresh &&
	    (!k->ring || clock_mono_ms() - k->renewed_ms > REFRESH_AGE_MS))
		refresh(k, &k->tried_ms);
}

const char *
jwt_keys_public(struct jwt_keys *k)
{
	refresh_if_old(k);
	return k->ring ? k->ring->public_json : "{\"keys\":[]}";
}

static const struct jwk *
ring_find(const struct ring *r, const char *kid)
{
	for (size_t i = 0; r && i < r->n; i++)
		if (strcmp(r->keys[i].kid, kid) == 0)
			return &r->keys[i];
	return NULL;
}

/* --- signing ------------------------------------------------------------- */

static jwt_alg_t
lib_alg(enum jwk_alg alg)
{
	switch (alg) {
	case JWK_HS256:
		return JWT_ALG_HS256;
	case JWK_RS256:
		return JWT_ALG_RS256;
	case JWK_ES256:
		break;
	}
	return JWT_ALG_ES256;
}

/* libjwt copies what it is given. */
static struct span
key_bytes(const struct jwk *key, bool to_sign)
{
	if (key->alg == JWK_HS256)
		return key->secret;
	return span_of(to_sign ? key->private_pem : key->public_pem);
}

static bool
sign_with(const struct jwk *key, struct arena *a, const char *payload,
	  const char **token, struct err *e)
{
	struct span bytes = key_bytes(key, true);
	jwt_t *j = NULL;
	char *text = NULL;

	if (bytes.n == 0)
		return err_set(e, 500, "jwt_sign", "no key to sign with");
	if (jwt_new(&j) == 0 && jwt_add_grants_json(j, payload) == 0 &&
	    (!key->kid[0] || jwt_add_header(j, "kid", key->kid) == 0) &&
	    jwt_set_alg(j, lib_alg(key->alg), (const unsigned char *)bytes.p,
			(int)bytes.n) == 0)
		text = jwt_encode_str(j);
	if (text)
		*token = arena_strdup(a, text);
	jwt_free(j);
	if (!text)
		return err_set(e, 500, "jwt_sign", "libjwt cannot sign");
	free(text);
	return true;
}

bool
jwt_sign(struct jwt_keys *k, struct arena *a, const char *payload,
	 const char **token, struct err *e)
{
	const struct jwk *key = k->ring ? k->ring->current : NULL;

	return sign_with(key ? key : &k->secret, a, payload, token, e);
}

bool
jwt_sign_legacy(struct jwt_keys *k, struct arena *a, const char *payload,
		const char **token, struct err *e)
{
	return sign_with(&k->secret, a, payload, token, e);
}

/* --- verifying ----------------------------------------------------------- */

static bool
bad(struct err *e, const char *what)
{
	return err_set(e, 401, "bad_jwt", "invalid JWT: %s", what);
}

/* Three segments of strict base64url, the first two JSON objects. */
static bool
take_apart(struct arena *a, struct span token, struct json_object **header,
	   struct jwt_claims *c, struct err *e)
{
	struct span rest = token, head = span_cut(&rest, '.'),
		    body = span_cut(&rest, '.'), text, mac;

	if (head.n == 0 || body.n == 0 || rest.n == 0 ||
	    memchr(rest.p, '.', rest.n))
		return bad(e, "token is malformed");
	if (!dec_base64url(a, head, &text) ||
	    !dec_base64url(a, body, &c->text) || !dec_base64url(a, rest, &mac))
		return bad(e, "token is malformed");
	if (!json_parse(a, text.p, text.n, header, e) ||
	    !json_parse(a, c->text.p, c->text.n, &c->json, e) ||
	    !json_object_is_type(*header, json_type_object) ||
	    !json_object_is_type(c->json, json_type_object))
		return bad(e, "token is malformed");
	return true;
}

/* The header may only say what we do anyway. */
static bool
check_header(const struct json_object *h, const char **kid, struct err *e)
{
	struct json_object *v;

	*kid = json_text(h, "kid");
	if (json_object_object_get_ex(h, "crit", &v))
		return bad(e, "crit is not understood");
	if (json_object_object_get_ex(h, "kid", &v) && !*kid)
		return bad(e, "kid is not a text");
	if (json_object_object_get_ex(h, "typ", &v)) {
		const char *typ = json_text(h, "typ");

		if (!typ || strcmp(typ, "JWT") != 0)
			return bad(e, "typ is not JWT");
	}
	return true;
}

static const struct jwk *
find_key(struct jwt_keys *k, const char *alg, const char *kid)
{
	const struct jwk *found = NULL;

	refresh_if_old(k);
	if (kid && kid[0])
		found = ring_find(k->ring, kid);
	if (!found && strcmp(alg, "HS256") == 0 && jwt_keys_has_secret(k))
		found = &k->secret;
	if (!found && kid && kid[0] && k->refresh) {
		refresh(k, &k->looked_ms);
		found = ring_find(k->ring, kid);
	}
	return found;
}

static const struct jwk *
refuse_key(struct err *e, const char *what)
{
	bad(e, what);
	return NULL;
}

/* Which key must have made this?  NULL: none of ours, *e says why. */
static const struct jwk *
pick_key(struct jwt_keys *k, const char *alg, const char *kid, struct err *e)
{
	const struct jwk *found;

	if (!alg || (strcmp(alg, "HS256") != 0 && strcmp(alg, "RS256") != 0 &&
		     strcmp(alg, "ES256") != 0))
		return refuse_key(e, "signing method is not allowed");
	found = find_key(k, alg, kid);
	if (!found && k->refresh && !k->ring) {
		/* Perhaps it is good: nobody can tell now. */
		err_set(e, 503, "upstream_unavailable",
			"the signing keys cannot be fetched");
		e->retry_after_s = 5;
		return NULL;
	}
	if (!found)
		return refuse_key(e, "unrecognized key");
	if (strcmp(alg, jwk_alg_name(found->alg)) != 0)
		return refuse_key(e, "signing method is not the key's");
	return found;
}

static bool
check_signature(const struct jwk *key, const char *token, struct err *e)
{
	struct span bytes = key_bytes(key, false);
	jwt_t *j = NULL;
	bool fine;

	/* libjwt 1.10 checks nothing at all when the key is empty. */
	if (bytes.n == 0)
		return bad(e, "unrecognized key");
	fine = jwt_decode(&j, token, (const unsigned char *)bytes.p,
			  (int)bytes.n) == 0 &&
	       j && jwt_get_alg(j) == lib_alg(key->alg);
	jwt_free(j);
	return fine || bad(e, "signature is invalid");
}

/* Absent: *out = otherwise.  Anything but a whole number in range is wrong. */
static bool
time_claim(const struct json_object *o, const char *name, int64_t otherwise,
	   int64_t *out, struct err *e)
{
	struct json_object *v;

	*out = otherwise;
	if (!json_object_object_get_ex(o, name, &v))
		return true;
	if (!json_object_is_type(v, json_type_int))
		return bad(e, "a time is not a whole number");
	*out = json_object_get_int64(v);
	/* json-c clamps what does not fit: the range refuses that too. */
	if (*out < 0 || *out > MAX_TIME_S)
		return bad(e, "a time is out of range");
	return true;
}

static bool
check_times(struct jwt_claims *c, struct err *e)
{
	int64_t now = clock_s(), nbf, iat;

	if (!time_claim(c->json, "exp", -1, &c->exp_s, e) ||
	    !time_claim(c->json, "nbf", 0, &nbf, e) ||
	    !time_claim(c->json, "iat", 0, &iat, e))
		return false;
	if (c->exp_s < 0)
		return bad(e, "exp is missing");
	if (now > c->exp_s + JWT_LEEWAY_S)
		return err_set(e, 401, "jwt_expired",
			       "invalid JWT: token is expired");
	if (nbf > now + JWT_LEEWAY_S || iat > now + JWT_LEEWAY_S)
		return bad(e, "token is not valid yet");
	return true;
}

bool
jwt_verify(struct jwt_keys *k, struct arena *a, struct span token,
	   struct jwt_claims *out, struct err *e)
{
	struct jwt_claims c = {.kid = ""};
	struct json_object *header = NULL;
	const struct jwk *key;
	const char *kid = NULL;

	if (token.n == 0 || token.n > JWT_MAX_BYTES)
		return bad(e, "token is malformed");
	if (!take_apart(a, token, &header, &c, e) ||
	    !check_header(header, &kid, e))
		return false;
	key = pick_key(k, json_text(header, "alg"), kid, e);
	if (!key ||
	    !check_signature(key, arena_strndup(a, token.p, token.n), e) ||
	    !check_times(&c, e))
		return false;
	c.kid = arena_strdup(a, key->kid);
	*out = c;
	return true;
}

bool
jwt_keys_prove(struct jwt_keys *k, struct err *e)
{
	struct arena *a = arena_new(MiB);
	const char *text =
		arena_printf(a, "{\"exp\":%" PRId64 "}", clock_s() + 60);
	struct jwt_claims unused;
	const char *token = "";
	bool done = jwt_sign(k, a, text, &token, e) &&
		    jwt_verify(k, a, span_of(token), &unused, e);

	if (!done && e->status != 500)
		err_set(e, 500, "jwt_sign", "keys: %s", e->message);
	arena_free(a);
	return done;
}
