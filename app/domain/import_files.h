#ifndef DOMAIN_IMPORT_FILES_H
#define DOMAIN_IMPORT_FILES_H

/*
 * import_files - the files of a data directory, as domain/import reads them:
 * regular files below it and nothing else, whatever links and names say.
 */
#include "core/arena.h"
#include "core/err.h"
#include "domain/layout.h"

struct import_root {
	const char *dir;  /* as given */
	const char *real; /* without links */
};

bool import_root_open(struct arena *a, const char *dir, struct import_root *out,
		      struct err *e) MUST_CHECK;

/* Called for each file there may be an object in, in the order of names:
 * path below the root, folder and stem as struct layout_file wants them. */
typedef void import_file_seen(void *to, enum layout_kind kind, const char *path,
			      const char *folder, const char *stem);
/* What is no object is told: word LAYOUT_REFUSED or LAYOUT_SKIPPED. */
typedef void import_odd_seen(void *to, enum layout_word word, const char *path,
			     const char *text);

void import_scan(struct arena *a, const struct import_root *root,
		 import_file_seen *file, import_odd_seen *odd, void *to);

/* The bytes, a NUL behind them; 400 with the reason when they are not to be
 * had.  mtime_ms may be NULL. */
bool import_read(struct arena *a, const struct import_root *root,
		 const char *path, struct span *out, int64_t *mtime_ms,
		 struct err *e) MUST_CHECK;
/* Is there anything of that name? */
bool import_is_there(struct arena *a, const struct import_root *root,
		     const char *path);

#endif
