/*
 * GET /verify: where a mailed link leads.  The answer is always a redirect to
 * the application (auth-v1.md 4.11), with the session or the trouble in the
 * fragment, which browsers keep from servers.
 */
#include <string.h>

#include "auth_v1.h"
#include "core/log.h"
#include "domain/redirect.h"

static void
add_pair(struct buf *b, const char *name, const char *value)
{
	buf_addf(b, "%s%s=", b->n ? "&" : "", name);
	buf_add_url(b, value);
}

static bool
go(struct req *rq, const char *to, const char *query, const char *fragment)
{
	struct buf b = buf_on(rq->arena);

	buf_addn(&b, to, strcspn(to, "#"));
	if (*query)
		buf_addf(&b, "%c%s", strchr(buf_str(&b), '?') ? '&' : '?',
			 query);
	if (*fragment)
		buf_addf(&b, "#%s", fragment);
	reply_header(rq, "Cache-Control", "no-store");
	reply_header(rq, "Referrer-Policy", "no-referrer");
	return reply_redirect(rq, 303, buf_str(&b));
}

static const char *
error_kind(int status)
{
	switch (status) {
	case 400:
		return "invalid_request";
	case 401:
		return "unauthorized_client";
	case 403:
		return "access_denied";
	case 500:
		return "server_error";
	case 503:
		return "temporarily_unavailable";
	default:
		return NULL;
	}
}

static bool
go_error(struct req *rq, const char *to, bool pkce, const struct err *e)
{
	const char *kind = error_kind(e->status);
	bool ours = e->status >= 500;
	struct buf b = buf_on(rq->arena);
	const char *text;

	if (kind)
		add_pair(&b, "error", kind);
	add_pair(&b, "error_code", ours ? "unexpected_failure" : e->code);
	add_pair(&b, "error_description",
		 ours ? "Unexpected failure" : e->message);
	text = buf_str(&b);
	return go(rq, to, pkce ? text : "",
		  arena_printf(rq->arena, "%s&sb=", text));
}

static bool
go_session(struct req *rq, const char *to, const struct identity_out *out)
{
	const struct session *s = &out->session;
	struct buf b = buf_on(rq->arena);

	add_pair(&b, "access_token", s->access_token);
	buf_addf(&b, "&expires_at=%lld&expires_in=%lld",
		 (long long)s->expires_at, (long long)s->expires_in);
	add_pair(&b, "refresh_token", s->refresh_token);
	buf_add(&b, "&sb=");
	add_pair(&b, "token_type", "bearer");
	add_pair(&b, "type", out->type);
	return go(rq, to, "", buf_str(&b));
}

static bool
go_message(struct req *rq, const char *to, bool pkce, const char *message)
{
	struct buf b = buf_on(rq->arena);
	const char *text;

	add_pair(&b, "message", message);
	text = buf_str(&b);
	return go(rq, to, pkce ? text : "",
		  arena_printf(rq->arena, "%s&sb=", text));
}

bool
auth_v1_verify_get(struct req *rq, struct err *e)
{
	const struct settings *s = rq->ctx->set;
	struct identity_call who = req_identity_call(rq);
	const char *to =
		redirect_pick(rq->arena, s->site_url, s->uri_allow_list,
			      who.redirect_to, who.referer);
	const struct identity_in in = {
		.type = req_query(rq, "type"),
		.token_hash = req_query(rq, "token"),
		.by_link = true,
	};
	struct identity_out out;
	bool pkce;

	if (!in.type || !*in.type || !in.token_hash || !*in.token_hash)
		return err_set(e, 400, "validation_failed",
			       "Verify requires a token and a verification "
			       "type");
	pkce = strncmp(in.token_hash, "pkce_", 5) == 0;
	if (!rq->ctx->identity->ops->verify(rq->ctx->identity, &who, &in, &out,
					    e)) {
		if (e->status >= 500)
			log_msg(LOG_LEVEL_ERROR, "verify", "%s: %s", e->code,
				e->message);
		return go_error(rq, to, pkce, e);
	}
	if (out.auth_code) {
		struct buf b = buf_on(rq->arena);

		add_pair(&b, "code", out.auth_code);
		return go(rq, to, buf_str(&b), "");
	}
	if (out.message)
		return go_message(rq, to, pkce, out.message);
	return go_session(rq, to, &out);
}
