/*
 * family - the addresses of /app.
 */
#include "page.h"

#include "handlers/pages/sets.h"

#define REF(name) &(name),
static const struct route_set *const sets[] = {SETS(REF) NULL};
#undef REF

const struct family pages_family = {
	.name = "pages",
	.prefix = "/app/",
	.sets = sets,
	.render_error = page_render_error,
	.authenticate = page_authenticate,
};
