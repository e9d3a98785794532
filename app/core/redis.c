#include "redis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <hiredis/hiredis.h>

#include "clock.h"
#include "digest.h"
#include "enc.h"

enum {
	CONNECT_MS = 100,
	COMMAND_MS = 200,
	BACKOFF_MIN_MS = 500,
	BACKOFF_MAX_MS = 5000,
	MAX_ARGS = 64,
};

struct redis {
	struct arena *own; /* the parsed URL */
	const char *path;  /* unix socket, or NULL */
	const char *host;
	const char *user, *password; /* NULL: none */
	const char *db;              /* number as text */
	int port;
	bool is_set;
	redisContext *c; /* NULL: not connected */
	int64_t quiet_until_ms, backoff_ms;
};

static bool
digits_in(struct span s, int max, int *out)
{
	int v = 0;

	if (s.n == 0 || s.n > 5)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (s.p[i] - '0');
	}
	*out = v;
	return v <= max;
}

/* user:password before the @, percent-decoded. */
static bool
parse_login(struct redis *r, struct span *rest)
{
	const char *at = memrchr(rest->p, '@', rest->n);
	struct span login, user, text;

	if (!at)
		return true;
	login = (struct span){rest->p, (size_t)(at - rest->p)};
	rest->n -= login.n + 1;
	rest->p = at + 1;
	user = span_cut(&login, ':');
	if (!dec_percent(r->own, user, false, &text))
		return false;
	if (text.n > 0)
		r->user = arena_strndup(r->own, text.p, text.n);
	if (!dec_percent(r->own, login, false, &text))
		return false;
	if (text.n > 0)
		r->password = arena_strndup(r->own, text.p, text.n);
	return true;
}

static bool
parse_db(struct redis *r, struct span s)
{
	int db;

	if (s.n == 0)
		return true;
	if (!digits_in(s, 9999, &db))
		return false;
	if (db > 0)
		r->db = arena_printf(r->own, "%d", db);
	return true;
}

static bool
parse_unix(struct redis *r, struct span rest)
{
	struct span path;

	if (!parse_login(r, &rest))
		return false;
	path = span_cut(&rest, '?');
	if (path.n == 0 || path.p[0] != '/')
		return false;
	r->path = arena_strndup(r->own, path.p, path.n);
	if (rest.n == 0)
		return true;
	if (!span_starts(rest, "db="))
		return false;
	return parse_db(r, (struct span){rest.p + 3, rest.n - 3});
}

static bool
parse_tcp(struct redis *r, struct span rest)
{
	struct span host;

	if (!parse_login(r, &rest))
		return false;
	r->port = 6379;
	host = span_cut(&rest, '/');
	if (!parse_db(r, rest))
		return false;
	if (host.n > 0 && host.p[0] == '[') { /* IPv6 literal */
		host.p++;
		host.n--;
		struct span name = span_cut(&host, ']');

		r->host = arena_strndup(r->own, name.p, name.n);
		if (host.n == 0)
			return name.n > 0;
		if (host.p[0] != ':')
			return false;
		host.p++;
		host.n--;
		return digits_in(host, 65535, &r->port);
	}

	struct span name = span_cut(&host, ':');

	r->host = arena_strndup(r->own, name.p, name.n);
	return name.n > 0 && (host.n == 0 || digits_in(host, 65535, &r->port));
}

static bool
parse_url(struct redis *r, const char *url)
{
	struct span s = span_of(url);

	if (span_starts(s, "unix://"))
		return parse_unix(r, (struct span){s.p + 7, s.n - 7});
	if (span_starts(s, "unix:"))
		return parse_unix(r, (struct span){s.p + 5, s.n - 5});
	if (span_starts(s, "redis://"))
		return parse_tcp(r, (struct span){s.p + 8, s.n - 8});
	return false;
}

bool
redis_new(const char *url, struct redis **out, struct err *e)
{
	struct redis *r = calloc(1, sizeof *r);

	if (!r)
		return err_set(e, 500, "out_of_memory", "no memory for redis");
	r->own = arena_new(MiB);
	r->is_set = url && url[0];
	if (r->is_set && !parse_url(r, url)) {
		redis_free(r);
		/* The URL may hold a password: it is not repeated here. */
		return err_set(e, 500, "bad_redis_url",
			       "redis_url must be redis://[:password@]host"
			       "[:port][/db] or unix:///path");
	}
	*out = r;
	return true;
}

static void
drop(struct redis *r)
{
	if (r->c)
		redisFree(r->c);
	r->c = NULL;
}

void
redis_free(struct redis *r)
{
	if (!r)
		return;
	drop(r);
	arena_free(r->own);
	free(r);
}

bool
redis_is_there(const struct redis *r)
{
	return r->is_set && (r->c || clock_mono_ms() >= r->quiet_until_ms);
}

static bool
lost(struct redis *r, struct err *e)
{
	char why[128];

	snprintf(why, sizeof why, "%s",
		 r->c && r->c->err ? r->c->errstr : "no connection");
	drop(r);
	r->backoff_ms = r->backoff_ms ? r->backoff_ms * 2 : BACKOFF_MIN_MS;
	if (r->backoff_ms > BACKOFF_MAX_MS)
		r->backoff_ms = BACKOFF_MAX_MS;
	r->quiet_until_ms = clock_mono_ms() + r->backoff_ms;
	return err_set(e, 503, "redis_unavailable", "redis: %s", why);
}

static redisReply *
command(struct redis *r, const char *const *args, size_t n)
{
	const char *argv[MAX_ARGS]; /* hiredis wants it not const */

	memcpy(argv, args, n * sizeof *argv);
	return redisCommandArgv(r->c, (int)n, argv, NULL);
}

/* A greeting that Redis refuses (wrong password) counts as "not there". */
static bool
greet(struct redis *r, const char *const *args, size_t n, struct err *e)
{
	redisReply *reply = command(r, args, n);
	bool is_fine = reply && reply->type != REDIS_REPLY_ERROR;

	if (reply && !is_fine)
		snprintf(r->c->errstr, sizeof r->c->errstr, "%.100s",
			 reply->str);
	if (!is_fine && r->c->err == 0)
		r->c->err = REDIS_ERR_OTHER;
	if (reply)
		freeReplyObject(reply);
	return is_fine || lost(r, e);
}

static bool
connect_now(struct redis *r, struct err *e)
{
	static const struct timeval wait_connect = {0, CONNECT_MS * 1000L};
	static const struct timeval wait_command = {0, COMMAND_MS * 1000L};

	if (r->c)
		return true;
	if (!r->is_set)
		return err_set(e, 503, "redis_unavailable", "no Redis is set");
	if (!redis_is_there(r))
		return err_set(e, 503, "redis_unavailable",
			       "redis is away; not trying again yet");
	r->c = r->path ? redisConnectUnixWithTimeout(r->path, wait_connect)
		       : redisConnectWithTimeout(r->host, r->port,
						 wait_connect);
	if (!r->c || r->c->err || redisSetTimeout(r->c, wait_command) != 0)
		return lost(r, e);

	const char *auth[] = {"AUTH", r->user ? r->user : r->password,
			      r->password};
	const char *pick[] = {"SELECT", r->db};

	if (r->password && !greet(r, auth, r->user ? 3 : 2, e))
		return false;
	if (r->db && !greet(r, pick, 2, e))
		return false;
	r->backoff_ms = 0;
	return true;
}

static struct redis_reply
copy(struct arena *a, const redisReply *from)
{
	struct redis_reply to = {.kind = REDIS_NIL};

	if (from->type == REDIS_REPLY_INTEGER) {
		to.kind = REDIS_INT;
		to.num = from->integer;
	} else if (from->type == REDIS_REPLY_STRING ||
		   from->type == REDIS_REPLY_STATUS) {
		to.kind = REDIS_TEXT;
		to.text.n = (size_t)from->len;
		to.text.p = arena_strndup(a, from->str, to.text.n);
	}
	return to;
}

static struct redis_reply
copy_list(struct arena *a, const redisReply *from)
{
	struct redis_reply to = {.kind = REDIS_LIST, .n_items = from->elements};
	struct redis_reply *items = arena_alloc(a, to.n_items * sizeof *items);

	for (size_t i = 0; i < to.n_items; i++)
		items[i] = copy(a, from->element[i]);
	to.items = items;
	return to;
}

bool
redis_run(struct redis *r, struct arena *a, const char *const *args, size_t n,
	  struct redis_reply *out, struct err *e)
{
	redisReply *reply;

	if (n == 0 || n > MAX_ARGS)
		return err_set(e, 500, "redis_refused", "%zu arguments", n);
	if (!connect_now(r, e))
		return false;
	reply = command(r, args, n);
	if (!reply)
		return lost(r, e);
	if (reply->type == REDIS_REPLY_ERROR) {
		err_set(e, 500, "redis_refused", "redis: %.200s", reply->str);
		freeReplyObject(reply);
		return false;
	}
	*out = reply->type == REDIS_REPLY_ARRAY ? copy_list(a, reply)
						: copy(a, reply);
	freeReplyObject(reply);
	return true;
}

bool
redis_int(struct redis *r, struct arena *a, const char *const *args, size_t n,
	  int64_t *out, struct err *e)
{
	struct redis_reply reply = {.kind = REDIS_NIL};

	if (!redis_run(r, a, args, n, &reply, e))
		return false;
	if (reply.kind != REDIS_INT && reply.kind != REDIS_NIL)
		return err_set(e, 500, "redis_refused",
			       "%s did not answer with a number", args[0]);
	*out = reply.num;
	return true;
}

bool
redis_text(struct redis *r, struct arena *a, const char *const *args, size_t n,
	   const char **out, struct err *e)
{
	struct redis_reply reply = {.kind = REDIS_NIL};

	if (!redis_run(r, a, args, n, &reply, e))
		return false;
	if (reply.kind != REDIS_TEXT && reply.kind != REDIS_NIL)
		return err_set(e, 500, "redis_refused",
			       "%s did not answer with a text", args[0]);
	*out = reply.kind == REDIS_TEXT ? reply.text.p : NULL;
	return true;
}

bool
redis_eval(struct redis *r, struct arena *a, struct redis_script *s,
	   const struct redis_args *args, struct redis_reply *out,
	   struct err *e)
{
	const char *argv[MAX_ARGS];
	char keys[24];
	size_t n = args->n + 3;

	if (n > MAX_ARGS)
		return err_set(e, 500, "redis_refused", "%zu arguments", n);
	if (!s->sha[0])
		sha1_hex(s->text, strlen(s->text), s->sha);
	snprintf(keys, sizeof keys, "%zu", args->n_keys);
	argv[0] = "EVALSHA";
	argv[1] = s->sha;
	argv[2] = keys;
	memcpy(argv + 3, args->list, args->n * sizeof *argv);
	if (redis_run(r, a, argv, n, out, e))
		return true;
	if (!strstr(e->message, "NOSCRIPT"))
		return false;
	argv[0] = "EVAL";
	argv[1] = s->text;
	return redis_run(r, a, argv, n, out, e);
}
