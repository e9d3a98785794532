#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

/*
 * clock - time of day in ms or s since 1970 UTC, and its texts.
 *
 * The formatters take times of the years 0000 to 9999; others are clamped.
 * The parsers are strict and return false for anything else.
 */
#include "base.h"

enum {
	CLOCK_RFC3339 = 25, /* "2026-01-02T03:04:05.678Z" with the NUL */
	CLOCK_HTTP = 30,    /* "Fri, 02 Jan 2026 03:04:05 GMT" with the NUL */
};

int64_t clock_ms(void);
int64_t clock_s(void);
int64_t clock_mono_ms(void); /* for durations; never jumps */
int64_t clock_mono_us(void);

void clock_rfc3339(int64_t ms, char out[static CLOCK_RFC3339]);
void clock_http(int64_t s, char out[static CLOCK_HTTP]);

/* RFC 3339 with zone (Z or +hh:mm); fraction of any length, cut to ms. */
bool clock_parse_rfc3339(struct span s, int64_t *ms) MUST_CHECK;
/* A timestamptz as PostgreSQL writes it under DateStyle ISO, any time zone:
 * "2026-01-02 03:04:05.678901+00", "10000-01-01 00:00:00+05:30", "... BC". */
bool clock_parse_pg(struct span s, int64_t *ms) MUST_CHECK;
/* RFC 9110 5.6.7: IMF-fixdate and the two obsolete forms. */
bool clock_parse_http(struct span s, int64_t *out_s) MUST_CHECK;

#endif
