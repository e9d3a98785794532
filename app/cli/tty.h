#ifndef CLI_TTY_H
#define CLI_TTY_H

/*
 * tty - asking somebody who sits at the terminal.
 *
 * Secrets are read without echo from /dev/tty, or as the first line of stdin
 * when that is no terminal; never from the command line, which every user of
 * the machine can list.
 */
#include "core/arena.h"
#include "core/err.h"

/* what: "Password"; 400 when there is nothing to read. */
bool tty_secret(struct arena *a, const char *what, const char **out,
		struct err *e) MUST_CHECK;
/* A line with echo; 400 when stdin is no terminal. */
bool tty_line(struct arena *a, const char *what, const char **out,
	      struct err *e) MUST_CHECK;

#endif
