/*
 * routes - the families of URLs, one line each.  A family lives in a file or
 * folder of its own beside this one; the longest prefix wins.
 */
#include "web/route.h"

extern const struct family auth_v1_family;
extern const struct family api_family;
extern const struct family chat_auth_family;
extern const struct family ops_family;
extern const struct family pages_family;
extern const struct family storage_v1_family;

const struct family *const families[] = {
	&auth_v1_family,
	&api_family,
	&chat_auth_family,
	&ops_family,
	&pages_family,
	&storage_v1_family,
	NULL,
};
