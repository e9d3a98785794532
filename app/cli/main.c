/*
 * maestro - the command line of an installation.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "core/log.h"

enum {
	ARENA_LIMIT = 256 * MiB /* all of sql/ and its results */
};

static const struct command commands[] = {
	{"keys",    cli_keys,    false,
	 "  keys new                        print a set of one signing key\n"
	 "  keys rotate FILE                put a new signing key first\n"
	 "  keys api-key anon|service_role  print an API key\n"                },
	{"migrate", cli_migrate, true,
	 "  migrate up|status [--database URL] [--sql-dir DIR]\n"              },
	{"sweep",   cli_sweep,   true,
	 "  sweep [--quick]                 remove bytes no object refers to\n"},
	{"user",    cli_user,    true,
	 "  user create --email E [--name N] [--admin] [--password-file F]\n"
	 "              [--if-absent]\n"
	 "  user list                       id, address, platform role\n"      },
};

static void
print_usage(FILE *to)
{
	fputs("usage: maestro [-c FILE] COMMAND ...\n"
	      "  -c FILE  configuration (default " MAESTRO_SYSCONFDIR
	      "/maestro.conf)\n"
	      "commands:\n",
	      to);
	for (size_t i = 0; i < NELEM(commands); i++)
		fputs(commands[i].usage, to);
}

static const struct command *
find(const char *name)
{
	for (size_t i = 0; i < NELEM(commands); i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

int
cli_fail(const struct err *e)
{
	fprintf(stderr, "maestro: %s\n", e->message);
	if (e->details)
		fputs(e->details, stderr);
	return 1;
}

int
cli_usage(const char *name)
{
	const struct command *cmd = find(name);

	fprintf(stderr, "usage: maestro [-c FILE] ...\n%s",
		cmd ? cmd->usage : "");
	return 2;
}

static int
run(struct cli *c, const struct command *cmd, int argc, char **argv)
{
	const struct conf *conf;
	struct err e;

	if (cmd->needs_settings &&
	    !settings_load(c->a, c->conf_path, &c->set, &conf, &e))
		return cli_fail(&e);
	return cmd->run(c, argc, argv);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{"help",    no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'v'},
		{NULL,      0,           NULL, 0  },
	};
	struct cli c = {.conf_path = MAESTRO_SYSCONFDIR "/maestro.conf"};
	const struct command *cmd;
	int opt, rc;

	/* "+": stop at the command, its options are its own. */
	while ((opt = getopt_long(argc, argv, "+c:h", options, NULL)) != -1) {
		switch (opt) {
		case 'c':
			c.conf_path = optarg;
			break;
		case 'h':
			print_usage(stdout);
			return 0;
		case 'v':
			puts("maestro " PACKAGE_VERSION);
			return 0;
		default:
			print_usage(stderr);
			return 2;
		}
	}
	cmd = optind < argc ? find(argv[optind]) : NULL;
	if (!cmd) {
		print_usage(stderr);
		return 2;
	}
	log_open("cli", LOG_LEVEL_WARN);
	c.a = arena_new(ARENA_LIMIT);
	argc -= optind;
	argv += optind;
	optind = 0; /* glibc: begin anew with the command's own words */
	rc = run(&c, cmd, argc, argv);
	arena_free(c.a);
	return rc;
}
