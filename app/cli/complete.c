/*
 * maestro complete WORD...: what the last word may become, one candidate a
 * line, for share/bash-completion.  "files" or "dirs" on a line of its own
 * after a colon asks the shell to complete a path.
 */
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "env.h"
#include "noun.h"

enum {
	ID_TIMEOUT_MS = 1000,
	IDS_SHOWN = 200
};

/* A candidate reaches the shell: nothing but plain characters. */
static void
offer(const char *word, const char *begun)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz"
				    "0123456789_-";

	if (strncmp(word, begun, strlen(begun)) == 0 &&
	    word[strspn(word, plain)] == '\0')
		puts(word);
}

static void
offer_words(const char *const *words, const char *begun)
{
	for (; *words; words++)
		offer(*words, begun);
}

static void
offer_flags(const struct flag *flags, size_t n, const char *begun)
{
	char word[64];

	for (size_t i = 0; i < n; i++) {
		snprintf(word, sizeof word, "--%s", flags[i].name);
		offer(word, begun);
	}
}

/* --- ids -------------------------------------------------------------------
 */

/* Does the name of an argument begin with that noun: "TASK..."? */
static bool
is_of(const char *what, const struct noun *n)
{
	const char *name = n->name;

	while (*name && *what == *name - 'a' + 'A') {
		what++;
		name++;
	}
	return *name == '\0';
}

static const char *
list_of(struct cli *c, const char *what)
{
	const char *project = c->g.project;

	if (!project)
		project = env_get(c->env, "MAESTRO_PROJECT_ID");
	for (const struct noun *const *n = cli_nouns; *n; n++) {
		if ((*n)->ids && is_of(what, *n))
			return (*n)->ids_of_project
				       ? client_query(c->a, (*n)->ids,
						      "projectId", project)
				       : (*n)->ids;
	}
	return NULL;
}

/* One quick question; a server that is away or slow means no candidates. */
static void
offer_ids(struct cli *c, const char *what, const char *begun)
{
	const char *path = list_of(c, what);
	struct json_object *list;
	struct client *client;
	struct err e;

	if (!path || !client_open(c, &client, &e))
		return;
	client_hurry(client, ID_TIMEOUT_MS);
	if (client_list(client, c->a, path, &list, &e)) {
		size_t n = json_object_array_length(list);

		for (size_t i = n > IDS_SHOWN ? n - IDS_SHOWN : 0; i < n; i++) {
			const char *id = json_text(
				json_object_array_get_idx(list, i), "id");

			if (id)
				offer(id, begun);
		}
	}
	client_close(client);
}

static void
offer_argument(struct cli *c, const char *what, const char *begun)
{
	if (strncmp(what, "FILE", 4) == 0)
		puts(":files");
	else if (strncmp(what, "DIR", 3) == 0)
		puts(":dirs");
	else
		offer_ids(c, what, begun);
}

/* --- where we are ----------------------------------------------------------
 */

static const struct flag *
flag_of(const struct verb *v, const char *word)
{
	if (strncmp(word, "--", 2) != 0)
		return NULL;
	for (size_t i = 0; i < v->n_flags; i++) {
		if (strcmp(v->flags[i].name, word + 2) == 0)
			return &v->flags[i];
	}
	for (size_t i = 0; i < noun_n_common; i++) {
		if (strcmp(noun_common[i].name, word + 2) == 0)
			return &noun_common[i];
	}
	return NULL;
}

static void
complete_verb(struct cli *c, const struct noun *n, const struct verb *v,
	      int argc, char **argv)
{
	const char *begun = argv[argc - 1];
	const struct flag *before =
		argc > 1 ? flag_of(v, argv[argc - 2]) : NULL;

	for (int i = 0; i + 1 < argc; i++) {
		if (strcmp(argv[i], "--project") == 0)
			c->g.project = argv[i + 1];
		if (strcmp(argv[i], "--server") == 0)
			c->g.server = argv[i + 1];
	}
	if (before && before->arg) {
		const char *const *words = noun_words(c->a, n, before);

		if (words)
			offer_words(words, begun);
		else
			offer_argument(c, before->arg, begun);
		return;
	}
	if (*begun == '-') {
		offer_flags(v->flags, v->n_flags, begun);
		offer_flags(noun_common, noun_n_common, begun);
		offer("--help", begun);
		return;
	}
	if (v->max_args > 0)
		offer_argument(c, v->args, begun);
}

/* The verbs of an admin's command stand in its usage: "  keys new ...". */
static void
complete_usage(const struct noun *n, const char *begun)
{
	char word[64];

	for (struct span rest = span_of(n->usage); rest.n;) {
		struct span line = span_cut(&rest, '\n'), verbs;

		while (line.n && *line.p == ' ')
			span_cut(&line, ' ');
		if (!span_is(span_cut(&line, ' '), n->name))
			continue;
		verbs = span_cut(&line, ' ');
		while (verbs.n) {
			struct span one = span_cut(&verbs, '|');

			snprintf(word, sizeof word, "%.*s",
				 (int)(one.n < 63 ? one.n : 63), one.p);
			offer(word, begun);
		}
	}
}

static void
complete_command(struct cli *c, const struct noun *n, int argc, char **argv)
{
	const struct verb *v;

	if (n->run) {
		if (argc == 2)
			complete_usage(n, argv[1]);
		else
			puts(":files");
		return;
	}
	v = noun_verb(n, argc > 2 ? argv[1] : NULL);
	if (v) {
		int skip = v->name ? 2 : 1;

		complete_verb(c, n, v, argc - skip, argv + skip);
	} else if (argc == 2) {
		for (size_t i = 0; i < n->n_verbs; i++)
			offer(n->verbs[i].name, argv[1]);
	}
}

/* argv: "complete", then the words after "maestro", the last one begun. */
static int
complete(struct cli *c, int argc, char **argv)
{
	const struct noun *n;
	int i = 1;

	if (argc > 1 && strcmp(argv[1], "--") == 0)
		i = 2;
	/* Options before the command: only those that take a word matter. */
	while (i < argc - 1 && argv[i][0] == '-')
		i += strcmp(argv[i], "--json") == 0 ? 1 : 2;
	if (i >= argc)
		return 0;
	c->env = env_load(c->a);
	if (i == argc - 1) {
		for (const struct noun *const *all = cli_nouns; *all; all++) {
			if ((*all)->says)
				offer((*all)->name, argv[i]);
		}
		return 0;
	}
	n = cli_find(argv[i]);
	if (n)
		complete_command(c, n, argc - i, argv + i);
	return 0;
}

/* clang-format off */
const struct noun complete_noun = {
	.name = "complete",
	.run = complete,
	/* Not in the help: bash asks it what may come next. */
	.usage = "",
};
/* clang-format on */
