#include "export.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/bulk.h"
#include "core/rand.h"
#include "domain/import_images.h"
#include "domain/layout.h"
#include "domain/queries.h"

enum {
	TMP_HEX = 8
};

struct run {
	struct arena *a, *scratch;
	const struct export_options *o;
	struct export_report *report;
	struct bulk *db;
	struct import_images *images;
	int dir;             /* descriptor */
	const char *owner;   /* uuid; "" with a project */
	char made[PATH_MAX]; /* the folder made last */
};

/* --- files --- */

static bool
failed(const char *path, struct err *e)
{
	return err_set(e, errno == ENOSPC ? 507 : 500, "file_io", "%s: %s",
		       path, strerror(errno));
}

/* Ids are checked by the tables; a path must not leave the directory even if
 * one was not. */
static bool
path_ok(const char *path)
{
	struct span rest = span_of(path);

	while (rest.n) {
		struct span part = span_cut(&rest, '/');

		if (part.n == 0 || part.n > NAME_MAX - TMP_HEX - 5 ||
		    span_is(part, ".") || span_is(part, ".."))
			return false;
	}
	return *path && *path != '/' && strlen(path) < PATH_MAX;
}

static bool
make_folders(struct run *r, const char *path, struct err *e)
{
	const char *last = strrchr(path, '/');
	size_t n = last ? (size_t)(last - path) : 0;

	if (n == 0 || (strncmp(path, r->made, n) == 0 && r->made[n] == '\0'))
		return true;
	for (size_t i = 1; i <= n; i++) {
		if (path[i] != '/')
			continue;
		memcpy(r->made, path, i);
		r->made[i] = '\0';
		if (mkdirat(r->dir, r->made, 0700) == -1 && errno != EEXIST)
			return failed(r->made, e);
	}
	return true;
}

static bool
write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t rc = write(fd, p, n);

		if (rc == -1 && errno != EINTR)
			return false;
		p += rc > 0 ? rc : 0;
		n -= rc > 0 ? (size_t)rc : 0;
	}
	return true;
}

/* What a file gets: text, or the bytes of an image. */
struct content {
	struct span text;
	const char *key; /* NULL: text */
};

static bool
write_content(struct run *r, int fd, const struct content *c, struct err *e)
{
	if (c->key)
		return import_image_fetch(r->images, r->scratch, c->key, fd, e);
	return write_all(fd, c->text.p, c->text.n) || failed("write", e);
}

static bool
write_file(struct run *r, const char *path, const struct content *c,
	   struct err *e)
{
	char hex[TMP_HEX + 1], *tmp;
	bool done;
	int fd;

	if (!path_ok(path))
		return err_set(e, 500, "file_io",
			       "\"%.200s\" is no name for a file", path);
	if (!make_folders(r, path, e))
		return false;
	rand_text(hex, TMP_HEX, "0123456789abcdef");
	tmp = arena_printf(r->scratch, "%s.%s.tmp", path, hex);
	fd = openat(r->dir, tmp,
		    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		return failed(path, e);
	done = write_content(r, fd, c, e);
	if (close(fd) == -1 && done)
		done = failed(path, e);
	if (done && renameat(r->dir, tmp, r->dir, path) == -1)
		done = failed(path, e);
	if (!done) {
		unlinkat(r->dir, tmp, 0);
		return false;
	}
	r->report->files++;
	r->o->progress(r->o->to, "writing", r->report->files, 0);
	return true;
}

/* --- rows --- */

/* PostgreSQL puts spaces between the members; the original does not.  keep: a
 * space that stays. */
static struct span
compact(struct arena *a, struct span json, char keep)
{
	char *to = arena_alloc(a, json.n + 1), *p = to;
	bool in_text = false;

	for (size_t i = 0; i < json.n; i++) {
		char c = json.p[i];

		if (in_text && c == '\\' && i + 1 < json.n) {
			*p++ = c;
			c = json.p[++i];
		} else if (c == '"') {
			in_text = !in_text;
		} else if (!in_text && c != keep &&
			   (c == ' ' || c == '\n' || c == '\t' || c == '\r')) {
			continue;
		}
		*p++ = c;
	}
	return (struct span){to, (size_t)(p - to)};
}

static bool
write_json(void *to, const struct db_result *row, struct err *e)
{
	struct run *r = to;
	const struct content c = {
		.text = compact(r->scratch, db_span(row, 0, 1), '\0')};
	bool done = write_file(r, db_value(row, 0, 0), &c, e);

	arena_reset(r->scratch);
	return done;
}

static bool
write_text(void *to, const struct db_result *row, struct err *e)
{
	struct run *r = to;
	const struct content c = {.text = db_span(row, 0, 1)};
	bool done = write_file(r, db_value(row, 0, 0), &c, e);

	arena_reset(r->scratch);
	return done;
}

/* Objects, one a line. */
static bool
write_lines(void *to, const struct db_result *row, struct err *e)
{
	struct run *r = to;
	const struct content c = {
		.text = compact(r->scratch, db_span(row, 0, 1), '\n')};
	bool done = write_file(r, db_value(row, 0, 0), &c, e);

	arena_reset(r->scratch);
	return done;
}

/* One that cannot be had is no reason to leave the others. */
static bool
write_image(void *to, const struct db_result *row, struct err *e)
{
	struct run *r = to;
	const struct content c = {.key = db_value(row, 0, 1)};
	struct err why;

	(void)e;
	if (!write_file(r, db_value(row, 0, 0), &c, &why) &&
	    r->report->missing++ == 0) {
		r->report->missing_path =
			arena_strdup(r->a, db_value(row, 0, 0));
		r->report->missing_why = arena_strdup(r->a, why.message);
	}
	arena_reset(r->scratch);
	return true;
}

static bool
write_project(struct run *r, const char *project, struct err *e)
{
	static const unsigned queries_of_project[] = {
		Q_EXPORT_PROJECT,   Q_EXPORT_TASKS,       Q_EXPORT_QUEUES,
		Q_EXPORT_ORDERINGS, Q_EXPORT_MEMBERS,     Q_EXPORT_OVERRIDES,
		Q_EXPORT_TEAMS,     Q_EXPORT_PROMPTS,     Q_EXPORT_TASK_LISTS,
		Q_EXPORT_KEPT,      Q_EXPORT_TASK_GRAPHS, Q_EXPORT_MAIL,
	};
	const char *args[] = {project, r->report->dir};

	for (size_t i = 0; i < NELEM(queries_of_project); i++)
		if (!bulk_each(r->db,
			       (struct db_call){.query = queries_of_project[i],
						.args = args},
			       write_json, r, e))
			return false;
	for (size_t i = 0; layout_own[i]; i++)
		if (!bulk_each(r->db,
			       (struct db_call){.query = layout_own[i]->give,
						.args = args},
			       write_json, r, e))
			return false;
	return bulk_each(r->db, q_export_sessions(project, r->report->dir),
			 write_json, r, e) &&
	       bulk_each(r->db, q_export_docs(project), write_text, r, e) &&
	       bulk_each(r->db, q_export_commands(project), write_lines, r,
			 e) &&
	       bulk_each(r->db, q_export_images(project), write_image, r, e);
}

static bool
write_shared(struct run *r, struct err *e)
{
	static const unsigned queries_of_owner[] = {
		Q_EXPORT_GLOBAL_MEMBERS,
		Q_EXPORT_PROFILES,
		Q_EXPORT_CUSTOM_PROMPTS,
		Q_EXPORT_KEPT_SHARED,
	};
	const char *args[] = {r->owner};

	for (size_t i = 0; i < NELEM(queries_of_owner); i++)
		if (!bulk_each(r->db,
			       (struct db_call){.query = queries_of_owner[i],
						.args = args},
			       write_json, r, e))
			return false;
	return true;
}

/* --- all of it --- */

static int
not_dots(const struct dirent *d)
{
	return strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
}

/* What is there would mix with what is written: objects that are gone here
 * would live again. */
static bool
open_dir(struct run *r, struct err *e)
{
	char real[PATH_MAX];
	struct dirent **names;
	int n;

	if (mkdir(r->o->dir, 0700) == -1 && errno != EEXIST)
		return failed(r->o->dir, e);
	if (!realpath(r->o->dir, real))
		return failed(r->o->dir, e);
	r->dir = open(real, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->dir == -1)
		return failed(r->o->dir, e);
	n = scandir(real, &names, not_dots, NULL);
	for (int i = 0; i < n; i++)
		free(names[i]);
	if (n >= 0)
		free(names);
	if (n != 0)
		return err_set(e, 409, "not_empty",
			       "%s is not empty; give a new directory",
			       r->o->dir);
	r->report->dir = arena_strdup(r->a, real);
	return true;
}

static bool
find_owner(struct run *r, struct err *e)
{
	struct db_result rows;

	r->owner = NULL;
	if (r->o->project)
		return true;
	if (!bulk_run(r->db, r->a, q_import_accounts(r->o->owner), &rows, e))
		return false;
	if (db_rows(&rows) == 1) {
		r->owner = db_value(&rows, 0, 0);
		return true;
	}
	if (r->o->owner)
		return err_set(e, 404, "no_account", "there is no account %s",
			       r->o->owner);
	return err_set(e, 400, "no_owner",
		       "say whose with --owner, or which with --project");
}

static bool
write_projects(struct run *r, struct err *e)
{
	struct db_result rows;

	if (!bulk_run(r->db, r->a, q_export_projects(r->owner, r->o->project),
		      &rows, e))
		return false;
	if (r->o->project && db_rows(&rows) == 0)
		return err_set(e, 404, "not_found", "there is no project %s",
			       r->o->project);
	for (size_t i = 0; i < db_rows(&rows); i++)
		if (!write_project(r, db_value(&rows, i, 0), e))
			return false;
	r->report->projects = db_rows(&rows);
	return bulk_each(r->db,
			 q_export_commands_alone(r->owner, r->o->project),
			 write_lines, r, e);
}

bool
export_run(struct arena *a, const struct export_options *o,
	   struct export_report *out, struct err *e)
{
	const struct bulk_options db = {o->url, "maestro migrate", queries};
	struct run r = {.a = a, .o = o, .report = out, .dir = -1};
	bool done;

	memset(out, 0, sizeof *out);
	if (!bulk_open(a, &db, &r.db, e) ||
	    !bulk_run(r.db, a, q_import_open(), NULL, e) || !find_owner(&r, e))
		return false;
	r.scratch = arena_new(SIZE_MAX / 2);
	r.images = import_images_new(a, o->set);
	done = open_dir(&r, e) &&
	       bulk_run(r.db, a, q_export_begin(), NULL, e) &&
	       write_projects(&r, e) && (!r.owner || write_shared(&r, e));
	if (done && syncfs(r.dir) == -1)
		done = failed(o->dir, e);
	if (r.dir != -1)
		close(r.dir);
	import_images_close(r.images);
	arena_free(r.scratch);
	return done;
}
