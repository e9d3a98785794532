#include "clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* 0000-01-01 and the last second of 9999. */
#define MIN_S (-62167219200LL)
#define MAX_S 253402300799LL

static int64_t
now_ms(clockid_t id)
{
	struct timespec t = {0, 0};

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
clock_ms(void)
{
	return now_ms(CLOCK_REALTIME);
}

int64_t
clock_s(void)
{
	return now_ms(CLOCK_REALTIME) / 1000;
}

int64_t
clock_mono_ms(void)
{
	return now_ms(CLOCK_MONOTONIC);
}

int64_t
clock_mono_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static struct tm
utc(int64_t s)
{
	struct tm tm = {0};
	time_t t = (time_t)(s < MIN_S ? MIN_S : s > MAX_S ? MAX_S : s);

	gmtime_r(&t, &tm);
	return tm;
}

void
clock_rfc3339(int64_t ms, char out[static CLOCK_RFC3339])
{
	int64_t s = ms / 1000, rest = ms % 1000;
	struct tm tm;

	if (rest < 0) {
		rest += 1000;
		s--;
	}
	tm = utc(s);
	/* The remainders only tell the compiler what utc() promises. */
	snprintf(out, CLOCK_RFC3339, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
		 (unsigned)(tm.tm_year + 1900) % 10000U,
		 (unsigned)(tm.tm_mon + 1) % 100U, (unsigned)tm.tm_mday % 100U,
		 (unsigned)tm.tm_hour % 100U, (unsigned)tm.tm_min % 100U,
		 (unsigned)tm.tm_sec % 100U, (unsigned)rest % 1000U);
}

/* Not strftime: a locale must never reach a protocol. */
static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed",
				"Thu", "Fri", "Sat"};
static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
				   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

void
clock_http(int64_t s, char out[static CLOCK_HTTP])
{
	struct tm tm = utc(s);

	snprintf(out, CLOCK_HTTP, "%s, %02u %s %04u %02u:%02u:%02u GMT",
		 days[tm.tm_wday], (unsigned)tm.tm_mday % 100U,
		 months[tm.tm_mon], (unsigned)(tm.tm_year + 1900) % 10000U,
		 (unsigned)tm.tm_hour % 100U, (unsigned)tm.tm_min % 100U,
		 (unsigned)tm.tm_sec % 100U);
}

/* Takes exactly `width` digits off the front. */
static bool
take_digits(struct span *s, size_t width, int *out)
{
	int v = 0;

	if (s->n < width)
		return false;
	for (size_t i = 0; i < width; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return false;
		v = v * 10 + (s->p[i] - '0');
	}
	s->p += width;
	s->n -= width;
	*out = v;
	return true;
}

static bool
take_text(struct span *s, const char *text)
{
	if (!span_starts(*s, text))
		return false;
	s->p += strlen(text);
	s->n -= strlen(text);
	return true;
}

static bool
take_name(struct span *s, const char (*names)[4], int n, int *out)
{
	for (int i = 0; i < n; i++) {
		if (take_text(s, names[i])) {
			*out = i;
			return true;
		}
	}
	return false;
}

static bool
take_hms(struct span *s, struct tm *tm)
{
	return take_digits(s, 2, &tm->tm_hour) && take_text(s, ":") &&
	       take_digits(s, 2, &tm->tm_min) && take_text(s, ":") &&
	       take_digits(s, 2, &tm->tm_sec);
}

/* timegm() would carry 31 February over into March. */
static bool
to_seconds(struct tm *tm, int64_t *out)
{
	struct tm want = *tm;
	time_t t;

	if (tm->tm_hour > 23 || tm->tm_min > 59 || tm->tm_sec > 60)
		return false;
	want.tm_sec = want.tm_sec == 60 ? 59 : want.tm_sec; /* leap second */
	t = timegm(&want);
	if (want.tm_mday != tm->tm_mday || want.tm_mon != tm->tm_mon)
		return false;
	*out = t;
	return true;
}

/* Digits after the point, cut to ms. */
static bool
take_fraction(struct span *s, int *ms)
{
	int scale = 100;
	size_t digits = 0;

	*ms = 0;
	if (!take_text(s, "."))
		return true;
	for (; s->n > 0 && s->p[0] >= '0' && s->p[0] <= '9'; digits++) {
		*ms += (s->p[0] - '0') * scale;
		scale /= 10;
		s->p++;
		s->n--;
	}
	return digits > 0;
}

static bool
take_zone(struct span *s, int *minutes)
{
	int h, m, sign;

	*minutes = 0;
	if (take_text(s, "Z") || take_text(s, "z"))
		return true;
	sign = take_text(s, "+") ? 1 : take_text(s, "-") ? -1 : 0;
	if (!sign || !take_digits(s, 2, &h) || !take_text(s, ":") ||
	    !take_digits(s, 2, &m) || h > 23 || m > 59)
		return false;
	*minutes = sign * (h * 60 + m);
	return true;
}

bool
clock_parse_rfc3339(struct span s, int64_t *ms)
{
	struct tm tm = {0};
	int fraction, minutes;
	int64_t t;

	if (!take_digits(&s, 4, &tm.tm_year) || !take_text(&s, "-") ||
	    !take_digits(&s, 2, &tm.tm_mon) || !take_text(&s, "-") ||
	    !take_digits(&s, 2, &tm.tm_mday))
		return false;
	if (!take_text(&s, "T") && !take_text(&s, "t") && !take_text(&s, " "))
		return false;
	if (!take_hms(&s, &tm) || !take_fraction(&s, &fraction) ||
	    !take_zone(&s, &minutes) || s.n > 0)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	if (!to_seconds(&tm, &t))
		return false;
	*ms = (t - (int64_t)minutes * 60) * 1000 + fraction;
	return true;
}

/* Days from 1970-01-01 to a date of the proleptic Gregorian calendar; years
 * begin in March here, so that the leap day is the last. */
static int64_t
days_to(int64_t year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year =
		(153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	       of_year - 719468;
}

/* +00, -03:30, +01:23:45: offsets of old times have seconds. */
static bool
take_pg_zone(struct span *s, int *seconds)
{
	int sign = take_text(s, "+") ? 1 : take_text(s, "-") ? -1 : 0;
	int h, part, scale = 60;

	if (!sign || !take_digits(s, 2, &h))
		return false;
	*seconds = h * 3600;
	for (; take_text(s, ":"); scale /= 60) {
		if (!scale || !take_digits(s, 2, &part))
			return false;
		*seconds += part * scale;
	}
	*seconds *= sign;
	return true;
}

bool
clock_parse_pg(struct span s, int64_t *ms)
{
	const char *dash = s.n ? memchr(s.p, '-', s.n) : NULL;
	struct tm tm = {0};
	int year, fraction, zone;

	if (!dash || dash - s.p > 6 ||
	    !take_digits(&s, (size_t)(dash - s.p), &year) ||
	    !take_text(&s, "-") || !take_digits(&s, 2, &tm.tm_mon) ||
	    !take_text(&s, "-") || !take_digits(&s, 2, &tm.tm_mday) ||
	    !take_text(&s, " ") || !take_hms(&s, &tm) ||
	    !take_fraction(&s, &fraction) || !take_pg_zone(&s, &zone))
		return false;
	if (take_text(&s, " BC"))
		year = 1 - year;
	if (s.n > 0)
		return false;
	*ms = (((days_to(year, tm.tm_mon, tm.tm_mday) * 24 + tm.tm_hour) * 60 +
		tm.tm_min) *
		       60 +
	       tm.tm_sec - zone) *
		      1000 +
	      fraction;
	return true;
}

/* "02 Jan 2026" of IMF-fixdate, "02-Jan-26" of RFC 850. */
static bool
take_date(struct span *s, const char *sep, struct tm *tm)
{
	if (!take_digits(s, 2, &tm->tm_mday) || !take_text(s, sep) ||
	    !take_name(s, months, 12, &tm->tm_mon) || !take_text(s, sep))
		return false;
	if (sep[0] == ' ') {
		if (!take_digits(s, 4, &tm->tm_year))
			return false;
		tm->tm_year -= 1900;
		return true;
	}
	if (!take_digits(s, 2, &tm->tm_year))
		return false;
	/* Two digits: RFC 9110 lets at most 50 years ahead be the future. */
	if (tm->tm_year + 100 <= utc(clock_s()).tm_year + 50)
		tm->tm_year += 100;
	return true;
}

/* " Jan  2 03:04:05 2026" after the day's name. */
static bool
take_asctime(struct span *s, struct tm *tm)
{
	if (!take_text(s, " ") || !take_name(s, months, 12, &tm->tm_mon) ||
	    !take_text(s, " "))
		return false;
	if (!take_digits(s, take_text(s, " ") ? 1 : 2, &tm->tm_mday))
		return false;
	if (!take_text(s, " ") || !take_hms(s, tm) || !take_text(s, " ") ||
	    !take_digits(s, 4, &tm->tm_year))
		return false;
	tm->tm_year -= 1900;
	return true;
}

bool
clock_parse_http(struct span s, int64_t *out_s)
{
	struct tm tm = {0};
	int day;

	if (!take_name(&s, days, 7, &day))
		return false;
	if (s.n > 0 && s.p[0] == ' ')
		return take_asctime(&s, &tm) && s.n == 0 &&
		       to_seconds(&tm, out_s);

	bool is_imf = take_text(&s, ", ");

	/* RFC 850 writes the day's name out: skip the rest of it. */
	while (!is_imf && s.n > 0 && s.p[0] >= 'a' && s.p[0] <= 'z') {
		s.p++;
		s.n--;
	}
	if (!is_imf && !take_text(&s, ", "))
		return false;
	return take_date(&s, is_imf ? " " : "-", &tm) && take_text(&s, " ") &&
	       take_hms(&s, &tm) && take_text(&s, " GMT") && s.n == 0 &&
	       to_seconds(&tm, out_s);
}
