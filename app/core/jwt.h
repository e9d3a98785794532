#ifndef CORE_JWT_H
#define CORE_JWT_H

/*
 * jwt - signs and verifies JSON Web Tokens (RFC 7519) with the keys of this
 * installation or of a hosted project.
 *
 * libjwt 1.10 does the signatures; everything it leaves open is decided here:
 * the algorithm is the key's, never the token's; no key, no answer; exp, nbf
 * and iat are integers and are checked.  A token names its key by kid; one
 * without kid, or an HS256 token whose kid is no key of ours, is checked with
 * the legacy secret, if there is one.
 *
 * Not checked, because it depends on who asks: iss, aud, role, sub.
 * Failure: 401 bad_jwt or 401 jwt_expired.
 * Ownership: the key ring is heap and lives as long as the process.
 */
#include "arena.h"
#include "err.h"
#include "json.h"

struct jwt_keys;

enum {
	JWT_LEEWAY_S = 30,
	JWT_MAX_BYTES = 16 * KiB, /* a longer token is refused unread */
	JWT_SECRET_MIN = 32,
};

struct jwt_claims {
	struct span text;         /* the payload as it was signed; NUL-ended */
	struct json_object *json; /* the same, parsed; an object */
	int64_t exp_s;
	const char *kid; /* of the key that verified it; "" legacy secret */
};

struct jwt_keys *jwt_keys_new(void);    /* empty: refuses every token */
void jwt_keys_free(struct jwt_keys *k); /* NULL is allowed */

/*
 * A JSON array of private JWKs, exactly one of them with key_ops "sign"; or
 * one public JWKS object {"keys": [...]}.  Replaces all keys but the legacy
 * secret; on failure (500 bad_jwk) the old ones stay.  Of a JWKS, keys of
 * unknown kinds are passed over, and oct keys always.
 */
bool jwt_keys_load(struct jwt_keys *k, const char *json, size_t n,
		   struct err *e) MUST_CHECK;
bool jwt_keys_load_public(struct jwt_keys *k, const char *json, size_t n,
			  struct err *e) MUST_CHECK;
/* The HS256 secret as it is (not base64); 500 bad_jwk under 32 bytes. */
bool jwt_keys_set_secret(struct jwt_keys *k, const char *secret, size_t n,
			 struct err *e) MUST_CHECK;
/* Both from files; "" or NULL leaves one out. */
bool jwt_keys_open(struct jwt_keys *k, const char *keys_file,
		   const char *secret_file, struct err *e) MUST_CHECK;

/*
 * For a hosted project: calls fn (which fetches the JWKS and gives it to
 * jwt_keys_load_public) before the first check, when the keys are older than
 * 600 s, and when a kid is unknown, then at most once in 30 s.  Keys that could
 * not be renewed for a day are dropped.
 */
typedef bool jwt_refresh_fn(struct jwt_keys *k, void *arg, struct err *e);
void jwt_keys_refresh_with(struct jwt_keys *k, jwt_refresh_fn *fn, void *arg);

/* {"keys":[...]}: the public parts; lives until the keys are replaced. */
const char *jwt_keys_public(struct jwt_keys *k);
bool jwt_keys_has_secret(const struct jwt_keys *k);

/* payload: a JSON object.  With the current key, or with the legacy secret
 * when no keys were loaded.  500 jwt_sign. */
bool jwt_sign(struct jwt_keys *k, struct arena *a, const char *payload,
	      const char **token, struct err *e) MUST_CHECK;
/* With the legacy secret: API keys, signed URLs. */
bool jwt_sign_legacy(struct jwt_keys *k, struct arena *a, const char *payload,
		     const char **token, struct err *e) MUST_CHECK;

bool jwt_verify(struct jwt_keys *k, struct arena *a, struct span token,
		struct jwt_claims *out, struct err *e) MUST_CHECK;

/* Signs and verifies once: do they fit each other?  Before a fork, so that the
 * children share what OpenSSL looks up at its first signature.  500 jwt_sign.
 */
bool jwt_keys_prove(struct jwt_keys *k, struct err *e) MUST_CHECK;

#endif
