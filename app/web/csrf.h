#ifndef WEB_CSRF_H
#define WEB_CSRF_H

/*
 * csrf - the value in a form that another site cannot know.
 *
 * The secret is a cookie; a form carries it masked with fresh random bytes,
 * because pages are compressed and hold words of the query: equal bytes in
 * every answer could be guessed from its length (BREACH).
 */
#include "core/arena.h"

enum {
	CSRF_CHARS = 32 /* of the secret, base64url */
};

/* secret has CSRF_CHARS characters. */
const char *csrf_mask(struct arena *a, const char *secret);
/* given: masked, or the secret itself (scripts that read the cookie's value
 * elsewhere).  NULL is no match. */
bool csrf_match(struct arena *a, const char *secret, const char *given);

#endif
