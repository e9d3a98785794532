/*
 * teams - agents that work together, one of them in front; teams may hold
 * teams.
 */
#include <string.h>

#include "domain/entities/entities.h"
#include "page.h"

static const char *const names[] = {"name", "description", "avatar", NULL};

static const char *
href(struct req *rq, const char *team)
{
	struct buf b = buf_on(rq->arena);

	buf_add(&b, "/app/projects/");
	buf_add_url(&b, req_param(rq, "id"));
	buf_add(&b, "/teams");
	if (team) {
		buf_add(&b, "/");
		buf_add_url(&b, team);
	}
	return buf_str(&b);
}

static bool
teams_get(struct req *rq, struct err *e)
{
	struct page p;

	return page_open(rq, q_page_teams(req_param(rq, "id")), &p, e) &&
	       page_show(&p, "app/teams", e);
}

/* What was chosen and ticked stays so when the form is shown again. */
static bool
show(struct page *p, const char *template, const struct err *wrong,
     struct err *e)
{
	struct json_object *choices = json_get(p->tree, "choices");

	page_form(p, names, json_get(p->tree, "values"), wrong);
	if (wrong && choices) {
		page_choose(json_get(choices, "leaders"),
			    req_form(p->rq, "leaderId"));
		page_choose(json_get(choices, "parents"),
			    req_form(p->rq, "parentTeamId"));
		page_tick(p->rq, json_get(choices, "members"), "memberIds");
		page_tick(p->rq, json_get(choices, "subs"), "subTeamIds");
	}
	return page_show(p, template, e);
}

static bool
show_new(struct req *rq, const struct err *wrong, struct err *e)
{
	struct page p;

	return page_open(rq, q_page_team_new(req_param(rq, "id")), &p, e) &&
	       show(&p, "app/team_new", wrong, e);
}

static bool
team_new_get(struct req *rq, struct err *e)
{
	return show_new(rq, NULL, e);
}

/* An empty field is none at all. */
static void
add_or_null(struct req *rq, struct json_object *body, const char *name)
{
	const char *text = req_form(rq, name);

	if (text)
		json_object_object_add(body, name,
				       *text ? json_object_new_string(page_tidy(
						       rq, text, false))
					     : NULL);
}

/* Who leads is in the team, ticked or not. */
static struct json_object *
input(struct req *rq)
{
	static const char *const plain[] = {"name", "?leaderId", NULL};
	struct json_object *body = page_input(rq, plain);
	struct json_object *members = page_ticked(rq, "memberIds");
	const char *leader = json_text(body, "leaderId");
	bool is_in = !leader;

	for (size_t i = 0; i < json_object_array_length(members); i++)
		is_in = is_in ||
			strcmp(leader,
			       json_object_get_string(json_object_array_get_idx(
				       members, i))) == 0;
	if (!is_in)
		json_object_array_add(members, json_object_new_string(leader));
	json_object_object_add(body, "projectId",
			       json_object_new_string(req_param(rq, "id")));
	json_object_object_add(body, "memberIds", members);
	json_object_object_add(body, "subTeamIds",
			       page_ticked(rq, "subTeamIds"));
	add_or_null(rq, body, "description");
	add_or_null(rq, body, "avatar");
	add_or_null(rq, body, "parentTeamId");
	return body;
}

/* Who or what is gone since the form was made is a mistake in it; the form
 * says whether the page is there. */
static bool
again(struct req *rq, page_form_fn *form, struct err *e)
{
	if (e->status == 404)
		e->status = 422;
	return page_again(rq, form, e);
}

static bool
teams_post(struct req *rq, struct err *e)
{
	struct json_object *body = input(rq);
	struct db_result team;
	const char *in;

	if (page_entity(rq, &team_entity, CREATE, body, &in, e)) {
		if (req_db_row(rq, q_team_create(in), &team, e))
			return page_go(rq, href(rq, db_named(&team, 0, "id")),
				       "team_created");
	}
	return again(rq, show_new, e);
}

/* --- one --- */

static bool
show_team(struct req *rq, const struct err *wrong, struct err *e)
{
	struct page p;

	return page_open(
		       rq,
		       q_page_team(req_param(rq, "id"), req_param(rq, "team")),
		       &p, e) &&
	       show(&p, "app/team", wrong, e);
}

static bool
team_page_get(struct req *rq, struct err *e)
{
	return show_team(rq, NULL, e);
}

static bool
team_post(struct req *rq, struct err *e)
{
	const char *id = req_param(rq, "team");
	struct span text;
	const char *in;

	if (page_entity(rq, &team_entity, CREATE, input(rq), &in, e)) {
		if (req_db_text(rq, q_team_update(id, in), &text, e))
			return page_go(rq, href(rq, id), "saved");
	}
	return again(rq, show_team, e);
}

static bool
set_status(struct req *rq, const char *word, const char *code, struct err *e)
{
	const char *const args[] = {req_param(rq, "team"), req_param(rq, "id"),
				    word};
	struct span text;

	return req_db_text(
		       rq,
		       ((struct db_call){.query = Q_TEAM_STATUS, .args = args}),
		       &text, e) &&
	       page_go(rq, href(rq, args[0]), code);
}

static bool
team_archive_post(struct req *rq, struct err *e)
{
	return set_status(rq, "archived", "archived", e);
}

static bool
team_unarchive_post(struct req *rq, struct err *e)
{
	return set_status(rq, "active", "unarchived", e);
}

/* No form was sent: the page as it is, and why it stays. */
static bool
refused(struct req *rq, struct err *e)
{
	static const char *const none[] = {NULL};
	const struct err wrong = *e;
	struct page p;

	if (!page_open(rq,
		       q_page_team(req_param(rq, "id"), req_param(rq, "team")),
		       &p, e))
		return false;
	page_form(&p, names, json_get(p.tree, "values"), NULL);
	page_form(&p, none, NULL, &wrong);
	return page_show(&p, "app/team", e);
}

static bool
team_delete_post(struct req *rq, struct err *e)
{
	struct span text;

	if (req_db_text(
		    rq,
		    q_team_delete(req_param(rq, "team"), req_param(rq, "id")),
		    &text, e))
		return page_go(rq, href(rq, NULL), "team_deleted");
	return page_is_mistake(e) ? refused(rq, e) : false;
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/app/projects/:id/teams", teams_get, R_USER, 0, 0},
	{M_POST, "/app/projects/:id/teams", teams_post, R_USER, PAGE_TEXT_FORM, PAGE_POST},
	{M_GET, "/app/projects/:id/teams/new", team_new_get, R_USER, 0, 0},
	{M_GET, "/app/projects/:id/teams/:team", team_page_get, R_USER, 0, 0},
	{M_POST, "/app/projects/:id/teams/:team", team_post, R_USER, PAGE_TEXT_FORM, PAGE_POST},
	{M_POST, "/app/projects/:id/teams/:team/archive", team_archive_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_POST, "/app/projects/:id/teams/:team/unarchive", team_unarchive_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_POST, "/app/projects/:id/teams/:team/delete", team_delete_post, R_USER, PAGE_FORM, PAGE_POST},
};
/* clang-format on */

const struct route_set teams_pages = {.rows = rows, .n = NELEM(rows)};
