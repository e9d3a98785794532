/* A redirect that is let through must lead where the settings say, and any
 * pattern an admin writes must come to an end. */
#include <assert.h>
#include <string.h>
#include <strings.h>

#include "domain/email.h"
#include "domain/redirect.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char site[] = "https://app.example.com";
	struct arena *a = arena_new(256 * MiB);
	char *text = arena_strndup(a, (const char *)p, n);
	char *half = arena_strndup(a, text, strlen(text) / 2);
	const char *rest = text + strlen(half), *mail;

	if (redirect_ok(a, site, "https://*.example.org/**", text)) {
		struct span s = span_of(text);

		assert(!strpbrk(text, " \\\t\r\n"));
		assert((s.n > 5 && strncasecmp(text, "http", 4) == 0));
	}
	if (redirect_ok(a, site, "", text) && !strchr(text, '['))
		assert(strncasecmp(text, site, strlen(site)) == 0 ||
		       strstr(text, "//127."));
	redirect_glob(half, rest);
	redirect_ok(a, site, half, rest);
	mail = email_normal(a, text);
	assert(!mail || (strlen(mail) == strlen(text) &&
			 !strpbrk(mail, " \r\n<>,;:\"")));
	arena_free(a);
	return 0;
}
