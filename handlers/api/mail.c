/*
 * mail - what sessions write to each other, and people to sessions.
 *
 * /api/mail is the wire's generation A; /api/sessions/:id/mail is generation B
 * on the same rows.
 */
#include "api.h"

#include "core/clock.h"
#include "domain/entities/entities.h"
#include "domain/words.h"
#include "web/wait.h"

enum {
	TIMEOUT_MIN_MS = 1000,
	TIMEOUT_MAX_MS = 120000,
	TIMEOUT_MS = 30000,
	/* Clients give up after 30 s; proxies on the way may sooner. */
	WAIT_MOST_MS = 24000,
	LOOK_FIRST_MS = 250,
	LOOK_MOST_MS = 500,
	LOOK_GROWS_MS = 50,
};

static const char *const views[] = {"mail", "threads", NULL};

static bool
mail_list(struct req *rq, struct err *e)
{
	const char *project = req_query_text(rq, "projectId"), *view;
	const char *thread = req_query_text(rq, "threadId");
	struct window w;

	if (!project)
		return err_field(e, "projectId", "projectId is required");
	if (!req_window(rq, &w, e) ||
	    !req_query_word(rq, "view", views, &view, e))
		return false;

	const struct db_call threads[] = {
		q_mail_threads(project, w.limit, w.offset),
		q_mail_count_threads(project),
	};
	const struct db_call of_thread[] = {
		q_mail_list_thread(project, thread, w.limit, w.offset),
		q_mail_count_thread(project, thread),
	};
	const struct db_call all[] = {
		q_mail_list(project, w.limit, w.offset),
		q_mail_count(project),
	};

	if (view && *view == 't')
		return answer_rows(rq, &mail_thread_entity, threads,
				   window_calls(&w), &w, e);
	return answer_rows(rq, &mail_entity, thread ? of_thread : all,
			   window_calls(&w), &w, e);
}

/* One mail is an object, more than one a list. */
static bool
mail_send(struct req *rq, struct err *e)
{
	struct jsonw w = jsonw_on(rq->arena);
	struct entity_rows rows;
	struct db_result sent;
	const char *in;

	if (!req_entity(rq, &mail_entity, CREATE, &in, NULL, e) ||
	    !req_db(rq, &q_mail_send(in), 1, &sent, e))
		return false;
	entity_rows(&rows, &mail_entity, &sent, 1);
	if (db_rows(&sent) == 1)
		entity_write(&w, &rows, 0);
	else
		entity_write_all(&w, &rows);
	return answer_json(rq, 201, jsonw_span(&w));
}

/* --- the mail of a session --- */

struct inbox {
	const char *session, *project, *type, *since;
};

static bool
inbox_asked(struct req *rq, struct inbox *box, struct err *e)
{
	int64_t since;

	box->session = req_param(rq, "sessionId");
	box->project = req_query_text(rq, "projectId");
	box->since = req_query_text(rq, "since");
	return req_query_word(rq, "type", words_mail_type, &box->type, e) &&
	       req_query_int(rq, "since", 0, TIME_MS_MAX, &since, e);
}

static bool
mail_inbox(struct req *rq, struct err *e)
{
	struct inbox box;
	struct window w;

	if (!inbox_asked(rq, &box, e) || !req_window(rq, &w, e))
		return false;

	const struct db_call calls[] = {
		q_mail_inbox(box.session, box.project, box.type, box.since,
			     "false", w.limit, w.offset),
		box.since ? q_mail_inbox_count_since(box.session, box.project,
						     box.type, box.since)
			  : q_mail_inbox_count(box.session, box.project,
					       box.type),
	};

	return answer_rows(rq, &mail_entity, calls, window_calls(&w), &w, e);
}

/* lately: see sql/functions/mail.sql. */
static bool
look(struct req *rq, const struct inbox *box, bool lately,
     struct db_result *found, struct err *e)
{
	const struct db_call call =
		q_mail_inbox(box->session, box->project, box->type, box->since,
			     lately ? "true" : "false", NULL, NULL);

	return req_db(rq, &call, 1, found, e);
}

static bool
reply_found(struct req *rq, const struct db_result *found)
{
	struct jsonw w = jsonw_on(rq->arena);
	struct entity_rows rows;

	entity_rows(&rows, &mail_entity, found, 1);
	entity_write_all(&w, &rows);
	return answer_json(rq, 200, jsonw_span(&w));
}

/* Looks again and again: LISTEN would need a connection for each waiter, and
 * NOTIFY makes all commits queue.  Who may read is asked each time. */
static bool
look_until(struct req *rq, const struct inbox *box, int64_t until,
	   struct db_result *found, struct err *e)
{
	int64_t step = LOOK_FIRST_MS, left;

	while ((left = until - clock_mono_ms()) > 0 && db_rows(found) == 0) {
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
		if (!look(rq, box, true, found, e))
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
	struct db_result found;
	struct inbox box;

	if (!inbox_asked(rq, &box, e) ||
	    !req_query_int(rq, "timeout", TIMEOUT_MIN_MS, TIMEOUT_MAX_MS,
			   &timeout, e))
		return false;
	until += timeout < WAIT_MOST_MS ? timeout : WAIT_MOST_MS;
	if (!look(rq, &box, false, &found, e))
		return false;
	if (db_rows(&found))
		return reply_found(rq, &found);
	if (!wait_begin(rq, rq->ctx->set->mail_waiters)) {
		reply_header(rq, "Retry-After", "2");
		return reply_found(rq, &found);
	}
	return look_until(rq, &box, until, &found, e) &&
	       reply_found(rq, &found);
}

/* --- generation B --- */

/* A GET that changes something: not for a cookie, which another site's link
 * would bring along. */
static bool
session_mail_read(struct req *rq, struct err *e)
{
	bool may_mark =
		rq->caller.credential != CRED_COOKIE && req_may_write(rq);
	const struct db_call call = q_session_mail_read(
		req_param(rq, "id"), may_mark ? "true" : "false");

	return answer_rows(rq, &message_entity, &call, 1, NULL, e);
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/mail", mail_list, R_USER, 0, 0,
	 DOC(.says = "The newest mail of a project, or of one thread; with view=threads its threads, the one with the newest mail first, as {threadId, subject, count, startedAt, lastMail}. Without limit and offset the newest hundred.",
	     .role = "viewer",
	     .query = "projectId (required), threadId, view (mail, threads), limit, offset")},
	{M_POST, "/api/mail", mail_send, R_USER, API_BODY, 0,
	 DOC(.says = "Sends a mail: to toSessionId (a session, or user_<id> of a member); else to every active session of toTeamMemberId; else by scope to the sender's active workers or its active siblings, to all of the project if there are none; else to all of the project. Answers with the mail, with a list if it became more than one. Without fromSessionId the caller writes as user_<id>. A reply joins the thread of the mail it answers. With clientRequestId a repeated request sends nothing more and answers with what it sent first.",
	     .role = "member",
	     .errors = "NOT_FOUND 404: no such session, or no active session of the team member; PAYLOAD_TOO_LARGE 413: a body times its readers is at most 16 MiB"),
	 .status = 201, .in = &mail_entity},
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
	 .query = Q_MAIL_THREAD, .out = &mail_entity},
	{M_GET, "/api/mail/:id", NULL, R_USER, 0, 0,
	 DOC(.says = "One mail.", .role = "viewer"),
	 .query = Q_MAIL_GET, .out = &mail_entity},
	{M_DELETE, "/api/mail/:id", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Deletes a mail, for everybody.", .role = "member"),
	 .query = Q_MAIL_DELETE, .out = &mail_gone_entity},
	{M_POST, "/api/sessions/:id/mail", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Writes to a session as its parent, its child or its sibling (older clients).",
	     .role = "member",
	     .errors = "mail_scope_violation 403"),
	 .query = Q_SESSION_MAIL_SEND, .in = &message_entity,
	 .out = &message_sent_entity},
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
