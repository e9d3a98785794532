#ifndef CLI_PKCE_H
#define CLI_PKCE_H

/*
 * pkce - signing in with a browser: OAuth through GoTrue's /authorize with a
 * proof key (RFC 7636, S256) and a listener on 127.0.0.1 that takes the code.
 *
 * The listener's port and path are random, it waits PKCE_WAIT_S and answers
 * nothing but that one path.  Failure: 408 timed_out, 401 with the provider's
 * own words, 500.
 */
#include "client.h"

enum {
	PKCE_WAIT_S = 180
};

struct pkce_code {
	const char *code, *verifier;
};

/* Prints the URL on stderr and tries xdg-open. */
bool pkce_ask(struct arena *a, const struct client_auth *auth,
	      const char *provider, struct pkce_code *out,
	      struct err *e) MUST_CHECK;

#endif
