#include "fcgi.h"

#include <errno.h>
#include <fcgiapp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* A client may pause this long in the middle of its body. */
enum {
	BODY_PAUSE_S = 60
};

struct transport {
	FCGX_Request fr;
	int epoll; /* EPOLLEXCLUSIVE: a connection wakes one worker, not all */
};

bool
fcgi_init(void)
{
	return FCGX_Init() == 0;
}

struct transport *
fcgi_new(int listener)
{
	struct epoll_event ev = {.events = EPOLLIN | EPOLLEXCLUSIVE};
	struct transport *t = calloc(1, sizeof *t);

	if (!t)
		return NULL;
	t->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (t->epoll == -1 ||
	    epoll_ctl(t->epoll, EPOLL_CTL_ADD, listener, &ev) == -1 ||
	    FCGX_InitRequest(&t->fr, listener, 0) != 0) {
		fcgi_free(t);
		return NULL;
	}
	return t;
}

void
fcgi_free(struct transport *t)
{
	if (!t)
		return;
	if (t->epoll != -1)
		close(t->epoll);
	free(t);
}

enum fcgi_accept
fcgi_accept(struct transport *t, const sigset_t *open_mask, int ms)
{
	struct timeval pause = {.tv_sec = BODY_PAUSE_S};
	struct epoll_event ev;
	int rc;

	if (epoll_pwait(t->epoll, &ev, 1, ms, open_mask) <= 0)
		return FCGI_NOTHING;
	rc = FCGX_Accept_r(&t->fr);
	if (rc == -EAGAIN || rc == -EINTR || rc == -ECONNABORTED)
		return FCGI_NOTHING;
	if (rc < 0)
		return FCGI_BROKEN;
	setsockopt(t->fr.ipcFd, SOL_SOCKET, SO_RCVTIMEO, &pause, sizeof pause);
	setsockopt(t->fr.ipcFd, SOL_SOCKET, SO_SNDTIMEO, &pause, sizeof pause);
	return FCGI_REQUEST;
}

/* Has the request come in to its end?  Never waits: for most the end stands in
 * libfcgi's buffer already. */
static bool
is_read(struct transport *t)
{
	struct timeval now = {.tv_usec = 1};
	char c;

	setsockopt(t->fr.ipcFd, SOL_SOCKET, SO_RCVTIMEO, &now, sizeof now);
	return FCGX_GetStr(&c, 1, t->fr.in) == 0 &&
	       FCGX_GetError(t->fr.in) == 0;
}

void
fcgi_finish(struct transport *t)
{
	/* Closed with something unread, nginx would take it for a failure; so
	 * libfcgi shuts down, waits for nginx to close and drops what comes.
	 * A detached request it just closes: the answer is on its way, and the
	 * worker is free while nginx sends it. */
	if (is_read(t))
		FCGX_Detach(&t->fr);
	FCGX_Finish_r(&t->fr);
	/* Never keep the connection: unread bytes would be taken for records
	 * of a next request. */
	if (t->fr.ipcFd >= 0)
		FCGX_Free(&t->fr, 1);
}

enum fcgi_pause
fcgi_pause(struct transport *t, const sigset_t *open_mask, int ms)
{
	/* What nginx still sends (the end of an empty body) is no news. */
	struct pollfd pfd = {t->fr.ipcFd, POLLRDHUP, 0};
	struct timespec time = {ms / 1000, ms % 1000 * 1000000L};
	int rc = ppoll(&pfd, 1, &time, open_mask);

	if (rc > 0)
		return FCGI_GONE;
	return rc == 0 ? FCGI_TIME : FCGI_SIGNAL;
}

const char *
fcgi_param(const struct transport *t, const char *name)
{
	return FCGX_GetParam(name, t->fr.envp);
}

bool
fcgi_read(struct transport *t, void *p, size_t n, size_t *got, struct err *e)
{
	int want = n > INT32_MAX ? INT32_MAX : (int)n;
	int rc = FCGX_GetStr(p, want, t->fr.in);

	if (rc < want && FCGX_GetError(t->fr.in) == EAGAIN)
		return err_set(e, 408, "timeout", "the body stopped coming in");
	if (rc < want && FCGX_GetError(t->fr.in) != 0)
		return err_set(e, 400, "client_gone",
			       "the connection ended inside the body");
	*got = (size_t)rc;
	return true;
}

bool
fcgi_write(struct transport *t, const void *p, size_t n)
{
	const char *from = p;

	while (n) {
		int part = n > 1 << 30 ? 1 << 30 : (int)n;

		if (FCGX_PutStr(from, part, t->fr.out) != part)
			return false;
		from += part;
		n -= (size_t)part;
	}
	return true;
}
