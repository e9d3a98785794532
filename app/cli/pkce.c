#include "pkce.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/enc.h"
#include "core/rand.h"
#include "out.h"

enum {
	VERIFIER = 64, /* characters; RFC 7636 wants 43 to 128 */
	SECRET_PATH = 24,
	REQUEST_LIMIT = 16 * KiB,
	READ_MS = 5000,
};

/* --- the listener ----------------------------------------------------------
 */

static bool
listen_here(int *fd, unsigned *port, struct err *e)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof at;
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (s == -1 || bind(s, (struct sockaddr *)&at, sizeof at) == -1 ||
	    listen(s, 8) == -1 ||
	    getsockname(s, (struct sockaddr *)&at, &n) == -1) {
		if (s != -1)
			close(s);
		return err_set(e, 500, "listener", "127.0.0.1: %s",
			       strerror(errno));
	}
	*fd = s;
	*port = ntohs(at.sin_port);
	return true;
}

static bool
is_readable(int fd, int64_t until_ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int64_t left = until_ms - clock_mono_ms();

	while (left > 0) {
		int rc = poll(&p, 1, (int)left);

		if (rc > 0)
			return true;
		if (rc == -1 && errno != EINTR)
			return false;
		left = until_ms - clock_mono_ms();
	}
	return false;
}

/* The head of a request; whoever is slow or long-winded is hung up on. */
static bool
read_head(int fd, char *head, size_t size)
{
	int64_t until = clock_mono_ms() + READ_MS;
	size_t n = 0;

	while (n < size - 1 && is_readable(fd, until)) {
		ssize_t rc = recv(fd, head + n, size - 1 - n, 0);

		if (rc <= 0)
			return false;
		n += (size_t)rc;
		head[n] = '\0';
		if (strstr(head, "\r\n\r\n"))
			return true;
	}
	return false;
}

static void
answer(int fd, const char *status, const char *text)
{
	char reply[512];
	int n = snprintf(reply, sizeof reply,
			 "HTTP/1.1 %s\r\nContent-Type: text/plain; "
			 "charset=utf-8\r\nContent-Length: %zu\r\n"
			 "Cache-Control: no-store\r\nReferrer-Policy: "
			 "no-referrer\r\nConnection: close\r\n\r\n%s",
			 status, strlen(text), text);

	if (send(fd, reply, (size_t)n, MSG_NOSIGNAL) == -1)
		return; /* the browser did not wait: its loss */
}

/* --- what it is told -------------------------------------------------------
 */

/* The decoded value of a query parameter, or NULL. */
static const char *
parameter(struct arena *a, struct span query, const char *name)
{
	while (query.n) {
		struct span value = span_cut(&query, '&'), text;
		struct span key = span_cut(&value, '=');

		if (span_is(key, name) && dec_percent(a, value, true, &text) &&
		    text.n)
			return text.p;
	}
	return NULL;
}

/* "GET /callback/SECRET?code=... HTTP/1.1"; false: not for us. */
static bool
take_head(struct arena *a, const char *head, const char *path,
	  struct span *query)
{
	struct span rest = span_of(head), target;

	if (!span_is(span_cut(&rest, ' '), "GET"))
		return false;
	target = span_cut(&rest, ' ');
	*query = target;
	if (!span_is(span_cut(query, '?'), path))
		return false;
	return parameter(a, *query, "code") || parameter(a, *query, "error");
}

static bool
wait_for_code(struct arena *a, int listener, const char *path,
	      const char **code, struct err *e)
{
	int64_t until = clock_mono_ms() + PKCE_WAIT_S * (int64_t)1000;
	char *head = arena_alloc(a, REQUEST_LIMIT);
	struct span query = {NULL, 0};

	while (is_readable(listener, until)) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		bool mine = fd != -1 && read_head(fd, head, REQUEST_LIMIT) &&
			    take_head(a, head, path, &query);

		if (mine) {
			*code = parameter(a, query, "code");
			answer(fd, "200 OK",
			       *code ? "Done: go back to the terminal.\n"
				     : "That did not work: the terminal "
				       "says why.\n");
		} else if (fd != -1) {
			answer(fd, "404 Not Found", "There is nothing here.\n");
		}
		if (fd != -1)
			close(fd);
		if (mine && *code)
			return true;
		if (mine) {
			const char *why =
				parameter(a, query, "error_description");

			return err_set(e, 401, "refused", "%s",
				       why ? why
					   : parameter(a, query, "error"));
		}
	}
	return err_set(e, 408, "timed_out",
		       "nobody came back from the browser within %d s",
		       PKCE_WAIT_S);
}

/* --- the browser -----------------------------------------------------------
 */

static const char *
authorize_url(struct arena *a, const struct client_auth *auth,
	      const char *provider, const char *redirect, const char *verifier)
{
	unsigned char hash[32];
	struct buf b = buf_on(a);

	sha256_raw(verifier, strlen(verifier), hash);
	buf_addf(&b, "%s/authorize?provider=", auth->url);
	buf_add_url(&b, provider);
	buf_add(&b, "&redirect_to=");
	buf_add_url(&b, redirect);
	buf_addf(&b, "&code_challenge=%s&code_challenge_method=s256",
		 enc_base64url(a, hash, sizeof hash));
	return buf_str(&b);
}

/* Twice forked, so that nobody has to wait for a browser. */
static void
open_browser(const char *url)
{
	pid_t pid;

	if (!getenv("DISPLAY") && !getenv("WAYLAND_DISPLAY"))
		return;
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		if (fork() != 0)
			_exit(0);
		setsid();
		for (int fd = 0; null != -1 && fd < 3; fd++)
			dup2(null, fd);
		execlp("xdg-open", "xdg-open", url, (char *)NULL);
		_exit(127);
	}
	if (pid > 0) {
		siginfo_t ignored;

		waitid(P_PID, (id_t)pid, &ignored, WEXITED);
	}
}

bool
pkce_ask(struct arena *a, const struct client_auth *auth, const char *provider,
	 struct pkce_code *out, struct err *e)
{
	char verifier[VERIFIER + 1], secret[SECRET_PATH + 1];
	const char *path, *url, *code;
	unsigned port = 0;
	bool done;
	int fd = -1;

	rand_token(verifier, VERIFIER);
	rand_token(secret, SECRET_PATH);
	if (!listen_here(&fd, &port, e))
		return false;
	path = arena_printf(a, "/callback/%s", secret);
	url = authorize_url(
		a, auth, provider,
		arena_printf(a, "http://127.0.0.1:%u%s", port, path), verifier);
	fputs("Open this address in a browser on this machine:\n  ", stderr);
	out_text(stderr, url);
	fputc('\n', stderr);
	fflush(stderr);
	open_browser(url);
	done = wait_for_code(a, fd, path, &code, e);
	close(fd);
	if (done)
		*out = (struct pkce_code){code, arena_strdup(a, verifier)};
	return done;
}
