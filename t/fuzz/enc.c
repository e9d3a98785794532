/* Whatever a decoder takes must be what the encoder writes, and times and
 * texts from outside must not surprise their parsers. */
#include <assert.h>
#include <string.h>

#include "core/clock.h"
#include "core/enc.h"
#include "core/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static bool
same(struct span s, const char *text)
{
	return s.n == strlen(text) && memcmp(s.p, text, s.n) == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena *a = arena_new(256 * MiB);
	struct span in = {(const char *)p, n}, out;
	char text[CLOCK_RFC3339], http[CLOCK_HTTP];
	int64_t t, again;

	if (dec_base64(a, in, &out))
		assert(same(in, enc_base64(a, out.p, out.n)));
	if (dec_base64url(a, in, &out))
		assert(same(in, enc_base64url(a, out.p, out.n)));
	if (dec_hex(a, in, &out))
		assert(out.n == n / 2);
	if (dec_percent(a, in, n & 1, &out))
		assert(out.n <= n);
	if (utf8_ok(in.p, n, UTF8_NUL_ALLOWED))
		assert(utf8_count(in.p, n) <= n);
	if (clock_parse_rfc3339(in, &t) && t >= -62167219200000 &&
	    t <= 253402300799999) {
		clock_rfc3339(t, text);
		assert(clock_parse_rfc3339(span_of(text), &again) &&
		       again == t);
	}
	if (clock_parse_http(in, &t)) {
		clock_http(t, http);
		assert(clock_parse_http(span_of(http), &again) && again == t);
	}
	arena_free(a);
	return 0;
}
