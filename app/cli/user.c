/*
 * maestro user: accounts, made by whoever may read the configuration.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "core/buf.h"
#include "core/file.h"
#include "core/json.h"
#include "core/rand.h"
#include "domain/ctx.h"
#include "domain/identity.h"
#include "noun.h"

enum {
	PASSWORD_LENGTH = 20, /* of those made here: 120 bits */
	LIST_PAGE = 1000
};

struct new_user {
	const char *email, *password_file, *name;
	bool is_admin, if_absent;
};

static struct identity_call
operator_call(struct cli *c)
{
	return (struct identity_call){
		.a = c->a,
		.role = "service_role",
		.claims = "{\"role\":\"service_role\",\"email\":\"maestro "
			  "user\"}",
	};
}

static bool
take_password(struct cli *c, const struct new_user *u, const char **password,
	      struct err *e)
{
	char made[PASSWORD_LENGTH + 1];
	struct span text;

	if (u->password_file) {
		if (!file_secret(c->a, u->password_file, &text, e))
			return false;
		*password = text.p;
		return true;
	}
	rand_token(made, PASSWORD_LENGTH);
	*password = arena_strdup(c->a, made);
	return true;
}

static const char *
create_body(struct cli *c, const struct new_user *u, const char *password)
{
	struct buf b = buf_on(c->a);

	buf_add(&b, "{\"email\":");
	buf_add_json(&b, u->email);
	buf_add(&b, ",\"password\":");
	buf_add_json(&b, password);
	buf_add(&b, ",\"email_confirm\":true");
	if (u->name) {
		buf_add(&b, ",\"user_metadata\":{\"display_name\":");
		buf_add_json(&b, u->name);
		buf_add(&b, "}");
	}
	if (u->is_admin)
		buf_add(&b, ",\"app_metadata\":{\"platform_role\":\"admin\"}");
	buf_add(&b, "}");
	return buf_str(&b);
}

static bool
create(struct cli *c, struct ctx *ctx, const struct new_user *u, struct err *e)
{
	struct identity_call who = operator_call(c);
	struct identity_in in = {.page = 0};
	struct identity_out out;
	const char *password;

	if (!take_password(c, u, &password, e))
		return false;
	if ((int64_t)strlen(password) < c->set.password_min_length)
		return err_set(e, 400, "weak_password",
			       "the password must have at least %lld "
			       "characters",
			       (long long)c->set.password_min_length);
	in.body = create_body(c, u, password);
	if (!ctx->identity->ops->admin_create(ctx->identity, &who, &in, &out,
					      e)) {
		if (!u->if_absent || strcmp(e->code, "email_exists") != 0)
			return false;
		printf("%s is there already\n", u->email);
		return true;
	}
	printf("%s %s\n", out.user_id ? out.user_id : "created", u->email);
	if (!u->password_file)
		printf("password: %s\n", password);
	return true;
}

static bool
read_options(int argc, char **argv, struct new_user *u)
{
	static const struct option options[] = {
		{"email",         required_argument, NULL, 'e'},
		{"name",          required_argument, NULL, 'n'},
		{"password-file", required_argument, NULL, 'p'},
		{"admin",         no_argument,       NULL, 'a'},
		{"if-absent",     no_argument,       NULL, 'i'},
		{NULL,            0,                 NULL, 0  },
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 'e':
			u->email = optarg;
			break;
		case 'n':
			u->name = optarg;
			break;
		case 'p':
			u->password_file = optarg;
			break;
		case 'a':
			u->is_admin = true;
			break;
		case 'i':
			u->if_absent = true;
			break;
		default:
			return false;
		}
	}
	return optind == argc && u->email;
}

/* id, address, and "admin" for platform admins; one line each. */
static bool
print_page(struct cli *c, const char *json, size_t *n, struct err *e)
{
	struct json_object *o, *users;

	if (!json_parse(c->a, json, strlen(json), &o, e))
		return false;
	users = json_get(o, "users");
	*n = users ? json_object_array_length(users) : 0;
	for (size_t i = 0; i < *n; i++) {
		struct json_object *u = json_object_array_get_idx(users, i);
		const char *role =
			json_text(json_get(u, "app_metadata"), "platform_role");

		printf("%s %s%s%s\n", json_text(u, "id"), json_text(u, "email"),
		       role ? " " : "", role ? role : "");
	}
	return true;
}

static bool
list(struct cli *c, struct ctx *ctx, struct err *e)
{
	struct identity_call who = operator_call(c);
	struct identity_in in = {
		.page = 1, .per_page = LIST_PAGE, .oldest_first = true};
	struct identity_out out;
	size_t n = LIST_PAGE;

	for (; n == LIST_PAGE; in.page++) {
		if (!ctx->identity->ops->admin_list(ctx->identity, &who, &in,
						    &out, e) ||
		    !print_page(c, out.json, &n, e))
			return false;
	}
	return true;
}

static int
user(struct cli *c, int argc, char **argv)
{
	struct new_user u = {.email = NULL};
	const char *verb = argc > 1 ? argv[1] : "";
	bool is_list = strcmp(verb, "list") == 0 && argc == 2;
	struct ctx *ctx;
	struct err e;
	bool done;

	if (!is_list && (strcmp(verb, "create") != 0 ||
			 !read_options(argc - 1, argv + 1, &u)))
		return cli_usage(argv[0]);
	if (!ctx_open(&ctx, &c->set, NULL, NULL, &e))
		return cli_fail(&e);
	done = is_list ? list(c, ctx, &e) : create(c, ctx, &u, &e);
	ctx_close(ctx);
	return done ? 0 : cli_fail(&e);
}

/* clang-format off */
const struct noun user_noun = {
	.name = "user",
	.run = user,
	.needs_settings = true,
	.says = "Accounts, made by whoever may read the configuration.",
	.usage = "  user create --email E [--name N] [--admin] [--password-file F]\n"
		  "              [--if-absent]\n"
		  "  user list                       id, address, platform role\n",
};
/* clang-format on */
