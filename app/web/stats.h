#ifndef WEB_STATS_H
#define WEB_STATS_H

/*
 * stats - what the workers count, in memory all processes of one maestro-web
 * share.  Written with relaxed atomics by whoever owns the event; read by
 * /metrics and, for the worker slots, by the master.
 */
#include <sys/types.h>

#include "core/base.h"
#include "core/db.h"

enum {
	STATS_FAMILIES = 16,
	STATS_METHODS = 8,    /* GET HEAD POST PUT PATCH DELETE OPTIONS other */
	STATS_STATUSES = 500, /* 100..599 */
	STATS_BUCKETS = 12,
	STATS_SLOTS = 1024,
};

enum worker_state {
	WORKER_NONE,
	WORKER_STARTING,
	WORKER_IDLE,
	WORKER_BUSY,
};

struct worker_slot {
	pid_t pid;
	uint32_t state;   /* enum worker_state */
	uint32_t pool;    /* enum pool */
	uint64_t waiting; /* its request waits for news, for whom: wait.c */
	uint64_t busy_since_ms; /* monotonic; 0 when idle */
	uint64_t requests;
};

struct stats {
	uint64_t started_ms;     /* monotonic */
	uint64_t master_beat_ms; /* monotonic; the master's last round */
	uint64_t sweep_ms;       /* monotonic; the last look for lost agents */
	uint64_t crowded_ms;     /* monotonic; somebody got no place to wait */
	uint64_t requests[STATS_FAMILIES][STATS_METHODS][STATS_STATUSES];
	uint64_t latency[STATS_FAMILIES][STATS_BUCKETS + 1];
	uint64_t latency_sum_us[STATS_FAMILIES];
	uint64_t bytes_in, bytes_out;
	uint64_t jwt_hits, jwt_misses;
	uint64_t workers_started, workers_killed, workers_crashed;
	struct db_counters db;
	struct worker_slot slots[STATS_SLOTS];
};

extern const double stats_bucket_s[STATS_BUCKETS]; /* upper bounds */

struct stats *stats_new(void); /* shared memory; NULL with errno */
void stats_add(uint64_t *counter, uint64_t n);
/* Workers whose request waits for news. */
uint64_t stats_waiting(const struct stats *s);
/* How many of them wait for this one, and for how many different ones all do.
 */
void stats_waiting_for(const struct stats *s, uint64_t whom, uint64_t *own,
		       uint64_t *users);
/* method: enum method of req.h; us: time of the whole request. */
void stats_request(struct stats *s, size_t family, unsigned method, int status,
		   uint64_t us);

#endif
