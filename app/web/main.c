/*
 * maestro-web - answers every HTTP request behind nginx, over FastCGI.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"
#include "domain/hosted.h"
#include "master.h"
#include "worker.h"

static const char usage[] =
	"usage: maestro-web [-c FILE] [-t] [--show-config] [--version]\n"
	"  -c FILE        configuration (default " MAESTRO_SYSCONFDIR
	"/maestro.conf)\n"
	"  -t             test the configuration and end\n"
	"  --show-config  print every setting with value, default and meaning\n"
	"Signals: HUP reloads, TERM drains and ends, QUIT ends at once.\n";

enum action {
	RUN,
	TEST,
	SHOW
};

static bool
parse_options(int argc, char **argv, const char **path, enum action *action)
{
	static const struct option options[] = {
		{"show-config", no_argument, NULL, 's'},
		{"help",        no_argument, NULL, 'h'},
		{"version",     no_argument, NULL, 'v'},
		{NULL,          0,           NULL, 0  },
	};
	int c;

	while ((c = getopt_long(argc, argv, "c:th", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			*path = optarg;
			break;
		case 't':
			*action = TEST;
			break;
		case 's':
			*action = SHOW;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		case 'v':
			puts("maestro-web " PACKAGE_VERSION);
			exit(0);
		default:
			fputs(usage, stderr);
			return false;
		}
	}
	return optind == argc;
}

/* Things the table of settings cannot say. */
static bool
check(const struct settings *set, struct err *e)
{
	enum log_level level;

	if (!log_level_of(set->log_level, &level))
		return err_set(
			e, 500, "configuration",
			"log_level: expected error, warn, info or debug");
	if (!*set->database_url)
		return err_set(e, 500, "configuration",
			       "database_url is not set");
	if (set->supabase_enabled && !*set->supabase_url)
		return err_set(e, 500, "configuration",
			       "supabase_enabled needs supabase_url");
	if (set->supabase_enabled && !hosted_check(set, e))
		return false;
	if (!set->supabase_enabled && !*set->jwt_keys_file)
		return err_set(e, 500, "configuration",
			       "jwt_keys_file is not set");
	return true;
}

int
main(int argc, char **argv)
{
	const char *path = MAESTRO_SYSCONFDIR "/maestro.conf";
	struct arena *a = arena_new(MiB);
	enum action action = RUN;
	enum log_level level = LOG_LEVEL_INFO;
	const struct conf *c;
	struct settings set;
	struct err e;

	if (!parse_options(argc, argv, &path, &action))
		return 2;
	if (!settings_load(a, path, &set, &c, &e) ||
	    (action != SHOW && !check(&set, &e))) {
		fprintf(stderr, "maestro-web: %s\n", e.message);
		return 2;
	}
	if (action != RUN) {
		if (action == SHOW)
			conf_print(c, stdout);
		else
			printf("maestro-web: %s is good\n", path);
		arena_free(a); /* the build runs this under LeakSanitizer */
		return 0;
	}
	(void)log_level_of(set.log_level, &level);
	log_open("master", level);
	return master_main(a, path, &set);
}
