#ifndef CORE_FETCH_H
#define CORE_FETCH_H

/*
 * fetch - HTTP requests and mail to other servers, through libcurl 7.88.
 *
 * One handle per process, reused, so connections stay open between requests.
 * Only http and https; redirects are answers, not followed; TLS is always
 * verified, against ca_file when one is set.  Proxies come from the usual
 * environment variables, as the admin set them for the service.
 *
 * Time: 10 s to connect; requests with callbacks may take as long as bytes
 * flow (at least 1 kB/s over 30 s), others timeout_ms in all.
 * Failure: 503 upstream_unavailable when no whole answer came (also when a
 * callback gave up: then e->message says so).  Any HTTP status is an answer.
 */
#include <sys/types.h>

#include "arena.h"
#include "err.h"

struct fetch;

struct fetch_options {
	const char *ca_file;    /* PEM; NULL or "": the system's */
	const char *user_agent; /* NULL: "maestro" */
};

/* What fetch_new does once in a process, for a process that forks: its
 * children share what TLS and libcurl have learnt by then. */
bool fetch_prepare(struct err *e) MUST_CHECK;

struct fetch_header {
	const char *name, *value;
};

struct fetch_reply {
	int status;
	const struct fetch_header *headers; /* names in lower case */
	size_t n_headers;
	struct span body; /* what did not go to .write; NUL-terminated */
};

enum {
	FETCH_ABORT = -1
};

/* Puts up to n bytes at p; 0 at the end, FETCH_ABORT to give up. */
typedef ssize_t fetch_read_fn(void *arg, char *p, size_t n);
/* Called once before the first byte of a 2xx body; false gives up. */
typedef bool fetch_head_fn(void *arg, const struct fetch_reply *head);
/* The body of a 2xx answer, piece by piece; false gives up. */
typedef bool fetch_write_fn(void *arg, const char *p, size_t n);

struct fetch_request {
	const char *method; /* NULL: GET */
	const char *url;
	const struct fetch_header *headers;
	size_t n_headers;
	/* body: memory, or read with its length (-1: unknown, chunked) */
	struct span body;
	fetch_read_fn *read;
	int64_t read_length;
	/* answer: memory, or head (may be NULL) and write for 2xx */
	fetch_head_fn *head;
	fetch_write_fn *write;
	void *arg;          /* of read, head and write */
	size_t limit_bytes; /* of an answer in memory; 0: 1 MiB */
	int timeout_ms;     /* 0: 15 s */
};

struct fetch_mail {
	const char *url;             /* smtp://host:port or smtps://host:port */
	const char *user, *password; /* NULL or "": no login */
	const char *from;            /* bare addresses */
	const char *const *to;
	size_t n_to;
	struct span message; /* headers, empty line, text; any line ends */
};

bool fetch_new(const struct fetch_options *o, struct fetch **out,
	       struct err *e) MUST_CHECK;
void fetch_free(struct fetch *f); /* NULL is allowed */

/* The answer's memory is the arena's. */
bool fetch_run(struct fetch *f, struct arena *a, const struct fetch_request *rq,
	       struct fetch_reply *out, struct err *e) MUST_CHECK;

/* Why the last fetch_run failed. */
enum fetch_trouble {
	FETCH_BROKEN,      /* anything else */
	FETCH_UNREACHABLE, /* no connection was made: nothing was sent */
	FETCH_TLS,         /* the peer could not prove who it is */
	FETCH_TIMEOUT,
};

enum fetch_trouble fetch_trouble(const struct fetch *f);

/* Who is at the other end of an https address: looked at, not trusted. */
struct fetch_peer {
	int64_t expires_s; /* the certificate's last second; 0: not told */
	int64_t date_s;    /* of the answer's Date header; 0: not told */
};

bool fetch_peer(struct fetch *f, struct arena *a, const char *url,
		struct fetch_peer *out, struct err *e) MUST_CHECK;
/* NULL when absent; name in lower case. */
const char *fetch_header(const struct fetch_reply *r, const char *name);

/*
 * Sends one mail.  smtp:// uses STARTTLS when the server offers it; a password
 * is only sent encrypted, or to this machine.  503 mail_unavailable.
 */
bool fetch_send_mail(struct fetch *f, struct arena *a,
		     const struct fetch_mail *m, struct err *e) MUST_CHECK;

#endif
