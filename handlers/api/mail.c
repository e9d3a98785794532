/*
 * mail - what sessions write to each other, and people to sessions.
 *
 * /api/mail is the wire's generation A; /api/sessions/:id/mail is generation B
 * on the same rows.
 */
#include "api.h"

#include "core/clock.h"
#include "domain/words.h"
#include "web/wait.h"

enum {
	SUBJECT_CHARS = 10000,
	TEXT_CHARS = 1000000,
	TIMEOUT_MIN_MS = 1000,
	TIMEOUT_MAX_MS = 120000,
	TIMEOUT_MS = 30000,
	/* Clients give up after 30 s; proxies on the way may sooner. */
	WAIT_MOST_MS = 24000,
	LOOK_FIRST_MS = 250,
	LOOK_MOST_MS = 500,
	LOOK_GROWS_MS = 50,
};

#define TIME_MS_MAX 8640000000000000 /* the last moment of JavaScript */

/* The wire's, then those of older installations. */
static const char *const types[] = {
	"assignment", "status_update", "query",  "response",
	"directive",  "notification",  "status", "question",
	"broadcast",  "error",         NULL};
static const char *const scopes[] = {"all", "my-workers", "team", NULL};
static const char *const views[] = {"mail", "threads", NULL};

/* clang-format off */
static const struct field send_fields[] = {
	{"projectId", F_ID, REQUIRED, 0, 0, NULL},
	{"fromSessionId", F_ID, 0, 0, 0, NULL}, /* absent: the caller */
	{"toSessionId", F_ID, 0, 0, 0, NULL},
	{"toTeamMemberId", F_ID, 0, 0, 0, NULL},
	{"replyToMailId", F_ID, 0, 0, 0, NULL},
	{"type", F_ENUM, REQUIRED, 0, 0, types},
	{"subject", F_TEXT, REQUIRED, 1, SUBJECT_CHARS, NULL},
	{"body", F_OBJECT, 0, 0, 0, NULL},
	{"priority", F_ENUM, 0, 0, 0, words_mail_priority},
	{"scope", F_ENUM, 0, 0, 0, scopes},
	{"clientRequestId", F_TEXT, 0, 0, API_REQUEST_ID, NULL},
};

static const struct field message_fields[] = {
	{"fromSessionId", F_ID, REQUIRED, 0, 0, NULL},
	{"message", F_TEXT, REQUIRED, 1, TEXT_CHARS, NULL},
	{"detail", F_TEXT, 0, 0, TEXT_CHARS, NULL},
};
/* clang-format on */
static const struct entity send_entity = {"mail", send_fields,
					  NELEM(send_fields)};
static const struct entity message_entity = {"mail", message_fields,
					     NELEM(message_fields)};

static bool
mail_list(struct req *rq, struct err *e)
{
	const char *project = req_query_text(rq, "projectId"), *view;
	struct window page;

	if (!project)
		return err_field(e, "projectId", "projectId is required");
	if (!req_window(rq, &page, e) ||
	    !req_query_word(rq, "view", views, &view, e))
		return false;

	return answer_text(rq, 200,
			   q_mail_list(project, req_query_text(rq, "threadId"),
				       view && *view == 't' ? "true" : "false",
				       page.limit, page.offset),
			   e);
}

/* --- the mail of a session --- */

enum {
	LATELY = 4,
	INBOX_ARGS = 7
};

static bool
inbox_args(struct req *rq, const char *args[INBOX_ARGS], struct err *e)
{
	int64_t since;

	args[0] = req_param(rq, "sessionId");
	args[1] = req_query_text(rq, "projectId");
	args[3] = req_query_text(rq, "since");
	args[LATELY] = "false";
	args[5] = args[6] = NULL;
	return req_query_word(rq, "type", types, &args[2], e) &&
	       req_query_int(rq, "since", 0, TIME_MS_MAX, &since, e);
}

static bool
mail_inbox(struct req *rq, struct err *e)
{
	const char *args[INBOX_ARGS];
	struct window page;

	if (!inbox_args(rq, args, e) || !req_window(rq, &page, e))
		return false;
	args[5] = page.limit;
	args[6] = page.offset;
	return answer_text(
		rq, 200, (struct db_call){.query = Q_MAIL_INBOX, .args = args},
		e);
}

static bool
reply_list(struct req *rq, struct span list)
{
	reply_header(rq, "Cache-Control", "private, no-cache");
	return reply_json(rq, 200, list);
}

/* Looks again and again: LISTEN would need a connection for each waiter, and
 * NOTIFY makes all commits queue.  Who may read is asked each time. */
static bool
look_until(struct req *rq, const char **args, int64_t until, struct span *list,
	   struct err *e)
{
	int64_t step = LOOK_FIRST_MS, left;

	args[LATELY] = "true";
	while ((left = until - clock_mono_ms()) > 0 && list->n <= 2) {
		switch (wait_pause(rq, (int)(step < left ? step : left))) {
		case WAIT_GONE:
			return err_set(e, 400, "client_gone",
				       "the client hung up");
		case WAIT_STOP:
			return true;
		case WAIT_LOOK:
		default:
			break;
		}
		if (!req_db_text(rq,
				 ((struct db_call){.query = Q_MAIL_INBOX,
						   .args = args}),
				 list, e))
			return false;
		if (step < LOOK_MOST_MS)
			step += LOOK_GROWS_MS;
	}
	return true;
}

static bool
mail_wait(struct req *rq, struct err *e)
{
	int64_t timeout = TIMEOUT_MS, until = clock_mono_ms();
	const char *args[INBOX_ARGS];
	struct span list;

	if (!inbox_args(rq, args, e) ||
	    !req_query_int(rq, "timeout", TIMEOUT_MIN_MS, TIMEOUT_MAX_MS,
			   &timeout, e))
		return false;
	until += timeout < WAIT_MOST_MS ? timeout : WAIT_MOST_MS;
	if (!req_db_text(
		    rq, ((struct db_call){.query = Q_MAIL_INBOX, .args = args}),
		    &list, e))
		return false;
	if (list.n > 2) /* more than [] */
		return reply_list(rq, list);
	if (!wait_begin(rq, rq->ctx->set->mail_waiters)) {
		reply_header(rq, "Retry-After", "2");
		return reply_list(rq, list);
	}
	return look_until(rq, args, until, &list, e) && reply_list(rq, list);
}

/* --- generation B --- */

/* A GET that changes something: not for a cookie, which another site's link
 * would bring along. */
static bool
session_mail_read(struct req *rq, struct err *e)
{
	bool may_mark =
		rq->caller.credential != CRED_COOKIE && req_may_write(rq);
	return answer_text(rq, 200,
			   q_session_mail_read(req_param(rq, "id"),
					       may_mark ? "true" : "false"),
			   e);
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/mail", mail_list, R_USER, 0, 0,
	 DOC(.says = "The newest mail of a project, or of one thread; with view=threads its threads, the one with the newest mail first, as {threadId, subject, count, startedAt, lastMail}. Without limit and offset the newest hundred.",
	     .role = "viewer",
	     .query = "projectId (required), threadId, view (mail, threads), limit, offset")},
	{M_POST, "/api/mail", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Sends a mail: to toSessionId (a session, or user_<id> of a member); else to every active session of toTeamMemberId; else by scope to the sender's active workers or its active siblings, to all of the project if there are none; else to all of the project. Answers with the mail, with a list if it became more than one. Without fromSessionId the caller writes as user_<id>. A reply joins the thread of the mail it answers. With clientRequestId a repeated request sends nothing more and answers with what it sent first.",
	     .role = "member",
	     .errors = "NOT_FOUND 404: no such session, or no active session of the team member; PAYLOAD_TOO_LARGE 413: a body times its readers is at most 16 MiB"),
	 .status = 201, .query = Q_MAIL_SEND, .in = &send_entity},
	{M_GET, "/api/mail/inbox/:sessionId", mail_inbox, R_USER, 0, 0,
	 DOC(.says = "What is addressed to the session or to all of the project (the session's own, unless projectId names another), the most urgent first. Nothing is marked as read.",
	     .role = "viewer",
	     .query = "projectId, type, since (ms: only what came later), limit, offset")},
	{M_GET, "/api/mail/wait/:sessionId", mail_wait, R_USER, 0, RF_IO,
	 DOC(.says = "The same as soon as there is something, or an empty list when the time is over; that is after 24 s at the latest. When too many wait already (setting mail_waiters) the empty list comes at once, with Retry-After; who asks for a session more than five times in a row is then answered once a second.",
	     .role = "viewer",
	     .query = "projectId, type, since (ms), timeout (1000 to 120000 ms, default 30000)",
	     .errors = "RATE_LIMITED 429: more than nine at once for a session")},
	{M_GET, "/api/mail/thread/:threadId", NULL, R_USER, 0, 0,
	 DOC(.says = "A thread, the oldest mail first.", .role = "viewer"),
	 .query = Q_MAIL_THREAD},
	{M_GET, "/api/mail/:id", NULL, R_USER, 0, 0,
	 DOC(.says = "One mail.", .role = "viewer"),
	 .query = Q_MAIL_GET},
	{M_DELETE, "/api/mail/:id", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Deletes a mail, for everybody.", .role = "member"),
	 .query = Q_MAIL_DELETE},
	{M_POST, "/api/sessions/:id/mail", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Writes to a session as its parent, its child or its sibling (older clients).",
	     .role = "member",
	     .errors = "mail_scope_violation 403"),
	 .query = Q_SESSION_MAIL_SEND, .in = &message_entity},
	{M_GET, "/api/sessions/:id/mail", session_mail_read, R_USER, 0, 0,
	 DOC(.says = "What the session has not read, which is then read (older clients). A viewer, a browser, or a token that may only read leaves it unread.",
	     .role = "viewer")},
};
/* clang-format on */

const struct route_set mail_routes = {
	.title = "Mail",
	.about =
		"Between sessions of a project, and between people and sessions. A mail without\n"
		"toSessionId is for all of the project, for sessions that begin later too.",
	.rows = rows,
	.n = NELEM(rows),
};
