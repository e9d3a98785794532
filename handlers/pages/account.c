/*
 * account - the caller's own: name, password, API tokens, other sessions.
 */
#include <string.h>

#include "core/num.h"
#include "domain/entities/entities.h"
#include "handlers/api_token.h"
#include "handlers/identity_call.h"
#include "page.h"
#include "words.h"

static const char *const names[] = {"displayName", "current", "password",
				    "name", NULL};

enum { /* the columns of page_tokens */
	TOKEN_ID,
	TOKEN_NAME,
	TOKEN_PREFIX,
	TOKEN_MAY_ADMIN,
	TOKEN_MAY_WRITE,
	TOKEN_EXPIRES,
	TOKEN_IS_OVER,
	TOKEN_USED
};

static const struct view_member token_members[] = {
	{"id",           VIEW_TEXT, TOKEN_ID,        NULL     },
	{"name",         VIEW_TEXT, TOKEN_NAME,      NULL     },
	{"prefix",       VIEW_TEXT, TOKEN_PREFIX,    NULL     },
	{"may_admin",    VIEW_FLAG, TOKEN_MAY_ADMIN, NULL     },
	{"may_write",    VIEW_FLAG, TOKEN_MAY_WRITE, NULL     },
	{"expires_text", VIEW_MADE, TOKEN_EXPIRES,   made_day },
	{"is_over",      VIEW_FLAG, TOKEN_IS_OVER,   NULL     },
	{"used_text",    VIEW_MADE, TOKEN_USED,      made_time},
};

static bool
show(struct req *rq, const struct err *wrong, struct err *e)
{
	const struct db_call calls[] = {
		q_page_head(NULL, "viewer"),
		q_page_account(),
		q_page_tokens(),
	};
	const char *token = wrong ? NULL : page_unstash(rq);
	struct db_result r[NELEM(calls)];
	struct page p;

	if (!page_rows(rq, calls, NELEM(calls), r, &p, e))
		return false;
	page_form(&p, names, wrong);
	/* The other forms of the page keep what is stored. */
	if (!req_form(rq, "displayName"))
		page_field(&p, "displayName",
			   db_named(&r[1], 0, "display_name"), NULL);
	page_value(&p, "tokens",
		   view_rows_all(view_rows_new(rq->arena, &r[2],
					       VIEW_MEMBERS(token_members),
					       NULL)));
	page_flag(&p, "has_tokens", db_rows(&r[2]) > 0);
	page_limits(&p, &profile_entity);
	page_number(&p, "password_min", rq->ctx->set->password_min_length);
	page_text(&p, "new_token", token);
	return page_show(&p, "app/account", e);
}

static bool
account_get(struct req *rq, struct err *e)
{
	return show(rq, NULL, e);
}

static bool
profile_post(struct req *rq, struct err *e)
{
	static const char *const fields[] = {"displayName", NULL};
	struct db_result profile;
	const char *in;

	if (!page_entity(rq, &profile_entity, UPDATE, page_input(rq, fields),
			 &in, e))
		return page_again(rq, show, e);

	if (!req_db_row(rq, q_profile_update(in), &profile, e))
		return page_again(rq, show, e);
	return page_go(rq, "/app/account", "saved");
}

/* --- password --- */

static bool
end_others(struct req *rq, struct err *e)
{
	const struct identity_in in = {.scope = "others"};
	struct identity_call who = req_identity_call(rq);
	struct identity_out out;

	return rq->ctx->identity->ops->sign_out(rq->ctx->identity, &who, &in,
						&out, e);
}

/* A browser left open must not be enough to take the account: the password
 * is asked for once more, by signing in with it (which counts guesses). */
static bool
prove(struct req *rq, struct err *e)
{
	const struct identity_in in = {
		.email = rq->caller.email,
		.password = req_form(rq, "current"),
	};
	struct identity_call who = req_identity_call(rq);
	struct identity_out out;

	if (!in.password || !*in.password)
		return err_field(e, "current", "Your password of today.");
	if (rq->ctx->identity->ops->sign_in(rq->ctx->identity, &who, &in, &out,
					    e))
		return true; /* that session ends with the others */
	if (strcmp(e->code, "invalid_credentials") == 0)
		return err_field(e, "current", "That is not your password.");
	return false;
}

static bool
password_post(struct req *rq, struct err *e)
{
	const char *fresh = req_form(rq, "password");
	struct identity_call who = req_identity_call(rq);
	struct identity_in in = {.body = NULL};
	struct buf body = buf_on(rq->arena);
	struct identity_out out;

	if (!prove(rq, e))
		return page_again(rq, show, e);
	buf_add(&body, "{\"password\":");
	buf_add_json(&body, fresh ? fresh : "");
	buf_add(&body, "}");
	in.body = buf_str(&body);
	if (!rq->ctx->identity->ops->user_update(rq->ctx->identity, &who, &in,
						 &out, e)) {
		if (page_is_mistake(e))
			memcpy(e->field, "password", sizeof "password");
		return page_again(rq, show, e);
	}
	if (!end_others(rq, e))
		return false;
	return page_go(rq, "/app/account", "password_changed");
}

static bool
others_post(struct req *rq, struct err *e)
{
	return end_others(rq, e) && page_go(rq, "/app/account", "others_out");
}

/* --- tokens --- */

static struct json_object *
token_input(struct req *rq)
{
	static const char *const plain[] = {"name", NULL};
	struct json_object *o = page_input(rq, plain);
	const char *scope = req_form(rq, "scope");
	const char *days = req_form(rq, "days");
	int64_t n;

	if (scope)
		json_object_object_add(o, "scopes", page_words(rq, scope));
	if (days && num_i64(span_of(days), 1, 3650, &n))
		json_object_object_add(o, "expiresInDays",
				       json_object_new_int64(n));
	return o;
}

static bool
token_post(struct req *rq, struct err *e)
{
	const char *in, *token;
	struct db_result row;

	if (!page_entity(rq, &token_entity, CREATE, token_input(rq), &in, e) ||
	    !api_token_make(rq, in, &token, &row, e))
		return page_again(rq, show, e);
	page_stash(rq, token);
	return page_go(rq, "/app/account#tokens", NULL);
}

static bool
token_revoke_post(struct req *rq, struct err *e)
{
	struct db_result gone;

	return req_db_row(rq, q_token_delete(req_param(rq, "token")), &gone,
			  e) &&
	       page_go(rq, "/app/account", "token_revoked");
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/app/account", account_get, R_USER, 0, 0},
	{M_POST, "/app/account/profile", profile_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_POST, "/app/account/password", password_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_POST, "/app/account/tokens", token_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_POST, "/app/account/tokens/:token/revoke", token_revoke_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_POST, "/app/account/sign-out-others", others_post, R_USER, PAGE_FORM, PAGE_POST},
};
/* clang-format on */

const struct route_set account_pages = {.rows = rows, .n = NELEM(rows)};
