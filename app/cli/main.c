/*
 * maestro - the command line of an installation, and of the people who use it.
 */
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "core/log.h"
#include "noun.h"

enum {
	ARENA_LIMIT = 256 * MiB, /* all of sql/ and its results */
	HELP_INDENT = 10
};

static const char default_conf[] = MAESTRO_SYSCONFDIR "/maestro.conf";

/* clang-format off */
const struct command cli_commands[] = {
	{.name = "auth", .noun = &auth_noun},
	{.name = "doctor", .noun = &doctor_noun},
	{.name = "help", .run = cli_help,
	 .says = "Says what a command does.",
	 .usage = "  help [COMMAND [VERB]]\n"},
	{.name = "keys", .run = cli_keys,
	 .says = "Signing keys and API keys of an installation.",
	 .usage = "  keys new                        print a set of one signing key\n"
		  "  keys rotate FILE                put a new signing key first\n"
		  "  keys api-key anon|service_role  print an API key\n"},
	{.name = "mail", .noun = &mail_noun},
	{.name = "migrate", .run = cli_migrate,
	 .says = "The schema of a database, and moving in and out.",
	 .usage = "  migrate up|status [--linked] [--database URL] [--sql-dir DIR]\n"
		  "  migrate new NAME [--sql-dir DIR]\n"
		  "  migrate release [--sql-dir DIR]\n"
		  "  migrate to-supabase --data DIR [--dry-run] [--owner EMAIL]\n"
		  "              [--skip-system] [--json] [--verbose]\n"
		  "              [--linked|--database URL]\n"
		  "  migrate from-supabase --data DIR [--owner EMAIL|--project ID]\n"
		  "              [--linked|--database URL]\n"},
	{.name = "project", .noun = &project_noun},
	{.name = "session", .noun = &session_noun},
	{.name = "status", .noun = &status_noun},
	{.name = "sweep", .run = cli_sweep, .needs_settings = true,
	 .says = "Removes bytes no object refers to.",
	 .usage = "  sweep [--quick|--presence]\n"},
	{.name = "task", .noun = &task_noun},
	{.name = "token", .noun = &token_noun},
	{.name = "user", .run = cli_user, .needs_settings = true,
	 .says = "Accounts, made by whoever may read the configuration.",
	 .usage = "  user create --email E [--name N] [--admin] [--password-file F]\n"
		  "              [--if-absent]\n"
		  "  user list                       id, address, platform role\n"},
	{.name = "watch", .noun = &watch_noun},
	/* Not in the help: bash asks it what may come next. */
	{.name = "complete", .run = cli_complete, .usage = ""},
	{.name = NULL},
};

/* clang-format on */

static const char *
says(const struct command *c)
{
	return c->noun ? c->noun->says : c->says;
}

static void
print_usage(FILE *to)
{
	fputs("usage: maestro [-c FILE] [--json] [--server URL] "
	      "[--project ID] COMMAND ...\n"
	      "  -c FILE   configuration of the installation (default " MAESTRO_SYSCONFDIR
	      "/maestro.conf)\n"
	      "commands:\n",
	      to);
	for (const struct command *c = cli_commands; c->name; c++) {
		if (says(c))
			fprintf(to, "  %-*s%s\n", HELP_INDENT, c->name,
				says(c));
	}
	fputs("maestro COMMAND --help says more.\n", to);
}

const struct command *
cli_find(const char *name)
{
	for (const struct command *c = cli_commands; c->name; c++) {
		if (strcmp(c->name, name) == 0)
			return c;
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
	const struct command *cmd = cli_find(name);

	fprintf(stderr, "usage: maestro [-c FILE] ...\n%s",
		cmd ? cmd->usage : "");
	return 2;
}

static void
command_help(const struct command *cmd, const char *verb)
{
	if (cmd->noun) {
		noun_help(cmd->noun, verb);
		return;
	}
	if (cmd->says)
		puts(cmd->says);
	printf("usage: maestro [-c FILE] ...\n%s", cmd->usage);
}

int
cli_help(struct cli *c, int argc, char **argv)
{
	const struct command *cmd = argc > 1 ? cli_find(argv[1]) : NULL;

	(void)c;
	if (cmd) {
		command_help(cmd, argc > 2 ? argv[2] : NULL);
		return 0;
	}
	print_usage(argc > 1 ? stderr : stdout);
	return argc > 1 ? 2 : 0;
}

static bool
wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0 ||
		    strcmp(argv[i], "-h") == 0)
			return true;
	}
	return false;
}

static int
run(struct cli *c, const struct command *cmd, int argc, char **argv)
{
	const struct conf *conf;
	struct err e;

	if (cmd->noun)
		return noun_run(c, cmd->noun, argc, argv);
	if (cmd->run != cli_complete && wants_help(argc, argv)) {
		command_help(cmd, NULL);
		return 0;
	}
	if (cmd->needs_settings &&
	    !settings_load(c->a, c->conf_path, &c->set, &conf, &e))
		return cli_fail(&e);
	return cmd->run(c, argc, argv);
}

static void
choose_conf(struct cli *c)
{
	const char *env = getenv("MAESTRO_CONF");

	c->conf_given = c->conf_path || (env && *env);
	if (!c->conf_path)
		c->conf_path = env && *env ? env : default_conf;
}

/* False: *rc is the exit status. */
static bool
read_options(struct cli *c, int argc, char **argv, int *rc)
{
	static const struct option options[] = {
		{"cacert",  required_argument, NULL, 'a'},
		{"help",    no_argument,       NULL, 'h'},
		{"json",    no_argument,       NULL, 'j'},
		{"project", required_argument, NULL, 'p'},
		{"server",  required_argument, NULL, 's'},
		{"version", no_argument,       NULL, 'v'},
		{NULL,      0,                 NULL, 0  },
	};
	int opt;

	/* "+": stop at the command, its options are its own. */
	while ((opt = getopt_long(argc, argv, "+c:h", options, NULL)) != -1) {
		switch (opt) {
		case 'a':
			c->g.ca_file = optarg;
			break;
		case 'c':
			c->conf_path = optarg;
			break;
		case 'j':
			c->g.json = "";
			break;
		case 'p':
			c->g.project = optarg;
			break;
		case 's':
			c->g.server = optarg;
			break;
		case 'h':
			print_usage(stdout);
			*rc = 0;
			return false;
		case 'v':
			puts("maestro " PACKAGE_VERSION);
			*rc = 0;
			return false;
		default:
			print_usage(stderr);
			*rc = 2;
			return false;
		}
	}
	return true;
}

int
main(int argc, char **argv)
{
	const struct command *cmd;
	struct cli c = {.a = NULL};
	int rc;

	if (!read_options(&c, argc, argv, &rc))
		return rc;
	cmd = optind < argc ? cli_find(argv[optind]) : NULL;
	if (!cmd) {
		print_usage(stderr);
		return 2;
	}
	choose_conf(&c);
	/* How wide a character is; texts are UTF-8 wherever we run. */
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	(void)signal(SIGPIPE,
		     SIG_IGN); /* `| head` is a write error, no death */
	log_open("cli", LOG_LEVEL_WARN);
	c.a = arena_new(ARENA_LIMIT);
	argc -= optind;
	argv += optind;
	optind = 0; /* glibc: begin anew with the command's own words */
	rc = run(&c, cmd, argc, argv);
	arena_free(c.a);
	return rc;
}
