#include "digest.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "enc.h"

struct digest {
	EVP_MD_CTX *ctx;
	const EVP_MD *md;
};

static const EVP_MD *
md_of(enum digest_kind kind)
{
	switch (kind) {
	case DIGEST_MD5:
		return EVP_md5();
	case DIGEST_SHA1:
		return EVP_sha1();
	case DIGEST_SHA224:
		return EVP_sha224();
	case DIGEST_SHA256:
		break;
	}
	return EVP_sha256();
}

static void
must(bool fine)
{
	if (!fine)
		abort();
}

struct digest *
digest_new(enum digest_kind kind)
{
	struct digest *d = calloc(1, sizeof *d);

	if (!d)
		abort();
	d->md = md_of(kind);
	d->ctx = EVP_MD_CTX_new();
	must(d->ctx && EVP_DigestInit_ex(d->ctx, d->md, NULL) == 1);
	return d;
}

void
digest_free(struct digest *d)
{
	if (!d)
		return;
	EVP_MD_CTX_free(d->ctx);
	free(d);
}

void
digest_add(struct digest *d, const void *p, size_t n)
{
	must(EVP_DigestUpdate(d->ctx, p, n) == 1);
}

size_t
digest_raw(struct digest *d, unsigned char out[static DIGEST_MAX])
{
	unsigned n = 0;

	must(EVP_DigestFinal_ex(d->ctx, out, &n) == 1);
	must(EVP_DigestInit_ex(d->ctx, d->md, NULL) == 1);
	return n;
}

void
digest_hex(struct digest *d, char out[static DIGEST_HEX_MAX])
{
	unsigned char raw[DIGEST_MAX];

	enc_hex_to(raw, digest_raw(d, raw), out);
}

static void
hex_of(const EVP_MD *md, const void *p, size_t n, char *out)
{
	unsigned char raw[DIGEST_MAX];
	unsigned got = 0;

	must(EVP_Digest(p, n, raw, &got, md, NULL) == 1);
	enc_hex_to(raw, got, out);
}

void
sha1_hex(const void *p, size_t n, char out[static 41])
{
	hex_of(EVP_sha1(), p, n, out);
}

void
sha224_hex(const void *p, size_t n, char out[static SHA224_HEX])
{
	hex_of(EVP_sha224(), p, n, out);
}

void
sha256_hex(const void *p, size_t n, char out[static SHA256_HEX])
{
	hex_of(EVP_sha256(), p, n, out);
}

void
sha256_raw(const void *p, size_t n, unsigned char out[static 32])
{
	must(EVP_Digest(p, n, out, NULL, EVP_sha256(), NULL) == 1);
}

void
hmac_sha256(const void *key, size_t key_n, const void *p, size_t n,
	    unsigned char out[static 32])
{
	unsigned got = 0;

	/* A NULL key would mean "the one before" to OpenSSL. */
	must(HMAC(EVP_sha256(), key ? key : "", (int)key_n, p, n, out, &got) !=
	     NULL);
}

bool
secret_equal(const void *x, size_t x_n, const void *y, size_t y_n)
{
	return x_n == y_n && CRYPTO_memcmp(x, y, x_n) == 0;
}
