/* HTTP and mail to servers of our own, well-behaved and otherwise. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/fetch.h"
#include "core/file.h"

#include "t/tap.h"

static struct arena *a;
static char dir[] = "/tmp/maestro-fetch-XXXXXX";

static int
listen_any(int *port)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t n = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0 ||
	    listen(fd, 16) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &n) != 0)
		exit(1);
	*port = ntohs(at.sin_port);
	return fd;
}

static void
put(int fd, const char *text)
{
	size_t n = strlen(text);

	while (n > 0) {
		ssize_t rc = write(fd, text, n);

		if (rc <= 0)
			return;
		text += rc;
		n -= (size_t)rc;
	}
}

/* --- the HTTP server ------------------------------------------------------ */

enum {
	ROOM = 4 * MiB
};

/* Head and body as they came, whatever their framing. */
static size_t
take_request(int fd, char *p)
{
	size_t n = 0, want = 0;
	char *end = NULL, *length;

	for (;;) {
		ssize_t rc = read(fd, p + n, ROOM - 1 - n);

		if (rc <= 0)
			return n;
		n += (size_t)rc;
		p[n] = '\0';
		if (!end) {
			end = strstr(p, "\r\n\r\n");
			length = strstr(p, "Content-Length: ");
			if (end && length && length < end)
				want = strtoul(length + 16, NULL, 10);
		}
		if (!end)
			continue;
		if (strstr(p, "Transfer-Encoding: chunked")) {
			if (strstr(end, "\r\n0\r\n\r\n"))
				return n;
		} else if (n >= (size_t)(end + 4 - p) + want) {
			return n;
		}
	}
}

static void
answer(int fd, const char *rq, size_t n)
{
	char head[200];

	if (strstr(rq, " /echo ")) {
		snprintf(head, sizeof head,
			 "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n"
			 "X-Mixed-CASE:  a b \r\n\r\n",
			 n);
		put(fd, head);
		put(fd, rq);
	} else if (strstr(rq, " /dead-later ")) {
		put(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
	} else if (strstr(rq, " /redirect ")) {
		put(fd, "HTTP/1.1 302 Found\r\nLocation: /echo\r\n"
			"Content-Length: 0\r\n\r\n");
	} else if (strstr(rq, " /continue ")) {
		put(fd, "HTTP/1.1 100 Continue\r\nX-Not: this\r\n\r\n"
			"HTTP/1.1 204 No Content\r\nX-But: that\r\n\r\n");
	} else if (strstr(rq, " /refuse ")) {
		put(fd, "HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\n\r\n"
			"sorry");
	} else if (strstr(rq, " /big ")) {
		put(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n");
		for (int i = 0; i < 20000; i++)
			put(fd, "0123456789012345678901234567890123456789"
				"01234567890123456789012345678901234567890"
				"1234567890123456789");
	} else if (strstr(rq, " /short ")) {
		put(fd, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort");
	} /* else: nothing at all */
}

static pid_t
start_http(int *port)
{
	int fd = listen_any(port);
	pid_t pid = fork();

	if (pid != 0) {
		close(fd);
		return pid;
	}
	char *p = malloc(ROOM);

	signal(SIGPIPE, SIG_IGN);
	for (;;) {
		int c = accept(fd, NULL, NULL);

		if (c == -1 || !p)
			_exit(0);
		size_t n = take_request(c, p);

		answer(c, p, n);
		close(c);
	}
}

/* --- the mail server ------------------------------------------------------ */

/* One mail; the whole conversation of the client goes to the pipe. */
static void
serve_mail(int c, int out)
{
	FILE *f = fdopen(c, "r+");
	char line[1000];
	bool is_data = false;

	if (!f)
		return;
	put(c, "220 test ESMTP\r\n");
	while (fgets(line, sizeof line, f)) {
		put(out, line);
		if (is_data) {
			if (strcmp(line, ".\r\n") != 0)
				continue;
			is_data = false;
			put(c, "250 taken\r\n");
		} else if (strncmp(line, "EHLO", 4) == 0) {
			put(c, "250-test\r\n250 AUTH PLAIN\r\n");
		} else if (strncmp(line, "AUTH", 4) == 0) {
			/* curl waits to be asked for the words themselves. */
			put(c, "334 \r\n");
			if (!fgets(line, sizeof line, f))
				break;
			put(c, "235 welcome\r\n");
		} else if (strncmp(line, "DATA", 4) == 0) {
			is_data = true;
			put(c, "354 go on\r\n");
		} else if (strncmp(line, "QUIT", 4) == 0) {
			put(c, "221 bye\r\n");
			break;
		} else if (strstr(line, "nobody@")) {
			put(c, "550 no such user\r\n");
		} else {
			put(c, "250 fine\r\n");
		}
	}
	fclose(f);
}

static pid_t
start_smtp(int *port, int *heard)
{
	int fd = listen_any(port), ends[2];
	pid_t pid;

	if (pipe(ends) != 0)
		exit(1);
	pid = fork();
	if (pid != 0) {
		close(fd);
		close(ends[1]);
		*heard = ends[0];
		return pid;
	}
	signal(SIGPIPE, SIG_IGN);
	close(ends[0]);
	for (;;) {
		int c = accept(fd, NULL, NULL);

		if (c == -1)
			_exit(0);
		serve_mail(c, ends[1]);
	}
}

/* --- tests ---------------------------------------------------------------- */

static struct fetch *f;
static int http_port;

static const char *
url(const char *path)
{
	return arena_printf(a, "http://127.0.0.1:%d%s", http_port, path);
}

static void
test_simple(void)
{
	const struct fetch_header headers[] = {
		{"X-One",  "1"},
                {"X-None", "" }
        };
	struct fetch_request rq = {.url = url("/echo"),
				   .headers = headers,
				   .n_headers = NELEM(headers)};
	struct fetch_reply r;
	struct err e = {0};

	if (!ok(fetch_run(f, a, &rq, &r, &e), "GET"))
		printf("# %s\n", e.message);
	is_int(r.status, 200, "200");
	is(fetch_header(&r, "x-mixed-case"), "a b",
	   "headers in lower case, trimmed");
	is(fetch_header(&r, "x-none"), NULL, "or absent");
	ok(strstr(r.body.p, "GET /echo HTTP/1.1") &&
		   strstr(r.body.p, "X-One: 1\r\n") &&
		   strstr(r.body.p, "X-None:\r\n") &&
		   strstr(r.body.p, "User-Agent: maestro\r\n"),
	   "what was sent");

	rq.method = "POST";
	rq.body = span_of("{\"a\":1}");
	ok(fetch_run(f, a, &rq, &r, &e) && strstr(r.body.p, "POST /echo") &&
		   strstr(r.body.p, "Content-Length: 7\r\n") &&
		   strstr(r.body.p, "\r\n\r\n{\"a\":1}") &&
		   !strstr(r.body.p, "Expect"),
	   "POST with a body from memory");
	rq.body = (struct span){NULL, 0};
	ok(fetch_run(f, a, &rq, &r, &e) &&
		   strstr(r.body.p, "Content-Length: 0\r\n"),
	   "POST without one says so");
	rq.method = "DELETE";
	ok(fetch_run(f, a, &rq, &r, &e) && strstr(r.body.p, "DELETE /echo"),
	   "DELETE");

	const struct fetch_header evil[] = {
		{"X", "a\r\nHost: b"}
        };

	rq.headers = evil;
	rq.n_headers = 1;
	ok(!fetch_run(f, a, &rq, &r, &e) && e.status == 500,
	   "a header cannot smuggle another");
}

static void
test_answers(void)
{
	struct fetch_request rq = {.url = url("/redirect")};
	struct fetch_reply r;
	struct err e;

	ok(fetch_run(f, a, &rq, &r, &e) && r.status == 302 &&
		   strcmp(fetch_header(&r, "location"), "/echo") == 0,
	   "a redirect is an answer");
	rq.url = url("/continue");
	ok(fetch_run(f, a, &rq, &r, &e) && r.status == 204 &&
		   !fetch_header(&r, "x-not") && fetch_header(&r, "x-but"),
	   "100 is not the answer");
	rq.url = url("/refuse");
	ok(fetch_run(f, a, &rq, &r, &e) && r.status == 403 &&
		   span_is(r.body, "sorry"),
	   "403 is an answer");
	rq.url = url("/big");
	ok(!fetch_run(f, a, &rq, &r, &e) && strstr(e.message, "too long"),
	   "an answer past the limit is none");
	rq.limit_bytes = 2000000;
	ok(fetch_run(f, a, &rq, &r, &e) && r.body.n == 2000000,
	   "the limit is the caller's");
	rq.url = url("/short");
	ok(!fetch_run(f, a, &rq, &r, &e) && e.status == 503 &&
		   strcmp(e.code, "upstream_unavailable") == 0,
	   "half an answer is none");
	rq.url = url("/nothing");
	ok(!fetch_run(f, a, &rq, &r, &e) && e.status == 503, "nor is silence");
	is_int(fetch_trouble(f), FETCH_BROKEN, "but something was sent");
	rq.url = "http://127.0.0.1:1/";
	ok(!fetch_run(f, a, &rq, &r, &e) && e.status == 503 &&
		   e.retry_after_s > 0,
	   "nobody listens");
	is_int(fetch_trouble(f), FETCH_UNREACHABLE, "so nothing was sent");
	rq.url = "file:///etc/passwd";
	ok(!fetch_run(f, a, &rq, &r, &e) && e.status == 503,
	   "only http and https");
	for (int i = 0; i < 3; i++) {
		rq = (struct fetch_request){.method = "PUT",
					    .url = url("/dead-later"),
					    .body = span_of("body")};
		ok(fetch_run(f, a, &rq, &r, &e) && span_is(r.body, "hi"),
		   "a kept connection that died is replaced");
	}
}

struct stream {
	size_t sent, to_send, got;
	int status;
	bool refuse_head, refuse_body, fail_read;
};

static ssize_t
give(void *arg, char *p, size_t n)
{
	struct stream *s = arg;

	if (s->fail_read && s->sent > 1000)
		return FETCH_ABORT;
	if (n > s->to_send - s->sent)
		n = s->to_send - s->sent;
	memset(p, 'x', n);
	s->sent += n;
	return (ssize_t)n;
}

static bool
see_head(void *arg, const struct fetch_reply *head)
{
	struct stream *s = arg;

	s->status = head->status;
	return !s->refuse_head;
}

static bool
see_body(void *arg, const char *p, size_t n)
{
	struct stream *s = arg;

	(void)p;
	s->got += n;
	return !s->refuse_body;
}

static void
test_streams(void)
{
	struct stream s = {.to_send = 300000};
	struct fetch_request rq = {.method = "PUT",
				   .url = url("/echo"),
				   .read = give,
				   .read_length = 300000,
				   .head = see_head,
				   .write = see_body,
				   .arg = &s};
	struct fetch_reply r;
	struct err e;

	ok(fetch_run(f, a, &rq, &r, &e) && s.sent == 300000 && s.got > 300000 &&
		   s.status == 200 && r.body.n == 0,
	   "both ways as streams");
	s = (struct stream){.to_send = 5000};
	rq.read_length = -1;
	ok(fetch_run(f, a, &rq, &r, &e) && s.got > 5000,
	   "a body of unknown length goes chunked");
	s = (struct stream){.to_send = 5000, .fail_read = true};
	ok(!fetch_run(f, a, &rq, &r, &e) && strstr(e.message, "read"),
	   "a body that breaks off ends it");

	s = (struct stream){.refuse_body = true};
	rq = (struct fetch_request){.url = url("/big"),
				    .head = see_head,
				    .write = see_body,
				    .arg = &s};
	ok(!fetch_run(f, a, &rq, &r, &e) && strstr(e.message, "passed on"),
	   "a reader that gives up ends it");
	s = (struct stream){.refuse_head = true};
	ok(!fetch_run(f, a, &rq, &r, &e) && s.got == 0, "also at the head");
	s = (struct stream){0};
	rq.url = url("/refuse");
	ok(fetch_run(f, a, &rq, &r, &e) && s.got == 0 &&
		   span_is(r.body, "sorry"),
	   "an error's body is not streamed");
	rq.url = url("/continue");
	ok(fetch_run(f, a, &rq, &r, &e) && s.status == 204,
	   "an answer without body has its head told too");
}

static const char *
hear(int fd)
{
	static char text[64 * KiB];
	size_t n = 0;

	/* The conversation ends with QUIT. */
	while (n < sizeof text - 1) {
		ssize_t rc = read(fd, text + n, sizeof text - 1 - n);

		if (rc <= 0)
			break;
		n += (size_t)rc;
		text[n] = '\0';
		if (strstr(text, "QUIT\r\n"))
			break;
	}
	return text;
}

static void
test_mail(void)
{
	const char *to[] = {"ann@example.com", "bob@example.com"};
	const char *evil[] = {"a@b>\r\nRCPT TO:<c@d"};
	const char *nobody[] = {"nobody@example.com"};
	int port, heard;
	pid_t pid = start_smtp(&port, &heard);
	struct fetch_mail m = {
		.url = arena_printf(a, "smtp://127.0.0.1:%d", port),
		.user = "u",
		.password = "p",
		.from = "maestro@example.com",
		.to = to,
		.n_to = 2,
		.message = span_of("Subject: x\n\n.dot\nline\r\nlast"),
	};
	const char *said;
	struct err e = {0};

	ok(fetch_send_mail(f, a, &m, &e), "a mail is sent");
	said = hear(heard);
	ok(strstr(said, "AUTH PLAIN") != NULL, "after a login");
	ok(strstr(said, "MAIL FROM:<maestro@example.com>") &&
		   strstr(said, "RCPT TO:<ann@example.com>") &&
		   strstr(said, "RCPT TO:<bob@example.com>"),
	   "from one to two");
	ok(strstr(said, "Subject: x\r\n\r\n..dot\r\nline\r\nlast\r\n.\r\n") !=
		   NULL,
	   "lines end in CR LF, dots are stuffed");
	m.to = nobody;
	m.n_to = 1;
	ok(!fetch_send_mail(f, a, &m, &e) && e.status == 503 &&
		   strcmp(e.code, "mail_unavailable") == 0,
	   "a refused recipient is told");
	m.to = evil;
	ok(!fetch_send_mail(f, a, &m, &e) && e.status == 400,
	   "an address cannot smuggle a command");
	m.to = to;
	m.url = "http://127.0.0.1/";
	ok(!fetch_send_mail(f, a, &m, &e), "mail goes over smtp only");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(heard);
}

static bool
shell(const char *command)
{
	return system(command) == 0;
}

/* TLS is verified, against a private authority when one is set. */
static void
test_tls(void)
{
	const char *cert = arena_printf(a, "%s/cert.pem", dir);
	const char *key = arena_printf(a, "%s/key.pem", dir);
	struct fetch_options o = {.ca_file = cert, .user_agent = "test"};
	struct fetch_request rq = {.timeout_ms = 5000};
	int64_t until = clock_mono_ms() + 10000;
	struct fetch *trusting = NULL;
	struct fetch_peer peer;
	struct fetch_reply r;
	struct err e = {0};
	int port, fd = listen_any(&port);
	char accept_at[32];
	pid_t pid;

	close(fd);
	snprintf(accept_at, sizeof accept_at, "127.0.0.1:%d", port);
	if (!shell(arena_printf(a,
				"openssl req -x509 -newkey ec -pkeyopt "
				"ec_paramgen_curve:P-256 -nodes -days 2 -subj "
				"/CN=localhost -addext "
				"subjectAltName=IP:127.0.0.1 -keyout %s -out "
				"%s 2>/dev/null",
				key, cert))) {
		ok(true, "# SKIP no openssl");
		return;
	}
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
		execlp("openssl", "openssl", "s_server", "-www", "-accept",
		       accept_at, "-cert", cert, "-key", key, (char *)NULL);
		_exit(127);
	}
	rq.url = arena_printf(a, "https://127.0.0.1:%d/", port);
	if (fetch_new(&o, &trusting, &e)) {
		bool done = false;

		while (!done && clock_mono_ms() < until)
			done = fetch_run(trusting, a, &rq, &r, &e);
		ok(done && r.status == 200, "a private authority is trusted");
		rq.url = arena_printf(a, "https://localhost:%d/", port);
		ok(!fetch_run(trusting, a, &rq, &r, &e),
		   "not for another name");
		is_int(fetch_trouble(trusting), FETCH_TLS, "and that is told");
		fetch_free(trusting);
	}
	rq.url = arena_printf(a, "https://127.0.0.1:%d/", port);
	ok(!fetch_run(f, a, &rq, &r, &e) && e.status == 503,
	   "an unknown one is not");
	ok(fetch_peer(f, a, rq.url, &peer, &e) &&
		   peer.expires_s > clock_s() + 24 * 3600 &&
		   peer.expires_s <= clock_s() + 2 * 24 * 3600,
	   "but its end can be looked at");
	ok(!fetch_run(f, a, &rq, &r, &e),
	   "and afterwards it is as little trusted");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	unlink(cert);
	unlink(key);
}

int
main(void)
{
	struct fetch_options o = {.ca_file = ""};
	struct err e;
	pid_t pid;

	signal(SIGPIPE, SIG_IGN);
	alarm(60); /* a conversation that never ends is a failure too */
	unsetenv("http_proxy");
	unsetenv("https_proxy");
	a = arena_new(256 * MiB);
	if (!mkdtemp(dir))
		return 1;
	pid = start_http(&http_port);
	if (fetch_new(&o, &f, &e)) {
		test_simple();
		test_answers();
		test_streams();
		test_mail();
		test_tls();
	}
	fetch_free(f);
	fetch_free(NULL);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	rmdir(dir);
	arena_free(a);
	return done_testing();
}
