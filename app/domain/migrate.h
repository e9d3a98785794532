#ifndef DOMAIN_MIGRATE_H
#define DOMAIN_MIGRATE_H

/*
 * migrate - brings a database to the schema of this maestro.
 *
 * Two folders of SQL files named YYYYMMDDHHMMSS_verb_object.sql:
 *   embedded/    what a hosted Supabase project brings itself; recorded in
 *                maestro_embedded.schema_migrations
 *   migrations/  the product's schema; recorded in
 *                supabase_migrations.schema_migrations, where the Supabase
 *                CLI looks too
 * Beside either table stands `checksums` with the SHA-256 of what was applied:
 * a file edited afterwards is an error that names it.  Each file is one
 * transaction, except a file whose head says `-- no-transaction`: it holds one
 * statement (create index concurrently).  All of it runs under one advisory
 * lock, so machines that start together wait for each other.
 *
 * Ownership: everything returned lives in the arena.
 * Failure: *e, message beginning with the file at fault; e->details, when set,
 * is PostgreSQL's detail, hint and context as plain text.
 */
#include "core/arena.h"
#include "core/err.h"

struct migrate_options {
	const char *url;     /* libpq connection string of maestro_owner */
	const char *sql_dir; /* holds embedded/ and migrations/ */
	bool hosted;         /* leave embedded/ alone */
};

enum migration_state {
	MIGRATION_PENDING,
	MIGRATION_APPLIED,
	MIGRATION_CHANGED, /* the file is not what was applied */
	MIGRATION_MISSING, /* applied, but the file is gone */
};

struct migration {
	const char *folder; /* "embedded" or "migrations" */
	const char *version;
	const char *name; /* "create_tasks"; "" when missing */
	enum migration_state state;
};

struct migrations {
	struct migration *list;
	size_t n;
};

/* Looks, changes nothing. */
bool migrate_status(struct arena *a, const struct migrate_options *o,
		    struct migrations *out, struct err *e) MUST_CHECK;

/* Applies what is pending; calls done (may be NULL) after each file. */
bool migrate_up(struct arena *a, const struct migrate_options *o,
		void (*done)(const struct migration *m), size_t *applied,
		struct err *e) MUST_CHECK;

#endif
