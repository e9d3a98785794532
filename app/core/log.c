#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A line that does not fit is cut: one write(2) up to PIPE_BUF is atomic. */
enum {
	LINE = 4096
};

static const char *const level_names[] = {"error", "warn", "info", "debug"};

/* The log sink is the one writable global style.md 5 allows. */
static struct {
	const char *svc;
	enum log_level most;
} sink = {"maestro", LOG_LEVEL_INFO};

void
log_open(const char *svc, enum log_level most)
{
	sink.svc = svc;
	sink.most = most;
}

bool
log_level_of(const char *name, enum log_level *out)
{
	for (size_t i = 0; i < NELEM(level_names); i++) {
		if (strcmp(level_names[i], name) == 0) {
			*out = (enum log_level)i;
			return true;
		}
	}
	return false;
}

struct line {
	char p[LINE];
	size_t n;
};

static void
put(struct line *l, char c)
{
	if (l->n < sizeof l->p - 1) /* the last byte is for '\n' */
		l->p[l->n++] = c;
}

static void
puts_plain(struct line *l, const char *s)
{
	while (*s)
		put(l, *s++);
}

static bool
is_plain(const char *s)
{
	if (!*s)
		return false;
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f)
			return false;
	}
	return true;
}

static void
put_value(struct line *l, const char *s)
{
	if (is_plain(s)) {
		puts_plain(l, s);
		return;
	}
	put(l, '"');
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		char hex[5];

		if (c == '"' || c == '\\') {
			put(l, '\\');
			put(l, *s);
		} else if (c < ' ' || c == 0x7f) {
			snprintf(hex, sizeof hex, "\\x%02x", c);
			puts_plain(l, hex);
		} else {
			put(l, *s);
		}
	}
	put(l, '"');
}

static void
put_pair(struct line *l, const char *key, const char *value)
{
	put(l, ' ');
	puts_plain(l, key);
	put(l, '=');
	put_value(l, value);
}

static void
begin(struct line *l, enum log_level level, const char *ev)
{
	char pid[16], stamp[64];
	struct timespec now;
	struct tm tm;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	n = strftime(stamp, sizeof stamp, "ts=%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(stamp + n, sizeof stamp - n, ".%03ldZ", now.tv_nsec / 1000000);
	snprintf(pid, sizeof pid, "%ld", (long)getpid());
	l->n = 0;
	puts_plain(l, stamp);
	put_pair(l, "lvl", level_names[level]);
	put_pair(l, "svc", sink.svc);
	put_pair(l, "pid", pid);
	put_pair(l, "ev", ev);
}

static void
end(struct line *l)
{
	ssize_t rc;

	l->p[l->n++] = '\n';
	rc = write(STDERR_FILENO, l->p, l->n);
	(void)rc; /* nowhere left to say it */
}

void
log_line(enum log_level level, const char *ev, ...)
{
	struct line l;
	const char *key;
	va_list ap;

	if (level > sink.most)
		return;
	begin(&l, level, ev);
	va_start(ap, ev);
	while ((key = va_arg(ap, const char *))) {
		const char *value = va_arg(ap, const char *);

		if (value)
			put_pair(&l, key, value);
	}
	va_end(ap);
	end(&l);
}

void
log_msg(enum log_level level, const char *ev, const char *fmt, ...)
{
	char text[LINE / 2];
	va_list ap;

	if (level > sink.most)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	log_line(level, ev, "msg", text, NULL);
}
