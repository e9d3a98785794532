/*
 * members - who belongs to a project, who is invited, and the caller's own
 * profile.
 */
#include "api.h"
#include "handlers/invitation.h"
#include "handlers/words.h"

static const struct field add_fields[] = {
	{"email",  F_EMAIL, 0, 0, 0, NULL      },
	{"userId", F_UUID,  0, 0, 0, NULL      },
	{"role",   F_ENUM,  0, 0, 0, words_role},
};
static const struct entity add_entity = {"member", add_fields,
					 NELEM(add_fields)};

static const struct field change_fields[] = {
	{"role", F_ENUM, REQUIRED, 0, 0, words_role},
};
static const struct entity change_entity = {"member", change_fields,
					    NELEM(change_fields)};

static const struct field accept_fields[] = {
	{"token", F_TEXT, REQUIRED, 1, 200, NULL},
};
static const struct entity accept_entity = {"invitation", accept_fields,
					    NELEM(accept_fields)};

static const struct field profile_fields[] = {
	{"displayName", F_TEXT, NULLABLE, 0, 200,  NULL},
	{"avatarUrl",   F_TEXT, NULLABLE, 0, 2000, NULL},
};
static const struct entity profile_entity = {"profile", profile_fields,
					     NELEM(profile_fields)};

static bool
member_list(struct req *rq, struct err *e)
{
	return api_reply_id(rq, Q_MEMBER_LIST, e);
}

/* An address without an account gets an invitation instead. */
static bool
member_add(struct req *rq, struct err *e)
{
	struct json_object *made;
	struct span text;
	const char *in;

	if (!req_entity(rq, &add_entity, &in, NULL, e))
		return false;

	const char *const args[] = {req_param(rq, "id"), in};

	if (!req_db_text(rq, Q_MEMBER_ADD, args, &text, e) ||
	    !json_parse(rq->arena, text.p, text.n, &made, e))
		return false;
	invitation_send(rq, made);
	/* It may hold the invitation's token, told once. */
	reply_header(rq, "Cache-Control", "no-store");
	return reply_json(rq, 201, text);
}

static bool
member_change(struct req *rq, struct err *e)
{
	const char *in;

	if (!req_entity(rq, &change_entity, &in, NULL, e))
		return false;

	const char *const args[] = {req_param(rq, "id"),
				    req_param(rq, "userId"), in};

	return api_reply(rq, 200, Q_MEMBER_CHANGE, args, e);
}

static bool
member_remove(struct req *rq, struct err *e)
{
	const char *const args[] = {req_param(rq, "id"),
				    req_param(rq, "userId")};

	return api_reply(rq, 200, Q_MEMBER_REMOVE, args, e);
}

static bool
invitation_list(struct req *rq, struct err *e)
{
	return api_reply_id(rq, Q_INVITATION_LIST, e);
}

static bool
invitation_revoke(struct req *rq, struct err *e)
{
	const char *const args[] = {req_param(rq, "id"),
				    req_param(rq, "invitationId")};

	return api_reply(rq, 200, Q_INVITATION_REVOKE, args, e);
}

static bool
invitation_accept(struct req *rq, struct err *e)
{
	struct json_object *in;

	if (!req_entity(rq, &accept_entity, NULL, &in, e))
		return false;

	const char *const args[] = {json_text(in, "token")};

	return api_reply(rq, 200, Q_INVITATION_ACCEPT, args, e);
}

static bool
profile_get(struct req *rq, struct err *e)
{
	return api_reply(rq, 200, Q_PROFILE_GET, NULL, e);
}

static bool
profile_update(struct req *rq, struct err *e)
{
	return api_reply_body(rq, 200, Q_PROFILE_UPDATE, &profile_entity, e);
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/profile", profile_get, R_USER, 0, 0,
	 DOC(.says = "The caller's own profile.")},
	{M_PATCH, "/api/profile", profile_update, R_USER, API_BODY, 0,
	 DOC(.says = "Changes name and picture; null takes one away.",
	     .body = &profile_entity)},
	{M_GET, "/api/projects/:id/members", member_list, R_USER, 0, 0,
	 DOC(.says = "Who is in the project, and as what.", .role = "viewer")},
	{M_POST, "/api/projects/:id/members", member_add, R_USER, API_BODY, 0,
	 DOC(.says = "Adds a person by email or userId. Only owners make owners.",
	     .role = "admin", .status = 201, .body = &add_entity,
	     .errors = "ALREADY_EXISTS 409")},
	{M_PATCH, "/api/projects/:id/members/:userId", member_change, R_USER, API_BODY, 0,
	 DOC(.says = "Gives a member another role. The last owner stays owner.",
	     .role = "admin", .body = &change_entity,
	     .errors = "BUSINESS_RULE_ERROR 422")},
	{M_DELETE, "/api/projects/:id/members/:userId", member_remove, R_USER, API_BODY, 0,
	 DOC(.says = "Takes a member out; anybody may leave. The last owner cannot.",
	     .role = "admin", .errors = "BUSINESS_RULE_ERROR 422")},
	{M_GET, "/api/projects/:id/invitations", invitation_list, R_USER, 0, 0,
	 DOC(.says = "Invitations nobody has accepted yet.", .role = "admin")},
	{M_DELETE, "/api/projects/:id/invitations/:invitationId", invitation_revoke, R_USER, API_BODY, 0,
	 DOC(.says = "Takes an invitation back.", .role = "admin")},
	{M_POST, "/api/invitations/accept", invitation_accept, R_USER, API_BODY, 0,
	 DOC(.says = "Joins: once, within 7 days, and only while the one who invited manages the project.",
	     .body = &accept_entity)},
};
/* clang-format on */

const struct route_set member_routes = {
	.title = "Profile, members and invitations",
	.about =
		"An address with an account joins a project at once (\"status\":\"member\"); any\n"
		"other is mailed an invitation (\"status\":\"invited\", with \"token\": told once).",
	.rows = rows,
	.n = NELEM(rows),
};
