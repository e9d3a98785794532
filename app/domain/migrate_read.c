#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "migrate_int.h"

enum {
	FILE_LIMIT = 4 * MiB,
	VERSION_LEN = 14,
};

static bool
is_sql(const char *name)
{
	size_t n = strlen(name);

	return *name != '.' && n > 4 && strcmp(name + n - 4, ".sql") == 0;
}

static int
is_migration(const struct dirent *d)
{
	const char *s = d->d_name;

	return strspn(s, "0123456789") == VERSION_LEN &&
	       s[VERSION_LEN] == '_' && strlen(s) > VERSION_LEN + 5 &&
	       is_sql(s);
}

static int
is_functions(const struct dirent *d)
{
	return is_sql(d->d_name);
}

bool
migrate_read_file(struct arena *a, const char *path, struct span *out,
		  struct err *e)
{
	if (!file_read(a, path, FILE_LIMIT, out, e))
		return false;
	if (out->n && memchr(out->p, '\0', out->n))
		return err_set(e, 500, "migration", "%s: NUL byte", path);
	return true;
}

static bool
read_list(struct arena *a, const char *dir, struct dirent **names, int n,
	  struct files *out, struct err *e)
{
	out->list = arena_alloc(a, (size_t)(n ? n : 1) * sizeof *out->list);
	out->n = (size_t)n;
	for (int i = 0; i < n; i++) {
		struct file *f = &out->list[i];

		f->name = arena_strdup(a, names[i]->d_name);
		f->path = arena_printf(a, "%s/%s", dir, f->name);
		if (!migrate_read_file(a, f->path, &f->sql, e))
			return false;
	}
	return true;
}

static bool
read_folder(struct arena *a, const char *dir,
	    int (*filter)(const struct dirent *d), struct files *out,
	    struct err *e)
{
	struct dirent **names;
	int n = scandir(dir, &names, filter, alphasort);
	bool done;

	if (n < 0)
		return err_set(e, 500, "migration", "%s: %s", dir,
			       strerror(errno));
	done = read_list(a, dir, names, n, out, e);
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return done;
}

bool
migrate_read_migrations(struct arena *a, const char *sql_dir,
			const char *folder, struct files *out, struct err *e)
{
	if (!read_folder(a, arena_printf(a, "%s/%s", sql_dir, folder),
			 is_migration, out, e))
		return false;
	for (size_t i = 0; i < out->n; i++) {
		struct file *f = &out->list[i];

		f->version = arena_strndup(a, f->name, VERSION_LEN);
		f->title = arena_strndup(a, f->name + VERSION_LEN + 1,
					 strlen(f->name) - VERSION_LEN - 5);
		sha256_hex(f->sql.p, f->sql.n, f->sha256);
		if (i && strcmp(f->version, f[-1].version) == 0)
			return err_set(e, 500, "migration",
				       "%s and %s have the same version",
				       f[-1].path, f->path);
	}
	return true;
}

bool
migrate_read_functions(struct arena *a, const char *sql_dir, const char *folder,
		       struct files *out, struct err *e)
{
	const char *dir = arena_printf(a, "%s/%s", sql_dir, folder);

	if (!read_folder(a, dir, is_functions, out, e))
		return false;
	/* A wrong folder: all that is installed would be dropped. */
	if (out->n == 0)
		return err_set(e, 500, "migration", "%s: holds no SQL file",
			       dir);
	return true;
}
