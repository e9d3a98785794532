#ifndef DOMAIN_MIGRATE_H
#define DOMAIN_MIGRATE_H

/*
 * migrate - brings a database to the schema of this maestro.
 *
 * State apart from program.  State is a folder of migrations, SQL files named
 * YYYYMMDDHHMMSS_verb_object.sql: tables, types, indexes, data; each is run
 * once.  Program is a folder of functions, one file a subject: functions,
 * views, triggers, policies; all of it is installed anew when it changed.
 *   embedded/migrations  what a hosted Supabase project brings itself;
 *   embedded/functions   recorded in the schema maestro_embedded
 *   migrations           the product's; recorded in supabase_migrations, where
 *   functions            the Supabase CLI looks for migrations too
 * The books of either pair are the tables schema_migrations, checksums (the
 * SHA-256 of what was applied: a file edited afterwards is an error that names
 * it), functions (the SHA-256 of the whole folder) and objects (what it made).
 *
 * Each migration is one transaction, except a file whose head says
 * `-- no-transaction`: it holds one statement (create index concurrently).  A
 * folder of functions is one transaction.  All of it runs under one advisory
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
	const char *sql_dir; /* holds the folders above, and install/ */
	bool hosted;         /* leave embedded/ alone */
};

enum migration_state {
	MIGRATION_PENDING,
	MIGRATION_APPLIED,
	MIGRATION_STALE,   /* functions: not what was installed */
	MIGRATION_CHANGED, /* the file is not what was applied */
	MIGRATION_MISSING, /* applied, but the file is gone */
};

struct migration {
	const char *folder;  /* "embedded/migrations" */
	const char *version; /* "": the whole folder, of functions */
	const char *name;    /* "create_tasks"; "" when missing */
	enum migration_state state;
};

struct migrations {
	struct migration *list;
	size_t n;
};

/* Looks, changes nothing. */
bool migrate_status(struct arena *a, const struct migrate_options *o,
		    struct migrations *out, struct err *e) MUST_CHECK;

/* Applies what is not; calls done (may be NULL) after each. */
bool migrate_up(struct arena *a, const struct migrate_options *o,
		void (*done)(const struct migration *m), size_t *applied,
		struct err *e) MUST_CHECK;

/*
 * The product's functions as one ordinary migration, for a hosted project whose
 * owner uses the Supabase CLI: with it `supabase db push` does all that
 * migrate_up() does.  migrate_up() records such a file and does not run it.
 * *same is the newest one there, when it holds just these functions, or NULL.
 */
bool migrate_release_text(struct arena *a, const char *sql_dir,
			  const char **text, const char **same,
			  struct err *e) MUST_CHECK;

#endif
