#ifndef WEB_WORKER_H
#define WEB_WORKER_H

/*
 * worker - one process that answers one request at a time.
 *
 * TERM: finish the request at hand, then end.  The master kills a worker that
 * overruns its time, so nothing here guards against an endless handler.
 */
#include <signal.h>

#include "domain/ctx.h"
#include "domain/settings.h"
#include "stats.h"

enum pool {
	POOL_WEB,
	POOL_IO,
	POOL_COUNT,
};

extern const char *const pool_names[POOL_COUNT];

/* What a worker knows of itself. */
struct worker_self {
	enum pool pool;
	struct worker_slot *slot;
	sigset_t open_mask; /* of waits: lets TERM through */
};

/* TERM has come: what can end early should. */
bool worker_stopping(void);

/* What its master gives a worker; all of it borrowed. */
struct worker_start {
	enum pool pool;
	int listener;
	const struct settings *set;
	const struct ctx_shared *shared;
	struct stats *stats;
	struct worker_slot *slot;
	pid_t master;
};

/* Runs until told to end, or until master, its parent, has died; returns the
 * exit code.  All handled signals are blocked when it is called. */
int worker_main(const struct worker_start *start);

#endif
