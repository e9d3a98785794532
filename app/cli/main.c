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

#include "cli/nouns.h"

enum {
	ARENA_LIMIT = 256 * MiB /* all of sql/ and its results */
};

static const char default_conf[] = MAESTRO_SYSCONFDIR "/maestro.conf";

#define REF(name) &(name),
const struct noun *const cli_nouns[] = {NOUNS(REF) NULL};
#undef REF

const struct noun *
cli_find(const char *name)
{
	for (const struct noun *const *n = cli_nouns; *n; n++) {
		if (strcmp((*n)->name, name) == 0)
			return *n;
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
run(struct cli *c, const struct noun *n, int argc, char **argv)
{
	const struct conf *conf;
	struct err e;

	if (!n->run)
		return noun_run(c, n, argc, argv);
	/* What completion is asked about may be --help. */
	if (n->says && wants_help(argc, argv)) {
		cli_command_help(c, n, NULL);
		return 0;
	}
	if (n->needs_settings &&
	    !settings_load(c->a, c->conf_path, &c->set, &conf, &e))
		return cli_fail(&e);
	return n->run(c, argc, argv);
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
			cli_print_usage(stdout);
			*rc = 0;
			return false;
		case 'v':
			puts("maestro " PACKAGE_VERSION);
			*rc = 0;
			return false;
		default:
			cli_print_usage(stderr);
			*rc = 2;
			return false;
		}
	}
	return true;
}

int
main(int argc, char **argv)
{
	const struct noun *n;
	struct cli c = {.a = NULL};
	int rc;

	if (!read_options(&c, argc, argv, &rc))
		return rc;
	n = optind < argc ? cli_find(argv[optind]) : NULL;
	if (!n) {
		cli_print_usage(stderr);
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
	rc = run(&c, n, argc, argv);
	arena_free(c.a);
	return rc;
}
