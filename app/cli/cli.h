#ifndef CLI_CLI_H
#define CLI_CLI_H

/*
 * cli - the subcommands of `maestro`.  Each gets the words after its own name
 * (argv[0] is that name) and returns the exit status: 0 done, 1 refused,
 * 2 wrong usage.
 */
#include "core/arena.h"
#include "domain/settings.h"

struct cli {
	struct arena *a;
	const char *conf_path;
	struct settings set;
};

struct command {
	const char *name;
	int (*run)(struct cli *c, int argc, char **argv);
	bool needs_settings; /* c->set is filled before run */
	const char *usage;   /* one line per form, each ending in \n */
};

/* Prints "maestro: message" and the details; returns 1. */
int cli_fail(const struct err *e);
/* Prints the usage of that command; returns 2. */
int cli_usage(const char *name);

int cli_keys(struct cli *c, int argc, char **argv);
int cli_migrate(struct cli *c, int argc, char **argv);
int cli_sweep(struct cli *c, int argc, char **argv);
int cli_user(struct cli *c, int argc, char **argv);

#endif
