/* A key server may answer anything: no keys, or keys that are sound. */
#include <assert.h>
#include <string.h>

#include "core/jwt.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct jwt_keys *k = jwt_keys_new(), *again = jwt_keys_new();
	const char *list;
	struct err e;

	if (jwt_keys_load_public(k, (const char *)p, n, &e)) {
		/* What we would publish of them, we would take again. */
		list = jwt_keys_public(k);
		assert(jwt_keys_load_public(again, list, strlen(list), &e));
		assert(strcmp(jwt_keys_public(again), list) == 0);
	} else {
		assert(e.status >= 400);
	}
	if (!jwt_keys_load(k, (const char *)p, n, &e))
		assert(e.status == 500);
	jwt_keys_free(k);
	jwt_keys_free(again);
	return 0;
}
