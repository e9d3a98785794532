/*
 * members - who belongs to a project, who is invited, and the caller's own
 * profile.
 */
#include "api.h"
#include "domain/entities/entities.h"
#include "handlers/invitation.h"

enum {
	TOKEN_CHARS = 200
};

static const struct field accept_fields[] = {
	{"token", F_TEXT, REQUIRED, 1, TOKEN_CHARS, NULL, NULL},
};
static const struct entity accept_entity = {"Invitation", accept_fields,
					    NELEM(accept_fields), NULL};

/* An address without an account gets an invitation instead.  The answer may
 * hold its token, told once. */
static bool
member_add(struct req *rq, struct err *e)
{
	struct jsonw w = jsonw_on(rq->arena);
	struct entity_rows rows;
	struct db_result made;
	const char *in;

	if (!req_entity(rq, &member_entity, CREATE, &in, NULL, e) ||
	    !req_db_row(rq, q_member_add(req_param(rq, "id"), in), &made, e))
		return false;
	entity_rows(&rows,
		    invitation_send(rq, &made) ? &invitation_entity
					       : &member_entity,
		    &made, 1);
	entity_write(&w, &rows, 0);
	reply_header(rq, "Cache-Control", "no-store");
	return reply_json(rq, 201, jsonw_span(&w));
}

static bool
invitation_accept(struct req *rq, struct err *e)
{
	struct jsonw w = jsonw_on(rq->arena);
	struct json_object *in;
	struct entity_rows rows;
	struct db_result joined;

	if (!req_entity(rq, &accept_entity, CREATE, NULL, &in, e) ||
	    !req_db_row(rq, q_invitation_accept(json_text(in, "token")),
			&joined, e))
		return false;
	jsonw_begin(&w, '{');
	jsonw_key(&w, "project");
	entity_rows(&rows, &project_entity, &joined, 1);
	entity_write(&w, &rows, 0);
	jsonw_member(&w, "role", db_named(&joined, 0, "role"));
	jsonw_end(&w, '}');
	return answer_json(rq, 200, jsonw_span(&w));
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/profile", NULL, R_USER, 0, 0,
	 DOC(.says = "The caller's own profile."),
	 .query = Q_PROFILE_GET, .out = &profile_entity},
	{M_PATCH, "/api/profile", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Changes name and picture; null takes one away."),
	 .query = Q_PROFILE_UPDATE, .in = &profile_entity, .out = &profile_entity},
	{M_GET, "/api/projects/:id/members", NULL, R_USER, 0, 0,
	 DOC(.says = "Who is in the project, and as what.", .role = "viewer"),
	 .query = Q_MEMBER_LIST, .out = &member_entity},
	{M_POST, "/api/projects/:id/members", member_add, R_USER, API_BODY, 0,
	 DOC(.says = "Adds a person by email or userId. Only owners make owners.",
	     .role = "admin",
	     .errors = "ALREADY_EXISTS 409"),
	 .status = 201, .in = &member_entity},
	{M_PATCH, "/api/projects/:id/members/:userId", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Gives a member another role. The last owner stays owner.",
	     .role = "admin",
	     .errors = "BUSINESS_RULE_ERROR 422"),
	 .query = Q_MEMBER_CHANGE, .in = &member_entity, .out = &member_entity},
	{M_DELETE, "/api/projects/:id/members/:userId", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Takes a member out; anybody may leave. The last owner cannot.",
	     .role = "admin", .errors = "BUSINESS_RULE_ERROR 422"),
	 .query = Q_MEMBER_REMOVE, .out = &done_entity},
	{M_GET, "/api/projects/:id/invitations", NULL, R_USER, 0, 0,
	 DOC(.says = "Invitations nobody has accepted yet.", .role = "admin"),
	 .query = Q_INVITATION_LIST, .out = &invitation_entity},
	{M_DELETE, "/api/projects/:id/invitations/:invitationId", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Takes an invitation back.", .role = "admin"),
	 .query = Q_INVITATION_REVOKE, .out = &done_entity},
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
