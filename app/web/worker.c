#include "worker.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "caller.h"
#include "core/clock.h"
#include "core/log.h"
#include "dispatch.h"
#include "domain/presence.h"
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

/* How long an idle worker may sleep.  Workers of the web pool look for lost
 * agents between requests: theirs are short, so that one is always near. */
static int
idle_ms(const struct dispatcher *d)
{
	const struct settings *set = d->ctx->set;

	if (d->self->pool != POOL_WEB || !*set->redis_url)
		return -1;
	return (int)set->presence_sweep_ms;
}

/* One of them, when it is time; the master watches it like a request. */
static void
sweep_agents(struct dispatcher *d)
{
	uint64_t now = (uint64_t)clock_mono_ms(), *last = &d->stats->sweep_ms;
	uint64_t then = __atomic_load_n(last, __ATOMIC_RELAXED);
	size_t lost;
	struct err e;

	if (idle_ms(d) == -1 || now < then + (uint64_t)idle_ms(d) ||
	    !__atomic_compare_exchange_n(last, &then, now, false,
					 __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return;
	set_state(d->self->slot, WORKER_BUSY);
	if (!presence_sweep(d->ctx, &lost, &e))
		log_msg(LOG_LEVEL_WARN, "sweep", "%s", e.message);
	else if (lost > 0)
		log_msg(LOG_LEVEL_INFO, "sweep", "%zu agents are lost", lost);
	set_state(d->self->slot, WORKER_IDLE);
}

static int
serve_all(struct dispatcher *d, struct transport *t)
{
	struct worker_slot *slot = d->self->slot;
	int64_t most = d->ctx->set->max_requests;

	for (int64_t n = 0; !stop && n < most;) {
		set_state(slot, WORKER_IDLE);
		sweep_agents(d);
		switch (fcgi_accept(t, &d->self->open_mask, idle_ms(d))) {
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
worker_main(const struct worker_start *start)
{
	const struct settings *set = start->set;
	enum log_level level = LOG_LEVEL_INFO;
	struct worker_self self = {.pool = start->pool, .slot = start->slot};
	struct dispatcher d = {.stats = start->stats, .self = &self};
	struct transport *t;
	struct err e;
	int rc;

	/* A master that died before this line sends nothing. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != start->master)
		return 0;
	(void)log_level_of(set->log_level, &level);
	log_open(pool_names[start->pool], level);
	take_signals(&self.open_mask);
	t = fcgi_init() ? fcgi_new(start->listener) : NULL;
	d.cache = jwt_cache_new(start->stats);
	d.arena = arena_new((size_t)set->arena_limit_bytes);
	if (!t || !d.cache ||
	    !ctx_open(&d.ctx, set, start->shared, &start->stats->db, &e)) {
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
