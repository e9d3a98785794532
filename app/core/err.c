#include "err.h"

#include <stdio.h>
#include <string.h>

static void fill(struct err *e, int status, const char *code, const char *fmt,
		 va_list ap) PRINTF_LIKE(4, 0);

static void
fill(struct err *e, int status, const char *code, const char *fmt, va_list ap)
{
	/* The text may quote *e itself, so it is built before the reset. */
	char text[sizeof e->message];

	vsnprintf(text, sizeof text, fmt, ap);
	memset(e, 0, sizeof *e);
	e->status = status;
	snprintf(e->code, sizeof e->code, "%s", code);
	memcpy(e->message, text, sizeof text);
}

bool
err_set(struct err *e, int status, const char *code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(e, status, code, fmt, ap);
	va_end(ap);
	return false;
}

bool
err_field(struct err *e, const char *field, const char *fmt, ...)
{
	char name[sizeof e->field];
	va_list ap;

	snprintf(name, sizeof name, "%s", field);
	va_start(ap, fmt);
	fill(e, 400, "validation_failed", fmt, ap);
	va_end(ap);
	memcpy(e->field, name, sizeof name);
	return false;
}
