#include "rand.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

const char rand_abc_base36[] = "0123456789abcdefghijklmnopqrstuvwxyz";
const char rand_abc_base32[] = "abcdefghijklmnopqrstuvwxyz234567";
const char rand_abc_url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "abcdefghijklmnopqrstuvwxyz0123456789-_";

void
rand_bytes(void *p, size_t n)
{
	unsigned char *u = p;

	while (n > 0) {
		ssize_t got = getrandom(u, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			abort();
		u += got;
		n -= (size_t)got;
	}
}

/* Bytes past the last full multiple of limit are thrown away: a plain modulo
 * would favour the low values. */
static unsigned
small_below(unsigned limit)
{
	unsigned char byte;
	unsigned most = 256 - 256 % limit;

	do
		rand_bytes(&byte, 1);
	while (byte >= most);
	return byte % limit;
}

uint32_t
rand_below(uint32_t limit)
{
	uint32_t v, rest = (UINT32_MAX - limit + 1) % limit;

	do
		rand_bytes(&v, sizeof v);
	while (v < rest);
	return v % limit;
}

void
rand_text(char *out, size_t n, const char *alphabet)
{
	unsigned choices = (unsigned)strlen(alphabet);

	for (size_t i = 0; i < n; i++)
		out[i] = alphabet[small_below(choices)];
	out[n] = '\0';
}

void
rand_digits(char *out, size_t n)
{
	rand_text(out, n, "0123456789");
}

void
rand_token(char *out, size_t n)
{
	rand_text(out, n, rand_abc_url);
}

void
rand_uuid(char out[static UUID_TEXT])
{
	unsigned char b[16];

	rand_bytes(b, sizeof b);
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	snprintf(out, UUID_TEXT,
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
		 "%02x%02x%02x%02x%02x%02x",
		 b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9],
		 b[10], b[11], b[12], b[13], b[14], b[15]);
}
