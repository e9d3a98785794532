#ifndef CORE_PASSWD_H
#define CORE_PASSWD_H

/*
 * passwd - bcrypt through libxcrypt, as GoTrue writes it: $2a$, cost 10.
 *
 * bcrypt reads 72 bytes and stops at a NUL, so longer passwords and those
 * with a NUL are refused instead of cut.  One check costs about 60 ms of a
 * core: rate limits and lockouts come before it, never after.
 */
#include "base.h"
#include "err.h"

enum {
	PASSWD_HASH = 61, /* with the NUL */
	PASSWD_MAX_BYTES = 72,
};

/* 400 validation_failed for a password bcrypt cannot hold. */
bool passwd_hash(struct span password, char out[static PASSWD_HASH],
		 struct err *e) MUST_CHECK;
/*
 * Is this the password of that hash?  Takes as long when the hash is of a
 * kind that is not bcrypt, empty or NULL (no such user, no password), so the
 * answer's time tells nobody which accounts exist.
 */
bool passwd_check(struct span password, const char *hash) MUST_CHECK;
/* May this text be stored as a hash (import)?  Only bcrypt, not $2x$. */
bool passwd_is_hash(const char *hash);
/* The time of one check, for callers that know there is nothing to check. */
void passwd_dummy(struct span password);

#endif
