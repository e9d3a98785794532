#ifndef CORE_ERR_H
#define CORE_ERR_H

/*
 * err - the one error record of the application (design.md 8).
 *
 * A function that can fail returns bool (true = done) and takes struct err *e
 * last.  err_set() returns false, so refusals read `return err_set(e, ...)`.
 * Whoever renders the record for a client decides the shape; for status >= 500
 * message goes to the log only and the client sees code and request id.
 */
#include <stdarg.h>

#include "base.h"

struct err {
	int status;          /* HTTP status; 0 = no error */
	char code[48];       /* stable, snake_case: "not_found" */
	char message[256];   /* one sentence for people */
	char field[96];      /* the input field at fault ("a.b"), or "" */
	char sqlstate[6];    /* when PostgreSQL refused, else "" */
	char constraint[64]; /* name of the violated constraint, or "" */
	int retry_after_s;   /* > 0: sent as Retry-After */
	const char *details; /* JSON text for the client, or NULL; borrowed */
};

/* Fills all of *e; returns false. */
bool err_set(struct err *e, int status, const char *code, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
/* 400 validation_failed that names the field. */
bool err_field(struct err *e, const char *field, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

#endif
