#include "enc.h"

#include <string.h>

static const char std_abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuv"
			      "wxyz0123456789+/";
static const char url_abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuv"
			      "wxyz0123456789-_";

static char *
encode64(struct arena *a, const unsigned char *p, size_t n, const char *abc,
	 bool pad)
{
	char *out = arena_alloc(a, (n + 2) / 3 * 4 + 1), *q = out;

	for (; n >= 3; p += 3, n -= 3) {
		*q++ = abc[p[0] >> 2];
		*q++ = abc[(p[0] & 3) << 4 | p[1] >> 4];
		*q++ = abc[(p[1] & 15) << 2 | p[2] >> 6];
		*q++ = abc[p[2] & 63];
	}
	if (n > 0) {
		unsigned second = n == 2 ? p[1] : 0;

		*q++ = abc[p[0] >> 2];
		*q++ = abc[(p[0] & 3) << 4 | second >> 4];
		if (n == 2)
			*q++ = abc[(second & 15) << 2];
		else if (pad)
			*q++ = '=';
		if (pad)
			*q++ = '=';
	}
	*q = '\0';
	return out;
}

char *
enc_base64(struct arena *a, const void *p, size_t n)
{
	return encode64(a, p, n, std_abc, true);
}

char *
enc_base64url(struct arena *a, const void *p, size_t n)
{
	return encode64(a, p, n, url_abc, false);
}

void
enc_hex_to(const void *p, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *u = p;

	for (size_t i = 0; i < n; i++) {
		*out++ = digits[u[i] >> 4];
		*out++ = digits[u[i] & 15];
	}
	*out = '\0';
}

char *
enc_hex(struct arena *a, const void *p, size_t n)
{
	char *out = arena_alloc(a, 2 * n + 1);

	enc_hex_to(p, n, out);
	return out;
}

/* Value of a digit of either alphabet, or -1; the last two digits differ. */
static int
value64(char c, const char *abc)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == abc[62])
		return 62;
	return c == abc[63] ? 63 : -1;
}

int
enc_base64_value(char c)
{
	return value64(c, std_abc);
}

static bool
decode64(struct arena *a, struct span s, const char *abc, struct span *out)
{
	unsigned char *p = arena_alloc(a, s.n / 4 * 3 + 3);
	size_t n = 0;
	unsigned acc = 0;
	unsigned bits = 0;

	if (s.n % 4 == 1)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		int v = value64(s.p[i], abc);

		if (v < 0)
			return false;
		acc = (acc << 6 | (unsigned)v) & 0xffff;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			p[n++] = (unsigned char)(acc >> bits & 0xff);
		}
	}
	/* Left-over bits that are not zero: two texts for one value. */
	if (acc & ((1U << bits) - 1))
		return false;
	*out = (struct span){(const char *)p, n};
	return true;
}

bool
dec_base64(struct arena *a, struct span s, struct span *out)
{
	if (s.n % 4 != 0)
		return false;
	for (int i = 0; i < 2 && s.n > 0 && s.p[s.n - 1] == '='; i++)
		s.n--;
	return decode64(a, s, std_abc, out);
}

bool
dec_base64url(struct arena *a, struct span s, struct span *out)
{
	return decode64(a, s, url_abc, out);
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Two hex digits at p, or -1. */
static int
hex_byte(const char *p)
{
	int hi = hex_value(p[0]), lo = hex_value(p[1]);

	return hi < 0 || lo < 0 ? -1 : hi << 4 | lo;
}

bool
dec_hex(struct arena *a, struct span s, struct span *out)
{
	char *p = arena_alloc(a, s.n / 2 + 1);

	if (s.n % 2 != 0)
		return false;
	for (size_t i = 0; i < s.n / 2; i++) {
		int v = hex_byte(s.p + 2 * i);

		if (v < 0)
			return false;
		p[i] = (char)v;
	}
	*out = (struct span){p, s.n / 2};
	return true;
}

bool
dec_percent(struct arena *a, struct span s, bool plus_is_space,
	    struct span *out)
{
	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		int v = (unsigned char)s.p[i];

		if (v == '+' && plus_is_space)
			v = ' ';
		if (v == '%') {
			v = s.n - i > 2 ? hex_byte(s.p + i + 1) : -1;
			if (v <= 0)
				return false;
			i += 2;
		}
		p[n++] = (char)v;
	}
	*out = (struct span){p, n};
	return true;
}
