/*
 * identity_local_admin - what service_role may ask for.  Whoever calls has
 * checked the role; no limits apply.
 */
#include <string.h>

#include "core/num.h"
#include "core/passwd.h"
#include "domain/email.h"
#include "domain/queries.h"
#include "identity_local.h"

static bool
refuse(struct err *e, const char *why)
{
	return err_set(e, 400, "validation_failed", "%s", why);
}

static bool
do_outcome(struct identity_local *il, const struct identity_call *who,
	   struct db_call call, struct identity_out *out, struct err *e)
{
	struct outcome o = {.kind = ""};

	return local_outcome(il, who, call, &o, e) &&
	       local_finish(il, who, &o, out, e);
}

static bool
need_uuid(const char *user_id, struct err *e)
{
	if (rule_uuid(user_id))
		return true;
	return err_set(e, 404, "validation_failed", "user_id must be an UUID");
}

/* --- invitations and links --- */

bool
local_invite(struct identity *id, const struct identity_call *who,
	     const struct identity_in *in, struct identity_out *out,
	     struct err *e)
{
	struct buf b = in_begin(who->a);
	const char *email = NULL;

	if (!rule_email(who, in->email, &email, e))
		return false;
	in_text(&b, "email", email);
	in_raw(&b, "data", in->data);
	return local_do(local_of(id), who, Q_AUTH_INVITE, in_end(&b), out, e);
}

struct link {
	const char *type, *email, *new_email, *password, *data, *redirect_to;
};

static bool
read_link(struct identity_local *il, const struct identity_call *who,
	  const char *body, struct link *l, struct err *e)
{
	static const char *const types[] = {"signup",
					    "invite",
					    "magiclink",
					    "recovery",
					    "email_change_current",
					    "email_change_new"};
	struct json_object *o;
	bool known = false;

	if (!rule_body(who, body, &o, e) ||
	    !rule_text(o, "type", &l->type, e) ||
	    !rule_text(o, "email", &l->email, e) ||
	    !rule_text(o, "new_email", &l->new_email, e) ||
	    !rule_text(o, "password", &l->password, e) ||
	    !rule_text(o, "redirect_to", &l->redirect_to, e) ||
	    !rule_object(o, "data", &l->data, e))
		return false;
	for (size_t i = 0; i < NELEM(types); i++)
		known |= l->type && strcmp(l->type, types[i]) == 0;
	if (!known)
		return refuse(e, "Invalid email action link type requested");
	if (!rule_email(who, l->email, &l->email, e))
		return false;
	if (strcmp(l->type, "signup") == 0) {
		if (!l->password || !*l->password)
			return refuse(e, "Signup requires a valid password");
		return rule_password(il, l->password, e);
	}
	if (strncmp(l->type, "email_change_", 13) == 0)
		return rule_email(who, l->new_email, &l->new_email, e);
	return true;
}

/* The user's own members first, then what a mail would have said. */
static bool
link_json(struct identity_local *il, const struct identity_call *who,
	  const struct outcome *o, const char *redirect,
	  struct identity_out *out, struct err *e)
{
	struct buf b = buf_on(who->a);
	struct json_object *mail;
	const char *hash, *type;

	if (!o->detail ||
	    !json_parse(who->a, o->detail, strlen(o->detail), &mail, e))
		return err_set(e, 500, "unexpected_failure", "link details");
	hash = json_text(mail, "hash");
	type = json_text(mail, "type");
	buf_addn(&b, o->user_json, strlen(o->user_json) - 1);
	in_text(&b, "action_link",
		local_link(il, who->a, hash, type, redirect));
	in_text(&b, "email_otp", json_text(mail, "code"));
	in_text(&b, "hashed_token", hash);
	in_text(&b, "verification_type", json_text(mail, "verification_type"));
	in_text(&b, "redirect_to", redirect);
	*out = (struct identity_out){.user_id = o->user_id, .json = in_end(&b)};
	return true;
}

bool
local_generate_link(struct identity *id, const struct identity_call *who,
		    const struct identity_in *in, struct identity_out *out,
		    struct err *e)
{
	struct identity_local *il = local_of(id);
	struct buf b = in_begin(who->a);
	struct link l = {.type = NULL};
	const char *hash = NULL;
	struct outcome o = {.kind = ""};

	if (!read_link(il, who, in->body, &l, e))
		return false;
	if (l.password && *l.password && !rule_hash(who, l.password, &hash, e))
		return false;
	in_text(&b, "type", l.type);
	in_text(&b, "email", l.email);
	in_text(&b, "new_email", l.new_email);
	in_text(&b, "password_hash", hash);
	in_raw(&b, "data", l.data);

	const char *asked = l.redirect_to ? l.redirect_to : who->redirect_to;

	return local_outcome(
		       il, who,
		       q_auth_generate_link(local_cfg(il, who->a), in_end(&b)),
		       &o, e) &&
	       link_json(il, who, &o, local_redirect(il, who, asked), out, e);
}

/* --- lists --- */

/* Row: how many there are, the page as JSON. */
static bool
take_list(const struct db_result *r, struct identity_out *out)
{
	const char *total = db_value(r, 0, 0);
	int64_t n = 0;

	if (total && !num_i64(span_of(total), 0, INT64_MAX, &n))
		n = 0;
	*out = (struct identity_out){.json = db_value(r, 0, 1), .total = n};
	return true;
}

static const char *
number(const struct identity_call *who, int64_t n, int64_t otherwise)
{
	return arena_printf(who->a, "%lld", (long long)(n > 0 ? n : otherwise));
}

bool
local_admin_list(struct identity *id, const struct identity_call *who,
		 const struct identity_in *in, struct identity_out *out,
		 struct err *e)
{
	struct db_result r;

	if (!local_run(local_of(id), who,
		       q_auth_admin_list(number(who, in->page, 1),
					 number(who, in->per_page, 50),
					 in->filter,
					 in->oldest_first ? "true" : "false"),
		       &r, e) ||
	    !take_list(&r, out))
		return false;
	out->json = arena_printf(
		who->a, "{\"users\":%s,\"aud\":\"authenticated\"}", out->json);
	return true;
}

bool
local_admin_audit(struct identity *id, const struct identity_call *who,
		  const struct identity_in *in, struct identity_out *out,
		  struct err *e)
{
	struct span rest = span_of(in->filter);
	struct span scope = span_cut(&rest, ':');
	struct db_result r;

	if (scope.n && !span_is(scope, "author") && !span_is(scope, "action") &&
	    !span_is(scope, "type"))
		return refuse(e, "Invalid query scope");
	return local_run(local_of(id), who,
			 q_auth_admin_audit(
				 number(who, in->page, 1),
				 number(who, in->per_page, 50),
				 arena_strndup(who->a, scope.p, scope.n),
				 arena_strndup(who->a, rest.p, rest.n)),
			 &r, e) &&
	       take_list(&r, out);
}

/* --- one user --- */

bool
local_admin_get(struct identity *id, const struct identity_call *who,
		const struct identity_in *in, struct identity_out *out,
		struct err *e)
{
	return need_uuid(in->user_id, e) &&
	       do_outcome(local_of(id), who, q_auth_admin_get(in->user_id), out,
			  e);
}

/* Adds the password's hash: made from the password, or given as one. */
static bool
add_password(struct identity_local *il, const struct identity_call *who,
	     const struct json_object *o, bool is_update, struct buf *b,
	     struct err *e)
{
	const char *password, *hash;

	if (!rule_text(o, "password", &password, e) ||
	    !rule_text(o, "password_hash", &hash, e))
		return false;
	if (password && *password && hash && *hash)
		return refuse(e, "Only a password or a password hash should "
				 "be provided");
	if (hash && *hash) {
		if (!passwd_is_hash(hash))
			return refuse(e, "password_hash must be bcrypt");
	} else if (password && (*password || is_update)) {
		/* Not asked of new accounts: data of other systems comes in
		 * this way. */
		if (is_update && !rule_password(il, password, e))
			return false;
		if (!rule_hash(who, password, &hash, e))
			return false;
	} else {
		return true;
	}
	in_text(b, "password_hash", hash);
	return true;
}

static bool
add_texts(const struct identity_call *who, const struct json_object *o,
	  struct buf *b, struct err *e)
{
	const char *email, *phone, *role, *aud, *id;

	if (!rule_text(o, "email", &email, e) ||
	    !rule_text(o, "phone", &phone, e) ||
	    !rule_text(o, "role", &role, e) || !rule_text(o, "aud", &aud, e) ||
	    !rule_text(o, "id", &id, e))
		return false;
	if (email && *email && !rule_email(who, email, &email, e))
		return false;
	if (phone && *phone) {
		phone = phone_normal(who->a, phone);
		if (!phone)
			return refuse(e, "Invalid phone number format (E.164 "
					 "required)");
	}
	if (id && !rule_uuid(id))
		return refuse(e, "ID must be a valid UUID");
	in_text(b, "id", id);
	in_text(b, "email", email);
	in_text(b, "phone", phone);
	in_text(b, "role", role);
	in_text(b, "aud", aud);
	return true;
}

static bool
add_rest(const struct json_object *o, struct buf *b, struct err *e)
{
	const char *user_data, *app_data, *ban;
	bool given, value = false;
	double seconds;

	if (!rule_bool(o, "email_confirm", &given, &value, e))
		return false;
	if (given)
		in_bool(b, "email_confirm", value);
	if (!rule_bool(o, "phone_confirm", &given, &value, e))
		return false;
	if (given)
		in_bool(b, "phone_confirm", value);
	if (!rule_object(o, "user_metadata", &user_data, e) ||
	    !rule_object(o, "app_metadata", &app_data, e) ||
	    !rule_text(o, "ban_duration", &ban, e))
		return false;
	in_raw(b, "user_metadata", user_data);
	in_raw(b, "app_metadata", app_data);
	if (!ban || !*ban)
		return true;
	if (!rule_duration(ban, &seconds))
		return refuse(e, "invalid format for ban duration");
	buf_addf(b, "%s\"ban_s\":%lld", b->n > 1 ? "," : "",
		 (long long)(seconds > 0 ? seconds + 1 : 0));
	return true;
}

static bool
read_user(struct identity_local *il, const struct identity_call *who,
	  const struct identity_in *in, bool is_update, struct buf *b,
	  struct err *e)
{
	struct json_object *o;
	const char *email, *phone;

	if (!rule_body(who, in->body, &o, e) || !add_texts(who, o, b, e))
		return false;
	email = json_text(o, "email");
	phone = json_text(o, "phone");
	if (!is_update && !(email && *email) && !(phone && *phone))
		return refuse(e, "Cannot create a user without either an email "
				 "or phone");
	return add_rest(o, b, e) && add_password(il, who, o, is_update, b, e);
}

bool
local_admin_create(struct identity *id, const struct identity_call *who,
		   const struct identity_in *in, struct identity_out *out,
		   struct err *e)
{
	struct buf b = in_begin(who->a);

	if (!read_user(local_of(id), who, in, false, &b, e))
		return false;

	return do_outcome(local_of(id), who, q_auth_admin_create(in_end(&b)),
			  out, e);
}

bool
local_admin_update(struct identity *id, const struct identity_call *who,
		   const struct identity_in *in, struct identity_out *out,
		   struct err *e)
{
	struct buf b = in_begin(who->a);

	if (!need_uuid(in->user_id, e) ||
	    !read_user(local_of(id), who, in, true, &b, e))
		return false;

	return do_outcome(local_of(id), who,
			  q_auth_admin_update(in->user_id, in_end(&b)), out, e);
}

bool
local_admin_delete(struct identity *id, const struct identity_call *who,
		   const struct identity_in *in, struct identity_out *out,
		   struct err *e)
{
	struct db_result r;

	*out = (struct identity_out){.json = "{}"};
	return need_uuid(in->user_id, e) &&
	       local_run(local_of(id), who,
			 q_auth_admin_delete(in->user_id, in->soft_delete
								  ? "true"
								  : "false"),
			 &r, e);
}
