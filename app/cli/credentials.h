#ifndef CLI_CREDENTIALS_H
#define CLI_CREDENTIALS_H

/*
 * credentials - who is signed in, kept in ~/.maestro:
 *   auth-token.json   {accessToken, refreshToken, expiresAt (ms), email,
 *                     userId}, the layout other tools of maestro read too
 *   auth-server.json  {server, authUrl, anonKey, caFile}: where that token
 *                     belongs, so that it is never shown to another server
 *   auth-token.lock   held (flock) while a refresh token is used or the files
 *                     are replaced: two processes never use one token twice
 * All three are 0600 and replaced as a whole (temporary file, rename).
 *
 * Failure: 500 file_io.  Strings live in the arena.
 */
#include "core/arena.h"
#include "core/err.h"

struct credentials {
	const char *access, *refresh; /* NULL: none */
	int64_t expires_ms;           /* 0: not known, or never */
	const char *email, *user_id;  /* NULL: not known */
	/* of the other file */
	const char *server, *auth_url, *anon_key, *ca_file; /* NULL: none */
};

/* access is NULL when nobody is signed in. */
bool credentials_load(struct arena *a, struct credentials *out,
		      struct err *e) MUST_CHECK;
bool credentials_save(struct arena *a, const struct credentials *c,
		      struct err *e) MUST_CHECK;
/* Only the token's file: the server stays the same. */
bool credentials_save_token(struct arena *a, const struct credentials *c,
			    struct err *e) MUST_CHECK;
/* Nobody is signed in any more; not there is done too. */
bool credentials_forget(struct arena *a, struct err *e) MUST_CHECK;

/* Waits for the lock; unlock closes it. */
bool credentials_lock(struct arena *a, int *fd, struct err *e) MUST_CHECK;
void credentials_unlock(int fd);

/* Takes a token answer of /auth/v1 ({access_token, expires_in, user...}). */
bool credentials_take(struct arena *a, const char *json, size_t n,
		      struct credentials *c, struct err *e) MUST_CHECK;
/* What an access token says about itself, unverified: sub, email, exp. */
void credentials_read_jwt(struct arena *a, struct credentials *c);

#endif
