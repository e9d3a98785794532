/*
 * teams - agents that work together, one of them in front; teams may hold
 * teams.
 */
#include <stdlib.h>
#include <string.h>

#include "domain/entities/entities.h"
#include "page.h"
#include "words.h"

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

/* --- the view: columns in the order of their statements --- */

enum {
	TEAM_ID,
	TEAM_PARENT, /* empty: a root */
	TEAM_DEPTH,
	TEAM_NAME,
	TEAM_DESCRIPTION,
	TEAM_AVATAR,
	TEAM_STATUS,
	TEAM_LEADER,
	TEAM_SIZE,
	TEAM_BELOW /* of the lowest level: how many are below */
};

enum {
	MEMBER_TEAM,
	MEMBER_ID,
	MEMBER_NAME, /* null: not to be seen, or gone */
	MEMBER_AVATAR,
	MEMBER_ROLE,
	MEMBER_IS_LEADER
};

enum {
	AGENT_ID,
	AGENT_NAME,
	AGENT_IS_IN
};

enum {
	RELATIVE_ID,
	RELATIVE_NAME,
	RELATIVE_MAY_BE_PARENT,
	RELATIVE_MAY_BE_SUB,
	RELATIVE_IS_PARENT,
	RELATIVE_IS_SUB
};

enum {
	CARD_MEMBERS = 30 /* shown of a team below or among others */
};

static const char most_archived[] = "100";
static const char most_choices[] = "1000";

/* What a row of a team leads to. */
struct forest {
	struct view_rows *teams, *members;
};

static struct tmpl_value
member_name(const struct view_row *row, unsigned column)
{
	const char *name = view_cell(row, column);

	return view_text(name ? name : "An agent you cannot see");
}

static struct tmpl_value
member_role(const struct view_row *row, unsigned column)
{
	const char *role = view_cell(row, column);

	return view_text(role ? role : view_cell(row, MEMBER_ID));
}

static struct tmpl_value
member_sign(const struct view_row *row, unsigned column)
{
	const char *name = view_cell(row, MEMBER_NAME);

	return view_text(
		name ? avatar_sign(row->a, view_cell(row, column), name) : "?");
}

static struct tmpl_value
member_is_known(const struct view_row *row, unsigned column)
{
	return view_flag(view_cell(row, column) != NULL);
}

static const struct view_member member_members[] = {
	{"id",        VIEW_TEXT, MEMBER_ID,        NULL           },
	{"name",      VIEW_MADE, MEMBER_NAME,      member_name    },
	{"role",      VIEW_MADE, MEMBER_ROLE,      member_role    },
	{"sign",      VIEW_MADE, MEMBER_AVATAR,    member_sign    },
	{"tint",      VIEW_MADE, MEMBER_NAME,      made_tint      },
	{"is_known",  VIEW_MADE, MEMBER_NAME,      member_is_known},
	{"is_leader", VIEW_FLAG, MEMBER_IS_LEADER, NULL           },
};

static struct tmpl_value
team_sign(const struct view_row *row, unsigned column)
{
	return view_text(avatar_sign(row->a, view_cell(row, column),
				     view_cell(row, TEAM_NAME)));
}

static struct tmpl_value
team_count(const struct view_row *row, unsigned column)
{
	return view_text(plural(row->a,
				strtoll(view_cell(row, column), NULL, 10),
				"member", "members"));
}

static struct tmpl_value
team_is_archived(const struct view_row *row, unsigned column)
{
	return view_flag(strcmp(view_cell(row, column), "archived") == 0);
}

static struct tmpl_value
team_members(const struct view_row *row, unsigned column)
{
	const struct forest *f = row->data;

	return view_rows_run(f->members, MEMBER_TEAM, view_cell(row, column));
}

/* How many more members there are than the card shows. */
static struct tmpl_value
team_more(const struct view_row *row, unsigned column)
{
	int64_t n = strtoll(view_cell(row, column), NULL, 10);

	return view_int(n > CARD_MEMBERS ? n - CARD_MEMBERS : 0);
}

static struct tmpl_value
team_subs(const struct view_row *row, unsigned column)
{
	const struct forest *f = row->data;

	return view_rows_run(f->teams, TEAM_PARENT, view_cell(row, column));
}

static struct tmpl_value
team_has_subs(const struct view_row *row, unsigned column)
{
	struct tmpl_value subs = team_subs(row, column);

	return view_flag(subs.in.ops->count(&subs) > 0);
}

static struct tmpl_value
team_below(const struct view_row *row, unsigned column)
{
	const char *n = view_cell(row, column);

	if (!n || strcmp(n, "0") == 0)
		return view_nothing();
	return view_text(plural(row->a, strtoll(n, NULL, 10), "team", "teams"));
}

static const struct view_member team_view[] = {
	{"id",           VIEW_TEXT, TEAM_ID,          NULL            },
	{"name",         VIEW_TEXT, TEAM_NAME,        NULL            },
	{"description",  VIEW_MADE, TEAM_DESCRIPTION, made_filled     },
	{"sign",         VIEW_MADE, TEAM_AVATAR,      team_sign       },
	{"tint",         VIEW_MADE, TEAM_NAME,        made_tint       },
	{"is_archived",  VIEW_MADE, TEAM_STATUS,      team_is_archived},
	{"count_text",   VIEW_MADE, TEAM_SIZE,        team_count      },
	{"members",      VIEW_MADE, TEAM_ID,          team_members    },
	{"more_members", VIEW_MADE, TEAM_SIZE,        team_more       },
	{"has_subs",     VIEW_MADE, TEAM_ID,          team_has_subs   },
	{"sub_teams",    VIEW_MADE, TEAM_ID,          team_subs       },
	{"below_text",   VIEW_MADE, TEAM_BELOW,       team_below      },
};

static struct view_rows *
forest_of(struct page *p, const struct db_result *teams,
	  const struct db_result *members)
{
	struct arena *a = p->rq->arena;
	struct forest *f = arena_alloc(a, sizeof *f);

	f->members =
		view_rows_new(a, members, VIEW_MEMBERS(member_members), NULL);
	f->teams = view_rows_new(a, teams, VIEW_MEMBERS(team_view), f);
	return f->teams;
}

static const struct view_member archived_members[] = {
	{"id",   VIEW_TEXT, 0, NULL},
	{"name", VIEW_TEXT, 1, NULL},
};

static struct view_rows *
named_rows(struct page *p, const struct db_result *r)
{
	return view_rows_new(p->rq->arena, r, VIEW_MEMBERS(archived_members),
			     NULL);
}

static bool
teams_get(struct req *rq, struct err *e)
{
	enum {
		HEAD,
		TEAMS,
		MEMBERS,
		ARCHIVED,
		ALL
	};

	const char *project = req_param(rq, "id");
	const struct db_call calls[ALL] = {
		[HEAD] = q_page_head(project, "viewer"),
		[TEAMS] = q_page_teams(project, NULL),
		[MEMBERS] = q_page_team_members(project, NULL),
		[ARCHIVED] = q_page_teams_archived(project, most_archived),
	};
	struct db_result r[ALL];
	struct page p;

	if (!page_rows(rq, calls, ALL, r, &p, e))
		return false;
	page_tab(&p, "teams");
	page_flag(&p, "has_teams", db_rows(&r[TEAMS]) > 0);
	page_value(&p, "teams",
		   view_rows_run(forest_of(&p, &r[TEAMS], &r[MEMBERS]),
				 TEAM_PARENT, ""));
	page_number(&p, "n_archived", (int64_t)db_rows(&r[ARCHIVED]));
	page_value(&p, "archived", view_rows_all(named_rows(&p, &r[ARCHIVED])));
	return page_show(&p, "app/teams", e);
}

/* --- the form --- */

/* Rows of its choices; team and members NULL: of a new one. */
struct form_rows {
	const struct db_result *team, *members, *agents, *relatives;
};

static bool
is_set(const struct db_result *r, size_t i, unsigned column)
{
	return *db_value(r, i, column) == 't';
}

/* Everybody who can be in it, and who is though the caller cannot see them. */
static size_t
list_agents(struct page *p, const struct form_rows *f, struct tick *ticks)
{
	struct arena *a = p->rq->arena;
	size_t n = 0;

	for (size_t i = 0; i < db_rows(f->agents); i++)
		ticks[n++] = (struct tick){db_value(f->agents, i, AGENT_ID),
					   db_value(f->agents, i, AGENT_NAME),
					   is_set(f->agents, i, AGENT_IS_IN)};
	for (size_t i = 0; f->members && i < db_rows(f->members); i++) {
		const char *id = db_value(f->members, i, MEMBER_ID);

		if (strcmp(db_value(f->members, i, MEMBER_TEAM),
			   db_value(f->team, 0, TEAM_ID)) == 0 &&
		    !db_value(f->members, i, MEMBER_NAME))
			ticks[n++] = (struct tick){
				id,
				arena_printf(a, "An agent you cannot see (%s)",
					     id),
				true};
	}
	return n;
}

static void
show_agents(struct page *p, struct view *choices, const struct form_rows *f,
	    bool is_again)
{
	struct arena *a = p->rq->arena;
	size_t room =
		db_rows(f->agents) + (f->members ? db_rows(f->members) : 0) + 1;
	struct tick *ticks = arena_alloc(a, room * sizeof *ticks);
	struct label *leaders = arena_alloc(a, room * sizeof *leaders);
	size_t n = list_agents(p, f, ticks);
	const char *leader = is_again  ? req_form(p->rq, "leaderId")
			     : f->team ? db_value(f->team, 0, TEAM_LEADER)
				       : NULL;

	for (size_t i = 0; i < n; i++) {
		leaders[i] = (struct label){ticks[i].word, ticks[i].says};
		if (is_again)
			ticks[i].is_on = page_is_ticked(p->rq, "memberIds",
							ticks[i].word);
	}
	view_set(choices, "leaders",
		 label_choices(a, leaders, leader ? leader : ""));
	view_set(choices, "members", tick_boxes(a, ticks, n));
}

static void
show_relatives(struct page *p, struct view *choices, const struct db_result *r,
	       bool is_again)
{
	struct arena *a = p->rq->arena;
	size_t n = db_rows(r), n_parents = 1, n_subs = 0;
	struct label *parents = arena_alloc(a, (n + 2) * sizeof *parents);
	struct tick *subs = arena_alloc(a, (n + 1) * sizeof *subs);
	const char *parent = is_again ? req_form(p->rq, "parentTeamId") : NULL;

	parents[0] = (struct label){"", "None"};
	for (size_t i = 0; i < n; i++) {
		const char *id = db_value(r, i, RELATIVE_ID);
		const char *name = db_value(r, i, RELATIVE_NAME);

		if (is_set(r, i, RELATIVE_MAY_BE_PARENT))
			parents[n_parents++] = (struct label){id, name};
		if (!is_again && is_set(r, i, RELATIVE_IS_PARENT))
			parent = id;
		if (is_set(r, i, RELATIVE_MAY_BE_SUB))
			subs[n_subs++] = (struct tick){
				id, name,
				is_again ? page_is_ticked(p->rq, "subTeamIds",
							  id)
					 : is_set(r, i, RELATIVE_IS_SUB)};
	}
	view_set(choices, "parents",
		 label_choices(a, parents, parent ? parent : ""));
	view_set(choices, "subs", tick_boxes(a, subs, n_subs));
}

/* What was chosen and ticked stays so when the form is shown again. */
static void
show_choices(struct page *p, const struct form_rows *f, bool is_again)
{
	struct view *choices = view_open(p->view, "choices");

	show_agents(p, choices, f, is_again);
	show_relatives(p, choices, f->relatives, is_again);
}

/* team NULL: a new one. */
static void
show_texts(struct page *p, const struct db_result *team,
	   const struct err *wrong)
{
	static const unsigned columns[] = {TEAM_NAME, TEAM_DESCRIPTION,
					   TEAM_AVATAR};

	for (size_t i = 0; i < NELEM(columns); i++)
		page_field(p, names[i],
			   team ? db_value(team, 0, columns[i]) : NULL, wrong);
	if (wrong)
		page_wrong(p, names, wrong);
	page_limits(p, &team_entity);
}

static bool
show_new(struct req *rq, const struct err *wrong, struct err *e)
{
	enum {
		HEAD,
		AGENTS,
		RELATIVES,
		ALL
	};

	const char *project = req_param(rq, "id");
	const struct db_call calls[ALL] = {
		[HEAD] = q_page_head(project, "member"),
		[AGENTS] = q_page_team_agents(project, NULL, most_choices),
		[RELATIVES] =
			q_page_team_relatives(project, NULL, most_choices),
	};
	struct db_result r[ALL];
	struct page p;

	if (!page_rows(rq, calls, ALL, r, &p, e))
		return false;
	page_tab(&p, "teams");
	show_texts(&p, NULL, wrong);
	show_choices(&p,
		     &(struct form_rows){.agents = &r[AGENTS],
					 .relatives = &r[RELATIVES]},
		     wrong != NULL);
	return page_show(&p, "app/team_new", e);
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

static void
show_parent(struct page *p, const struct db_result *parent)
{
	page_value(p, "parent",
		   db_rows(parent) > 0 ? view_rows_at(named_rows(p, parent), 0)
				       : view_nothing());
}

static void
show_rights(struct page *p, const struct db_result *team, bool writes)
{
	bool is_active = strcmp(db_value(team, 0, TEAM_STATUS), "active") == 0;

	page_flag(p, "may_archive", writes && is_active);
	page_flag(p, "may_delete", writes && !is_active);
}

/* wrong: of the form, or (is_elsewhere) of another, and then the form keeps
 * what is stored. */
static bool
show(struct req *rq, const struct err *wrong, bool is_elsewhere, struct err *e)
{
	enum {
		HEAD,
		TEAMS,
		MEMBERS,
		PARENT,
		AGENTS,
		RELATIVES,
		ALL
	};

	static const char *const none[] = {NULL};
	const char *project = req_param(rq, "id"), *id = req_param(rq, "team");
	const struct db_call calls[ALL] = {
		[HEAD] = q_page_head(project, "viewer"),
		[TEAMS] = q_page_teams(project, id),
		[MEMBERS] = q_page_team_members(project, id),
		[PARENT] = q_page_team_parent(project, id),
		[AGENTS] = q_page_team_agents(project, id, most_choices),
		[RELATIVES] = q_page_team_relatives(project, id, most_choices),
	};
	const struct err *of_form = is_elsewhere ? NULL : wrong;
	struct db_result r[ALL];
	struct page p;

	if (!page_rows(rq, calls, ALL, r, &p, e))
		return false;
	page_tab(&p, "teams");
	page_value(&p, "team",
		   view_rows_at(forest_of(&p, &r[TEAMS], &r[MEMBERS]), 0));
	show_parent(&p, &r[PARENT]);
	show_rights(&p, &r[TEAMS], page_may_write(&r[HEAD]));
	show_texts(&p, &r[TEAMS], of_form);
	if (wrong && is_elsewhere)
		page_wrong(&p, none, wrong);
	page_value(&p, "choices", view_nothing());
	if (page_may_write(&r[HEAD]))
		show_choices(&p,
			     &(struct form_rows){&r[TEAMS], &r[MEMBERS],
						 &r[AGENTS], &r[RELATIVES]},
			     of_form != NULL);
	return page_show(&p, "app/team", e);
}

static bool
show_team(struct req *rq, const struct err *wrong, struct err *e)
{
	return show(rq, wrong, false, e);
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

static bool
show_refused(struct req *rq, const struct err *wrong, struct err *e)
{
	return show(rq, wrong, true, e);
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
	/* No form was sent: the page as it is, and why it stays. */
	return page_again(rq, show_refused, e);
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
