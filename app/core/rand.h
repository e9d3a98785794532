#ifndef CORE_RAND_H
#define CORE_RAND_H

/*
 * rand - random numbers for secrets, from getrandom(2).
 *
 * Failure: none; a kernel that gives no random bytes ends the process.
 */
#include "base.h"

enum {
	UUID_TEXT = 37
}; /* with the NUL */

extern const char rand_abc_base36[]; /* 0-9a-z */
extern const char rand_abc_base32[]; /* a-z2-7, refresh tokens */
extern const char rand_abc_url[];    /* the 64 characters of base64url */

void rand_bytes(void *p, size_t n);
uint32_t rand_below(uint32_t limit); /* uniform in 0..limit-1; limit > 0 */

/* n characters, each drawn uniformly, and a NUL: out holds n + 1. */
void rand_text(char *out, size_t n, const char *alphabet);
void rand_digits(char *out, size_t n); /* one-time codes */
void rand_token(char *out, size_t n);  /* base64url: 6 bits a character */

void rand_uuid(char out[static UUID_TEXT]); /* version 4, lower case */

#endif
