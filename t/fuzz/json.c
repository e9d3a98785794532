/* Whatever core/json takes must print as JSON that it takes again. */
#include <assert.h>
#include <string.h>

#include "core/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena *a = arena_new(256 * MiB);
	struct json_object *o, *again;
	struct err e;

	if (json_parse(a, (const char *)p, n, &o, &e)) {
		const char *text = json_dump(o);

		assert(json_parse(a, text, strlen(text), &again, &e));
	} else {
		assert(e.status == 400);
	}
	arena_free(a);
	return 0;
}
