#include "worker.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "caller.h"
#include "core/clock.h"
#include "core/log.h"
#include "dispatch.h"
#include "domain/ctx.h"
#include "fcgi.h"

const char *const pool_names[POOL_COUNT] = {"web", "io"};

static volatile sig_atomic_t stop;

static void
on_stop(int sig)
{
	(void)sig;
	stop = 1;
}

bool
worker_stopping(void)
{
	return stop;
}

/* Handlers stand before FCGX_Init, which replaces default ones.  The signals
 * stay blocked but for the wait: inside a read they would cut a body short. */
static void
take_signals(sigset_t *open_mask)
{
	struct sigaction act = {.sa_handler = on_stop};
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGUSR1, &act, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGINT, &ignore, NULL); /* Ctrl-C is for the master */
	sigaction(SIGHUP, &ignore, NULL);
	sigfillset(open_mask);
	sigdelset(open_mask, SIGTERM);
}

static void
set_state(struct worker_slot *slot, enum worker_state state)
{
	uint64_t since = state == WORKER_BUSY ? (uint64_t)clock_mono_ms() : 0;

	__atomic_store_n(&slot->busy_since_ms, since, __ATOMIC_RELAXED);
	__atomic_store_n(&slot->state, state, __ATOMIC_RELAXED);
	/* A wait ends with its request at the latest. */
	__atomic_store_n(&slot->waiting, 0, __ATOMIC_RELAXED);
}

static int
serve_all(struct dispatcher *d, struct transport *t)
{
	struct worker_slot *slot = d->self->slot;
	int64_t most = d->ctx->set->max_requests;

	for (int64_t n = 0; !stop && n < most;) {
		set_state(slot, WORKER_IDLE);
		switch (fcgi_accept(t, &d->self->open_mask)) {
		case FCGI_NOTHING:
			continue;
		case FCGI_BROKEN:
			return 1;
		case FCGI_REQUEST:
		default:
			break;
		}
		set_state(slot, WORKER_BUSY);
		dispatch(d, t);
		fcgi_finish(t);
		stats_add(&slot->requests, 1);
		n++;
	}
	return 0;
}

int
worker_main(enum pool pool, int listener, const struct settings *set,
	    struct stats *stats, struct worker_slot *slot, pid_t master)
{
	enum log_level level = LOG_LEVEL_INFO;
	struct worker_self self = {.pool = pool, .slot = slot};
	struct dispatcher d = {.stats = stats, .self = &self};
	struct transport *t;
	struct err e;
	int rc;

	/* A master that died before this line sends nothing. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != master)
		return 0;
	(void)log_level_of(set->log_level, &level);
	log_open(pool_names[pool], level);
	take_signals(&self.open_mask);
	t = fcgi_init() ? fcgi_new(listener) : NULL;
	d.cache = jwt_cache_new(stats);
	d.arena = arena_new((size_t)set->arena_limit_bytes);
	if (!t || !d.cache || !ctx_open(&d.ctx, set, &stats->db, &e)) {
		log_line(LOG_LEVEL_ERROR, "worker_start", "msg",
			 t && d.cache ? e.message : "no resources", NULL);
		return 1;
	}
	rc = serve_all(&d, t);
	ctx_close(d.ctx);
	jwt_cache_free(d.cache);
	arena_free(d.arena);
	fcgi_free(t);
	return rc;
}
