/*
 * The only file besides core/db that talks to libpq: core/db is pipelines of
 * named statements, this is whole files of SQL on a connection of its own.
 * The statements written here are the bookkeeping that must exist before the
 * first file can be recorded.
 */
#include "migrate.h"

#include <dirent.h>
#include <errno.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/digest.h"
#include "core/file.h"

enum {
	FILE_LIMIT = 4 * MiB,
	VERSION_LEN = 14,
	HEAD_LINES = 5, /* `-- no-transaction` is looked for in these */
};

struct folder {
	const char *name;   /* under sql_dir */
	const char *schema; /* where its files are recorded */
};

static const struct folder embedded = {"embedded", "maestro_embedded"};
static const struct folder product = {"migrations", "supabase_migrations"};

struct file {
	const char *version, *name, *path;
	struct span sql;
	char sha256[SHA256_HEX];
};

struct run {
	struct arena *a;
	const struct migrate_options *o;
	PGconn *pg;
};

/* --- PostgreSQL ----------------------------------------------------------- */

static void
free_result(void *p)
{
	PQclear(p);
}

static void
close_connection(void *p)
{
	PQfinish(p);
}

/* First line of libpq's connection error. */
static bool
connection_error(struct run *r, struct err *e)
{
	const char *text = PQerrorMessage(r->pg);

	return err_set(e, 503, "unavailable", "PostgreSQL: %.*s",
		       (int)strcspn(text, "\n"), text);
}

static bool
connect_to(struct run *r, struct err *e)
{
	const char *const keys[] = {"dbname", "fallback_application_name",
				    "connect_timeout", NULL};
	const char *const values[] = {r->o->url, "maestro migrate", "10", NULL};

	r->pg = PQconnectdbParams(keys, values, 1);
	if (!r->pg)
		return err_set(e, 500, "no_memory", "libpq: out of memory");
	arena_defer(r->a, close_connection, r->pg);
	if (PQstatus(r->pg) != CONNECTION_OK)
		return connection_error(r, e);
	return true;
}

/* The 1-based character position as a line number. */
static unsigned
line_of(const char *sql, const char *position)
{
	long n = position ? strtol(position, NULL, 10) : 0;
	unsigned line = 1;

	for (const char *p = sql; *p && n > 1; p++) {
		if (*p == '\n')
			line++;
		if ((*p & 0xc0) != 0x80)
			n--;
	}
	return line;
}

static const char *
more_of(struct arena *a, const PGresult *res)
{
	static const struct {
		int field;
		const char *label;
	} fields[] = {
		{PG_DIAG_MESSAGE_DETAIL, "DETAIL"},
		{PG_DIAG_MESSAGE_HINT,   "HINT"  },
		{PG_DIAG_CONTEXT,        "WHERE" },
	};
	struct buf b = buf_on(a);

	for (size_t i = 0; i < NELEM(fields); i++) {
		const char *s = PQresultErrorField(res, fields[i].field);

		if (s)
			buf_addf(&b, "%s: %s\n", fields[i].label, s);
	}
	return b.n ? buf_str(&b) : NULL;
}

/* path NULL: bookkeeping; otherwise sql is the text of that file. */
static bool
refused(struct run *r, const PGresult *res, const char *path, const char *sql,
	struct err *e)
{
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *at = PQresultErrorField(res, PG_DIAG_STATEMENT_POSITION);

	if (!text)
		return connection_error(r, e);
	if (!path)
		err_set(e, 500, "migration", "%s (%s)", text, state);
	else if (at)
		err_set(e, 500, "migration", "%s:%u: %s (%s)", path,
			line_of(sql, at), text, state);
	else
		err_set(e, 500, "migration", "%s: %s (%s)", path, text, state);
	e->details = more_of(r->a, res);
	return false;
}

static bool
run_text(struct run *r, const char *path, const char *sql, struct err *e)
{
	PGresult *res = PQexec(r->pg, sql);
	ExecStatusType st = PQresultStatus(res);
	bool good = st == PGRES_COMMAND_OK || st == PGRES_TUPLES_OK;

	if (!good)
		refused(r, res, path, sql, e);
	PQclear(res);
	return good;
}

static bool
query(struct run *r, const char *sql, int n, const char *const *args,
      PGresult **out, struct err *e)
{
	PGresult *res = PQexecParams(r->pg, sql, n, NULL, args, NULL, NULL, 0);
	ExecStatusType st = PQresultStatus(res);

	if (st != PGRES_COMMAND_OK && st != PGRES_TUPLES_OK) {
		refused(r, res, NULL, sql, e);
		PQclear(res);
		return false;
	}
	arena_defer(r->a, free_result, res);
	*out = res;
	return true;
}

/* --- files ---------------------------------------------------------------- */

static int
is_migration(const struct dirent *d)
{
	const char *s = d->d_name;
	size_t n = strlen(s);

	return strspn(s, "0123456789") == VERSION_LEN &&
	       s[VERSION_LEN] == '_' && n > VERSION_LEN + 5 &&
	       strcmp(s + n - 4, ".sql") == 0;
}

static bool
read_one(struct run *r, const struct folder *f, const char *name,
	 struct file *to, struct err *e)
{
	size_t n = strlen(name);

	to->version = arena_strndup(r->a, name, VERSION_LEN);
	to->name = arena_strndup(r->a, name + VERSION_LEN + 1,
				 n - VERSION_LEN - 5);
	to->path = arena_printf(r->a, "%s/%s/%s", r->o->sql_dir, f->name, name);
	if (!file_read(r->a, to->path, FILE_LIMIT, &to->sql, e))
		return false;
	if (to->sql.n && memchr(to->sql.p, '\0', to->sql.n))
		return err_set(e, 500, "migration", "%s: NUL byte", to->path);
	sha256_hex(to->sql.p, to->sql.n, to->sha256);
	return true;
}

static bool
read_list(struct run *r, const struct folder *f, struct dirent **names, int n,
	  struct file *files, struct err *e)
{
	for (int i = 0; i < n; i++) {
		if (!read_one(r, f, names[i]->d_name, &files[i], e))
			return false;
		if (i && strcmp(files[i].version, files[i - 1].version) == 0)
			return err_set(e, 500, "migration",
				       "%s and %s have the same version",
				       files[i - 1].path, files[i].path);
	}
	return true;
}

static bool
read_folder(struct run *r, const struct folder *f, struct file **out,
	    size_t *n_out, struct err *e)
{
	char *dir = arena_printf(r->a, "%s/%s", r->o->sql_dir, f->name);
	struct dirent **names;
	struct file *files;
	int n = scandir(dir, &names, is_migration, alphasort);
	bool done;

	if (n < 0)
		return err_set(e, 500, "migration", "%s: %s", dir,
			       strerror(errno));
	files = arena_alloc(r->a, (size_t)(n ? n : 1) * sizeof *files);
	done = read_list(r, f, names, n, files, e);
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	if (done) {
		*out = files;
		*n_out = (size_t)n;
	}
	return done;
}

static bool
wants_no_transaction(const struct file *f)
{
	struct span rest = f->sql;

	for (int i = 0; i < HEAD_LINES && rest.n; i++) {
		if (span_starts(span_cut(&rest, '\n'), "-- no-transaction"))
			return true;
	}
	return false;
}

/* --- what was applied ----------------------------------------------------- */

/* Rows (version, sha256 or null); NULL when nothing was ever recorded. */
static bool
read_applied(struct run *r, const struct folder *f, PGresult **out,
	     struct err *e)
{
	const char *table =
		arena_printf(r->a, "%s.schema_migrations", f->schema);
	const char *sums = arena_printf(r->a, "%s.checksums", f->schema);
	const char *names[] = {table, sums};
	PGresult *res;

	*out = NULL;
	if (!query(r,
		   "select to_regclass($1) is not null, "
		   "to_regclass($2) is not null",
		   2, names, &res, e))
		return false;
	if (*PQgetvalue(res, 0, 0) == 'f')
		return true;
	/* The Supabase CLI may have made its table before we came. */
	if (*PQgetvalue(res, 0, 1) == 'f')
		return query(r,
			     arena_printf(r->a, "select version, null from %s",
					  table),
			     0, NULL, out, e);
	return query(r,
		     arena_printf(r->a,
				  "select m.version, c.sha256 from %s m "
				  "left join %s c using (version) "
				  "order by m.version",
				  table, sums),
		     0, NULL, out, e);
}

static int
row_of(const PGresult *applied, const char *version)
{
	for (int i = 0; i < PQntuples(applied); i++) {
		if (strcmp(PQgetvalue(applied, i, 0), version) == 0)
			return i;
	}
	return -1;
}

static enum migration_state
state_of(const struct file *f, const PGresult *applied)
{
	int row = applied ? row_of(applied, f->version) : -1;

	if (row < 0)
		return MIGRATION_PENDING;
	/* Applied by the Supabase CLI: nothing to compare with. */
	if (PQgetisnull(applied, row, 1) ||
	    strcmp(PQgetvalue(applied, row, 1), f->sha256) == 0)
		return MIGRATION_APPLIED;
	return MIGRATION_CHANGED;
}

static bool
is_file(const struct file *files, size_t n, const char *version)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(files[i].version, version) == 0)
			return true;
	}
	return false;
}

/* --- status --------------------------------------------------------------- */

static void
list_folder(struct run *r, const struct folder *f, const struct file *files,
	    size_t n, const PGresult *applied, struct migrations *out)
{
	size_t most = out->n + n + (applied ? (size_t)PQntuples(applied) : 0);
	struct migration *list =
		arena_alloc(r->a, (most ? most : 1) * sizeof *list);

	if (out->n)
		memcpy(list, out->list, out->n * sizeof *list);
	out->list = list;
	for (size_t i = 0; i < n; i++)
		list[out->n++] = (struct migration){
			f->name, files[i].version, files[i].name,
			state_of(&files[i], applied)};
	/* Rows without a checksum are other people's: a hosted project may
	 * well have migrations of its own. */
	for (int i = 0; applied && i < PQntuples(applied); i++) {
		const char *version = PQgetvalue(applied, i, 0);

		if (!PQgetisnull(applied, i, 1) && !is_file(files, n, version))
			list[out->n++] = (struct migration){
				f->name, version, "", MIGRATION_MISSING};
	}
}

static bool
status_of(struct run *r, const struct folder *f, struct migrations *out,
	  struct err *e)
{
	struct file *files;
	size_t n;
	PGresult *applied;

	if (!read_folder(r, f, &files, &n, e) ||
	    !read_applied(r, f, &applied, e))
		return false;
	list_folder(r, f, files, n, applied, out);
	return true;
}

bool
migrate_status(struct arena *a, const struct migrate_options *o,
	       struct migrations *out, struct err *e)
{
	struct run r = {a, o, NULL};
	struct migrations all = {NULL, 0};

	if (!connect_to(&r, e))
		return false;
	if (!o->hosted && !status_of(&r, &embedded, &all, e))
		return false;
	if (!status_of(&r, &product, &all, e))
		return false;
	*out = all;
	return true;
}

/* --- up ------------------------------------------------------------------- */

static bool
prepare_books(struct run *r, const struct folder *f, struct err *e)
{
	const char *s = f->schema;

	return run_text(
		r, NULL,
		arena_printf(r->a,
			     "create schema if not exists %s;"
			     "create table if not exists %s.schema_migrations ("
			     "version text not null primary key, "
			     "statements text[], name text);"
			     "create table if not exists %s.checksums ("
			     "version text not null primary key, "
			     "sha256 text not null, "
			     "applied_at timestamptz not null default now());",
			     s, s, s),
		e);
}

static bool
record(struct run *r, const struct folder *f, const struct file *file,
       struct err *e)
{
	const char *row[] = {file->version, file->sql.p, file->name};
	const char *sum[] = {file->version, file->sha256};
	const char *s = f->schema;
	PGresult *res;

	/* Files may leave `set local role` and search_path behind. */
	return run_text(r, NULL, "reset role; reset search_path", e) &&
	       query(r,
		     arena_printf(r->a,
				  "insert into %s.schema_migrations "
				  "(version, statements, name) "
				  "values ($1, array[$2], $3)",
				  s),
		     3, row, &res, e) &&
	       query(r,
		     arena_printf(r->a,
				  "insert into %s.checksums (version, sha256) "
				  "values ($1, $2)",
				  s),
		     2, sum, &res, e);
}

static bool
apply(struct run *r, const struct folder *f, const struct file *file,
      struct err *e)
{
	bool alone = wants_no_transaction(file);

	if (!alone && !run_text(r, NULL, "begin", e))
		return false;
	if (!run_text(r, file->path, file->sql.p, e))
		goto undo;
	if (!alone && PQtransactionStatus(r->pg) != PQTRANS_INTRANS)
		return err_set(e, 500, "migration",
			       "%s: ends its own transaction", file->path);
	if (alone && !run_text(r, NULL, "begin", e))
		return false;
	if (!record(r, f, file, e) || !run_text(r, NULL, "commit", e))
		goto undo;
	return true;
undo:
	PQclear(PQexec(r->pg, "rollback"));
	return false;
}

static bool
refuse_drift(const struct migrate_options *o, const struct migrations *all,
	     struct err *e)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct migration *m = &all->list[i];

		if (m->state == MIGRATION_CHANGED)
			return err_set(e, 409, "migration_changed",
				       "%s/%s/%s_%s.sql was changed after it "
				       "was applied; write a new file instead",
				       o->sql_dir, m->folder, m->version,
				       m->name);
		if (m->state == MIGRATION_MISSING)
			return err_set(
				e, 409, "migration_missing",
				"%s/%s holds no file %s, which this "
				"database has: is it of a newer maestro?",
				o->sql_dir, m->folder, m->version);
	}
	return true;
}

static bool
up_folder(struct run *r, const struct folder *f,
	  void (*done)(const struct migration *m), size_t *applied,
	  struct err *e)
{
	struct migrations all = {NULL, 0};
	struct file *files;
	PGresult *rows;
	size_t n;

	if (!prepare_books(r, f, e) || !read_folder(r, f, &files, &n, e) ||
	    !read_applied(r, f, &rows, e))
		return false;
	list_folder(r, f, files, n, rows, &all);
	if (!refuse_drift(r->o, &all, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (all.list[i].state != MIGRATION_PENDING)
			continue;
		if (!apply(r, f, &files[i], e))
			return false;
		++*applied;
		all.list[i].state = MIGRATION_APPLIED;
		if (done)
			done(&all.list[i]);
	}
	return true;
}

bool
migrate_up(struct arena *a, const struct migrate_options *o,
	   void (*done)(const struct migration *m), size_t *applied,
	   struct err *e)
{
	struct run r = {a, o, NULL};
	size_t n = 0;

	/* The lock ends with the connection. */
	if (!connect_to(&r, e) ||
	    !run_text(&r, NULL,
		      "set client_min_messages = warning; "
		      "set statement_timeout = 0; "
		      "select pg_advisory_lock(hashtext('maestro migrate'))",
		      e))
		return false;
	if (!o->hosted && !up_folder(&r, &embedded, done, &n, e))
		return false;
	if (!up_folder(&r, &product, done, &n, e))
		return false;
	*applied = n;
	return true;
}
