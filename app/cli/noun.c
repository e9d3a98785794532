#include "noun.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "core/buf.h"
#include "core/log.h"
#include "env.h"
#include "out.h"

enum {
	HELP_INDENT = 22
};

const struct flag noun_common[] = {
	{"json",    NULL,      "print JSON for scripts",                    NULL},
	{"server",  "URL",     "the server; else MAESTRO_SERVER_URL",       NULL},
	{"project", "PROJECT", "the project; else MAESTRO_PROJECT_ID",      NULL},
	{"cacert",  "FILE",    "certificate to trust; else MAESTRO_CACERT", NULL},
};
const size_t noun_n_common = NELEM(noun_common);

/* --- values ----------------------------------------------------------------
 */

const char *const *
noun_words(struct arena *a, const struct noun *n, const struct flag *f)
{
	struct span rest = span_of(f->words ? f->words : "");
	const char **words;
	size_t count = 0;

	for (size_t i = 0; !f->words && n->of && i < n->of->n; i++) {
		if (strcmp(n->of->fields[i].name, f->name) == 0)
			return n->of->fields[i].words;
	}
	if (!f->words)
		return NULL;
	words = arena_alloc(a, (rest.n + 1) * sizeof *words);
	while (rest.n) {
		struct span one = span_cut(&rest, ' ');

		words[count++] = arena_strndup(a, one.p, one.n);
	}
	words[count] = NULL;
	return words;
}

static const char *
list_of(struct arena *a, const char *const *words)
{
	struct buf b = buf_on(a);

	for (const char *const *w = words; *w; w++)
		buf_addf(&b, "%s%s", w == words ? "" : " ", *w);
	return buf_str(&b);
}

static bool
is_word(const char *const *words, const char *value)
{
	while (*words && strcmp(*words, value) != 0)
		words++;
	return *words;
}

/* --- help ------------------------------------------------------------------
 */

static void
print_line(const char *left, const char *says)
{
	printf("  %-*s%s%s\n", HELP_INDENT, left,
	       strlen(left) >= HELP_INDENT ? "  " : "", says);
}

static void
print_flag(struct arena *a, const struct noun *n, const struct flag *f)
{
	const char *const *words = noun_words(a, n, f);
	char left[64];

	snprintf(left, sizeof left, "--%s%s%s", f->name, f->arg ? " " : "",
		 f->arg ? f->arg : "");
	print_line(left, f->says);
	if (words)
		printf("  %-*sone of: %s\n", HELP_INDENT, "",
		       list_of(a, words));
}

static void
print_usage(const struct noun *n, const struct verb *v, FILE *to)
{
	fprintf(to, "usage: maestro %s%s%s%s%s [option ...]\n", n->name,
		v->name ? " " : "", v->name ? v->name : "", *v->args ? " " : "",
		v->args);
}

static void
verb_help(struct arena *a, const struct noun *n, const struct verb *v)
{
	print_usage(n, v, stdout);
	printf("%s\n", v->says);
	if (v->n_flags)
		puts("options:");
	for (size_t i = 0; i < v->n_flags; i++)
		print_flag(a, n, &v->flags[i]);
	puts("options of all commands:");
	for (size_t i = 0; i < noun_n_common; i++)
		print_flag(a, n, &noun_common[i]);
}

void
noun_help(struct arena *a, const struct noun *n, const char *verb)
{
	const struct verb *v = noun_verb(n, verb);

	if (v) {
		verb_help(a, n, v);
		return;
	}
	printf("usage: maestro %s COMMAND ...\n%s\ncommands:\n", n->name,
	       n->says);
	for (size_t i = 0; i < n->n_verbs; i++) {
		char left[96];

		v = &n->verbs[i];
		snprintf(left, sizeof left, "%s%s%s", v->name,
			 *v->args ? " " : "", v->args);
		print_line(left, v->says);
	}
	printf("maestro %s COMMAND --help says more.\n", n->name);
}

/* --- words -----------------------------------------------------------------
 */

bool
work_refuse(struct err *e, const char *fmt, ...)
{
	char text[sizeof e->message];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return err_set(e, 400, "usage", "%s", text);
}

const struct verb *
noun_verb(const struct noun *n, const char *name)
{
	if (n->n_verbs == 1 && !n->verbs[0].name)
		return &n->verbs[0];
	for (size_t i = 0; name && i < n->n_verbs; i++) {
		if (strcmp(n->verbs[i].name, name) == 0)
			return &n->verbs[i];
	}
	return NULL;
}

/* Where the value of a flag goes; NULL: nobody knows it. */
static const char **
place_of(struct work *w, struct globals *g, struct span name,
	 const struct flag **flag)
{
	const char **common[] = {&g->json, &g->server, &g->project,
				 &g->ca_file};

	for (size_t i = 0; i < w->verb->n_flags; i++) {
		*flag = &w->verb->flags[i];
		if (span_is(name, (*flag)->name))
			return &w->given[i];
	}
	for (size_t i = 0; i < noun_n_common; i++) {
		*flag = &noun_common[i];
		if (span_is(name, (*flag)->name))
			return common[i];
	}
	return NULL;
}

static bool
take_flag(struct work *w, char **argv, int argc, int *i, struct err *e)
{
	struct span rest = span_of(argv[*i] + 2);
	bool has_value = strchr(argv[*i], '=') != NULL;
	struct span name = span_cut(&rest, '=');
	const char *const *words;
	const struct flag *flag;
	const char **to = place_of(w, &w->c->g, name, &flag);

	if (!to)
		return work_refuse(e, "there is no option --%.*s", (int)name.n,
				   name.p);
	if (!flag->arg) {
		if (has_value)
			return work_refuse(e, "--%s takes no value",
					   flag->name);
		*to = "";
		return true;
	}
	if (!has_value && *i + 1 >= argc)
		return work_refuse(e, "--%s wants a value: %s", flag->name,
				   flag->arg);
	*to = has_value ? rest.p : argv[++*i];
	words = noun_words(w->a, w->noun, flag);
	if (words && !is_word(words, *to))
		return work_refuse(e, "--%s is one of: %s", flag->name,
				   list_of(w->a, words));
	return true;
}

static bool
take_words(struct work *w, int argc, char **argv, struct err *e)
{
	bool only_words = false;

	w->args = arena_alloc(w->a, ((size_t)argc + 1) * sizeof *w->args);
	for (int i = 0; i < argc; i++) {
		if (only_words || argv[i][0] != '-' || !argv[i][1]) {
			w->args[w->n_args++] = argv[i];
		} else if (strcmp(argv[i], "--") == 0) {
			only_words = true;
		} else if (argv[i][1] != '-') {
			return work_refuse(e, "there is no option %s", argv[i]);
		} else if (!take_flag(w, argv, argc, &i, e)) {
			return false;
		}
	}
	if (w->n_args < w->verb->min_args)
		return work_refuse(e, "something is missing: %s",
				   w->verb->args);
	if (w->n_args > w->verb->max_args)
		return work_refuse(e, "what is \"%s\"?",
				   w->args[w->verb->max_args]);
	return true;
}

const char *
work_flag(const struct work *w, const char *name)
{
	for (size_t i = 0; i < w->verb->n_flags; i++) {
		if (strcmp(w->verb->flags[i].name, name) == 0)
			return w->given[i];
	}
	return NULL;
}

bool
work_has(const struct work *w, const char *name)
{
	return work_flag(w, name) != NULL;
}

/* --- the server ------------------------------------------------------------
 */

bool
work_client(struct work *w, struct client **out, struct err *e)
{
	if (!w->client && !client_open(w->c, &w->client, e))
		return false;
	*out = w->client;
	return true;
}

const char *
work_project(struct work *w)
{
	const char *id = w->c->g.project;

	if (!id)
		id = env_get(w->c->env, "MAESTRO_PROJECT_ID");
	return id && *id ? id : NULL;
}

bool
work_need_project(struct work *w, const char **out, struct err *e)
{
	*out = work_project(w);
	return *out || work_refuse(e, "which project?  --project ID or "
				      "MAESTRO_PROJECT_ID");
}

/* --- running ---------------------------------------------------------------
 */

static const char *
suggestion(const struct err *e)
{
	if (e->status == 401)
		return "Sign in: maestro auth login";
	if (strcmp(e->code, "unreachable") == 0)
		return "Is the server running, and --server or "
		       "MAESTRO_SERVER_URL right?";
	if (strcmp(e->code, "tls") == 0)
		return "For a certificate of its own: --cacert FILE or "
		       "MAESTRO_CACERT";
	if (e->status == 403)
		return "Your role in this project does not allow it";
	return NULL;
}

static int
status_of(const struct err *e)
{
	if (strcmp(e->code, "unreachable") == 0)
		return EXIT_UNREACHABLE;
	if (e->status == 404 || strstr(e->message, "not found"))
		return EXIT_NOT_FOUND;
	return e->status == 403 ? EXIT_FORBIDDEN : EXIT_GENERAL;
}

int
work_fail(const struct globals *g, const struct err *e)
{
	const char *hint = suggestion(e);

	if (g->json) {
		out_json_error(e, hint);
	} else {
		fputs("maestro: ", stderr);
		out_text(stderr, e->message);
		if (*e->field) {
			fputs(" (", stderr);
			out_text(stderr, e->field);
			fputc(')', stderr);
		}
		fputc('\n', stderr);
		if (hint)
			fprintf(stderr, "%s\n", hint);
	}
	return status_of(e);
}

static bool
wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--help") == 0 ||
		    strcmp(argv[i], "-h") == 0)
			return true;
	}
	return false;
}

static int
run_verb(struct cli *c, const struct noun *n, const struct verb *v, int argc,
	 char **argv)
{
	struct work w = {.c = c, .a = c->a, .noun = n, .verb = v};
	struct err e;
	int rc;

	c->env = env_load(c->a);
	if (!take_words(&w, argc, argv, &e)) {
		rc = work_fail(&c->g, &e);
		if (!c->g.json)
			print_usage(n, v, stderr);
		return rc;
	}
	rc = v->run(&w, &e) ? w.status : work_fail(&c->g, &e);
	client_close(w.client);
	if (fflush(stdout) == EOF && rc == 0)
		rc = EXIT_GENERAL; /* the disk is full, the pipe is gone */
	return rc;
}

int
noun_run(struct cli *c, const struct noun *n, int argc, char **argv)
{
	bool is_bare = n->n_verbs == 1 && !n->verbs[0].name;
	const char *name = !is_bare && argc > 1 ? argv[1] : NULL;
	const struct verb *v = noun_verb(n, name);

	if (wants_help(argc, argv)) {
		noun_help(c->a, n, name);
		return EXIT_DONE;
	}
	if (v)
		return run_verb(c, n, v, argc - (is_bare ? 1 : 2),
				argv + (is_bare ? 1 : 2));
	fprintf(stderr,
		"usage: maestro %s COMMAND ...; maestro %s --help "
		"lists them\n",
		n->name, n->name);
	return EXIT_GENERAL;
}
