#ifndef CLI_MIGRATE_MORE_H
#define CLI_MIGRATE_MORE_H

/*
 * migrate_more - what `maestro migrate` needs besides the migrations: new
 * files, and the database of a linked Supabase project.
 */
#include "cli.h"
#include "core/err.h"

/*
 * Makes DIR/migrations/YYYYMMDDHHMMSS_name.sql, numbered above the last one
 * and not before now.  sql_dir NULL: ./sql or ./supabase.  *path is the file.
 */
bool migrate_new(struct arena *a, const char *sql_dir, const char *name,
		 const char **path, struct err *e) MUST_CHECK;

/*
 * Writes the functions as such a file, install_functions; when the newest one
 * there holds just these already, *path is that one.
 */
bool migrate_release(struct arena *a, const char *sql_dir, const char **path,
		     struct err *e) MUST_CHECK;

/*
 * Where --linked leads: the project of the settings when supabase_enabled;
 * else the one `supabase link` noted in supabase/.temp of this folder or one
 * above it, as user postgres with the password of SUPABASE_DB_PASSWORD (kept
 * out of the connection string).  400 when both name different projects, or
 * neither does.
 */
bool migrate_linked(struct cli *c, const char **url, struct err *e) MUST_CHECK;

#endif
