#include "wait.h"

#include "fcgi.h"
#include "stats.h"
#include "worker.h"

/* Two that come at once may both be refused; never are both let in. */
bool
wait_begin(struct req *rq, int64_t most)
{
	int64_t left = rq->ctx->set->io_workers - 1;
	struct worker_slot *slot;

	if (!rq->self || rq->self->pool != POOL_IO)
		return false;
	slot = rq->self->slot;
	__atomic_store_n(&slot->waiting, 1, __ATOMIC_SEQ_CST);
	if (stats_waiting(rq->stats) <= (uint64_t)(most < left ? most : left))
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
