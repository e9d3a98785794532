#ifndef HANDLERS_API_API_H
#define HANDLERS_API_API_H

/*
 * api - the family /api: what its handlers share, and the files whose rows it
 * is made of.  Wire contract: agent-maestro's REST API.
 *
 * A handler parses, asks one query and replies; rules and JSON are in SQL
 * (sql/functions, schema api), and the caller's row-level security decides.
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
/* A list that takes limit and offset and nothing else. */
bool api_reply_page(struct req *rq, unsigned query, struct err *e) MUST_CHECK;
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

extern const char *const api_timeline_types[]; /* NULL-terminated */
extern const char *const api_doc_kinds[];

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
