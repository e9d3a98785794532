#ifndef DOMAIN_IDENTITY_H
#define DOMAIN_IDENTITY_H

/*
 * identity - accounts, sessions and tokens, wherever they live.
 *
 * Two implementations: identity_local (schema auth of our own database, own
 * signing keys) and identity_supabase (a hosted project over HTTP).  Pages,
 * the chat handlers and /auth/v1 all talk to this interface and nothing else.
 *
 * Every operation has one signature: who asks, what was sent, what comes out.
 * All text is borrowed: input until the call returns, output lives in who->a.
 *
 * Failure: the codes and statuses of auth-v1.md 1.5 ("invalid_credentials"
 * 400, "user_already_exists" 422, "over_request_rate_limit" 429 with
 * retry_after_s, ...).  weak_password carries its reasons in e->details as a
 * JSON array: ["length"].
 */
#include "core/arena.h"
#include "core/err.h"

struct ctx;
struct identity;

/* Who asks.  Anything but the arena may be NULL. */
struct identity_call {
	struct arena *a;
	const char *ip;
	const char *user_agent;
	const char *request_id;
	/* The caller's own access token, already verified, and what is in it.
	 * NULL for a caller who is not signed in. */
	const char *token;
	const char *claims;
	const char *role;
	/*
	 * Where a mailed link should lead, as the client asked; checked
	 * against the allow-list here.  referer is the second choice.
	 *
	 * A target below <site_url>/app/ is a page of ours: identity_local
	 * mails <target>?token_hash=...&type=..., and the page asks for a
	 * click before it calls verify, so that scanners that follow links
	 * spend nothing.  A hosted project adds ?code=... instead (with a
	 * code_challenge; the page calls exchange_code) or a fragment.
	 */
	const char *redirect_to;
	const char *referer;
};

/* What was sent.  Each operation below names the members it reads; NULL is
 * absent. */
struct identity_in {
	const char *email;
	const char *phone;
	const char *password;
	const char *data; /* JSON object for user_metadata */
	const char *type; /* verify, resend */
	const char *token;
	const char *token_hash;
	const char *refresh_token;
	const char *code_challenge, *code_challenge_method;
	const char *auth_code, *code_verifier;
	const char *scope;      /* sign_out: global, local, others */
	const char *user_id;    /* admin operations */
	const char *body;       /* JSON object, as the contract describes it */
	bool no_create_user;    /* otp: only for accounts that exist */
	bool by_link;           /* verify: a browser followed a mailed link */
	bool soft_delete;       /* admin_delete */
	int64_t page, per_page; /* lists; 0 = 1 and 50 */
	const char *filter;
	bool oldest_first; /* admin_list */
};

struct session {
	const char *access_token;
	const char *refresh_token;
	int64_t expires_in; /* s */
	int64_t expires_at; /* unix time, s */
	const char *user;   /* JSON of auth-v1.md 2.1 */
};

/* What comes out. */
struct identity_out {
	bool has_session; /* false: the address must be confirmed first, ... */
	struct session session;
	const char *user_id;   /* of the user in json, or NULL */
	const char *json;      /* the whole answer of /auth/v1; never NULL */
	const char *auth_code; /* verify of a PKCE flow started by mail */
	const char *message;   /* verify: first half of an email change */
	const char *type;      /* verify: the effective type */
	int64_t total;         /* lists: rows in all */
};

typedef bool identity_op(struct identity *id, const struct identity_call *who,
			 const struct identity_in *in, struct identity_out *out,
			 struct err *e) MUST_CHECK;

struct identity_ops {
	const char *name; /* "local", "supabase" */
	void (*free)(struct identity *id);

	/* --- anybody --- */
	/* What the sign-in page may offer: auth-v1.md 4.1. */
	identity_op *settings;
	/* email (or phone), password, data, code_challenge(_method).  Without
	 * autoconfirm has_session is false and json is the bare user. */
	identity_op *sign_up;
	/* email or phone, password */
	identity_op *sign_in;
	/* refresh_token: rotation, reuse and revocation of auth-v1.md 7.4 */
	identity_op *refresh;
	/* auth_code, code_verifier */
	identity_op *exchange_code;
	/* email, code_challenge(_method).  An unknown address is no error. */
	identity_op *recover;
	/* email, data, no_create_user, code_challenge(_method) */
	identity_op *otp;
	/* type, email: the confirmation or change mail once more */
	identity_op *resend;
	/* type and token_hash, or type, token and email */
	identity_op *verify;

	/* --- a signed-in user: who->claims and who->token are needed.  All of
	 * them check that user and session still exist and that the user is
	 * not banned. --- */
	/* scope.  Of a session that is gone already: 403
	 * session_not_found */
	identity_op *sign_out;
	identity_op *user_get;
	/* body: {email, phone, password, current_password, data, ...} */
	identity_op *user_update;

	/* --- service_role: the caller has checked who->role --- */
	identity_op *invite;        /* email, data */
	identity_op *generate_link; /* body */
	identity_op *admin_list;    /* page, per_page, filter, oldest_first */
	identity_op *admin_get;     /* user_id */
	identity_op *admin_create;  /* body */
	identity_op *admin_update;  /* user_id, body */
	identity_op *admin_delete;  /* user_id, soft_delete */
	identity_op *admin_audit;   /* page, per_page, filter "scope:text" */
};

struct identity { /* first member of every implementation */
	const struct identity_ops *ops;
};

/* Made once per process from a ctx whose other members are set; they borrow
 * it.  Never NULL. */
struct identity *identity_local_new(struct ctx *ctx);
struct identity *identity_supabase_new(struct ctx *ctx);
void identity_free(struct identity *id); /* NULL is allowed */

/* Removes what is long over (auth-v1.md 7.10), in small batches until nothing
 * is left.  Not for a hosted project. */
bool identity_local_clean_up(struct ctx *ctx, struct arena *a,
			     struct err *e) MUST_CHECK;

#endif
