#ifndef DOMAIN_REDIRECT_H
#define DOMAIN_REDIRECT_H

/*
 * redirect - where a mailed link may lead (auth-v1.md 7.9).
 *
 * A link signs its reader in, so it must not lead to a stranger's site.  What
 * is not allowed is passed over, never an error: the next candidate counts,
 * last of all site_url.
 */
#include "core/arena.h"

/* Borrowed or arena text; never NULL.  allow_list: comma-separated globs with
 * the separators . and / (*, **, ?, [a-z], [!a-z], {a,b}, \). */
const char *redirect_pick(struct arena *a, const char *site_url,
			  const char *allow_list, const char *asked,
			  const char *referer);

bool redirect_ok(struct arena *a, const char *site_url, const char *allow_list,
		 const char *url);

/* Exposed for its test. */
bool redirect_glob(const char *pattern, const char *text);

#endif
