/*
 * claims - agents take tasks: this one, or the next that waits.
 */
#include "api.h"

#include "domain/ctx.h"
#include "domain/entities/entities.h"
#include "domain/locks.h"

enum {
	LOCK_MS = 30000
};

/* clang-format off */
static const struct field claim_fields[] = {
	{"sessionId", F_ID, 0, 0, 0, NULL},
	{"clientRequestId", F_TEXT, 0, 0, API_REQUEST_ID, NULL},
};

static const struct field next_fields[] = {
	{"projectId", F_ID, REQUIRED, 0, 0, NULL},
	{"sessionId", F_ID, 0, 0, 0, NULL},
	{"clientRequestId", F_TEXT, 0, 0, API_REQUEST_ID, NULL},
};
/* clang-format on */
static const struct entity claim_entity = {"claim", claim_fields,
					   NELEM(claim_fields)};
static const struct entity next_entity = {"claim", next_fields,
					  NELEM(next_fields)};

/* Who meets another at the lock goes to the database too, for only that knows
 * who may and who was first; but it does not wait there. */
static bool
task_claim(struct req *rq, struct err *e)
{
	const char *id = req_param(rq, "id"), *in;
	struct lock l;
	bool done;

	if (!req_entity(rq, &claim_entity, CREATE, &in, NULL, e))
		return false;
	l = lock_take(rq->ctx->redis, rq->arena, rq->ctx->set->redis_prefix,
		      "task", id, LOCK_MS);

	done = answer_row(
		rq, 200, &task_entity,
		(const struct db_call[]){q_task_claim(
			id, in, l.state == LOCK_OTHERS ? "true" : "false")},
		1, e);
	lock_release(rq->ctx->redis, rq->arena, &l);
	return done;
}

/* clang-format off */
static const struct route rows[] = {
	{M_POST, "/api/tasks/:id/claim", task_claim, R_USER, API_BODY, 0,
	 DOC(.says = "Takes a task that is todo: it is in_progress, linked with the session, whose part is working. Of many callers one gets it; repeated by the same session, or with the same clientRequestId, it answers with the task.",
	     .role = "member",
	     .errors = "task_taken 409; ALREADY_EXISTS 409: the clientRequestId took another task"),
	 .in = &claim_entity},
	{M_POST, "/api/tasks/claim", NULL, R_USER, API_BODY, 0,
	 DOC(.says = "Takes the most urgent task that is todo, the oldest of those. With clientRequestId a repeated request answers with the task it took first.",
	     .role = "member",
	     .errors = "no_task 404: none waits"),
	 .query = Q_TASK_CLAIM_NEXT, .out = &task_entity, .in = &next_entity},
};
/* clang-format on */

const struct route_set claim_routes = {
	.title = "Taking tasks",
	.about =
		"For agents that look for work. The database decides who gets a task; without\n"
		"Redis it only has more to do.",
	.rows = rows,
	.n = NELEM(rows),
};
