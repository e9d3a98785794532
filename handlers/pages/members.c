/*
 * members - who is on a project, who is invited, and accepting that.
 *
 * Somebody with an account becomes a member at once.  Any other address gets
 * a link, by mail and on the page that follows: its token is stored nowhere.
 */
#include <string.h>

#include "domain/entities/entities.h"
#include "handlers/invitation.h"
#include "page.h"
#include "words.h"

static const char *const invite_names[] = {"email", NULL};

/* --- the page: columns in the order of their statements --- */

enum {
	PER_PAGE = 200
};

enum {
	PERSON_ID,
	PERSON_NAME,
	PERSON_EMAIL,
	PERSON_ROLE,
	PERSON_IS_ME
};

enum {
	INVITED_ID,
	INVITED_EMAIL,
	INVITED_ROLE,
	INVITED_EXPIRES,
	INVITED_IS_OVER
};

/* What the caller may do with the others. */
struct rights {
	bool may_admin, may_own;
};

static struct tmpl_value
role_label(const struct view_row *row, unsigned column)
{
	return view_text(label_of(row->a, labels_role, view_cell(row, column)));
}

static bool
is_me(const struct view_row *row)
{
	return *view_cell(row, PERSON_IS_ME) == 't';
}

/* Nobody changes himself, and only owners an owner. */
static bool
may_change(const struct view_row *row)
{
	const struct rights *mine = row->data;

	return !is_me(row) && mine->may_admin &&
	       (mine->may_own ||
		strcmp(view_cell(row, PERSON_ROLE), "owner") != 0);
}

static struct tmpl_value
person_may_change(const struct view_row *row, unsigned column)
{
	(void)column;
	return view_flag(may_change(row));
}

static struct tmpl_value
person_may_remove(const struct view_row *row, unsigned column)
{
	(void)column;
	return view_flag(may_change(row) || is_me(row));
}

static struct tmpl_value
person_roles(const struct view_row *row, unsigned column)
{
	const struct rights *mine = row->data;

	return label_choices(row->a,
			     mine->may_own ? labels_role : labels_role_given,
			     view_cell(row, column));
}

static const struct view_member person_members[] = {
	{"id",         VIEW_TEXT, PERSON_ID,    NULL             },
	{"name",       VIEW_TEXT, PERSON_NAME,  NULL             },
	{"email",      VIEW_TEXT, PERSON_EMAIL, NULL             },
	{"initials",   VIEW_MADE, PERSON_NAME,  made_initials    },
	{"tint",       VIEW_MADE, PERSON_ID,    made_tint        },
	{"role_label", VIEW_MADE, PERSON_ROLE,  role_label       },
	{"roles",      VIEW_MADE, PERSON_ROLE,  person_roles     },
	{"is_me",      VIEW_FLAG, PERSON_IS_ME, NULL             },
	{"may_change", VIEW_MADE, 0,            person_may_change},
	{"may_remove", VIEW_MADE, 0,            person_may_remove},
};
static const struct view_member invited_members[] = {
	{"id",           VIEW_TEXT, INVITED_ID,      NULL      },
	{"email",        VIEW_TEXT, INVITED_EMAIL,   NULL      },
	{"role_label",   VIEW_MADE, INVITED_ROLE,    role_label},
	{"expires_text", VIEW_MADE, INVITED_EXPIRES, made_time },
	{"is_over",      VIEW_FLAG, INVITED_IS_OVER, NULL      },
};

static bool
show(struct req *rq, const struct err *wrong, struct err *e)
{
	const char *project = req_param(rq, "id");
	struct rights *mine = arena_alloc(rq->arena, sizeof *mine);
	const char *role = wrong ? req_form(rq, "role") : NULL;
	struct page_window w;
	struct db_result r[3];
	struct page p;

	if (!page_window(rq, PER_PAGE, &w, e))
		return false;

	const struct db_call calls[] = {
		q_page_head(project, "viewer"),
		q_page_members(project, w.skip, w.take),
		q_page_invitations(project),
	};

	if (!page_rows(rq, calls, NELEM(calls), r, &p, e))
		return false;
	*mine = (struct rights){page_may_admin(&r[0]), page_may_own(&r[0])};
	page_tab(&p, "members");
	page_value(&p, "members",
		   view_rows_slice(view_rows_new(rq->arena, &r[1],
						 VIEW_MEMBERS(person_members),
						 mine),
				   0, PER_PAGE));
	page_show_window(&p, &w, db_rows(&r[1]), NULL);
	page_value(&p, "invitations",
		   view_rows_all(view_rows_new(rq->arena, &r[2],
					       VIEW_MEMBERS(invited_members),
					       NULL)));
	page_flag(&p, "has_invitations", db_rows(&r[2]) > 0);
	page_value(&p, "roles",
		   label_choices(rq->arena, labels_role_given,
				 role ? role : "member"));
	page_form(&p, invite_names, wrong);
	page_text(&p, "invite_link", wrong ? NULL : page_unstash(rq));
	return page_show(&p, "app/members", e);
}

static bool
members_get(struct req *rq, struct err *e)
{
	return show(rq, NULL, e);
}

static bool
go(struct req *rq, const char *code)
{
	struct buf to = buf_on(rq->arena);

	buf_add(&to, "/app/projects/");
	buf_add_url(&to, req_param(rq, "id"));
	buf_add(&to, "/members");
	return page_go(rq, buf_str(&to), code);
}

static bool
invite(struct req *rq, struct db_result *made, struct err *e)
{
	static const char *const names[] = {"email", "?role", NULL};
	struct json_object *body = page_input(rq, names);
	const char *in;

	if (!json_get(body, "email"))
		return err_field(e, "email", "email is required");
	return page_entity(rq, &member_entity, CREATE, body, &in, e) &&
	       req_db_row(rq, q_member_add(req_param(rq, "id"), in), made, e);
}

static bool
invite_post(struct req *rq, struct err *e)
{
	struct db_result made;
	const char *link;

	if (!invite(rq, &made, e))
		return page_again(rq, show, e);
	link = invitation_send(rq, &made);
	if (!link)
		return go(rq, "member_added");
	page_stash(rq, link);
	return go(rq, NULL);
}

static bool
role_post(struct req *rq, struct err *e)
{
	static const char *const names[] = {"role", NULL};
	struct db_result member;
	const char *in;

	if (!page_entity(rq, &member_entity, UPDATE, page_input(rq, names), &in,
			 e))
		return false;

	if (req_db_row(rq,
		       q_member_change(req_param(rq, "id"),
				       req_param(rq, "userId"), in),
		       &member, e))
		return go(rq, "role_changed");
	return page_again(rq, show, e);
}

static bool
remove_post(struct req *rq, struct err *e)
{
	const char *person = req_param(rq, "userId");
	struct db_result gone;

	if (!req_db_row(rq, q_member_remove(req_param(rq, "id"), person), &gone,
			e))
		return page_again(rq, show, e);
	if (strcmp(person, rq->caller.sub) == 0)
		return page_go(rq, "/app", "left");
	return go(rq, "member_removed");
}

static bool
revoke_post(struct req *rq, struct err *e)
{
	struct db_result gone;

	return req_db_row(rq,
			  q_invitation_revoke(req_param(rq, "id"),
					      req_param(rq, "invitationId")),
			  &gone, e) &&
	       go(rq, "revoked");
}

/* --- the invitation, as who got it sees it --- */

/* In the query or the form, because paths are logged. */
static const char *
token_of(struct req *rq)
{
	const char *token = rq->method & (M_GET | M_HEAD)
				    ? req_query(rq, "token")
				    : req_form(rq, "token");

	return token ? token : "";
}

/* One that is over, or none: told on the page. */
static bool
show_gone(struct req *rq, struct err *e)
{
	struct page p;

	if (!page_alone(rq, &p, e))
		return false;
	page_value(&p, "invitation", view_nothing());
	p.status = 404;
	return page_show(&p, "app/invitation", e);
}

static const struct view_member invitation_members[] = {
	{"project", VIEW_TEXT, 0, NULL},
	{"by",      VIEW_TEXT, 1, NULL},
	{"role",    VIEW_TEXT, 2, NULL},
	{"email",   VIEW_TEXT, 3, NULL},
};

static bool
invitation_get(struct req *rq, struct err *e)
{
	const char *token = token_of(rq), *mine, *theirs;
	const struct db_call calls[] = {
		q_page_head(NULL, "viewer"),
		q_page_invitation(token),
	};
	struct db_result r[NELEM(calls)];
	struct page p;

	if (!page_rows(rq, calls, NELEM(calls), r, &p, e))
		return e->status == 404 ? show_gone(rq, e) : false;
	mine = db_named(&r[0], 0, "email");
	theirs = db_named(&r[1], 0, "email");
	page_value(&p, "invitation",
		   view_rows_at(view_rows_new(rq->arena, &r[1],
					      VIEW_MEMBERS(invitation_members),
					      NULL),
				0));
	page_flag(&p, "is_other", !mine || strcmp(mine, theirs) != 0);
	page_text(&p, "token", token);
	return page_show(&p, "app/invitation", e);
}

static bool
invitation_post(struct req *rq, struct err *e)
{
	struct db_result joined;

	if (!req_db_row(rq, q_invitation_accept(token_of(rq)), &joined, e))
		return e->status == 404 ? show_gone(rq, e) : false;
	return page_go(rq,
		       arena_printf(rq->arena, "/app/projects/%s",
				    db_named(&joined, 0, "id")),
		       "joined");
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/app/projects/:id/members", members_get, R_USER, 0, 0},
	{M_POST, "/app/projects/:id/members/:userId", role_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_POST, "/app/projects/:id/members/:userId/remove", remove_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_POST, "/app/projects/:id/invitations", invite_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_POST, "/app/projects/:id/invitations/:invitationId/revoke", revoke_post, R_USER, PAGE_FORM, PAGE_POST},
	{M_GET, "/app/invitation", invitation_get, R_USER, 0, 0},
	{M_POST, "/app/invitation", invitation_post, R_USER, PAGE_FORM, PAGE_POST},
};
/* clang-format on */

const struct route_set members_pages = {.rows = rows, .n = NELEM(rows)};
