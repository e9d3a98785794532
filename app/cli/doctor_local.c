/*
 * maestro doctor: files, folders, space, libraries.
 */
#include <curl/curl.h>
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <hiredis/hiredis.h>
#include <json-c/json_c_version.h>
#include <libpq-fe.h>
#include <openssl/crypto.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/jwt.h"
#include "credentials.h"
#include "doctor.h"

enum {
	SPACE_WARN_MB = 1024,
	SPACE_FAIL_MB = 64,
	SPACE_WARN_PERCENT = 5,
	SPACE_FAIL_PERCENT = 1,
};

/* --- secrets ---------------------------------------------------------------
 */

static bool
says_password(const struct settings *s)
{
	return strstr(s->database_url, "password") ||
	       strchr(s->database_url, '@') ||
	       strstr(s->migrate_database_url, "password") ||
	       strchr(s->migrate_database_url, '@') ||
	       strchr(s->redis_url, '@');
}

static void
check_conf_mode(struct doctor *d)
{
	struct stat st;

	if (stat(d->conf_path, &st) == -1 || !S_ISREG(st.st_mode))
		return; /* it was read: /dev/null, a pipe */
	if ((st.st_mode & S_IROTH) && says_password(d->set))
		doctor_tell(d, FINDING_FAIL, "files",
			    arena_printf(d->a, "chmod o= %s", d->conf_path),
			    "%s holds passwords and everybody may read it",
			    d->conf_path);
	else if (st.st_mode & S_IWOTH)
		doctor_tell(d, FINDING_FAIL, "files",
			    arena_printf(d->a, "chmod o-w %s", d->conf_path),
			    "everybody may write %s", d->conf_path);
}

static bool
check_secret(struct doctor *d, const char *name, const char *path)
{
	struct stat st;

	if (!*path)
		return true;
	if (stat(path, &st) == -1) {
		/* Only the workers' user may look: then so be it. */
		doctor_tell(d, errno == EACCES ? FINDING_WARN : FINDING_FAIL,
			    "files",
			    errno == EACCES
				    ? "run doctor as root or as that user"
				    : "make the file, or correct the setting",
			    "%s: %s: %s", name, path, strerror(errno));
		return false;
	}
	if (st.st_mode & (S_IROTH | S_IWOTH | S_IWGRP)) {
		doctor_tell(d, FINDING_FAIL, "files",
			    arena_printf(d->a, "chmod 600 %s", path),
			    "%s: others may read or write %s (mode %o)", name,
			    path, st.st_mode & 0777);
		return false;
	}
	if (st.st_size == 0) {
		doctor_tell(d, FINDING_FAIL, "files",
			    "maestro keys new, or a random text of 32 bytes",
			    "%s: %s is empty", name, path);
		return false;
	}
	return true;
}

/* Are they keys, too?  Only who may read them can tell. */
static bool
check_keys(struct doctor *d)
{
	const struct settings *s = d->set;
	struct jwt_keys *keys;
	struct err e;
	bool good;

	if (s->supabase_enabled || access(s->jwt_keys_file, R_OK) == -1 ||
	    access(s->jwt_secret_file, R_OK) == -1)
		return true;
	keys = jwt_keys_new();
	good = keys &&
	       jwt_keys_open(keys, s->jwt_keys_file, s->jwt_secret_file, &e);
	if (keys && !good)
		doctor_tell(d, FINDING_FAIL, "files",
			    "bring them back from the backup; new ones: "
			    "maestro keys new",
			    "the signing keys: %s", e.message);
	jwt_keys_free(keys);
	return good;
}

void
doctor_files(struct doctor *d)
{
	const struct settings *s = d->set;

	const struct {
		const char *name, *path;
	} secrets[] = {
		{"jwt_keys_file",                  s->jwt_keys_file           },
		{"jwt_secret_file",                s->jwt_secret_file         },
		{"metrics_token_file",             s->metrics_token_file      },
		{"smtp_password_file",             s->smtp_password_file      },
		{"supabase_anon_key_file",         s->supabase_anon_key_file  },
		{"supabase_service_role_key_file",
		 s->supabase_service_role_key_file                            },
		{"supabase_jwt_secret_file",       s->supabase_jwt_secret_file},
	};

	bool good = true;

	check_conf_mode(d);
	for (size_t i = 0; i < NELEM(secrets); i++)
		good &= check_secret(d, secrets[i].name, secrets[i].path);
	if (!s->supabase_enabled &&
	    (!*s->jwt_keys_file || !*s->jwt_secret_file))
		doctor_tell(d, FINDING_FAIL, "files",
			    "maestro keys new >FILE; see the admin guide",
			    "jwt_keys_file and jwt_secret_file are both "
			    "needed");
	else if (good && check_keys(d))
		doctor_tell(d, FINDING_OK, "files", NULL,
			    "secrets are there and private");
}

/* --- store -----------------------------------------------------------------
 */

/* As the workers' user, who must be able to; the child says errno. */
static int
try_write(const char *dir, const char *user)
{
	const struct passwd *pw = *user ? getpwnam(user) : NULL;
	char path[4096];
	int fd, rc = 0;

	if (geteuid() == 0 && pw &&
	    (initgroups(user, pw->pw_gid) == -1 || setgid(pw->pw_gid) == -1 ||
	     setuid(pw->pw_uid) == -1))
		return errno;
	snprintf(path, sizeof path, "%s/.doctor.XXXXXX", dir);
	fd = mkstemp(path);
	if (fd == -1)
		return errno;
	if (write(fd, "x", 1) != 1 || fsync(fd) == -1)
		rc = errno ? errno : EIO;
	close(fd);
	unlink(path);
	return rc;
}

static int
try_write_apart(const char *dir, const char *user)
{
	int status;
	pid_t pid = fork();

	if (pid == -1)
		return errno;
	if (pid == 0)
		_exit(try_write(dir, user));
	if (waitpid(pid, &status, 0) == -1)
		return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

void
doctor_store(struct doctor *d)
{
	static const char *const parts[] = {"blob", "part", "tmp", "trash"};
	const char *dir = d->set->store_dir;
	struct stat top, st;
	int rc = try_write_apart(dir, d->set->user);

	if (rc) {
		doctor_tell(d, FINDING_FAIL, "store",
			    arena_printf(d->a,
					 "make %s and give it to the workers' "
					 "user%s%s",
					 dir, *d->set->user ? " " : "",
					 d->set->user),
			    "%s cannot be written: %s", dir, strerror(rc));
		return;
	}
	if (stat(dir, &top) == -1)
		top.st_dev = 0;
	for (size_t i = 0; i < NELEM(parts); i++) {
		if (stat(arena_printf(d->a, "%s/%s", dir, parts[i]), &st) ==
			    0 &&
		    st.st_dev != top.st_dev) {
			doctor_tell(d, FINDING_FAIL, "store",
				    "one file system for all of store_dir",
				    "%s/%s is another file system", dir,
				    parts[i]);
			return;
		}
	}
	if (!d->set->store_fsync)
		doctor_tell(d, FINDING_WARN, "store", "store_fsync = true",
			    "%s can be written, but uploads may be lost with "
			    "the power",
			    dir);
	else
		doctor_tell(d, FINDING_OK, "store", NULL, "%s can be written",
			    dir);
}

/* --- space -----------------------------------------------------------------
 */

static void
check_space(struct doctor *d, const char *what, const char *dir)
{
	struct statvfs fs;
	unsigned long long mb, percent, inodes = 100;
	enum finding level = FINDING_OK;

	if (statvfs(dir, &fs) == -1 || fs.f_blocks == 0)
		return; /* that it is missing is told elsewhere */
	mb = (unsigned long long)fs.f_bavail * fs.f_frsize / MiB;
	percent = (unsigned long long)fs.f_bavail * 100 / fs.f_blocks;
	if (fs.f_files > 0)
		inodes = (unsigned long long)fs.f_favail * 100 / fs.f_files;
	if (mb < SPACE_WARN_MB || percent < SPACE_WARN_PERCENT ||
	    inodes < SPACE_WARN_PERCENT)
		level = FINDING_WARN;
	if (mb < SPACE_FAIL_MB || percent < SPACE_FAIL_PERCENT ||
	    inodes < SPACE_FAIL_PERCENT)
		level = FINDING_FAIL;
	doctor_tell(
		d, level, "space", "make room, or give it a bigger file system",
		"%s (%s) has %llu MB left, %llu %%%s", dir, what, mb, percent,
		inodes < SPACE_WARN_PERCENT ? ", and few inodes" : "");
}

void
doctor_space(struct doctor *d)
{
	const struct settings *s = d->set;

	const struct {
		const char *what, *dir;
	} places[] = {
		{"store_dir",       s->supabase_enabled ? "" : s->store_dir},
		{"run_dir",         s->run_dir                             },
		{"mail_dir",        *s->smtp_url ? "" : s->mail_dir        },
		{"temporary files", "/tmp"                                 },
	};
	struct stat seen[NELEM(places)], st;
	size_t n = 0;

	for (size_t i = 0; i < NELEM(places); i++) {
		bool again = false;

		if (!*places[i].dir || stat(places[i].dir, &st) == -1)
			continue;
		for (size_t k = 0; k < n; k++)
			again |= seen[k].st_dev == st.st_dev;
		if (again)
			continue; /* one line a file system */
		seen[n++] = st;
		check_space(d, places[i].what, places[i].dir);
	}
}

/* --- sign-in ---------------------------------------------------------------
 */

void
doctor_sign_in(struct doctor *d)
{
	struct credentials who;
	struct err e;

	if (!credentials_load(d->a, &who, &e))
		doctor_tell(d, FINDING_WARN, "sign-in", "maestro auth login",
			    "%s", e.message);
	else if (!who.access)
		doctor_tell(d, FINDING_OK, "sign-in", NULL,
			    "nobody is signed in here");
	else if (who.expires_ms > 0 && who.expires_ms < clock_ms() &&
		 !who.refresh)
		doctor_tell(d, FINDING_WARN, "sign-in", "maestro auth login",
			    "the token of %s has expired",
			    who.email ? who.email : "somebody");
	else
		doctor_tell(d, FINDING_OK, "sign-in", NULL, "%s at %s",
			    who.email ? who.email : "somebody",
			    who.server ? who.server : "any server");
}

/* --- versions --------------------------------------------------------------
 */

/* The libraries that run, and whether they are older than those that were
 * built against. */
void
doctor_versions(struct doctor *d)
{
	const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
	int pq = PQlibVersion();
	struct buf b = buf_on(d->a);

	if (curl->version_num < LIBCURL_VERSION_NUM)
		buf_addf(&b, " libcurl %s (built with %s)", curl->version,
			 LIBCURL_VERSION);
	if (OpenSSL_version_num() < OPENSSL_VERSION_NUMBER)
		buf_addf(&b, " %s (built with %s)",
			 OpenSSL_version(OPENSSL_VERSION),
			 OPENSSL_VERSION_TEXT);
	if (json_c_version_num() < JSON_C_VERSION_NUM)
		buf_addf(&b, " json-c %s (built with %s)", json_c_version(),
			 JSON_C_VERSION);
	if (pq < 150000)
		buf_addf(&b, " libpq %d.%d (15 is needed)", pq / 10000,
			 pq % 10000);
	if (b.n) {
		doctor_tell(d, FINDING_WARN, "versions",
			    "install the libraries it was built with, or "
			    "build it again",
			    "older than expected:%s", buf_str(&b));
		return;
	}
	doctor_tell(d, FINDING_OK, "versions", NULL,
		    "maestro " PACKAGE_VERSION ", libpq %d.%d, libcurl %s, %s, "
		    "json-c %s, hiredis %d.%d.%d",
		    pq / 10000, pq % 10000, curl->version,
		    OpenSSL_version(OPENSSL_VERSION), json_c_version(),
		    HIREDIS_MAJOR, HIREDIS_MINOR, HIREDIS_PATCH);
}
