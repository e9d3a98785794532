/*
 * mail - what sessions and people of a project write to each other.  Who uses
 * a page writes as themselves: the domain names them when no session is said
 * to be the sender.
 */
#include <string.h>

#include "domain/words.h"
#include "page.h"

enum {
	SUBJECT_CHARS = 10000,
	TEXT_CHARS = 1000000,
};

static const char *const types[] = {
	"assignment", "status_update", "query", "response",
	"directive",  "notification",  NULL};

/* clang-format off */
static const struct field fields[] = {
	{"projectId", F_ID, REQUIRED, 0, 0, NULL},
	{"toSessionId", F_ID, 0, 0, 0, NULL},
	{"toTeamMemberId", F_ID, 0, 0, 0, NULL},
	{"replyToMailId", F_ID, 0, 0, 0, NULL},
	{"type", F_ENUM, REQUIRED, 0, 0, types},
	{"subject", F_NAME, REQUIRED, 1, SUBJECT_CHARS, NULL},
	{"text", F_NAME, REQUIRED, 1, TEXT_CHARS, NULL},
	{"priority", F_ENUM, 0, 0, 0, words_mail_priority},
};
/* clang-format on */
static const struct entity entity = {"mail", fields, NELEM(fields)};

static const char *const names[] = {"to", "subject", "text", NULL};

static const char *
href(struct req *rq, const char *thread)
{
	struct buf b = buf_on(rq->arena);

	buf_add(&b, "/app/projects/");
	buf_add_url(&b, req_param(rq, "id"));
	buf_add(&b, "/mail");
	if (thread) {
		buf_add(&b, "/");
		buf_add_url(&b, thread);
	}
	return buf_str(&b);
}

static bool
mail_get(struct req *rq, struct err *e)
{
	const char *box = req_query(rq, "box");

	return page_list(rq, Q_PAGE_MAIL, box && *box ? box : NULL, "app/inbox",
			 e);
}

/* --- writing --- */

/* What was chosen stays chosen in a form that is shown again. */
static void
keep_choices(struct req *rq, struct json_object *view)
{
	struct json_object *targets = json_get(view, "targets");
	size_t n = targets ? json_object_array_length(targets) : 0;

	for (size_t i = 0; i < n; i++)
		page_choose(json_get(json_object_array_get_idx(targets, i),
				     "options"),
			    req_form(rq, "to"));
	page_choose(json_get(view, "types"), req_form(rq, "type"));
	page_choose(json_get(view, "priorities"), req_form(rq, "priority"));
}

static bool
show_new(struct req *rq, const struct err *wrong, struct err *e)
{
	const char *to =
		rq->method & (M_GET | M_HEAD) ? req_query(rq, "to") : NULL;
	struct page p;

	if (!page_open(
		    rq,
		    q_page_mail_new(req_param(rq, "id"), to && *to ? to : NULL),
		    &p, e))
		return false;
	page_form(&p, names, NULL, wrong);
	if (wrong)
		keep_choices(rq, p.tree);
	return page_show(&p, "app/mail_new", e);
}

static bool
mail_new_get(struct req *rq, struct err *e)
{
	return show_new(rq, NULL, e);
}

/* "all", "a." an agent, "s." a session, "p." a person.  Anything else is a
 * mistake: a letter to one must never become one to everyone. */
static bool
add_target(struct req *rq, struct json_object *body, struct err *e)
{
	const char *to = req_form(rq, "to");
	const char *id;

	if (to && strcmp(to, "all") == 0)
		return true;
	if (!to || !*to || !strchr("asp", *to) || to[1] != '.')
		return err_field(e, "to", "Choose whom it goes to");
	id = to + 2;
	if (*to == 'p')
		id = arena_printf(rq->arena, "user_%s", id);
	json_object_object_add(body,
			       *to == 'a' ? "toTeamMemberId" : "toSessionId",
			       json_object_new_string(id));
	return true;
}

/* The wire wants the words under a name that goes with the type. */
static struct json_object *
body_of(const char *type, const char *text)
{
	static const char *const keys[][2] = {
		{"assignment",    "instructions"},
                {"query",         "question"    },
		{"response",      "answer"      },
                {"directive",     "details"     },
		{"notification",  "message"     },
                {"status_update", "message"     },
	};
	struct json_object *o = json_object_new_object();
	const char *key = "message";

	for (size_t i = 0; i < NELEM(keys); i++) {
		if (strcmp(type, keys[i][0]) == 0)
			key = keys[i][1];
	}
	json_object_object_add(o, key, json_object_new_string(text));
	return o;
}

static const char *
tidy_field(struct req *rq, const char *name, bool one_line)
{
	const char *text = req_form(rq, name);

	return page_tidy(rq, text ? text : "", one_line);
}

/* sent: a row for each reader. */
static bool
send_mail(struct req *rq, const char *reply_to, struct db_result *sent,
	  struct err *e)
{
	static const char *const plain[] = {"type", "?priority", NULL};
	struct json_object *body = page_input(rq, plain);
	struct json_object *in;

	json_object_object_add(body, "projectId",
			       json_object_new_string(req_param(rq, "id")));
	json_object_object_add(
		body, "subject",
		json_object_new_string(tidy_field(rq, "subject", true)));
	json_object_object_add(
		body, "text",
		json_object_new_string(tidy_field(rq, "text", false)));
	if (!add_target(rq, body, e))
		return false;
	if (reply_to)
		json_object_object_add(body, "replyToMailId",
				       json_object_new_string(reply_to));
	if (!entity_check(rq->arena, &entity, CREATE, body, &in, e))
		return false;
	json_object_object_add(
		in, "body",
		body_of(json_text(in, "type"), json_text(in, "text")));
	json_object_object_del(in, "text");

	return req_db(rq, &q_mail_send(json_dump(in)), 1, sent, e);
}

/* Who is gone since the form was made is a mistake in it, not a page that is
 * not there; the form says whether that is. */
static bool
again(struct req *rq, page_form_fn *show, struct err *e)
{
	if (e->status == 404)
		e->status = 422;
	return page_again(rq, show, e);
}

static bool
go_to_sent(struct req *rq, const struct db_result *sent)
{
	bool one = db_rows(sent) == 1;

	return page_go(rq,
		       href(rq, one ? db_named(sent, 0, "thread_id") : NULL),
		       "mail_sent");
}

static bool
mail_post(struct req *rq, struct err *e)
{
	struct db_result sent;

	return send_mail(rq, NULL, &sent, e) ? go_to_sent(rq, &sent)
					     : again(rq, show_new, e);
}

/* --- a thread --- */

static bool
show_thread(struct req *rq, const struct err *wrong, struct err *e)
{
	struct json_object *reply;
	struct page p;

	if (!page_open(rq,
		       q_page_mail_thread(req_param(rq, "id"),
					  req_param(rq, "mail")),
		       &p, e))
		return false;
	reply = json_get(p.tree, "reply");
	page_form(&p, names, reply, wrong);
	if (wrong && reply)
		keep_choices(rq, reply);
	return page_show(&p, "app/mail_thread", e);
}

static bool
mail_thread_get(struct req *rq, struct err *e)
{
	return show_thread(rq, NULL, e);
}

static bool
mail_reply_post(struct req *rq, struct err *e)
{
	struct db_result sent;

	return send_mail(rq, req_param(rq, "mail"), &sent, e)
		       ? go_to_sent(rq, &sent)
		       : again(rq, show_thread, e);
}

static bool
mail_delete_post(struct req *rq, struct err *e)
{
	const char *thread = req_form(rq, "thread");
	struct db_result gone;

	return req_db_row(rq, q_mail_delete(req_param(rq, "mail")), &gone, e) &&
	       page_go(rq, href(rq, thread && *thread ? thread : NULL),
		       "mail_deleted");
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/app/projects/:id/mail", mail_get, R_USER, 0, 0},
	{M_POST, "/app/projects/:id/mail", mail_post, R_USER, PAGE_TEXT_FORM, PAGE_POST},
	{M_GET, "/app/projects/:id/mail/new", mail_new_get, R_USER, 0, 0},
	{M_GET, "/app/projects/:id/mail/:mail", mail_thread_get, R_USER, 0, 0},
	{M_POST, "/app/projects/:id/mail/:mail", mail_reply_post, R_USER, PAGE_TEXT_FORM, PAGE_POST},
	{M_POST, "/app/projects/:id/mail/:mail/delete", mail_delete_post, R_USER, PAGE_FORM, PAGE_POST},
};
/* clang-format on */

const struct route_set mail_pages = {.rows = rows, .n = NELEM(rows)};
