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

extern const char *const api_timeline_types[]; /* NULL-terminated */
extern const char *const api_doc_kinds[];

/* tasks.c: GET /api/tasks, /api/master/tasks */
bool task_list(struct req *rq, struct err *e) MUST_CHECK;

bool api_authenticate(struct req *rq, struct err *e) MUST_CHECK;

extern const struct family api_family;

/* Origins of pages elsewhere that may call us with credentials; the chat
 * family shares it. */
extern const struct cors api_cors;

#endif
