/*
 * members - who belongs to a project, who is invited, and the caller's own
 * profile.
 */
#include "api.h"
#include "domain/words.h"
#include "handlers/invitation.h"

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

/* An address without an account gets an invitation instead. */
static bool
member_add(struct req *rq, struct err *e)
{
	struct json_object *made;
	struct span text;
	const char *in;

	if (!req_entity(rq, &add_entity, CREATE, &in, NULL, e))
		return false;

	if (!req_db_text(rq, q_member_add(req_param(rq, "id"), in), &text, e) ||
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

	if (!req_entity(rq, &change_entity, CREATE, &in, NULL, e))
		return false;

	return answer_text(rq, 200,
			   q_member_change(req_param(rq, "id"),
					   req_param(rq, "userId"), in),
			   e);
}

static bool
invitation_accept(struct req *rq, struct err *e)
{
	struct json_object *in;

	if (!req_entity(rq, &accept_entity, CREATE, NULL, &in, e))
		return false;

	return answer_text(rq, 200, q_invitation_accept(json_text(in, "token")),
			   e);
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/profile", NULL, R_USER, 0, 0,
	 DOC(.says = "The caller's own profile."),
	 .query = Q_PROFILE_GET},
	{M_PATCH, "/api/profile", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Changes name and picture; null takes one away."),
	 .query = Q_PROFILE_UPDATE, .in = &profile_entity},
	{M_GET, "/api/projects/:id/members", NULL, R_USER, 0, 0,
	 DOC(.says = "Who is in the project, and as what.", .role = "viewer"),
	 .query = Q_MEMBER_LIST},
	{M_POST, "/api/projects/:id/members", member_add, R_USER, API_BODY, 0,
	 DOC(.says = "Adds a person by email or userId. Only owners make owners.",
	     .role = "admin",
	     .errors = "ALREADY_EXISTS 409"),
	 .status = 201, .in = &add_entity},
	{M_PATCH, "/api/projects/:id/members/:userId", member_change, R_USER, API_BODY, 0,
	 DOC(.says = "Gives a member another role. The last owner stays owner.",
	     .role = "admin",
	     .errors = "BUSINESS_RULE_ERROR 422"),
	 .in = &change_entity},
	{M_DELETE, "/api/projects/:id/members/:userId", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Takes a member out; anybody may leave. The last owner cannot.",
	     .role = "admin", .errors = "BUSINESS_RULE_ERROR 422"),
	 .query = Q_MEMBER_REMOVE},
	{M_GET, "/api/projects/:id/invitations", NULL, R_USER, 0, 0,
	 DOC(.says = "Invitations nobody has accepted yet.", .role = "admin"),
	 .query = Q_INVITATION_LIST},
	{M_DELETE, "/api/projects/:id/invitations/:invitationId", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Takes an invitation back.", .role = "admin"),
	 .query = Q_INVITATION_REVOKE},
	{M_POST, "/api/invitations/accept", invitation_accept, R_USER, API_BODY, 0,
	 DOC(.says = "Joins: once, within 7 days, and only while the one who invited manages the project."),
	 .in = &accept_entity},
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
