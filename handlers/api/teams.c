/*
 * teams - /api/teams: team members under a leader, teams under teams.
 */
#include "api.h"

#include "domain/entities/entities.h"

/* clang-format off */
static const struct field project_fields[] = {
	{"projectId", F_ID, REQUIRED, 0, 0, NULL},
};

static const struct field members_fields[] = {
	{"projectId", F_ID, REQUIRED, 0, 0, NULL},
	{"memberIds", F_IDS, REQUIRED, 0, 0, NULL},
};

static const struct field subteam_fields[] = {
	{"projectId", F_ID, REQUIRED, 0, 0, NULL},
	{"subTeamId", F_ID, REQUIRED, 0, 0, NULL},
};
/* clang-format on */

static const struct entity named_entity = {"Team", project_fields,
					   NELEM(project_fields), NULL};
static const struct entity members_entity = {"Team", members_fields,
					     NELEM(members_fields), NULL};
static const struct entity subteam_entity = {"Team", subteam_fields,
					     NELEM(subteam_fields), NULL};

/* --- bodies that the CLI sends as query parameters --- */

static void
put(void *o)
{
	json_object_put(o);
}

/* a,b,c as an array. */
static struct json_object *
list_of(const char *text)
{
	struct json_object *list = json_object_new_array();
	struct span rest = span_of(text);

	while (rest.n) {
		struct span one = span_cut(&rest, ',');

		if (one.n)
			json_object_array_add(list, json_object_new_string_len(
							    one.p, (int)one.n));
	}
	return list;
}

/* Adds what the query says and the body does not. */
static void
add_query(struct req *rq, const struct entity *t, struct json_object *body)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct field *f = &t->fields[i];
		const char *text = req_query_text(rq, f->name);

		if (text && !json_object_object_get_ex(body, f->name, NULL))
			json_object_object_add(
				body, f->name,
				f->type == F_IDS
					? list_of(text)
					: json_object_new_string(text));
	}
}

/* The body as an entity, wherever its parts come from. */
static bool
body_or_query(struct req *rq, const struct entity *t, struct json_object **in,
	      struct err *e)
{
	struct json_object *body = NULL;

	if (!req_json(rq, &body, e))
		return false;
	if (!body) {
		body = json_object_new_object();
		arena_defer(rq->arena, put, body);
	}
	if (json_object_is_type(body, json_type_object))
		add_query(rq, t, body);
	return entity_check(rq->arena, t, CREATE, body, in, e);
}

static bool
reply_change(struct req *rq, unsigned query, const struct entity *t,
	     struct err *e)
{
	struct json_object *in;

	if (!body_or_query(rq, t, &in, e))
		return false;

	const char *const args[] = {req_param(rq, "id"), json_dump(in)};
	const struct db_call call = {.query = query, .args = args};

	return answer_row(rq, 200, &team_entity, &call, 1, e);
}

/* --- routes --- */

static bool
need_project(struct req *rq, const char **project, struct err *e)
{
	*project = req_query_text(rq, "projectId");
	return *project || err_field(e, "projectId", "projectId is required");
}

static bool
team_list(struct req *rq, struct err *e)
{
	struct window page;
	const char *project;

	if (!need_project(rq, &project, e) || !req_window(rq, &page, e))
		return false;

	const struct db_call calls[] = {
		q_team_list(project, page.limit, page.offset),
		q_team_count(project),
	};

	return answer_rows(rq, &team_entity, calls, window_calls(&page), &page,
			   e);
}

static bool
team_get(struct req *rq, struct err *e)
{
	const char *project;

	if (!need_project(rq, &project, e))
		return false;

	const struct db_call call = q_team_get(req_param(rq, "id"), project);

	return answer_row(rq, 200, &team_entity, &call, 1, e);
}

static bool
team_tree(struct req *rq, struct err *e)
{
	const char *id = req_param(rq, "id"), *project;

	if (!need_project(rq, &project, e))
		return false;

	const struct db_call calls[] = {
		q_team_tree(id, project),
		q_team_tree_members(id, project),
	};

	return answer_row(rq, 200, &team_branch_entity, calls, NELEM(calls), e);
}

static bool
team_delete(struct req *rq, struct err *e)
{
	struct json_object *in;

	if (!body_or_query(rq, &named_entity, &in, e))
		return false;

	const struct db_call call =
		q_team_delete(req_param(rq, "id"), json_text(in, "projectId"));

	return answer_row(rq, 200, &done_entity, &call, 1, e);
}

static bool
reply_status(struct req *rq, const char *word, struct err *e)
{
	struct json_object *in;

	if (!body_or_query(rq, &named_entity, &in, e))
		return false;

	const struct db_call call = q_team_status(
		req_param(rq, "id"), json_text(in, "projectId"), word);

	return answer_row(rq, 200, &team_entity, &call, 1, e);
}

static bool
team_archive(struct req *rq, struct err *e)
{
	return reply_status(rq, "archived", e);
}

static bool
team_unarchive(struct req *rq, struct err *e)
{
	return reply_status(rq, "active", e);
}

static bool
team_members_add(struct req *rq, struct err *e)
{
	return reply_change(rq, Q_TEAM_MEMBERS_ADD, &members_entity, e);
}

static bool
team_members_remove(struct req *rq, struct err *e)
{
	return reply_change(rq, Q_TEAM_MEMBERS_REMOVE, &members_entity, e);
}

static bool
team_subteam_add(struct req *rq, struct err *e)
{
	return reply_change(rq, Q_TEAM_SUBTEAM_ADD, &subteam_entity, e);
}

static bool
team_subteam_remove(struct req *rq, struct err *e)
{
	return reply_change(rq, Q_TEAM_SUBTEAM_REMOVE, &subteam_entity, e);
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/teams", team_list, R_USER, 0, 0,
	 DOC(.says = "The project's teams; archived ones are left out.",
	     .role = "viewer",
	     .query = "projectId (required), limit, offset")},
	{M_POST, "/api/teams", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Makes a team. Without memberIds the leader is alone in it.",
	     .role = "member",
	     .errors = "BUSINESS_RULE_ERROR 422"),
	 .status = 201, .query = Q_TEAM_CREATE, .in = &team_entity, .out = &team_entity},
	{M_GET, "/api/teams/:id", team_get, R_USER, 0, 0,
	 DOC(.says = "One team.", .role = "viewer",
	     .query = "projectId (required)")},
	{M_GET, "/api/teams/:id/tree", team_tree, R_USER, 0, 0,
	 DOC(.says = "The team with its members and, below it, its sub-teams: {id, name, description, avatar, leaderId, status, members: [{id, name, role, identity, avatar, mode, isLeader}], subTeams}.",
	     .role = "viewer", .query = "projectId (required)")},
	{M_PATCH, "/api/teams/:id", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Changes what is named. Ids the team has already may be of members and teams that are gone, new ones may not.",
	     .role = "member",
	     .errors = "BUSINESS_RULE_ERROR 422"),
	 .query = Q_TEAM_UPDATE, .in = &team_entity, .out = &team_entity},
	{M_DELETE, "/api/teams/:id", team_delete, R_USER, API_BODY, 0,
	 DOC(.says = "Deletes an archived team; its members and sub-teams stay.",
	     .role = "member", .query = "projectId (required)",
	     .errors = "BUSINESS_RULE_ERROR 422")},
	{M_POST, "/api/teams/:id/archive", team_archive, R_USER, API_BODY, 0,
	 DOC(.says = "Hides it from lists.", .role = "member"),
	 .in = &named_entity},
	{M_POST, "/api/teams/:id/unarchive", team_unarchive, R_USER, API_BODY, 0,
	 DOC(.says = "Brings it back.", .role = "member"),
	 .in = &named_entity},
	{M_POST, "/api/teams/:id/members", team_members_add, R_USER, API_BODY, 0,
	 DOC(.says = "Adds members; those in it already stay.",
	     .role = "member"),
	 .in = &members_entity},
	{M_DELETE, "/api/teams/:id/members", team_members_remove, R_USER, API_BODY, 0,
	 DOC(.says = "Takes members out; not the leader. The fields may come as query parameters, memberIds as a comma list.",
	     .role = "member",
	     .query = "projectId, memberIds",
	     .errors = "BUSINESS_RULE_ERROR 422"),
	 .in = &members_entity},
	{M_POST, "/api/teams/:id/sub-teams", team_subteam_add, R_USER, API_BODY, 0,
	 DOC(.says = "Puts a team below this one; it leaves the one it was below.",
	     .role = "member",
	     .errors = "BUSINESS_RULE_ERROR 422"),
	 .in = &subteam_entity},
	{M_DELETE, "/api/teams/:id/sub-teams", team_subteam_remove, R_USER, API_BODY, 0,
	 DOC(.says = "Takes a team out from below this one. The fields may come as query parameters.",
	     .role = "member",
	     .query = "projectId, subTeamId"),
	 .in = &subteam_entity},
};
/* clang-format on */

const struct route_set team_routes = {
	.title = "Teams",
	.about =
		"Members are the project's, its seven defaults or global ones of yours; the\n"
		"leader is one of them and cannot be removed.  Teams stand below teams, at most\n"
		"50 levels deep and never in a circle.  Times are ISO 8601 here.",
	.rows = rows,
	.n = NELEM(rows),
};
