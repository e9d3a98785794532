#ifndef DOMAIN_IDENTITY_LOCAL_H
#define DOMAIN_IDENTITY_LOCAL_H

/*
 * identity_local - what the files of the embedded identity server share.
 *
 * The rules that need no row (syntax, passwords, limits, signatures, mail) are
 * here; the others are the functions of schema auth_local (sql/embedded).
 */
#include "core/buf.h"
#include "core/db.h"
#include "core/json.h"
#include "domain/ctx.h"
#include "domain/identity.h"

struct identity_local {
	struct identity base; /* first: identity.h */
	struct ctx *ctx;
};

static inline struct identity_local *
local_of(struct identity *id)
{
	return (struct identity_local *)id;
}

/* One row of type auth_local.outcome. */
struct outcome {
	const char *kind; /* session, user, none, code, message */
	const char *user_id, *user_json, *claims, *refresh_token;
	const char *mails, *type, *detail;
};

/* --- asking the database (identity_local.c) --- */
bool local_run(struct identity_local *il, const struct identity_call *who,
	       struct db_call call, struct db_result *out,
	       struct err *e) MUST_CHECK;
bool local_outcome(struct identity_local *il, const struct identity_call *who,
		   struct db_call call, struct outcome *o,
		   struct err *e) MUST_CHECK;
/* Sends the mails, signs the session, fills *out. */
bool local_finish(struct identity_local *il, const struct identity_call *who,
		  const struct outcome *o, struct identity_out *out,
		  struct err *e) MUST_CHECK;
/* local_outcome with ($1 cfg, $2 in), then local_finish. */
bool local_do(struct identity_local *il, const struct identity_call *who,
	      unsigned query, const char *in, struct identity_out *out,
	      struct err *e) MUST_CHECK;
const char *local_cfg(struct identity_local *il, struct arena *a);
/* Address and code of a mailed link; redirect is where it leads in the end. */
const char *local_link(struct identity_local *il, struct arena *a,
		       const char *hash, const char *type,
		       const char *redirect);
const char *local_redirect(struct identity_local *il,
			   const struct identity_call *who, const char *asked);

/* --- JSON for the functions: {"k":v,...}; NULL values are left out --- */
struct buf in_begin(struct arena *a);
void in_text(struct buf *b, const char *key, const char *value);
void in_raw(struct buf *b, const char *key, const char *json);
void in_bool(struct buf *b, const char *key, bool value);
const char *in_end(struct buf *b);

/* --- rules without rows (identity_local_rules.c) --- */
/* 400 validation_failed; out in lower case. */
bool rule_email(const struct identity_call *who, const char *email,
		const char **out, struct err *e) MUST_CHECK;
/* 400 too long, 422 weak_password with its reasons. */
bool rule_password(struct identity_local *il, const char *password,
		   struct err *e) MUST_CHECK;
bool rule_hash(const struct identity_call *who, const char *password,
	       const char **out, struct err *e) MUST_CHECK;
/* PKCE pair: both or none; adds code_challenge and its method to in. */
bool rule_challenge(struct buf *in, const struct identity_in *what,
		    struct err *e) MUST_CHECK;
/* The address is absent and a phone number is not. */
bool rule_no_phone(const struct identity_in *in, int status,
		   struct err *e) MUST_CHECK;
/* Members of a body: absent or null gives NULL, another type 400 bad_json. */
bool rule_body(const struct identity_call *who, const char *text,
	       struct json_object **out, struct err *e) MUST_CHECK;
bool rule_text(const struct json_object *o, const char *key, const char **out,
	       struct err *e) MUST_CHECK;
bool rule_bool(const struct json_object *o, const char *key, bool *given,
	       bool *out, struct err *e) MUST_CHECK;
bool rule_object(const struct json_object *o, const char *key, const char **out,
		 struct err *e) MUST_CHECK;
bool rule_uuid(const char *s);
/* Go duration ("2h45m", "-1.5h", "none") in seconds. */
bool rule_duration(const char *s, double *out_s);

/* --- the operations --- */
identity_op local_settings, local_sign_up, local_sign_in, local_refresh,
	local_exchange_code, local_recover, local_otp, local_resend,
	local_verify, local_sign_out, local_user_get, local_user_update,
	local_invite, local_generate_link, local_admin_list, local_admin_get,
	local_admin_create, local_admin_update, local_admin_delete,
	local_admin_audit;

#endif
