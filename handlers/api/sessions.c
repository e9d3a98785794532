/*
 * sessions - /api/sessions: agents at work, as far as tasks need them.
 */
#include "api.h"

#include <string.h>

static const char *const statuses[] = {
	"spawning", "idle", "working", "completed", "failed", "stopped", NULL};
static const char *const booleans[] = {"true", "false", NULL};
static const char *const forms[] = {"full", "summary", NULL};

/* clang-format off */
static const struct field create_fields[] = {
	/* The CLI registers sessions under an id of its own. */
	{"id", F_ID, 0, 0, 0, NULL},
	{"projectId", F_ID, REQUIRED, 0, 0, NULL},
	{"taskIds", F_IDS, 0, 0, 0, NULL},
	{"taskId", F_ID, 0, 0, 0, NULL},
	{"name", F_TEXT, 0, 1, 1000, NULL},
	{"agentId", F_ID, 0, 0, 0, NULL},
	{"claudeSessionId", F_UUID, 0, 0, 0, NULL},
	{"status", F_ENUM, 0, 0, 0, statuses},
	{"env", F_OBJECT, 0, 0, 0, NULL},
	{"metadata", F_OBJECT, 0, 0, 0, NULL},
	{"parentSessionId", F_ID, 0, 0, 0, NULL},
	{"rootSessionId", F_ID, 0, 0, 0, NULL},
	{"teamSessionId", F_ID, 0, 0, 0, NULL},
	{"teamId", F_ID, 0, 0, 0, NULL},
};
/* clang-format on */
static const struct entity create_entity = {"session", create_fields,
					    NELEM(create_fields)};

bool
session_list(struct req *rq, struct err *e)
{
	struct api_page page;
	const char *active, *form;

	if (!api_page(rq, &page, e) ||
	    !api_query_word(rq, "active", booleans, &active, e) ||
	    !api_query_word(rq, "fields", forms, &form, e))
		return false;

	const char *const args[] = {
		api_query(rq, "projectId"),
		api_query(rq, "taskId"),
		api_query(rq, "parentSessionId"),
		api_query(rq, "rootSessionId"),
		api_query(rq, "teamSessionId"),
		api_query(rq, "status"),
		active,
		form && strcmp(form, "full") == 0 ? "true" : "false",
		page.limit,
		page.offset,
	};

	return api_reply(rq, 200, Q_SESSION_LIST, args, e);
}

bool
session_create(struct req *rq, struct err *e)
{
	return api_reply_body(rq, 201, Q_SESSION_CREATE, &create_entity, e);
}

bool
session_get(struct req *rq, struct err *e)
{
	return api_reply_id(rq, Q_SESSION_GET, e);
}

bool
session_delete(struct req *rq, struct err *e)
{
	return api_reply_id(rq, Q_SESSION_DELETE, e);
}
