#ifndef CORE_DIGEST_H
#define CORE_DIGEST_H

/*
 * digest - hashes through OpenSSL EVP, and the comparison of secrets.
 *
 * Ownership: digest_new() is heap; digest_free() accepts NULL.  The one-shot
 * functions write into the caller's array.
 * Failure: none to report.  These algorithms are always there; should OpenSSL
 * fail anyway (out of memory, FIPS provider without MD5), the process aborts
 * rather than go on with a hash that is none.
 */
#include "base.h"

enum digest_kind {
	DIGEST_MD5,
	DIGEST_SHA1,
	DIGEST_SHA224,
	DIGEST_SHA256
};

enum {
	DIGEST_MAX = 32, /* bytes of the longest digest */
	DIGEST_HEX_MAX = 2 * DIGEST_MAX + 1,
	SHA224_HEX = 57, /* with the NUL */
	SHA256_HEX = 65,
};

struct digest;

/* For streams: new, add..., hex or raw (which rewinds it for the next use). */
struct digest *digest_new(enum digest_kind kind);
void digest_free(struct digest *d);
void digest_add(struct digest *d, const void *p, size_t n);
size_t digest_raw(struct digest *d, unsigned char out[static DIGEST_MAX]);
void digest_hex(struct digest *d, char out[static DIGEST_HEX_MAX]);

/* Lower-case hex of one piece. */
void sha1_hex(const void *p, size_t n, char out[static 41]);
void sha224_hex(const void *p, size_t n, char out[static SHA224_HEX]);
void sha256_hex(const void *p, size_t n, char out[static SHA256_HEX]);
void sha256_raw(const void *p, size_t n, unsigned char out[static 32]);
void hmac_sha256(const void *key, size_t key_n, const void *p, size_t n,
		 unsigned char out[static 32]);

/* Equal?  Takes as long for a near miss as for a far one; only the lengths
 * show. */
bool secret_equal(const void *x, size_t x_n, const void *y, size_t y_n);

#endif
