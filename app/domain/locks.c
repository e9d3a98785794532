#include "locks.h"

#include "core/base.h"
#include "core/err.h"
#include "core/rand.h"

/* The fence is counted per kind, not per resource: still greater with every
 * lock of a resource, and no key for every task there ever was. */
static const char take_text[] =
	"if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then "
	"return redis.call('INCR', KEYS[2]) end "
	"return 0";

/* Whoever was paused for longer than its lock lived must not take away the
 * lock of the next. */
static const char release_text[] =
	"if redis.call('GET', KEYS[1]) == ARGV[1] then "
	"return redis.call('DEL', KEYS[1]) end "
	"return 0";

struct lock
lock_take(struct redis *r, struct arena *a, const char *prefix,
	  const char *kind, const char *id, int64_t life_ms)
{
	struct redis_script script = {.text = take_text};
	struct lock l = {.state = LOCK_ABSENT};
	char owner[UUID_TEXT];
	struct redis_reply reply;
	struct err lost;

	rand_uuid(owner);
	l.owner = arena_strdup(a, owner);
	l.key = arena_printf(a, "%slock:%s:%s", prefix, kind, id);

	const char *const list[] = {
		l.key,
		arena_printf(a, "%sfence:%s", prefix, kind),
		l.owner,
		arena_printf(a, "%lld", (long long)life_ms),
	};
	const struct redis_args args = {list, 2, NELEM(list)};

	if (!redis_is_there(r) ||
	    !redis_eval(r, a, &script, &args, &reply, &lost))
		return l;
	l.fence = reply.num;
	l.state = l.fence > 0 ? LOCK_MINE : LOCK_OTHERS;
	return l;
}

void
lock_release(struct redis *r, struct arena *a, struct lock *l)
{
	struct redis_script script = {.text = release_text};
	const char *const list[] = {l->key, l->owner};
	const struct redis_args args = {list, 1, NELEM(list)};
	struct redis_reply reply;
	struct err lost;

	if (l->state != LOCK_MINE)
		return;
	l->state = LOCK_ABSENT;
	/* When that fails the lock ends with its life. */
	if (!redis_eval(r, a, &script, &args, &reply, &lost))
		return;
}
