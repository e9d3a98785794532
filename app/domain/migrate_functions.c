/*
 * A folder of functions is installed as a whole: sql/install/before.sql, the
 * upper part of each file (functions), the lower part of each (views,
 * triggers, policies), sql/install/after.sql.
 *
 * Its hash covers all of these texts and which migrations there are: after a
 * new one the functions are installed again, also when the run that applied
 * it, or the Supabase CLI, stopped there.
 */
#include <string.h>

#include "migrate_int.h"

/*
 * A program that is running may hold one table and wait for another that we
 * hold.  So we give up before it does (deadlock_timeout is a second) and try
 * again; a release that is pushed has one try.
 */
static const char lock_timeout[] = "500ms";
static const char lock_timeout_once[] = "5s";

static const char divider[] = "-- --- what hangs on tables\n";
static const char release_head[] = "-- maestro: functions\n";

struct program {
	const char *dir;
	const char *books;
	struct files files;
	struct span before, after;
	char sha256[SHA256_HEX];
};

/* --- reading -------------------------------------------------------------- */

bool
migrate_is_release(const struct file *f)
{
	return span_starts(f->sql, release_head);
}

static void
add_name(struct digest *d, const char *name)
{
	digest_add(d, name, strlen(name) + 1);
}

static void
add_text(struct digest *d, struct span text)
{
	digest_add(d, text.p, text.n);
	digest_add(d, "", 1);
}

static void
hash(const struct files *functions, const struct files *migrations,
     struct span before, struct span after, char out[static SHA256_HEX])
{
	struct digest *d = digest_new(DIGEST_SHA256);

	for (size_t i = 0; i < functions->n; i++) {
		add_name(d, functions->list[i].name);
		add_text(d, functions->list[i].sql);
	}
	for (size_t i = 0; i < migrations->n; i++) {
		if (!migrate_is_release(&migrations->list[i]))
			add_name(d, migrations->list[i].version);
	}
	add_text(d, before);
	add_text(d, after);
	digest_hex(d, out);
	digest_free(d);
}

/* The text with the @words@ replaced. */
static const char *
fill_in(struct arena *a, const struct program *p, struct span text,
	const char *timeout)
{
	const struct {
		const char *name, *value;
	} words[] = {
		{"@books@",        p->books },
		{"@sha256@",       p->sha256},
		{"@lock_timeout@", timeout  }
        };
	struct buf b = buf_on(a);

	while (text.n) {
		size_t used = 1;

		for (size_t i = 0; i < NELEM(words); i++) {
			if (span_starts(text, words[i].name)) {
				buf_add(&b, words[i].value);
				used = strlen(words[i].name);
			}
		}
		if (used == 1)
			buf_addc(&b, *text.p);
		text.p += used;
		text.n -= used;
	}
	return buf_str(&b);
}

static bool
read_install(struct arena *a, const char *sql_dir, const char *name,
	     struct span *out, struct err *e)
{
	return migrate_read_file(
		a, arena_printf(a, "%s/install/%s.sql", sql_dir, name), out, e);
}

bool
migrate_program_read(struct arena *a, const char *sql_dir,
		     const struct pair *pair, const struct files *migrations,
		     const struct program **out, struct err *e)
{
	struct program *p = arena_alloc(a, sizeof *p);

	p->dir = arena_printf(a, "%s/%s", sql_dir, pair->functions);
	p->books = pair->books;
	if (!migrate_read_functions(a, sql_dir, pair->functions, &p->files,
				    e) ||
	    !read_install(a, sql_dir, "before", &p->before, e) ||
	    !read_install(a, sql_dir, "after", &p->after, e))
		return false;
	hash(&p->files, migrations, p->before, p->after, p->sha256);
	*out = p;
	return true;
}

/* --- the two parts of a file ---------------------------------------------- */

/* Where the lower part begins: at its dividing line; NULL without one. */
static const char *
lower_part(const struct file *f)
{
	const char *p = f->sql.p;

	while ((p = strstr(p, divider))) {
		if (p == f->sql.p || p[-1] == '\n')
			return p;
		p++;
	}
	return NULL;
}

static struct piece
upper_of(struct arena *a, const struct file *f)
{
	const char *end = lower_part(f);
	size_t n = end ? (size_t)(end - f->sql.p) : f->sql.n;

	return (struct piece){f->path, arena_strndup(a, f->sql.p, n), 1};
}

static struct piece
lower_of(const struct file *f)
{
	struct piece p = {f->path, lower_part(f), 1};

	if (!p.sql)
		p.sql = "";
	for (const char *s = f->sql.p; *p.sql && s < p.sql; s++)
		p.line += *s == '\n';
	return p;
}

/* Calls fn with the pieces in their order. */
static bool
each_piece(struct arena *a, const struct program *p,
	   bool (*fn)(void *arg, const struct piece *piece, struct err *e),
	   void *arg, struct err *e)
{
	for (size_t i = 0; i < p->files.n; i++) {
		const struct piece upper = upper_of(a, &p->files.list[i]);

		if (!fn(arg, &upper, e))
			return false;
	}
	for (size_t i = 0; i < p->files.n; i++) {
		const struct piece lower = lower_of(&p->files.list[i]);

		if (!fn(arg, &lower, e))
			return false;
	}
	return true;
}

/* --- in the database ------------------------------------------------------ */

bool
migrate_program_state(struct run *r, const struct program *p,
		      enum migration_state *out, struct err *e)
{
	const char *table = arena_printf(r->a, "%s.functions", p->books);
	PGresult *res;

	*out = MIGRATION_PENDING;
	if (!migrate_query(r, "select to_regclass($1) is not null", 1, &table,
			   &res, e))
		return false;
	if (*PQgetvalue(res, 0, 0) == 'f')
		return true;
	if (!migrate_query(r,
			   arena_printf(r->a, "select sha256 from %s", table),
			   0, NULL, &res, e))
		return false;
	if (PQntuples(res))
		*out = strcmp(PQgetvalue(res, 0, 0), p->sha256) == 0
			       ? MIGRATION_APPLIED
			       : MIGRATION_STALE;
	return true;
}

static bool
run_piece(void *arg, const struct piece *piece, struct err *e)
{
	struct run *r = arg;

	if (!migrate_run(r, piece, e))
		return false;
	if (PQtransactionStatus(r->pg) != PQTRANS_INTRANS)
		return err_set(e, 500, "migration",
			       "%s: ends its own transaction", piece->path);
	/* Files may leave `set local role` and search_path behind. */
	return migrate_run_text(r, "reset role; reset search_path", e);
}

static bool
install(struct run *r, const void *arg, struct err *e)
{
	const struct program *p = arg;
	const struct piece before = {
		p->dir, fill_in(r->a, p, p->before, lock_timeout), 0};
	const struct piece after = {
		p->dir, fill_in(r->a, p, p->after, lock_timeout), 0};

	return migrate_run(r, &before, e) &&
	       each_piece(r->a, p, run_piece, r, e) &&
	       migrate_run(r, &after, e);
}

bool
migrate_program_install(struct run *r, const struct program *p, struct err *e)
{
	return migrate_transaction(r, install, p, e);
}

/* --- as a migration ------------------------------------------------------- */

/* Nothing resets the role between these pieces, as run_piece() does: no file
 * of the product's functions sets it, and a hosted project's owner may well
 * have been made another one by the CLI. */
static bool
add_piece(void *arg, const struct piece *piece, struct err *e)
{
	struct buf *b = arg;

	(void)e;
	buf_addf(b, "%s\n", piece->sql);
	return true;
}

const char *
migrate_program_text(struct arena *a, const struct program *p)
{
	struct buf b = buf_on(a);
	struct err ignored;

	buf_addf(&b,
		 "%s-- The functions, views, triggers and policies of maestro, "
		 "all of them anew.\n"
		 "-- Written by `maestro migrate release`; maestro migrate up "
		 "does not run this file,\n"
		 "-- it has the same from sql/functions.\n\n%s\n",
		 release_head, fill_in(a, p, p->before, lock_timeout_once));
	(void)each_piece(a, p, add_piece, &b, &ignored);
	buf_add(&b, fill_in(a, p, p->after, lock_timeout_once));
	return buf_str(&b);
}

const char *
migrate_program_sha256(const struct program *p)
{
	return p->sha256;
}
