#include "import_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	FILE_LIMIT = 512 * MiB
};

struct walk {
	struct arena *a;
	const struct import_root *root;
	import_file_seen *file;
	import_odd_seen *odd;
	void *to;
};

bool
import_root_open(struct arena *a, const char *dir, struct import_root *out,
		 struct err *e)
{
	char real[PATH_MAX];
	struct stat st;

	if (!realpath(dir, real) || stat(real, &st) == -1)
		return err_set(e, 400, "no_data", "%s: %s", dir,
			       strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return err_set(e, 400, "no_data", "%s is not a directory", dir);
	*out = (struct import_root){dir, arena_strdup(a, real)};
	return true;
}

static bool
is_inside(const struct import_root *root, const char *real)
{
	size_t n = strlen(root->real);

	return strncmp(real, root->real, n) == 0 &&
	       (real[n] == '/' || strcmp(root->real, "/") == 0);
}

/* Where path really is: only below the root.  A link inside it may be used to
 * lay the directory out over several disks no further than that. */
static bool
resolve(const struct import_root *root, const char *full,
	char real[static PATH_MAX], struct err *e)
{
	if (!realpath(full, real))
		return err_set(e, 400, "no_file", "%s", strerror(errno));
	return is_inside(root, real) ||
	       err_set(e, 400, "no_file",
		       "a link that leads out of the directory");
}

/* Opened with what it says: whose directory it is may have put a link in the
 * place of a folder since resolve looked, and the caller may be root. */
static bool
is_still_inside(const struct import_root *root, int fd)
{
	char proc[32], real[PATH_MAX];
	ssize_t n;

	snprintf(proc, sizeof proc, "/proc/self/fd/%d", fd);
	n = readlink(proc, real, sizeof real - 1);
	if (n <= 0)
		return false;
	real[n] = '\0';
	return is_inside(root, real);
}

static bool
read_fd(struct arena *a, int fd, struct span *out, int64_t *mtime_ms,
	struct err *e)
{
	struct stat st;
	size_t got = 0;
	char *p;

	if (fstat(fd, &st) == -1)
		return err_set(e, 400, "no_file", "%s", strerror(errno));
	if (S_ISDIR(st.st_mode))
		return err_set(e, 400, "no_file", "it is a directory");
	if (!S_ISREG(st.st_mode))
		return err_set(e, 400, "no_file", "it is not a regular file");
	if (st.st_size > FILE_LIMIT)
		return err_set(e, 400, "no_file", "it is bigger than 512 MiB");
	p = arena_alloc(a, (size_t)st.st_size + 1);
	while (got < (size_t)st.st_size) {
		ssize_t rc = read(fd, p + got, (size_t)st.st_size - got);

		if (rc == 0)
			break;
		if (rc == -1 && errno != EINTR)
			return err_set(e, 400, "no_file", "%s",
				       strerror(errno));
		got += rc > 0 ? (size_t)rc : 0;
	}
	if (mtime_ms)
		*mtime_ms = (int64_t)st.st_mtim.tv_sec * 1000 +
			    st.st_mtim.tv_nsec / 1000000;
	*out = (struct span){p, got};
	return true;
}

bool
import_read(struct arena *a, const struct import_root *root, const char *path,
	    struct span *out, int64_t *mtime_ms, struct err *e)
{
	char real[PATH_MAX];
	bool done;
	int fd;

	if (!resolve(root, arena_printf(a, "%s/%s", root->real, path), real, e))
		return false;
	/* Not waiting for who writes into a pipe. */
	fd = open(real, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	if (fd == -1)
		return err_set(e, 400, "no_file", "%s", strerror(errno));
	done = is_still_inside(root, fd)
		       ? read_fd(a, fd, out, mtime_ms, e)
		       : err_set(e, 400, "no_file",
				 "a link that leads out of the directory");
	close(fd);
	return done;
}

bool
import_is_there(struct arena *a, const struct import_root *root,
		const char *path)
{
	struct stat st;

	return lstat(arena_printf(a, "%s/%s", root->real, path), &st) == 0;
}

/* --- walking --- */

static int
not_dots(const struct dirent *d)
{
	return strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
}

static bool
ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && strcmp(s + n - m, end) == 0;
}

/* Names of a folder, sorted; -1 when it cannot be read, which is told. */
static int
list(struct walk *w, const char *path, struct dirent ***names)
{
	const char *full = arena_printf(w->a, "%s/%s", w->root->real, path);
	char real[PATH_MAX];
	struct err e;
	int n;

	if (!resolve(w->root, full, real, &e)) {
		w->odd(w->to, LAYOUT_REFUSED, path, e.message);
		return -1;
	}
	n = scandir(real, names, not_dots, alphasort);
	if (n < 0)
		w->odd(w->to, LAYOUT_REFUSED, path, strerror(errno));
	return n;
}

static bool
is_dir(struct walk *w, const char *path)
{
	struct stat st;

	return stat(arena_printf(w->a, "%s/%s", w->root->real, path), &st) ==
		       0 &&
	       S_ISDIR(st.st_mode);
}

static void walk_folder(struct walk *w, const struct layout_folder *f,
			const char *inside, bool has_folders);

static void
seen(struct walk *w, const struct layout_folder *f, const char *inside,
     const char *name, bool has_folders)
{
	const char *path =
		*inside ? arena_printf(w->a, "%s/%s/%s", f->name, inside, name)
			: arena_printf(w->a, "%s/%s", f->name, name);

	if (ends_with(name, ".tmp") || *name == '.')
		return;
	if (ends_with(name, f->suffix) && (*inside || f->has_files))
		w->file(w->to, f->kind, path, arena_strdup(w->a, inside),
			arena_strndup(w->a, name,
				      strlen(name) - strlen(f->suffix)));
	else if (has_folders && is_dir(w, path))
		walk_folder(w, f, name, false);
	else
		w->odd(w->to, LAYOUT_SKIPPED, path, "is not part of the data");
}

/* One level deep at most. */
static void
walk_folder(struct walk *w, const struct layout_folder *f, const char *inside,
	    bool has_folders) /* NOLINT(misc-no-recursion) */
{
	struct dirent **names;
	int n = list(w,
		     *inside ? arena_printf(w->a, "%s/%s", f->name, inside)
			     : f->name,
		     &names);

	for (int i = 0; i < n; i++) {
		seen(w, f, inside, names[i]->d_name, has_folders);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

void
import_scan(struct arena *a, const struct import_root *root,
	    import_file_seen *file, import_odd_seen *odd, void *to)
{
	struct walk w = {a, root, file, odd, to};
	struct dirent **names;
	int n = scandir(root->real, &names, not_dots, alphasort);

	if (n < 0) {
		odd(to, LAYOUT_REFUSED, ".", strerror(errno));
		return;
	}
	for (int i = 0; i < n; i++) {
		const char *name = names[i]->d_name;
		struct layout_folder f;

		if (layout_folder(name, &f))
			walk_folder(&w, &f, "", f.has_folders);
		else if (!layout_is_ignored(name) && *name != '.' &&
			 !ends_with(name, ".tmp"))
			odd(to, LAYOUT_SKIPPED, arena_strdup(a, name),
			    "is not part of the data");
		free(names[i]);
	}
	free(names);
}
