#ifndef CORE_LOG_H
#define CORE_LOG_H

/*
 * log - one line per event: key=value, UTC, to stderr (style.md 11).
 *
 * Modules do not log failures they return; the request loop logs once.  No
 * bodies, tokens, cookies or passwords.  Values with space, quote or control
 * byte are quoted and escaped here.  A line leaves in one write(2), so lines
 * of several processes never mix.
 */
#include "base.h"

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

/* svc is borrowed for the life of the process: "web", "io", "cli". */
void log_open(const char *svc, enum log_level most);
bool log_level_of(const char *name, enum log_level *out);

/* Pairs of const char *key, const char *value; ends with NULL.  A NULL value
 * leaves its pair out: log_line(LOG_LEVEL_INFO, "start", "port", p, NULL). */
void log_line(enum log_level level, const char *ev, ...)
	__attribute__((sentinel));
/* msg="..." made by printf. */
void log_msg(enum log_level level, const char *ev, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

#endif
