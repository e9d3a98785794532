#ifndef DOMAIN_OBJECTS_SWEEP_H
#define DOMAIN_OBJECTS_SWEEP_H

/*
 * objects_sweep - removes bytes of the disk store that no row refers to.
 *
 * quick: versions that rows gave up more than a minute ago (deleted, replaced)
 * and left-overs in tmp/.  Otherwise also: every blob older than
 * settings.sweep_grace_s that no row names (a crash between bytes and row),
 * and rows whose bytes are gone are logged.  Safe at any time, beside running
 * uploads and beside another sweep; memory does not grow with the store.
 */
#include "core/err.h"
#include "domain/ctx.h"

struct sweep_report {
	size_t unlinked;   /* versions given up */
	size_t orphans;    /* blobs nobody named */
	size_t left_overs; /* in tmp/ */
	size_t missing;    /* rows without bytes: logged, nothing removed */
};

bool objects_sweep(struct ctx *ctx, bool is_quick, struct sweep_report *out,
		   struct err *e) MUST_CHECK;

#endif
