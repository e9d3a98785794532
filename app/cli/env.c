#include "env.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/file.h"

enum {
	FILE_LIMIT = 256 * KiB,
	NAMES = 128
};

struct env_value {
	const char *name, *value;
	enum env_origin origin;
};

struct env {
	struct env_value list[NAMES];
	size_t n;
};

/* --- dotenv ----------------------------------------------------------------
 */

static struct span
trim(struct span s)
{
	while (s.n && strchr(" \t\r", *s.p)) {
		s.p++;
		s.n--;
	}
	while (s.n && strchr(" \t\r", s.p[s.n - 1]))
		s.n--;
	return s;
}

static bool
is_ours(struct span name)
{
	return span_starts(name, "MAESTRO_") ||
	       span_starts(name, "SUPABASE_") || span_is(name, "DATA_DIR") ||
	       span_is(name, "SESSION_DIR");
}

/* "..." with \n and \" in it, '...' as it is, or bare up to " #". */
static const char *
value_of(struct arena *a, struct span s)
{
	struct buf b = buf_on(a);
	char quote = (char)(s.n ? *s.p : '\0');

	if (quote != '"' && quote != '\'') {
		for (size_t i = 0; i + 1 < s.n; i++) {
			if (s.p[i] == ' ' && s.p[i + 1] == '#')
				s.n = i;
		}
		s = trim(s);
		return arena_strndup(a, s.p, s.n);
	}
	for (size_t i = 1; i < s.n && s.p[i] != quote; i++) {
		if (quote == '"' && s.p[i] == '\\' && i + 1 < s.n) {
			i++;
			buf_addc(&b, (char)(s.p[i] == 'n' ? '\n' : s.p[i]));
		} else {
			buf_addc(&b, s.p[i]);
		}
	}
	return buf_str(&b);
}

static const struct env_value *
find(const struct env *v, const char *name)
{
	for (size_t i = 0; i < v->n; i++) {
		if (strcmp(v->list[i].name, name) == 0)
			return &v->list[i];
	}
	return NULL;
}

static void
read_line(struct arena *a, struct env *v, struct span line,
	  enum env_origin origin)
{
	const char *text;
	struct span name;

	line = trim(line);
	if (span_starts(line, "export "))
		line = trim((struct span){line.p + 7, line.n - 7});
	if (!line.n || *line.p == '#' || !memchr(line.p, '=', line.n))
		return;
	name = trim(span_cut(&line, '='));
	if (!is_ours(name) || v->n == NAMES)
		return;
	text = arena_strndup(a, name.p, name.n);
	if (!find(v, text))
		v->list[v->n++] = (struct env_value){
			text, value_of(a, trim(line)), origin};
}

/* A file that cannot be read is like none. */
static void
read_file(struct arena *a, struct env *v, const char *path,
	  enum env_origin origin)
{
	struct span text;
	struct err e;

	if (!path || access(path, R_OK) == -1 ||
	    !file_read(a, path, FILE_LIMIT, &text, &e))
		return;
	while (text.n)
		read_line(a, v, span_cut(&text, '\n'), origin);
}

/* --- public ----------------------------------------------------------------
 */

const struct env *
env_load(struct arena *a)
{
	struct env *v = arena_alloc(a, sizeof *v);

	read_file(a, v, ".env", ENV_FOLDER);
	read_file(a, v, env_home_file(a, "config", false), ENV_HOME);
	return v;
}

const char *
env_get(const struct env *v, const char *name)
{
	const char *here = getenv(name);
	const struct env_value *x = find(v, name);

	if (here && *here)
		return here;
	return x && *x->value ? x->value : NULL;
}

enum env_origin
env_origin(const struct env *v, const char *name)
{
	const char *here = getenv(name);
	const struct env_value *x = find(v, name);

	if (here && *here)
		return ENV_PROCESS;
	return x && *x->value ? x->origin : ENV_NONE;
}

static const char *
home(void)
{
	const char *dir = getenv("HOME");
	const struct passwd *pw;

	if (dir && *dir == '/')
		return dir;
	pw = getpwuid(getuid());
	return pw && pw->pw_dir && *pw->pw_dir == '/' ? pw->pw_dir : NULL;
}

const char *
env_home_file(struct arena *a, const char *name, bool make)
{
	const char *dir = home();

	if (!dir)
		return NULL;
	dir = arena_printf(a, "%s/.maestro", dir);
	if (make && mkdir(dir, 0700) == -1 && access(dir, X_OK) == -1)
		return NULL;
	return arena_printf(a, "%s/%s", dir, name);
}
