#ifndef CORE_CONF_H
#define CORE_CONF_H

/*
 * conf - settings from one table: parser, --show-config and man page.
 *
 * A setting is looked for in this order: environment (`env` of its row, else
 * MAESTRO_<NAME>), the file (`name = value` lines, # comments), the default.
 * An unknown name, a value of the wrong type or out of range is an error that
 * names file, line and setting.
 */
#include <stdio.h>

#include "arena.h"
#include "err.h"

enum conf_type {
	CONF_TEXT, /* const char * */
	CONF_INT,  /* int64_t; min..max */
	CONF_SIZE, /* int64_t bytes; takes k, M, G suffixes; min..max */
	CONF_BOOL, /* bool: true/false, on/off, yes/no, 1/0 */
	CONF_PATH, /* const char *; relative to the file's folder */
};

struct conf_row {
	const char *name;
	enum conf_type type;
	size_t offset;         /* into the settings struct */
	const char *otherwise; /* default, as text */
	const char *unit;      /* "ms", "bytes", "" */
	int64_t min, max;      /* CONF_INT, CONF_SIZE */
	bool reloadable;       /* takes effect on HUP */
	bool secret;           /* never printed */
	const char *env;       /* name in the environment, or NULL */
	const char *sentence;
};

struct conf_table {
	const struct conf_row *rows;
	size_t n;
	size_t size; /* of the settings struct */
};

struct conf; /* the parsed file: values and where each came from */

/* path NULL: no file, environment and defaults only.  Everything lives in a. */
bool conf_load(struct arena *a, const struct conf_table *t, const char *path,
	       void *settings, const struct conf **out,
	       struct err *e) MUST_CHECK;
/* name = value  # default, unit, origin, sentence; secrets as "(set)". */
void conf_print(const struct conf *c, FILE *to);

#endif
