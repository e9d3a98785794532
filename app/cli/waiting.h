#ifndef CLI_WAITING_H
#define CLI_WAITING_H

/*
 * waiting - the sessions that wait for somebody's answer, as an array of whole
 * sessions.  The list of sessions does not tell (it is the short form), so
 * their digests are asked, and then each that waits.
 */
#include "client.h"

/* project NULL: all that can be seen. */
bool waiting_sessions(struct client *c, struct arena *a, const char *project,
		      struct json_object **out, struct err *e) MUST_CHECK;
/* Which of these (an array of sessions) wait: an array of ids. */
bool waiting_ids(struct client *c, struct arena *a,
		 struct json_object *sessions, struct json_object **out,
		 struct err *e) MUST_CHECK;

#endif
