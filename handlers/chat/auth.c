/*
 * auth - /auth/...: sign-up, sign-in and the own profile for chat front ends
 * (contract: Orchestrator AI's REST API), over the same identity interface as
 * /auth/v1 and the pages.
 *
 * Errors are {code, message, detail}: front ends read one or another of them.
 */
#include <string.h>

#include "domain/queries.h"
#include "handlers/api/api.h"
#include "handlers/identity_call.h"
#include "web/caller.h"

enum {
	BODY = 64 * KiB,
	EMAIL_CHARS = 255,
	NAME_CHARS = 200,
	PASSWORD_BYTES = 1000, /* identity says what is too long */
	TOKEN_CHARS = 4096,
};

/* The front end shows success when it reads "confirm your account". */
static const char must_confirm[] =
	"User created successfully. Please check your email to confirm your "
	"account before logging in.";
static const char mail_is_sent[] =
	"If there is an account with this address, a mail is on its way.";

/* clang-format off */
static const struct field signup_fields[] = {
	{"email",        F_EMAIL, REQUIRED, 1, EMAIL_CHARS,    NULL},
	{"password",     F_TEXT,  REQUIRED, 1, PASSWORD_BYTES, NULL},
	{"display_name", F_TEXT,  0,        0, NAME_CHARS,     NULL},
};
static const struct field login_fields[] = {
	{"email",    F_EMAIL, REQUIRED, 1, EMAIL_CHARS,    NULL},
	{"password", F_TEXT,  REQUIRED, 1, PASSWORD_BYTES, NULL},
};
static const struct field refresh_fields[] = {
	{"refresh_token", F_TEXT, REQUIRED, 1, TOKEN_CHARS, NULL},
};
static const struct field recover_fields[] = {
	{"email",       F_EMAIL, REQUIRED, 1, EMAIL_CHARS, NULL},
	{"redirect_to", F_TEXT,  0,        0, TOKEN_CHARS, NULL},
};
static const struct field me_fields[] = {
	{"display_name", F_NAME, REQUIRED | NULLABLE, 1, NAME_CHARS, NULL},
};
/* clang-format on */

static const struct entity signup_entity = {"signup", signup_fields,
					    NELEM(signup_fields)};
static const struct entity login_entity = {"login", login_fields,
					   NELEM(login_fields)};
static const struct entity refresh_entity = {"refresh", refresh_fields,
					     NELEM(refresh_fields)};
static const struct entity recover_entity = {"recover", recover_fields,
					     NELEM(recover_fields)};
static const struct entity me_entity = {"me", me_fields, NELEM(me_fields)};

/* A body that does not fit the table is 422 here. */
static bool
read_body(struct req *rq, const struct entity *t, const char **json,
	  struct json_object **in, struct err *e)
{
	if (req_entity(rq, t, CREATE, json, in, e))
		return true;
	if (e->status == 400)
		e->status = 422;
	return false;
}

/* TokenResponse; an answer with tokens is nobody else's to keep. */
static bool
reply_session(struct req *rq, int status, const struct session *s)
{
	struct buf b = buf_on(rq->arena);

	buf_add(&b, "{\"access_token\":");
	buf_add_json(&b, s->access_token);
	buf_add(&b, ",\"refresh_token\":");
	buf_add_json(&b, s->refresh_token);
	buf_addf(&b, ",\"token_type\":\"bearer\",\"expires_in\":%lld}",
		 (long long)s->expires_in);
	reply_header(rq, "Cache-Control", "no-store");
	return reply_json(rq, status, (struct span){buf_str(&b), b.n});
}

/* The same shape as an error, so that every reader finds its key. */
static void
add_words(struct buf *b, const char *code, const char *message)
{
	buf_add(b, "{\"code\":");
	buf_add_json(b, code);
	buf_add(b, ",\"message\":");
	buf_add_json(b, message);
	buf_add(b, ",\"detail\":");
	buf_add_json(b, message);
}

static bool
reply_words(struct req *rq, int status, const char *code, const char *message)
{
	struct buf b = buf_on(rq->arena);

	add_words(&b, code, message);
	buf_add(&b, "}");
	return reply_json(rq, status, (struct span){buf_str(&b), b.n});
}

/* Without a name: the part of the address before the @. */
static const char *
user_data(struct req *rq, const char *name, const char *email)
{
	struct buf b = buf_on(rq->arena);
	struct span rest = span_of(email), local = span_cut(&rest, '@');

	buf_add(&b, "{\"display_name\":");
	if (name && *name)
		buf_add_json(&b, name);
	else
		buf_add_jsonn(&b, local.p, local.n);
	buf_add(&b, "}");
	return buf_str(&b);
}

/* 201 with tokens, or 202 when the address must be confirmed first. */
static bool
signup(struct req *rq, struct err *e)
{
	struct identity *id = rq->ctx->identity;
	struct identity_call who = req_identity_call(rq);
	struct identity_in in = {0};
	struct identity_out out;
	struct json_object *body;

	if (!read_body(rq, &signup_entity, NULL, &body, e))
		return false;
	in.email = json_text(body, "email");
	in.password = json_text(body, "password");
	in.data = user_data(rq, json_text(body, "display_name"), in.email);
	if (!id->ops->sign_up(id, &who, &in, &out, e))
		return false;
	if (out.has_session)
		return reply_session(rq, 201, &out.session);
	return reply_words(rq, 202, "confirmation_required", must_confirm);
}

static bool
login(struct req *rq, struct err *e)
{
	struct identity *id = rq->ctx->identity;
	struct identity_call who = req_identity_call(rq);
	struct identity_in in = {0};
	struct identity_out out;
	struct json_object *body;

	if (!read_body(rq, &login_entity, NULL, &body, e))
		return false;
	in.email = json_text(body, "email");
	in.password = json_text(body, "password");
	return id->ops->sign_in(id, &who, &in, &out, e) &&
	       reply_session(rq, 200, &out.session);
}

static bool
refresh(struct req *rq, struct err *e)
{
	struct identity *id = rq->ctx->identity;
	struct identity_call who = req_identity_call(rq);
	struct identity_in in = {0};
	struct identity_out out;
	struct json_object *body;

	if (!read_body(rq, &refresh_entity, NULL, &body, e))
		return false;
	in.refresh_token = json_text(body, "refresh_token");
	return id->ops->refresh(id, &who, &in, &out, e) &&
	       reply_session(rq, 200, &out.session);
}

/* The same answer whether there is such an account or not. */
static bool
recover(struct req *rq, struct err *e)
{
	struct identity *id = rq->ctx->identity;
	struct identity_call who = req_identity_call(rq);
	struct identity_in in = {0};
	struct identity_out out;
	struct json_object *body;

	if (!read_body(rq, &recover_entity, NULL, &body, e))
		return false;
	in.email = json_text(body, "email");
	who.redirect_to = json_text(body, "redirect_to");
	return id->ops->recover(id, &who, &in, &out, e) &&
	       reply_words(rq, 200, "recovery_sent", mail_is_sent);
}

static void
clear_cookies(struct req *rq)
{
	static const char *const names[] = {cookie_session, cookie_refresh};

	for (size_t i = 0; i < NELEM(names); i++)
		if (req_cookie(rq, names[i]))
			reply_header(rq, "Set-Cookie",
				     arena_printf(rq->arena,
						  "%s=; Path=/; Max-Age=0; "
						  "Secure; HttpOnly; "
						  "SameSite=Lax",
						  names[i]));
}

/*
 * Ends the session the token belongs to.  A token that is dead already has no
 * session to end: also 204.  One without a session (an API token) ends none;
 * identity would take it for all of them.
 */
static bool
logout(struct req *rq, struct err *e)
{
	struct identity *id = rq->ctx->identity;
	const struct identity_in in = {.scope = "local"};
	const char *token = req_bearer(rq);
	struct identity_call who;
	struct identity_out out;

	if (!token)
		token = req_cookie(rq, cookie_session);
	if (!token || !*token)
		return err_set(e, 401, "auth_required", "Not authenticated");
	clear_cookies(rq);
	if (!caller_from_token(rq, token, CRED_JWT, e))
		return e->status >= 500 ? false : reply_empty(rq, 204);
	who = req_identity_call(rq);
	if (rq->caller.session_id && !id->ops->sign_out(id, &who, &in, &out, e))
		return e->status >= 500 ? false : reply_empty(rq, 204);
	return reply_empty(rq, 204);
}

/* No profile: the account behind the token is gone. */
static bool
reply_profile(struct req *rq, struct db_call call, struct err *e)
{
	struct span json;

	if (!req_db_text(rq, call, &json, e)) {
		if (e->status == 404)
			err_set(e, 401, "bad_token", "the account is gone");
		return false;
	}
	reply_header(rq, "Cache-Control", "no-store");
	return reply_json(rq, 200, json);
}

static bool
me_get(struct req *rq, struct err *e)
{
	return reply_profile(rq, q_chat_me(), e);
}

static bool
me_update(struct req *rq, struct err *e)
{
	const char *in;

	if (!read_body(rq, &me_entity, &in, NULL, e))
		return false;

	return reply_profile(rq, q_chat_me_update(in), e);
}

static const char *
words_of(const struct err *e)
{
	if (e->status >= 500)
		return "The server could not do that";
	if (strcmp(e->code, "auth_required") == 0)
		return "Not authenticated";
	if (strcmp(e->code, "bad_token") == 0)
		return "Could not validate token for Supabase client.";
	return e->message;
}

static void
render_error(struct req *rq, const struct err *e)
{
	struct buf b = buf_on(rq->arena);

	add_words(&b, e->status == 500 ? "internal_error" : e->code,
		  words_of(e));
	if (e->status >= 500) {
		buf_add(&b, ",\"request_id\":");
		buf_add_json(&b, rq->id);
	} else if (*e->field) {
		buf_add(&b, ",\"field\":");
		buf_add_json(&b, e->field);
	}
	buf_add(&b, "}");
	if (e->status == 401)
		reply_header(rq, "WWW-Authenticate", "Bearer");
	reply_header(rq, "Cache-Control", "no-store");
	reply_json(rq, e->status, (struct span){buf_str(&b), b.n});
}

/* clang-format off */
static const struct route routes[] = {
	{M_POST,  "/auth/signup",  signup,    R_ANY,  BODY, 0},
	{M_POST,  "/auth/login",   login,     R_ANY,  BODY, 0},
	{M_POST,  "/auth/logout",  logout,    R_ANY,  BODY, RF_OPEN_TYPE},
	{M_POST,  "/auth/refresh", refresh,   R_ANY,  BODY, 0},
	{M_POST,  "/auth/recover", recover,   R_ANY,  BODY, 0},
	{M_GET,   "/auth/me",      me_get,    R_USER, 0,    0},
	{M_PATCH, "/auth/me",      me_update, R_USER, BODY, 0},
};
/* clang-format on */

static const struct route_set set = {.rows = routes, .n = NELEM(routes)};
static const struct route_set *const sets[] = {&set, NULL};

const struct family chat_auth_family = {
	.name = "auth",
	.prefix = "/auth/",
	.sets = sets,
	.render_error = render_error,
	.cors = &api_cors,
};
