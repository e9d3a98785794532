#include "jwk.h"

#include <string.h>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include "enc.h"
#include "rand.h"

enum {
	COORDINATE = 32, /* bytes of x, y and d of P-256 */
	RSA_MIN_BITS = 2048,
	RSA_MAX_BITS = 8192, /* a longer one would be a way to burn time */
	SECRET_MIN = 32,
	MAX_NUMBERS = 8,
};

/* What fromdata needs; the BIGNUMs must live until to_param (OpenSSL 3.0). */
struct material {
	OSSL_PARAM_BLD *bld;
	OSSL_PARAM *params;
	EVP_PKEY_CTX *ctx;
	BIGNUM *numbers[MAX_NUMBERS];
	size_t n_numbers;
};

const char *
jwk_alg_name(enum jwk_alg alg)
{
	switch (alg) {
	case JWK_HS256:
		return "HS256";
	case JWK_RS256:
		return "RS256";
	case JWK_ES256:
		break;
	}
	return "ES256";
}

static bool
bad(struct err *e, const char *what)
{
	return err_set(e, 500, "bad_jwk", "JWK: %s", what);
}

static void
free_pkey(void *p)
{
	EVP_PKEY_free(p);
}

static void
free_bio(void *p)
{
	BIO_free_all(p);
}

static void
material_done(struct material *m)
{
	for (size_t i = 0; i < m->n_numbers; i++)
		BN_clear_free(m->numbers[i]);
	OSSL_PARAM_free(m->params);
	OSSL_PARAM_BLD_free(m->bld);
	EVP_PKEY_CTX_free(m->ctx);
}

/* A member as bytes; absent or not base64url: false. */
static bool
member_bytes(struct arena *a, const struct json_object *o, const char *name,
	     struct span *out)
{
	const char *text = json_text(o, name);

	return text && text[0] && dec_base64url(a, span_of(text), out);
}

static bool
push_number(struct material *m, struct arena *a, const struct json_object *o,
	    const char *name, const char *param)
{
	struct span s;
	BIGNUM *bn;

	if (!member_bytes(a, o, name, &s) || s.n > RSA_MAX_BITS / 8)
		return false;
	bn = BN_bin2bn((const unsigned char *)s.p, (int)s.n, NULL);
	if (!bn)
		return false;
	m->numbers[m->n_numbers++] = bn;
	return OSSL_PARAM_BLD_push_BN(m->bld, param, bn) == 1;
}

/* Left-pads to the field's width; longer is wrong. */
static bool
member_coordinate(struct arena *a, const struct json_object *o,
		  const char *name, unsigned char *out)
{
	struct span s;

	if (!member_bytes(a, o, name, &s) || s.n > COORDINATE)
		return false;
	memset(out, 0, COORDINATE);
	memcpy(out + COORDINATE - s.n, s.p, s.n);
	return true;
}

static bool
push_ec(struct material *m, struct arena *a, const struct json_object *o,
	bool is_private)
{
	unsigned char *point = arena_alloc(a, 1 + 2 * COORDINATE);
	const char *crv = json_text(o, "crv");

	if (!crv || strcmp(crv, "P-256") != 0)
		return false;
	point[0] = 0x04; /* uncompressed */
	return member_coordinate(a, o, "x", point + 1) &&
	       member_coordinate(a, o, "y", point + 1 + COORDINATE) &&
	       OSSL_PARAM_BLD_push_utf8_string(
		       m->bld, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) == 1 &&
	       OSSL_PARAM_BLD_push_octet_string(m->bld, OSSL_PKEY_PARAM_PUB_KEY,
						point,
						1 + 2 * COORDINATE) == 1 &&
	       (!is_private ||
		push_number(m, a, o, "d", OSSL_PKEY_PARAM_PRIV_KEY));
}

static bool
push_rsa(struct material *m, struct arena *a, const struct json_object *o,
	 bool is_private)
{
	static const char *const parts[][2] = {
		{"d",  OSSL_PKEY_PARAM_RSA_D           },
		{"p",  OSSL_PKEY_PARAM_RSA_FACTOR1     },
		{"q",  OSSL_PKEY_PARAM_RSA_FACTOR2     },
		{"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1   },
		{"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2   },
		{"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1},
	};

	if (!push_number(m, a, o, "n", OSSL_PKEY_PARAM_RSA_N) ||
	    !push_number(m, a, o, "e", OSSL_PKEY_PARAM_RSA_E))
		return false;
	for (size_t i = 0; is_private && i < NELEM(parts); i++)
		if (!push_number(m, a, o, parts[i][0], parts[i][1]))
			return false;
	return true;
}

/* Off-curve points make fromdata fail; a foreign private part the check. */
static EVP_PKEY *
to_pkey(struct arena *a, const struct json_object *o, enum jwk_alg alg,
	bool is_private)
{
	struct material m = {.bld = OSSL_PARAM_BLD_new()};
	EVP_PKEY *key = NULL;
	EVP_PKEY_CTX *check = NULL;
	bool fine;

	fine = m.bld && (alg == JWK_ES256 ? push_ec(&m, a, o, is_private)
					  : push_rsa(&m, a, o, is_private));
	if (!fine)
		goto out;
	m.params = OSSL_PARAM_BLD_to_param(m.bld);
	m.ctx = EVP_PKEY_CTX_new_from_name(
		NULL, alg == JWK_ES256 ? "EC" : "RSA", NULL);
	fine = m.params && m.ctx && EVP_PKEY_fromdata_init(m.ctx) == 1 &&
	       EVP_PKEY_fromdata(m.ctx, &key,
				 is_private ? EVP_PKEY_KEYPAIR
					    : EVP_PKEY_PUBLIC_KEY,
				 m.params) == 1;
	if (fine && alg == JWK_RS256)
		fine = EVP_PKEY_get_bits(key) >= RSA_MIN_BITS &&
		       EVP_PKEY_get_bits(key) <= RSA_MAX_BITS;
	if (fine) {
		check = EVP_PKEY_CTX_new(key, NULL);
		fine = check &&
		       (is_private ? EVP_PKEY_pairwise_check(check)
				   : EVP_PKEY_public_check(check)) == 1;
	}
out:
	EVP_PKEY_CTX_free(check);
	material_done(&m);
	if (!fine) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	return key;
}

static const char *
pem_of(struct arena *a, EVP_PKEY *key, bool is_private)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	char *p;
	long n;
	int rc;

	if (!bio)
		return NULL;
	arena_defer(a, free_bio, bio);
	rc = is_private ? PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0,
						   NULL, NULL)
			: PEM_write_bio_PUBKEY(bio, key);
	n = BIO_get_mem_data(bio, &p);
	return rc == 1 && n > 0 ? arena_strndup(a, p, (size_t)n) : NULL;
}

static bool
has_op(const struct json_object *o, const char *op)
{
	struct json_object *ops = json_get(o, "key_ops");

	if (!ops || !json_object_is_type(ops, json_type_array))
		return false;
	for (size_t i = 0; i < json_object_array_length(ops); i++) {
		struct json_object *item = json_object_array_get_idx(ops, i);

		if (json_object_is_type(item, json_type_string) &&
		    strcmp(json_object_get_string(item), op) == 0)
			return true;
	}
	return false;
}

static const char *
public_json(struct arena *a, const struct json_object *o, const struct jwk *k)
{
	static const char *const ec[] = {"crv", "x", "y", NULL};
	static const char *const rsa[] = {"n", "e", NULL};
	const char *const *names = k->alg == JWK_ES256 ? ec : rsa;
	struct buf b = buf_on(a);

	buf_add(&b, "{\"kty\":");
	buf_add_json(&b, json_text(o, "kty"));
	buf_addf(&b, ",\"alg\":\"%s\"", jwk_alg_name(k->alg));
	if (k->kid[0]) {
		buf_add(&b, ",\"kid\":");
		buf_add_json(&b, k->kid);
	}
	buf_add(&b, ",\"use\":\"sig\",\"key_ops\":[\"verify\"]");
	for (; *names; names++) {
		buf_addf(&b, ",\"%s\":", *names);
		buf_add_json(&b, json_text(o, *names));
	}
	buf_add(&b, "}");
	return buf_str(&b);
}

static bool
load_oct(struct arena *a, const struct json_object *o, struct jwk *k,
	 struct err *e)
{
	if (!member_bytes(a, o, "k", &k->secret) || k->secret.n < SECRET_MIN)
		return bad(e, "an oct key needs 32 bytes or more");
	k->alg = JWK_HS256;
	k->can_sign = has_op(o, "sign");
	return true;
}

static bool
load_pair(struct arena *a, const struct json_object *o, struct jwk *k,
	  struct err *e)
{
	bool is_private = json_text(o, "d") != NULL;
	EVP_PKEY *key = to_pkey(a, o, k->alg, is_private);

	if (!key)
		return bad(e, k->alg == JWK_ES256
				      ? "not a whole and valid P-256 key"
				      : "not a whole and valid RSA key of 2048 "
					"to 8192 bits");
	arena_defer(a, free_pkey, key);
	k->public_pem = pem_of(a, key, false);
	k->private_pem = is_private ? pem_of(a, key, true) : NULL;
	if (!k->public_pem || (is_private && !k->private_pem))
		return bad(e, "OpenSSL cannot write it as PEM");
	k->can_sign = is_private && has_op(o, "sign");
	k->public_json = public_json(a, o, k);
	return true;
}

bool
jwk_load(struct arena *a, const struct json_object *o, struct jwk *out,
	 struct err *e)
{
	const char *kty = json_text(o, "kty"), *alg = json_text(o, "alg");
	const char *use = json_text(o, "use"), *kid = json_text(o, "kid");
	struct jwk k = {.kid = arena_strdup(a, kid ? kid : "")};
	bool done;

	if (!kty)
		return bad(e, "kty is missing");
	if (use && strcmp(use, "sig") != 0)
		return bad(e, "not a key for signatures");
	if (strcmp(kty, "oct") == 0) {
		done = load_oct(a, o, &k, e);
	} else if (strcmp(kty, "EC") == 0 || strcmp(kty, "RSA") == 0) {
		k.alg = kty[0] == 'E' ? JWK_ES256 : JWK_RS256;
		done = load_pair(a, o, &k, e);
	} else {
		return bad(e, "kty must be EC, RSA or oct");
	}
	if (!done)
		return false;
	if (alg && strcmp(alg, jwk_alg_name(k.alg)) != 0)
		return bad(e, "alg must be ES256, RS256 or HS256 and fit kty");
	*out = k;
	return true;
}

static bool
add_number(struct buf *b, EVP_PKEY *key, const char *param, const char *name)
{
	unsigned char raw[COORDINATE];
	BIGNUM *bn = NULL;
	bool fine = EVP_PKEY_get_bn_param(key, param, &bn) == 1 &&
		    BN_bn2binpad(bn, raw, COORDINATE) == COORDINATE;

	if (fine)
		buf_addf(b, ",\"%s\":\"%s\"", name,
			 enc_base64url(b->a, raw, COORDINATE));
	BN_clear_free(bn);
	OPENSSL_cleanse(raw, sizeof raw);
	return fine;
}

bool
jwk_new_es256(struct arena *a, const char **json, struct err *e)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	struct buf b = buf_on(a);
	char kid[UUID_TEXT];

	if (!key)
		return err_set(e, 500, "openssl", "cannot make a P-256 key");
	arena_defer(a, free_pkey, key);
	rand_uuid(kid);
	buf_addf(&b,
		 "{\"kty\":\"EC\",\"kid\":\"%s\",\"alg\":\"ES256\","
		 "\"use\":\"sig\",\"key_ops\":[\"sign\",\"verify\"],"
		 "\"crv\":\"P-256\"",
		 kid);
	if (!add_number(&b, key, OSSL_PKEY_PARAM_EC_PUB_X, "x") ||
	    !add_number(&b, key, OSSL_PKEY_PARAM_EC_PUB_Y, "y") ||
	    !add_number(&b, key, OSSL_PKEY_PARAM_PRIV_KEY, "d"))
		return err_set(e, 500, "openssl", "cannot read the new key");
	buf_add(&b, "}");
	*json = buf_str(&b);
	return true;
}
