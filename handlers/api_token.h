#ifndef HANDLERS_API_TOKEN_H
#define HANDLERS_API_TOKEN_H

/*
 * api_token - makes an API token; for /api/tokens and the account page.
 */
#include "web/req.h"

/* in: checked JSON {name, scopes?, expiresInDays?}.  token is the only copy
 * of the text there will ever be; row is what is stored. */
bool api_token_make(struct req *rq, const char *in, const char **token,
		    struct db_result *row, struct err *e) MUST_CHECK;

#endif
