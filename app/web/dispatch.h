#ifndef WEB_DISPATCH_H
#define WEB_DISPATCH_H

/*
 * dispatch - from the parameters of nginx to a handler and back.
 */
#include "req.h"
#include "stats.h"

struct jwt_cache;
struct worker_self;

struct dispatcher {
	struct ctx *ctx;
	struct arena *arena; /* reset after each request */
	struct jwt_cache *cache;
	struct stats *stats;
	const struct worker_self *self;
};

/* Serves the request that t has accepted; never fails. */
void dispatch(struct dispatcher *d, struct transport *t);

#endif
