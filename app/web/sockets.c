#include "sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	BACKLOG = 1024
};

static bool
failed(struct err *e, const char *what, const char *path)
{
	return err_set(e, 500, "start", "%s %s: %s", what, path,
		       strerror(errno));
}

static bool
group_id(const char *name, gid_t *out, struct err *e)
{
	const struct group *g = getgrnam(name);

	if (!g)
		return err_set(e, 500, "start", "no such group: %s", name);
	*out = g->gr_gid;
	return true;
}

/*
 * Who the files in run_dir belong to.  Made by root, they must be the later
 * user's: it removes them at the end.  -1 leaves things as they are.
 */
struct owner {
	uid_t uid;
	gid_t gid, socket_gid;
};

static bool
find_owner(const struct settings *set, struct owner *o, struct err *e)
{
	*o = (struct owner){(uid_t)-1, (gid_t)-1, (gid_t)-1};
	if (geteuid() == 0 && *set->user) {
		const struct passwd *pw = getpwnam(set->user);

		if (!pw)
			return err_set(e, 500, "start", "no such user: %s",
				       set->user);
		o->uid = pw->pw_uid;
		o->gid = o->socket_gid = pw->pw_gid;
		if (*set->group && !group_id(set->group, &o->gid, e))
			return false;
	}
	return !*set->socket_group ||
	       group_id(set->socket_group, &o->socket_gid, e);
}

/* One maestro-web per run_dir: the lock dies with the process, a stale file
 * does no harm.  The fd stays open on purpose. */
static bool
lock_pid_file(const struct settings *set, const struct owner *o, struct err *e)
{
	char path[256], pid[24];
	int fd, n;

	snprintf(path, sizeof path, "%s/maestro-web.pid", set->run_dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd == -1 || fchown(fd, o->uid, o->gid) == -1)
		return failed(e, "cannot write", path);
	if (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		close(fd);
		return err_set(e, 500, "start",
			       "another maestro-web runs in %s", set->run_dir);
	}
	n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
	if (ftruncate(fd, 0) == -1 || write(fd, pid, (size_t)n) != n)
		return failed(e, "cannot write", path);
	return true;
}

static bool
listen_at(const struct settings *set, const char *name, const struct owner *o,
	  int *out, struct err *e)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int n, fd;

	n = snprintf(at.sun_path, sizeof at.sun_path, "%s/%s.sock",
		     set->run_dir, name);
	if (n < 0 || (size_t)n >= sizeof at.sun_path)
		return err_set(e, 500, "start",
			       "run_dir is too long for a socket: %s",
			       set->run_dir);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return failed(e, "cannot open", at.sun_path);
	unlink(at.sun_path);
	if (bind(fd, (const struct sockaddr *)&at, sizeof at) == -1 ||
	    chown(at.sun_path, o->uid, o->socket_gid) == -1 ||
	    chmod(at.sun_path, 0660) == -1 || listen(fd, BACKLOG) == -1) {
		failed(e, "cannot listen on", at.sun_path);
		close(fd);
		return false;
	}
	*out = fd;
	return true;
}

bool
sockets_open(const struct settings *set, int listeners[POOL_COUNT],
	     struct err *e)
{
	struct owner o;

	if (!find_owner(set, &o, e))
		return false;
	if (mkdir(set->run_dir, 0755) == 0) {
		if (chown(set->run_dir, o.uid, o.gid) == -1)
			return failed(e, "cannot give away", set->run_dir);
	} else if (errno != EEXIST) {
		return failed(e, "cannot make", set->run_dir);
	}
	if (!lock_pid_file(set, &o, e))
		return false;
	for (int i = 0; i < POOL_COUNT; i++) {
		if (!listen_at(set, pool_names[i], &o, &listeners[i], e))
			return false;
	}
	return true;
}

void
sockets_hide(const struct settings *set)
{
	char path[256];

	for (int i = 0; i < POOL_COUNT; i++) {
		snprintf(path, sizeof path, "%s/%s.sock", set->run_dir,
			 pool_names[i]);
		unlink(path);
	}
}

void
sockets_refuse(const int listeners[POOL_COUNT])
{
	for (int i = 0; i < POOL_COUNT; i++) {
		int fd;

		while ((fd = accept4(listeners[i], NULL, NULL, SOCK_CLOEXEC)) !=
		       -1)
			close(fd);
	}
}

void
sockets_remove(const struct settings *set)
{
	char path[256];

	sockets_hide(set);
	snprintf(path, sizeof path, "%s/maestro-web.pid", set->run_dir);
	unlink(path);
}

bool
drop_privileges(const struct settings *set, struct err *e)
{
	const struct passwd *pw;
	gid_t gid = (gid_t)-1;

	if (geteuid() != 0)
		return true;
	if (!*set->user)
		return err_set(e, 500, "start",
			       "started as root, so the setting user must say "
			       "who the workers are");
	pw = getpwnam(set->user);
	if (!pw)
		return err_set(e, 500, "start", "no such user: %s", set->user);
	gid = pw->pw_gid;
	if (*set->group && !group_id(set->group, &gid, e))
		return false;
	if (initgroups(set->user, gid) == -1 ||
	    setresgid(gid, gid, gid) == -1 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) == -1)
		return failed(e, "cannot become", set->user);
	if (setuid(0) != -1)
		return err_set(e, 500, "start", "root could be had back");
	return true;
}
