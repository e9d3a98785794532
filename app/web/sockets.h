#ifndef WEB_SOCKETS_H
#define WEB_SOCKETS_H

/*
 * sockets - what the master does while it may still be root: run_dir, the
 * lock in maestro-web.pid, one listening socket per pool, then the change to
 * the configured user.
 */
#include "domain/settings.h"
#include "worker.h"

/* listeners: POOL_COUNT fds, non-blocking, mode 0660, group socket_group. */
bool sockets_open(const struct settings *set, int listeners[POOL_COUNT],
		  struct err *e) MUST_CHECK;
/* Nobody new finds us; the listeners go on. */
void sockets_hide(const struct settings *set);
/* Closes what waits to be accepted: nginx answers 503 in our place. */
void sockets_refuse(const int listeners[POOL_COUNT]);
/* The sockets and the pid file, at the end. */
void sockets_remove(const struct settings *set);
bool drop_privileges(const struct settings *set, struct err *e) MUST_CHECK;

#endif
