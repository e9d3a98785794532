/*
 * maestro keys: signing keys and API keys of an installation.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "core/buf.h"
#include "core/file.h"
#include "core/json.h"
#include "core/jwk.h"
#include "core/jwt.h"
#include "noun.h"

enum {
	KEYS_LIMIT = 256 * KiB,
	KEYS_KEPT = 4, /* signing key and its predecessors */
};

#define TEN_YEARS_S ((int64_t)3650 * 24 * 3600)

static int
new_keys(struct cli *c)
{
	const char *json;
	struct err e;

	if (!jwk_new_es256(c->a, &json, &e))
		return cli_fail(&e);
	printf("[%s]\n", json);
	return 0;
}

/* From now on the key only checks what it signed before. */
static void
retire(struct json_object *key)
{
	struct json_object *ops = json_object_new_array();

	json_object_array_add(ops, json_object_new_string("verify"));
	json_object_object_add(key, "key_ops", ops);
}

static bool
rotated(struct arena *a, const char *path, const char **out, struct err *e)
{
	struct json_object *old;
	const char *fresh;
	struct span text;
	struct buf b = buf_on(a);

	if (!file_read(a, path, KEYS_LIMIT, &text, e) ||
	    !json_parse(a, text.p, text.n, &old, e))
		return false;
	if (!json_object_is_type(old, json_type_array))
		return err_set(e, 500, "bad_jwk", "%s: not a JSON array", path);
	if (!jwk_new_es256(a, &fresh, e))
		return false;
	buf_addf(&b, "[%s", fresh);
	for (size_t i = 0;
	     i < json_object_array_length(old) && i < KEYS_KEPT - 1; i++) {
		struct json_object *key = json_object_array_get_idx(old, i);

		if (!json_object_is_type(key, json_type_object))
			return err_set(e, 500, "bad_jwk", "%s: not a key",
				       path);
		retire(key);
		buf_addf(&b, ",\n%s", json_dump(key));
	}
	buf_add(&b, "]\n");
	*out = buf_str(&b);
	return true;
}

/* The file is whole at any moment, and keeps owner and mode. */
static bool
replace(struct arena *a, const char *path, const char *text, struct err *e)
{
	char *tmp = arena_printf(a, "%s.XXXXXX", path);
	size_t n = strlen(text);
	struct stat st;
	bool done = false;
	int fd = mkstemp(tmp);

	if (fd == -1)
		return err_set(e, 500, "file_io", "%s: %s", tmp,
			       strerror(errno));
	if (stat(path, &st) == -1 || fchmod(fd, st.st_mode & 0777) == -1 ||
	    fchown(fd, st.st_uid, st.st_gid) == -1 ||
	    write(fd, text, n) != (ssize_t)n || fsync(fd) == -1 ||
	    rename(tmp, path) == -1)
		err_set(e, 500, "file_io", "%s: %s", path, strerror(errno));
	else
		done = true;
	close(fd);
	if (!done)
		unlink(tmp);
	return done;
}

static int
rotate(struct cli *c, const char *path)
{
	const char *text = "";
	struct err e;

	if (!rotated(c->a, path, &text, &e) || !replace(c->a, path, text, &e))
		return cli_fail(&e);
	return 0;
}

static bool
api_key(struct cli *c, const char *role, const char **token, struct err *e)
{
	struct jwt_keys *keys = jwt_keys_new();
	int64_t now = time(NULL), until = now + TEN_YEARS_S;
	const char *payload = arena_printf(
		c->a,
		"{\"iss\":\"supabase\",\"role\":\"%s\",\"iat\":%lld,"
		"\"exp\":%lld}",
		role, (long long)now, (long long)until);
	bool done;

	if (!*c->set.jwt_secret_file)
		done = err_set(e, 500, "configuration",
			       "jwt_secret_file is not set");
	else
		done = jwt_keys_open(keys, NULL, c->set.jwt_secret_file, e) &&
		       jwt_sign_legacy(keys, c->a, payload, token, e);
	jwt_keys_free(keys);
	return done;
}

static int
print_api_key(struct cli *c, const char *role)
{
	const struct conf *conf;
	const char *token = "";
	struct err e;

	if (strcmp(role, "anon") != 0 && strcmp(role, "service_role") != 0)
		return cli_usage("keys");
	if (!settings_load(c->a, c->conf_path, &c->set, &conf, &e) ||
	    !api_key(c, role, &token, &e))
		return cli_fail(&e);
	puts(token);
	return 0;
}

static int
keys(struct cli *c, int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "new") == 0)
		return new_keys(c);
	if (argc == 3 && strcmp(argv[1], "rotate") == 0)
		return rotate(c, argv[2]);
	if (argc == 3 && strcmp(argv[1], "api-key") == 0)
		return print_api_key(c, argv[2]);
	return cli_usage("keys");
}

/* clang-format off */
const struct noun keys_noun = {
	.name = "keys",
	.run = keys,
	.says = "Signing keys and API keys of an installation.",
	.usage = "  keys new                        print a set of one signing key\n"
		  "  keys rotate FILE                put a new signing key first\n"
		  "  keys api-key anon|service_role  print an API key\n",
};
/* clang-format on */
