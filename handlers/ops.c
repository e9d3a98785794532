/*
 * ops - what the admin's machinery asks: /health, /ready, /metrics.
 */
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/digest.h"
#include "core/file.h"
#include "core/redis.h"
#include "web/caller.h"
#include "web/route.h"
#include "web/stats.h"
#include "web/worker.h"

enum {
	BEAT_LATE_MS = 5000
};

static bool
health_get(struct req *rq, struct err *e)
{
	uint64_t up = (uint64_t)clock_mono_ms() - rq->stats->started_ms;
	struct buf b = buf_on(rq->arena);

	(void)e;
	buf_addf(&b, "{\"status\":\"ok\",\"timestamp\":%lld,\"uptime\":%.3f}",
		 (long long)clock_ms(), (double)up / 1000.0);
	reply_header(rq, "Cache-Control", "no-store");
	return reply_json(rq, 200, (struct span){buf_str(&b), b.n});
}

/* Who listens by WebSocket.  Nothing of this program holds such a connection,
 * so none is what is true; the wire is maestro-api.md 2.1. */
static bool
ws_status_get(struct req *rq, struct err *e)
{
	(void)e;
	reply_header(rq, "Cache-Control", "no-store");
	return reply_json(rq, 200,
			  span_of("{\"connectedClients\":0,\"clients\":[]}"));
}

/* --- ready --- */

static bool
add_part(struct buf *b, const char *name, const char *trouble)
{
	buf_addf(b, "%s\"%s\":", b->n ? "," : "", name);
	buf_add_json(b, trouble ? trouble : "ok");
	return trouble == NULL;
}

static const char *
database_trouble(struct req *rq)
{
	struct err e;

	return db_ping(rq->ctx->db, rq->arena, &e) ? NULL : "unavailable";
}

static const char *
redis_trouble(struct req *rq)
{
	const char *const args[] = {"PING"};
	const char *pong;
	struct err e;

	return redis_text(rq->ctx->redis, rq->arena, args, 1, &pong, &e)
		       ? NULL
		       : "unavailable";
}

static const char *
store_trouble(struct req *rq)
{
	const char *dir = rq->ctx->set->store_dir;
	struct statvfs fs;

	if (rq->ctx->set->supabase_enabled)
		return NULL;
	if (access(dir, W_OK | X_OK) == -1 || statvfs(dir, &fs) == -1)
		return "not writable";
	return fs.f_bavail == 0 ? "disk full" : NULL;
}

/*
 * Redis is optional (design.md 2): its absence is told but does not make the
 * service unready; the same goes for a deployment without redis_url.
 */
static bool
ready_get(struct req *rq, struct err *e)
{
	int64_t beat = clock_mono_ms() -
		       (int64_t)__atomic_load_n(&rq->stats->master_beat_ms,
						__ATOMIC_RELAXED);
	struct buf b = buf_on(rq->arena), all = buf_on(rq->arena);
	bool ready;

	(void)e;
	ready = add_part(&b, "database", database_trouble(rq));
	ready &= add_part(&b, "store", store_trouble(rq));
	ready &= add_part(&b, "master",
			  beat > BEAT_LATE_MS ? "no heartbeat" : NULL);
	add_part(&b, "redis",
		 *rq->ctx->set->redis_url ? redis_trouble(rq) : NULL);
	buf_addf(&all,
		 "{\"ready\":%s,\"checks\":{%s},\"heartbeatAgeMs\":"
		 "{\"master\":%lld}}",
		 ready ? "true" : "false", buf_str(&b), (long long)beat);
	reply_header(rq, "Cache-Control", "no-store");
	return reply_json(rq, ready ? 200 : 503,
			  (struct span){buf_str(&all), all.n});
}

/* --- metrics: Prometheus text format 0.0.4 --- */

static bool
is_loopback(const char *ip)
{
	return strncmp(ip, "127.", 4) == 0 || strcmp(ip, "::1") == 0 ||
	       strncmp(ip, "unix:", 5) == 0;
}

static bool
may_read_metrics(struct req *rq)
{
	const char *given = req_bearer(rq);
	const char *file = rq->ctx->set->metrics_token_file;
	struct span want;
	struct err e;

	if (rq->ip && is_loopback(rq->ip))
		return true;
	return *file && given && file_secret(rq->arena, file, &want, &e) &&
	       secret_equal(given, strlen(given), want.p, want.n);
}

static uint64_t
load(const uint64_t *p)
{
	return __atomic_load_n(p, __ATOMIC_RELAXED);
}

static void
add_counter(struct buf *b, const char *name, const char *help, uint64_t value)
{
	buf_addf(b,
		 "# HELP maestro_%s %s\n# TYPE maestro_%s counter\n"
		 "maestro_%s %llu\n",
		 name, help, name, name, (unsigned long long)value);
}

static const char *
family_name(size_t i)
{
	size_t n = 0;

	while (families[n])
		n++;
	return i < n ? families[i]->name : "none";
}

static void
add_requests(struct buf *b, const struct stats *s)
{
	static const char *const methods[STATS_METHODS] = {
		"GET",   "HEAD",   "POST",    "PUT",
		"PATCH", "DELETE", "OPTIONS", "other"};

	buf_add(b, "# HELP maestro_http_requests_total Requests answered.\n"
		   "# TYPE maestro_http_requests_total counter\n");
	for (size_t f = 0; f < STATS_FAMILIES; f++) {
		for (size_t i = 0; i < (size_t)STATS_METHODS * STATS_STATUSES;
		     i++) {
			size_t m = i / STATS_STATUSES, st = i % STATS_STATUSES;
			uint64_t n = load(&s->requests[f][m][st]);

			if (n)
				buf_addf(b,
					 "maestro_http_requests_total{"
					 "family=\"%s\",method=\"%s\","
					 "status=\"%zu\"} %llu\n",
					 family_name(f), methods[m], st + 100,
					 (unsigned long long)n);
		}
	}
}

static void
add_latency(struct buf *b, const struct stats *s, size_t f)
{
	static const char metric[] = "maestro_http_request_seconds";
	const char *name = family_name(f);
	uint64_t sum = 0, all = 0;

	for (size_t i = 0; i <= STATS_BUCKETS; i++)
		all += load(&s->latency[f][i]);
	if (all == 0)
		return;
	for (size_t i = 0; i < STATS_BUCKETS; i++) {
		sum += load(&s->latency[f][i]);
		buf_addf(b, "%s_bucket{family=\"%s\",le=\"%g\"} %llu\n", metric,
			 name, stats_bucket_s[i], (unsigned long long)sum);
	}
	buf_addf(b, "%s_bucket{family=\"%s\",le=\"+Inf\"} %llu\n", metric, name,
		 (unsigned long long)all);
	buf_addf(b, "%s_sum{family=\"%s\"} %.6f\n", metric, name,
		 (double)load(&s->latency_sum_us[f]) / 1e6);
	buf_addf(b, "%s_count{family=\"%s\"} %llu\n", metric, name,
		 (unsigned long long)all);
}

static void
add_workers(struct buf *b, const struct stats *s)
{
	static const char *const states[] = {"none", "starting", "idle",
					     "busy"};
	unsigned n[POOL_COUNT][NELEM(states)] = {{0}};

	for (size_t i = 0; i < STATS_SLOTS; i++)
		n[s->slots[i].pool % POOL_COUNT]
		 [s->slots[i].state % NELEM(states)]++;
	buf_add(b, "# HELP maestro_workers Worker processes by state.\n"
		   "# TYPE maestro_workers gauge\n");
	for (size_t p = 0; p < POOL_COUNT; p++) {
		for (size_t i = 1; i < NELEM(states); i++)
			buf_addf(b,
				 "maestro_workers{pool=\"%s\",state=\"%s\"} "
				 "%u\n",
				 pool_names[p], states[i], n[p][i]);
	}
	buf_addf(b,
		 "# HELP maestro_waiting Requests that wait for news.\n"
		 "# TYPE maestro_waiting gauge\n"
		 "maestro_waiting %llu\n",
		 (unsigned long long)stats_waiting(s));
}

static bool
metrics_get(struct req *rq, struct err *e)
{
	const struct stats *s = rq->stats;
	struct buf b = buf_on(rq->arena);

	if (!may_read_metrics(rq))
		return err_set(e, 403, "forbidden",
			       "/metrics is for loopback or its token");
	add_requests(&b, s);
	buf_add(&b, "# HELP maestro_http_request_seconds Time to answer.\n"
		    "# TYPE maestro_http_request_seconds histogram\n");
	for (size_t f = 0; f < STATS_FAMILIES; f++)
		add_latency(&b, s, f);
	add_workers(&b, s);
	add_counter(&b, "workers_started_total", "Workers started.",
		    load(&s->workers_started));
	add_counter(&b, "workers_killed_total", "Workers killed as overdue.",
		    load(&s->workers_killed));
	add_counter(&b, "workers_crashed_total", "Workers that died.",
		    load(&s->workers_crashed));
	add_counter(&b, "db_round_trips_total", "Pipelines sent.",
		    load(&s->db.round_trips));
	add_counter(&b, "db_reconnects_total", "Connections replaced.",
		    load(&s->db.reconnects));
	add_counter(&b, "db_errors_total", "Pipelines that failed.",
		    load(&s->db.errors));
	add_counter(&b, "jwt_cache_hits_total", "Tokens known already.",
		    load(&s->jwt_hits));
	add_counter(&b, "jwt_cache_misses_total", "Tokens verified.",
		    load(&s->jwt_misses));
	add_counter(&b, "http_body_bytes_in_total", "Body bytes read.",
		    load(&s->bytes_in));
	add_counter(&b, "http_bytes_out_total", "Bytes sent by workers.",
		    load(&s->bytes_out));
	return reply_text(rq, 200, "text/plain; version=0.0.4", buf_str(&b));
}

static bool
root_get(struct req *rq, struct err *e)
{
	(void)e;
	return reply_redirect(rq, 302, "/app");
}

static const struct route routes[] = {
	{M_GET, "/",          root_get,      R_ANY, 0, 0},
	{M_GET, "/health",    health_get,    R_ANY, 0, 0},
	{M_GET, "/ws-status", ws_status_get, R_ANY, 0, 0},
	{M_GET, "/ready",     ready_get,     R_ANY, 0, 0},
	{M_GET, "/metrics",   metrics_get,   R_ANY, 0, 0},
};

static const struct route_set set = {.rows = routes, .n = NELEM(routes)};
static const struct route_set *const sets[] = {&set, NULL};

const struct family ops_family = {
	.name = "ops",
	.prefix = "/",
	.sets = sets,
};
