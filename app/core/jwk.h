#ifndef CORE_JWK_H
#define CORE_JWK_H

/*
 * jwk - JSON Web Keys (RFC 7517, 7518) to PEM and back, through OpenSSL 3.
 *
 * Taken: EC P-256 as ES256, RSA of 2048 bits and more as RS256, oct of 32
 * bytes and more as HS256.  Other curves, algorithms and shorter keys are
 * refused; so is a private part that does not belong to the public one.
 * Ownership: everything is in the arena.
 */
#include "arena.h"
#include "err.h"
#include "json.h"

enum jwk_alg {
	JWK_HS256,
	JWK_RS256,
	JWK_ES256
};

struct jwk {
	const char *kid; /* "" when it has none */
	enum jwk_alg alg;
	bool can_sign;           /* has a private part and key_ops "sign" */
	struct span secret;      /* oct */
	const char *public_pem;  /* SPKI; NULL for oct */
	const char *private_pem; /* PKCS#8; NULL for public keys and oct */
	const char *public_json; /* as /.well-known/jwks.json lists it; NULL
				    for oct */
};

const char *jwk_alg_name(enum jwk_alg alg);

/* 500 bad_jwk says what is wrong, never with key material. */
bool jwk_load(struct arena *a, const struct json_object *o, struct jwk *out,
	      struct err *e) MUST_CHECK;

/* A new ES256 key as private JWK text: random kid, key_ops sign and verify. */
bool jwk_new_es256(struct arena *a, const char **json,
		   struct err *e) MUST_CHECK;

#endif
