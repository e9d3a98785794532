/*
 * identity_supabase - accounts of a hosted project: every operation is one
 * call of its auth server, with the caller's token where the caller counts
 * and the service key for administration.  Rules, mail and limits are the
 * project's; its refusals pass with their codes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/enc.h"
#include "core/num.h"
#include "domain/ctx.h"
#include "domain/hosted.h"
#include "domain/identity.h"

struct identity_supabase {
	struct identity base; /* first: identity.h */
	struct ctx *ctx;
};

/* Whose credentials a call carries. */
enum as {
	AS_ANYBODY,
	AS_USER,
	AS_SERVICE
};

struct call {
	enum as as;
	const char *method;
	const char *path;
	struct buf query; /* "&name=value..." */
	struct buf body;  /* ",\"name\":value..." */
	const char *json; /* the whole body instead */
	bool is_safe;
};

/* --- what goes out -------------------------------------------------------- */

static struct call
call_of(const struct identity_call *who, enum as as, const char *method,
	const char *path)
{
	return (struct call){
		.as = as,
		.method = method,
		.path = path,
		.query = buf_on(who->a),
		.body = buf_on(who->a),
		.is_safe = strcmp(method, "GET") == 0,
	};
}

static void
add_query(struct call *c, const char *name, const char *value)
{
	if (!value || !value[0])
		return;
	buf_addf(&c->query, "%c%s=", c->query.n ? '&' : '?', name);
	buf_add_url(&c->query, value);
}

static void
add_query_int(struct call *c, const char *name, int64_t value)
{
	char text[24];

	if (value <= 0)
		return;
	snprintf(text, sizeof text, "%lld", (long long)value);
	add_query(c, name, text);
}

static void
add_raw(struct call *c, const char *name, const char *json)
{
	if (json)
		buf_addf(&c->body, "%c\"%s\":%s", c->body.n ? ',' : '{', name,
			 json);
}

static void
add_text(struct call *c, const char *name, const char *value)
{
	if (!value)
		return;
	buf_addf(&c->body, "%c\"%s\":", c->body.n ? ',' : '{', name);
	buf_add_json(&c->body, value);
}

static void
add_challenge(struct call *c, const struct identity_in *in)
{
	add_text(c, "code_challenge", in->code_challenge);
	add_text(c, "code_challenge_method", in->code_challenge_method);
}

/* Where a mailed link leads is the project's decision, by its own list. */
static void
add_redirect(struct call *c, const struct identity_call *who)
{
	add_query(c, "redirect_to",
		  who->redirect_to ? who->redirect_to : who->referer);
}

/* --- what comes back ------------------------------------------------------ */

static const char *
first_text(const struct json_object *o, const char *const *names)
{
	const char *s = NULL;

	for (; !s && *names; names++)
		s = json_text(o, *names);
	return s;
}

/* Both error formats of the surface, and the gateway's own. */
static bool
refuse(struct arena *a, const struct fetch_reply *r, struct err *e)
{
	static const char *const codes[] = {"error_code", "code", NULL};
	static const char *const messages[] = {
		"message", "msg", "error_description", "error", NULL};
	struct json_object *o = hosted_json(a, r), *weak;
	const char *code = o ? first_text(o, codes) : NULL;
	const char *message = o ? first_text(o, messages) : NULL;
	const char *wait = fetch_header(r, "retry-after");
	int64_t s;

	if (r->status >= 500 || r->status < 400)
		return hosted_failed(r, e);
	/* A refusal without a code is the gateway's: it knows no key of ours,
	 * which is not the caller's fault. */
	if (!code && (r->status != 429 || !o))
		return err_set(e, 502, "upstream_invalid",
			       "the project answered %d: %s", r->status,
			       message ? message : "(no JSON)");
	err_set(e, r->status, code ? code : "over_request_rate_limit", "%s",
		message ? message : "The request was refused");
	if (r->status == 429)
		e->retry_after_s = 60;
	if (wait && num_i64(span_of(wait), 1, 86400, &s))
		e->retry_after_s = (int)s;
	weak = json_get(json_get(o, "weak_password"), "reasons");
	if (weak)
		e->details = arena_strdup(a, json_dump(weak));
	return false;
}

static const char *
dup_json(struct arena *a, struct json_object *o)
{
	return o ? arena_strdup(a, json_dump(o)) : NULL;
}

static bool
take_session(struct arena *a, const struct json_object *o,
	     struct identity_out *out, struct err *e)
{
	struct json_object *user = json_get(o, "user");
	struct session *s = &out->session;

	s->access_token = json_text(o, "access_token");
	s->refresh_token = json_text(o, "refresh_token");
	if (!s->access_token || !s->refresh_token || !json_text(user, "id") ||
	    !json_int(o, "expires_in", &s->expires_in) || s->expires_in <= 0)
		return hosted_garbled(e);
	if (!json_int(o, "expires_at", &s->expires_at))
		s->expires_at = clock_s() + s->expires_in;
	s->user = dup_json(a, user);
	out->user_id = json_text(user, "id");
	out->has_session = true;
	return true;
}

/* What an operation's answer must be. */
enum want {
	WANT_SESSION,
	WANT_USER,
	WANT_EITHER, /* sign-up, verify */
	WANT_LIST,   /* {users: []} or [] */
	WANT_OBJECT,
	WANT_NOTHING,
};

static bool
take_answer(const struct identity_call *who, const struct fetch_reply *r,
	    enum want want, struct identity_out *out, struct err *e)
{
	struct json_object *o;
	const char *total;

	*out = (struct identity_out){.json = "{}"};
	if (want == WANT_NOTHING)
		return true;
	o = hosted_json(who->a, r);
	if (!json_object_is_type(o, json_type_object) &&
	    !(want == WANT_LIST && json_object_is_type(o, json_type_array)))
		return hosted_garbled(e);
	out->json = r->body.p;
	if (want == WANT_LIST) {
		total = fetch_header(r, "x-total-count");
		return !total ||
		       num_i64(span_of(total), 0, INT64_MAX, &out->total) ||
		       hosted_garbled(e);
	}
	if (want == WANT_OBJECT)
		return true;
	if (want == WANT_SESSION || json_get(o, "access_token"))
		return want == WANT_USER ? hosted_garbled(e)
					 : take_session(who->a, o, out, e);
	out->user_id = json_text(o, "id");
	out->message = json_text(o, "msg");
	/* The first half of an address change knows no user. */
	if (!out->user_id && !(want == WANT_EITHER && out->message))
		return hosted_garbled(e);
	return true;
}

static bool
ask(struct identity *id, const struct identity_call *who, struct call *c,
    struct fetch_reply *r, struct err *e)
{
	struct identity_supabase *is = (struct identity_supabase *)id;
	static const struct fetch_header version[] = {
		{"X-Supabase-Api-Version", "2024-01-01"}
        };
	struct hosted_call call = {
		.method = c->method,
		.path = arena_printf(who->a, "/auth/v1%s%s", c->path,
				     buf_str(&c->query)),
		.token = c->as == AS_USER ? who->token : NULL,
		.claims = who->claims,
		.as_service = c->as == AS_SERVICE,
		.ip = who->ip,
		.request_id = who->request_id,
		.headers = version,
		.n_headers = NELEM(version),
		.json = c->json,
		.is_safe = c->is_safe,
		.limit_bytes = 4 * MiB,
	};

	if (c->as == AS_USER && !who->token)
		return err_set(e, 401, "no_authorization",
			       "This endpoint requires a valid Bearer token");
	if (!call.json && c->body.n) {
		buf_addc(&c->body, '}');
		call.json = buf_str(&c->body);
	} else if (!call.json && strcmp(c->method, "GET") != 0) {
		call.json = "{}";
	}
	return hosted_run(is->ctx->hosted, who->a, &call, r, e);
}

static bool
run(struct identity *id, const struct identity_call *who, struct call *c,
    enum want want, struct identity_out *out, struct err *e)
{
	struct fetch_reply r;

	if (!ask(id, who, c, &r, e))
		return false;
	if (r.status < 200 || r.status > 299)
		return refuse(who->a, &r, e);
	return take_answer(who, &r, want, out, e);
}

/* --- anybody -------------------------------------------------------------- */

static bool
hosted_settings(struct identity *id, const struct identity_call *who,
		const struct identity_in *in, struct identity_out *out,
		struct err *e)
{
	struct call c = call_of(who, AS_ANYBODY, "GET", "/settings");

	(void)in;
	return run(id, who, &c, WANT_OBJECT, out, e);
}

static bool
hosted_sign_up(struct identity *id, const struct identity_call *who,
	       const struct identity_in *in, struct identity_out *out,
	       struct err *e)
{
	struct call c = call_of(who, AS_ANYBODY, "POST", "/signup");

	add_redirect(&c, who);
	add_text(&c, "email", in->email);
	add_text(&c, "phone", in->phone);
	add_text(&c, "password", in->password);
	add_raw(&c, "data", in->data);
	add_challenge(&c, in);
	return run(id, who, &c, WANT_EITHER, out, e);
}

static bool
hosted_sign_in(struct identity *id, const struct identity_call *who,
	       const struct identity_in *in, struct identity_out *out,
	       struct err *e)
{
	struct call c = call_of(who, AS_ANYBODY, "POST", "/token");

	add_query(&c, "grant_type", "password");
	add_text(&c, "email", in->email);
	add_text(&c, "phone", in->phone);
	add_text(&c, "password", in->password);
	return run(id, who, &c, WANT_SESSION, out, e);
}

/* Not safe: a lost answer may hold the only copy of the next token.  The
 * project's reuse interval is what makes the client's own retry work. */
static bool
hosted_refresh(struct identity *id, const struct identity_call *who,
	       const struct identity_in *in, struct identity_out *out,
	       struct err *e)
{
	struct call c = call_of(who, AS_ANYBODY, "POST", "/token");

	add_query(&c, "grant_type", "refresh_token");
	add_text(&c, "refresh_token", in->refresh_token);
	return run(id, who, &c, WANT_SESSION, out, e);
}

static bool
hosted_exchange_code(struct identity *id, const struct identity_call *who,
		     const struct identity_in *in, struct identity_out *out,
		     struct err *e)
{
	struct call c = call_of(who, AS_ANYBODY, "POST", "/token");

	add_query(&c, "grant_type", "pkce");
	add_text(&c, "auth_code", in->auth_code);
	add_text(&c, "code_verifier", in->code_verifier);
	return run(id, who, &c, WANT_SESSION, out, e);
}

static bool
hosted_recover(struct identity *id, const struct identity_call *who,
	       const struct identity_in *in, struct identity_out *out,
	       struct err *e)
{
	struct call c = call_of(who, AS_ANYBODY, "POST", "/recover");

	add_redirect(&c, who);
	add_text(&c, "email", in->email);
	add_challenge(&c, in);
	return run(id, who, &c, WANT_OBJECT, out, e);
}

static bool
hosted_otp(struct identity *id, const struct identity_call *who,
	   const struct identity_in *in, struct identity_out *out,
	   struct err *e)
{
	struct call c = call_of(who, AS_ANYBODY, "POST", "/otp");

	add_redirect(&c, who);
	add_text(&c, "email", in->email);
	add_text(&c, "phone", in->phone);
	add_raw(&c, "data", in->data);
	add_raw(&c, "create_user", in->no_create_user ? "false" : "true");
	add_challenge(&c, in);
	return run(id, who, &c, WANT_OBJECT, out, e);
}

static bool
hosted_resend(struct identity *id, const struct identity_call *who,
	      const struct identity_in *in, struct identity_out *out,
	      struct err *e)
{
	struct call c = call_of(who, AS_ANYBODY, "POST", "/resend");

	add_redirect(&c, who);
	add_text(&c, "type", in->type);
	add_text(&c, "email", in->email);
	add_text(&c, "phone", in->phone);
	add_challenge(&c, in);
	return run(id, who, &c, WANT_OBJECT, out, e);
}

/* The value of name in the query or fragment of a URL, or NULL. */
static const char *
url_part(struct arena *a, const char *url, const char *name)
{
	struct span rest = span_of(url + strcspn(url, "?#")), value;

	while (rest.n) {
		struct span pair;

		rest.p++;
		rest.n--;
		pair.p = rest.p;
		pair.n = 0;
		while (pair.n < rest.n && !strchr("?#&", pair.p[pair.n]))
			pair.n++;
		rest.p += pair.n;
		rest.n -= pair.n;
		value = pair;
		if (span_is(span_cut(&value, '='), name) &&
		    dec_percent(a, value, true, &value))
			return value.p;
	}
	return NULL;
}

/* A link of a PKCE flow: only the link's own address gives the code, in the
 * place it sends the browser to. */
static bool
verify_link(struct identity *id, const struct identity_call *who,
	    const struct identity_in *in, struct identity_out *out,
	    struct err *e)
{
	struct call c = call_of(who, AS_ANYBODY, "GET", "/verify");
	const char *to, *code, *why;
	struct fetch_reply r;

	c.is_safe = false;
	add_redirect(&c, who);
	add_query(&c, "token", in->token_hash);
	add_query(&c, "type", in->type);
	if (!ask(id, who, &c, &r, e))
		return false;
	to = fetch_header(&r, "location");
	if (r.status < 300 || r.status > 399 || !to)
		return refuse(who->a, &r, e);
	*out = (struct identity_out){.json = "{}", .type = in->type};
	out->auth_code = url_part(who->a, to, "code");
	out->message = url_part(who->a, to, "message");
	if (out->auth_code || out->message)
		return true;
	code = url_part(who->a, to, "error_code");
	why = url_part(who->a, to, "error_description");
	return code ? err_set(e, 403, code, "%s", why ? why : code)
		    : hosted_garbled(e);
}

static bool
hosted_verify(struct identity *id, const struct identity_call *who,
	      const struct identity_in *in, struct identity_out *out,
	      struct err *e)
{
	struct call c = call_of(who, AS_ANYBODY, "POST", "/verify");

	if (in->by_link && in->token_hash &&
	    strncmp(in->token_hash, "pkce_", 5) == 0)
		return verify_link(id, who, in, out, e);
	add_text(&c, "type", in->type);
	add_text(&c, "token_hash", in->token_hash);
	add_text(&c, "token", in->token);
	add_text(&c, "email", in->email);
	add_text(&c, "phone", in->phone);
	if (!run(id, who, &c, WANT_EITHER, out, e))
		return false;
	out->type = in->type;
	return true;
}

/* --- a signed-in user ------------------------------------------------------
 */

static bool
hosted_sign_out(struct identity *id, const struct identity_call *who,
		const struct identity_in *in, struct identity_out *out,
		struct err *e)
{
	struct call c = call_of(who, AS_USER, "POST", "/logout");

	add_query(&c, "scope", in->scope);
	return run(id, who, &c, WANT_NOTHING, out, e);
}

static bool
hosted_user_get(struct identity *id, const struct identity_call *who,
		const struct identity_in *in, struct identity_out *out,
		struct err *e)
{
	struct call c = call_of(who, AS_USER, "GET", "/user");

	(void)in;
	return run(id, who, &c, WANT_USER, out, e);
}

static bool
hosted_user_update(struct identity *id, const struct identity_call *who,
		   const struct identity_in *in, struct identity_out *out,
		   struct err *e)
{
	struct call c = call_of(who, AS_USER, "PUT", "/user");

	add_redirect(&c, who);
	c.json = in->body;
	return run(id, who, &c, WANT_USER, out, e);
}

/* --- administration ---------------------------------------------------------
 */

static const char *
user_path(const struct identity_call *who, const char *user_id)
{
	struct buf b = buf_on(who->a);

	buf_add(&b, "/admin/users/");
	buf_add_url(&b, user_id ? user_id : "");
	return buf_str(&b);
}

static bool
hosted_invite(struct identity *id, const struct identity_call *who,
	      const struct identity_in *in, struct identity_out *out,
	      struct err *e)
{
	struct call c = call_of(who, AS_SERVICE, "POST", "/invite");

	add_redirect(&c, who);
	add_text(&c, "email", in->email);
	add_raw(&c, "data", in->data);
	return run(id, who, &c, WANT_USER, out, e);
}

static bool
hosted_generate_link(struct identity *id, const struct identity_call *who,
		     const struct identity_in *in, struct identity_out *out,
		     struct err *e)
{
	struct call c =
		call_of(who, AS_SERVICE, "POST", "/admin/generate_link");

	add_redirect(&c, who);
	c.json = in->body;
	return run(id, who, &c, WANT_USER, out, e);
}

static bool
hosted_admin_list(struct identity *id, const struct identity_call *who,
		  const struct identity_in *in, struct identity_out *out,
		  struct err *e)
{
	struct call c = call_of(who, AS_SERVICE, "GET", "/admin/users");

	add_query_int(&c, "page", in->page);
	add_query_int(&c, "per_page", in->per_page);
	add_query(&c, "filter", in->filter);
	if (in->oldest_first)
		add_query(&c, "sort", "created_at asc");
	return run(id, who, &c, WANT_LIST, out, e);
}

static bool
hosted_admin_get(struct identity *id, const struct identity_call *who,
		 const struct identity_in *in, struct identity_out *out,
		 struct err *e)
{
	struct call c =
		call_of(who, AS_SERVICE, "GET", user_path(who, in->user_id));

	return run(id, who, &c, WANT_USER, out, e);
}

static bool
hosted_admin_create(struct identity *id, const struct identity_call *who,
		    const struct identity_in *in, struct identity_out *out,
		    struct err *e)
{
	struct call c = call_of(who, AS_SERVICE, "POST", "/admin/users");

	c.json = in->body;
	return run(id, who, &c, WANT_USER, out, e);
}

static bool
hosted_admin_update(struct identity *id, const struct identity_call *who,
		    const struct identity_in *in, struct identity_out *out,
		    struct err *e)
{
	struct call c =
		call_of(who, AS_SERVICE, "PUT", user_path(who, in->user_id));

	c.json = in->body;
	return run(id, who, &c, WANT_USER, out, e);
}

static bool
hosted_admin_delete(struct identity *id, const struct identity_call *who,
		    const struct identity_in *in, struct identity_out *out,
		    struct err *e)
{
	struct call c =
		call_of(who, AS_SERVICE, "DELETE", user_path(who, in->user_id));

	add_raw(&c, "should_soft_delete", in->soft_delete ? "true" : "false");
	return run(id, who, &c, WANT_OBJECT, out, e);
}

static bool
hosted_admin_audit(struct identity *id, const struct identity_call *who,
		   const struct identity_in *in, struct identity_out *out,
		   struct err *e)
{
	struct call c = call_of(who, AS_SERVICE, "GET", "/admin/audit");

	add_query_int(&c, "page", in->page);
	add_query_int(&c, "per_page", in->per_page);
	add_query(&c, "query", in->filter);
	return run(id, who, &c, WANT_LIST, out, e);
}

static void
free_supabase(struct identity *id)
{
	free(id);
}

static const struct identity_ops ops = {
	.name = "supabase",
	.free = free_supabase,
	.settings = hosted_settings,
	.sign_up = hosted_sign_up,
	.sign_in = hosted_sign_in,
	.refresh = hosted_refresh,
	.exchange_code = hosted_exchange_code,
	.recover = hosted_recover,
	.otp = hosted_otp,
	.resend = hosted_resend,
	.verify = hosted_verify,
	.sign_out = hosted_sign_out,
	.user_get = hosted_user_get,
	.user_update = hosted_user_update,
	.invite = hosted_invite,
	.generate_link = hosted_generate_link,
	.admin_list = hosted_admin_list,
	.admin_get = hosted_admin_get,
	.admin_create = hosted_admin_create,
	.admin_update = hosted_admin_update,
	.admin_delete = hosted_admin_delete,
	.admin_audit = hosted_admin_audit,
};

struct identity *
identity_supabase_new(struct ctx *ctx)
{
	struct identity_supabase *is = calloc(1, sizeof *is);

	if (!is)
		abort();
	is->base.ops = &ops;
	is->ctx = ctx;
	return &is->base;
}
