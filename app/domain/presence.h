#ifndef DOMAIN_PRESENCE_H
#define DOMAIN_PRESENCE_H

/*
 * presence - which sessions' agents are alive.
 *
 * An agent beats every few seconds.  A beat is a key in Redis that lives
 * presence_ttl_ms, and a place in a sorted set at the moment from which,
 * presence_grace_ms later still, its session counts as lost unless another
 * beat came.  A beat that Redis does not take goes to the database, which is
 * asked before a session is given up and hands it over when Redis is back:
 * nobody is called dead because Redis was away, nor because it came back with
 * an old set (it must have been up for as long as a session may be silent).  A
 * session that never sent a beat stands in no set.
 *
 * Any number of processes may sweep at the same time.
 */
#include "domain/ctx.h"

/* stored: false when Redis is away; the caller then keeps the beat in the
 * database. */
void presence_beat(struct ctx *c, struct arena *a, const char *session,
		   const char *json, bool *stored);
/* alive is true and json NULL when nobody knows. */
void presence_get(struct ctx *c, struct arena *a, const char *session,
		  bool *alive, const char **json);
/* The agent has said goodbye: its silence is no loss. */
void presence_forget(struct ctx *c, struct arena *a, const char *session);

/*
 * Fails the sessions whose agents vanished.  lost: how many; 0 too when Redis
 * is away or too young to be believed.
 * Failure: that of the database; what was not swept is swept later.
 */
bool presence_sweep(struct ctx *c, size_t *lost, struct err *e) MUST_CHECK;

#endif
