/*
 * identity_local_user - what anybody may ask for, and a user for itself.
 *
 * Order in every operation: limits, syntax, then work.  A password is hashed
 * or compared only after the limiter has let the call through.
 */
#include <string.h>

#include "core/digest.h"
#include "core/enc.h"
#include "core/passwd.h"
#include "domain/queries.h"
#include "domain/ratelimit.h"
#include "identity_local.h"

static bool
refuse(struct err *e, const char *why)
{
	return err_set(e, 400, "validation_failed", "%s", why);
}

static bool
limited(struct identity_local *il, const struct identity_call *who,
	enum limit which, const char *account, struct err *e)
{
	return ratelimit_request(il->ctx->limits, who->a, which, who->ip,
				 account, e);
}

/* --- settings --- */

bool
local_settings(struct identity *id, const struct identity_call *who,
	       const struct identity_in *in, struct identity_out *out,
	       struct err *e)
{
	static const char *const off[] = {"anonymous_users",
					  "apple",
					  "azure",
					  "bitbucket",
					  "discord",
					  "facebook",
					  "snapchat",
					  "figma",
					  "fly",
					  "github",
					  "gitlab",
					  "google",
					  "keycloak",
					  "kakao",
					  "linkedin",
					  "linkedin_oidc",
					  "notion",
					  "spotify",
					  "slack",
					  "slack_oidc",
					  "workos",
					  "twitch",
					  "twitter",
					  "phone",
					  "zoom"};
	const struct settings *s = local_of(id)->ctx->set;
	struct buf external = in_begin(who->a), b = in_begin(who->a);

	(void)in, (void)e;
	for (size_t i = 0; i < NELEM(off); i++)
		in_bool(&external, off[i], false);
	in_bool(&external, "email", true);
	in_raw(&b, "external", in_end(&external));
	in_bool(&b, "disable_signup", s->disable_signup);
	in_bool(&b, "mailer_autoconfirm", s->mailer_autoconfirm);
	in_bool(&b, "phone_autoconfirm", false);
	in_text(&b, "sms_provider", "");
	in_bool(&b, "saml_enabled", false);
	in_bool(&b, "saml_private_key_next_configured", false);
	in_bool(&b, "passkeys_enabled", false);
	*out = (struct identity_out){.json = in_end(&b)};
	return true;
}

/* --- sign-up --- */

static bool
sign_up_allowed(struct identity_local *il, const struct identity_in *in,
		struct err *e)
{
	bool anonymous =
		!(in->email && *in->email) && !(in->phone && *in->phone);

	if (anonymous)
		return err_set(e, 422, "anonymous_provider_disabled",
			       "Anonymous sign-ins are disabled");
	if (il->ctx->set->disable_signup)
		return err_set(e, 422, "signup_disabled",
			       "Signups not allowed for this instance");
	if (!in->password || !*in->password)
		return refuse(e, "Signup requires a valid password");
	return rule_password(il, in->password, e) && rule_no_phone(in, 400, e);
}

bool
local_sign_up(struct identity *id, const struct identity_call *who,
	      const struct identity_in *in, struct identity_out *out,
	      struct err *e)
{
	struct identity_local *il = local_of(id);
	struct buf b = in_begin(who->a);
	const char *email = NULL, *hash = NULL;

	if (!sign_up_allowed(il, in, e) ||
	    !rule_email(who, in->email, &email, e))
		return false;
	in_text(&b, "email", email);
	in_raw(&b, "data", in->data);
	if (!rule_challenge(&b, in, e) ||
	    !limited(il, who, LIMIT_SIGN_UP, email, e) ||
	    !rule_hash(who, in->password, &hash, e))
		return false;
	in_text(&b, "password_hash", hash);
	return local_do(il, who, Q_AUTH_SIGN_UP, in_end(&b), out, e);
}

/* --- sign-in --- */

static bool
bad_credentials(struct err *e)
{
	return err_set(e, 400, "invalid_credentials",
		       "Invalid login credentials");
}

static bool
check_password(struct identity_local *il, const struct identity_call *who,
	       const char *email, const char *password, struct db_result *found,
	       struct err *e)
{
	if (!local_run(il, who, q_auth_login_lookup(email), found, e))
		return false;
	/* An unknown account takes as long as a wrong password. */
	if (!passwd_check(span_of(password),
			  db_rows(found) ? db_value(found, 0, 1) : NULL))
		return bad_credentials(e);
	return true;
}

bool
local_sign_in(struct identity *id, const struct identity_call *who,
	      const struct identity_in *in, struct identity_out *out,
	      struct err *e)
{
	struct identity_local *il = local_of(id);
	struct db_result found;
	struct outcome o = {.kind = ""};
	const char *email = NULL;

	if (!rule_no_phone(in, 422, e))
		return false;
	if (!in->email || !*in->email)
		return refuse(e, "missing email or phone");
	if (!in->password || !*in->password ||
	    strlen(in->password) > PASSWD_MAX_BYTES)
		return bad_credentials(e);
	if (!rule_email(who, in->email, &email, e))
		return bad_credentials(e);
	if (!limited(il, who, LIMIT_SIGN_IN, email, e) ||
	    !ratelimit_guess(il->ctx->limits, who->a, email, e) ||
	    !check_password(il, who, email, in->password, &found, e))
		return false;
	ratelimit_forgive(il->ctx->limits, who->a, email);

	return local_outcome(il, who,
			     q_auth_login(db_value(&found, 0, 0),
					  db_value(&found, 0, 1)),
			     &o, e) &&
	       local_finish(il, who, &o, out, e);
}

bool
local_refresh(struct identity *id, const struct identity_call *who,
	      const struct identity_in *in, struct identity_out *out,
	      struct err *e)
{
	struct identity_local *il = local_of(id);
	const char *token = in->refresh_token ? in->refresh_token : "";
	size_t n = strlen(token);
	struct outcome o = {.kind = ""};

	/* Tokens of the second version are not issued here, and those that
	 * came with moved data cannot be found. */
	if (n < 12 || n > 128 ||
	    strspn(token, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			  "0123456789-_") != n)
		return refuse(e, "Refresh token is not valid");
	return limited(il, who, LIMIT_SIGN_IN, NULL, e) &&
	       local_outcome(il, who,
			     q_auth_refresh(local_cfg(il, who->a), token), &o,
			     e) &&
	       local_finish(il, who, &o, out, e);
}

bool
local_exchange_code(struct identity *id, const struct identity_call *who,
		    const struct identity_in *in, struct identity_out *out,
		    struct err *e)
{
	struct identity_local *il = local_of(id);
	const char *verifier = in->code_verifier ? in->code_verifier : "";
	struct buf b = in_begin(who->a);
	unsigned char hash[32];
	struct outcome o = {.kind = ""};

	if (!in->auth_code || !*in->auth_code || !*verifier)
		return refuse(e, "invalid request: both auth code and code "
				 "verifier should be non-empty");
	if (!limited(il, who, LIMIT_SIGN_IN, NULL, e))
		return false;
	sha256_raw(verifier, strlen(verifier), hash);
	in_text(&b, "auth_code", in->auth_code);
	in_text(&b, "code_verifier", verifier);
	in_text(&b, "challenge_s256", enc_base64url(who->a, hash, sizeof hash));

	return local_outcome(il, who, q_auth_exchange_code(in_end(&b)), &o,
			     e) &&
	       local_finish(il, who, &o, out, e);
}

/* --- mailed codes --- */

static bool
need_email(const struct identity_call *who, const struct identity_in *in,
	   int phone_status, const char **email, struct err *e)
{
	if (!rule_no_phone(in, phone_status, e))
		return false;
	if (!in->email || !*in->email)
		return refuse(e, "One of email or phone must be set");
	return rule_email(who, in->email, email, e);
}

bool
local_recover(struct identity *id, const struct identity_call *who,
	      const struct identity_in *in, struct identity_out *out,
	      struct err *e)
{
	struct identity_local *il = local_of(id);
	struct buf b = in_begin(who->a);
	const char *email = NULL;

	if (!need_email(who, in, 400, &email, e))
		return false;
	in_text(&b, "email", email);
	return rule_challenge(&b, in, e) &&
	       limited(il, who, LIMIT_RECOVER, email, e) &&
	       local_do(il, who, Q_AUTH_RECOVER, in_end(&b), out, e);
}

bool
local_otp(struct identity *id, const struct identity_call *who,
	  const struct identity_in *in, struct identity_out *out, struct err *e)
{
	struct identity_local *il = local_of(id);
	struct buf b = in_begin(who->a);
	const char *email = NULL;

	if (!need_email(who, in, 400, &email, e))
		return false;
	in_text(&b, "email", email);
	in_raw(&b, "data", in->data);
	in_bool(&b, "create_user", !in->no_create_user);
	return rule_challenge(&b, in, e) &&
	       limited(il, who, LIMIT_RECOVER, email, e) &&
	       local_do(il, who, Q_AUTH_OTP, in_end(&b), out, e);
}

bool
local_resend(struct identity *id, const struct identity_call *who,
	     const struct identity_in *in, struct identity_out *out,
	     struct err *e)
{
	struct identity_local *il = local_of(id);
	const char *type = in->type ? in->type : "";
	struct buf b = in_begin(who->a);
	const char *email = NULL;

	if (strcmp(type, "sms") == 0 || strcmp(type, "phone_change") == 0)
		return err_set(e, 400, "phone_provider_disabled",
			       "Phone logins are disabled");
	if (strcmp(type, "signup") != 0 && strcmp(type, "email_change") != 0)
		return refuse(e, "Missing one of these types: signup, "
				 "email_change, sms, phone_change");
	if (!need_email(who, in, 400, &email, e))
		return false;
	in_text(&b, "type", type);
	in_text(&b, "email", email);
	return rule_challenge(&b, in, e) &&
	       limited(il, who, LIMIT_RECOVER, email, e) &&
	       local_do(il, who, Q_AUTH_RESEND, in_end(&b), out, e);
}

static bool
verify_type_ok(const char *type)
{
	static const char *const types[] = {"signup",   "invite",
					    "recovery", "magiclink",
					    "email",    "email_change"};

	for (size_t i = 0; i < NELEM(types); i++) {
		if (strcmp(type, types[i]) == 0)
			return true;
	}
	return false;
}

static bool
verify_code(struct identity_local *il, const struct identity_call *who,
	    const struct identity_in *in, struct buf *b,
	    struct identity_out *out, struct err *e)
{
	const char *email = NULL;

	if (!need_email(who, in, 400, &email, e))
		return false;
	in_text(b, "email", email);
	in_text(b, "token", in->token);
	/* Six digits are few: guesses count against the address. */
	if (!limited(il, who, LIMIT_VERIFY, email, e) ||
	    !ratelimit_guess(il->ctx->limits, who->a, email, e) ||
	    !local_do(il, who, Q_AUTH_VERIFY, in_end(b), out, e))
		return false;
	ratelimit_forgive(il->ctx->limits, who->a, email);
	return true;
}

bool
local_verify(struct identity *id, const struct identity_call *who,
	     const struct identity_in *in, struct identity_out *out,
	     struct err *e)
{
	struct identity_local *il = local_of(id);
	bool by_hash = in->token_hash && *in->token_hash;
	struct buf b = in_begin(who->a);

	if (!in->type || !*in->type)
		return refuse(e, "Verify requires a verification type");
	if (by_hash && ((in->email && *in->email) || (in->phone && *in->phone)))
		return refuse(e, "Only the token_hash and type should be "
				 "provided");
	if (!by_hash && (!in->token || !*in->token))
		return refuse(e, "Verify requires a token or a token hash");
	if (!verify_type_ok(in->type))
		return refuse(e, "Invalid verification type");
	in_text(&b, "type", in->type);
	if (!by_hash)
		return verify_code(il, who, in, &b, out, e);
	in_text(&b, "token_hash", in->token_hash);
	if (in->by_link)
		in_bool(&b, "link", true);
	return limited(il, who, LIMIT_VERIFY, NULL, e) &&
	       local_do(il, who, Q_AUTH_VERIFY, in_end(&b), out, e);
}

/* --- the user itself --- */

bool
local_sign_out(struct identity *id, const struct identity_call *who,
	       const struct identity_in *in, struct identity_out *out,
	       struct err *e)
{
	const char *scope = in->scope && *in->scope ? in->scope : "global";
	struct db_result r;

	if (strcmp(scope, "global") != 0 && strcmp(scope, "local") != 0 &&
	    strcmp(scope, "others") != 0)
		return refuse(e, "Unsupported logout scope");
	*out = (struct identity_out){.json = "{}"};
	return local_run(local_of(id), who, q_auth_sign_out(scope), &r, e);
}

bool
local_user_get(struct identity *id, const struct identity_call *who,
	       const struct identity_in *in, struct identity_out *out,
	       struct err *e)
{
	struct identity_local *il = local_of(id);
	struct outcome o = {.kind = ""};

	(void)in;
	return local_outcome(il, who, q_auth_user_get(), &o, e) &&
	       local_finish(il, who, &o, out, e);
}

/* The new password is hashed after it has been compared with the old one. */
static bool
new_password(struct identity_local *il, const struct identity_call *who,
	     const char *password, struct buf *in, struct err *e)
{
	struct db_result r;
	const char *old, *hash;

	if (!local_run(il, who, q_auth_user_password(), &r, e))
		return false;
	old = db_value(&r, 0, 0);
	if (old && *old && passwd_check(span_of(password), old))
		return err_set(e, 422, "same_password",
			       "New password should be different from the old "
			       "password.");
	if (!rule_hash(who, password, &hash, e))
		return false;
	in_text(in, "password_hash", hash);
	return true;
}

struct update {
	const char *email, *phone, *password, *data, *app_metadata;
	struct identity_in pkce;
};

static bool
read_update(const struct identity_call *who, const char *body, struct update *u,
	    struct err *e)
{
	struct json_object *o;

	return rule_body(who, body, &o, e) &&
	       rule_text(o, "email", &u->email, e) &&
	       rule_text(o, "phone", &u->phone, e) &&
	       rule_text(o, "password", &u->password, e) &&
	       rule_object(o, "data", &u->data, e) &&
	       rule_object(o, "app_metadata", &u->app_metadata, e) &&
	       rule_text(o, "code_challenge", &u->pkce.code_challenge, e) &&
	       rule_text(o, "code_challenge_method",
			 &u->pkce.code_challenge_method, e);
}

bool
local_user_update(struct identity *id, const struct identity_call *who,
		  const struct identity_in *in, struct identity_out *out,
		  struct err *e)
{
	struct identity_local *il = local_of(id);
	struct update u = {.pkce = {.page = 0}};
	struct buf b = in_begin(who->a);

	if (!read_update(who, in->body, &u, e))
		return false;
	if (u.email && *u.email && !rule_email(who, u.email, &u.email, e))
		return false;
	if (u.password && !rule_password(il, u.password, e))
		return false;
	if (u.app_metadata)
		return err_set(e, 403, "not_admin",
			       "Updating app_metadata requires admin "
			       "privileges");
	if (u.phone && *u.phone)
		return err_set(e, 422, "sms_send_failed",
			       "No SMS provider is configured");
	in_text(&b, "email", u.email);
	in_raw(&b, "data", u.data);
	if (!rule_challenge(&b, &u.pkce, e) ||
	    !limited(il, who, LIMIT_RECOVER, NULL, e))
		return false;
	if (u.password && !new_password(il, who, u.password, &b, e))
		return false;
	return local_do(il, who, Q_AUTH_USER_UPDATE, in_end(&b), out, e);
}
