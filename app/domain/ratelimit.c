/*
 * One mechanism for all of it: the generic cell rate algorithm (ITU-T I.371),
 * a token bucket that needs one number.  That number is the time at which the
 * bucket will be full again; a bucket whose time has passed need not be kept.
 */
#include "ratelimit.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/digest.h"
#include "core/log.h"

enum {
	PERIOD_S = 300,     /* of the rates in the settings */
	FREE_BURST = 30,    /* auth-v1.md 7.8 */
	ACCOUNT_SHARE = 5,  /* an account may have a fifth of an address */
	ACCOUNT_LEAST = 10, /* but no less than this in PERIOD_S */
	SLOTS = 1 << 16,    /* of the local table; 512 kB, sparse */
	PROBES = 8,
	TAG_BITS = 23,
	KEY_TEXT = 33,
};

/* Local times are ms since 2024-01-01, which fit in 41 bits for 69 years. */
#define LOCAL_EPOCH_MS 1704067200000LL
#define TIME_MASK      ((1ULL << (64 - TAG_BITS)) - 1)

struct bucket {
	char name[KEY_TEXT]; /* hash of what is counted, hex */
	uint64_t hash;       /* the same, for the local table */
	double interval_ms;  /* one token comes back in this */
	double burst;        /* tokens of a full bucket */
};

struct ratelimit {
	const struct settings *set;
	struct redis *redis;
	uint64_t *slots; /* mapped on first use; tag and time in one word */
	struct redis_script take;
};

/*
 * KEYS: the buckets; ARGV: interval_ms, burst of each.  Takes one token from
 * every bucket and answers 0, or takes none and answers the ms to wait.
 */
static const char take_text[] =
	"local t = redis.call('TIME')\n"
	"local now = t[1] * 1000 + t[2] / 1000\n"
	"local wait, full = 0, {}\n"
	"for i, key in ipairs(KEYS) do\n"
	"  local step = tonumber(ARGV[2 * i - 1])\n"
	"  local burst = tonumber(ARGV[2 * i])\n"
	"  local tat = tonumber(redis.call('GET', key) or 0)\n"
	"  if tat < now then tat = now end\n"
	"  full[i] = tat + step\n"
	"  local early = full[i] - step * burst - now\n"
	"  if early > wait then wait = early end\n"
	"end\n"
	"if wait > 0 then return math.ceil(wait) end\n"
	"for i, key in ipairs(KEYS) do\n"
	"  redis.call('SET', key, string.format('%.3f', full[i]),\n"
	"    'PX', math.ceil(full[i] - now) + 1)\n"
	"end\n"
	"return 0\n";

struct ratelimit *
ratelimit_new(const struct settings *set, struct redis *r)
{
	struct ratelimit *l = calloc(1, sizeof *l);

	if (!l)
		abort();
	l->set = set;
	l->redis = r;
	l->take.text = take_text;
	return l;
}

void
ratelimit_free(struct ratelimit *l)
{
	if (!l)
		return;
	if (l->slots)
		munmap(l->slots, SLOTS * sizeof *l->slots);
	free(l);
}

/* --- while Redis is away ------------------------------------------------- */

/* The workers' common file; its contents may be lost at any time. */
static void *
map_shared(const char *run_dir)
{
	char path[512];
	size_t n = SLOTS * sizeof(uint64_t);
	void *p = MAP_FAILED;
	int fd, len;

	len = snprintf(path, sizeof path, "%s/limits", run_dir);
	if (!run_dir[0] || len < 0 || (size_t)len >= sizeof path)
		return MAP_FAILED;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		return MAP_FAILED;
	/* Nobody ever shortens it, so a mapped page cannot go away. */
	if (ftruncate(fd, (off_t)n) == 0)
		p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return p;
}

static uint64_t *
local_slots(struct ratelimit *l)
{
	size_t n = SLOTS * sizeof *l->slots;
	void *p;

	if (l->slots)
		return l->slots;
	p = map_shared(l->set->run_dir);
	if (p == MAP_FAILED)
		p = mmap(NULL, n, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		abort();
	l->slots = p;
	return l->slots;
}

static int64_t
local_now(void)
{
	return clock_ms() - LOCAL_EPOCH_MS;
}

static uint64_t
tag_of(uint64_t hash)
{
	/* Never 0: a zero word is an empty slot. */
	return (hash >> (64 - TAG_BITS)) | 1;
}

static int64_t
time_of(uint64_t word)
{
	return (int64_t)(word & TIME_MASK);
}

/* Our slot, else an idle one, else the one that is idle soonest. */
static uint64_t *
find_slot(uint64_t *slots, uint64_t hash)
{
	uint64_t *best = NULL;
	int64_t best_time = 0;

	for (size_t i = 0; i < PROBES; i++) {
		uint64_t *s = &slots[(hash + i) % SLOTS];
		uint64_t word = __atomic_load_n(s, __ATOMIC_RELAXED);

		if (word >> (64 - TAG_BITS) == tag_of(hash))
			return s;
		if (!best || time_of(word) < best_time) {
			best = s;
			best_time = time_of(word);
		}
	}
	return best;
}

/* The ms to wait; 0: and the token is taken, unless only_look. */
static int64_t
local_take(struct ratelimit *l, const struct bucket *b, bool only_look)
{
	uint64_t *slot = find_slot(local_slots(l), b->hash);
	uint64_t word = __atomic_load_n(slot, __ATOMIC_RELAXED), next;
	double now = (double)local_now(), full, early;

	do {
		full = now;
		if (word >> (64 - TAG_BITS) == tag_of(b->hash) &&
		    (double)time_of(word) > now)
			full = (double)time_of(word);
		full += b->interval_ms;
		early = full - b->interval_ms * b->burst - now;
		if (early > 0)
			return (int64_t)(early + 0.999);
		if (only_look)
			return 0;
		next = tag_of(b->hash) << (64 - TAG_BITS) |
		       ((uint64_t)full & TIME_MASK);
	} while (!__atomic_compare_exchange_n(
		slot, &word, next, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	return 0;
}

static int64_t
local_take_all(struct ratelimit *l, const struct bucket *buckets, size_t n)
{
	int64_t wait = 0;

	for (size_t i = 0; i < n; i++) {
		int64_t ms = local_take(l, &buckets[i], true);

		wait = ms > wait ? ms : wait;
	}
	for (size_t i = 0; i < n && wait == 0; i++) {
		int64_t ms = local_take(l, &buckets[i], false);

		wait = ms > wait ? ms : wait;
	}
	return wait;
}

static void
local_forget(struct ratelimit *l, const struct bucket *b)
{
	uint64_t *slot = find_slot(local_slots(l), b->hash);
	uint64_t word = __atomic_load_n(slot, __ATOMIC_RELAXED);

	if (word >> (64 - TAG_BITS) == tag_of(b->hash))
		__atomic_compare_exchange_n(slot, &word, 0, false,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

/* --- in Redis ------------------------------------------------------------ */

static const char *
redis_key(const struct ratelimit *l, struct arena *a, const struct bucket *b)
{
	return arena_printf(a, "%slimit:%s", l->set->redis_prefix, b->name);
}

static bool
redis_take_all(struct ratelimit *l, struct arena *a,
	       const struct bucket *buckets, size_t n, int64_t *wait_ms)
{
	const char *args[6];
	const struct redis_args all = {args, n, 3 * n};
	struct redis_reply reply;
	struct err e;

	if (!l->redis || !redis_is_there(l->redis))
		return false;
	for (size_t i = 0; i < n; i++) {
		args[i] = redis_key(l, a, &buckets[i]);
		args[n + 2 * i] =
			arena_printf(a, "%.6f", buckets[i].interval_ms);
		args[n + 2 * i + 1] = arena_printf(a, "%.0f", buckets[i].burst);
	}
	if (!redis_eval(l->redis, a, &l->take, &all, &reply, &e)) {
		/* Once per back-off of core/redis, not once per request. */
		log_msg(LOG_LEVEL_WARN, "redis", "%s", e.message);
		return false;
	}
	*wait_ms = reply.num;
	return true;
}

static bool
take_all(struct ratelimit *l, struct arena *a, const struct bucket *buckets,
	 size_t n, struct err *e)
{
	int64_t wait_ms = 0;

	if (n == 0)
		return true;
	if (!redis_take_all(l, a, buckets, n, &wait_ms))
		wait_ms = local_take_all(l, buckets, n);
	if (wait_ms <= 0)
		return true;
	err_set(e, 429, "over_request_rate_limit",
		"Request rate limit reached");
	e->retry_after_s = (int)((wait_ms + 999) / 1000);
	return false;
}

/* --- what is counted ----------------------------------------------------- */

static struct bucket
bucket_of(const char *kind, const char *who, double interval_ms, double burst)
{
	struct bucket b = {.interval_ms = interval_ms, .burst = burst};
	struct digest *d = digest_new(DIGEST_SHA256);
	unsigned char raw[DIGEST_MAX];

	/* Hashed: keys have one length, and Redis holds no addresses. */
	digest_add(d, kind, strlen(kind) + 1);
	digest_add(d, who, strlen(who));
	digest_raw(d, raw);
	digest_free(d);
	for (size_t i = 0; i < (KEY_TEXT - 1) / 2; i++)
		snprintf(b.name + 2 * i, 3, "%02x", raw[i]);
	memcpy(&b.hash, raw, sizeof b.hash);
	return b;
}

/* The address as it is counted: IPv4, or the /64 of IPv6. */
static const char *
network_of(struct arena *a, const char *ip)
{
	struct in6_addr six;
	char text[INET6_ADDRSTRLEN];

	if (inet_pton(AF_INET6, ip, &six) != 1)
		return ip;
	if (IN6_IS_ADDR_V4MAPPED(&six)) {
		if (!inet_ntop(AF_INET, &six.s6_addr[12], text, sizeof text))
			return ip;
		return arena_strdup(a, text);
	}
	memset(&six.s6_addr[8], 0, 8);
	if (!inet_ntop(AF_INET6, &six, text, sizeof text))
		return ip;
	return arena_strdup(a, text);
}

static double
most(double x, double y)
{
	return x > y ? x : y;
}

static double
least(double x, double y)
{
	return x < y ? x : y;
}

static int64_t
rate_of(const struct settings *s, enum limit which)
{
	switch (which) {
	case LIMIT_SIGN_UP:
		return s->rate_signup;
	case LIMIT_SIGN_IN:
		return s->rate_token;
	case LIMIT_RECOVER:
		return s->rate_recover;
	case LIMIT_VERIFY:
		break;
	}
	return s->rate_verify;
}

static const char *
name_of(enum limit which)
{
	switch (which) {
	case LIMIT_SIGN_UP:
		return "sign_up";
	case LIMIT_SIGN_IN:
		return "sign_in";
	case LIMIT_RECOVER:
		return "recover";
	case LIMIT_VERIFY:
		break;
	}
	return "verify";
}

bool
ratelimit_request(struct ratelimit *l, struct arena *a, enum limit which,
		  const char *ip, const char *account, struct err *e)
{
	double rate = (double)rate_of(l->set, which);
	double each = least(rate, most(rate / ACCOUNT_SHARE, ACCOUNT_LEAST));
	double burst = most(least(rate, FREE_BURST), rate / ACCOUNT_SHARE);
	struct bucket buckets[2];
	size_t n = 0;

	if (ip && *ip)
		buckets[n++] = bucket_of(
			arena_printf(a, "%s ip", name_of(which)),
			network_of(a, ip), PERIOD_S * 1000.0 / rate, burst);
	if (account && *account)
		buckets[n++] =
			bucket_of(arena_printf(a, "%s account", name_of(which)),
				  account, PERIOD_S * 1000.0 / each, each);
	return take_all(l, a, buckets, n, e);
}

static struct bucket
guesses_of(const struct ratelimit *l, const char *account)
{
	return bucket_of("guess", account, (double)l->set->lockout_s * 1000.0,
			 (double)l->set->lockout_failures);
}

bool
ratelimit_guess(struct ratelimit *l, struct arena *a, const char *account,
		struct err *e)
{
	struct bucket b = guesses_of(l, account);

	return take_all(l, a, &b, 1, e);
}

void
ratelimit_forgive(struct ratelimit *l, struct arena *a, const char *account)
{
	struct bucket b = guesses_of(l, account);
	const char *args[] = {"DEL", redis_key(l, a, &b)};
	int64_t gone;
	struct err e;

	/* Both: Redis may have come or gone since the guess. */
	if (l->slots)
		local_forget(l, &b);
	if (l->redis && redis_is_there(l->redis) &&
	    !redis_int(l->redis, a, args, NELEM(args), &gone, &e))
		log_msg(LOG_LEVEL_WARN, "redis", "%s", e.message);
}
