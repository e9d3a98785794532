#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

/*
 * doctor - is this installation well?  One finding a line, each with what to
 * do about it.  A check never stops the next: what could not be looked at is a
 * finding too.
 */
#include "core/err.h"
#include "core/json.h"
#include "noun.h"

struct fetch;

enum finding {
	FINDING_OK,
	FINDING_WARN,
	FINDING_FAIL
};

struct doctor {
	struct cli *c;
	struct arena *a;
	const struct settings *set; /* NULL: there are none to look at */
	const char *conf_path;
	const char *quick_dir;    /* var/ of a ./quickstart, or NULL */
	struct fetch *fetch;      /* trusts what the installation trusts */
	struct json_object *list; /* of {level, name, message, remedy} */
	int counts[3];
};

/* remedy NULL: there is nothing to do. */
void doctor_tell(struct doctor *d, enum finding level, const char *name,
		 const char *remedy, const char *fmt, ...) PRINTF_LIKE(5, 6);

/* doctor_local.c: what is on this machine. */
void doctor_files(struct doctor *d);
void doctor_store(struct doctor *d);
void doctor_space(struct doctor *d);
void doctor_versions(struct doctor *d);
void doctor_sign_in(struct doctor *d);

/* doctor_net.c: what is at the other end of a socket. */
void doctor_database(struct doctor *d);
void doctor_migrations(struct doctor *d);
void doctor_redis(struct doctor *d);
void doctor_project(struct doctor *d); /* hosted */
void doctor_server(struct doctor *d, const char *url);

/* How far a clock is from ours; asked in between begun and now. */
void doctor_clock(struct doctor *d, const char *whose, int64_t theirs_ms,
		  int64_t begun_ms, int64_t exact_ms);

#endif
