#ifndef DOMAIN_LOCKS_H
#define DOMAIN_LOCKS_H

/*
 * locks - "somebody is at it" for all machines at once, in Redis.
 *
 * A lock may be lost (Redis restarts, its holder pauses for longer than its
 * life), so it never decides: the database does, by the condition of an
 * update.  It only spares the database those who would wait for one row.
 * Whoever writes something that has no such condition stores the fence with it
 * and refuses a smaller one.
 *
 * Failure: none.  Without Redis every lock is LOCK_ABSENT and work goes on.
 */
#include "core/arena.h"
#include "core/redis.h"

enum lock_state {
	LOCK_MINE,
	LOCK_OTHERS, /* held by somebody else */
	LOCK_ABSENT, /* no Redis: nobody knows */
};

struct lock {
	const char *key;
	const char *owner;
	int64_t fence; /* grows with every lock of the kind; 0: not mine */
	enum lock_state state;
};

/* The lock of resource `id` of a kind ("task"), for life_ms at most.  Texts of
 * the lock live in the arena. */
struct lock lock_take(struct redis *r, struct arena *a, const char *prefix,
		      const char *kind, const char *id, int64_t life_ms);
/* Gives back what is mine and nobody else's; otherwise nothing. */
void lock_release(struct redis *r, struct arena *a, struct lock *l);

#endif
