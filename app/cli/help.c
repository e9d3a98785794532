/*
 * maestro help, and what it says of wrong usage.
 */
#include <string.h>

#include "cli.h"
#include "noun.h"

enum {
	INDENT = 10
};

void
cli_print_usage(FILE *to)
{
	fputs("usage: maestro [-c FILE] [--json] [--server URL] "
	      "[--project ID] COMMAND ...\n"
	      "  -c FILE   configuration of the installation (default " MAESTRO_SYSCONFDIR
	      "/maestro.conf)\n"
	      "commands:\n",
	      to);
	for (const struct noun *const *n = cli_nouns; *n; n++) {
		if ((*n)->says)
			fprintf(to, "  %-*s%s\n", INDENT, (*n)->name,
				(*n)->says);
	}
	fputs("maestro COMMAND --help says more.\n", to);
}

int
cli_usage(const char *name)
{
	const struct noun *n = cli_find(name);

	fprintf(stderr, "usage: maestro [-c FILE] ...\n%s",
		n && n->usage ? n->usage : "");
	return 2;
}

void
cli_command_help(struct cli *c, const struct noun *n, const char *verb)
{
	if (!n->run) {
		noun_help(c->a, n, verb);
		return;
	}
	if (n->says)
		puts(n->says);
	printf("usage: maestro [-c FILE] ...\n%s", n->usage);
}

static int
help(struct cli *c, int argc, char **argv)
{
	const struct noun *n = argc > 1 ? cli_find(argv[1]) : NULL;

	if (n) {
		cli_command_help(c, n, argc > 2 ? argv[2] : NULL);
		return 0;
	}
	cli_print_usage(argc > 1 ? stderr : stdout);
	return argc > 1 ? 2 : 0;
}

/* clang-format off */
const struct noun help_noun = {
	.name = "help",
	.run = help,
	.says = "Says what a command does.",
	.usage = "  help [COMMAND [VERB]]\n",
};
/* clang-format on */
