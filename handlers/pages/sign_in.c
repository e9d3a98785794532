/*
 * sign_in - signing in and up and out, forgotten passwords, and the session
 * that refreshes itself.
 *
 * Two cookies: the access token and the refresh token.  When the first has
 * run out, the request that finds it so trades the second for a new pair and
 * goes on.  Several tabs that wake up at once all send the same old refresh
 * token: within the reuse interval the identity answers all of them, so none
 * is signed out.
 */
#include <string.h>

#include "core/digest.h"
#include "core/enc.h"
#include "core/rand.h"
#include "handlers/identity_call.h"
#include "page.h"
#include "web/caller.h"

static const char cookie_verifier[] = "__Host-maestro_pkce";

enum {
	REFRESH_S = 60 * 86400, /* the identity decides; this is the cookie */
	VERIFIER_CHARS = 64,
	VERIFIER_S = 3600,
};

/* --- the session in cookies --- */

void
page_keep_session(struct req *rq, const struct session *s)
{
	page_cookie(rq, cookie_session, s->access_token, s->expires_in);
	page_cookie(rq, cookie_refresh, s->refresh_token, REFRESH_S);
}

void
page_drop_session(struct req *rq)
{
	page_cookie(rq, cookie_session, "", -1);
	page_cookie(rq, cookie_refresh, "", -1);
}

static bool
run(struct req *rq, identity_op *op, const struct identity_in *in,
    struct identity_out *out, struct err *e)
{
	struct identity_call who = req_identity_call(rq);

	return op(rq->ctx->identity, &who, in, out, e);
}

/* Refused for good: the cookies go, the request is anonymous.  Too many at
 * once or out of order: they stay. */
static bool
refresh(struct req *rq, const char *token, struct err *e)
{
	const struct identity_in in = {.refresh_token = token};
	struct identity_out out;

	if (!run(rq, rq->ctx->identity->ops->refresh, &in, &out, e)) {
		if (e->status >= 500 || e->status == 429)
			return false;
		page_drop_session(rq);
		return true;
	}
	page_keep_session(rq, &out.session);
	return caller_from_token(rq, out.session.access_token, CRED_COOKIE, e);
}

bool
page_authenticate(struct req *rq, struct err *e)
{
	const char *token = req_cookie(rq, cookie_refresh);

	if (!caller_find(rq, e))
		return false;
	if (rq->caller.credential != CRED_NONE || !token || !*token)
		return true;
	return refresh(rq, token, e);
}

/* --- mistakes beside the field they belong to --- */

static const struct {
	const char *code, *field, *text;
} mistakes[] = {
	{"invalid_credentials",   "password",
	 "Address and password do not match."					      },
	{"email_not_confirmed",   "email",
	 "This address is not confirmed yet. Open the link in the mail."                   },
	{"user_banned",           "email",    "This account is closed."                    },
	{"user_already_exists",   "email",
	 "There is an account of this address. Sign in instead."                           },
	{"email_exists",          "email",
	 "There is an account of this address. Sign in instead."                           },
	{"email_address_invalid", "email",
	 "That is no address we can mail to."					      },
	{"weak_password",         "password", NULL                                         },
	{"same_password",         "password",
	 "That is the password you have. Choose another."                                  },
	{"signup_disabled",       "",         "Accounts here are made by an administrator."},
};

static void
place(struct err *e)
{
	for (size_t i = 0; i < NELEM(mistakes); i++) {
		struct err was = *e;

		if (strcmp(was.code, mistakes[i].code) != 0)
			continue;
		err_set(e, was.status == 429 ? 429 : 422, was.code, "%s",
			mistakes[i].text ? mistakes[i].text : was.message);
		memcpy(e->field, mistakes[i].field,
		       strlen(mistakes[i].field) + 1);
		return;
	}
	/* The identity's own words name no field but begin with its subject. */
	if (!*e->field && strstr(e->message, "assword"))
		memcpy(e->field, "password", sizeof "password");
	else if (!*e->field && strstr(e->message, "mail"))
		memcpy(e->field, "email", sizeof "email");
}

static bool
need(struct req *rq, const char *name, const char *text, struct err *e)
{
	const char *value = req_form(rq, name);

	if (value && *value)
		return true;
	err_field(e, name, "%s", text);
	return false;
}

static const char *
next_query(struct req *rq, const char *next)
{
	struct buf b = buf_on(rq->arena);

	if (strcmp(next, "/app") == 0)
		return "";
	buf_add(&b, "?next=");
	buf_add_url(&b, next);
	return buf_str(&b);
}

static void
gate(struct req *rq, struct page *p)
{
	const char *next = page_next(rq);

	page_bare(rq, p);
	page_text(p, "next", next);
	page_text(p, "next_query", next_query(rq, next));
	page_flag(p, "may_sign_up", !rq->ctx->set->disable_signup);
	page_number(p, "password_min", rq->ctx->set->password_min_length);
}

/* --- sign in --- */

static const char *const sign_in_names[] = {"email", "password", NULL};

static bool
show_sign_in(struct req *rq, const struct err *wrong, struct err *e)
{
	struct page p;

	gate(rq, &p);
	page_form(&p, sign_in_names, wrong);
	return page_show(&p, "app/sign_in", e);
}

static bool
sign_in_get(struct req *rq, struct err *e)
{
	if (rq->caller.sub)
		return page_go(rq, page_next(rq), NULL);
	return show_sign_in(rq, NULL, e);
}

static bool
sign_in_post(struct req *rq, struct err *e)
{
	const struct identity_in in = {
		.email = req_form(rq, "email"),
		.password = req_form(rq, "password"),
	};
	struct identity_out out;

	if (need(rq, "email", "Your address, please.", e) &&
	    need(rq, "password", "Your password, please.", e) &&
	    run(rq, rq->ctx->identity->ops->sign_in, &in, &out, e)) {
		page_keep_session(rq, &out.session);
		return page_go(rq, page_next(rq), NULL);
	}
	place(e);
	return page_again(rq, show_sign_in, e);
}

static bool
sign_out_post(struct req *rq, struct err *e)
{
	const struct identity_in in = {.scope = "local"};
	struct identity_out out;

	/* Whatever the identity says: the cookies go. */
	page_drop_session(rq);
	if (rq->caller.sub &&
	    !run(rq, rq->ctx->identity->ops->sign_out, &in, &out, e) &&
	    e->status >= 500)
		return false;
	return page_go(rq, "/app/sign-in", "signed_out");
}

/* --- mailed links ---------------------------------------------------------
 *
 * They lead to /app/confirm.  The embedded identity gives the link a
 * token_hash, and the page asks for a click before it is spent.  A hosted
 * project verifies by itself and sends the browser on with a code, which is
 * worth something only with the verifier that this browser keeps (PKCE).
 */

static bool
is_hosted(const struct req *rq)
{
	return strcmp(rq->ctx->identity->ops->name, "local") != 0;
}

/* Fills in the challenge where one is needed, and who's way back. */
static void
prepare_link(struct req *rq, struct identity_call *who, struct identity_in *in,
	     const char *then)
{
	char verifier[VERIFIER_CHARS + 1];
	unsigned char hash[32];
	struct buf b = buf_on(rq->arena);

	buf_addf(&b, "%s/app/confirm?next=", rq->ctx->set->site_url);
	buf_add_url(&b, then);
	who->redirect_to = buf_str(&b);
	if (!is_hosted(rq))
		return;
	rand_token(verifier, VERIFIER_CHARS);
	sha256_raw(verifier, VERIFIER_CHARS, hash);
	in->code_challenge = enc_base64url(rq->arena, hash, sizeof hash);
	in->code_challenge_method = "s256";
	page_cookie(rq, cookie_verifier, verifier, VERIFIER_S);
}

static bool
enter(struct req *rq, const struct identity_out *out, const char *type)
{
	bool recovers = type && strcmp(type, "recovery") == 0;

	page_keep_session(rq, &out->session);
	page_cookie(rq, cookie_verifier, "", -1);
	return page_go(rq, recovers ? "/app/reset" : page_next(rq),
		       recovers ? NULL : "confirmed");
}

static bool
exchange(struct req *rq, const char *code, struct err *e)
{
	const struct identity_in in = {
		.auth_code = code,
		.code_verifier = req_cookie(rq, cookie_verifier),
	};
	struct identity_out out;

	if (!in.code_verifier || !*in.code_verifier)
		return page_go(rq, "/app/forgot", "other_browser");
	if (!run(rq, rq->ctx->identity->ops->exchange_code, &in, &out, e))
		return e->status >= 500
			       ? false
			       : page_go(rq, "/app/forgot", "link_dead");
	return enter(rq, &out, NULL);
}

static bool
confirm_get(struct req *rq, struct err *e)
{
	const char *code = req_query(rq, "code");
	const char *hash = req_query(rq, "token_hash");
	const char *type = req_query(rq, "type");
	struct page p;

	if (code && *code)
		return exchange(rq, code, e);
	if (!hash || !*hash || !type)
		return page_go(rq, "/app/forgot", "link_dead");
	gate(rq, &p);
	page_text(&p, "token_hash", hash);
	page_text(&p, "type", type);
	page_flag(&p, "is_recovery", strcmp(type, "recovery") == 0);
	return page_show(&p, "app/confirm", e);
}

static bool
confirm_post(struct req *rq, struct err *e)
{
	const struct identity_in in = {
		.type = req_form(rq, "type"),
		.token_hash = req_form(rq, "token_hash"),
	};
	struct identity_out out;

	if (!in.type || !in.token_hash)
		return err_set(e, 400, "bad_request", "the form is incomplete");
	if (!run(rq, rq->ctx->identity->ops->verify, &in, &out, e))
		return e->status >= 500 || e->status == 429
			       ? false
			       : page_go(rq, "/app/forgot", "link_dead");
	if (out.auth_code)
		return exchange(rq, out.auth_code, e);
	if (!out.has_session)
		return page_go(rq, "/app/sign-in", "confirmed");
	return enter(rq, &out, in.type);
}

static bool
go_check_mail(struct req *rq, const char *what, const char *email)
{
	page_stash(rq, arena_printf(rq->arena, "%s %s", what, email));
	return page_go(rq, "/app/check-mail", NULL);
}

static bool
check_mail_get(struct req *rq, struct err *e)
{
	const char *stash = page_unstash(rq);
	const char *email = stash ? strchr(stash, ' ') : NULL;
	bool recovers = stash && strncmp(stash, "recovery ", 9) == 0;
	struct page p;

	page_bare(rq, &p);
	page_text(&p, "email", email ? email + 1 : "your address");
	page_flag(&p, "is_recovery", recovers);
	page_flag(&p, "same_browser", is_hosted(rq));
	page_text(&p, "again", recovers ? "/app/forgot" : "/app/sign-up");
	return page_show(&p, "app/check_mail", e);
}

/* --- sign up --- */

static const char *const sign_up_names[] = {"name", "email", "password", NULL};

static bool
show_sign_up(struct req *rq, const struct err *wrong, struct err *e)
{
	struct page p;

	gate(rq, &p);
	page_form(&p, sign_up_names, wrong);
	return page_show(&p, "app/sign_up", e);
}

static bool
sign_up_get(struct req *rq, struct err *e)
{
	if (rq->caller.sub)
		return page_go(rq, page_next(rq), NULL);
	return show_sign_up(rq, NULL, e);
}

static bool
sign_up(struct req *rq, struct identity_out *out, struct err *e)
{
	struct identity_call who = req_identity_call(rq);
	struct identity_in in = {
		.email = req_form(rq, "email"),
		.password = req_form(rq, "password"),
	};
	const char *name = req_form(rq, "name");
	struct buf data = buf_on(rq->arena);

	if (!need(rq, "email", "Your address, please.", e) ||
	    !need(rq, "password", "Choose a password.", e))
		return false;
	if (name && strlen(name) > 200)
		return err_field(e, "name", "That is too long a name.");
	if (name && *name) {
		buf_add(&data, "{\"display_name\":");
		buf_add_json(&data, name);
		buf_add(&data, "}");
		in.data = buf_str(&data);
	}
	prepare_link(rq, &who, &in, page_next(rq));
	return rq->ctx->identity->ops->sign_up(rq->ctx->identity, &who, &in,
					       out, e);
}

static bool
sign_up_post(struct req *rq, struct err *e)
{
	struct identity_out out = {.has_session = false};

	if (!sign_up(rq, &out, e)) {
		place(e);
		return page_again(rq, show_sign_up, e);
	}
	if (!out.has_session)
		return go_check_mail(rq, "signup", req_form(rq, "email"));
	page_keep_session(rq, &out.session);
	return page_go(rq, page_next(rq), NULL);
}

/* --- forgotten password --- */

static const char *const forgot_names[] = {"email", NULL};

static bool
show_forgot(struct req *rq, const struct err *wrong, struct err *e)
{
	struct page p;

	gate(rq, &p);
	page_form(&p, forgot_names, wrong);
	return page_show(&p, "app/forgot", e);
}

static bool
forgot_get(struct req *rq, struct err *e)
{
	return show_forgot(rq, NULL, e);
}

static bool
forgot_post(struct req *rq, struct err *e)
{
	struct identity_call who = req_identity_call(rq);
	struct identity_in in = {.email = req_form(rq, "email")};
	struct identity_out out;

	prepare_link(rq, &who, &in, "/app/reset");
	if (need(rq, "email", "Your address, please.", e) &&
	    rq->ctx->identity->ops->recover(rq->ctx->identity, &who, &in, &out,
					    e))
		return go_check_mail(rq, "recovery", in.email);
	place(e);
	return page_again(rq, show_forgot, e);
}

static const char *const reset_names[] = {"password", NULL};

static bool
show_reset(struct req *rq, const struct err *wrong, struct err *e)
{
	struct page p;

	if (!page_alone(rq, &p, e))
		return false;
	page_number(&p, "password_min", rq->ctx->set->password_min_length);
	page_form(&p, reset_names, wrong);
	return page_show(&p, "app/reset", e);
}

static bool
reset_get(struct req *rq, struct err *e)
{
	return show_reset(rq, NULL, e);
}

static bool
reset_post(struct req *rq, struct err *e)
{
	struct buf body = buf_on(rq->arena);
	struct identity_in in = {.body = NULL};
	struct identity_out out;

	buf_add(&body, "{\"password\":");
	buf_add_json(&body, req_form(rq, "password"));
	buf_add(&body, "}");
	in.body = buf_str(&body);
	if (need(rq, "password", "Choose a password.", e) &&
	    run(rq, rq->ctx->identity->ops->user_update, &in, &out, e))
		return page_go(rq, "/app", "password_changed");
	place(e);
	return page_again(rq, show_reset, e);
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/app/sign-in", sign_in_get, R_PUBLIC, 0, 0},
	{M_POST, "/app/sign-in", sign_in_post, R_PUBLIC, PAGE_FORM, PAGE_POST},
	{M_GET, "/app/sign-up", sign_up_get, R_PUBLIC, 0, 0},
	{M_POST, "/app/sign-up", sign_up_post, R_PUBLIC, PAGE_FORM, PAGE_POST},
	{M_POST, "/app/sign-out", sign_out_post, R_PUBLIC, PAGE_FORM, PAGE_POST},
	{M_GET, "/app/forgot", forgot_get, R_PUBLIC, 0, 0},
	{M_POST, "/app/forgot", forgot_post, R_PUBLIC, PAGE_FORM, PAGE_POST},
	{M_GET, "/app/check-mail", check_mail_get, R_PUBLIC, 0, 0},
	{M_GET, "/app/confirm", confirm_get, R_PUBLIC, 0, 0},
	{M_POST, "/app/confirm", confirm_post, R_PUBLIC, PAGE_FORM, PAGE_POST},
	{M_GET, "/app/reset", reset_get, R_USER, 0, 0},
	{M_POST, "/app/reset", reset_post, R_USER, PAGE_FORM, PAGE_POST},
};
/* clang-format on */

const struct route_set sign_in_pages = {.rows = rows, .n = NELEM(rows)};
