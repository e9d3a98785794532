#include "master.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "sockets.h"
#include "stats.h"
#include "worker.h"

enum {
	TICK_MS = 100,
	PAUSE_FIRST_MS = 100,
	PAUSE_MOST_MS = 5000,
	YOUNG_MS = 1000, /* a crash before this age makes the pause longer */
};

struct child {
	int64_t started_ms;
	int64_t not_before_ms; /* after a crash */
	int64_t pause_ms;
	bool wanted;
};

struct master {
	struct arena *arena; /* of the settings in force */
	const char *conf_path;
	struct settings set;
	struct ctx_shared *shared; /* made by these settings */
	struct stats *stats;
	int listeners[POOL_COUNT];
	struct child children[STATS_SLOTS]; /* beside stats->slots */
	sigset_t signals, old_mask;
	bool draining;
};

/* Slots 0..web_workers-1 are the web pool's; the io pool starts in the middle,
 * so that a HUP may change both sizes. */
static size_t
pool_first(enum pool pool)
{
	return pool == POOL_WEB ? 0 : STATS_SLOTS / 2;
}

static size_t
pool_size(const struct settings *set, enum pool pool)
{
	return (size_t)(pool == POOL_WEB ? set->web_workers : set->io_workers);
}

static enum pool
pool_of(size_t slot)
{
	return slot < STATS_SLOTS / 2 ? POOL_WEB : POOL_IO;
}

static void
mark_wanted(struct master *m)
{
	for (size_t i = 0; i < STATS_SLOTS; i++) {
		enum pool pool = pool_of(i);

		m->children[i].wanted =
			!m->draining &&
			i - pool_first(pool) < pool_size(&m->set, pool);
	}
}

static void
spawn(struct master *m, size_t i)
{
	struct worker_slot *slot = &m->stats->slots[i];
	struct child *c = &m->children[i];
	const struct worker_start start = {
		.pool = pool_of(i),
		.listener = m->listeners[pool_of(i)],
		.set = &m->set,
		.shared = m->shared,
		.stats = m->stats,
		.slot = slot,
		.master = getpid(),
	};
	pid_t pid;

	memset(slot, 0, sizeof *slot);
	slot->pool = pool_of(i);
	slot->state = WORKER_STARTING;
	pid = fork();
	if (pid == -1) {
		log_msg(LOG_LEVEL_ERROR, "fork", "%s", strerror(errno));
		slot->state = WORKER_NONE;
		c->not_before_ms = clock_mono_ms() + PAUSE_MOST_MS;
		return;
	}
	if (pid == 0)
		exit(worker_main(&start));
	slot->pid = pid;
	c->started_ms = clock_mono_ms();
	stats_add(&m->stats->workers_started, 1);
}

static void
spawn_missing(struct master *m)
{
	int64_t now = clock_mono_ms();

	for (size_t i = 0; i < STATS_SLOTS; i++) {
		if (m->children[i].wanted && !m->stats->slots[i].pid &&
		    m->children[i].not_before_ms <= now)
			spawn(m, i);
	}
}

static void
set_pause(struct child *c, bool clean)
{
	int64_t now = clock_mono_ms();

	if (clean || now - c->started_ms > YOUNG_MS) {
		c->pause_ms = 0;
		c->not_before_ms = clean ? 0 : now + PAUSE_FIRST_MS;
		return;
	}
	c->pause_ms = c->pause_ms ? c->pause_ms * 2 : PAUSE_FIRST_MS;
	if (c->pause_ms > PAUSE_MOST_MS)
		c->pause_ms = PAUSE_MOST_MS;
	c->not_before_ms = now + c->pause_ms;
}

static void
note_end(struct master *m, size_t i, int status)
{
	bool clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	struct worker_slot *slot = &m->stats->slots[i];

	set_pause(&m->children[i], clean || m->draining);
	if (!clean && !m->draining) {
		stats_add(&m->stats->workers_crashed, 1);
		log_msg(LOG_LEVEL_ERROR, "worker_end",
			"%s worker %ld ended by %s %d", pool_names[pool_of(i)],
			(long)slot->pid,
			WIFSIGNALED(status) ? "signal" : "exit code",
			WIFSIGNALED(status) ? WTERMSIG(status)
					    : WEXITSTATUS(status));
	}
	slot->pid = 0;
	slot->state = WORKER_NONE;
	slot->busy_since_ms = 0;
	slot->waiting = 0;
}

static void
reap(struct master *m)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (size_t i = 0; i < STATS_SLOTS; i++) {
			if (m->stats->slots[i].pid == pid)
				note_end(m, i, status);
		}
	}
}

static size_t
signal_all(struct master *m, int sig)
{
	size_t n = 0;

	for (size_t i = 0; i < STATS_SLOTS; i++) {
		pid_t pid = m->stats->slots[i].pid;

		if (pid <= 0)
			continue;
		n++;
		if (sig)
			kill(pid, sig);
	}
	return n;
}

static void
kill_overdue(struct master *m)
{
	uint64_t now = (uint64_t)clock_mono_ms();

	for (size_t i = 0; i < STATS_SLOTS; i++) {
		struct worker_slot *slot = &m->stats->slots[i];
		uint64_t since =
			__atomic_load_n(&slot->busy_since_ms, __ATOMIC_RELAXED);
		int64_t most = pool_of(i) == POOL_WEB
				       ? m->set.request_timeout_ms
				       : m->set.io_timeout_ms;

		if (!slot->pid || !since || now < since + (uint64_t)most)
			continue;
		log_msg(LOG_LEVEL_ERROR, "worker_overdue",
			"%s worker %ld spent more than %lld ms on a request",
			pool_names[pool_of(i)], (long)slot->pid,
			(long long)most);
		stats_add(&m->stats->workers_killed, 1);
		__atomic_store_n(&slot->busy_since_ms, 0, __ATOMIC_RELAXED);
		kill(slot->pid, SIGKILL);
	}
}

static bool
load_anew(const struct master *m, struct arena *a, struct settings *set,
	  struct ctx_shared **shared, struct err *e)
{
	const struct conf *c;

	if (!settings_load(a, m->conf_path, set, &c, e))
		return false;
	if (strcmp(set->run_dir, m->set.run_dir) != 0)
		return err_set(e, 500, "configuration",
			       "run_dir changes only with a restart");
	return ctx_share(shared, set, e);
}

/* The new settings, templates and keys count only if all of them are good. */
static void
reload(struct master *m)
{
	struct arena *fresh = arena_new(MiB);
	struct ctx_shared *shared = NULL;
	struct settings set;
	struct err e;

	if (!load_anew(m, fresh, &set, &shared, &e)) {
		log_line(LOG_LEVEL_ERROR, "reload", "msg", e.message, NULL);
		arena_free(fresh);
		return;
	}
	ctx_unshare(m->shared);
	m->shared = shared;
	arena_free(m->arena);
	m->arena = fresh;
	m->set = set;
	mark_wanted(m);
	signal_all(m, SIGTERM);
	log_line(LOG_LEVEL_INFO, "reload", NULL);
}

static void
drain(struct master *m)
{
	m->draining = true;
	/* Who comes now is told at once instead of waiting for the last
	 * upload; the pid file keeps a second maestro-web away. */
	sockets_hide(&m->set);
	mark_wanted(m);
	signal_all(m, SIGTERM);
	log_line(LOG_LEVEL_INFO, "drain", NULL);
}

static int
supervise(struct master *m)
{
	const struct timespec tick = {.tv_nsec = TICK_MS * 1000000L};

	for (;;) {
		spawn_missing(m);
		__atomic_store_n(&m->stats->master_beat_ms,
				 (uint64_t)clock_mono_ms(), __ATOMIC_RELAXED);
		switch (sigtimedwait(&m->signals, NULL, &tick)) {
		case SIGHUP:
			if (!m->draining)
				reload(m);
			break;
		case SIGTERM:
		case SIGINT:
			drain(m);
			break;
		case SIGQUIT:
			signal_all(m, SIGKILL);
			return 0;
		default:
			break; /* SIGCHLD, or the tick */
		}
		reap(m);
		kill_overdue(m);
		if (!m->draining)
			continue;
		sockets_refuse(m->listeners);
		if (signal_all(m, 0) == 0)
			return 0;
	}
}

static void
block_signals(struct master *m)
{
	static const int handled[] = {SIGHUP,  SIGTERM, SIGINT,
				      SIGQUIT, SIGCHLD, SIGUSR1};

	sigemptyset(&m->signals);
	for (size_t i = 0; i < NELEM(handled); i++)
		sigaddset(&m->signals, handled[i]);
	sigprocmask(SIG_BLOCK, &m->signals, &m->old_mask);
}

int
master_main(struct arena *a, const char *conf_path, const struct settings *set)
{
	static struct master m; /* large; one per process */
	struct err e;
	int rc;

	m.arena = a;
	m.conf_path = conf_path;
	m.set = *set;
	m.stats = stats_new();
	if (!m.stats) {
		fprintf(stderr, "maestro-web: no shared memory: %s\n",
			strerror(errno));
		return 1;
	}
	/* As the user of the workers: what it may not read, they could not. */
	if (!sockets_open(set, m.listeners, &e) || !drop_privileges(set, &e) ||
	    !ctx_share(&m.shared, set, &e)) {
		fprintf(stderr, "maestro-web: %s\n", e.message);
		return 1;
	}
	block_signals(&m);
	mark_wanted(&m);
	log_line(LOG_LEVEL_INFO, "start", "site", set->site_url, NULL);
	rc = supervise(&m);
	sockets_remove(&m.set);
	log_line(LOG_LEVEL_INFO, "stop", NULL);
	ctx_unshare(m.shared);
	arena_free(m.arena);
	return rc;
}
