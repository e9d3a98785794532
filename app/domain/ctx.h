#ifndef DOMAIN_CTX_H
#define DOMAIN_CTX_H

/*
 * ctx - what one process needs to serve: made once per worker (or command),
 * never changed while a request runs.  Owned by the program that made it.
 */
#include "core/arena.h"
#include "core/db.h"
#include "domain/settings.h"

struct redis;     /* core/redis.h */
struct tmpl_set;  /* core/tmpl.h */
struct mime;      /* core/mime.h */
struct fetch;     /* core/fetch.h */
struct jwt_keys;  /* core/jwt.h */
struct hosted;    /* domain/hosted.h */
struct identity;  /* domain/identity.h */
struct objects;   /* domain/objects.h */
struct mailer;    /* domain/mailer.h */
struct ratelimit; /* domain/ratelimit.h */

/*
 * What all workers need alike and none changes: a master loads it once, before
 * it forks, so that the workers share its memory.  Files that changed since
 * (templates, keys) count when it is loaded anew.
 */
struct ctx_shared;

/* 500 start, with what is wrong. */
bool ctx_share(struct ctx_shared **out, const struct settings *set,
	       struct err *e) MUST_CHECK;
void ctx_unshare(struct ctx_shared *s); /* NULL is allowed */

struct ctx {
	const struct settings *set;
	struct ctx_shared *own; /* if it was not given one */
	struct db *db;
	struct redis *redis;
	const struct tmpl_set *templates;
	struct mime *mime;
	struct fetch *fetch;
	struct jwt_keys *keys;
	struct jwt_keys *fetched; /* keys, if they are the project's */
	struct hosted *hosted;    /* NULL unless supabase_enabled */
	struct identity *identity;
	struct objects *objects;
	struct mailer *mailer;
	struct ratelimit *limits;
};

/* shared must outlive it; NULL: it loads what it needs itself.  counters may
 * be NULL.  Connects to nothing yet.  500 start, with what is wrong. */
bool ctx_open(struct ctx **out, const struct settings *set,
	      const struct ctx_shared *shared, struct db_counters *counters,
	      struct err *e) MUST_CHECK;
void ctx_close(struct ctx *c); /* NULL is allowed */

#endif
