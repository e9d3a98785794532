#ifndef CLI_OUT_H
#define CLI_OUT_H

/*
 * out - text of others on somebody's terminal.
 *
 * What a task is called is chosen by whoever made it, so nothing of it reaches
 * the terminal that could steer it: control characters (C0, DEL, C1), marks
 * that turn the direction of writing, and line separators are shown as escapes
 * (\x1b, \u202e).  Texts are UTF-8; the width of a character is wcwidth's.
 */
#include <stdio.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/json.h"

/* One line: line ends and tabs become a space. */
void out_text(FILE *to, const char *s);
/* Several lines: line ends stay, tabs become a space. */
void out_lines(FILE *to, const char *s);

/* The harmless form of a one-line text, and how many columns it takes. */
const char *out_clean(struct arena *a, const char *s, size_t *width);
/* The same, cut to columns with an ellipsis. */
const char *out_cut(struct arena *a, const char *s, size_t columns,
		    size_t *width);

/* {"success":true,"data":DATA}: data is JSON text as the server sent it. */
void out_json(struct span data);
void out_json_object(struct json_object *o);
/* The object alone, on a line of its own: for streams of them. */
void out_json_line(struct json_object *o);
/* {"success":false,"error":code,"message","details","suggestion"} */
void out_json_error(const struct err *e, const char *hint);

/* "2026-01-02 03:04" in local time; "-" for 0. */
const char *out_time(struct arena *a, int64_t ms);
/* Columns of the terminal at stdout; 0 when it is none. */
size_t out_columns(void);

#endif
