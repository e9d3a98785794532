#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	SECRET_MAX = 64 * KiB
};

static bool
read_all(int fd, char *p, size_t n, size_t *got)
{
	*got = 0;
	while (*got < n) {
		ssize_t rc = read(fd, p + *got, n - *got);

		if (rc == 0)
			break;
		if (rc == -1 && errno == EINTR)
			continue;
		if (rc == -1)
			return false;
		*got += (size_t)rc;
	}
	return true;
}

bool
file_read(struct arena *a, const char *path, size_t limit_bytes,
	  struct span *out, struct err *e)
{
	struct stat st;
	bool done = false;
	size_t got;
	char *p;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return err_set(e, 500, "file_io", "open %s: %s", path,
			       strerror(errno));
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		err_set(e, 500, "file_io", "%s is not a file", path);
		goto out;
	}
	if ((uintmax_t)st.st_size > limit_bytes) {
		err_set(e, 500, "file_io", "%s is longer than %zu bytes", path,
			limit_bytes);
		goto out;
	}
	p = arena_alloc(a, (size_t)st.st_size + 1);
	if (!read_all(fd, p, (size_t)st.st_size, &got)) {
		err_set(e, 500, "file_io", "read %s: %s", path,
			strerror(errno));
		goto out;
	}
	*out = (struct span){p, got};
	done = true;
out:
	close(fd);
	return done;
}

bool
file_secret(struct arena *a, const char *path, struct span *out, struct err *e)
{
	struct span s = {NULL, 0};

	if (!file_read(a, path, SECRET_MAX, &s, e))
		return false;
	while (s.n > 0 && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r'))
		s.n--;
	if (s.n == 0)
		return err_set(e, 500, "file_io", "%s is empty", path);
	*out = (struct span){arena_strndup(a, s.p, s.n), s.n};
	return true;
}
