#ifndef WEB_FCGI_H
#define WEB_FCGI_H

/*
 * fcgi - the only file that knows libfcgi (2.4.2; style.md 16).
 *
 * A transport is one connection from nginx and so one request.  Reads and
 * writes are whole: a signal never cuts them, since handled signals are
 * blocked outside the worker's wait.
 */
#include <signal.h>

#include "core/err.h"

struct transport;

bool fcgi_init(void);
/* listener is non-blocking; lives as long as the worker. */
struct transport *fcgi_new(int listener);
void fcgi_free(struct transport *t);

enum fcgi_accept {
	FCGI_REQUEST, /* serve it, then fcgi_finish */
	FCGI_NOTHING, /* a signal, a sibling was quicker, or time is up */
	FCGI_BROKEN,  /* this worker should end */
};

/* Waits with open_mask as the signal mask, for ms at most; -1: for ever. */
enum fcgi_accept fcgi_accept(struct transport *t, const sigset_t *open_mask,
			     int ms);
void fcgi_finish(struct transport *t);

enum fcgi_pause {
	FCGI_TIME,   /* the time is over */
	FCGI_SIGNAL, /* one that open_mask lets through */
	FCGI_GONE,   /* the client does not want the answer any more */
};

/* Lets ms pass in the middle of a request whose body has been read.  nginx
 * must be told to hang up with its client: fastcgi_ignore_client_abort off. */
enum fcgi_pause fcgi_pause(struct transport *t, const sigset_t *open_mask,
			   int ms);

const char *fcgi_param(const struct transport *t, const char *name); /* NULL */
/* Up to n bytes; 0 at the end.  400 client_gone, 408 timeout. */
bool fcgi_read(struct transport *t, void *p, size_t n, size_t *got,
	       struct err *e) MUST_CHECK;
bool fcgi_write(struct transport *t, const void *p, size_t n) MUST_CHECK;

#endif
