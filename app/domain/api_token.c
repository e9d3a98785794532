#include "api_token.h"

#include <string.h>

#include "core/digest.h"
#include "core/rand.h"

enum {
	RANDOM_CHARS = 43,
	SHOWN_CHARS = 8
};

static const char head[] = "mst_";

struct api_token
api_token_new(struct arena *a)
{
	char *text = arena_alloc(a, sizeof head + RANDOM_CHARS);
	char *hash = arena_alloc(a, SHA256_HEX);

	memcpy(text, head, sizeof head);
	rand_token(text + strlen(head), RANDOM_CHARS);
	sha256_hex(text, strlen(text), hash);
	return (struct api_token){text, hash,
				  arena_strndup(a, text, SHOWN_CHARS)};
}

bool
api_token_is(const char *text)
{
	return strncmp(text, head, strlen(head)) == 0;
}

bool
api_token_in(const char *text)
{
	static const char chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789-_";

	while ((text = strstr(text, head))) {
		text += strlen(head);
		if (strspn(text, chars) >= RANDOM_CHARS / 2)
			return true;
	}
	return false;
}
