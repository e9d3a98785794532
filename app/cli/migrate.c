/*
 * maestro migrate up|status|new|release
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "domain/migrate.h"
#include "migrate_more.h"
#include "noun.h"

static void
tell(const struct migration *m)
{
	if (*m->version)
		printf("applied %s/%s_%s\n", m->folder, m->version, m->name);
	else
		printf("installed %s\n", m->folder);
	fflush(stdout);
}

static int
up(struct cli *c, const struct migrate_options *o)
{
	size_t n;
	struct err e;

	if (!migrate_up(c->a, o, tell, &n, &e))
		return cli_fail(&e);
	if (n == 0)
		puts("nothing to do");
	return 0;
}

/* 0: all applied; 1: something is pending or wrong. */
static int
status(struct cli *c, const struct migrate_options *o)
{
	static const char *const words[] = {
		[MIGRATION_PENDING] = "pending",
		[MIGRATION_APPLIED] = "applied",
		[MIGRATION_STALE] = "stale",
		[MIGRATION_CHANGED] = "CHANGED",
		[MIGRATION_MISSING] = "MISSING",
	};
	struct migrations all;
	struct err e;
	int rc = 0;

	if (!migrate_status(c->a, o, &all, &e))
		return cli_fail(&e);
	for (size_t i = 0; i < all.n; i++) {
		const struct migration *m = &all.list[i];

		printf("%-8s %s%s%s%s%s\n", words[m->state], m->folder,
		       *m->version ? "/" : "", m->version, *m->name ? "_" : "",
		       m->name);
		if (m->state != MIGRATION_APPLIED)
			rc = 1;
	}
	return rc;
}

/* --sql-dir and n words; neither needs a database, and so no settings. */
static bool
read_words(int argc, char **argv, int n, const char **dir)
{
	static const struct option options[] = {
		{"sql-dir", required_argument, NULL, 's'},
		{NULL,      0,                 NULL, 0  },
	};
	int opt;

	*dir = NULL;
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt != 's')
			return false;
		*dir = optarg;
	}
	return optind == argc - n;
}

static int
new_file(struct cli *c, int argc, char **argv)
{
	const char *dir, *path;
	struct err e;

	if (!read_words(argc, argv, 1, &dir))
		return cli_usage("migrate");
	if (!migrate_new(c->a, dir, argv[optind], &path, &e))
		return cli_fail(&e);
	puts(path);
	return 0;
}

static int
release(struct cli *c, int argc, char **argv)
{
	const char *dir, *path;
	struct err e;

	if (!read_words(argc, argv, 0, &dir))
		return cli_usage("migrate");
	if (!migrate_release(c->a, dir, &path, &e))
		return cli_fail(&e);
	puts(path);
	return 0;
}

const char *
cli_migrate_url(const struct cli *c)
{
	return *c->set.migrate_database_url ? c->set.migrate_database_url
					    : c->set.database_url;
}

static int
migrate(struct cli *c, int argc, char **argv)
{
	static const struct option options[] = {
		{"database", required_argument, NULL, 'd'},
		{"linked",   no_argument,       NULL, 'l'},
		{"sql-dir",  required_argument, NULL, 's'},
		{NULL,       0,                 NULL, 0  },
	};
	struct migrate_options o = {.url = NULL};
	const struct conf *conf;
	const char *url = NULL;
	bool is_linked = false;
	struct err e;
	int opt;

	if (argc > 1 && strcmp(argv[1], "new") == 0)
		return new_file(c, argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "release") == 0)
		return release(c, argc - 1, argv + 1);
	if (!settings_load(c->a, c->conf_path, &c->set, &conf, &e))
		return cli_fail(&e);
	if (argc > 1 && strcmp(argv[1], "to-supabase") == 0)
		return cli_import(c, argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "from-supabase") == 0)
		return cli_export(c, argc - 1, argv + 1);
	o.url = cli_migrate_url(c);
	o.sql_dir = c->set.sql_dir;
	o.hosted = c->set.supabase_enabled;
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 'd')
			url = optarg;
		else if (opt == 'l')
			is_linked = true;
		else if (opt == 's')
			o.sql_dir = optarg;
		else
			return cli_usage("migrate");
	}
	if (optind != argc - 1)
		return cli_usage("migrate");
	if (is_linked) {
		o.hosted = true;
		if (!migrate_linked(c, &o.url, &e))
			return cli_fail(&e);
	}
	if (url)
		o.url = url;
	if (!*o.url) {
		fputs("maestro: migrate_database_url is not set\n", stderr);
		return 1;
	}
	if (strcmp(argv[optind], "up") == 0)
		return up(c, &o);
	if (strcmp(argv[optind], "status") == 0)
		return status(c, &o);
	return cli_usage("migrate");
}

/* clang-format off */
const struct noun migrate_noun = {
	.name = "migrate",
	.run = migrate,
	.says = "The schema of a database, and moving in and out.",
	.usage = "  migrate up|status [--linked] [--database URL] [--sql-dir DIR]\n"
		  "  migrate new NAME [--sql-dir DIR]\n"
		  "  migrate release [--sql-dir DIR]\n"
		  "  migrate to-supabase --data DIR [--dry-run] [--owner EMAIL]\n"
		  "              [--skip-system] [--json] [--verbose]\n"
		  "              [--linked|--database URL]\n"
		  "  migrate from-supabase --data DIR [--owner EMAIL|--project ID]\n"
		  "              [--linked|--database URL]\n",
};
/* clang-format on */
