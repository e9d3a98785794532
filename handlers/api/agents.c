/*
 * agents - what sessions say to each other, whether their agents are alive,
 * and what only the agent's machine would know.
 */
#include "api.h"

#include "domain/entities/entities.h"
#include "domain/presence.h"

enum {
	PROMPT_CHARS = 1000000,
	MODAL_CHARS = 1000000,
	MESSAGES_MAX = 50
};

static const char *const modes[] = {"send", "paste", NULL};

/* clang-format off */
static const struct field new_prompt_fields[] = {
	{"content", F_TEXT, REQUIRED, 1, PROMPT_CHARS, NULL},
	{"mode", F_ENUM, 0, 0, 0, modes},
	{"senderSessionId", F_ID, REQUIRED, 0, 0, NULL},
};

static const struct field answer_fields[] = {
	{"content", F_TEXT, REQUIRED, 1, PROMPT_CHARS, NULL},
};

static const struct field beat_fields[] = {
	{"pid", F_INT, 0, 0, INT32_MAX, NULL},
	{"hostname", F_TEXT, 0, 0, 255, NULL},
	{"startedAt", F_NUMBER, 0, 0, 0, NULL},
};

static const struct field modal_fields[] = {
	{"modalId", F_ID, REQUIRED, 0, 0, NULL},
	{"html", F_TEXT, REQUIRED, 1, MODAL_CHARS, NULL},
	{"title", F_TEXT, 0, 1, 1000, NULL},
	{"filePath", F_TEXT, 0, 0, 2000, NULL},
};

static const struct field action_fields[] = {
	{"action", F_TEXT, REQUIRED, 1, 1000, NULL},
	{"data", F_ANY, 0, 0, 0, NULL},
};

static const struct field resume_fields[] = {
	{"cols", F_INT, 0, 1, 1000, NULL},
	{"rows", F_INT, 0, 1, 1000, NULL},
};

/* What the wire answers when something was passed on. */
static const struct field passed_fields[] = {
	{"success", F_BOOL, OUT, 0, 0, NULL},
	{"modalId", F_ID, OUT, 0, 0, NULL},
	{"action", F_TEXT, OUT, 0, 0, NULL},
	{"promptId", F_ID, OUT, 0, 0, NULL},
	{"sessionId", F_ID, OUT, 0, 0, NULL},
	{"claudeSessionId", F_UUID, OUT, 0, 0, NULL},
	{"message", F_TEXT, OUT, 0, 0, NULL},
};
/* clang-format on */
static const struct entity passed_entity = {"Session", passed_fields,
					    NELEM(passed_fields)};
static const struct entity modal_entity = {"modal", modal_fields,
					   NELEM(modal_fields)};
static const struct entity action_entity = {"action", action_fields,
					    NELEM(action_fields)};
static const struct entity resume_entity = {"resume", resume_fields,
					    NELEM(resume_fields)};
static const struct entity new_prompt_entity = {"prompt", new_prompt_fields,
						NELEM(new_prompt_fields)};
static const struct entity answer_entity = {"answer", answer_fields,
					    NELEM(answer_fields)};
static const struct entity beat_entity = {"heartbeat", beat_fields,
					  NELEM(beat_fields)};

/* Children of one that have not ended, or those that are named. */
static bool
session_digests(struct req *rq, struct err *e)
{
	const char *parent = req_query_text(rq, "parentSessionId");
	const struct db_call of = q_session_digests_of(parent);
	const struct db_call named =
		q_session_digests(req_query_text(rq, "sessionIds"));

	return answer_rows(rq, &digest_entity, parent ? &of : &named, 1, NULL,
			   e);
}

/* The size of the terminal is the helper's business. */
static bool
session_resume(struct req *rq, struct err *e)
{
	const struct db_call call = q_session_resume(req_param(rq, "id"));

	return req_entity(rq, &resume_entity, CREATE, NULL, NULL, e) &&
	       answer_row(rq, 200, &passed_entity, &call, 1, e);
}

/* --- of the agent's machine --- */

static bool
check_session(struct req *rq, const char *role, struct err *e)
{
	struct span id;

	return req_db_text(rq, q_session_check(req_param(rq, "id"), role), &id,
			   e);
}

/* Zeros: the transcript stays on the agent's machine. */
static bool
session_stats(struct req *rq, struct err *e)
{
	static const char rest[] =
		"\"source\":null,\"jsonlFound\":false,\"partial\":false,"
		"\"tokens\":{\"input\":0,\"output\":0,\"cacheCreate\":0,"
		"\"cacheRead\":0,\"total\":0},"
		"\"messageCount\":{\"user\":0,\"assistant\":0,\"total\":0},"
		"\"toolCallCount\":0,\"toolUsage\":[],\"models\":[],"
		"\"firstMessageAt\":null,\"lastMessageAt\":null,"
		"\"lastMessages\":[]";
	struct jsonw w = jsonw_on(rq->arena);
	int64_t n;

	if (!req_query_int(rq, "lastMessages", 0, MESSAGES_MAX, &n, e) ||
	    !check_session(rq, "viewer", e))
		return false;
	jsonw_begin(&w, '{');
	jsonw_member(&w, "sessionId", req_param(rq, "id"));
	jsonw_json(&w, span_of(rest));
	jsonw_end(&w, '}');
	return answer_json(rq, 200, jsonw_span(&w));
}

/* --- heartbeat: a key in Redis that lives a little longer than a beat --- */

static bool
reply_beat(struct req *rq, const char *json)
{
	reply_header(rq, "Cache-Control", "no-store");
	return reply_json(rq, 200, span_of(json));
}

/* What Redis does not take the database keeps, so that nobody is called dead
 * for it; the wire's "stored" is about Redis. */
static bool
heartbeat_put(struct req *rq, struct err *e)
{
	const char *session = req_param(rq, "id"), *in;
	struct span id;
	bool stored;

	if (!req_entity(rq, &beat_entity, CREATE, &in, NULL, e) ||
	    !check_session(rq, "member", e))
		return false;
	presence_beat(rq->ctx, rq->arena, session, in, &stored);
	if (!stored && !req_db_text(rq, q_session_beat(session), &id, e))
		return false;
	return reply_beat(
		rq,
		arena_printf(rq->arena,
			     "{\"status\":\"accepted\",\"stored\":%s,"
			     "\"ttl\":%lld}",
			     stored ? "true" : "false",
			     (long long)rq->ctx->set->presence_ttl_ms / 1000));
}

static bool
heartbeat_get(struct req *rq, struct err *e)
{
	const char *json;
	bool alive;

	if (!check_session(rq, "viewer", e))
		return false;
	presence_get(rq->ctx, rq->arena, req_param(rq, "id"), &alive, &json);
	return reply_beat(rq,
			  arena_printf(rq->arena, "{\"alive\":%s,\"data\":%s}",
				       alive ? "true" : "false",
				       json ? json : "null"));
}

static bool
heartbeat_delete(struct req *rq, struct err *e)
{
	if (!check_session(rq, "member", e))
		return false;
	presence_forget(rq->ctx, rq->arena, req_param(rq, "id"));
	return reply_beat(rq, "{\"status\":\"removed\"}");
}

/* clang-format off */
static const struct route rows[] = {
	{M_GET, "/api/sessions/log-digests", session_digests, R_USER, 0, 0,
	 DOC(.says = "The same of several sessions.", .role = "viewer",
	     .query = "parentSessionId, or sessionIds (a,b), last, maxLength")},
	{M_POST, "/api/sessions/:id/prompt", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Passes a prompt on to the session and keeps it.",
	     .role = "member",
	     .errors = "self_prompt_not_allowed 400"),
	 .query = Q_SESSION_PROMPT, .in = &new_prompt_entity, .out = &passed_entity},
	{M_POST, "/api/sessions/:id/answer", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "A person's words to the session; what it had asked is answered.",
	     .role = "member"),
	 .query = Q_SESSION_ANSWER, .in = &answer_entity, .out = &passed_entity},
	{M_GET, "/api/sessions/:id/prompts", NULL, R_USER, 0, 0,
	 DOC(.says = "Prompts it sent and received, oldest first.",
	     .role = "viewer"),
	 .query = Q_SESSION_PROMPTS, .out = &prompt_entity},
	{M_GET, "/api/sessions/:id/log-digest", NULL, R_USER, 0, 0,
	 DOC(.says = "What the row knows of the agent's work.",
	     .role = "viewer", .query = "last, maxLength"),
	 .query = Q_SESSION_DIGEST, .out = &digest_entity},
	{M_GET, "/api/sessions/:id/stats", session_stats, R_USER, 0, 0,
	 DOC(.says = "Zeros: the transcript stays on the agent's machine.",
	     .role = "viewer", .query = "lastMessages (0..50)")},
	{M_POST, "/api/sessions/:id/resume", session_resume, R_USER, API_BODY, 0,
	 DOC(.says = "Asks the agent's machine to start it again.",
	     .role = "member"),
	 .in = &resume_entity},
	{M_POST, "/api/sessions/:id/modal", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Shows a page to subscribers; it is not kept.",
	     .role = "member"),
	 .query = Q_SESSION_MODAL, .in = &modal_entity, .out = &passed_entity},
	{M_POST, "/api/sessions/:id/modal/:modalId/actions", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Passes on what a person did in it.", .role = "member"),
	 .query = Q_SESSION_MODAL_ACTION, .in = &action_entity, .out = &passed_entity},
	{M_POST, "/api/sessions/:id/modal/:modalId/close", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Passes on that it was closed.", .role = "member"),
	 .query = Q_SESSION_MODAL_CLOSE, .in = &nothing_entity, .out = &passed_entity},
	{M_GET, "/api/huddles", NULL, R_USER, 0, 0,
	 DOC(.says = "Groups of sessions that prompt each other.",
	     .role = "viewer"),
	 .query = Q_HUDDLE_LIST},
	{M_GET, "/api/session-prompts", NULL, R_USER, 0, 0,
	 DOC(.says = "Prompts of all visible projects.", .role = "viewer"),
	 .query = Q_PROMPT_LIST, .out = &prompt_entity},
	{M_GET, "/api/heartbeat/:id", heartbeat_get, R_USER, 0, 0,
	 DOC(.says = "{alive, data}.", .role = "viewer")},
	{M_POST, "/api/heartbeat/:id", heartbeat_put, R_USER, API_BODY, 0,
	 DOC(.says = "Says the agent lives. Who has sent one and then is silent for presence_ttl_ms and presence_grace_ms has its session failed (agent_disconnected).",
	     .role = "member"),
	 .in = &beat_entity},
	{M_DELETE, "/api/heartbeat/:id", heartbeat_delete, R_USER, API_BODY, 0,
	 DOC(.says = "Says it has ended: its silence is no loss.", .role = "member")},
};
/* clang-format on */

const struct route_set agent_routes = {
	.title = "What agents say and whether they live",
	.about =
		"The agent's machine keeps its transcripts: digests tell what the row knows,\n"
		"and statistics are zeros.  Without Redis a heartbeat is not stored, and nobody\n"
		"is called dead for that.",
	.rows = rows,
	.n = NELEM(rows),
};
