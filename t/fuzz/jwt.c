/* No text may pass for a token of ours. */
#include <assert.h>

#include "core/jwt.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char secret[] = "0123456789abcdef0123456789abcdef";
	struct arena *a = arena_new(256 * MiB);
	struct jwt_keys *k = jwt_keys_new();
	struct jwt_claims claims;
	struct err e;

	assert(jwt_keys_set_secret(k, secret, sizeof secret - 1, &e));
	assert(!jwt_verify(k, a, (struct span){(const char *)p, n}, &claims,
			   &e));
	assert(e.status == 401);
	jwt_keys_free(k);
	arena_free(a);
	return 0;
}
