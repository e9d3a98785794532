#ifndef HANDLERS_IDENTITY_CALL_H
#define HANDLERS_IDENTITY_CALL_H

/*
 * identity_call - a request as domain/identity.h wants to see it; for every
 * surface that signs people in or up.
 */
#include "domain/identity.h"
#include "web/req.h"

/* redirect_to: query parameter or header of that name, else NULL. */
struct identity_call req_identity_call(struct req *rq);

#endif
