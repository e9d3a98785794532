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

struct ctx {
	const struct settings *set;
	struct arena *arena; /* of what lives as long as the ctx */
	struct db *db;
	struct redis *redis;
	const struct tmpl_set *templates;
	struct mime *mime;
	struct fetch *fetch;
	struct jwt_keys *keys;
	struct hosted *hosted; /* NULL unless supabase_enabled */
	struct identity *identity;
	struct objects *objects;
	struct mailer *mailer;
	struct ratelimit *limits;
};

/* counters may be NULL.  Connects to nothing yet.  500 start, with what is
 * wrong. */
bool ctx_open(struct ctx **out, const struct settings *set,
	      struct db_counters *counters, struct err *e) MUST_CHECK;
void ctx_close(struct ctx *c); /* NULL is allowed */

#endif
