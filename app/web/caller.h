#ifndef WEB_CALLER_H
#define WEB_CALLER_H

/*
 * caller - from a credential to claims and role (design.md 4, step 3).
 *
 * A verified JWT is remembered per worker by its SHA-256 until it expires,
 * the claims of an API token for a few seconds.
 */
#include "req.h"
#include "stats.h"

struct jwt_cache;

struct jwt_cache *jwt_cache_new(struct stats *stats);
void jwt_cache_free(struct jwt_cache *c);

/* The default way: Authorization, /k/ token, apikey, session cookie.  Nothing
 * offered: rq->caller is anon.  401 bad_token when what was offered is no
 * good. */
bool caller_find(struct req *rq, struct err *e) MUST_CHECK;

/* Checks one token (a JWT or mst_...) and fills rq->caller from it. */
bool caller_from_token(struct req *rq, const char *token, enum credential how,
		       struct err *e) MUST_CHECK;
/* The token of "Authorization: Bearer x" (scheme in any case, one space, a
 * token without blanks), or NULL. */
const char *req_bearer(const struct req *rq);

/* rq->scope from rq->caller. */
void caller_scope(struct req *rq);

extern const char cookie_session[]; /* "__Host-maestro_session" */
extern const char cookie_refresh[];
extern const char cookie_csrf[];

#endif
