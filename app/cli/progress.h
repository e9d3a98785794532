#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

/*
 * progress - how far a long command is: a bar on a terminal, redrawn at most
 * ten times a second and never wider than the line; elsewhere a plain line
 * every few seconds and one at the end.  On standard error, so that output can
 * be piped.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
	bool is_silent, is_terminal;
	bool is_drawn; /* a bar stands on the line */
	int64_t drawn_ms;
};

struct progress progress_new(bool is_silent);
/* total 0: not known. */
void progress_show(struct progress *p, const char *what, size_t done,
		   size_t total);
/* Takes the bar away before something else is printed. */
void progress_clear(struct progress *p);

#endif
