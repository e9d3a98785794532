#ifndef DOMAIN_API_TOKEN_H
#define DOMAIN_API_TOKEN_H

/*
 * api_token - what scripts and agents show instead of a password.
 *
 * "mst_" and 43 characters of base64url: 258 random bits.  The database keeps
 * its SHA-256 (so many bits need no slower hash) and its first characters, by
 * which people tell tokens apart.
 */
#include "core/arena.h"

struct api_token {
	const char *text;  /* told once */
	const char *hash;  /* SHA-256 of text, hex */
	const char *shown; /* "mst_" and four more */
};

struct api_token api_token_new(struct arena *a);
/* By its looks; says nothing about whether it is any good. */
bool api_token_is(const char *text);
/* Does one stand somewhere in the text? */
bool api_token_in(const char *text);

#endif
