#ifndef CORE_REDIS_H
#define CORE_REDIS_H

/*
 * redis - commands and scripts through hiredis 0.14; what is in Redis may be
 * lost at any moment, so every caller has an answer for "not there".
 *
 * Connects on first use (100 ms), waits 200 ms for an answer.  After a failure
 * no attempt is made for a while (0.5 s, doubling to 5 s), so a dead Redis
 * costs a request nothing.
 * Failure: 503 redis_unavailable; 500 redis_refused when Redis answers with an
 * error.  The process must ignore SIGPIPE.
 * Ownership: replies are copied into the arena.
 */
#include "arena.h"
#include "err.h"

struct redis;

enum redis_kind {
	REDIS_NIL,
	REDIS_INT,
	REDIS_TEXT,
	REDIS_LIST
};

struct redis_reply {
	enum redis_kind kind;
	int64_t num;
	struct span text;                /* NUL-terminated */
	const struct redis_reply *items; /* lists in a list are nil */
	size_t n_items;
};

struct redis_script {
	const char *text; /* Lua */
	char sha[41];     /* filled on first use */
};

struct redis_args {
	const char *const
		*list; /* n texts; the first n_keys of them are KEYS */
	size_t n_keys, n;
};

/* url: redis://[user][:password@]host[:port][/db] or
 * unix://[:password@]/path[?db=n].  "" gives a Redis that is always away.  A
 * malformed URL is 500 bad_redis_url. */
bool redis_new(const char *url, struct redis **out, struct err *e) MUST_CHECK;
void redis_free(struct redis *r); /* NULL is allowed */

/* Would a command be sent now?  False: none configured, or in back-off. */
bool redis_is_there(const struct redis *r);

/* args: command and arguments, n of them, NUL-terminated texts. */
bool redis_run(struct redis *r, struct arena *a, const char *const *args,
	       size_t n, struct redis_reply *out, struct err *e) MUST_CHECK;
/* The same for commands whose answer is a number or a text; nil: 0, NULL. */
bool redis_int(struct redis *r, struct arena *a, const char *const *args,
	       size_t n, int64_t *out, struct err *e) MUST_CHECK;
bool redis_text(struct redis *r, struct arena *a, const char *const *args,
		size_t n, const char **out, struct err *e) MUST_CHECK;

/* EVALSHA, and EVAL once when the server does not know the script. */
bool redis_eval(struct redis *r, struct arena *a, struct redis_script *s,
		const struct redis_args *args, struct redis_reply *out,
		struct err *e) MUST_CHECK;

#endif
