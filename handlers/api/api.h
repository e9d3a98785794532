#ifndef HANDLERS_API_API_H
#define HANDLERS_API_API_H

/*
 * api - the family /api: what its handlers share.  A file ends with its rows
 * and a struct route_set, which the build finds.  Wire contract:
 * agent-maestro's REST API.
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

extern const struct family api_family;

/* Origins of pages elsewhere that may call us with credentials; the chat
 * family shares it. */
extern const struct cors api_cors;

#endif
