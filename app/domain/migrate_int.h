#ifndef DOMAIN_MIGRATE_INT_H
#define DOMAIN_MIGRATE_INT_H

/*
 * migrate_int - what the parts of migrate share: migrate.c (migrations and
 * their order), migrate_functions.c (the folders of functions), migrate_pg.c
 * (the connection), migrate_read.c (the files) and migrate_text.c (what is in
 * them).
 *
 * Ownership: everything lives in the run's arena.
 */
#include <libpq-fe.h>

#include "core/buf.h"
#include "core/digest.h"
#include "migrate.h"

/* A folder of state, and the program that works on it. */
struct pair {
	const char *migrations, *functions; /* under sql_dir */
	const char *books; /* the schema where both are recorded */
};

struct file {
	const char *name, *path; /* "create_tasks.sql" and all of it */
	struct span sql;
	/* Of a migration only: the two halves of its name. */
	const char *version, *title;
	char sha256[SHA256_HEX];
};

struct files {
	struct file *list;
	size_t n;
};

struct run {
	struct arena *a;
	const struct migrate_options *o;
	PGconn *pg;
	struct buf kept; /* what before.sql could not drop, and why */
};

/* A piece of a file: errors count its lines from the file's top. */
struct piece {
	const char *path; /* NULL: bookkeeping */
	const char *sql;
	unsigned line; /* its first; 0: errors name the path alone */
};

/* --- migrate_read.c ------------------------------------------------------- */

/* Sorted by name. */
bool migrate_read_migrations(struct arena *a, const char *sql_dir,
			     const char *folder, struct files *out,
			     struct err *e) MUST_CHECK;
/* An error when there is none. */
bool migrate_read_functions(struct arena *a, const char *sql_dir,
			    const char *folder, struct files *out,
			    struct err *e) MUST_CHECK;
bool migrate_read_file(struct arena *a, const char *path, struct span *out,
		       struct err *e) MUST_CHECK;

/* --- migrate_text.c ------------------------------------------------------- */

/* Where statement n, from 0, of sql begins; NULL when there are fewer.  What
 * is empty is none. */
const char *migrate_statement(struct arena *a, const char *sql, size_t n);

/* --- migrate_pg.c --------------------------------------------------------- */

bool migrate_connect(struct run *r, struct err *e) MUST_CHECK;
bool migrate_run(struct run *r, const struct piece *p,
		 struct err *e) MUST_CHECK;
bool migrate_run_text(struct run *r, const char *sql, struct err *e) MUST_CHECK;
bool migrate_query(struct run *r, const char *sql, int n,
		   const char *const *args, PGresult **out,
		   struct err *e) MUST_CHECK;

/*
 * Runs work in a transaction, all or nothing; after a lock timeout or a
 * deadlock again, a few times.
 */
bool migrate_transaction(struct run *r,
			 bool (*work)(struct run *r, const void *arg,
				      struct err *e),
			 const void *arg, struct err *e) MUST_CHECK;

/* --- migrate_functions.c -------------------------------------------------- */

struct program; /* a folder of functions, as read */

/* migrations: those of the same pair. */
bool migrate_program_read(struct arena *a, const char *sql_dir,
			  const struct pair *pair,
			  const struct files *migrations,
			  const struct program **out, struct err *e) MUST_CHECK;
bool migrate_program_state(struct run *r, const struct program *p,
			   enum migration_state *out, struct err *e) MUST_CHECK;
bool migrate_program_install(struct run *r, const struct program *p,
			     struct err *e) MUST_CHECK;
/* As one ordinary migration. */
const char *migrate_program_text(struct arena *a, const struct program *p);
const char *migrate_program_sha256(const struct program *p);
/* Is this file made by `maestro migrate release`? */
bool migrate_is_release(const struct file *f);

#endif
