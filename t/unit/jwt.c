/* Keys and tokens: what is accepted, and everything hostile that is not. */
#include <stdlib.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "core/clock.h"
#include "core/digest.h"
#include "core/enc.h"
#include "core/jwk.h"
#include "core/jwt.h"

#include "t/tap.h"

static const char secret[] = "super-secret-jwt-token-with-at-least-32-chars";

static struct arena *a;
static struct jwt_keys *ring;
static const char *es_json; /* the private JWK the ring signs with */
static const char *kid;

static const char *
claims(int64_t exp)
{
	return arena_printf(a, "{\"sub\":\"u1\",\"exp\":%lld}", (long long)exp);
}

/* An HS256 token of any header and payload, signed with any key. */
static const char *
forge(const char *header, const char *payload, const char *key, size_t key_n)
{
	unsigned char mac[32];
	char *text = arena_printf(a, "%s.%s",
				  enc_base64url(a, header, strlen(header)),
				  enc_base64url(a, payload, strlen(payload)));

	hmac_sha256(key, key_n, text, strlen(text), mac);
	return arena_printf(a, "%s.%s", text,
			    enc_base64url(a, mac, sizeof mac));
}

static const char *
legacy(const char *payload)
{
	return forge("{\"alg\":\"HS256\",\"typ\":\"JWT\"}", payload, secret,
		     sizeof secret - 1);
}

static bool
accepts(const char *token)
{
	struct jwt_claims c;
	struct err e;

	return jwt_verify(ring, a, span_of(token), &c, &e);
}

static void
refused(const char *token, const char *name)
{
	struct jwt_claims c = {.kid = "untouched"};
	struct err e = {0};
	bool passed = jwt_verify(ring, a, span_of(token), &c, &e);

	if (!ok(!passed && e.status == 401 && strcmp(c.kid, "untouched") == 0,
		name))
		printf("# %s %d %s\n", passed ? "accepted" : "refused",
		       e.status, e.message);
}

static void
setup(void)
{
	struct json_object *o;
	struct jwk k;
	struct err e;
	const char *list;

	ring = jwt_keys_new();
	if (!ok(jwk_new_es256(a, &es_json, &e), "a key is made"))
		exit(1);
	ok(json_parse(a, es_json, strlen(es_json), &o, &e) &&
		   jwk_load(a, o, &k, &e) && k.can_sign,
	   "and read back");
	kid = k.kid;
	ok(!strstr(k.public_json, "\"d\""), "its public part has no d");
	list = arena_printf(a, "[%s]", es_json);
	ok(jwt_keys_load(ring, list, strlen(list), &e), "a ring is loaded");
	ok(jwt_keys_set_secret(ring, secret, sizeof secret - 1, &e),
	   "and the legacy secret");
	is(jwt_keys_public(ring),
	   arena_printf(a, "{\"keys\":[%s]}", k.public_json),
	   "the JWKS lists the public part");
}

static void
test_round_trip(void)
{
	int64_t exp = clock_s() + 60;
	const char *token = "";
	struct jwt_claims c;
	struct err e;

	ok(jwt_sign(ring, a, claims(exp), &token, &e), "ES256: signed");
	ok(jwt_verify(ring, a, span_of(token), &c, &e), "and verified");
	is(c.kid, kid, "by its key");
	is_int(c.exp_s, exp, "exp is told");
	is(json_text(c.json, "sub"), "u1", "and so are the claims");
	ok(strstr(c.text.p, "\"sub\":\"u1\"") != NULL, "as text too");

	ok(jwt_sign_legacy(ring, a, claims(exp), &token, &e) &&
		   jwt_verify(ring, a, span_of(token), &c, &e),
	   "HS256: the legacy secret works");
	is(c.kid, "", "and has no kid");
	ok(accepts(forge("{\"alg\":\"HS256\",\"kid\":\"old\"}", claims(exp),
			 secret, sizeof secret - 1)),
	   "also under a kid that is no key of ours");
}

static void
test_times(void)
{
	long long now = (long long)clock_s();
	struct jwt_claims c;
	struct err e;

	ok(accepts(legacy(claims(now - JWT_LEEWAY_S + 2))), "within leeway");
	ok(!jwt_verify(ring, a, span_of(legacy(claims(now - 40))), &c, &e) &&
		   strcmp(e.code, "jwt_expired") == 0,
	   "an expired token is told apart");
	refused(legacy("{\"sub\":\"u1\"}"), "exp missing");
	refused(legacy("{\"exp\":null}"), "exp null");
	refused(legacy("{\"exp\":\"9999999999\"}"), "exp as a text");
	refused(legacy("{\"exp\":9999999999.5}"), "exp with a fraction");
	refused(legacy("{\"exp\":1e10}"), "exp as a real number");
	refused(legacy("{\"exp\":99999999999999999999999}"), "exp too big");
	refused(legacy("{\"exp\":9223372036854775807}"), "exp past year 9999");
	refused(legacy("{\"exp\":-1}"), "exp negative");
	refused(legacy("{\"exp\":1,\"exp\":9999999999}"), "exp twice");
	refused(legacy("{\"exp\":true}"), "exp true");
	refused(legacy(arena_printf(a, "{\"exp\":%lld,\"nbf\":%lld}", now + 99,
				    now + 90)),
		"nbf in the future");
	refused(legacy(arena_printf(a, "{\"exp\":%lld,\"iat\":%lld}", now + 99,
				    now + 90)),
		"iat in the future");
	refused(legacy(arena_printf(a, "{\"exp\":%lld,\"nbf\":\"0\"}",
				    now + 99)),
		"nbf as a text");
}

static void
test_confusion(void)
{
	int64_t exp = clock_s() + 60;
	const char *good = legacy(claims(exp));
	struct json_object *o;
	struct jwk k;
	struct err e;

	refused(forge("{\"alg\":\"none\"}", claims(exp), "", 0), "alg none");
	refused(forge("{\"alg\":\"None\"}", claims(exp), "", 0), "alg None");
	refused(arena_printf(
			a, "%s.%s.", enc_base64url(a, "{\"alg\":\"none\"}", 14),
			enc_base64url(a, claims(exp), strlen(claims(exp)))),
		"no signature at all");
	refused(forge("{\"alg\":\"HS256\"}", claims(exp), "", 0),
		"HS256 with the empty key");
	refused(forge("{\"alg\":\"hs256\"}", claims(exp), secret,
		      sizeof secret - 1),
		"alg in lower case");
	refused(forge("{\"alg\":\"HS512\"}", claims(exp), secret,
		      sizeof secret - 1),
		"an algorithm we do not use");
	refused(forge("{\"typ\":\"JWT\"}", claims(exp), secret,
		      sizeof secret - 1),
		"no alg");
	refused(forge("{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}", claims(exp),
		      secret, sizeof secret - 1),
		"another typ");
	refused(forge("{\"alg\":\"HS256\",\"crit\":[\"x\"]}", claims(exp),
		      secret, sizeof secret - 1),
		"crit");
	refused(forge("{\"alg\":\"HS256\",\"kid\":7}", claims(exp), secret,
		      sizeof secret - 1),
		"kid as a number");
	refused(forge("[\"HS256\"]", claims(exp), secret, sizeof secret - 1),
		"a header that is a list");
	refused(forge("{\"alg\":\"HS256\"}", "[1]", secret, sizeof secret - 1),
		"a payload that is a list");
	refused(forge("{\"alg\":\"HS256\"}", claims(exp),
		      "another secret that"
		      " is long enough to be one",
		      43),
		"another secret");

	if (!ok(json_parse(a, es_json, strlen(es_json), &o, &e) &&
			jwk_load(a, o, &k, &e),
		"the public key an attacker knows"))
		return;
	refused(forge(arena_printf(a, "{\"alg\":\"HS256\",\"kid\":\"%s\"}",
				   kid),
		      claims(exp), k.public_pem, strlen(k.public_pem)),
		"HS256 over the public PEM under its kid");
	refused(forge("{\"alg\":\"HS256\"}", claims(exp), k.public_pem,
		      strlen(k.public_pem)),
		"and without kid");
	refused(forge("{\"alg\":\"ES256\"}", claims(exp), secret,
		      sizeof secret - 1),
		"ES256 without kid");
	ok(accepts(good), "the untouched token still passes");
}

static void
test_mangled(void)
{
	const char *good = NULL;
	struct err e;
	size_t n;
	bool fine = true;

	if (!ok(jwt_sign(ring, a, claims(clock_s() + 60), &good, &e), "signed"))
		return;
	n = strlen(good);
	refused("", "no token");
	refused(".", "a point");
	refused("..", "two points");
	refused("a.b.c", "junk");
	refused(arena_printf(a, "%s.x", good), "a fourth segment");
	refused(arena_printf(a, ".%s", good), "an empty first segment");
	refused(arena_printf(a, "%s=", good), "padding");
	refused(arena_printf(a, "%s\n", good), "a newline");
	refused(arena_printf(a, " %s", good), "a blank");
	for (size_t i = 0; i < n && fine; i++)
		fine = !accepts(arena_strndup(a, good, i));
	ok(fine, "no cut token passes");
	srandom(11);
	for (int i = 0; i < 2000 && fine; i++) {
		char *t = arena_strdup(a, good);

		t[(size_t)random() % n] = (char)(random() & 0xff);
		fine = strcmp(t, good) == 0 || !accepts(t);
	}
	ok(fine, "no token with one changed byte passes");

	char *huge = arena_alloc(a, JWT_MAX_BYTES + 2);

	memset(huge, 'A', JWT_MAX_BYTES + 1);
	refused(huge, "a token that is too long");
}

static const char *
es256_on_curve(const char *crv, const char *x, const char *y)
{
	return arena_printf(a,
			    "{\"keys\":[{\"kty\":\"EC\",\"kid\":\"c\",\"crv\":"
			    "\"%s\",\"x\":\"%s\",\"y\":\"%s\"}]}",
			    crv, x, y);
}

static void
test_bad_keys(void)
{
	static const char x[] = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
	static const char y[] = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
	static const char *const lists[] = {
		"{}",
		"[]",
		"[1]",
		"[{}]",
		"not json",
		"[{\"kty\":\"oct\",\"kid\":\"k\",\"k\":\"\",\"key_ops\":"
		"[\"sign\"]}]",
		"[{\"kty\":\"oct\",\"kid\":\"k\",\"k\":\"c2hvcnQ\",\"key_ops\":"
		"[\"sign\"]}]",
		"[{\"kty\":\"OKP\",\"kid\":\"k\",\"crv\":\"Ed25519\",\"x\":"
		"\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]",
	};
	struct jwt_keys *k = jwt_keys_new();
	const char *two = arena_printf(a, "[%s,%s]", es_json, es_json);
	const char *text, *odd;
	struct err e;

	for (size_t i = 0; i < NELEM(lists); i++)
		ok(!jwt_keys_load(k, lists[i], strlen(lists[i]), &e) &&
			   e.status == 500,
		   lists[i]);
	ok(!jwt_keys_load(k, two, strlen(two), &e), "a kid used twice");
	ok(!jwt_keys_set_secret(k, "", 0, &e), "the empty secret");
	ok(!jwt_keys_set_secret(k, "short", 5, &e), "a short secret");
	is(jwt_keys_public(k), "{\"keys\":[]}", "nothing was taken over");

	text = es256_on_curve("P-256", x, y);
	ok(jwt_keys_load_public(k, text, strlen(text), &e) &&
		   strstr(jwt_keys_public(k), x),
	   "a key on the curve is taken");
	text = es256_on_curve("P-384", x, y);
	ok(jwt_keys_load_public(k, text, strlen(text), &e), "another curve");
	is(jwt_keys_public(k), "{\"keys\":[]}", "is passed over");
	text = es256_on_curve("P-256", y, x);
	ok(jwt_keys_load_public(k, text, strlen(text), &e), "off the curve");
	is(jwt_keys_public(k), "{\"keys\":[]}", "is passed over too");
	ok(!jwt_keys_load_public(k, "{\"key\":[]}", 10, &e),
	   "an answer that is no JWKS keeps the old keys");

	/* d of one key, x and y of another. */
	if (ok(jwk_new_es256(a, &odd, &e), "another key")) {
		const char *d = strstr(odd, "\"d\":");
		const char *own = strstr(es_json, "\"d\":");

		text = arena_printf(a, "[%.*s%s]", (int)(own - es_json),
				    es_json, d);
		ok(!jwt_keys_load(k, text, strlen(text), &e),
		   "a private part of another key");
	}
	jwt_keys_free(k);
	jwt_keys_free(NULL);
}

static void
test_nothing_loaded(void)
{
	struct jwt_keys *k = jwt_keys_new();
	const char *token;
	struct jwt_claims c;
	struct err e;

	ok(!jwt_verify(k, a, span_of(legacy(claims(clock_s() + 9))), &c, &e) &&
		   e.status == 401,
	   "without keys no token passes");
	ok(!jwt_keys_prove(k, &e) && e.status == 500, "no keys prove nothing");
	ok(jwt_keys_prove(ring, &e), "the ring's do");
	ok(!jwt_sign(k, a, "{}", &token, &e) && e.status == 500,
	   "nor is one signed");
	jwt_keys_free(k);
}

static const char *fetched;
static int fetches;

static bool
fake_fetch(struct jwt_keys *k, void *arg, struct err *e)
{
	(void)arg;
	fetches++;
	return jwt_keys_load_public(k, fetched, strlen(fetched), e);
}

/* The verifier of a hosted project: public keys only, fetched when needed. */
static void
test_refresh(void)
{
	struct jwt_keys *k = jwt_keys_new();
	const char *token = "", *other = "";
	struct jwt_claims c;
	struct err e;

	fetched = arena_strdup(a, jwt_keys_public(ring));
	jwt_keys_refresh_with(k, fake_fetch, NULL);
	ok(jwt_sign(ring, a, claims(clock_s() + 60), &token, &e) &&
		   jwt_verify(k, a, span_of(token), &c, &e),
	   "the first token fetches the keys");
	ok(jwt_verify(k, a, span_of(token), &c, &e), "the second");
	is_int(fetches, 1, "does not");
	other = forge("{\"alg\":\"ES256\",\"kid\":\"unknown\"}",
		      claims(clock_s() + 60), secret, sizeof secret - 1);
	for (int i = 0; i < 3; i++)
		if (jwt_verify(k, a, span_of(other), &c, &e))
			ok(false, "an unknown kid passed");
	is_int(fetches, 2, "unknown kids cannot make us fetch all the time");
	jwt_keys_free(k);
}

static void
test_rsa(void)
{
	EVP_PKEY *small = EVP_RSA_gen(1024);
	struct json_object *o;
	BIGNUM *n = NULL;
	unsigned char raw[128];
	struct jwk k;
	struct err e;
	const char *text;

	if (!ok(small && EVP_PKEY_get_bn_param(small, "n", &n) == 1 &&
			BN_bn2binpad(n, raw, sizeof raw) == sizeof raw,
		"a short RSA key"))
		return;
	text = arena_printf(a, "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"AQAB\"}",
			    enc_base64url(a, raw, sizeof raw));
	ok(json_parse(a, text, strlen(text), &o, &e) && !jwk_load(a, o, &k, &e),
	   "is refused");
	BN_free(n);
	EVP_PKEY_free(small);
}

static char *
add_bn(char *json, EVP_PKEY *key, const char *param, const char *name)
{
	unsigned char raw[512];
	BIGNUM *n = NULL;
	int len;

	if (EVP_PKEY_get_bn_param(key, param, &n) != 1)
		return json;
	len = BN_bn2bin(n, raw);
	BN_free(n);
	return arena_printf(a, "%s,\"%s\":\"%s\"", json, name,
			    enc_base64url(a, raw, (size_t)len));
}

static void
test_rsa_round_trip(void)
{
	static const char *const parts[][2] = {
		{"n",                "n" },
		{"e",                "e" },
		{"d",                "d" },
		{"rsa-factor1",      "p" },
		{"rsa-factor2",      "q" },
		{"rsa-exponent1",    "dp"},
		{"rsa-exponent2",    "dq"},
		{"rsa-coefficient1", "qi"},
	};
	EVP_PKEY *key = EVP_RSA_gen(2048);
	char *json = arena_strdup(a, "[{\"kty\":\"RSA\",\"kid\":\"r\",\"alg\":"
				     "\"RS256\",\"key_ops\":[\"sign\"]");
	struct jwt_keys *k = jwt_keys_new();
	const char *token = "";
	struct jwt_claims c;
	struct err e = {0};

	for (size_t i = 0; i < NELEM(parts); i++)
		json = add_bn(json, key, parts[i][0], parts[i][1]);
	json = arena_printf(a, "%s}]", json);
	ok(jwt_keys_load(k, json, strlen(json), &e) &&
		   jwt_sign(k, a, claims(clock_s() + 60), &token, &e) &&
		   jwt_verify(k, a, span_of(token), &c, &e),
	   "RS256: loaded, signed, verified");
	ok(!strstr(jwt_keys_public(k), "\"d\"") &&
		   !strstr(jwt_keys_public(k), "\"p\""),
	   "and its private parts are not published");
	refused(token, "a key of another ring");
	jwt_keys_free(k);
	EVP_PKEY_free(key);
}

int
main(void)
{
	a = arena_new(256 * MiB);
	setup();
	test_round_trip();
	test_times();
	test_confusion();
	test_mangled();
	test_bad_keys();
	test_nothing_loaded();
	test_refresh();
	test_rsa();
	test_rsa_round_trip();
	jwt_keys_free(ring);
	arena_free(a);
	return done_testing();
}
