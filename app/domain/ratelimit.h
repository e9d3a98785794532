#ifndef DOMAIN_RATELIMIT_H
#define DOMAIN_RATELIMIT_H

/*
 * ratelimit - how often somebody may knock at the doors that cost us bcrypt
 * work or mail.
 *
 * Buckets stand in Redis, so all machines count together.  While Redis is away
 * they stand in a file of run_dir that the workers of this machine share (or,
 * if that cannot be mapped, in the process itself); nothing goes unlimited.
 *
 * An IPv6 caller is its /64 network: single addresses of it are free.
 * Failure: 429 over_request_rate_limit with retry_after_s; never anything
 * else, a broken limiter must not close the doors.
 */
#include "core/arena.h"
#include "core/err.h"
#include "core/redis.h"
#include "domain/settings.h"

struct ratelimit;

enum limit {
	LIMIT_SIGN_UP,
	LIMIT_SIGN_IN, /* and refresh: then without account */
	LIMIT_RECOVER, /* whatever sends mail */
	LIMIT_VERIFY,
};

/* Both are borrowed.  r may be NULL (no Redis). */
struct ratelimit *ratelimit_new(const struct settings *set, struct redis *r);
void ratelimit_free(struct ratelimit *l); /* NULL is allowed */

/* One request from that address (NULL: unknown) concerning that account (NULL:
 * none; the e-mail address, the same person in the same letters).  Takes from
 * both buckets, or from none. */
bool ratelimit_request(struct ratelimit *l, struct arena *a, enum limit which,
		       const char *ip, const char *account,
		       struct err *e) MUST_CHECK;

/*
 * One guess at a secret of that account.  Call it BEFORE the secret is
 * looked at: it counts as wrong until ratelimit_forgive says it was right.
 * lockout_failures guesses are free, then one in lockout_s.
 */
bool ratelimit_guess(struct ratelimit *l, struct arena *a, const char *account,
		     struct err *e) MUST_CHECK;
void ratelimit_forgive(struct ratelimit *l, struct arena *a,
		       const char *account);

#endif
