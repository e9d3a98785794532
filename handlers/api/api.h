#ifndef HANDLERS_API_API_H
#define HANDLERS_API_API_H

/*
 * api - the family /api: what its handlers share, and the files whose rows it
 * is made of.  Wire contract: agent-maestro's REST API.
 *
 * Most rows need no handler (web/answer.h): rules are in SQL (sql/functions,
 * schema api), the form of the JSON in the entity tables, and the caller's
 * row-level security decides.
 */
#include "web/answer.h"

enum {
	API_BODY = 2 * MiB,
	/* A document of 10 million characters, with what JSON adds. */
	API_DOC_BODY = 24 * MiB,
	/* a clientRequestId, in characters */
	API_REQUEST_ID = 200,
};

/* Calls that give a whole session, in the order of its parts. */
#define SESSION_WHOLE(id)                                                \
	q_session_get(id), q_session_events(id), q_session_timeline(id), \
		q_session_docs(id)

/* tasks.c: GET /api/tasks, /api/master/tasks */
bool task_list(struct req *rq, struct err *e) MUST_CHECK;

/* sessions.c: GET /api/sessions, /api/master/sessions; full: with all they
 * wrote down */
bool session_window(struct req *rq, bool full, struct err *e) MUST_CHECK;
/* An id for a session that has none yet. */
const char *session_new_id(struct arena *a);

bool api_authenticate(struct req *rq, struct err *e) MUST_CHECK;

/* What each file answers, for the table of the family in api.c; the reference
 * (doc/rest-api.txt) has them in that order. */
#define API_SETS(X)            \
	X(auth_routes)         \
	X(member_routes)       \
	X(project_routes)      \
	X(file_routes)         \
	X(image_routes)        \
	X(task_routes)         \
	X(claim_routes)        \
	X(ordering_routes)     \
	X(tasklist_routes)     \
	X(taskgraph_routes)    \
	X(teammember_routes)   \
	X(team_routes)         \
	X(modelprofile_routes) \
	X(workflow_routes)     \
	X(session_routes)      \
	X(spawn_routes)        \
	X(agent_routes)        \
	X(usage_routes)        \
	X(host_routes)         \
	X(master_routes)       \
	X(mail_routes)         \
	X(spell_routes)        \
	X(token_routes)

#define API_SET_DECLARE(name) extern const struct route_set name;
API_SETS(API_SET_DECLARE)
#undef API_SET_DECLARE

extern const struct family api_family;

/* Origins of pages elsewhere that may call us with credentials; the chat
 * family shares it. */
extern const struct cors api_cors;

#endif
