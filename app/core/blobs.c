/*
 * A blob appears under its name in one step (linkat or renameat) after its
 * bytes are on disk, so a reader or a crash never meets half of one.
 */
#include "blobs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "clock.h"
#include "rand.h"

enum {
	FOLDERS = 65536,
	ROOM_KEPT = 16 * MiB, /* for the database beside us, and the log */
	PATH_TEXT = 8 + UUID_TEXT,
};

struct blobs {
	int blob, tmp; /* directories */
	bool do_sync;
};

static bool
io_error(struct err *e, const char *what)
{
	if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
		return err_set(e, 507, "storage_full", "%s: %s", what,
			       strerror(errno));
	return err_set(e, 500, "storage_io", "%s: %s", what, strerror(errno));
}

static bool
missing(struct err *e)
{
	return err_set(e, 404, "bytes_missing", "The resource was not found");
}

static bool
is_uuid(const char *s)
{
	for (size_t i = 0; i < UUID_TEXT - 1; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		bool hex = (s[i] >= '0' && s[i] <= '9') ||
			   (s[i] >= 'a' && s[i] <= 'f');

		if (dash ? s[i] != '-' : !hex)
			return false;
	}
	return s[UUID_TEXT - 1] == '\0';
}

static bool
path_of(const char *version, char out[static PATH_TEXT])
{
	if (!is_uuid(version))
		return false;
	snprintf(out, PATH_TEXT, "%.2s/%.2s/%.36s", version, version + 2,
		 version);
	return true;
}

const char *
blob_path(struct arena *a, const char *version)
{
	char path[PATH_TEXT];

	return path_of(version, path) ? arena_strdup(a, path) : NULL;
}

/* --- directories --- */

/* Group may enter and read: nginx sends the bytes.  The umask of whoever runs
 * us must not take that away. */
static bool
make_dir(int at, const char *name)
{
	mode_t before = umask(0027);
	bool done = mkdirat(at, name, 0750) == 0 || errno == EEXIST;
	int why = errno;

	umask(before);
	errno = why;
	return done;
}

static int
open_dir(int at, const char *name)
{
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool
open_folders(struct blobs *b, const char *dir, bool make)
{
	int top;

	if (make)
		make_dir(AT_FDCWD, dir); /* its parent must be there */
	top = open_dir(AT_FDCWD, dir);
	if (top == -1)
		return false;
	if (!make || (make_dir(top, "blob") && make_dir(top, "tmp"))) {
		b->blob = open_dir(top, "blob");
		if (b->blob != -1)
			b->tmp = open_dir(top, "tmp");
	}
	int why = errno;

	close(top);
	errno = why;
	return b->tmp != -1;
}

bool
blobs_open(const char *dir, unsigned flags, struct blobs **out, struct err *e)
{
	struct blobs *b = calloc(1, sizeof *b);

	if (!b)
		return err_set(e, 500, "storage_io", "out of memory");
	b->blob = b->tmp = -1;
	b->do_sync = flags & BLOBS_SYNC;
	if (!open_folders(b, dir, flags & BLOBS_MAKE)) {
		if (errno == ENOENT && !(flags & BLOBS_MAKE))
			err_set(e, 404, "no_store", "%s: no store here", dir);
		else
			io_error(e, dir);
		blobs_close(b);
		return false;
	}
	*out = b;
	return true;
}

void
blobs_close(struct blobs *b)
{
	if (!b)
		return;
	if (b->blob != -1)
		close(b->blob);
	if (b->tmp != -1)
		close(b->tmp);
	free(b);
}

bool
blobs_have_room(const struct blobs *b, int64_t bytes, struct err *e)
{
	struct statvfs fs;
	uint64_t room;

	if (fstatvfs(b->tmp, &fs) == -1)
		return true; /* the write will tell */
	room = (uint64_t)fs.f_bavail * fs.f_frsize;
	/* Small stores (and file systems) still take small objects. */
	if (bytes < ROOM_KEPT ? room > (uint64_t)bytes
			      : room > (uint64_t)bytes + ROOM_KEPT)
		return true;
	return err_set(e, 507, "storage_full",
		       "no room for %lld bytes in the object store",
		       (long long)bytes);
}

/* --- writing --- */

bool
blob_begin(struct blobs *b, struct blob_writer *w, struct err *e)
{
	*w = (struct blob_writer){.b = b};
	w->fd = openat(b->tmp, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0440);
	if (w->fd != -1)
		return true;
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT)
		return io_error(e, "create");
	rand_uuid(w->tmp); /* a file system without O_TMPFILE */
	w->fd = openat(b->tmp, w->tmp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
		       0440);
	if (w->fd != -1)
		return true;
	w->tmp[0] = '\0';
	return io_error(e, "create");
}

bool
blob_write(struct blob_writer *w, const void *p, size_t n, struct err *e)
{
	const char *at = p;

	while (n > 0) {
		ssize_t done = write(w->fd, at, n);

		if (done == -1 && errno == EINTR)
			continue;
		if (done == -1)
			return io_error(e, "write");
		at += done;
		n -= (size_t)done;
	}
	return true;
}

/* The folder of a version, made if need be; what was made is synced. */
static int
folder_of(struct blobs *b, const char *version)
{
	char first[3] = {version[0], version[1], '\0'};
	char second[3] = {version[2], version[3], '\0'};
	int outer, inner;

	outer = open_dir(b->blob, first);
	if (outer == -1) {
		if (!make_dir(b->blob, first) ||
		    (b->do_sync && fsync(b->blob) == -1))
			return -1;
		outer = open_dir(b->blob, first);
		if (outer == -1)
			return -1;
	}
	inner = open_dir(outer, second);
	if (inner == -1 && make_dir(outer, second) &&
	    (!b->do_sync || fsync(outer) == 0))
		inner = open_dir(outer, second);
	close(outer);
	return inner;
}

static bool
give_name(struct blob_writer *w, int dir, const char *version)
{
	char self[40];

	if (w->tmp[0])
		return renameat(w->b->tmp, w->tmp, dir, version) == 0;
	snprintf(self, sizeof self, "/proc/self/fd/%d", w->fd);
	return linkat(AT_FDCWD, self, dir, version, AT_SYMLINK_FOLLOW) == 0;
}

bool
blob_publish(struct blob_writer *w, const char *version, struct err *e)
{
	bool done;
	int dir;

	if (!is_uuid(version))
		return err_set(e, 500, "storage_io", "bad version name");
	/* The umask may have taken the group's right to read. */
	if (fchmod(w->fd, 0440) == -1 ||
	    (w->b->do_sync && fdatasync(w->fd) == -1))
		return io_error(e, "sync");
	dir = folder_of(w->b, version);
	if (dir == -1)
		return io_error(e, "folder");
	done = give_name(w, dir, version) &&
	       (!w->b->do_sync || fsync(dir) == 0);
	if (!done)
		io_error(e, "publish");
	else
		w->tmp[0] = '\0';
	close(dir);
	return done;
}

void
blob_drop(struct blob_writer *w)
{
	if (w->tmp[0])
		unlinkat(w->b->tmp, w->tmp, 0);
	if (w->fd != -1)
		close(w->fd);
	w->tmp[0] = '\0';
	w->fd = -1;
}

/* --- names of finished blobs --- */

bool
blob_link(struct blobs *b, const char *from, const char *to, struct err *e)
{
	char path[PATH_TEXT];
	bool done;
	int dir;

	if (!path_of(from, path))
		return missing(e);
	if (!is_uuid(to))
		return err_set(e, 500, "storage_io", "bad version name");
	dir = folder_of(b, to);
	if (dir == -1)
		return io_error(e, "folder");
	done = linkat(b->blob, path, dir, to, 0) == 0 &&
	       (!b->do_sync || fsync(dir) == 0);
	if (!done && errno == ENOENT)
		missing(e);
	else if (!done)
		io_error(e, "link");
	close(dir);
	return done;
}

bool
blob_unlink(struct blobs *b, const char *version, struct err *e)
{
	char path[PATH_TEXT];

	if (!path_of(version, path))
		return true;
	if (unlinkat(b->blob, path, 0) == -1 && errno != ENOENT)
		return io_error(e, "unlink");
	return true;
}

bool
blob_exists(const struct blobs *b, const char *version)
{
	char path[PATH_TEXT];

	return path_of(version, path) && faccessat(b->blob, path, F_OK, 0) == 0;
}

bool
blob_read(struct blobs *b, const char *version, int *fd, int64_t *size,
	  struct err *e)
{
	char path[PATH_TEXT];
	struct stat st;
	int got;

	if (!path_of(version, path))
		return missing(e);
	got = openat(b->blob, path, O_RDONLY | O_CLOEXEC);
	if (got == -1)
		return errno == ENOENT ? missing(e) : io_error(e, "open");
	if (fstat(got, &st) == -1) {
		close(got);
		return io_error(e, "stat");
	}
	*fd = got;
	*size = st.st_size;
	return true;
}

/* --- the sweeper's view --- */

/* ctime, because a link made by blob_link leaves the mtime of its source. */
static bool
is_older(int at, const char *name, int64_t age_s, int64_t *size)
{
	struct stat st;

	if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    !S_ISREG(st.st_mode))
		return false;
	*size = st.st_size;
	return st.st_ctim.tv_sec + age_s <= clock_s();
}

static DIR *
list_dir(int at, const char *name)
{
	int fd = open_dir(at, name);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);

	if (!d && fd != -1)
		close(fd);
	return d;
}

bool
blobs_walk(struct blobs *b, unsigned folder, int64_t age_s,
	   bool (*fn)(void *to, const char *version, int64_t size), void *to,
	   struct err *e)
{
	char name[8];
	struct dirent *entry;
	bool go_on = true;
	DIR *d;

	snprintf(name, sizeof name, "%02x/%02x", folder / 256 % 256,
		 folder % 256);
	d = list_dir(b->blob, name);
	if (!d)
		return errno == ENOENT ? true : io_error(e, name);
	while (go_on && (entry = readdir(d))) {
		int64_t size;

		if (is_uuid(entry->d_name) &&
		    is_older(dirfd(d), entry->d_name, age_s, &size))
			go_on = fn(to, entry->d_name, size);
	}
	closedir(d);
	return true;
}

size_t
blobs_clean_tmp(struct blobs *b, int64_t age_s)
{
	struct dirent *entry;
	DIR *d = list_dir(b->tmp, ".");
	size_t n = 0;

	while (d && (entry = readdir(d))) {
		int64_t size;

		if (is_uuid(entry->d_name) &&
		    is_older(dirfd(d), entry->d_name, age_s, &size) &&
		    unlinkat(dirfd(d), entry->d_name, 0) == 0)
			n++;
	}
	if (d)
		closedir(d);
	return n;
}
