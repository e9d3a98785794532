#ifndef WEB_MASTER_H
#define WEB_MASTER_H

/*
 * master - supervises; reads no network, opens no database.  What all workers
 * need alike (templates, keys, the database of libmagic) it loads before it
 * forks, so that they share it.
 *
 *   HUP   read configuration, templates and keys again; if all of it is good,
 *         replace workers as they fall idle, else say why and go on
 *   TERM  let workers finish, then end (INT the same)
 *   QUIT  end at once
 *
 * A worker that dies is replaced: at once after a clean end, with a growing
 * pause (0.1 s to 5 s) after a crash.  One that spends longer on a request
 * than its pool allows is killed.
 */
#include "domain/settings.h"

/* conf_path is read again on HUP; NULL: environment and defaults.  Returns the
 * exit code of the program. */
int master_main(struct arena *a, const char *conf_path,
		const struct settings *set);

#endif
