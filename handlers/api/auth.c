/*
 * auth - /api/auth: the one-password overlay of agent-maestro's web UI.
 *
 * The UI knows a password and a cookie, nothing else.  The password is an API
 * token, or "email:password", or the body names the email; the cookie
 * maestro_auth holds an API token of seven days, so that it can be revoked
 * like any other and signing out ends it.
 */
#include <string.h>
#include <strings.h>

#include "api.h"
#include "core/clock.h"
#include "core/jwt.h"
#include "domain/api_token.h"
#include "domain/hosted.h"
#include "handlers/identity_call.h"
#include "web/caller.h"

enum {
	PASSWORD_CHARS = 1000,
	DAY_S = 24 * 3600,
	ANON_S = 3650 * DAY_S, /* how long the anon key holds */
};

static const char cookie_auth[] = "maestro_auth";
static const char cookie_rules[] = "Path=/; HttpOnly; SameSite=Lax; Secure";

static const struct field login_fields[] = {
	{"email",    F_EMAIL, 0,        0, 0,              NULL},
	{"password", F_TEXT,  REQUIRED, 1, PASSWORD_CHARS, NULL},
};
static const struct entity login_entity = {"login", login_fields,
					   NELEM(login_fields)};

/* The way of the family to find its caller: the usual ones, then the UI's
 * cookie.  A cookie that is dead is like none. */
bool
api_authenticate(struct req *rq, struct err *e)
{
	const char *token;

	if (!caller_find(rq, e))
		return false;
	token = req_cookie(rq, cookie_auth);
	if (rq->caller.credential != CRED_NONE || !token || !*token)
		return true;
	if (caller_from_token(rq, token, CRED_COOKIE, e)) {
		/* Whatever it holds, it travels by itself. */
		rq->caller.credential = CRED_COOKIE;
		return true;
	}
	if (e->status >= 500)
		return false;
	rq->caller = (struct caller){.role = "anon"};
	return true;
}

/* An expired credential is an answer here, not a refusal. */
static bool
auth_status(struct req *rq, struct err *e)
{
	struct err ignored;
	bool known = api_authenticate(rq, &ignored) && rq->caller.sub;

	(void)e;
	reply_header(rq, "Cache-Control", "no-store");
	return reply_json(rq, 200,
			  span_of(known ? "{\"authEnabled\":true,"
					  "\"authenticated\":true}"
					: "{\"authEnabled\":true,"
					  "\"authenticated\":false}"));
}

/* Good for a day on, and for ten years: the same text all day. */
static bool
anon_key(struct req *rq, const char **out, struct err *e)
{
	struct jwt_keys *keys = rq->ctx->keys;
	int64_t today = clock_s() / DAY_S * DAY_S, until = today + ANON_S;
	const char *payload = arena_printf(
		rq->arena,
		"{\"iss\":\"supabase\",\"role\":\"anon\",\"iat\":%lld,"
		"\"exp\":%lld}",
		(long long)today, (long long)until);

	if (rq->ctx->hosted) {
		*out = hosted_anon_key(rq->ctx->hosted);
		return true;
	}
	return jwt_keys_has_secret(keys)
		       ? jwt_sign_legacy(keys, rq->arena, payload, out, e)
		       : jwt_sign(keys, rq->arena, payload, out, e);
}

/* What a client of the accounts needs that knows nothing but our address.
 * The anon key is public: it stands in every page that uses Supabase. */
static bool
auth_config(struct req *rq, struct err *e)
{
	const struct hosted *h = rq->ctx->hosted;
	struct jsonw w = jsonw_on(rq->arena);
	const char *key;

	if (!anon_key(rq, &key, e))
		return false;
	jsonw_begin(&w, '{');
	jsonw_key(&w, "hosted");
	jsonw_bool(&w, h);
	jsonw_member(&w, "authUrl",
		     h ? arena_printf(rq->arena, "%s/auth/v1", hosted_base(h))
		       : "/auth/v1");
	jsonw_member(&w, "anonKey", key);
	jsonw_end(&w, '}');
	reply_header(rq, "Cache-Control", "public, max-age=300");
	return reply_json(rq, 200, jsonw_span(&w));
}

static bool
wrong_password(struct err *e)
{
	return err_set(e, 401, "invalid_credentials", "Invalid password");
}

static bool
reply_ok(struct req *rq, const char *value, const char *age)
{
	reply_header(rq, "Set-Cookie",
		     arena_printf(rq->arena, "%s=%s; %s; Max-Age=%s",
				  cookie_auth, value, cookie_rules, age));
	reply_header(rq, "Cache-Control", "no-store");
	return reply_json(rq, 200, span_of("{\"ok\":true}"));
}

/* A token of the caller's for the cookie. */
static bool
make_token(struct req *rq, const char **out, struct err *e)
{
	const struct api_token t = api_token_new(rq->arena);

	caller_scope(rq);
	*out = t.text;
	return req_db_exec(rq, q_login_token(t.hash, t.shown), e);
}

/* Signs in, makes the token, and leaves no session behind. */
static bool
login_by_password(struct req *rq, const char *email, const char *password,
		  struct err *e)
{
	struct identity *id = rq->ctx->identity;
	struct identity_call who = req_identity_call(rq);
	const struct identity_in in = {.email = email, .password = password};
	const struct identity_in local = {.scope = "local"};
	struct identity_out out;
	const char *token;
	struct err ignored;

	if (!id->ops->sign_in(id, &who, &in, &out, e))
		return e->status < 429 ? wrong_password(e) : false;
	if (!caller_from_token(rq, out.session.access_token, CRED_JWT, e) ||
	    !make_token(rq, &token, e))
		return false;
	who = req_identity_call(rq);
	if (!id->ops->sign_out(id, &who, &local, &out, &ignored))
		(void)ignored; /* it ends by itself */
	return reply_ok(rq, token, "604800");
}

static bool
auth_login(struct req *rq, struct err *e)
{
	struct json_object *in;
	const char *email, *password, *colon;

	if (!req_entity(rq, &login_entity, CREATE, NULL, &in, e))
		return false;
	email = json_text(in, "email");
	password = json_text(in, "password");
	if (!email && api_token_is(password)) {
		if (!caller_from_token(rq, password, CRED_API_TOKEN, e))
			return e->status < 500 ? wrong_password(e) : false;
		return reply_ok(rq, password, "604800");
	}
	colon = strchr(password, ':');
	if (!email && colon) {
		email = arena_strndup(rq->arena, password,
				      (size_t)(colon - password));
		password = colon + 1;
	}
	if (!email || !strchr(email, '@'))
		return wrong_password(e);
	return login_by_password(rq, email, password, e);
}

/* Ends the token of the cookie, if login made it; a token that was typed in
 * goes on living elsewhere. */
static bool
auth_logout(struct req *rq, struct err *e)
{
	const char *token = req_cookie(rq, cookie_auth);

	if (token && *token && caller_from_token(rq, token, CRED_COOKIE, e)) {
		caller_scope(rq);
		if (!req_db_exec(rq, q_logout_token(), e))
			return false;
	}
	return reply_ok(rq, "", "0");
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/auth/status", auth_status, R_ANY, 0, 0,
	 DOC(.says = "Whether signing in is needed and done (cookie maestro_auth).")},
	{M_GET, "/api/auth/config", auth_config, R_ANY, 0, 0,
	 DOC(.says = "Where accounts are ({hosted, authUrl, anonKey}): the /auth/v1 surface of this server, or of its hosted project, and the public key it wants.")},
	{M_POST, "/api/auth/login", auth_login, R_ANY, API_BODY, 0,
	 DOC(.says = "Signs in with e-mail and password, or with an API token (or email:password) as the password; sets the cookie.",
	     .errors = "AUTH_INVALID_TOKEN 401, RATE_LIMITED 429"),
	 .in = &login_entity},
	{M_POST, "/api/auth/logout", auth_logout, R_ANY, API_BODY, 0,
	 DOC(.says = "Clears the cookie and ends what login made.")},
};
/* clang-format on */

const struct route_set auth_routes = {
	.title = "Signing in",
	.rows = rows,
	.n = NELEM(rows),
};
