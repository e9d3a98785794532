/*
 * routes - the families of URLs, one line each.  A family lives in a file or
 * folder of its own beside this one; the longest prefix wins.
 */
#include "web/route.h"

extern const struct family api_family;
extern const struct family ops_family;

const struct family *const families[] = {
	&api_family,
	&ops_family,
	NULL,
};
