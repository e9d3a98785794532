#ifndef CLI_ENV_H
#define CLI_ENV_H

/*
 * env - where the commands for people find their settings: the environment,
 * then ./.env, then ~/.maestro/config (both NAME=value lines, as dotenv writes
 * them).  Existing variables win.
 *
 * Only names that are ours are taken from the files (MAESTRO_*, SUPABASE_*,
 * DATA_DIR, SESSION_DIR), and nothing is put into the process environment: a
 * folder somebody cloned must not choose a proxy, or what xdg-open runs.
 */
#include "core/arena.h"

struct env;

enum env_origin {
	ENV_NONE,
	ENV_PROCESS,
	ENV_FOLDER, /* ./.env */
	ENV_HOME    /* ~/.maestro/config */
};

const struct env *env_load(struct arena *a);
/* NULL when unset or empty. */
const char *env_get(const struct env *v, const char *name);
enum env_origin env_origin(const struct env *v, const char *name);

/* ~/.maestro/NAME; the folder is made, for its owner alone, when make says
 * so.  NULL when there is no home. */
const char *env_home_file(struct arena *a, const char *name, bool make);

#endif
