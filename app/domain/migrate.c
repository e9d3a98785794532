/*
 * Which files there are, which were applied, and what to do about it.  The
 * statements written here are the bookkeeping that must exist before the
 * first file can be recorded.
 */
#include "migrate.h"

#include <string.h>

#include "migrate_int.h"

enum {
	HEAD_LINES = 5, /* `-- no-transaction` is looked for in these */
};

static const struct pair embedded = {"embedded/migrations",
				     "embedded/functions", "maestro_embedded"};
static const struct pair product = {"migrations", "functions",
				    "supabase_migrations"};

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
read_applied(struct run *r, const struct pair *pair, PGresult **out,
	     struct err *e)
{
	const char *table =
		arena_printf(r->a, "%s.schema_migrations", pair->books);
	const char *sums = arena_printf(r->a, "%s.checksums", pair->books);
	const char *names[] = {table, sums};
	PGresult *res;

	*out = NULL;
	if (!migrate_query(r,
			   "select to_regclass($1) is not null, "
			   "to_regclass($2) is not null",
			   2, names, &res, e))
		return false;
	if (*PQgetvalue(res, 0, 0) == 'f')
		return true;
	/* The Supabase CLI may have made its table before we came. */
	if (*PQgetvalue(res, 0, 1) == 'f')
		return migrate_query(
			r,
			arena_printf(r->a, "select version, null from %s",
				     table),
			0, NULL, out, e);
	return migrate_query(
		r,
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
is_file(const struct files *files, const char *version)
{
	for (size_t i = 0; i < files->n; i++) {
		if (strcmp(files->list[i].version, version) == 0)
			return true;
	}
	return false;
}

/* What there is to know about a pair of folders. */
struct look {
	struct files files;
	PGresult *applied;
	const struct program *program;
	enum migration_state program_state;
};

static bool
look_at(struct run *r, const struct pair *pair, struct look *out, struct err *e)
{
	const char *dir = r->o->sql_dir;

	return migrate_read_migrations(r->a, dir, pair->migrations, &out->files,
				       e) &&
	       migrate_program_read(r->a, dir, pair, &out->files, &out->program,
				    e) &&
	       read_applied(r, pair, &out->applied, e) &&
	       migrate_program_state(r, out->program, &out->program_state, e);
}

/* --- status --------------------------------------------------------------- */

/* Files first, in their order; then rows without a file; functions last. */
static void
list_pair(struct run *r, const struct pair *pair, const struct look *l,
	  struct migrations *out)
{
	size_t rows = l->applied ? (size_t)PQntuples(l->applied) : 0;
	struct migration *list = arena_alloc(
		r->a, (out->n + l->files.n + rows + 1) * sizeof *list);

	if (out->n)
		memcpy(list, out->list, out->n * sizeof *list);
	out->list = list;
	for (size_t i = 0; i < l->files.n; i++) {
		const struct file *f = &l->files.list[i];

		list[out->n++] =
			(struct migration){pair->migrations, f->version,
					   f->title, state_of(f, l->applied)};
	}
	/* Rows without a checksum are other people's: a hosted project may
	 * well have migrations of its own. */
	for (int i = 0; i < (int)rows; i++) {
		const char *version = PQgetvalue(l->applied, i, 0);

		if (!PQgetisnull(l->applied, i, 1) &&
		    !is_file(&l->files, version))
			list[out->n++] =
				(struct migration){pair->migrations, version,
						   "", MIGRATION_MISSING};
	}
	list[out->n++] =
		(struct migration){pair->functions, "", "", l->program_state};
}

static bool
status_of(struct run *r, const struct pair *pair, struct migrations *out,
	  struct err *e)
{
	struct look l;

	if (!look_at(r, pair, &l, e))
		return false;
	list_pair(r, pair, &l, out);
	return true;
}

bool
migrate_status(struct arena *a, const struct migrate_options *o,
	       struct migrations *out, struct err *e)
{
	struct run r = {.a = a, .o = o};
	struct migrations all = {NULL, 0};

	if (!migrate_connect(&r, e))
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
prepare_books(struct run *r, const struct pair *pair, struct err *e)
{
	const char *s = pair->books;

	return migrate_run_text(
		r,
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

/* What migrate_transaction() hands to the two below. */
struct step {
	const struct pair *pair;
	const struct file *file;
};

static bool
record(struct run *r, const void *arg, struct err *e)
{
	const struct step *step = arg;
	const struct file *f = step->file;
	const char *row[] = {f->version, f->sql.p, f->title};
	const char *sum[] = {f->version, f->sha256};
	const char *s = step->pair->books;
	PGresult *res;

	return migrate_query(r,
			     arena_printf(r->a,
					  "insert into %s.schema_migrations "
					  "(version, statements, name) "
					  "values ($1, array[$2], $3)",
					  s),
			     3, row, &res, e) &&
	       migrate_query(r,
			     arena_printf(r->a,
					  "insert into %s.checksums "
					  "(version, sha256) values ($1, $2)",
					  s),
			     2, sum, &res, e);
}

static bool
run_and_record(struct run *r, const void *arg, struct err *e)
{
	const struct step *step = arg;
	const struct piece all = {step->file->path, step->file->sql.p, 1};

	if (!migrate_run(r, &all, e))
		return false;
	if (PQtransactionStatus(r->pg) != PQTRANS_INTRANS)
		return err_set(e, 500, "migration",
			       "%s: ends its own transaction", all.path);
	/* Files may leave `set local role` and search_path behind. */
	return migrate_run_text(r, "reset role; reset search_path", e) &&
	       record(r, arg, e);
}

static bool
apply(struct run *r, const struct pair *pair, const struct file *file,
      struct err *e)
{
	const struct step step = {pair, file};
	const struct piece all = {file->path, file->sql.p, 1};

	/* What a release holds is installed after the last migration. */
	if (migrate_is_release(file))
		return migrate_transaction(r, record, &step, e);
	if (wants_no_transaction(file))
		return migrate_run(r, &all, e) &&
		       migrate_transaction(r, record, &step, e);
	return migrate_transaction(r, run_and_record, &step, e);
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
up_pair(struct run *r, const struct pair *pair,
	void (*done)(const struct migration *m), size_t *applied, struct err *e)
{
	struct migrations all = {NULL, 0};
	struct look l;

	if (!prepare_books(r, pair, e) || !look_at(r, pair, &l, e))
		return false;
	list_pair(r, pair, &l, &all);
	if (!refuse_drift(r->o, &all, e))
		return false;
	for (size_t i = 0; i < all.n; i++) {
		struct migration *m = &all.list[i];

		if (m->state == MIGRATION_APPLIED)
			continue;
		if (i < l.files.n ? !apply(r, pair, &l.files.list[i], e)
				  : !migrate_program_install(r, l.program, e))
			return false;
		++*applied;
		m->state = MIGRATION_APPLIED;
		if (done)
			done(m);
	}
	return true;
}

bool
migrate_up(struct arena *a, const struct migrate_options *o,
	   void (*done)(const struct migration *m), size_t *applied,
	   struct err *e)
{
	struct run r = {.a = a, .o = o};
	size_t n = 0;

	/* The lock ends with the connection. */
	if (!migrate_connect(&r, e) ||
	    !migrate_run_text(
		    &r,
		    "set client_min_messages = warning; "
		    "set statement_timeout = 0; "
		    "select pg_advisory_lock(hashtext('maestro migrate'))",
		    e))
		return false;
	if (!o->hosted && !up_pair(&r, &embedded, done, &n, e))
		return false;
	if (!up_pair(&r, &product, done, &n, e))
		return false;
	*applied = n;
	return true;
}

/* --- release -------------------------------------------------------------- */

bool
migrate_release_text(struct arena *a, const char *sql_dir, const char **text,
		     const char **same, struct err *e)
{
	const struct program *p;
	struct files files;

	if (!migrate_read_migrations(a, sql_dir, product.migrations, &files,
				     e) ||
	    !migrate_program_read(a, sql_dir, &product, &files, &p, e))
		return false;
	*same = NULL;
	for (size_t i = 0; i < files.n; i++) {
		const struct file *f = &files.list[i];

		if (migrate_is_release(f))
			*same = strstr(f->sql.p, migrate_program_sha256(p))
					? f->path
					: NULL;
	}
	*text = migrate_program_text(a, p);
	return true;
}
