/*
 * maestro migrate from-supabase: projects move out, into a data directory of
 * the original.
 */
#include <getopt.h>
#include <stdio.h>

#include "cli.h"
#include "domain/export.h"
#include "migrate_more.h"
#include "progress.h"

static void
progress(void *to, const char *what, size_t done, size_t total)
{
	progress_show(to, what, done, total);
}

int
cli_export(struct cli *c, int argc, char **argv)
{
	static const struct option options[] = {
		{"data",     required_argument, NULL, 'd'},
		{"owner",    required_argument, NULL, 'o'},
		{"project",  required_argument, NULL, 'p'},
		{"linked",   no_argument,       NULL, 'l'},
		{"database", required_argument, NULL, 'u'},
		{NULL,       0,                 NULL, 0  },
	};
	struct progress bar = progress_new(false);
	struct export_options o = {
		.url = cli_migrate_url(c),
		.set = &c->set,
		.progress = progress,
		.to = &bar,
	};
	struct export_report r;
	struct err e;
	bool done;
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 'd':
			o.dir = optarg;
			break;
		case 'o':
			o.owner = optarg;
			break;
		case 'p':
			o.project = optarg;
			break;
		case 'l':
			if (!migrate_linked(c, &o.url, &e))
				return cli_fail(&e);
			o.set = NULL; /* its store is not ours */
			break;
		case 'u':
			o.url = optarg;
			o.set = NULL; /* another one, perhaps */
			break;
		default:
			return cli_usage("migrate");
		}
	}
	if (optind != argc || !o.dir || (o.owner && o.project))
		return cli_usage("migrate");
	done = export_run(c->a, &o, &r, &e);
	progress_clear(&bar);
	if (!done)
		return cli_fail(&e);
	printf("%zu projects, %zu files in %s\n", r.projects, r.files, r.dir);
	if (r.missing)
		fprintf(stderr, "maestro: %zu images are missing: %s: %s\n",
			r.missing, r.missing_path, r.missing_why);
	return r.missing ? 1 : 0;
}
