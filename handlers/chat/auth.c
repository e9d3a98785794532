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
	{"id",           F_UUID,  OUT,                                0, 0,          NULL},
	{"email",        F_EMAIL, OUT,                                0, 0,          NULL},
	{"display_name", F_NAME,  UPDATE | REQUIRED | NULLABLE | OUT, 1, NAME_CHARS, NULL},
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
	if (req_entity(rq, t, route_form(rq->route), json, in, e))
		return true;
	if (e->status == 400)
		e->status = 422;
	return false;
}

/* TokenResponse; an answer with tokens is nobody else's to keep. */
static bool
reply_session(struct req *rq, int status, const struct session *s)
{
	struct jsonw w = jsonw_on(rq->arena);

	jsonw_begin(&w, '{');
	jsonw_member(&w, "access_token", s->access_token);
	jsonw_member(&w, "refresh_token", s->refresh_token);
	jsonw_member(&w, "token_type", "bearer");
	jsonw_key(&w, "expires_in");
	jsonw_int(&w, s->expires_in);
	jsonw_end(&w, '}');
	reply_header(rq, "Cache-Control", "no-store");
	return reply_json(rq, status, jsonw_span(&w));
}

/* The same shape as an error, so that every reader finds its key. */
static void
add_words(struct jsonw *w, const char *code, const char *message)
{
	jsonw_member(w, "code", code);
	jsonw_member(w, "message", message);
	jsonw_member(w, "detail", message);
}

static bool
reply_words(struct req *rq, int status, const char *code, const char *message)
{
	struct jsonw w = jsonw_on(rq->arena);

	jsonw_begin(&w, '{');
	add_words(&w, code, message);
	jsonw_end(&w, '}');
	return reply_json(rq, status, jsonw_span(&w));
}

/* Without a name: the part of the address before the @. */
static const char *
user_data(struct req *rq, const char *name, const char *email)
{
	struct jsonw w = jsonw_on(rq->arena);
	struct span rest = span_of(email), local = span_cut(&rest, '@');

	jsonw_begin(&w, '{');
	jsonw_key(&w, "display_name");
	if (name && *name)
		jsonw_text(&w, name);
	else
		jsonw_textn(&w, local.p, local.n);
	jsonw_end(&w, '}');
	return jsonw_span(&w).p;
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
	struct jsonw w = jsonw_on(rq->arena);
	struct entity_rows rows;
	struct db_result me;

	if (!req_db_row(rq, call, &me, e)) {
		if (e->status == 404)
			err_set(e, 401, "bad_token", "the account is gone");
		return false;
	}
	entity_rows(&rows, &me_entity, &me, 1);
	entity_write(&w, &rows, 0);
	reply_header(rq, "Cache-Control", "no-store");
	return reply_json(rq, 200, jsonw_span(&w));
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
	struct jsonw w = jsonw_on(rq->arena);

	jsonw_begin(&w, '{');
	add_words(&w, e->status == 500 ? "internal_error" : e->code,
		  words_of(e));
	if (e->status >= 500)
		jsonw_member(&w, "request_id", rq->id);
	else if (*e->field)
		jsonw_member(&w, "field", e->field);
	jsonw_end(&w, '}');
	if (e->status == 401)
		reply_header(rq, "WWW-Authenticate", "Bearer");
	reply_header(rq, "Cache-Control", "no-store");
	reply_json(rq, e->status, jsonw_span(&w));
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
