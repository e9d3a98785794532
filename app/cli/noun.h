#ifndef CLI_NOUN_H
#define CLI_NOUN_H

/*
 * noun - commands for people as tables: `maestro NOUN VERB [words] [options]`.
 *
 * One table per noun says what a verb is called, what it takes and what it
 * does; parsing, --help and completion are made from it, so they cannot
 * disagree.  A noun with one verb that has no name is a command by itself
 * (`maestro status`).
 *
 * The arguments' names mean something to completion: FILE and DIR are paths,
 * the name of a noun in capitals is one of its ids.
 */
#include "cli.h"
#include "core/err.h"
#include "core/json.h"
#include "domain/entity.h"

struct client; /* client.h */
struct work;

struct flag {
	const char *name; /* without the dashes */
	const char *arg;  /* what its value is called; NULL: it has none */
	const char *says;
	const char *words; /* "a b c": the values it takes; NULL: any, or
			      those of the field of its name */
};

struct verb {
	const char *name;
	const char *args; /* "TASK..." */
	size_t min_args, max_args;
	const char *says;
	const struct flag *flags;
	size_t n_flags;
	bool (*run)(struct work *w, struct err *e);
};

struct noun {
	const char *name, *says; /* says NULL: not in the help */
	/* What it is about; NULL: nothing that has a declaration. */
	const struct entity *of;
	const struct verb *verbs;
	size_t n_verbs;
	/* Where the server lists such things, for completion; NULL: it does not
	 * say. */
	const char *ids;
	bool ids_of_project; /* a project narrows that list down */
	/* Of a command of the admin, in place of verbs. */
	int (*run)(struct cli *c, int argc, char **argv);
	const char *usage;   /* one line per form, each ending in \n */
	bool needs_settings; /* c->set is filled before run */
};

enum {
	WORK_FLAGS = 32,
	ANY_ARGS = 1000
};

/* One command on its way.  Everything lives in a. */
struct work {
	struct cli *c;
	struct arena *a;
	const struct noun *noun;
	const struct verb *verb;
	const char **args;
	size_t n_args;
	const char *given[WORK_FLAGS]; /* by place in verb->flags; "" no arg */
	struct client *client;         /* made on first use */
	int status;                    /* exit status when run returned true */
};

/* The options common to all: --json, --server, --project, --cacert. */
extern const struct flag noun_common[];
extern const size_t noun_n_common;

int noun_run(struct cli *c, const struct noun *n, int argc, char **argv);
void noun_help(struct arena *a, const struct noun *n, const char *verb);
const struct verb *noun_verb(const struct noun *n, const char *name);

/* The values that a flag takes, ended by NULL; or NULL: any. */
const char *const *noun_words(struct arena *a, const struct noun *n,
			      const struct flag *f);

/* The value of a flag; NULL when it was not given, "" when it has no value. */
const char *work_flag(const struct work *w, const char *name);
bool work_has(const struct work *w, const char *name);
/* 400 usage; the sentence says what is wrong. */
bool work_refuse(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The server, on first use. */
bool work_client(struct work *w, struct client **out, struct err *e) MUST_CHECK;
/* --project or MAESTRO_PROJECT_ID; NULL when there is none. */
const char *work_project(struct work *w);
/* The same, but it is needed. */
bool work_need_project(struct work *w, const char **out,
		       struct err *e) MUST_CHECK;

/* The exit status of a failure, after telling of it. */
int work_fail(const struct globals *g, const struct err *e);

#endif
