#include "stats.h"

#include <sys/mman.h>

#include "core/clock.h"

const double stats_bucket_s[STATS_BUCKETS] = {
	0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
};

struct stats *
stats_new(void)
{
	struct stats *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (s == MAP_FAILED)
		return NULL;
	s->started_ms = (uint64_t)clock_mono_ms();
	s->sweep_ms = s->started_ms; /* Redis may be just starting too */
	return s;
}

void
stats_add(uint64_t *counter, /* NOLINT(readability-non-const-parameter) */
	  uint64_t n)
{
	__atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
}

uint64_t
stats_waiting(const struct stats *s)
{
	uint64_t n = 0;

	for (size_t i = 0; i < STATS_SLOTS; i++)
		n += __atomic_load_n(&s->slots[i].waiting, __ATOMIC_SEQ_CST) !=
		     0;
	return n;
}

void
stats_waiting_for(const struct stats *s, uint64_t whom, uint64_t *own,
		  uint64_t *users)
{
	uint64_t seen[STATS_SLOTS];
	size_t n = 0;

	*own = 0;
	for (size_t i = 0; i < STATS_SLOTS; i++) {
		uint64_t w =
			__atomic_load_n(&s->slots[i].waiting, __ATOMIC_SEQ_CST);
		size_t k = 0;

		while (k < n && seen[k] != w)
			k++;
		if (w && k == n)
			seen[n++] = w;
		*own += w && w == whom;
	}
	*users = n;
}

void
stats_request(struct stats *s, size_t family, unsigned method, int status,
	      uint64_t us)
{
	size_t f = family < STATS_FAMILIES ? family : STATS_FAMILIES - 1;
	size_t m = method ? (size_t)__builtin_ctz(method) : STATS_METHODS - 1;
	size_t st = status >= 100 && status < 600 ? (size_t)status - 100 : 400;
	size_t b = 0;

	while (b < STATS_BUCKETS && (double)us / 1e6 > stats_bucket_s[b])
		b++;
	stats_add(&s->requests[f][m][st], 1);
	stats_add(&s->latency[f][b], 1);
	stats_add(&s->latency_sum_us[f], us);
}
