#include "credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/enc.h"
#include "core/file.h"
#include "core/json.h"
#include "env.h"

enum {
	FILE_LIMIT = 256 * KiB
};

static const char token_file[] = "auth-token.json";
static const char server_file[] = "auth-server.json";
static const char lock_file[] = "auth-token.lock";

static bool
no_home(struct err *e)
{
	return err_set(e, 500, "file_io",
		       "there is no home to keep a token in: set HOME");
}

/* --- reading ---------------------------------------------------------------
 */

/* *out NULL when there is no such file. */
static bool
read_json(struct arena *a, const char *name, struct json_object **out,
	  struct err *e)
{
	const char *path = env_home_file(a, name, false);
	struct span text;
	struct stat st;

	*out = NULL;
	if (!path || stat(path, &st) == -1)
		return true;
	/* Somebody made it readable: that is repaired, not discussed. */
	if ((st.st_mode & 077) && chmod(path, 0600) == -1)
		return err_set(e, 500, "file_io",
			       "%s may be read by others: chmod 600 it", path);
	if (!file_read(a, path, FILE_LIMIT, &text, e))
		return false;
	if (!json_parse(a, text.p, text.n, out, e))
		return err_set(e, 500, "file_io",
			       "%s is damaged; maestro auth login makes "
			       "another",
			       path);
	return true;
}

static const char *
text_of(struct arena *a, const struct json_object *o, const char *key)
{
	const char *s = json_text(o, key);

	return s && *s ? arena_strdup(a, s) : NULL;
}

bool
credentials_load(struct arena *a, struct credentials *out, struct err *e)
{
	struct credentials c = {.access = NULL};
	struct json_object *o;

	if (!read_json(a, token_file, &o, e))
		return false;
	c.access = text_of(a, o, "accessToken");
	c.refresh = text_of(a, o, "refreshToken");
	c.email = text_of(a, o, "email");
	c.user_id = text_of(a, o, "userId");
	if (!json_int(o, "expiresAt", &c.expires_ms))
		c.expires_ms = 0;
	if (!read_json(a, server_file, &o, e))
		return false;
	c.server = text_of(a, o, "server");
	c.auth_url = text_of(a, o, "authUrl");
	c.anon_key = text_of(a, o, "anonKey");
	c.ca_file = text_of(a, o, "caFile");
	*out = c;
	return true;
}

/* --- writing ---------------------------------------------------------------
 */

static bool
write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t rc = write(fd, p, n);

		if (rc == -1 && errno == EINTR)
			continue;
		if (rc <= 0)
			return false;
		p += rc;
		n -= (size_t)rc;
	}
	return true;
}

static bool
replace(struct arena *a, const char *name, const char *text, struct err *e)
{
	const char *path = env_home_file(a, name, true);
	char *tmp;
	bool done;
	int fd;

	if (!path)
		return no_home(e);
	tmp = arena_printf(a, "%s.XXXXXX", path);
	fd = mkstemp(tmp); /* 0600 */
	if (fd == -1)
		return err_set(e, 500, "file_io", "%s: %s", tmp,
			       strerror(errno));
	done = write_all(fd, text, strlen(text)) && fsync(fd) == 0 &&
	       rename(tmp, path) == 0;
	if (!done) {
		err_set(e, 500, "file_io", "%s: %s", path, strerror(errno));
		unlink(tmp);
	}
	close(fd);
	return done;
}

static void
add_text(struct buf *b, const char *name, const char *value)
{
	buf_addf(b, "%s\n  \"%s\": ", b->n > 1 ? "," : "", name);
	buf_add_json(b, value);
}

bool
credentials_save_token(struct arena *a, const struct credentials *c,
		       struct err *e)
{
	struct buf b = buf_on(a);

	buf_add(&b, "{");
	add_text(&b, "accessToken", c->access);
	add_text(&b, "refreshToken", c->refresh);
	if (c->expires_ms > 0)
		buf_addf(&b, ",\n  \"expiresAt\": %lld",
			 (long long)c->expires_ms);
	else
		buf_add(&b, ",\n  \"expiresAt\": null");
	add_text(&b, "email", c->email);
	add_text(&b, "userId", c->user_id);
	buf_add(&b, "\n}\n");
	return replace(a, token_file, buf_str(&b), e);
}

bool
credentials_save(struct arena *a, const struct credentials *c, struct err *e)
{
	struct buf b = buf_on(a);

	buf_add(&b, "{");
	add_text(&b, "server", c->server);
	add_text(&b, "authUrl", c->auth_url);
	add_text(&b, "anonKey", c->anon_key);
	add_text(&b, "caFile", c->ca_file);
	buf_add(&b, "\n}\n");
	/* The place first: a token without one would be shown anywhere. */
	return replace(a, server_file, buf_str(&b), e) &&
	       credentials_save_token(a, c, e);
}

bool
credentials_forget(struct arena *a, struct err *e)
{
	const char *path = env_home_file(a, token_file, false);

	if (path && unlink(path) == -1 && errno != ENOENT)
		return err_set(e, 500, "file_io", "%s: %s", path,
			       strerror(errno));
	return true;
}

bool
credentials_lock(struct arena *a, int *fd, struct err *e)
{
	const char *path = env_home_file(a, lock_file, true);

	if (!path)
		return no_home(e);
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (*fd == -1)
		return err_set(e, 500, "file_io", "%s: %s", path,
			       strerror(errno));
	while (flock(*fd, LOCK_EX) == -1) {
		if (errno == EINTR)
			continue;
		close(*fd);
		return err_set(e, 500, "file_io", "lock %s: %s", path,
			       strerror(errno));
	}
	return true;
}

void
credentials_unlock(int fd)
{
	close(fd);
}

/* --- tokens ----------------------------------------------------------------
 */

void
credentials_read_jwt(struct arena *a, struct credentials *c)
{
	struct span rest = span_of(c->access), part, text;
	struct json_object *o;
	struct err e;
	int64_t exp_s;

	span_cut(&rest, '.');
	part = span_cut(&rest, '.');
	if (!part.n || !dec_base64url(a, part, &text) ||
	    !json_parse(a, text.p, text.n, &o, &e))
		return;
	if (!c->email)
		c->email = text_of(a, o, "email");
	if (!c->user_id)
		c->user_id = text_of(a, o, "sub");
	if (c->expires_ms <= 0 && json_int(o, "exp", &exp_s) && exp_s > 0 &&
	    exp_s < INT64_MAX / 1000)
		c->expires_ms = exp_s * 1000;
}

bool
credentials_take(struct arena *a, const char *json, size_t n,
		 struct credentials *c, struct err *e)
{
	struct json_object *o, *user;
	int64_t life_s;

	if (!json_parse(a, json, n, &o, e) || !json_text(o, "access_token"))
		return err_set(e, 502, "bad_answer",
			       "the sign-in's answer holds no token");
	user = json_get(o, "user");
	c->access = text_of(a, o, "access_token");
	c->refresh = text_of(a, o, "refresh_token");
	if (text_of(a, user, "email"))
		c->email = text_of(a, user, "email");
	if (text_of(a, user, "id"))
		c->user_id = text_of(a, user, "id");
	/* By this machine's clock, which may be wrong: so may be `exp`. */
	c->expires_ms = json_int(o, "expires_in", &life_s) && life_s > 0 &&
					life_s < INT32_MAX
				? clock_ms() + life_s * 1000
				: 0;
	credentials_read_jwt(a, c);
	return true;
}
