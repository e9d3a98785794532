#ifndef CLI_TABLE_H
#define CLI_TABLE_H

/*
 * table - lists and records as people read them.
 *
 * On a terminal the columns fit its width: those marked SHRINK give way and
 * end in an ellipsis.  Elsewhere nothing is cut.  Columns are two blanks
 * apart, never a tab; every cell is one harmless line (out.h).
 */
#include "out.h"

enum column_kind {
	COLUMN_TEXT,  /* text, number, bool */
	COLUMN_TIME,  /* ms */
	COLUMN_COUNT, /* of an array */
	COLUMN_WORDS, /* an array of texts */
};

enum {
	COLUMN_SHRINK = 1 << 0,
	TABLE_COLUMNS = 16
};

struct column {
	const char *title; /* in capitals over a table */
	const char *key;   /* of the row; "a.b" goes one level down */
	enum column_kind kind;
	unsigned flags;
};

/* rows: an array of objects.  none: said on stderr when it is empty. */
void table_print(struct arena *a, const struct column *columns, size_t n,
		 struct json_object *rows, const char *none);

/* "title  value" lines of one object, leaving out what is unset; then the
 * texts of many lines, each under its title. */
void table_record(struct arena *a, const struct column *columns, size_t n,
		  struct json_object *row);
void table_long_text(const char *title, const char *text);

/* The value as text; "" when unset. */
const char *table_cell(struct arena *a, const struct column *c,
		       const struct json_object *row);

#endif
