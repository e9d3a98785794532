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
#include "domain/export_objects.h"
#include "domain/import_images.h"
#include "domain/layout.h"
#include "domain/queries.h"

enum {
	TMP_HEX = 8
};

struct run {
	struct arena *a;
	struct arena *page, *scratch; /* some rows; a file */
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

/* PostgreSQL puts spaces between the members; the original does not. */
static struct span
compact(struct arena *a, struct span json)
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
		} else if (!in_text &&
			   (c == ' ' || c == '\n' || c == '\t' || c == '\r')) {
			continue;
		}
		*p++ = c;
	}
	return (struct span){to, (size_t)(p - to)};
}

static bool
write_json(struct run *r, const char *path, struct jsonw *w, struct err *e)
{
	const struct content c = {.text = compact(r->scratch, jsonw_span(w))};
	bool done = write_file(r, path, &c, e);

	arena_reset(r->scratch);
	return done;
}

/* What a statement's rows are. */
struct rows {
	struct run *run;
	const struct export_object *of;
};

static bool
write_object(void *to, const struct db_result *row, struct err *e)
{
	struct rows *rows = to;
	struct jsonw w = jsonw_on(rows->run->scratch);

	export_write(&w, rows->of, row);
	return write_json(rows->run, db_named(row, 0, "path"), &w, e);
}

static bool
write_objects(struct run *r, const struct export_object *list, size_t n,
	      const char *of, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		const struct db_call call = {.query = list[i].query,
					     .args = &of};
		struct rows rows = {r, &list[i]};

		if (!bulk_each(r->db, call, write_object, &rows, e))
			return false;
	}
	return true;
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

/* --- lines --- */

/* A file that grows by a line a row. */
struct lines {
	struct run *run;
	struct arena *a;
	struct buf path, text;
};

static bool
write_lines(struct lines *l, struct err *e)
{
	struct run *r = l->run;
	const struct content c = {
		.text = {l->text.p, l->text.n}
        };
	bool done = l->text.n == 0 || write_file(r, buf_str(&l->path), &c, e);

	arena_reset(r->scratch);
	arena_reset(l->a);
	l->path = buf_on(l->a);
	l->text = buf_on(l->a);
	return done;
}

static bool
write_line(void *to, const struct db_result *row, struct err *e)
{
	struct lines *l = to;
	const char *path = db_named(row, 0, "path");
	struct jsonw w = jsonw_on(l->run->scratch);
	struct span line;

	if (strcmp(buf_str(&l->path), path) != 0) {
		if (!write_lines(l, e))
			return false;
		buf_add(&l->path, path);
	}
	export_write(&w, &export_command, row);
	line = compact(l->run->scratch, jsonw_span(&w));
	buf_addn(&l->text, line.p, line.n);
	buf_addc(&l->text, '\n');
	arena_reset(l->run->scratch);
	return true;
}

static bool
write_commands(struct run *r, struct db_call call, struct err *e)
{
	struct lines l = {.run = r, .a = arena_new(SIZE_MAX / 2)};
	bool done;

	l.path = buf_on(l.a);
	l.text = buf_on(l.a);
	done = bulk_each(r->db, call, write_line, &l, e) && write_lines(&l, e);
	arena_free(l.a);
	return done;
}

/* --- sessions --- */

/* Some sessions with all of their parts; *n: how many. */
static bool
write_some_sessions(struct run *r, const char *project, size_t *n,
		    struct err *e)
{
	struct db_result results[EXPORT_SESSION_RESULTS];
	struct arena *a = r->page;
	struct jsonw ids = jsonw_on(a);
	const char *of;

	if (!bulk_run(r->db, a, q_export_sessions(), &results[0], e))
		return false;
	*n = db_rows(&results[0]);
	jsonw_begin(&ids, '[');
	for (size_t i = 0; i < *n; i++)
		jsonw_text(&ids, db_named(&results[0], i, "id"));
	jsonw_end(&ids, ']');
	of = jsonw_span(&ids).p;
	if (!bulk_run(r->db, a, q_export_session_events(project, of),
		      &results[1], e) ||
	    !bulk_run(r->db, a, q_export_session_timeline(project, of),
		      &results[2], e) ||
	    !bulk_run(r->db, a,
		      q_export_session_docs(project, of, r->report->dir),
		      &results[3], e))
		return false;
	for (size_t i = 0; i < *n; i++) {
		struct jsonw w = jsonw_on(r->scratch);

		export_write_session(&w, results, i);
		if (!write_json(r, db_named(&results[0], i, "path"), &w, e))
			return false;
	}
	return true;
}

static bool
write_sessions(struct run *r, const char *project, struct err *e)
{
	bool done =
		bulk_run(r->db, r->a, q_export_sessions_open(project), NULL, e);

	for (size_t n = 1; done && n > 0;) {
		done = write_some_sessions(r, project, &n, e);
		arena_reset(r->page);
	}
	return done &&
	       bulk_run(r->db, r->a, q_export_sessions_close(), NULL, e);
}

/* --- the rest --- */

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
	for (size_t i = 0; layout_own[i]; i++) {
		const struct export_object own = {layout_own[i]->give,
						  layout_own[i]->of, NULL};

		if (!write_objects(r, &own, 1, project, e))
			return false;
	}
	return write_objects(r, export_of_project, export_n_of_project, project,
			     e) &&
	       write_sessions(r, project, e) &&
	       bulk_each(r->db, q_export_docs(project), write_text, r, e) &&
	       write_commands(r, q_export_commands(project), e) &&
	       bulk_each(r->db, q_export_images(project), write_image, r, e);
}

static bool
write_shared(struct run *r, struct err *e)
{
	return write_objects(r, export_of_owner, export_n_of_owner, r->owner,
			     e);
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
	return write_commands(
		r, q_export_commands_alone(r->owner, r->o->project), e);
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
	r.page = arena_new(SIZE_MAX / 2);
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
	arena_free(r.page);
	return done;
}
