/*
 * maestro migrate up|status
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "domain/migrate.h"

static void
tell(const struct migration *m)
{
	printf("applied %s/%s_%s\n", m->folder, m->version, m->name);
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

		printf("%-8s %s/%s%s%s\n", words[m->state], m->folder,
		       m->version, *m->name ? "_" : "", m->name);
		if (m->state != MIGRATION_APPLIED)
			rc = 1;
	}
	return rc;
}

int
cli_migrate(struct cli *c, int argc, char **argv)
{
	static const struct option options[] = {
		{"database", required_argument, NULL, 'd'},
		{"sql-dir",  required_argument, NULL, 's'},
		{NULL,       0,                 NULL, 0  },
	};
	struct migrate_options o = {
		.url = *c->set.migrate_database_url
			       ? c->set.migrate_database_url
			       : c->set.database_url,
		.sql_dir = c->set.sql_dir,
		.hosted = c->set.supabase_enabled,
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 'd')
			o.url = optarg;
		else if (opt == 's')
			o.sql_dir = optarg;
		else
			return cli_usage("migrate");
	}
	if (optind != argc - 1)
		return cli_usage("migrate");
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
