#include "wait.h"

#include "core/clock.h"
#include "fcgi.h"
#include "stats.h"
#include "worker.h"

enum {
	/* Longer than anybody waits: then all places were given anew. */
	CROWDED_MS = 30000
};

/* Never 0.  Two users that share one are treated as one. */
static uint64_t
whom(const struct req *rq)
{
	const char *sub = rq->caller.sub ? rq->caller.sub : "";
	uint64_t h = 14695981039346656037U; /* FNV-1a */

	for (; *sub; sub++)
		h = (h ^ (unsigned char)*sub) * 1099511628211U;
	return h ? h : 1;
}

/* A user alone may take all places.  When somebody who has none was turned
 * away, those who have their share get no more until he had his turn: one part
 * of as many as there are users, and him. */
static bool
is_fair(struct stats *s, uint64_t places, uint64_t user)
{
	uint64_t now = (uint64_t)clock_mono_ms(), own, users;
	uint64_t then = __atomic_load_n(&s->crowded_ms, __ATOMIC_SEQ_CST);

	stats_waiting_for(s, user, &own, &users);
	if (own > 1 && then && now - then < CROWDED_MS &&
	    own > places / (users + 1))
		return false;
	if (stats_waiting(s) <= places)
		return true;
	if (own <= 1)
		__atomic_store_n(&s->crowded_ms, now, __ATOMIC_SEQ_CST);
	return false;
}

/* Two that come at once may both be refused; never are both let in. */
bool
wait_begin(struct req *rq, int64_t most)
{
	int64_t left = rq->ctx->set->io_workers - 1;
	int64_t places = most < left ? most : left;
	struct worker_slot *slot;
	uint64_t user = whom(rq);

	if (!rq->self || rq->self->pool != POOL_IO)
		return false;
	slot = rq->self->slot;
	__atomic_store_n(&slot->waiting, user, __ATOMIC_SEQ_CST);
	if (is_fair(rq->stats, (uint64_t)places, user))
		return true;
	__atomic_store_n(&slot->waiting, 0, __ATOMIC_SEQ_CST);
	return false;
}

enum wait_end
wait_pause(struct req *rq, int ms)
{
	if (worker_stopping())
		return WAIT_STOP;
	switch (fcgi_pause(rq->transport, &rq->self->open_mask, ms)) {
	case FCGI_GONE:
		return WAIT_GONE;
	case FCGI_SIGNAL:
		return worker_stopping() ? WAIT_STOP : WAIT_LOOK;
	case FCGI_TIME:
	default:
		break;
	}
	return WAIT_LOOK;
}
