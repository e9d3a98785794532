#ifndef CORE_FILE_H
#define CORE_FILE_H

/*
 * file - small files read whole: keys, secrets, templates.
 */
#include "arena.h"
#include "err.h"

/* All bytes of the file, a NUL behind them.  500 file_io with path and
 * reason; also when it is longer than limit_bytes. */
bool file_read(struct arena *a, const char *path, size_t limit_bytes,
	       struct span *out, struct err *e) MUST_CHECK;
/* One secret: the bytes without the newline at the end; empty is an error. */
bool file_secret(struct arena *a, const char *path, struct span *out,
		 struct err *e) MUST_CHECK;

#endif
