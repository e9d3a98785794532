#include "migrate_more.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/file.h"
#include "domain/migrate.h"

enum {
	VERSION_LEN = 14,
	NAME_MAX_LEN = 100
};

/* --- a new file ------------------------------------------------------------
 */

static const char *
default_dir(struct arena *a)
{
	static const char *const dirs[] = {"sql", "supabase"};

	for (size_t i = 0; i < NELEM(dirs); i++) {
		if (access(arena_printf(a, "%s/migrations", dirs[i]), W_OK) ==
		    0)
			return dirs[i];
	}
	return NULL;
}

/* "Add pears" is add_pears. */
static bool
file_name(struct arena *a, const char *name, const char **out, struct err *e)
{
	char *s = arena_strdup(a, name);

	for (char *p = s; *p; p++) {
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
		else if (*p == ' ' || *p == '-')
			*p = '_';
	}
	if (!*s || *s == '_' || strlen(s) > NAME_MAX_LEN ||
	    s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_")])
		return err_set(e, 400, "usage",
			       "a migration is named like create_pears: "
			       "letters, digits, underscores");
	*out = s;
	return true;
}

static bool
last_version(const char *dir, char last[static VERSION_LEN + 1], struct err *e)
{
	DIR *d = opendir(dir);
	const struct dirent *one;

	*last = '\0';
	if (!d)
		return err_set(e, 500, "file_io", "%s: %s", dir,
			       strerror(errno));
	while ((one = readdir(d))) {
		if (strspn(one->d_name, "0123456789") == VERSION_LEN &&
		    strncmp(one->d_name, last, VERSION_LEN) > 0)
			snprintf(last, VERSION_LEN + 1, "%.14s", one->d_name);
	}
	closedir(d);
	return true;
}

/* Now, or one second after the last. */
static const char *
next_version(struct arena *a, const char *last)
{
	time_t now = time(NULL);
	struct tm tm = {.tm_year = 0};
	char text[32];

	gmtime_r(&now, &tm);
	strftime(text, sizeof text, "%Y%m%d%H%M%S", &tm);
	if (strncmp(text, last, VERSION_LEN) > 0)
		return arena_strdup(a, text);
	if (strptime(last, "%Y%m%d%H%M%S", &tm)) {
		now = timegm(&tm) + 1;
		gmtime_r(&now, &tm);
		strftime(text, sizeof text, "%Y%m%d%H%M%S", &tm);
	}
	return strncmp(text, last, VERSION_LEN) > 0
		       ? arena_strdup(a, text)
		       : arena_printf(a, "%lld", strtoll(last, NULL, 10) + 1);
}

static bool
write_file(const char *path, const char *text, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	FILE *f = fd == -1 ? NULL : fdopen(fd, "w");

	if (!f) {
		if (fd != -1)
			close(fd);
		return err_set(e, 500, "file_io", "%s: %s", path,
			       strerror(errno));
	}
	fputs(text, f);
	if (fclose(f) == EOF)
		return err_set(e, 500, "file_io", "%s: %s", path,
			       strerror(errno));
	return true;
}

/* sql_dir, or the folder of this one that has migrations. */
static bool
find_dir(struct arena *a, const char *sql_dir, const char **out, struct err *e)
{
	*out = sql_dir ? sql_dir : default_dir(a);
	return *out || err_set(e, 400, "usage",
			       "there is no sql/migrations here: --sql-dir");
}

static bool
write_migration(struct arena *a, const char *sql_dir, const char *name,
		const char *text, const char **path, struct err *e)
{
	char last[VERSION_LEN + 1];
	const char *dir = arena_printf(a, "%s/migrations", sql_dir);

	if (!last_version(dir, last, e))
		return false;
	*path = arena_printf(a, "%s/%s_%s.sql", dir, next_version(a, last),
			     name);
	return write_file(*path, text, e);
}

/* "create_pears" is "create pears". */
static const char *
new_text(struct arena *a, const char *name)
{
	char *words = arena_strdup(a, name);

	for (char *p = words; *p; p++) {
		if (*p == '_')
			*p = ' ';
	}
	return arena_printf(a,
			    "set local lock_timeout = '2s';\n"
			    "-- %s: why, and what it means for data that is "
			    "there.\n\n",
			    words);
}

bool
migrate_new(struct arena *a, const char *sql_dir, const char *name,
	    const char **path, struct err *e)
{
	return file_name(a, name, &name, e) &&
	       find_dir(a, sql_dir, &sql_dir, e) &&
	       write_migration(a, sql_dir, name, new_text(a, name), path, e);
}

bool
migrate_release(struct arena *a, const char *sql_dir, const char **path,
		struct err *e)
{
	const char *text, *same;

	if (!find_dir(a, sql_dir, &sql_dir, e) ||
	    !migrate_release_text(a, sql_dir, &text, &same, e))
		return false;
	if (same) {
		*path = same;
		return true;
	}
	return write_migration(a, sql_dir, "install_functions", text, path, e);
}

/* --- a linked project ------------------------------------------------------
 */

static const char *
read_line(struct arena *a, const char *path)
{
	struct span text;
	struct err ignored;

	if (access(path, R_OK) == -1 || !file_secret(a, path, &text, &ignored))
		return NULL;
	return arena_strndup(a, text.p, strcspn(text.p, "\r\n"));
}

/* The folder supabase/.temp of this one or the nearest above that is linked;
 * *ref is the project's. */
static const char *
find_link(struct arena *a, const char **ref)
{
	char here[PATH_MAX];

	if (!getcwd(here, sizeof here))
		return NULL;
	for (;;) {
		const char *dir =
			arena_printf(a, "%s/supabase/.temp",
				     strcmp(here, "/") == 0 ? "" : here);
		char *slash = strrchr(here, '/');

		*ref = read_line(a, arena_printf(a, "%s/project-ref", dir));
		if (*ref)
			return dir;
		if (!slash || here[1] == '\0')
			return NULL;
		slash[slash == here ? 1 : 0] = '\0';
	}
}

/*
 * The pooler's address as `supabase link` noted it, with a place for the
 * password; the direct one (IPv6 only on most projects) when there is none.
 * Port 6543 pools transactions: an advisory lock would not survive there.
 */
static bool
linked_url(struct arena *a, const char *dir, const char *ref, const char **out,
	   struct err *e)
{
	const char *text = read_line(a, arena_printf(a, "%s/pooler-url", dir));
	const char *user, *host;
	struct buf b = buf_on(a);
	char *port;

	if (!text) {
		*out = arena_printf(a,
				    "postgresql://postgres@db.%s.supabase.co:"
				    "5432/postgres?sslmode=require",
				    ref);
		return true;
	}
	user = strstr(text, "://");
	host = strrchr(text, '@');
	if (!user || !host || host < user)
		return err_set(e, 400, "usage",
			       "%s/pooler-url is no address: supabase link "
			       "writes it",
			       dir);
	user += 3;
	buf_add(&b, "postgresql://");
	buf_addn(&b, user, strcspn(user, ":@"));
	buf_addn(&b, host, strcspn(host, "?"));
	buf_add(&b, "?sslmode=require");
	port = strstr(b.p, ":6543/");
	if (port) {
		port[1] = '5';
		port[2] = '4';
		port[3] = '3';
		port[4] = '2';
	}
	*out = buf_str(&b);
	return true;
}

bool
migrate_linked(struct cli *c, const char **url, struct err *e)
{
	const struct settings *s = &c->set;
	const char *ref, *password;
	const char *dir = find_link(c->a, &ref);

	if (s->supabase_enabled) {
		if (dir && strstr(s->supabase_url, ".supabase.co") &&
		    !strstr(s->supabase_url, ref))
			return err_set(e, 400, "usage",
				       "%s is linked to %s, but supabase_url "
				       "is %s",
				       dir, ref, s->supabase_url);
		*url = *s->migrate_database_url ? s->migrate_database_url
						: s->database_url;
		return true;
	}
	if (!dir)
		return err_set(e, 400, "usage",
			       "no project is linked: neither supabase_enabled "
			       "nor supabase link says one");
	password = getenv("SUPABASE_DB_PASSWORD");
	if (password && *password)
		setenv("PGPASSWORD", password, 1);
	return linked_url(c->a, dir, ref, url, e);
}
