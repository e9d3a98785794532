/*
 * The /auth/v1 family: who may come in, what errors look like, the routes of
 * people.  Verify links and administration have files of their own.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "auth_v1.h"
#include "core/jwt.h"
#include "domain/api_token.h"
#include "web/caller.h"

enum {
	BODY = 1024 * KiB,
	NEW_API = 20240101
};

/* --- errors (auth-v1.md 1.4) --- */

static int
api_version(const struct req *rq)
{
	const char *h = req_header(rq, "X-Supabase-Api-Version");
	int version = 0;

	if (!h || strlen(h) != 10 || h[4] != '-' || h[7] != '-')
		return 0;
	for (const char *p = h; *p; p++) {
		if (p == h + 4 || p == h + 7)
			continue;
		if (*p < '0' || *p > '9')
			return 0;
		version = version * 10 + (*p - '0');
	}
	return version;
}

static const char *
error_code(const struct err *e)
{
	static const struct {
		const char *ours, *theirs;
	} names[] = {
		{"too_large",       "request_entity_too_large"},
		{"timeout",         "request_timeout"         },
		{"forbidden",       "not_admin"               },
		{"bad_url",         "validation_failed"       },
		{"route_not_found", "not_found"               },
	};

	if (e->status == 500)
		return "unexpected_failure";
	for (size_t i = 0; i < NELEM(names); i++) {
		if (strcmp(e->code, names[i].ours) == 0)
			return names[i].theirs;
	}
	return e->code;
}

static bool
is_gate(const struct err *e)
{
	return strcmp(e->code, "no_api_key") == 0 ||
	       strcmp(e->code, "invalid_api_key") == 0;
}

static const char *
gate_json(struct req *rq, const struct err *e)
{
	struct buf b = buf_on(rq->arena);

	buf_add(&b, "{\"message\":");
	buf_add_json(&b, e->message);
	buf_add(&b, ",\"hint\":\"Send an anon or service_role key as apikey "
		    "header.\"}");
	return buf_str(&b);
}

static void
render_error(struct req *rq, const struct err *e)
{
	bool is_new = api_version(rq) >= NEW_API;
	const char *code = error_code(e);
	const char *message =
		e->status >= 500 ? "Unexpected failure, please check server "
				   "logs for more information"
				 : e->message;
	struct buf b = buf_on(rq->arena);

	if (is_gate(e)) {
		reply_json(rq, e->status, span_of(gate_json(rq, e)));
		return;
	}
	buf_add(&b, "{\"code\":");
	if (is_new)
		buf_add_json(&b, code);
	else
		buf_addf(&b, "%d", e->status);
	if (!is_new) {
		buf_add(&b, ",\"error_code\":");
		buf_add_json(&b, code);
	}
	buf_addf(&b, ",\"%s\":", is_new ? "message" : "msg");
	buf_add_json(&b, message);
	if (e->status >= 500) {
		buf_add(&b, ",\"error_id\":");
		buf_add_json(&b, rq->id);
	}
	if (strcmp(code, "weak_password") == 0 && e->details)
		buf_addf(&b, ",\"weak_password\":{\"reasons\":%s}", e->details);
	buf_addc(&b, '}');
	reply_header(rq, "X-Sb-Error-Code", code);
	if (is_new)
		reply_header(rq, "X-Supabase-Api-Version", "2024-01-01");
	reply_json(rq, e->status, (struct span){b.p, b.n});
}

/* --- who may come in (auth-v1.md 1.3, 3) --- */

/* A server that holds the service key speaks for its own clients: limits and
 * records are theirs (auth-v1.md 1.1, 1.3). */
static void
take_address(struct req *rq)
{
	const char *ip = req_header(rq, "Sb-Forwarded-For");
	struct in6_addr any;

	if (ip && (inet_pton(AF_INET, ip, &any) == 1 ||
		   inet_pton(AF_INET6, ip, &any) == 1))
		rq->ip = ip;
}

/* Any JWT of ours whose role is anon or service_role opens the gate. */
static bool
pass_gate(struct req *rq, const char **key, struct err *e)
{
	const char *role;

	*key = req_header(rq, "apikey");
	if (!*key || !**key)
		*key = req_query(rq, "apikey");
	if (!*key || !**key)
		return err_set(e, 401, "no_api_key",
			       "No API key found in request");
	if (!api_token_is(*key) && caller_from_token(rq, *key, CRED_JWT, e)) {
		role = rq->caller.role;
		if (strcmp(role, "service_role") == 0)
			take_address(rq);
		if (strcmp(role, "anon") == 0 ||
		    strcmp(role, "service_role") == 0)
			return true;
	} else if (*e->code && e->status >= 500) {
		return false;
	}
	return err_set(e, 401, "invalid_api_key", "Invalid API key");
}

static bool
bad_jwt(struct err *e)
{
	return err_set(e, 403, "bad_jwt",
		       "invalid JWT: unable to parse or verify signature, "
		       "token is malformed, expired or not ours");
}

static bool
find_bearer(struct req *rq, struct err *e)
{
	const char *given = req_header(rq, "Authorization");
	const char *token = req_bearer(rq);

	rq->caller = (struct caller){.role = "anon"};
	if (!given || !*given || !token)
		return err_set(e, 401, "no_authorization",
			       "This endpoint requires a valid Bearer token");
	/* An API token stands for its owner elsewhere, but it must not
	 * change the account it belongs to. */
	if (api_token_is(token))
		return bad_jwt(e);
	if (!caller_from_token(rq, token, CRED_JWT, e))
		return e->status >= 500 ? false : bad_jwt(e);
	return true;
}

static bool
authenticate(struct req *rq, struct err *e)
{
	const char *key;

	e->status = 0;
	if (!pass_gate(rq, &key, e))
		return false;
	if (rq->route->who != R_USER && rq->route->who != R_SERVICE) {
		/* Whoever signs in or up is nobody yet. */
		rq->caller = (struct caller){.role = "anon"};
		return true;
	}
	if (!find_bearer(rq, e))
		return false;
	if (rq->route->who == R_USER && !rq->caller.sub)
		return err_set(e, 403, "bad_jwt",
			       "invalid claim: missing sub claim");
	if (rq->route->who == R_SERVICE &&
	    strcmp(rq->caller.role, "service_role") != 0)
		return err_set(e, 403, "not_admin", "User not allowed");
	return true;
}

/* --- bodies (auth-v1.md 1.1) --- */

bool
auth_body(struct req *rq, struct json_object **out, struct err *e)
{
	if (!req_json(rq, out, e))
		return e->status == 400
			       ? err_set(e, 400, "bad_json",
					 "Could not parse request body as JSON")
			       : false;
	if (!*out || !json_object_is_type(*out, json_type_object))
		return err_set(e, 400, "bad_json",
			       "Could not parse request body as JSON: it must "
			       "be an object");
	return true;
}

bool
auth_texts(const struct json_object *o, const struct auth_text *texts, size_t n,
	   struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		struct json_object *v = json_get(o, texts[i].name);

		if (!v)
			continue;
		if (!json_object_is_type(v, json_type_string))
			return err_set(e, 400, "bad_json",
				       "Could not parse request body as JSON: "
				       "%s must be a string",
				       texts[i].name);
		*texts[i].to = json_object_get_string(v);
	}
	return true;
}

bool
auth_input(const struct json_object *o, struct identity_in *in, struct err *e)
{
	const struct auth_text texts[] = {
		{"email",                 &in->email                },
		{"phone",                 &in->phone                },
		{"password",              &in->password             },
		{"type",                  &in->type                 },
		{"token",                 &in->token                },
		{"token_hash",            &in->token_hash           },
		{"refresh_token",         &in->refresh_token        },
		{"auth_code",             &in->auth_code            },
		{"code_verifier",         &in->code_verifier        },
		{"code_challenge",        &in->code_challenge       },
		{"code_challenge_method", &in->code_challenge_method},
	};
	struct json_object *v = json_get(o, "data");

	if (!auth_texts(o, texts, NELEM(texts), e))
		return false;
	if (v && !json_object_is_type(v, json_type_object))
		return err_set(e, 400, "bad_json",
			       "Could not parse request body as JSON: data "
			       "must be an object");
	in->data = v ? json_dump(v) : NULL;
	v = json_get(o, "create_user");
	if (v && !json_object_is_type(v, json_type_boolean))
		return err_set(e, 400, "bad_json",
			       "Could not parse request body as JSON: "
			       "create_user must be true or false");
	in->no_create_user = v && !json_object_get_boolean(v);
	return true;
}

bool
auth_run(struct req *rq, identity_op *op, const struct identity_in *in,
	 struct err *e)
{
	struct identity_call who = req_identity_call(rq);
	struct identity_out out;

	if (!op(rq->ctx->identity, &who, in, &out, e))
		return false;
	reply_header(rq, "Cache-Control", "no-store");
	return reply_json(rq, 200, span_of(out.json));
}

static const struct identity_ops *
ops_of(const struct req *rq)
{
	return rq->ctx->identity->ops;
}

static bool
post(struct req *rq, identity_op *op, struct err *e)
{
	struct identity_in in = {.page = 0};
	struct json_object *o;

	return auth_body(rq, &o, e) && auth_input(o, &in, e) &&
	       auth_run(rq, op, &in, e);
}

/* --- routes of people --- */

static bool
health_get(struct req *rq, struct err *e)
{
	(void)e;
	return reply_json(rq, 200,
			  span_of("{\"version\":\"maestro\",\"name\":"
				  "\"GoTrue\",\"description\":\"Accounts "
				  "and sessions of maestro\"}"));
}

static bool
jwks_get(struct req *rq, struct err *e)
{
	(void)e;
	reply_header(rq, "Cache-Control", "public, max-age=600");
	return reply_json(rq, 200, span_of(jwt_keys_public(rq->ctx->keys)));
}

static bool
settings_get(struct req *rq, struct err *e)
{
	const struct identity_in in = {.page = 0};

	return auth_run(rq, ops_of(rq)->settings, &in, e);
}

static bool
signup_post(struct req *rq, struct err *e)
{
	return post(rq, ops_of(rq)->sign_up, e);
}

static bool
token_post(struct req *rq, struct err *e)
{
	const char *grant = req_query(rq, "grant_type");

	if (grant && strcmp(grant, "password") == 0)
		return post(rq, ops_of(rq)->sign_in, e);
	if (grant && strcmp(grant, "refresh_token") == 0)
		return post(rq, ops_of(rq)->refresh, e);
	if (grant && strcmp(grant, "pkce") == 0)
		return post(rq, ops_of(rq)->exchange_code, e);
	if (grant && strcmp(grant, "id_token") == 0)
		return auth_v1_no_provider(rq, e);
	if (grant && strcmp(grant, "web3") == 0)
		return err_set(e, 422, "web3_provider_disabled",
			       "Web3 provider is disabled");
	return err_set(e, 400, "invalid_credentials", "unsupported_grant_type");
}

static bool
logout_post(struct req *rq, struct err *e)
{
	const struct identity_in in = {.scope = req_query(rq, "scope")};
	struct identity_call who = req_identity_call(rq);
	struct identity_out out;

	return ops_of(rq)->sign_out(rq->ctx->identity, &who, &in, &out, e) &&
	       reply_empty(rq, 204);
}

static bool
user_get(struct req *rq, struct err *e)
{
	const struct identity_in in = {.page = 0};

	return auth_run(rq, ops_of(rq)->user_get, &in, e);
}

static bool
user_put(struct req *rq, struct err *e)
{
	struct identity_in in = {.page = 0};
	struct json_object *o;

	if (!auth_body(rq, &o, e))
		return false;
	in.body = json_dump(o);
	return auth_run(rq, ops_of(rq)->user_update, &in, e);
}

static bool
recover_post(struct req *rq, struct err *e)
{
	return post(rq, ops_of(rq)->recover, e);
}

static bool
otp_post(struct req *rq, struct err *e)
{
	return post(rq, ops_of(rq)->otp, e);
}

static bool
resend_post(struct req *rq, struct err *e)
{
	return post(rq, ops_of(rq)->resend, e);
}

static bool
verify_post(struct req *rq, struct err *e)
{
	return post(rq, ops_of(rq)->verify, e);
}

enum {
	TYPE = RF_OPEN_TYPE
};

/* clang-format off */
static const struct route routes[] = {
	{M_GET, "/auth/v1/health", health_get, R_ANY, 0, 0},
	{M_GET, "/auth/v1/.well-known/jwks.json", jwks_get, R_ANY, 0, 0},
	{M_GET, "/auth/v1/settings", settings_get, R_PUBLIC, 0, 0},
	{M_POST, "/auth/v1/signup", signup_post, R_PUBLIC, BODY, TYPE},
	{M_POST, "/auth/v1/token", token_post, R_PUBLIC, BODY, TYPE},
	{M_POST, "/auth/v1/logout", logout_post, R_USER, BODY, TYPE},
	{M_GET, "/auth/v1/user", user_get, R_USER, 0, 0},
	{M_PUT, "/auth/v1/user", user_put, R_USER, BODY, TYPE},
	{M_POST, "/auth/v1/recover", recover_post, R_PUBLIC, BODY, TYPE},
	{M_POST, "/auth/v1/otp", otp_post, R_PUBLIC, BODY, TYPE},
	{M_POST, "/auth/v1/magiclink", otp_post, R_PUBLIC, BODY, TYPE},
	{M_POST, "/auth/v1/resend", resend_post, R_PUBLIC, BODY, TYPE},
	{M_GET, "/auth/v1/verify", auth_v1_verify_get, R_ANY, 0, 0},
	{M_POST, "/auth/v1/verify", verify_post, R_ANY, BODY, TYPE},
	{M_POST, "/auth/v1/invite", auth_v1_invite, R_SERVICE, BODY, TYPE},
	{M_GET, "/auth/v1/admin/users", auth_v1_admin_list, R_SERVICE, 0, 0},
	{M_POST, "/auth/v1/admin/users", auth_v1_admin_create, R_SERVICE, BODY, TYPE},
	{M_GET, "/auth/v1/admin/users/:id", auth_v1_admin_get, R_SERVICE, 0, 0},
	{M_PUT, "/auth/v1/admin/users/:id", auth_v1_admin_update, R_SERVICE, BODY, TYPE},
	{M_DELETE, "/auth/v1/admin/users/:id", auth_v1_admin_delete, R_SERVICE, BODY, TYPE},
	{M_GET, "/auth/v1/admin/users/:id/factors", auth_v1_admin_factors, R_SERVICE, 0, 0},
	{M_POST, "/auth/v1/admin/generate_link", auth_v1_generate_link, R_SERVICE, BODY, TYPE},
	{M_GET, "/auth/v1/authorize", auth_v1_no_provider, R_ANY, 0, 0},
	{M_GET | M_POST, "/auth/v1/callback", auth_v1_no_provider, R_ANY, BODY, TYPE},
	{M_POST, "/auth/v1/sso", auth_v1_no_sso, R_PUBLIC, BODY, TYPE},
	{M_GET, "/auth/v1/user/identities/authorize", auth_v1_no_linking, R_USER, 0, 0},
	{M_DELETE, "/auth/v1/user/identities/:id", auth_v1_no_linking, R_USER, BODY, TYPE},
	{M_POST, "/auth/v1/factors", auth_v1_no_factors, R_USER, BODY, TYPE},
	{M_GET, "/auth/v1/admin/audit", auth_v1_admin_audit, R_SERVICE, 0, 0},
};
/* clang-format on */

static const struct cors cors = {
	.methods = "GET, POST, PUT, PATCH, DELETE",
	.headers = "accept, authorization, apikey, content-type, "
		   "x-client-info, x-client-ip, x-jwt-aud, x-use-cookie, "
		   "x-supabase-api-version, traceparent, tracestate, baggage",
	.expose = "X-Total-Count, Link, X-Supabase-Api-Version",
};

static const struct route_set set = {.rows = routes, .n = NELEM(routes)};
static const struct route_set *const sets[] = {&set, NULL};

const struct family auth_v1_family = {
	.name = "auth_v1",
	.prefix = "/auth/v1/",
	.sets = sets,
	.render_error = render_error,
	.cors = &cors,
	.authenticate = authenticate,
};
