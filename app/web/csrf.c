#include "csrf.h"

#include <string.h>

#include "core/digest.h"
#include "core/enc.h"
#include "core/rand.h"

const char *
csrf_mask(struct arena *a, const char *secret)
{
	unsigned char pair[2 * CSRF_CHARS];

	rand_bytes(pair, CSRF_CHARS);
	for (size_t i = 0; i < CSRF_CHARS; i++)
		pair[CSRF_CHARS + i] =
			(unsigned char)(pair[i] ^ (unsigned char)secret[i]);
	return enc_base64url(a, pair, sizeof pair);
}

bool
csrf_match(struct arena *a, const char *secret, const char *given)
{
	char plain[CSRF_CHARS];
	struct span pair;

	if (!secret || !given || strlen(secret) != CSRF_CHARS)
		return false;
	if (strlen(given) == CSRF_CHARS)
		return secret_equal(secret, CSRF_CHARS, given, CSRF_CHARS);
	if (!dec_base64url(a, span_of(given), &pair) ||
	    pair.n != 2 * sizeof plain)
		return false;
	for (size_t i = 0; i < sizeof plain; i++)
		plain[i] = (char)(pair.p[i] ^ pair.p[sizeof plain + i]);
	return secret_equal(secret, CSRF_CHARS, plain, sizeof plain);
}
