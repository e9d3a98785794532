/*
 * maestro migrate to-supabase: the data of the original moves in.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "core/buf.h"
#include "domain/import.h"
#include "migrate_more.h"
#include "progress.h"

struct show {
	struct progress bar;
	bool is_json, is_verbose;
	struct buf problems; /* of --json */
};

static const char *
word_of(enum layout_word w)
{
	return w == LAYOUT_REFUSED   ? "refused"
	       : w == LAYOUT_SKIPPED ? "skipped"
				     : "changed";
}

static void
add_problem(struct buf *b, enum layout_word word, const char *path,
	    const char *field, const char *text)
{
	buf_add(b, b->n ? ",\n" : "");
	buf_addf(b, "{\"what\":\"%s\",\"file\":", word_of(word));
	buf_add_json(b, path);
	buf_add(b, ",\"field\":");
	buf_add_json(b, *field ? field : NULL);
	buf_add(b, ",\"reason\":");
	buf_add_json(b, text);
	buf_add(b, "}");
}

/* What is refused always; what is only skipped or changed when asked. */
static void
tell(void *to, enum layout_word word, const char *path, const char *field,
     const char *text)
{
	struct show *s = to;

	if (s->is_json) {
		add_problem(&s->problems, word, path, field, text);
		return;
	}
	if (word != LAYOUT_REFUSED && !s->is_verbose)
		return;
	progress_clear(&s->bar);
	fprintf(word == LAYOUT_REFUSED ? stderr : stdout, "%s: %s%s%s%s%s\n",
		path, *field ? field : "", *field ? ": " : "",
		word == LAYOUT_REFUSED ? "" : word_of(word),
		word == LAYOUT_REFUSED ? "" : ": ", text);
}

static void
progress(void *to, const char *what, size_t done, size_t total)
{
	struct show *s = to;

	progress_show(&s->bar, what, done, total);
}

static void
print_counts(const struct import_report *r)
{
	printf("%-14s", "");
	for (int o = 0; o < IMPORT_OUTCOMES; o++)
		printf(" %8s", import_outcome_name((enum import_outcome)o));
	putchar('\n');
	for (int k = 0; k < LAYOUT_KINDS; k++) {
		size_t all = 0;

		for (int o = 0; o < IMPORT_OUTCOMES; o++)
			all += r->count[k][o];
		if (all == 0)
			continue;
		printf("%-14s", layout_name((enum layout_kind)k));
		for (int o = 0; o < IMPORT_OUTCOMES; o++)
			printf(" %8zu", r->count[k][o]);
		putchar('\n');
	}
}

static void
print_text(const struct import_report *r, const struct import_options *o,
	   const struct show *s)
{
	print_counts(r);
	if (r->changed && !s->is_verbose)
		printf("%zu things were adjusted on the way; --verbose names "
		       "them\n",
		       r->changed);
	printf("%zu files %s for %s%s\n", r->files,
	       o->dry_run ? "were checked" : "were read", r->owner,
	       o->dry_run ? "; nothing was written" : "");
	if (r->refused)
		fprintf(stderr, "maestro: %zu refused\n", r->refused);
}

static void
print_json(struct arena *a, const struct import_report *r,
	   const struct import_options *o, struct show *s)
{
	struct buf b = buf_on(a);

	buf_addf(&b,
		 "{\"dryRun\":%s,\"owner\":", o->dry_run ? "true" : "false");
	buf_add_json(&b, r->owner);
	buf_addf(&b, ",\"files\":%zu,\"refused\":%zu,\"counts\":{", r->files,
		 r->refused);
	for (int k = 0; k < LAYOUT_KINDS; k++) {
		buf_addf(&b, "%s\"%s\":{", k ? "," : "",
			 layout_name((enum layout_kind)k));
		for (int i = 0; i < IMPORT_OUTCOMES; i++)
			buf_addf(&b, "%s\"%s\":%zu", i ? "," : "",
				 import_outcome_name((enum import_outcome)i),
				 r->count[k][i]);
		buf_add(&b, "}");
	}
	buf_addf(&b, "},\"problems\":[%s]}", buf_str(&s->problems));
	puts(buf_str(&b));
}

int
cli_import(struct cli *c, int argc, char **argv)
{
	static const struct option options[] = {
		{"data",        required_argument, NULL, 'd'},
		{"owner",       required_argument, NULL, 'o'},
		{"linked",      no_argument,       NULL, 'l'},
		{"database",    required_argument, NULL, 'u'},
		{"dry-run",     no_argument,       NULL, 'n'},
		{"skip-system", no_argument,       NULL, 's'},
		{"json",        no_argument,       NULL, 'j'},
		{"verbose",     no_argument,       NULL, 'v'},
		{NULL,          0,                 NULL, 0  },
	};
	struct show s = {.is_json = false};
	struct import_options o = {
		.url = cli_migrate_url(c),
		.set = &c->set,
		.tell = tell,
		.progress = progress,
		.to = &s,
	};
	struct import_report r;
	struct err e;
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 'd':
			o.dir = optarg;
			break;
		case 'o':
			o.owner = optarg;
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
		case 'n':
			o.dry_run = true;
			break;
		case 's':
			o.skip_system = true;
			break;
		case 'j':
			s.is_json = true;
			break;
		case 'v':
			s.is_verbose = true;
			break;
		default:
			return cli_usage("migrate");
		}
	}
	if (optind != argc || !o.dir)
		return cli_usage("migrate");
	s.bar = progress_new(s.is_json);
	s.problems = buf_on(c->a);
	if (!import_run(c->a, &o, &r, &e)) {
		progress_clear(&s.bar);
		return cli_fail(&e);
	}
	progress_clear(&s.bar);
	if (s.is_json)
		print_json(c->a, &r, &o, &s);
	else
		print_text(&r, &o, &s);
	return r.refused ? 1 : 0;
}
