#ifndef CORE_ENC_H
#define CORE_ENC_H

/*
 * enc - base64, base64url, hex (RFC 4648) and percent-decoding (RFC 3986).
 *
 * Encoders never fail.  Decoders are strict and return false for anything an
 * encoder would not have written: foreign characters, white space, padding
 * where there must be none (base64url) or none where there must be some
 * (base64), left-over bits.  Results live in the arena; a NUL follows the
 * bytes but is not counted.
 */
#include "arena.h"
#include "base.h"

char *enc_base64(struct arena *a, const void *p, size_t n);
char *enc_base64url(struct arena *a, const void *p, size_t n); /* no = */
char *enc_hex(struct arena *a, const void *p, size_t n);       /* lower case */
void enc_hex_to(const void *p, size_t n, char *out); /* out: 2 * n + 1 */

/* Of one digit, 0 to 63; -1: it is none. */
int enc_base64_value(char c);
bool dec_base64(struct arena *a, struct span s, struct span *out) MUST_CHECK;
bool dec_base64url(struct arena *a, struct span s, struct span *out) MUST_CHECK;
bool dec_hex(struct arena *a, struct span s, struct span *out) MUST_CHECK;
/* %XX becomes a byte; with plus_is_space also + a space (forms).  %00 and an
 * unfinished escape are refused; everything else passes as it is. */
bool dec_percent(struct arena *a, struct span s, bool plus_is_space,
		 struct span *out) MUST_CHECK;

#endif
