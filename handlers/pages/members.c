/*
 * members - who is on a project, who is invited, and accepting that.
 *
 * Somebody with an account becomes a member at once.  Any other address gets
 * a link, by mail and on the page that follows: its token is stored nowhere.
 */
#include <string.h>

#include "domain/entities/entities.h"
#include "domain/words.h"
#include "handlers/invitation.h"
#include "page.h"

static const struct field invite_fields[] = {
	{"email", F_EMAIL, REQUIRED, 0, 0, NULL      },
	{"role",  F_ENUM,  0,        0, 0, words_role},
};
static const struct entity invite_entity = {"member", invite_fields,
					    NELEM(invite_fields)};

static const char *const invite_names[] = {"email", NULL};

static bool
show(struct req *rq, const struct err *wrong, struct err *e)
{
	struct page p;

	if (!page_open(rq, q_page_members(req_param(rq, "id")), &p, e))
		return false;
	page_form(&p, invite_names, NULL, wrong);
	if (wrong)
		page_choose(json_get(p.tree, "roles"), req_form(rq, "role"));
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
	const char *in;

	return page_entity(rq, &invite_entity, CREATE, page_input(rq, names),
			   &in, e) &&
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
	struct span text;
	const char *in;

	if (!page_entity(rq, &member_entity, UPDATE, page_input(rq, names), &in,
			 e))
		return false;

	if (req_db_text(rq,
			q_member_change(req_param(rq, "id"),
					req_param(rq, "userId"), in),
			&text, e))
		return go(rq, "role_changed");
	return page_again(rq, show, e);
}

static bool
remove_post(struct req *rq, struct err *e)
{
	const char *const args[] = {req_param(rq, "id"),
				    req_param(rq, "userId")};
	struct span text;

	if (!req_db_text(
		    rq,
		    ((struct db_call){.query = Q_MEMBER_REMOVE, .args = args}),
		    &text, e))
		return page_again(rq, show, e);
	if (strcmp(args[1], rq->caller.sub) == 0)
		return page_go(rq, "/app", "left");
	return go(rq, "member_removed");
}

static bool
revoke_post(struct req *rq, struct err *e)
{
	struct span text;

	return req_db_text(rq,
			   q_invitation_revoke(req_param(rq, "id"),
					       req_param(rq, "invitationId")),
			   &text, e) &&
	       go(rq, "revoked");
}

/* In the query or the form, because paths are logged. */
static const char *
token_of(struct req *rq)
{
	const char *token = rq->method & (M_GET | M_HEAD)
				    ? req_query(rq, "token")
				    : req_form(rq, "token");

	return token ? token : "";
}

static bool
invitation_get(struct req *rq, struct err *e)
{
	const char *const args[] = {token_of(rq)};
	struct page p;

	if (!page_open(rq,
		       ((struct db_call){.query = Q_PAGE_INVITATION,
					 .args = args}),
		       &p, e))
		return false;
	page_text(&p, "token", args[0]);
	p.status = json_get(p.tree, "invitation") ? 200 : 404;
	return page_show(&p, "app/invitation", e);
}

static bool
invitation_post(struct req *rq, struct err *e)
{
	struct db_result joined;

	if (!req_db_row(rq, q_invitation_accept(token_of(rq)), &joined, e))
		return e->status == 404 ? invitation_get(rq, e) : false;
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
