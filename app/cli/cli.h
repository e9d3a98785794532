#ifndef CLI_CLI_H
#define CLI_CLI_H

/*
 * cli - the subcommands of `maestro`, each a struct noun (noun.h) that the
 * build finds.
 *
 * Two kinds.  Commands of the admin work on the installation itself: they get
 * the words after their own name (argv[0] is that name) and return the exit
 * status: 0 done, 1 refused, 2 wrong usage.  Commands for people talk to a
 * server over HTTP: they are a noun with verbs (noun.h), and their exit status
 * tells scripts what went wrong (enum exit_code).
 */
#include <stdio.h>

#include "core/arena.h"
#include "domain/settings.h"

struct env;  /* env.h */
struct noun; /* noun.h */

enum exit_code {
	EXIT_DONE = 0,
	EXIT_GENERAL = 1,     /* also wrong usage of a command for people */
	EXIT_NOT_FOUND = 2,   /* commands of the admin: wrong usage */
	EXIT_UNREACHABLE = 3, /* no server there */
	EXIT_FORBIDDEN = 4,
};

/* Options that every command for people knows, before or after its name. */
struct globals {
	const char *server, *project, *ca_file; /* NULL: not given */
	const char *json;                       /* NULL: for people */
};

struct cli {
	struct arena *a;
	const char *conf_path;
	bool conf_given; /* by -c or MAESTRO_CONF */
	struct settings set;
	struct globals g;
	const struct env *env; /* of commands for people, else NULL */
};

/* All of them, in alphabetical order; the array ends with NULL. */
extern const struct noun *const cli_nouns[];
const struct noun *cli_find(const char *name);

/* Prints "maestro: message" and the details; returns 1. */
int cli_fail(const struct err *e);
/* Prints the usage of that command; returns 2. */
int cli_usage(const char *name);

/* Where the schema's owner connects: --database stands before it; "" when
 * nothing says. */
const char *cli_migrate_url(const struct cli *c);

/* Verbs of migrate with a file of their own. */
int cli_export(struct cli *c, int argc, char **argv);
int cli_import(struct cli *c, int argc, char **argv);

/* --help of a command, or of one of its verbs. */
void cli_command_help(struct cli *c, const struct noun *n, const char *verb);
void cli_print_usage(FILE *to);

#endif
