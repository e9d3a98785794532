#ifndef HANDLERS_API_API_H
#define HANDLERS_API_API_H

/*
 * api - the family /api: what its handlers share, and the handlers that its
 * route table (api.c) names.  Wire contract: agent-maestro's REST API.
 *
 * A handler parses, asks one query and replies; rules and JSON are in SQL
 * (sql/migrations, schema api), and the caller's row-level security decides.
 */
#include "domain/queries.h"
#include "web/entity.h"
#include "web/route.h"

enum {
	API_BODY = 2 * MiB,
	/* A document of 10 million characters, with what JSON adds. */
	API_DOC_BODY = 24 * MiB,
	/* a clientRequestId, in characters */
	API_REQUEST_ID = 200,
};

/* limit and offset as texts for SQL; both NULL: the bare list is wanted. */
struct api_page {
	const char *limit, *offset;
};

bool api_page(struct req *rq, struct api_page *p, struct err *e) MUST_CHECK;
/* A query parameter, or NULL when it is absent or empty. */
const char *api_query(const struct req *rq, const char *name);
/* The same, but it must be one of words. */
bool api_query_word(struct req *rq, const char *name, const char *const *words,
		    const char **out, struct err *e) MUST_CHECK;

/* One query of the caller's, its JSON is the answer; never cached. */
bool api_reply(struct req *rq, int status, unsigned query,
	       const char *const *args, struct err *e) MUST_CHECK;
/* Queries whose only argument, or first of two, is the path's :id. */
bool api_reply_id(struct req *rq, unsigned query, struct err *e) MUST_CHECK;
bool api_reply_body(struct req *rq, int status, unsigned query,
		    const struct entity *t, struct err *e) MUST_CHECK;
bool api_reply_id_body(struct req *rq, int status, unsigned query,
		       const struct entity *t, struct err *e) MUST_CHECK;

extern const char *const api_task_statuses[]; /* NULL-terminated */
extern const char *const api_timeline_types[];
extern const char *const api_doc_kinds[];

bool api_authenticate(struct req *rq, struct err *e) MUST_CHECK;

/* What each file answers, for the table of the family in api.c; the reference
 * (doc/rest-api.txt) has them in that order. */
extern const struct route_set auth_routes;
extern const struct route_set member_routes;
extern const struct route_set project_routes;
extern const struct route_set file_routes;
extern const struct route_set task_routes;
extern const struct route_set image_routes;
extern const struct route_set claim_routes;
extern const struct route_set ordering_routes;
extern const struct route_set tasklist_routes;
extern const struct route_set taskgraph_routes;
extern const struct route_set teammember_routes;
extern const struct route_set team_routes;
extern const struct route_set modelprofile_routes;
extern const struct route_set workflow_routes;
extern const struct route_set session_routes;
extern const struct route_set spawn_routes;
extern const struct route_set agent_routes;
extern const struct route_set usage_routes;
extern const struct route_set host_routes;
extern const struct route_set master_routes;
extern const struct route_set mail_routes;
extern const struct route_set spell_routes;
extern const struct route_set token_routes;

extern const struct family api_family;

/* Origins of pages elsewhere that may call us with credentials; the chat
 * family shares it. */
extern const struct cors api_cors;

#endif
