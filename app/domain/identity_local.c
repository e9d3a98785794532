/*
 * identity_local - the way every operation goes: ask one function of the
 * database, send the mails it asks for, sign the session it began.
 *
 * Mail leaves after the commit, because one round trip is one transaction.
 * When it cannot be handed over the caller hears 500 and the next try need not
 * wait (auth_local.mail_failed).
 */
#include "identity_local.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/jwt.h"
#include "core/num.h"
#include "core/utf8.h"
#include "domain/mailer.h"
#include "domain/queries.h"
#include "domain/redirect.h"

static const char service_role[] = "supabase_auth_admin";

/* --- JSON for the functions --- */

struct buf
in_begin(struct arena *a)
{
	struct buf b = buf_on(a);

	buf_addc(&b, '{');
	return b;
}

static void
in_key(struct buf *b, const char *key)
{
	if (b->p[b->n - 1] != '{')
		buf_addc(b, ',');
	buf_addf(b, "\"%s\":", key);
}

void
in_text(struct buf *b, const char *key, const char *value)
{
	if (!value)
		return;
	in_key(b, key);
	buf_add_json(b, value);
}

void
in_raw(struct buf *b, const char *key, const char *json)
{
	if (!json)
		return;
	in_key(b, key);
	buf_add(b, json);
}

void
in_bool(struct buf *b, const char *key, bool value)
{
	in_raw(b, key, value ? "true" : "false");
}

const char *
in_end(struct buf *b)
{
	buf_addc(b, '}');
	return b->p;
}

const char *
local_cfg(struct identity_local *il, struct arena *a)
{
	const struct settings *s = il->ctx->set;
	struct buf b = in_begin(a);

	in_bool(&b, "autoconfirm", s->mailer_autoconfirm);
	in_bool(&b, "disable_signup", s->disable_signup);
	in_bool(&b, "secure_email_change", s->secure_email_change);
	buf_addf(&b,
		 ",\"otp_exp_s\":%lld,\"otp_length\":%lld,"
		 "\"max_frequency_s\":%lld,\"reuse_interval_s\":%lld",
		 (long long)s->otp_exp_s, (long long)s->otp_length,
		 (long long)s->mail_max_frequency_s,
		 (long long)s->refresh_token_reuse_interval_s);
	return in_end(&b);
}

/* --- asking --- */

static const char *
headers_of(const struct identity_call *who)
{
	struct buf b = in_begin(who->a);

	in_text(&b, "x-real-ip", who->ip);
	if (who->user_agent &&
	    utf8_ok(who->user_agent, strlen(who->user_agent), UTF8_NUL_REFUSED))
		in_text(&b, "user-agent", who->user_agent);
	in_text(&b, "x-request-id", who->request_id);
	return in_end(&b);
}

/* The functions put the seconds left into the hint, which arrives as the
 * field at fault. */
static void
take_seconds(struct err *e)
{
	int64_t s;

	if (e->status == 429 && num_i64(span_of(e->field), 1, 86400, &s))
		e->retry_after_s = (int)s;
	if (e->status == 429)
		e->field[0] = '\0';
}

bool
local_run(struct identity_local *il, const struct identity_call *who,
	  struct db_call call, struct db_result *out, struct err *e)
{
	const struct db_scope scope = {
		.role = service_role,
		.claims = who->claims,
		.headers = headers_of(who),
		.timeout_ms = (int)il->ctx->set->statement_timeout_ms,
	};

	if (db_run(il->ctx->db, who->a, &scope, &call, 1, out, e))
		return true;
	take_seconds(e);
	return false;
}

enum {
	COL_KIND,
	COL_USER_ID,
	COL_USER_JSON,
	COL_CLAIMS,
	COL_REFRESH_TOKEN,
	COL_MAILS,
	COL_TYPE,
	COL_DETAIL,
	COL_ERR_STATUS,
	COL_ERR_CODE,
	COL_ERR_MESSAGE
};

bool
local_outcome(struct identity_local *il, const struct identity_call *who,
	      struct db_call call, struct outcome *o, struct err *e)
{
	struct db_result r = {NULL};
	const char *kind;

	if (!local_run(il, who, call, &r, e))
		return false;
	kind = db_rows(&r) ? db_value(&r, 0, COL_KIND) : NULL;
	if (!kind)
		return err_set(e, 500, "unexpected_failure",
			       "no outcome of query %u", call.query);
	if (strcmp(kind, "error") == 0) {
		int64_t status = 500;
		const char *s = db_value(&r, 0, COL_ERR_STATUS);

		if (!s || !num_i64(span_of(s), 400, 599, &status))
			status = 500;
		return err_set(e, (int)status, db_value(&r, 0, COL_ERR_CODE),
			       "%s", db_value(&r, 0, COL_ERR_MESSAGE));
	}
	*o = (struct outcome){
		.kind = kind,
		.user_id = db_value(&r, 0, COL_USER_ID),
		.user_json = db_value(&r, 0, COL_USER_JSON),
		.claims = db_value(&r, 0, COL_CLAIMS),
		.refresh_token = db_value(&r, 0, COL_REFRESH_TOKEN),
		.mails = db_value(&r, 0, COL_MAILS),
		.type = db_value(&r, 0, COL_TYPE),
		.detail = db_value(&r, 0, COL_DETAIL),
	};
	return true;
}

/* --- mail --- */

const char *
local_redirect(struct identity_local *il, const struct identity_call *who,
	       const char *asked)
{
	const struct settings *s = il->ctx->set;

	return redirect_pick(who->a, s->site_url, s->uri_allow_list, asked,
			     who->referer);
}

const char *
local_link(struct identity_local *il, struct arena *a, const char *hash,
	   const char *type, const char *redirect)
{
	struct buf b = buf_on(a);

	buf_add(&b, il->ctx->set->site_url);
	buf_add(&b, "/auth/v1/verify?token=");
	buf_add_url(&b, hash);
	buf_add(&b, "&type=");
	buf_add_url(&b, type);
	buf_add(&b, "&redirect_to=");
	buf_add_url(&b, redirect);
	return buf_str(&b);
}

/* Our own pages take the token themselves: see identity.h. */
static const char *
mail_link(struct identity_local *il, struct arena *a, const char *hash,
	  const char *type, const char *redirect)
{
	const char *site = il->ctx->set->site_url;
	size_t n = strlen(site);
	struct buf b = buf_on(a);

	if (strncmp(redirect, site, n) != 0 ||
	    strncmp(redirect + n, "/app/", 5) != 0)
		return local_link(il, a, hash, type, redirect);
	buf_addn(&b, redirect, strcspn(redirect, "#"));
	buf_addc(&b, strchr(redirect, '?') ? '&' : '?');
	buf_add(&b, "token_hash=");
	buf_add_url(&b, hash);
	buf_add(&b, "&type=");
	buf_add_url(&b, type);
	return buf_str(&b);
}

static bool
send_one(struct identity_local *il, const struct identity_call *who,
	 const struct json_object *m, struct err *e)
{
	const char *redirect = local_redirect(il, who, who->redirect_to);
	struct mail mail = {
		.template_name = json_text(m, "template"),
		.to = json_text(m, "to"),
		.email = json_text(m, "email"),
		.new_email = json_text(m, "new_email"),
		.code = json_text(m, "code"),
		.hash = json_text(m, "hash"),
		.redirect_to = redirect,
		.link = mail_link(il, who->a, json_text(m, "hash"),
				  json_text(m, "type"), redirect),
	};

	return mailer_send(il->ctx->mailer, who->a, &mail, e);
}

static bool
send_mails(struct identity_local *il, const struct identity_call *who,
	   const struct outcome *o, struct err *e)
{
	struct json_object *list = NULL;

	if (!o->mails || strcmp(o->mails, "[]") == 0)
		return true;
	if (!json_parse(who->a, o->mails, strlen(o->mails), &list, e))
		return err_set(e, 500, "unexpected_failure", "mails: %s",
			       e->message);
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct db_result r;
		struct err ignored;

		if (send_one(il, who, json_object_array_get_idx(list, i), e))
			continue;
		if (!local_run(il, who, q_auth_mail_failed(o->user_id), &r,
			       &ignored))
			e->retry_after_s = 60;
		return false;
	}
	return true;
}

/* --- sessions --- */

static bool
sign_session(struct identity_local *il, const struct identity_call *who,
	     const struct outcome *o, struct identity_out *out, struct err *e)
{
	struct session *s = &out->session;
	struct buf b = buf_on(who->a);
	int64_t now = clock_s();

	s->expires_in = il->ctx->set->jwt_exp_s;
	s->expires_at = now + s->expires_in;
	s->refresh_token = o->refresh_token;
	s->user = o->user_json;
	buf_add(&b, "{\"iss\":");
	buf_add_json(
		&b, arena_printf(who->a, "%s/auth/v1", il->ctx->set->site_url));
	buf_addf(&b, ",\"iat\":%lld,\"exp\":%lld,%s", (long long)now,
		 (long long)s->expires_at, o->claims + 1);
	if (!jwt_sign(il->ctx->keys, who->a, buf_str(&b), &s->access_token, e))
		return false;
	out->has_session = true;

	b = in_begin(who->a);
	in_text(&b, "access_token", s->access_token);
	in_text(&b, "token_type", "bearer");
	buf_addf(&b, ",\"expires_in\":%lld,\"expires_at\":%lld",
		 (long long)s->expires_in, (long long)s->expires_at);
	in_text(&b, "refresh_token", s->refresh_token);
	in_raw(&b, "user", s->user);
	out->json = in_end(&b);
	return true;
}

bool
local_finish(struct identity_local *il, const struct identity_call *who,
	     const struct outcome *o, struct identity_out *out, struct err *e)
{
	*out = (struct identity_out){
		.user_id = o->user_id,
		.json = "{}",
		.type = o->type,
	};
	if (!send_mails(il, who, o, e))
		return false;
	if (strcmp(o->kind, "session") == 0)
		return sign_session(il, who, o, out, e);
	if (strcmp(o->kind, "user") == 0)
		out->json = o->user_json;
	if (strcmp(o->kind, "code") == 0)
		out->auth_code = o->detail;
	if (strcmp(o->kind, "message") == 0) {
		struct buf b = in_begin(who->a);

		out->message = o->detail;
		in_text(&b, "msg", o->detail);
		in_text(&b, "code", "200");
		out->json = in_end(&b);
	}
	return true;
}

bool
local_do(struct identity_local *il, const struct identity_call *who,
	 unsigned query, const char *in, struct identity_out *out,
	 struct err *e)
{
	const char *args[] = {local_cfg(il, who->a), in};
	struct db_call call = {.query = query, .args = args};
	struct outcome o = {.kind = ""};

	return local_outcome(il, who, call, &o, e) &&
	       local_finish(il, who, &o, out, e);
}

/* --- the object --- */

static void
local_free(struct identity *id)
{
	free(local_of(id));
}

static const struct identity_ops local_ops = {
	.name = "local",
	.free = local_free,
	.settings = local_settings,
	.sign_up = local_sign_up,
	.sign_in = local_sign_in,
	.refresh = local_refresh,
	.exchange_code = local_exchange_code,
	.recover = local_recover,
	.otp = local_otp,
	.resend = local_resend,
	.verify = local_verify,
	.sign_out = local_sign_out,
	.user_get = local_user_get,
	.user_update = local_user_update,
	.invite = local_invite,
	.generate_link = local_generate_link,
	.admin_list = local_admin_list,
	.admin_get = local_admin_get,
	.admin_create = local_admin_create,
	.admin_update = local_admin_update,
	.admin_delete = local_admin_delete,
	.admin_audit = local_admin_audit,
};

struct identity *
identity_local_new(struct ctx *ctx)
{
	struct identity_local *il = calloc(1, sizeof *il);

	if (!il)
		abort();
	il->base.ops = &local_ops;
	il->ctx = ctx;
	return &il->base;
}

void
identity_free(struct identity *id)
{
	if (id)
		id->ops->free(id);
}

bool
identity_local_clean_up(struct ctx *ctx, struct arena *a, struct err *e)
{
	const struct db_scope scope = {.role = service_role};
	struct span gone = {"", 0};

	do {
		if (!db_text(ctx->db, a, &scope, q_auth_clean_up(), &gone, e))
			return false;
	} while (!span_is(gone, "0"));
	return true;
}
